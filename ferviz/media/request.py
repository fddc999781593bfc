"""Which part of a film or sound was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from ferviz.arguments import number, whole
from ferviz.media.source import ClipError

__all__ = ["TOLERANCE", "Request", "make_request"]

TOLERANCE = 0.002
"""Seconds by which containers round their times (WebM counts in milliseconds)."""

_MAX_FPS = 1000
_MOST = 2**31  # frames, or pixels of a side


@dataclass(frozen=True)
class Request:
    """The arguments of `ferviz.load_clip`, checked. Times are seconds of the film."""

    fps: float | None = None
    max_frames: int | None = None
    start: float = 0.0
    stop: float | None = None
    max_side: int | None = None
    seek: Literal["key", "exact"] = "key"

    @property
    def everything(self) -> bool:
        """Whether every frame of the stretch is wanted."""
        return self.fps is None and self.max_frames is None

    def end(self, name: str, length: float) -> float:
        """Where the stretch ends in a film of ``length`` seconds; `ClipError` when it begins after the film's end."""
        if self.start >= length and self.start > 0:
            raise ClipError(f"{name}: start must lie before its end at {length:.3f} s; got {self.start} s")
        return length if self.stop is None else min(self.stop, length)

    def count(self, end: float, begin: float = 0.0) -> int:
        """How many times are wished for, at most ``max_frames``."""
        begin = max(begin, self.start)
        if self.fps is None:
            possible = max(1, int(max(end - begin, 1 / _MAX_FPS) * _MAX_FPS))
        else:
            possible = max(1, math.ceil((end - self.start) * self.fps - 1e-6) - self._first(begin))
        return possible if self.max_frames is None else min(self.max_frames, possible)

    def wishes(self, end: float, begin: float = 0.0) -> npt.NDArray[np.float64]:
        """The times wished for, between ``start`` and ``end``, none before the first picture at ``begin``."""
        begin, count = max(begin, self.start), self.count(end, begin)
        if self.fps is None:
            return begin + (np.arange(count) + 0.5) * max(end - begin, 1 / _MAX_FPS) / count
        first, whole = self._first(begin), replace(self, max_frames=None).count(end, begin)
        places = np.arange(count)
        if whole > count:
            places = np.floor((places + 0.5) * whole / count).astype(int)
        return self.start + (first + places) / self.fps

    def _first(self, begin: float) -> int:
        """The first place on the grid of ``fps``, which lies at ``start``, that is not before ``begin``."""
        return math.ceil((begin - self.start - TOLERANCE) * (self.fps or 0))

    def pick(self, name: str, times: npt.NDArray[np.float64], length: float) -> npt.NDArray[np.intp]:
        """Places of the wanted frames among ``times``, when all are in memory: the frame that shows at each wish."""
        end = self.end(name, length)
        inside = np.flatnonzero((times >= self.start - TOLERANCE) & (times < end))
        if not len(inside):
            raise ClipError(f"{name}: no frame begins between {self.start} s and {end} s; widen start and stop")
        if self.everything:
            return inside
        shown = np.searchsorted(times, self.wishes(end) + TOLERANCE, side="right") - 1
        return np.unique(np.clip(shown, inside[0], inside[-1]))


def make_request(
    fps: float | None, max_frames: int | None, start: float | None, stop: float | None, max_side: int | None, seek: str
) -> Request:
    """Check the arguments of `ferviz.load_clip`, naming the one that does not fit."""
    for name, value in (("fps", fps), ("start", start), ("stop", stop)):
        if value is not None:
            _number(name, value)
    if fps is not None and not 0 < fps <= _MAX_FPS:
        raise ValueError(f"fps must be above 0 and at most {_MAX_FPS} frames a second; got {fps}")
    for name, value in (("start", start), ("stop", stop)):
        if value is not None and value < 0:
            raise ValueError(f"{name} must be 0 or more seconds; got {value}")
    if stop is not None and (start or 0) >= stop:
        raise ValueError(f"start must lie before stop; got start {start or 0} s, stop {stop} s")
    for name, count in (("max_frames", max_frames), ("max_side", max_side)):
        if count is not None:
            _whole(name, count)
    if seek not in ("key", "exact"):
        raise ValueError(f"seek must be 'key' or 'exact'; got {seek!r:.200}")
    return Request(
        fps=None if fps is None else float(fps),
        max_frames=None if max_frames is None else int(max_frames),
        start=float(start or 0),
        stop=None if stop is None else float(stop),
        max_side=None if max_side is None else int(max_side),
        seek=cast('Literal["key", "exact"]', seek),
    )


def _number(name: str, value: Any) -> None:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number; got {type(value).__name__}")
    number(name, value)


def _whole(name: str, value: Any) -> None:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number; got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1; got {value}")
    whole(name, value, 1, _MOST)
