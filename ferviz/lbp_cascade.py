"""The second face detector: scikit-image's frontal cascade, which compares blocks of a window by local binary patterns.

Liao, Zhu, Lei, Zhang and Li (2007), "Learning Multi-scale Block Local Binary Patterns for Face Recognition", ICB, doi
10.1007/978-3-540-74549-5_87. A window slides over the picture at growing sizes; a chain of weak tests throws most
windows out early. It knows upright, frontal, uncovered faces, gives no points, and now and then mistakes a wooden wall
for a face: true faces pass in many neighbouring windows at once, and that is what we count.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from ferviz.boxes import overlap

__all__ = ["WINDOW", "find"]

Array = npt.NDArray[Any]

WINDOW = 24  # pixels: the smallest window that the cascade can judge
GROWTH = 1.1  # from one window size to the next
AGREEING = 13  # windows that must agree; chosen on the photos of data_scripts/compare_detectors.py
SAME_FACE = 0.4  # windows whose intersection over union is above this belong to one face


def find(picture: Array, minimum: float) -> tuple[Array, Array]:
    """Find the faces of one picture, uint8 (H, W, 3).

    Returns
    -------
    boxes : float array (N, 4)
        The mean of the windows that agree, in coordinates of pixel edges.
    scores : float array (N,)
        n / (n + 13) for n agreeing windows, so 0.5 is the least let through. It orders boxes and is no probability.
    """
    # sizes always come from one ladder: how many windows agree on a face must not hang on the minimum
    rung = max(0, math.ceil(math.log(minimum / WINDOW, GROWTH) - 1e-6))
    side, largest = WINDOW * GROWTH**rung, min(picture.shape[:2])
    if side > largest:
        return np.zeros((0, 4)), np.zeros(0)
    # a merging threshold above 1 is never reached: every window comes back by itself, and we merge and count
    windows = _cascade().detect_multi_scale(picture, GROWTH, 1, (side, side), (largest, largest), 1, 2.0)
    raw = [[w["c"], w["r"], w["c"] + w["width"], w["r"] + w["height"]] for w in windows]
    return _merged(np.array(raw, dtype=float).reshape(-1, 4))


@cache
def _cascade() -> Any:
    return Cascade(lbp_frontal_face_cascade_filename())


def _merged(windows: Array) -> tuple[Array, Array]:
    """Windows around the one that most others overlap become one box; then again with those that are left."""
    windows = windows[np.lexsort(windows.T)]  # the cascade's threads give them in any order
    near = overlap(windows, windows) > SAME_FACE
    left = np.ones(len(windows), dtype=bool)
    boxes, scores = [], []
    while left.any():
        group = near[np.argmax((near & left).sum(1) * left)] & left
        count = int(group.sum())
        if count < AGREEING:
            break
        boxes.append(windows[group].mean(0))
        scores.append(count / (count + AGREEING))
        left &= ~group
    return np.array(boxes).reshape(-1, 4), np.array(scores)
