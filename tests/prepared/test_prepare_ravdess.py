"""RAVDESS from a tiny made-up tree: sounds and films, each performance once, folds by actor, wrong layouts named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from films import COUNT, film
from finder import Finder, contents

from data_scripts.prepare_ravdess import FOLDS, main
from ferviz.clip import Gap
from ferviz.prepared import read_clips
from ferviz.streams import wav

SOUND = wav(np.full(800, 0.25, np.float32), 16_000)


def write(folder: Path, name: str, data: bytes = SOUND) -> None:
    place = folder / f"Actor_{name[18:20]}" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Of two actors: an angry film and its sound, a calm and a happy sound, a silent film, and a song."""
    folder = tmp_path / "ravdess"
    write(folder, "01-01-05-02-01-01-02.mp4", film("mp4"))
    write(folder, "03-01-05-02-01-01-02.wav")
    write(folder, "03-01-02-01-01-01-02.wav")
    write(folder, "03-01-03-01-02-01-13.wav")
    write(folder, "02-01-04-01-01-01-13.mp4", film("mp4", sound=False))
    write(folder, "03-02-04-01-01-01-13.wav")
    (folder / "README.txt").write_text("RAVDESS", "utf-8")
    (folder / ".DS_Store").write_bytes(b"")
    return folder


def run(source: Path, out: Path, find: object | None = None) -> int:
    finder = find or Finder(lambda clip: np.array([1]))
    return main([str(source), "--out", str(out), "--size", "4"], find=finder)


def test_each_performance_is_one_clip(source, tmp_path, capsys):
    assert run(source, tmp_path / "set") == 0
    clips = read_clips(tmp_path / "set")
    assert [(row["name"], row["label"], row["identity"], row["fold"]) for row in clips.rows] == [
        ("03-01-02-01-01-01-02", "neutral", "actor-02", 0),
        ("03-01-03-01-02-01-13", "happiness", "actor-13", 1),
        ("02-01-04-01-01-01-13", "sadness", "actor-13", 1),
        ("01-01-05-02-01-01-02", "anger", "actor-02", 0),
    ]
    calm, _, silent, whole = clips
    assert (len(calm), calm.sample_rate) == (0, 16_000)
    np.testing.assert_allclose(calm.audio, 0.25, atol=1e-4)
    assert silent.audio is None
    assert whole.frames.shape == (COUNT, 4, 4, 3)
    assert whole.audio is not None
    assert whole.gaps == (Gap("frames", 1, 2, "no face found"),)
    assert [clip.labels["emotion"] for clip in read_clips(tmp_path / "set", fold=1)] == ["happiness", "sadness"]
    account = json.loads((tmp_path / "set" / "account.json").read_text("utf-8"))
    assert (account["input"], account["used"]) == (8, 4)
    assert account["left_out"] == {
        "a song": 1,
        "hidden, or left by an operating system": 1,
        "no sound and no film": 1,
        "the same performance in another form": 1,
    }


def test_the_published_archives_may_lie_side_by_side(source, tmp_path):
    for kind, keep in (("Audio_Speech_Actors_01-24", ".wav"), ("Video_Speech_Actor_02", ".mp4")):
        for path in [p for p in source.rglob(f"*{keep}") if p.parent.parent == source]:
            place = tmp_path / "apart" / kind / path.parent.name / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    assert run(tmp_path / "apart", tmp_path / "apart-set") == 0
    assert run(source, tmp_path / "set") == 0
    names = [row["name"] for row in read_clips(tmp_path / "set").rows]
    assert [row["name"] for row in read_clips(tmp_path / "apart-set").rows] == names


def test_a_second_run_changes_nothing(source, tmp_path, capsys):
    run(source, tmp_path / "set")
    before = contents(tmp_path / "set")
    assert run(source, tmp_path / "set") == 0
    assert contents(tmp_path / "set") == before
    assert "kept from before: 4" in capsys.readouterr().out


def test_a_damaged_sound_is_left_out_with_its_reason(source, tmp_path):
    write(source, "03-01-06-01-01-01-02.wav", b"RIFF and nothing else")
    assert run(source, tmp_path / "set") == 0
    clips = read_clips(tmp_path / "set")
    assert len(clips) == 4
    assert "03-01-06-01-01-01-02.wav" in clips.left_out["03-01-06-01-01-01-02"]


def test_every_actor_is_in_one_fold():
    assert sorted(actor for fold in FOLDS for actor in fold) == list(range(1, 25))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("03-01-05-02-01-01-25.wav", "must be of an actor from 1 to 24; got 25"),
        ("03-01-09-01-01-01-02.wav", "of which the place is not known"),
        ("happy.wav", "of which the place is not known"),
    ],
)
def test_names_that_do_not_fit_are_refused(source, tmp_path, capsys, name, message):
    write(source, name)
    assert run(source, tmp_path / "set") == 2
    assert message in capsys.readouterr().err


def test_a_file_in_another_actors_folder_is_refused(source, tmp_path, capsys):
    (source / "Actor_13" / "03-01-05-02-02-01-02.wav").write_bytes(SOUND)
    assert run(source, tmp_path / "set") == 2
    assert "must lie in a folder Actor_02, as its name says" in capsys.readouterr().err


def test_a_source_that_is_none_is_refused(tmp_path, capsys):
    assert run(tmp_path / "none", tmp_path / "set") == 2
    assert "SOURCE must be a folder with Actor_01" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", tmp_path / "set") == 2
    assert "holds no speech of RAVDESS; it must hold Actor_01" in capsys.readouterr().err
