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

    def asked(self, claim: Claim) -> tuple[Array, Array]:
        """By how much a claim's row has more of its score than the other one (S, N), and whom the faces show (N,)."""
        score = (WEIGHT, claim.score) if claim.score in self.truth else claim.score
        at = self.faces.parts[str(claim.clips)]
        row, than = (self.board.values(name, score)[:, at] for name in (claim.row, claim.than))
        return row - than, self.faces.whose[at]

    def table(
        self, score: Any, what: str, /, rows: Iterable[str] | None = None, less: str | None = None, **more: Any
    ) -> list[Measured]:
        """A score of each row by part of the faces, less that of another row where one is named.

        ``more`` tells the entries apart beside row, part and score. A row that was not measured is left out; one that
        was measured with some of the runs is told of those.
        """
        known = self.board.rows(score)
        entries: list[Measured] = []
        for row in known if rows is None else [row for row in rows if row in known]:
            if row == less or (less is not None and less not in known):
                continue
            runs = self.board.runs_of(row, *([] if less is None else [less]), score=score)
            values = self.board.values(row, score, runs)
            values = values if less is None else values - self.board.values(less, score, runs)
            told = what if less is None else f"difference in {what}"
            of = {"row": row, **self.of, **more}
            known_of = {**self._told(), "seeds": runs}
            entries += by_part(values, self.faces.whose, self.faces.parts, of=of, what=told, than=less, **known_of)
        return entries

    def effects(self, less: str | None = None) -> list[Measured]:
        """How far weights, controls and effects agree with the truth; less the row's own weights where asked."""
        entries: list[Measured] = []
        for effect, score in (name for name in self.board.scores if isinstance(name, tuple) and name[1] in self.truth):
            for row in self.board.rows((effect, score)):
                values, told = self.board.values(row, (effect, score)), SCORES[score]
                if less is not None:
                    if effect == less or row not in self.board.rows((less, score)):
                        continue
                    values, told = values - self.board.values(row, (less, score)), f"difference in {told}"
                of = {"row": row, "effect": effect, "score": score, **self.of}
                known = {"of": of, "what": told, "than": less, **self._told()}
                entries += by_part(values, self.faces.whose, self.faces.parts, **known)
        return entries

    def curve(
        self, score: Any, what: str, name: str, bins: Mapping[float, Array], rows: Iterable[str]
    ) -> list[Measured]:
        """A score of each row in bins of the faces, ``name`` their middle."""
        known = self.board.rows(score)
        return [
            over_runs(
                self.board.values(row, score)[:, at],
                self.faces.whose[at],
                **{"what": what, "of": {"row": row, **self.of, name: middle}, **self._told()},
            )
            for row in rows
            if row in known
            for middle, at in bins.items()
        ]

    def confusion(self, rows: Iterable[str]) -> list[Measured]:
        """Of the faces of each label, the share that is taken for each (row-normalised), mean over the runs.

        A row that was not measured is left out.
        """
        entries: list[Measured] = []
        known = self.board.rows(("said", 0))
        for row in (row for row in rows if row in known):
            for shown, label in enumerate(LABELS):
                at = self.faces.label == shown
                for place, said in enumerate(LABELS if at.any() else ()):
                    values = self.board.values(row, ("said", place))[:, at]
                    of = {"row": row, **self.of, "shown": str(label), "said": str(said)}
                    told = {"what": "share of the faces of a label that are taken for one", **self._told()}
                    entries.append(over_runs(values, self.faces.whose[at], of=of, **told))
        return entries

    def _told(self) -> dict[str, Any]:
        return {"seeds": self.board.runs, "drawn": self.faces.drawn, "unit": self.faces.unit}
