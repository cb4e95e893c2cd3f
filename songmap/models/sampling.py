"""What is drawn at random in an epoch: the order of the tracks, and which excerpts of them are shown."""

from collections.abc import Iterator

import torch
from torch import Tensor


def batches(n: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Indices of n rows in random batches of `size`.

    A remainder of one joins the batch before it, as batch norm needs two.
    """
    found = list(torch.randperm(n, generator=generator).split(size))
    if len(found) > 1 and len(found[-1]) == 1:
        found[-2:] = [torch.cat(found[-2:])]
    yield from found


def excerpts(n: int, count: int, views: int, generator: torch.Generator) -> Tensor:
    """Which of `count` excerpts each of n rows shows: different ones if there are two. Shape (n, views)."""
    if count == 1:
        return torch.zeros(n, views, dtype=torch.long)
    if views == 1:
        return torch.randint(count, (n, 1), generator=generator)
    return torch.rand(n, count, generator=generator).argsort(dim=1)[:, :views]
