"""What the scripts that prepare films share: the command line, the crop, why a clip is left out, and the bar."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

import ferviz
from ferviz.clip import Clip
from ferviz.emotions import LabelSet
from ferviz.intake import NoFaceError
from ferviz.media import ClipError
from ferviz.prepared import LeftOut, PlannedClip, read_clips, write_clips

__all__ = ["FindFaces", "Plan", "face_of", "run"]

FindFaces = Callable[..., Clip]


@dataclass(frozen=True)
class Plan:
    """The clips of a source, what it holds besides (name → reason), and its label set, origin and licence."""

    clips: Sequence[PlannedClip]
    left_out: Mapping[str, str]
    labels: LabelSet
    source: str
    licence: str


MakePlan = Callable[[Path, FindFaces, Mapping[str, Any]], Plan]
"""Of SOURCE, what finds faces, and the crop for it."""


def run(name: str, text: str | None, make_plan: MakePlan, arguments: list[str] | None, find: FindFaces | None) -> int:
    """A script's command line, ``text`` its help: plan and prepare; 0 when the set is whole."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="SOURCE")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--size", type=int, default=112, help="side of the face pictures in pixels (112)")
    parser.add_argument("--margin", type=float, default=0.25, help="added on each side, a share of the box (0.25)")
    parser.add_argument("--align", choices=("box", "similarity"), default="box")
    chosen = parser.parse_args(arguments)
    crop = {"size": chosen.size, "margin": chosen.margin, "align": chosen.align}  # as `ferviz.find_faces` has it
    try:
        _prepare(make_plan(chosen.source, find or ferviz.find_faces, crop), chosen.out, crop)
    except (ValueError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    return 0


def face_of(load: Callable[[], Clip], find: FindFaces, crop: Mapping[str, Any]) -> Clip:
    """The face clip; one that cannot be read, or has no face, is left out with its reason."""
    try:
        return find(load(), **crop)
    except (ClipError, NoFaceError) as error:
        raise LeftOut(str(error)) from error


def _prepare(plan: Plan, folder: Path, crop: Mapping[str, Any]) -> None:
    """Write the set with a bar, and say what came of it."""
    with tqdm(total=len(plan.clips), unit="clip", desc=plan.labels.name) as bar:
        manifest = write_clips(
            folder,
            plan.clips,
            labels=plan.labels,
            source=plan.source,
            licence=plan.licence,
            settings={"crop": dict(crop), "ferviz": ferviz.__version__},
            left_out=plan.left_out,
            progress=lambda done, _: bar.update(done - bar.n),
        )
    clips = read_clips(folder)
    frames, usable = (sum(row[name] for row in clips.rows) for name in ("frames", "usable"))
    print(f"{len(clips)} clips, {frames} frames, {frames - usable} of them in gaps; {len(clips.left_out)} left out")
    for name, reason in clips.left_out.items():
        print(f"left out: {name} ({reason})")
    print(manifest)
