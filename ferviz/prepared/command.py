"""The command line that the scripts which prepare a set share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ferviz.clip import Clip
from ferviz.emotions import LabelSet
from ferviz.media.source import home
from ferviz.prepared.account import Account
from ferviz.prepared.clips import PlannedClip, write_clips

__all__ = ["FindFaces", "Plan", "run", "run_clips"]

FindFaces = Callable[..., Clip]

_CROP: Mapping[str, Mapping[str, Any]] = {  # as `ferviz.find_faces` has it
    "--size": {"type": int, "default": 112, "help": "side of the face pictures in pixels (112)"},
    "--margin": {"type": float, "default": 0.25, "help": "added on each side, a share of the box (0.25)"},
    "--align": {"choices": ("box", "similarity"), "default": "box"},
}


@dataclass(frozen=True)
class Plan:
    """The clips of a source, what it holds besides (name → reason), its files, and what is said of it."""

    clips: Sequence[PlannedClip]
    left_out: Mapping[str, str]
    files: Account
    labels: LabelSet
    source: str
    licence: str


MakePlan = Callable[[Path, FindFaces, Mapping[str, Any]], Plan]
"""Of SOURCE, what finds faces, and the crop for it."""


def run(
    name: str,
    text: str | None,
    arguments: Sequence[str] | None,
    prepare: Callable[[argparse.Namespace, Callable[[str], object]], object],
    options: Mapping[str, Mapping[str, Any]],
) -> int:
    """Run a script that prepares SOURCE in a folder.

    Parameters
    ----------
    name, text : str
        The script's name, and its help.
    arguments : sequence of str, optional
        By default those of this process.
    prepare : function of (what was chosen, what says a line)
        ``source`` and ``out`` are paths.
    options : mapping of flag to what argparse needs

    Returns
    -------
    int
        0 when the set is whole; 2 after an error, which is told.
    """
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=home, metavar="SOURCE")
    parser.add_argument("--out", type=home, required=True, metavar="FOLDER")
    for flag, told in options.items():
        parser.add_argument(flag, **told)
    chosen = parser.parse_args(arguments)
    try:
        prepare(chosen, lambda line: sys.stdout.write(f"{line}\n"))
    except (ValueError, TypeError, OSError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 2
    return 0


def run_clips(
    name: str,
    text: str | None,
    arguments: Sequence[str] | None,
    make_plan: MakePlan,
    find: FindFaces,
    *,
    version: str,
    unusable: tuple[type[Exception], ...],
) -> int:
    """Run a script that prepares clips of faces, with a bar.

    Parameters
    ----------
    name, text, arguments
        As `run` has them.
    make_plan : function of (SOURCE, ``find``, its keywords)
    find : function that cuts the faces of a clip
        `ferviz.find_faces`.
    version : str
        Of what found the faces; a set that another one made is refused.
    unusable : tuple of exception classes
        What leaves a clip out.

    Returns
    -------
    int
        As `run` gives it.
    """

    def prepare(chosen: argparse.Namespace, say: Callable[[str], object]) -> None:
        crop = {"size": chosen.size, "margin": chosen.margin, "align": chosen.align}
        plan = make_plan(chosen.source, find, crop)
        lines: list[str] = []  # told under the bar
        with tqdm(total=len(plan.clips), unit="clip", desc=plan.labels.name) as bar:
            write_clips(
                chosen.out,
                plan.clips,
                labels=plan.labels,
                source=plan.source,
                licence=plan.licence,
                settings={"crop": crop, "ferviz": version},
                left_out=plan.left_out,
                files=plan.files.told(),
                unusable=unusable,
                progress=lambda done, _: bar.update(done - bar.n),
                say=lines.append,
            )
        for line in lines:
            say(line)

    return run(name, text, arguments, prepare, _CROP)
