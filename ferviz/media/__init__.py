"""Reading and writing clips: photos, films with sound, sound alone, the bytes of an upload, arrays."""

from __future__ import annotations

from ferviz.media.load import load_clip
from ferviz.media.source import ClipError
from ferviz.media.write import save

__all__ = ["ClipError", "load_clip", "save"]
