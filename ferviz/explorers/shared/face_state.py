"""A synthetic head as a person sets its dials: one frozen record, checked field by field, and what the dials say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.explorers.shared.words import called
from ferviz.faces import studio
from ferviz.faces.cover import KINDS
from ferviz.faces.expression import UNITS, units_to_activations
from ferviz.faces.identity import Person, sample_person
from ferviz.faces.recipes import RECIPES
from ferviz.faces.render import Quality
from ferviz.faces.scene import Scene

__all__ = ["OVERLAYS", "RANGES", "FaceState", "HeadState", "dials"]

OVERLAYS = ("none", "regions", "landmarks", "relevance", "changed")
RANGES = {
    "intensity": (0.0, 1.0),
    "yaw": (-60.0, 60.0),
    "pitch": (-35.0, 35.0),
    "roll": (-35.0, 35.0),
    "light": (-90.0, 90.0),
    "height": (-45.0, 75.0),
    "direct": (0.0, 1.0),
    "cover_x": (-1.0, 1.0),
    "cover_y": (-1.0, 1.0),
}


def dials() -> dict[str, Any]:
    """What the panels of the Face lab need to be drawn: emotions with their ways, units, ranges and covers."""
    return {
        "emotions": {str(emotion): max(1, len(RECIPES[emotion])) for emotion in Emotion},
        "units": {
            group: [[number, studio.PLAIN[number], UNITS[number].name] for number in numbers]
            for group, numbers in studio.GROUPS.items()
        },
        "ranges": {name: list(ends) for name, ends in RANGES.items()},
        "covers": ["none", *KINDS],
    }


@dataclass(frozen=True)
class HeadState:
    """A synthetic head: what it does, who it is and how it is seen.

    ``emotion`` and ``way`` name a recipe; ``units`` (unit → strength 0 to 1.5, "12L" for one side) replaces its units;
    ``intensity`` multiplies them. ``seed`` is the person; ``age``, ``gender`` and ``ethnicity`` are the person's own
    when None. Angles in degrees; ``light`` from the picture's left (-) or right (+) at a ``height``, ``direct`` its
    share. ``cover_x``, ``cover_y`` place a hand or patch. ``quality`` is "fast" while a hand moves.
    """

    emotion: str = "happiness"
    intensity: float = 0.8
    way: int = 1
    units: Mapping[str, float] | None = None
    seed: int = 8
    age: float | None = None
    gender: float | None = None
    ethnicity: tuple[float, float, float] | None = None
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    light: float = -30.0
    height: float = 30.0
    direct: float = 0.5
    cover: str = "none"
    cover_x: float = 0.0
    cover_y: float = -0.4
    quality: Quality = "full"

    def __post_init__(self) -> None:
        object.__setattr__(self, "emotion", str(Emotion(self.emotion)))
        studio.recipe(self.emotion, self.way)
        if self.units is not None:
            with called("units", within="unit"):
                units_to_activations({str(name): value for name, value in self.units.items()})
            named = {str(name).upper().removeprefix("AU"): float(value) for name, value in self.units.items()}
            object.__setattr__(self, "units", {name: value for name, value in named.items() if value > 0})
        for name, (low, high) in RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie between {low:g} and {high:g}; got {getattr(self, name)}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more; got {self.seed}")
        if self.ethnicity is not None:
            object.__setattr__(self, "ethnicity", tuple(float(share) for share in self.ethnicity))
        for name, choices in (("cover", ("none", *KINDS)), ("quality", get_args(Quality))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}; got {getattr(self, name)!r:.200}")

    @property
    def strengths(self) -> dict[str, float]:
        """The units at full intensity: the person's own, or the recipe's."""
        return studio.recipe(self.emotion, self.way) if self.units is None else dict(self.units)

    @property
    def moved(self) -> dict[str, float]:
        """The units that the head shows."""
        return {name: value * self.intensity for name, value in self.strengths.items() if value * self.intensity > 0}

    @property
    def person(self) -> Person:
        """Who is seen. Raises ValueError for an age, gender or ethnicity that the generator lacks."""
        own = {"age": self.age, "gender": self.gender}
        return sample_person(np.random.default_rng(self.seed), ethnicity=self.ethnicity, **own)

    @property
    def push(self) -> npt.NDArray[np.float32]:
        """What the head's actions do (52,), before they settle."""
        units = units_to_activations({str(name): value for name, value in self.strengths.items()})
        return units * np.float32(self.intensity)

    @property
    def scene(self) -> Scene:
        """How the head is seen."""
        light = {"light": self.light, "height": self.height, "direct": self.direct}
        place = (self.cover_x, self.cover_y)
        return studio.make_scene(self.yaw, self.pitch, self.roll, cover=self.cover, place=place, **light)


@dataclass(frozen=True)
class FaceState(HeadState):
    """What a person chose in the Face lab: the head, and which ``overlay`` lies on it."""

    overlay: str = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.overlay not in OVERLAYS:
            raise ValueError(f"overlay must be one of {', '.join(OVERLAYS)}; got {self.overlay!r:.200}")
