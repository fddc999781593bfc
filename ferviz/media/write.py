"""`save`: a clip as a film, a picture or a sound file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.clip import Clip
from ferviz.media.source import home
from ferviz.streams import wav

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

__all__ = ["save"]


@dataclass(frozen=True)
class _Kind:
    """How one kind of film is written."""

    video: str
    video_options: dict[str, str]
    audio: str
    rates: tuple[int, ...]
    ticks: int
    even: bool
    side: int  # the longest, in pixels


_LONGEST = 2**31  # ticks from one frame to the next that MP4 counts
_LAST = 2**53  # ticks that a float counts one by one

_BT601 = 6  # SMPTE 170M in the tables of H.264 and FFmpeg

_FILMS = {
    ".mp4": _Kind(
        video="libx264",
        video_options={"crf": "18", "preset": "medium", "threads": "1"},
        audio="aac",
        rates=(8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
        ticks=90_000,
        even=True,
        side=16_384,
    ),
    ".webm": _Kind(
        video="libvpx-vp9",
        video_options={"crf": "24", "b": "0", "cpu-used": "4", "row-mt": "1"},
        audio="libopus",
        rates=(48000,),
        ticks=1000,
        even=False,
        side=65_535,
    ),
}


def save(clip: Clip, path: str | Path) -> Path:
    """Write the pictures and the sound of a clip; labels, boxes, gaps and truth are not written.

    Parameters
    ----------
    clip : Clip
    path : str or Path
        Its suffix chooses: ``.mp4`` (H.264 and AAC, 4:2:0; a picture of odd width or height gets its last column or
        row once more), ``.webm`` (VP9 and Opus at 48 kHz), ``.png`` (a clip of one frame, lossless), ``.wav`` (the
        sound alone, 16 bits). Films keep each frame's own time. An existing file is replaced when the new one is whole.
        ``~`` is the home folder.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    TypeError, ValueError
        No path, an unknown suffix, a folder, or a clip without what that kind of file needs: its sides and the times
        between its frames included.
    FileNotFoundError
        The folder does not exist.
    """
    path = home(path)
    suffix = path.suffix.lower()
    if suffix not in (*_FILMS, ".png", ".wav"):
        raise ValueError(f"path must end in .mp4, .webm, .png or .wav; got {path.name!r:.200}")
    if suffix in _FILMS and not len(clip):
        raise ValueError(f"{suffix} needs frames and this clip has none; .wav writes its sound")
    if suffix == ".png" and len(clip) != 1:
        raise ValueError(f".png holds one frame and this clip has {len(clip)}; pick one (clip[0]) or write .mp4")
    if suffix == ".wav" and clip.audio is None:
        raise ValueError(".wav needs sound and this clip has none")
    if suffix in _FILMS:
        _check_film(clip, suffix, _FILMS[suffix])
    if path.is_dir():
        raise ValueError(f"path must be a file's; {path} is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: there is no such folder to write {path.name} into")
    writers: dict[str, Callable[[Clip, Path], None]] = {".png": _png, ".wav": _wav}
    writer = writers.get(suffix, _film)
    handle, name = tempfile.mkstemp(prefix=".ferviz-", suffix=suffix, dir=path.parent)
    os.close(handle)
    try:
        try:
            writer(clip, Path(name))
        except av.FFmpegError as error:
            if isinstance(error, OSError):  # a full disk, named as such
                raise
            what = f"{len(clip)} frames of {clip.width}×{clip.height}"
            raise ValueError(f"{suffix} cannot hold {what}: {error.strerror}") from error
        _usual_mode(name)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def _check_film(clip: Clip, suffix: str, kind: _Kind) -> None:
    """Raise ValueError for sides and times that such a film cannot hold, and would give back otherwise."""
    if max(clip.width, clip.height) > kind.side:
        raise ValueError(f"{suffix} holds sides of {kind.side} pixels at most; the clip has {clip.width}×{clip.height}")
    if clip.times[0] < 0:
        raise ValueError(f"{suffix} holds no times before 0; the first frame lies at {clip.times[0]:g} s")
    steps = np.diff(clip.times)
    if steps.max(initial=0) * kind.ticks >= _LONGEST - 1:
        got = f"times has {steps.max():g} s behind frame {steps.argmax()}"
        raise ValueError(f"{suffix} holds at most {_LONGEST / kind.ticks:.0f} s between two frames; {got}")
    if clip.times[-1] * kind.ticks >= _LAST:
        raise ValueError(f"{suffix} holds times below {_LAST / kind.ticks:.3g} s; got {clip.times[-1]:g} s")


def _usual_mode(name: str) -> None:
    """Give the temporary file, which only its owner may read, the rights of any new file."""
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)


def _png(clip: Clip, path: Path) -> None:
    Image.fromarray(clip.frames[0]).save(path, format="PNG")


def _wav(clip: Clip, path: Path) -> None:
    assert clip.audio is not None
    assert clip.sample_rate is not None
    path.write_bytes(wav(clip.audio, clip.sample_rate))


def _film(clip: Clip, path: Path) -> None:
    kind = _FILMS[path.suffix.lower()]
    same = {"fflags": "+bitexact"}  # no random identifiers in the file: the same clip gives the same WebM
    with av.open(str(path), "w", format=path.suffix[1:].lower(), options=same) as container:
        pictures = _pictures(clip, container, kind)
        sounds = _sounds(clip, container, kind) if clip.audio is not None and len(clip.audio) else iter(())
        _interleave(container, pictures, sounds)


def _interleave(container: OutputContainer, *streams: Iterator[Packet[Any]]) -> None:
    """Write packets of all streams in the order of their times, so that players need not search."""
    heads = {index: packet for index, stream in enumerate(streams) if (packet := next(stream, None)) is not None}
    while heads:
        first = min(heads, key=lambda index: (heads[index].dts or 0) * heads[index].time_base)
        container.mux(heads.pop(first))
        following = next(streams[first], None)
        if following is not None:
            heads[first] = following


def _pictures(clip: Clip, container: OutputContainer, kind: _Kind) -> Iterator[Packet[Any]]:
    extra = ((0, clip.height % 2), (0, clip.width % 2), (0, 0)) if kind.even else ((0, 0), (0, 0), (0, 0))
    gap = float(np.median(np.diff(clip.times))) if len(clip) > 1 else 1.0
    rate = Fraction(min(240.0, max(0.01, 1 / gap))).limit_denominator(1001)  # a hint; each frame keeps its own time
    stream = cast("VideoStream", container.add_stream(kind.video, rate=rate, options=dict(kind.video_options)))
    stream.height, stream.width = clip.height + extra[0][1], clip.width + extra[1][1]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.colorspace = _BT601  # what the conversion from RGB does; unsaid, browsers guess by the size
    stream.codec_context.time_base = Fraction(1, kind.ticks)
    stamps = _rising(np.rint(clip.times * kind.ticks).astype(np.int64))

    def packets() -> Iterator[Packet[Any]]:
        for pixels, stamp in zip(clip.frames, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(np.pad(pixels, extra, mode="edge"), format="rgb24")
            frame.pts, frame.time_base = int(stamp), Fraction(1, kind.ticks)
            yield from stream.encode(frame)
        yield from stream.encode(None)

    return packets()


def _rising(stamps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Whole time stamps that rise strictly, where rounding made two the same."""
    steps = np.arange(len(stamps))
    return np.maximum.accumulate(stamps - steps) + steps


def _sounds(clip: Clip, container: OutputContainer, kind: _Kind) -> Iterator[Packet[Any]]:
    assert clip.audio is not None
    assert clip.sample_rate is not None
    rate = int(clip.sample_rate)
    target = rate if rate in kind.rates else 48_000
    stream = cast("AudioStream", container.add_stream(kind.audio, rate=target, layout="mono"))
    context = stream.codec_context
    samples = np.clip(clip.audio, -1, 1).astype(np.float32)[None]

    def packets() -> Iterator[Packet[Any]]:
        context.open(strict=False)
        resampler = av.AudioResampler(
            format=context.format.name, layout="mono", rate=target, frame_size=context.frame_size or 1024
        )
        whole = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        whole.sample_rate, whole.pts, whole.time_base = rate, 0, Fraction(1, rate)
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            yield from stream.encode(frame)
        yield from stream.encode(None)

    return packets()
