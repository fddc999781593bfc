"""From a move of the hand to changed pixels in *Two streams*, in JupyterLab. Target: 100 ms at the 95th percentile.

The hand (see hand.py) drags the weight of a frame, which asks the fusion alone; and the noise, at each step of which
the sound is made and heard anew, and its file goes to the browser. An untrained network: what it
has learned does not change the time.
"""

from __future__ import annotations

import sys

import numpy as np
from bench_heads_drag import HEARD, along
from clock import calibration
from hand import MOVES, FloatRect, drags, judge, opened

CELL = """from ferviz.explorers import TwoStreams
from ferviz.models.audio_video import shipped
explorer = TwoStreams(model=shipped('both').eval())
explorer"""
BARS, NOISE = "canvas[aria-label^='The weight of each frame']", "input[aria-label='Noise']"


def up_and_down(box: FloatRect) -> np.ndarray:
    """A bar in the middle, from its foot to its end and back."""
    down = 0.5 + 0.4 * np.cos(np.linspace(0, 2 * np.pi, MOVES + 1))
    return np.stack([np.full(MOVES + 1, box["x"] + 0.5 * box["width"]), box["y"] + down * box["height"]], 1)


def main() -> int:
    """1 where the target is missed."""
    print(calibration())
    with opened(CELL) as page:
        page.wait_for_selector(".fv-stage[data-sheet]")
        print("the weight of a frame")
        missed = judge(drags(page, BARS, up_and_down))
        page.keyboard.press("Escape")
        print("the noise")
        page.evaluate(HEARD, NOISE)
        return max(missed, judge(drags(page, NOISE, along)))


if __name__ == "__main__":
    sys.exit(main())
