"""Take the language out of vectors, so that what remains tells songs of one language apart.

Each language's mean is subtracted (Libovický, Rosa & Fraser 2020, On the language neutrality of pre-trained
multilingual representations, arXiv:2004.05160). A song in two languages still points along the means of both;
so the directions that the means span are removed as well (mean projection: Haghighatkhah et al. 2022,
arXiv:2212.04273).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Centring:
    """What takes the language out of vectors, learnt from the songs of a catalogue.

    Parameters
    ----------
    languages : np.ndarray [shape=(g,)], str
        Those that have a mean of their own.
    means : np.ndarray [shape=(g + 1, d)], float64
        The last is that of songs in any other language.
    spanned : np.ndarray [shape=(s, d)], float32
        Directions that the means span, of length 1.
    """

    languages: np.ndarray
    means: np.ndarray
    spanned: np.ndarray

    @classmethod
    def of(cls, array: TrackArray, language: Mapping[str, str]) -> "Centring":
        """Learn from the vectors (n, d) of one song at least; see `remove_language`."""
        languages, references, own = _statistics(array, language)
        means = np.stack([array.values[rows].mean(axis=0, dtype=np.float64) for rows in references])
        spanned = np.zeros((0, array.values.shape[1]), np.float32)
        if own:
            _, strength, directions = np.linalg.svd(means[:own], full_matrices=False)
            spanned = directions[strength > _NOISE][: array.values.shape[1] // 2].astype(np.float32)
        return cls(languages, means, spanned)

    def apply(self, array: TrackArray, language: Mapping[str, str]) -> TrackArray:
        """Vectors (n, d) without what their language explains; see `remove_language`."""
        if not len(array):
            return array
        centred = np.empty(array.values.shape, np.float32)
        for number, members in _members(self.languages, array, language):
            centred[members] = array.values[members] - self.means[number]
        if len(self.spanned):
            with threadpool_limits(1):  # threads add in any order
                centred -= (centred @ self.spanned.T) @ self.spanned
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        unit = np.where(length > _NOISE, centred / np.maximum(length, _NOISE), np.float32(0))
        return TrackArray(array.track_id, unit, array.names)


@dataclass(frozen=True, eq=False)
class Standards:
    """What columns are standardised by, learnt from the songs of a catalogue.

    Parameters
    ----------
    languages : np.ndarray [shape=(g,)], str
        Those that are standardised on their own.
    means, spreads : np.ndarray [shape=(g + 1, d)], float64
        Means and standard deviations, these infinite where nothing varies. The last are those of songs in any
        other language.
    names : np.ndarray [shape=(d,)], str
        Of the columns.
    """

    languages: np.ndarray
    means: np.ndarray
    spreads: np.ndarray
    names: np.ndarray

    @classmethod
    def of(cls, array: TrackArray, language: Mapping[str, str]) -> "Standards":
        """Learn from the columns (n, d) of one song at least; see `standardise`."""
        languages, references, _ = _statistics(array, language)
        known = [_mean_and_spread(array.values[rows]) for rows in references]
        means, spreads = (np.stack(each) for each in zip(*known, strict=True))
        return cls(languages, means, spreads, array.names)

    def apply(self, array: TrackArray, language: Mapping[str, str]) -> TrackArray:
        """Columns (n, d) by the standards of each song's language; see `standardise`."""
        if not len(array):
            return array
        values = np.zeros(array.values.shape)
        for number, members in _members(self.languages, array, language):
            values[members] = (array.values[members] - self.means[number]) / self.spreads[number]
        return TrackArray(array.track_id, values.astype(np.float32), array.names)


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
    return Centring.of(array, language).apply(array, language) if len(array) else array


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
    return Standards.of(array, language).apply(array, language) if len(array) else array


def _statistics(array: TrackArray, language: Mapping[str, str]) -> tuple[np.ndarray, list[np.ndarray], int]:
    """Languages of their own (g,), the rows (n,) that g + 1 means are of, and how many are of one group."""
    spoken = [language[track_id] for track_id in array.track_id.tolist()]
    group = groups(spoken)
    languages = sorted(name for name, count in Counter(spoken).items() if count >= FEWEST)
    references = [group == number for number in range(len(languages) + 1)]
    own = len(languages) + 1
    if references[-1].sum() < FEWEST:
        references[-1] = np.ones(len(group), dtype=bool)
        own -= 1
    return np.array(languages, dtype=str), references, own


def _members(
    languages: np.ndarray, array: TrackArray, language: Mapping[str, str]
) -> Iterator[tuple[int, np.ndarray]]:
    """Numbers of groups, and the rows (n,) of each, bool."""
    number = {name: i for i, name in enumerate(languages.tolist())}
    group = np.array([number.get(language[name], len(number)) for name in array.track_id.tolist()], dtype=int)
    for found in np.unique(group).tolist():
        yield found, group == found


def _mean_and_spread(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    spread = values.std(axis=0)
    varies = spread > _NOISE * np.maximum(np.abs(values).max(axis=0), 1.0)
    return values.mean(axis=0), np.where(varies, spread, np.inf)
