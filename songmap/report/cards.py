"""Explanations of clusters, cut to what a card shows."""

from collections.abc import Mapping
from typing import Any

LABELS = ("genre", "language", "artist")
GROUPS, WORDS, TOP = 3, 8, 4  # languages with words, words of each, values of a label


def card(explained: Mapping[str, Any], order: Mapping[str, int]) -> dict[str, Any]:
    """A card of one cluster.

    Parameters
    ----------
    explained : mapping
        ``cluster``, ``name``, ``size``, ``medoids`` (each with ``track_id``), ``profile`` (z-scores by name),
        ``words`` (by ``language`` its ``words``), and by label the ``top`` values with their ``share``; what
        is absent is left out.
    order : mapping of str to int
        Position on the page by track id.

    Returns
    -------
    dict
        ``cluster``, ``name``, ``size``; ``medoids`` as positions; ``profile`` as pairs of name and z-score,
        the strongest first; ``words`` as pairs of language and words; ``labels`` as pairs of label and pairs
        of value and share, of labels with more than one song to a value.
    """
    profile = sorted(explained.get("profile", {}).items(), key=lambda trait: -abs(trait[1]))
    groups = [group for group in explained.get("words", []) if group["words"]][:GROUPS]
    counted = {label: explained.get(label, {}).get("top", [])[:TOP] for label in LABELS}
    return {
        "cluster": explained["cluster"],
        "name": explained.get("name", ""),
        "size": explained["size"],
        "medoids": [order[song["track_id"]] for song in explained.get("medoids", [])],
        "profile": profile,
        "words": [[group["language"], [word["word"] for word in group["words"][:WORDS]]] for group in groups],
        "labels": [
            [label, [[value["value"], value["share"]] for value in top]]
            for label, top in counted.items()
            if any(value["tracks"] > 1 for value in top)
        ],
    }
