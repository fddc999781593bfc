"""Files that are whole or not there at all, and their hashes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

__all__ = ["file_hash", "write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is whole or not there at all.

    Raises
    ------
    OSError
        When it cannot be written, naming it; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise type(error)(error.errno, f"cannot write {path} ({len(data)} bytes): {error.strerror}") from error


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
