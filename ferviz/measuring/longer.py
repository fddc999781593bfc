"""The multi-task network that ships beside the course's end, from which it learned on: one training, asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.learning.answering import answer
from ferviz.measured import Measured
from ferviz.measuring.entries import PEOPLE, entry
from ferviz.measuring.multi_task_boards import ATTRIBUTES, LABELS, Group, stranger_scores
from ferviz.measuring.multi_task_study import BASELINE, MTL, Strangers, real_faces, strangers_in
from ferviz.models import load_model
from ferviz.models.model import Model
from ferviz.models.multi_task import MultiTask

__all__ = ["BEFORE", "on_real_faces", "on_strangers"]

Array = npt.NDArray[Any]
BEFORE = "mtl-again"
"""The end of the course: what `mtl` went on from."""
KNOWN = "how often another face of the same person is nearer than one of somebody else"
_BATCH = 64


@torch.no_grad()
def _said(model: Model, pictures: torch.Tensor, *names: str) -> dict[str, torch.Tensor]:
    parts = [answer(model.eval(), part, names=names) for part in pictures.split(_BATCH)]
    said = {head: torch.cat([one.outputs[head] for one in parts]) for head in parts[0].outputs}
    return said | {name: torch.cat([one.named[name] for one in parts]) for name in names}


def _models(before: MultiTask) -> dict[str, Model]:
    return {MTL: load_model(MTL), BEFORE: before}


def on_real_faces(faces: Path, before: MultiTask) -> dict[str, list[Measured]]:
    """PublicTest without twins, by its labels: accuracy, mean recall and recalls; and less the course's end and
    mini-Xception. ``faces`` is prepared FER2013, ``before`` the end of the course.

    Raises FileNotFoundError or ValueError where the set is missing or damaged.
    """
    models = {**_models(before), BASELINE: load_model(BASELINE)}
    real = real_faces(faces, before.body.side)
    group = real.board.group
    assert group.label is not None
    right = {
        row: (_said(model, real.pictures)["emotion"].argmax(1).numpy() == group.label).astype(float)
        for row, model in models.items()
    }
    told: dict[str, Any] = {"unit": group.unit, "drawn": group.drawn}
    recall = len(group) / len(LABELS) / np.bincount(group.label, minlength=len(LABELS))[group.label]
    scores: Mapping[str, Array | float] = {"accuracy": 1.0, "mean recall": recall}  # what a right answer counts
    found: dict[str, list[Measured]] = {"shipped": [], "shipped_difference": [], "recall": []}
    for score, counts in scores.items():
        what = f"{score} on PublicTest of FER2013 without twins, by its labels"
        found["shipped"].append(
            entry(right[MTL] * counts, group.whose, what=what, of={"row": MTL, "score": score}, **told)
        )
        for than in (BEFORE, BASELINE):
            less, of = (right[MTL] - right[than]) * counts, {"row": MTL, "score": score}
            one = entry(less, group.whose, what=f"difference in {what}", of=of, than=than, **told)
            found["shipped_difference"].append(replace(one, p=None))  # it answers no claim
    for row, values in right.items():
        for place, label in enumerate(LABELS):
            at, of = group.label == place, {"row": row, "label": str(label), "family": group.name}
            found["recall"].append(entry(values[at], group.whose[at], what="recall", of=of, **told))
    return found


def on_strangers(clips: Path, before: MultiTask) -> list[Measured]:
    """Synthetic test people: who is known again, and what the heads read, before and after; and the median guess.

    Raises FileNotFoundError or ValueError where the set is missing or damaged.
    """
    strangers = strangers_in(clips, before.body.side)
    group, words = strangers.board.group, {"verification": KNOWN, **ATTRIBUTES}
    found = []
    for row, model in _models(before).items():
        scores = stranger_scores(_said(model, strangers.pictures, "feature"), strangers.part)
        found += [_of_strangers(scores[score], group, row, score, what) for score, what in words.items()]
    guess = _guess(strangers)
    return [*found, _of_strangers(guess, group, "median guess", "age error", words["age error"])]


def _of_strangers(values: Array, group: Group, row: str, score: str, what: str) -> Measured:
    of = {"row": row, "score": score, "family": group.name}
    return entry(values, group.whose, what=what, of=of, unit=group.unit, drawn=PEOPLE)


def _guess(strangers: Strangers) -> Array:
    """How far the median age of the training people is from each face's."""
    return np.abs(np.asarray(strangers.part.about["years"], float) - strangers.median)
