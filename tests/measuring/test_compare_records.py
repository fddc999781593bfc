"""Figures before and after: what has the same name stands on one line, and nothing is left out uncounted."""

from __future__ import annotations

import pytest

from data_scripts import compare_records as script
from ferviz.measured import Measured

WAY = {"way": "95 %, exact", "what": "accuracy"}
BEFORE = [
    Measured(value=0.5, low=0.4, high=0.6, of={"row": "pool", "family": "all", "parameters": 3}, **WAY),
    Measured(value=0.1, low=0.0, high=0.2, of={"row": "frozen q0", "family": "all"}, **WAY),
]
AFTER = [
    Measured(value=0.7, low=0.6, high=0.8, of={"row": "pool", "family": "all", "parameters": 4}, **WAY),
    Measured(value=0.2, what="accuracy", of={"row": "fan"}, than="pool", seeds={"0": 0.1, "1": 0.3}),
]


def test_what_has_the_same_name_stands_on_one_line_and_the_rest_is_counted():
    told = "\n".join(script.lines("accuracy", *({script.key(one): one for one in each} for each in (BEFORE, AFTER))))
    assert "accuracy: 1 in both" in told
    assert "| pool, all | 0.500 [0.400, 0.600] | 0.700 [0.600, 0.800] |" in told
    assert "Only before: 1 (frozen q0)." in told
    assert "Only after: 1 (fan minus pool)." in told


def test_few_runs_are_told_one_by_one():
    assert script.figure(AFTER[1]) == "+0.200 (runs: +0.100; +0.300)"
    assert script.figure(Measured(value=None, what="accuracy")) == "not defined"


def test_every_entry_of_every_record_has_a_key_of_its_own():
    for path in script.FOLDER.glob("*.json"):
        for name, table in script.Figures.from_json(path.read_text("utf-8"), path.name).tables.items():
            keys = [script.key(entry) for entry in table]
            twice = {each for each in keys if keys.count(each) > 1}
            assert not twice, f"{path.name}, {name}: {twice}"


def test_a_commit_that_is_none_is_named(capsys):
    with pytest.raises(SystemExit):
        script.main(["no-such-commit", "--names", "reading"])
    assert "revision must be a commit of this repository; git says:" in capsys.readouterr().err


def test_the_page_of_this_commit_holds_every_file(tmp_path):
    if not (script.ROOT / ".git").exists():
        return  # an unpacked archive has no commit to ask
    assert script.main(["HEAD", "--names", "reading", "twins", "--out", str(tmp_path / "page.md")]) == 0
    told = (tmp_path / "page.md").read_text("utf-8")
    assert "## reading" in told
    assert "## twins" in told
    assert "difference: 12 in both" in told
