"""data_scripts/measure_zoo.py: networks on the same faces, by labels, by votes and by truth."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from tiny_lbp import write_noise

from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Figures, measured
from ferviz.prepared import read_faces
from ferviz.scores import holm

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def zoo():
    spec = importlib.util.spec_from_file_location("measure_zoo", ROOT / "data_scripts" / "measure_zoo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows_hold_networks_against_the_baseline_on_the_public_test_alone(zoo, tmp_path, capsys):
    folder = write_noise(tmp_path / "faces")
    assert zoo.main(["--faces", str(folder), "--names", "fan-mean", "--out", str(tmp_path / "zoo.json")]) == 0
    told = Figures.from_json((tmp_path / "zoo.json").read_text("utf-8"))
    assert [(row["by"], row["row"]) for row in told["accuracy"]] == [
        ("label", "mini-xception"),
        ("label", "fan-mean"),
        ("votes", "mini-xception"),
        ("votes", "fan-mean"),
    ]
    assert {row.items for row in told["accuracy"] if row["by"] == "label"} == {5}
    for row in told["accuracy"]:
        assert row.low <= row.value <= row.high
        assert row.people is None
    base, other = told["accuracy"][:2]
    same, more = told["difference"][:2]
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, None)
    assert more.value == pytest.approx(other.value - base.value, abs=2e-4)
    assert more.low <= 0 <= more.high
    assert more.p > 0.05
    assert (same.p_holm, more.p_holm, more.holm_over) == (None, more.p, "all networks less mini-xception, by label")
    assert [row.low for row in told["recall"]] == [None] * 4
    assert told.command.endswith("--names fan-mean --out OUT")
    assert "against mini-xception" in capsys.readouterr().out


def test_without_votes_only_labels_count(zoo, tmp_path):
    rows = zoo.real(write_noise(tmp_path, votes=False), [])
    assert [row["by"] for row in rows["accuracy"]] == ["label"]


def test_most_votes_must_be_one_emotions(zoo, tmp_path):
    faces = read_faces(write_noise(tmp_path))
    faces.votes[:4] = 0
    faces.votes[0, 8] = 10  # unknown
    faces.votes[1, [0, 3]] = 5  # a tie
    faces.votes[2, 7] = 6  # contempt
    place, sure = zoo.most_voted(faces)
    assert sure[:3].tolist() == [False, False, True]
    assert place[2] == LABEL_SETS["FER+"].index("contempt")
    faces.votes[3, 1] = 4  # happiness, alone
    place, sure = zoo.most_voted(faces)
    assert (place[3], sure[3]) == (LABEL_SETS["FER+"].index("happiness"), True)


def test_answers_are_places_in_the_labels_asked_for(zoo):
    faces = np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)
    clip = Clip(faces, np.arange(6.0), crop=Crop(48, 0.0))
    own = zoo.answers("mini-xception", clip, LABEL_SETS["FER2013"])
    other = zoo.answers("mini-xception", clip, LABEL_SETS["FER+"])
    assert [LABEL_SETS["FER2013"][k] for k in own] == [LABEL_SETS["FER+"][k] for k in other]
    assert zoo.answers("mini-xception", clip, LABEL_SETS["CK+"]).tolist() == [
        LABEL_SETS["CK+"].index(LABEL_SETS["FER2013"][k]) if LABEL_SETS["FER2013"][k] in LABEL_SETS["CK+"] else -1
        for k in own
    ]


def test_synthetic_stills_are_the_test_peoples(zoo, tiny_set):
    rows = zoo.synthetic(tiny_set, ["fan-mean"])["accuracy"]
    assert [(row["row"], row["by"], row.items) for row in rows] == [
        ("mini-xception", "truth", 14),
        ("fan-mean", "truth", 14),
    ]
    assert rows[0].people <= 2


def test_rows_of_networks_that_are_gone_are_kept_as_they_were(zoo):
    rows = zoo.kept(["first"])
    assert [(one["row"], one["by"]) for one in rows["accuracy"]] == [("first", "label"), ("first", "votes")]
    assert rows["accuracy"][0] == next(one for one in measured("zoo")["accuracy"] if one["row"] == "first")
    assert zoo.kept([]) == {"accuracy": [], "recall": [], "difference": []}
    with pytest.raises(ValueError, match="--keep must name rows of zoo.json; it has none for second"):
        zoo.kept(["first", "second"])


def test_networks_that_are_kept_are_of_one_family_with_those_that_are_new(zoo, tmp_path):
    folder = write_noise(tmp_path / "faces")
    asked = ["--faces", str(folder), "--names", "fan-mean", "--keep", "fan-self", "--out", str(tmp_path / "zoo.json")]
    assert zoo.main(asked) == 0
    told = Figures.from_json((tmp_path / "zoo.json").read_text("utf-8"))["difference"]
    for by in ("label", "votes"):
        raw = [one for one in told if one["by"] == by and one.p is not None]
        assert [one["row"] for one in raw] == ["fan-mean", "fan-self"]
        assert [one.p_holm for one in raw] == pytest.approx(holm([one.p for one in raw]), rel=0.01)


@pytest.mark.parametrize("twice", [("--names", "a/fan-mean", "b/fan-mean"), ("--names", "first", "--keep", "first")])
def test_two_rows_of_one_name_are_refused_before_the_measure(zoo, tmp_path, capsys, twice):
    with pytest.raises(SystemExit):
        zoo.main(["--faces", str(tmp_path), *twice])
    assert f"{Path(twice[1]).name} would stand there twice" in capsys.readouterr().err
