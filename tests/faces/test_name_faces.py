"""Faces that are named blind: the sheets are drawn again from their seed, and answers are counted right."""

from __future__ import annotations

import json

import pytest

from data_scripts import name_faces as script
from ferviz.measured import Figures


def test_sheets_and_their_key_come_from_the_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "EACH", 1)
    monkeypatch.setattr(script, "SHEETS", 1)
    monkeypatch.setattr(script, "SIDE", 32)
    for name in "ab":
        assert script.main(["draw", str(tmp_path / name), "--seed", "4"]) == 0
    key = json.loads((tmp_path / "a" / "key.json").read_text("utf-8"))
    assert (key["seed"], sorted(key["words"])) == (4, sorted(script.WORDS))
    assert (tmp_path / "a" / "sheet1.png").read_bytes() == (tmp_path / "b" / "sheet1.png").read_bytes()


def test_answers_are_scored_with_their_interval_and_confusion(tmp_path, capsys):
    words = [*script.WORDS] * 10
    (tmp_path / "key.json").write_text(json.dumps({"seed": 4, "words": words}))
    (tmp_path / "one.json").write_text(json.dumps(words))
    (tmp_path / "two.json").write_text(json.dumps(["fear", *words[1:]]))
    files = [str(tmp_path / name) for name in ("one.json", "two.json")]
    out = tmp_path / "naming.json"
    assert script.main(["score", str(tmp_path), *files, "--who", "two students", "--out", str(out)]) == 0
    told = Figures.from_json(out.read_text("utf-8"))
    first, second = told["named"]
    assert (first.value, first.low, first.high, second.value) == (1.0, 0.9487, 1.0, 0.9857)
    neutral, fear = (told.about["labels"].index(word) for word in ("neutral", "fear"))
    assert told.about["counts"]["reader 2"][neutral][fear] == 1
    assert told.what == "fresh synthetic faces at their apex, named blind by two students"
    assert "reader 1: 1.000 [0.949, 1.000] of 70" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["fear"], ["joy"] * 70, {"fear": 70}])
def test_answers_that_are_no_list_of_the_words_are_refused(tmp_path, given, capsys):
    (tmp_path / "key.json").write_text(json.dumps({"seed": 4, "words": [*script.WORDS] * 10}))
    (tmp_path / "one.json").write_text(json.dumps(given))
    with pytest.raises(SystemExit):
        script.main(["score", str(tmp_path), str(tmp_path / "one.json")])
    assert "one.json must be a list of 70 of the words neutral, happiness" in capsys.readouterr().err
