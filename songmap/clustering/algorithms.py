"""All algorithms by name: functions of points (n, d) and settings that give a `Labeling`."""

from songmap.clustering.centroids import gaussian_mixture, kmeans
from songmap.clustering.density import dbscan, hdbscan
from songmap.clustering.hierarchy import agglomerative, consensus
from songmap.clustering.spectral import spectral

ALGORITHMS = {
    "kmeans": kmeans,
    "agglomerative": agglomerative,
    "dbscan": dbscan,
    "hdbscan": hdbscan,
    "gaussian_mixture": gaussian_mixture,
    "spectral": spectral,
    "consensus": consensus,
}
