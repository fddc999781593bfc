"""One body, several heads: the course of Savchenko 2021, each step by its name.

identity    the body learns to tell synthetic people apart, cut out without a margin
attributes  the body frozen, the heads of the generator's parameters learn
head        the body frozen, the head of expressions learns real faces, their labels weighted
all         the body and that head learn on, at a lower rate
again       the body frozen, the heads of the generator's parameters are fitted to what the body has become

The last step is ours: the paper's networks are separate files, and each keeps the body that its heads have learned on.
Every step is Adam's, those of the body and of expressions with sharpness-aware minimisation of radius .05. What was
measured with several seeds ends there. The network that ships takes another road from "head" on (`LONGER`): "longer" is
as "all", but for 40 epochs at four times its rate, with every face counting alike, and without sharpness, which costs
two passes a step; "last" is as "again". Departures: the first body starts from nothing instead of ImageNet, so that it
has no step of the head alone; "all" has half and "longer" twice the rate of "head", where the author takes a
tenth; the heads of age, gender and ethnicity learn together, since each synthetic face has all three; and faces are
varied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import nn

from ferviz import weights
from ferviz.arguments import choice
from ferviz.emotions import LABEL_SETS
from ferviz.learning.freezing import moving
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import Schedule, Task, fit, make_fabric
from ferviz.learning.recipes.common import (
    NAMES_A_LABEL,
    WEIGHTS,
    Recipe,
    Train,
    card_fields,
    faces_in_words,
    fresh,
    needed,
    save_run,
    set_in_words,
)
from ferviz.learning.recipes.multi_task_sets import LABELS, Labels, attribute_task, emotion_task, identity_task
from ferviz.learning.sharpness import Sharpness
from ferviz.models.identity import COMPACT, Identity
from ferviz.models.multi_task import SYNTHETIC, Config, MultiTask
from ferviz.weights import Card

if TYPE_CHECKING:  # loaded where a run begins: it takes longer than all that draws
    from lightning_fabric import Fabric

__all__ = [
    "LIMITS",
    "LONGER",
    "MTL",
    "NETWORKS",
    "STEPS",
    "TAKEN",
    "Step",
    "adam",
    "moving_parts",
    "train_step",
    "tune",
]

RADIUS = 0.05  # of sharpness-aware minimisation


@dataclass(frozen=True)
class Step:
    """A step of the course: what it learns, from whom it goes on, and how. ``moves`` are heads, or "body"."""

    recipe: Recipe
    learns: Literal["identity", "attributes", "emotion"]
    moves: tuple[str, ...]
    before: str | None
    said: str
    sharp: bool = True
    weighted: bool = True


def adam(epochs: int, batch: int, rate: float) -> Recipe:
    """A schedule of Adam's, which has no use for the decay and the momentum of gradient descent."""
    return Recipe(Schedule(epochs=epochs, batch=batch, rate=rate, weight_decay=0.0, momentum=0.0, warmup=0.05))


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "identity": Step(adam(20, 96, 2e-3), "identity", ("body",), None, "tells synthetic people apart"),
        "attributes": Step(
            adam(6, 96, 1e-3),
            "attributes",
            SYNTHETIC,
            "identity",
            "reads a generator's parameters from a body that tells people apart",
            sharp=False,
        ),
        "head": Step(
            adam(3, 96, 1e-3),
            "emotion",
            ("emotion",),
            "attributes",
            "labels a face by a head on a body that tells people apart",
        ),
        "all": Step(
            adam(12, 96, 5e-4), "emotion", ("body", "emotion"), "head", "labels a face; the body was tuned for it"
        ),
        "again": Step(
            adam(6, 96, 1e-3),
            "attributes",
            SYNTHETIC,
            "all",
            "labels a face, and of synthetic ones reads a generator's parameters, from one body",
            sharp=False,
        ),
    }
)

LONGER: Mapping[str, Step] = MappingProxyType(
    {
        "longer": Step(
            adam(40, 96, 2e-3),
            "emotion",
            ("body", "emotion"),
            "head",
            "labels a face; the body was tuned for it, for longer",
            sharp=False,
            weighted=False,
        ),
        "last": replace(STEPS["again"], before="longer"),
    }
)
"""How the network that ships goes on from the step "head": expressions for longer, then its other heads once more."""

MTL: Mapping[str, str] = MappingProxyType({"mtl": "last", "mtl-head": "head"})
"""The names of the networks that are made to ship → the steps that they come from."""

TAKEN: Mapping[str, Step] = MappingProxyType({**STEPS, **LONGER})
"""All steps: those of the course, and those of the road to the network that ships."""
_NAMES = MappingProxyType({step: f"mtl-{step}" for step in TAKEN} | {step: name for name, step in MTL.items()})


def moving_parts(model: nn.Module, step: Step) -> list[str]:
    """The paths of what a step moves in a model; all else is frozen.

    In the drawing "shared" the hidden layer below all heads is fitted by the attributes first, and belongs to the body
    as soon as the expression stands on it.
    """
    if not isinstance(model, MultiTask):
        return ["backbone", "classify"]
    heads = [head for head in model.labels if head in step.moves]
    if model.config.branches == "shared":
        below = ["shared"] if "body" in step.moves or step.before == "identity" else []
    else:
        below = heads
    body = ["backbone"] if "body" in step.moves else []
    return [*body, *(f"hidden_layers.{name}" for name in below), *(f"answers.{head}" for head in heads)]


def tune(
    model: nn.Module, task: Task, step: Step, out: Path, *, fabric: Fabric | None = None, **more: Any
) -> list[dict[str, float]]:
    """Train what a step moves, by its schedule; a run that was killed in ``out`` goes on. `fit` says what is returned.

    ``more`` are other arguments of `ferviz.learning.loop.fit`.
    """
    sharpness = Sharpness(RADIUS) if step.sharp else None
    with moving(model, moving_parts(model, step)):
        how: dict[str, Any] = {"optimiser": torch.optim.Adam, "sharpness": sharpness, "fabric": fabric, **more}
        return fit(model, task, step.recipe.schedule, out, **how)


def train_step(
    name: str,
    out: Path,
    *,
    body: str = "mobilenet",
    labels: Labels = "FER2013",
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
    recipe: Recipe | None = None,
) -> Path:
    """A step of the course; resumes in OUT/STEP. Steps before it whose weights are not there are trained first.

    Parameters
    ----------
    name : str
        One of `STEPS`, or of `LONGER`.
    body : str
        One of `ferviz.models.identity.COMPACT`.
    labels : {"FER2013", "FER+"}
        What the expression is learned from. Another body, or other labels, need another ``out``.
    out, faces, clips, epochs, seed, fabric
        See `Train`. Both sets are needed, by the steps that learn from them.
    recipe : Recipe, optional
        Another schedule than the course's for this step; those before it keep theirs.

    Raises
    ------
    FileNotFoundError, ValueError
        For an unknown step, body or labels; when a set is not named, missing or damaged, or a folder holds another run.
    """
    step = TAKEN[choice("name", name, TAKEN)]
    step = replace(step, recipe=(recipe or step.recipe).changed(epochs=epochs, seed=seed))
    config = replace(Config.compact(body), labels=LABEL_SETS[choice("labels", labels, LABELS)])
    side, fabric = config.body.side, fabric or make_fabric()
    task, learned = _task(name, step, side, labels, faces, clips)
    before = None
    if step.before is None:
        model: Identity | MultiTask = fresh(lambda: Identity(_count(task), COMPACT[body]), step.recipe.schedule.seed)
    else:
        start = out / step.before / WEIGHTS
        if not start.is_file():
            how: dict[str, Any] = {"epochs": epochs, "seed": seed, "fabric": fabric}
            train_step(step.before, out, body=body, labels=labels, faces=faces, clips=clips, **how)
        model = fresh(lambda: MultiTask(config), step.recipe.schedule.seed)
        before = _start(model, start, _count(task) if step.before == "identity" else 0)
        _check_road(start, before, TAKEN[step.before].before)
    history = tune(model, task, step, out / name, fabric=fabric)
    shared = card_fields(step.recipe, history, fabric, before)
    shared["origin"] += f"; Adam, {f'sharpness-aware, radius {RADIUS}' if step.sharp else 'plain'}"
    if step.learns == "emotion":
        shared["origin"] += f"; {'labels weighted' if step.weighted else 'every face alike'}"
    card = Card(
        name=_NAMES[name],
        model=type(model).__name__,
        summary=f"Multi-task network (after Savchenko 2021), compact {body}: {step.said}.",
        data=tuple(dict.fromkeys((*(before.data if before else ()), learned))),
        command=f"ferviz train {_NAMES[name]}{step.recipe.options}",
        **shared,
    )
    return save_run(model, out / name, card, fabric)


def _task(
    name: str, step: Step, side: int, labels: Labels, faces: Path | None, clips: Path | None
) -> tuple[HeadsTask, str]:
    """What a step learns, and from what, as its card names it."""
    if step.learns == "emotion":
        folder = needed(faces, "faces", _NAMES[name])
        return emotion_task(folder, side, labels, step.weighted), faces_in_words(folder)
    folder = needed(clips, "clips", _NAMES[name])
    make = identity_task if step.learns == "identity" else attribute_task
    return make(folder, side), set_in_words(folder, "synthetic people")


def _check_road(path: Path, card: Card, before: str | None) -> None:
    """Refuse what another road has led to. Raises ValueError where the card tells of another step before."""
    found = re.search(r"it went on from ([\w-]+),", card.origin)
    if before is not None and found and found[1] not in (_NAMES[before], f"mtl-{before}"):
        raise ValueError(f"{path} must be after {_NAMES[before]}; its card tells of {found[1]}: delete its folder")


def _count(task: HeadsTask) -> int:
    """How many people a set of synthetic faces has."""
    return len(np.unique(task.train.about["person"]))


def _start(model: MultiTask, path: Path, people: int) -> Card:
    """Take over what was trained before: all of a network of several heads, or the body of one that knows people."""
    if not people:
        return weights.load(path, model)
    before = Identity(people, model.body)
    card = weights.load(path, before)
    model.backbone.load_state_dict(before.backbone.state_dict())
    return card


NETWORKS: Mapping[str, Train] = MappingProxyType({name: partial(train_step, step) for step, name in _NAMES.items()})
"""The names of ``ferviz train`` → what trains them."""

_LIMITS = (
    NAMES_A_LABEL,
    "Its heads of age, gender and ethnicity learned the parameters of a generator of synthetic faces. Of real people "
    "they know nothing, and say nothing.",
    "Its body learned who synthetic people are: it is not made to recognise real ones.",
    "Multi-task networks were measured on PublicTest at least sixteen times, as rows were added; no weights were "
    "chosen by it.",
)
_OF_MTL = (
    "How mtl learned (every face alike, for longer) was decided when answers on PublicTest were known: the course's "
    ".522, an earlier mtl's .578, and that weights of the labels cost accuracy there.",
    "Tuning took most of what its body knew of synthetic people: how bright a picture's middle is tells them apart "
    "better, and linear regression on 8 × 8 pixels reads their age, gender and shape about as well. Of all, .89 are "
    "read as 22 to 24 years; of those of 60 or more, .58.",
)
LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType({"mtl-head": _LIMITS, "mtl": (*_LIMITS, *_OF_MTL)})
"""What the card of a network that ships says it must not be trusted with."""
