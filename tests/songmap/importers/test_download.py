import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest
from filelock import FileLock

from songmap.errors import DataError
from songmap.importers import download
from songmap.importers.download import fetch
from tests.songmap.importers.server import Answer, etag, serving

pytestmark = pytest.mark.slow

DATA = random.Random(0).randbytes(1_000_000)
SHA1 = f"sha1:{hashlib.sha1(DATA).hexdigest()}"
MD5 = f"md5:{hashlib.md5(DATA).hexdigest()}"


@pytest.fixture
def server():
    with serving({"a.zip": DATA}) as server:
        yield server


@pytest.fixture
def pauses(monkeypatch):
    """What would have been slept."""
    waited = []
    monkeypatch.setattr(download.time, "sleep", waited.append)
    return waited


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(download, "BACKOFF", 0.01)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def start_of(asked):
    return int(asked.removeprefix("bytes=").removesuffix("-"))


@pytest.mark.parametrize("digest", [SHA1, MD5, SHA1.upper()])
def test_a_file_arrives_whole_and_alone(server, tmp_path, digest):
    path = fetch(server.url + "a.zip", tmp_path / "new" / "b.zip", digest)
    assert path == tmp_path / "new" / "b.zip"
    assert path.read_bytes() == DATA
    assert names(path.parent) == ["b.zip"]
    assert server.asked[0][1]["accept-encoding"] == "identity"


def test_a_file_that_is_there_is_not_asked_for(server, tmp_path):
    (tmp_path / "a.zip").write_bytes(DATA)
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert server.asked == []


def test_a_file_with_another_digest_is_fetched_again(server, tmp_path):
    (tmp_path / "a.zip").write_bytes(DATA[:-1] + b"x")
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA


def test_a_broken_connection_goes_on_where_it_broke(server, tmp_path):
    server.plan("a.zip", Answer(stop=300_000), Answer(stop=400_000))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    first, second, third = server.ranges("a.zip")
    assert first is None
    assert 300_000 - download.BLOCK < start_of(second) <= 300_000
    assert start_of(second) + 400_000 - download.BLOCK < start_of(third) <= start_of(second) + 400_000
    assert server.asked[1][1]["if-range"] == etag(DATA)
    assert names(tmp_path) == ["a.zip"]


def test_a_stalled_connection_is_given_up_and_goes_on(server, tmp_path):
    server.plan("a.zip", Answer(stop=300_000, stall=True))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1, timeout=0.3)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    assert start_of(server.ranges("a.zip")[1]) > 300_000 - download.BLOCK


def test_a_server_that_never_answers_is_named_with_the_time(server, tmp_path):
    server.plan("a.zip", Answer(stop=0, stall=True), Answer(stop=0, stall=True))
    with pytest.raises(DataError, match=r"/a\.zip: nothing came for 0\.2 s$"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1, timeout=0.2, attempts=2)


def test_what_arrived_is_kept_when_it_is_given_up_and_the_next_call_goes_on(server, tmp_path):
    server.plan("a.zip", Answer(stop=500_000), *[Answer(status=503)] * 3)
    with pytest.raises(DataError, match=r"the server answers 503 Service Unavailable$"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1, attempts=3)
    kept = (tmp_path / "a.zip.part").stat().st_size
    assert kept > 500_000 - download.BLOCK
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    assert server.ranges("a.zip")[-1] == f"bytes={kept}-"


def test_each_new_byte_buys_more_tries(server, tmp_path):
    server.plan("a.zip", *[Answer(stop=150_000)] * 6)
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1, attempts=2)
    assert (tmp_path / "a.zip").read_bytes() == DATA


def test_a_server_that_breaks_at_the_same_place_without_ranges_is_given_up(server, tmp_path):
    server.plan("a.zip", *[Answer(stop=150_000, ranges=False)] * 9)
    with pytest.raises(DataError, match="the connection broke off"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1, attempts=3)
    assert len(server.asked) == 3


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.plan("a.zip", Answer(stop=300_000), Answer(ranges=False))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA


def test_a_file_that_changed_meanwhile_starts_over(server, tmp_path):
    server.files["a.zip"] = DATA[::-1]
    server.plan("a.zip", Answer(stop=300_000), Answer(status=404))
    with pytest.raises(DataError, match="404"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    server.files["a.zip"] = DATA
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_a_server_without_a_strong_etag_is_asked_for_the_rest_all_the_same(server, tmp_path, tag):
    server.plan("a.zip", Answer(stop=300_000, headers={"ETag": tag}))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    assert server.ranges("a.zip")[1]
    assert "if-range" not in server.asked[1][1]


def test_the_tag_of_an_earlier_part_is_forgotten(server, tmp_path):
    server.plan("a.zip", Answer(stop=300_000), Answer(stop=400_000, ranges=False, headers={"ETag": None}))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert ["if-range" in headers for _, headers in server.asked] == [False, True, False]


def test_a_part_that_is_too_long_starts_over(server, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(DATA + b"more")
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    assert server.ranges("a.zip") == ["bytes=1000004-", None]


def test_a_part_that_is_complete_is_not_sent_again(server, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(DATA)
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert server.ranges("a.zip") == ["bytes=1000000-"]


def test_a_rest_that_begins_elsewhere_starts_over(server, tmp_path):
    wrong = {"Content-Range": "bytes 7-999999/1000000"}
    server.plan("a.zip", Answer(stop=300_000), Answer(headers=wrong))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    assert server.ranges("a.zip")[2] is None


def test_a_server_that_does_not_say_the_length_is_understood(server, tmp_path):
    server.plan("a.zip", Answer(headers={"Content-Length": None}))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA


def test_wrong_bytes_are_deleted_and_both_digests_named(server, tmp_path):
    server.plan("a.zip", Answer(body=b"something else"))
    found = hashlib.sha1(b"something else").hexdigest()
    with pytest.raises(DataError) as caught:
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert found in str(caught.value) and SHA1.removeprefix("sha1:") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_wrong_download_does_not_replace_what_is_there(server, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"old")
    server.plan("a.zip", Answer(body=b"something else"))
    with pytest.raises(DataError):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == b"old"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_asked_again(server, tmp_path, status):
    server.plan("a.zip", Answer(status=status))
    with pytest.raises(DataError, match=f"answers {status}"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert len(server.asked) == 1
    assert names(tmp_path) == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(server, tmp_path, status):
    server.plan("a.zip", Answer(status=status), Answer(status=status))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip").read_bytes() == DATA
    assert len(server.asked) == 3


def test_the_pause_doubles_and_ends_at_a_minute(server, tmp_path, pauses, monkeypatch):
    monkeypatch.setattr(download, "BACKOFF", 1.0)
    server.plan("a.zip", *[Answer(status=500)] * 8)
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1, attempts=9)
    assert [seconds for seconds in pauses if seconds] == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7), ("3600", 60), ("soon", 0.01)])
def test_the_pause_a_server_asks_for_is_kept_up_to_a_minute(server, tmp_path, pauses, asked, seconds):
    server.plan("a.zip", Answer(status=429, headers={"Retry-After": asked}))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert [waited for waited in pauses if waited] == [seconds]


def test_nobody_listening_is_said_so(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(DataError, match="refused") as caught:
            fetch(f"http://127.0.0.1:{free.getsockname()[1]}/a", tmp_path / "a", SHA1, attempts=2)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://x/a", "file:///etc/passwd", "a.zip", "", "http://[", "http://"])
def test_addresses_other_than_http_are_refused(tmp_path, url):
    with pytest.raises(DataError, match="cannot fetch"):
        fetch(url, tmp_path / "a", SHA1)


def test_a_redirection_to_a_file_is_refused(server, tmp_path):
    server.plan("a.zip", Answer(status=302, headers={"Location": "file:///etc/passwd"}))
    with pytest.raises(DataError, match="cannot fetch"):
        fetch(server.url + "a.zip", tmp_path / "a", SHA1)


def test_a_redirection_in_a_circle_ends(server, tmp_path):
    server.plan("a.zip", *[Answer(status=302, headers={"Location": "/a.zip"})] * 40)
    with pytest.raises(DataError, match="cannot fetch"):
        fetch(server.url + "a.zip", tmp_path / "a", SHA1)


def test_a_disk_without_room_is_found_before_the_first_byte(server, tmp_path):
    server.plan("a.zip", Answer(headers={"Content-Length": str(10**18)}))
    with pytest.raises(DataError, match=r"a\.zip needs 1e\+09 GB, and .* GB free"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert (tmp_path / "a.zip.part").stat().st_size == 0


def test_two_at_once_are_refused(server, tmp_path):
    with FileLock(tmp_path / "a.zip.lock"), pytest.raises(DataError, match="another process downloads"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)


CALL = """
import resource, sys
from pathlib import Path
from songmap.importers.download import fetch
if len(sys.argv) > 4:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
fetch(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
"""


def command(server, path, *limit):
    return [sys.executable, "-c", CALL, server.url + "a.zip", str(path), SHA1, *limit]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_process_leaves_a_part_from_which_the_next_goes_on(server, tmp_path, sent):
    server.plan("a.zip", Answer(stop=600_000, stall=True))
    path, part = tmp_path / "a.zip", tmp_path / "a.zip.part"
    process = subprocess.Popen(command(server, path), stderr=subprocess.PIPE, env=os.environ)
    until = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < 500_000:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.01)
    process.send_signal(sent)
    process.communicate()
    kept = part.stat().st_size
    assert not path.exists()
    assert 500_000 <= kept <= 600_000
    assert part.read_bytes() == DATA[:kept]
    fetch(server.url + "a.zip", path, SHA1)
    assert path.read_bytes() == DATA
    assert server.ranges("a.zip") == [None, f"bytes={kept}-"]
    assert server.asked[1][1]["if-range"] == etag(DATA)
    assert names(tmp_path) == ["a.zip"]


def test_a_disk_that_fills_up_on_the_way_leaves_what_was_written(server, tmp_path):
    """A limit on the size of files stands for the disk's end."""
    path, part = tmp_path / "a.zip", tmp_path / "a.zip.part"
    ended = subprocess.run(
        command(server, path, "300001"), capture_output=True, text=True, env=os.environ, check=False
    )
    assert "OSError: [Errno 27] File too large" in ended.stderr
    assert part.read_bytes() == DATA[:300_001]
    fetch(server.url + "a.zip", path, SHA1)
    assert path.read_bytes() == DATA
    assert server.ranges("a.zip") == [None, "bytes=300001-"]


@pytest.mark.parametrize("asked", ["Fri, 31 Dec 99999 23:59:59 GMT", "9" * 5000])
def test_a_pause_that_cannot_be_read_is_ours(server, tmp_path, pauses, asked):
    server.plan("a.zip", Answer(status=429, headers={"Retry-After": asked}))
    fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)
    assert [waited for waited in pauses if waited] == [0.01]


def test_a_length_of_thousands_of_digits_is_more_than_there_is_room_for(server, tmp_path):
    server.plan("a.zip", Answer(headers={"Content-Length": "9" * 5000}))
    with pytest.raises(DataError, match=r"a\.zip needs 1e\+11 GB"):
        fetch(server.url + "a.zip", tmp_path / "a.zip", SHA1)


@pytest.mark.parametrize(
    "address", ["http://a..b/", "http://a:b/", "http://[::/", "http://\xff\xfe/", "\xff"]
)
def test_a_redirection_to_no_address_is_refused(server, tmp_path, address):
    server.plan("a.zip", Answer(status=302, headers={"Location": address}), Answer(status=404))
    with pytest.raises(DataError, match="cannot fetch") as caught:
        fetch(server.url + "a.zip", tmp_path / "a", SHA1, attempts=1)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_shown(server, tmp_path):
    server.plan("a.zip", Answer(status=404), Answer(body=b"other"))
    url = server.url.replace("//", "//me:secret@") + "a.zip"
    addresses = [url, url, "ftp://me:secret@x/a", "http://me:secret@[/", "http://me:secret@127.0.0.1:1/a"]
    for address in addresses:
        with pytest.raises(DataError) as caught:
            fetch(address, tmp_path / "a", SHA1, attempts=1)
        assert "secret" not in str(caught.value) and "//" in str(caught.value)


def test_no_connection_reads_well(tmp_path):
    message = (
        r"^cannot fetch http://127\.0\.0\.1:1/a: no connection \(Connection refused\); "
        "the same command goes on where it stopped$"
    )
    with pytest.raises(DataError, match=message):
        fetch("http://127.0.0.1:1/a", tmp_path / "a", SHA1, attempts=1)
