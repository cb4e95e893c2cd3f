"""Which track of a catalogue somebody means."""

from collections.abc import Mapping, Sequence

from songmap.importers.spelling import normalised

Track = Mapping[str, str]


def find(tracks: Sequence[Track], query: str) -> list[Track]:
    """Tracks that a query may mean, in the catalogue's order.

    Parameters
    ----------
    tracks : sequence of mapping
        Rows with track_id, title and artist.
    query : str
        A track id, a title, a part of one, or artist and title. But for the id, neither case, accents nor
        punctuation matter.

    Returns
    -------
    list of mapping
        The one track of that id; else those of that title, else those whose title holds the query, else those
        whose ``artist title`` or ``title artist`` does. None where nothing does.
    """
    same = [track for track in tracks if track["track_id"] == query]
    words = normalised(query)
    if same or not words:
        return same
    titles = [normalised(track["title"]) for track in tracks]
    exact = [track for track, title in zip(tracks, titles, strict=True) if title == words]
    if exact:
        return exact
    part = [track for track, title in zip(tracks, titles, strict=True) if words in title]
    return part or [
        track
        for track, title in zip(tracks, titles, strict=True)
        if words in f"{normalised(track['artist'])} {title} {normalised(track['artist'])}"
    ]
