"""The command of a measure as its data hold it: what was really asked for, without the folders of one machine."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ferviz.disk import write_whole
from ferviz.measured import Figures

__all__ = ["command_of", "record_file", "rows_asked", "status_of", "train_or_measure"]

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


def rows_asked(
    doc: str | None, rows: Sequence[str], *, seeds: Sequence[int], learn: int | None
) -> argparse.ArgumentParser:
    """What scripts that train rows of a grid, and measure them, are all asked.

    Parameters
    ----------
    doc : str
        The script's own words.
    rows : sequence of str
        All rows, which are trained where none is named.
    seeds : sequence of int
        Those that are meant where none is named.
    learn : int or None
        How many Training faces a row learns unless ``--learn`` says so; None, as many as the row has.
    """
    asked = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--faces", type=Path, required=True, help="prepared FER2013")
    asked.add_argument("--runs", type=Path, required=True, help="what was trained, a folder for each seed")
    asked.add_argument("--seeds", type=int, nargs="+", default=list(seeds))
    told: dict[str, Any] = {"choices": tuple(rows), "default": list(rows), "metavar": "ROW"}
    asked.add_argument("--rows", nargs="+", **told, help="; ".join(rows))
    many = learn or "as many as the row has"
    asked.add_argument("--learn", type=int, default=learn, help=f"Training faces that a row learns ({many})")
    asked.add_argument("--out", type=record_file, help="the record")
    asked.add_argument("--only-train", action="store_true", help="train the rows, measure nothing")
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked


def train_or_measure(
    asked: argparse.ArgumentParser,
    arguments: list[str] | None,
    train: Callable[[argparse.Namespace], None],
    measure: Callable[[argparse.Namespace], Figures],
) -> int:
    """Do what a script made by `rows_asked` is asked for; its exit status."""
    chosen = asked.parse_args(arguments)
    if not chosen.only_train and chosen.out is None:
        asked.error("name --out, or --only-train")
    torch.set_num_threads(chosen.threads)
    if chosen.only_train:
        train(chosen)
    else:
        write_whole(chosen.out, measure(chosen).to_json().encode())
        sys.stdout.write(f"{chosen.out}\n")
    return 0


def status_of(main: Callable[[], int]) -> int:
    """A script's exit status: its own; or 2, and what was wrong in a line, for a set, run or file that does not fit."""
    try:
        return main()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{Path(sys.argv[0]).stem}: {error}\n")
        return 2
