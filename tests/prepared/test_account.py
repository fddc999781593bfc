"""The account of a source: every item is used or left out once, and what is open is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ferviz.prepared import PICTURES, Account, visible

HIDDEN = "hidden, or left by an operating system"


def put(top: Path, *names: str) -> Path:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"")
    return top


def test_input_is_used_and_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/2.PNG", "a/list.csv", "README", "Thumbs.db", "a/desktop.INI", "a/.DS_Store")
    put(tmp_path, ".git/x.png", "__MACOSX/a/._1.png")
    account = Account(tmp_path)
    assert [path.name for path in visible(tmp_path / "a")] == ["1.png", "2.PNG", "list.csv"]
    account.use(tmp_path / "a" / "1.png")
    account.leave(tmp_path / "a" / "2.PNG", "blurred")
    account.table(tmp_path / "a" / "list.csv")
    account.table(tmp_path / "a" / ".." / "a" / "list.csv")  # the same, called otherwise
    account.table(tmp_path.parent / "elsewhere.csv")
    account.close(PICTURES, "picture", "pictures")
    assert account.told() == {"input": 8, "used": 1, "left_out": {"blurred": 1, HIDDEN: 5, "no picture": 1}}
    assert account.beside == {HIDDEN: 5, "no picture": 1}
    assert account.input == account.used + sum(account.left_out.values())
    assert sorted(account.sources()) == ["a/1.png", "a/list.csv"]


def test_data_without_a_place_are_refused_by_name(tmp_path: Path) -> None:
    put(tmp_path, *(f"b/{number}.JPG" for number in range(4)))
    with pytest.raises(
        ValueError,
        match=r"holds 4 of which the place is not known \(b/0.JPG, b/1.JPG, b/2.JPG …\): move them away, or rename "
        r"their folders. It must hold pictures",
    ):
        Account(tmp_path).close(PICTURES, "picture", "pictures")


def test_rows_of_a_table_are_items_too(tmp_path: Path) -> None:
    account = Account(put(tmp_path, "t.csv") / "t.csv")
    account.use(account.enter("line 1"))
    account.leave(account.enter("line 2"), "kept apart")
    with pytest.raises(ValueError, match=r"t.csv: line 2 comes twice"):
        account.enter("line 2")
    account.enter("line 3")
    with pytest.raises(ValueError, match=r"t.csv holds 1 of which the place is not known \(line 3\)"):
        account.close(PICTURES, "picture", "rows")
    account.use("line 3")
    assert account.told() == {"input": 3, "used": 2, "left_out": {"kept apart": 1}}
    assert list(account.sources()) == ["t.csv"]


def test_nothing_is_settled_twice(tmp_path: Path) -> None:
    account = Account(put(tmp_path, "1.png", "2.png", ".3.png", "t.csv"))
    account.use(tmp_path / "1.png")
    account.leave(tmp_path / "2.png", "blurred")
    account.table(tmp_path / "t.csv")
    for name, message in {
        "1.png": r"1.png may be used or left out once; it is used already",
        "2.png": r"2.png may be used or left out once; it is blurred",
        ".3.png": r".3.png may be used or left out once; it is hidden",
        "t.csv": r"t.csv may be used or left out once; it is a table",
        "4.png": r"4.png may be used or left out once; it is never taken in",
    }.items():
        with pytest.raises(ValueError, match=message):
            account.leave(tmp_path / name, "again")


def test_links_are_followed_and_those_that_lead_nowhere_or_back_are_named(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "a/1.png")
    top = put(tmp_path / "top", "2.png")
    (top / "data").symlink_to(tmp_path / "elsewhere")
    (top / ".lock").symlink_to("nobody@nowhere")  # as Emacs leaves them
    account = Account(top)
    assert [path.relative_to(top).as_posix() for path in account.open()] == ["2.png", "data/a/1.png"]
    assert account.left_out == {HIDDEN: 1}
    (top / "gone.png").symlink_to(top / "nothing.png")
    with pytest.raises(ValueError, match=r"gone.png must be a file or a folder; it is a link to nothing, or a device"):
        Account(top)
    (top / "gone.png").unlink()
    os.mkfifo(top / "pipe")
    with pytest.raises(ValueError, match=r"pipe must be a file or a folder; it is a link to nothing, or a device"):
        Account(top)
    (top / "pipe").unlink()
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"back is a link that leads back to .*elsewhere; take it away"):
        Account(top)
