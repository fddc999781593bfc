"""Synthetic faces: CPU time of one thread for a frame, its truth, a new person. Run this file as a script."""

from __future__ import annotations

import itertools
import sys

import numpy as np
from clock import Times, calibration, measure

from ferviz.faces import Scene, facts, sample_expression, sample_person, sample_scene
from ferviz.faces.head import head
from ferviz.faces.render import Quality, render

GOALS = {(112, "full"): 30.0, (64, "full"): 60.0}  # frames a second on one core
NEW_PERSON = 0.150  # seconds


def frame(size: int, quality: Quality, people: int, runs: int) -> tuple[Times, Times]:
    """A moving person in a drawn scene, and the truth of two frames; the median person of several."""
    rng = np.random.default_rng(0)
    times, truths = [], []
    for _ in range(people):
        person, scene = sample_person(rng), sample_scene(rng)
        moments = itertools.cycle(sample_expression(rng, "fear", None, person.manner).activations for _ in range(8))
        times.append(measure(lambda m=moments, p=person, s=scene: render(p, next(m), s, size, quality), runs))
        shown = render(person, next(moments), scene, size, quality)
        truths.append(measure(lambda r=shown: facts(r, r), runs))
    return tuple(sorted(row, key=lambda t: t.median)[people // 2] for row in (times, truths))


def line(what: str, times: Times, goal: str = "") -> str:
    return f"{what:42s}{times.median * 1e3:9.1f}{times.p95 * 1e3:9.1f}{1 / times.median:11.0f}   {goal}"


def main(runs: int = 20, people: int = 5) -> int:
    """The table; 1 where a goal is missed."""
    missed = False

    def told(fine: bool, goal: str) -> str:
        nonlocal missed
        missed |= not fine
        return f"goal {goal}: {'reached' if fine else 'MISSED'}"

    print(calibration(runs))
    print(f"\nms of CPU time, medians of {runs} runs; frames: the median of {people} people")
    print(f"{'':42s}{'median':>9s}{'p95':>9s}{'a second':>11s}")
    for size, quality in ((112, "full"), (64, "full"), (160, "full"), (112, "fast"), (64, "fast")):
        times, truth = frame(size, quality, people, runs)
        goal = GOALS.get((size, quality))
        reached = "" if goal is None else told(1 / times.median >= goal, f"{goal:.0f}")
        print(line(f"frame, {size} px, {quality}", times, reached))
        print(line(f"truth of a frame, {size} px, {quality}", truth))
    rng, rest = np.random.default_rng(1), np.zeros(52, np.float32)
    new = measure(lambda: render(sample_person(rng), rest, Scene(), 112), runs)
    reached = told(new.median <= NEW_PERSON, f"{NEW_PERSON * 1e3:.0f} ms")
    print(line("new person and first frame, 112 px", new, reached))
    shape, activations = sample_person(rng).face(), np.full(52, 0.3, np.float32)
    print(line("vertices of the head, all 52 actions", measure(lambda: head().vertices(shape, activations), runs)))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
