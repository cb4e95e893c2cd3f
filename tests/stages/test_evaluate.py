from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.errors import DataError
from songmap.files import read_csv, read_json, write_csv, write_json
from songmap.tracks import TrackArray
from stages import evaluate

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
IDS = [f"t{i:02}" for i in range(30)]
ALGORITHMS = ["kmeans", "agglomerative", "dbscan"]


def save_model(name, ids, clusters, collapsed=False):
    values = np.array([[cluster, int(track[1:]) / 100] for cluster, track in zip(clusters, ids, strict=True)])
    track_id = np.array(ids, dtype=str)
    TrackArray(track_id, values.astype(np.float32).reshape(-1, 1, 2)).save(
        f"data/features/latents/{name}.npz"
    )
    labelings = np.repeat(np.array(clusters, dtype=int)[:, None, None], 3, axis=2)  # (n, 1, 3)
    labelings[:1, :, 2] = -1
    TrackArray(track_id, labelings).save(f"data/labelings/{name}.npz")
    write_json(f"metrics/training/{name}.json", {"collapsed": collapsed} if collapsed else {})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    settings["cluster"]["algorithms"] = ALGORITHMS
    models = settings["models"]
    models = {"pca": models["pca"], "cvae": models["cvae"], "lyrics": models["lyrics"]}
    models["on_cvae"] = {**models["pca"], "audio": "latents/cvae"}
    (tmp_path / "params.yaml").write_text(
        yaml.safe_dump({**settings, "k": 3, "models": models}, sort_keys=False)
    )
    rows = [
        {
            "track_id": track,
            "artist": f"artist {i // 2}",
            "genre": ["rock", "jazz", "folk"][i % 3],
            "language": ["en", "pt"][i % 2],
        }
        for i, track in enumerate(IDS)
    ]
    write_csv("data/tracks.csv", ["track_id", "artist", "genre", "language"], rows)
    rng = np.random.default_rng(0)
    mfcc = 8 * np.eye(3)[np.arange(30) % 3] + rng.normal(size=(30, 3))
    TrackArray(np.array(IDS[:28]), mfcc[:28].astype(np.float32)).save("data/features/mfcc.npz")
    for name in ("table", "sentence", "tfidf"):
        TrackArray.empty("not in this catalogue").save(f"data/features/{name}.npz")
    save_model("pca", IDS[::-1], [int(track[1:]) % 3 for track in IDS[::-1]])
    save_model("cvae", IDS, [i % 2 for i in range(30)], collapsed=True)
    save_model("on_cvae", IDS[:20], [i % 3 for i in range(20)])
    save_model("lyrics", [], [])
    return tmp_path


def test_every_clustering_has_a_row_beside_chance(folder, capsys):
    evaluate.main()
    rows = {(row["model"], row["algorithm"]): row for row in read_csv("metrics/evaluation.csv")}
    models = ["pca", "cvae", "on_cvae"]
    expected = [(model, algorithm) for model in models for algorithm in ALGORITHMS]
    assert list(rows) == [*expected, ("chance", "random"), ("chance", "majority")]
    pca, noisy = rows["pca", "kmeans"], rows["pca", "dbscan"]
    assert (pca["genre_ami"], pca["genre_purity"], pca["k"], pca["coverage"]) == ("1.0", "1.0", "3", "1.0")
    assert (noisy["coverage"], noisy["genre_tracks"], noisy["tracks"]) == ("0.9667", "29", "30")
    assert (pca["common_space"], pca["common_tracks"]) == ("mfcc", "28")
    assert rows["on_cvae", "kmeans"]["tracks"] == "20"
    assert rows["cvae", "kmeans"]["language_ari"] == "1.0"
    assert [rows[model, "kmeans"]["informed_by"] for model in models] == [
        "",
        "genre_language",
        "genre_language",
    ]
    assert float(pca["common_silhouette"]) > 0.5 > float(rows["chance", "random"]["common_silhouette"])
    assert rows["chance", "majority"]["common_silhouette"] == ""
    shown = capsys.readouterr().out
    assert "*1.000" in shown
    assert "cvae !" in shown
    assert [rows[model, "kmeans"]["collapsed"] for model in models] == ["", "yes", ""]
    assert "chance" in shown
    assert (pca["artists"], pca["artist_tracks"], pca["artist_share"]) == ("15", "30", "0.1")
    assert noisy["artist_share"] == ""


def test_the_summary_is_short(folder):
    evaluate.main()
    short = read_json("metrics/summary.json")
    assert list(short) == ["pca", "cvae", "on_cvae", "left_out"]
    assert short["left_out"] == 1
    assert (short["pca"]["algorithm"], short["pca"]["genre_ami"]) == ("kmeans", 1)
    assert list(short["cvae"]) == ["algorithm", "genre_ami_told", "language_ami_told", "common_silhouette"]
    assert "genre_ami_told" in short["on_cvae"]


def test_models_are_set_beside_each_other(folder):
    evaluate.main()
    rows = {(row["label"], row["model"], row["other"]): row for row in read_csv("metrics/differences.csv")}
    pairs = [("pca", "cvae"), ("pca", "on_cvae"), ("cvae", "on_cvae")]
    assert list(rows) == [(label, *pair) for label in ("genre", "language") for pair in pairs]
    assert float(rows["genre", "pca", "cvae"]["low"]) > 0.5
    assert rows["genre", "pca", "on_cvae"]["difference"] == "0.0"
    assert [rows["genre", *pair]["tracks"] for pair in pairs] == ["30", "20", "20"]
    assert [rows["language", *pair]["told"] for pair in pairs] == ["cvae", "on_cvae", "cvae on_cvae"]


def test_confusion_of_genres(folder):
    evaluate.main()
    assert sorted(path.name for path in Path("plots/confusion").iterdir()) == [
        "cvae.csv",
        "on_cvae.csv",
        "pca.csv",
    ]
    rows = read_csv("plots/confusion/pca.csv")
    assert len(rows) == 30
    assert all(row["actual"] == row["predicted"] for row in rows)
    assert all(row["predicted"].endswith(" (told)") for row in read_csv("plots/confusion/on_cvae.csv"))


def test_the_same_bytes_twice(folder):
    written = []
    for _ in range(2):
        evaluate.main()
        paths = [Path("metrics/summary.json"), *Path("metrics").glob("*.csv"), *Path("plots").rglob("*.csv")]
        written.append([path.read_bytes() for path in sorted(paths)])
    assert len(written[0]) == 6
    assert written[0] == written[1]


def test_no_features_and_every_model_left_out(folder):
    TrackArray.empty("no sound").save("data/features/mfcc.npz")
    for name in ("pca", "cvae", "on_cvae"):
        save_model(name, [], [])
    evaluate.main()
    rows = read_csv("metrics/evaluation.csv")
    assert [row["algorithm"] for row in rows] == ["random", "majority"]
    assert rows[0]["common_silhouette"] == ""
    assert read_json("metrics/summary.json") == {"left_out": 4}
    assert read_csv("metrics/differences.csv") == []
    assert not list(Path("plots/confusion").iterdir())


def test_clusters_that_are_not_of_these_latents_are_refused(folder):
    save_model("pca", IDS, [0] * 30)
    TrackArray(np.array(IDS[:9]), np.zeros((9, 1, 2), np.float32)).save("data/features/latents/pca.npz")
    with pytest.raises(DataError, match="t09"):
        evaluate.main()


def test_auto_k_takes_the_median_for_chance(folder):
    text = (folder / "params.yaml").read_text()
    (folder / "params.yaml").write_text(text.replace("\nk: 3\n", "\nk: auto\n"))
    evaluate.main()
    assert read_csv("metrics/evaluation.csv")[-2]["k"] == "3"
