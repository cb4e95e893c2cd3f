"""The picture of a sweep over beta."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from songmap.figures.sweep import PANELS, Score, betas

SCORES = ("mig", "sap", "disentanglement", "completeness", "informativeness")


def rows(betas=(1, 2, 4), seeds=2, references=True, shift=0.0):
    """A table in which every score of a VAE is beta / 10 + seed / 100 + shift."""
    blank = dict.fromkeys(PANELS, "")
    found = []
    for beta in betas:
        for seed in range(seeds):
            value = f"{beta / 10 + seed / 100 + shift:.4f}"
            kept = {name: value for name in PANELS if references or name not in SCORES}
            found.append({"model": "vae", "beta": str(beta), "seed": str(seed), **blank, **kept})
    levels = {"random": 0.05, "pca": 0.3, "pca_half": 0.2, "shuffled": -0.1}
    for model, level in levels.items() if references else ():
        for seed in range(2):
            known = dict.fromkeys(SCORES, str(level + seed / 10))
            found.append({"model": model, "beta": "", "seed": str(seed), **blank, **known})
    return found


def texts(fig: Figure) -> str:
    return "\n".join(t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")))


def test_a_column_of_the_table():
    score = Score.of(rows(), "mig")
    np.testing.assert_allclose(score.beta, [1, 1, 2, 2, 4, 4])
    np.testing.assert_allclose(score.value, [0.1, 0.11, 0.2, 0.21, 0.4, 0.41])
    assert score.levels == pytest.approx({"random": 0.1, "pca": 0.35, "shuffled": -0.05})
    assert score.spread == pytest.approx(0.1 / 2**0.5)  # of 0.2 and 0.3
    assert Score.of(rows(), "kl").levels == {}


def test_every_score_has_a_panel_with_its_runs_means_and_references():
    fig = betas(rows())
    assert [axes.get_title(loc="left") for axes in fig.axes] == list(PANELS.values())
    mig, kl = fig.axes[0], fig.axes[list(PANELS).index("kl")]
    *levels, first, second, means = mig.lines
    assert sorted(line.get_ydata()[0] for line in levels) == pytest.approx([-0.05, 0.1, 0.35])
    np.testing.assert_allclose(means.get_ydata(), [0.105, 0.205, 0.405])
    np.testing.assert_allclose(first.get_ydata(), [0.1, 0.2, 0.4])
    np.testing.assert_allclose(second.get_ydata(), [0.11, 0.21, 0.41])
    np.testing.assert_allclose(second.get_xdata(), [0, 1, 2])
    assert [tick.get_text() for tick in mig.get_xticklabels()] == ["1", "2", "4"]
    assert len(kl.lines) == 3, "a reference has no KL"
    assert len(mig.patches) == 1, "the band"
    assert not kl.patches
    for words in ("untrained encoder", "PCA", "songs shuffled"):
        assert words in texts(fig)


def test_all_that_is_drawn_is_in_view():
    for shift in (0.0, -3.0, 40.0):
        for axes in betas(rows(shift=shift)).axes:
            low, high = axes.get_ylim()
            for line in axes.lines:
                assert low <= min(line.get_ydata())
                assert max(line.get_ydata()) < high


def test_a_catalogue_without_true_factors_has_three_panels_and_no_references():
    fig = betas(rows(references=False))
    assert len(fig.axes) == 3
    assert "PCA" not in texts(fig)
    assert "songs leave open" not in texts(fig)


def test_betas_in_any_order_and_one_alone():
    (axes, *_) = betas(rows(betas=(10, 0, 0.5), seeds=1)).axes
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), [0, 0.05, 1])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "0.5", "10"]
    betas(rows(betas=(4,), seeds=1)).draw_without_rendering()


def test_no_run_at_all_is_said():
    assert "No VAE" in texts(betas([]))
