"""Facial hair: from a shaven shadow to a beard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np

from ferviz.faces.appearance.canvas import Floats, blob, canvas, smoothstep
from ferviz.faces.appearance.colour import blend, linear
from ferviz.faces.appearance.noise import pattern

__all__ = ["STYLES", "Beard", "draw", "paint"]

Style = Literal["none", "beard", "goatee", "moustache"]
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True)
class Beard:
    """Where hair grows on the face and how dense it stands."""

    style: Style = "none"
    density: float = 0.2  # under 0.3 a shaven shadow, to 0.65 stubble, above a beard
    seed: int = 0


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Beard:
    """Facial hair of a person drawn by chance; the shape of most men's is a full beard, mostly shaven."""
    grown = rng.random()
    low, high = (0.03, 0.28) if grown < 0.45 else (0.3, 0.62) if grown < 0.7 else (0.75, 1.0)
    style = STYLES[1 + int(rng.choice(3, p=(0.74, 0.16, 0.10)))]
    male = rng.random() > gender and age > 18
    return Beard(style=style if male else "none", density=float(rng.uniform(low, high)), seed=int(rng.integers(2**31)))


@cache
def _region(style: Style) -> Floats:
    """Where a style grows, 0 to 1 (HEIGHT, WIDTH)."""
    c = canvas()
    skin = c.front * (1 - c.lips)
    moustache = blob(c.side, c.z, 0, -59, 20, 5) * skin
    if style == "moustache":
        return np.clip(1.15 * moustache, 0, 1)
    if style == "goatee":
        return np.clip(moustache + blob(c.side, c.z, 0, -100, 14, 14) * skin, 0, 1)
    jaw = smoothstep(-50, -66, c.z) * smoothstep(95, 70, c.angle) * skin
    jaw = jaw * smoothstep(-118, -106, c.z)  # under the chin the canvas is stretched
    jaw = jaw * np.clip(1 - 1.1 * blob(c.side, c.z, 33, -55, 16, 15), 0, 1)
    sideburn = smoothstep(60, 70, c.angle) * smoothstep(88, 80, c.angle)
    sideburn = sideburn * smoothstep(20, -20, c.z) * smoothstep(-95, -80, c.z)
    return np.clip(jaw + moustache + 0.7 * sideburn, 0, 1).astype(np.float32)


def paint(picture: Floats, relief: Floats, beard: Beard, hair: Floats, age: float) -> None:
    """Paint on ``picture`` (HEIGHT, WIDTH, 3) and raise ``relief`` (HEIGHT, WIDTH, mm); ``hair`` is the linear colour
    (3,) of the hair on the head. A beard starts to grow in puberty.
    """
    grown = beard.density * float(smoothstep(13, 18, age))
    if beard.style == "none" or grown <= 0:
        return
    rng = np.random.default_rng([beard.seed, 4])
    grain, strands = pattern("grain", rng), pattern("strands", rng)
    long = beard.density > 0.65
    region = _region(beard.style)
    uneven = 0.25 * (0.25 * strands + 0.4 * grain if long else grain)
    cover = np.clip(region * (1 + uneven) + (0.15 * grain * region * (1 - region) * 4 if long else 0), 0, 1)
    skin_blue = linear((0.25, 0.28, 0.32)) * 0.25  # hair under the skin looks bluish
    blend(picture, 0.8 * hair if long else 0.5 * hair + skin_blue, (cover * grown).astype(np.float32))
    relief += cover * grown * (0.12 * strands + 0.1 * grain)
