"""Placing new songs among the clusters of a trained model."""
