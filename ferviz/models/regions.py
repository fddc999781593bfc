"""Regions of a face: where the crops of region attention lie, and how they are cut with gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz import arguments
from ferviz.clip import Clip
from ferviz.models.model import resize

__all__ = ["SCHEMES", "SIDES", "WHOLE", "Scheme", "boxes_in_clip", "cut", "cut_clip", "regions_of"]

Scheme = Literal["fixed", "code", "random", "landmark"]
Array = npt.NDArray[Any]

WHOLE = (0.0, 0.0, 1.0, 1.0)
FIXED = (
    *((0, 0, 0.75, 0.75), (0.25, 0, 1, 0.75), (0.125, 0.25, 0.875, 1)),
    *((0.05, 0.05, 0.95, 0.95), (0.075, 0.075, 0.925, 0.925)),
)
CODE = (
    *((0.125, 0.25, 0.875, 1), (0, 0, 0.75, 0.75), (0.25, 0, 1, 0.75), (0.05, 0.05, 0.95, 0.95)),
    *((0.1, 0.1, 0.9, 0.9), (0.125, 0.125, 0.875, 0.875), (0.125, 0, 0.875, 0.75)),
)
SIDES = (0.70, 0.95)  # of random crops
LANDMARK_SIDES = (0.35, 0.5)  # of the squares round the five points; the paper's radii are not known
SCHEMES: Mapping[Scheme, str] = {
    "fixed": "the paper's five: left above, right above, middle below (.75 of the side), the middle twice (.90, .85)",
    "code": "the seven of the official AffectNet script: four of .75, the middle three times (.90, .80, .75)",
    "random": "k squares of .70 to .95 of the side, drawn with a seed",
    "landmark": "squares of .35 and .50 of the side round each of MTCNN's five points",
}
"""Scheme → where its crops lie; each has the whole face before them."""


def regions_of(scheme: Scheme, *, points: npt.ArrayLike | None = None, count: int = 5, seed: int = 0) -> Array:
    """Where the crops of a scheme lie, as (left, top, right, bottom) in shares of the face: (K, 4), or (T, K, 4).

    Parameters
    ----------
    scheme : {"fixed", "code", "random", "landmark"}
    points : array (T, 5, 2), for "landmark"
        MTCNN's five points in shares of the face. A crop round a point that is not finite, or that shows nothing of the
        face, comes out as NaN; one that reaches out of the face is cut off at its edge.
    count, seed : int
        How many random crops there are, and what they are drawn from.

    Raises
    ------
    ValueError
        For an unknown scheme, or points that are missing or not (T, 5, 2).
    """
    if scheme == "random":
        rng, count = np.random.default_rng(arguments.seed(seed)), arguments.whole("count", count)
        side = rng.uniform(*SIDES, (count, 1))
        corner = rng.uniform(0, 1 - side, (count, 2))
        return np.concatenate([corner, corner + side], 1)
    if scheme != "landmark":
        if scheme not in SCHEMES:
            raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r:.200}")
        return np.array(FIXED if scheme == "fixed" else CODE, float)
    at = np.full((0,), np.nan) if points is None else np.asarray(points, float)
    if at.ndim != 3 or at.shape[1:] != (5, 2):
        got = "none" if points is None else f"shape {at.shape}"
        raise ValueError(f"scheme 'landmark' needs points (T, 5, 2), as find_faces with MTCNN keeps them; got {got}")
    half = np.array(LANDMARK_SIDES)[:, None, None] / 2
    boxes = np.concatenate([at[:, None] - half, at[:, None] + half], -1).reshape(len(at), -1, 4).clip(0, 1)
    boxes[~((boxes[..., 2:] > boxes[..., :2]).all(-1))] = np.nan  # NaN compares as false
    return boxes


def cut(face: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Crops (B, N, C, S, S) of faces (B, C, S, S), each blown up to the face's size; bilinear, with gradients.

    Parameters
    ----------
    boxes : tensor (B, N, 4)
        Left, top, right and bottom, in shares of the face. (0, 0, 1, 1) gives the face itself.
    """
    side = face.shape[-1]
    low, high = boxes[..., :2], boxes[..., 2:]
    steps = (torch.arange(side, dtype=face.dtype, device=face.device) + 0.5) / side
    x, y = ((low[..., axis, None] + (high - low)[..., axis, None] * steps) * 2 - 1 for axis in (0, 1))  # (B, N, S)
    grid = torch.stack(torch.broadcast_tensors(x[:, :, None, :], y[:, :, :, None]), -1)  # (B, N, S, S, 2)
    crops = functional.grid_sample(
        face, grid.flatten(1, 2), mode="bilinear", padding_mode="border", align_corners=False
    )
    return crops.unflatten(2, (boxes.shape[1], side)).transpose(1, 2)


def boxes_in_clip(boxes: Array, clip: Clip) -> Array:
    """Boxes (K, 4) or (T, K, 4) in pixels of a clip, cut off at its edges; NaN stays, for a region that is not there.

    Raises
    ------
    ValueError
        For another shape, or a box that shows no pixel of the clip, naming it.
    """
    if boxes.ndim not in (2, 3) or boxes.shape[-1] != 4 or (boxes.ndim == 3 and len(boxes) != len(clip)):
        raise ValueError(f"boxes must be (regions, 4) or ({len(clip)} frames, regions, 4); got shape {boxes.shape}")
    known = np.isnan(boxes).sum(-1) == 0
    inside = boxes.clip(0, [clip.width, clip.height] * 2)
    small = known & ~((inside[..., 2:] - inside[..., :2]) >= 1).all(-1)
    if small.any():
        place = tuple(int(index) for index in np.argwhere(small)[0])
        raise ValueError(
            f"box {place[-1]} must show at least one pixel of the {clip.width}×{clip.height} face, as left, top, "
            f"right, bottom; got {boxes[place].tolist()}"
        )
    return np.where(known[..., None], inside, np.nan)


def cut_clip(clip: Clip, boxes: npt.ArrayLike, side: int = 96) -> Clip:
    """The crops of a face, each blown up to ``side`` pixels, as the frames of a clip: to look at.

    Parameters
    ----------
    clip : Clip
        Of one square frame.
    boxes : array (N, 4)
        Left, top, right, bottom in pixels of the clip, as the coordinate ``box`` of an observation has them.
    side : int

    Raises
    ------
    ValueError
        For a clip of several frames or that is not square, or boxes of another shape or that show no pixel of it.
    """
    if len(clip) != 1 or clip.width != clip.height:
        got = f"{len(clip)} frames of {clip.width}×{clip.height}"
        raise ValueError(f"clip must be one square frame; got {got}")
    shares = boxes_in_clip(np.asarray(boxes, float), clip) / clip.width
    face = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()
    at = torch.from_numpy(shares.reshape(1, -1, 4)).float()
    crops = resize(cut(face, at)[0], side).round().clamp(0, 255).to(torch.uint8)
    crops[~torch.isfinite(at[0]).all(1)] = 0  # of a region that is not there: black, and no picture
    frames = crops.permute(0, 2, 3, 1).contiguous().numpy()
    return Clip(frames, np.arange(len(frames), dtype=float), source=clip.source)
