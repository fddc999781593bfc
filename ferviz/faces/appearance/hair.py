"""Hair of the head, hats and headscarves: where they grow, how thick they lie, and how they look.

Hair is a shell over the scalp. Its thickness is painted on the canvas; the hairline is a height for each angle around
the head; strands are noise that is long down and thin across. Hats and headscarves are the same shell, woven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import ndimage

from ferviz.faces.appearance.canvas import WIDTH, Floats, canvas, smoothstep
from ferviz.faces.appearance.colour import RGB, blend, linear
from ferviz.faces.appearance.noise import pattern

__all__ = ["STYLES", "Hair", "HairPaint", "colour", "draw", "paint"]

Style = Literal["bald", "buzz", "short", "medium", "long", "fringe", "bun", "hat", "headscarf"]
STYLES: tuple[Style, ...] = get_args(Style)
WOVEN = ("hat", "headscarf")
HANGING = ("medium", "long", "fringe")
OVER_EARS = (*HANGING, "headscarf")

_NATURAL: tuple[RGB, ...] = (
    (0.03, 0.025, 0.025),
    (0.07, 0.05, 0.04),
    (0.14, 0.09, 0.06),
    (0.25, 0.16, 0.09),
    (0.42, 0.29, 0.16),
    (0.62, 0.48, 0.30),
    (0.72, 0.60, 0.43),
    (0.45, 0.18, 0.08),
)
_GREY: RGB = (0.66, 0.65, 0.63)
_LIGHT_SKIN = np.array([0.12, 0.22, 0.25, 0.20, 0.12, 0.05, 0.02, 0.04])  # how common the natural colours are
_DARK_SKIN = np.array([0.55, 0.30, 0.10, 0.03, 0.01, 0.005, 0.0, 0.005])
_ANGLES = (0, 25, 45, 58, 66, 72, 80, 90, 100, 120, 150, 180)  # degrees from the front, where hairlines are given


@dataclass(frozen=True)
class Hair:
    """What grows or lies on the head. Lengths in mm."""

    style: Style = "short"
    natural: RGB = (0.14, 0.09, 0.06)
    dye: RGB | None = None
    half_grey: float = 62.0  # years at which half of the hair is grey
    hairline: float = 66.0  # height over the eyes
    receding: float = 15.0  # how much higher the hairline is at 90 years
    temple: float = 52.0
    side: float = -10.0  # how far down it grows before the ears
    fringe: float | None = None  # height of a fringe over the eyes
    skew: float = 0.0
    thickness: float = 14.0
    fade: bool = False  # short at the sides
    curly: bool = False
    ragged: float = 2.0  # how uneven the hairline is
    fabric: RGB = (0.2, 0.2, 0.3)  # of a hat or headscarf
    seed: int = 0
    length: float = 100.0  # how far below the eyes hair that hangs ends


@dataclass(frozen=True, eq=False)
class HairPaint:
    """Hair as the mesh and the shading need it."""

    thickness: Floats  # (HEIGHT, WIDTH) mm, 0 where there is none
    alpha: Floats  # (HEIGHT, WIDTH) 0 where the skin shows to 1
    strands: Floats  # (HEIGHT, WIDTH) noise
    colour: Floats  # (3,) linear
    woven: bool
    over_ears: bool
    length: float | None  # mm below the eyes where hanging hair ends
    lift: float  # mm that it lies over the head
    curly: bool
    seed: int


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Hair:
    """Hair of a person drawn by chance."""
    male = rng.random() > gender
    odds = (
        [0.07, 0.17, 0.45, 0.15, 0.03, 0.02, 0.0, 0.11, 0.0]
        if male
        else [0, 0.03, 0.12, 0.2, 0.3, 0.12, 0.13, 0.04, 0.06]
    )
    style = STYLES[int(rng.choice(len(STYLES), p=odds))]
    dark = min(1.0, float(np.dot(ethnicity, [1.0, 0.9, 0.1])))
    common = (1 - dark) * _LIGHT_SKIN + dark * _DARK_SKIN
    natural = np.array(_NATURAL[int(rng.choice(8, p=common / common.sum()))]) * rng.uniform(0.75, 1.25)
    dye, fabric = rng.uniform(0.1, 0.7, 3), np.clip(rng.uniform(0.05, 0.8) + rng.normal(0, 0.15, 3), 0.03, 0.85)
    low, high = {"buzz": (1, 3), "short": (5, 20), "medium": (10, 22), "long": (9, 20), "fringe": (9, 18)}.get(
        style, (4, 10)
    )
    may_fringe = style in ("short", "medium", "long") and rng.random() < 0.18
    return Hair(
        style=style,
        natural=(float(natural[0]), float(natural[1]), float(natural[2])),
        dye=(float(dye[0]), float(dye[1]), float(dye[2])) if rng.random() < 0.04 else None,
        half_grey=float(np.clip(rng.normal(60, 10), 38, 95)),
        hairline=float(rng.normal(66, 4)),
        receding=float(rng.uniform(0, 35) if male else rng.uniform(0, 5)),
        temple=float(rng.uniform(45, 60)),
        side=float(rng.uniform(-25, 5)),
        fringe=float(rng.uniform(30, 48)) if style == "fringe" or may_fringe else None,
        skew=float(rng.normal(0, 4)),
        thickness=float(rng.uniform(low, high)),
        fade=bool(rng.random() < 0.5),
        curly=bool(rng.random() < 0.12 + 0.5 * ethnicity[0]),
        ragged=float(rng.uniform(0.8, 3.0)),
        fabric=(float(fabric[0]), float(fabric[1]), float(fabric[2])),
        seed=int(rng.integers(2**31)),
        length=float(rng.uniform(160, 215) if style == "long" else rng.uniform(70, 120)),
    )


def colour(hair: Hair, age: float) -> Floats:
    """The linear colour (3,) at an age; grey comes over about 15 years around `half_grey`."""
    if hair.dye is not None:
        return np.clip(linear(hair.dye), 0.005, 0.4)
    grey = float(smoothstep(hair.half_grey - 14, hair.half_grey + 14, age))
    mixed = (1 - grey) * linear(hair.natural) + grey * linear(_GREY)
    return np.clip(mixed, 0.004, 0.4).astype(np.float32)  # brighter hair burns out under a key light


def paint(picture: Floats, hair: Hair, age: float) -> HairPaint:
    """Paint the scalp on ``picture`` (HEIGHT, WIDTH, 3) and return the shell above it."""
    c = canvas()
    rng = np.random.default_rng([hair.seed, 3])
    woven = hair.style in WOVEN
    inside = _depth(hair, age)
    if not woven:
        inside = inside - 0.6 * hair.ragged * pattern("strands", rng)
    grows = (inside > 0) & (hair.style != "bald")
    if hair.style not in OVER_EARS:
        grows &= c.ears < 0.4
    tint = linear(hair.fabric) if woven else colour(hair, age)
    if not woven:
        _paint_scalp(picture, hair, inside, tint, pattern("grain", rng))
    frayed = inside if woven else inside + 0.8 * pattern("grain", rng) - 0.6
    return HairPaint(
        thickness=np.where(grows, np.maximum(_thickness(hair, inside, rng), 0.9), 0).astype(np.float32),
        alpha=np.where(grows, np.clip(0.5 + frayed / 3, 0, 1), 0).astype(np.float32),
        strands=_strands(hair, rng),
        colour=tint,
        woven=woven,
        over_ears=hair.style in OVER_EARS,
        length=hair.length if hair.style in HANGING else None,
        lift=0.5 * hair.thickness + 2,
        curly=hair.curly,
        seed=hair.seed,
    )


def _hairline(hair: Hair, age: float) -> list[float]:
    """Height in mm at each of _ANGLES."""
    front = hair.hairline + hair.receding * float(smoothstep(30, 90, age))
    style = hair.style
    if style == "hat":
        return [hair.hairline - 20] * 5 + [hair.hairline - 28] * 2 + [hair.hairline - 36] * 5
    if style == "headscarf":
        return [54, 47, 30, 5, -20, -120, -260, -260, -260, -260, -260, -260]
    line = [front, front, hair.temple, hair.temple - 22, 15, hair.side, hair.side, 20, 20, -35, -70, -75]
    if hair.fringe is not None:
        line[:4] = [hair.fringe, hair.fringe, hair.fringe - 4, hair.fringe - 15]
    if style in HANGING:
        line[4:] = [10, -20, -45, -50, -50, -50, -55, -55]
    return line


def _depth(hair: Hair, age: float) -> Floats:
    """How far inside the hairline a texel lies, in mm."""
    c = canvas()
    around = c.angle * np.sign(c.x)
    line = np.interp(c.angle[0], _ANGLES, _hairline(hair, age)) + hair.skew * np.clip(around / 45, -1, 1)
    inside = c.z - line
    if hair.style == "headscarf":  # it closes beside the cheeks and under the chin
        inside = np.maximum(inside, np.where(c.z < 25, 1.2 * (c.angle - 64 - 3 * np.cos(c.z / 30)), inside))
        inside = np.maximum(inside, -114 - c.z)
    return inside.astype(np.float32)


def _thickness(hair: Hair, inside: Floats, rng: np.random.Generator) -> Floats:
    c = canvas()
    woven = hair.style in WOVEN
    thick = hair.thickness * (0.45 + 0.55 * smoothstep(-20, 110, c.z)) * (1 + 0.12 * pattern("clouds", rng))
    if hair.style == "headscarf":  # it hangs loose beside the neck
        loose = smoothstep(-30, -110, c.z) * smoothstep(3, 40, inside)
        thick = thick + 12 * loose * (1 + 0.5 * pattern("clouds", rng))
    if hair.fade and hair.style in ("short", "medium"):
        thick = thick * (0.35 + 0.65 * smoothstep(20, 80, c.z))
    if hair.curly and hair.style not in (*WOVEN, "bun", "buzz"):
        thick = 1.3 * thick * (1 + 0.3 * pattern("curls", rng)) + 3
    edge = smoothstep(0, 3 if woven else 16, inside)
    return (thick * ((0.5 if woven else 0.08) + (0.5 if woven else 0.92) * edge)).astype(np.float32)


def _strands(hair: Hair, rng: np.random.Generator) -> Floats:
    if hair.style == "hat":  # knitted ribs
        ribs = ndimage.gaussian_filter1d(rng.normal(size=WIDTH), 0.9, mode="wrap")
        return (0.8 * ribs[None] / ribs.std() + 0.3 * pattern("clouds", rng)).astype(np.float32)
    if hair.style == "headscarf":
        return 0.9 * pattern("clouds", rng)
    if hair.curly:
        return (0.5 * pattern("curls", rng) + 0.4 * pattern("grain", rng)).astype(np.float32)
    return pattern("strands", rng)


def _paint_scalp(picture: Floats, hair: Hair, inside: Floats, tint: Floats, grain: Floats) -> None:
    """The skin under the hair takes its colour, so that gaps do not shine."""
    strength = {"bald": 0.12, "buzz": 0.75}.get(hair.style, 0.9)
    cover = strength * smoothstep(-5, 8, inside) * (1 + 0.12 * grain) * (canvas().ears < 0.4)
    blend(picture, 0.8 * tint, np.clip(cover, 0, 1).astype(np.float32))
