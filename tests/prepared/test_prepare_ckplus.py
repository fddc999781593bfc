"""CK+ from a tiny made-up tree: folds keep people apart, gaps stay, what is left out is listed, bad layouts named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from finder import Finder, contents
from PIL import Image

from data_scripts.prepare_ckplus import folds, load_sequence, main, make_plan
from ferviz.clip import Crop, Gap
from ferviz.emotions import LABEL_SETS
from ferviz.intake import NoFaceError
from ferviz.prepared import LeftOut, read_clips

ROOT = Path(__file__).resolve().parents[2]
CROP = {"size": 4, "margin": 0.25, "align": "box"}
PEOPLE = [5, 10, 11, 14, 22, 26, 28, 29, 32, 34, 35, 999]  # in ascending order; 35 and 999 begin anew


def add_sequence(source: Path, person: int, number: int, code: int | None, frames: int = 3, first: int = 1) -> str:
    """A sequence of gray pictures; frame ``i`` has the level 10 + i. ``code`` None leaves its emotion folder empty."""
    place, name = f"S{person:03d}/{number:03d}", f"S{person:03d}_{number:03d}"
    pictures = source / "cohn-kanade-images" / place
    pictures.mkdir(parents=True)
    for i in range(frames):
        Image.fromarray(np.full((6, 8), 10 + i, np.uint8)).save(pictures / f"{name}_{first + i:08d}.png")
    emotion = source / "Emotion" / place
    emotion.mkdir(parents=True)
    if code is not None:
        (emotion / f"{name}_{first + frames - 1:08d}_emotion.txt").write_text(f"   {code:.7e}\n")
    return name


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Twelve labelled people with one sequence each, a second one of S005, and one of S006 without an emotion."""
    folder = tmp_path / "ck"
    for place, person in enumerate(PEOPLE):
        add_sequence(folder, person, 1, place % 7 + 1)
    add_sequence(folder, 5, 2, 2, frames=4, first=7)
    add_sequence(folder, 6, 1, None)
    (folder / "cohn-kanade-images" / "S005" / ".DS_Store").write_bytes(b"")
    (folder / "cohn-kanade-images" / "S005" / "001" / ".DS_Store").write_bytes(b"")
    return folder


def finder() -> Finder:
    """No face in frames of the level 11."""
    return Finder(lambda clip: np.flatnonzero(clip.frames[:, 0, 0, 0] == 11))


def run(source: Path, out: Path, find: object | None = None) -> int:
    return main([str(source), "--out", str(out), "--size", "4"], find=find or finder())


def test_labelled_sequences_become_clips_with_all_their_frames(source: Path, tmp_path: Path, capsys) -> None:
    assert run(source, tmp_path / "set") == 0
    clips = read_clips(tmp_path / "set")
    assert clips.labels is LABEL_SETS["CK+"]
    assert [row["name"] for row in clips.rows][:3] == ["S005_001", "S005_002", "S010_001"]
    words = "anger contempt disgust fear happiness sadness surprise".split()
    labels = [words[place % 7] for place in range(12)]
    labels.insert(1, "contempt")
    assert [row["label"] for row in clips.rows] == labels
    second = clips[1]
    assert second.frames[:, 0, 0, 0].tolist() == [10, 11, 12, 13]
    assert second.crop == Crop(4, 0.25)
    assert second.gaps == (Gap("frames", 1, 2, "no face found"),)
    assert second.labels == {"emotion": "contempt"}
    np.testing.assert_allclose(second.times, np.arange(4) / 30)
    assert clips.left_out == {"S006_001": "no emotion file"}
    told = capsys.readouterr().out
    assert "13 clips, 40 frames, 13 of them in gaps; 1 left out" in told
    assert "left out: S006_001 (no emotion file)" in told


def test_ten_folds_keep_people_apart_in_the_published_order(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "set")
    fold = {row["identity"]: row["fold"] for row in read_clips(tmp_path / "set").rows}
    assert fold == {f"S{person:03d}": place % 10 for place, person in enumerate(PEOPLE)}
    assert "S006" not in fold  # people without a label do not shift the others
    assert [row["name"] for row in read_clips(tmp_path / "set", fold=0).rows] == ["S005_001", "S005_002", "S035_001"]
    assert folds(["S010", "S005", "S010"]) == {"S005": 0, "S010": 1}


def test_a_killed_run_goes_on_where_it_was_and_ends_the_same(source: Path, tmp_path: Path) -> None:
    find = finder()
    find.fails["CK+ S014_001"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "killed", find)
    find.fails.clear()
    assert run(source, tmp_path / "killed", find) == 0
    assert {name: count for name, count in find.seen.items() if count > 1} == {"CK+ S014_001": 2}
    run(source, tmp_path / "whole")
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_sequence_without_a_face_is_left_out_with_its_reason(source: Path, tmp_path: Path) -> None:
    find = finder()
    find.fails["CK+ S014_001"] = NoFaceError("no face found in CK+ S014_001")
    assert run(source, tmp_path / "set", find) == 0
    left_out = read_clips(tmp_path / "set").left_out
    assert left_out == {"S006_001": "no emotion file", "S014_001": "no face found in CK+ S014_001"}


def test_a_damaged_picture_stays_as_a_gap(source: Path) -> None:
    folder = source / "cohn-kanade-images" / "S005" / "001"
    pictures = sorted(folder.glob("*.png"))
    pictures[1].write_bytes(b"no picture")
    clip = load_sequence("S005_001", pictures)
    assert len(clip) == 3
    assert clip.frames[:, 0, 0, 0].tolist() == [10, 0, 12]
    (gap,) = clip.gaps
    assert (gap.start, gap.stop) == (1, 2)
    assert gap.reason.startswith("the file cannot be read: ")
    for path in pictures:
        path.write_bytes(b"no picture")
    with pytest.raises(LeftOut, match=r"none of its 3 pictures can be read \(the file cannot be read: "):
        load_sequence("S005_001", pictures)


def test_pictures_of_different_sizes_leave_the_sequence_out(source: Path) -> None:
    pictures = sorted((source / "cohn-kanade-images" / "S005" / "001").glob("*.png"))
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(pictures[0])
    with pytest.raises(LeftOut, match=r"its pictures are of different sizes: 5×5, 8×6"):
        load_sequence("S005_001", pictures)


def test_times_follow_the_numbers_of_the_files(source: Path) -> None:
    pictures = sorted((source / "cohn-kanade-images" / "S005" / "002").glob("*.png"))
    del pictures[1]
    np.testing.assert_allclose(load_sequence("S005_002", pictures).times, [0, 2 / 30, 3 / 30])


def test_an_emotion_without_pictures_is_listed(source: Path) -> None:
    for path in (source / "cohn-kanade-images" / "S034" / "001").iterdir():
        path.unlink()
    plan = make_plan(source, finder(), CROP)
    assert plan.left_out == {"S006_001": "no emotion file", "S034_001": "no pictures"}
    assert len(plan.clips) == 12


@pytest.mark.parametrize("text", ["0", "8", "2.5", "nan", "happy", ""])
def test_an_emotion_file_with_another_code_is_named(source: Path, text: str) -> None:
    (path,) = (source / "Emotion" / "S010" / "001").iterdir()
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"{path.name} must hold a number from 1 to 7.*; got '{text}'"):
        make_plan(source, finder(), CROP)


def test_two_emotion_files_are_named(source: Path) -> None:
    (source / "Emotion" / "S010" / "001" / "S010_001_00000009_emotion.txt").write_text("1")
    with pytest.raises(ValueError, match=r"001 must hold one emotion file; got S010_001_00000003_emotion.txt, S010"):
        make_plan(source, finder(), CROP)


def test_an_emotion_file_of_another_sequence_is_named(source: Path) -> None:
    (path,) = (source / "Emotion" / "S010" / "001").iterdir()
    path.rename(path.with_name("S011_001_00000003_emotion.txt"))
    with pytest.raises(ValueError, match=r"S011_001_00000003_emotion.txt must be called after its sequence, like S010"):
        make_plan(source, finder(), CROP)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_emotion_file_with_a_mark_is_read(source: Path, encoding: str) -> None:
    (path,) = (source / "Emotion" / "S010" / "001").iterdir()
    path.write_text("3.0000000e+00\r\n", encoding=encoding)
    (plan,) = (clip for clip in make_plan(source, finder(), CROP).clips if clip.name == "S010_001")
    assert plan.label == "disgust"


def test_capitals_of_folders_and_suffixes_do_not_matter(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "a")
    for path in [*source.rglob("*.png"), *source.rglob("*_emotion.txt")]:
        path.rename(path.with_name(path.name.replace(".png", ".PNG").replace("_emotion.txt", "_Emotion.TXT")))
    (source / "Emotion").rename(source / "EMOTION")
    run(source, tmp_path / "b")
    found = [[(row["name"], row["label"], row["hash"]) for row in read_clips(tmp_path / x).rows] for x in "ab"]
    assert found[0] == found[1]


def test_a_number_that_comes_twice_is_named(source: Path) -> None:
    folder = source / "cohn-kanade-images" / "S005" / "001"
    (folder / "S005_001_00000001.PNG").write_bytes((folder / "S005_001_00000001.png").read_bytes())
    with pytest.raises(ValueError, match=r"001 must hold each picture once; it has .png and .PNG of the same number"):
        make_plan(source, finder(), CROP)


def test_another_layout_says_what_was_found_and_what_was_expected(source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"SOURCE must be a folder with cohn-kanade-images and Emotion; there"):
        make_plan(tmp_path / "nowhere", finder(), CROP)
    with pytest.raises(
        ValueError,
        match=r"SOURCE must hold cohn-kanade-images/S005/001/\*.png and .*; .* lacks cohn-kanade-images and Emotion, "
        r"or has it twice, and holds S005",
    ):
        make_plan(source / "Emotion", finder(), CROP)
    (source / "Emotion" / "S005" / "extra").mkdir()
    with pytest.raises(ValueError, match=r"extra must be the folder of a sequence, like Emotion/S005/001"):
        make_plan(source, finder(), CROP)
    (source / "Emotion" / "S005" / "extra").rmdir()
    odd = source / "cohn-kanade-images" / "S005" / "001" / "S006_001_00000001.png"
    odd.write_bytes(b"")
    with pytest.raises(ValueError, match=r"S006_001_00000001.png must be a picture of its sequence, like S005_001_"):
        make_plan(source, finder(), CROP)
    (source / "emotion").mkdir()
    with pytest.raises(ValueError, match=r"lacks Emotion, or has it twice, and holds Emotion, cohn-kanade-images, emo"):
        make_plan(source, finder(), CROP)


def test_a_tree_without_a_single_emotion_is_an_error(tmp_path: Path) -> None:
    add_sequence(tmp_path, 5, 1, None)
    with pytest.raises(ValueError, match=r"holds 1 sequences and no emotion file for any of them"):
        make_plan(tmp_path, finder(), CROP)


def test_an_error_is_told(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(source / "Emotion", tmp_path / "set") == 2
    assert capsys.readouterr().err.startswith("prepare_ckplus: SOURCE must hold cohn-kanade-images/S005/001/*.png")


def test_the_script_finds_real_faces_by_itself(tmp_path: Path) -> None:
    name = add_sequence(tmp_path / "ck", 5, 1, 5, frames=2)
    folder = tmp_path / "ck" / "cohn-kanade-images" / "S005" / "001"
    face = Image.fromarray(skimage.data.astronaut()[:256, 96:352]).convert("L")
    face.save(folder / f"{name}_00000001.png")
    Image.fromarray(np.full((256, 256), 90, np.uint8)).save(folder / f"{name}_00000002.png")
    command = [sys.executable, ROOT / "data_scripts" / "prepare_ckplus.py", tmp_path / "ck", "--out", tmp_path / "set"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, "--size", "64"], capture_output=True, env=environment, check=True)
    (clip,) = read_clips(tmp_path / "set")
    assert clip.frames.shape == (2, 64, 64, 3)
    assert clip.usable().tolist() == [True, False]
    assert clip.labels == {"emotion": "happiness"}
    assert 60 < clip.boxes[0, 3] - clip.boxes[0, 1] < 160
    assert np.isnan(clip.boxes[1]).all()
