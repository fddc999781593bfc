"""Small films, sounds and pictures for the tests of reading and writing, and ways of damaging them."""

from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image

from ferviz.clip import Clip

FPS, COUNT, RATE, HEIGHT, WIDTH = 10, 40, 16_000, 48, 64


def numbered(count: int = COUNT, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Frames that tell their own number: gray of 5 times the place, with a bar that moves."""
    frames = np.zeros((count, height, width, 3), np.uint8)
    for place in range(count):
        frames[place] = 20 + 5 * place
        frames[place, :8, : 2 + place % (width - 2)] = (230, 40, 40)
    return frames


def numbers(frames: np.ndarray) -> list[int]:
    """The numbers that the frames of `numbered` tell."""
    return [round(float((level - 20) / 5)) for level in frames[:, frames.shape[1] // 2 :].mean((1, 2, 3))]


def tone(seconds: float = COUNT / FPS, rate: int = RATE) -> np.ndarray:
    """A tone that is silent before 1 s and after 2 s."""
    ticks = np.arange(int(seconds * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * 440 * ticks) * ((ticks >= 1) & (ticks < 2))).astype(np.float32)


def film_clip(**changes) -> Clip:
    """Four seconds of `numbered` frames with `tone`."""
    values = {"frames": numbered(), "times": np.arange(COUNT) / FPS, "audio": tone(), "sample_rate": RATE}
    return Clip(**(values | changes))


@cache
def film(container: str = "mp4", key_distance: int = 10, *, sound: bool = True, front: bool = False) -> bytes:
    """`numbered` frames with `tone` as a file, a key frame every ``key_distance``; ``front`` puts its index first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        options = {"movflags": "faststart"} if front else {}
        with av.open(str(path), "w", format=container, options=options) as file:
            write_film(file, container, key_distance, sound)
        return path.read_bytes()


def write_film(file, container: str, key_distance: int, sound: bool) -> None:
    codecs = {"mp4": ("libx264", "aac"), "webm": ("libvpx-vp9", "libopus"), "avi": ("mjpeg", "pcm_s16le")}
    video_codec, audio_codec = codecs.get(container, codecs["mp4"])
    options = {"crf": "10", "g": str(key_distance), "sc_threshold": "0"}
    video = file.add_stream(video_codec, rate=FPS, options=options)
    video.width, video.height = WIDTH, HEIGHT
    video.pix_fmt = "yuvj420p" if container == "avi" else "yuv420p"
    rate = 48_000 if container == "webm" else RATE
    audio = file.add_stream(audio_codec, rate=rate, layout="mono") if sound else None
    for picture in numbered():
        file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    file.mux(video.encode(None))
    if audio is not None:
        add_sound(file, audio, tone(rate=rate), rate)


@cache
def sound_file(container: str, codec: str, rate: int = RATE) -> bytes:
    """`tone` as a file of sound alone."""
    data = io.BytesIO()
    with av.open(data, "w", format=container) as file:
        add_sound(file, file.add_stream(codec, rate=rate, layout="mono"), tone(rate=rate), rate)
    return data.getvalue()


def add_sound(file, stream, samples: np.ndarray, rate: int) -> None:
    stream.codec_context.open(strict=False)
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.codec_context.format.name, layout="mono", rate=rate, frame_size=size)
    whole = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    whole.sample_rate, whole.pts, whole.time_base = rate, 0, Fraction(1, rate)
    for frame in [*resampler.resample(whole), *resampler.resample(None)]:
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def damaged(data: bytes, kind: str, start: float, stop: float, *, keep: int = 0) -> bytes:
    """The film with the packets of one stream between two times overwritten by noise, but for ``keep`` first bytes."""
    out = bytearray(data)
    rng = np.random.default_rng(0)
    with av.open(io.BytesIO(data)) as file:
        for packet in file.demux(getattr(file.streams, kind)[0]):
            if packet.size and packet.pts is not None and start <= packet.pts * packet.time_base < stop:
                noise = rng.integers(0, 256, packet.size - keep, np.uint8).tobytes()
                out[packet.pos + keep : packet.pos + packet.size] = noise
    return bytes(out)


def picture(kind: str, image: Image.Image, **options) -> bytes:
    """A Pillow image as a file."""
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()
