"""Prepare FER2013, with the votes of FER+ where they are given, as a set that `ferviz.prepared.read_faces` reads.

    python data_scripts/prepare_fer2013.py fer2013.csv --votes fer2013new.csv --out FOLDER

SOURCE is one of the layouts in which FER2013 is passed around:

- ``fer2013.csv`` (emotion, pixels, Usage), or a folder with it; ``--votes fer2013new.csv`` adds the votes of FER+,
  whose rows stand in the same order;
- a folder with ``train/angry/*.jpg`` … and ``test/angry/*.jpg`` …, whose files are called PublicTest_… or
  PrivateTest_…;
- the folder that FER+'s own script makes: ``FER2013Train/*.png`` with ``label.csv``, and ``FER2013Valid``;
- a folder with ``labels.npz`` and ``sheet_*.webp`` (50 × 50 pictures a sheet), or one ``.npz`` with images (N, H, W)
  uint8, label, usage and, if you like, votes, vote_names, label_names and names.

The part PrivateTest is kept apart for a last measurement: its pictures are counted and never read. Where a file of
``test/`` does not tell its part, it is left out too. Repeated pictures get one group; a PublicTest picture that also
stands in Training is marked as a twin.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import repeat, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.prepared import VOTE_NAMES, Faces, find_repeats, write_faces

Array = npt.NDArray[Any]

FER2013 = LABEL_SETS["FER2013"]
SIDE, GRID = 48, 50
KEPT, APART = ("Training", "PublicTest"), "PrivateTest"
UNTOLD = "test, part not in the file's name"
EMOTION_FOLDERS = {"train": "Training", "Training": "Training", "test": "test", "PublicTest": "PublicTest"}
FERPLUS_FOLDERS = {"FER2013Train": "Training", "FER2013Valid": "PublicTest"}
APART_FOLDERS = ("PrivateTest", "FER2013Test")
PICTURES = (".png", ".jpg", ".jpeg")
SPELLINGS = {"not_a_face": "NF"}
EXPECTED = (
    "fer2013.csv; FER2013Train and FER2013Valid with label.csv; train and test with a folder an emotion; "
    "labels.npz with sheet_*.webp; or one .npz"
)
LICENCE = (
    "FER2013: the rights of the pictures, gathered from the web for a challenge in 2013, are unresolved. Use them to "
    "train and to measure; pass on neither the pictures nor pictures made from them. Votes of FER+: MIT, Microsoft."
)


class Row(NamedTuple):
    """One picture (H, W) uint8 with its part, its name, its place in FER2013's labels or -1, and its votes."""

    image: Array
    part: str
    name: str
    label: int
    votes: Array | None


def read(source: Path, votes: Path | None = None) -> tuple[Faces, Counter[str], str]:
    """The faces of a source in any of the layouts, how many were left out for which reason, and the layout's name."""
    left_out: Counter[str] = Counter()
    if not source.exists():
        raise FileNotFoundError(f"SOURCE must be a file or a folder; there is nothing at {source}")
    names = {path.name for path in source.iterdir()} if source.is_dir() else {source.name}
    if source.suffix == ".csv" or "fer2013.csv" in names:
        path, layout = (source if source.is_file() else source / "fer2013.csv"), "fer2013.csv"
        rows = read_csv(path, votes, left_out)
    elif votes is not None:
        raise ValueError(f"--votes goes with fer2013.csv, whose rows it follows; {source} is another layout")
    elif source.suffix == ".npz" and source.is_file():
        rows, layout = read_arrays(source, None, left_out), "arrays"
    elif "labels.npz" in names and any(source.glob("sheet_*.webp")):
        rows, layout = read_arrays(source / "labels.npz", read_sheets(source), left_out), "sheets"
    elif names & FERPLUS_FOLDERS.keys():
        rows, layout = read_ferplus(source, left_out), "FER+ folders"
    elif names & EMOTION_FOLDERS.keys():
        rows, layout = read_emotion_folders(source, left_out), "a folder an emotion"
    else:
        found = ", ".join(sorted(names)[:8]) or "nothing"
        raise ValueError(f"SOURCE must hold {EXPECTED}; {source} holds {found}")
    if source.is_dir():
        for folder in sorted(names & {*APART_FOLDERS}):  # counted by their names, never opened
            left_out[APART] += sum(path.suffix.lower() in PICTURES for path in (source / folder).rglob("*"))
    return gather(rows, source, left_out), left_out, layout


def gather(rows: Iterator[Row], source: Path, left_out: Counter[str]) -> Faces:
    """Rows as arrays, with repeats and twins marked."""
    found = list(rows)
    if not found:
        raise ValueError(f"{source} holds no picture of {' or '.join(KEPT)} (left out: {dict(left_out) or 'none'})")
    images, part = np.stack([row.image for row in found]), np.array([row.part for row in found])
    group, twin = find_repeats(images, part)
    votes = [row.votes for row in found if row.votes is not None]
    return Faces(
        images=images,
        labels=FER2013,
        label=np.array([row.label for row in found], np.int64),
        votes=np.stack(votes) if votes else None,
        vote_names=VOTE_NAMES if votes else (),
        group=group,
        part=part,
        twin=twin,
        name=np.array([row.name for row in found]),
    )


def csv_rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Each line of a table with words for where it stands."""
    with path.open(newline="", encoding="utf-8", errors="replace") as stream:
        rows = csv.reader(stream)
        try:
            for cells in rows:
                if cells:
                    yield f"{path.name}, line {rows.line_num}", [cell.strip() for cell in cells]
        except csv.Error as error:
            raise ValueError(f"{path.name}, line {rows.line_num}: {error}") from error


def columns(path: Path, rows: Iterator[tuple[str, list[str]]], needed: Sequence[str]) -> list[int]:
    """Where the needed columns stand, by the table's first line."""
    _, header = next(rows, ("", []))
    missing = [name for name in needed if name not in header]
    if missing:
        raise ValueError(
            f"{path.name} must have the columns {', '.join(needed)}; it lacks {', '.join(missing)} "
            f"(its first line: {', '.join(header)[:80] or 'empty'})"
        )
    return [header.index(name) for name in needed]


def small_numbers(where: str, what: str, cells: Sequence[str], count: int) -> Array:
    """Whole numbers from 0 to 255, so many."""
    if len(cells) != count:
        raise ValueError(f"{where}: {what} must be {count} numbers; got {len(cells)}")
    try:
        return np.frombuffer(bytes(map(int, cells)), np.uint8)
    except ValueError as error:
        raise ValueError(f"{where}: {what} must be whole numbers from 0 to 255 ({error})") from error


def pick(where: str, cells: Sequence[str], places: Sequence[int]) -> list[str]:
    """The cells in these places."""
    if len(cells) <= max(places):
        raise ValueError(f"{where}: must have {max(places) + 1} columns or more; got {len(cells)}")
    return [cells[place] for place in places]


def part_of(where: str, usage: str) -> str:
    """The part that a source's word names."""
    if usage not in (*KEPT, APART):
        raise ValueError(f"{where}: Usage must be {', '.join(KEPT)} or {APART}; got {usage!r}")
    return usage


def read_csv(path: Path, votes: Path | None, left_out: Counter[str]) -> Iterator[Row]:
    """`fer2013.csv`, and in step with it `fer2013new.csv`."""
    rows = csv_rows(path)
    places = columns(path, rows, ("emotion", "pixels", "Usage"))
    for number, (line, told) in enumerate(zip_longest(rows, repeat(None) if votes is None else vote_rows(votes))):
        if line is None or (told is None and votes is not None):
            if votes is None:
                return
            short = path if line is None else votes
            raise ValueError(f"{path.name} and {votes.name} must have as many rows; {short.name} ends first")
        where, cells = line
        emotion, pixels, usage = pick(where, cells, places)
        if told is not None and told[1] != usage:
            raise ValueError(f"{told[0]}: Usage is {told[1]!r} where {path.name} has {usage!r}; they are not in step")
        if part_of(where, usage) == APART:
            left_out[APART] += 1
            continue
        label = small_numbers(where, "emotion", [emotion], 1)[0]
        if label not in FER2013.codes:
            raise ValueError(f"{where}: emotion must be 0 to 6; got {label}")
        image = small_numbers(where, "pixels", pixels.split(), SIDE * SIDE).reshape(SIDE, SIDE)
        name = (told and told[2]) or f"row {number}"
        given = None if told is None else small_numbers(told[0], "votes", told[3], len(VOTE_NAMES))
        yield Row(image, usage, name, FER2013.index(FER2013.decode(int(label))), given)


def vote_rows(path: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """`fer2013new.csv`: where, Usage, the picture's name ("" where it is no face) and the ten votes as they stand."""
    rows = csv_rows(path)
    places = columns(path, rows, ("Usage", "Image name", *VOTE_NAMES))
    for where, cells in rows:
        usage, name, *votes = pick(where, cells, places)
        yield where, usage, name, votes


def read_ferplus(source: Path, left_out: Counter[str]) -> Iterator[Row]:
    """FER+'s own folders. Their `label.csv` holds votes alone; the pictures' FER2013 labels are unknown."""
    for folder, part in FERPLUS_FOLDERS.items():
        if not (source / folder).is_dir():
            continue
        path = source / folder / "label.csv"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there; FER+'s folders have it beside their pictures")
        for where, (name, *cells) in csv_rows(path):
            where = f"{folder}/{where}"
            if Path(name).name != name or Path(name).suffix.lower() not in PICTURES:
                raise ValueError(f"{where}: must begin with the name of a picture; got {name!r}")
            votes = cells[1:] if cells and cells[0].startswith("(") else cells  # as published there is a box first
            given = small_numbers(where, "votes", votes, len(VOTE_NAMES))
            yield Row(read_picture(source / folder / name), part, name, -1, given)


def read_emotion_folders(source: Path, left_out: Counter[str]) -> Iterator[Row]:
    """A folder a part, in it a folder an emotion."""
    for top, meant in EMOTION_FOLDERS.items():
        for folder in sorted(p for p in source.glob(f"{top}/*") if not p.name.startswith(".")):
            label = emotion_folder(folder)
            for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
                if path.suffix.lower() not in PICTURES:
                    raise ValueError(f"{path} must be a picture ({', '.join(PICTURES)})")
                word = path.name.split("_")[0]
                part = word if word in (*KEPT, APART) else meant
                if part in KEPT:
                    name = path.relative_to(source).as_posix()
                    yield Row(read_picture(path), part, name, label, None)
                else:
                    left_out[APART if part == APART else UNTOLD] += 1


def emotion_folder(folder: Path) -> int:
    """The label that a folder's name says."""
    try:
        return FER2013.index(Emotion(folder.name))
    except ValueError as error:
        raise ValueError(f"{folder} must be a folder named after an emotion of FER2013 ({error})") from error


def read_picture(path: Path) -> Array:
    """A picture of 48 × 48, gray."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if picture.size != (SIDE, SIDE):
                raise ValueError(f"{path} must be {SIDE} × {SIDE} pixels; got {picture.width} × {picture.height}")
            return np.asarray(picture.convert("L"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as PNG or JPEG ({error})") from error


def read_sheets(folder: Path) -> Array:
    """The pictures of `sheet_*.webp`, 2,500 a sheet."""
    sheets = []
    for path in sorted(folder.glob("sheet_*.webp")):
        try:
            with Image.open(path, formats=("WEBP",)) as sheet:
                if sheet.size != (GRID * SIDE, GRID * SIDE):
                    raise ValueError(f"{path} must be {GRID * SIDE} pixels wide and high; got {sheet.size}")
                pixels = np.asarray(sheet.convert("L"))
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"{path} cannot be read as WebP ({error})") from error
        sheets.append(pixels.reshape(GRID, SIDE, GRID, SIDE).transpose(0, 2, 1, 3).reshape(-1, SIDE, SIDE))
    return np.concatenate(sheets)


def read_arrays(path: Path, images: Array | None, left_out: Counter[str]) -> Iterator[Row]:
    """Arrays of a `.npz`; the pictures come from it or from sheets."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            table = {name: np.atleast_1d(stored[name]) for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as arrays without pickle ({error})") from error
    if images is not None:
        table["images"] = images[: len(table.get("label", ()))]
    missing = [name for name in ("images", "label", "usage") if name not in table]
    if missing:
        raise ValueError(f"{path} must hold images, label and usage; it lacks {', '.join(missing)}")
    labels = label_places(path, table)
    votes = vote_columns(path, table)
    names = table.get("names", np.array([f"row {i}" for i in range(len(labels))]))
    lengths = {name: len(table[name]) for name in ("images", "label", "usage", "votes", "names") if name in table}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{path}: arrays must be of one length; got {lengths}")
    for i, usage in enumerate(table["usage"].astype(str).tolist()):
        if part_of(f"{path.name}, row {i}", usage) == APART:
            left_out[APART] += 1
        else:
            yield Row(table["images"][i], usage, str(names[i]), int(labels[i]), None if votes is None else votes[i])


def label_places(path: Path, table: dict[str, Array]) -> Array:
    """The labels as places in FER2013's set, by the file's own names where it has them."""
    label, names = table["label"], [str(n) for n in table.get("label_names", np.array([str(e) for e in FER2013]))]
    if label.ndim != 1 or label.dtype.kind not in "iu" or ((label < 0) | (label >= len(names))).any():
        raise ValueError(f"{path}: label must be whole numbers from 0 to {len(names) - 1}, one a picture")
    try:
        return np.array([FER2013.index(name) for name in names])[label]
    except ValueError as error:
        raise ValueError(f"{path}: label_names must be emotions of FER2013 ({error})") from error


def vote_columns(path: Path, table: dict[str, Array]) -> Array | None:
    """The votes with their columns in FER+'s order, none where the file has none."""
    if "votes" not in table:
        return None
    votes, names = table["votes"], [str(n) for n in table.get("vote_names", np.array(VOTE_NAMES))]
    names = [SPELLINGS.get(name, name) for name in names]
    if sorted(names) != sorted(VOTE_NAMES):
        raise ValueError(f"{path}: vote_names must be {', '.join(VOTE_NAMES)}; got {', '.join(names)}")
    if votes.ndim != 2 or votes.shape[1] != len(names) or votes.dtype.kind not in "iu":
        raise ValueError(f"{path}: votes must be whole numbers of shape (N, {len(names)}); got {votes.shape}")
    if ((votes < 0) | (votes > 255)).any():
        raise ValueError(f"{path}: votes must be from 0 to 255; got {votes.min()} to {votes.max()}")
    return votes[:, [names.index(name) for name in VOTE_NAMES]].astype(np.uint8)


def main(arguments: list[str] | None = None) -> int:
    """Prepare; 0 when the set is whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="SOURCE")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--votes", type=Path, default=None, metavar="fer2013new.csv")
    chosen = parser.parse_args(arguments)
    try:
        faces, left_out, layout = read(chosen.source, chosen.votes)
        votes = "with the votes of FER+" if faces.votes is not None else "without votes"
        manifest = write_faces(chosen.out, faces, f"FER2013, {layout}, {votes}", LICENCE, left_out=left_out)
    except (ValueError, TypeError, OSError) as error:
        print(f"prepare_fer2013: {error}", file=sys.stderr)
        return 2
    groups = len(np.unique(faces.group))
    print(f"{faces!r}\n{groups} different pictures, {int(faces.twin.sum())} twins, {votes}")
    for reason, count in left_out.items():
        print(f"left out: {count} ({reason})")
    print(manifest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
