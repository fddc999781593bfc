"""The lessons on disk: where they lie, how long they take, how a person gets a copy, how JupyterLab opens the first."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from ferviz import __version__
from ferviz.disk import read_json, write_whole

__all__ = [
    "FIRST",
    "HOUR",
    "LAB_DEFAULTS",
    "Copied",
    "copy_lessons",
    "lab_arguments",
    "lessons_folder",
    "minutes",
    "repository_folder",
]

FIRST = "00_start_here.ipynb"
LAB_DEFAULTS = Path(__file__).resolve().parent / "assets" / "jupyter"
RECORD = ".ferviz-lessons.json"
HOUR = 50
"""Minutes that a lesson may take; what goes beyond stands in a notebook of its own, ``NN_more…``."""
WORDS = 150  # read in a minute
CELL, LONG, LINE = 0.5, 10, 0.05  # minutes of a cell of code, and of each line beyond ten
EXERCISE, QUESTION = 4.0, 3.0  # minutes of an exercise, and of a question to answer with an explorer


@dataclass(frozen=True)
class Copied:
    """What happened to one lesson: ``path`` is where the current lesson lies (the person's own for ``kept``)."""

    what: Literal["new", "unchanged", "updated", "kept", "beside"]
    path: Path

    def __str__(self) -> str:
        text = {
            "new": "copied",
            "unchanged": "already there",
            "updated": "brought up to date (you had not changed it)",
            "kept": "kept as you left it",
            "beside": "written beside the one you changed, which was kept",
        }[self.what]
        return f"{self.path.name}: {text}"


def repository_folder() -> Path | None:
    """Return the folder of the repository that this package runs from, or None for an installed package."""
    folder = Path(__file__).resolve().parent.parent
    return folder if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir() else None


def lessons_folder() -> Path:
    """Return the folder of the student notebooks: inside the installed package, else the repository's.

    Raises
    ------
    FileNotFoundError
        If neither holds ``00_start_here.ipynb``.
    """
    bundled = Path(__file__).resolve().parent / "notebooks"
    repository = repository_folder()
    folder = repository / "notebooks" if repository else bundled
    if not (folder / FIRST).is_file():
        raise FileNotFoundError(f"{folder / FIRST} is missing: the package is not whole; install ferviz again")
    return folder


def minutes(cells: Iterable[Mapping[str, Any]]) -> int:
    """Reckon how long a lesson takes, in whole minutes: the one figure that lesson and README give.

    150 words a minute; half a minute for a cell of code, and 3 seconds for each of its lines beyond ten; 4 minutes for
    an exercise, 3 for a question (``**Question.**``) that an explorer answers. Notes for teachers do not count, and of
    an exercise and its solution one does.

    Parameters
    ----------
    cells : iterable of mapping
        As nbformat and jupytext give them: ``cell_type``, ``source``, and ``metadata`` with ``tags``.

    Returns
    -------
    int
        Rounded up.
    """
    return math.ceil(sum(map(_minutes_of, cells)) - 1e-9)


def _minutes_of(cell: Mapping[str, Any]) -> float:
    tags, text = set(cell["metadata"].get("tags", [])), "".join(cell["source"])
    if tags & {"solution", "teacher"}:
        return 0
    if "exercise" in tags:
        return EXERCISE
    if cell["cell_type"] == "code":
        return CELL + LINE * max(0, len(text.splitlines()) - LONG)
    read = re.sub(r"\]\([^)\s]*\)|<[^<>]*>", " ", text)  # what a person reads: no addresses, no tags
    words = sum(any(sign.isalnum() for sign in word) for word in read.split())
    return words / WORDS + QUESTION * text.count("**Question.**")


def copy_lessons(folder: Path) -> list[Copied]:
    """Copy the student notebooks into ``folder``, and never overwrite one that a person has changed.

    A record of what was copied (``.ferviz-lessons.json``) tells a changed notebook from an old one. A changed notebook
    stays; where the lesson itself is newer than the copy, the new one is written beside it with ferviz's version in
    its name.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.

    Returns
    -------
    list of Copied
        One for each lesson, in the lessons' order.

    Raises
    ------
    NotADirectoryError
        If ``folder`` is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"folder must be a folder or a new name; {folder} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    given = _read_record(folder / RECORD)
    copied = []
    for lesson in sorted(lessons_folder().glob("*.ipynb")):
        content = lesson.read_bytes()
        copied.append(_copy_one(content, folder / lesson.name, given.get(lesson.name)))
        given[lesson.name] = _digest(content)
    write_whole(folder / RECORD, json.dumps(given, indent=1, sort_keys=True).encode())
    return copied


def lab_arguments(folder: Path, *, port: int | None = None, browser: bool = True) -> list[str]:
    """Return the arguments that make JupyterLab open on the first lesson in ``folder``.

    It serves this machine only, with its ordinary token, and asks the network for neither news, updates nor extensions.
    """
    arguments = [
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
    ]
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # a container's root: JupyterLab refuses to start without it
        arguments.append("--allow-root")
    return arguments


def _copy_one(content: bytes, target: Path, given: str | None) -> Copied:
    if not target.exists():
        write_whole(target, content)
        return Copied("new", target)
    there = _digest(target.read_bytes())
    if there == _digest(content):
        return Copied("unchanged", target)
    if there == given:
        write_whole(target, content)
        return Copied("updated", target)
    if given == _digest(content):  # this lesson was offered before
        return Copied("kept", target)
    beside = next(path for path in _beside(target) if not path.exists())
    write_whole(beside, content)
    return Copied("beside", beside)


def _beside(target: Path) -> Iterator[Path]:
    """The names that newer lessons beside a changed one may have, in order."""
    for number in count(1):
        more = "" if number == 1 else f"-{number}"
        yield target.with_name(f"{target.stem}.ferviz-{__version__}{more}{target.suffix}")


def _read_record(path: Path) -> dict[str, str]:
    try:
        record = read_json(path)
    except (FileNotFoundError, ValueError):  # no record, or a damaged one: then every difference counts as a change
        return {}
    return record if isinstance(record, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
