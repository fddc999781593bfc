"""How long from a move of the hand to changed pixels, in JupyterLab. Target: 100 ms at the 95th percentile.

The hand (see hand.py) drags the patch of *What moves the answer?* in a circle.
"""

from __future__ import annotations

import sys

import numpy as np
from clock import calibration
from hand import HELD, MOVES, FloatRect, judge, measure

CELL = "from ferviz.explorers import Patch\nexplorer = Patch()\nexplorer"
CANVAS = "canvas.fv-face"


def circle(box: FloatRect) -> np.ndarray:
    """Once around the middle of the picture."""
    turns = np.linspace(0, 2 * np.pi, MOVES + 1)
    x = box["x"] + (0.5 + 0.3 * np.cos(turns)) * box["width"]
    y = box["y"] + (0.5 + 0.3 * np.sin(turns)) * box["height"]
    return np.stack([x, y], 1)


def main() -> int:
    print(calibration())
    print("a plain JupyterLab: the installed package sends answers at once")
    seconds = measure(CELL, CANVAS, circle)
    print("JupyterLab with ferviz.prompt disabled, beside it")
    measure(CELL, CANVAS, circle, HELD)
    return judge(seconds)


if __name__ == "__main__":
    sys.exit(main())
