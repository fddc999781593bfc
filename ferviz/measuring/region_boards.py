"""What networks of regions gave on one set of faces, gathered run by run, and the tables that are made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.measured import Claim, Measured
from ferviz.measuring.boards import Board
from ferviz.measuring.region_faces import LABELS, TestFaces
from ferviz.measuring.runs import by_part, over_runs
from ferviz.scores.regions import region_agreement

__all__ = ["ATTENTION", "SCORES", "WEIGHT", "FaceBoard"]

Array = npt.NDArray[Any]
SCORES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "tau seen": "Kendall's τ-b, over the crops, with the share of a crop that no cover hides",
    "tau evidence": "Kendall's τ-b, over the crops, with the mean visible change a pixel of a crop",
}
ATTENTION: Mapping[str, str] = {
    "whole face": "weight of the whole face",
    "largest crop": "weight of the crop that has most",
    "face largest": "share of faces on which no crop outweighs the whole face",
}
WEIGHT = "weight"


class FaceBoard:
    """The scores of networks on N faces.

    Parameters
    ----------
    faces : TestFaces
    truth : mapping of name to array (N, 1 + K), optional
        What weights and effects of the face and its crops are held against: "tau seen", "tau evidence".
    of : mapping, optional
        What else tells its entries from those of other boards.
    """

    def __init__(
        self, faces: TestFaces, truth: Mapping[str, Array] | None = None, of: Mapping[str, Any] | None = None
    ) -> None:
        self.faces, self.truth, self.of = faces, dict(truth or {}), dict(of or {})
        self.board = Board()

    def empty(self) -> FaceBoard:
        """The same faces and truth, without scores."""
        return FaceBoard(self.faces, self.truth, self.of)

    def said(self, run: int, row: str, probability: Array) -> None:
        """What a row answers (N, L): whether it is right, and what it is taken for."""
        said = probability.argmax(1)
        self.board.add(run, row, {"accuracy": (said == self.faces.label).astype(float)})
        self.board.add(run, row, {("said", place): (said == place).astype(float) for place in range(len(LABELS))})

    def weighed(self, run: int, row: str, values: Array, effect: str = WEIGHT) -> None:
        """Numbers of the face and its crops (N, 1 + K), held against the truth."""
        self.board.add(run, row, {(effect, name): region_agreement(values, own) for name, own in self.truth.items()})

    def attended(self, run: int, row: str, weight: Array) -> None:
        """The weights of the face and its crops (N, 1 + K), NaN where there is none: who has most."""
        face, largest = weight[:, 0], np.nanmax(weight[:, 1:], 1)
        found = dict(zip(ATTENTION, (face, largest, (face >= largest).astype(float)), strict=True))
        self.board.add(run, row, found)

    def asked(self, claim: Claim) -> tuple[Array, Array] | None:
        """By how much a claim's row has more of its score than the other one (S, N), and whom the faces show (N,); None
        where no run has both rows."""
        score, runs = self._score_of(claim), self.runs_of(claim)
        if not runs:
            return None
        at = self.faces.parts[str(claim.clips)]
        row, than = (self.board.values(name, score, runs)[:, at] for name in (claim.row, claim.than))
        return row - than, self.faces.whose[at]

    def runs_of(self, claim: Claim) -> list[int]:
        """The runs of both rows of a claim."""
        return self.board.runs_of(claim.row, claim.than, score=self._score_of(claim))

    def _score_of(self, claim: Claim) -> Any:
        return (WEIGHT, claim.score) if claim.score in self.truth else claim.score

    def table(
        self, score: Any, what: str, /, rows: Iterable[str] | None = None, less: str | None = None, **more: Any
    ) -> list[Measured]:
        """A score of each row by part of the faces, less that of another row where one is named.

        ``more`` tells the entries apart beside row, part and score. As in all tables here, a row that was not measured
        is left out; one that was measured with some of the runs is told of those.
        """
        entries: list[Measured] = []
        for row in self._known(score, rows):
            if row != less:
                than = None if less is None else (less, score)
                entries += self._by_part((row, score), than, what, less, {"row": row, **self.of, **more})
        return entries

    def effects(self, less: str | None = None) -> list[Measured]:
        """How far weights, controls and effects agree with the truth; less the row's own weights where asked."""
        entries: list[Measured] = []
        for effect, score in (name for name in self.board.scores if isinstance(name, tuple) and name[1] in self.truth):
            for row in self.board.rows((effect, score)) if effect != less else ():
                than = None if less is None else (row, (less, score))
                of = {"row": row, "effect": effect, "score": score, **self.of}
                entries += self._by_part((row, (effect, score)), than, SCORES[score], less, of)
        return entries

    def _by_part(
        self, found: tuple[str, Any], than: tuple[str, Any] | None, what: str, less: str | None, of: Mapping[str, Any]
    ) -> list[Measured]:
        """The score of a row by part of the faces, less that of another where there is one, with the runs of both."""
        runs = self.board.runs_with(*(one for one in (found, than) if one is not None))
        if not runs:
            return []
        values = self.board.values(*found, runs)
        if than is not None:
            values, what = values - self.board.values(*than, runs), f"difference in {what}"
        known = {"of": of, "what": what, "than": less, **self._told(runs)}
        return by_part(values, self.faces.whose, self.faces.parts, **known)

    def curve(
        self, score: Any, what: str, name: str, bins: Mapping[float, Array], rows: Iterable[str]
    ) -> list[Measured]:
        """A score of each row in bins of the faces, ``name`` their middle."""
        return [
            over_runs(
                self.board.values(row, score)[:, at],
                self.faces.whose[at],
                what=what,
                of={"row": row, **self.of, name: middle},
                **self._told(self.board.runs_of(row, score=score)),
            )
            for row in self._known(score, rows)
            for middle, at in bins.items()
        ]

    def confusion(self, rows: Iterable[str]) -> list[Measured]:
        """Of the faces of each label, the share that is taken for each (row-normalised), mean over the runs."""
        entries: list[Measured] = []
        for row in self._known(("said", 0), rows):
            for shown, label in enumerate(LABELS):
                at = self.faces.label == shown
                for place, said in enumerate(LABELS if at.any() else ()):
                    values = self.board.values(row, ("said", place))[:, at]
                    of = {"row": row, **self.of, "shown": str(label), "said": str(said)}
                    what = "share of the faces of a label that are taken for one"
                    told = self._told(self.board.runs_of(row, score=("said", place)))
                    entries.append(over_runs(values, self.faces.whose[at], what=what, of=of, **told))
        return entries

    def _known(self, score: Any, rows: Iterable[str] | None) -> list[str]:
        """The rows that have a score, of those that are named."""
        known = self.board.rows(score)
        return known if rows is None else [row for row in rows if row in known]

    def _told(self, runs: list[int]) -> dict[str, Any]:
        return {"seeds": runs, "drawn": self.faces.drawn, "unit": self.faces.unit}
