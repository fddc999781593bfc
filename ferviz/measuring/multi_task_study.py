"""All that is measured of the multi-task network on faces: which networks are there, and what each is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import weights
from ferviz.faces.identity import sample_person
from ferviz.faces.sets import read
from ferviz.learning.people import attributes_of
from ferviz.learning.recipes import WEIGHTS
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.recipes.multi_task import STEPS
from ferviz.learning.sets import Examples, stills_from, stills_of
from ferviz.measured import Claim, Measured
from ferviz.measuring.bodies import eight_bit, is_rounded, sixteen_bit
from ferviz.measuring.entries import GROUPS, entry
from ferviz.measuring.multi_task_boards import (
    ALIKE,
    ATTRIBUTES,
    LABELS,
    Group,
    TaskBoard,
    said_of,
    stranger_scores,
    verification_scores,
)
from ferviz.measuring.multi_task_rows import REFERENCE, ROWS, body_of, folder_of, identity_in, row_in
from ferviz.measuring.runs import answers
from ferviz.measuring.strangers import HIDDEN, brightness, hide_faces
from ferviz.models import load_model
from ferviz.models.identity import Identity
from ferviz.models.multi_task import Config, MultiTask
from ferviz.prepared import read_faces

__all__ = ["BASELINE", "COMMONEST", "COURSE", "PAPER", "RealFaces", "Strangers", "claimed", "course_in", "missing"]
__all__ += ["real_faces", "strangers_in"]

Array = npt.NDArray[Any]
PAPER, BASELINE, MTL = "multi-task", "mini-xception", "mtl"
COMMONEST = "always the commonest label"
COURSE: Mapping[str, str] = {"mtl-head": "head", MTL: "again"}
"""Networks of the course that label faces → the steps that leave them."""
READING = ("attributes", "all", "again")
"""The steps that leave heads of the generator's parameters: fitted, on a body that was tuned since, fitted again."""
OF_ALIKE = "of about the same age, gender and ethnicity"
UNTRAINED = ("pixels", f"pixels, {HIDDEN}", "brightness")
TUNED, JOINT = "all", "joint loss"
STARTS = "longer body"
"""What rows of the grid that start from "identity" start from: the record's name for a body that has learned people by
`BODY`, another schedule than the course's. It saw the faces more often, in about as many steps."""
BITS = {"mtl, 16 bit": sixteen_bit, "mtl, 8-bit weights": eight_bit}


def course_in(runs: Path, seed: int, step: str) -> MultiTask:
    """The network that a step of the course left. Raises FileNotFoundError where there is none."""
    path = runs / str(seed) / step / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: ferviz train mtl-again leaves it")
    model = MultiTask(Config.compact())
    weights.load(path, model)
    return model.eval()


def _is_there(runs: Path, seed: int, step: str) -> bool:
    return (runs / str(seed) / step / WEIGHTS).is_file()


def missing(runs: Path, seeds: Sequence[int]) -> list[str]:
    """What was announced and is not there, in words."""
    told = []
    for step in STEPS:
        count = sum(_is_there(runs, seed, step) for seed in seeds)
        told += [f"{step}: {count} of 5 seeds"] if count < 5 else []
    for name, announced in {**{name: row.runs for name, row in ROWS.items()}, HIDDEN: 5}.items():
        count = sum((folder_of(runs, seed, name) / WEIGHTS).is_file() for seed in seeds)
        told += [f"{name}: {count} of {announced} seeds"] if count < announced else []
    return told


@dataclass(frozen=True, eq=False)
class RealFaces:
    """PublicTest of FER2013 without twins, as gray faces (N, 1, S, S), and what networks say of it."""

    pictures: torch.Tensor
    board: TaskBoard
    twins: int
    commonest: int
    """The label that most Training faces have."""

    def add(self, run: int, runs: Path) -> None:
        """All networks of a seed that are there."""
        kept = runs / str(run) / "study"
        for name in ROWS:
            if (folder_of(runs, run, name) / WEIGHTS).is_file():
                self.label(run, name, row_in(runs, run, name), kept)
        for name, step in COURSE.items():
            if _is_there(runs, run, step):
                model = course_in(runs, run, step)
                self.label(run, name, model, kept)
                if name == MTL:
                    self.board.add(run, BASELINE, {"accuracy": self.baseline(kept.parent.parent / "study")})
                    for fewer, make in BITS.items():
                        if make is not sixteen_bit or not is_rounded(model):
                            self.label(run, fewer, make(model), kept)

    @property
    def in_16_bit(self) -> list[int]:
        """The runs whose network was kept in 16 bit, so that nothing tells what that costs."""
        runs = (set(self.board.board.runs_of(row, score="accuracy")) for row in (MTL, "mtl, 16 bit"))
        known, fewer = runs
        return sorted(known - fewer)

    def baseline(self, kept: Path) -> Array:
        """Whether mini-Xception is right (N,)."""
        return self._right(said_of(load_model(BASELINE), self.pictures, kept))

    def label(self, run: int, row: str, model: MultiTask, kept: Path) -> None:
        """Whether a network is right (N,)."""
        self.board.add(run, row, {"accuracy": self._right(said_of(model, self.pictures, kept))})

    def _right(self, said: Mapping[str, torch.Tensor]) -> Array:
        assert self.board.group.label is not None
        right: Array = (said["emotion"].argmax(1).numpy() == self.board.group.label).astype(float)
        return right

    def tables(self) -> dict[str, list[Measured]]:
        """Accuracy, mean recall and recalls of the course and of the grid; rows of it less the reference."""
        board, told = self.board, dict[str, list[Measured]]()
        for score, table in {"accuracy": "accuracy", "mean recall": "mean_recall"}.items():
            told[table] = board.table(score, score, [*COURSE, *BITS])
            told[f"{table}_difference"] = board.table(score, score, [MTL], "mtl-head")
            told[f"grid_{table}"] = board.table(score, score, ROWS)
            told[f"grid_{table}_difference"] = board.table(score, score, ROWS, REFERENCE)
        if BASELINE in board.rows("accuracy"):  # mini-Xception; no training here has a part in it
            told["accuracy"] += [self.alone(BASELINE, board.board.values(BASELINE, "accuracy")[0]), self.of_commonest()]
        told["recall"], told["grid_recall"] = board.recalls(COURSE), board.recalls(ROWS)
        told["bits"] = [one for score in ("accuracy", "mean recall") for one in board.table(score, score, BITS, MTL)]
        return told

    def of_commonest(self) -> Measured:
        """How many faces have the label that is the commonest in Training."""
        assert self.board.group.label is not None
        return self.alone(COMMONEST, self.board.group.label == self.commonest)

    def alone(self, row: str, right: Array, **about: Any) -> Measured:
        """The accuracy of what no training here has a part in, or of one network, over pictures alone."""
        group, of = self.board.group, {"row": row, "score": "accuracy"}
        of["family"] = group.name
        told: dict[str, Any] = {"what": "accuracy", "unit": group.unit, "drawn": group.drawn} | about
        return entry(right, group.whose, of=of, **told)

    def shipped(self, run: int) -> list[Measured]:
        """The network of one run that ships as the course leaves it, over pictures alone; mtl itself took
        another road (data_scripts/measure_longer.py)."""
        if run not in self.board.board.runs_of("mtl-head", score="accuracy"):
            return []
        group, of = self.board.group, {"row": "mtl-head", "score": "accuracy"}
        (values,) = self.board.board.values("mtl-head", "accuracy", [run])
        what = "accuracy on PublicTest of FER2013 without twins, by its labels"
        return [entry(values, group.whose, what=what, of=of, unit=group.unit, drawn=group.drawn)]


def real_faces(folder: Path, side: int) -> RealFaces:
    """PublicTest of prepared FER2013, without the pictures that also stand in Training."""
    every = read_faces(folder)
    commonest = np.bincount(every.label[every.part == "Training"]).argmax()
    public = every.select(every.part == "PublicTest")
    stills = stills_from(public.select(~public.twin), side)
    label = stills.target.argmax(1).numpy()
    group = Group("PublicTest", stills.group, "pictures", GROUPS, label)
    return RealFaces(stills.pictures, TaskBoard(group), int(public.twin.sum()), int(commonest))


@dataclass(frozen=True, eq=False)
class Strangers:
    """Synthetic test people, with what the generator was told of them, and without their faces (N, 1, S, S)."""

    part: Examples
    hidden: torch.Tensor
    emotion: torch.Tensor
    board: TaskBoard
    median: float

    @property
    def pictures(self) -> torch.Tensor:
        """(N, 1, S, S)"""
        return self.part.raw["pictures"]

    @property
    def targets(self) -> dict[str, torch.Tensor]:
        """What each head should say."""
        return {**self.part.targets, "emotion": self.emotion}

    @property
    def guess(self) -> Array:
        """How far the median age of the training people is from each face's (N,)."""
        return np.abs(np.asarray(self.part.about["years"], float) - self.median)

    def said(self, model: MultiTask | Identity, kept: Path) -> dict[str, torch.Tensor]:
        """What a network says of them, with its feature."""
        return said_of(model, self.pictures, kept, ("feature",))

    def add(self, run: int, runs: Path) -> None:
        """The bodies and heads of a seed that are there, and the controls."""
        kept = runs / str(run) / "study"
        for name, folder in (("identity", runs / str(run) / "identity"), (STARTS, body_of(runs, run))):
            if (folder / WEIGHTS).is_file():
                self._score(run, name, self.said(identity_in(folder), kept))
        if (folder_of(runs, run, JOINT) / WEIGHTS).is_file():
            self._score(run, JOINT, self.said(row_in(runs, run, JOINT), kept))
        if (folder_of(runs, run, HIDDEN) / WEIGHTS).is_file():
            said = said_of(identity_in(folder_of(runs, run, HIDDEN)), self.hidden, kept, ("feature",))
            self._score(run, HIDDEN, said)
        for step in READING:
            if _is_there(runs, run, step):
                said = self.said(course_in(runs, run, step), kept)
                self._score(run, step, said)
                if step == TUNED:
                    right = said["emotion"].argmax(1) == self.emotion
                    self.board.add(run, step, {"accuracy": right.double().numpy()})
                self.board.add(run, "median guess", {"age error": self.guess})
        for name, scores in self.untrained().items():
            self.board.add(run, name, scores)

    def untrained(self) -> dict[str, dict[str, Array]]:
        """How people are told apart without any training, by pictures less their mean, those without faces, and one
        number: what it is by → its scores."""
        flat = {"pixels": self.pictures, f"pixels, {HIDDEN}": self.hidden}
        found = {name: np.asarray(shown.flatten(1).double().numpy()) for name, shown in flat.items()}
        by = {**{name: one - one.mean(0) for name, one in found.items()}, "brightness": brightness(self.pictures)}
        return {name: verification_scores(vectors, self.part) for name, vectors in by.items()}

    def _score(self, run: int, row: str, said: Mapping[str, torch.Tensor]) -> None:
        self.board.add(run, row, stranger_scores(said, self.part))

    def tables(self) -> dict[str, list[Measured]]:
        """Who is known again, and what the heads read, before and after."""
        board, known = self.board, ("identity", STARTS, TUNED, JOINT, HIDDEN)
        read_by = (*READING, JOINT)
        what = "how often another face of the same person is nearer than one of somebody else"
        told = {"verification": board.table("verification", what, known)}
        told["verification"] += [one for row in UNTRAINED for one in self._fixed("verification", row, what)]
        among = f"{what} {OF_ALIKE}"
        told["verification_alike"] = board.table(ALIKE, among, known)
        told["verification_alike"] += [one for row in UNTRAINED for one in self._fixed(ALIKE, row, among)]
        told["verification_difference"] = [
            one
            for row, than in (("all", "identity"), ("identity", HIDDEN), (STARTS, HIDDEN), ("all", HIDDEN))
            for one in board.table("verification", what, [row], than)
        ]
        told["attributes"] = [one for score, words in ATTRIBUTES.items() for one in board.table(score, words, read_by)]
        told["attributes"] += self._fixed("age error", "median guess", ATTRIBUTES["age error"])
        told["attributes_difference"] = [
            one
            for score, words in ATTRIBUTES.items()
            if score != "gender correlation"  # a correlation has no difference item by item
            for one in board.table(score, words, READING[1:], READING[0])
        ]
        told["synthetic_emotion"] = board.table("accuracy", "accuracy of expressions on synthetic faces", [TUNED])
        return told

    def _fixed(self, score: str, row: str, what: str) -> list[Measured]:
        """What no training has a part in: over people alone."""
        if row not in self.board.rows(score):
            return []
        of, group = {"row": row, "score": score, "family": self.board.group.name}, self.board.group
        return [entry(self.board.board.values(row, score)[0], group.whose, what=what, of=of, unit=group.unit)]


def strangers_in(clips: Path, side: int) -> Strangers:
    """The test people of a synthetic set; the median age is that of the training people."""
    found = read(clips, split="test", part=sets.PEOPLE)
    part = attributes_of(found, side)
    learned = read(clips, split="train", part=sets.PEOPLE)
    group = Group("strangers", np.asarray(part.about["person"]), "faces")
    emotion = stills_of(found, side, LABELS).target.argmax(1)
    hidden = hide_faces(part.raw["pictures"], found)
    ages = [sample_person(np.random.default_rng([learned.settings["seed"], 1, one])).age for one in learned.people]
    return Strangers(part, hidden, emotion, TaskBoard(group), float(np.median(ages)))


def claimed(boards: Iterable[TaskBoard], seeds: Sequence[int], paper: str = PAPER) -> dict[str, list[Measured]]:
    """What became of the paper's claims, and how small a difference would have been found."""
    known = {board.group.name: board for board in boards}

    def about(claim: Claim) -> dict[str, Any]:
        board = known[str(claim.clips)]
        runs = board.values(claim.score, claim.row, claim.than)
        return {**board.told(claim.score), "seeds": seeds if runs is None else runs[1]}

    return answers(paper, lambda claim: known[str(claim.clips)].asked(claim), seeds, about=about)
