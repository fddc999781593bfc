"""Where bytes come from, and the one error for bytes that cannot become a clip."""

from __future__ import annotations

import io
import os
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ferviz import arguments
from ferviz.archives import MEMORY_LIMIT

__all__ = ["MEMORY_LIMIT", "ClipError", "Source", "UnreadableError", "check_memory", "find_source", "home", "warn"]

_BEGINNINGS = (
    (0, b"\x89PNG", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (8, b"WEBP", "WebP"),
    (8, b"WAVE", "WAV"),
    (8, b"AVI ", "AVI"),
    (4, b"ftypavi", "AVIF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftyp", "MP4"),
    (0, b"\x1aE\xdf\xa3", "WebM or Matroska"),
    (0, b"OggS", "Ogg"),
    (0, b"fLaC", "FLAC"),
    (0, b"ID3", "MP3"),
)


class ClipError(ValueError):
    """Bytes that cannot become a clip: empty, damaged, of another kind, too large, or without what was asked for."""


class UnreadableError(ValueError):
    """Why a file cannot be read, in ferviz's own words: they repeat no byte of it."""


@dataclass(frozen=True)
class Source:
    """A file (``path``) or bytes in memory (``data``), with a name for people to read."""

    name: str
    path: Path | None = None
    data: bytes | None = None

    def open(self) -> BinaryIO:
        """A fresh stream from the first byte."""
        if self.path is not None:
            return self.path.open("rb")
        return io.BytesIO(self.data or b"")

    def why(self, error: Exception) -> str:
        """What an error says of the file; of an upload only its kind where another library's words may repeat bytes."""
        return str(error) if self.path is not None or isinstance(error, UnreadableError) else type(error).__name__

    def target(self) -> str | BinaryIO:
        """What PyAV opens. The protocol is spelled out, so that a path is never read as an address."""
        return f"file:{self.path.resolve()}" if self.path is not None else self.open()

    def kind(self) -> str:
        """What the first bytes look like, for an error's text."""
        with self.open() as stream:
            head = stream.read(16)
        for place, mark, name in _BEGINNINGS:
            if head[place : place + len(mark)] == mark:
                return f"it begins like {name}, so it is damaged or cut off"
        if self.path is None:  # an explorer's error is saved with the notebook: nothing of an upload may stand in it
            return "it is no picture, film or sound that ferviz reads"
        return f"it begins with {head!r}, which is no picture, film or sound that ferviz reads"


def find_source(source: Any) -> Source:
    """Turn a path, bytes, an open binary file or a widget's upload into a `Source`.

    The name of an upload is shown to people and never used as a path.
    """
    if isinstance(source, str | os.PathLike):
        return _from_path(home(source))
    name, content = "upload", source
    if isinstance(source, Mapping) and "content" in source:
        name, content = _clean(source.get("name")), source["content"]
    elif hasattr(source, "read"):
        name = _clean(getattr(source, "name", None))
        content = _read_whole(name, source)
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(
            "source must be a path, bytes, a file opened with 'rb', an upload or a numpy array; "
            f"got {type(source).__name__}"
            + ("" if content is source else f" that holds {type(content).__name__}")
            + _instead(source)
        )
    if not len(content):
        raise ClipError(f"{name}: it is empty (0 bytes)")
    return Source(name, data=bytes(content))


def check_memory(name: str, frames: int, height: int, width: int, samples: int = 0) -> None:
    """Raise `ClipError` when this many frames and samples would not fit under `MEMORY_LIMIT`."""
    size = frames * height * width * 3 + samples * 4
    if size > MEMORY_LIMIT:
        raise ClipError(
            f"{name}: {frames:,} frames of {width}×{height} and {samples:,} samples of sound would take "
            f"{size / 1e9:.1f} GB, more than {MEMORY_LIMIT / 1e9:.1f} GB; "
            "give max_frames, fps, max_side, or start and stop"
        )


def _instead(source: Any) -> str:
    """What to give instead of a thing that is no source, as far as that can be guessed."""
    if isinstance(source, list | tuple) and any(isinstance(part, Mapping) and "content" in part for part in source):
        return "; of a FileUpload give one entry, upload.value[0]"
    return "; give np.asarray(source)" if hasattr(source, "__array__") else ""


def home(path: str | os.PathLike[str], name: str = "path") -> Path:
    """A path with ``~`` read as the home folder, as a shell does; it stays where nobody has such a home.

    Raises TypeError, which calls the argument by its ``name``, for what is no path.
    """
    plain = arguments.path(name, path)
    try:
        return plain.expanduser()
    except RuntimeError:
        return plain


def warn(message: str) -> None:
    """A `UserWarning` that names the line which called into `ferviz.media`."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("ferviz.media"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _read_whole(name: str, stream: Any) -> Any:
    """The content of an open file from its first byte on, wherever it stands."""
    cure = "open the file with 'rb' and give it as it is, or give its path"
    if isinstance(stream, io.TextIOWrapper):
        raise TypeError(f"source must be a file opened with 'rb'; {name} was opened as text: {cure}")
    try:
        seekable = bool(stream.seekable()) if hasattr(stream, "seekable") else hasattr(stream, "seek")
        if seekable:
            stream.seek(0)
        content = stream.read()
    except UnicodeDecodeError as error:  # a text file in a wrapper
        raise TypeError(f"source must be a file opened with 'rb'; {name} was opened as text: {cure}") from error
    except (OSError, ValueError) as error:  # closed, opened for writing, gone
        raise ClipError(f"{name}: it cannot be read ({error}); {cure}") from error
    if not seekable and isinstance(content, bytes) and not content:
        raise ClipError(f"{name}: it is empty, or it was read before and cannot be rewound; give its bytes")
    return content


def _from_path(path: Path) -> Source:
    try:
        exists, regular = path.exists(), path.is_file()
    except (OSError, ValueError) as error:  # a name too long for the file system, a zero byte, a locked folder
        why = getattr(error, "strerror", None) or error
        raise FileNotFoundError(f"{_printable(path)[:200]}: cannot be looked up ({why})") from error
    if not exists:
        hint = "; load_clip reads local files, no addresses" if re.match(r"\w+:/", str(path)) else ""
        raise FileNotFoundError(f"{_printable(path)}: there is no such file{hint}")
    name = _printable(path.name) or _printable(path)  # never the whole path: what is said here is kept in manifests
    if not regular:
        raise ClipError(f"{name}: it is a folder or a device; load_clip takes one file")
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise ClipError(f"{name}: it cannot be read ({error.strerror})") from error
    if empty:
        raise ClipError(f"{name}: it is empty (0 bytes)")
    return Source(name, path=path)


def _clean(name: object) -> str:
    """The last part of an untrusted name, printable and short."""
    last = re.split(r"[\\/]", name)[-1] if isinstance(name, str) else ""
    return _printable(last)[:80] or "upload"


def _printable(name: object) -> str:
    """A name without line breaks, escapes and bytes that are no text."""
    return "".join(sign for sign in str(name) if sign.isprintable())
