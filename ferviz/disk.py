"""Files that are whole or not there at all, what a killed writer left, JSON read back, and hashes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["clear_left", "file_hash", "parse_json", "read_json", "write_whole"]

_LONGEST = 200  # bytes of a name within a temporary one: file systems take 255
_TEMPORARY = re.compile(r"\.(.+)\.\d+\.tmp", re.DOTALL)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is whole or not there at all.

    Raises
    ------
    OSError
        When it cannot be written, naming it; nothing is left behind.
    """
    temporary = path.with_name(f".{_short(path.name)}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise type(error)(error.errno, f"cannot write {path} ({len(data)} bytes): {error.strerror}") from error
    finally:  # after Ctrl-C, too, nothing is left behind
        with suppress(OSError):  # where its parent is a file, nothing was written
            temporary.unlink(missing_ok=True)


def clear_left(folder: Path, names: Collection[str]) -> None:
    """Delete what killed runs of `write_whole` left of files with these names; nobody else's hidden file."""
    own = {_short(name) for name in names}
    for left in folder.glob(".*.tmp"):
        written = _TEMPORARY.fullmatch(left.name)
        if written and written[1] in own:
            left.unlink(missing_ok=True)


def _short(name: str) -> str:
    return os.fsencode(name)[:_LONGEST].decode("utf-8", "ignore")


def parse_json(text: str | bytes) -> Any:
    """What a text of JSON says. Raises ValueError for one that is none, or nested too deep to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def read_json(path: Path) -> Any:
    """What a file of JSON says. Raises ValueError as `parse_json`, or for other bytes than UTF-8; OSError."""
    return parse_json(path.read_text(encoding="utf-8"))


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
