"""Take the language out of vectors, so that what remains tells songs of one language apart.

Each language's mean is subtracted (Libovický, Rosa & Fraser 2020, On the language neutrality of pre-trained
multilingual representations, arXiv:2004.05160). A song in two languages still points along the means of both;
so the directions that the means span are removed as well (mean projection: Haghighatkhah et al. 2022,
arXiv:2212.04273).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from songmap.tracks import TrackArray

FEWEST = 4  # songs of a language that have a mean of their own
_NOISE = 1e-5  # a vector shorter than this, of length 1 at first, is rounding error


def groups(languages: Sequence[str]) -> np.ndarray:
    """Songs that are centred together.

    Parameters
    ----------
    languages : sequence of str [shape=(n,)]
        Language of each song. Songs whose language is not known, '', are a group like any other.

    Returns
    -------
    np.ndarray [shape=(n,)], int
        A number per language of at least four songs, and the last for all songs of rarer ones.
    """
    songs = Counter(languages)
    common = sorted(name for name, count in songs.items() if count >= FEWEST)
    number = {name: i for i, name in enumerate(common)}
    return np.array([number.get(name, len(common)) for name in languages], dtype=int)


def remove_language(array: TrackArray, language: Mapping[str, str]) -> TrackArray:
    """Vectors without what their language explains.

    Parameters
    ----------
    array : TrackArray
        Shape (n, d), rows of length 1.
    language : mapping of str to str
        Language by track id, see `groups`. Where even all rarer ones have fewer than four songs together, the
        mean of all songs is theirs, and none of their own is removed from other songs.

    Returns
    -------
    TrackArray
        float32, rows of length 1 again; one of which nothing remains is 0, as where all songs of a language
        are the same. Of d dimensions at most half are removed, those in which the means are largest.
    """
    if not len(array):
        return array
    values = array.values
    means = []
    centred = np.empty(values.shape, np.float32)
    for members, reference in _statistics(array, language):
        mean = values[reference].mean(axis=0, dtype=np.float64)
        centred[members] = values[members] - mean
        if members is reference:
            means.append(mean)
    if means:
        _, strength, directions = np.linalg.svd(np.stack(means), full_matrices=False)
        spanned = directions[strength > _NOISE][: values.shape[1] // 2].astype(np.float32)  # (g, d)
        with threadpool_limits(1):  # threads add in any order
            centred -= (centred @ spanned.T) @ spanned
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = np.where(length > _NOISE, centred / np.maximum(length, _NOISE), np.float32(0))
    return TrackArray(array.track_id, unit, array.names)


def standardise(array: TrackArray, language: Mapping[str, str]) -> TrackArray:
    """Columns of mean 0 and variance 1 within each language.

    Parameters
    ----------
    array : TrackArray
        Shape (n, d).
    language : mapping of str to str
        Language by track id; few songs are grouped as `remove_language` does.

    Returns
    -------
    TrackArray
        float32; 0 where all songs of a language have the same.
    """
    if not len(array):
        return array
    values = np.zeros(array.values.shape)
    for members, reference in _statistics(array, language):
        known = array.values[reference]
        spread = known.std(axis=0)
        varies = spread > _NOISE * np.maximum(np.abs(known).max(axis=0), 1.0)
        values[members] = (array.values[members] - known.mean(axis=0)) / np.where(varies, spread, np.inf)
    return TrackArray(array.track_id, values.astype(np.float32), array.names)


def _statistics(array: TrackArray, language: Mapping[str, str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of each group, and the rows whose mean is theirs, the same or all; both shape (n,), bool."""
    group = groups([language[track_id] for track_id in array.track_id.tolist()])
    for number in np.unique(group):
        members = group == number
        yield members, members if members.sum() >= FEWEST else np.ones(len(group), dtype=bool)
