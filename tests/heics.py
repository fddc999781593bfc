"""Photos in HEIC, made by code: tiles, turns, mirrors, alpha, thumbnails, item numbers in any order."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import cache

import av
import numpy as np

HEVC_ALPHA = b"urn:mpeg:hevc:2015:auxid:1\0"


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def coded(pixels: np.ndarray) -> tuple[bytes, bytes]:
    """One picture (H, W, 3) in HEVC: its decoder configuration and its samples."""
    return _coded(pixels.tobytes(), pixels.shape)


@cache
def _coded(raw: bytes, shape: tuple[int, ...]) -> tuple[bytes, bytes]:
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as file:
        stream = file.add_stream("libx265", rate=1, options={"crf": "1", "x265-params": "log-level=none:bframes=0"})
        stream.height, stream.width = shape[:2]
        stream.pix_fmt = "yuv444p"
        frame = av.VideoFrame.from_ndarray(np.frombuffer(raw, np.uint8).reshape(shape), format="rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    whole = data.getvalue()
    place = whole.index(b"hvcC") - 4
    size = int.from_bytes(whole[place : place + 4], "big")
    with av.open(io.BytesIO(whole)) as file:
        sample = bytes(next(packet for packet in file.demux(video=0) if packet.size))
    return whole[place : place + size], sample


class Heic:
    """A photo that is put together item by item, then `written`."""

    def __init__(self, primary: int, brand: bytes = b"heic") -> None:
        self.primary, self.brand = primary, brand
        self.items: list[tuple[int, bytes, bytes, bool]] = []  # number, kind, content, whether it lies in idat
        self.shared: list[bytes] = []
        self.named: dict[int, list[int]] = {}
        self.references: list[bytes] = []

    def tile(self, item: int, pixels: np.ndarray, *properties: bytes) -> None:
        configuration, sample = coded(pixels)
        height, width = pixels.shape[:2]
        self.items.append((item, b"hvc1", sample, False))
        self.give(item, configuration, full(b"ispe", struct.pack(">2I", width, height)), *properties)

    def grid(self, item: int, tiles: list[int], rows: int, width: int, height: int, *properties: bytes) -> None:
        body = struct.pack(">4B2H", 0, 0, rows - 1, len(tiles) // rows - 1, width, height)
        self.items.append((item, b"grid", body, True))
        self.give(item, full(b"ispe", struct.pack(">2I", width, height)), *properties)
        self.refer(b"dimg", item, *tiles)

    def derived(self, item: int, kind: bytes, *parts: int) -> None:
        self.items.append((item, kind, b"", True))
        if parts:
            self.refer(b"dimg", item, *parts)

    def give(self, item: int, *properties: bytes) -> None:
        for one in properties:
            self.shared.append(one)
            self.named.setdefault(item, []).append(len(self.shared))

    def refer(self, kind: bytes, item: int, *to: int) -> None:
        self.references.append(box(kind, struct.pack(f">{len(to) + 2}H", item, len(to), *to)))

    def written(self) -> bytes:
        ftyp = box(b"ftyp", self.brand, bytes(4), b"mif1", self.brand)
        meta = self._meta(0)
        meta = self._meta(len(ftyp) + len(meta) + 8)
        return ftyp + meta + box(b"mdat", *(content for *_, content, inside in self.items if not inside))

    def _meta(self, start: int) -> bytes:
        entries, idat, kinds = [], b"", []
        for item, kind, content, inside in self.items:
            place = len(idat) if inside else start
            entries.append(struct.pack(">4H2I", item, int(inside), 0, 1, place, len(content)))
            idat, start = (idat + content, start) if inside else (idat, start + len(content))
            kinds.append(full(b"infe", struct.pack(">2H", item, 0), kind, b"\0", version=2))
        named = [struct.pack(">HB", item, len(n)) + bytes(n) for item, n in self.named.items()]
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", self.primary)),
            full(b"iloc", b"\x44\0", struct.pack(">H", len(entries)), *entries, version=1),
            full(b"iinf", struct.pack(">H", len(kinds)), *kinds),
            full(b"iref", *self.references),
            box(b"iprp", box(b"ipco", *self.shared), full(b"ipma", struct.pack(">I", len(named)), *named)),
            box(b"idat", idat),
        )
