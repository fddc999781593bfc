"""Reading clips: what comes out, when, and how it hangs together."""

from __future__ import annotations

import io
import warnings
import wave

import av
import numpy as np
import pytest
from films import COUNT, FPS, HEIGHT, RATE, WIDTH, film, numbered, numbers, picture, sound_file
from PIL import Image

import ferviz
from ferviz.clip import Gap
from ferviz.media import ClipError, load_clip

COLOURS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def exactly(data, **choice):
    """Load without any warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_clip(data, **choice)


# photos


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_a_photo_without_loss_comes_back_as_it_was(kind):
    clip = load_clip(picture(kind, Image.fromarray(COLOURS)))
    assert (clip.frames == COLOURS[None]).all()
    assert clip.times.tolist() == [0]
    assert clip.audio is None


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "AVIF"])
def test_a_photo_with_loss_comes_back_nearly(kind):
    smooth = np.linspace(0, 255, 32, dtype=np.uint8)[None, :, None].repeat(24, 0).repeat(3, 2)
    clip = load_clip(picture(kind, Image.fromarray(smooth)))
    assert clip.frames.shape == (1, 24, 32, 3)
    assert np.abs(clip.frames[0].astype(int) - smooth).mean() < 6


def test_a_photo_is_turned_upright():
    turn = Image.Exif()
    turn[0x0112] = 6  # the camera was held on its side
    clip = load_clip(picture("PNG", Image.fromarray(COLOURS), exif=turn))
    assert (clip.frames[0] == np.rot90(COLOURS, -1)).all()


def test_gray_palette_and_one_bit_photos_become_colours():
    gray = COLOURS[..., 0]
    assert (load_clip(picture("PNG", Image.fromarray(gray))).frames[0] == gray[..., None]).all()
    indexed = Image.fromarray(COLOURS).quantize(64)
    assert (load_clip(picture("PNG", indexed)).frames[0] == np.asarray(indexed.convert("RGB"))).all()
    bits = Image.fromarray(gray > 127)
    assert set(np.unique(load_clip(picture("PNG", bits)).frames)) == {0, 255}


def test_a_transparent_photo_lies_over_white():
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = 0, 128, 255
    assert load_clip(picture("PNG", Image.fromarray(rgba))).frames[0, 0, :, 0].tolist() == [255, 127, 0]
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert load_clip(picture("PNG", palette, transparency=0)).frames[0, 0].tolist() == [[255] * 3, [40, 50, 60]]


def test_sixteen_bits_are_scaled_to_eight():
    deep = np.array([[0, 257, 32768, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        assert load_clip(picture(kind, Image.fromarray(deep))).frames[0, 0, :, 0].tolist() == [0, 1, 128, 255]


def test_floats_in_a_file_must_lie_in_zero_to_one():
    shares = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert load_clip(picture("TIFF", Image.fromarray(shares))).frames[0, 0, :, 0].tolist() == [0, 128, 255]
    with pytest.raises(ClipError, match=r"upload: pixels of kind 'F' do not fit into 8 bits .* got 0 to 2"):
        load_clip(picture("TIFF", Image.fromarray(shares * 2)))


def test_an_animation_has_the_times_that_its_file_gives():
    pictures = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (0, 100, 200)]
    data = picture("GIF", pictures[0], save_all=True, append_images=pictures[1:], duration=[200, 300, 100])
    clip = load_clip(data)
    assert clip.times == pytest.approx([0, 0.2, 0.5])
    assert clip.frames[:, 0, 0, 0].tolist() == [0, 100, 200]
    late = load_clip(data, start=0.2, max_frames=1)
    assert late.times == pytest.approx([0])
    assert late.frames[0, 0, 0, 0] == 100


def test_a_tiff_of_several_pages_says_that_one_is_read():
    page = Image.fromarray(COLOURS)
    with pytest.warns(UserWarning, match="upload: it has several pages; the first is read"):
        assert len(load_clip(picture("TIFF", page, save_all=True, append_images=[page]))) == 1


def test_a_picture_of_one_pixel_is_a_clip():
    assert load_clip(picture("PNG", Image.new("RGB", (1, 1), (1, 2, 3)))).frames.tolist() == [[[[1, 2, 3]]]]


def test_max_side_makes_smaller_and_never_larger():
    large = Image.fromarray(numbered(1, 300, 400)[0])
    for kind in ("PNG", "JPEG"):
        assert load_clip(picture(kind, large), max_side=100).frames.shape == (1, 75, 100, 3)
        assert load_clip(picture(kind, large), max_side=1000).frames.shape == (1, 300, 400, 3)
    assert load_clip(np.zeros((1, 1000), np.uint8), max_side=10).frames.shape == (1, 1, 10, 3)


def test_making_smaller_averages():
    board = ((np.indices((64, 64)).sum(0) % 2) * 255).astype(np.uint8)
    for clip in (load_clip(board, max_side=16), load_clip(picture("PNG", Image.fromarray(board)), max_side=16)):
        assert np.abs(clip.frames.astype(int) - 127).max() <= 1


# arrays


def test_arrays_of_every_kind():
    gray = COLOURS[..., 0]
    assert (load_clip(gray).frames[0] == gray[..., None]).all()
    assert (load_clip(COLOURS).frames[0] == COLOURS).all()
    assert (load_clip(np.dstack([COLOURS, gray * 0])).frames == 255).all()
    assert (load_clip((COLOURS / 255).astype(np.float32)).frames[0] == COLOURS).all()
    assert (load_clip(COLOURS.astype(np.uint16) * 257).frames[0] == COLOURS).all()
    assert (load_clip(COLOURS[:, ::-1]).frames[0] == COLOURS[:, ::-1]).all()


def test_an_array_is_copied():
    mine = COLOURS.copy()
    clip = load_clip(mine)
    mine[:] = 0
    assert (clip.frames[0] == COLOURS).all()


def test_an_array_of_frames_has_the_rate_that_is_said():
    assert load_clip(numbered(3)).times == pytest.approx([0, 0.04, 0.08])
    clip = load_clip(numbered(), fps=10, start=1, stop=2, max_frames=5)
    assert clip.times == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert numbers(clip.frames) == [11, 13, 15, 17, 19]


# films


@pytest.mark.parametrize("container", ["mp4", "webm", "avi", "mpegts"])
def test_every_frame_of_a_film_comes_with_its_time_and_the_sound(container):
    clip = exactly(film(container))
    assert numbers(clip.frames) == list(range(COUNT))
    assert clip.times == pytest.approx(np.arange(COUNT) / FPS, abs=0.0011)
    assert clip.frames.shape[1:] == (HEIGHT, WIDTH, 3)
    assert clip.gaps == ()
    assert clip.sample_rate == (48_000 if container == "webm" else RATE)
    loud = np.flatnonzero(np.abs(clip.audio) > 0.2) / clip.sample_rate
    assert loud[[0, -1]] == pytest.approx([1, 2], abs=0.08)
    assert np.sqrt(
        np.mean(clip.audio[int(1.2 * clip.sample_rate) : int(1.8 * clip.sample_rate)] ** 2)
    ) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("container", ["mp4", "webm", "mpegts"])
def test_a_stretch_begins_at_zero_for_frames_and_sound(container):
    clip = exactly(film(container, 25), start=0.95, stop=2.05)
    assert numbers(clip.frames) == list(range(10, 21))
    assert clip.times == pytest.approx(np.arange(11) / 10 + 0.05, abs=0.0011)
    loud = np.flatnonzero(np.abs(clip.audio) > 0.2) / clip.sample_rate
    assert loud[[0, -1]] == pytest.approx([0.05, 1.05], abs=0.03)
    assert len(clip.audio) == pytest.approx(1.1 * clip.sample_rate, abs=1)


@pytest.mark.parametrize("container", ["mp4", "webm", "avi", "mpegts"])
@pytest.mark.parametrize("key_distance", [10, 40])
def test_exact_frames_are_the_ones_that_show_at_the_wished_times(container, key_distance):
    spread = exactly(film(container, key_distance), max_frames=8, seek="exact")
    assert numbers(spread.frames) == [2, 7, 12, 17, 22, 27, 32, 37]
    assert spread.times == pytest.approx([0.2, 0.7, 1.2, 1.7, 2.2, 2.7, 3.2, 3.7], abs=0.0011)
    sampled = exactly(film(container, key_distance), fps=4, start=1, stop=3, seek="exact")
    assert numbers(sampled.frames) == [10, 12, 15, 17, 20, 22, 25, 27]


def test_more_frames_than_there_are_come_once_each():
    for choice in ({"max_frames": 1000}, {"fps": 60}):
        assert numbers(exactly(film(), seek="exact", **choice).frames) == list(range(COUNT))


def test_fps_is_thinned_to_max_frames():
    clip = exactly(film(), fps=5, max_frames=4, seek="exact")
    assert numbers(clip.frames) == [4, 14, 24, 34]


@pytest.mark.parametrize("container", ["mp4", "webm", "mpegts"])
def test_key_frames_come_once_each_with_their_own_times(container):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clip = load_clip(film(container), max_frames=12)
    assert numbers(clip.frames) == [0, 10, 20, 30]
    assert clip.times == pytest.approx([0, 1, 2, 3], abs=0.0011)
    two = exactly(film(container), max_frames=2)  # wished at 1 and 3 s
    assert numbers(two.frames) == [10, 30]
    inside = exactly(film(container), start=0.5, stop=2.5, max_frames=2)
    assert inside.times == pytest.approx([0.5, 1.5], abs=0.0011)


def test_too_few_key_frames_are_said():
    with pytest.warns(UserWarning, match="upload: 8 frames were wished for and the stretch has 1 key frame.*'exact'"):
        assert len(load_clip(film("mp4", 40), max_frames=8)) == 1


def test_a_stretch_without_a_key_frame_is_decoded():
    clip = exactly(film("mp4", 40), start=1, stop=2, max_frames=2)
    assert numbers(clip.frames) == [12, 17]
    assert clip.times == pytest.approx([0.2, 0.7])


def test_a_film_is_made_smaller_as_it_is_decoded():
    assert load_clip(film(), max_side=32).frames.shape == (COUNT, 24, 32, 3)


def encoded(frames, change=lambda stream: None, **tags) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=10, options={"crf": "5"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        change(stream)
        for pixels in frames:
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p", **tags)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return data.getvalue()


def test_a_film_taken_on_its_side_is_turned_upright():
    data = encoded(numbered(3), lambda stream: stream.set_display_rotation(90))
    clip = load_clip(data)
    plain = load_clip(encoded(numbered(3)))
    assert clip.frames.shape == (3, WIDTH, HEIGHT, 3)
    assert (clip.frames == np.rot90(plain.frames, axes=(1, 2))).all()


def test_a_film_with_wide_pixels_gets_square_ones():
    def widen(stream):
        stream.codec_context.sample_aspect_ratio = 2

    assert load_clip(encoded(numbered(3), widen)).frames.shape == (3, HEIGHT, 2 * WIDTH, 3)


def test_colours_follow_the_matrix_that_the_film_names():
    pixels = np.zeros((3, 48, 64, 3), np.uint8) + np.uint8([200, 40, 90])

    def tag(stream):
        stream.codec_context.colorspace = 1  # BT.709, as phones write

    clip = load_clip(encoded(pixels, tag, dst_colorspace="itu709"))
    assert np.abs(clip.frames.astype(int) - pixels).max() <= 4


# sound


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("wav", "pcm_s16le", 16_000), ("wav", "pcm_f32le", 8000), ("flac", "flac", 16_000), ("mp3", "libmp3lame", 16_000),
     ("ogg", "libopus", 48_000), ("adts", "aac", 16_000)],
)  # fmt: skip
def test_sound_alone_has_no_frames_and_its_own_rate(container, codec, rate):
    clip = exactly(sound_file(container, codec, rate))
    assert clip.frames.shape == (0, 0, 0, 3)
    assert clip.sample_rate == rate
    assert clip.gaps == ()
    loud = np.flatnonzero(np.abs(clip.audio) > 0.2) / rate
    assert loud[[0, -1]] == pytest.approx([1, 2], abs=0.15)
    assert clip.duration == pytest.approx(4, abs=0.2)


def test_a_stretch_of_sound():
    clip = exactly(sound_file("wav", "pcm_s16le"), start=1.5, stop=2.5)
    assert len(clip.audio) == RATE
    assert np.flatnonzero(np.abs(clip.audio) > 0.2)[-1] / RATE == pytest.approx(0.5, abs=0.01)


def test_channels_are_averaged():
    data = io.BytesIO()
    with av.open(data, "w", format="wav") as file:
        stream = file.add_stream("pcm_s16le", rate=8000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.tile(np.int16([[16384, 0]]), (1, 4000)), format="s16", layout="stereo")
        frame.sample_rate = 8000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    clip = load_clip(data.getvalue())
    assert clip.audio == pytest.approx(np.full(4000, 0.25), abs=1e-4)


@pytest.mark.parametrize("channels", [1, 2, 6, 8, 9, 17, 40])
def test_any_number_of_channels_is_averaged(channels):
    data, levels = io.BytesIO(), np.linspace(0.1, 0.5, channels)
    with wave.open(data, "wb") as file:
        file.setparams((channels, 2, 8000, 0, "NONE", ""))
        file.writeframes((np.ones((4000, 1)) * levels * 32767).astype("<i2").tobytes())
    clip = exactly(data.getvalue())
    assert clip.audio == pytest.approx(np.full(4000, levels.mean()), abs=1e-4)


def test_a_cover_picture_does_not_make_a_song_a_film():
    data = io.BytesIO()
    with av.open(io.BytesIO(sound_file("flac", "flac"))) as source, av.open(data, "w", format="mp4") as file:
        song = file.add_stream("aac", rate=RATE, layout="mono")
        cover = file.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        for frame in source.decode(audio=0):
            file.mux(song.encode(frame))
        file.mux(song.encode(None))
        file.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        file.mux(cover.encode(None))
    clip = load_clip(data.getvalue())
    assert len(clip) == 0
    assert clip.duration == pytest.approx(4, abs=0.2)


# where it comes from


def test_paths_bytes_files_and_uploads_give_the_same(tmp_path):
    data = picture("PNG", Image.fromarray(COLOURS))
    path = tmp_path / "a%d photo: 1.png"
    path.write_bytes(data)
    upload = {"name": "../../etc/passwd", "type": "text/html", "size": 3, "content": memoryview(data)}
    with path.open("rb") as opened:
        clips = {
            "path": load_clip(path), "text": load_clip(str(path)), "bytes": load_clip(data),
            "bytearray": load_clip(bytearray(data)), "view": load_clip(memoryview(data)), "file": load_clip(opened),
            "stream": load_clip(io.BytesIO(data)), "upload": load_clip(upload),
        }  # fmt: skip
    for clip in clips.values():
        assert (clip.frames[0] == COLOURS).all()
    sources = {name: clip.source for name, clip in clips.items()}
    assert sources["path"] == sources["text"] == sources["file"] == "a%d photo: 1.png"
    assert sources["bytes"] == sources["stream"] == "upload"
    assert sources["upload"] == "passwd"


def test_a_film_with_a_strange_name_is_read_as_a_file(tmp_path):
    path = tmp_path / "http:film%03d.txt"
    path.write_bytes(film())
    assert len(load_clip(path)) == COUNT


@pytest.mark.parametrize("name", ["a\x00\n\x1b[31mb.mp4", "", None, "x" * 500, 7])
def test_an_untrusted_name_is_only_shown_and_made_printable(name):
    clip = load_clip({"name": name, "content": film()}, max_frames=1)
    assert clip.source.isprintable()
    assert 0 < len(clip.source) <= 80


def test_load_clip_hangs_on_the_package():
    assert ferviz.load_clip is load_clip
    assert isinstance(load_clip(COLOURS), ferviz.Clip)
    assert Gap is ferviz.Gap
