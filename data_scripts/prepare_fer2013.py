"""Prepare FER2013, with the votes of FER+ where they are given, as a set that `ferviz.prepared.read_faces` reads.

    python data_scripts/prepare_fer2013.py fer2013.csv --votes fer2013new.csv --out FOLDER

SOURCE is one of the layouts in which FER2013 is passed around:

- ``fer2013.csv`` (emotion, pixels, Usage), or a folder with it; ``--votes fer2013new.csv`` adds the votes of FER+,
  whose rows stand in the same order;
- a folder with ``train/angry/*.jpg`` … and ``test/angry/*.jpg`` … or ``validation/angry/*.jpg`` …, whose files are
  called PublicTest_… or PrivateTest_…;
- the folder that FER+'s own script makes: ``FER2013Train/*.png`` with ``label.csv``, and ``FER2013Valid``;
- a folder with ``labels.npz`` and ``sheet_*.webp`` (50 × 50 pictures a sheet), or one ``.npz`` with images (N, H, W)
  uint8, label, usage and, if you like, votes, vote_names, label_names and names.

Tables may be as Excel saves them: with a mark, in UTF-16, parted by semicolons. The part PrivateTest is kept apart for
a last measurement: its pictures are counted and never read. Where a file of ``test/`` does not tell its part, it is
left out too; so is one of ``validation/`` without a ``test/`` beside it, for it may mix both parts (with one, it is
PublicTest). Every picture is used, left out with a reason and counted, or refused. Repeated pictures get one group; a
PublicTest picture that also stands in Training is marked as a twin.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat, zip_longest
from pathlib import Path

import numpy as np
from PIL import Image

from ferviz.emotions import Emotion
from ferviz.prepared import PICTURES, VOTE_NAMES, Account, Faces, find_repeats, read_table, run, visible, write_faces
from ferviz.prepared.fer2013 import APART, FER2013, KEPT, SIDE, Array, Row, part_of, read_arrays, small_numbers

TEST, VALIDATION = "test", "validation"
UNTOLD = {
    TEST: "test, part not in the file's name",
    VALIDATION: "validation without test, part not in the file's name: call the folder PublicTest if it is that part",
}
FOLDERS = {  # without case, blanks, _ and -
    **dict.fromkeys(("train", "training"), "Training"),
    **dict.fromkeys(("test", "testing"), TEST),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("publictest", "public"), "PublicTest"),
    **dict.fromkeys(("privatetest", "private"), APART),
}
FERPLUS_FOLDERS = {"fer2013train": "Training", "fer2013valid": "PublicTest", "fer2013test": APART}
READ = (".png", ".jpg", ".jpeg")
TABLES = (".csv", ".tsv", ".txt")
EXPECTED = (
    "fer2013.csv; FER2013Train and FER2013Valid with label.csv; train and test (or validation, PublicTest, "
    "PrivateTest) with a folder an emotion; labels.npz with sheet_*.webp; or one .npz"
)
LICENCE = (
    "FER2013: the rights of the pictures, gathered from the web for a challenge in 2013, are unresolved. Use them to "
    "train and to measure; pass on neither the pictures nor pictures made from them. Votes of FER+: MIT, Microsoft."
)


def read(source: Path, votes: Path | None = None) -> tuple[Faces, Counter[str], str]:
    """The faces of a source in any of the layouts, how many were left out for which reason, and the layout's name."""
    faces, account, layout = read_source(source, votes)
    return faces, account.left_out, layout


def read_source(source: Path, votes: Path | None = None) -> tuple[Faces, Account, str]:
    """The faces of a source in any of the layouts, the account of what it holds, and the layout's name."""
    if not source.exists():
        raise FileNotFoundError(f"SOURCE must be a file or a folder; there is nothing at {source}")
    layout, rows_of = layout_of(source, votes)
    account = Account(source)
    faces = gather(rows_of(account), source, account)
    if account.used != len(faces):
        raise ValueError(f"{source}: {account.used} items are used for {len(faces)} pictures")
    return faces, account, layout


def layout_of(source: Path, votes: Path | None) -> tuple[str, Callable[[Account], Iterator[Row]]]:
    """The layout's name, and what gives its rows."""
    inside = visible(source) if source.is_dir() else [source]
    names = {path.name.casefold(): path for path in inside if path.is_file()}
    suffix = source.suffix.casefold() if source.is_file() else ""
    table = source if suffix in TABLES else names.get("fer2013.csv")
    if table is not None:
        return "fer2013.csv", partial(read_csv, table, votes)
    if votes is not None:
        raise ValueError(f"--votes goes with fer2013.csv, whose rows it follows; {source} is another layout")
    if suffix == ".npz":
        return "arrays", partial(read_arrays, source, None)
    sheets = sorted(path for name, path in names.items() if re.fullmatch(r"sheet_.*\.webp", name))
    if "labels.npz" in names and sheets:
        return "sheets", partial(read_arrays, names["labels.npz"], sheets)
    folders = [path for path in inside if path.is_dir()]
    ferplus = {path: FERPLUS_FOLDERS[plain(path)] for path in folders if plain(path) in FERPLUS_FOLDERS}
    parts = {path: FOLDERS[plain(path)] for path in folders if plain(path) in FOLDERS}
    apart = {path: part for path, part in (ferplus | parts).items() if part == APART}
    if ferplus.keys() - apart.keys():
        return "FER+ folders", partial(read_ferplus, ferplus | apart)
    if parts:
        return "a folder an emotion", partial(read_emotion_folders, parts | apart)
    found = ", ".join(path.name for path in inside[:8]) or "nothing"
    raise ValueError(f"SOURCE must hold {EXPECTED}; {source} holds {found}")


def plain(folder: Path) -> str:
    """A folder's name without case, blanks, ``_`` and ``-``."""
    return re.sub(r"[\s_-]", "", folder.name.casefold())


def gather(rows: Iterator[Row], source: Path, account: Account) -> Faces:
    """Rows as arrays, with repeats and twins marked; the account is closed."""
    found = list(rows)
    account.close(PICTURES, "picture", EXPECTED)
    if not found:
        raise ValueError(
            f"{source} holds no picture of {' or '.join(KEPT)} (left out: {dict(account.left_out) or 'none'})"
        )
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


def read_csv(path: Path, votes: Path | None, account: Account) -> Iterator[Row]:
    """`fer2013.csv`, and in step with it `fer2013new.csv`."""
    for table in (path, *([] if votes is None else [votes])):
        account.table(table)
    account.leave_rest("beside fer2013.csv, not read")
    rows = read_table(path, ("emotion", "pixels", "Usage"))
    voted = repeat(None) if votes is None else read_table(votes, ("Usage", "Image name", *VOTE_NAMES))
    for number, (line, told) in enumerate(zip_longest(rows, voted)):
        if line is None or (told is None and votes is not None):
            if votes is None:
                return
            short = path if line is None else votes
            raise ValueError(f"{path.name} and {votes.name} must have as many rows; {short.name} ends first")
        where, (emotion, pixels, usage) = line
        account.enter(where)
        part = part_of(where, usage)
        if told is not None and part_of(told[0], told[1][0]) != part:
            raise ValueError(
                f"{told[0]}: Usage is {told[1][0]!r} where {path.name} has {usage!r}; they are not in step"
            )
        if part == APART:
            account.leave(where, APART)
            continue
        label = small_numbers(where, "emotion", [emotion], 1)[0]
        if label not in FER2013.codes:
            raise ValueError(f"{where}: emotion must be 0 to 6; got {label}")
        image = small_numbers(where, "pixels", pixels.split(), SIDE * SIDE).reshape(SIDE, SIDE)
        name = (told and told[1][1]) or f"row {number}"  # a picture that is no face has no name in fer2013new.csv
        given = None if told is None else small_numbers(told[0], "votes", told[1][2:], len(VOTE_NAMES))
        account.use(where)
        yield Row(image, part, name, FER2013.index(FER2013.decode(int(label))), given)


def leave_apart(folder: Path, account: Account) -> None:
    """Count the pictures of the part kept apart by their names; they are never opened."""
    for path in account.open(folder):
        if path.suffix.casefold() in PICTURES:
            account.leave(path, APART)
        elif path.name.casefold() == "label.csv":
            account.table(path)


def read_ferplus(folders: dict[Path, str], account: Account) -> Iterator[Row]:
    """FER+'s own folders. Their `label.csv` holds votes alone; the pictures' FER2013 labels are unknown."""
    for folder, part in folders.items():
        if part == APART:
            leave_apart(folder, account)
            continue
        there = {path.name.casefold(): path for path in visible(folder)}
        path = there.get("label.csv", folder / "label.csv")
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there; FER+'s folders have it beside their pictures")
        account.table(path)
        seen = set()
        for where, (name, *cells) in read_table(path):
            where = f"{folder.name}/{where}"
            if name in seen:
                raise ValueError(f"{where}: {name} must stand there once; it has a row before")
            seen.add(name)
            if Path(name).name != name or "\\" in name or Path(name).suffix.lower() not in READ:
                raise ValueError(f"{where}: must begin with the name of a picture; got {name!r}")
            votes = cells[1:] if cells and cells[0].startswith("(") else cells  # as published there is a box first
            given = small_numbers(where, "votes", votes, len(VOTE_NAMES))
            image = read_picture(folder / name)
            account.use(folder / name)
            yield Row(image, part, name, -1, given)
        for left in account.open(folder):
            if left.suffix.casefold() in PICTURES and left.parent == folder:
                account.leave(left, "no row in label.csv")


def read_emotion_folders(folders: dict[Path, str], account: Account) -> Iterator[Row]:
    """A folder a part, in it a folder an emotion."""
    tested = {TEST, APART} & set(folders.values())
    for top, said in folders.items():
        meant = KEPT[1] if said == VALIDATION and tested else said
        if meant == APART:
            leave_apart(top, account)
            continue
        for folder in (path for path in visible(top) if path.is_dir()):
            label = emotion_folder(folder)
            for path in visible(folder):
                if path.suffix.lower() not in READ or not path.is_file():
                    raise ValueError(f"{path} must be a picture ({', '.join(READ)})")
                part = part_of_name(path) or meant
                if part in KEPT:
                    image = read_picture(path)
                    account.use(path)
                    yield Row(image, part, path.relative_to(account.source).as_posix(), label, None)
                else:
                    account.leave(path, UNTOLD.get(part, part))


def part_of_name(path: Path) -> str:
    """The part that a picture's name tells: ``PublicTest_1234.jpg``; "" where it tells none."""
    word = path.name.split("_")[0].casefold()
    return next((part for part in (*KEPT, APART) if part.casefold() == word), "")


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


def prepare(chosen: argparse.Namespace, say: Callable[[str], object]) -> None:
    """Read SOURCE and write its set."""
    faces, account, layout = read_source(chosen.source, chosen.votes)
    votes = "with the votes of FER+" if faces.votes is not None else "without votes"
    said = f"FER2013, {layout}, {votes}"
    sources = account.sources() | ({} if chosen.votes is None else {chosen.votes.name: chosen.votes})
    missed, files = account.left_out - account.beside, account.told()
    write_faces(chosen.out, faces, said, LICENCE, left_out=missed, files=files, sources=sources, say=say)


def main(arguments: list[str] | None = None) -> int:
    """Prepare; 0 when the set is whole."""
    votes = {"type": Path, "default": None, "metavar": "fer2013new.csv"}
    return run("prepare_fer2013", __doc__, arguments, prepare, {"--votes": votes})


if __name__ == "__main__":
    sys.exit(main())
