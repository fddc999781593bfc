"""From a key to changed pixels in *Statistics*, in JupyterLab. Target: 100 ms at the 95th percentile.

A frame of a clip is dropped and taken back, then repeated again and again: at each key the four statistics and the
linear machine's sums are worked out anew. A key is pressed when the one before has been painted.
"""

from __future__ import annotations

import os
import sys

import numpy as np
from clock import calibration
from hand import opened
from playwright.sync_api import Page

KEYS, TARGET = 60, 100  # ms
CELL = "from ferviz.explorers import Statistics\nexplorer = Statistics()\nexplorer"
PRESS = """(key) => new Promise((done) => {
  const stage = document.querySelector('.fv-stage');
  const start = performance.now();
  stage.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const asked = Number(stage.dataset.asked);
  const look = () => (Number(stage.dataset.painted) >= asked ? done(performance.now() - start) : setTimeout(look, 1));
  look();
})"""


def presses(page: Page, key: str) -> np.ndarray:
    """Milliseconds from each press of a key to its pixels."""
    found = []
    for _ in range(KEYS):
        found.append(page.evaluate(PRESS, key))
        page.wait_for_timeout(100)
    return np.array(found)


def main() -> int:
    """1 where the target is missed."""
    print(calibration())
    worst = 0.0
    with opened(CELL) as page:
        page.wait_for_selector(".fv-stage[data-sheet]")
        for what, key in (("dropped or taken back", "x"), ("repeated", "r")):
            found = presses(page, key)
            worst = max(worst, float(np.percentile(found, 95)))
            ends = f"median {np.median(found):.0f}, 95th {np.percentile(found, 95):.0f} ms, n {len(found)}"
            print(f"a frame {what}: {ends}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"a key, 95th percentile of the worse: {worst:.0f} ms (target: at most {TARGET} ms)")
    return int(worst > TARGET)


if __name__ == "__main__":
    sys.exit(main())
