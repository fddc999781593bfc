"""Faces of a film of 10 seconds at 1080p: `ferviz.find_faces` as it goes by itself, against a full search of each
frame.

Run ``python tests/benchmarks/bench_finding.py``. The film is made by code: four synthetic people of several sizes, one
of whom walks behind another and one who comes and goes, and a cut. Both ways are measured in one run on the same
frames, in CPU time; for every person the boxes are compared. The goals: 5 times faster, and boxes that overlap by an
intersection over union of 0.7 or more in 98 % of the frames of the face that is followed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from clock import calibration

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crowd import Walker, crowd

from ferviz.boxes import overlap
from ferviz.clip import Clip
from ferviz.intake import Found, search

SECONDS, FPS, SIZE, CUT = 10, 25, (1080, 1920), 8.0
FASTER, SHARE, SAME = 5.0, 0.98, 0.7


def large(t: float) -> tuple[float, float, float]:
    return (500 + 120 * np.sin(0.8 * t), 560 + 40 * np.sin(1.3 * t), 560 + 60 * np.sin(0.5 * t)) if t < CUT else (
        1300 + 100 * (t - CUT), 500, 520
    )  # fmt: skip


def across(t: float) -> tuple[float, float, float] | None:
    return (1850 - 190 * t, 420 + 25 * np.sin(5 * t), 340) if t < CUT else None


def guest(t: float) -> tuple[float, float, float] | None:
    return (1500 + 30 * np.sin(t), 250, 170) if 3 <= t < 7 else None


def quick(t: float) -> tuple[float, float, float]:
    return 1400 + 350 * np.sin(2.2 * t), 850, 260


PEOPLE = {  # the first one behind the others
    "who comes and goes": Walker(11, guest),
    "who walks behind": Walker(3, across, "fear"),
    "the largest": Walker(5, large),
    "who walks fast": Walker(8, quick, "anger"),
}
TOGETHER = 90  # a frame in which all show


def timed(clip: Clip, exact: bool | None) -> tuple[float, Found, Clip]:
    """Seconds of CPU time that `find_faces` takes, in its two halves, and what each gives."""
    start = time.process_time()
    found = search(clip, exact=exact, progress=False)
    faces = found.cut()
    return time.process_time() - start, found, faces


def agreement(one: Clip, other: Clip) -> np.ndarray:
    """Intersection over union of the boxes of each frame; 1 where neither has one, 0 where one alone has."""
    has = ~np.isnan(one.boxes[:, 0]), ~np.isnan(other.boxes[:, 0])
    shared = [overlap(a[None], b[None]).item() for a, b in zip(one.boxes, other.boxes, strict=True)]
    return np.where(has[0] & has[1], shared, (has[0] == has[1]).astype(float))


def main() -> int:
    """Make the film, go both ways through it, and print both; 1 where a goal is missed."""
    torch.set_num_threads(1)
    print(calibration())
    clip = crowd(list(PEOPLE.values()), SECONDS * FPS, SIZE, FPS)
    print(f"film: {clip}")
    search(clip[:2])  # reads the weights
    (first, *_), (slow, in_full, exact), (last, in_short, followed) = (timed(clip, way) for way in (None, True, None))
    fast = (first + last) / 2  # before and after, so that a busy machine slows both ways alike
    ratio, share = slow / fast, float((agreement(exact, followed) >= SAME).mean())
    print(f"as it goes, before and after: {first:.1f} and {last:.1f} s CPU")
    print(f"exact=True      {slow:7.1f} s CPU, {1000 * slow / len(clip):6.1f} ms a frame")
    print(f"as it goes      {fast:7.1f} s CPU, {1000 * fast / len(clip):6.1f} ms a frame: {ratio:.1f} times faster")
    print(f"IoU of {SAME} or more in {share:.1%} of the frames of the face that is followed")
    for name, walker in PEOPLE.items():
        place = np.array(walker.path(TOGETHER / FPS)[:2])
        face = min(in_full.faces[TOGETHER], key=lambda f: np.linalg.norm((f.box[:2] + f.box[2:]) / 2 - place))
        both = [found.cut(face) for found in (in_full, in_short)]
        same = agreement(*both)
        alone = [int((one.usable() & ~other.usable()).sum()) for one, other in (both, both[::-1])]
        print(
            f"  {name:20s}{(same >= SAME).mean():7.1%}, median IoU {np.median(same):.2f}; found in full alone: "
            f"{alone[0]} frames, by following alone: {alone[1]}"
        )
    missed = ratio < FASTER or share < SHARE
    print(f"goals {FASTER:.0f} times and {SHARE:.0%}: {'MISSED' if missed else 'reached'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
