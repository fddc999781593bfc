"""TIFF is a container: of pages, previews, and samples of kinds that Pillow does not know."""

from __future__ import annotations

import logging
import struct
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from ferviz.media.arrays import to_frames
from ferviz.media.source import ClipError, Source, UnreadableError, check_memory, warn

__all__ = ["is_tiff", "main_page", "read_samples"]

_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SUBFILE, _OLD_SUBFILE, _ORIENTATION = 254, 255, 274  # tags
_REDUCED, _OLD_REDUCED, _MASK = 1, 2, 4
_MOST_PAGES = 64  # a damaged file may lead in a circle
_DAMAGE = (
    tifffile.TiffFileError, ValueError, TypeError, LookupError, ArithmeticError, OSError, EOFError, MemoryError,
    AttributeError, AssertionError, NotImplementedError, RuntimeError, struct.error,
)  # fmt: skip

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it tells of damage becomes an error below


def is_tiff(source: Source) -> bool:
    """Whether the bytes begin like TIFF or BigTIFF."""
    with source.open() as stream:
        return stream.read(4) in _MARKS


def main_page(name: str, image: Any) -> None:
    """Go to the first page that is no preview, and say when there are more. Raises `ClipError` when all are previews.

    Cameras' raw files are TIFF whose first page is a small preview.
    """
    whole = []
    for page in range(image.n_frames):
        try:
            image.seek(page)
        except SyntaxError:  # a kind that Pillow does not know
            whole.append(page)
            continue
        if not _is_aside(image.tag_v2.get(_SUBFILE, 0), image.tag_v2.get(_OLD_SUBFILE, 0)):
            whole.append(page)
    if not whole:
        raise ClipError(
            f"{name}: the only pictures in it that can be read are previews, of {image.width}×{image.height} (is it a "
            "camera's raw file?); export it as JPEG or PNG"
        )
    if len(whole) > 1:
        warn(f"{name}: it has several pages; the first is read")
    image.seek(whole[0])


def read_samples(source: Source) -> npt.NDArray[np.uint8]:
    """The first page of a TIFF that Pillow does not know, such as one of floats in three colours, as (H, W, 3)."""
    try:
        with source.open() as stream, tifffile.TiffFile(stream) as file:
            return _upright(*_first_page(source.name, file))
    except _DAMAGE as error:
        if isinstance(error, ClipError):
            raise
        raise ClipError(f"{source.name}: the picture cannot be read ({source.why(error)}); {source.kind()}") from error


def _first_page(name: str, file: tifffile.TiffFile) -> tuple[npt.NDArray[np.uint8], int]:
    """Pixels (H, W, 3) and how they lie, 1 to 8."""
    first = islice(iter(file.pages), _MOST_PAGES)
    pages: list[Any] = [page for page in first if not _is_aside(int(page.subfiletype), 0)]  # type: ignore[union-attr]
    if not pages:
        raise UnreadableError("it has no page but previews")
    page = pages[0]
    kind = f"{page.samplesperpixel} × {page.dtype} in {getattr(page.photometric, 'name', page.photometric)}"
    if page.dtype is None or page.photometric not in (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.MINISBLACK):
        raise ClipError(f"{name}: TIFF samples of {kind} are not read; save it as PNG or as TIFF of 8 bits")
    check_memory(name, int(page.size) * page.dtype.itemsize // 3, 1, 1)
    size = file.filehandle.size
    places, counts = page.dataoffsets, page.databytecounts
    lost = any(not count or place + count > size for place, count in zip(places, counts))
    if lost or not places or len(places) != len(counts):
        raise UnreadableError("its samples end behind the end of the file")
    try:
        values = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        packed = getattr(page.compression, "name", page.compression)
        raise ClipError(f"{name}: TIFF samples of {kind} packed with {packed} are not read; save it as PNG") from error
    if page.axes == "SYX":
        values = np.moveaxis(values, 0, -1)
    if len(pages) > 1:
        warn(f"{name}: it has several pages; the first is read")
    try:
        pixels = to_frames(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("=")), name)[0]
    except (TypeError, ValueError) as error:
        raise ClipError(f"{name}: TIFF samples of {kind} do not fit into 8 bits ({error})") from error
    tag = page.tags.get(_ORIENTATION)
    return pixels, int(tag.value) if tag is not None else 1


def _upright(pixels: npt.NDArray[np.uint8], lies: int) -> npt.NDArray[np.uint8]:
    """A picture turned as its orientation, 1 to 8, asks."""
    if lies in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    left_right, up_down = lies in (2, 3, 6, 7), lies in (3, 4, 7, 8)
    return np.ascontiguousarray(pixels[:: -1 if up_down else 1, :: -1 if left_right else 1])


def _is_aside(subfile: int, old: int) -> bool:
    """Whether a page is a smaller copy or a mask of another one."""
    return bool(subfile & (_REDUCED | _MASK)) or old == _OLD_REDUCED
