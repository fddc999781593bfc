"""One loop for all models, on Lightning Fabric: the same code on a laptop, one GPU or many nodes.

A run is a function of its seed: the order of items follows from the seed and the epoch, all other luck from the seed
and the step. So a run that was killed goes on from its last checkpoint and ends with the same weights, bit for bit, as
one that was not (on a CPU; a GPU may add up in another order). Checkpoints are `.safetensors` files, written whole or
not at all; never a pickle.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn
from tqdm import tqdm

from ferviz.arguments import flag, whole
from ferviz.learning.checkpoint import Checkpoint, Progress
from ferviz.learning.sharpness import Sharpness
from ferviz.learning.starting import Groups, Schedule, check_run, folder_of, groups_of, optimiser_of
from ferviz.reading import evaluating
from ferviz.seeds import luck, seeded

if TYPE_CHECKING:  # loaded where a run begins: it takes longer than all that draws
    from lightning_fabric import Fabric

__all__ = ["Groups", "Schedule", "Task", "best_epoch", "fit", "make_fabric"]

_PERIOD = 60.0  # seconds between checkpoints
_PRECISIONS = ("32-true", "bf16-mixed")  # without a scale of the loss, which a checkpoint would have to keep


class Task(Protocol):
    """What is learned from what.

    A task that calls other methods of the model than ``forward``, and through them its layers, names them in an
    attribute ``methods``. One that can tell before the first step that a model does not fit has a method ``check``,
    which takes the model.
    """

    def __len__(self) -> int:
        """The number of items in an epoch."""

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        """The mean loss of some items (places, int64); all chance from ``luck``."""

    def score(self, model: nn.Module) -> dict[str, float]:
        """Figures on the validation part, named."""


def make_fabric(
    accelerator: str = "cpu", devices: int | str = 1, nodes: int = 1, strategy: str = "auto", precision: Any = "32-true"
) -> Fabric:
    """Where a run takes place; the arguments are Fabric's.

    Raises
    ------
    ValueError
        For a precision that cannot be resumed exactly, or for what this machine does not have.
    TypeError
        For nodes that are no whole number.
    """
    from lightning_fabric import Fabric
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    whole("nodes", nodes)
    if precision not in _PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(_PRECISIONS)}; got {precision!r:.200}")
    try:
        fabric = Fabric(
            accelerator=accelerator, devices=devices, num_nodes=nodes, strategy=strategy, precision=precision
        )
    except (ValueError, TypeError, RuntimeError, MisconfigurationException) as error:
        asked = f"accelerator {accelerator!r}, devices {devices!r}, nodes {nodes!r}, strategy {strategy!r}"
        raise ValueError(f"this machine cannot train with {asked}: {error}") from error
    fabric.launch()
    return fabric


def fit(
    model: nn.Module,
    task: Task,
    schedule: Schedule,
    out: str | Path,
    *,
    fabric: Fabric | None = None,
    groups: Callable[[nn.Module], Groups] | None = None,
    optimiser: Callable[[Groups], torch.optim.Optimizer] | None = None,
    sharpness: Sharpness | None = None,
    best: str | None = None,
    progress: bool = True,
    stop_after: int | None = None,
) -> list[dict[str, float]]:
    """Train ``model`` in place, or finish a run that was begun in ``out``.

    Parts of the model that have parameters of which none asks for a gradient are frozen: they stay in evaluation mode,
    so that their batch norms and dropout stand still too.

    Parameters
    ----------
    model : Module
    task : Task
    schedule : Schedule
    out : str or Path
        A folder, made where it is not there, for the checkpoint and ``history.json``; a checkpoint of another schedule
        in it is an error.
    fabric : Fabric, optional
        Where; the CPU unless given.
    groups : function of the model, optional
        Which parameters, in groups; a group's ``scale`` multiplies the rate. All that ask for a gradient unless given.
    optimiser : function of the groups, optional
        Any of torch's kind, for example ``torch.optim.AdamW``, whose rate then is the schedule's; stochastic gradient
        descent with Nesterov's momentum unless given.
    sharpness : Sharpness, optional
        For sharpness-aware minimisation: two passes a step, on the same pictures and with the same dropout.
    best : str, optional
        One of the task's scores: the model ends with the weights of the epoch in which it was highest (`best_epoch`),
        and with those of the last epoch unless given. They lie in ``best.safetensors`` meanwhile.
    stop_after : int, optional
        Leave off after so many steps of this call, as a kill would: for tests, and for time limits.

    Returns
    -------
    list of dict
        One entry an epoch: epoch, loss, rate, seconds, and what the task scores.

    Raises
    ------
    TypeError
        For an argument of another kind.
    ValueError
        When there is nothing to train or to learn from, when the task says that the model does not fit it, or ``out``
        holds a run of another schedule, another model, another optimiser, other moving parameters or another number of
        items, or a damaged one.
    OSError
        When ``out`` is no folder, or cannot be made or written.
    FloatingPointError
        When the loss is not finite any more; the last checkpoint stays. (A ValueError, where the loss still is and the
        answers that are scored are not.)
    """
    check_run(model, task, schedule, fabric, groups, optimiser, sharpness)
    progress = flag("progress", progress)
    stop_after = None if stop_after is None else whole("stop_after", stop_after)
    out = folder_of(out)
    fabric = fabric or make_fabric()
    chosen = groups_of(model, groups)
    run = _Run(model, task, schedule, optimiser_of(optimiser or schedule.descent, chosen), sharpness, fabric)
    kept = run.checkpoint(out)
    done = kept.resume()  # after the set-up, which moves the parameters but no state of the optimiser
    first, saved = done.step, time.monotonic()
    last = run.steps if stop_after is None else min(run.steps, first + stop_after)
    quiet = not progress or not fabric.is_global_zero
    with tqdm(total=run.steps, initial=first, unit="step", disable=quiet, mininterval=2) as bar:
        while done.step < last:
            bar.set_postfix(run.advance(done))
            bar.update()
            if best is not None and done.step % run.each == 0:
                epoch = best_epoch(done.history, best)
                if epoch == len(done.history) and fabric.is_global_zero:
                    kept.save_best(epoch)
            due = done.step == last or time.monotonic() - saved > _PERIOD
            if due and fabric.is_global_zero:
                kept.save(done)
                saved = time.monotonic()
    if best is not None and done.step == run.steps:
        fabric.barrier()
        kept.take_best(best_epoch(done.history, best))
    model.eval()
    return done.history


def best_epoch(history: Sequence[Mapping[str, float]], score: str) -> int:
    """The number, from 1, of the epoch in which a score was highest: the first of several.

    An epoch in which the score was not defined, or no number, is none of them.

    Raises
    ------
    ValueError
        For a score that the task gives in no epoch.
    """
    values = [row.get(score, math.nan) for row in history]
    known = [value for value in values if math.isfinite(value)]
    if not known:
        others = dict.fromkeys(name for row in history for name in row)
        fits = ", ".join(name for name in others if name not in ("epoch", "loss", "rate", "seconds"))
        raise ValueError(f"best must be a score of the task ({fits}); got {score!r:.200}")
    return values.index(max(known)) + 1


class _Run:
    """The steps of a run: each is a function of the weights, the optimiser's state, the seed and its number."""

    def __init__(
        self,
        model: nn.Module,
        task: Task,
        schedule: Schedule,
        optimiser: torch.optim.Optimizer,
        sharpness: Sharpness | None,
        fabric: Fabric,
    ) -> None:
        self.model, self.task, self.schedule, self.fabric = model, task, schedule, fabric
        self.optimiser, self.sharpness = optimiser, sharpness
        self.each = math.ceil(len(task) / schedule.batch)  # steps of an epoch
        self.steps, self.began = self.each * schedule.epochs, time.monotonic()
        self.still = [part for part in model.modules() if _is_frozen(part)]
        moved = {id(p) for group in optimiser.param_groups for p in group["params"]}
        self.moving = {name: p for name, p in model.named_parameters() if id(p) in moved}
        self.wrapped, self.wrapped_optimiser = fabric.setup(model, optimiser)
        for name in getattr(task, "methods", ()):
            self.wrapped.mark_forward_method(name)

    def checkpoint(self, out: Path) -> Checkpoint:
        """Where this run is kept."""
        return Checkpoint(
            out,
            self.model,
            self.optimiser,
            schedule=asdict(self.schedule),
            items=len(self.task),
            sharpness=None if self.sharpness is None else asdict(self.sharpness),
        )

    def advance(self, done: Progress) -> dict[str, str]:
        """One step and, after the last of an epoch, its row; what a progress bar tells."""
        rate = self.schedule.rate_at(done.step, self.steps)
        done.losses.append(self._step(done.step, rate))
        done.step += 1
        if done.step % self.each == 0:
            done.history.append(self._row(done, rate))
            done.losses.clear()
        told = done.history[-1] if done.history else {}
        return {k: f"{v:.3f}" for k, v in told.items() if k not in ("epoch", "rate", "seconds")}

    def _step(self, step: int, rate: float) -> float:
        """Move the weights once; the loss before that."""
        items = self._items(step)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        self.model.train()
        for part in self.still:
            part.eval()

        def gradient() -> torch.Tensor:
            loss = self._backward(items, step)
            if self.sharpness is not None:
                with self.sharpness.moved(self.moving):
                    self._backward(items, step)
            return loss

        return float(self.wrapped_optimiser.step(gradient))

    def _items(self, step: int) -> torch.Tensor:
        """The places of this process's items in this step: int64."""
        epoch, place = divmod(step, self.each)
        order = torch.randperm(len(self.task), generator=luck(self.schedule.seed, 1, epoch))
        items = order[place * self.schedule.batch : (place + 1) * self.schedule.batch]
        return items[self.fabric.global_rank % len(items) :: self.fabric.world_size]  # nobody goes without an item

    def _backward(self, items: torch.Tensor, step: int) -> torch.Tensor:
        """Fresh gradients of the loss, which is the same however often it is asked for in a step."""
        key = (self.schedule.seed, step, self.fabric.global_rank)
        with seeded(key[0], 2, *key[1:]):
            loss = self.task.loss(self.wrapped, items, luck(key[0], 3, *key[1:]))
            if not torch.isfinite(loss):
                found = float(loss.detach())
                hint = "a smaller rate may help" if step else "the model's weights or the items are not finite"
                raise FloatingPointError(f"the loss is {found} at step {step}: {hint}")
            self.wrapped_optimiser.zero_grad()
            self.fabric.backward(loss)
        return loss.detach()

    def _row(self, done: Progress, rate: float) -> dict[str, float]:
        """The entry of the epoch that has just ended."""
        with evaluating(self.model), torch.no_grad():
            scores = self.task.score(self.model)
        loss = sum(done.losses) / len(done.losses)
        seconds = round(time.monotonic() - self.began, 1)
        return {"epoch": done.step // self.each, "loss": loss, "rate": rate, **scores, "seconds": seconds}


def _is_frozen(part: nn.Module) -> bool:
    """Whether a part has parameters of which none is trained."""
    own = list(part.parameters())
    return bool(own) and not any(parameter.requires_grad for parameter in own)
