"""Sound files as streams: opened, moved to a place, and read on from there."""

from collections.abc import Iterator

import numpy as np
import soundfile as sf

PREROLL = 16_384  # samples decoded before the place: an MP3 or Opus decoder is exact again after fewer
LOSSLESS = ("WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "AU", "CAF")


class Stream(sf.SoundFile):  # type: ignore[misc]
    """A sound file that is read from front to back.

    soundfile seeks after every read to where the file already stands. A decoder of MP3 loses its state by
    that, and the next 3,000 samples are wrong by up to full scale; here nothing seeks but `start_at`.
    """

    def seekable(self) -> bool:
        """False, so that reading does not seek."""
        return False

    def start_at(self, sample: int) -> None:
        """Move to a sample per channel, so that what follows is what decoding from the start gives."""
        before = sample if self.format in LOSSLESS else max(0, sample - PREROLL)
        if before:
            self.seek(before)
        if sample > before:
            self.read(sample - before, dtype="float32")

    def parts(self, block: np.ndarray) -> Iterator[np.ndarray]:
        """Read on to the end, block by block.

        Parameters
        ----------
        block : np.ndarray [shape=(n, channels)], float32 or int16
            Overwritten by every step.

        Yields
        ------
        np.ndarray [shape=(<= n, channels)]
            The filled part of `block`.
        """
        while len(part := self.read(out=block)):
            yield part
