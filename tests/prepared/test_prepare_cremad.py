"""CREMA-D from a tiny made-up tree: sounds and films, each performance once, folds by actor, wrong layouts named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from films import COUNT, film
from finder import Finder

from data_scripts.prepare_cremad import main
from ferviz.prepared import read_clips
from ferviz.streams import wav

SOUND = wav(np.full(800, 0.25, np.float32), 16_000)


def write(folder: Path, name: str, data: bytes = SOUND) -> None:
    place = folder / ("VideoFlash" if name.endswith("mp4") else "AudioWAV") / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An angry film and its sound, and a happy and a sad sound, of three actors; the votes beside them."""
    folder = tmp_path / "crema-d"
    write(folder, "1001_DFA_ANG_XX.mp4", film("mp4"))
    write(folder, "1001_DFA_ANG_XX.wav")
    write(folder, "1006_IEO_HAP_LO.wav")
    write(folder, "1003_IEO_SAD_X.wav")
    (folder / "tabulatedVotes.csv").write_text("A,D", "utf-8")
    return folder


def run(source: Path, out: Path) -> int:
    return main([str(source), "--out", str(out), "--size", "4"], find=Finder(lambda clip: np.array([1])))


def test_each_performance_is_one_clip(source, tmp_path):
    assert run(source, tmp_path / "set") == 0
    clips = read_clips(tmp_path / "set")
    assert [(row["name"], row["label"], row["identity"], row["fold"]) for row in clips.rows] == [
        ("1001_DFA_ANG_XX", "anger", "actor-1001", 0),
        ("1003_IEO_SAD_X", "sadness", "actor-1003", 2),
        ("1006_IEO_HAP_LO", "happiness", "actor-1006", 0),
    ]
    whole, sad, _ = clips
    assert whole.frames.shape == (COUNT, 4, 4, 3)
    assert whole.audio is not None
    assert (len(sad), sad.sample_rate) == (0, 16_000)
    account = json.loads((tmp_path / "set" / "account.json").read_text("utf-8"))
    assert (account["input"], account["used"]) == (5, 3)
    assert account["left_out"] == {"no sound and no film": 1, "the same performance in another form": 1}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("1092_DFA_ANG_XX.wav", "must be of an actor from 1001 to 1091; got 1092"),
        ("1001_DFA_JOY_XX.wav", "of which the place is not known"),
    ],
)
def test_names_that_do_not_fit_are_refused(source, tmp_path, capsys, name, message):
    write(source, name)
    assert run(source, tmp_path / "set") == 2
    assert message in capsys.readouterr().err


def test_a_source_that_is_none_is_refused(tmp_path, capsys):
    assert run(tmp_path / "none", tmp_path / "set") == 2
    assert "SOURCE must be a folder with files such as 1001_DFA_ANG_XX.wav" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", tmp_path / "set") == 2
    assert "holds no clip of CREMA-D; it must hold files such as" in capsys.readouterr().err
