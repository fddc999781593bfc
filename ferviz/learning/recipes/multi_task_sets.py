"""What the steps of the multi-task network learn from: synthetic people, and real faces by their expression."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import torch

from ferviz.arguments import choice
from ferviz.faces.sets import read
from ferviz.learning.heads import HeadsTask
from ferviz.learning.people import (
    age_error,
    attributes_of,
    class_weights,
    gender_correlation,
    gender_loss,
    identities_of,
    mean_recall,
    verified,
)
from ferviz.learning.recipes.common import faces_for_training
from ferviz.learning.sets import Examples, Stills, stills_from, stills_from_votes
from ferviz.learning.variation import vary

__all__ = ["LABELS", "PEOPLE", "Labels", "attribute_task", "by_label", "emotion_task", "identity_task", "joint_task"]

Labels = Literal["FER2013", "FER+"]
LABELS: tuple[str, ...] = get_args(Labels)

PEOPLE = "identities"
"""The part of a synthetic set that has many people, with other hair, clothes, light and background in each face."""


def identity_task(clips: Path, side: int) -> HeadsTask:
    """Synthetic people by their faces; scored by how well strangers, the validation people, are told apart."""
    train, strangers = (read(clips, split=split, part=PEOPLE) for split in ("train", "validation"))
    known = identities_of(train, side, train.people)
    return HeadsTask(
        known,
        {"strangers": identities_of(strangers, side, train.people)},
        varied=_varied,
        names=("feature",),
        scores={"verification": verified},
    )


def attribute_task(clips: Path, side: int) -> HeadsTask:
    """The generator's parameters by synthetic faces; scored on strangers."""
    train, strangers = (attributes_of(read(clips, split=split, part=PEOPLE), side) for split in ("train", "validation"))
    figures = {"age error": age_error, "gender correlation": gender_correlation}
    return HeadsTask(train, {"strangers": strangers}, varied=_varied, losses={"gender": gender_loss}, scores=figures)


def emotion_task(faces: Path, side: int, labels: Labels = "FER2013", weighted: bool = True) -> HeadsTask:
    """Real faces by their labels, or by their votes as soft labels; scored on held-out Training pictures.

    Each face counts by its label (`class_weights`), all together as much as without weights.
    """
    of = stills_from_votes if choice("labels", labels, LABELS) == "FER+" else stills_from
    train, held_out = (_expressions(of(part, side)) for part in faces_for_training(faces))
    train = by_label(train) if weighted else train
    return HeadsTask(train, {"held-out": held_out}, varied=_varied, scores={"mean recall": mean_recall})


def by_label(faces: Examples) -> Examples:
    """The same faces, each counting by its label (`class_weights`), all together as much as without weights."""
    target = faces.targets["emotion"]
    weight = (target * torch.from_numpy(class_weights(target.sum(0).numpy())).float()).sum(1)
    return replace(faces, weight={"emotion": weight / weight.mean()})


def joint_task(expressions: HeadsTask, attributes: HeadsTask) -> HeadsTask:
    """Expressions of real faces and a generator's parameters of synthetic ones by one loss, scored by the former.

    A face has no target for the other's heads.
    """
    real, made = expressions.train, attributes.train
    targets = {"emotion": torch.cat([real.targets["emotion"], _none(real.targets["emotion"], len(made))])}
    targets |= {head: torch.cat([_none(target, len(real)), target]) for head, target in made.targets.items()}
    weight = {head: torch.cat([own, torch.ones(len(made))]) for head, own in real.weight.items()}
    both = Examples({"pictures": torch.cat([part.raw["pictures"] for part in (real, made)])}, targets, weight)
    return replace(expressions, train=both, losses=attributes.losses)


def _none(like: torch.Tensor, count: int) -> torch.Tensor:
    """So many times no target at all, of the kind of others."""
    return like.new_full((count, *like.shape[1:]), torch.nan if like.is_floating_point() else -1)


def _expressions(stills: Stills) -> Examples:
    return Examples({"pictures": stills.pictures}, {"emotion": stills.target}, about={"group": stills.group})


def _varied(raw: dict[str, torch.Tensor], luck: torch.Generator) -> dict[str, torch.Tensor]:
    return {"pictures": vary(raw["pictures"], luck, erase=0.25)}
