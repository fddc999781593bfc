"""Archives of arrays that are damaged within, or that claim more than they hold."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np


def compressed(data: bytes) -> bytes:
    """The same arrays, compressed."""
    packed = io.BytesIO()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        np.savez_compressed(packed, allow_pickle=False, **arrays)
    return packed.getvalue()


def flipped(data: bytes) -> bytes:
    """The first byte of every compressed member made one that no member begins with."""
    spoilt = bytearray(compressed(data))
    with zipfile.ZipFile(io.BytesIO(spoilt)) as archive:
        for member in archive.infolist():
            name, extra = struct.unpack_from("<2H", spoilt, member.header_offset + 26)
            spoilt[member.header_offset + 30 + name + extra] = 0xFF
    return bytes(spoilt)


def claiming(data: bytes) -> bytes:
    """One member said to be of three gigabytes."""
    spoilt = bytearray(compressed(data))
    struct.pack_into("<I", spoilt, spoilt.index(b"PK\1\2") + 24, 3 * 2**30)
    return bytes(spoilt)


SPOILT = {
    "flipped": (flipped, "Error -3 while decompressing"),
    "claiming": (claiming, r"its arrays take 3,[\d,]+ bytes; at most 2,147,483,648 are read"),
}
"""What spoils an archive, and what is said of it."""
