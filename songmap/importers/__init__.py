"""Catalogues of other forms made into song folders: what fetches, converts and synthesises."""
