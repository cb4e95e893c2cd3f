"""Clusters of points, the number of them, and two-dimensional maps. No labels enter here."""
