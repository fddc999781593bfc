"""The index of a HEIF file (ISO/IEC 23008-12): which items it holds and how the photo is put together from them.

FFmpeg decodes the items, and gives each as a stream of its own; PyAV does not say how they belong together.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ferviz.media.screen import is_wide

__all__ = ["Index", "read_index"]

_STILLS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif")  # brands of photos; hevc, msf1 … are films
_MAX_INDEX = 2**24  # bytes; a phone's photo needs a few thousand


@dataclass
class Index:
    """What the ``meta`` box says. ``properties`` keeps the order in which an item's are to be applied."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    references: dict[tuple[bytes, int], list[int]] = field(default_factory=dict)
    properties: dict[int, list[tuple[bytes, bytes]]] = field(default_factory=dict)
    places: dict[int, tuple[int, list[tuple[int, int]]]] = field(default_factory=dict)  # 1 for idat; offsets, lengths
    idat: bytes = b""
    is_avif: bool = False

    def property(self, item: int, kind: bytes) -> bytes | None:
        """The last property of a kind that an item has."""
        return next((body for name, body in reversed(self.properties.get(item, [])) if name == kind), None)


    def colours(self, item: int) -> tuple[int, int, int, bool] | None:
        """Primaries, curve and matrix of an item by their numbers in ITU-T H.273, and whether its range is full."""
        named = [body for name, body in self.properties.get(item, []) if name == b"colr" and body[:4] == b"nclx"]
        if not named:
            return None
        primaries, curve, matrix, full = struct.unpack_from(">3HB", named[0], 4)
        return primaries, curve, matrix, bool(full >> 7)

    def is_wide(self) -> bool:
        """Whether the primary item's colours, or its parts', go beyond sRGB."""
        items = [self.primary, *self.references.get((b"dimg", self.primary), [])]
        return any(is_wide(*named[:2]) for named in map(self.colours, items) if named)


def read_index(stream: BinaryIO) -> Index | None:
    """The index of a photo in HEIF; None when the bytes are no such photo.

    Raises ValueError, LookupError or struct.error where the index is damaged.
    """
    head = stream.read(64)
    if head[4:8] != b"ftyp" or head[8:12] not in _STILLS:
        return None
    brands = head[8 : int.from_bytes(head[:4], "big")]
    stream.seek(0, 2)
    whole, place = stream.tell(), 0
    while place + 8 <= whole:
        stream.seek(place)
        size, kind = struct.unpack(">I4s", stream.read(8))
        begin = 8
        if size == 1:
            (size,), begin = struct.unpack(">Q", stream.read(8)), 16
        size = size or whole - place
        if size < begin or place + size > whole:
            raise ValueError("one of its boxes ends behind the end of the file")
        if kind == b"meta":
            if size > _MAX_INDEX:
                raise ValueError(f"its index claims {size:,} bytes")
            index = _index(stream.read(size - begin)[4:])
            index.is_avif = any(brands[place : place + 4] == b"avif" for place in range(0, len(brands), 4))
            return index
        place += size
    raise ValueError("it has no index")


def _index(data: bytes) -> Index:
    index, shared = Index(), list[tuple[bytes, bytes]]()
    for kind, body in _boxes(data):
        if kind == b"pitm":
            parts = _Bytes(body)
            index.primary = parts.take(4 if parts.version else 2)
        elif kind == b"iinf":
            index.kinds = _kinds(body)
        elif kind == b"iref":
            index.references = _references(body)
        elif kind == b"iloc":
            index.places = _places(body)
        elif kind == b"idat":
            index.idat = body
        elif kind == b"iprp":
            shared = [pair for name, inner in _boxes(body) if name == b"ipco" for pair in _boxes(inner)]
            for name, inner in _boxes(body):
                if name == b"ipma":
                    index.properties |= _properties(inner, shared)
    return index


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes that lie in a row: names and bodies."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        begin = 8
        if size == 1:
            (size,), begin = struct.unpack_from(">Q", data, place + 8), 16
        size = size or len(data) - place
        if size < begin or place + size > len(data):
            raise ValueError("one of its boxes ends behind the one around it")
        yield kind, data[place + begin : place + size]
        place += size


class _Bytes:
    """The numbers of a full box's body, read one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 4
        self.version, self.flags = data[0], int.from_bytes(data[1:4], "big")

    def take(self, size: int) -> int:
        """An unsigned number of ``size`` bytes; of none, 0."""
        self.place += size
        if self.place > len(self.data):
            raise ValueError("a box of its index is too short")
        return int.from_bytes(self.data[self.place - size : self.place], "big")

    def rest(self) -> bytes:
        """What was not read yet."""
        return self.data[self.place :]


def _kinds(body: bytes) -> dict[int, bytes]:
    parts, kinds = _Bytes(body), {}
    parts.take(4 if parts.version else 2)
    for name, inner in _boxes(parts.rest()):
        if name == b"infe" and inner[0] >= 2:
            entry = _Bytes(inner)
            item = entry.take(4 if entry.version >= 3 else 2)
            entry.take(2)  # protection
            kinds[item] = entry.rest()[:4]
    return kinds


def _references(body: bytes) -> dict[tuple[bytes, int], list[int]]:
    parts, references = _Bytes(body), defaultdict[tuple[bytes, int], list[int]](list)
    wide = 4 if parts.version else 2
    for kind, inner in _boxes(parts.rest()):
        entry = _Bytes(bytes(4) + inner)
        item = entry.take(wide)
        references[kind, item] += [entry.take(wide) for _ in range(entry.take(2))]
    return references


def _places(body: bytes) -> dict[int, tuple[int, list[tuple[int, int]]]]:
    parts, places = _Bytes(body), {}
    first, second = parts.take(1), parts.take(1)
    offset_size, length_size, base_size, index_size = first >> 4, first & 15, second >> 4, second & 15
    wide = 4 if parts.version == 2 else 2
    for _ in range(parts.take(wide)):
        item = parts.take(wide)
        method = parts.take(2) & 15 if parts.version else 0
        parts.take(2)  # which file
        base, extents = parts.take(base_size), []
        for _ in range(parts.take(2)):
            parts.take(index_size if parts.version else 0)
            extents.append((base + parts.take(offset_size), parts.take(length_size)))
        places[item] = (method, extents)
    return places


def _properties(body: bytes, shared: list[tuple[bytes, bytes]]) -> dict[int, list[tuple[bytes, bytes]]]:
    parts, properties = _Bytes(body), {}
    for _ in range(parts.take(4)):
        item, named = parts.take(4 if parts.version else 2), []
        for _ in range(parts.take(1)):
            number = parts.take(2) & 0x7FFF if parts.flags & 1 else parts.take(1) & 0x7F
            if number:
                named.append(shared[number - 1])
        properties[item] = named
    return properties
