import numpy as np
import pytest

from benchmarks import clustering
from songmap.clustering.algorithms import ALGORITHMS

pytestmark = pytest.mark.slow


def test_every_algorithm_is_measured():
    assert set(clustering.CASES) == {*ALGORITHMS, "silhouette", "umap", "hdbscan_usual"}
    assert set(clustering.LARGE) <= set(clustering.CASES)


def test_a_line_for_each_case(capsys):
    clustering.main(
        ["--sizes", "60", "90", "--cases", "kmeans", "silhouette", "--dimensions", "3", "--k", "4"]
    )
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["60", "90"]
    assert [line.split()[0] for line in lines] == ["kmeans", "silhouette"]
    assert all(line.count(" s ") == line.count(" MiB") == 2 for line in lines)


def test_what_compares_all_pairs_is_not_run_on_many_points(monkeypatch, capsys):
    monkeypatch.setattr(clustering, "GRAPH", 80)
    clustering.main(["--sizes", "90", "--cases", "spectral", "--dimensions", "2"])
    assert capsys.readouterr().out.splitlines()[1].split() == ["spectral", "-"]


def test_points_are_drawn_again_the_same():
    points, blobs = clustering.tracks(50, 4)
    assert points.shape == (50, 4) and points.dtype == np.float32 and len(blobs) == 50
    assert np.array_equal(points, clustering.tracks(50, 4)[0])


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        clustering.main(["--help"])
    assert "example: python -m benchmarks.clustering" in capsys.readouterr().out
