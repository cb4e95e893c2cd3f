"""Whether single latent dimensions stand for single factors that songs were made from: MIG, DCI and SAP.

Conventions
-----------
- **Codes** are latents (n, d), here posterior means; a **factor** is one value per song. A factor of a
  floating type is continuous, one of strings, integers or booleans discrete. Neither the order of the
  dimensions nor their sign matters, nor (but for SAP on a continuous factor) what a monotone map does to one.
- All scores are at most 1, more is better. They are defined for factors drawn independently of each other.
  Where factors go together, as tempo and groove do within a style, a dimension that knows one knows something
  of the other, so that 1 is out of reach. Compare encoders on the same songs only.
- **With few songs chance alone is above 0, and every score is uncertain**: read it beside that of shuffled
  songs, and with its standard deviation over `halves` of the songs.
- **A deliberate answer for every edge**:

  ==============================================  ====================================================
  case                                            answer
  ==============================================  ====================================================
  a factor with one value                         left out
  no factor that varies                           all scores None
  a dimension that never varies                   it knows nothing: MIG, SAP and its importance 0
  no dimension that varies                        all scores 0
  one dimension                                   the second best knows 0; completeness None
  one factor                                      disentanglement None
  a NaN or infinite value, a length that differs  `DataError`
  ==============================================  ====================================================

Formulas
--------
- MIG: mean over factors v of (I(z_1; v) - I(z_2; v)) / H(v), z_1 and z_2 the dimensions that share most
  information with v. In [0, 1]. Continuous values are put in `BINS` bins with equally many songs.
- DCI: a random forest predicts each factor from all dimensions; R (d, factors) is the importance of each
  dimension, columns sum to 1. *Disentanglement*: 1 - entropy of each row of R as shares, base the number of
  factors, weighted by the row's sum: 1 where every dimension serves one factor. *Completeness*: the same of
  the columns, base d, unweighted: 1 where every factor is told by one dimension. *Informativeness*: mean over
  factors of 1 - error / error of the best constant guess, each song predicted only by the trees that were
  fitted without it (out of bag). The error is squared for a continuous factor (so that this is R²), and the
  share of wrong guesses for a discrete one. 0 is what a constant reaches; it may be negative.
- SAP: mean over factors of the gap between the two dimensions that tell most of it, each by itself. For a
  continuous factor that is the squared correlation, for one of k values the balanced accuracy of k - 1
  thresholds, adjusted so that chance is 0 and perfection 1 (Kumar et al. leave it unadjusted).

References
----------
MIG: Chen, Li, Grosse & Duvenaud 2018, arXiv:1802.04942, eq. 6. DCI: Eastwood & Williams, ICLR 2018. SAP:
Kumar, Sattigeri & Balakrishnan 2018, arXiv:1711.00848, section 3. All three side by side: Locatello et al.
2019, arXiv:1811.12359, appendix C. Active units: Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519.
Correlated factors: Träuble et al. 2021, arXiv:2006.07886. Halves: Shao & Wu, Annals of Statistics 17(3),
1989. Learning by scikit-learn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import balanced_accuracy_score, mutual_info_score
from sklearn.tree import DecisionTreeClassifier

from songmap.errors import DataError
from songmap.evaluation.validation import Score, validate_points
from songmap.latents import active

BINS = 10  # of a continuous value; of 240 songs 24 each
FOREST = {"n_estimators": 50, "min_samples_leaf": 5, "max_features": None, "oob_score": True}
SCORES = ("mig", "disentanglement", "completeness", "informativeness", "sap")


def validate_factors(factors: Mapping[str, np.ndarray], n: int) -> dict[str, np.ndarray]:
    """The factors that vary; refuse one that is not a usable value for each of n songs.

    Raises
    ------
    DataError
        If a factor's shape is not (n,), a value is NaN or infinite, or its type is no number, string or bool.
    """
    varying = {}
    for name, given in factors.items():
        values = np.asarray(given)
        if values.shape != (n,):
            raise DataError(f"factor {name} of shape {values.shape} for {n} songs: must be one value each")
        if values.dtype.kind not in "fiubU":
            raise DataError(f"factor {name} of type {values.dtype}: must be numbers or strings")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            first = int(np.flatnonzero(~np.isfinite(values))[0])
            raise DataError(f"factor {name} of song {first} is not finite")
        if n and (values != values[0]).any():
            varying[name] = values
    return varying


def silenced(means: np.ndarray) -> np.ndarray:
    """Posterior means (n, d) with 0 in the units that are not active.

    The mean of a collapsed unit still varies in its last digits, all of it drowned by the noise of the
    posterior; scored as it stands it would seem to know a factor.
    """
    return np.where(active(means), validate_points(means), 0.0)


def mig(codes: np.ndarray, factors: Mapping[str, np.ndarray]) -> Score:
    """Mutual information gap, 0 to 1.

    Parameters
    ----------
    codes : np.ndarray [shape=(n, d)]
    factors : mapping of str to np.ndarray [shape=(n,)]
        Floating for continuous factors; strings, integers or booleans for discrete ones.
    """
    points = validate_points(codes)
    binned = [_binned(code) for code in points.T]
    gaps = []
    for factor in validate_factors(factors, len(points)).values():
        values = _binned(factor) if factor.dtype.kind == "f" else np.unique(factor, return_inverse=True)[1]
        entropy = mutual_info_score(values, values)
        gaps.append(_gap(mutual_info_score(values, code) for code in binned) / entropy)
    return float(np.mean(gaps)) if gaps else None


def sap(codes: np.ndarray, factors: Mapping[str, np.ndarray]) -> Score:
    """Separated attribute predictability, 0 to 1. See `mig`."""
    points = _unit(validate_points(codes))
    gaps = []
    for factor in validate_factors(factors, len(points)).values():
        if factor.dtype.kind == "f":
            told = np.square(_unit(factor[:, None]).T @ points / len(points))[0]
            gaps.append(_gap(told.tolist()))
        else:
            gaps.append(_gap(_thresholds(code[:, None], factor) for code in points.T))
    return float(np.mean(gaps)) if gaps else None


@dataclass(frozen=True)
class DCI:
    """Three scores, and what they are made of.

    Parameters
    ----------
    disentanglement, completeness : float, 0 to 1, or None
    informativeness : float, at most 1, or None
    by_factor : dict of str to float
        Informativeness of each factor that varies.
    importance : np.ndarray [shape=(d, factors)]
        Of every dimension for every factor; a column sums to 1, or to 0 where nothing could be learnt.
    """

    disentanglement: Score
    completeness: Score
    informativeness: Score
    by_factor: dict[str, float]
    importance: np.ndarray


def dci(codes: np.ndarray, factors: Mapping[str, np.ndarray], seed: int) -> DCI:
    """Disentanglement, completeness and informativeness. See `mig`; `seed` is the forests'."""
    points = _unit(validate_points(codes))
    known = validate_factors(factors, len(points))
    speaks = points.any(axis=0)
    importance = np.zeros((points.shape[1], len(known)))
    by_factor = dict.fromkeys(known, 0.0)
    for column, (name, values) in enumerate(known.items()):
        if speaks.any():
            importance[speaks, column], by_factor[name] = _forest(points[:, speaks], values, seed)
    if not known:
        return DCI(None, None, None, by_factor, importance)
    rows, columns = importance.sum(axis=1), _concentration(importance.T)
    return DCI(
        None if len(known) < 2 else float(_concentration(importance) @ rows / (rows.sum() or 1.0)),
        None if len(importance) < 2 else float(columns.mean()),
        float(np.mean(list(by_factor.values()))),
        by_factor,
        importance,
    )


def disentanglement(codes: np.ndarray, factors: Mapping[str, np.ndarray], seed: int) -> dict[str, Score]:
    """All `SCORES` by name. See `mig` and `dci`."""
    found = dci(codes, factors, seed)
    three = (found.disentanglement, found.completeness, found.informativeness)
    return dict(zip(SCORES, (mig(codes, factors), *three, sap(codes, factors)), strict=True))


def halves(n: int, count: int, seed: int) -> list[np.ndarray]:
    """Random halves of n songs, without repetition: the delete-half jackknife (Shao & Wu 1989).

    The standard deviation of a score over such halves estimates that of the score over the whole, as half the
    songs double the variance and drawing them without repetition from the whole halves it. A bootstrap would
    put copies of one song on both sides of every held-out prediction.
    """
    rng = np.random.default_rng([seed, n])
    return [np.sort(rng.permutation(n)[: n // 2]) for _ in range(count)]


def _binned(values: np.ndarray) -> np.ndarray:
    """Bins (n,) with as equally many values as ties allow; each value by itself where few differ."""
    unique, inverse = np.unique(values, return_inverse=True)
    if len(unique) <= BINS:
        return inverse
    order = np.sort(values)
    rank = (np.searchsorted(order, values) + np.searchsorted(order, values, side="right")) / 2
    return np.minimum(BINS * rank / len(values), BINS - 1).astype(int)


def _gap(told: Iterable[float]) -> float:
    """The largest value less the second largest; 0 is always among them."""
    first, second = sorted((0.0, 0.0, *told), reverse=True)[:2]
    return float(first - second)


def _unit(values: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and variance 1; those that never vary become 0."""
    if not len(values):
        return values
    largest = np.abs(values).max(axis=0, initial=0.0)
    values = values / np.where(largest > 0, largest, 1.0)
    values = np.where((values == values[:1]).all(axis=0), 0.0, values - values.mean(axis=0))
    spread = values.std(axis=0)
    return values / np.where(spread > 0, spread, 1.0)


def _thresholds(code: np.ndarray, labels: np.ndarray) -> float:
    """Balanced accuracy, adjusted for chance, of one threshold fewer than there are labels. Code (n, 1)."""
    count = len(np.unique(labels))
    tree = DecisionTreeClassifier(max_leaf_nodes=count, class_weight="balanced", random_state=0)
    return balanced_accuracy_score(labels, tree.fit(code, labels).predict(code), adjusted=True)


def _forest(codes: np.ndarray, factor: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Importance (d,) of every code, and the out-of-bag error against that of the best constant."""
    if factor.dtype.kind == "f":
        forest = RandomForestRegressor(random_state=seed, **FOREST).fit(codes, _unit(factor[:, None])[:, 0])
        return forest.feature_importances_, float(forest.oob_score_)
    _, labels, counts = np.unique(factor, return_inverse=True, return_counts=True)
    forest = RandomForestClassifier(random_state=seed, **FOREST).fit(codes, labels)
    constant = counts.max() / counts.sum()
    return forest.feature_importances_, float((forest.oob_score_ - constant) / (1 - constant))


def _concentration(importance: np.ndarray) -> np.ndarray:
    """1 - entropy of each row's shares, base b: 1 for one entry, 0 for equal ones or none. (a, b) to (a,)."""
    total = importance.sum(axis=1, keepdims=True)
    shares = importance / np.where(total > 0, total, 1.0)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    return np.where(total[:, 0] > 0, 1 - entropy / np.log(max(importance.shape[1], 2)), 0.0)
