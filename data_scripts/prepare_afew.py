"""Prepare AFEW (Dhall et al. 2012, doi 10.1109/MMUL.2012.26) as face clips for `ferviz.prepared.read_clips`.

    python data_scripts/prepare_afew.py SOURCE --out FOLDER [--size 112 --margin 0.25 --align box]

SOURCE holds ``Train`` and ``Val`` (or ``Train_AFEW`` and ``Val_AFEW``), each with a folder an emotion (``Angry``,
``Disgust``, ``Fear``, ``Happy``, ``Neutral``, ``Sad``, ``Surprise``) of ``.avi`` films. AFEW is given on request, for
research, by its authors; nothing is downloaded here. The labels of its test part are not public, and it is not read.

Every film becomes a clip of all its frames, with its sound. A frame without a usable face stays as a gap; a film in
which no frame has a face, or which cannot be read, is left out and listed with its reason. The films do not tell who is
seen. Every file of SOURCE is used, left out with a reason and counted, or refused. A run that was killed goes on where
it was; a film that has changed since is made again.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ferviz
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.intake import NoFaceError
from ferviz.media import ClipError
from ferviz.prepared import Account, FindFaces, Plan, PlannedClip, run_clips, visible

AFEW = LABEL_SETS["AFEW"]
SPLITS = {
    "train": ("Train", "Train_AFEW", "Training"),
    "validation": ("Val", "Val_AFEW", "Validation", "Valid", "Dev"),
    "test": ("Test", "Test_AFEW"),
}
FILMS = (".avi", ".mp4", ".mov", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".m4v", ".flv")
EXPECTED = "Train and Val (or Train_AFEW and Val_AFEW), each with the folders Angry … Surprise of .avi films"
LICENCE = "AFEW: for research by those who signed its agreement; cut from films, which may not be passed on."


def make_plan(source: Path, find: FindFaces, crop: Mapping[str, Any]) -> Plan:
    """Every film as a planned clip."""
    if not source.is_dir():
        raise FileNotFoundError(f"SOURCE must be a folder with Train and Val; there is none at {source}")
    tops = {split: split_folder(source, split) for split in ("train", "validation")}
    account = Account(source)
    clips = []
    for split, top in tops.items():
        for emotion, folder in emotion_folders(top):
            for path in films(folder):
                account.use(path)
                clips.append(plan_film(path, split, emotion, find, crop))
    for top in named(source, SPLITS["test"]):
        for path in account.open(top):
            account.leave(path, "test part, whose labels are not public")
    account.close(FILMS, "film", EXPECTED)
    if not clips:
        raise ValueError(f"{source} has the folders of AFEW and not one .avi film in them")
    return Plan(clips, {}, account, AFEW, "AFEW, all frames of Train and Val", LICENCE)


def plan_film(path: Path, split: str, emotion: str, find: FindFaces, crop: Mapping[str, Any]) -> PlannedClip:
    """One film; it is read when its clip is due."""
    try:
        return PlannedClip(
            f"{split}-{emotion}-{path.stem}",
            AFEW.decode(emotion),
            lambda: find(ferviz.load_clip(path), **crop),
            split=split,
            sources={path.name: path},
        )
    except ValueError as error:
        raise ValueError(f"{path} cannot be the name of a clip ({error}); rename the film") from error


def named(source: Path, names: tuple[str, ...]) -> list[Path]:
    """The folders that are called so, whatever the case."""
    words = {name.casefold() for name in names}
    return [path for path in visible(source) if path.is_dir() and path.name.casefold() in words]


def split_folder(source: Path, split: str) -> Path:
    """The folder of a split, with all seven emotions in it."""
    tops = named(source, SPLITS[split])
    if len(tops) != 1:
        found = [path.name for path in visible(source)]
        raise ValueError(
            f"SOURCE must hold one folder {' or '.join(SPLITS[split])} with a folder an emotion; "
            f"{source} holds {', '.join(found[:8]) or 'nothing'}"
        )
    there = {word for word, _ in emotion_folders(tops[0])}
    missing = [str(word) for word in AFEW.codes if word not in there]
    if missing:
        inside = [path.name for path in visible(tops[0])]
        raise ValueError(
            f"{tops[0]} must hold the folders {', '.join(map(str, AFEW.codes))}; it lacks {', '.join(missing)} and "
            f"holds {', '.join(inside[:8]) or 'nothing'}"
        )
    return tops[0]


def emotion_folders(top: Path) -> list[tuple[str, Path]]:
    """The folders of a split called after an emotion, with AFEW's word for it: "Happy", also for "happiness"."""
    words = {emotion: str(word) for word, emotion in AFEW.codes.items()}
    found = []
    for folder in visible(top):
        try:
            word = words.get(Emotion(folder.name))
        except ValueError:
            continue  # its films, if it holds any, are refused in the end
        if word is not None and folder.is_dir():
            found.append((word, folder))
    return sorted(found)


def films(folder: Path) -> list[Path]:
    """The films of an emotion in order."""
    found = visible(folder)
    for path in found:
        if path.suffix.lower() != ".avi" or not path.is_file():
            raise ValueError(f"{path} must be an .avi film")
    return found


def main(arguments: list[str] | None = None, find: FindFaces | None = None) -> int:
    """Prepare; 0 when the set is whole. ``find`` stands in for `ferviz.find_faces`."""
    find = find or partial(ferviz.find_faces, exact=True, progress=False)  # every frame in full, under one bar
    refused = (ClipError, NoFaceError)
    return run_clips("prepare_afew", __doc__, arguments, make_plan, find, version=ferviz.__version__, unusable=refused)


if __name__ == "__main__":
    sys.exit(main())
