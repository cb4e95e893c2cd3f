"""Inputs beside their reconstructions."""

import numpy as np
import pytest

from songmap.errors import DataError
from songmap.figures import style
from songmap.figures.reconstructions import SHOWN, reconstructions


def values(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def words(fig):
    return "\n".join(t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")))


def test_pictures_share_one_colour_scale_and_are_the_values():
    pairs = values(2, 2, 8, 20) * 20 - 40
    fig = reconstructions(pairs, ["A", "B"], "conv")
    shown = [axes.images[0] for axes in fig.axes if axes.images]
    assert len(shown) == 4
    assert len({image.get_clim() for image in shown}) == 1
    np.testing.assert_array_equal(shown[0].get_array(), pairs[0, 0])
    np.testing.assert_array_equal(shown[3].get_array(), pairs[1, 1])
    error = np.sqrt(np.mean((pairs[1, 0] - pairs[1, 1]) ** 2))
    assert f"B\nRMS error {error:.1f} dB" in words(fig)


def test_lines_show_both_sides_of_every_track():
    pairs = values(3, 2, 50)
    fig = reconstructions(pairs, ["A", "B", "C"], "dense")
    assert len(fig.axes) == 3
    np.testing.assert_array_equal(fig.axes[2].lines[1].get_ydata(), pairs[2, 0])
    np.testing.assert_array_equal(fig.axes[2].lines[2].get_ydata(), pairs[2, 1])
    assert {"input", "reconstruction"} <= set(words(fig).split("\n"))


@pytest.mark.parametrize("shape", [(9, 2, 8, 20), (9, 2, 30)])
def test_only_the_first_tracks_are_shown(shape):
    fig = reconstructions(values(*shape), [f"track {i}" for i in range(9)], "m")
    assert f"track {SHOWN - 1}" in words(fig)
    assert f"track {SHOWN}" not in words(fig)


@pytest.mark.parametrize("shape", [(1, 2, 4, 4), (1, 2, 1)])
def test_constant_values_and_hostile_titles(shape, tmp_path, recwarn):
    fig = reconstructions(np.zeros(shape), ["$\\frac$ 🎸\n" + "字" * 300], "m", "a note")
    style.save(fig, tmp_path / "x.png")
    assert not recwarn.list


def test_nothing_to_show_is_said():
    assert "reconstructs nothing" in words(reconstructions(values(0, 2, 5), [], "m"))


def test_a_wrong_shape_is_refused():
    with pytest.raises(DataError, match=r"\(3, 4, 5\)"):
        reconstructions(values(3, 4, 5), ["a"] * 3, "m")


def test_noise_of_the_default_size_stays_small(tmp_path):
    style.save(reconstructions(values(4, 2, 64, 215) * 9, ["t"] * 4, "m"), tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size < 110_000
