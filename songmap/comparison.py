"""Two clusterings of the same tracks, side by side.

The numbers of clusters mean nothing, so each cluster of the first is matched to at most one of the second,
such that as many tracks as possible stay (the assignment problem; Kuhn, "The Hungarian method", Naval
Research Logistics 2, 1955). The other tracks moved. ARI (Hubert & Arabie 1985) and AMI (Vinh, Epps & Bailey
2010) need no matching.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from songmap.errors import DataError
from songmap.tracks import TrackArray


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two clusterings have in common.

    Parameters
    ----------
    track_id : np.ndarray [shape=(n,)], str
        The tracks that both have, in the order of the first.
    first, second : np.ndarray [shape=(n,)], int
        Their clusters; noise, -1, counts as one more cluster.
    matched : dict of int to int
        The cluster of the second for each of the first that has one.
    ari, ami : float
        Agreement corrected for chance: 0 by chance, 1 where they are the same.
    """

    track_id: np.ndarray
    first: np.ndarray
    second: np.ndarray
    matched: dict[int, int]
    ari: float
    ami: float

    @property
    def moved(self) -> np.ndarray:
        """Positions of the tracks that left the cluster matched to theirs. Shape (m,), int."""
        clusters, position = np.unique(self.first, return_inverse=True)
        lacking = self.second.max() + 1  # no cluster's number
        expected = np.array([self.matched.get(cluster, lacking) for cluster in clusters.tolist()])
        return np.flatnonzero(expected[position] != self.second)


def compare(first: TrackArray, second: TrackArray) -> Comparison:
    """Compare two clusterings over the tracks that both have.

    Parameters
    ----------
    first, second : TrackArray [values shape=(n,)], int
        Clusters by track.

    Raises
    ------
    DataError
        If they share no track.
    """
    shared = first.track_id[np.isin(first.track_id, second.track_id)]
    if not len(shared):
        raise DataError(f"{len(first):,} tracks and {len(second):,}: none is in both")
    one, other = first.rows(shared), second.rows(shared)
    rows, columns = np.unique(one), np.unique(other)
    counts = contingency_matrix(one, other)
    matched = {
        int(rows[i]): int(columns[j])
        for i, j in zip(*linear_sum_assignment(counts, maximize=True), strict=True)
        if counts[i, j]
    }
    ari, ami = adjusted_rand_score(one, other), adjusted_mutual_info_score(one, other)
    return Comparison(shared, one, other, matched, float(ari), float(ami))
