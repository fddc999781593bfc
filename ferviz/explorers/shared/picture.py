"""Pictures on their way to the browser."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.clip import Clip, Face
from ferviz.intake import crop_matrix

__all__ = ["encode", "enlarge", "gap_at", "known", "resized", "shrunk", "sprite"]

ACROSS = 16  # pictures in a row of a sprite


def encode(frame: npt.NDArray[np.uint8], quality: int = 85) -> bytes:
    """A picture (H, W, 3) as WebP, as the browser gets it to look at. The model never sees this copy."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "WEBP", quality=quality)
    return file.getvalue()


def sprite(pictures: npt.NDArray[np.uint8]) -> bytes:
    """Pictures (N, S, S, 3) as one WebP picture, row by row, 16 in a row."""
    count, side = len(pictures), pictures.shape[1]
    across = min(ACROSS, count)
    sheet = np.zeros((-(-count // across) * side, across * side, 3), np.uint8)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, across)
        sheet[row * side : (row + 1) * side, column * side : (column + 1) * side] = picture
    return encode(sheet)


def enlarge(clip: Clip, faces: Clip, side: int = 256) -> npt.NDArray[np.uint8]:
    """The face pictures at a size to look at, (T, side, side, 3), cut anew from the source where its boxes allow it."""
    crop = faces.crop
    if crop is None or crop.align != "box" or faces.boxes is None or len(clip) != len(faces) or clip is faces:
        return faces.frames
    seen = np.flatnonzero(np.isfinite(faces.boxes).all(1))
    large = replace(crop, size=side)
    points = np.full((5, 2), np.nan)
    matrices = [crop_matrix(Face(faces.boxes[i], 1.0, points, crop.turn), large) for i in seen]
    frames = np.zeros((len(faces), side, side, 3), np.uint8)
    for i, matrix in zip(seen, matrices, strict=True):
        frames[i] = clip[int(i)].warp(matrix[None], size=(side, side)).frames[0]
    return frames


def resized(picture: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """A square picture (S, S, 3) of so many pixels a side."""
    if picture.shape[:2] == (side, side):
        return picture
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))


def gap_at(clip: Clip, frame: int) -> str:
    """Why a frame cannot be used; "" when it can."""
    return next((gap.reason for gap in clip.gaps if gap.stream == "frames" and gap.start <= frame < gap.stop), "")


def known(value: float) -> float | None:
    """For JSON: the number as it is, for it is rounded once, where it is shown; None for a gap's NaN."""
    return float(value) if np.isfinite(value) else None


def shrunk(values: npt.NDArray[Any], side: int) -> npt.NDArray[np.float32]:
    """A map (H, W) as (side, side), each place the mean of what it stands for."""
    image = Image.fromarray(np.asarray(values, np.float32), "F")
    return np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float32)
