"""A head in the studio: plain names, recipes that are not left to chance, and a scene with one light.

The picture is a quarter wider than what a model gets, so that a person sees a head and not a cut; `cut` is the square
that MTCNN would have given, as in every clip of `ferviz.faces`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.faces.cover import KINDS, Cover, Kind
from ferviz.faces.plan import CROP, RAISED
from ferviz.faces.recipes import RECIPES
from ferviz.faces.regions import Region
from ferviz.faces.scene import Camera, Light, Scene
from ferviz.faces.truth import Facts

__all__ = ["FLAT_MM", "GROUPS", "PLAIN", "cut", "make_scene", "moved_most", "recipe"]

Pixels = npt.NDArray[np.uint8]

WIDER = 1.25  # sides of the picture, in sides of the baseline's cut
_MIDDLE = Camera(crop=CROP * WIDER, shift=(0.0, RAISED / WIDER))  # so the cut lies in the middle of the picture

PLAIN: Mapping[int, str] = {
    1: "inner brows up",
    2: "outer brows up",
    4: "brows lowered",
    5: "upper lids up",
    6: "cheeks up",
    7: "lids tight",
    43: "eyes close",
    64: "eyes look down",
    9: "nose wrinkles",
    10: "upper lip up",
    12: "lip corners up",
    14: "dimples",
    15: "lip corners down",
    16: "lower lip down",
    17: "chin up",
    18: "lips pucker",
    19: "tongue out",
    20: "lips stretch",
    22: "lips funnel",
    23: "lips tight",
    24: "lips pressed",
    25: "lips part",
    26: "jaw drops",
    27: "mouth stretched",
    28: "lips sucked in",
    29: "jaw forward",
    34: "cheeks puffed",
}
"""The action units in plain words."""
GROUPS: Mapping[str, tuple[int, ...]] = {
    "Upper face": (1, 2, 4, 5, 6, 7, 43, 64),
    "Lower face: nose, jaw, cheeks": (9, 26, 27, 29, 34, 19),
    "Lower face: lips and chin": (10, 12, 14, 15, 16, 17, 18, 20, 22, 23, 24, 25, 28),
}


def recipe(emotion: Emotion | str, way: int = 1) -> dict[str, float]:
    """The units of one of an emotion's recipes at full intensity, without chance.

    Parameters
    ----------
    emotion : Emotion
    way : int
        Which of the recipes in `ferviz.faces.recipes`, from 1.

    Returns
    -------
    dict of unit to strength
        The middle of each strength, for the units that the recipe shows at least every other time. A unit of one side
        stands on the subject's left. Neutral has none.

    Raises
    ------
    ValueError
        For an unknown emotion, or a way that it does not have.
    """
    ways = RECIPES[Emotion(emotion)] or ({},)
    if not 1 <= way <= len(ways):
        raise ValueError(f"way must be 1 to {len(ways)} for {Emotion(emotion)}; got {way}")
    rows = ways[way - 1].items()
    shown = [(str(name).replace("U", "L"), (low + high) / 2) for name, (often, low, high) in rows if often >= 0.5]
    return {name: round(strength, 3) for name, strength in shown}


def make_scene(
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    *,
    light: float = -30.0,
    height: float = 30.0,
    direct: float = 0.5,
    cover: str = "none",
    place: tuple[float, float] = (0.0, 0.0),
) -> Scene:
    """A scene with one main light; ``direct`` is its share, 0 (light from all around) to 1 (hard), and the picture is
    exposed for the face all the same.
    """
    even = 0.04 + 0.72 * (1 - direct)
    lights = (Light(light, height, 2 * direct), Light(-light, 10.0, 0.4 * (1 - direct)))
    covers = () if cover == "none" else (_cover(cover, place),)
    return Scene(yaw, pitch, roll, ambient=(even,) * 3, lights=lights, camera=_MIDDLE, covers=covers)


_COLOURS = {"mask": (0.62, 0.78, 0.88), "scarf": (0.45, 0.12, 0.14), "patch": (0.5, 0.5, 0.5)}


def _cover(kind: str, place: tuple[float, float]) -> Cover:
    if kind not in KINDS:
        raise ValueError(f"cover must be none or one of {', '.join(KINDS)}; got {kind!r:.200}")
    known: Kind = KINDS[KINDS.index(kind)]
    return Cover(known, _COLOURS.get(kind, (0.06, 0.06, 0.07)), 0.6, place, turn=20.0 if kind == "hand" else 0.0)


def cut(images: Pixels) -> Pixels:
    """The model's square (N, h, h, 3) of pictures (N, H, H, 3)."""
    edge = round(images.shape[1] * (1 - 1 / WIDER) / 2)
    return images[:, edge : images.shape[1] - edge, edge : images.shape[2] - edge]


def moved_most(truth: Facts, count: int = 2) -> list[tuple[str, float]]:
    """The regions that the emotion moves most: name and mean mm over the region's visible pixels."""
    means = []
    for region in Region:
        here = truth.regions == region
        if region not in (Region.BACKGROUND, Region.COVER, Region.HAIR) and here.sum() >= 8:
            means.append((region.name.lower(), float(truth.relevance[here].mean())))
    return [pair for pair in sorted(means, key=lambda pair: -pair[1])[:count] if pair[1] >= FLAT_MM]


FLAT_MM = 0.1
"""Millimetres: a map whose largest value is less is called flat."""
