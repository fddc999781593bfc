"""Compare the two face detectors: faces found, faces missed, false boxes, and time, picture by picture.

    python data_scripts/compare_detectors.py

Uses the fetched photos and clip (`ferviz fetch-samples`); without them only the astronaut, and says so. Time is the
median CPU time of a picture on one thread. The LBP cascade's settings were chosen on these same pictures, so its row
flatters it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from skimage.data import astronaut

import ferviz
from ferviz.clip import Face
from ferviz.intake import detect

FACES = {
    "group-1": ((475, 495), (920, 560), (1580, 325)),
    "group-2": ((430, 290), (980, 355), (1538, 290)),
    "group-3": ((690, 455), (1165, 350), (1605, 425)),
    "group-4": ((350, 325), (740, 180), (1060, 300), (1350, 265)),
    "group-5": ((865, 215), (1195, 310), (685, 540), (1500, 525), (462, 1010)),
    "group-6": ((362, 625), (758, 475), (1268, 450), (1580, 400)),
    "astronaut": ((225, 117),),
}
"""Middle of each face in source pixels (x, y), marked by eye: 23 faces. One in group-2 has hair over most of it."""

FILM, FILM_FACE, FILM_FRAMES = "pexels-langer", (443, 187), 20


def judge(faces: Sequence[Face], middles: Sequence[tuple[float, float]]) -> tuple[int, int, int]:
    """How many faces were found, how many missed, and how many boxes are false.

    A box finds a face when their middles are at most 0.35 of the box's side apart; it finds one face, and a face is
    found once.
    """
    left = list(middles)
    false = 0
    for face in faces:
        side = np.sqrt((face.box[2:] - face.box[:2]).prod())
        distances = [np.linalg.norm((face.box[:2] + face.box[2:]) / 2 - middle) / side for middle in left]
        if distances and min(distances) <= 0.35:
            left.pop(int(np.argmin(distances)))
        else:
            false += 1
    return len(middles) - len(left), len(left), false


def pictures() -> Iterator[tuple[str, np.ndarray, Sequence[tuple[float, float]]]]:
    """Name of the row, picture, middles of its faces."""
    for name, middles in FACES.items():
        if name == "astronaut":
            yield name, astronaut(), middles
            continue
        try:
            clip = ferviz.sample(name)
        except FileNotFoundError as error:
            print(f"left out: {error}")
            continue
        yield name, clip.frames[0], middles
    try:
        film = ferviz.sample(FILM)
    except FileNotFoundError as error:
        print(f"left out: {error}")
        return
    for place in np.linspace(0, len(film) - 1, FILM_FRAMES).astype(int):
        yield f"{FILM}, {FILM_FRAMES} frames", film.frames[place], [FILM_FACE]


def main() -> None:
    """Print one table for each detector."""
    torch.set_num_threads(1)
    detect(astronaut())  # reads the weights
    rows: dict[tuple[str, str], list[tuple[int, int, int, float]]] = {}
    for name, picture, middles in pictures():
        for detector in ("mtcnn", "lbp"):
            start = time.process_time()
            faces = detect(picture, detector=detector)
            taken = 1000 * (time.process_time() - start)
            rows.setdefault((detector, name), []).append((*judge(faces, middles), taken))
    print(f"\n{'detector':9} {'picture':26} {'found':>5} {'missed':>6} {'false':>5} {'CPU ms':>7}")
    for detector in ("mtcnn", "lbp"):
        mine = {name: results for (which, name), results in rows.items() if which == detector}
        for name, results in mine.items():
            found, missed, false = (sum(r[i] for r in results) for i in range(3))
            taken = statistics.median(r[3] for r in results)
            print(f"{detector:9} {name:26} {found:5} {missed:6} {false:5} {taken:7.0f}")
        found, missed, false = (sum(r[i] for results in mine.values() for r in results) for i in range(3))
        print(f"{detector:9} {'all':26} {found:5} {missed:6} {false:5}\n")


if __name__ == "__main__":
    main()
