"""The clip: what it holds, what it refuses, and what picking frames keeps."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.clip import Clip, Crop, Face, Gap, Truth
from ferviz.emotions import Emotion

FRAMES = np.arange(5 * 4 * 6 * 3, dtype=np.uint8).reshape(5, 4, 6, 3)
TIMES = np.arange(5) / 10
SOUND = np.zeros(800, np.float32)


def test_a_clip_tells_its_size_and_length():
    clip = Clip(FRAMES, TIMES, audio=SOUND, sample_rate=800, source="film.mp4")
    assert (len(clip), clip.height, clip.width, clip.duration) == (5, 4, 6, 1.0)
    assert repr(clip) == "Clip(film.mp4: 5 × 6×4, 1.00 s, sound 800 Hz)"


def test_sound_alone_has_no_frames():
    clip = Clip(np.zeros((0, 0, 0, 3), np.uint8), np.zeros(0), audio=SOUND, sample_rate=800)
    assert len(clip) == 0
    assert clip.duration == 1.0
    assert repr(clip) == "Clip(array: no frames, 1.00 s, sound 800 Hz)"


def test_times_may_be_a_list():
    assert Clip(FRAMES[:2], [0, 1]).times.dtype == np.float64


def test_gaps_mask_their_own_stream():
    clip = Clip(FRAMES, TIMES, SOUND, 800, gaps=(Gap("frames", 1, 3, "no face"), Gap("audio", 10, 800, "cut off")))
    assert clip.usable().tolist() == [True, False, False, True, True]
    assert clip.usable("audio").sum() == 10
    assert "2 gaps" in repr(clip)


def test_a_place_or_a_stream_that_the_clip_does_not_have_is_named():
    clip = Clip(FRAMES, TIMES, SOUND, 800)
    assert clip[-1].times.tolist() == clip[np.int64(4)].times.tolist() == clip.times[4:].tolist()
    for place in (5, -6):
        with pytest.raises(IndexError, match=rf"frames must be a place among 5, from 0 or from the end; got {place}"):
            clip[place]
    for other in ("a", 1.5, True):
        with pytest.raises(TypeError, match="frames must be a whole number or a slice; got"):
            clip[other]
    with pytest.raises(ValueError, match="stream must be one of frames, audio; got 'frame'"):
        clip.usable("frame")


def test_a_clip_without_sound_may_say_why():
    clip = Clip(FRAMES, TIMES, gaps=(Gap("audio", 0, 16000, "the sound is damaged"),))
    assert clip.usable("audio").shape == (0,)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"frames": FRAMES / 255}, TypeError, r"frames must be a uint8 array; got float64 \(load_clip turns"),
        ({"frames": [[1]]}, TypeError, "frames must be a uint8 array; got list"),
        ({"frames": FRAMES[0]}, ValueError, r"frames must have shape \(T, H, W, 3\); got \(4, 6, 3\)"),
        ({"frames": FRAMES[..., :2]}, ValueError, r"got \(5, 4, 6, 2\)"),
        ({"frames": FRAMES[:, :0]}, ValueError, r"got \(5, 0, 6, 3\)"),
        ({"times": TIMES[:4]}, ValueError, r"times must have shape \(5,\), one a frame; got \(4,\)"),
        ({"times": TIMES[::-1]}, ValueError, "times must be finite seconds that rise strictly"),
        ({"times": TIMES * 0}, ValueError, "rise strictly"),
        ({"times": TIMES * np.nan}, ValueError, "finite"),
        ({"audio": SOUND.astype(float), "sample_rate": 8}, TypeError, r"mono, -1 to 1; got float64 \(\d+,\)"),
        ({"audio": SOUND[None], "sample_rate": 8}, TypeError, r"audio must be a float32 .*; got float32 \(1, \d+\)"),
        ({"audio": [0.0], "sample_rate": 8}, TypeError, "audio must be a float32 array of .*; got list"),
        ({"audio": SOUND + np.float32("nan"), "sample_rate": 8}, ValueError, "audio must be finite; got NaN"),
        ({"audio": SOUND}, ValueError, "sample_rate must be a positive number of samples a second; got None"),
        ({"audio": SOUND, "sample_rate": 0}, ValueError, "sample_rate must be a positive number .* got 0"),
        *(
            ({"audio": SOUND, "sample_rate": rate}, ValueError, "sample_rate must be a positive number of samples a s")
            for rate in (np.nan, np.inf, 0.5, 1e12, 11025.5, 10**400)
        ),
        *(
            ({"times": times}, TypeError, "times must be numbers of seconds; got")
            for times in (list("01234"), TIMES + 1j, TIMES.astype("datetime64[s]"), TIMES > 0, None)
        ),
        ({"boxes": [[1.0], [2.0, 3.0]]}, TypeError, "boxes must be an array of numbers; got list"),
        ({"truth": "x"}, TypeError, "truth must be a Truth or None; got str"),
        ({"crop": "x"}, TypeError, "crop must be a Crop or None; got str"),
        ({"source": None}, TypeError, "source must be a text; got NoneType"),
        ({"others": 5}, TypeError, "others must be a tuple; got int"),
        ({"others": (5,) * 5}, TypeError, "others must hold a tuple of Face objects for each frame; got 5"),
        ({"others": (("x",),) * 5}, TypeError, "others must hold a tuple of Face objects for each frame; got"),
        ({"gaps": None}, TypeError, "gaps must be a tuple; got NoneType"),
        ({"frames": FRAMES[:0], "times": []}, ValueError, "a clip needs frames or audio; got neither"),
        ({"boxes": np.zeros((4, 4))}, ValueError, r"boxes must have shape \(5, 4\), one a frame; got \(4, 4\)"),
        ({"others": ((),) * 4}, ValueError, r"others must have one entry a frame \(5\); got 4"),
        ({"gaps": (Gap("frames", 3, 6, "x"),)}, ValueError, "gap .* ends after the 5 frames of the clip"),
        (
            {"truth": Truth(intensity=np.zeros(4))},
            ValueError,
            r"truth.intensity must begin with shape \(5,\); got \(4,\)",
        ),
        (
            {"truth": Truth(cover=np.zeros((5, 6, 4), bool))},
            ValueError,
            r"truth.cover must begin with shape \(5, 4, 6\); got \(5, 6, 4\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(values, error, message):
    with pytest.raises(error, match=message):
        Clip(**({"frames": FRAMES, "times": TIMES} | values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("pictures", 0, 1, "x"), "stream must be 'frames' or 'audio'; got 'pictures'"),
        (("frames", 2, 2, "x"), "a gap needs 0 <= start < stop; got start 2, stop 2"),
        (("frames", -1, 2, "x"), "start must be a whole number of at least 0; got -1"),
        (("frames", 0, 1, 5), "reason must say why the stretch cannot be used; got 5"),
        (("frames", 0, 1, ""), "reason must say why"),
    ],
)
def test_a_gap_needs_a_place_and_a_reason(values, message):
    with pytest.raises(ValueError, match=message):
        Gap(*values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("frames", 0.5, 1.5, "x"), "start must be a whole number of at least 0; got 0.5"),
        (("frames", 0, "1", "x"), "stop must be a whole number of at least 0; got '1'"),
        (("frames", False, True, "x"), "start must be a whole number of at least 0; got False"),
    ],
)
def test_a_gap_of_other_kinds_is_refused(values, message):
    with pytest.raises(TypeError, match=message):
        Gap(*values)
    assert type(Gap("frames", np.int64(0), np.int64(1), "x").stop) is int  # as JSON takes it


@pytest.fixture
def known() -> Clip:
    truth = Truth(
        intensity=np.arange(5.0),
        relevance=np.arange(120.0).reshape(5, 4, 6),
        landmarks=np.zeros((5, 68, 2)),
        person={"age": 30},
        phonemes=(("a", 0.0, 0.1),),
    )
    return Clip(
        FRAMES,
        TIMES,
        SOUND,
        800,
        labels={"emotion": Emotion.FEAR},
        crop=Crop(112, 0.25),
        boxes=np.arange(20.0).reshape(5, 4),
        others=tuple((Face(np.zeros(4), i / 10, np.zeros((5, 2))),) for i in range(5)),
        gaps=(Gap("frames", 1, 4, "no face"), Gap("audio", 0, 9, "cut off")),
        truth=truth,
    )


def test_picked_frames_bring_everything_that_is_known_of_them(known):
    picked = known[1:5:2]
    assert (picked.frames == FRAMES[[1, 3]]).all()
    assert picked.times.tolist() == [0.1, 0.3]
    assert picked.boxes.tolist() == [[4, 5, 6, 7], [12, 13, 14, 15]]
    assert [faces[0].score for faces in picked.others] == [0.1, 0.3]
    assert picked.truth.intensity.tolist() == [1, 3]
    assert (picked.truth.relevance == known.truth.relevance[[1, 3]]).all()
    assert picked.truth.person == {"age": 30}
    assert picked.labels == known.labels
    assert picked.crop == known.crop
    assert picked.gaps == (Gap("frames", 0, 2, "no face"),)


def test_picked_frames_have_no_sound_and_no_gaps_in_it(known):
    assert known[:2].audio is None
    assert known[:2].sample_rate is None
    assert known[4].gaps == ()
    assert known[-1].times.tolist() == [0.4]


@pytest.mark.parametrize("pick", [slice(5, 9), slice(None, None, -1), slice(3, 3)])
def test_picking_nothing_or_backwards_is_an_error(known, pick):
    with pytest.raises(IndexError, match="frames must pick at least one frame of 5, in order; got slice"):
        known[pick]


def test_a_frame_beyond_the_end_is_an_index_error(known):
    with pytest.raises(IndexError):
        known[5]


def test_warp_and_save_are_reached_from_the_clip(known, tmp_path):
    assert known.warp([[1, 0, 0], [0, 1, 0]]).frames.tolist() == FRAMES.tolist()
    assert known[0].save(tmp_path / "one.png") == tmp_path / "one.png"


def test_a_mirrored_clip_is_as_good_as_any():
    """Turned round from BGR, or left to right: views that torch does not take."""
    frames = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    for mirrored in (frames[..., ::-1], frames[:, :, ::-1], frames[::-1]):
        clip = Clip(mirrored, np.arange(2.0))
        assert (clip.frames == mirrored).all()
        assert min(clip.frames.strides) > 0
    assert Clip(frames, np.arange(2.0)).frames is frames
