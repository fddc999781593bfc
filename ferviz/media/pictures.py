"""Photos and animations, read with Pillow."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from ferviz.clip import Clip
from ferviz.media.arrays import over_white, to_uint8
from ferviz.media.request import Request
from ferviz.media.source import ClipError, Source, check_memory

__all__ = ["MAX_PIXELS", "PICTURE_ERRORS", "fit", "read_picture", "resize"]

MAX_PIXELS = 178_956_970
"""Pixels above which Pillow takes a picture for a decompression bomb (half a gigabyte of RGB)."""

# Pillow knows more formats (EPS runs an interpreter); these are pictures and nothing else
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "PPM")

PICTURE_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    LookupError,
    ArithmeticError,
    EOFError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on damaged bytes (each of them was met, or stands in its sources)."""


def read_picture(source: Source, request: Request) -> Clip | None:
    """The picture as a clip; None when the bytes are no picture. Raises `ClipError`."""
    with _plain_errors(source), source.open() as stream:
        try:
            image = Image.open(stream, formats=_FORMATS)
        except UnidentifiedImageError:
            return None
        count = getattr(image, "n_frames", 1) if image.format in ("GIF", "WEBP", "PNG", "AVIF") else 1
        if count > 1:
            return _animation(source, image, count, request)
        if image.format == "TIFF" and getattr(image, "n_frames", 1) > 1:
            warnings.warn(f"{source.name}: it has several pages; the first is read", stacklevel=3)
        if request.max_side is not None and image.format == "JPEG":
            image.draft(None, fit(image.width, image.height, request.max_side))
        frame = _pixels(source, image, request)[None]
    if request.start > 0:
        raise ClipError(f"{source.name}: a single picture lies at 0 s, so start must be 0; got {request.start}")
    return Clip(frame, np.zeros(1), source=source.name)


def fit(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """(width, height) with the longer side at most ``max_side``; never larger."""
    scale = 1.0 if max_side is None else min(1.0, max_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def resize(frames: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Frames (T, H, W, 3) averaged down to ``size`` (width, height)."""
    if (frames.shape[2], frames.shape[1]) == size:
        return frames
    return np.stack([np.asarray(Image.fromarray(f).resize(size, Image.Resampling.BOX)) for f in frames])


@contextmanager
def _plain_errors(source: Source) -> Iterator[None]:
    """Turn what Pillow raises on damaged bytes into `ClipError`, and its warnings on them into nothing."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    except ClipError:
        raise
    except Image.DecompressionBombError as error:
        raise ClipError(f"{source.name}: it has more than {MAX_PIXELS:,} pixels ({error}); make it smaller") from error
    except PICTURE_ERRORS as error:
        raise ClipError(f"{source.name}: the picture cannot be read ({error}); {source.kind()}") from error


def _animation(source: Source, image: Image.Image, count: int, request: Request) -> Clip:
    check_memory(source.name, count if request.max_frames is None else min(count, request.max_frames), 1, 1)
    # browsers show frames without a duration for a tenth of a second
    lasts = [(frame.info.get("duration") or 100) / 1000 for frame in ImageSequence.Iterator(image)]
    times = np.concatenate([[0.0], np.cumsum(lasts)])
    picked = request.pick(source.name, times[:-1], float(times[-1]))
    width, height = fit(image.width, image.height, request.max_side)
    check_memory(source.name, len(picked), height, width)
    frames = np.empty((len(picked), height, width, 3), np.uint8)
    for row, place in enumerate(picked):
        image.seek(int(place))
        frames[row] = _pixels(source, image, request)
    return Clip(frames, times[picked] - request.start, source=source.name)


def _pixels(source: Source, image: Image.Image, request: Request) -> npt.NDArray[np.uint8]:
    """One picture upright, (H, W, 3), its longer side at most ``max_side``."""
    turned = ImageOps.exif_transpose(image) or image
    if turned.mode.startswith("I") or turned.mode == "F":
        rgb = Image.fromarray(_deep(source, turned)).convert("RGB")
    elif turned.has_transparency_data:
        rgb = Image.fromarray(over_white(np.asarray(turned.convert("RGBA"))))
    else:
        rgb = turned.convert("RGB")
    return resize(np.array(rgb)[None], fit(rgb.width, rgb.height, request.max_side))[0]


def _deep(source: Source, image: Image.Image) -> npt.NDArray[np.uint8]:
    """Gray pictures of more than 8 bits as uint8."""
    values = np.asarray(image)
    if image.mode == "I" and values.size and values.min() >= 0 and values.max() <= 65535:
        values = values.astype(np.uint16)
    try:
        return to_uint8(values.astype(values.dtype.newbyteorder("=")))
    except (TypeError, ValueError) as error:
        raise ClipError(f"{source.name}: pixels of kind {image.mode!r} do not fit into 8 bits ({error})") from error
