"""From phonemes to the mouth: a shape for each sound, and how neighbouring shapes melt into one another.

The melting follows Cohen and Massaro, "Modeling coarticulation in synthetic visual speech" (1993,
doi:10.1007/978-4-431-66911-1_13): every sound pulls the face towards its shape, strongest while it lasts; the pulls are
averaged by their strength. Sounds that need the lips (m, b, p, f, v, w, u) pull hard, others give way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ferviz.faces.head import head
from ferviz.faces.voices.espeak import PAUSE
from ferviz.faces.voices.speech import Voice

__all__ = ["VISEMES", "Viseme", "mouth", "visemes"]


@dataclass(frozen=True)
class Viseme:
    """A mouth shape: ``name``, ``actions`` of the head with their activations, and ``pull``, its weight in the mean."""

    name: str
    actions: Mapping[str, float]
    pull: float = 1.0


def _viseme(name: str, pull: float = 1.0, **actions: float) -> Viseme:
    """``mouthPress`` without a side stands for left and right."""
    sides: dict[str, float] = {}
    for action, value in actions.items():
        if action in ("jawOpen", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthClose"):
            sides[action] = value
        else:
            sides |= {f"{action}Left": value, f"{action}Right": value}
    return Viseme(name, MappingProxyType(sides), pull)


# Activations after the prototype's measured table; a mouth that speaks opens less than one that shows surprise.
_SHAPES = {
    shape.name: shape
    for shape in (
        _viseme("rest"),
        _viseme("closed", 4.0, mouthPress=0.35, mouthRollLower=0.25, mouthRollUpper=0.1),  # p b m
        _viseme("lip to teeth", 2.5, mouthRollLower=0.55, mouthUpperUp=0.25, jawOpen=0.05),  # f v
        _viseme("rounded", 2.0, mouthPucker=0.8, jawOpen=0.08),  # w, as in two
        _viseme("rounded, half open", 1.5, mouthFunnel=0.45, mouthPucker=0.2, jawOpen=0.18),  # as in book, for
        _viseme("rounded, open", 1.3, mouthFunnel=0.45, jawOpen=0.3),  # as in shop
        _viseme("pushed out", 1.5, mouthFunnel=0.5, jawOpen=0.08),  # sh ch j
        _viseme("wide open", 1.4, jawOpen=0.38, mouthLowerDown=0.2),  # as in path
        _viseme("open", 1.2, jawOpen=0.3, mouthLowerDown=0.12, mouthStretch=0.1),  # as in bed, up
        _viseme("half open", 0.8, jawOpen=0.17, mouthLowerDown=0.06),  # as in about
        _viseme("spread", 1.1, mouthSmile=0.2, mouthStretch=0.28, jawOpen=0.12),  # as in see, it
        _viseme("teeth", 0.9, mouthStretch=0.12, mouthLowerDown=0.12, jawOpen=0.06),  # s z
        _viseme("tongue", 0.7, jawOpen=0.14, mouthLowerDown=0.06),  # t d n l th
        _viseme("back", 0.5, jawOpen=0.16),  # k g ng h
    )
}
_SOUNDS = {
    "rest": PAUSE,
    "closed": "p b m",
    "lip to teeth": "f v",
    "rounded": "w u",
    "rounded, half open": "ʊ o ɔ ɹ ɚ ɜ",
    "rounded, open": "ɒ",
    "pushed out": "ʃ ʒ tʃ dʒ",
    "wide open": "a æ ɑ",
    "open": "ɛ ʌ ɐ e",
    "half open": "ə",
    "spread": "i ɪ j ᵻ",
    "teeth": "s z",
    "tongue": "t d n l θ ð ɾ",
    "back": "k ɡ ŋ h x ʔ",
}

VISEMES: Mapping[str, Viseme] = MappingProxyType(
    {sound: _SHAPES[name] for name, sounds in _SOUNDS.items() for sound in sounds.split()}
)
"""Sound → mouth shape. Diphthongs and length are taken apart by `visemes`."""

_FADE = 0.020  # s: how fast a sound's pull fades outside its own time (standard deviation of a Gaussian)
_AFFRICATES = ("tʃ", "dʒ")


def visemes(phonemes: Iterable[tuple[str, float, float]]) -> tuple[tuple[Viseme, float, float], ...]:
    """The mouth's timeline: (shape, start, stop) in seconds, a diphthong as two shapes of equal length.

    Raises
    ------
    ValueError
        For a symbol that no shape is known for, naming it.
    """
    timeline = []
    for symbol, start, stop in phonemes:
        parts = _parts(symbol)
        bounds = np.linspace(start, stop, len(parts) + 1).tolist()
        timeline += [(VISEMES[part], a, b) for part, a, b in zip(parts, bounds[:-1], bounds[1:], strict=True)]
    return tuple(timeline)


def _parts(symbol: str) -> list[str]:
    if symbol == PAUSE or symbol in _AFFRICATES:
        return [symbol]
    parts = [letter for letter in symbol if letter not in "ː\u0329"]  # length, and the mark of a syllabic consonant
    unknown = [letter for letter in parts if letter not in VISEMES]
    if unknown or not parts:
        raise ValueError(f"phonemes must be English IPA symbols or {PAUSE!r}; got {symbol!r:.200}")
    return parts


def mouth(voice: Voice, times: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """What the mouth does while ``voice`` speaks.

    Parameters
    ----------
    voice : Voice
        For a clip in which the voice alone carries the emotion, give ``neutral_reading(voice)``: else the face would
        show the speech rate, which the emotion changes.
    times : array (T,)
        Seconds from the beginning of the audio; before it and after it the mouth is at rest.

    Returns
    -------
    float32 array (T, 52)
        Activations of the head's actions, 0 to 1, to be added to those of the expression.
    """
    moments = np.asarray(times, float)
    if moments.ndim != 1 or not np.isfinite(moments).all():
        raise ValueError(f"times must be finite seconds of shape (T,); got shape {moments.shape}")
    timeline = visemes(voice.phonemes)
    places = head().action_index
    shapes = np.zeros((len(timeline), len(places)))
    for row, (shape, _, _) in zip(shapes, timeline, strict=True):
        for action, value in shape.actions.items():
            row[places[action]] = value
    pull, start, stop = (np.array(v) for v in zip(*[(s.pull, a, b) for s, a, b in timeline], strict=True))
    start[0], stop[-1] = -np.inf, np.inf  # the pauses around the speech never end
    away = np.maximum(0, np.maximum(start - moments[:, None], moments[:, None] - stop))  # (T, sounds) s
    weight = pull * np.exp(-0.5 * (away / _FADE) ** 2)
    return (weight @ shapes / weight.sum(1, keepdims=True)).astype(np.float32)
