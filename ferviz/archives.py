"""Archives of arrays (``.npz``) from outside: no pickle, nothing larger than fits, one kind of error for all damage."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from numpy.lib.npyio import NpzFile

__all__ = ["MEMORY_LIMIT", "open_arrays"]

MEMORY_LIMIT = 2 * 1024**3
"""Bytes that one clip, or one archive of arrays, may take in memory: 2 GiB."""

_DAMAGE = (
    zlib.error,  # of no kind but Exception
    zipfile.BadZipFile,
    EOFError,
    MemoryError,  # a header of a few bytes can ask for gigabytes
    NotImplementedError,  # compressed in a way that Python does not know
    RuntimeError,  # encrypted
    OSError,
    ValueError,
)
_HEADER = (ArithmeticError, TypeError, tokenize.TokenError)  # from numpy, of a header that is damaged


class Arrays(NpzFile):
    """The arrays of an archive by their names (``files``), each read when it is asked for."""

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        try:
            found = super().__getitem__(name)
        except _HEADER as error:
            raise ValueError(f"the header of {name} is damaged: {error}") from error
        if not isinstance(found, np.ndarray):  # numpy gives the bytes of any other member as they are
            raise ValueError(f"{name} is no array")
        return found


@contextmanager
def open_arrays(source: Path | bytes) -> Iterator[Arrays]:
    """Open an archive of arrays, for as long as the block lasts.

    Parameters
    ----------
    source : path or bytes

    Raises
    ------
    ValueError
        Also from within the block: it is no archive, damaged, holds objects, or claims more than `MEMORY_LIMIT`. Who
        calls says of which file, and what would fit.
    KeyError
        From within the block, for an array that it does not hold.
    """
    try:
        # not `np.load`, which takes a file that begins like one array for that array, of whatever size it claims
        with _stream(source) as stream, Arrays(stream, allow_pickle=False) as arrays:
            with zipfile.ZipFile(stream) as archive:
                claimed = sum(member.file_size for member in archive.infolist())  # no more than that is unpacked
            if claimed > MEMORY_LIMIT:
                raise ValueError(f"its arrays take {claimed:,} bytes; at most {MEMORY_LIMIT:,} are read")
            yield arrays
    except _DAMAGE as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _stream(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
