"""Tables as people and spreadsheets save them: the same rows come out of all, and what cannot be read is named."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferviz.prepared import read_table, text_encoding

COLUMNS = ("name", "pixels", "Usage")
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    blank=st.sampled_from(["", "  ", "{s}{s}", "\t"]),
    order=st.permutations(range(4)),
    capitals=st.booleans(),
    last=st.booleans(),
)
def test_a_table_is_read_whoever_saved_it(rows, encoding, separator, end, blank, order, capitals, last) -> None:
    header = [*COLUMNS, "a comment"]
    lines = [[header[k].upper() if capitals else header[k] for k in order]]
    lines += [[[*row, "mine"][k] for k in order] for row in rows]
    stream = io.StringIO()
    for line in lines:
        csv.writer(stream, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(line)
        stream.write(blank.format(s=separator) + end)
    text = stream.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes((text if last else text.rstrip("\r\n")).encode(encoding))
        found = [cells for _, cells in read_table(path, COLUMNS)]
    assert found == [[cell.strip() for cell in row] for row in rows]


def test_a_table_without_names_gives_all_cells_and_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "label.csv"
    path.write_text("\na.png;(0, 0, 48, 48);1;2;3\n\n;;\nb.png;(0, 0, 48, 48);3;4;5\n", encoding="utf-8-sig")
    assert list(read_table(path)) == [
        ("label.csv, line 2", ["a.png", "(0, 0, 48, 48)", "1", "2", "3"]),
        ("label.csv, line 5", ["b.png", "(0, 0, 48, 48)", "3", "4", "5"]),
    ]
    path.write_text("")
    assert list(read_table(path)) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"table.csv must have the columns name, pixels, Usage; it lacks .* \(its first line: empty\)"),
        (b"a,b\n", r"it lacks name, pixels, Usage \(its first line: a, b\)"),
        (b"sep=;\nname;pixels;Usage\n", r"it lacks name, pixels, Usage \(its first line: sep="),
        (b"name,pixels,Usage,Name\n", r"table.csv must have each column once; it has name more than once"),
        (b"name,pixels,Usage\na,b\n", r"table.csv, line 2: must have 3 columns or more; got 2"),
        (b"name,pixels,Usage\na,b,c,d\n", r"table.csv, line 2: must have 3 columns, as the first line has; got 4"),
        (b'name,pixels,Usage\na,"b,c\n', r"table.csv, line 2: unexpected end of data"),
        ("name,pixels,Usage\nä,b,c\n".encode("latin-1"), r"table.csv, after line \d: must be text in UTF-8 \("),
        ("name,pixels,Usage\n".encode("utf-16-le"), r"table.csv must be text in UTF-8, or in UTF-16 with its mark"),
        ("name,pixels".encode("utf-16")[:-1], r"table.csv, after line 0: must be text in UTF-8 \(.*truncated data"),
        (b"PK\x03\x04\x00\x00", r"table.csv must be text in UTF-8, or in UTF-16 with its mark"),
    ],
)
def test_what_is_no_such_table_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        list(read_table(tmp_path / "table.csv", COLUMNS))


def test_blank_cells_after_the_last_column_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("name,pixels,Usage\na,b,c,,\n")
    assert list(read_table(tmp_path / "table.csv", COLUMNS)) == [("table.csv, line 2", ["a", "b", "c"])]


def test_an_encoding_is_told_by_the_first_bytes(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        (tmp_path / "a").write_text("3", encoding=encoding)
        assert text_encoding(tmp_path / "a") == encoding
