"""Synthetic sets: balanced, with people apart, the same bytes for the same seed, and whole again after a kill."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from spoilt import SPOILT

from data_scripts import make_synthetic
from ferviz.faces import building, dealing
from ferviz.faces.building import build, write_whole
from ferviz.faces.clips import make_clip
from ferviz.faces.dealing import SPLITS, Entry, deal, plan_set
from ferviz.faces.identity import sample_person
from ferviz.faces.parts import PARTS, SIZES, VERSION, Part
from ferviz.faces.plan import Plan
from ferviz.faces.sets import content_hash, file_hash, pack, read, unpack

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "data_scripts" / "make_synthetic.py"
planned = cache(plan_set)  # for who only reads it: nothing writes into a plan
PLANTED = {"upper", "lower", "one_frame", "patch", "face_only", "voice_only"}


def start(folder: Path, *more: str, **options) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, str(SCRIPT), "--out", str(folder), "--size", "seconds", "--seed", "3", *more]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: file_hash(path) for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def built(tiny_set: Path) -> Path:
    return tiny_set


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


def test_a_killed_build_ends_with_the_same_bytes(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    again = ("stills*", "turned*", "off_label*")  # the others lie there, as an earlier build would have left them
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns("manifest.json", *again))
    there = len(list(folder.glob("*.npz")))
    process = start(folder, "--workers", "2")
    while len(list(folder.glob("*.npz"))) < there + 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(folder.glob("*.npz"))) < len(list(built.glob("*.npz")))
    with pytest.raises(FileNotFoundError, match=r"manifest.json is not there: no set, or one that is not finished"):
        read(folder)
    (folder / f".{next(built.glob('*.npz')).name}.1.tmp").write_bytes(b"half")
    output, error = start(folder, "--workers", "2").communicate()
    assert output.strip() == str(folder / "manifest.json"), error
    assert "100%" in error
    assert "clip/s" in error
    assert hashes(folder) == hashes(built)


def test_damaged_shards_are_noticed_and_made_anew(built: Path, copied: Path) -> None:
    first, second, third = sorted(copied.glob("turned*.npz"))
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    with pytest.raises(ValueError, match=rf"{first.name} is damaged: its hash is not the manifest's. Run data_scripts"):
        list(read(copied))
    second.write_bytes(second.read_bytes()[:-9])
    with pytest.raises(ValueError, match=rf"{second.name} is damaged: \d+ bytes, not \d+"):
        read(copied)
    third.unlink()
    second.unlink()
    with pytest.raises(FileNotFoundError, match=r"\.npz is missing. Run data_scripts"):
        read(copied)
    made = []
    build(copied, size="seconds", seed=3, progress=lambda done, total: made.append((done, total)))
    assert made[0][0] < made[0][1] == made[-1][0]
    assert len(made) == 4
    assert hashes(copied) == hashes(built)


@pytest.mark.parametrize("how", SPOILT)
def test_a_shard_that_is_damaged_within_is_named_even_with_the_right_hash(copied: Path, how: str) -> None:
    spoil, why = SPOILT[how]
    file = read(copied).rows[0]["file"]
    shard = copied / file
    shard.write_bytes(spoil(shard.read_bytes()))
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["shards"][file] = {"sha256": file_hash(shard), "bytes": shard.stat().st_size}
    (copied / "manifest.json").write_text(json.dumps(manifest))
    spoilt = read(copied)
    with pytest.raises(ValueError, match=rf"{file} is damaged \({why}.*\). Run data_scripts/make_synthetic.py"):
        spoilt[0]
    with pytest.raises(ValueError, match=rf"{file} is damaged \({why}"):
        next(spoilt.each("frames"))


def test_a_whole_set_is_left_as_it_is(built: Path, copied: Path) -> None:
    made = []
    build(copied, size="seconds", seed=3, progress=lambda done, total: made.append(done))
    assert len(made) == 1
    assert hashes(copied) == hashes(built)


def test_a_set_can_be_built_part_by_part(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    build(folder, size="seconds", seed=3, parts=["turned"])
    assert {row["part"] for row in read(folder).rows} == {"turned"}
    build(folder, size="seconds", seed=3, parts=["stills"])
    assert {row["part"] for row in read(folder).rows} == {"stills", "turned"}
    whole = {(row["file"], row["place"]): row["hash"] for row in read(built).rows}
    assert all(whole[row["file"], row["place"]] == row["hash"] for row in read(folder).rows)
    for path in built.iterdir():
        if not path.name.startswith(("turned", "stills", "covered", "manifest", "settings")):
            shutil.copy(path, folder)  # as if these parts had been built here, too
    build(folder, size="seconds", seed=3)
    assert hashes(folder) == hashes(built)
    with pytest.raises(ValueError, match="parts must be of stills, .*; got 'films'"):
        build(folder, size="seconds", seed=3, parts=["films"])


def test_a_new_part_changes_no_byte_of_the_others(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else a set may hold, and in whatever order, a part keeps its plans, and so its shards."""
    before = {size: _by_part(plan_set(size, 3)) for size in ("seconds", "small", "standard")}
    more = {"new": Part("intensity", "clips"), **dict(reversed(PARTS.items())), "last": Part("patch", "planted")}
    monkeypatch.setattr(dealing, "PARTS", more)
    for size, known in before.items():
        after = _by_part(plan_set(size, 3))
        for part, entries in known.items():
            assert after[part] == entries, (size, part)
    assert {"new", "last"} <= set(after)
    folder = tmp_path / "more"
    build(folder, size="seconds", seed=3, parts=["off_label"])
    same, whole = hashes(folder), hashes(built)
    shards = [name for name in whole if name.startswith("off_label") and name.endswith(".npz")]
    assert len(shards) == 3
    assert all(same[name] == whole[name] for name in shards)
    with monkeypatch.context() as patched:
        patched.setattr(dealing, "PARTS", {"off_label": PARTS["off_label"]})
        assert _by_part(plan_set("standard", 3)) == {"off_label": before["standard"]["off_label"]}


def _by_part(entries: list[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.part, []).append(entry)
    return found


def test_an_identity_keeps_the_face_and_changes_the_rest() -> None:
    entries = [e for e in planned("small", 0) if e.part == "identities"]
    counts = Counter(e.identity for e in entries)
    assert set(counts.values()) == {7}
    assert len({(e.identity, e.emotion) for e in entries}) == len(entries), "every word once"
    plans = [e.plan(0) for e in entries if e.identity == entries[0].identity]
    assert len({plan.person.shape for plan in plans}) == 1
    assert len({(plan.person.age, plan.person.skin, plan.person.eyes, plan.person.lips) for plan in plans}) == 1
    for name in ("hair", "clothes"):
        assert len({getattr(plan.person, name) for plan in plans}) > 4, name
    more = {e.identity for e in planned("standard", 0) if e.part == "identities"}
    assert len(more) >= 1800
    assert counts.keys() <= more, "a larger set has the same first people"


def test_a_set_of_another_version_is_refused(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["settings"]["version"] = "1"
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=f"copy holds a set of the generator's version 1, not {VERSION}: make it anew"):
        read(copied)


def test_another_seed_gives_other_clips() -> None:
    first, second = (plan_set("seconds", seed)[0] for seed in (1, 2))
    assert first.plan(1) != second.plan(2)


def test_clips_come_back_as_they_were_made(built: Path) -> None:
    found = read(built, split="test", family="off_label")
    assert found.people
    assert len(found) == len(found.rows)
    row = found.rows[2]
    names = Entry.__dataclass_fields__
    entry = Entry(**{k: v for k, v in row.items() if k in names} | {"emotion": row["label"]})
    made, stored = make_clip(entry.plan(3)), found[2]
    assert content_hash(pack(made)) == row["hash"]
    assert np.array_equal(made.frames, stored.frames)
    assert np.array_equal(made.times, stored.times)
    assert made.labels == stored.labels
    assert made.crop == stored.crop
    exact = set(made.truth.arrays()) - {"relevance", "motion", "changed"}
    for name, array in made.truth.arrays().items():
        again = stored.truth.arrays()[name]
        assert again.dtype == array.dtype
        assert again.shape == array.shape
        error = np.abs(again - array) if array.dtype.kind == "f" else (again != array)
        assert not error.any() if name in exact else (error <= 1e-3 * np.abs(array) + 1e-6).all(), name
    assert stored.truth.person == json.loads(json.dumps(made.truth.person))
    assert sum(1 for _ in read(built)) == len(json.loads((built / "manifest.json").read_text())["clips"])


def test_a_voice_survives_the_disk() -> None:
    person = sample_person(np.random.default_rng(0))
    clip = make_clip(Plan("fear", person, family="agree", frames=9, rate=2.0, size=32, quality="fast"))
    again = unpack(pack(clip))
    assert np.array_equal(clip.audio, again.audio)
    assert again.sample_rate == 16_000
    assert again.truth.phonemes == clip.truth.phonemes
    assert again.truth.voice == clip.truth.voice
    assert again.labels["voice"] is clip.labels["voice"]


def test_a_voice_without_pictures_survives_the_disk() -> None:
    clip = make_clip(Plan("fear", sample_person(np.random.default_rng(0)), family="sound_only", frames=0, size=32))
    again = unpack(pack(clip))
    assert np.array_equal(clip.audio, again.audio)
    assert again.frames.shape == (0, 32, 32, 3)
    assert again.labels == clip.labels
    assert again.truth.phonemes == clip.truth.phonemes


def test_the_manifest_says_what_each_clip_is(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text())
    assert manifest["settings"] == {"version": VERSION, "size": "seconds", "seed": 3}
    for row in manifest["clips"]:
        assert {"file", "place", "label", "split", "identity", "hash", "family", "gaps"} <= set(row)
        assert row["gaps"] == []
    assert {row["split"] for row in manifest["clips"]} == set(SPLITS)


@pytest.mark.parametrize("size", list(SIZES))
def test_people_are_disjoint_between_splits(size: str) -> None:
    people: dict[str, set[int]] = {split: set() for split in SPLITS}
    for entry in planned(size, 0):
        people[entry.split].add(entry.identity)
    assert not people["train"] & people["validation"]
    assert not people["train"] & people["test"]
    assert not people["validation"] & people["test"]


def test_the_standard_size_has_what_is_promised() -> None:
    test = [e for e in planned("standard", 0) if e.split == "test"]
    clips = [e for e in test if e.family in ("intensity", "degraded", "off_label")]
    assert len(clips) >= 2000
    assert len({e.identity for e in clips}) >= 150
    parts = {e.part for e in test}
    named = {"stills", "covered", "turned", "identities"}
    named |= {"intensity", "degraded", "off_label", "all_tell", "neutral_spoiled"}
    named |= {"agree", "conflict", "noisy_sound", "covered_face", "sound_only"}
    assert named | PLANTED == parts == set(PARTS)


@pytest.mark.parametrize(
    "nuisance", ["frames", "rate", "talking", "covers", "identity", "side", "noise", "strength", "faults"]
)
def test_nuisances_are_dealt_evenly(nuisance: str) -> None:
    entries = planned("small", 1)
    for part in {e.part for e in entries}:
        for split in SPLITS:
            here = [e for e in entries if (e.part, e.split) == (part, split)]
            if nuisance == "strength":  # of an intruder, and neutral clips have none
                here = [e for e in here if e.emotion != "neutral"]
            values = [nuisance_of(e, nuisance) for e in here]
            counts = {
                emotion: Counter(v for e, v in zip(here, values, strict=True) if e.emotion == emotion)
                for emotion in {e.emotion for e in here}
            }
            for value in set(values):
                each = [count[value] for count in counts.values()]
                assert max(each) - min(each) <= 1, (part, split, value)
            if not here:
                continue
            assert max(c.total() for c in counts.values()) - min(c.total() for c in counts.values()) <= 1


def nuisance_of(entry: Entry, name: str) -> object:
    if name == "side":
        return np.sign(entry.yaw) if entry.yaw else None
    if name == "faults":
        return entry.faults and entry.faults[0]
    return getattr(entry, name)


def test_dealing_gives_every_emotion_the_same_hand() -> None:
    dealt = deal(np.random.default_rng(0), ["a"] * 6 + ["b"] * 6, ["x", "y", "z"])
    assert Counter(dealt[:6]) == Counter(dealt[6:]) == {"x": 2, "y": 2, "z": 2}


def test_an_unknown_size_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="size must be one of seconds, small, medium, standard, large; got 'huge'"):
        build(tmp_path / "x", size="huge")
    with pytest.raises(ValueError, match="seed must be 0 or more; got -1"):
        build(tmp_path / "x", seed=-1)
    with pytest.raises(ValueError, match="workers must be 1 or more; got 0"):
        build(tmp_path / "x", workers=0)
    assert not (tmp_path / "x").exists()
    process = start(tmp_path / "x", "--size", "huge")
    output, error = process.communicate()
    assert process.returncode == 2
    assert not output
    assert "make_synthetic: size must be one of" in error
    assert "Traceback" not in error


def test_a_folder_with_something_else_is_left_alone(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"copy holds another set, .*'seed': 3.*; choose another folder|wanted"):
        build(copied, size="seconds", seed=4)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="other is not empty and holds no synthetic set; choose another folder"):
        build(other, size="seconds")
    assert [p.name for p in other.iterdir()] == ["thesis.txt"]
    (other / "settings.json").write_text("{")
    with pytest.raises(ValueError, match=r"settings.json is damaged \(.*\); choose another folder"):
        build(other, size="seconds")


def test_no_space_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(building.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(OSError, match=r"needs about \d+ MB for the rest of the set and has 0 MB free") as caught:
        build(tmp_path / "set", size="seconds")
    assert caught.value.errno == errno.ENOSPC
    assert not list((tmp_path / "set").glob("*.npz"))


def test_a_disk_that_fills_up_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(building.os, "fsync", full)
    with pytest.raises(OSError, match=r"cannot write .*shard.npz \(3 bytes\): No space left on device"):
        write_whole(tmp_path / "shard.npz", b"abc")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)  # a test that runs as root can write everywhere
        with pytest.raises(PermissionError, match=r"cannot write .*settings.json .*: Permission denied"):
            build(tmp_path / "set", size="seconds")
    assert not list((tmp_path / "set").iterdir())


def test_what_cannot_be_read_is_named(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/manifest.json is not there"):
        read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"nothing in .*copy fits {'family': 'film'}; it has"):
        read(copied, family="film")
    (copied / "manifest.json").write_text('{"kind": "clips", "clips": [], "settings": {}}')
    with pytest.raises(ValueError, match="is of prepared real clips; a set of make_synthetic.py is needed"):
        read(copied)
    (copied / "manifest.json").write_text("{}")
    with pytest.raises(ValueError, match=r"manifest.json is damaged \('settings'|manifest.json is damaged \('clips'"):
        read(copied)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: [], r"\[\] is no object"),
        (lambda m: m | {"settings": []}, "'settings' is missing or of another kind"),
        (lambda m: m | {"settings": {}}, "'version' is missing or of another kind"),
        (lambda m: m | {"settings": {"version": VERSION, "size": "seconds"}}, "'seed' is missing or of another kind"),
        (lambda m: m | {"shards": []}, "'shards' is missing or of another kind"),
        (lambda m: m | {"shards": {"a.npz": 7}}, "7 is no object"),
        (lambda m: m | {"shards": {"a.npz": {"bytes": 1}}}, "'sha256' is missing or of another kind"),
        (lambda m: m | {"shards": {"../x.npz": {}}}, r"'../x.npz' is no name of a shard"),
        (lambda m: m | {"shards": {"/tmp/x.npz": {}}}, r"'/tmp/x.npz' is no name of a shard"),
        (lambda m: m | {"shards": {"x.txt": {}}}, r"'x.txt' is no name of a shard"),
        (lambda m: m | {"clips": {}}, "'clips' is missing or of another kind"),
        (lambda m: m | {"clips": ["a"]}, "'a' is no object"),
        (lambda m: m | {"clips": [{"place": 0}]}, "'file' is missing or of another kind"),
        (lambda m: m | {"clips": [m["clips"][0] | {"file": "../x.npz"}]}, r"'../x.npz' is none of its shards"),
        (lambda m: m | {"clips": [m["clips"][0] | {"place": "0"}]}, "'place' is missing or of another kind"),
    ],
)
def test_a_manifest_of_another_form_is_named(copied: Path, change, message: str) -> None:
    path = copied / "manifest.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ValueError, match=rf"manifest.json is damaged \({message}\); delete it and run"):
        read(copied)


def test_a_clip_that_its_shard_does_not_hold_is_named(copied: Path) -> None:
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["clips"][0]["place"] = 999
    path.write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"\.npz is damaged \(clip 999: 'texts'\). Run data_scripts"):
        read(copied)[0]


def test_only_synthetic_clips_can_be_packed(built: Path) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="clip must be a synthetic one with truth and crop; got Clip"):
        pack(replace(read(built)[0], truth=None))


def test_a_set_is_made_where_progress_bars_are_switched_off(tmp_path, monkeypatch, capsys):
    def build(out, *, progress, **_):
        for done in (3, 4, 10):  # 3 lay there before
            progress(done, 10)
        return out

    monkeypatch.setattr(make_synthetic, "build", build)
    monkeypatch.setattr(make_synthetic, "tqdm", partial(make_synthetic.tqdm, disable=True))
    assert make_synthetic.main(["--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path)
