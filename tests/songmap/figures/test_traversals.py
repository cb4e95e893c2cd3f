"""Pictures of decoded steps: what they show, and that they can be read whatever is in them."""

from types import SimpleNamespace

import numpy as np
import pytest

from songmap.figures import style
from songmap.figures.decoded import FEATURES, SHARP
from songmap.figures.traversals import MOST_GROUPS, grouped, songs, units

MFCC = np.array([f"mfcc{i}_{s}" for s in ("mean", "delta_std") for i in (1, 2, 3)])
NOTHING = np.array([], dtype=str)


def values(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def walk(**decoded):
    u = len(next(iter(decoded.values()), []))
    ends = np.linspace([-1.5] * u, [2.0] * u, 7, axis=1)
    return SimpleNamespace(units=np.arange(u) * 3, values=ends, decoded=decoded, active=5)


def words(fig):
    return "\n".join(t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")))


def images(fig):
    """Pictures, those of the colour bars left out, in the order in which they were drawn."""
    return [image for axes in fig.axes if axes.get_label() != "<colorbar>" for image in axes.images]


def test_units_by_mel_patches_are_rows_of_steps_and_their_change():
    patches = values(3, 7, 16, 20) * 20 - 30
    figures = units("conv_vae", walk(audio=patches), 16, {"audio": ("mel", NOTHING)}, False)
    assert list(figures) == ["units_mel"]
    shown = images(figures["units_mel"])
    assert len(shown) == 3 * 8
    np.testing.assert_array_equal(shown[0].get_array(), patches[0, 0])
    np.testing.assert_array_equal(shown[8 + 6].get_array(), patches[1, 6])
    np.testing.assert_array_equal(shown[-1].get_array(), patches[2, 6] - patches[2, 0])
    assert len({image.get_clim() for i, image in enumerate(shown) if i % 8 < 7}) == 1
    low, high = shown[7].get_clim()
    assert low == -high
    first, below = shown[0].get_extent(), shown[8].get_extent()
    assert below[3] < first[2]  # each unit lies under the one before
    text = words(figures["units_mel"])
    assert "unit 3\n−1.5 to 2.0" in text
    assert "5 of 16 are active" in text
    assert "labels" not in text


def test_units_by_vectors_are_the_change_of_each_group_and_the_features_that_change_most():
    steps = np.zeros((1, 7, 6))
    steps[0, -1] = [3, -4, 0, 0, 0, 1.5]
    steps[0, 0, 5] = 0.5
    figures = units("vae", walk(audio=steps), 4, {"audio": ("mfcc", MFCC)}, True)
    assert list(figures) == ["units"]
    (shown,) = images(figures["units"])
    np.testing.assert_allclose(shown.get_array(), [[5 / np.sqrt(3), 1 / np.sqrt(3)]])
    text = words(figures["units"])
    assert "mfcc2_mean −4.0, mfcc3_delta_std +1.0" in text  # one of each group
    assert {"mfcc mean", "mfcc delta std", "2.9", "0.6"} <= set(text.split("\n"))
    assert "as are labels" in text


def test_words_are_one_group_whose_terms_are_listed():
    names = np.array(["love", "<b>$x$", "字" * 50, *(f"term {'abc'[i % 3]}{i}" for i in range(50))])
    change = np.zeros((1, 7, len(names)))
    change[0, -1, :3] = [1, -3, 2]
    sources = {"audio": ("embedding", NOTHING), "lyrics": ("tfidf", names)}
    figures = units("m", walk(audio=values(1, 7, 6), lyrics=change), 8, sources, False)
    text = words(figures["units"])
    assert {"embedding", "tfidf"} <= set(text.split("\n"))
    assert text.index("x\\$ −3.0") < text.index("字… +2.0") < text.index("love +1.0")
    assert images(figures["units"])[0].get_array().shape == (1, 2)


def test_a_model_of_both_has_both_pictures():
    steps = {"audio": values(2, 7, 8, 9), "lyrics": values(2, 7, 12)}
    sources = {"audio": ("mel", NOTHING), "lyrics": ("sentence", NOTHING)}
    assert set(units("m", walk(**steps), 8, sources, False)) == {"units_mel", "units"}
    between = {name: x[0] for name, x in steps.items()}
    assert set(songs("m", ["A", "B"], between, sources, False)) == {"songs_mel", "songs"}


def test_without_an_active_unit_it_is_said():
    figures = units("collapsed", walk(), 16, {}, False)
    assert "no unit is active" in words(figures["units"])


def test_the_way_between_songs_in_mel_patches():
    patches = values(9, 16, 20)
    (fig,) = songs("m", ["First", "Last"], {"audio": patches}, {"audio": ("mel", NOTHING)}, True).values()
    shown = images(fig)
    assert len(shown) == 9
    assert len({image.get_clim() for image in shown}) == 1
    left = [image.get_extent()[0] for image in shown]
    assert left == sorted(left)
    for image, patch in zip(shown, patches, strict=True):
        np.testing.assert_array_equal(image.get_array(), patch)
    text = words(fig).split("\n")
    assert {"First", "0 %", "50 %", "100 %", "Last"} <= set(text)
    assert any("labels too" in line for line in text)


def test_the_way_between_songs_in_vectors():
    rows = values(9, 6)
    (fig,) = songs("m", ["First", "Last"], {"audio": rows}, {"audio": ("mfcc", MFCC)}, False).values()
    mean, slope = images(fig)
    for image, part in ((mean, rows[:, :3]), (slope, rows[:, 3:])):
        drawn = np.asarray(image.get_array())[::SHARP][::-1]  # drawn upwards
        np.testing.assert_array_equal(drawn, part)
    labels = [label.get_text() for label in fig.axes[0].get_yticklabels()]
    places = fig.axes[0].get_yticks()
    assert labels[0] == "First" and labels[-1] == "Last"
    assert places[0] == max(places)


def test_of_many_features_those_are_shown_that_differ_most():
    rows = np.zeros((9, 1000))
    rows[-1, ::2] = 1 + np.arange(500)
    (fig,) = songs("m", ["A", "B"], {"lyrics": rows}, {"lyrics": ("tfidf", NOTHING)}, False).values()
    last = np.asarray(images(fig)[0].get_array())[0]
    np.testing.assert_array_equal(last, np.arange(201, 501))
    assert len(last) == FEATURES


def test_groups_hold_every_column_once():
    names = [*MFCC, "centroid_mean", "centroid_std", "rms_db_range", "tempo_log2", "energy", "chroma1_mean"]
    groups = {group.name: group.columns.tolist() for group in grouped("descriptors", names, len(names))}
    assert groups == {
        "mfcc mean": [0, 1, 2],
        "mfcc delta std": [3, 4, 5],
        "centroid": [6, 7],
        "rms db": [8],
        "tempo": [9],
        "energy": [10],
        "chroma mean": [11],
    }
    many = [f"word{chr(97 + i)}" for i in range(MOST_GROUPS + 1)]
    for source, columns in (("tfidf", many), ("latents/vae", NOTHING)):
        (whole,) = grouped(source, columns, 21)
        assert whole.name == source.removeprefix("latents/")
        assert whole.columns.tolist() == list(range(21))


@pytest.mark.parametrize("fill", [0.0, 1e6, -80.0])
def test_constant_values_and_hostile_names_can_be_drawn(fill, tmp_path, recwarn):
    title = "$\\frac$ 🎸\n<script>" + "字" * 300
    patches, rows = np.full((1, 7, 4, 5), fill), np.full((1, 7, 3), fill)
    sources = {"audio": ("mel", NOTHING), "lyrics": ("table", np.array([title, "b", "c_mean"]))}
    figures = units("m", walk(audio=patches, lyrics=rows), 4, sources, True)
    figures |= songs("m", [title, ""], {"audio": patches[0], "lyrics": rows[0]}, sources, True)
    for name, fig in figures.items():
        style.save(fig, tmp_path / f"{name}.png")
    assert not recwarn.list


def test_pictures_of_noise_stay_small_and_keep_within_their_edges(tmp_path):
    patches, vectors = values(6, 7, 64, 215) * 20, values(6, 7, 5000)
    sources = {"audio": ("mel", NOTHING), "lyrics": ("tfidf", NOTHING)}
    figures = units("m", walk(audio=patches, lyrics=vectors), 16, sources, True)
    strips = {"audio": values(9, 64, 215) * 20, "lyrics": values(9, 5000)}
    figures |= songs("m", ["An Ordinary Title of a Song"] * 2, strips, sources, True)
    for name, fig in figures.items():
        style.save(fig, tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size < 150_000
        assert round(fig.get_figwidth() * style.DPI) == 900
        box = fig.get_tightbbox()
        assert box.x0 >= 0
        assert box.x1 <= fig.get_figwidth()
