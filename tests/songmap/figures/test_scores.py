"""The heat map of scores."""

import pytest
from matplotlib.patches import Rectangle

from songmap.figures import style
from songmap.figures.scores import COLUMNS, score_map


def row(model="vae", algorithm="kmeans", told="", **more):
    known = dict.fromkeys(COLUMNS, "0.5") | {"genre_ami_low": "0.41", "genre_ami_high": "0.58"}
    known |= {"model": model, "algorithm": algorithm, "informed_by": told, "collapsed": "", "degenerate": ""}
    return known | more


def words(fig):
    return [t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")) if t.get_text()]


def cells(fig, column):
    """Colours and hatches of one column, from the top."""
    j = list(COLUMNS).index(column)
    found = [patch for patch in fig.axes[0].patches if isinstance(patch, Rectangle)]
    here = sorted((patch for patch in found if j <= patch.get_x() < j + 1), key=lambda patch: patch.get_y())
    return [p.get_facecolor()[:3] for p in here if p.get_fill()], [bool(p.get_hatch()) for p in here]


def darkness(colour):
    return 3 - sum(colour)


def test_a_row_for_every_model_and_one_of_chance():
    rows = [row("a"), row("a", "dbscan"), row("b"), row("chance", "random"), row("chance", "majority")]
    fig = score_map(rows)
    labels = [label.get_text() for label in fig.axes[0].get_yticklabels()]
    assert labels == ["a", "b", "random clusters"]
    assert [label.get_text() for label in fig.axes[0].get_xticklabels()] == list(COLUMNS.values())
    assert words(fig).count("0.50") == 3 * len(COLUMNS)


def test_darker_is_higher_within_a_column():
    rows = [row(f"m{i}", genre_ami=str(0.2 * i), silhouette=str(0.2 * i)) for i in range(4)]
    shades = [darkness(colour) for colour in cells(score_map(rows), "genre_ami")[0]]
    assert shades == sorted(shades)
    assert len(set(shades)) == 4
    own = cells(score_map(rows), "silhouette")[0]  # of different spaces
    assert set(own) == {(1, 1, 1)}


def test_intervals_or_spread_stand_under_ami():
    shown = words(score_map([row(), row("b", genre_ami_sd="0.031")]))
    assert "0.41 – 0.58" in shown
    assert "±0.03" in shown
    assert shown.count("0.41 – 0.58") == 1
    assert "−0.02 – 0.00" in words(score_map([row(genre_ami_low="-0.021", genre_ami_high="-0.001")]))


def test_a_told_cell_is_hatched_and_named_and_sets_no_scale():
    low, high = row("a", genre_ami="0.1"), row("b", genre_ami="0.2")
    told = row("cvae", told="genre", genre_ami="0.9")
    fig = score_map([low, high, told])
    assert cells(fig, "genre_ami")[1].count(True) == 1
    assert cells(fig, "genre_purity")[1].count(True) == 1
    assert cells(fig, "language_ami")[1].count(True) == 0
    assert cells(fig, "common_silhouette")[1].count(True) == 0
    colours = cells(fig, "genre_ami")[0]
    assert colours[1] == colours[2] == cells(score_map([low, high]), "genre_ami")[0][1]
    assert "the model was told this label" in words(fig)
    assert "the model was told this label" not in words(score_map([low, high]))


def test_undefined_scores_are_said():
    shown = words(score_map([row(language_ami="", language_ari="", language_purity="")]))
    assert shown.count("undefined") == 3
    assert not any("nan" in text for text in shown)


def test_collapsed_and_degenerate_models_are_marked():
    fig = score_map([row("a", collapsed="yes"), row("b", degenerate="one cluster")])
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["a !", "b ~"]
    assert any("! collapsed" in text and "~ degenerate" in text for text in words(fig))


def test_no_models_is_said():
    assert any("No model" in text for text in words(score_map([row("chance", "random")])))


@pytest.mark.parametrize("n", [1, 40])
def test_any_number_of_models(n, tmp_path):
    style.save(score_map([row(f"{'m' * 40}{i}", genre_ami=str(i / n)) for i in range(n)]), tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 3000
