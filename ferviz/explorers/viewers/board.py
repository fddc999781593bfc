"""Votes of viewers, with what is worked out of them once: shares, words, conflicts, and how far rules lie off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ferviz.measuring.fusing import distance, exponents_of, multiplied
from ferviz.prepared import Viewers

__all__ = ["FEWEST", "MOST", "NAMED", "Board", "Judged", "Part"]

Array = npt.NDArray[Any]
Part = Literal["all", "conflict"]
Powers = tuple[float, float]

FEWEST, MOST = 0.0, 3.0
"""The ends of the powers of voice and face."""
CELLS = 13  # of the map of distances, each way
SHOWN = 6  # rows that a rule misses
NAMED: dict[str, Powers] = {"voice alone": (1.0, 0.0), "face alone": (0.0, 1.0), "product": (1.0, 1.0)}
"""Rules without anything to fit."""


@dataclass(frozen=True)
class Judged:
    """A rule held against people: its mean ``distance`` (Kullback and Leibler, nats), and of ``untied`` clips how many
    it ``misses``: its largest word is not the one that most people gave to both. ``worst``: the clips farthest off
    among these, as places, farthest first."""

    distance: float
    untied: int
    misses: int
    worst: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Board:
    """Votes, and what a rule with two powers says to them: the votes on the voice to one power, on the face to the
    other, multiplied. Half a vote more for each word, so that none is impossible."""

    people: Viewers
    _maps: dict[Part, Array] = field(default_factory=dict)
    _best: dict[Part, Powers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        conflict = self.people.conflict()
        for name, value in {
            "voice": self.people.shares("voice", smooth=True),
            "face": self.people.shares("face", smooth=True),
            "both": self.people.shares("both"),
            "word": self.people.word("both"),
            "parts": {"all": np.arange(len(self.people)), "conflict": np.flatnonzero(conflict)},
        }.items():
            object.__setattr__(self, name, value)

    voice: Array = field(init=False)
    face: Array = field(init=False)
    both: Array = field(init=False)
    word: Array = field(init=False)
    parts: dict[Part, Array] = field(init=False)

    def said(self, powers: Powers, places: Array) -> Array:
        """What the rule answers to some clips (n, 6)."""
        return multiplied(self.voice[places], self.face[places], powers)

    def judged(self, powers: Powers, part: Part) -> Judged:
        """The rule over a part of the clips."""
        places = self.parts[part]
        said = self.said(powers, places)
        apart, word = distance(self.both[places], said), self.word[places]
        missed = np.flatnonzero((word >= 0) & (said.argmax(1) != word))
        farthest = missed[np.argsort(-apart[missed], kind="stable")][:SHOWN]
        worst = tuple(int(place) for place in places[farthest])
        return Judged(float(apart.mean()), int((word >= 0).sum()), len(missed), worst)

    def best(self, part: Part) -> Powers:
        """The two powers that come nearest to people, over the same clips that they are judged by."""
        if part not in self._best:
            at = self.parts[part]
            found = exponents_of(self.voice[at], self.face[at], self.both[at], (FEWEST, MOST))
            self._best[part] = (round(float(found[0]), 2), round(float(found[1]), 2))
        return self._best[part]

    def map(self, part: Part) -> Array:
        """The mean distance for powers of the face (rows) and of the voice (columns) from `FEWEST` to `MOST`."""
        if part not in self._maps:
            steps, at = np.linspace(FEWEST, MOST, CELLS), self.parts[part]
            found = [[distance(self.both[at], self.said((v, f), at)).mean() for v in steps] for f in steps]
            self._maps[part] = np.array(found)
        return self._maps[part]
