import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import norm, skew
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, QuantileTransformer, StandardScaler

from songmap.models.scaling import fit_scaler, isotropic, standard

SCALES = ["zscore", "yeo_johnson", "quantile"]


def columns(n, seed=0):
    """Columns of several shapes and sizes: skewed, heavy-tailed, tied, tiny, huge. Shape (n, 8), float32."""
    rng = np.random.default_rng(seed)
    parts = [
        rng.normal(size=n),
        rng.lognormal(sigma=1.5, size=n),
        -rng.gamma(0.5, size=n) - 3,
        2000 + 500 * rng.standard_t(3, size=n),
        rng.integers(0, 4, size=n),
        1e-9 * rng.random(n) ** 3,
        1e25 * rng.normal(size=n),
        np.where(rng.random(n) < 0.5, 0, rng.random(n)),
    ]
    return np.stack(parts, axis=1).astype(np.float32)


def test_yeo_johnson_is_scikit_learn_s_of_z_scores():
    seen, new = columns(200), columns(50, seed=1)
    expected = make_pipeline(StandardScaler(), PowerTransformer()).fit(seen.astype(np.float64))
    scaler = fit_scaler(seen, "mfcc", "yeo_johnson")
    np.testing.assert_allclose(scaler.bend.power, expected[1].lambdas_, rtol=1e-6)
    for values in (seen, new):
        z = expected[0].transform(values.astype(np.float64))
        ours = (scaler.bend.apply(values) - expected[1]._scaler.mean_) / expected[1]._scaler.scale_
        np.testing.assert_allclose(ours, expected[1].transform(z), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(scaler.apply(values), expected[1].transform(z), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n", [60, 1000, 2500])
def test_quantiles_are_scikit_learn_s_with_shorter_tails(n):
    seen = columns(n)[:, [0, 1, 2, 3, 4, 7]]  # scikit-learn takes values 1e-7 apart for equal
    theirs = QuantileTransformer(n_quantiles=min(n, 1000), output_distribution="normal", subsample=None).fit(
        seen.astype(np.float64)
    )
    tail = norm.ppf(1 - 0.5 / min(n, 1000))
    scaler = fit_scaler(seen, "mfcc", "quantile")
    for values in (seen, columns(80, seed=1)[:, [0, 1, 2, 3, 4, 7]]):
        expected = np.clip(theirs.transform(values.astype(np.float64)), -tail, tail)
        np.testing.assert_allclose(scaler.bend.apply(values), expected, atol=1e-6)
    assert len(scaler.bend.quantiles) == min(n, 1000)


def test_bending_makes_columns_normal():
    seen = columns(1000)[:, 1:4]
    assert np.abs(skew(seen)).min() > 1
    for scale, most in {"yeo_johnson": 0.6, "quantile": 0.01}.items():
        ours = fit_scaler(seen, "mfcc", scale).apply(seen)
        assert np.abs(skew(ours)).max() < most
        np.testing.assert_allclose(ours.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(ours.std(axis=0), 1, atol=1e-5)


@pytest.mark.parametrize("scale", SCALES)
def test_units_do_not_matter_and_order_is_kept(scale):
    seen = columns(300)[:, :4]
    plain, tiny = (fit_scaler(x, "mfcc", scale).apply(x) for x in (seen, seen * np.float32(2**-40)))
    np.testing.assert_allclose(tiny, plain, atol=1e-5)
    for x, ours in zip(seen.T, plain.T, strict=True):
        assert (np.diff(ours[np.argsort(x)]) >= 0).all()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("value", [0.0, 1.0, -1e6, 1e30])
def test_a_column_that_never_varies_becomes_zero(scale, value):
    seen = columns(50)
    seen[:, 2] = value
    seen[::2, 5] = value
    seen[1::2, 5] = np.nextafter(np.float32(value), np.float32(-np.inf), dtype=np.float32) if value else 0
    ours = fit_scaler(seen, "mfcc", scale).apply(seen)
    assert not ours[:, 2].any()
    assert np.isfinite(ours).all()
    assert np.abs(ours[:, 5]).max() < 1e-3 * max(1, abs(value))


def test_a_power_that_would_overflow_is_not_taken():
    seen = np.zeros((500, 2), np.float32)
    seen[7, 0] = 1  # the likelihood has no maximum: any power towards minus infinity is better
    seen[:, 1] = np.random.default_rng(0).lognormal(size=500)
    scaler = fit_scaler(seen, "mfcc", "yeo_johnson")
    assert scaler.bend.power[0] == 1
    assert scaler.bend.power[1] < 0.9
    np.testing.assert_allclose(scaler.apply(seen)[:, 0], standard(seen).apply(seen)[:, 0], atol=1e-5)


@pytest.mark.parametrize("scale", SCALES)
@given(
    seen=hnp.arrays(
        np.float32,
        st.tuples(st.integers(4, 12), st.integers(1, 3)),
        elements=st.floats(-(2**100), 2**100, width=32),
    )
)
@settings(max_examples=60)
def test_any_values_are_scaled_to_finite_ones(scale, seen):
    scaler = fit_scaler(seen, "mfcc", scale)
    ours = scaler.apply(seen)
    assert ours.dtype == np.float32
    assert np.isfinite(ours).all()
    constant = np.ptp(seen, axis=0) == 0
    assert not ours[:, constant].any()
    assert np.isfinite(scaler.apply(seen * 10)).all()


def test_patches_are_scaled_by_band_over_tracks_excerpts_and_frames():
    rng = np.random.default_rng(0)
    seen = (rng.normal(size=(5, 3, 4, 6)) * [[[1], [2], [3], [4]]] - 40).astype(np.float32)
    for scale in SCALES:
        scaler = fit_scaler(seen, "mfcc", scale)
        assert scaler.bend is None
        assert scaler.mean.shape == (1, 4, 1)
        bands = np.moveaxis(scaler.apply(seen), 2, 0).reshape(4, -1)
        np.testing.assert_allclose(bands.mean(axis=1), 0, atol=1e-5)
        np.testing.assert_allclose(bands.std(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(scaler.invert(scaler.apply(seen)), seen, atol=1e-4)


@pytest.mark.parametrize("scale", SCALES)
def test_lyrics_keep_their_geometry(scale):
    seen = columns(40)[:, :4]
    ours = fit_scaler(seen, "sentence_centred", scale)
    np.testing.assert_array_equal(ours.apply(seen), isotropic(seen).apply(seen))
