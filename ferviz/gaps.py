"""Why a frame has no face that can be used, in words: none, one too small, or the one that was followed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Face, Gap
from ferviz.detection import Detector, look

__all__ = ["gaps", "nothing_found"]

Array = npt.NDArray[Any]

TOLD_APART = 0.5  # frames without a face are searched again down to this share of the minimum, to name small faces


@dataclass(frozen=True)
class _Missing:
    """Why one frame has no usable face; ``pixels`` is the side of a face that was too small."""

    kind: Literal["none", "lost", "small"]
    pixels: int = 0


def gaps(
    clip: Clip,
    found: Sequence[Sequence[Face]],
    followed: Sequence[Face | None],
    minimum: float,
    detector: Detector,
    *,
    turn: int = 0,
    every: int = 1,
    small: dict[int, int] | None = None,
) -> list[Gap]:
    """A gap for each run of frames that miss the face for the same reason.

    Whether a face was too small is asked of ``every``-th frame of a run without one; those between take the answer of
    the frame before. ``small`` keeps the answers by frame, in pixels (0: none was found), so that none is asked twice.
    """
    small = {} if small is None else small
    why: list[_Missing | None] = [None] * len(clip)
    asked = -every
    for i in np.flatnonzero(clip.usable()).tolist():
        if followed[i] is not None:
            continue
        if found[i]:
            why[i] = _Missing("lost")
            continue
        before = why[i - 1] if i else None
        if before is None or before.kind == "lost" or i - asked >= every:
            if i not in small:
                small[i] = _too_small(clip.frames[i], minimum, detector, turn)
            before, asked = _Missing("small", small[i]) if small[i] else _Missing("none"), i
        why[i] = before
    made = []
    for kind, run in groupby(range(len(clip)), key=lambda i: None if (w := why[i]) is None else w.kind):
        frames = list(run)
        if kind is not None:
            pixels = sorted({w.pixels for i in frames if (w := why[i]) is not None})
            made.append(Gap("frames", frames[0], frames[-1] + 1, _reason(kind, len(frames), pixels, minimum)))
    return made


def _reason(kind: str, frames: int, pixels: Sequence[int], minimum: float) -> str:
    if kind == "none":
        return "no face found"
    if kind == "lost":
        return f"the followed face was lost: {frames} frame{'s' * (frames > 1)}"
    span = f"{pixels[0]} px" if len(pixels) == 1 else f"{pixels[0]} to {pixels[-1]} px"
    return f"face too small: {span}, where {minimum:g} px is the minimum"


def _too_small(picture: Array, minimum: float, detector: Detector, turn: int = 0) -> int:
    """The side in pixels of a face below the minimum, 0 where there is none or a larger one.

    The LBP cascade's small boxes are too often false.
    """
    if detector == "lbp" or minimum * TOLD_APART < 12:
        return 0
    sides = [float((face.box[2:] - face.box[:2]).max()) for face in look(picture, minimum * TOLD_APART, turn=turn)]
    small = [side for side in sides if side < minimum]  # a larger one, missed at first, is not missing for its size
    return int(small[0]) if small else 0


def nothing_found(clip: Clip, minimum: float, detector: Detector, turn: int | None = None) -> tuple[str, str]:
    """What was looked for in vain and what to do about the picture; and what follows for who can pass arguments."""
    frames = clip.frames[clip.usable()]
    where = f"{clip.source} ({len(clip)} frame{'s' * (len(clip) > 1)} of {clip.width}×{clip.height})"
    if not len(frames):
        return f"no face could be looked for: every frame of {where} lies in a gap already ({clip.gaps[0].reason})", ""
    if max(clip.width, clip.height) < minimum:
        fits = ", or pass a smaller minimum" if max(clip.width, clip.height) >= 12 else ""
        return f"no face of at least {minimum:g} px fits into {where}: take a larger picture", fits
    if (frames == frames[:, :1, :1]).all():
        return f"no face found in {where}: it is all one colour (what is transparent is laid over white)", ""
    looks = [_too_small(frame, minimum, detector, turn or 0) for frame in frames[:: max(1, len(frames) // 8)]]
    if small := [pixels for pixels in looks if pixels]:
        found = f"no face of at least {minimum:g} px found in {where}, but one of about {max(small)} px"
        return f"{found}: take a larger picture", f", or pass minimum={max(12, round(max(small) * 0.75))}"
    other = "lbp" if detector == "mtcnn" else "mtcnn"
    turns = "quarter turns were tried" if turn is None else f"only turn={turn} was looked at"
    return (
        f"no face found in {where}. Try a larger or brighter picture with the face uncovered and upright ({turns})",
        f"; or a smaller minimum than {minimum:g} px; or detector={other!r}{'' if turn is None else '; or turn=None'}",
    )
