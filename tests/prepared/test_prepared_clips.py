"""Prepared clips: what is written comes back, damage is named, and a run that was killed goes on to the same bytes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from finder import contents

from ferviz import disk
from ferviz.clip import Clip, Crop, Face, Gap, Truth
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.prepared import LeftOut, PlannedClip, read_clips, write_clips
from ferviz.prepared.folder import fingerprint
from ferviz.prepared.manifest import MANIFEST
from ferviz.prepared.packing import pack, unpack

CROP = {"crop": {"size": 6, "margin": 0.25}}


def a_clip(number: int, **changes) -> Clip:
    """Five frames of 6 × 6 with sound, boxes, a neighbour in frame 2 and a gap."""
    rng = np.random.default_rng(number)
    boxes = rng.random((5, 4))
    boxes[3] = np.nan
    neighbour = Face(np.array([1.0, 2.0, 3.0, 4.0]), 0.75, np.full((5, 2), np.nan))
    values = {
        "frames": rng.integers(0, 256, (5, 6, 6, 3), np.uint8),
        "times": np.arange(5) / 10,
        "audio": rng.random(40).astype(np.float32),
        "sample_rate": 80,
        "crop": Crop(6, 0.25),
        "boxes": boxes,
        "others": ((), (), (neighbour, neighbour), (), ()),
        "gaps": (Gap("frames", 3, 4, "no face found"),),
        "source": f"clip {number}",
    }
    return Clip(**(values | changes))


class Maker:
    """Plans of clips that count how often each is made, and can be made to fail."""

    def __init__(self) -> None:
        self.made: Counter[int] = Counter()
        self.raises: dict[int, BaseException] = {3: LeftOut("no face found in any frame")}

    def make(self, number: int) -> Clip:
        self.made[number] += 1
        if number in self.raises:
            raise self.raises[number]
        return a_clip(number)

    def plans(self) -> list[PlannedClip]:
        words = "anger contempt disgust fear happiness sadness".split()
        return [
            PlannedClip(
                f"S{number:03d}_001",
                Emotion(words[number]),
                lambda number=number: self.make(number),
                identity=f"S{number:03d}",
                split="train" if number < 4 else "validation",
                fold=number % 3,
            )
            for number in range(6)
        ]


def write(folder: Path, plans, **changes) -> Path:
    said = {"labels": LABEL_SETS["CK+"], "source": "made up", "licence": "free", "settings": CROP}
    return write_clips(folder, plans, **(said | changes))


@pytest.fixture
def clips_folder(tmp_path: Path) -> Path:
    write(tmp_path / "clips", Maker().plans(), left_out={"S009_002": "no emotion file"})
    return tmp_path / "clips"


def test_clips_come_back_from_disk_as_they_were(clips_folder: Path) -> None:
    clips = read_clips(clips_folder)
    assert len(clips) == 5
    assert clips.labels is LABEL_SETS["CK+"]
    assert clips.left_out == {"S003_001": "no face found in any frame", "S009_002": "no emotion file"}
    assert (clips.source, clips.licence) == ("made up", "free")
    for number, clip in zip((0, 1, 2, 4, 5), clips, strict=True):
        expected = a_clip(number)
        for name in ("frames", "times", "audio", "boxes"):
            np.testing.assert_array_equal(getattr(clip, name), getattr(expected, name), err_msg=name)
        assert (clip.sample_rate, clip.crop, clip.source) == (80, Crop(6, 0.25), f"clip {number}")
        assert clip.gaps == expected.gaps
        assert [len(faces) for faces in clip.others] == [0, 0, 2, 0, 0]
        assert clip.others[2][0].score == 0.75
        np.testing.assert_array_equal(clip.others[2][1].box, [1, 2, 3, 4])
        assert np.isnan(clip.others[2][0].points).all()
    assert [clip.labels["emotion"] for clip in clips] == ["anger", "contempt", "disgust", "happiness", "sadness"]


def test_a_row_tells_what_a_clip_is_without_opening_it(clips_folder: Path) -> None:
    row = dict(read_clips(clips_folder).rows[1])
    assert row.pop("hash") == disk.file_hash(clips_folder / "S001_001.npz")
    assert row == {
        "name": "S001_001",
        "file": "S001_001.npz",
        "label": "contempt",
        "identity": "S001",
        "split": "train",
        "fold": 1,
        "frames": 5,
        "usable": 4,
        "sources": fingerprint({}),
        "gaps": [{"stream": "frames", "start": 3, "stop": 4, "reason": "no face found"}],
    }


def test_a_silent_clip_without_crop_or_neighbours_comes_back(tmp_path: Path) -> None:
    bare = a_clip(0, audio=None, sample_rate=None, crop=None, boxes=None, others=(), gaps=())
    write(tmp_path / "set", [PlannedClip("a", Emotion.FEAR, lambda: bare)])
    (clip,) = read_clips(tmp_path / "set")
    assert clip.audio is clip.crop is clip.boxes is None
    assert clip.others == clip.gaps == ()
    np.testing.assert_array_equal(clip.frames, bare.frames)


def test_points_and_turns_come_back_and_upright_faces_are_packed_as_before() -> None:
    neighbour = Face(np.array([1.0, 2.0, 3.0, 4.0]), 0.75, np.zeros((5, 2)), 3)
    points = np.random.default_rng(0).random((5, 5, 2))
    points[3] = np.nan
    lying = a_clip(0, points=points, crop=Crop(6, 0.25, turn=3), others=((neighbour,), (), (), (), ()))
    back = unpack(pack(lying), Emotion.FEAR)
    np.testing.assert_array_equal(back.points, points)
    assert back.crop.turn == back.others[0][0].turn == 3
    upright = pack(a_clip(0))
    assert not {"points", "others.turn"} & set(upright)
    assert b"turn" not in upright["texts"].tobytes()
    assert unpack(upright, Emotion.FEAR).points is None
    assert unpack(upright, Emotion.FEAR).others[2][0].turn == 0


def test_clips_are_chosen_by_split_and_fold(clips_folder: Path) -> None:
    assert [row["name"] for row in read_clips(clips_folder, split="validation").rows] == ["S004_001", "S005_001"]
    assert [row["fold"] for row in read_clips(clips_folder, fold=1).rows] == [1, 1]
    assert [row["fold"] for row in read_clips(clips_folder, fold={0, 2}).rows] == [0, 2, 2]
    with pytest.raises(ValueError, match=r"nothing in .*clips fits split 'test', fold None; it has {'split': \['tra"):
        read_clips(clips_folder, split="test")
    for fold in ("1", 1.5, True, -1, {1, "2"}):
        with pytest.raises((TypeError, ValueError), match=r"fold must be a whole number of at least 0; got"):
            read_clips(clips_folder, fold=fold)
    with pytest.raises(TypeError, match=r"split must be a text, such as 'train'; got 1"):
        read_clips(clips_folder, split=1)


@pytest.mark.parametrize("place", [slice(0, 1), "0", 0.0, True, None])
def test_a_place_of_another_kind_is_refused(clips_folder: Path, place) -> None:
    clips = read_clips(clips_folder)
    with pytest.raises(TypeError, match="place must be a whole number; got"):
        clips[place]
    with pytest.raises(IndexError, match="place must be a place among 5, from 0 or from the end; got 5"):
        clips[5]
    np.testing.assert_array_equal(clips[-1].frames, clips[4].frames)


def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bytes(clips_folder: Path, tmp_path: Path) -> None:
    folder, maker = tmp_path / "killed", Maker()
    maker.raises[4] = KeyboardInterrupt()
    left_out = {"S009_002": "no emotion file"}
    with pytest.raises(KeyboardInterrupt):
        write(folder, maker.plans(), left_out=left_out)
    with pytest.raises(FileNotFoundError, match=r"manifest.json is not there: no prepared set, or one that is not fin"):
        read_clips(folder)
    (folder / ".S004_001.npz.1.tmp").write_bytes(b"half a clip")
    del maker.raises[4]
    seen = []
    write(folder, maker.plans(), left_out=left_out, progress=lambda done, total: seen.append((done, total)))
    assert maker.made == {0: 1, 1: 1, 2: 1, 3: 1, 4: 2, 5: 1}
    assert seen == [(done, 6) for done in range(7)]
    assert contents(folder) == contents(clips_folder)


def test_only_clips_that_are_damaged_or_planned_otherwise_are_made_again(clips_folder: Path) -> None:
    before, maker = contents(clips_folder), Maker()
    (clips_folder / "S000_001.npz").write_bytes(b"damaged")
    (clips_folder / "S001_001.npz").unlink()
    (clips_folder / "S002_001.json").write_text("{")
    (clips_folder / "S004_001.json").write_text("[]")
    write(clips_folder, maker.plans(), left_out={"S009_002": "no emotion file"})
    assert maker.made == {0: 1, 1: 1, 2: 1, 4: 1}
    assert contents(clips_folder) == before
    plans = [replace(plan, fold=9) if plan.name == "S005_001" else plan for plan in maker.plans()]
    write(clips_folder, plans)
    assert maker.made[5] == 1
    assert read_clips(clips_folder, fold=9).rows[0]["name"] == "S005_001"


def test_a_clip_that_is_planned_otherwise_is_made_again_and_said(clips_folder: Path) -> None:
    told: list[str] = []
    plans = [replace(plan, fold=9) if plan.name == "S005_001" else plan for plan in Maker().plans()]
    write(clips_folder, plans, say=told.append)
    assert told[:2] == [
        "kept from before: 5, whose sources have the sizes and hashes that they had",
        "made again: S005_001 (its fold changed)",
    ]
    assert told[-1] == str(clips_folder / MANIFEST)


def test_a_clip_that_cannot_be_used_any_more_is_left_out_and_its_old_file_stays(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"a")
    maker = Maker()
    plans = [replace(plan, sources={"source": source}) for plan in maker.plans()]
    write(tmp_path / "set", plans)
    maker.raises[0] = ZeroDivisionError("no face")
    source.write_bytes(b"b")
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "set", plans)
    before, told = (tmp_path / "set" / "S000_001.npz").read_bytes(), []
    write(tmp_path / "set", plans, unusable=(ZeroDivisionError,), say=told.append)
    assert read_clips(tmp_path / "set").left_out["S000_001"] == "no face"
    assert any(line.startswith("not in the set any more: S000_001.npz, which stays in") for line in told)
    assert (tmp_path / "set" / "S000_001.npz").read_bytes() == before
    del maker.raises[0]
    source.write_bytes(b"a")
    write(tmp_path / "set", plans)
    assert len(read_clips(tmp_path / "set")) == 5


@pytest.mark.parametrize("fails", [LeftOut("its source is empty"), RuntimeError("a fault")])
def test_a_finished_set_outlives_a_run_that_comes_to_nothing(clips_folder: Path, fails: Exception) -> None:
    maker, before = Maker(), (clips_folder / MANIFEST).read_bytes()
    maker.raises = dict.fromkeys(range(6), fails)
    with pytest.raises((ValueError, RuntimeError), match=r"no clip of made up could be used|a fault"):
        write(clips_folder, [replace(plan, fold=9) for plan in maker.plans()])
    assert (clips_folder / MANIFEST).read_bytes() == before
    assert [len(clip) for clip in read_clips(clips_folder)] == [5] * 5
    with pytest.raises(ValueError, match="planned must hold one clip at least; got none"):
        write(clips_folder, [])
    assert len(read_clips(clips_folder)) == 5


def test_a_set_of_which_a_clip_was_made_again_is_not_finished_until_all_is_there(clips_folder: Path) -> None:
    maker = Maker()
    maker.raises[1] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        write(clips_folder, [replace(plan, fold=9) for plan in maker.plans()])
    with pytest.raises(FileNotFoundError, match=r"manifest.json is not there: no prepared set, or one that is not fin"):
        read_clips(clips_folder)


def test_hidden_files_of_others_stay(clips_folder: Path) -> None:
    for name in (".mine.tmp", ".thesis.docx.7.tmp", ".S009_002.npz.1.tmp", ".S000_001.npz.tmp"):
        (clips_folder / name).write_text("mine")
    (clips_folder / ".S000_001.npz.1.tmp").write_bytes(b"half a clip")
    write(clips_folder, Maker().plans())
    left = [".S000_001.npz.tmp", ".S009_002.npz.1.tmp", ".mine.tmp", ".thesis.docx.7.tmp"]
    assert sorted(path.name for path in clips_folder.glob(".*")) == left


def test_a_fingerprint_tells_names_sizes_contents_and_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    assert fingerprint({"a": path}) == fingerprint({"a": path}) | {"files": 1, "bytes": 3}
    found = [fingerprint({}), fingerprint({"a": path}), fingerprint({"b": path}), fingerprint({"a": path, "b": path})]
    path.write_bytes(b"two")
    found += [fingerprint({"a": path}), fingerprint({"a": tmp_path / "gone"})]
    path.write_bytes(b"")
    found += [fingerprint({"a": path})]
    assert len({told["sha256"] for told in found}) == len(found)


def test_a_damaged_clip_is_named_when_it_is_asked_for(clips_folder: Path) -> None:
    (clips_folder / "S001_001.npz").write_bytes(b"damaged")
    (clips_folder / "S002_001.npz").unlink()
    clips = read_clips(clips_folder)
    assert len(clips[0]) == 5
    with pytest.raises(ValueError, match=r"S001_001.npz is damaged: its hash is not the manifest's"):
        clips[1]
    with pytest.raises(FileNotFoundError, match=r"S002_001.npz is missing; prepare the set again"):
        clips[2]


def test_a_file_that_is_no_clip_is_named_even_with_the_right_hash(clips_folder: Path) -> None:
    manifest = json.loads((clips_folder / MANIFEST).read_text())
    np.savez(clips_folder / "S000_001.npz", frames=np.zeros(3))
    manifest["clips"][0]["hash"] = disk.file_hash(clips_folder / "S000_001.npz")
    (clips_folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"S000_001.npz holds no clip \(.*texts.*\); prepare the set again"):
        read_clips(clips_folder)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file": None}, r"manifest.json is damaged \(file None is no name of a clip\)"),
        ({"file": "../x.npz", "name": "../x"}, r"manifest.json is damaged \(file '../x.npz' is no name of a clip\)"),
        (None, r"manifest.json is damaged \(a row of 'clips' lacks entries\)"),
        ({"fold": [1]}, r"manifest.json is damaged \('fold' of S000_001 is \[1\]\)"),
        ({"fold": True}, r"manifest.json is damaged \('fold' of S000_001 is True\)"),
        ({"hash": 5}, r"manifest.json is damaged \('hash' of S000_001 is 5\)"),
        ({"split": None}, r"manifest.json is damaged \('split' of S000_001 is None\)"),
        ({"label": "neutral"}, r"\('label' of S000_001 is 'neutral', which CK\+ does not have\); prepare"),
        ({"file": "S001_001.npz", "name": "S001_001"}, r"manifest.json is damaged \(S001_001 comes twice\)"),
    ],
)
def test_a_row_that_cannot_be_is_refused(clips_folder: Path, change, message) -> None:
    manifest = json.loads((clips_folder / MANIFEST).read_text())
    manifest["clips"][0] = manifest["clips"][0] | change if change else {}
    (clips_folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=message):
        read_clips(clips_folder)


def test_a_folder_with_something_else_is_refused(clips_folder: Path, tmp_path: Path) -> None:
    plans = Maker().plans()
    with pytest.raises(ValueError, match=r"clips holds another set \(licence, settings differ\); choose another"):
        write(clips_folder, plans, licence="mine", settings={})
    (clips_folder / "settings.json").write_text("{")
    with pytest.raises(ValueError, match=r"settings.json is damaged \(.*\); choose another folder, or empty this one"):
        write(clips_folder, plans)
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"must be empty or hold this very set; it holds clips, thesis.txt; choose"):
        write(tmp_path, plans)


def test_settings_may_change_until_the_first_clip_is_made(tmp_path: Path) -> None:
    maker = Maker()
    maker.raises[0] = ValueError("margin must be from 0 to 2")
    with pytest.raises(ValueError, match=r"margin must be from 0 to 2"):
        write(tmp_path, maker.plans(), settings={"crop": {"margin": 9}})
    write(tmp_path, Maker().plans())
    assert len(read_clips(tmp_path)) == 5


@pytest.mark.parametrize(
    "name", ["../x", "", "a b", ".hidden", "manifest", "settings", "account", "Manifest", "a" * 201]
)
def test_a_name_that_cannot_be_a_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"name must be at most 200 letters, digits, _, .* and no reserved word; got"):
        PlannedClip(name, Emotion.FEAR, lambda: a_clip(0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 5}, "name must be a text; got 5"),
        ({"identity": None}, "identity must be a text; got None"),
        ({"split": 1}, "split must be a text; got 1"),
        ({"fold": "1"}, "fold must be a whole number of at least 0; got '1'"),
        ({"make": "x"}, "make must be a function that gives the clip; got 'x'"),
        ({"sources": ["a"]}, r"sources must be a mapping of name to path; got \['a'\]"),
    ],
)
def test_a_plan_of_other_kinds_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        PlannedClip(**({"name": "a", "label": Emotion.FEAR, "make": lambda: a_clip(0)} | changes))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"folder": None}, "folder must be a path; got None"),
        ({"plans": 5}, "planned must be a list of PlannedClip; got 5"),
        ({"plans": ["a"]}, r"planned must be a list of PlannedClip; got \['a'\]"),
        ({"labels": "CK+"}, "labels must be a LabelSet; got str"),
        ({"settings": None}, "settings must be a mapping; got None"),
        ({"settings": {"a": {1}}}, "settings must be what JSON knows; Object of type set is not JSON serializable"),
    ],
)
def test_a_set_of_other_kinds_is_refused(tmp_path: Path, given: dict, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        write(**({"folder": tmp_path / "set", "plans": Maker().plans()} | given))
    assert not (tmp_path / "set").exists()


def test_a_plan_that_cannot_be_is_named(tmp_path: Path) -> None:
    plan = PlannedClip("a", Emotion.FEAR, lambda: a_clip(0))
    with pytest.raises(ValueError, match=r"planned must name each clip once, whatever the case; got A twice"):
        write(tmp_path, [plan, replace(plan, name="A")])
    with pytest.raises(ValueError, match=r"planned: a is labelled neutral, which CK\+ does not have"):
        write(tmp_path, [replace(plan, label=Emotion.NEUTRAL)])
    with pytest.raises(ValueError, match=r"source must be a text that is not empty; got ' '"):
        write(tmp_path, [plan], source=" ")


def test_a_set_in_which_nothing_is_usable_is_an_error_with_reasons(tmp_path: Path) -> None:
    maker = Maker()
    maker.raises = {number: LeftOut(f"reason {number}") for number in range(6)}
    with pytest.raises(ValueError, match=r"no clip of made up could be used \(6 left out; S000_001: reason 0; S001"):
        write(tmp_path / "set", maker.plans())


def test_a_clip_that_would_lose_something_is_refused(tmp_path: Path) -> None:
    synthetic = a_clip(0, truth=Truth(intensity=np.zeros(5)))
    with pytest.raises(ValueError, match=r"clip must be a real one; clip 0 carries a truth"):
        write(tmp_path / "a", [PlannedClip("a", Emotion.FEAR, lambda: synthetic)])
    aged = a_clip(0, labels={"age": 31.0})
    with pytest.raises(ValueError, match=r"clip may carry the label 'emotion' alone; clip 0 has age"):
        write(tmp_path / "b", [PlannedClip("a", Emotion.FEAR, lambda: aged)])
