"""How fast a model is trained, beside the loop that a script would have.

That loop draws batches of 32 from a DataLoader, in float32 and torch's own memory layout, with an Adam that
is not fused. The nets, the losses and the learning rates are the same, and so is the work of an epoch: every
training track once, then the bound of those held out. The ways take turns, each from the same first weights,
so that a busy machine slows all alike; medians over the turns are printed.

Tried, and what it gave:

- Rows that stay in memory, taken by index, and a fused Adam: with small batches most of the gain.
- Transposed convolutions as ordinary ones whose channels become pixels: the last layer in half the time.
- Activations in channels_last: a fifth. The weights as well: nothing.
- bfloat16, for pictures, where the processor has AVX512-BF16 or AMX.
- Two threads on two processors of which one is busy wait for each other (try ``--threads 2`` beside another
  run). So one thread for vectors, and for pictures half of the processors.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from songmap import params
from songmap.models.batch import Tensors, Trainable
from songmap.models.machine import choose
from songmap.models.nets import ConvDecoder, ConvTrunk, beside
from songmap.models.neural import build
from songmap.models.resume import State
from songmap.models.schedule import Schedule
from songmap.models.training import Task, train
from songmap.params import Conv, Dense, Train

USUAL = 32  # tracks in a batch of the usual loop
SHAPES = {"dense": (512,), "conv": (1, 64, 215)}
Way = Callable[[Trainable, Tensors, Tensor], float]  # trains in place, gives the last validation loss


class PlainTrunk(ConvTrunk):
    """As anyone writes it."""

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Without a word on memory layout."""
        return self.body(beside(self.convolutions(x).flatten(1), condition))


class PlainDecoder(ConvDecoder):
    """As anyone writes it."""

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        """Without a word on memory layout, by torch's transposed convolutions."""
        x = self.body(beside(z, condition)).unflatten(1, (-1, *self.sizes[0]))
        for up, activate, size in zip(self.up, self.activate, self.sizes[1:-1], strict=True):
            x = activate(up.transposed(x, output_size=size))
        return self.last.transposed(x, output_size=self.sizes[-1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the tracks, measure, print."""
    options = parse(arguments)
    settings = params.load().train.model_copy(
        update={"epochs": options.epochs, "warmup": 0, "patience": options.epochs, "device": "cpu"}
    )
    for kind in options.models:
        config = example(kind)
        machine = choose(settings, config)
        torch.set_num_threads(options.threads)
        data, held_out = tracks(kind, options.tracks)
        times, losses = measure(
            ways(config, settings), config, data, held_out, options.repetitions, options.epochs
        )
        precision = "bfloat16" if machine.bfloat16 else "float32"
        print(f"{kind}, {options.tracks:,} tracks of {SHAPES[kind]}, {options.threads} threads, {precision}")
        usual = times["usual"]
        for name, seconds in times.items():
            print(
                f"  {name:22} {seconds:8.3f} s an epoch {usual / seconds:6.2f} times as fast"
                f" {losses[name]:10.3f} nats in the end, {100 * (losses[name] / losses['usual'] - 1):+.2f} %"
            )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What to measure, and how often."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training",
        description="Time training beside the usual loop over a DataLoader.",
        epilog="example: python -m benchmarks.training --models dense --tracks 500 --repetitions 3",
    )
    add = parser.add_argument
    add("--models", nargs="+", choices=list(SHAPES), default=list(SHAPES), help="(dense conv)")
    add("--tracks", type=int, default=3000, help="of each (3000)")
    add("--epochs", type=int, default=3, help="in each turn (3)")
    add("--repetitions", type=int, default=5, help="turns (5)")
    add("--threads", type=int, default=1, help="of torch, in every way (1)")
    return parser.parse_args(arguments)


def example(kind: str) -> Dense | Conv:
    """The VAE of params.yaml."""
    config = params.load().models["vae" if kind == "dense" else "conv_vae"]
    assert isinstance(config, Dense | Conv)
    return config


def tracks(kind: str, count: int) -> tuple[Tensors, Tensor]:
    """Correlated values of unit variance, and which tracks are held out."""
    shape, draw = SHAPES[kind], torch.Generator().manual_seed(0)
    hidden = torch.randn(count, 12, generator=draw)
    mixing = torch.randn(12, torch.Size(shape).numel(), generator=draw) / 12**0.5
    noise = torch.randn(count, mixing.shape[1], generator=draw)
    values = (0.8 * hidden @ mixing + 0.6 * noise).reshape(count, *shape)
    held_out = torch.zeros(count, dtype=torch.bool)
    held_out[:: params_share()] = True
    here = torch.ones(count, dtype=torch.bool)
    return Tensors({"audio": values}, {"audio": here}, torch.zeros(count, 0)), held_out


def params_share() -> int:
    """One track in so many is held out."""
    return round(1 / params.load().train.validation)


def ways(config: Dense | Conv, settings: Train) -> dict[str, Way]:
    """What is compared, by name; the order is that of the printed lines."""

    def usual(model: Trainable, data: Tensors, held_out: Tensor) -> float:
        return usual_loop(plain(model), data, held_out, settings)

    def ours(batch_size: int) -> Way:
        own = settings.model_copy(update={"batch_size": batch_size})
        machine = choose(own, config)
        task = Task(own, 1.0, 0, "benchmark", machine.device, machine.bfloat16)
        return lambda model, data, held_out: (
            train(model, data, held_out, task, State(None, "")).epochs[-1].validation
        )

    return {
        "usual": usual,
        f"ours, batches of {USUAL}": ours(USUAL),
        f"ours, batches of {settings.batch_size}": ours(settings.batch_size),
    }


def plain(model: Trainable) -> Trainable:
    """The same weights in nets without care for speed."""
    for module in model.modules():
        if isinstance(module, ConvTrunk):
            module.__class__ = PlainTrunk
        elif isinstance(module, ConvDecoder):
            module.__class__ = PlainDecoder
    return model


def usual_loop(model: Trainable, data: Tensors, held_out: Tensor, settings: Train) -> float:
    """Train as scripts do."""
    plan = Schedule(settings, 0, anneal=False)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    values = data.values["audio"]
    loader = DataLoader(TensorDataset(values[~held_out]), batch_size=USUAL, shuffle=True)
    generator = torch.Generator().manual_seed(0)
    test = rows(values[held_out])
    for epoch in range(1, settings.epochs + 1):
        optimizer.param_groups[0]["lr"] = plan.learning_rate(epoch)
        model.train()
        total = 0.0
        for (x,) in loader:
            bound = model.bound(rows(x), settings.precision, generator)
            loss = (bound.reconstruction + bound.kl.sum(dim=1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            bound = model.bound(test, settings.precision, torch.Generator().manual_seed(0))
    return (bound.reconstruction + bound.kl.sum(dim=1)).mean().item()


def rows(values: Tensor) -> Tensors:
    """A batch of values that every track has."""
    here = torch.ones(len(values), dtype=torch.bool)
    return Tensors({"audio": values}, {"audio": here}, torch.zeros(len(values), 0))


def measure(
    compared: dict[str, Way],
    config: Dense | Conv,
    data: Tensors,
    held_out: Tensor,
    repetitions: int,
    epochs: int,
) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds an epoch of each way, after one turn that does not count, and median last losses."""
    torch.manual_seed(0)
    first = build(config, {"audio": data.values["audio"].shape[1:]}, 0)
    times: dict[str, list[float]] = {name: [] for name in compared}
    losses: dict[str, list[float]] = {name: [] for name in compared}
    for repetition in range(repetitions + 1):
        for name, way in compared.items():
            model = copy.deepcopy(first)
            start = time.perf_counter()
            loss = way(model, data, held_out)
            if repetition:
                times[name].append((time.perf_counter() - start) / epochs)
                losses[name].append(loss)
    return (
        {name: statistics.median(found) for name, found in times.items()},
        {name: statistics.median(found) for name, found in losses.items()},
    )


if __name__ == "__main__":
    main()
