"""The audit of 40 people in *Twins*, in JupyterLab, for each property: how long, and how soon it stops.

In the page, the clock starts at the key that begins the audit and stops when its last person is painted; then, with
other twins, it is begun again and stopped after three people: from that key until no wish is on its way.
Targets: 15 s for the whole audit, 1 s for a stop.
"""

from __future__ import annotations

import os
import sys

from clock import calibration
from hand import Page, opened

WHOLE, STOP = 15.0, 1.0  # seconds
CELL = "from ferviz.explorers import Twins\nexplorer = Twins()\nexplorer"
PROPERTIES = ("age", "skin", "ethnicity", "gender", "light")
AUDIT = """([until, key]) => new Promise((done) => {
  const stage = document.querySelector('.fv-stage');
  const press = () => stage.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
  const idle = () => Number(stage.dataset.painted) >= Number(stage.dataset.asked);
  const status = document.querySelector('.fv-status');
  let start = performance.now();
  let stopped = false;
  press();
  const look = () => {
    if (!stopped && status.textContent.startsWith(until)) {
      if (!key) return done(performance.now() - start);
      [start, stopped] = [performance.now(), true];
      press();
    }
    if (stopped && idle() && status.textContent.startsWith(key)) return done(performance.now() - start);
    return setTimeout(look, 1);
  };
  look();
})"""


def seconds(page: Page, until: str, key: str = "") -> float:
    """Seconds until the status begins with a text; with a second text, of the stop that begins then."""
    taken: float = page.evaluate(AUDIT, [until, key]) / 1e3
    return taken


def main() -> int:
    print(calibration())
    missed = 0
    with opened(CELL) as page:
        for place, name in enumerate(PROPERTIES):
            page.locator(".fv-stage").press(str(place + 1))
            page.wait_for_timeout(2000)
            load = os.getloadavg()[0]
            whole = seconds(page, "n = 40 people")
            page.locator(".fv-stage").press("n")
            page.locator(".fv-stage").press("e")  # other twins, so that the people are drawn anew
            page.wait_for_timeout(2000)
            stop = seconds(page, "3 of 40 people", "a part of the audit")
            page.locator(".fv-stage").press(str(place + 1))
            print(f"{name:10s} 40 people in {whole:4.1f} s (target {WHOLE:.0f}), stopped in {stop:.2f} s", end="; ")
            print(f"load {load:.1f} on {os.cpu_count()} cores")
            missed |= whole > WHOLE or stop > STOP
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
