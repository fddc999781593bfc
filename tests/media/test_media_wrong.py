"""Input of a wrong kind is never taken in silence: refused in words that say what fits, read rightly, or warned of.

Looked for in: arrays of every shape and type, open files (read, rewound, closed, text), paths (`~`, addresses, bytes),
uploads, PIL images, things that could be arrays, TIFF samples that Pillow does not know, 12 bits kept in 16 (arrays,
PNG, TIFF, PGM, films), colours that Pillow cannot turn into RGB, animations that are open; films written behind one
another; `save`; the fields of a `Clip`.
"""

from __future__ import annotations

import codecs
import io
import tempfile
import warnings
from pathlib import Path

import av
import numpy as np
import pytest
import tifffile
import torch
from films import picture
from PIL import Image

from ferviz.clip import Clip
from ferviz.media import ClipError, load_clip, save

COLOURS = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)
PHOTO = picture("PNG", Image.fromarray(COLOURS))


def silently(data, **choice):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_clip(data, **choice)


# arrays


@pytest.mark.parametrize(
    "shape",
    [(48, 48, 1), (1, 48, 48), (3, 48, 36), (4, 48, 36), (9, 48, 36), (9, 48, 36, 1), (9, 48, 36, 4), (9, 1, 48, 36),
     (9, 3, 48, 36), (9, 4, 48, 36), (48, 36, 2)],
)  # fmt: skip
def test_the_hint_for_an_array_is_right(shape):
    array = np.random.default_rng(0).integers(100, 256, shape, dtype=np.uint8)
    with pytest.raises(ValueError, match=r"source must have shape .* got \(.*\); if .*, give ") as told:
        load_clip(array)
    hint = str(told.value).rpartition("give ")[2]
    clip = silently(eval(hint, {"np": np, "source": array}))  # noqa: S307  our own words
    pictures = 9 if shape[0] == 9 else 1
    assert clip.frames.shape == (pictures, 48, 36 if 36 in shape else 48, 3)
    if 1 in shape:
        assert (clip.frames[..., 0] == array.reshape(clip.frames.shape[:3])).all()


def test_several_films_in_one_array_are_refused():
    with pytest.raises(ValueError, match=r"got \(2, 9, 8, 8, 3\); if it holds several films, give them one by one"):
        load_clip(np.zeros((2, 9, 8, 8, 3), np.uint8))


@pytest.mark.parametrize(
    ("array", "whole"),
    [
        (np.full((8, 8), 4095, np.uint16), 65535),
        (np.full((8, 8, 3), 4000, np.uint16), 65535),
        (np.full((8, 8), 1, np.uint8), 255),
        (np.full((8, 8), 1 / 255), 1),
        (np.full((2, 8, 8, 3), 0.05, np.float32), 1),
    ],
)
def test_an_array_that_uses_the_lowest_sixteenth_is_said(array, whole):
    with pytest.warns(UserWarning, match=rf"source: its largest value is .* of {whole}, the lowest sixteenth") as told:
        load_clip(array)
    assert told[0].filename == __file__
    assert (silently(array * 0).frames == 0).all()  # black is black


# twelve bits


def deep_film(top: int) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="matroska") as file:
        stream = file.add_stream("ffv1", rate=5)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "gray16le"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((24, 32), top, np.uint16), format="gray16le")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return data.getvalue()


def deep_file(kind: str, top: int) -> bytes:
    """A picture of 16 bits whose largest value is ``top``."""
    ramp = np.linspace(0, top, 24 * 36).reshape(24, 36).astype(np.uint16)
    data = io.BytesIO()
    if kind == "film":
        return deep_film(top)
    if kind == "PGM":
        return b"P5 36 24 65535 " + ramp.astype(">u2").tobytes()
    if kind == "PPM":
        return b"P6 36 24 65535 " + ramp[..., None].repeat(3, 2).astype(">u2").tobytes()
    if kind in ("PNG", "TIFF"):
        return picture(kind, Image.fromarray(ramp))
    if kind == "PNG in colour":
        with av.open(data, "w", format="image2pipe") as file:
            stream = file.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 36, 24, "rgb48be"
            frame = av.VideoFrame.from_ndarray(ramp[..., None].repeat(3, 2), format="rgb48le")
            file.mux(stream.encode(frame.reformat(format="rgb48be")))
            file.mux(stream.encode(None))
        return data.getvalue()
    packed = "deflate" if kind == "TIFF in colour, packed" else None
    tifffile.imwrite(data, ramp[..., None].repeat(3, 2), photometric="rgb", compression=packed)
    return data.getvalue()


DEEP = ["PNG", "TIFF", "PGM", "PPM", "PNG in colour", "TIFF in colour", "TIFF in colour, packed", "film"]


@pytest.mark.parametrize("kind", DEEP)
def test_twelve_bits_kept_in_sixteen_are_said(kind):
    with pytest.warns(UserWarning, match=r"upload: its largest value is .*, the lowest sixteenth of the range"):
        clip = load_clip(deep_file(kind, 4095))
    assert clip.frames.max() <= 16
    assert silently(deep_file(kind, 65535)).frames.max() >= 250


def test_a_tiff_that_says_twelve_bits_is_read_in_full():
    values = np.array([0, 1024, 2048, 4095])
    packed = bytes([0x00, 0x04, 0x00, 0x80, 0x0F, 0xFF])  # three bytes hold two values
    entries = [(256, 4), (257, 1), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 6)]
    head = b"II*\0" + (16).to_bytes(4, "little") + packed + bytes(2)
    body = len(entries).to_bytes(2, "little")
    for tag, value in entries:
        body += tag.to_bytes(2, "little") + b"\4\0" + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
    clip = silently(head + body + bytes(4))
    assert clip.frames[0, 0, :, 0].tolist() == np.rint(values * 255 / 4095).tolist()


# TIFF samples


@pytest.mark.parametrize("packed", [None, "deflate"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
def test_a_tiff_of_floats_in_colour_is_read(packed, planes, kind):
    data = io.BytesIO()
    shares = (COLOURS / 255).astype(kind)
    given = shares.transpose(2, 0, 1) if planes == "separate" else shares
    tifffile.imwrite(data, given, photometric="rgb", planarconfig=planes, compression=packed)
    assert np.abs(silently(data.getvalue()).frames[0].astype(int) - COLOURS).max() <= (kind == np.float16)
    assert silently(data.getvalue(), max_side=18).frames.shape == (1, 12, 18, 3)
    with pytest.raises(ClipError, match="a single picture lies at 0 s, so start must be 0; got 1.0"):
        load_clip(data.getvalue(), start=1)


@pytest.mark.parametrize(
    ("array", "options", "message"),
    [
        (COLOURS.astype(np.float32), {}, r"samples of 3 × float32 in RGB do not fit .*floats must lie in 0 to 1; got"),
        (COLOURS.astype(np.int32), {}, r"samples of 3 × int32 in RGB do not fit into 8 bits \(upload must be of uint8"),
        (
            (COLOURS / 255).astype(np.float32),
            {"photometric": "cielab"},
            r"upload: TIFF samples of 3 × float32 in CIELAB are not read; save it as PNG or as TIFF of 8 bits",
        ),
    ],
)
def test_a_tiff_that_is_not_read_says_why(array, options, message):
    data = io.BytesIO()
    tifffile.imwrite(data, array, **({"photometric": "rgb"} | options))
    with pytest.raises(ClipError, match=message) as told:
        load_clip(data.getvalue())
    assert "damaged" not in str(told.value)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_tiff_whose_zero_is_white_is_no_negative(kind):
    gray = COLOURS[..., 0]
    stored = {np.uint8: 255 - gray, np.uint16: (255 - gray).astype(np.uint16) * 257, np.float32: 1 - gray / 255}[kind]
    data = io.BytesIO()
    tifffile.imwrite(data, stored.astype(kind), photometric="miniswhite")
    assert (silently(data.getvalue()).frames[0] == gray[..., None]).all()


def test_a_tiff_packed_in_an_unknown_way_says_so():
    data = io.BytesIO()
    tifffile.imwrite(data, (COLOURS / 255).astype(np.float32), photometric="rgb", compression="deflate")
    raw = data.getvalue()
    place = raw.index((259).to_bytes(2, "little") + b"\3\0\1\0\0\0") + 8
    with pytest.raises(ClipError, match=r"TIFF samples of 3 × float32 in RGB packed with \w+ are not read; save it"):
        load_clip(raw[:place] + (34712).to_bytes(2, "little") + raw[place + 2 :])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_tiff_of_floats_that_is_cut_off_is_damaged(share):
    data = io.BytesIO()
    tifffile.imwrite(data, (COLOURS / 255).astype(np.float32), photometric="rgb")
    with pytest.raises(ClipError, match=r"upload: the picture cannot be read \(.+\); it begins like TIFF, so it is"):
        load_clip(data.getvalue()[: int(share * len(data.getvalue()))])


def test_colours_that_cannot_become_rgb_are_refused_by_their_name():
    lab = picture("TIFF", Image.fromarray(COLOURS).convert("RGB").convert("LAB"))
    with pytest.raises(ClipError, match=r"upload: its colours \(of kind 'LAB'\) are not read; save it as RGB$"):
        load_clip(lab)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LA"])
def test_colours_that_can_become_rgb_are_read(mode):
    image = Image.fromarray(COLOURS).convert(mode)
    kind = "PNG" if mode in ("1", "L", "P", "LA") else "TIFF"
    expected = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(silently(picture(kind, image)).frames[0] - expected).max() <= 3


# open files


def test_an_open_file_is_read_from_its_beginning(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PHOTO)
    with path.open("rb") as opened:
        for place in (0, 4, len(PHOTO)):
            opened.seek(place)
            assert (silently(opened).frames[0] == COLOURS).all()
    stream = io.BytesIO(PHOTO)
    stream.read()
    assert (silently(stream).frames[0] == COLOURS).all()


def test_a_stream_that_was_read_and_cannot_be_rewound_says_so():
    class Pipe(io.RawIOBase):
        name = "pipe.png"

        def __init__(self, data):
            self.data = data

        def read(self, size=-1):
            data, self.data = self.data, b""
            return data

        def seekable(self):
            return False

    pipe = Pipe(PHOTO)
    assert (silently(pipe).frames[0] == COLOURS).all()
    with pytest.raises(ClipError, match=r"pipe.png: it is empty, or it was read before and cannot be rewound"):
        load_clip(pipe)


def test_a_file_opened_as_text_is_refused(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PHOTO)
    words = r"source must be a file opened with 'rb'; a.png was opened as text: open the file with 'rb'"
    for encoding in (None, "latin-1"):
        with path.open(encoding=encoding) as opened, pytest.raises(TypeError, match=words):
            load_clip(opened)
    with pytest.raises(TypeError, match="upload was opened as text"):
        load_clip(codecs.getreader("utf-8")(io.BytesIO(PHOTO)))
    with tempfile.NamedTemporaryFile("w+") as opened, pytest.raises(TypeError, match="opened as text|holds str"):
        load_clip(opened)


def test_a_file_that_is_closed_or_open_for_writing_is_refused(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PHOTO)
    with path.open("rb") as closed:
        pass
    with pytest.raises(ClipError, match=r"a.png: it cannot be read \(.*closed file.*\); open the file with 'rb'"):
        load_clip(closed)
    with (tmp_path / "b.png").open("wb") as writing, pytest.raises(ClipError, match=r"b.png: it cannot be read \("):
        load_clip(writing)


# paths and other things


def test_the_home_folder_is_found_for_reading_and_writing(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "a.png").write_bytes(PHOTO)
    assert (silently("~/a.png").frames[0] == COLOURS).all()
    assert (silently(Path("~") / "a.png").frames[0] == COLOURS).all()
    assert save(load_clip(COLOURS), "~/b.png") == tmp_path / "b.png"
    assert (silently(tmp_path / "b.png").frames[0] == COLOURS).all()
    with pytest.raises(FileNotFoundError, match=r"~nobody-of-that-name/a.png: there is no such file"):
        load_clip("~nobody-of-that-name/a.png")
    with pytest.raises(FileNotFoundError, match=r"cannot be looked up \(.*null|there is no such file"):
        load_clip("a\0b.png")


def test_a_pil_image_is_taken_as_it_stands(tmp_path):
    assert (silently(Image.fromarray(COLOURS)).frames[0] == COLOURS).all()
    assert silently(Image.fromarray(COLOURS)).source == "picture"
    pages = [Image.new("RGB", (8, 8), (level,) * 3) for level in (0, 100, 200)]
    (tmp_path / "a.gif").write_bytes(picture("GIF", pages[0], save_all=True, append_images=pages[1:]))
    with Image.open(tmp_path / "a.gif") as image:
        image.seek(1)
        clip = silently(image.copy(), max_side=4)  # the one that it stands at; itself, it is read like its file
    assert (clip.frames == 100).all()
    assert clip.frames.shape == (1, 4, 4, 3)
    assert clip.source == "picture"
    (tmp_path / "b.png").write_bytes(PHOTO[:-40])
    words = r"b.png: the picture cannot be read \("
    with Image.open(tmp_path / "b.png") as image, pytest.raises(ClipError, match=words):
        load_clip(image)


def test_a_thing_that_could_be_given_otherwise_says_how():
    with pytest.raises(TypeError, match=r"got Tensor; give np.asarray\(source\)"):
        load_clip(torch.zeros(8, 8))
    upload = {"name": "a.png", "type": "image/png", "size": len(PHOTO), "content": memoryview(PHOTO)}
    for value in ((upload,), [upload]):
        with pytest.raises(TypeError, match=r"got (tuple|list); of a FileUpload give one entry, upload.value\[0\]"):
            load_clip(value)


# the fields of a clip


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"sample_rate": "8000"}, TypeError, "sample_rate must be a number of samples a second; got str"),
        ({"sample_rate": True}, TypeError, "sample_rate must be a number of samples a second; got bool"),
        ({"audio": np.full(9, 12000, np.float32)}, ValueError, r"audio must lie in -1 to 1; got 12000 .*by 32768"),
        ({"gaps": ("frame 3",)}, TypeError, "gaps must be Gap objects; got str"),
        ({"labels": ["fear"]}, TypeError, "labels must be a mapping of head to value; got list"),
        ({"times": ["a"]}, TypeError, "times must be numbers of seconds; got \\['a'\\]"),
    ],
)
def test_a_field_of_a_clip_that_does_not_fit(fields, error, message):
    given = {"frames": COLOURS[None], "times": [0.0], "audio": np.zeros(9, np.float32), "sample_rate": 8000}
    with pytest.raises(error, match=message):
        Clip(**(given | fields))


# ---- films written behind one another, and pictures that are open already ----


def stream_of(grays: range, codec: str, form: str) -> bytes:
    """A film of small gray pictures, ten a second, without an index."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 64, "yuv420p", 5
        for gray in grays:
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), gray, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


@pytest.mark.parametrize(("codec", "form"), [("mpeg2video", "mpegts"), ("libx264", "mpegts"), ("mpeg2video", "mpeg")])
def test_a_film_behind_another_is_counted_and_the_first_is_read_as_if_alone(tmp_path, codec, form):
    first, second = stream_of(range(0, 100, 4), codec, form), stream_of(range(100, 240, 4), codec, form)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first + second)
    for given in ({}, {"fps": 5.0}, {"fps": 5.0, "seek": "exact"}, {"start": 0.5}, {"max_frames": 3}):
        alone = load_clip(first, **given)
        with pytest.warns(UserWarning, match=r"joined.ts: another film begins at byte [\d,]+, where time stamps fall"):
            clip = load_clip(joined, **given)
        assert clip.times.tolist() == alone.times.tolist()
        assert (clip.frames == alone.frames).all()
        assert clip.gaps == alone.gaps
    with pytest.warns(UserWarning, match="35 pictures from there on are left out: give the parts one by one"):
        assert len(load_clip(joined)) == 25


def test_a_film_alone_is_not_called_joined(recwarn):
    assert len(load_clip(stream_of(range(0, 100, 4), "mpeg2video", "mpegts"))) == 25
    assert not recwarn.list


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_open_animation_is_read_whole_like_its_file(tmp_path, kind):
    path = tmp_path / f"moving.{kind.lower()}"
    pictures = [Image.new("RGB", (8, 6), (gray, gray, gray)) for gray in (0, 100, 200)]
    pictures[0].save(path, kind, save_all=True, append_images=pictures[1:], duration=[100, 300, 200], lossless=True)
    with Image.open(path) as image:
        image.seek(2)
        clip, file = load_clip(image), load_clip(path)
        assert image.tell() == 2
        assert len(load_clip(image, max_frames=2)) == 2
        assert len(load_clip(image.copy())) == 1
    assert len(clip) == 3
    assert clip.times.tolist() == file.times.tolist() == pytest.approx([0, 0.1, 0.4])
    assert (clip.frames == file.frames).all()
    assert clip.source == path.name
