"""Prepared still faces: what is written comes back, and what does not fit or is damaged is named."""

from __future__ import annotations

import errno
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ferviz import disk
from ferviz.emotions import LABEL_SETS, Emotion, LabelSet
from ferviz.prepared import VOTE_NAMES, Faces, face_set, find_repeats, read_faces, write_faces
from ferviz.prepared.manifest import MANIFEST

FER2013 = LABEL_SETS["FER2013"]


def some_faces(count: int = 40, **changes) -> Faces:
    """Pictures of 4 × 4; the first three are one picture, of which one stands in PublicTest."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 4, 4), np.uint8)
    images[1:3] = images[0]
    part = np.array(["Training"] * 2 + ["PublicTest"] * 4 + ["Training"] * (count - 6))
    group, twin = find_repeats(images, part)
    values = {
        "images": images,
        "labels": FER2013,
        "label": np.arange(count) % 7,
        "votes": rng.integers(0, 5, (count, 10)).astype(np.uint8),
        "vote_names": VOTE_NAMES,
        "group": group,
        "part": part,
        "twin": twin,
        "name": np.array([f"row {i}" for i in range(count)]),
    }
    return Faces(**(values | changes))


def voted(**votes: int) -> np.ndarray:
    return np.array([[votes.get(name, 0) for name in VOTE_NAMES]], np.uint8)


def test_repeats_share_a_group_and_a_public_test_twin_is_marked() -> None:
    faces = some_faces()
    assert faces.group[:5].tolist() == [0, 0, 0, 1, 2]
    assert faces.twin.tolist() == [False, False, True] + [False] * 37
    with pytest.raises(ValueError, match=r"part must have shape \(40,\), one a picture; got \(3,\)"):
        find_repeats(faces.images, ["Training"] * 3)


def test_identical_pictures_within_public_test_alone_are_no_twins() -> None:
    images = np.zeros((3, 2, 2), np.uint8)
    group, twin = find_repeats(images, ["PublicTest", "PublicTest", "other"])
    assert group.tolist() == [0, 0, 0]
    assert not twin.any()


def test_faces_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    faces = some_faces()
    path = write_faces(tmp_path / "set", faces, "made up", "free", left_out={"PrivateTest": 3})
    back = read_faces(tmp_path / "set")
    for name in ("images", "label", "votes", "group", "part", "twin", "name"):
        np.testing.assert_array_equal(getattr(back, name), getattr(faces, name), err_msg=name)
        assert getattr(back, name).dtype == getattr(faces, name).dtype
    assert back.labels is FER2013
    assert back.vote_names == VOTE_NAMES
    manifest = json.loads(path.read_text())
    assert manifest["counts"]["pictures"] == 40
    assert manifest["counts"]["groups"] == 38
    assert manifest["counts"]["twins"] == 1
    assert manifest["counts"]["parts"] == {"Training": 36, "PublicTest": 4}
    assert manifest["counts"]["labels"]["anger"] == 6
    assert (manifest["source"], manifest["licence"], manifest["left_out"]) == ("made up", "free", {"PrivateTest": 3})


def test_the_same_faces_give_the_same_bytes_and_replace_a_set(tmp_path: Path) -> None:
    write_faces(tmp_path / "a", some_faces(), "made up", "free")
    write_faces(tmp_path / "b", some_faces(20), "made up", "free")
    (tmp_path / "b" / ".faces.npz.1.tmp").write_bytes(b"left by a killed run")
    write_faces(tmp_path / "b", some_faces(), "made up", "free")
    for name in ("faces.npz", MANIFEST):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["faces.json", "faces.npz", MANIFEST, "settings.json"]


def test_faces_without_votes_and_with_labels_of_their_own_come_back(tmp_path: Path) -> None:
    labels = LabelSet("mine", (Emotion.FEAR, Emotion.NEUTRAL))
    faces = some_faces(votes=None, vote_names=(), labels=labels, label=np.full(40, -1))
    write_faces(tmp_path, faces, "made up", "free")
    back = read_faces(tmp_path)
    assert back.votes is None
    assert back.labels == labels
    assert json.loads((tmp_path / MANIFEST).read_text())["counts"]["labels"] == {"no label": 40}
    with pytest.raises(ValueError, match=r"these faces carry no votes, so there is no distribution"):
        back.distribution(labels)
    with pytest.raises(TypeError, match="target must be a LabelSet; got str"):
        some_faces().distribution("x")
    with pytest.raises(TypeError, match="faces must be Faces; got str"):
        write_faces(tmp_path, "x", "made up", "free")
    for ask in (lambda: read_faces(None), lambda: write_faces(None, faces, "made up", "free")):
        with pytest.raises(TypeError, match="folder must be a path; got None"):
            ask()


def test_select_keeps_rows_together() -> None:
    faces = some_faces()
    chosen = faces.select(faces.part == "PublicTest")
    assert repr(chosen) == "Faces(4 × 4×4, FER2013: 4 PublicTest)"
    np.testing.assert_array_equal(chosen.votes, faces.votes[2:6])
    assert chosen.name.tolist() == [f"row {i}" for i in range(2, 6)]
    assert repr(faces.select(np.zeros(40, bool))) == "Faces(0 × 4×4, FER2013: none)"
    for mask in (np.ones(39, bool), np.arange(40)):
        with pytest.raises(ValueError, match=r"mask must be bool of shape \(40,\); got (bool|int64) of shape"):
            faces.select(mask)


def test_votes_become_soft_labels_without_what_the_target_cannot_say() -> None:
    votes = np.concatenate(
        [voted(anger=3, sadness=1, contempt=4, unknown=2), voted(contempt=9, NF=1), voted(neutral=10)]
    )
    faces = some_faces(40).select(np.arange(40) < 3)
    faces = replace(faces, votes=votes)
    soft = faces.distribution(FER2013)
    assert soft.dtype == np.float32
    assert soft[0].tolist() == [0.75, 0, 0, 0, 0.25, 0, 0]
    assert soft[1].tolist() == [0] * 7
    assert soft[2].tolist() == [0, 0, 0, 0, 0, 0, 1]
    with_contempt = faces.distribution(LABEL_SETS["FER+"])
    assert with_contempt[1].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]
    np.testing.assert_allclose(with_contempt[0], np.array([0, 0, 0, 1, 3, 0, 0, 4]) / 8)


def test_a_hold_out_keeps_the_shares_of_the_labels_and_groups_on_one_side() -> None:
    rng = np.random.default_rng(3)
    group = np.sort(rng.integers(0, 250, 400))
    label = np.where(group < 50, 0, np.where(group < 200, 1, 2))  # shares of about 1, 3 and 1
    images = np.repeat(group[:, None, None].astype(np.uint8), 2, axis=1)
    faces = Faces(images, FER2013, label, group, np.full(400, "Training"), np.zeros(400, bool), group.astype(str))
    keep, held = faces.hold_out(100, np.random.default_rng(0))
    assert (keep ^ held).all()
    assert held.sum() == 100
    assert not set(group[keep]) & set(group[held])
    expected = {value: count / 4 for value, count in Counter(label.tolist()).items()}
    for value, count in Counter(label[held].tolist()).items():
        assert abs(count - expected[value]) < 1
    again = faces.hold_out(100, np.random.default_rng(0))[1]
    other = faces.hold_out(100, np.random.default_rng(1))[1]
    assert (held == again).all()
    assert (held != other).any()


def test_a_hold_out_takes_fewer_rather_than_part_of_a_group() -> None:
    group = np.array([0] * 5 + [1] * 5)
    values = {"group": group, "part": np.full(10, "Training"), "twin": np.zeros(10, bool), "name": group.astype(str)}
    faces = Faces(images=np.zeros((10, 2, 2), np.uint8), labels=FER2013, label=np.zeros(10, int), **values)
    assert faces.hold_out(7, np.random.default_rng(0))[1].sum() == 5
    assert faces.hold_out(4, np.random.default_rng(0))[1].sum() == 0


@pytest.mark.parametrize(
    ("count", "rng", "error", "message"),
    [
        (2.5, np.random.default_rng(0), TypeError, r"count must be a whole number of pictures; got 2.5"),
        (40, np.random.default_rng(0), ValueError, r"count must be from 1 to 39, fewer than .*; got 40"),
        (5, 0, TypeError, r"rng must be a numpy Generator; got int"),
    ],
)
def test_a_bad_hold_out_is_named(count, rng, error, message) -> None:
    with pytest.raises(error, match=message):
        some_faces().hold_out(count, rng)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"images": np.zeros((40, 4, 4))}, TypeError, r"images must be a uint8 array; got float64"),
        ({"images": [1]}, TypeError, r"images must be a uint8 array; got list"),
        ({"images": np.zeros((40, 4, 4, 3), np.uint8)}, ValueError, r"images must have shape \(N, H, W\), gray; got"),
        ({"labels": "FER2013"}, TypeError, r"labels must be a LabelSet; got str"),
        ({"label": np.zeros(3, int)}, ValueError, r"label must have shape \(40,\), one a picture; got \(3,\)"),
        ({"label": np.zeros(40)}, TypeError, r"label must be an array of whole numbers; got float64"),
        ({"twin": np.zeros(40, int)}, TypeError, r"twin must be an array of booleans; got int64"),
        ({"name": np.arange(40)}, TypeError, r"name must be an array of texts; got int64"),
        ({"label": np.full(40, 7)}, ValueError, r"label must be -1 to 6, a place in FER2013; got 7"),
        ({"votes": np.zeros((40, 10))}, TypeError, r"votes must be a uint8 array; got float64"),
        ({"votes": "ten"}, TypeError, r"votes must be a uint8 array; got str"),
        ({"votes": np.zeros((40, 8), np.uint8)}, ValueError, r"votes must have shape \(40, 10\), a row a picture"),
        ({"votes": None}, ValueError, r"vote_names need votes; got neutral, .* and no votes"),
        ({"vote_names": ("NF", "NF")}, ValueError, r"vote_names must name each column once; got NF, NF"),
    ],
)
def test_faces_that_do_not_fit_together_are_named(changes, error, message) -> None:
    with pytest.raises(error, match=message):
        some_faces(**changes)


@pytest.fixture
def faces_folder(tmp_path: Path) -> Path:
    write_faces(tmp_path / "faces", some_faces(), "made up", "free")
    return tmp_path / "faces"


def test_a_damaged_set_of_faces_is_named(faces_folder: Path) -> None:
    path = faces_folder / "faces.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(ValueError, match=r"faces.npz is damaged: its hash is not the manifest's; prepare"):
        read_faces(faces_folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"faces.npz is missing; prepare the set again"):
        read_faces(faces_folder)


def test_arrays_that_are_not_faces_are_named_even_with_the_right_hash(faces_folder: Path) -> None:
    manifest = json.loads((faces_folder / MANIFEST).read_text())

    def put(**arrays: np.ndarray) -> None:
        np.savez(faces_folder / "faces.npz", **arrays)
        manifest["sha256"] = disk.file_hash(faces_folder / "faces.npz")
        (faces_folder / MANIFEST).write_text(json.dumps(manifest))

    put(images=np.zeros((2, 2, 2), np.uint8))
    with pytest.raises(ValueError, match=r"faces.npz holds no faces \(.*label.*\); prepare the set again"):
        read_faces(faces_folder)
    put(images=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"faces.npz holds no faces \(Object arrays cannot be loaded"):
        read_faces(faces_folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{", r"manifest.json is damaged \(.*\); prepare the set again"),
        ("[]", r"manifest.json is damaged \(it is no object\)"),
        ({"kind": "clips"}, r"must be of kind 'faces' and version 1; got kind 'clips', version 1"),
        ("[" * 100_000, r"manifest.json is damaged \(it is nested too deep\); prepare the set again"),
        ({"version": True}, r"must be of kind 'faces' and version 1; got kind 'faces', version True"),
        ({"version": 2}, r"must be of kind 'faces' and version 1; got kind 'faces', version 2"),
        ({"sha256": None}, r"manifest.json is damaged \('sha256' is missing or of another kind\)"),
        ({"labels": {"name": "x", "emotions": ["bored"]}}, r"manifest.json is damaged \('labels': emotion must be one"),
    ],
)
def test_a_bad_manifest_is_named(faces_folder: Path, change, message) -> None:
    path = faces_folder / MANIFEST
    path.write_text(change if isinstance(change, str) else json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        read_faces(faces_folder)


def test_a_set_whose_writing_was_cut_off_is_not_taken_for_a_whole_one(faces_folder: Path, monkeypatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(disk.os, "fsync", full)
        with pytest.raises(OSError, match=r"cannot write .*faces.npz \(\d+ bytes\): No space left on device"):
            write_faces(faces_folder, some_faces(30), "made up", "free")
    assert len(read_faces(faces_folder)) == 40  # nothing of it has been touched yet
    with monkeypatch.context() as patched:
        patched.setattr(face_set, "finish", lambda *_: full(0))
        with pytest.raises(OSError, match="No space left on device"):
            write_faces(faces_folder, some_faces(30), "made up", "free")
    with pytest.raises(FileNotFoundError, match=r"manifest.json is not there: no prepared set, or one that is not fin"):
        read_faces(faces_folder)
    write_faces(faces_folder, some_faces(30), "made up", "free")
    assert len(read_faces(faces_folder)) == 30


def test_writing_faces_needs_words_and_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"must be empty or hold this very set; it holds thesis.txt; choose another"):
        write_faces(tmp_path, some_faces(), "made up", "free")
    with pytest.raises(ValueError, match=r"source must be a text that is not empty; got ''"):
        write_faces(tmp_path / "set", some_faces(), "", "free")
    with pytest.raises(ValueError, match=r"licence must be a text that is not empty; got None"):
        write_faces(tmp_path / "set", some_faces(), "made up", None)
    assert not (tmp_path / "set").exists()


def test_no_faces_take_the_place_of_none(faces_folder: Path) -> None:
    with pytest.raises(ValueError, match="faces must hold one picture at least; got none"):
        write_faces(faces_folder, some_faces().select(np.zeros(40, bool)), "made up", "free")
    assert len(read_faces(faces_folder)) == 40


def test_a_file_is_whole_or_not_there_whatever_its_name_and_whoever_interrupts(tmp_path: Path, monkeypatch) -> None:
    disk.write_whole(tmp_path / ("a" * 255), b"whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a" * 255, b"whole")]
    with pytest.raises(NotADirectoryError, match=r"cannot write .*b \(1 bytes\): Not a directory"):
        disk.write_whole(tmp_path / ("a" * 255) / "b", b"x")

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disk.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        disk.write_whole(tmp_path / "c", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a" * 255]
