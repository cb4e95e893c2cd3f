import email.utils
import gzip
import json
import logging
import time
import traceback
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.errors import DataError
from songmap.importers import download, genius_api
from songmap.importers.genius import Finder
from songmap.importers.provenance import FOUND, INSTRUMENTAL, NO_LYRICS, NO_MATCH, NO_TITLE, Answer, Song
from songmap.importers.texts import PassingError
from tests.songmap.importers.genius_server import answer, genius, lists, page, result, search
from tests.songmap.importers.server import Answer as Reply
from tests.songmap.importers.server import serving

pytestmark = pytest.mark.slow

TOKEN = "a-token_that.must-not-leak"
HELLO = Song("1", "", "Hello", "Adele")
PAGE = "Adele-Hello-lyrics"


@pytest.fixture
def servers():
    with genius() as (api, pages):
        lists(api, "Hello Adele", result("Hello", "Adele"))
        pages.files[PAGE] = page("[Verse 1]\nHello, it's me\nI was <wondering>")
        yield api, pages


@pytest.fixture
def api(servers):
    return servers[0]


@pytest.fixture
def pages(servers):
    return servers[1]


@pytest.fixture
def finder(servers):
    api, pages = servers
    return Finder(TOKEN, pause=0, timeout=5, attempts=2, api=api.url, pages=pages.url)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(download, "BACKOFF", 0.01)


@pytest.fixture
def pauses(monkeypatch):
    """What would have been slept; none of it passes on the clock."""
    waited = []
    monkeypatch.setattr(genius_api.time, "sleep", waited.append)
    return waited


def asked(server):
    return [path for path, _ in server.asked]


def test_words_are_found_by_title_and_artist(finder, api, pages):
    found = finder.ask(HELLO)
    assert found == Answer(
        FOUND, "[Verse 1]\nHello, it's me\nI was <wondering>", pages.url + PAGE, similarity=1.0
    )
    assert asked(api) == ["search?q=Hello+Adele"]
    assert asked(pages) == [PAGE]


def test_containers_follow_one_another_and_the_language_is_kept(finder, api, pages):
    lists(api, "Hello Adele", result("Hello", "Adele", language="pt-BR"))
    pages.files[PAGE] = page("one\ntwo", "three")
    found = finder.ask(HELLO)
    assert found.text.splitlines() == ["one", "two", "three"]
    assert found.language == "pt"


def test_words_in_the_page_s_own_state_are_found_too(finder, pages):
    html = {"songPage": {"lyricsData": {"body": {"html": "<p>It's<br>\nme</p>"}}}}
    literal = json.dumps(html).replace("\\", "\\\\").replace("'", "\\'")
    pages.files[PAGE] = f"<script>window.__PRELOADED_STATE__ = JSON.parse('{literal}');</script>".encode()
    assert finder.ask(HELLO).text == "It's\nme"


def test_the_song_that_is_most_alike_is_taken_wherever_it_is_listed(finder, api, pages):
    lists(
        api,
        "Hello Adele",
        result("Hello", "Lionel Richie"),
        result("Hello (Remix)", "Adele"),
        result("Hallo", "Adele"),
        result("Hello", "Adele"),
    )
    assert finder.ask(HELLO).detail == pages.url + PAGE


def test_a_song_that_is_not_alike_is_named_and_its_page_not_asked_for(finder, api, pages):
    lists(api, "Hello Adele", result("Goodbye", "Adele"), result("Help", "Adele"))
    found = finder.ask(HELLO)
    assert found.outcome == NO_MATCH
    assert found.detail == "the nearest is 'Help' by 'Adele', similarity 0.67"
    assert found.similarity == pytest.approx(2 * 3 / 9)
    assert pages.asked == []


def test_without_an_artist_a_title_that_names_one_has_a_nearest_too(finder, api):
    lists(api, "Adele - Hello", result("Goodbye", "Adele"))
    found = finder.ask(Song("1", "", "Adele - Hello", ""))
    assert found.outcome == NO_MATCH
    assert 0 < found.similarity < 0.85
    assert found.detail == f"the nearest is 'Goodbye' by 'Adele', similarity {found.similarity:.2f}"


def test_nothing_listed_is_no_match(finder, api):
    lists(api, "Hello Adele")
    assert finder.ask(HELLO) == Answer(NO_MATCH, "", "Genius lists no song for 'Hello Adele'")


def test_the_least_similarity_is_a_parameter(servers):
    api, pages = servers
    lists(api, "Hello Adele", result("Hallo", "Adele", path=f"/{PAGE}"))
    for least, outcome in ((0.79, FOUND), (0.81, NO_MATCH)):
        finder = Finder(TOKEN, least=least, pause=0, api=api.url, pages=pages.url)
        assert finder.ask(HELLO).outcome == outcome


def test_a_title_without_artist_is_asked_for_but_not_believed(finder, api, pages):
    lists(api, "Hello", result("Hello", "Adele"))
    found = finder.ask(Song("1", "", "Hello", ""))
    assert found.outcome == NO_MATCH
    assert found.detail == "there is no artist to go by; the first listed is 'Hello' by 'Adele'"
    lists(api, "Hello", result("Hello", "Adele"))
    assert finder.ask(Song("1", "", "Hello", "Various Artists")).outcome == NO_MATCH
    assert pages.asked == []


def test_a_title_that_names_the_artist_is_enough(finder, api):
    lists(api, "Adele - Hello", result("Hello", "Adele"))
    assert finder.ask(Song("1", "", "03 - Adele - Hello (Live)", "")).outcome == FOUND


@pytest.mark.parametrize("title", ["", " \n", "\u200b"])
def test_no_title_is_not_asked_for(finder, api, title):
    assert finder.ask(Song("1", "", title, "Adele")).outcome == NO_TITLE
    assert api.asked == []


def test_instrumentals_are_known_by_title_search_or_page(finder, api, pages):
    assert finder.ask(Song("1", "", "Hello (Instrumental)", "Adele")).outcome == INSTRUMENTAL
    assert api.asked == []
    lists(api, "Hello Adele", result("Hello", "Adele", instrumental=True))
    assert finder.ask(HELLO).outcome == INSTRUMENTAL
    assert pages.asked == []
    lists(api, "Hello Adele", result("Hello", "Adele"))
    for body in (page("[Instrumental]"), b"<html><p>This song is an instrumental</p></html>"):
        pages.files[PAGE] = body
        assert finder.ask(HELLO) == Answer(INSTRUMENTAL, "", pages.url + PAGE, 1.0)


def test_a_song_without_words_yet_has_no_lyrics(finder, api, pages):
    pages.files[PAGE] = b"<p>Lyrics for this song have yet to be released.</p>"
    assert finder.ask(HELLO).outcome == NO_LYRICS
    lists(api, "Hello Adele", result("Hello", "Adele", lyrics_state="unreleased"))
    assert finder.ask(HELLO).outcome == NO_LYRICS
    lists(
        api,
        "Hello Adele",
        result("Hello", "Adele", lyrics_state="unreleased"),
        result("Hello", "Adele", lyrics_state="complete", path="/other"),
    )
    pages.files["other"] = page("words")
    assert finder.ask(HELLO).detail == pages.url + "other"


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_has_no_lyrics(finder, pages, status):
    pages.plan(PAGE, Reply(status=status))
    found = finder.ask(HELLO)
    assert found.outcome == NO_LYRICS
    assert f"answers {status}" in found.detail
    assert len(pages.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 418])
def test_a_search_that_is_refused_may_be_answered_another_time(finder, api, status):
    api.plan(search("Hello Adele"), Reply(status=status))
    with pytest.raises(PassingError, match=f"answers {status}"):
        finder.ask(HELLO)
    assert len(api.asked) == 1
    assert finder.ask(HELLO).outcome == FOUND


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_ends_it(finder, api, status):
    api.plan(search("Hello Adele"), Reply(status=status, body=TOKEN.encode()))
    with pytest.raises(DataError, match=f"answers {status} to the token in GENIUS_ACCESS_TOKEN") as caught:
        finder.ask(HELLO)
    assert not isinstance(caught.value, PassingError)
    assert len(api.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("which", ["api", "pages"])
def test_trouble_is_asked_again_and_then_given_up_for_now(finder, servers, which, status):
    server, path = (servers[0], search("Hello Adele")) if which == "api" else (servers[1], PAGE)
    server.plan(path, Reply(status=status))
    assert finder.ask(HELLO).outcome == FOUND
    assert len(server.asked) == 2
    server.plan(path, Reply(status=status), Reply(status=status))
    with pytest.raises(PassingError, match=f"answers {status}"):
        finder.ask(HELLO)
    assert len(server.asked) == 4


def test_a_pause_that_is_asked_for_is_kept_up_to_a_minute(servers, pauses, monkeypatch):
    api, pages = servers
    now = [100.0]
    monkeypatch.setattr(genius_api.time, "monotonic", lambda: now[0])
    soon = email.utils.formatdate(time.time() + 20, usegmt=True)
    answers = [Reply(status=429, headers={"Retry-After": value}) for value in ("7", "3600", soon, "soon")]
    api.plan(search("Hello Adele"), *answers)
    finder = Finder(TOKEN, pause=2, attempts=5, api=api.url, pages=pages.url)
    assert finder.ask(HELLO).outcome == FOUND
    waited = [pause for pause in pauses if pause]
    assert waited[:2] == [7, 60]
    assert 15 < waited[2] <= 20
    assert waited[3:] == [2, 2]  # a time that cannot be read is ours; and the pause before the page


def test_requests_keep_their_distance(servers, pauses, monkeypatch):
    api, pages = servers
    monkeypatch.setattr(genius_api.time, "monotonic", lambda: 100.0)
    finder = Finder(TOKEN, pause=3.5, api=api.url, pages=pages.url)
    finder.ask(HELLO)
    finder.ask(HELLO)
    assert [pause for pause in pauses if pause] == [3.5, 3.5, 3.5]


def test_a_server_that_falls_silent_is_given_up_for_now(servers):
    api, pages = servers
    finder = Finder(TOKEN, pause=0, timeout=0.2, attempts=2, api=api.url, pages=pages.url)
    api.plan(search("Hello Adele"), Reply(stop=0, stall=True), Reply(stop=10, stall=True))
    with pytest.raises(PassingError, match=r"nothing came for 0\.2 s"):
        finder.ask(HELLO)
    pages.plan(PAGE, Reply(stop=30, stall=True))
    assert finder.ask(HELLO).outcome == FOUND
    assert len(pages.asked) == 2


@pytest.mark.parametrize("headers", [{}, {"Content-Length": None}])
def test_an_answer_that_drips_is_given_up_for_now(servers, headers):
    api, pages = servers
    finder = Finder(TOKEN, pause=0, timeout=0.2, attempts=2, api=api.url, pages=pages.url)
    drip = Reply(body=b"la " * 2**17, pause=0.1, headers=headers)  # would take ten seconds
    pages.plan(PAGE, drip, drip)
    start = time.monotonic()
    with pytest.raises(PassingError, match=r"^the answer did not end in 0\.8 s$"):
        finder.ask(HELLO)
    assert 1.6 <= time.monotonic() - start < 4
    assert len(pages.asked) == 2
    assert finder.ask(HELLO).outcome == FOUND


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_an_answer_may_be_compressed(finder, pages, compress):
    words = "la la\n" * 50 + "é"
    encoding = "gzip" if compress is gzip.compress else "deflate"
    pages.plan(PAGE, Reply(body=compress(page(words)), headers={"Content-Encoding": encoding}))
    assert finder.ask(HELLO).text == words


def test_an_answer_that_cannot_be_decompressed_passes(finder, pages):
    pages.plan(PAGE, Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(PassingError, match="bytes that cannot be decompressed"):
        finder.ask(HELLO)


def test_a_connection_that_breaks_off_is_made_again(finder, pages):
    pages.plan(PAGE, Reply(stop=30))
    assert finder.ask(HELLO).text.startswith("[Verse 1]")
    pages.plan(PAGE, Reply(stop=30), Reply(stop=30))
    with pytest.raises(PassingError, match="broke off"):
        finder.ask(HELLO)


def test_no_connection_is_one_line_and_passes():
    finder = Finder(TOKEN, pause=0, attempts=2, api="http://127.0.0.1:1/", pages="http://127.0.0.1:1/")
    with pytest.raises(PassingError, match=r"^no connection \(Connection refused\)$"):
        finder.ask(HELLO)


@pytest.mark.parametrize(
    "body",
    [
        *[b"", b"<html>", b"[]", b"null", b"{}", b'{"response": null}', b'{"response": {"hits": {}}}'],
        *[b'{"response": []}', b"[" * 100_000, b"\xff\xfe\0", b'{"response": "hits"}'],
    ],
)
def test_an_answer_that_is_none_passes(finder, api, body):
    api.files[search("Hello Adele")] = body
    with pytest.raises(PassingError, match="Genius answers with"):
        finder.ask(HELLO)


@pytest.mark.parametrize(
    "body",
    [
        *[b"", b"\0" * 1000, b"<html><body>Checking your browser</body></html>", b"<!DOCTYPE [", b"<![if x"],
        *[b'<div data-lyrics-container="true"></div>', b"<div" * 1_000, b"<div>" * 5_000],
        *[b'<div data-lyrics-container="true">' * 300, b"\xff\xfe<\0d", page("")[:70]],
    ],
)
def test_a_page_that_is_none_passes(finder, pages, body):
    pages.files[PAGE] = body
    with pytest.raises(PassingError, match=r"no lyrics are found on|page that cannot be read"):
        finder.ask(HELLO)


@pytest.mark.parametrize(
    "body",
    [
        page("\n" * 150_000),
        page("").replace(b"3 Contributors", b"<BR/>" * 150_000),
        b"\\\\u003cbr>" * 150_000,
        b'<div data-lyrics-container="true">' * 20_000,
        b'<div data-lyrics-container="true">la</div>' * 51,
    ],
)
def test_a_page_that_would_take_its_parser_hours_passes_at_once(finder, pages, body):
    assert len(body) < genius_api.LARGEST
    pages.files[PAGE] = body
    start = time.monotonic()
    with pytest.raises(PassingError, match="page that cannot be read"):
        finder.ask(HELLO)
    assert time.monotonic() - start < 2


def test_the_longest_page_is_read_in_no_time(finder, pages):
    pages.files[PAGE] = page(*["la\n" * 59] * genius_api.MOST_CONTAINERS)
    start = time.monotonic()
    assert finder.ask(HELLO).text.count("la") == 59 * genius_api.MOST_CONTAINERS
    assert time.monotonic() - start < 5


def test_an_endless_answer_is_cut_off(finder, pages, monkeypatch):
    monkeypatch.setattr(genius_api, "LARGEST", 100_000)
    pages.files[PAGE] = page("la " * 50_000)
    with pytest.raises(PassingError, match="more than 100000 bytes"):
        finder.ask(HELLO)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("title", "path", "artist_names", "primary_artist", "lyrics_state", "instrumental", "language")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))
def test_results_of_any_form_are_left_out_or_have_a_clear_outcome(fields):
    """No server: what the search gives is put in the client's place."""
    finder = Finder(TOKEN, pause=0)
    finder._client.hits = lambda words: [fields, result("Hello", "Adele") | fields]
    finder._client.words = lambda path: "words"
    assert finder.ask(HELLO).outcome in (FOUND, NO_MATCH, NO_LYRICS, INSTRUMENTAL)


def test_results_that_are_no_songs_are_left_out(finder, api):
    api.files[search("Hello Adele")] = answer(
        {
            "hits": [
                None,
                7,
                {},
                {"result": None},
                {"result": {"title": "Hello"}},
                {"result": result("Hello", "Adele")},
            ]
        }
    )
    assert finder.ask(HELLO).outcome == FOUND


def test_the_token_goes_to_the_api_alone(finder, api, pages):
    finder.ask(HELLO)
    assert api.asked[0][1]["authorization"] == f"Bearer {TOKEN}"
    assert all("authorization" not in headers for _, headers in pages.asked)
    assert TOKEN not in str(pages.asked)


def test_the_token_does_not_follow_a_redirection(finder, api, pages):
    with serving({"search?q=Hello+Adele": b"{}"}) as other:
        for target in (other.url, pages.url, other.url.replace("http:", "https:"), "//127.0.0.1:1/"):
            api.plan(search("Hello Adele"), Reply(status=302, headers={"Location": target}))
            with pytest.raises(PassingError, match="another host"):
                finder.ask(HELLO)
        assert other.asked == pages.asked == []


def test_a_page_may_move_on_its_own_host_alone(finder, pages):
    pages.files["moved"] = page("words")
    pages.plan(PAGE, Reply(status=301, headers={"Location": "/moved"}))
    assert finder.ask(HELLO).text == "words"
    with serving({"moved": page("wrong words")}) as other:
        pages.plan(PAGE, Reply(status=301, headers={"Location": other.url + "moved"}))
        with pytest.raises(PassingError, match="another host"):
            finder.ask(HELLO)
        assert other.asked == []


def test_a_redirection_without_end_passes(finder, pages):
    pages.plan(PAGE, *[Reply(status=301, headers={"Location": f"/{PAGE}"})] * 20)
    with pytest.raises(PassingError, match="answers 301"):
        finder.ask(HELLO)
    assert len(pages.asked) <= genius_api.REDIRECTIONS + 1


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "/../../x", "https://evil.example/x", "@evil/x", "/x?y#z"]
)
def test_a_listed_path_stays_on_the_pages_host(finder, api, pages, path):
    lists(api, "Hello Adele", result("Hello", "Adele", path=path))
    assert finder.ask(HELLO).outcome == NO_LYRICS
    assert len(pages.asked) == 1


def test_passwords_of_netrc_are_not_sent(servers, tmp_path, monkeypatch):
    api, pages = servers
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Finder(TOKEN, pause=0, api=api.url, pages=pages.url).ask(HELLO)
    assert api.asked[0][1]["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in pages.asked[0][1]


def test_passwords_of_netrc_are_not_sent_after_a_redirection(servers, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    api, pages = servers
    for server, path in ((api, search("Hello Adele")), (pages, PAGE)):
        server.files["moved"] = server.files[path]
        server.plan(path, Reply(status=301, headers={"Location": "/moved"}))
    assert Finder(TOKEN, pause=0, api=api.url, pages=pages.url).ask(HELLO).outcome == FOUND
    assert asked(api)[-1] == asked(pages)[-1] == "moved"
    assert [headers["authorization"] for _, headers in api.asked] == [f"Bearer {TOKEN}"] * 2
    assert all("authorization" not in headers for _, headers in pages.asked)


def test_the_token_is_in_no_message_and_no_log(finder, api, pages, caplog):
    caplog.set_level(logging.DEBUG)
    api.plan(
        search("Hello Adele"),
        Reply(status=401, body=TOKEN.encode()),
        Reply(status=302, headers={"Location": f"http://127.0.0.1:1/{TOKEN}"}),
        Reply(body=TOKEN.encode()),
    )
    for _ in range(3):
        with pytest.raises(DataError) as caught:
            finder.ask(HELLO)
        shown = "".join(traceback.format_exception(caught.value, chain=False))
        assert TOKEN not in shown and "\n" not in str(caught.value)
    finder.ask(HELLO)
    assert TOKEN not in caplog.text.replace(f"http://127.0.0.1:1/{TOKEN}", "")
    assert TOKEN not in repr(finder._client._session.auth)
    assert TOKEN not in str(vars(finder._client))


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nfeed", "nul\0", "tökén", "x" * 1001])
def test_a_token_that_can_be_none_is_refused_unseen(token):
    with pytest.raises(DataError, match="GENIUS_ACCESS_TOKEN is not set to a token of Genius") as caught:
        Finder(token)
    assert not token.strip() or token not in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_title_and_artist_is_asked_for_in_one_line(title, artist):
    """No server: what would be searched for is caught."""
    words = []
    finder = Finder(TOKEN, pause=0)
    finder._client.hits = lambda query: words.append(query) or []
    found = finder.ask(Song("1", "", title, artist))
    assert found.outcome in (NO_MATCH, NO_TITLE, INSTRUMENTAL)
    assert all(len(query) <= 200 and "\n" not in query for query in words)
