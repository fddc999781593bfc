"""Prepare CK+ (Lucey et al. 2010, doi 10.1109/CVPRW.2010.5543262) as face clips for `ferviz.prepared.read_clips`.

    python data_scripts/prepare_ckplus.py SOURCE --out FOLDER [--size 112 --margin 0.25 --align box]

SOURCE holds ``cohn-kanade-images/S005/001/S005_001_00000001.png`` … and
``Emotion/S005/001/S005_001_00000011_emotion.txt``, as the data set's two archives unpack. CK+ is given on request, for
research, by its authors; nothing is downloaded here.

Every sequence with an emotion becomes a clip of all its frames, the neutral start included; those without are listed as
left out. The ten folds keep people apart: the labelled people's IDs in ascending order, dealt out in turn, as Meng et
al. 2019 (arXiv:1907.00193) did. A frame without a usable face, or whose file is damaged, stays as a gap. A run that was
killed goes on where it was.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import ferviz
from data_scripts.preparing import FindFaces, Plan, face_of, run
from ferviz.clip import Clip, Gap
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.media import ClipError
from ferviz.prepared import LeftOut, PlannedClip

CKPLUS = LABEL_SETS["CK+"]
PICTURES, EMOTIONS = "cohn-kanade-images", "Emotion"
FOLDS = 10
FPS = 30.0  # the cameras ran at the rate of television; the files carry no times
LICENCE = (
    "CK+: for research by those who signed its agreement. The pictures may not be passed on; only some of the people "
    "agreed to be shown in print."
)


def folds(people: Sequence[str]) -> dict[str, int]:
    """The fold of each person: IDs in ascending order, dealt out in turn."""
    return {person: place % FOLDS for place, person in enumerate(sorted(set(people)))}


def make_plan(source: Path, find: FindFaces, crop: Mapping[str, Any]) -> Plan:
    """Every labelled sequence as a planned clip, every other one with its reason."""
    check_layout(source)
    sequences = list_sequences(source / PICTURES)
    labels = {f"{p.parent.name}_{p.name}": read_emotion(p) for p in sequence_folders(source / EMOTIONS)}
    left_out = {name: "no pictures" for name, label in labels.items() if label and name not in sequences}
    left_out |= {name: "no emotion file" for name in sequences if labels.get(name) is None}
    labelled = {name: label for name, label in labels.items() if label is not None and name in sequences}
    if not labelled:
        raise ValueError(f"{source} holds {len(sequences)} sequences and no emotion file for any of them")
    fold = folds([name[:4] for name in labelled])
    clips = []
    for name in sorted(labelled):
        load = partial(load_sequence, name, sequences[name])
        make = partial(face_of, load, find, crop)
        clips.append(PlannedClip(name, labelled[name], make, identity=name[:4], fold=fold[name[:4]]))
    return Plan(clips, dict(sorted(left_out.items())), CKPLUS, "CK+, all frames of the labelled sequences", LICENCE)


def check_layout(source: Path) -> None:
    """Make sure that the two folders are there."""
    if not source.is_dir():
        raise FileNotFoundError(f"SOURCE must be a folder with {PICTURES} and {EMOTIONS}; there is none at {source}")
    missing = [name for name in (PICTURES, EMOTIONS) if not (source / name).is_dir()]
    if missing:
        found = ", ".join(sorted(p.name for p in source.iterdir())[:8]) or "nothing"
        raise ValueError(
            f"SOURCE must hold {PICTURES}/S005/001/*.png and {EMOTIONS}/S005/001/*_emotion.txt; "
            f"{source} lacks {' and '.join(missing)} and holds {found}"
        )


def sequence_folders(top: Path) -> list[Path]:
    """The folders ``S005/001`` under ``top``, in order; hidden files are passed over."""
    found = sorted(p for p in top.glob("*/*") if not (p.name.startswith(".") or p.parent.name.startswith(".")))
    for path in found:
        if not path.is_dir() or not re.fullmatch(r"S\d{3}/\d{3}", f"{path.parent.name}/{path.name}"):
            raise ValueError(f"{path} must be the folder of a sequence, like {top.name}/S005/001")
    return found


def list_sequences(top: Path) -> dict[str, list[Path]]:
    """The pictures of each sequence in order, by its name: ``S005_001``. Empty sequences are passed over."""
    sequences = {}
    for folder in sequence_folders(top):
        name = f"{folder.parent.name}_{folder.name}"
        pictures = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        for path in pictures:
            if not re.fullmatch(rf"{name}_\d{{8}}\.png", path.name):
                raise ValueError(f"{path} must be a picture of its sequence, like {name}_00000001.png")
        if pictures:
            sequences[name] = pictures
    return sequences


def read_emotion(folder: Path) -> Emotion | None:
    """The emotion of a sequence, none where it has no file."""
    files = sorted(p for p in folder.iterdir() if p.name.endswith("_emotion.txt") and not p.name.startswith("."))
    if not files:
        return None
    if len(files) > 1:
        raise ValueError(f"{folder} must hold one emotion file; got {', '.join(p.name for p in files)}")
    text = files[0].read_text(encoding="utf-8", errors="replace").strip()
    try:
        code = float(text)  # the files write 3 as 3.0000000e+00
    except ValueError as error:
        raise ValueError(f"{files[0]} must hold a number from 1 to 7; got {text[:40]!r}") from error
    if code not in CKPLUS.codes:
        raise ValueError(f"{files[0]} must hold a number from 1 to 7 (anger … surprise); got {text[:40]!r}")
    return CKPLUS.decode(int(code))


def load_sequence(name: str, pictures: Sequence[Path]) -> Clip:
    """All frames of a sequence, timed by their numbers; a file that cannot be read stays as a black frame in a gap."""
    frames: list[np.ndarray | None] = []
    gaps = []
    for place, path in enumerate(pictures):
        try:
            frames.append(ferviz.load_clip(path).frames[0])
        except ClipError as error:
            frames.append(None)
            gaps.append(Gap("frames", place, place + 1, f"the file cannot be read: {error}"))
    shapes = {frame.shape for frame in frames if frame is not None}
    if not shapes:
        raise LeftOut(f"none of its {len(pictures)} pictures can be read ({gaps[0].reason})")
    if len(shapes) > 1:
        raise LeftOut(f"its pictures are of different sizes: {', '.join(f'{w}×{h}' for h, w, _ in sorted(shapes))}")
    black = np.zeros(shapes.pop(), np.uint8)
    numbers = np.array([int(path.stem[-8:]) for path in pictures])
    return Clip(
        np.stack([black if frame is None else frame for frame in frames]),
        (numbers - numbers[0]) / FPS,
        gaps=tuple(gaps),
        source=f"CK+ {name}",
    )


def main(arguments: list[str] | None = None, find: FindFaces | None = None) -> int:
    """Prepare; 0 when the set is whole. ``find`` stands in for `ferviz.find_faces`."""
    return run("prepare_ckplus", __doc__, make_plan, arguments, find)


if __name__ == "__main__":
    sys.exit(main())
