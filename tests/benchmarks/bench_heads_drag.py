"""From a move of the hand to changed pixels in *Heads*, in JupyterLab. Target: 100 ms at the 95th percentile.

The hand (see hand.py) drags the age of a synthetic face: at each move the head is drawn anew, and both networks of the
course answer. Untrained networks: the weights do not change the time.
"""

from __future__ import annotations

import sys

import numpy as np
from clock import calibration
from hand import MOVES, FloatRect, drags, judge, opened

CELL = """from ferviz.explorers import Heads
from ferviz.models.multi_task import Config, MultiTask
explorer = Heads(model={name: MultiTask(Config.compact()) for name in ('identity', 'final')})
explorer"""
AGE = "input[aria-label='Age']"
HEARD = """(slider) => document.querySelector(slider).addEventListener('input', (event) =>
  event.target.dispatchEvent(new PointerEvent('pointermove', { buttons: 1 })))"""
"""A slider takes its new value after the pointer's own event: the clock of a move starts when it has."""


def along(box: FloatRect) -> np.ndarray:
    """Along the slider, there and back."""
    share = 0.5 - 0.4 * np.cos(np.linspace(0, 2 * np.pi, MOVES + 1))
    return np.stack([box["x"] + share * box["width"], np.full(MOVES + 1, box["y"] + box["height"] / 2)], 1)


def main() -> int:
    """1 where the target is missed."""
    print(calibration())
    print("the age of a synthetic face")
    with opened(CELL) as page:
        page.wait_for_selector(".fv-stage[data-sheet]")
        page.evaluate(HEARD, AGE)
        return judge(drags(page, AGE, along))


if __name__ == "__main__":
    sys.exit(main())
