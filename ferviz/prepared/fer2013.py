"""FER2013 with its parts and votes: what all its layouts share, and the layouts of arrays and of sheets of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.archives import open_arrays
from ferviz.emotions import LABEL_SETS
from ferviz.prepared.account import Account
from ferviz.prepared.faces import VOTE_NAMES

__all__ = ["APART", "FER2013", "KEPT", "SIDE", "Array", "Row", "part_of", "read_arrays", "small_numbers"]

Array = npt.NDArray[Any]

FER2013 = LABEL_SETS["FER2013"]
SIDE = 48
"""Width and height of a picture in pixels."""
KEPT, APART = ("Training", "PublicTest"), "PrivateTest"
"""The parts that are read, and the one that is kept for a last measurement."""

_GRID = 50  # pictures on a side of a sheet
_ARRAYS = {"images", "label", "usage", "votes", "names", "label_names", "vote_names"}
_OURS = {"group", "twin"}  # found anew from the pictures
_SPELLINGS = {"not_a_face": "NF"}


class Row(NamedTuple):
    """One picture (H, W) uint8 with its part, its name, its place in FER2013's labels or -1, and its votes."""

    image: Array
    part: str
    name: str
    label: int
    votes: Array | None


def part_of(where: str, usage: str) -> str:
    """The part that a source's word names, whatever its case."""
    for part in (*KEPT, APART):
        if usage.casefold() == part.casefold():
            return part
    raise ValueError(f"{where}: Usage must be {', '.join(KEPT)} or {APART}; got {usage!r:.200}")


def small_numbers(where: str, what: str, cells: Sequence[str], count: int) -> Array:
    """Whole numbers from 0 to 255, so many."""
    if len(cells) != count:
        raise ValueError(f"{where}: {what} must be {count} numbers; got {len(cells)}")
    try:
        return np.frombuffer(bytes(map(int, cells)), np.uint8)
    except ValueError as error:
        raise ValueError(f"{where}: {what} must be whole numbers from 0 to 255 ({error})") from error


def _read_sheets(paths: Sequence[Path], count: int) -> Array:
    """The first ``count`` pictures of `sheet_00.webp` …, 2,500 a sheet. All sheets are there, and the rest is black."""
    names = [f"sheet_{number:02d}.webp" for number in range(-(-count // _GRID**2))]
    found = [path.name.casefold() for path in paths]
    if found != names:
        differs = ", ".join(sorted(set(found) ^ set(names))[:5])
        raise ValueError(f"{paths[0].parent} must hold {len(names)} sheets for {count} labels; amiss: {differs}")
    sheets = []
    for path in paths:
        try:
            with Image.open(path, formats=("WEBP",)) as sheet:
                if sheet.size != (_GRID * SIDE, _GRID * SIDE):
                    raise ValueError(f"{path} must be {_GRID * SIDE} pixels wide and high; got {sheet.size}")
                pixels = np.asarray(sheet.convert("L"))
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"{path} cannot be read as WebP ({error})") from error
        sheets.append(pixels.reshape(_GRID, SIDE, _GRID, SIDE).transpose(0, 2, 1, 3).reshape(-1, SIDE, SIDE))
    images = np.concatenate(sheets)
    over = int(images[count:].any((1, 2)).sum())
    if over:
        raise ValueError(f"{paths[-1]} must be black after its last picture; {over} more are there than labels")
    return images[:count]


def read_arrays(path: Path, sheets: Sequence[Path] | None, account: Account) -> Iterator[Row]:
    """Arrays of a `.npz`; the pictures come from it or from sheets."""
    for file in (path, *(sheets or ())):
        account.table(file)
    account.leave_rest(f"beside {path.name}, not read")
    try:
        with open_arrays(path) as stored:
            table = {name: np.atleast_1d(stored[name]) for name in stored.files}
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as arrays without pickle ({error})") from error
    if sheets is not None:
        if "images" in table:
            raise ValueError(f"{path} must hold no images where sheets stand beside it; move one of them away")
        table["images"] = _read_sheets(sheets, len(table.get("label", ())))
    for name in table.keys() - _ARRAYS - _OURS:
        account.leave(account.enter(f"array {name}"), "array of another name")
    missing = [name for name in ("images", "label", "usage") if name not in table]
    if missing:
        raise ValueError(f"{path} must hold images, label and usage; it lacks {', '.join(missing)}")
    labels = _label_places(path, table)
    votes = _vote_columns(path, table)
    names = table.get("names", np.array([f"row {i}" for i in range(len(labels))]))
    lengths = {name: len(table[name]) for name in ("images", "label", "usage", "votes", "names") if name in table}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{path}: arrays must be of one length; got {lengths}")
    for i, usage in enumerate(table["usage"].astype(str).tolist()):
        row = account.enter(f"{path.name}, row {i}")
        part = part_of(row, usage)
        if part == APART:
            account.leave(row, APART)
        else:
            account.use(row)
            yield Row(table["images"][i], part, str(names[i]), int(labels[i]), None if votes is None else votes[i])


def _label_places(path: Path, table: dict[str, Array]) -> Array:
    """The labels as places in FER2013's set, by the file's own names where it has them."""
    label, names = table["label"], [str(n) for n in table.get("label_names", np.array([str(e) for e in FER2013]))]
    if label.ndim != 1 or label.dtype.kind not in "iu" or ((label < 0) | (label >= len(names))).any():
        raise ValueError(f"{path}: label must be whole numbers from 0 to {len(names) - 1}, one a picture")
    try:
        return np.array([FER2013.index(name) for name in names])[label]
    except ValueError as error:
        raise ValueError(f"{path}: label_names must be emotions of FER2013 ({error})") from error


def _vote_columns(path: Path, table: dict[str, Array]) -> Array | None:
    """The votes with their columns in FER+'s order, none where the file has none."""
    if "votes" not in table:
        return None
    votes, names = table["votes"], [str(n) for n in table.get("vote_names", np.array(VOTE_NAMES))]
    names = [_SPELLINGS.get(name, name) for name in names]
    if sorted(names) != sorted(VOTE_NAMES):
        raise ValueError(f"{path}: vote_names must be {', '.join(VOTE_NAMES)}; got {', '.join(names)}")
    if votes.ndim != 2 or votes.shape[1] != len(names) or votes.dtype.kind not in "iu":
        raise ValueError(f"{path}: votes must be whole numbers of shape (N, {len(names)}); got {votes.shape}")
    if ((votes < 0) | (votes > 255)).any():
        raise ValueError(f"{path}: votes must be from 0 to 255; got {votes.min()} to {votes.max()}")
    return votes[:, [names.index(name) for name in VOTE_NAMES]].astype(np.uint8)


