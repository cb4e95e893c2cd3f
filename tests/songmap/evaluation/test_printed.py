from songmap.evaluation import table
from songmap.evaluation.printed import as_text


def row(model="vae", algorithm="kmeans", **more):
    known = {
        "model": model, "algorithm": algorithm, "informed_by": "", "collapsed": "", "degenerate": "",
        "seeds": 1, "tracks": 40, "k": 2, "coverage": 1.0, "silhouette": 0.2, "silhouette_all": 0.2,
        "common_space": "mfcc", "common_silhouette": 0.1, "genre_ami": 1.0, "genre_purity": 1.0,
    }  # fmt: skip
    return dict.fromkeys(table.COLUMNS) | known | more


def test_a_line_for_every_row_and_a_legend():
    head, rule, first, second, *legend = as_text([row(), row("pca", genre_ami=None)]).splitlines()
    assert head.split() == [
        *("model", "algorithm", "tracks", "k", "covered", "silh.", "common"),
        *("genre", "AMI", "purity", "lang.", "AMI"),
    ]
    assert set(rule) == {"-"}
    assert first.split() == [
        *("vae", "kmeans", "+", "40", "2", "100%"),
        *("0.200", "0.100", "1.000", "1.000", "-"),
    ]
    assert second.split()[-3:] == ["-", "1.000", "-"]
    assert "(mfcc)" in legend[0]
    assert not any(mark in line for line in legend for mark in "~*±!")


def test_what_was_told_is_marked():
    text = as_text([row(), row("cvae", informed_by="genre")])
    plain, told = text.splitlines()[2:4]
    assert "*" not in plain
    assert told.count("*1.000") == 2
    assert "told" in text.splitlines()[-1]
    assert max(map(len, text.splitlines())) <= 110


def test_a_collapsed_model_is_marked():
    text = as_text([row(collapsed="yes"), row("pca")])
    assert "vae !" in text
    assert "pca !" not in text
    assert "!: collapsed" in text


def test_what_is_degenerate_is_marked_and_not_the_best():
    text = as_text([row(), row(algorithm="dbscan", silhouette_all=0.9, degenerate="one giant cluster")])
    assert "kmeans +" in text
    assert "dbscan ~" in text
    assert "~ degenerate: " in text


def test_the_spread_over_seeds():
    text = as_text([row(seeds=3, genre_ami_sd=0.024)])
    assert "1.000±0.02" in text
    assert "±: standard deviation" in text


def test_no_rows():
    assert "(none)" in as_text([])
