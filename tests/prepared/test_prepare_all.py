"""What holds for all scripts that prepare a set: nothing is passed over, and what is kept from before is true and said.

A new script gets a tree in `prepared_trees`, and with it these tests.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from finder import contents
from hypothesis import given, settings
from hypothesis import strategies as st
from prepared_trees import BAD, LEFT, REFUSED, TABLE, TREES, USED, Tree

from ferviz.prepared import read_clips, read_faces

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.stem.removeprefix("prepare_") for path in (ROOT / "data_scripts").rglob("prepare_*.py"))


@pytest.fixture(params=TREES)
def tree(request: pytest.FixtureRequest) -> Tree:
    return TREES[request.param]()


def test_every_script_has_a_tree() -> None:
    assert sorted(TREES) == SCRIPTS


@pytest.mark.parametrize("name", TREES)
def test_each_file_that_people_have_is_used_left_out_or_refused(name: str, tmp_path: Path) -> None:
    tree = TREES[name]()
    for number, (more, (_, fate)) in enumerate(tree.more.items()):
        source = tree.put(tmp_path / str(number), more)
        if fate == REFUSED:
            with pytest.raises((ValueError, OSError), match=re.escape(str(source))):  # the file or the source is named
                tree.account(source)
        else:
            assert_balance(tree, source, (more,))


@pytest.mark.parametrize("name", TREES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_input_is_used_and_left_out_whatever_the_tree(name: str, data: st.DataObject) -> None:
    tree = TREES[name]()
    fine = sorted(more for more, (_, fate) in tree.more.items() if fate != REFUSED)
    bad = sorted(tree.more.keys() - set(fine))
    chosen = data.draw(st.lists(st.sampled_from(fine), unique_by=str.casefold, max_size=12))
    chosen += data.draw(st.lists(st.sampled_from(bad), max_size=1))
    with tempfile.TemporaryDirectory() as folder:
        source = tree.put(Path(folder) / "source", *chosen)
        if set(chosen) & set(bad):
            with pytest.raises((ValueError, OSError)):
                tree.account(source)
        else:
            assert_balance(tree, source, chosen)


def assert_balance(tree: Tree, source: Path, chosen: tuple[str, ...] | list[str]) -> None:
    """The account says what became of each file, and its sum is the number of files that are there."""
    account = tree.account(source)
    fates = [fate for _, fate in [*tree.base.values(), *(tree.more[name] for name in chosen)]]
    there = sum(path.is_file() for path in source.rglob("*"))
    assert there == len(fates)
    assert account.used == fates.count(USED)
    assert account.left_out.total() == fates.count(LEFT)
    assert account.input == account.used + account.left_out.total() == there - fates.count(TABLE)


def run(tree: Tree, source: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = tree.main([str(source), "--out", str(out)])
    told = capsys.readouterr()
    return code, told.out, told.err


def made(out: Path) -> dict[str, int]:
    """The data files of a set, by what changes when they are written again."""
    return {path.name: path.stat().st_ino for path in out.glob("*.npz")}


def test_what_is_unchanged_is_kept_and_said(tree: Tree, tmp_path: Path, capsys) -> None:
    source, out = tree.put(tmp_path / "source"), tmp_path / "set"
    code, told, _ = run(tree, source, out, capsys)
    assert code == 0
    assert "kept from before" not in told
    before, files = contents(out), made(out)
    code, told, _ = run(tree, source, out, capsys)
    assert code == 0
    assert "kept from before: " in told
    assert "whose sources have the sizes and hashes that they had" in told
    assert "made again" not in told
    assert made(out) == files
    assert contents(out) == before


def test_the_same_source_on_another_disk_is_the_same(tree: Tree, tmp_path: Path, capsys) -> None:
    run(tree, tree.put(tmp_path / "source"), tmp_path / "set", capsys)
    files = made(tmp_path / "set")
    _, told, _ = run(tree, tree.put(tmp_path / "moved"), tmp_path / "set", capsys)
    assert "kept from before: " in told
    assert made(tmp_path / "set") == files


def test_a_repaired_source_is_made_again_and_ends_like_a_fresh_one(tree: Tree, tmp_path: Path, capsys) -> None:
    source = tree.put(tmp_path / "source")
    run(tree, source, tmp_path / "fresh", capsys)
    path = source / tree.repaired
    whole = path.read_bytes()
    path.write_bytes(other_content(tree, whole))
    run(tree, source, tmp_path / "set", capsys)
    assert contents(tmp_path / "set") != contents(tmp_path / "fresh")
    path.write_bytes(whole)
    code, told, _ = run(tree, source, tmp_path / "set", capsys)
    assert code == 0
    assert f"made again: {tree.unit} (its source has changed)" in told
    assert contents(tmp_path / "set") == contents(tmp_path / "fresh")


def other_content(tree: Tree, whole: bytes) -> bytes:
    """A damaged file; a damaged picture of FER2013 is refused, so it gets another one, of the same length."""
    return BAD if tree.unit != "faces.npz" else TREES["fer2013"]().base["test/sad/PublicTest_3.png"][0]


def test_a_damaged_file_of_the_set_is_made_again(tree: Tree, tmp_path: Path, capsys) -> None:
    source, out = tree.put(tmp_path / "source"), tmp_path / "set"
    run(tree, source, out, capsys)
    before = contents(out)
    (out / f"{tree.unit.removesuffix('.npz')}.npz").write_bytes(b"damaged")
    _, told, _ = run(tree, source, out, capsys)
    assert f"made again: {tree.unit} (its file is damaged or missing)" in told
    (out / f"{tree.unit.removesuffix('.npz')}.json").write_text("{")
    _, told, _ = run(tree, source, out, capsys)
    assert f"made again: {tree.unit} (its record is damaged)" in told
    assert contents(out) == before


def test_another_set_and_another_folder_are_left_alone(tree: Tree, tmp_path: Path, capsys) -> None:
    source = tree.put(tmp_path / "source")
    others = [TREES[name]() for name in TREES if TREES[name]().unit != tree.unit]
    for number, other in enumerate(others):
        out = tmp_path / f"set {number}"
        run(other, other.put(tmp_path / f"other {number}"), out, capsys)
        before = contents(out)
        code, _, error = run(tree, source, out, capsys)
        assert code == 2
        assert "holds another set (" in error
        assert "source, licence, labels" in error
        assert contents(out) == before
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    code, _, error = run(tree, source, tmp_path / "thesis", capsys)
    assert code == 2
    assert "must be empty or hold this very set; it holds thesis.txt; choose another folder" in error
    assert contents(tmp_path / "thesis") == {"thesis.txt": b"mine"}


def test_the_account_is_told_and_kept_and_a_stray_file_makes_no_other_set(tree: Tree, tmp_path: Path, capsys) -> None:
    run(tree, tree.put(tmp_path / "clean"), tmp_path / "clean set", capsys)
    source = tree.put(tmp_path / "source", "Thumbs.db", ".DS_Store")
    _, told, _ = run(tree, source, tmp_path / "set", capsys)
    assert "(hidden, or left by an operating system)" in told
    account = tree.account(source)
    left_out = account.left_out.total()
    assert f"of {account.input} items of the source {account.used} are used and {left_out} left out" in told
    assert json.loads((tmp_path / "set" / "account.json").read_text()) == account.told()
    found, clean = contents(tmp_path / "set"), contents(tmp_path / "clean set")
    assert {name for name in found if found[name] != clean[name]} == {"account.json"}


def test_sets_of_an_earlier_version_are_read_and_made_again_once(tree: Tree, tmp_path: Path, capsys) -> None:
    """They kept no fingerprints, and sets of faces no record and no settings."""
    source, out = tree.put(tmp_path / "source"), tmp_path / "set"
    run(tree, source, out, capsys)
    before = contents(out)
    if tree.unit == "faces.npz":
        (out / "faces.json").unlink()
        (out / "settings.json").unlink()
    else:
        for path in (out / f"{record.stem}.json" for record in out.glob("*.npz")):
            path.write_text(path.read_text().replace('"sources"', '"something"'))
    assert len(read_faces(out) if tree.unit == "faces.npz" else read_clips(out)) > 0
    _, told, _ = run(tree, source, out, capsys)
    assert "kept from before" not in told
    assert ("an earlier version kept no record of its sources" in told) == (tree.unit != "faces.npz")
    assert contents(out) == before


def test_a_repaired_picture_of_ckplus_is_no_gap_any_more(tmp_path: Path, capsys) -> None:
    tree = TREES["ckplus"]()
    source = tree.put(tmp_path / "source")
    path = source / tree.repaired
    whole = path.read_bytes()
    path.write_bytes(BAD)
    run(tree, source, tmp_path / "set", capsys)
    assert read_clips(tmp_path / "set")[0].usable().tolist() == [True, False]
    path.write_bytes(whole)
    _, told, _ = run(tree, source, tmp_path / "set", capsys)
    clip = read_clips(tmp_path / "set")[0]
    assert clip.usable().all()
    np.testing.assert_array_equal(clip.frames[:, 0, 0, 0], [51, 52])
    assert "kept from before: 1," in told


def test_a_repaired_film_of_afew_is_no_longer_left_out_and_one_that_is_gone_is_said(tmp_path: Path, capsys) -> None:
    tree = TREES["afew"]()
    source = tree.put(tmp_path / "source")
    path = source / tree.repaired
    whole = path.read_bytes()
    path.write_bytes(BAD)
    run(tree, source, tmp_path / "set", capsys)
    assert list(read_clips(tmp_path / "set").left_out) == [tree.unit]
    hidden = {"hidden, or left by an operating system": 14}
    expected = {"input": 16, "used": 1, "left_out": {**hidden, "of clips that are left out": 1}}
    assert json.loads((tmp_path / "set" / "account.json").read_text()) == expected
    path.write_bytes(whole)
    run(tree, source, tmp_path / "set", capsys)
    expected = {"input": 16, "used": 2, "left_out": hidden}
    assert json.loads((tmp_path / "set" / "account.json").read_text()) == expected
    assert [row["name"] for row in read_clips(tmp_path / "set").rows] == [tree.unit, "validation-Sad-1"]
    path.unlink()
    _, told, _ = run(tree, source, tmp_path / "set", capsys)
    assert f"not in the set any more: {tree.unit}.npz, which stays in {tmp_path / 'set'} until you delete it" in told
    assert len(read_clips(tmp_path / "set")) == 1
