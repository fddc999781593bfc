"""Photos and animations, read with Pillow."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from ferviz.clip import Clip
from ferviz.media.arrays import over_white, to_uint8, warn_dark
from ferviz.media.request import Request
from ferviz.media.screen import is_wide
from ferviz.media.source import ClipError, Source, UnreadableError, check_memory, warn
from ferviz.media.tiff import is_tiff, main_page, read_samples

__all__ = ["MAX_PIXELS", "PICTURE_ERRORS", "fit", "from_image", "one_picture", "read_picture", "resize"]

MAX_PIXELS = 178_956_970
"""Pixels above which Pillow takes a picture for a decompression bomb (half a gigabyte of RGB)."""

# Pillow knows more formats (EPS runs an interpreter); these are pictures and nothing else
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "PPM")
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
_TO_RGB = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBX", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV")
_BITS_PER_SAMPLE, _PHOTOMETRIC, _ORIENTATION = 258, 262, 274  # tags of TIFF
_NO_DURATION = 0.1  # seconds for which browsers show a frame that has no duration

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
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on damaged bytes (each of them was met, or stands in its sources)."""


def read_picture(source: Source, request: Request) -> Clip | None:
    """The picture as a clip; None when the bytes are no picture. Raises `ClipError`."""
    with _plain_errors(source.name, source), source.open() as stream:
        try:
            image = Image.open(stream, formats=_FORMATS)
        except (UnidentifiedImageError, KeyError):  # the latter for a TIFF packed in a way that Pillow does not know
            stream.seek(4)
            if stream.read(8) == b"ftypavif":  # FFmpeg would show a part of it as a film
                raise UnreadableError("its index is damaged") from None
            if not is_tiff(source):
                return None
            return one_picture(source.name, read_samples(source), request)
        if _is_animated(image):
            return _animation(source.name, image, request)
        if image.format == "TIFF":
            main_page(source.name, image)
        if image.format == "MPO":
            _main_view(source.name, image)
        if image.format == "PNG":
            _say_if_hdr(source)
        if request.max_side is not None and image.format in ("JPEG", "MPO"):
            image.draft(None, fit(image.width, image.height, request.max_side))
        return one_picture(source.name, _pixels(source.name, image), request)


def from_image(image: Image.Image, request: Request) -> Clip:
    """A PIL image as a clip: as it stands, or all frames of an animated one, which stands where it stood afterwards.

    Raises `ClipError` where its file turns out to be damaged.
    """
    name = Path(str(getattr(image, "filename", "") or "picture")).name
    with _plain_errors(name):
        if _is_animated(image):
            place = image.tell()
            try:
                return _animation(name, image, request)
            finally:
                image.seek(place)
        return one_picture(name, _pixels(name, image), request)


def _is_animated(image: Image.Image) -> bool:
    return image.format in _ANIMATED and getattr(image, "n_frames", 1) > 1


def one_picture(name: str, pixels: npt.NDArray[np.uint8], request: Request) -> Clip:
    """A clip of one picture (H, W, 3), its longer side at most ``request.max_side``."""
    if request.start > 0:
        raise ClipError(f"{name}: a single picture lies at 0 s, so start must be 0; got {request.start}")
    size = fit(pixels.shape[1], pixels.shape[0], request.max_side)
    return Clip(resize(pixels[None], size), np.zeros(1), source=name)


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
def _plain_errors(name: str, source: Source | None = None) -> Iterator[None]:
    """Turn what Pillow raises on damaged bytes into `ClipError`, and its warnings on them into nothing."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    except ClipError:
        raise
    except Image.DecompressionBombError as error:
        raise ClipError(f"{name}: it has more than {MAX_PIXELS:,} pixels ({error}); make it smaller") from error
    except PICTURE_ERRORS as error:
        said = f"({error})" if source is None else f"({source.why(error)}); {source.kind()}"
        raise ClipError(f"{name}: the picture cannot be read {said}") from error


def _animation(name: str, image: Any, request: Request) -> Clip:
    hidden = int(bool(image.info.get("default_image")))  # an APNG may show another picture where nothing moves
    places = range(hidden, image.n_frames)
    check_memory(name, len(places) if request.max_frames is None else min(len(places), request.max_frames), 1, 1)
    times = _times(image, places)
    picked = request.pick(name, times[:-1], float(times[-1]))
    frames: list[npt.NDArray[np.uint8]] = []
    for place in picked:
        image.seek(places[place])
        pixels = _pixels(name, image)
        size = fit(pixels.shape[1], pixels.shape[0], request.max_side)
        check_memory(name, len(picked), size[1], size[0])
        frames.append(resize(pixels[None], size)[0])
    return Clip(np.stack(frames), times[picked] - request.start, source=name)


def _times(image: Any, places: range) -> npt.NDArray[np.float64]:
    """Where each frame begins, and where the last one ends, in seconds."""
    begins, lasts = [], []
    for place in places:
        image.seek(place)
        image.load()  # WebP and AVIF know a frame's time only then
        begins.append(image.info.get("timestamp"))
        lasts.append(float(image.info.get("duration") or 0) / 1000)
    if None not in begins:  # durations are rounded to milliseconds, each anew
        lasts[:-1] = np.diff(begins) / 1000
    return np.concatenate([[0.0], np.cumsum([last if last > 0 else _NO_DURATION for last in lasts])])


def _say_if_hdr(source: Source) -> None:
    """Warn of a PNG whose chunk of colours says HLG or PQ, which Pillow passes over."""
    with source.open() as stream:
        head = stream.read(2**16).partition(b"IDAT")[0]
    named = head.partition(b"cICP")[2]
    if len(named) >= 2 and is_wide(named[0], named[1]):
        warn(f"{source.name}: its colours are HDR or of a wide gamut, and are shown as if they were sRGB: too dull")


def _main_view(name: str, image: Any) -> None:
    """Go to the picture that stands for a file of several, and say when the others are not small helpers of it."""
    kinds = [entry["Attribute"] for entry in image.mpinfo[0xB002]]
    views = [place for place, kind in enumerate(kinds) if not place or "Thumbnail" not in str(kind["MPType"])]
    main = next((place for place in views if kinds[place]["RepresentativeImageFlag"]), 0)
    size, alike = image.size, 0
    for place in views:
        try:
            image.seek(place)
        except PICTURE_ERRORS:
            continue  # only the main one must be whole
        alike += image.size == size  # maps of depth and brightness, which phones add, are smaller
    if alike > 1:
        warn(f"{name}: it holds {alike} pictures (of a 3D camera?); the main one is read")
    image.seek(main)


def _pixels(name: str, image: Image.Image) -> npt.NDArray[np.uint8]:
    """One picture upright, (H, W, 3)."""
    if 0 in image.size:
        raise ClipError(f"{name}: it holds no pixel; its size is {image.width}×{image.height}")
    deep, tags = _is_deep(image), dict(getattr(image, "tag_v2", {}))
    turned = _upright(image)
    if turned.mode.startswith("I") or turned.mode == "F":
        values = np.asarray(turned)
        if tags.get(_BITS_PER_SAMPLE) == (12,):  # Pillow unpacks them and leaves them as they are
            values = np.rint(values * (65535 / 4095)).astype(np.uint16)
        gray = _deep(name, turned.mode, values)
        if tags.get(_PHOTOMETRIC) == 0:  # its 0 is white, which Pillow heeds for 8 bits alone
            gray = 255 - gray
        pixels = np.repeat(gray[..., None], 3, axis=2)
    elif turned.has_transparency_data:
        pixels = over_white(np.asarray(turned if turned.mode == "RGBA" else turned.convert("RGBA")))
    elif turned.mode not in _TO_RGB:
        raise ClipError(f"{name}: its colours (of kind {turned.mode!r}) are not read; save it as RGB")
    else:
        pixels = np.array(turned if turned.mode == "RGB" else turned.convert("RGB"))
    if deep and turned.mode in ("RGB", "RGBA", "LA"):
        warn_dark(name, pixels, 255)
    return pixels


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its file says; itself, not a copy, where it lies that way."""
    image.load()  # some formats say it behind the pixels
    return image if image.getexif().get(_ORIENTATION, 1) == 1 else ImageOps.exif_transpose(image)


def _is_deep(image: Image.Image) -> bool:
    """Whether Pillow will keep the upper 8 of 16 bits of each colour."""
    tiles = [(tile[0], tile[3]) for tile in getattr(image, "tile", ())]
    return any(";16" in str(args) or (decoder == "ppm" and args[-1] > 255) for decoder, args in tiles)


def _deep(name: str, mode: str, values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Gray pictures of more than 8 bits as uint8."""
    if mode == "I" and values.size and values.min() >= 0 and values.max() <= 65535:
        values = values.astype(np.uint16)
    try:
        return to_uint8(values.astype(values.dtype.newbyteorder("=")), name)
    except (TypeError, ValueError) as error:
        raise ClipError(f"{name}: pixels of kind {mode!r} do not fit into 8 bits ({error})") from error
