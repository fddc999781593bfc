"""From a move of the hand to changed pixels while a weight of *Frames* is dragged. Target: 100 ms, 95th percentile.

The hand (see hand.py) drags the bar of one frame up and down; at each move the compact network's pooling runs again,
with every frame removed in turn and the integrated gradients beside it. The bar itself follows in the browser and does
not wait.
"""

from __future__ import annotations

import sys

import numpy as np
from clock import calibration
from hand import MOVES, FloatRect, judge, measure

CELL = """import torch
from ferviz.explorers import Frames
from ferviz.models.frame_attention import Config, FrameAttention
torch.manual_seed(0)
explorer = Frames(models={"relation": FrameAttention(Config.compact("relation"))})  # the weights do not change the time
explorer"""
CANVAS = "canvas[aria-label^='The weight of']"


def sixth_bar(box: FloatRect) -> np.ndarray:
    """Up and down the sixth of 18 bars."""
    y = box["y"] + box["height"] * (0.75 - 0.6 * np.sin(np.linspace(0, 4 * np.pi, MOVES + 1)) ** 2)
    return np.stack([np.full_like(y, box["x"] + 5.5 * box["width"] / 18), y], 1)


def main() -> int:
    print(calibration())
    return judge(measure(CELL, CANVAS, sixth_bar, height=1300))


if __name__ == "__main__":
    sys.exit(main())
