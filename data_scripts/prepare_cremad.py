"""Prepare CREMA-D (Cao et al. 2014, doi 10.1109/TAFFC.2014.2336244) for `ferviz.prepared.read_clips`.

    python data_scripts/prepare_cremad.py SOURCE --out FOLDER [--size 112 --margin 0.25 --align box]

SOURCE holds sounds and films as the project publishes them, at any depth: ``1001_DFA_ANG_XX.wav`` (AudioWAV) and
``1001_DFA_ANG_XX.flv`` (VideoFlash; also ``.mp4``). A name says actor, sentence, intended emotion and level; it stays
the clip's name, by which the votes of viewers are found (`ferviz.prepared.read_viewers`).

Each performance becomes one clip: of its film where that is there, else of its sound. The label is the emotion that the
actor was asked for; what people saw and heard is often another. Folds are by actor: every fifth one. What is the same
performance in another form is left out and counted. CREMA-D is licensed ODbL 1.0 / DbCL 1.0; nothing is downloaded
here. A run that was killed goes on where it was.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ferviz
from ferviz.emotions import LABEL_SETS
from ferviz.intake import NoFaceError
from ferviz.media import ClipError
from ferviz.prepared import Account, FindFaces, Plan, PlannedClip, run_clips

CREMAD = LABEL_SETS["CREMA-D"]
FIRST, LAST, FOLDS = 1001, 1091, 5
NAME = re.compile(r"(1\d\d\d)_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX|X)")
FILMS, SOUNDS = (".flv", ".mp4"), (".wav", ".mp3", ".flac")
MEDIA = (*FILMS, *SOUNDS, ".avi", ".mov")
EXPECTED = "files such as 1001_DFA_ANG_XX.wav and 1001_DFA_ANG_XX.flv"
LICENCE = "CREMA-D: ODbL 1.0, its contents DbCL 1.0: name the source, and share what is made of the tables alike."


def make_plan(source: Path, find: FindFaces, crop: Mapping[str, Any]) -> Plan:
    """Every performance as a planned clip."""
    if not source.is_dir():
        raise FileNotFoundError(f"SOURCE must be a folder with {EXPECTED}; there is none at {source}")
    account = Account(source)
    performances: dict[str, list[Path]] = {}
    for path in account.open():
        parts = NAME.fullmatch(path.stem)
        if parts is None or path.suffix.lower() not in (*FILMS, *SOUNDS):
            continue  # closing the account refuses sounds and films whose name does not fit
        if not FIRST <= int(parts[1]) <= LAST:
            raise ValueError(f"{path} must be of an actor from {FIRST} to {LAST}; got {parts[1]}")
        performances.setdefault(path.stem, []).append(path)
    clips = []
    for _, forms in sorted(performances.items()):
        taken, *others = sorted(forms, key=lambda path: (FILMS + SOUNDS).index(path.suffix.lower()))
        account.use(taken)
        for path in others:
            account.leave(path, "the same performance in another form")
        clips.append(plan_clip(taken, find, crop))
    account.close(MEDIA, "sound and no film", EXPECTED)
    if not clips:
        raise ValueError(f"{source} holds no clip of CREMA-D; it must hold {EXPECTED}")
    return Plan(clips, {}, account, CREMAD, "CREMA-D", LICENCE)


def plan_clip(path: Path, find: FindFaces, crop: Mapping[str, Any]) -> PlannedClip:
    """One performance; it is read when its clip is due."""
    actor, _, intended, _ = path.stem.split("_")

    def make() -> ferviz.Clip:
        clip = ferviz.load_clip(path)
        return find(clip, **crop) if path.suffix.lower() in FILMS else clip

    fold = (int(actor) - FIRST) % FOLDS
    return PlannedClip(
        path.stem, CREMAD.decode(intended), make, identity=f"actor-{actor}", fold=fold, sources={path.name: path}
    )


def main(arguments: list[str] | None = None, find: FindFaces | None = None) -> int:
    """Prepare; 0 when the set is whole. ``find`` stands in for `ferviz.find_faces`."""
    find = find or partial(ferviz.find_faces, exact=True, progress=False)
    told = {"version": ferviz.__version__, "unusable": (ClipError, NoFaceError)}
    return run_clips("prepare_cremad", __doc__, arguments, make_plan, find, **told)


if __name__ == "__main__":
    sys.exit(main())
