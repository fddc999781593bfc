"""AFEW from a tiny made-up tree of films: splits, sound and gaps are kept, bad films are listed, bad layouts named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from films import COUNT, RATE, film
from finder import Finder, contents

from data_scripts.prepare_afew import main, make_plan
from ferviz.clip import Crop, Gap
from ferviz.emotions import LABEL_SETS
from ferviz.intake import NoFaceError
from ferviz.prepared import read_clips

CROP = {"size": 4, "margin": 0.25, "align": "box"}
WORDS = "Angry Disgust Fear Happy Neutral Sad Surprise".split()


def tree(folder: Path, train: str = "Train", val: str = "Val") -> Path:
    """The folders of AFEW with four films: two of Train/Happy, one of Train/Fear, one of Val/Angry."""
    for top in (train, val):
        for word in WORDS:
            (folder / top / word).mkdir(parents=True)
    (folder / train / "AlignedFaces_LBPTOP_Points").mkdir()  # comes with the real set, and is not read
    for place in (f"{train}/Happy/000046280", f"{train}/Happy/001044960", f"{train}/Fear/000046280"):
        (folder / f"{place}.avi").write_bytes(film("avi"))
    (folder / val / "Angry" / "000149120.avi").write_bytes(film("avi", sound=False))
    (folder / val / "Angry" / ".DS_Store").write_bytes(b"")
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tree(tmp_path / "afew")


def finder() -> Finder:
    """No face in the second frame."""
    return Finder(lambda clip: np.array([1]))


def run(source: Path, out: Path, find: object | None = None) -> int:
    return main([str(source), "--out", str(out), "--size", "4"], find=find or finder())


def test_films_become_clips_with_all_frames_and_their_sound(source: Path, tmp_path: Path, capsys) -> None:
    assert run(source, tmp_path / "set") == 0
    clips = read_clips(tmp_path / "set")
    assert clips.labels is LABEL_SETS["AFEW"]
    assert [(row["name"], row["label"], row["split"], row["fold"], row["identity"]) for row in clips.rows] == [
        ("train-Fear-000046280", "fear", "train", None, ""),
        ("train-Happy-000046280", "happiness", "train", None, ""),
        ("train-Happy-001044960", "happiness", "train", None, ""),
        ("validation-Angry-000149120", "anger", "validation", None, ""),
    ]
    first, last = clips[0], clips[3]
    assert first.frames.shape == (COUNT, 4, 4, 3)
    assert first.gaps == (Gap("frames", 1, 2, "no face found"),)
    assert first.crop == Crop(4, 0.25)
    assert first.source == "000046280.avi"
    assert first.sample_rate == RATE
    assert len(first.audio) > 3 * RATE
    assert last.audio is None
    assert len(read_clips(tmp_path / "set", split="validation")) == 1
    assert "4 clips, 160 frames, 4 of them in gaps; 0 left out" in capsys.readouterr().out


def test_the_other_names_of_the_folders_give_the_same_set(source: Path, tmp_path: Path) -> None:
    other = tree(tmp_path / "other", "Train_AFEW", "Val_AFEW")
    run(source, tmp_path / "a")
    run(other, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_films_without_a_face_or_that_cannot_be_read_are_left_out_and_listed(source: Path, tmp_path: Path) -> None:
    find = finder()
    find.fails["001044960.avi"] = NoFaceError("no face found in 001044960.avi")
    (source / "Train" / "Fear" / "000046280.avi").write_bytes(b"no film")
    assert run(source, tmp_path / "set", find) == 0
    clips = read_clips(tmp_path / "set")
    assert len(clips) == 2
    assert clips.left_out["train-Happy-001044960"] == "no face found in 001044960.avi"
    assert "000046280.avi" in clips.left_out["train-Fear-000046280"]


def test_a_killed_run_goes_on_where_it_was_and_ends_the_same(source: Path, tmp_path: Path) -> None:
    find = finder()
    find.fails["001044960.avi"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "killed", find)
    find.fails.clear()
    assert run(source, tmp_path / "killed", find) == 0
    assert find.seen == {"000046280.avi": 2, "001044960.avi": 2, "000149120.avi": 1}  # two films share a name
    run(source, tmp_path / "whole")
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_another_layout_says_what_was_found_and_what_was_expected(source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"SOURCE must be a folder with Train and Val; there is none at"):
        make_plan(tmp_path / "nowhere", finder(), CROP)
    with pytest.raises(ValueError, match=r"SOURCE must hold one folder Train or Train_AFEW .*; .* holds AlignedFaces"):
        make_plan(source / "Train", finder(), CROP)
    (source / "Train_AFEW").mkdir()
    with pytest.raises(ValueError, match=r"must hold one folder Train or Train_AFEW .*; .* holds Train, Train_AFEW"):
        make_plan(source, finder(), CROP)
    (source / "Train_AFEW").rmdir()
    (source / "Val" / "Sad").rmdir()
    with pytest.raises(ValueError, match=r"Val must hold the folders Angry, .*; it lacks Sad and holds Angry, Disgust"):
        make_plan(source, finder(), CROP)


def test_a_file_that_is_no_avi_film_is_named(source: Path) -> None:
    (source / "Train" / "Sad" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"notes.txt must be an .avi film"):
        make_plan(source, finder(), CROP)


def test_a_film_whose_name_cannot_be_a_clips_is_named(source: Path) -> None:
    (source / "Train" / "Sad" / "a film.avi").write_bytes(b"")
    with pytest.raises(ValueError, match=r"Sad/a film.avi cannot be the name of a clip \(name must be.*\); rename the"):
        make_plan(source, finder(), CROP)


def test_capitals_of_folders_and_suffixes_do_not_matter(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "a")
    for path in source.rglob("*.avi"):
        path.rename(path.with_suffix(".AVI"))
    (source / "Train" / "Happy").rename(source / "Train" / "happy")
    (source / "Train").rename(source / "TRAIN")
    (source / "Val").rename(source / "validation")
    run(source, tmp_path / "b")
    found = [[(row["name"], row["label"], row["frames"]) for row in read_clips(tmp_path / x).rows] for x in "ab"]
    assert found[0] == found[1]


def test_folders_without_films_are_an_error(source: Path) -> None:
    for path in source.rglob("*.avi"):
        path.unlink()
    with pytest.raises(ValueError, match=r"has the folders of AFEW and not one .avi film in them"):
        make_plan(source, finder(), CROP)


def test_an_error_is_told_and_a_crop_that_cannot_be_can_be_put_right(source: Path, tmp_path: Path, capsys) -> None:
    arguments = [str(source), "--out", str(tmp_path / "set"), "--size", "16"]
    assert main([*arguments, "--margin", "9"]) == 2
    assert "prepare_afew: margin must be from 0 to 2, a share of the box's side; got 9.0" in capsys.readouterr().err
    assert main(arguments, find=finder()) == 0
    np.testing.assert_array_equal(read_clips(tmp_path / "set")[0].frames.shape, (COUNT, 16, 16, 3))
