"""The multi-task network that ships beside the course's end, from which it learned on: one training, asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.measured import Measured
from ferviz.measuring.entries import PEOPLE, entry
from ferviz.measuring.multi_task_boards import ATTRIBUTES, LABELS, Group, said_of, stranger_scores
from ferviz.measuring.multi_task_study import BASELINE, MTL, real_faces, strangers_in
from ferviz.models import load_model
from ferviz.models.model import Model
from ferviz.models.multi_task import MultiTask

__all__ = ["BEFORE", "on_real_faces", "on_strangers"]

Array = npt.NDArray[Any]
BEFORE = "mtl-again"
"""The end of the course: what `mtl` went on from."""
KNOWN = "how often another face of the same person is nearer than one of somebody else"


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
        row: (said_of(model, real.pictures, None)["emotion"].argmax(1).numpy() == group.label).astype(float)
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
        scores = stranger_scores(said_of(model, strangers.pictures, None, ("feature",)), strangers.part)
        found += [_of_strangers(scores[score], group, row, score, what) for score, what in words.items()]
    return [*found, _of_strangers(strangers.guess, group, "median guess", "age error", words["age error"])]


def _of_strangers(values: Array, group: Group, row: str, score: str, what: str) -> Measured:
    of = {"row": row, "score": score, "family": group.name}
    return entry(values, group.whose, what=what, of=of, unit=group.unit, drawn=PEOPLE)
