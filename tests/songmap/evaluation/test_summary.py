import pytest

from songmap.evaluation import table
from songmap.evaluation.summary import CHANCE, best_rows, summary


def row(model="vae", algorithm="kmeans", silhouette=0.2, coverage=1.0, **more):
    known = {
        "model": model, "algorithm": algorithm, "informed_by": "", "collapsed": "", "degenerate": "",
        "coverage": coverage, "silhouette": silhouette, "genre_ami": 0.4, "language_ami": 0.1,
        "common_silhouette": 0.05, "silhouette_all": None if silhouette is None else silhouette * coverage,
    }  # fmt: skip
    return dict.fromkeys(table.COLUMNS) | known | more


def best(*rows):
    return {name: found and found["algorithm"] for name, found in best_rows(rows).items()}


def test_the_name_of_chance_is_that_of_the_table():
    assert CHANCE == table.CHANCE


def test_the_best_has_the_clearest_clusters():
    assert best(row(), row(algorithm="spectral", silhouette=0.3), row("pca")) == {
        "vae": "spectral", "pca": "kmeans",
    }  # fmt: skip
    assert best(row(), row(algorithm="spectral")) == {"vae": "kmeans"}


def test_noise_counts_as_nothing():
    assert best(row(), row(algorithm="hdbscan", silhouette=0.3, coverage=0.6)) == {"vae": "kmeans"}
    assert best(row(), row(algorithm="hdbscan", silhouette=0.3, coverage=0.9)) == {"vae": "hdbscan"}


@pytest.mark.parametrize("why", ["one cluster", "one giant cluster", "mostly noise"])
def test_a_degenerate_clustering_is_never_the_best(why):
    giant = row(algorithm="dbscan", silhouette=0.99, degenerate=why)
    assert best(giant, row()) == {"vae": "kmeans"}
    assert best(giant) == {"vae": None}
    assert summary([giant], 0) == {"vae": {"algorithm": "none"}, "left_out": 0}


def test_labels_have_no_say():
    rows = [row(genre_ami=0.1), row(algorithm="spectral", silhouette=0.1, genre_ami=0.9)]
    assert best(*rows) == {"vae": "kmeans"}
    blind = [one | {"genre_ami": None, "language_ami": None} for one in rows]
    assert best(*blind) == best(*rows)


def test_what_has_no_silhouette_and_chance_are_passed_over():
    assert best(row(silhouette=None), row("chance", silhouette=0.9)) == {"vae": None}


def test_the_summary_is_four_lines_a_model():
    short = summary([row(), row(algorithm="spectral", silhouette=0.1), row("pca", genre_ami=1 / 3)], 2)
    assert short == {
        "vae": {"algorithm": "kmeans", "genre_ami": 0.4, "language_ami": 0.1, "common_silhouette": 0.05},
        "pca": {"algorithm": "kmeans", "genre_ami": 0.333333, "language_ami": 0.1, "common_silhouette": 0.05},
        "left_out": 2,
    }


def test_it_says_what_the_model_was_told_what_is_covered_and_how_seeds_spread():
    rows = [
        row("a", informed_by="genre", genre_ami_sd=0.02),
        row("b", informed_by="genre_language", coverage=0.8),
    ]
    short = summary(rows, 0)
    assert list(short["a"]) == [
        "algorithm", "genre_ami_told", "genre_ami_told_sd", "language_ami", "common_silhouette",
    ]  # fmt: skip
    assert list(short["b"]) == [
        "algorithm", "coverage", "genre_ami_told", "language_ami_told", "common_silhouette",
    ]  # fmt: skip
    assert (short["a"]["genre_ami_told_sd"], short["b"]["coverage"]) == (0.02, 0.8)
