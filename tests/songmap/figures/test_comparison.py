"""Baseline bars."""

import math
from dataclasses import replace

import pytest
from matplotlib.container import ErrorbarContainer

from songmap.figures import style
from songmap.figures.comparison import Score, comparison, titles


def score(model, algorithm="kmeans", told="", coverage=1.0, genre=0.3, language=0.1):
    return Score(model, algorithm, told, coverage, {"genre": genre, "language": language})


def words(fig):
    return [t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text"))]


def widths(axes):
    return [bar.get_width() for bar in axes.patches]


def test_bars_in_the_order_given_on_one_scale():
    chance = score("chance", "random", genre=0.01, language=0.0)
    fig = comparison([score("b"), score("a", genre=-0.02, language=0.7), chance])
    genre, language = fig.axes
    assert widths(genre) == [0.3, -0.02]
    assert widths(language) == [0.1, 0.7]
    assert [t.get_text() for t in genre.get_yticklabels()] == ["b", "a"]
    assert genre.get_xlim() == language.get_xlim()
    assert genre.get_xlim()[0] < -0.02
    assert genre.get_xlim()[1] > 0.7
    assert [line.get_xdata()[0] for line in (genre.lines[-1], language.lines[-1])] == [0.01, 0.0]


def test_a_model_that_was_told_is_hatched_and_named():
    scores = [score("vae"), score("cvae", told="genre_language"), score("genre_vae", told="genre")]
    fig = comparison(scores)
    hatched = [[bool(bar.get_hatch()) for bar in axes.patches] for axes in fig.axes]
    assert hatched == [[False, True, True], [False, True, False]]
    assert "k-means, model was told genre / genre_language" in words(fig)


def test_a_title_says_what_a_model_was_told():
    scores = [score("vae"), score("cvae", told="genre")]
    assert titles(["vae", "cvae", "lyrics"], scores) == {
        "vae": "vae", "cvae": "cvae (told genre)", "lyrics": "lyrics"
    }  # fmt: skip


def test_other_algorithms_are_marks_and_dbscan_says_what_it_covers():
    fig = comparison(
        [score("vae"), score("vae", "agglomerative", genre=0.4), score("vae", "dbscan", coverage=0.256)]
    )
    assert "26%" in words(fig)
    assert {"Ward", "DBSCAN"} <= set(words(fig))
    assert len(widths(fig.axes[0])) == 1
    assert 0.4 in [line.get_xdata()[0] for line in fig.axes[0].lines]


def test_undefined_scores_are_said_and_not_drawn_as_zero():
    nothing = {"genre": math.nan, "language": math.nan}
    fig = comparison([score("vae", **nothing), score("vae", "dbscan", coverage=math.nan, **nothing)])
    assert words(fig).count("undefined") == 2
    assert "nan%" not in words(fig)


def test_no_models_is_said():
    assert any("No model" in text for text in words(comparison([])))


def test_row_of_the_evaluation_table():
    row = {"model": "m", "algorithm": "dbscan", "informed_by": "", "collapsed": "yes", "coverage": "0.5"}
    row |= {"genre_ami": "0.25", "genre_ami_sd": "0.03", "language_ami": "", "language_ami_sd": ""}
    read = Score.of(row)
    assert (read.coverage, read.ami["genre"], read.spread["genre"], read.collapsed) == (0.5, 0.25, 0.03, True)
    assert math.isnan(read.ami["language"])
    assert math.isnan(read.spread["language"])
    assert math.isnan(read.interval["genre"][0])
    row |= {"genre_ami_low": "0.2", "genre_ami_high": "0.3", "degenerate": "one cluster"}
    assert (Score.of(row).interval["genre"], Score.of(row).degenerate) == ((0.2, 0.3), True)


def test_spread_over_seeds_is_an_error_bar():
    steady, shaky = score("a"), replace(score("b"), spread={"genre": 0.05, "language": math.nan})
    genre, language = comparison([steady, shaky]).axes
    (bar,) = [c for c in genre.containers if isinstance(c, ErrorbarContainer)]
    ends = [end.get_xdata()[0] for end in bar[1]]
    assert ends == pytest.approx([0.25, 0.35])
    assert not any(isinstance(c, ErrorbarContainer) for c in language.containers)


def test_what_is_uncertain_is_in_view():
    wide = replace(score("a", genre=0.6), spread={"genre": 0.2, "language": 0.3})
    low, high = comparison([wide]).axes[0].get_xlim()
    assert low < 0.1 - 0.3
    assert high > 0.6 + 0.2
    low, high = comparison([replace(score("a"), interval={"genre": (-0.1, 0.9)})]).axes[0].get_xlim()
    assert low < -0.1
    assert high > 0.9


def test_an_interval_is_a_thin_line_where_there_is_no_spread():
    known = {"genre": (0.2, 0.45), "language": (math.nan, math.nan)}
    one = replace(score("a"), interval=known)
    both = replace(one, model="b", spread={"genre": 0.05})
    fig = comparison([one, both])
    genre, language = fig.axes
    (line,) = genre.collections[:1]
    assert [x for x, _ in line.get_segments()[0]] == pytest.approx([0.2, 0.45])
    assert not any(isinstance(c, ErrorbarContainer) for c in language.containers)
    assert not language.collections
    assert "95 % interval" in words(comparison([one]))
    assert "deviation over seeds" in words(fig)
    assert "95 % interval" not in words(comparison([score("a")]))


def test_a_degenerate_mark_is_pale_and_the_legend_says_so():
    giant = replace(score("a", "dbscan", genre=0.0), degenerate=True)
    fig = comparison([score("a"), giant])
    assert style.PALE in [line.get_markeredgecolor() for line in fig.axes[0].lines]
    assert "pale: degenerate" in words(fig)
    assert "pale: degenerate" not in words(comparison([score("a"), score("a", "dbscan")]))


def test_a_collapsed_model_is_marked():
    scores = [score("vae"), replace(score("beta_vae", told="genre"), collapsed=True)]
    assert titles(["vae", "beta_vae"], scores)["beta_vae"] == "beta_vae (told genre, collapsed)"
    fig = comparison(scores)
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == ["vae", "beta_vae !"]
    assert "! collapsed" in words(fig)


@pytest.mark.parametrize("n", [1, 40])
def test_any_number_of_models(n, tmp_path):
    style.save(comparison([score(f"{'m' * 40}{i}") for i in range(n)]), tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 3000
