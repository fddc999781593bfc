"""A clip's sound on its way to the browser, which plays it in step with the pictures."""

from __future__ import annotations

from typing import Any

from ferviz.clip import Clip
from ferviz.streams import wav

__all__ = ["LONGEST", "voice"]

LONGEST = 60
"""Seconds of sound that a page holds at most: two megabytes."""


def voice(clip: Clip) -> dict[str, Any] | None:
    """The sound of a clip: how many ``seconds`` it lasts, and the file ``wav``, or ``why`` there is none.

    None for a clip without sound. A sound is sent whole or not at all.

    Examples
    --------
    >>> from ferviz import sample
    >>> voice(sample("fear-moving")) is None
    True
    """
    if clip.audio is None or clip.sample_rate is None or not len(clip.audio):
        return None
    seconds = len(clip.audio) / clip.sample_rate
    told: dict[str, Any] = {"seconds": round(seconds, 4), "wav": None, "why": ""}
    if seconds > LONGEST:
        return told | {"why": f"The sound is not played: it lasts {seconds:.0f} s, and a page holds {LONGEST} at most."}
    return told | {"wav": wav(clip.audio, clip.sample_rate)}
