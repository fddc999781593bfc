"""`load_clip`: anything a person has at hand becomes a `Clip`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.arguments import plain
from ferviz.clip import Clip, Gap
from ferviz.media.arrays import to_frames
from ferviz.media.container import first_part, open_film
from ferviz.media.film import read_pictures
from ferviz.media.heif import read_heif
from ferviz.media.pictures import fit, from_image, read_picture, resize
from ferviz.media.request import Request, make_request
from ferviz.media.sound import read_sound
from ferviz.media.source import ClipError, Source, find_source, warn
from ferviz.media.tracks import films, is_cover, picture_stream, sound_stream

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["load_clip"]

_ARRAY_FPS = 25.0
_TIMELESS = ("h264", "hevc")  # without a container they cannot be sought in either


def load_clip(
    source: str | Path | bytes | Any,
    *,
    fps: float | None = None,
    max_frames: int | None = None,
    start: float | None = None,
    stop: float | None = None,
    max_side: int | None = None,
    seek: Literal["key", "exact"] = "key",
) -> Clip:
    """Read a photo, a film with its sound, a sound, the bytes of an upload, an array or a PIL image.

    Parameters
    ----------
    source : path, bytes, file, upload, array or PIL image
        A path; ``bytes``, ``bytearray`` or ``memoryview``; a file opened with ``"rb"`` (read whole); an entry of
        ``ipywidgets.FileUpload.value`` (its name is shown and never used as a path); or a numpy array of shape (H, W),
        (H, W, 3), (H, W, 4) or (T, H, W, 3) of uint8, uint16 or floats in 0 to 1. What the bytes are is read from the
        bytes, never from the name. An open file is read from its first byte, wherever it stands; ``~`` is the home
        folder. A PIL image is taken as it stands, an animated one (GIF, WebP, APNG, AVIF) with all its frames at their
        times, like its file. Photos are turned upright, laid over white where they are
        transparent, and scaled to 8 bits (a warning says when only the lowest sixteenth of the range is used);
        HLG and PQ are tone mapped, other colour profiles are not applied. Of several films, sounds or pages in one
        file the default one is read, with a warning.
    fps : float, optional
        Frames a second to sample; the frame that shows at ``start + k / fps``, each once. For an array: the rate at
        which its frames were taken (25 unless given).
    max_frames : int, optional
        At most so many frames, spread evenly over the part of the stretch that has pictures.
    start, stop : float, optional
        The stretch of the film in seconds, ``stop`` not included. Time 0 of the clip is ``start``, for the frames and
        for the sound: a frame lies at ``start + clip.times[i]`` of the film.
    max_side : int, optional
        Pixels of the longer side; larger pictures are made smaller as they are decoded (area average), never larger.
    seek : {"key", "exact"}
        How the frames asked for with ``fps`` or ``max_frames`` are found. ``"key"`` takes the nearest key frames, each
        once, and gives their own times: fast, but a film may have only one in ten seconds (a warning says when fewer
        than half of the wished frames came; a stretch without any is decoded). ``"exact"`` decodes to the frame.
        Without ``fps`` and ``max_frames`` every frame of the stretch is decoded.

    Returns
    -------
    Clip
        ``frames`` (T, H, W, 3) uint8 sRGB, T = 1 for a photo and 0 for sound alone; ``audio`` (N,) float32, the mean
        of the channels at its own sample rate. Pictures that are damaged are black, and sound that is damaged is
        silent, each with a `Gap`; a film whose sound cannot be decoded at all has no ``audio`` and a gap that says why.

    Raises
    ------
    FileNotFoundError
        The path does not exist.
    ferviz.media.ClipError
        (a ValueError) The bytes are empty, damaged, cut off or of no known kind, hold nothing in the stretch, or would
        take more than 2 GiB (`ferviz.archives.MEMORY_LIMIT`).
    TypeError, ValueError
        An argument or an array of the wrong kind, shape or range; a masked array or a `numpy.matrix`.

    Examples
    --------
    >>> load_clip(np.zeros((4, 6), np.uint8))
    Clip(array: 1 × 6×4, 0.00 s)
    """
    request = make_request(fps, max_frames, start, stop, max_side, seek)
    plain("source", source)
    if isinstance(source, np.ndarray):
        return _from_array(source, request)
    if isinstance(source, Image.Image):
        return from_image(source, request)
    found = find_source(source)
    return read_heif(found, request) or read_picture(found, request) or _film_or_sound(found, request)


def _from_array(array: npt.NDArray[Any], request: Request) -> Clip:
    frames = to_frames(array)
    rate = request.fps or _ARRAY_FPS
    times = np.arange(len(frames)) / rate
    if len(frames) == 1 and request.start > 0:
        raise ValueError(f"start must be 0 for a single picture; got {request.start}")
    without_rate = Request(None, request.max_frames, request.start, request.stop)
    picked = without_rate.pick("array", times, len(frames) / rate)
    size = fit(frames.shape[2], frames.shape[1], request.max_side)
    return Clip(resize(frames[picked], size), times[picked] - request.start)


def _say_what_is_left_out(source: Source, container: InputContainer) -> None:
    """Warn where a file holds several films or sounds, of which one is read."""
    several = films(container)
    if len(several) > 1:
        read, sizes = several[0], [f"{film.width}×{film.height}" for film in several]
        warn(f"{source.name}: it holds {len(several)} films; the one of {sizes[0]} (stream {read.index}) is read")
    sounds, heard = container.streams.audio, sound_stream(container)
    if len(sounds) > 1 and heard is not None:
        warn(f"{source.name}: it holds {len(sounds)} sounds; the default one (stream {heard.index}) is read")


def _film_or_sound(source: Source, request: Request) -> Clip:
    source = first_part(source)
    with open_film(source) as container:
        stream = picture_stream(container)
        if stream is None and not all(is_cover(video) for video in container.streams.video):
            raise ClipError(f"{source.name}: its pictures are of a kind that cannot be decoded")
        if container.format.name in _TIMELESS:
            raise ClipError(
                f"{source.name}: it is a bare {container.format.name} stream, which holds no times; put it into a "
                "container (ffmpeg -i FILE -c copy FILE.mp4)"
            )
        _say_what_is_left_out(source, container)
        if stream is None and not container.streams.audio:
            raise ClipError(f"{source.name}: it holds neither pictures nor sound")
    frames, times, gaps = np.zeros((0, 0, 0, 3), np.uint8), np.zeros(0), list[Gap]()
    if stream is not None:
        frames, times, gaps = read_pictures(source, request)
    sound = read_sound(source, request)
    if sound is not None:
        gaps += sound.gaps
    if not len(frames) and (sound is None or sound.samples is None):
        why = sound.gaps[0].reason if sound is not None and sound.gaps else "it is empty"
        raise ClipError(f"{source.name}: its sound cannot be read ({why})")
    return Clip(
        frames,
        times,
        audio=None if sound is None else sound.samples,
        sample_rate=None if sound is None else sound.rate,
        gaps=tuple(gaps),
        source=source.name,
    )
