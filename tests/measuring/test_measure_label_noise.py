"""The measure of label noise: right on a handful of votes whose counts are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data_scripts import measure_label_noise as script
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Figures, measured
from ferviz.prepared import VOTE_NAMES, Faces, write_faces

FER2013 = LABEL_SETS["FER2013"]


def some_faces() -> Faces:
    """Four pictures labelled anger: the votes say anger, neutral, a tie of both, and anger once more."""
    votes = np.zeros((4, 10), np.uint8)
    for picture, (anger, neutral) in enumerate([(10, 0), (2, 8), (5, 5), (6, 4)]):
        votes[picture, [VOTE_NAMES.index("anger"), VOTE_NAMES.index("neutral")]] = anger, neutral
    return Faces(
        images=np.arange(4 * 16, dtype=np.uint8).reshape(4, 4, 4),
        labels=FER2013,
        label=np.full(4, FER2013.index("anger")),
        group=np.arange(4),
        part=np.array(["Training"] * 4),
        twin=np.zeros(4, bool),
        name=np.array(list("abcd")),
        votes=votes,
        vote_names=VOTE_NAMES,
    )


def test_labels_and_majorities_are_counted_and_a_tie_is_a_word_of_its_own():
    found = script.measure(some_faces())
    row = dict(zip(found.about["words"], found.about["counts"][0], strict=True))
    assert (row["anger"], row["neutral"], row["tie"], sum(row.values())) == (2, 1, 1, 4)
    same, (most,) = found["same"][0], found["votes_for_majority"]
    assert (same["row"], same.value, same.items, same.unit, same.people) == ("all", 0.5, 4, "pictures", None)
    assert most.value == pytest.approx((10 + 8 + 5 + 6) / 40, abs=1e-4)


def test_faces_without_votes_or_labels_are_refused():
    with pytest.raises(ValueError, match="the faces carry no votes: prepare FER2013 together with FER"):
        script.measure(replace(some_faces(), votes=None, vote_names=()))
    with pytest.raises(ValueError, match="1 faces have no label: FER\\+ alone has none to compare with"):
        script.measure(replace(some_faces(), label=np.array([0, 0, 0, -1])))


def test_the_command_reads_training_pictures_only_and_writes_what_it_printed(tmp_path, capsys):
    faces = replace(some_faces(), part=np.array(["Training", "Training", "Training", "PublicTest"]))
    write_faces(tmp_path / "faces", faces, "a test", "none")
    assert script.main(["--faces", str(tmp_path / "faces"), "--out", str(tmp_path / "noise.json")]) == 0
    told = Figures.from_json((tmp_path / "noise.json").read_text("utf-8"))
    assert told.about["pictures"] == 3
    assert told.command.endswith("measure_label_noise.py --faces FACES --out OUT")
    assert "n = 3" in capsys.readouterr().out


def test_what_ships_counts_every_picture_once_and_its_shares_follow_from_its_counts():
    noise = measured("label_noise")
    counts, labels, words = np.array(noise.about["counts"]), noise.about["labels"], noise.about["words"]
    assert counts.sum() == noise.about["pictures"]
    same = {row["row"]: row.value for row in noise["same"]}
    agreeing = [counts[i, words.index(name)] for i, name in enumerate(labels)]
    assert same["all"] == pytest.approx(sum(agreeing) / counts.sum(), abs=1e-4)
    for place, name in enumerate(labels):
        assert same[name] == pytest.approx(agreeing[place] / counts[place].sum(), abs=1e-4)
