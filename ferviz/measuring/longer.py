"""The multi-task network that ships beside the one that it went on from: one training, asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.faces.sets import read
from ferviz.learning.old_heads import with_old_heads
from ferviz.learning.people import attributes_of
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.measured import Measured
from ferviz.measuring.entries import PEOPLE, entry
from ferviz.measuring.multi_task_boards import (
    ALIKE,
    ATTRIBUTES,
    LABELS,
    Group,
    attribute_scores,
    correlated,
    read_scores,
    said_of,
    stranger_scores,
)
from ferviz.measuring.multi_task_study import BASELINE, MTL, OF_ALIKE, RealFaces, strangers_in
from ferviz.measuring.strangers import linear_of_pixels
from ferviz.models import card, load_model
from ferviz.models.identity import COMPACT
from ferviz.models.multi_task import SHAPES, MultiTask, read_age

__all__ = ["BEFORE", "on_real_faces", "on_strangers"]

Array = npt.NDArray[Any]
BEFORE = "mtl-head"
"""What `mtl` went on from: its body tells people apart, and under a head alone it has seen real faces."""
OLD = "mtl, old heads"
"""The body of `mtl` under the heads of `BEFORE`."""
KNOWN = "how often another face of the same person is nearer than one of somebody else"
COMMON = (22, 24)
"""Years, both among them: where the commonest ages of the training people lie, and most of what `mtl` reads."""
OLD_ENOUGH = 60
"""Years from which on a face counts as old."""
THUMB = "64 pixels"
"""The control of all heads: ridge regression on pictures of 8 × 8 pixels (`linear_of_pixels`)."""
AGES = {
    "age correlation": "Pearson's correlation of the read-out with the generator's parameter",
    "age correlation by the mean": "Pearson's correlation of the mean over all 100 ages with the generator's parameter",
    "age error by the mean": "distance of the mean over all 100 ages from the generator's parameter, in years",
    "read as 22 to 24": "share of faces whose read-out lies from 22 to 24 years",
    "read as 22 to 24, of 60 or more": "share, of faces of 60 years or more, whose read-out lies from 22 to 24 years",
}
"""What the age's mean error hides, which stays beside that of one answer for all."""
WORDS = {"verification": KNOWN, ALIKE: f"{KNOWN} {OF_ALIKE}", **ATTRIBUTES, **AGES}


def on_real_faces(real: RealFaces) -> dict[str, list[Measured]]:
    """PublicTest without twins, by its labels: accuracy, mean recall and recalls; and less `BEFORE` and
    mini-Xception."""
    models, seeds = {row: load_model(row) for row in (MTL, BEFORE, BASELINE)}, card(MTL).seeds
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
            entry(right[MTL] * counts, group.whose, what=what, of={"row": MTL, "score": score}, seeds=seeds, **told)
        )
        for than in (BEFORE, BASELINE):
            less, of = (right[MTL] - right[than]) * counts, {"row": MTL, "score": score}
            one = entry(less, group.whose, what=f"difference in {what}", of=of, than=than, seeds=seeds, **told)
            found["shipped_difference"].append(replace(one, p=None))  # it answers no claim
    for row, values in right.items():
        told["seeds"] = None if row == BASELINE else seeds
        for place, label in enumerate(LABELS):
            at, of = group.label == place, {"row": row, "label": str(label), "family": group.name}
            found["recall"].append(entry(values[at], group.whose[at], what="recall", of=of, **told))
    return found


def on_strangers(clips: Path) -> dict[str, list[Measured]]:
    """Synthetic test people: who is known again, and what the heads read, before and after, and after by the old heads
    (`OLD`); beside them the median guess, one gender and the same shares for all, what a thumbnail tells (`THUMB`), and
    how people are known again without any training. What differs, face by face, is after less before, after less what
    has learned nothing, after and before less the thumbnail, and after less brightness.

    Raises FileNotFoundError or ValueError where the set is missing or damaged.
    """
    strangers = strangers_in(clips, COMPACT["mobilenet"].side)
    group, seeds, rows = strangers.board.group, card(MTL).seeds, dict[str, Any]()
    years = np.asarray(strangers.part.about["years"], float)
    for row, model in {BEFORE: load_model(BEFORE), OLD: _old(), MTL: load_model(MTL)}.items():
        said = said_of(model, strangers.pictures, None, ("feature",))
        rows[row] = stranger_scores(said, strangers.part) | _ages(said["age"], years)
    less = {name: rows[MTL][name] - rows[BEFORE][name] for name in WORDS if "correlation" not in name}
    rows[OLD] = {name: rows[OLD][name] for name in (*ATTRIBUTES, *AGES)}  # its features, and their distances, are mtl's
    count = len(strangers.pictures)
    flat = {"age": torch.zeros(count, 100), "gender": torch.ones(count), "ethnicity": torch.zeros(count, len(SHAPES))}
    blind = attribute_scores(flat, strangers.part)
    rules = {
        "median guess": {"age error": strangers.guess},
        "always female": {"gender right": blind["gender right"]},
        "the same shares for all": {"ethnicity distance": blind["ethnicity distance"]},
    }
    learned = attributes_of(read(clips, split="train", part=sets.PEOPLE), COMPACT["mobilenet"].side)
    age, female, shapes = linear_of_pixels(learned, strangers.part)
    thumb = read_scores(age, female, shapes, strangers.part)
    rules[THUMB] = thumb | {"age correlation": correlated(age, years)}
    untrained = strangers.untrained()
    against = [(MTL, BEFORE, less)]
    for row, than, scores in (
        *((MTL, rule, scores) for rule, scores in rules.items()),
        (BEFORE, THUMB, thumb),
        (MTL, "brightness", untrained["brightness"]),
    ):
        differ = {name: rows[row][name] - values for name, values in scores.items() if "correlation" not in name}
        against.append((row, than, differ))
    fixed = rules | {"as told": _common_of(years, years)} | untrained
    return {
        "strangers": [
            *(one for row, scores in rows.items() for one in _of_strangers(scores, group, row, seeds)),
            *(one for row, scores in fixed.items() for one in _of_strangers(scores, group, row)),
        ],
        "strangers_difference": [
            replace(one, p=None)  # they answer no claim
            for row, than, scores in against
            for one in _of_strangers(scores, group, row, seeds, than)
        ],
    }


def _ages(logits: torch.Tensor, years: Array) -> dict[str, Array]:
    """The scores `AGES` of each face (N,), from the logits of 100 ages (N, 100) and the years that were told (N,)."""
    read = read_age(logits).double().numpy()
    mean = logits.double().softmax(1).numpy() @ np.arange(1, 101)
    told = (correlated(read, years), correlated(mean, years), np.abs(mean - years))
    return dict(zip(AGES, told, strict=False)) | _common_of(read, years)


def _common_of(read: Array, years: Array) -> dict[str, Array]:
    """Whether each face (N,) is read as 22 to 24 years; and the same of old ones, NaN for all others."""
    common = ((read >= COMMON[0]) & (read <= COMMON[1])).astype(float)
    return dict(zip(list(AGES)[-2:], (common, np.where(years >= OLD_ENOUGH, common, np.nan)), strict=True))


def _old() -> MultiTask:
    first, last = load_model(BEFORE), load_model(MTL)
    assert isinstance(first, MultiTask)
    assert isinstance(last, MultiTask)
    return with_old_heads(first, last)


def _of_strangers(
    scores: Mapping[str, Array], group: Group, row: str, seeds: Sequence[int] | None = None, than: str | None = None
) -> list[Measured]:
    told: dict[str, Any] = {"unit": group.unit, "drawn": PEOPLE, "than": than, "seeds": seeds}
    words = WORDS if than is None else {name: f"difference in {what}" for name, what in WORDS.items()}
    return [
        entry(scores[name], group.whose, what=what, of={"row": row, "score": name, "family": group.name}, **told)
        for name, what in words.items()
        if name in scores
    ]
