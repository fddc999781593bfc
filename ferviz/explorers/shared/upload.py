"""A file that comes from the browser in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["MAX_UPLOAD", "Upload"]

MAX_UPLOAD = 300 * 2**20
"""Bytes that an upload may have: it is held in memory once, and decoded from there."""


class Upload:
    """The parts of one file. In parts, because a whole film in one message would exceed the server's limit."""

    def __init__(self) -> None:
        self._coming = bytearray()
        self._id: object = None

    def takes(self, part: Mapping[str, Any]) -> bool:
        """Whether a part begins a file or belongs to the newest one: any other file another was chosen over.

        What is no part is taken, for `add` to refuse.
        """
        return not _is_part(part) or bool(part["start"] == 0 or part["id"] == self._id)

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return len(self._coming)

    def add(self, part: Mapping[str, Any], buffers: Sequence[bytes | memoryview]) -> bytes | None:
        """Take a part in: ``{"id": of its file, "total": bytes of the whole, "start": place of this part}``.

        The file, once it is whole.

        Raises
        ------
        ValueError
            When it is too large, a part is missing before this one, or it is none.
        """
        if not _is_part(part):
            raise ValueError("the upload did not arrive whole; please choose it again")
        if part["total"] > MAX_UPLOAD:
            # the error is saved with the notebook, so it does not name the file
            raise ValueError(f"the upload has {part['total'] / 2**20:.0f} MB; at most {MAX_UPLOAD // 2**20} MB fit")
        if part["start"] == 0:
            self._coming, self._id = bytearray(), part["id"]
        if part["start"] != len(self._coming):
            raise ValueError("the upload arrived in the wrong order; please choose it again")
        for buffer in buffers:
            self._coming += buffer
        if len(self._coming) < part["total"]:
            return None
        data, self._coming = bytes(self._coming), bytearray()
        return data


def _is_part(part: object) -> bool:
    return isinstance(part, Mapping) and {"id", "start", "total", "name"} <= set(part) and type(part["total"]) is int
