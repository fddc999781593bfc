"""All painters together: one person's skin as a picture on the canvas, with the hair that lies over it."""

from __future__ import annotations

from dataclasses import dataclass
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
    picture, relief = skin.paint(person.skin)
    plain, hair_colour = skin.base(person.skin), hairs.colour(person.hair, person.age)
    lips.paint(picture, person.lips, plain)
    makeup.paint(picture, person.makeup)
    brows.paint(picture, relief, person.brows, hair_colour)
    beard.paint(picture, relief, person.beard, hair_colour, person.age)
    hair = hairs.paint(picture, person.hair, person.age)
    garment = clothes.paint(picture, person.clothes)
    relief *= 1 - garment
    albedo = np.empty((HEIGHT, WIDTH, 4), np.float32)
    albedo[..., :3] = np.clip(picture, 0.002, 1)
    albedo[..., 3] = person.skin.shine * (1 - garment)
    return Paint(albedo=albedo, relief=slope(relief), hair=hair)
