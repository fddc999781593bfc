"""One loop for all models, on Lightning Fabric: the same code on a laptop, one GPU or many nodes.

A run is a function of its seed: the order of items follows from the seed and the epoch, all other luck from the seed
and the step. So a run that was killed goes on from its last checkpoint and ends with the same weights, bit for bit, as
one that was not (on a CPU; a GPU may add up in another order). Checkpoints are `.safetensors` files, written whole or
not at all; never a pickle.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import nn
from tqdm import tqdm

from ferviz.disk import write_whole
from ferviz.seeds import luck

__all__ = ["Schedule", "Task", "fit", "make_fabric"]

_CHECKPOINT = "checkpoint.safetensors"
_PERIOD = 60.0  # seconds between checkpoints
_PRECISIONS = ("32-true", "bf16-mixed")  # without a scale of the loss, which a checkpoint would have to keep


class Task(Protocol):
    """What is learned from what."""

    def __len__(self) -> int:
        """The number of items in an epoch."""

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        """The mean loss of some items (places, int64); all chance from ``luck``."""

    def score(self, model: nn.Module) -> dict[str, float]:
        """Figures on the validation part, named."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: stochastic gradient descent, a rate that rises over ``warmup`` and falls as a cosine.

    ``batch`` counts items over all devices; ``rate`` is the highest one.
    """

    epochs: int
    batch: int
    rate: float
    weight_decay: float = 1e-4
    momentum: float = 0.9
    warmup: float = 0.1  # share of all steps
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0; got {getattr(self, name)!r}")
        if not 0 <= self.warmup < 1:
            raise ValueError(f"warmup must be a share from 0 to below 1; got {self.warmup!r}")

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step of so many."""
        rise = max(1, round(self.warmup * steps))
        if step < rise:
            return self.rate * (step + 1) / rise
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def make_fabric(
    accelerator: str = "cpu", devices: int | str = 1, nodes: int = 1, strategy: str = "auto", precision: Any = "32-true"
) -> Fabric:
    """Where a run takes place; the arguments are Fabric's.

    Raises
    ------
    ValueError
        For a precision that cannot be resumed exactly, or for what this machine does not have.
    """
    if precision not in _PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(_PRECISIONS)}; got {precision!r}")
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
    out: Path,
    *,
    fabric: Fabric | None = None,
    optimise: Callable[[nn.Module], Any] | None = None,
    progress: bool = True,
    stop_after: int | None = None,
) -> list[dict[str, float]]:
    """Train ``model`` in place, or finish a run that was begun in ``out``.

    Parameters
    ----------
    model : Module
    task : Task
    schedule : Schedule
    out : Path
        A folder for the checkpoint and ``history.json``; a checkpoint of another schedule in it is an error.
    fabric : Fabric, optional
        Where; the CPU unless given.
    optimise : function of the model, optional
        Which parameters, in groups; a group's ``scale`` multiplies the rate. All of them unless given.
    stop_after : int, optional
        Leave off after so many steps of this call, as a kill would: for tests, and for time limits.

    Returns
    -------
    list of dict
        One entry an epoch: epoch, loss, rate, seconds, and what the task scores.

    Raises
    ------
    ValueError
        When ``out`` holds a run of another schedule, another model or another number of items, or a damaged one.
    FloatingPointError
        When the loss is not finite any more; the last checkpoint stays.
    """
    fabric = fabric or make_fabric()
    out.mkdir(parents=True, exist_ok=True)
    groups = optimise(model) if optimise else [{"params": [p for p in model.parameters() if p.requires_grad]}]
    optimiser = torch.optim.SGD(
        groups, lr=schedule.rate, momentum=schedule.momentum, weight_decay=schedule.weight_decay, nesterov=True
    )
    wrapped, wrapped_optimiser = fabric.setup(model, optimiser)
    if hasattr(model, "pool"):
        wrapped.mark_forward_method("pool")
    run = _Run(model, optimiser, schedule, len(task), out)
    step, history = run.resume()  # after the set-up, which moves the parameters but no momenta
    each = math.ceil(len(task) / schedule.batch)
    steps, first, began = each * schedule.epochs, step, time.monotonic()
    saved = began
    quiet = not progress or not fabric.is_global_zero
    with tqdm(total=steps, initial=step, unit="step", disable=quiet, mininterval=2) as bar:
        while step < steps and (stop_after is None or step - first < stop_after):
            epoch, place = divmod(step, each)
            order = torch.randperm(len(task), generator=luck(schedule.seed, 1, epoch))
            items = order[place * schedule.batch : (place + 1) * schedule.batch]
            items = items[fabric.global_rank % len(items) :: fabric.world_size]  # nobody goes without an item
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate_at(step, steps) * group.get("scale", 1.0)
            with _seeded(schedule.seed, 2, step, fabric.global_rank):
                model.train()
                loss = task.loss(wrapped, items, luck(schedule.seed, 3, step, fabric.global_rank))
                if not torch.isfinite(loss):
                    found = float(loss.detach())
                    raise FloatingPointError(f"the loss is {found} at step {step}: a smaller rate may help")
                wrapped_optimiser.zero_grad()
                fabric.backward(loss)
                wrapped_optimiser.step()
            run.losses.append(float(loss.detach()))
            step += 1
            bar.update()
            if place == each - 1:
                history.append(_row(model, task, run.losses, epoch + 1, schedule.rate_at(step - 1, steps), began))
                run.losses.clear()
                told = {k: f"{v:.3f}" for k, v in history[-1].items() if k not in ("epoch", "rate", "seconds")}
                bar.set_postfix(told)
            due = step == steps or step - first == stop_after or time.monotonic() - saved > _PERIOD
            if due and fabric.is_global_zero:
                run.save(step, history)
                saved = time.monotonic()
    model.eval()
    return history


def _row(
    model: nn.Module, task: Task, losses: list[float], epoch: int, rate: float, began: float
) -> dict[str, float]:
    """The entry of an epoch."""
    with _evaluating(model):
        scores = task.score(model)
    seconds = round(time.monotonic() - began, 1)
    return {"epoch": epoch, "loss": sum(losses) / len(losses), "rate": rate, **scores, "seconds": seconds}


@contextmanager
def _seeded(*key: int) -> Iterator[None]:
    """Torch's own generator, which dropout draws from, seeded here and as it was before afterwards."""
    with torch.random.fork_rng():
        torch.manual_seed(luck(*key).initial_seed())
        yield


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    was = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was)


class _Run:
    """The checkpoint of a run: weights, momenta, step, history."""

    def __init__(
        self, model: nn.Module, optimiser: torch.optim.Optimizer, schedule: Schedule, items: int, out: Path
    ) -> None:
        self.model, self.optimiser, self.schedule, self.items, self.out = model, optimiser, schedule, items, out
        self.losses: list[float] = []

    def _parameters(self) -> list[torch.Tensor]:
        return [p for group in self.optimiser.param_groups for p in group["params"]]

    def save(self, step: int, history: list[dict[str, float]]) -> None:
        tensors = {f"model.{k}": v.detach().cpu().contiguous() for k, v in self.model.state_dict().items()}
        for place, parameter in enumerate(self._parameters()):
            momentum = self.optimiser.state[parameter].get("momentum_buffer")
            if momentum is not None:
                tensors[f"momentum.{place}"] = momentum.detach().cpu().contiguous()
        told = {"step": step, "history": history, "losses": self.losses}
        told |= {"schedule": asdict(self.schedule), "items": self.items}
        write_whole(self.out / "history.json", (json.dumps(history, indent=1) + "\n").encode())
        write_whole(self.out / _CHECKPOINT, to_bytes(tensors, metadata={"run": json.dumps(told)}))

    def resume(self) -> tuple[int, list[dict[str, float]]]:
        path = self.out / _CHECKPOINT
        for left in self.out.glob(".*.tmp"):  # of a run that was killed while it wrote
            left.unlink(missing_ok=True)
        if not path.is_file():
            return 0, []
        try:
            with safe_open(path, framework="pt") as file:
                told = json.loads(file.metadata()["run"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            step, history, losses, schedule = (told[name] for name in ("step", "history", "losses", "schedule"))
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged ({error}); delete it to begin anew") from error
        if schedule != asdict(self.schedule):
            raise ValueError(
                f"{path} is of another run, {schedule}; wanted {asdict(self.schedule)}: "
                "choose another folder, or delete it"
            )
        if told.get("items", self.items) != self.items:
            raise ValueError(f"{path} is of a run on {told['items']} items; got {self.items}: choose another folder")
        self._fill(path, tensors)
        self.losses = list(losses)
        return int(step), history

    def _fill(self, path: Path, tensors: dict[str, torch.Tensor]) -> None:
        weights = {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
        own = self.model.state_dict()
        if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in own.items()}:
            raise ValueError(f"{path} holds another model than {type(self.model).__name__}; choose another folder")
        self.model.load_state_dict(weights)
        for place, parameter in enumerate(self._parameters()):
            if f"momentum.{place}" in tensors:
                momentum = tensors[f"momentum.{place}"].to(parameter)
                self.optimiser.state[parameter]["momentum_buffer"] = momentum
