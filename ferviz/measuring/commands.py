"""The command of a measure as its data hold it: what was really asked for, without the folders of one machine."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["command_of", "record_file", "status_of"]

APART = ("threads",)  # changes nothing in the figures


def command_of(file: str, chosen: argparse.Namespace, **instead: Any) -> str:
    """The command line that gives these options again; a path stands as its option's name in capitals.

    Parameters
    ----------
    file : str
        The script's ``__file__``.
    chosen : argparse.Namespace
        What its parser read. Options that are None or False were not given.
    **instead
        Other values for some options, for example without a folder in them.

    Examples
    --------
    >>> told = argparse.Namespace(faces=Path("somewhere"), seeds=[0, 1], full=True, out=None, threads=2)
    >>> command_of("measure_ablation.py", told)
    'python data_scripts/measure_ablation.py --faces FACES --seeds 0 1 --full'
    >>> command_of("measure_av_films.py", argparse.Namespace(rows=["mean, fbp"]))
    "python data_scripts/measure_av_films.py --rows 'mean, fbp'"
    """
    words = [f"python data_scripts/{Path(file).name}"]
    for name, value in (vars(chosen) | instead).items():
        option = f"--{name.replace('_', '-')}"
        if name in APART or value is None or value is False:
            continue
        if value is True:
            words.append(option)
        elif isinstance(value, Path):
            words.append(f"{option} {name.upper()}")
        else:
            values = value if isinstance(value, list | tuple) else [value]
            words.append(" ".join([option, *(shlex.quote(str(one)) for one in values)]))
    return " ".join(words)


def record_file(word: str) -> Path:
    """Where a script writes its record: a file in a folder that is there. For argparse.

    A measure writes at its end, so a folder that is not there would cost all that was measured.

    Raises
    ------
    argparse.ArgumentTypeError
        Where the folder is missing, or a folder has that name.
    """
    path = Path(word)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{word} must lie in a folder that is there; {path.parent} is none")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{word} must be a file; it is a folder")
    return path


def status_of(main: Callable[[], int]) -> int:
    """A script's exit status: its own; or 2, and what was wrong in a line, for a set, run or file that does not fit."""
    try:
        return main()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{Path(sys.argv[0]).stem}: {error}\n")
        return 2
