"""What a run of the loop starts from: its schedule, its folder, the parameters that move, and arguments that fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ferviz.arguments import number, seed, whole
from ferviz.learning.sharpness import Sharpness

__all__ = ["Groups", "Schedule", "check_run", "folder_of", "groups_of", "optimiser_of"]

Groups = list[dict[str, Any]]
"""Parameters of a model as torch's optimisers take them, each group with its settings."""

_NUMBERS: tuple[tuple[str, str, Callable[[float], bool]], ...] = (  # of a schedule
    ("rate", "above 0", lambda value: value > 0),
    ("weight_decay", "0 or more", lambda value: value >= 0),
    ("momentum", "from 0 to below 1", lambda value: 0 <= value < 1),
    ("warmup", "a share from 0 to below 1", lambda value: 0 <= value < 1),
)


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: a rate that rises over ``warmup`` and falls as a cosine.

    ``batch`` counts items over all devices; ``rate`` is the highest one. ``weight_decay`` and ``momentum`` are those of
    stochastic gradient descent, which `fit` uses unless it is given another optimiser.

    Raises
    ------
    TypeError, ValueError
        For what is no whole number or number, or one out of range.
    """

    epochs: int
    batch: int
    rate: float
    weight_decay: float = 1e-4
    momentum: float = 0.9
    warmup: float = 0.1  # share of all steps
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        object.__setattr__(self, "seed", seed(self.seed))
        for name, fits, within in _NUMBERS:
            object.__setattr__(self, name, number(name, getattr(self, name), fits, within))

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step of so many."""
        rise = max(1, round(self.warmup * steps))
        if step < rise:
            return self.rate * (step + 1) / rise
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))

    def descent(self, groups: Groups) -> torch.optim.Optimizer:
        """Stochastic gradient descent with Nesterov's momentum, of these parameters."""
        return torch.optim.SGD(
            groups,
            lr=self.rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.momentum > 0,
        )


def check_run(
    model: Any, task: Any, schedule: Any, fabric: Any, groups: Any, optimiser: Any, sharpness: Any
) -> None:
    """Refuse arguments of `fit` that are of another kind, and a model that the task cannot teach."""
    from lightning_fabric import Fabric

    for name, value, kind in (
        ("model", model, nn.Module),
        ("schedule", schedule, Schedule),
        ("fabric", fabric, Fabric | None),
        ("sharpness", sharpness, Sharpness | None),
    ):
        if not isinstance(value, kind):
            fits = getattr(kind, "__name__", None) or str(kind)
            raise TypeError(f"{name} must be a {fits}; got {type(value).__name__}")
    for name, value in (("groups", groups), ("optimiser", optimiser)):
        if value is not None and not callable(value):
            raise TypeError(f"{name} must be a function or None; got {type(value).__name__}")
    for method in ("__len__", "loss", "score"):
        if not callable(getattr(task, method, None)):
            raise TypeError(f"task must be a Task; {type(task).__name__} has no method {method}")
    if not len(task):
        raise ValueError("task must have items to learn from; got 0")
    if hasattr(task, "check"):
        task.check(model)


def folder_of(out: object) -> Path:
    """The folder of a run, which is there."""
    if not isinstance(out, str | Path) or not str(out):
        raise TypeError(f"out must be the path of a folder; got {out!r:.200}")
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"out must be a folder that can be written; {folder}: {error.strerror}"
        raise type(error)(error.errno, why) from error
    return folder


def groups_of(model: nn.Module, groups: Callable[[nn.Module], Groups] | None) -> Groups:
    """The parameters that move: those of ``groups``, or all that ask for a gradient."""
    own = list(model.parameters())
    chosen = groups(model) if groups else [{"params": [p for p in own if p.requires_grad]}]
    if not isinstance(chosen, list) or not all(isinstance(each, dict) and "params" in each for each in chosen):
        raise TypeError(f"groups must give a list of dicts with params; got {chosen!r:.200}")
    chosen = [{**group, "params": list(group["params"])} for group in chosen]
    known = {id(parameter) for parameter in own}
    if any(id(parameter) not in known for group in chosen for parameter in group["params"]):
        raise ValueError(f"groups must give parameters of {type(model).__name__} alone: a checkpoint keeps no others")
    if not any(group["params"] for group in chosen):
        raise ValueError(f"model must have parameters to train; all of {type(model).__name__} are frozen")
    return chosen


def optimiser_of(make: Callable[[Groups], torch.optim.Optimizer], groups: Groups) -> torch.optim.Optimizer:
    """What moves the groups."""
    made = make(groups)
    if not isinstance(made, torch.optim.Optimizer):
        raise TypeError(f"optimiser must give a torch.optim.Optimizer; got {type(made).__name__}")
    return made
