"""Prepare CK+ (Lucey et al. 2010, doi 10.1109/CVPRW.2010.5543262) as face clips for `ferviz.prepared.read_clips`.

    python data_scripts/prepare_ckplus.py SOURCE --out FOLDER [--size 112 --margin 0.25 --align box]

SOURCE holds ``cohn-kanade-images/S005/001/S005_001_00000001.png`` … and
``Emotion/S005/001/S005_001_00000011_emotion.txt``, as the data set's two archives unpack. CK+ is given on request, for
research, by its authors; nothing is downloaded here.

Every sequence with an emotion becomes a clip of all its frames, the neutral start included; those without are listed as
left out. The ten folds keep people apart: the labelled people's IDs in ascending order, dealt out in turn, as Meng et
al. 2019 (arXiv:1907.00193) did. A frame without a usable face, or whose file is damaged, stays as a gap. Every file of
SOURCE is used, left out with a reason and counted, or refused. A run that was killed goes on where it was; a sequence
of which a picture has changed since is made again.
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
from ferviz.clip import Clip, Gap
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.intake import NoFaceError
from ferviz.media import ClipError
from ferviz.prepared import (
    PICTURES,
    Account,
    FindFaces,
    LeftOut,
    Plan,
    PlannedClip,
    run_clips,
    text_encoding,
    visible,
)

CKPLUS = LABEL_SETS["CK+"]
SEQUENCES, EMOTIONS = "cohn-kanade-images", "Emotion"
EXPECTED = f"{SEQUENCES}/S005/001/*.png and {EMOTIONS}/S005/001/*_emotion.txt"
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
    pictures, emotions = check_layout(source)
    account = Account(source)
    sequences = list_sequences(pictures)
    files = {name_of(folder): emotion_file(folder) for folder in sequence_folders(emotions)}
    labels = {name: read_emotion(path) for name, path in files.items() if path is not None}
    left_out = {name: "no pictures" for name in labels if name not in sequences}
    left_out |= {name: "no emotion file" for name in sequences if name not in labels}
    labelled = sorted(set(labels) & set(sequences))
    if not labelled:
        raise ValueError(f"{source} holds {len(sequences)} sequences and no emotion file for any of them")
    for name, paths in sequences.items():
        for path in paths:
            account.use(path) if name in labels else account.leave(path, "no emotion file")
    for name in labels:
        account.table(files[name]) if name in sequences else account.leave(files[name], "no pictures")
    account.close(PICTURES, "picture and no emotion", EXPECTED)
    fold = folds([name[:4] for name in labelled])
    clips = [
        PlannedClip(
            name,
            labels[name],
            lambda name=name: find(load_sequence(name, sequences[name]), **crop),
            identity=name[:4],
            fold=fold[name[:4]],
            sources={path.name: path for path in sequences[name]},
        )
        for name in labelled
    ]
    said = "CK+, all frames of the labelled sequences"
    return Plan(clips, dict(sorted(left_out.items())), account, CKPLUS, said, LICENCE)


def check_layout(source: Path) -> tuple[Path, Path]:
    """The two folders, whatever the case of their names."""
    if not source.is_dir():
        raise FileNotFoundError(f"SOURCE must be a folder with {SEQUENCES} and {EMOTIONS}; there is none at {source}")
    inside = visible(source)
    found = [[p for p in inside if p.is_dir() and p.name.casefold() == n.casefold()] for n in (SEQUENCES, EMOTIONS)]
    wrong = [name for name, paths in zip((SEQUENCES, EMOTIONS), found) if len(paths) != 1]
    if wrong:
        raise ValueError(
            f"SOURCE must hold {EXPECTED}; {source} lacks {' and '.join(wrong)}, or has it twice, "
            f"and holds {', '.join(p.name for p in inside[:8]) or 'nothing'}"
        )
    return found[0][0], found[1][0]


def name_of(folder: Path) -> str:
    """The name of a sequence: ``S005_001``."""
    return f"{folder.parent.name}_{folder.name}"


def sequence_folders(top: Path) -> list[Path]:
    """The folders ``S005/001`` under ``top``, in order."""
    found = [path for person in visible(top) if person.is_dir() for path in visible(person)]
    for path in found:
        if not path.is_dir() or not re.fullmatch(r"S\d{3}/\d{3}", f"{path.parent.name}/{path.name}"):
            raise ValueError(f"{path} must be the folder of a sequence, like {top.name}/S005/001")
    return found


def list_sequences(top: Path) -> dict[str, list[Path]]:
    """The pictures of each sequence in order, by its name. Empty sequences are passed over: they hold nothing."""
    sequences = {}
    for folder in sequence_folders(top):
        name, pictures = name_of(folder), visible(folder)
        for path in pictures:
            if not re.fullmatch(rf"{name}_\d{{8}}\.(png|PNG)", path.name) or not path.is_file():
                raise ValueError(f"{path} must be a picture of its sequence, like {name}_00000001.png")
        if len({path.stem for path in pictures}) < len(pictures):
            raise ValueError(f"{folder} must hold each picture once; it has .png and .PNG of the same number")
        if pictures:
            sequences[name] = pictures
    return sequences


def emotion_file(folder: Path) -> Path | None:
    """The file that tells the emotion of a sequence, none where it has none."""
    files = [path for path in visible(folder) if path.name.casefold().endswith("_emotion.txt")]
    if len(files) > 1:
        raise ValueError(f"{folder} must hold one emotion file; got {', '.join(path.name for path in files)}")
    if files and not files[0].name.startswith(f"{name_of(folder)}_"):
        raise ValueError(f"{files[0]} must be called after its sequence, like {name_of(folder)}_00000011_emotion.txt")
    return files[0] if files else None


def read_emotion(path: Path) -> Emotion:
    """The emotion that a file tells."""
    text = path.read_text(encoding=text_encoding(path), errors="replace").strip()
    try:
        code = float(text)  # the files write 3 as 3.0000000e+00
    except ValueError as error:
        raise ValueError(f"{path} must hold a number from 1 to 7; got {text[:40]!r}") from error
    if code not in CKPLUS.codes:
        raise ValueError(f"{path} must hold a number from 1 to 7 (anger … surprise); got {text[:40]!r}")
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
    find = find or partial(ferviz.find_faces, exact=True, progress=False)  # every frame in full, under one bar
    refused = (ClipError, NoFaceError)
    return run_clips(
        "prepare_ckplus", __doc__, arguments, make_plan, find, version=ferviz.__version__, unusable=refused
    )


if __name__ == "__main__":
    sys.exit(main())
