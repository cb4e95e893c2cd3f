"""What changes from epoch to epoch by plan: learning rate, weight of the KL term, size of a batch."""

import math
from dataclasses import dataclass

from songmap.params import Train

STEPS = 8  # an epoch has at least, whatever the batch size asked for
PRETRAINING = 0.25  # share of the epochs before a learnt prior starts


@dataclass(frozen=True)
class Schedule:
    """The plan of one training; epochs count from 1.

    Parameters
    ----------
    settings : Train
    pretraining : int >= 0 [scalar], epochs
        Before a learnt prior starts; 0 for any other.
    anneal : bool
        Whether there is a KL term whose weight rises.
    """

    settings: Train
    pretraining: int
    anneal: bool

    def learning_rate(self, epoch: int) -> float:
        """Falls along half a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983)."""
        done = (epoch - 1) / self.settings.epochs
        return self.settings.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def kl_share(self, epoch: int) -> float:
        """Share of the final KL weight, above 0.

        Rises in ``warmup`` epochs (Sønderby et al. 2016, arXiv:1602.02282), at the start of each of
        ``cycles`` equal parts (Fu et al. 2019, arXiv:1903.10145), and of a cycle in half of it at most.
        """
        if not self.anneal:
            return 1.0
        length = self.settings.epochs / self.settings.cycles
        rise = self.settings.warmup if self.settings.cycles == 1 else min(self.settings.warmup, length // 2)
        return min(1.0, (math.floor((epoch - 1) % length) + 1) / (rise + 1))

    def judged(self, epoch: int) -> bool:
        """Whether the epoch's weights may be kept: with the whole KL term, and the prior started."""
        whole = self.kl_share(epoch) == 1.0 and epoch > self.pretraining
        return whole or epoch == self.settings.epochs

    def may_stop(self, epoch: int) -> bool:
        """Whether the epoch may be the last: within the last cycle."""
        return epoch > self.settings.epochs * (1 - 1 / self.settings.cycles)

    def batch_size(self, n: int) -> int:
        """Tracks in a batch, of n: at most ``batch_size``, few enough for `STEPS` steps, at least 2."""
        return max(2, min(self.settings.batch_size, n // STEPS))


def pretraining(settings: Train, learnt_prior: bool) -> int:
    """Epochs before a learnt prior starts."""
    return round(PRETRAINING * settings.epochs) if learnt_prior else 0
