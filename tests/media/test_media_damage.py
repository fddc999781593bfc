"""Reading what cannot be read: each failure names the file or the argument, what came, and what would fit."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import warnings
import zlib
from types import SimpleNamespace

import av
import numpy as np
import pytest
from films import COUNT, FPS, RATE, damaged, film, film_clip, numbers, picture, sound_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ferviz.clip import Clip, Gap
from ferviz.media import ClipError, load_clip
from ferviz.media import source as limits
from ferviz.media.screen import Screen
from ferviz.streams import wav

PHOTO = picture("PNG", Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)))
ONE = np.zeros((4, 5, 3), np.uint8)


# arguments


@pytest.mark.parametrize(
    ("choice", "error", "message"),
    [
        ({"fps": 0}, ValueError, "fps must be above 0 and at most 1000 frames a second; got 0"),
        ({"fps": -5}, ValueError, "fps must be above 0 .* got -5"),
        ({"fps": 5000}, ValueError, "fps must be above 0 and at most 1000 .* got 5000"),
        ({"fps": float("nan")}, ValueError, "fps must be finite; got nan"),
        ({"fps": 10**400}, ValueError, "fps must be finite; got 1000"),
        ({"start": 10**5000}, ValueError, "start must be finite; got int, too long to be told"),
        ({"max_side": 10**400}, ValueError, "max_side must be a whole number from 1 to 2147483648; got 1000"),
        ({"fps": "25"}, TypeError, "fps must be a number; got str"),
        ({"max_frames": 0}, ValueError, "max_frames must be at least 1; got 0"),
        ({"max_frames": 2.5}, TypeError, "max_frames must be a whole number; got float"),
        ({"max_frames": True}, TypeError, "max_frames must be a whole number; got bool"),
        ({"max_side": 0}, ValueError, "max_side must be at least 1; got 0"),
        ({"start": -1}, ValueError, "start must be 0 or more seconds; got -1"),
        ({"stop": -1}, ValueError, "stop must be 0 or more seconds; got -1"),
        ({"start": 2, "stop": 2}, ValueError, "start must lie before stop; got start 2 s, stop 2 s"),
        ({"stop": 0}, ValueError, "start must lie before stop; got start 0 s, stop 0 s"),
        ({"start": float("inf")}, ValueError, "start must be finite; got inf"),
        ({"seek": "near"}, ValueError, "seek must be 'key' or 'exact'; got 'near'"),
    ],
)
def test_arguments_that_do_not_fit(choice, error, message):
    with pytest.raises(error, match=message):
        load_clip(film(), **choice)


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        (ONE / 255 * np.nan, ValueError, "source must be finite; got NaN or infinity"),
        (
            ONE + 1.5,
            ValueError,
            r"source of floats must lie in 0 to 1; got 1.5 to 1.5 \(divide by 255, or give uint8\)",
        ),
        (ONE - 0.5, ValueError, "source of floats must lie in 0 to 1; got -0.5"),
        (ONE.astype(int), TypeError, "source must be of uint8, uint16 or floats in 0 to 1; got dtype int64"),
        (ONE > 0, TypeError, "got dtype bool"),
        (
            np.zeros((3, 20, 20), np.uint8),
            ValueError,
            r"got \(3, 20, 20\); if the channels come first, give np.moveaxis",
        ),
        (np.zeros((9, 20, 20), np.uint8), ValueError, r"got \(9, 20, 20\); if it is a gray film"),
        (np.zeros((9, 3, 20, 20), np.uint8), ValueError, "if the channels come second, give np.moveaxis"),
        (np.zeros((9, 20, 20, 4), np.uint8), ValueError, r"source must have shape \(H, W\).* got \(9, 20, 20, 4\)"),
        (np.zeros(9, np.uint8), ValueError, r"source must have shape .* got \(9,\)"),
        (np.zeros((0, 20, 20, 3), np.uint8), ValueError, "source must hold at least one pixel"),
    ],
)
def test_arrays_that_do_not_fit(array, error, message):
    with pytest.raises(error, match=message):
        load_clip(array)


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (7, "source must be a path, bytes, a file opened with 'rb', an upload or a numpy array; got int"),
        (None, "got NoneType"),
        ([1, 2], "got list"),
        (io.StringIO("text"), "got StringIO that holds str"),
        ({"name": "a.png"}, "got dict"),
        ({"name": "a.png", "content": "text"}, "got dict that holds str"),
    ],
)
def test_things_that_are_no_source(thing, message):
    with pytest.raises(TypeError, match=message):
        load_clip(thing)


# files


def test_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.mp4: there is no such file"):
        load_clip(tmp_path / "nowhere.mp4")
    with pytest.raises(FileNotFoundError, match=r"load_clip reads local files, no addresses"):
        load_clip("https://example.org/film.mp4")
    with pytest.raises(FileNotFoundError, match=r"cannot be looked up|there is no such file"):
        load_clip("x" * 5000)


def test_a_folder_a_device_and_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, "/dev/zero", tmp_path / "pipe", ""):
        with pytest.raises(ClipError, match=r"it is a folder or a device; load_clip takes one file"):
            load_clip(path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "locked.png"
    path.write_bytes(PHOTO)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)  # rights do not stop the superuser, so they cannot be used here
    with pytest.raises(ClipError, match=r"locked.png: it cannot be read \(Permission denied\)"):
        load_clip(path)


def test_what_is_said_of_a_file_is_its_name_alone_and_printable(tmp_path):
    path = tmp_path / "a\nb\x1b[31m.png"
    path.touch()
    with pytest.raises(ClipError, match=r"^ab\[31m.png: it is empty \(0 bytes\)$"):
        load_clip(path)
    path.write_bytes(PHOTO)
    assert load_clip(path).source == "ab[31m.png"
    odd = os.fsdecode(b"\xff.png")
    (tmp_path / odd).write_bytes(PHOTO)
    assert load_clip(tmp_path / odd).source.encode() == b".png"
    with pytest.raises(ClipError, match=rf"^{tmp_path.name}: it is a folder"):
        load_clip(tmp_path)


@pytest.mark.parametrize("cut", [100, 2000, 20_000, 31_000])
def test_a_sound_file_that_is_cut_off_says_so(tmp_path, cut):
    sound = (np.sin(np.arange(16_000) / 9) / 2).astype(np.float32)
    whole = wav(sound, 16_000)
    assert load_clip(whole).gaps == ()
    clip = load_clip(whole[:-cut])
    assert clip.gaps == (Gap("audio", 16_000 - cut // 2, 16_000, "the sound is cut off here"),)
    np.testing.assert_allclose(clip.audio[: 16_000 - cut // 2], sound[: 16_000 - cut // 2], atol=1e-4)
    assert not clip.audio[16_000 - cut // 2 :].any()
    streamed = whole[:40] + b"\xff\xff\xff\xff" + whole[44:-cut]  # the length was not known as the head was written
    assert load_clip(streamed).gaps == ()


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (0, 0)])
def test_a_picture_without_pixels(size):
    with pytest.raises(ClipError, match=rf"picture: it holds no pixel; its size is {size[0]}×{size[1]}"):
        load_clip(Image.new("RGB", size))


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ClipError, match=r"empty.mp4: it is empty \(0 bytes\)"):
        load_clip(tmp_path / "empty.mp4")
    with pytest.raises(ClipError, match=r"photo.png: it is empty"):
        load_clip({"name": "photo.png", "content": b""})


def test_text_named_mp4(tmp_path):
    (tmp_path / "notes.mp4").write_text("these are my notes\n" * 99)
    with pytest.raises(
        ClipError, match=r"notes.mp4: it cannot be opened .*; it begins with b'these are my not', which is no"
    ):
        load_clip(tmp_path / "notes.mp4")


def test_of_bytes_in_memory_an_error_repeats_none():
    with pytest.raises(ClipError, match=r"cannot be opened \(.*\); it is no picture, film or sound that ferviz reads$"):
        load_clip(b"my secret diary is no picture\n" * 99)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:1,\n{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {path}\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{path}</BaseURL></MPD>',
    ],
)
def test_a_playlist_cannot_reach_other_files(tmp_path, text):
    (tmp_path / "other.mp4").write_bytes(film())
    (tmp_path / "list.mp4").write_text(text.format(path=tmp_path / "other.mp4"))
    with pytest.raises(ClipError, match=r"list.mp4: it cannot be opened"):
        load_clip(tmp_path / "list.mp4")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.7])
def test_a_truncated_film_without_its_index(share):
    data = film()
    with pytest.raises(ClipError, match=r"it cannot be opened .*; it begins like MP4, so it is damaged or cut off"):
        load_clip(data[: int(share * len(data))])


@pytest.mark.parametrize("choice", [{}, {"max_frames": 4, "seek": "exact"}, {"max_frames": 4, "seek": "key"}])
@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_truncated_film_says_how_much_is_there(container, choice):
    data = film(container, sound=False, front=True)
    with pytest.raises(
        ClipError, match=r"it is cut off.*: its header promises 4.\d* s, its pictures end at (\d.\d+) s"
    ) as told:
        load_clip(data[: int(0.7 * len(data))], **choice)
    stop = float(str(told.value).split("stop=")[1].split()[0])
    rest = load_clip(data[: int(0.7 * len(data))], stop=stop)
    assert numbers(rest.frames) == list(range(len(rest)))
    assert 5 < len(rest) < COUNT


def test_a_film_cut_off_before_its_second_picture_is_told_no_stop():
    data = film("mp4", sound=False, front=True)
    with pytest.raises(ClipError, match=r"its pictures end at 0\.00 s$"):
        load_clip(data[: data.index(b"mdat") + 12])


def test_of_an_upload_no_byte_is_repeated_and_of_a_file_the_reader_s_words_are(tmp_path):
    data = b"P2\n12 my_secret_diary 255\n1 2 3"
    (tmp_path / "a.pgm").write_bytes(data)
    with pytest.raises(ClipError, match=r"a.pgm: the picture cannot be read \(.*my_secret"):
        load_clip(tmp_path / "a.pgm")
    with pytest.raises(ClipError, match=r"upload: the picture cannot be read \(ValueError\); it is no picture"):
        load_clip(data)


def test_a_truncated_photo():
    with pytest.raises(ClipError, match=r"upload: the picture cannot be read .*; it begins like PNG, so it is damaged"):
        load_clip(PHOTO[:-30])


def test_a_start_behind_the_end():
    for data in (film(), film("webm"), sound_file("wav", "pcm_s16le")):
        with pytest.raises(ClipError, match=r"upload: start must lie before its end at 4.\d+ s; got 9.0 s"):
            load_clip(data, start=9)
    with pytest.raises(ClipError, match=r"upload: a single picture lies at 0 s, so start must be 0; got 1.0"):
        load_clip(PHOTO, start=1)
    with pytest.raises(ValueError, match=r"start must be 0 for a single picture; got 1.0"):
        load_clip(ONE, start=1)


def test_a_stretch_between_two_frames():
    for choice in ({}, {"max_frames": 2}, {"max_frames": 2, "seek": "exact"}):
        with pytest.raises(
            ClipError, match=r"upload: no frame begins between 1.02 s and 1.080 s; widen start and stop"
        ):
            load_clip(film(), start=1.02, stop=1.08, **choice)
    with pytest.raises(ClipError, match=r"array: no frame begins between 0.01 s and 0.02 s"):
        load_clip(np.zeros((9, 4, 4, 3), np.uint8), start=0.01, stop=0.02)


@pytest.mark.parametrize(
    ("container", "codec", "message"),
    [
        ("mp4", "libx264", "upload: it holds neither pictures nor sound"),
        ("webm", "libvpx-vp9", "upload: it cannot be opened .*; it begins like WebM"),
    ],
)
def test_a_film_without_frames(container, codec, message):
    data = io.BytesIO()
    with av.open(data, "w", format=container) as file:
        stream = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        file.start_encoding()
    with pytest.raises(ClipError, match=message):
        load_clip(data.getvalue())


# damage inside


@pytest.mark.parametrize("choice", [{}, {"max_frames": 1000, "seek": "exact"}])
def test_damaged_pictures_keep_their_places(choice):
    clip = load_clip(damaged(film(), "video", 1.2, 1.4), **choice)
    assert len(clip) == COUNT
    assert clip.times == pytest.approx(np.arange(COUNT) / FPS)
    (gap,) = clip.gaps
    assert (gap.stream, gap.start, gap.stop) == ("frames", 12, 20)  # to the next key frame: they lean on the damaged
    assert gap.reason.startswith("the film is damaged here (")
    assert not clip.frames[12:20].any()
    good = clip.usable()
    assert np.array(numbers(clip.frames))[good].tolist() == np.arange(COUNT)[good].tolist()


def test_a_damaged_key_frame_is_a_gap():
    clip = load_clip(damaged(film(), "video", 2.0, 2.05, keep=10), max_frames=4)
    assert clip.times == pytest.approx([0, 1, 2, 3])
    assert [(gap.start, gap.stop) for gap in clip.gaps] == [(2, 3)]


def test_pictures_that_are_all_damaged_are_an_error():
    with pytest.raises(
        ClipError, match=r"upload: none of its pictures could be decoded \(Invalid data.*\); it is damaged"
    ):
        load_clip(damaged(film(), "video", 0, 9))


def test_damaged_sound_is_silent_with_a_gap_and_stays_in_place():
    clip = load_clip(damaged(film(), "audio", 1.3, 1.6))
    assert numbers(clip.frames) == list(range(COUNT))
    (gap,) = clip.gaps
    assert gap.stream == "audio"
    assert gap.reason.startswith("the sound is damaged here")
    assert gap.start / RATE == pytest.approx(1.3, abs=0.1)
    assert gap.stop / RATE == pytest.approx(1.6, abs=0.15)
    assert not clip.audio[gap.start : gap.stop].any()
    assert np.flatnonzero(np.abs(clip.audio) > 0.2)[-1] / RATE == pytest.approx(2, abs=0.08)


def test_a_film_whose_sound_is_all_damaged_still_loads():
    clip = load_clip(damaged(film(), "audio", -1, 9))
    assert numbers(clip.frames) == list(range(COUNT))
    assert clip.audio is None
    (gap,) = clip.gaps
    assert gap.stream == "audio"
    assert gap.stop == pytest.approx(4 * RATE, abs=0.1 * RATE)
    assert "damaged" in gap.reason


def test_a_film_whose_sound_is_of_an_unknown_kind_still_loads():
    data = bytearray(film("avi"))
    place = data.index(b"strf", data.index(b"strf") + 4) + 8
    data[place : place + 2] = b"\xfe\x77"  # a format that nobody has registered
    clip = load_clip(bytes(data))
    assert numbers(clip.frames) == list(range(COUNT))
    assert clip.audio is None
    assert clip.gaps == (Gap("audio", 0, 1, "the sound is damaged, or of a kind that cannot be decoded"),)


def test_pictures_of_an_unknown_kind_are_an_error():
    with pytest.raises(ClipError, match=r"upload: its pictures are of a kind that cannot be decoded"):
        load_clip(film().replace(b"avc1", b"zzzz"))


def test_colours_of_an_unknown_kind_are_an_error():
    def refuse(*_, **__):
        raise ValueError("no such conversion")

    frame = SimpleNamespace(
        side_data={}, color_trc=2, color_primaries=2, format=SimpleNamespace(name="xyz12", components=())
    )
    screen = Screen("odd.mkv", 8, 8)
    screen.colours = SimpleNamespace(reformat=refuse)
    with pytest.raises(ClipError, match=r"odd.mkv: its colours \(xyz12\) are not understood"):
        screen.pixels(frame)


def test_sound_alone_of_an_unknown_kind_is_an_error():
    data = bytearray(sound_file("wav", "pcm_s16le"))
    place = data.index(b"fmt ") + 8
    data[place : place + 2] = b"\xfe\x77"
    with pytest.raises(ClipError, match=r"upload: its sound cannot be read \(the sound is damaged, or of a kind"):
        load_clip(bytes(data))


# size


def test_a_clip_that_would_not_fit_into_memory_says_what_to_do(monkeypatch):
    monkeypatch.setattr(limits, "MEMORY_LIMIT", 20 * 48 * 64 * 3)
    for choice in ({}, {"max_frames": 30, "seek": "exact"}):
        with pytest.raises(ClipError, match=r"upload: \d+ frames of 64×48 .* GB; give max_frames, fps, max_side"):
            load_clip(film(sound=False), **choice)
    assert len(load_clip(film(sound=False), max_frames=15, seek="exact")) == 15
    assert len(load_clip(film(sound=False), stop=1.5)) == 15
    assert len(load_clip(film(sound=False), max_side=32)) == COUNT


def test_sound_that_would_not_fit_into_memory(monkeypatch):
    monkeypatch.setattr(limits, "MEMORY_LIMIT", RATE * 4)
    with pytest.raises(ClipError, match=r"upload: 0 frames .* and [\d,]+ samples of sound would take"):
        load_clip(sound_file("wav", "pcm_s16le"))


def test_a_picture_that_unpacks_to_too_much():
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 12_000, 15_000, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(ClipError, match=r"upload: it has more than 178,956,970 pixels \(.*\); make it smaller"):
        load_clip(head + PHOTO[33:])


def test_a_transparent_picture_takes_little_more_than_its_pixels():
    """Pillow's own memory, four bytes a pixel, is not counted here."""
    side = 2000
    file = picture("PNG", Image.fromarray(np.full((side, side, 4), 200, np.uint8)))
    tracemalloc.start()
    try:
        assert load_clip(file).frames[0, 0, 0].tolist() == [212, 212, 212]
        assert tracemalloc.get_traced_memory()[1] < 12 * side**2
    finally:
        tracemalloc.stop()


def test_a_film_that_claims_a_huge_size_is_refused():
    data = io.BytesIO()
    with av.open(data, "w", format="avi") as file:
        stream = file.add_stream("rawvideo", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr24"
        file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")))
    raw = data.getvalue()
    place = raw.index(struct.pack("<ii", 64, -48), raw.index(b"strf"))
    assert len(load_clip(raw)) == 1
    with pytest.raises(ClipError, match=r"no pictures that can be decoded, or they have more than 67,108,864 pixels"):
        load_clip(raw[:place] + struct.pack("<ii", 30_000, 30_000) + raw[place + 8 :])


# anything at all

SEEDS = {
    "png": PHOTO,
    "gif": picture("GIF", Image.new("P", (5, 5))),
    "jpeg": picture("JPEG", Image.new("RGB", (16, 16), "red")),
    "tiff": picture("TIFF", Image.new("RGB", (5, 5))),
    "mp4": film(),
    "webm": film("webm"),
    "wav": sound_file("wav", "pcm_s16le")[:4000],
}
CHOICES = [{}, {"max_frames": 3}, {"fps": 4.0, "seek": "exact", "max_side": 20}, {"start": 0.5, "stop": 1.0}]


def gives_a_clip_or_one_error(data: bytes, choice: dict) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            clip = load_clip(data, **choice)
        except ClipError:
            return
    assert isinstance(clip, Clip)
    assert len(clip) or clip.audio is not None


@given(st.binary(max_size=300), st.sampled_from(CHOICES))
@settings(max_examples=60, deadline=None)
def test_random_bytes_give_a_clip_or_one_kind_of_error(data, choice):
    gives_a_clip_or_one_error(data, choice)


@given(st.sampled_from(sorted(SEEDS)), st.sampled_from(CHOICES), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_bytes_give_a_clip_or_one_kind_of_error(kind, choice, data):
    seed = bytearray(SEEDS[kind])
    where = st.one_of(st.integers(0, min(400, len(seed)) - 1), st.integers(0, len(seed) - 1))
    for place, value in data.draw(st.lists(st.tuples(where, st.integers(0, 255)), max_size=8)):
        seed[place] = value
    stop = data.draw(st.one_of(st.none(), st.integers(0, len(seed))))
    gives_a_clip_or_one_error(bytes(seed[:stop]), choice)


def test_reading_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for data in (film(), PHOTO, damaged(film(), "video", 0, 9), film()[:500]):
        gives_a_clip_or_one_error(data, {})
    assert list(tmp_path.iterdir()) == []


def test_a_clip_error_is_a_value_error():
    assert issubclass(ClipError, ValueError)
    assert film_clip().source == "array"
