"""What networks of several heads gave on real faces and on synthetic strangers, run by run, and the tables of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.emotions import LABEL_SETS
from ferviz.learning.answering import answer
from ferviz.learning.sets import Examples
from ferviz.measured import Claim, Measured
from ferviz.measuring.boards import Board
from ferviz.measuring.entries import PEOPLE
from ferviz.measuring.keeping import kept
from ferviz.measuring.runs import over_runs
from ferviz.measuring.strangers import known_again, look_alikes
from ferviz.models.model import Model
from ferviz.models.multi_task import SYNTHETIC, read_age

__all__ = ["ALIKE", "ATTRIBUTES", "LABELS", "OUTSIDE", "Group", "TaskBoard", "attribute_scores", "correlated"]
__all__ += ["read_scores", "said_of", "stranger_scores"]

Array = npt.NDArray[Any]
LABELS = LABEL_SETS["FER2013"]
OUTSIDE = 0.25
"""A gender parameter below this, or above 1 less this, says which of the two is nearer."""
ATTRIBUTES: Mapping[str, str] = {
    "age error": "distance of the read-out from the generator's parameter, in years",
    "gender correlation": "Pearson's correlation of the head with the generator's parameter",
    "gender right": "share of faces on the side of 0.5 where the parameter is, of those outside .25 to .75",
    "ethnicity distance": "total variation of the head's shares from the generator's",
}
ALIKE = "verification among look-alikes"
_BATCH = 64


@torch.no_grad()
def said_of(
    model: Model, pictures: torch.Tensor, folder: Path | None, names: Sequence[str] = ()
) -> dict[str, torch.Tensor]:
    """The outputs (N, …) of every head and the named quantities, asked once: ``folder``, where one is given, keeps
    them."""

    def ask() -> dict[str, torch.Tensor]:
        said = [answer(model.eval(), part, names=names) for part in pictures.split(_BATCH)]
        outputs = {head: torch.cat([one.outputs[head] for one in said]) for head in said[0].outputs}
        return outputs | {name: torch.cat([one.named[name] for one in said]) for name in names}

    if folder is None:
        return ask()
    state = model.state_dict().values()
    asked = torch.frombuffer(bytearray(" ".join([type(model).__name__, *names]).encode()), dtype=torch.uint8)
    return kept(folder, "said", (*state, pictures, asked), ask)


@dataclass(frozen=True, eq=False)
class Group:
    """Items that are measured together: ``whose`` (N,) tells which of them are no replications of each other, ``drawn``
    says what that is; ``label`` (N,), where they have one, for means over the labels."""

    name: str
    whose: Array
    unit: str
    drawn: str = PEOPLE
    label: Array | None = None

    def __len__(self) -> int:
        return len(self.whose)


@dataclass(eq=False)
class TaskBoard:
    """Scores of N items, by row, name and run, and entries that are made of them.

    Scores that are called as in ``by_label`` are means over the labels' own means.
    """

    group: Group
    by_label: Mapping[str, str] = field(default_factory=lambda: {"mean recall": "accuracy"})
    board: Board = field(default_factory=Board)

    def add(self, run: int, row: str, found: Mapping[str, Array]) -> None:
        """Each score (N,) of a row with one run."""
        self.board.add(run, row, found)

    def rows(self, score: str) -> list[str]:
        """Those that have a score."""
        return self.board.rows(self.by_label.get(score, score))

    def values(self, score: str, row: str, than: str | None = None) -> tuple[Array, list[int]] | None:
        """A score (S, N) of a row, less that of another one, and the runs that it is of; None where there is none."""
        own = self.by_label.get(score, score)
        runs = self.board.runs_of(*(name for name in (row, than) if name is not None), score=own)
        if not runs:
            return None
        less = 0 if than is None else self.board.values(than, own, runs)
        return self.board.values(row, own, runs) - less, runs

    def table(
        self, score: str, what: str, rows: Iterable[str], than: str | None = None, **of: Any
    ) -> list[Measured]:
        """A score of each row, less that of another one; a row that was not measured is left out."""
        found = []
        for row in rows:
            known = self.values(score, row, than) if row != than else None
            if known is not None:
                values, runs = known
                told = what if than is None else f"difference in {what}"
                place = {"row": row, "score": score, "family": self.group.name, **of}
                found.append(over_runs(values, self.group.whose, what=told, of=place, seeds=runs, than=than,
                                       **self.told(score)))  # fmt: skip
        return found

    def recalls(self, rows: Iterable[str], than: str | None = None) -> list[Measured]:
        """The share that is right of the faces of each label."""
        found = []
        assert self.group.label is not None
        for row in rows:
            known = self.values("accuracy", row, than) if row != than else None
            for place, label in enumerate(LABELS if known is not None else ()):
                assert known is not None
                at = self.group.label == place
                what = "recall" if than is None else "difference in recall"
                of = {"row": row, "label": str(label), "family": self.group.name}
                told: dict[str, Any] = {"unit": self.group.unit, "drawn": self.group.drawn, "seeds": known[1]}
                found.append(over_runs(known[0][:, at], self.group.whose[at], what=what, of=of, than=than, **told))
        return found

    def asked(self, claim: Claim) -> tuple[Array, Array] | None:
        """By how much a claim's row has more of its score than the other one (S, N), and whose the items are (N,)."""
        found = self.values(claim.score, claim.row, claim.than)
        return None if found is None else (found[0], self.group.whose)

    def told(self, score: str) -> dict[str, Any]:
        """What `over_runs` wants to know of the items."""
        labels = {"labels": self.group.label} if score in self.by_label else {}
        return {"unit": self.group.unit, "drawn": self.group.drawn, **labels}


def attribute_scores(said: Mapping[str, torch.Tensor], part: Examples) -> dict[str, Array]:
    """The scores `ATTRIBUTES` of each face (N,), from the outputs of the heads and the generator's parameters."""
    shares = said["ethnicity"].double().softmax(1).numpy()
    return read_scores(read_age(said["age"]).double().numpy(), said["gender"].double().numpy(), shares, part)


def read_scores(age: Array, female: Array, shapes: Array, part: Examples) -> dict[str, Array]:
    """The scores `ATTRIBUTES` of each face (N,), from years (N,), genders (N,) and shares (N, 3) that were read."""
    years, gender = (np.asarray(one, float) for one in (part.about["years"], part.targets["gender"]))
    shares = part.targets["ethnicity"].double().numpy()
    right = ((female > 0.5) == (gender > 0.5)).astype(float)
    sure = (gender < OUTSIDE) | (gender > 1 - OUTSIDE)
    told = (
        np.abs(age - years),
        correlated(female, gender),
        np.where(sure, right, np.nan),
        np.abs(shapes - shares).sum(1) / 2,
    )
    return dict(zip(ATTRIBUTES, told, strict=True))


def correlated(x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Numbers (N,) whose mean is Pearson's correlation of x and y, and whose spread is that of its estimate.

    Each is the correlation and the item's influence on it: z_x z_y − r (z_x² + z_y² − 2) / 2 (Devlin, Gnanadesikan &
    Kettenring 1975). NaN where x or y never changes.

    Examples
    --------
    >>> round(float(correlated([1, 2, 3, 4], [1, 2, 4, 3]).mean()), 6)
    0.8
    """
    pair = np.stack([np.asarray(x, float), np.asarray(y, float)])
    spread = pair.std(1, keepdims=True)
    if not spread.all():
        return np.full(pair.shape[1], np.nan)
    z = (pair - pair.mean(1, keepdims=True)) / spread
    product = z[0] * z[1]
    found: npt.NDArray[np.float64] = product - product.mean() * (z[0] ** 2 + z[1] ** 2 - 2) / 2
    return found


def verification_scores(vectors: npt.ArrayLike, part: Examples) -> dict[str, Array]:
    """How strangers are known again by vectors (N, D), among all and among look-alikes."""
    person = np.asarray(part.about["person"])
    near = look_alikes(part.about["years"], part.targets["gender"], part.targets["ethnicity"])
    return {"verification": known_again(vectors, person), ALIKE: known_again(vectors, person, near)}


def stranger_scores(said: Mapping[str, torch.Tensor], part: Examples) -> dict[str, Array]:
    """What a network that names its ``feature``, and may have the heads, gives of strangers."""
    found = verification_scores(said["feature"].numpy(), part)
    return found | (attribute_scores(said, part) if all(head in said for head in SYNTHETIC) else {})
