"""A container's first stream, page, tile or field is never taken for the whole of it.

Looked for in: HEIC (tiles, alpha, turns, mirrors, cuts, thumbnails, colours), AVIF and PNG (HDR), display matrices of
films, EXIF and TIFF orientations of photos and animations, the times of GIF, APNG, WebP and AVIF, pages of TIFF and
MPO, films and sounds beside each other, films that begin late or end early, HLG, PQ and wide colours of films.
"""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import warnings
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import tifffile
from av.stream import Disposition
from films import film, numbered, numbers, picture
from heics import HEVC_ALPHA, Heic, box, full
from PIL import Image

from ferviz.media import ClipError, heif, load_clip

FIELD = os.environ.get("FERVIZ_FIELD")
"""A folder of files from the field; the tests below make their own of each kind."""

HEIGHT, WIDTH = 100, 180
COLOURS = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
COLOURS[:50, :90], COLOURS[:50, 90:] = (220, 20, 20), (20, 200, 20)
COLOURS[50:, :90], COLOURS[50:, 90:] = (20, 20, 220), (235, 235, 235)

LIES = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p),
}
"""What is shown of stored pixels, by EXIF's numbers."""


def silently(data, **choice):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_clip(data, **choice)


def near(frame: np.ndarray, expected: np.ndarray, most: int = 6) -> bool:
    return frame.shape == expected.shape and np.abs(frame.astype(int) - expected).max() <= most


# HEIC


def tiled(photo: Heic, pixels: np.ndarray, numbers: list[int], columns: int, order: list[int] | None = None) -> None:
    """Tiles of 64×64, written in any order."""
    rows = len(numbers) // columns
    wide = np.pad(pixels, ((0, rows * 64 - len(pixels)), (0, columns * 64 - pixels.shape[1]), (0, 0)), mode="edge")
    for place in order or range(len(numbers)):
        row, column = divmod(place, columns)
        photo.tile(numbers[place], wide[row * 64 :, column * 64 :][:64, :64])


def grid(pixels: np.ndarray = COLOURS, *properties: bytes, brand: bytes = b"heic") -> Heic:
    photo = Heic(3, brand)
    tiled(photo, pixels, [40, 7, 22, 5, 31, 9], 3, order=[3, 1, 5, 0, 2, 4])
    photo.grid(3, [40, 7, 22, 5, 31, 9], 2, WIDTH, HEIGHT, *properties)
    return photo


def test_the_tiles_of_a_heic_are_the_whole_photo():
    clip = silently(grid().written())
    assert clip.times.tolist() == [0]
    assert near(clip.frames[0], COLOURS)
    assert silently(grid().written(), max_side=90).frames.shape == (1, 50, 90, 3)
    assert near(silently(grid(brand=b"mif1").written()).frames[0], COLOURS)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize("first", ["irot", "imir"])
def test_a_heic_is_turned_and_mirrored_in_the_order_of_its_properties(turns, mirror, first):
    steps = [box(b"irot", bytes([turns]))] + ([] if mirror is None else [box(b"imir", bytes([mirror]))])
    steps = steps if first == "irot" else steps[::-1]
    shown = COLOURS
    for step in steps:
        if step[4:8] == b"irot":
            shown = np.rot90(shown, turns)
        else:
            shown = shown[:, ::-1] if mirror else shown[::-1]
    assert near(silently(grid(COLOURS, *steps).written()).frames[0], shown)
    single = Heic(1)
    single.tile(1, COLOURS, *steps)
    assert near(silently(single.written()).frames[0], shown)


def test_a_heic_is_cut_by_its_clean_aperture():
    cut = box(b"clap", struct.pack(">IIIIiIiI", 80, 1, 40, 1, -50, 1, -30, 1))
    photo = Heic(1)
    photo.tile(1, COLOURS, cut)
    assert near(silently(photo.written()).frames[0], COLOURS[:40, :80])


@pytest.mark.parametrize("multiplied", [False, True])
def test_a_transparent_heic_lies_over_white(multiplied):
    cover = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cover[:, 90:] = 255
    photo = grid(np.where(cover > 0, COLOURS, 0).astype(np.uint8) if multiplied else COLOURS)
    tiled(photo, cover, [61, 62, 63, 64, 65, 66], 3)
    photo.grid(60, [61, 62, 63, 64, 65, 66], 2, WIDTH, HEIGHT, full(b"auxC", HEVC_ALPHA))
    photo.refer(b"auxl", 60, 3)
    if multiplied:
        photo.refer(b"prem", 3, 60)
    shown = silently(photo.written()).frames[0]
    assert near(shown[:, 90:], COLOURS[:, 90:])
    assert (shown[:, :88] >= 250).all()


def test_helpers_beside_a_heic_are_not_the_photo():
    photo = Heic(5)
    photo.tile(1, COLOURS[::2, ::2])  # a thumbnail
    photo.refer(b"thmb", 1, 5)
    photo.tile(2, 255 - COLOURS[::2, ::2], full(b"auxC", b"urn:com:apple:photo:2020:aux:hdrgainmap\0"))
    photo.refer(b"auxl", 2, 5)
    photo.tile(5, COLOURS)
    assert near(silently(photo.written()).frames[0], COLOURS)
    photo.derived(6, b"iden", 5)
    photo.primary = 6
    assert near(silently(photo.written()).frames[0], COLOURS)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: p.derived(3, b"iovl", 40, 7), r"upload: its picture is of a kind \('iovl'\) that is not read"),
        (lambda p: p.derived(3, b"grid"), r"its picture is made of nothing"),
        (lambda p: p.grid(3, [40, 7, 22], 1, 100, 60), None),
        (lambda p: p.grid(3, [40, 7, 22, 99], 2, 128, 128), r"its picture is of a kind \(''\) that is not read"),
        (lambda p: p.grid(3, [40, 7], 1, 900, 60), r"its 1×2 tiles of 64×64 do not fill 900×60\); it begins like HEIC"),
        (lambda p: p.grid(3, [40, 7], 1, 60_000, 60_000), r"it claims 60,000×60,000 pixels; at most 67,108,864"),
        (lambda p: p.grid(3, [40, 60], 1, 100, 60), r"its tiles differ in size"),
        (lambda p: p.derived(3, b"diar", 40, 7), r"its picture is of a kind \('unknown'\) that is not read"),
        (lambda p: p.derived(3, b"iden", 3), r"its picture is of a kind \('iden'\) that is not read"),
    ],
)
def test_a_heic_that_does_not_hold_together_is_refused(spoil, message):
    photo = Heic(3)
    tiled(photo, COLOURS, [40, 7, 22, 5, 31, 9], 3)
    photo.tile(60, COLOURS)
    spoil(photo)
    if message is None:
        assert load_clip(photo.written()).frames.shape == (1, 60, 100, 3)
        return
    with pytest.raises(ClipError, match=message):
        load_clip(photo.written())


def test_a_heic_whose_grids_name_one_another_thousands_of_times_is_refused_at_once():
    photo = Heic(3)
    photo.tile(40, COLOURS)
    for item, part in ((3, 4), (4, 5), (5, 40)):
        photo.derived(item, b"grid", *[part] * 65_535)
    data = photo.written()
    assert len(data) < 500_000
    tracemalloc.start()
    try:
        with pytest.raises(ClipError, match="upload: (it cannot be opened|the picture cannot be read)"):
            load_clip(data)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_a_heic_of_too_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr(heif, "_MOST_PARTS", 5)
    with pytest.raises(ClipError, match="upload: its picture has 6 parts; at most 5 are read"):
        load_clip(grid().written())


def test_a_heic_whose_parts_take_too_much_memory_is_refused_while_they_are_decoded(monkeypatch):
    monkeypatch.setattr(heif, "MEMORY_LIMIT", 3 * 64 * 64 * 3)
    with pytest.raises(ClipError, match="upload: the parts of its picture take more than 36,864 bytes; make it small"):
        load_clip(grid().written())


def test_a_heic_whose_tiles_are_fewer_than_its_grid_says_is_refused():
    data = grid().written()
    layout = struct.pack(">4B2H", 0, 0, 1, 2, WIDTH, HEIGHT)
    with pytest.raises(ClipError, match=r"upload: it cannot be opened|its 2×4 tiles are 6 in number"):
        load_clip(data.replace(layout, struct.pack(">4B2H", 0, 0, 1, 3, WIDTH, HEIGHT)))


@pytest.mark.parametrize(
    ("fraction", "message"),
    [
        ((80, 0, 40, 1, 0, 1, 0, 1), "its frame is cut by a fraction of 0"),
        ((80, 1, 40, 1, 500, 1, 0, 1), "its frame is cut to nothing"),
    ],
)
def test_a_heic_that_is_cut_to_nothing_is_refused(fraction, message):
    photo = Heic(1)
    photo.tile(1, COLOURS, box(b"clap", struct.pack(">IIIIiIiI", *fraction)))
    with pytest.raises(ClipError, match=message):
        load_clip(photo.written())


def test_a_heic_with_a_damaged_index_is_refused():
    data = grid().written()
    for place, size, message in (
        (data.index(b"meta") - 4, 2**30, "one of its boxes ends behind the end of the file"),
        (data.index(b"pitm") - 4, 2**20, "one of its boxes ends behind the one around it"),
        (data.index(b"iloc") - 4, 14, "a box of its index is too short|ends behind"),
        (data.index(b"meta"), 0x66726565, "it has no index"),
    ):
        with pytest.raises(ClipError, match=rf"upload: the picture cannot be read \(.*({message})"):
            load_clip(data[:place] + struct.pack(">I", size) + data[place + 4 :])
    with pytest.raises(ClipError, match=r"its index claims 16,777,\d+ bytes"):
        load_clip(data[:24] + struct.pack(">I", 2**24 + 99) + b"meta" + bytes(2**24 + 99))


def test_a_tile_of_a_file_with_another_brand_is_no_film():
    data = grid().written()
    with pytest.raises(ClipError, match="upload: its pictures are of a kind that cannot be decoded"):
        load_clip(data[:8] + b"mif3" + data[12:])


def test_an_avif_whose_index_is_damaged_is_no_film():
    data = picture("AVIF", Image.fromarray(COLOURS))
    with pytest.raises(ClipError, match=r"the picture cannot be read \(its index is damaged\); it begins like AVIF"):
        load_clip(data.replace(b"ispe", b"free"))


def test_a_heic_with_a_lost_tile_is_refused():
    data = bytearray(grid().written())
    place = data.index(b"mdat") + 8
    data[place : place + 12] = bytes(12)
    with pytest.raises(ClipError, match=r"upload: 1 of the 6 parts of its picture cannot be decoded \(.+\)"):
        load_clip(bytes(data))


# how a picture lies

MATRICES = {  # a, b, c, d of the display matrix: shown x is a x + c y, shown y is b x + d y
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0),
}  # fmt: skip


def written(pixels: np.ndarray, container: str = "mp4", change=lambda stream: None, count: int = 3) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format=container) as file:
        stream = file.add_stream("libx264", rate=10, options={"crf": "5"})
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = "yuv444p"
        change(stream)
        for _ in range(count):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(stream.encode(None))
    return data.getvalue()


@pytest.mark.parametrize("lies", LIES)
@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_all_of_a_display_matrix_counts(lies, container):
    a, b, c, d = (part * 65536 for part in MATRICES[lies])
    data = written(
        COLOURS, container, lambda stream: stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 2**30])
    )
    assert near(silently(data).frames[0], LIES[lies](COLOURS), 12)
    small = silently(data, max_side=90).frames[0]
    assert small.shape[:2] == ((90, 50) if lies > 4 else (50, 90))
    assert near(small, LIES[lies](COLOURS[::2, ::2]), 12)


@pytest.mark.parametrize("lies", LIES)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
def test_all_of_an_exif_orientation_counts(lies, kind):
    exif = Image.Exif()
    exif[0x0112] = lies
    options = {"lossless": True} if kind == "WEBP" else {} if kind in ("PNG", "TIFF") else {"quality": 95}
    data = picture(kind, Image.fromarray(COLOURS), exif=exif, **options)
    shown = silently(data).frames[0]
    assert shown.shape == LIES[lies](COLOURS).shape
    middle = np.s_[10::35, 10::35]  # away from the edges of colours
    assert near(shown[middle], LIES[lies](COLOURS)[middle], 25)
    with Image.open(io.BytesIO(data)) as image:
        assert near(load_clip(image).frames[0], shown, 0)


@pytest.mark.parametrize("lies", LIES)
def test_an_animation_and_a_tiff_of_floats_are_turned_too(lies, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = lies
    pages = [Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)]
    data = picture("WEBP", pages[0], save_all=True, append_images=pages[1:], exif=exif, lossless=True, duration=100)
    assert near(silently(data).frames[0], LIES[lies](COLOURS), 0)
    tag = (274, 3, 1, lies, True)
    tifffile.imwrite(tmp_path / "a.tif", (COLOURS / 255).astype(np.float32), photometric="rgb", extratags=[tag])
    assert near(silently(tmp_path / "a.tif").frames[0], LIES[lies](COLOURS), 0)


# times


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_has_its_own_times(kind):
    pages = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (0, 80, 160, 240)]
    data = picture(kind, pages[0], save_all=True, append_images=pages[1:], duration=[40, 20, 500, 100])
    clip = silently(data)
    assert clip.times == pytest.approx([0, 0.04, 0.06, 0.56])
    assert clip.frames[:, 8, 8, 0] == pytest.approx([0, 80, 160, 240], abs=3)
    late = silently(data, start=0.06, max_frames=1)
    assert late.times.tolist() == [0]
    assert late.frames[0, 8, 8, 0] == pytest.approx(160, abs=3)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_frame_without_a_duration_shows_for_a_tenth_of_a_second(kind):
    pages = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (0, 120, 240)]
    data = picture(kind, pages[0], save_all=True, append_images=pages[1:], duration=[0, 50, 50])
    assert silently(data).times == pytest.approx([0, 0.1, 0.15])


def test_rounded_durations_of_an_avif_do_not_add_up():
    pages = [Image.fromarray(np.full((16, 16, 3), 60 * level, np.uint8)) for level in range(4)]
    data = bytearray(picture("AVIF", pages[0], save_all=True, append_images=pages[1:], duration=33))
    place = data.index(b"mdhd") + 4
    scale = place + (20 if data[place] else 12)
    assert struct.unpack(">I", data[scale : scale + 4]) == (1000,)
    data[scale : scale + 4] = struct.pack(">I", 990)  # frames of 33 and a third milliseconds
    assert silently(bytes(data)).times == pytest.approx(np.arange(4) / 30, abs=0.0006)


def test_the_hidden_picture_of_an_apng_is_no_frame():
    hidden, *pages = (Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (7, 80, 160, 240))
    data = picture("PNG", hidden, save_all=True, default_image=True, append_images=pages, duration=[20, 500, 100])
    clip = silently(data)
    assert clip.frames[:, 0, 0, 0].tolist() == [80, 160, 240]
    assert clip.times == pytest.approx([0, 0.02, 0.52])
    alone = picture("PNG", hidden, save_all=True, default_image=True, append_images=pages[:1], duration=[20])
    assert silently(alone).frames[:, 0, 0, 0].tolist() == [80]


# pages


def test_a_preview_page_of_a_tiff_is_not_the_photo(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(COLOURS[::4, ::4], photometric="rgb", subfiletype=1)
        file.write(COLOURS, photometric="rgb")
    assert near(silently(tmp_path / "a.tif").frames[0], COLOURS, 0)
    with tifffile.TiffWriter(tmp_path / "pyramid.tif") as file:
        file.write(COLOURS, photometric="rgb")
        file.write(COLOURS[::2, ::2], photometric="rgb", subfiletype=1)
    assert near(silently(tmp_path / "pyramid.tif").frames[0], COLOURS, 0)


def test_a_raw_file_of_which_only_the_preview_can_be_read_is_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "camera.dng") as file:
        file.write(COLOURS, photometric="rgb", subfiletype=1)
    with pytest.raises(ClipError, match=r"camera.dng: the only pictures in it .* are previews, of 180×100 .*export it"):
        load_clip(tmp_path / "camera.dng")
    with tifffile.TiffWriter(tmp_path / "camera.dng") as file:
        file.write((COLOURS / 255).astype(np.float32), photometric="rgb", subfiletype=1)
    with pytest.raises(ClipError, match=r"camera.dng: the picture cannot be read \(it has no page but previews\)"):
        load_clip(tmp_path / "camera.dng")


def test_pages_that_are_left_out_are_said(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([COLOURS / 255] * 2).astype(np.float32), photometric="rgb")
    with pytest.warns(UserWarning, match=r"a.tif: it has several pages; the first is read"):
        assert near(load_clip(tmp_path / "a.tif").frames[0], COLOURS, 0)
    views = [Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)]
    with pytest.warns(UserWarning, match=r"upload: it holds 2 pictures \(of a 3D camera\?\); the main one is read"):
        clip = load_clip(picture("MPO", views[0], save_all=True, append_images=views[1:]))
    assert near(clip.frames[0, 10::35, 10::35], COLOURS[10::35, 10::35], 25)
    helper = Image.fromarray(COLOURS[::2, ::2])  # a map of brightness, as phones add it
    assert len(silently(picture("MPO", views[0], save_all=True, append_images=[helper]))) == 1


# streams


def beside(container: str, *streams: tuple[int, Disposition | None, str], count: int = 8) -> bytes:
    """A film of several picture streams, each ``size`` pixels wide and all gray of that size."""
    data = io.BytesIO()
    with av.open(data, "w", format=container) as file:
        made = []
        for size, disposition, codec in streams:
            stream = file.add_stream(codec, rate=10, options={"crf": "10"} if codec == "libx264" else {})
            stream.width = stream.height = size
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            if disposition is not None:
                stream.disposition = disposition
            made.append(stream)
        for stream, (size, _, codec) in zip(made, streams, strict=True):
            for _ in range(1 if codec == "mjpeg" else count):
                gray = np.full((size, size, 3), size, np.uint8)
                file.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="rgb24")))
            file.mux(stream.encode(None))
    return data.getvalue()


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska"])
@pytest.mark.parametrize(
    ("streams", "read"),
    [
        ([(32, Disposition(0), "libx264"), (64, Disposition.default, "libx264")], 64),
        ([(64, Disposition(0), "libx264"), (32, Disposition.default, "libx264")], 32),
        ([(32, Disposition.default, "libx264"), (64, Disposition.default, "libx264")], 64),
        ([(96, Disposition.default, "mjpeg"), (32, Disposition(0), "libx264")], 32),
    ],
)
def test_the_default_film_is_read_and_the_other_is_said(container, streams, read):
    data = beside(container, *streams)
    with pytest.warns(UserWarning, match=rf"upload: it holds 2 films; the one of {read}×{read} \(stream \d\) is read"):
        clip = load_clip(data)
    assert clip.frames.shape == (8, read, read, 3)


def test_a_stream_without_a_name_is_the_film_when_the_other_is_a_cover():
    cover = Disposition.attached_pic
    assert silently(beside("mp4", (96, cover, "mjpeg"), (32, None, "libx264"))).frames.shape == (8, 32, 32, 3)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
@pytest.mark.parametrize(
    ("first", "second", "heard"),
    [
        (Disposition(0), Disposition.default, 1),
        (Disposition.default, Disposition(0), 0),
        (Disposition.comment | Disposition.default, Disposition(0), 1),
        (Disposition(0), Disposition(0), 0),
    ],
)
def test_the_default_sound_is_read_and_the_other_is_said(container, first, second, heard):
    if container == "mp4" and Disposition.comment in first:
        container = "matroska"  # mp4 keeps no commentary
    data = io.BytesIO()
    with av.open(data, "w", format=container) as file:
        codec = "aac" if container == "mp4" else "pcm_s16le"
        streams = [file.add_stream(codec, rate=8000, layout="mono") for _ in range(2)]
        streams[0].disposition, streams[1].disposition = first, second
        for place, stream in enumerate(streams):
            level = np.full((1, 4096), 0.2 + 0.4 * place, np.float32)
            frame = av.AudioFrame.from_ndarray(level, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
            form = stream.codec_context.format.name
            for part in av.AudioResampler(form, "mono", 8000, 1024).resample(frame):
                file.mux(stream.encode(part))
            file.mux(stream.encode(None))
    with pytest.warns(UserWarning, match=rf"upload: it holds 2 sounds; the default one \(stream {heard}\) is read"):
        clip = load_clip(data.getvalue())
    assert np.median(clip.audio[1500:2500]) == pytest.approx(0.2 + 0.4 * heard, abs=0.06)


# where the pictures are


def late(container: str, begin: float, count: int = 20, sound: float = 0.0) -> bytes:
    """`numbered` frames from ``begin`` seconds on, with ``sound`` seconds of silence from 0 on."""
    data = io.BytesIO()
    with av.open(data, "w", format=container) as file:
        codec = "libvpx-vp9" if container == "webm" else "libx264"
        video = file.add_stream(codec, rate=10, options={"crf": "10", "g": "5"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        if sound:
            audio = file.add_stream("aac" if container == "mp4" else "libopus", rate=48_000, layout="mono")
            silence = av.AudioFrame.from_ndarray(
                np.zeros((1, int(48_000 * sound)), np.float32), format="fltp", layout="mono"
            )
            silence.sample_rate, silence.pts, silence.time_base = 48_000, 0, Fraction(1, 48_000)
            audio.codec_context.open(strict=False)
            size, form = audio.codec_context.frame_size or 960, audio.codec_context.format.name
            for part in av.AudioResampler(form, "mono", 48_000, size).resample(silence):
                file.mux(audio.encode(part))
            file.mux(audio.encode(None))
        for place, pixels in enumerate(numbered(count)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(1000 * begin) + 100 * place, Fraction(1, 1000)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
    return data.getvalue()


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm"])
@pytest.mark.parametrize("sound", [0.0, 1.0])
def test_a_film_that_begins_late_gives_as_many_frames_as_were_asked_for(container, sound):
    data = late(container, 3.0, sound=0.0 if container == "mov" else sound)
    clip = silently(data, max_frames=10, seek="exact")
    assert numbers(clip.frames) == list(range(1, 20, 2))
    assert clip.times == pytest.approx(np.arange(3.1, 5, 0.2), abs=0.002)
    assert numbers(silently(data, max_frames=4).frames) == [0, 5, 10, 15]
    assert numbers(silently(data, fps=5, seek="exact").frames) == list(range(0, 20, 2))
    assert numbers(silently(data, fps=5, max_frames=5, seek="exact").frames) == [2, 6, 10, 14, 18]
    assert numbers(silently(data, start=1, stop=4, max_frames=5, seek="exact").frames) == [1, 3, 5, 7, 9]
    assert silently(data, start=1, stop=4, fps=10, seek="exact").times == pytest.approx(np.arange(2, 3, 0.1), abs=0.002)
    with pytest.raises(ClipError, match=r"upload: no frame begins between 1.0 s and 2.000 s"):
        load_clip(data, start=1, stop=2)
    assert numbers(silently(data).frames) == list(range(20))


@pytest.mark.parametrize("container", ["mp4", "matroska", "webm"])
def test_a_film_that_ends_before_its_sound_gives_as_many_frames_as_were_asked_for(container):
    data = late(container, 0.0, sound=6.0)
    data = data.replace(b"DURATION", b"OBSCURED")  # the note that FFmpeg leaves in Matroska
    assert numbers(silently(data, max_frames=10, seek="exact").frames) == list(range(1, 20, 2))


# colours beyond sRGB


def hlg(light: np.ndarray) -> np.ndarray:
    """The signal of BT.2100 for light of 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(light <= 1 / 12, np.sqrt(3 * light), a * np.log(np.maximum(12 * light - b, 1e-9)) + c)


def pq(nits: np.ndarray) -> np.ndarray:
    share = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * share) / (1 + 18.6875 * share)) ** 78.84375


BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""Light of BT.709 in the primaries of BT.2020 (BT.2087)."""


def light_of(pixels: np.ndarray) -> np.ndarray:
    shares = pixels / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def tagged(signal: np.ndarray, curve: int, primaries: int) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as file:
        stream = file.add_stream("libx265", rate=10, options={"crf": "1", "x265-params": "log-level=none:bframes=0"})
        stream.height, stream.width = signal.shape[:2]
        stream.pix_fmt = "yuv444p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = curve, primaries, 9, 1
        deep = np.rint(signal * 65535).astype(np.uint16)
        for place in range(2):
            frame = av.VideoFrame.from_ndarray(deep, format="rgb48le")
            frame = frame.reformat(format="yuv444p10le", dst_colorspace="bt2020", dst_color_range=1)
            frame.color_trc, frame.color_primaries = curve, primaries
            frame.pts, frame.time_base = place, Fraction(1, 10)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return data.getvalue()


GRAYS = np.repeat(np.repeat(np.array([[20, 60, 100, 140, 180, 220]], np.uint8), 64, 0), 32, 1)[..., None].repeat(3, 2)


def test_a_film_in_pq_is_as_bright_as_the_same_in_sdr():
    shown = silently(tagged(pq(203 * light_of(GRAYS)), 16, 2)).frames  # that its primaries are BT.2020 is not said
    assert np.abs(shown[:, 8:-8, 16::32].astype(int) - GRAYS[8:-8, 16::32]).max() <= 6


def test_a_film_in_hlg_shows_its_white_and_its_colours():
    vivid = np.array([200, 60, 60])
    signal = np.full((64, 128, 3), 0.75)  # white, by BT.2408
    signal[:, 64:] = hlg(BT2020 @ light_of(vivid) * 0.2)
    shown = silently(tagged(signal, 18, 9)).frames[0, 32].astype(int)
    assert np.abs(shown[32] - 255).max() <= 6
    red, dull = shown[96], np.rint(255 * signal[32, 96])
    assert red[0] - red[1] > 1.3 * (dull[0] - dull[1])  # as stored it would look pale


def test_wide_colours_of_an_sdr_film_are_narrowed():
    vivid = np.array([200.0, 60, 60])
    signal = (np.clip(BT2020 @ (vivid / 255) ** 2.4, 0, 1)) ** (1 / 2.4)
    shown = silently(tagged(np.broadcast_to(signal, (64, 64, 3)), 1, 9)).frames[0, 32, 32].astype(int)
    assert np.abs(shown - vivid).max() <= 12
    assert np.abs(np.rint(signal * 255) - vivid).max() > 20


def test_a_heic_in_pq_is_tone_mapped():
    photo = Heic(1)
    level = round(255 * float(pq(np.array(203.0))))
    photo.tile(1, np.full((64, 64, 3), level, np.uint8), box(b"colr", b"nclx", struct.pack(">3HB", 9, 16, 6, 0)))
    assert (silently(photo.written()).frames >= 245).all()


def test_an_avif_in_pq_is_tone_mapped_and_a_png_says_that_it_is_not():
    level = round(255 * float(pq(np.array(203.0))))
    gray = Image.fromarray(np.full((64, 64, 3), level, np.uint8))
    data = picture("AVIF", gray, quality=100)
    place = data.index(b"colrnclx") + 8
    assert np.abs(silently(data).frames.astype(int) - level).max() <= 2
    wide = data[:place] + struct.pack(">2H", 9, 16) + data[place + 4 :]
    assert (silently(wide).frames >= 245).all()
    chunk = b"cICP" + bytes([9, 16, 0, 1])
    png = picture("PNG", gray)
    png = png[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    with pytest.warns(UserWarning, match=r"upload: its colours are HDR or of a wide gamut, .*too dull"):
        assert (load_clip(png).frames == level).all()


# the files from the field, where they are at hand


if FIELD is not None:  # made ones of each kind stand above

    def test_the_files_from_the_field_are_read_rightly():
        folder = Path(FIELD)
        assert folder.is_dir(), "FERVIZ_FIELD must be the folder of the files from the field"
        assert silently(folder / "grid.heic").frames.shape == (1, 128, 128, 3)
        mirrored = silently(folder / "matrix-mirror-left-right.mp4").frames[0]
        assert mirrored[10, 10].argmax() == 1  # green at the top left
        assert silently(folder / "anim.webp").times == pytest.approx([0, 0.04, 0.06, 0.56])
        offset = silently(folder / "film-offset-mp4.mp4", max_frames=8, seek="exact")
        assert len(offset) == 8
        assert offset.times[0] >= 3
        assert len(silently(folder / "photo-apng-default-image.png")) == 3
        assert silently(folder / "tiff-float-rgb.tif").frames.shape == (1, 64, 96, 3)
        bright, plain = (silently(folder / f"{name}.mov").frames.astype(int) for name in ("hlg", "sdr"))
        assert np.abs(bright - plain).mean() < 3


def test_a_film_is_still_a_film():
    assert len(silently(film())) == 40
