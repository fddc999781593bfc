"""Prepare AFEW (Dhall et al. 2012, doi 10.1109/MMUL.2012.26) as face clips for `ferviz.prepared.read_clips`.

    python data_scripts/prepare_afew.py SOURCE --out FOLDER [--size 112 --margin 0.25 --align box]

SOURCE holds ``Train`` and ``Val`` (or ``Train_AFEW`` and ``Val_AFEW``), each with a folder an emotion (``Angry``,
``Disgust``, ``Fear``, ``Happy``, ``Neutral``, ``Sad``, ``Surprise``) of ``.avi`` films. AFEW is given on request, for
research, by its authors; nothing is downloaded here. The labels of its test part are not public, and it is not read.

Every film becomes a clip of all its frames, with its sound. A frame without a usable face stays as a gap; a film in
which no frame has a face, or which cannot be read, is left out and listed with its reason. The films do not tell who is
seen. A run that was killed goes on where it was.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ferviz
from data_scripts.preparing import FindFaces, Plan, face_of, run
from ferviz.emotions import LABEL_SETS
from ferviz.prepared import PlannedClip

AFEW = LABEL_SETS["AFEW"]
SPLITS = {"train": ("Train", "Train_AFEW"), "validation": ("Val", "Val_AFEW")}
LICENCE = "AFEW: for research by those who signed its agreement; cut from films, which may not be passed on."


def make_plan(source: Path, find: FindFaces, crop: Mapping[str, Any]) -> Plan:
    """Every film as a planned clip."""
    if not source.is_dir():
        raise FileNotFoundError(f"SOURCE must be a folder with Train and Val; there is none at {source}")
    clips = []
    for split, names in SPLITS.items():
        top = split_folder(source, names)
        for emotion in AFEW.codes:
            for path in films(top / str(emotion)):
                load = partial(ferviz.load_clip, path)
                make = partial(face_of, load, find, crop)
                clips.append(PlannedClip(f"{split}-{emotion}-{path.stem}", AFEW.decode(emotion), make, split=split))
    if not clips:
        raise ValueError(f"{source} has the folders of AFEW and not one .avi film in them")
    return Plan(clips, {}, AFEW, "AFEW, all frames of Train and Val", LICENCE)


def split_folder(source: Path, names: tuple[str, ...]) -> Path:
    """The folder of a split, with all seven emotions in it."""
    found = sorted(p.name for p in source.iterdir())
    tops = [source / name for name in names if (source / name).is_dir()]
    if len(tops) != 1:
        raise ValueError(
            f"SOURCE must hold one folder {' or '.join(names)} with a folder an emotion; "
            f"{source} holds {', '.join(found[:8]) or 'nothing'}"
        )
    missing = [str(emotion) for emotion in AFEW.codes if not (tops[0] / str(emotion)).is_dir()]
    if missing:
        inside = sorted(p.name for p in tops[0].iterdir())
        raise ValueError(
            f"{tops[0]} must hold the folders {', '.join(map(str, AFEW.codes))}; it lacks {', '.join(missing)} and "
            f"holds {', '.join(inside[:8]) or 'nothing'}"
        )
    return tops[0]


def films(folder: Path) -> list[Path]:
    """The films of an emotion in order; hidden files are passed over."""
    found = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    for path in found:
        if path.suffix.lower() != ".avi":
            raise ValueError(f"{path} must be an .avi film")
    return found


def main(arguments: list[str] | None = None, find: FindFaces | None = None) -> int:
    """Prepare; 0 when the set is whole. ``find`` stands in for `ferviz.find_faces`."""
    return run("prepare_afew", __doc__, make_plan, arguments, find)


if __name__ == "__main__":
    sys.exit(main())
