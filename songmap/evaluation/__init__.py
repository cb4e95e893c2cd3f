"""Scores of a clustering, what chance would reach, and one table of all."""
