"""The arithmetic of boxes, (N, 4) left, top, right, bottom in the coordinates of pixel edges."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["moved", "overlap", "square", "suppress"]

Array = npt.NDArray[Any]


def overlap(some: Array, others: Array) -> Array:
    """Intersection over union of every box (N, 4) with every other one (M, 4): (N, M)."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (some, others)]
    return shared / (areas[0][:, None] + areas[1][None, :] - shared)


def moved(boxes: Array, shift: Array) -> Array:
    """Each edge moved by a share of the box's width or height."""
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes + shift * np.hstack([size, size])


def square(boxes: Array) -> Array:
    """Made square about its centre: the shorter side grows."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True) / 2
    return np.hstack([centre - half, centre + half])


def suppress(boxes: Array, scores: Array, limit: float, *, over: Literal["union", "smaller"] = "union") -> Array:
    """Non-maximum suppression: of boxes that overlap by more than ``limit``, only the one with the highest score stays.

    Parameters
    ----------
    boxes : array (N, 4)
    scores : array (N,)
    limit : float
        0 to 1.
    over : {"union", "smaller"}
        What the shared area is divided by: the area of both together (IoU), or of the smaller box.

    Returns
    -------
    int array
        The places of the boxes that stay, highest score first.
    """
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while len(waiting):
        first, rest = waiting[0], waiting[1:]
        kept.append(first)
        low = np.maximum(boxes[first, :2], boxes[rest, :2])
        high = np.minimum(boxes[first, 2:], boxes[rest, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        whole = area[first] + area[rest] - shared if over == "union" else np.minimum(area[first], area[rest])
        waiting = rest[shared <= limit * whole]
    return np.array(kept, dtype=int)
