"""All painters together: one person's skin as a picture on the canvas, with the hair that lies over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ferviz.faces.appearance import beard, brows, clothes, lips, makeup, skin
from ferviz.faces.appearance import hair as hairs
from ferviz.faces.appearance.canvas import HEIGHT, WIDTH, Floats, slope

if TYPE_CHECKING:
    from ferviz.faces.identity import Person

__all__ = ["Paint", "paint"]


@dataclass(frozen=True, eq=False)
class Paint:
    """A painted person."""

    albedo: Floats  # (HEIGHT, WIDTH, 4): linear red, green, blue, and how much the surface shines
    relief: Floats  # (HEIGHT, WIDTH, 2): slopes at rest without wrinkles
    hair: hairs.HairPaint


def paint(person: Person) -> Paint:
    """Paint a person: skin first, then what lies on it, from below to above."""
    picture, relief = (layer.copy() for layer in _bare(person.skin, person.lips, person.makeup))
    hair_colour = hairs.colour(person.hair, person.age)
    brows.paint(picture, relief, person.brows, hair_colour)
    beard.paint(picture, relief, person.beard, hair_colour, person.age)
    hair = hairs.paint(picture, person.hair, person.age)
    garment = clothes.paint(picture, person.clothes)
    relief *= 1 - garment
    albedo = np.empty((HEIGHT, WIDTH, 4), np.float32)
    albedo[..., :3] = np.clip(picture, 0.002, 1)
    albedo[..., 3] = person.skin.shine * (1 - garment)
    return Paint(albedo=albedo, relief=slope(relief), hair=hair)


@lru_cache(maxsize=2)
def _bare(tone: skin.Skin, red: lips.Lips, lids: makeup.Makeup) -> tuple[Floats, Floats]:
    """The face before any hair: the same at every age, so that a hand which moves the age need not wait for it."""
    picture, relief = skin.paint(tone)
    lips.paint(picture, red, skin.base(tone))
    makeup.paint(picture, lids)
    return picture, relief
