"""What networks gave on one set of clips, gathered run by run, and the tables that are made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz import scores
from ferviz.learning.sets import Clips
from ferviz.measured import Claim, Measured
from ferviz.measuring.effects import contributions, removals
from ferviz.measuring.entries import PEOPLE
from ferviz.measuring.frames import SCORES, truth_of, weight_scores
from ferviz.measuring.frozen import NEUTRAL, Part, Result
from ferviz.measuring.runs import by_part, over_runs, too_few
from ferviz.measuring.shares import Tens, tens_of
from ferviz.models.frame_attention import FrameAttention

__all__ = ["RECALLS", "Board", "Gathered"]

Array = npt.NDArray[Any]
RECALLS = ("recall of neutral", "recall of the rest")
APART = ("rest", "spoiled", "intruder", "intruder, full", "votes", "tau evidence")  # of effects and differences
EFFECTS = {
    "contribution": "of what a frame adds to the label's logit (in the variant mean: to its probability)",
    "removal": "of the fall of the label's logit when a frame is dropped",
}


class Board:
    """A score for each of N items, by row and name; of a run, such as a backbone, the mean over what it was given."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Any], dict[int, list[Array]]] = defaultdict(lambda: defaultdict(list))

    def add(self, run: int, row: str, found: Mapping[Any, Array]) -> None:
        """What one head of a run has of each score (N,)."""
        for score, values in found.items():
            self._found[row, score][run].append(values)

    def rows(self, score: Any) -> list[str]:
        """Those that have a score."""
        return [row for row, known in self._found if known == score]

    def values(self, row: str, score: Any, runs: Iterable[int] | None = None) -> Array:
        """The score (S, N) of a row with each run, or with those named, in the order of the runs' names."""
        found = self._found[row, score]
        return np.stack([np.mean(found[run], 0) for run in sorted(found if runs is None else runs)])

    def runs_of(self, *rows: str, score: Any) -> list[int]:
        """The runs with which all of these rows have a score, in order."""
        return self.runs_with(*((row, score) for row in rows))

    def runs_with(self, *found: tuple[str, Any]) -> list[int]:
        """The runs with which each of these rows has its score, in order; none without a row."""
        known = [set(self._found.get(one, ())) for one in found]
        return sorted(set.intersection(*known)) if known else []

    @property
    def scores(self) -> list[Any]:
        """The names of what is known."""
        return list(dict.fromkeys(score for _, score in self._found))

    @property
    def runs(self) -> list[int]:
        """Their names, in order."""
        return sorted({run for found in self._found.values() for run in found})


class Gathered:
    """The scores of networks on some clips.

    Parameters
    ----------
    clips : Clips
        N of them.
    parts : mapping of name to bool array (N,)
        The families that are told apart.
    labelled : collection of str
        Those of them that are told apart by their label: their accuracy is a recall, and stands there alone.
    weighed, effective : collection of str
        Rows whose weights, and whose effects, are held against the truth.
    drawn : str
        What the clips' ``person`` tells apart.
    shared : bool
        Whether clips have frames that tell and frames at rest, so that ten of them can be drawn in any share.
    """

    def __init__(
        self,
        clips: Clips,
        parts: Mapping[str, Array],
        weighed: Iterable[str],
        effective: Iterable[str],
        drawn: str = PEOPLE,
        shared: bool = True,
        labelled: Collection[str] = (),
    ) -> None:
        self.clips, self.parts, self.drawn = clips, dict(parts), drawn
        self.weighed, self.effective = frozenset(weighed), frozenset(effective)
        self.truth = truth_of(clips)
        self.whole = [name for name in parts if name not in labelled]
        self.thin: dict[tuple[str, str], tuple[int, int]] = {}
        """Score and family → of how few items it is there, and how many numbers the tables so have not."""
        self.scores, self.effects = Board(), {name: Board() for name in EFFECTS}
        tens = zip(("rest", "neutral"), tens_of(clips), strict=True) if shared else ()
        self.shares: dict[str, tuple[Tens, Board]] = {name: (ten, Board()) for name, ten in tens}

    def add(self, run: int, row: str, result: Result, model: FrameAttention, part: Part) -> None:
        """What a row gave with one head of a run."""
        self.add_right(run, row, (result.probability.argmax(-1) == self.clips.label).numpy().astype(float))
        if row in self.weighed:
            self.scores.add(run, row, weight_scores(result.weight.numpy(), self.truth))
        if row in self.effective:
            for name, effect in (("contribution", contributions), ("removal", removals)):
                found = effect(model, self.clips, part.features)
                self.effects[name].add(run, row, weight_scores(found, self.truth, sign=True))
            for tens, board in self.shares.values():
                board.add(run, row, tens.right(model, part.features))

    def add_right(self, run: int, row: str, right: Array) -> None:
        """Which clips (N,) a row labels right, 0 or 1."""
        parted = scores.neutral_and_rest(right, self.clips.label.numpy(), NEUTRAL)
        self.scores.add(run, row, {"accuracy": right, **dict(zip(RECALLS, parted, strict=True))})

    def asked(self, claim: Claim) -> tuple[Array, Array]:
        """By how much a claim's row has more of its score than the other one (S, N), and whom the clips show (N,)."""
        at = self.parts[claim.clips or "all"]
        row, than = (self.scores.values(name, claim.score)[:, at] for name in (claim.row, claim.than))
        return row - than, self.clips.person[at]

    def tables(self, bases: Sequence[str], attention: str) -> dict[str, list[Measured]]:
        """Every score of every row; accuracies and recalls less those of the rows ``bases``, weights less those of the
        row ``attention``, effects less the weights of their own row."""
        self.thin = {}
        known = [name for name in self.scores.scores if name in SCORES]
        asked = [name for name in known if name in APART]
        told = {
            "accuracy": self._table(["accuracy"], parts=self.whole),
            "difference": self._table(["accuracy"], bases, parts=self.whole),
            "recall": self._table(RECALLS, parts=("all", "real")),
            "recall_difference": self._table(RECALLS, bases, parts=("all", "real")),
            "weights": self._table(known),
            "weights_difference": self._table(asked, [attention]),
            "effect": [one for name in EFFECTS for one in self._effects(name, asked)],
            "effect_difference": [one for name in EFFECTS for one in self._effects(name, asked, less=True)],
        }
        for name, (tens, board) in self.shares.items():
            for table, entries in _shares(tens, board, name, bases).items():
                told.setdefault(table, []).extend(entries)
        return told

    def _table(
        self, names: Sequence[str], bases: Sequence[str | None] = (None,), parts: Sequence[str] = ()
    ) -> list[Measured]:
        entries: list[Measured] = []
        kept = {name: at for name, at in self.parts.items() if not parts or name in parts}
        for name in names:
            for row in self.scores.rows(name):
                for base in bases:
                    if row == base or (base is not None and base not in self.scores.rows(name)):
                        continue
                    values = self.scores.values(row, name)
                    values = values if base is None else values - self.scores.values(base, name)
                    entries += self._entries(values, kept, {"row": row, "score": name}, SCORES.get(name, name), base)
        return entries

    def _effects(self, effect: str, names: Sequence[str], *, less: bool = False) -> list[Measured]:
        board, entries = self.effects[effect], []
        for name in names:
            for row in board.rows(name):
                values, than = board.values(row, name), None
                if less and row not in self.scores.rows(name):
                    continue
                if less:
                    values, than = values - self.scores.values(row, name), "weight"
                of = {"row": row, "effect": effect, "score": name}
                entries += self._entries(values, self.parts, of, f"{SCORES[name]}, {EFFECTS[effect]}", than)
        return entries

    def _entries(
        self, values: Array, parts: Mapping[str, Array], of: Mapping[str, Any], what: str, than: str | None
    ) -> list[Measured]:
        for name, items in too_few(values, parts).items():
            _, numbers = self.thin.get((of["score"], name), (items, 0))
            self.thin[of["score"], name] = items, numbers + 1
        what = what if than is None else f"difference in {what}"
        known = {"seeds": self.scores.runs, "drawn": self.drawn, "what": what, "than": than}
        return by_part(values, self.clips.person, parts, of=of, **known)


def _shares(tens: Tens, board: Board, labels: str, bases: Sequence[str]) -> dict[str, list[Measured]]:
    """Accuracy on ten frames by the share that tells; less that of other rows; and less that of the same row where all
    of the ten tell."""
    told: dict[str, list[Measured]] = {"share": [], "share_difference": [], "share_fall": []}
    for share in board.scores:
        for row in board.rows(share):
            values = board.values(row, share)
            known: dict[str, Any] = {"of": {"row": row, "share": share, "labels": labels}, "seeds": board.runs}
            told["share"].append(over_runs(values, tens.person, what="accuracy", **known))
            more = {base: values - board.values(base, share) for base in bases if base != row}
            whole = {"all ten": values - board.values(row, 1.0)} if 1.0 in board.scores and share < 1 else {}
            for table, apart in (("share_difference", more), ("share_fall", whole)):
                for than, each in apart.items():
                    entry = over_runs(each, tens.person, what="difference in accuracy", than=than, **known)
                    told[table].append(entry)
    return {table: sorted(found, key=lambda one: (one["row"], one["share"])) for table, found in told.items()}
