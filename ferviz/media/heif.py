"""Photos in HEIF (HEIC), as phones write them: tiles put together, turned upright, laid over white."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.clip import Clip
from ferviz.media.arrays import over_white
from ferviz.media.boxes import Index, read_index
from ferviz.media.container import FILM_ERRORS, MAX_PIXELS, open_film, reason
from ferviz.media.pictures import one_picture
from ferviz.media.request import Request
from ferviz.media.screen import Screen
from ferviz.media.source import MEMORY_LIMIT, ClipError, Source, check_memory

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["read_heif"]

_LIMITED, _FULL = 1, 2  # AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG
_CODED = (b"hvc1", b"hev1", b"avc1", b"av01", b"jpeg")
_ALPHA = (b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:avc:2015:auxid:1")
_DAMAGE = (ValueError, LookupError, struct.error)
_NAMED = {b"", b"iden", b"iovl", b"tmap"}  # other four bytes may be anything, and an upload's stand in no error
_DEEPEST = 4  # pictures made of pictures; real files have two
_MOST_PARTS = 256 * 256  # what one grid can be made of


def read_heif(source: Source, request: Request) -> Clip | None:
    """The photo of a HEIF file as a clip; None when the bytes are none. Raises `ClipError`.

    Pillow reads AVIF, which is HEIF too, but passes over HLG, PQ and wide colours: such a file is read here.
    """
    with source.open() as stream:
        try:
            index = read_index(stream)
        except _DAMAGE as error:
            if stream.seek(8) and stream.read(4) == b"avif":
                return None
            raise _unread(source, error) from error
    if index is None or (index.is_avif and not index.is_wide()):
        return None
    try:
        return one_picture(source.name, _photo(source, index), request)
    except ClipError:
        raise
    except _DAMAGE as error:
        raise _unread(source, error) from error


def _unread(source: Source, error: Exception) -> ClipError:
    return ClipError(f"{source.name}: the picture cannot be read ({error}); {source.kind()}")


def _photo(source: Source, index: Index) -> npt.NDArray[np.uint8]:
    """The primary picture with its alpha channel laid over white, (H, W, 3)."""
    alpha = [
        item
        for (kind, item), whole in index.references.items()
        if kind == b"auxl" and index.primary in whole and _is_alpha(index, item)
    ]
    builder = _Builder(source, index, [index.primary, *alpha[:1]])
    colours = builder.picture(index.primary)
    if not alpha:
        return colours
    height, width = colours.shape[:2]
    cover = Image.fromarray(builder.picture(alpha[0])[..., 0]).resize((width, height))
    if alpha[0] in index.references.get((b"prem", index.primary), []):  # the colours are multiplied by it already
        white = 255 - np.asarray(cover, np.uint16)[..., None]
        return np.minimum(colours + white, 255).astype(np.uint8)
    return over_white(np.dstack([colours, np.asarray(cover)]))


def _is_alpha(index: Index, item: int) -> bool:
    urn = (index.property(item, b"auxC") or b"")[4:].split(b"\0")[0]
    return urn in _ALPHA


class _Builder:
    """Pictures of a HEIF file, put together from what FFmpeg decodes."""

    def __init__(self, source: Source, index: Index, wanted: list[int]) -> None:
        self.source, self.name, self.index = source, source.name, index
        self.frames = _decoded(source, set[int]().union(*map(self._parts, wanted)))
        self.screens: dict[tuple[int, int], Screen] = {}

    def picture(self, item: int) -> npt.NDArray[np.uint8]:
        """One item, upright, (H, W, 3)."""
        kind = self.index.kinds.get(item, b"")
        if kind in _CODED:
            pixels = self._tile(item, item)
        elif kind == b"grid":
            pixels = self._grid(item)
        else:
            pixels = self.picture(self.index.references[b"dimg", item][0])
        for name, body in self.index.properties.get(item, []):
            pixels = _transformed(pixels, name, body)
        return np.ascontiguousarray(pixels)

    def _parts(self, item: int) -> set[int]:
        """The coded items that one is made of."""
        coded, level, depth = set[int](), {item}, 0
        while level:
            coded |= {one for one in level if self.index.kinds.get(one) in _CODED}
            if len(coded) > _MOST_PARTS:
                raise ClipError(f"{self.name}: its picture has {len(coded):,} parts; at most {_MOST_PARTS:,} are read")
            below = set[int]()  # each item once: a grid may name another one 65,535 times, and that one a third
            for one in level - coded:
                kind = self.index.kinds.get(one, b"")
                if kind not in (b"grid", b"iden") or depth > _DEEPEST:
                    named = kind.decode() if kind in _NAMED else "unknown"
                    raise ClipError(f"{self.name}: its picture is of a kind ({named!r}) that is not read")
                parts = self.index.references.get((b"dimg", one), [])
                if not parts:
                    raise ValueError("its picture is made of nothing")
                below.update(parts)
            level, depth = below, depth + 1
        return coded

    def _tile(self, item: int, whole: int) -> npt.NDArray[np.uint8]:
        frame = self.frames[item]
        named = self.index.colours(item) or self.index.colours(whole)
        if named:
            frame.color_primaries, frame.color_trc, frame.colorspace = named[:3]
            frame.color_range = _FULL if named[3] else _LIMITED
        size = frame.width, frame.height
        # the way a coded item lies is a property of its own, which `picture` applies
        return self.screens.setdefault(size, Screen(self.name, *size, upright=(False, False, False))).pixels(frame)

    def _grid(self, item: int) -> npt.NDArray[np.uint8]:
        """Tiles in rows, the surplus at the right and below cut off (23008-12, 6.6.2.3)."""
        body = self._payload(item)
        rows, columns = body[2] + 1, body[3] + 1
        width, height = struct.unpack_from(">2I" if body[1] & 1 else ">2H", body, 4)
        if not 0 < width * height <= MAX_PIXELS:
            raise ClipError(f"{self.name}: it claims {width:,}×{height:,} pixels; at most {MAX_PIXELS:,} are read")
        check_memory(self.name, 1, height, width)
        parts = self.index.references[b"dimg", item]
        if len(parts) != rows * columns:
            raise ValueError(f"its {rows}×{columns} tiles are {len(parts)} in number")
        canvas = np.zeros((height, width, 3), np.uint8)
        first = self.frames[parts[0]]
        if first.width * columns < width or first.height * rows < height:
            raise ValueError(f"its {rows}×{columns} tiles of {first.width}×{first.height} do not fill {width}×{height}")
        for place, part in enumerate(parts):
            tile = self._tile(part, item)
            if tile.shape[:2] != (first.height, first.width):
                raise ValueError("its tiles differ in size")
            row, column = place // columns * first.height, place % columns * first.width
            room = canvas[row : row + first.height, column : column + first.width]
            room[:] = tile[: room.shape[0], : room.shape[1]]
        return canvas

    def _payload(self, item: int) -> bytes:
        method, extents = self.index.places[item]
        if method == 1:
            return b"".join(self.index.idat[offset : offset + length] for offset, length in extents)
        with self.source.open() as stream:
            parts = []
            for offset, length in extents:
                stream.seek(offset)
                parts.append(stream.read(min(length, 64)))
            return b"".join(parts)


def _decoded(source: Source, items: set[int]) -> dict[int, VideoFrame]:
    """The frames of coded items. Raises `ClipError` when one is missing, or all take too much memory."""
    frames: dict[int, VideoFrame] = {}
    taken = 0
    failure = "its picture is missing"
    with open_film(source) as container:
        # FFmpeg gives a stream the number of its item; PyAV gives one without a decoder no codec context
        known = [one for one in container.streams.video if getattr(one, "codec_context", None) is not None]
        streams = {stream.index: stream for stream in known if stream.id in items}
        for stream in streams.values():
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        try:
            for packet in container.demux(list(streams.values())) if streams else ():
                stream = streams[packet.stream.index]
                try:
                    shown = [frame for frame in stream.codec_context.decode(packet) if not frame.is_corrupt]
                except FILM_ERRORS as error:
                    failure = reason(error)
                    continue
                if shown and stream.id not in frames:
                    frames[stream.id] = shown[0]
                    taken += sum(plane.buffer_size for plane in shown[0].planes)
                if taken > MEMORY_LIMIT:
                    break
        except FILM_ERRORS as error:
            failure = reason(error)
    if taken > MEMORY_LIMIT:
        most = f"{MEMORY_LIMIT:,} bytes"
        raise ClipError(f"{source.name}: the parts of its picture take more than {most}; make it smaller")
    lost = len(items - set(frames))
    if lost:
        raise ClipError(f"{source.name}: {lost} of the {len(items)} parts of its picture cannot be decoded ({failure})")
    return frames


def _transformed(pixels: npt.NDArray[np.uint8], name: bytes, body: bytes) -> npt.NDArray[np.uint8]:
    """The property ``name`` applied, where it is one that turns, mirrors or cuts (23008-12, 6.5.9 to 6.5.12)."""
    if name == b"irot":
        return np.rot90(pixels, body[0] & 3)
    if name == b"imir":
        return pixels[:, ::-1] if body[0] & 1 else pixels[::-1]
    if name != b"clap":
        return pixels
    pairs = struct.unpack_from(">IIIIiIiI", body)
    if not all(pairs[1::2]):
        raise ValueError("its frame is cut by a fraction of 0")
    width, height, right, down = (pairs[place] / pairs[place + 1] for place in (0, 2, 4, 6))
    left = round((pixels.shape[1] - width) / 2 + right)
    top = round((pixels.shape[0] - height) / 2 + down)
    cut = pixels[max(0, top) : max(0, top + round(height)), max(0, left) : max(0, left + round(width))]
    if not cut.size:
        raise ValueError("its frame is cut to nothing")
    return cut
