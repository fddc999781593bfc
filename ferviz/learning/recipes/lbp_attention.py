"""LBP attention on single faces: real ones by the labels of FER2013 or the votes of FER+, or synthetic ones.

The texture is computed after all variation. Half of the pictures are only mirrored and shifted by whole pixels, since
a face that is turned or scaled is smoothed, and its texture is then another than in the pictures that come later.

Two courses lead to the network of FER2013's labels: the rate rises and falls, and does so once more, lower, from the
weights that the first course ended with (warm restarts: Loshchilov & Hutter 2017, arXiv:1608.03983). What is kept is
the mean of the weights that both ended with (Izmailov et al. 2018, arXiv:1803.05407).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import torch
from lightning_fabric import Fabric

from ferviz import weights
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.recipes.common import (
    NAMES_A_LABEL,
    WEIGHTS,
    Recipe,
    Train,
    card_fields,
    faces_for_training,
    faces_in_words,
    fresh,
    needed,
    save_run,
    set_in_words,
    synthetic_stills,
)
from ferviz.learning.sets import stills_from, stills_from_votes
from ferviz.learning.tasks import StillTask
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.seeds import luck
from ferviz.weights import Card

__all__ = ["KINDS", "LBP", "LIMITS", "NETWORKS", "Kind", "average", "face_task", "go_on", "train_lbp"]

Kind = Literal["first", "labels", "votes", "synthetic"]


@dataclass(frozen=True)
class _Kind:
    """What one of the trained networks learns from, and how."""

    recipe: Recipe
    labels: LabelSet
    said: str
    start: Kind | None = None  # the network that it goes on from, all but the last layer
    averaged: bool = False  # with that network, at the end


MEAN = "lbp-attention is the mean of the weights that both courses ended with"


def _sgd(epochs: int, rate: float, seed: int = 0) -> Recipe:
    return Recipe(Schedule(epochs=epochs, batch=128, rate=rate, weight_decay=5e-4, seed=seed))


KINDS: Mapping[Kind, _Kind] = MappingProxyType(
    {
        "first": _Kind(_sgd(32, 0.1), LABEL_SETS["FER2013"], "the labels of FER2013, the first course alone"),
        "labels": _Kind(_sgd(26, 0.06, 1), LABEL_SETS["FER2013"], "the labels of FER2013", "first", averaged=True),
        "votes": _Kind(_sgd(4, 0.03), LABEL_SETS["FER+"], "the votes of FER+ as soft labels", start="labels"),
        "synthetic": _Kind(_sgd(6, 0.03), LABEL_SETS["FER2013"], "synthetic faces", start="labels"),
    }
)

LBP: Mapping[str, Kind] = MappingProxyType(
    {"lbp-attention": "labels", "lbp-attention-ferplus": "votes", "lbp-attention-synthetic": "synthetic"}
)
"""The names of the trained networks → what they learned from."""

_NAMES = MappingProxyType({"first": "lbp-attention-first", **{kind: name for name, kind in LBP.items()}})


def face_task(kind: Kind, faces: Path | None, clips: Path | None, side: int) -> StillTask:
    """What is learned from, and the faces that are held out: of FER2013's Training part, or the validation people's.

    Raises
    ------
    FileNotFoundError, ValueError
        When the set that this kind needs is not named, missing or damaged.
    """
    if kind == "synthetic":
        folder = needed(clips, "clips", _NAMES[kind])
        train, held_out = (synthetic_stills(folder, split, side) for split in ("train", "validation"))
    else:
        folder, read = needed(faces, "faces", _NAMES[kind]), stills_from_votes if kind == "votes" else stills_from
        train, held_out = (read(part, side) for part in faces_for_training(folder))
    return StillTask(train, {"held-out": held_out}, smoothing=0.0 if kind == "votes" else 0.1, erase=0.25, resample=0.5)


def train_lbp(
    kind: Kind,
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """A compact `LBPAttention`; resumes in OUT/KIND.

    Parameters
    ----------
    kind : {"first", "labels", "votes", "synthetic"}
        "labels" goes on from OUT/first, "votes" and "synthetic" from OUT/labels; what is not there is trained first.
    out, faces, clips, epochs, seed, fabric
        See `Train`. "votes" needs faces with the votes of FER+, "synthetic" clips; all need faces where the network
        that they go on from is not there.

    Raises
    ------
    FileNotFoundError, ValueError
        For an unknown kind; when a set is not named, missing or damaged, or a folder holds another run.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r:.200}")
    chosen = KINDS[kind]
    recipe = chosen.recipe.changed(epochs=epochs, seed=seed)
    config = replace(Config.compact(), labels=chosen.labels)
    task = face_task(kind, faces, clips, config.side)
    model = fresh(lambda: LBPAttention(config), recipe.schedule.seed)
    fabric = fabric or make_fabric()
    before = None
    if chosen.start is not None:
        start = out / chosen.start / WEIGHTS
        if not start.is_file():
            train_lbp(chosen.start, out, faces=faces, clips=clips, epochs=epochs, seed=seed, fabric=fabric)
        before = go_on(model, start, KINDS[chosen.start].labels)
    history = fit(model, task, recipe.schedule, out / kind, fabric=fabric)
    if chosen.averaged and chosen.start:
        average(model, out / chosen.start / WEIGHTS, task, luck(recipe.schedule.seed, 11))
        history = [*history[:-1], history[-1] | task.score(model)]
    shared = card_fields(recipe, history, fabric, before)
    shared["command"] = f"ferviz train {_NAMES[kind]}{recipe.options}"
    return save_run(model, out / kind, _card(kind, _set_of(kind, faces, clips), before, shared), fabric)


def _set_of(kind: Kind, faces: Path | None, clips: Path | None) -> str:
    """What a kind learned from, as its card names it."""
    if kind == "synthetic":
        return set_in_words(needed(clips, "clips", _NAMES[kind]), "synthetic stills")
    return faces_in_words(needed(faces, "faces", _NAMES[kind]))


def _card(kind: Kind, learned: str, before: Card | None, shared: dict[str, Any]) -> Card:
    if KINDS[kind].averaged:
        shared = {**shared, "origin": f"{shared['origin']}; {MEAN}"}
    return Card(
        name=_NAMES[kind],
        model=LBPAttention.__name__,
        summary=f"LBP attention (after Li et al. 2020), compact: labels a face; learned from {KINDS[kind].said}.",
        data=tuple(dict.fromkeys((*(before.data if before else ()), learned))),
        **shared,
    )


NETWORKS: Mapping[str, Train] = MappingProxyType({name: partial(train_lbp, kind) for kind, name in _NAMES.items()})
"""The names of ``ferviz train`` → what trains them."""

_ONE_SEED = (
    NAMES_A_LABEL,
    "One seed. Its mask says which features are made stronger; whether these are what the answer rests on is measured "
    "apart, and on synthetic faces only (lesson 03).",
)
LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lbp-attention": (
            *_ONE_SEED,
            "FER2013's labels are noisy: Goodfellow et al. 2013 report that people reach 65 ± 5 %.",
        ),
        "lbp-attention-ferplus": (*_ONE_SEED, "Contempt is rare in FER+ and almost never answered."),
        "lbp-attention-synthetic": (
            *_ONE_SEED,
            "It was trained on synthetic faces last: do not use it for real ones.",
        ),
    }
)
"""What the card of a network that ships says it must not be trusted with."""


@torch.no_grad()
def average(model: LBPAttention, path: Path, task: StillTask, generator: torch.Generator) -> None:
    """Half the model's weights, half those of a file, in place; its batch norms then see every picture once, varied.

    Izmailov et al. 2018, arXiv:1803.05407, Sec. 3: means of weights lie in wider valleys than their ends.
    """
    other = type(model)(model.config)
    weights.load(path, other)
    for ours, theirs in zip(model.parameters(), other.parameters(), strict=True):
        ours.lerp_(theirs.to(ours.device), 0.5)
    norms = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.reset_running_stats()
        layer.momentum = None  # so that all batches count alike
    model.train()
    for items in torch.randperm(len(task), generator=generator).split(128):
        task.loss(model, items, generator)
    model.eval()
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum


def go_on(model: LBPAttention, path: Path, labels: LabelSet) -> Card:
    """Take over the weights of a trained network, and for the labels that both have its last layer; its card."""
    before = LBPAttention(replace(model.config, labels=labels))
    card = weights.load(path, before)
    last, state = model.classify, before.state_dict()
    own = [model.config.labels.index(label) for label in labels]
    for name, value in (("weight", last.weight), ("bias", last.bias)):
        moved = value.detach().clone()
        moved[own] = state[f"classify.{name}"]
        state[f"classify.{name}"] = moved
    model.load_state_dict(state)
    return card
