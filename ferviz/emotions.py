"""The vocabulary of emotions as a type, so that label-order bugs cannot be written.

A class index means nothing without the set that it counts in: 3 is happiness in FER2013, surprise in AffectNet and
disgust in RAF-DB. Functions of ferviz therefore pass `Emotion` values and `LabelSet`s, never bare indices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

__all__ = ["LABEL_SETS", "Conversion", "Emotion", "LabelSet"]
__dir__ = __all__.copy  # completion offers what is public, not what this module imports

_SPELLINGS = {
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "happy": "happiness",
    "joy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
}


class Emotion(StrEnum):
    """One of the eight words that annotators choose from. ``Emotion("happy")`` is ``Emotion("Happiness")``.

    Examples
    --------
    >>> Emotion("Sad")
    <Emotion.SADNESS: 'sadness'>
    """

    ANGER = "anger"
    CONTEMPT = "contempt"
    DISGUST = "disgust"
    FEAR = "fear"
    HAPPINESS = "happiness"
    NEUTRAL = "neutral"
    SADNESS = "sadness"
    SURPRISE = "surprise"

    @classmethod
    def _missing_(cls, value: object) -> Emotion:
        word = str(value).strip().lower()
        word = _SPELLINGS.get(word, word)
        for member in cls:
            if member.value == word:
                return member
        raise ValueError(f"emotion must be one of {', '.join(cls)}; got {value!r:.200}")


@dataclass(frozen=True)
class LabelSet:
    """An ordered set of emotions: the meaning of each place on a model's output axis.

    Parameters
    ----------
    name : str
        The data set or convention that the order belongs to.
    emotions : tuple of Emotion
        In the order of the output axis, each once.
    codes : mapping of int or str to Emotion, optional
        The data set's own class codes, as its files write them. Two codes may mean one emotion (RAVDESS has "calm").
    note : str, optional
        What the set itself already leaves out or merges; every conversion from it says so.

    Examples
    --------
    >>> [str(e) for e in LABEL_SETS["FER2013"]][:3]
    ['anger', 'disgust', 'fear']
    >>> LABEL_SETS["RAF-DB"].decode(3)
    <Emotion.DISGUST: 'disgust'>
    """

    name: str
    emotions: tuple[Emotion, ...]
    codes: Mapping[int | str, Emotion] = field(default_factory=dict, compare=False, repr=False)
    note: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        emotions = tuple(Emotion(e) for e in self.emotions)
        if not emotions:
            raise ValueError(f"label set {self.name!r}: emotions must name at least one emotion; got none")
        if len(set(emotions)) != len(emotions):
            raise ValueError(f"label set {self.name!r}: each emotion may stand once; got {', '.join(emotions)}")
        codes = {code: Emotion(e) for code, e in self.codes.items()}
        strangers = sorted(set(codes.values()) - set(emotions))
        if strangers:
            raise ValueError(f"label set {self.name!r}: codes name {', '.join(strangers)}, which is not in the set")
        object.__setattr__(self, "emotions", emotions)
        object.__setattr__(self, "codes", MappingProxyType(codes))

    def __iter__(self) -> Iterator[Emotion]:
        return iter(self.emotions)

    def __len__(self) -> int:
        return len(self.emotions)

    def __contains__(self, emotion: object) -> bool:
        try:
            return Emotion(str(emotion)) in self.emotions
        except ValueError:
            return False

    def __getitem__(self, place: int) -> Emotion:
        return self.emotions[place]

    def __reduce__(self) -> tuple[Any, ...]:
        # a mapping proxy cannot be copied by pickle
        return type(self), (self.name, self.emotions, dict(self.codes), self.note)

    def index(self, emotion: Emotion | str) -> int:
        """The place of ``emotion`` on the output axis. Raises ValueError when it is not in the set."""
        emotion = Emotion(emotion)
        if emotion not in self.emotions:
            raise ValueError(f"{self.name} has no {emotion}; it has {', '.join(self)}")
        return self.emotions.index(emotion)

    def decode(self, code: int | str) -> Emotion:
        """The emotion behind a class code as the data set's files write it. Raises ValueError for an unknown code."""
        if code not in self.codes:
            known = ", ".join(f"{c!r}" for c in self.codes) or "none"
            raise ValueError(f"code must be one that {self.name} uses ({known}); got {code!r:.200}")
        return self.codes[code]

    def to(self, other: LabelSet) -> Conversion:
        """How a distribution over this set becomes one over ``other``, and what is lost on the way."""
        return Conversion(self, other)


@dataclass(frozen=True)
class Conversion:
    """From one label set to another: places are moved by name, and what does not fit is said."""

    source: LabelSet
    target: LabelSet

    @property
    def dropped(self) -> tuple[Emotion, ...]:
        """Emotions of the source that the target cannot say: their probability is lost."""
        return tuple(e for e in self.source if e not in self.target)

    @property
    def missing(self) -> tuple[Emotion, ...]:
        """Emotions of the target that the source never said: they always get 0."""
        return tuple(e for e in self.target if e not in self.source)

    def __call__(self, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Convert distributions.

        Parameters
        ----------
        probability : array (..., len(source))
            Distributions over the source set (each sums to 1), or counts of votes.

        Returns
        -------
        converted : array (..., len(target))
            The shared part scaled up to the same sum; NaN where nothing of the distribution was shared.
        lost : array (...)
            The share, 0 to 1, that stood on dropped emotions.
        """
        values = np.asarray(probability, dtype=np.float64)
        if values.ndim == 0 or values.shape[-1] != len(self.source):
            raise ValueError(
                f"probability must end in an axis of {len(self.source)} ({self.source.name}); got shape {values.shape}"
            )
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError("probability must be finite and not negative")
        moved = np.zeros((*values.shape[:-1], len(self.target)))
        for place, emotion in enumerate(self.target):
            if emotion in self.source:
                moved[..., place] = values[..., self.source.index(emotion)]
        total, kept = values.sum(-1), moved.sum(-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            lost = np.where(total > 0, 1 - kept / total, np.nan)
            scaled = np.where(kept[..., None] > 0, moved * (total / kept)[..., None], np.nan)
        return scaled, np.clip(lost, 0, 1)

    def __str__(self) -> str:
        parts = [f"{self.source.name} → {self.target.name}"]
        if self.dropped:
            parts.append(f"lost: {', '.join(self.dropped)}")
        if self.missing:
            parts.append(f"never said: {', '.join(self.missing)}")
        if len(parts) == 1:
            parts.append("nothing is lost")
        if self.source.note:
            parts.append(f"before that, {self.source.note}")
        return "; ".join(parts)


def _numbered(name: str, words: str, first: int = 0, note: str = "") -> LabelSet:
    """A set whose files count its classes from ``first``."""
    emotions = tuple(Emotion(w) for w in words.split())
    return LabelSet(name, emotions, dict(enumerate(emotions, first)), note)


_CREMAD = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}

LABEL_SETS: Mapping[str, LabelSet] = MappingProxyType(
    {
        s.name: s
        for s in (
            _numbered("FER2013", "anger disgust fear happiness sadness surprise neutral"),
            _numbered(
                "FER+",
                "neutral happiness surprise sadness anger disgust fear contempt",
                note='the votes "unknown" and "not a face" were left out',
            ),
            _numbered("AffectNet-7", "neutral happiness sadness surprise fear disgust anger"),
            _numbered("AffectNet-8", "neutral happiness sadness surprise fear disgust anger contempt"),
            _numbered("RAF-DB", "surprise fear disgust happiness sadness anger neutral", first=1),
            # CK+ codes 0 = neutral, but none of its 327 labelled sequences carries it
            _numbered("CK+", "anger contempt disgust fear happiness sadness surprise", first=1),
            LabelSet(
                "AFEW",
                tuple(Emotion(w) for w in "anger disgust fear happiness neutral sadness surprise".split()),
                {w: Emotion(w) for w in "Angry Disgust Fear Happy Neutral Sad Surprise".split()},
            ),
            LabelSet(
                "CREMA-D",
                tuple(Emotion(w) for w in _CREMAD.values()),
                {code: Emotion(w) for code, w in _CREMAD.items()},
            ),
            LabelSet(
                "RAVDESS",
                tuple(Emotion(w) for w in "neutral happiness sadness anger fear disgust surprise".split()),
                {
                    code: Emotion(w)
                    for code, w in zip(
                        ("01", "02", "03", "04", "05", "06", "07", "08"),
                        "neutral neutral happiness sadness anger fear disgust surprise".split(),
                        strict=True,
                    )
                },
                'its code 02, "calm", which its authors added as a second baseline, was read as neutral',
            ),
        )
    }
)
