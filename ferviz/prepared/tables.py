"""Tables that people pass around as text: with the marks, encodings and separators that spreadsheets write."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["read_table", "text_encoding"]

_MARKS = {  # the longer mark first: UTF-32's begins with UTF-16's
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS = ",;\t|"


def text_encoding(path: Path) -> str:
    """The encoding that a text's first bytes tell, UTF-8 where they tell none.

    Raises
    ------
    ValueError
        When they can be neither.
    """
    with path.open("rb") as stream:
        start = stream.read(64)
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        raise ValueError(f"{path} must be text in UTF-8, or in UTF-16 with its mark; save it as 'CSV UTF-8'")
    return "utf-8"


def read_table(path: Path, columns: Sequence[str] | None = None) -> Iterator[tuple[str, list[str]]]:
    """The rows of a table, each with words for where it stands. Lines without any text are no rows.

    Parameters
    ----------
    path : Path
        Cells are parted by commas, semicolons, tabs or bars: whichever parts the first line most.
    columns : sequence of str, optional
        These cells, in this order, by the names in the first line, whatever their case. Without it the table has no
        line of names, and all cells are given.

    Raises
    ------
    ValueError
        When a column is missing or stands there twice, a row has too few or too many cells, or the file is no text.
    """
    rows = _rows(path, _separator(path))
    if columns is None:
        yield from rows
        return
    _, header = next(rows, ("", []))
    places = _places(path, header, columns)
    for where, cells in rows:
        if len(cells) <= max(places):
            raise ValueError(f"{where}: must have {max(places) + 1} columns or more; got {len(cells)}")
        if any(cells[len(header) :]):
            raise ValueError(f"{where}: must have {len(header)} columns, as the first line has; got {len(cells)}")
        yield where, [cells[place] for place in places]


def _rows(path: Path, separator: str, *, strict: bool = True) -> Iterator[tuple[str, list[str]]]:
    with path.open(newline="", encoding=text_encoding(path)) as stream:
        rows = csv.reader(stream, delimiter=separator, strict=strict)
        try:
            for cells in rows:
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    yield f"{path.name}, line {rows.line_num}", stripped
        except csv.Error as error:
            raise ValueError(f"{path.name}, line {rows.line_num}: {error}") from error
        except UnicodeError as error:
            raise ValueError(
                f"{path.name}, after line {rows.line_num}: must be text in UTF-8 ({error}); save it as 'CSV UTF-8'"
            ) from error


def _separator(path: Path) -> str:
    """What parts the first line into the most cells, a comma where nothing does."""
    return max(_SEPARATORS, key=lambda sign: len(next(_rows(path, sign, strict=False), ("", []))[1]))


def _places(path: Path, header: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where the columns stand."""
    names = [name.casefold() for name in header]
    missing = [name for name in columns if name.casefold() not in names]
    if missing:
        raise ValueError(
            f"{path.name} must have the columns {', '.join(columns)}; it lacks {', '.join(missing)} "
            f"(its first line: {', '.join(header)[:80] or 'empty'})"
        )
    twice = [name for name in columns if names.count(name.casefold()) > 1]
    if twice:
        raise ValueError(f"{path.name} must have each column once; it has {', '.join(twice)} more than once")
    return [names.index(name.casefold()) for name in columns]
