"""Cutting faces out of the pictures of a clip, each frame by a map of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Crop, Face

__all__ = ["TEMPLATE", "TEMPLATE_SIZE", "Align", "Interpolation", "check_crop", "crop_matrix", "cut"]

Array = npt.NDArray[Any]
Align = Literal["box", "similarity"]
Interpolation = Literal["nearest", "bilinear", "bicubic"]

_MOST = 8192  # pixels of a face picture's side
TEMPLATE_SIZE = 112
TEMPLATE = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
"""Where the five points of an upright face lie in a tight picture of 112 × 112 pixels, as published with ArcFace (Deng
et al. 2019, doi 10.1109/CVPR.2019.00482)."""


def cut(clip: Clip, crop: Crop, found: Sequence[Sequence[Face]], followed: Sequence[Face | None]) -> Clip:
    """The clip cut to the face that is ``followed`` in each frame, the other faces that were ``found`` beside it.

    Frames without the face are black, and moved as in the nearest one with it.
    """
    seen = np.array([face is not None for face in followed])
    matrices = np.zeros((len(clip), 2, 3))
    boxes, points = np.full((len(clip), 4), np.nan), np.full((len(clip), 5, 2), np.nan)
    for i, face in enumerate(followed):
        if face is not None:
            matrices[i] = crop_matrix(face, crop)
            boxes[i], points[i] = face.box, face.points
    places = np.flatnonzero(seen)
    nearest = places[np.rint(np.interp(np.arange(len(clip)), places, np.arange(len(places)))).astype(int)]
    size = (crop.size, crop.size)
    faces = replace(clip, points=points).warp(matrices[nearest], size=size, interpolation=crop.interpolation)
    return replace(
        faces,
        frames=np.where(seen[:, None, None, None], faces.frames, np.uint8(0)),
        crop=crop,
        boxes=boxes,
        others=tuple(tuple(f for f in faces if f is not own) for faces, own in zip(found, followed, strict=True)),
    )


def crop_matrix(face: Face, crop: Crop) -> Array:
    """How `find_faces` cuts one face out: from the source's pixel centres to those of the face picture, (2, 3).

    A face that lies is stood upright by its ``turn``; ``crop.turn`` is a record, and not asked.
    """
    if crop.align == "similarity":
        from ferviz.warp import similarity

        scale = crop.size / TEMPLATE_SIZE / (1 + 2 * crop.margin)
        target = (np.array(TEMPLATE) - (TEMPLATE_SIZE - 1) / 2) * scale + (crop.size - 1) / 2
        return similarity(face.points, target)
    extent = (face.box[2:] - face.box[:2]).max() * (1 + 2 * crop.margin)
    scale = crop.size / extent
    corner = (face.box[:2] + face.box[2:]) / 2 - extent / 2
    shift = scale * (0.5 - corner) - 0.5  # boxes count from pixel edges, matrices from pixel centres
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    for _ in range(face.turn):  # the square picture by one quarter turn: (x, y) comes to (y, side - 1 - x)
        matrix = np.array([matrix[1], [0, 0, crop.size - 1] - matrix[0]])
    return matrix


def check_crop(size: int, margin: float, align: Align, interpolation: Interpolation) -> Crop:
    """The record of a crop, once every part of it is sound. Raises what `find_faces` raises."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer):
        raise TypeError(f"size must be a whole number of pixels; got {size!r:.200}")
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel; got {size}")
    if size > _MOST:
        raise ValueError(f"size must be at most {_MOST} pixels; got {size!r:.60}")
    if isinstance(margin, bool) or not isinstance(margin, int | float | np.integer | np.floating):
        raise TypeError(f"margin must be a number; got {margin!r:.200}")
    if not 0 <= margin <= 2:
        raise ValueError(f"margin must be from 0 to 2, a share of the box's side; got {margin}")
    if align not in get_args(Align):
        raise ValueError(f"align must be one of {get_args(Align)}; got {align!r:.200}")
    if interpolation not in get_args(Interpolation):
        raise ValueError(f"interpolation must be one of {get_args(Interpolation)}; got {interpolation!r:.200}")
    return Crop(size=int(size), margin=float(margin), align=align, interpolation=interpolation)
