"""The report stage on a made-up run of the pipeline, and its page in a headless Chromium."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from songmap.errors import DataError
from songmap.files import read_csv, write_csv, write_json
from songmap.tracks import TrackArray
from stages import report

PARAMS = Path(__file__).parents[2] / "params.yaml"
MODELS = ("pca", "vae", "lyrics")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</script><b>bold</b> &amp; {{STYLE}}",
    'it\'s a "quote" 🎸 \u2028 next',
    "أغنية البحر",
]
SOUNDS = {"t0": "a #1?.wav", "t1": "50% ü/b.wav", "t2": "gone.wav"}
SCORES = [
    "model",
    "algorithm",
    "informed_by",
    "collapsed",
    "genre_ami",
    "genre_ami_low",
    "genre_ami_high",
    "degenerate",
]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def make(folder):
    """A run of 40 songs, in which `lyrics` was left out and `vae` was told the genre and collapsed."""
    settings = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    settings["models"] = {name: settings["models"][name] for name in MODELS}
    settings["dataset"] = "data/raw/my songs"
    (folder / "params.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    ids = np.array([f"t{i}" for i in range(40)])
    titles = [*HOSTILE, *(f"Song {i:02}" for i in range(5, 40))]
    tracks = [
        {
            "track_id": t,
            "title": title,
            "artist": f"<i>Artist {i % 3}</i>",
            "genre": ["Folk", "Rock", ""][i % 3],
        }
        for i, (t, title) in enumerate(zip(ids, titles, strict=True))
    ]
    write_csv(folder / "data/tracks.csv", ["track_id", "title", "artist", "genre"], tracks)
    texts = [{"track_id": "t0", "text": "<b>la</b>\nle\nlu\nlo", "language": "fr"}]
    write_csv(folder / "data/texts.csv", ["track_id", "text", "language"], texts)
    sources = [{"track_id": t, "path": SOUNDS.get(t, "")} for t in ids]
    write_csv(folder / "data/sources.csv", ["track_id", "path"], sources)
    for path in list(SOUNDS.values())[:2]:
        (folder / "data/raw/my songs" / path).parent.mkdir(parents=True, exist_ok=True)
        tone = 0.1 * np.sin(np.arange(24_000) / 9)
        soundfile.write(folder / "data/raw/my songs" / path, tone, 8000)
    loudness = TrackArray(ids, np.arange(40.0)[:, None], np.array(["<u>loudness</u>"]))
    save(loudness, folder / "data/features/descriptors.npz")
    save(TrackArray.empty("no table"), folder / "data/features/table.npz")
    for name in MODELS:
        make_model(folder, name, ids)
    scores = [
        {
            "model": "pca",
            "algorithm": "kmeans",
            "genre_ami": 0.5,
            "genre_ami_low": 0.4,
            "genre_ami_high": 0.6,
        },
        {"model": "vae", "algorithm": "kmeans", "genre_ami": 0.1, "informed_by": "genre", "collapsed": "yes"},
        {
            "model": "vae",
            "algorithm": "dbscan",
            "genre_ami": 0.9,
            "informed_by": "genre",
            "degenerate": "one cluster",
        },
        {"model": "chance", "algorithm": "random", "genre_ami": 0},
    ]
    write_csv(folder / "metrics/evaluation.csv", SCORES, scores)


def make_model(folder, name, ids):
    left_out = name == "lyrics"
    clusters = [
        {"track_id": t, "cluster": i % 12 if name == "vae" else i % 2, "confidence": 0.5, "dbscan": -1}
        for i, t in enumerate(ids)
    ]
    write_csv(
        folder / f"data/clusters/{name}.csv",
        ["track_id", "cluster", "confidence", "dbscan"],
        [] if left_out else clusters,
    )
    line = np.stack([np.arange(40.0), np.arange(40.0) % 2 * 8], axis=1)
    nothing = TrackArray.empty("no lyrics")
    save(nothing if left_out else TrackArray(ids[::-1], line[::-1]), folder / f"data/projections/{name}.npz")
    latents = TrackArray(ids, np.arange(40.0).reshape(40, 1, 1) * (1 if name == "pca" else -1))
    save(nothing if left_out else latents, folder / f"data/features/latents/{name}.npz")
    cards = [
        {
            "cluster": c,
            "name": f"<b>name {c}</b>",
            "size": 20,
            "medoids": [{"track_id": f"t{c}"}],
            "profile": {"tempo": 1.0},
        }
        for c in range(12 if name == "vae" else 2)
    ]
    write_json(folder / f"data/explanations/{name}.json", [] if left_out else cards)
    epochs = [
        {"epoch": i + 1, "train": 9 - i / 3, "validation": 10 - i / 3, "kl": 1}
        for i in range(20 * (name == "vae"))
    ]
    write_csv(folder / f"plots/training/{name}.csv", ["epoch", "train", "validation", "kl"], epochs)


def save(array, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    array.save(path)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tmp_path)
    return tmp_path


def test_same_bytes_again_and_no_path_of_the_machine(run):
    report.main()
    first = Path("plots/report.html").read_bytes()
    report.main()
    assert Path("plots/report.html").read_bytes() == first
    assert str(run).encode() not in first
    assert [path.name for path in Path("plots").iterdir() if path.is_file()] == ["report.html"]


def test_a_track_without_a_place_on_the_map_is_named(run):
    some = TrackArray(np.array(["t1"]), np.zeros((1, 2)))
    some.save("data/projections/pca.npz")
    with pytest.raises(DataError, match="t0"):
        report.main()
    assert not Path("plots/report.html").exists()


def test_nothing_at_all_to_show(run):
    for name in MODELS:
        write_csv(f"data/clusters/{name}.csv", ["track_id", "cluster"], [])
    write_csv("metrics/evaluation.csv", SCORES, [])
    report.main()
    assert b"no lyrics" in Path("plots/report.html").read_bytes()
    assert read_csv("metrics/evaluation.csv") == []


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        pytest.skip("there is no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make(folder)
        report.main()
    return folder / "plots/report.html"


class Seen:
    """What a page did that it should not have done."""

    def __init__(self, page):
        self.faults, self.requests = [], []
        page.on(
            "console", lambda message: self.faults.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: (self.faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url))


@pytest.fixture
def opened(browser, written, request):
    page = browser.new_page(**getattr(request, "param", {"viewport": {"width": 1280, "height": 900}}))
    seen = Seen(page)
    page.goto(written.as_uri())
    page.wait_for_selector("html[data-drawn]")
    yield page
    missing = [fault for fault in seen.faults if "ERR_FILE_NOT_FOUND" not in fault]
    assert missing == []
    assert [url for url in seen.requests if not url.startswith("file:")] == []
    page.close()


def place(page, song):
    """Where a song is on the screen."""
    return page.evaluate(
        """title => {
          const map = document.getElementById("map"), box = map.getBoundingClientRect();
          const song = JSON.parse(document.getElementById("songs").textContent).title.indexOf(title);
          const trace = map.data.find(each => each.customdata && each.customdata.includes(song));
          const i = trace.customdata.indexOf(song), { xaxis: x, yaxis: y } = map._fullLayout;
          return [box.left + x._offset + x.l2p(trace.x[i]), box.top + y._offset + y.l2p(trace.y[i])];
        }""",
        song,
    )


def colours(page):
    return page.evaluate(
        "document.getElementById('map').data.filter(t => t.customdata).map(t => t.marker.color)"
    )


def song(page):
    return page.locator("#song h2").inner_text()


@pytest.mark.slow
class TestPage:
    def test_every_song_is_drawn_by_webgl_and_only_models_with_results_are_listed(self, opened):
        traces = opened.evaluate(
            "document.getElementById('map').data.map(t => [t.type, t.customdata ? t.x.length : 0])"
        )
        assert traces == [["scattergl", 20], ["scattergl", 20], ["scattergl", 0], ["scattergl", 0]]
        options = opened.locator("#model option").all_inner_texts()
        assert options == ["pca", "vae (told genre, collapsed)"]
        opened.click("#tab-run")
        assert "no lyrics" in opened.locator("#view-run").inner_text()
        assert "dataset: data/raw/my songs" in opened.locator("pre").inner_text()

    def test_another_model_and_another_colour(self, opened):
        assert opened.locator("#legend button").count() == 2
        opened.select_option("#model", "vae")
        assert opened.locator("#legend button").count() == 12
        shapes = opened.evaluate("document.getElementById('map').data.map(t => t.marker.symbol)")
        assert len(set(zip(colours(opened), shapes[:12], strict=True))) == 12
        opened.select_option("#colour", "genre")
        assert opened.locator("#legend button").all_inner_texts() == [
            "Folk\n14",
            "Rock\n13",
            "unlabelled\n13",
        ]
        opened.select_option("#colour", label="<u>loudness</u>")
        assert opened.locator("#legend strong").inner_text() == "<u>loudness</u>"
        levels = colours(opened)[1]
        assert (levels[0], levels[-1]) == (1, 255)
        opened.select_option("#colour", "dbscan")
        assert opened.locator("#legend button").all_inner_texts() == ["noise\n40"]

    def test_a_group_can_be_hidden(self, opened):
        opened.click("#legend button >> nth=0")
        opened.wait_for_function("document.getElementById('map').data[0].visible === false")
        assert opened.locator("#legend button >> nth=0").get_attribute("aria-pressed") == "false"

    def test_hovering_shows_title_artist_and_first_lines_as_text(self, opened):
        opened.mouse.move(*place(opened, HOSTILE[0]))
        tip = opened.locator("#tip")
        tip.wait_for(state="visible")
        assert tip.inner_text() == f"{HOSTILE[0]}\n<i>Artist 0</i>\n<b>la</b>\nle\nlu"
        assert tip.locator("script, b, i").count() == 0

    @pytest.mark.parametrize("i", [0, 1])
    def test_a_click_plays_the_song_and_shows_its_nearest(self, opened, i):
        opened.mouse.click(*place(opened, HOSTILE[i]))
        opened.wait_for_function("(document.getElementById('player') || {}).currentTime > 0.1")
        assert opened.evaluate("document.getElementById('player').error") is None
        assert song(opened) == HOSTILE[i]
        near = [f"Song {j:02}" if j > 4 else HOSTILE[j] for j in range(9) if j != i]
        shown = [text.split("\n")[0] for text in opened.locator("#nearest li").all_inner_texts()]
        assert {" ".join(text.split()) for text in shown} <= {
            " ".join(text.split()) for text in [*near, "Song 09"]
        }
        assert len(shown) == 8
        assert shown[0] in (HOSTILE[i + 1], HOSTILE[i - 1])
        assert opened.evaluate("document.getElementById('map').data.slice(-2).map(t => t.x.length)") == [8, 1]
        opened.click("#nearest button >> nth=7")
        assert song(opened) == shown[7]

    def test_a_sound_that_is_absent_is_named(self, opened):
        opened.mouse.click(*place(opened, HOSTILE[2]))
        opened.locator("#trouble").wait_for(state="visible")
        assert "../data/raw/my songs/gone.wav is absent" in opened.locator("#trouble").inner_text()
        opened.mouse.click(*place(opened, "Song 05"))
        opened.wait_for_function("document.getElementById('trouble').textContent.includes('no sound file')")

    def test_hostile_titles_are_text(self, opened):
        for title in HOSTILE:
            opened.fill("#search", title[:14])
            opened.keyboard.press("Enter")
            assert " ".join(song(opened).split()) == " ".join(title.split())
        assert opened.evaluate("getComputedStyle(document.querySelector('#song h2')).direction") == "rtl"
        opened.click("#tab-clusters")
        assert opened.locator("article h2 >> nth=1").inner_text() == "1 · <b>name 1</b>"
        assert opened.locator("main :is(b, u, script, img)").count() == 0

    def test_search_by_keyboard(self, opened):
        opened.keyboard.press("/")
        opened.keyboard.type("sÖng 1")
        found = [i for i in range(5, 40) if "1" in f"Song {i:02} Artist {i % 3}"]
        assert opened.locator("#found li").count() == len(found)
        for _ in range(2):
            opened.keyboard.press("ArrowDown")
        active = opened.locator("#found li[aria-selected=true] span").inner_text()
        opened.keyboard.press("Enter")
        assert song(opened) == active
        assert opened.locator("#found").is_hidden()
        opened.fill("#search", "nowhere")
        assert "No song" in opened.locator("#found").inner_text()
        opened.keyboard.press("Escape")
        assert opened.locator("#found").is_hidden()
        opened.locator("#map").focus()
        opened.keyboard.press("Escape")
        assert song(opened) == "No song chosen"

    def test_arrow_keys_go_from_song_to_song(self, opened):
        opened.mouse.click(*place(opened, "Song 20"))
        opened.locator("#map").focus()
        for key, expected in [("ArrowRight", "Song 22"), ("ArrowLeft", "Song 20")]:
            opened.keyboard.press(key)
            assert song(opened) == expected
        opened.keyboard.press("ArrowUp")
        assert song(opened) in ("Song 19", "Song 21")

    def test_the_lasso_lists_what_it_caught(self, opened):
        opened.click("#tool-lasso")
        x, y = place(opened, "Song 20")
        opened.mouse.move(x - 8, y - 8)
        opened.mouse.down()
        for dx, dy in [(8, -8), (8, 8), (-8, 8), (-8, -8)]:
            opened.mouse.move(x + dx, y + dy, steps=4)
        opened.mouse.up()
        opened.locator("#selection").wait_for()
        assert opened.locator("#selection li").all_inner_texts() == ["Song 20\n<i>Artist 2</i>"]
        opened.keyboard.press("Escape")
        assert song(opened) == "No song chosen"

    def test_zoom_and_back(self, opened):
        width = "(r => r[1] - r[0])(document.getElementById('map')._fullLayout.xaxis.range)"
        before = opened.evaluate(width)
        opened.click("[aria-label='Zoom in']")
        opened.wait_for_function(f"{width} < {0.8 * before}")
        opened.click("[aria-label='Show all']")
        opened.wait_for_function(f"Math.abs({width} - {before}) < 1e-6")

    def test_a_cluster_is_shown_alone(self, opened):
        opened.click("#tab-clusters")
        opened.click("article >> nth=1 >> text=Show on the map")
        opened.wait_for_function("document.getElementById('map').data[0].visible === false")
        assert opened.locator("#view-map").is_visible()

    def test_the_table_has_marks_intervals_and_an_order(self, opened):
        opened.click("#tab-comparison")
        rows = opened.locator("#scores tbody tr")
        assert rows.locator("th").all_inner_texts() == ["pca", "vae * !", "chance"]
        assert "0.500 0.400 to 0.600" in rows.nth(0).inner_text()
        assert "0.100 *" in rows.nth(1).inner_text()
        opened.select_option("#algorithm", "")
        opened.click("#scores button >> text=genre ami")
        assert rows.locator("th").all_inner_texts() == ["vae *", "pca", "vae * !", "chance"]
        assert "one cluster" in rows.nth(0).inner_text()
        opened.check("#every")
        assert opened.locator("#scores thead th").count() == len(SCORES)
        assert opened.locator("#ami .point").count() > 0

    def test_training_curves_of_what_was_trained(self, opened):
        opened.click("#tab-training")
        assert opened.locator("figcaption").all_inner_texts() == ["vae best at epoch 20"]
        assert opened.locator("#curve-vae .scatterlayer .trace").count() == 4

    @pytest.mark.parametrize(
        "opened",
        [{"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}],
        indirect=True,
    )
    def test_nothing_overflows_on_a_phone(self, opened):
        opened.tap("#tab-map")
        opened.touchscreen.tap(*place(opened, "Song 20"))
        assert song(opened) == "Song 20"
        for tab in ("map", "clusters", "comparison", "training", "run"):
            opened.tap(f"#tab-{tab}")
            assert opened.evaluate("document.documentElement.scrollWidth") <= 360, tab

    @pytest.mark.parametrize("opened", [{"color_scheme": "dark"}], indirect=True)
    def test_dark_as_the_system_says_and_light_by_the_button(self, opened):
        ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        assert max(opened.evaluate(ground)) < 60
        before = colours(opened)
        opened.click("#theme")
        assert min(opened.evaluate(ground)) > 200
        opened.wait_for_function(f"document.getElementById('map').data[0].marker.color !== '{before[0]}'")

    def test_every_control_can_be_reached_by_tab(self, opened):
        reached = set()
        for _ in range(40):
            opened.keyboard.press("Tab")
            reached.add(
                opened.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('aria-label')"
                )
            )
        assert {"model", "tab-map", "theme", "colour", "search", "tool-lasso", "Zoom in", "map"} <= reached
        opened.focus("#tab-map")
        opened.keyboard.press("ArrowRight")
        assert opened.locator("#view-clusters").is_visible()
