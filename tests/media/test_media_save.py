"""Writing clips, and reading them again."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from films import COUNT, FPS, HEIGHT, RATE, WIDTH, film_clip, numbered, numbers, tone

from ferviz.clip import Clip
from ferviz.media import load_clip, save
from ferviz.media import write as writing

SILENT = {"audio": None, "sample_rate": None}


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".MP4"])
def test_a_film_comes_back_with_its_pictures_times_and_sound(tmp_path, suffix):
    path = save(film_clip(), tmp_path / f"film{suffix}")
    clip = load_clip(path)
    assert path == tmp_path / f"film{suffix}"
    assert numbers(clip.frames) == list(range(COUNT))
    assert clip.times == pytest.approx(np.arange(COUNT) / FPS, abs=0.0011)
    assert clip.frames.shape == (COUNT, HEIGHT, WIDTH, 3)
    assert rms(clip.audio) == pytest.approx(rms(tone()), rel=0.03)
    loud = np.flatnonzero(np.abs(clip.audio) > 0.2) / clip.sample_rate
    assert loud[[0, -1]] == pytest.approx([1, 2], abs=0.08)
    assert clip.sample_rate == (48_000 if suffix == ".webm" else RATE)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("first", [0.0, 0.7])
def test_uneven_times_are_kept(tmp_path, suffix, first):
    times = first + np.array([0.0, 0.033, 0.5, 0.51, 2.0])
    clip = load_clip(save(film_clip(frames=numbered(5), times=times, **SILENT), tmp_path / f"film{suffix}"))
    assert clip.times == pytest.approx(times, abs=0.0011)
    assert numbers(clip.frames) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_times_closer_than_the_container_counts_are_kept_apart(tmp_path, suffix):
    clip = film_clip(frames=numbered(4), times=np.arange(4) * 1e-5, **SILENT)
    assert len(load_clip(save(clip, tmp_path / f"film{suffix}"))) == 4


@pytest.mark.parametrize(("height", "width"), [(49, 63), (1, 1), (2, 2), (33, 500)])
def test_odd_and_tiny_sizes(tmp_path, height, width):
    frames = np.full((3, height, width, 3), 200, np.uint8)
    clip = film_clip(frames=frames, times=np.arange(3) / 10, **SILENT)
    webm = load_clip(save(clip, tmp_path / "film.webm"))
    mp4 = load_clip(save(clip, tmp_path / "film.mp4"))
    assert webm.frames.shape == frames.shape
    assert mp4.frames.shape == (3, height + height % 2, width + width % 2, 3)
    for read in (webm, mp4):
        assert np.abs(read.frames.astype(int) - 200).max() <= 3


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_colours_come_back(tmp_path, suffix):
    frames = np.zeros((3, 48, 64, 3), np.uint8) + np.uint8([200, 40, 90])
    clip = load_clip(save(film_clip(frames=frames, times=np.arange(3) / 10, **SILENT), tmp_path / f"film{suffix}"))
    assert np.abs(clip.frames.astype(int) - frames).max() <= 4


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_one_frame_is_a_film_too(tmp_path, suffix):
    clip = load_clip(save(film_clip()[7], tmp_path / f"film{suffix}"))
    assert numbers(clip.frames) == [7]


@pytest.mark.parametrize("rate", [8000, 11_025, 10_000, 44_100, 96_000])
def test_sound_of_any_rate(tmp_path, rate):
    clip = film_clip(audio=tone(rate=rate), sample_rate=rate)
    for suffix in (".mp4", ".webm"):
        read = load_clip(save(clip, tmp_path / f"film{suffix}"))
        assert rms(read.audio) == pytest.approx(rms(tone()), rel=0.03)
        assert read.duration == pytest.approx(4, abs=0.15)


@pytest.mark.parametrize("length", [1, 100, 1024])
def test_a_very_short_sound(tmp_path, length):
    clip = film_clip(audio=np.zeros(length, np.float32))
    for suffix in (".mp4", ".webm"):
        assert len(load_clip(save(clip, tmp_path / f"film{suffix}"))) == COUNT


def test_pictures_and_sound_lie_beside_each_other_in_the_file(tmp_path):
    save(film_clip(), tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as file:
        packets = sorted((p for p in file.demux() if p.size), key=lambda p: p.pos)
    times = np.array([float(p.dts * p.time_base) for p in packets])
    assert np.abs(times - np.maximum.accumulate(times)).max() < 1.1


def test_a_picture_is_written_without_loss(tmp_path):
    clip = film_clip()[3]
    assert (load_clip(save(clip, tmp_path / "one.png")).frames == clip.frames).all()


def test_sound_alone_is_written(tmp_path):
    clip = load_clip(save(film_clip(), tmp_path / "sound.wav"))
    assert len(clip) == 0
    assert clip.sample_rate == RATE
    assert np.abs(clip.audio - tone()).max() < 1e-4


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "one.png"
    path.write_bytes(b"old")
    save(film_clip()[0], path)
    assert [p.name for p in tmp_path.iterdir()] == ["one.png"]
    assert len(load_clip(path)) == 1
    assert path.stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".png", ".wav"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(writing, {".png": "_png", ".wav": "_wav"}.get(suffix, "_interleave"), fail)
    clip = film_clip()[0] if suffix == ".png" else film_clip()
    with pytest.raises(OSError, match="no space left"):
        save(clip, path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def lasting(*times: float) -> Clip:
    return Clip(np.zeros((len(times), 16, 16, 3), np.uint8), np.array(times, float))


def wide(width: int) -> Clip:
    return Clip(np.zeros((1, 2, width, 3), np.uint8), np.zeros(1))


NO_FRAMES = Clip(np.zeros((0, 0, 0, 3), np.uint8), np.zeros(0), tone(), RATE)


@pytest.mark.parametrize(
    ("clip", "name", "error", "message"),
    [
        (film_clip(), "film.mov", ValueError, r"path must end in .mp4, .webm, .png or .wav; got 'film.mov'"),
        (film_clip(), "film", ValueError, "got 'film'"),
        (NO_FRAMES, "film.mp4", ValueError, r".mp4 needs frames and this clip has none; .wav writes its sound"),
        (NO_FRAMES, "film.webm", ValueError, r".webm needs frames"),
        (NO_FRAMES, "one.png", ValueError, r".png holds one frame and this clip has 0"),
        (film_clip(), "one.png", ValueError, r".png holds one frame and this clip has 40; pick one \(clip\[0\]\)"),
        (film_clip(**SILENT), "sound.wav", ValueError, r".wav needs sound and this clip has none"),
        (film_clip(times=np.arange(COUNT) - 1.0), "film.mp4", ValueError, r".mp4 holds no times before 0; .* at -1 s"),
        (lasting(0, 24_000), "film.mp4", ValueError, r"holds at most 23861 s .*; times has 24000 s behind frame 0"),
        (lasting(0, 1, 1e15), "film.webm", ValueError, r"holds at most 2147484 s .*; times has 1e\+15 s behind f"),
        (lasting(1e15), "film.mp4", ValueError, r".mp4 holds times below 1e\+11 s; got 1e\+15 s"),
        (wide(16_386), "film.mp4", ValueError, ".mp4 holds sides of 16384 pixels at most; the clip has 16386×2"),
        (wide(70_000), "film.webm", ValueError, ".webm holds sides of 65535 pixels at most; the clip has 70000×2"),
        (film_clip(), None, TypeError, "path must be a path; got None"),
        (film_clip(), 5, TypeError, "path must be a path; got 5"),
        (
            film_clip(),
            "no/such/film.mp4",
            FileNotFoundError,
            r"no/such: there is no such folder to write film.mp4 into",
        ),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, clip, name, error, message):
    with pytest.raises(error, match=message):
        save(clip, tmp_path / name if isinstance(name, str) else name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file_to_write(tmp_path):
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(ValueError, match=r"path must be a file's; .*film.mp4 is a folder"):
        save(film_clip(), tmp_path / "film.mp4")
    assert [one.name for one in tmp_path.rglob("*")] == ["film.mp4"]


def test_a_long_gap_that_fits_is_kept(tmp_path):
    assert load_clip(save(lasting(0, 23_000, 23_001), tmp_path / "a.mp4")).times.tolist() == [0, 23_000, 23_001]


def test_what_the_encoder_says_is_said_in_words(tmp_path, monkeypatch):
    def fail(*_):
        raise av.error.ExternalError(542398533, "Generic error in an external library")

    monkeypatch.setattr(writing, "_interleave", fail)
    with pytest.raises(ValueError, match=r".mp4 cannot hold 1 frames of 16×16: Generic error in an external library"):
        save(lasting(0), tmp_path / "a.mp4")


def test_the_same_clip_gives_the_same_bytes(tmp_path):
    one = save(film_clip(), tmp_path / "one.mp4").read_bytes()
    assert save(film_clip(), tmp_path / "two.mp4").read_bytes() == one


def test_the_film_says_h264_and_aac(tmp_path):
    data = io.BytesIO(save(film_clip(), tmp_path / "film.mp4").read_bytes())
    with av.open(data) as file:
        assert [stream.codec_context.name for stream in file.streams] == ["h264", "aac"]
        assert file.streams.video[0].pix_fmt == "yuv420p"
