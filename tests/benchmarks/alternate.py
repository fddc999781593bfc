"""Faces and moves of the Face lab here and at an earlier commit, in turns; exit status 1 where one is over 10 % slower.

    python tests/benchmarks/alternate.py COMMIT [--turns 10] [--lab]

For a machine whose speed changes from minute to minute: `against.py` runs whole benchmarks one after the other, here a
process of each tree is asked for the same thing within milliseconds, so many turns for each of twelve people. The ratio
is the median of the turns' ratios, the two numbers beside it their quartiles. With ``--lab`` a JupyterLab of each tree
is open in a browser of its own, and what is timed is from the hand to changed pixels.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from against import MOST, ROOT, checked_out

PEOPLE = 12
WORK = """
import sys, time
import numpy as np
from ferviz.explorers import FaceLab
from ferviz.faces import facts, sample_person, sample_scene
from ferviz.faces.head import head
from ferviz.faces.render import render

lab, number, made = FaceLab(quality="fast"), 0, {}
for line in sys.stdin:
    what, seed, size, quality = line.split()
    if seed not in made:
        rng = np.random.default_rng(int(seed))
        moved = rng.random(52) * (rng.random(52) < 0.3)
        made[seed] = (sample_person(rng), (0.5 * moved).astype(np.float32), sample_scene(rng))
    (person, moved, scene), size, number = made[seed], int(size), number + 1
    if what == "frame":
        work = lambda: render(person, moved, scene, size, quality)
    elif what == "truth":
        shown = render(person, moved, scene, size, quality)
        work = lambda: facts(shown, shown)
    elif what == "vertices":
        rest, half = person.face(), np.full(52, 0.3, np.float32)
        half[::2] = 0  # as many actions as an expression has
        work = lambda: [head().vertices(rest, half) for _ in range(20)]
    else:
        value = {"yaw": float(number % 30), "intensity": (number % 20) / 20, "seed": number}[what]
        work = lambda: lab._received(lab.stage, {"wish": {what: value}, "client": "me", "sequence": number}, [])
    began = time.perf_counter()
    work()
    print(time.perf_counter() - began, flush=True)
"""
ASKED = {
    **{f"frame, {size} px, {quality}": f"frame {{}} {size} {quality}" for size, quality in
       ((64, "full"), (112, "full"), (160, "full"), (64, "fast"), (112, "fast"), (160, "fast"))},
    **{f"truth of a frame, {size} px, full": f"truth {{}} {size} full" for size in (64, 112, 160)},
    "vertices of the head, 26 actions, 20 ×": "vertices {} 0 full",
    "Face lab: the head turns": "yaw {} 0 fast",
    "Face lab: another intensity": "intensity {} 0 fast",
    "Face lab: another person": "seed {} 0 fast",
}  # fmt: skip


LAB_WORK = """
import sys, tempfile
from pathlib import Path

sys.path[:0] = [str(Path.cwd()), str(Path.cwd() / "tests" / "benchmarks")]
from bench_face_lab import CELL, DONE, MOVE
from tests.browser.lab import Notebook, open_browser, start_lab

KEY = "() => document.querySelector('.fv-stage').dispatchEvent(new KeyboardEvent('keydown', {key: 'n', bubbles: true}))"
TIMED = '''(act) => new Promise((done) => {
  const { dataset } = document.querySelector('.fv-stage');
  const start = performance.now();
  eval(act)();
  const asked = Number(dataset.asked);
  const look = () => (Number(dataset.painted) >= asked ? done(performance.now() - start) : setTimeout(look, 1));
  look();
})'''
with tempfile.TemporaryDirectory() as home, start_lab(Path(home) / "lab") as lab, open_browser() as browser:
    page = browser.new_context(viewport={"width": 1280, "height": 1100}).new_page()
    book = Notebook(lab, page)
    book.open(lab.write("face.ipynb", [CELL.format("")]))
    book.run()
    page.wait_for_selector(".fv-dial")
    for number, line in enumerate(sys.stdin):
        value = ["lip corner puller, AU 12 lip corners up", round(number % 15 / 10 + 0.01, 3)]
        act = KEY if line.startswith("person") else f"() => ({MOVE})({value!r})"
        milliseconds = page.evaluate(TIMED, act)
        page.wait_for_timeout(250)  # so that nothing of this turn runs on beside the other tree's
        page.wait_for_function(DONE)
        print(milliseconds / 1000, flush=True)
    page.context.close()
    lab.end_sessions()
"""
LAB_ASKED = {"Face lab in JupyterLab: a slider": "slider {}", "Face lab in JupyterLab: a new person": "person {}"}


def started(tree: Path, work: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", work], cwd=tree, env=env, **pipes)


def asked(worker: subprocess.Popen[str], line: str) -> float:
    """Seconds that a worker took. Raises RuntimeError when it has ended."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    print(line, file=worker.stdin, flush=True)
    said = worker.stdout.readline()
    if not said:
        raise RuntimeError(f"a worker ended at {line!r}")
    return float(said)


def main() -> int:
    """Print a line for each thing: before, now, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--lab", action="store_true", help="in JupyterLab, with a browser")
    told = parser.parse_args()
    slow, things = 0, LAB_ASKED if told.lab else ASKED
    print(f"{f'median ms, {PEOPLE} × {told.turns} turns':38s}{'before':>9s}{'now':>9s}{'ratio':>8s}   quartiles")
    with checked_out(told.commit) as tree, ExitStack() as workers:
        both = [workers.enter_context(started(one, LAB_WORK if told.lab else WORK)) for one in (tree, ROOT)]
        for name, line in things.items():
            turns = np.array(
                [
                    [[asked(one, line.format(person)) for one in both] for _ in range(1 + told.turns)][1:]
                    for person in range(PEOPLE)  # the first turn of each makes or loads what the others have
                ]
            )
            before, now = 1e3 * turns.reshape(-1, 2).T
            low, ratio, high = np.quantile(now / before, [0.25, 0.5, 0.75])
            slow += ratio > MOST
            medians = f"{np.median(before):9.2f}{np.median(now):9.2f}"
            print(f"{name:38s}{medians}{ratio:8.2f}   {low:.2f} to {high:.2f}", flush=True)
    print(f"{slow} are more than {MOST - 1:.0%} slower than at {told.commit}")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
