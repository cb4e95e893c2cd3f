"""Lyrics for the tracks of a song folder that have none, and a record of where each text came from.

A track is done in steps, each whole or absent: the record says that a text is being written, the text is
written and named in tracks.csv, and the record says that it was found. What an interrupt leaves between them
is put right by the next run, so that it loses at most the track in hand.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from songmap.catalogue import text
from songmap.catalogue.entries import Entry
from songmap.catalogue.song_folder import TABLE
from songmap.errors import DataError
from songmap.importers.provenance import (
    FAILED,
    FOUND,
    NO_AUDIO,
    NO_LYRICS,
    TRANSCRIPTION,
    WRITING,
    Answer,
    Provenance,
    Song,
)
from songmap.importers.staging import Skipped
from songmap.importers.table import alone
from songmap.importers.texts import PassingError, Texts, plain, unfit

MOST_FAILURES = 5  # in a row, after which asking on is no use
HAS_LYRICS = "had lyrics already"
SHARED = "shares another track's text"


@dataclass
class Tally:
    """How a folder stands, and what a run brought.

    Parameters
    ----------
    tracks : int
        In the folder.
    counts : Counter of str
        Outcomes of this run; `HAS_LYRICS`, `SHARED` and `NO_AUDIO` for tracks that were not asked about.
    settled : int
        Tracks that the source answered in an earlier run.
    unusable : int
        Tracks whose file is missing or outside the folder.
    refused : list of Skipped
        Songs that were asked about in vain, and why.
    """

    tracks: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    settled: int = 0
    unusable: int = 0
    refused: list[Skipped] = field(default_factory=list)


class Completion:
    """A folder whose lyrics are completed from one source; made by `completing`.

    Its `songs` are those to ask about; those that failed before come last, so that they hold up no others.

    Parameters
    ----------
    folder : Path
        The song folder.
    source : str
        The source's name in the record.
    retry : bool
        Whether to ask again for what is settled.
    """

    def __init__(self, folder: Path, source: str, retry: bool) -> None:
        self.folder, self.source, self.tally = folder, source, Tally()
        self._provenance, self._texts = Provenance(folder), Texts(folder)
        entries = list(self._texts.entries())
        if not entries:
            raise DataError(f"song folder {folder} holds neither tracks in {TABLE} nor audio files")
        self._provenance.put_right({entry.track_id: entry.lyrics for entry in entries})
        lacking = self._lacking(entries, retry)
        self.songs = sorted(lacking, key=lambda song: self._provenance.has_failed(song, source))

    def audio(self, song: Song) -> Path:
        """Where a song's audio is; raises `PassingError` where it is gone."""
        return self._texts.audio(song.path)

    def run(self, ask: Callable[[Song], Answer], desc: str) -> None:
        """Ask for every song without lyrics, and keep what is found.

        Parameters
        ----------
        ask : callable
            Gives the answer for a song; may raise `PassingError`.
        desc : str
            Of the progress bar.

        Raises
        ------
        DataError
            If five songs in a row raise `PassingError`, or all, or `ask` raises it.
        OSError
            If the disk is full.
        """
        failures, answers, last = 0, 0, ""
        for song in tqdm(self.songs, desc=desc, unit="song", disable=None):
            try:
                self._note(song, *self._keep(song, ask(song)))
                failures, answers = 0, answers + 1
            except PassingError as error:
                failures, last = failures + 1, text.label(str(error))
                self._note(song, Answer(FAILED, detail=last))
            if failures == MOST_FAILURES:
                again = "the same command goes on where it stopped"
                raise DataError(f"{failures} songs in a row failed, the last: {last}; {again}")
        if self.songs and not answers:
            raise DataError(f"every song that was asked about failed, the last: {last}")

    def _lacking(self, entries: Iterable[Entry], retry: bool) -> Iterator[Song]:
        """The songs to ask about; all others are counted."""
        beside: set[str] = set()  # that an earlier track stands for: song.mp3 and song.flac share song.txt
        for entry in entries:
            self.tally.tracks += 1
            song = _song(entry)
            stem = "" if self._texts.has_table else str(PurePosixPath(entry.path).with_suffix(""))
            if entry.lyrics.strip():
                self.tally.counts[HAS_LYRICS] += 1
            elif stem in beside:
                self.tally.counts[SHARED] += 1
            elif song.path and not self._is_there(song):
                self.tally.unusable += 1
            elif not song.path and self.source == TRANSCRIPTION:
                self.tally.counts[NO_AUDIO] += 1
            else:
                beside |= {stem} - {""}
                if not retry and self._provenance.is_settled(song, self.source):
                    self.tally.settled += 1
                else:
                    yield song

    def _is_there(self, song: Song) -> bool:
        try:
            return bool(self.audio(song))
        except PassingError:
            return False

    def _keep(self, song: Song, answer: Answer) -> tuple[Answer, str]:
        """Write the words of an answer; what came out, and where they are, relative to the folder."""
        if answer.outcome != FOUND:
            return answer, ""
        words = plain(answer.text)
        if wrong := unfit(words):
            return replace(answer, outcome=NO_LYRICS, detail=f"{answer.detail} ({wrong})"), ""
        target = self._texts.place(song.track_id, song.path, words)
        if target is None:
            return Answer(HAS_LYRICS), ""
        lyrics = target.relative_to(self.folder).as_posix()
        self._provenance.record(song, self.source, replace(answer, outcome=WRITING), lyrics)
        self._texts.write(song.track_id, target, words)
        return answer, lyrics

    def _note(self, song: Song, answer: Answer, lyrics: str = "") -> None:
        self.tally.counts[answer.outcome] += 1
        if answer.outcome == HAS_LYRICS:
            return
        self._provenance.record(song, self.source, answer, lyrics)
        if answer.outcome != FOUND:
            reason = ": ".join(filter(None, (answer.outcome, answer.detail)))
            self.tally.refused.append(Skipped(song.name, reason))


@contextmanager
def completing(folder: Path, source: str, *, retry: bool = False) -> Iterator[Completion]:
    """Open a folder to complete its lyrics, one process at a time.

    Parameters
    ----------
    folder : Path
        The song folder.
    source : str
        `GENIUS` or `TRANSCRIPTION`.
    retry : bool
        Whether to ask again for what is settled.

    Raises
    ------
    DataError
        If there is no such folder, it is broken or cannot be written to, or another process completes it.
    """
    with alone(folder):
        yield Completion(folder, source, retry)


def _song(entry: Entry) -> Song:
    title = entry.labels.get("title") or text.label(PurePosixPath(entry.path).stem)
    return Song(entry.track_id, entry.path, title, entry.labels.get("artist", ""))
