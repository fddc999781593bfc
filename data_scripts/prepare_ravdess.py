"""Prepare RAVDESS speech (Livingstone & Russo 2018, doi 10.1371/journal.pone.0196391) for `ferviz.prepared.read_clips`.

    python data_scripts/prepare_ravdess.py SOURCE --out FOLDER [--size 112 --margin 0.25 --align box]

SOURCE holds folders ``Actor_01`` … ``Actor_24``, at any depth, as the published archives unpack: sounds
(``03-01-06-01-02-01-12.wav``, also ``.flac``), and films of the same where a person has them (``01-…`` with sound,
``02-…`` without; ``.mp4``). A name says modality, channel, emotion, intensity, statement, repetition and actor. It
stays the clip's name, so code 02, "calm", which the label set reads as neutral, can still be told.

Each performance becomes one clip: of its film with sound where that is there, else of its sound, else of its silent
film. A film becomes a clip of all its frames; a frame without a usable face stays as a gap. What is the same
performance in another form, and songs, are left out and counted. Folds are by actor, those of the networks published at
github.com/cristinalunaj/MMEmotionRecognition. RAVDESS is licensed CC BY-NC-SA 4.0; nothing is downloaded here. A run
that was killed goes on where it was.
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

RAVDESS = LABEL_SETS["RAVDESS"]
FOLDS = ((2, 5, 14, 15, 16), (3, 6, 7, 13, 18), (10, 11, 12, 19, 20), (8, 17, 21, 23, 24), (1, 4, 9, 22))
NAME = re.compile(r"(0[123])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)")
SUFFIXES = {"01": (".mp4",), "02": (".mp4",), "03": (".wav", ".flac")}
ORDER = {"01": 0, "03": 1, "02": 2}  # which form of a performance is taken
MEDIA = (".mp4", ".wav", ".flac", ".mp3", ".avi", ".mov")
EXPECTED = "Actor_01 … with files such as 03-01-06-01-02-01-12.wav"
LICENCE = "RAVDESS: CC BY-NC-SA 4.0: name its makers, no commercial use, share alike."


def make_plan(source: Path, find: FindFaces, crop: Mapping[str, Any]) -> Plan:
    """Every performance as a planned clip."""
    if not source.is_dir():
        raise FileNotFoundError(f"SOURCE must be a folder with Actor_01 …; there is none at {source}")
    account = Account(source)
    performances: dict[str, list[Path]] = {}
    for path in account.open():
        parts = NAME.fullmatch(path.stem)
        if parts is None or path.suffix.lower() not in SUFFIXES[parts[1]]:
            continue  # closing the account refuses sounds and films whose name does not fit
        if parts[2] == "02":
            account.leave(path, "a song")
            continue
        check_actor(path, int(parts[7]))
        performances.setdefault(path.stem[3:], []).append(path)
    clips = []
    for _, forms in sorted(performances.items()):
        taken, *others = sorted(forms, key=lambda path: (ORDER[path.stem[:2]], path.suffix))
        account.use(taken)
        for path in others:
            account.leave(path, "the same performance in another form")
        clips.append(plan_clip(taken, find, crop))
    account.close(MEDIA, "sound and no film", EXPECTED)
    if not clips:
        raise ValueError(f"{source} holds no speech of RAVDESS; it must hold {EXPECTED}")
    return Plan(clips, {}, account, RAVDESS, "RAVDESS, speech", LICENCE)


def check_actor(path: Path, actor: int) -> None:
    """Raise ValueError where the folder and the name of a file tell of two actors, or of none that is known."""
    if not any(actor in fold for fold in FOLDS):
        raise ValueError(f"{path} must be of an actor from 1 to 24; got {actor}")
    if path.parent.name != f"Actor_{actor:02d}":
        raise ValueError(f"{path} must lie in a folder Actor_{actor:02d}, as its name says")


def plan_clip(path: Path, find: FindFaces, crop: Mapping[str, Any]) -> PlannedClip:
    """One performance; it is read when its clip is due."""
    modality, _, emotion, *_, actor = path.stem.split("-")
    fold = next(place for place, actors in enumerate(FOLDS) if int(actor) in actors)

    def make() -> ferviz.Clip:
        clip = ferviz.load_clip(path)
        return clip if modality == "03" else find(clip, **crop)

    return PlannedClip(
        path.stem, RAVDESS.decode(emotion), make, identity=f"actor-{actor}", fold=fold, sources={path.name: path}
    )


def main(arguments: list[str] | None = None, find: FindFaces | None = None) -> int:
    """Prepare; 0 when the set is whole. ``find`` stands in for `ferviz.find_faces`."""
    find = find or partial(ferviz.find_faces, exact=True, progress=False)
    told = {"version": ferviz.__version__, "unusable": (ClipError, NoFaceError)}
    return run_clips("prepare_ravdess", __doc__, arguments, make_plan, find, **told)


if __name__ == "__main__":
    sys.exit(main())
