"""*Viewers*: what did people say to the voice, to the face, to both? Guess, then fit a rule that joins the first two.

The votes are those on CREMA-D that ferviz brings: no picture and no sound of it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.picture import known
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.viewers import text
from ferviz.explorers.viewers.board import FEWEST, MOST, NAMED, Array, Board, Judged, Part
from ferviz.measuring.fusing import distance
from ferviz.prepared import Viewers as Votes
from ferviz.prepared import read_viewers

__all__ = ["Viewers", "ViewersState", "ViewersView"]

PRODUCT = {"voice_power": 1.0, "face_power": 1.0}


@dataclass(frozen=True)
class ViewersState:
    """What the person chose: ``clip`` by its name in CREMA-D ("" is the one that ``seed`` draws from the ``part``, all
    clips or those in "conflict"); the word of the ``guess`` ("" before it); whether what people said is ``told``
    without one; and the rule's two powers."""

    clip: str = ""
    seed: int = 0
    part: Part = "conflict"
    guess: str = ""
    told: bool = False
    voice_power: float = 1.0
    face_power: float = 1.0

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more; got {self.seed}")
        if self.part not in get_args(Part):
            raise ValueError(f"part must be one of {', '.join(get_args(Part))}; got {self.part!r:.200}")
        for name in ("voice_power", "face_power"):
            if not FEWEST <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must lie between {FEWEST:g} and {MOST:g}; got {getattr(self, name)}")

    @property
    def revealed(self) -> bool:
        """Whether what people said to both is shown, and with it the clip's name."""
        return self.told or bool(self.guess)


@dataclass(frozen=True, eq=False)
class ViewersView:
    """What is drawn: the clip's ``place``; ``votes`` on voice, face and both (3, 6); what the rule ``said`` (6,), and
    how far that is from people (``apart``); how the ``rule`` does over the part, and ``others`` by name, with their
    powers; the ``best`` two; ``map``, the mean distance for powers of the face (rows) and the voice (columns)."""

    place: int
    votes: Array
    said: Array
    apart: float
    rule: Judged
    others: dict[str, Judged]
    best: tuple[float, float]
    map: Array


class Viewers(PageExplorer):
    """*Viewers*: votes on voice alone and face alone, a guess of what people said to both, and a rule to fit.

    Parameters
    ----------
    votes : ferviz.prepared.Viewers or path, optional
        Of CREMA-D, as `ferviz.prepared.read_viewers` reads them; those that ferviz brings unless given.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `ViewersState`.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        Naming the argument, what came and what would fit.
    """

    NAME = "viewers"
    PARTS = ("shared/dials", "shared/beside", "shared/export", "viewers/map")
    TITLE = "Viewers"
    KEYS = (
        "The first letter of a word guesses it (a, d, f, h, n, s); Enter or the right arrow bring another clip. With "
        "the map in focus (Tab) the arrow keys move the two powers. The numbers choose a preset. Nothing is stored or "
        "graded: the tally stays in this page."
    )
    PRESETS = {
        "Who wins?": {**PRODUCT, "part": "conflict", "clip": "", "seed": 0, "guess": "", "told": False},
        "And in all clips?": {**PRODUCT, "part": "all", "clip": "", "seed": 0, "guess": "", "told": False},
        "Always the face?": {"voice_power": 0.0, "face_power": 1.0},
        "A plain product?": PRODUCT,
        "Sharper than people?": {"voice_power": 2.0, "face_power": 2.0},
    }
    State = ViewersState

    def __init__(self, votes: Votes | str | Path | None = None, *, large: bool = False, **state: Any) -> None:
        self.board = Board(_opened(votes))
        self._model_argument = "" if votes is None else "votes=votes"
        self.labels = tuple(str(label) for label in self.board.people.labels)
        self._names = {str(name): place for place, name in enumerate(self.board.people.clip)}
        super().__init__(large=large, **state)
        self.publish("picture", self.sheet())

    def compute(self, state: ViewersState) -> ViewersView:
        """The clip's votes, and the rule over the part. Raises ValueError for a clip or word that there is not."""
        if state.clip and state.clip not in self._names:
            fits = f"one of {len(self._names)} names such as 1001_DFA_ANG_XX"
            raise ValueError(f"clip must be {fits}; got {state.clip!r:.200}")
        if state.guess and state.guess not in self.labels:
            raise ValueError(f"guess must be one of {', '.join(self.labels)}; got {state.guess!r:.200}")
        board, place = self.board, self.place(state)
        powers = (state.voice_power, state.face_power)
        said = board.said(powers, np.array([place]))
        best = board.best(state.part)
        return ViewersView(
            place=place,
            votes=np.stack([board.people.votes(kind)[place] for kind in text.KINDS]),
            said=said[0],
            apart=float(distance(board.both[[place]], said)[0]),
            rule=board.judged(powers, state.part),
            others={name: board.judged(own, state.part) for name, own in {**NAMED, "best powers": best}.items()},
            best=best,
            map=board.map(state.part),
        )

    def place(self, state: ViewersState) -> int:
        """Where in the votes the clip of a state is."""
        if state.clip:
            return self._names[state.clip]
        order = np.random.default_rng(state.part == "all").permutation(self.board.parts[state.part])
        return int(order[state.seed % len(order)])

    # ---- what the browser gets ---------------------------------------------------------------------------------------

    def sheet(self) -> dict[str, Any]:
        """What does not change: the words, the powers' ends, and how many clips and actors there are."""
        people = self.board.people
        counts = {part: len(places) for part, places in self.board.parts.items()}
        about = {"labels": list(self.labels), "ends": [FEWEST, MOST], "counts": counts}
        return {**about, "actors": len(np.unique(people.actor)), "own": False}

    def drawing(self, view: ViewersView) -> dict[str, Any]:
        told = {
            "clip": text.name(self._state, view, self.board),
            "voice": view.votes[0].tolist(),
            "face": view.votes[1].tolist(),
            "rows": {name: _row(one) for name, one in {"this rule": view.rule, **view.others}.items()},
            "best": list(view.best),
            "map": floats(view.map),
            "misses": [self._missed(at) for at in view.rule.worst if self._state.revealed or at != view.place],
            "words": text.words(self._state, view, self.board),
            "revealed": self._state.revealed,
        }
        if not self._state.revealed:  # what is to be guessed is not in the page
            return told
        said = [known(value) for value in view.said]
        return {**told, "both": view.votes[2].tolist(), "said": said, "word": int(self.board.word[view.place])}

    def _missed(self, place: int) -> dict[str, str]:
        board = self.board
        powers = (self._state.voice_power, self._state.face_power)
        said = int(board.said(powers, np.array([place]))[0].argmax())
        words = {kind: self._word(board.people.word(kind)[place]) for kind in text.KINDS}
        return {"clip": str(board.people.clip[place]), **words, "rule": self.labels[said]}

    def _word(self, place: int) -> str:
        return "a tie" if place < 0 else self.labels[place]

    def still(self) -> Snapshot:
        votes = self.view.votes[:2]
        shares = (votes / votes.sum(1, keepdims=True)).T
        rows = zip(text.KINDS, shares.T, strict=False)  # without the third, which is to be guessed
        named = {kind: dict(zip(self.labels, row.tolist(), strict=True)) for kind, row in rows}
        far = self.view.map[::-1]  # the face's power grows upwards, as in the explorer
        shade = np.rint(255 * (far.max() - far) / max(float(np.ptp(far)), 1e-9)).astype(np.uint8)
        caption = "How far a rule is from people, by the power of the voice (right) and the face (up); bright is near"
        bars = {f"{label}, {kind}": one for kind, row in named.items() for label, one in row.items()}
        return Snapshot({caption: np.kron(shade, np.ones((12, 12), np.uint8))}, bars)

    def describe(self) -> str:
        return text.describe(self._state, self.view, self.board)

    def actions(self) -> dict[str, Callable[[], None]]:
        return {"another": self._another, "best": self._fit, **super().actions()}

    def another(self) -> None:
        """Draw another clip from the part."""
        self.act("another")

    def _another(self) -> None:
        self._move({"clip": "", "seed": self._state.seed + 1, "guess": "", "told": False})

    def fit(self) -> None:
        """Take the two powers that come nearest to people."""
        self.act("best")

    def _fit(self) -> None:
        self._move({"voice_power": self.view.best[0], "face_power": self.view.best[1]})


def _row(one: Judged) -> dict[str, Any]:
    return {"distance": known(one.distance), "untied": one.untied, "misses": one.misses}


def _opened(votes: object) -> Votes:
    if votes is None:
        return read_viewers()
    if isinstance(votes, str | Path):
        votes = read_viewers(votes)
    if not isinstance(votes, Votes):
        fits = "a ferviz.prepared.Viewers or the path of a file of them"
        raise TypeError(f"votes must be {fits}; got {type(votes).__name__}")
    if not votes.conflict().any():
        raise ValueError("votes must hold one clip at least in which voice and face are given two words; got none")
    return votes
