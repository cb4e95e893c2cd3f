"""Learning curves."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from songmap.figures.training import Curve, _ticks, training_curves


def curve(validation, warmup=0, kl=0.0):
    n = len(validation)
    values = np.array(validation, dtype=float)
    return Curve(np.arange(1, n + 1), values * 0.9, values, np.full(n, kl), warmup)


def texts(fig: Figure) -> str:
    return "\n".join(t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")))


def test_best_is_the_smallest_validation_loss_after_the_warmup():
    assert curve([3, 1, 2, 4]).best == 1
    assert curve([3, 1, 2, 4], warmup=2).best == 2
    assert curve([3, np.nan, 2, 4], warmup=2).best == 2
    assert curve([3, 1], warmup=9).best == 1
    assert curve([np.nan, np.nan]).best == 1


def test_rows_of_the_csv():
    rows = [{"epoch": "1", "train": "2.5", "validation": "", "kl": "0.5"}]
    read = Curve.of(rows, warmup=3)
    assert (read.epoch[0], read.train[0], read.kl[0], read.warmup) == (1, 2.5, 0.5, 3)
    assert np.isnan(read.validation[0])
    assert len(Curve.of([]).epoch) == 0


def test_every_model_has_a_panel_with_its_best_epoch_and_kl():
    fig = training_curves({"vae": curve([9, 5, 7], kl=4.25), "ae": curve([9, 5]), "none": curve([])})
    assert len(fig.axes) == 2
    assert "best epoch 2, KL 4.25" in texts(fig)
    vae, ae = fig.axes
    assert len(ae.lines) == len(vae.lines) - 1, "an autoencoder has no KL line"
    np.testing.assert_allclose(vae.lines[1].get_ydata(), [9, 5, 7])


@pytest.mark.parametrize(
    "validation", [[1e-12, 5], [-3, -5], [0, 0], [7], [5, 5, 5], [1e9, 1e-9], [np.nan] * 2]
)
def test_any_losses_can_be_drawn(validation, recwarn):
    fig = training_curves({"m": curve(validation)})
    fig.draw_without_rendering()
    assert not recwarn.list


def test_a_collapsed_kl_does_not_squeeze_the_losses():
    fig = training_curves({"m": curve([200, 100], kl=1e-6)})
    assert fig.axes[0].get_ylim()[0] > 0.5
    assert "KL 1e-06" in texts(fig)


def test_nothing_trained_is_said():
    assert "No model" in texts(training_curves({}))


@pytest.mark.parametrize(("low", "high"), [(7, 400), (100, 250), (0.01, 9000), (58, 290), (95, 105)])
def test_axis_has_a_few_ticks_in_range(low, high):
    ticks = _ticks(low, high)
    assert 1 <= len(ticks) <= 7
    assert all(low <= tick <= high for tick in ticks)
