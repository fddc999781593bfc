"""What the LBP stepper lets a person choose, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from ferviz import lbp
from ferviz.explorers.shared.faces import SourceState
from ferviz.textures import MARGIN, SIZE, TEXTURES

__all__ = ["PICTURES", "POINTS", "LBPState", "LBPView"]

Array = npt.NDArray[Any]

PICTURES = ("face", *TEXTURES)
POINTS = (4, 8, 12, 16)


@dataclass(frozen=True)
class LBPState(SourceState):
    """What the person chose.

    ``gamma`` bends the gray levels, ``contrast`` stretches them around 128, ``brightness`` is added; ``eight_bit`` then
    rounds and clips to 0 … 255, as a picture file does. ``rotation`` is in degrees, counter-clockwise. ``clip`` is a
    bundled sample, or "" for one's own.
    """

    picture: str = "face"
    kind: str = "circle"
    points: int = 8
    radius: float = 1.0
    brightness: int = 0
    contrast: float = 1.0
    gamma: float = 1.0
    rotation: int = 0
    eight_bit: bool = True
    row: int = 27
    column: int = 20
    clip: str = "astronaut"

    def __post_init__(self) -> None:
        for name, fitting in (("picture", PICTURES), ("kind", lbp.KINDS), ("points", POINTS)):
            if getattr(self, name) not in fitting:
                raise ValueError(f"{name} must be one of {', '.join(map(str, fitting))}; got {getattr(self, name)!r}")
        limits = {
            "radius": (1, MARGIN),
            "brightness": (-128, 128),
            "contrast": (0.2, 3),
            "gamma": (0.3, 3),
            "rotation": (-180, 180),
            "row": (0, SIZE - 1),
            "column": (0, SIZE - 1),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie between {low} and {high}; got {getattr(self, name)}")

    @property
    def untouched(self) -> bool:
        """Whether tone and angle are those of the picture itself."""
        return (self.brightness, self.contrast, self.gamma, self.rotation) == (0, 1, 1, 0)


@dataclass(frozen=True, eq=False)
class LBPView:
    """What is drawn.

    ``grey`` (72, 72) uint8 or float32, of which the 4 outermost rows and columns only serve as neighbours; ``codes``
    (64, 64); ``counts`` and ``before`` (bins,) the codes inside the circle, now and in the unchanged picture;
    ``distances`` their distance for every kind, 0 to 1; ``changed`` the share of codes that differ, NaN after a
    rotation; ``clipped`` the share of pixels at which the tone left 0 … 255; ``explained`` the pixel of the state.
    """

    grey: Array
    codes: Array
    counts: Array
    before: Array
    distances: Mapping[str, float]
    changed: Mapping[str, float]
    clipped: float
    explained: lbp.Explanation
