"""A synthetic clip in one file: pictures may lose a little, the truth nothing."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest

from ferviz import Clip
from ferviz.faces import sample_person
from ferviz.faces.clips import make_clip
from ferviz.faces.parcel import open_parcel, parcel, rounded
from ferviz.faces.plan import Plan


@pytest.fixture(scope="module")
def clip():
    person = sample_person(np.random.default_rng(1))
    plan = Plan("happiness", person, 4, "agree", frames=36, size=32, quality="fast", peak=1.0)
    return rounded(make_clip(plan))


@pytest.fixture(scope="module")
def still():
    person = sample_person(np.random.default_rng(2))
    return rounded(make_clip(Plan("fear", person, 4, "still", frames=1, size=32, quality="fast", peak=1.0)))


@pytest.mark.parametrize("kind", ["clip", "still"])
def test_truth_and_sound_come_back_in_every_bit(kind, request):
    made = request.getfixturevalue(kind)
    read = open_parcel(parcel(made))
    for name, array in made.truth.arrays().items():
        again = getattr(read.truth, name)
        assert again.dtype == array.dtype, name
        assert again.tobytes() == array.tobytes(), name
    assert read.times.tobytes() == made.times.tobytes()
    assert read.truth.phonemes == made.truth.phonemes
    assert read.truth.family == made.truth.family
    assert read.labels == dict(made.labels)
    assert (read.crop, read.source, read.sample_rate) == (made.crop, made.source, made.sample_rate)
    assert (read.audio is None) == (made.audio is None)
    if made.audio is not None:
        assert read.audio.tobytes() == made.audio.tobytes()


def test_a_still_loses_nothing_and_a_film_a_little(clip, still):
    assert (open_parcel(parcel(still)).frames == still.frames).all()
    error = np.mean((open_parcel(parcel(clip)).frames.astype(float) - clip.frames) ** 2)
    assert 0 < error < 255**2 / 10**3.0  # 30 dB at 32 pixels, where a film loses most


def test_rounding_changes_little_and_rounding_again_nothing(clip):
    person = sample_person(np.random.default_rng(1))
    plan = Plan("happiness", person, 4, "agree", frames=36, size=32, quality="fast", peak=1.0)
    made = make_clip(plan)
    assert np.abs(made.truth.relevance - clip.truth.relevance).max() <= 1 / 32
    assert np.abs(made.truth.changed - clip.truth.changed).max() <= 1 / 510 + 1e-6
    assert np.abs(made.truth.evidence - clip.truth.evidence).max() < 0.03
    assert np.abs(made.audio - clip.audio).max() < 1 / 60_000
    again = rounded(clip)
    for name, array in clip.truth.arrays().items():
        assert getattr(again.truth, name).tobytes() == array.tobytes(), name
    assert again.audio.tobytes() == clip.audio.tobytes()


def test_the_same_clip_gives_the_same_bytes(clip):
    assert parcel(clip) == parcel(clip)


def test_a_truth_that_the_file_would_not_keep_is_refused(clip):
    relevance = clip.truth.relevance + np.float32(0.01)
    finer = dataclasses.replace(clip, truth=dataclasses.replace(clip.truth, relevance=relevance))
    with pytest.raises(ValueError, match=r"truth.relevance must be in steps of 1/16, as `rounded` gives it"):
        parcel(finer)


@pytest.mark.parametrize("function", [rounded, parcel])
def test_a_clip_without_truth_is_refused(function):
    bare = Clip(np.zeros((1, 8, 8, 3), np.uint8), np.zeros(1))
    with pytest.raises(ValueError, match=r"clip must be .* with truth of its pictures; got Clip\(array: 1 × 8×8"):
        function(bare)


def test_damaged_bytes_are_named(clip):
    data = parcel(clip)
    for broken in (b"", b"no zip at all", data[: len(data) // 2], data[:600] + b"\0" * 400 + data[1000:]):
        with pytest.raises(ValueError, match=r"fear.npz is no whole synthetic clip \("):
            open_parcel(broken, "fear.npz")
    other = io.BytesIO()
    np.savez(other, film=np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match=r"parcel is no whole synthetic clip"):
        open_parcel(other.getvalue())


def test_an_intruder_is_scaled_by_its_own_largest_after_rounding() -> None:
    person = sample_person(np.random.default_rng(3))
    plan = Plan("anger", person, 2, "off_label", frames=12, rate=8.0, size=32, quality="fast", strength=0.4)
    truth = rounded(make_clip(plan)).truth
    assert truth.evidence.max() == truth.intruder.max() == 1
    assert not truth.evidence[truth.intruder > 0].any()


def test_a_voice_without_pictures_has_no_parcel() -> None:
    clip = make_clip(Plan("fear", sample_person(np.random.default_rng(0)), family="sound_only", frames=0))
    for write in (rounded, parcel):
        with pytest.raises(ValueError, match="clip must be a synthetic one with truth of its pictures; got Clip"):
            write(clip)
