"""Covers to be dragged over a face: cut out of the generator's own pictures, so that what they hide is known."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.faces.cover import Kind
from ferviz.faces.pasting import Cutout, cut_out, lay

__all__ = ["COVERS", "SIZES", "Laid", "Place", "cutout_of", "lay_cover"]

Array = npt.NDArray[Any]
Laid = tuple[str, float, float, float]
"""A cover on a face: its kind, its middle across and down, and its width, in shares of the face's side."""
SIZES = (0.1, 1.2)
"""How wide a cover may be, in sides of the face."""


@dataclass(frozen=True)
class Place:
    """Where a cover lies when it is taken up, in shares of the face's side; and how it is cut out: the ``seed`` of its
    look, and how much of the scene is cut (an arm goes on to its edge)."""

    x: float
    y: float
    size: float
    seed: int
    crop: float = 1.8
    side: int = 112


COVERS: Mapping[str, Place] = {
    "hand": Place(0.5, 0.62, 0.5, seed=1, crop=2.6, side=144),
    "mask": Place(0.5, 0.76, 0.8, seed=3),
    "sunglasses": Place(0.5, 0.37, 0.86, seed=7),
    "patch": Place(0.5, 0.74, 0.4, seed=0),
}


@dataclass(frozen=True, eq=False)
class Trimmed:
    """A cover without the empty pixels round it. ``across`` and ``down`` are its middle, from its upper left corner,
    and ``tall`` its height, all in widths of its own: of a hand with its arm the middle is that of the hand."""

    cutout: Cutout
    across: float
    down: float
    tall: float

    def image(self) -> bytes:
        """Colours with their opacity, as WebP without loss."""
        share = np.rint(255 * self.cutout.share[..., None])
        pixels = np.concatenate([np.clip(np.rint(self.cutout.colour), 0, 255), share], -1).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels, "RGBA").save(file, "WEBP", lossless=True)
        return file.getvalue()


@cache
def cutout_of(kind: Kind) -> Trimmed:
    """A cover, cut out once. Raises KeyError for one that is not among `COVERS`."""
    place = COVERS[kind]
    whole = cut_out(np.random.default_rng(place.seed), kind, side=place.side, crop=place.crop)
    rows, columns = (np.flatnonzero(whole.share.max(axis) > 0.02) for axis in (1, 0))
    (top, bottom), (left, right) = ((at[0], at[-1] + 1) for at in (rows, columns))
    part = (slice(top, bottom), slice(left, right))
    trimmed = Cutout(kind, whole.colour[part], whole.share[part], whole.points - (left, top))
    tall = (bottom - top) / (right - left)
    return Trimmed(trimmed, 0.5, min(1.0, tall) / 2, tall)


def lay_cover(frame: npt.NDArray[np.uint8], laid: Laid) -> tuple[npt.NDArray[np.uint8], Array]:
    """A face (S, S, 3) with a cover, and the share of each pixel (S, S) that it takes."""
    kind, x, y, size = laid
    trimmed, side = cutout_of(kind), len(frame)
    wide = trimmed.cutout.share.shape[1]
    scale = size * side / wide
    # an edge at e lies at e - .5, counted from the middle of the first pixel
    shift = [at * side - 0.5 - scale * (own * wide - 0.5) for at, own in ((x, trimmed.across), (y, trimmed.down))]
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return lay(frame, trimmed.cutout, matrix)
