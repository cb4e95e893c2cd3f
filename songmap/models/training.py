"""The one training loop, for all that is trained.

Adam with a learning rate and a KL weight that follow a schedule, an early stop on the held-out bound, and
the best weights kept.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from songmap.errors import DataError
from songmap.models.batch import Bound, Tensors, Trainable
from songmap.models.nets import use_bfloat16
from songmap.models.resume import Epoch, Progress, State
from songmap.models.sampling import batches, excerpts
from songmap.models.schedule import Schedule, pretraining
from songmap.models.vae import VAE
from songmap.params import Train

GRADIENT_NORM = 100.0  # nats; clips the spikes of a first epoch, leaves ordinary steps alone
EXPLODED = 10.0  # times the loss before the first step: nothing learnt, and more lost than guessing
FORWARD = 256  # rows at a time, at least, where nothing is learnt


@dataclass(frozen=True)
class History:
    """All epochs, and the one whose weights were kept."""

    epochs: list[Epoch]
    best: Epoch


@dataclass(frozen=True)
class Task:
    """What one training is given besides model and data.

    Parameters
    ----------
    settings : Train
    kl_weight : float >= 0
        Weight of the KL term after the warm-up, and in every loss reported (β; Higgins et al. 2017).
    seed : int >= 0
    name : str
        Shown beside the progress bar and in errors.
    device : torch.device
    bfloat16 : bool
    far : str
        A value among the inputs that is out of proportion, and what helps; empty where there is none.
    """

    settings: Train
    kl_weight: float
    seed: int
    name: str
    device: torch.device
    bfloat16: bool
    far: str = ""


def train(model: Trainable, data: Tensors, held_out: Tensor, task: Task, state: State) -> History:
    """Fit `model` in place; it ends on the processor, with the best weights.

    Parameters
    ----------
    held_out : Tensor [shape=(B,)], bool
        Tracks for the early stop; the others are trained on.
    state : State
        Where an interrupted training of the same task left off, if it did.

    Raises
    ------
    DataError
        If the loss stops being finite, or grows beyond what it was before the first step: says at which epoch
        and what to try. A training that went on from a state is begun anew before.
    """
    settings = task.settings
    plan = Schedule(settings, pretraining(settings, model.prior is not None), model.variational)
    model.to(task.device)
    use_bfloat16(model.modules(), task.bfloat16)
    progress = _begin(model, task)
    begun = state.restore(progress, settings.epochs)
    data = data.to(task.device)
    try:
        _learn(progress, data, held_out, plan, task, state)
    except DataError:
        state.done()
        if begun is None:
            raise
        progress.restore(begun, settings.epochs)
        _learn(progress, data, held_out, plan, task, state)
    assert progress.best is not None  # the last epoch is always judged
    model.load_state_dict(progress.weights)
    use_bfloat16(model.modules(), False)
    model.to(torch.device("cpu"))
    model.eval()
    state.done()
    return History(progress.epochs, progress.best)


def _begin(model: Trainable, task: Task) -> Progress:
    optimizer = torch.optim.Adam(model.parameters(), lr=task.settings.learning_rate, fused=True)
    order = torch.Generator().manual_seed(task.seed)
    samples = torch.Generator(task.device).manual_seed(task.seed)
    return Progress(model, optimizer, (order, samples))


def _learn(
    progress: Progress, data: Tensors, held_out: Tensor, plan: Schedule, task: Task, state: State
) -> None:
    """Go on until the last epoch or the early stop."""
    seen, unseen = (~held_out).nonzero()[:, 0], held_out.nonzero()[:, 0].to(task.device)
    validation = data.take(unseen)
    if progress.model.prior is not None:  # no state says whether it has started
        progress.model.prior.requires_grad_(len(progress.epochs) > plan.pretraining)
    with tqdm(total=plan.settings.epochs, desc=task.name, unit="epoch", disable=None) as bar:
        bar.update(len(progress.epochs))
        while not _finished(progress, plan):
            _epoch(progress, data, seen, validation, plan, task)
            bar.update()
            bar.set_postfix(validation=f"{progress.epochs[-1].validation:.2f}")
            state.save(progress)


def _finished(progress: Progress, plan: Schedule) -> bool:
    done = len(progress.epochs)
    waited = progress.stale >= plan.settings.patience and plan.may_stop(done)
    return done == plan.settings.epochs or waited


def _epoch(
    progress: Progress, data: Tensors, seen: Tensor, validation: Tensors, plan: Schedule, task: Task
) -> None:
    """Learn from the rows `seen`, validate, and keep the weights if they are the best."""
    model, number = progress.model, len(progress.epochs) + 1
    if model.prior is not None and number == plan.pretraining + 1:
        _start_prior(model, data, seen, task)
    minimised, bound = _fit_epoch(progress, data, seen, plan, task)
    tested, kl = _mean(_validate(model, validation, task), task.kl_weight)
    _check(minimised, tested, progress.start, number, task)
    progress.epochs.append(Epoch(number, bound, tested, kl))
    if plan.judged(number):
        progress.judge(progress.epochs[-1])


def _fit_epoch(
    progress: Progress, data: Tensors, seen: Tensor, plan: Schedule, task: Task
) -> tuple[float, float]:
    """One pass over the rows `seen` in random order, each track by an excerpt drawn at random, or by two.

    Returns
    -------
    minimised, bound : float
        Means per track: of what was minimised, and of the bound with its final KL weight.
    """
    model, optimizer, (order, samples) = progress.model, progress.optimizer, progress.generators
    number, settings = len(progress.epochs) + 1, plan.settings
    for group in optimizer.param_groups:
        group["lr"] = plan.learning_rate(number)
    weight = task.kl_weight * plan.kl_share(number)
    model.train()
    parameters = list(model.parameters())
    bounds, losses = [], []
    for chosen in batches(len(seen), plan.batch_size(len(seen)), order):
        index = seen[chosen].to(task.device)
        x = data.take(index, excerpts(len(index), data.excerpts, model.views, order).to(task.device))
        bound = model.bound(x, settings.precision, samples)
        loss = _objective(bound, weight, settings.free_bits)
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        _clip(parameters)
        optimizer.step()
        progress.start = progress.start or loss.item()
        bounds.append(Bound(bound.reconstruction.detach(), bound.kl.detach(), bound.contrast.detach()))
        losses.append(loss.detach())
    return torch.stack(losses).mean().item(), _mean(bounds, task.kl_weight)[0]


def _clip(parameters: list[torch.nn.Parameter]) -> None:
    norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    if norm > GRADIENT_NORM:
        torch.nn.utils.clip_grads_with_norm_(parameters, GRADIENT_NORM, norm)


def _objective(bound: Bound, weight: float, free_bits: float) -> Tensor:
    """What is minimised: each column of the KL term costs at least `free_bits`, on average over the batch.

    Kingma et al. 2016, arXiv:1606.04934, eq. 15.
    """
    kl = bound.kl.mean(dim=0)
    kl = kl.clamp(min=free_bits) if free_bits else kl
    return (bound.reconstruction + bound.contrast).mean() + weight * kl.sum()


@torch.no_grad()
def _validate(model: Trainable, data: Tensors, task: Task) -> list[Bound]:
    """The bound of every excerpt, with the same noise in every epoch, so that epochs can be compared.

    Where the model is given two, the second is the one after it.

    Its mean over excerpts is what training minimises and what a track is encoded from; that of one excerpt
    would be a noisier judge of when to stop.
    """
    model.eval()
    generator = torch.Generator(task.device).manual_seed(task.seed)
    precision, views = task.settings.precision, torch.arange(model.views, device=task.device)
    indices = torch.arange(len(data), device=task.device).split(max(task.settings.batch_size, FORWARD))
    return [
        model.bound(data.take(index, shown.expand(len(index), -1)), precision, generator)
        for index in indices
        for shown in ((views + excerpt) % data.excerpts for excerpt in range(data.excerpts))
    ]


@torch.no_grad()
def _start_prior(model: Trainable, data: Tensors, seen: Tensor, task: Task) -> None:
    """Let the prior learn, from the posteriors of the rows `seen`."""
    assert isinstance(model, VAE)
    assert model.prior is not None
    model.eval()
    posteriors = [
        model.posterior(data.take(index.to(task.device), excerpt))
        for index in seen.split(FORWARD)
        for excerpt in range(data.excerpts)
    ]
    means, log_variances = (torch.cat(part).cpu() for part in zip(*posteriors, strict=True))
    model.prior.start(means.numpy(), log_variances.exp().numpy(), task.seed)


def _check(minimised: float, validation: float, start: float, number: int, task: Task) -> None:
    slower = f"try a train.learning_rate below {task.settings.learning_rate:g} or a longer train.warmup"
    hints, most = [slower, task.far], EXPLODED * max(start, 1.0)
    if not (math.isfinite(minimised) and math.isfinite(validation)):
        what = "the loss is not finite"
    elif minimised > most:
        what = f"the loss grew from {start:.4g} to {minimised:.4g}"
    elif task.far and validation > most:
        what, hints = f"the loss of the held-out tracks is {validation:.4g}", [task.far]
    else:
        return
    raise DataError(f"{task.name}: {what} at epoch {number}; {'; '.join(filter(None, hints))}")


def _mean(bounds: list[Bound], kl_weight: float) -> tuple[float, float]:
    """Mean loss and mean KL per track, in nats."""
    kl = torch.cat([bound.kl.sum(dim=1) for bound in bounds])
    rest = torch.cat([bound.reconstruction + bound.contrast for bound in bounds])
    return (rest + kl_weight * kl).mean().item(), kl.mean().item()
