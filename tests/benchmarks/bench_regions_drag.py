"""From a move of the hand to changed pixels in *Regions*, in JupyterLab. Target: 100 ms at the 95th percentile.

The hand (see hand.py) drags a mask over the face, so that every region runs through the backbone at each move; then a
box, of which only its own crop does. At each move the weights are pooled anew, with every region removed in turn and
the integrated gradients beside them. An untrained network: the weights do not change the time.
"""

from __future__ import annotations

import sys

import numpy as np
from clock import calibration
from hand import MOVES, FloatRect, drags, judge, opened

CELL = """from ferviz.explorers import Regions
from ferviz.models.region_attention import Config, RegionAttention
explorer = Regions('surprise-still', RegionAttention(Config.compact()), {})
explorer"""
MASK = "cover='mask', cover_x=0.5, cover_y=0.5, cover_size=0.8"
BOX = "boxes=[(0.3, 0.3, 0.7, 0.7), *[(0.0, 0.0, 0.75, 0.75)] * 4], region=1"
CANVAS = "canvas.fv-rg-face"


def circle(box: FloatRect) -> np.ndarray:
    """Once around near the middle of the face."""
    turns = np.linspace(0, 2 * np.pi, MOVES + 1)
    x = box["x"] + (0.5 + 0.2 * np.sin(turns)) * box["width"]
    y = box["y"] + (0.6 - 0.15 * np.cos(turns)) * box["height"]
    return np.stack([x, y], 1)


def main() -> int:
    """1 where either misses the target."""
    print(calibration())
    missed = 0
    for what, state in (("a mask over six regions", MASK), ("one of five boxes", BOX)):
        print(what)
        with opened(CELL.format(state)) as page:
            page.wait_for_selector(".fv-stage[data-sheet]")
            missed |= judge(drags(page, CANVAS, circle))
    return missed


if __name__ == "__main__":
    sys.exit(main())
