"""What a set holds: who shows which emotion in which clip, dealt so that nothing else tells the emotion.

Each nuisance with few values (person, frames, rate, covers, talking, the side of a turn) is dealt like cards: every
emotion gets the same hand, as far as the numbers divide, shuffled by itself. All others (pose, light, hair, age …) are
drawn by seeds that do not know the emotion. People are disjoint between train, validation and test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import numpy as np

from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.faces.cover import KINDS
from ferviz.faces.identity import sample_person
from ferviz.faces.plan import VOICED, Family, Plan

__all__ = ["SIZES", "SPLITS", "VERSION", "Entry", "Size", "plan_set"]

VERSION = "1"
"""Of the generator's settings: everything that decides how a clip looks. Frozen before a model is measured."""

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
EMOTIONS = tuple(LABEL_SETS["FER2013"])
SHARD = 28  # clips a file
_Value = TypeVar("_Value")
Counts = tuple[int, int, int]


@dataclass(frozen=True)
class Size:
    """A set's size: people a split, clips a part and split (multiples of 7 divide evenly), frames to deal, pixels."""

    people: Counts
    stills: Counts  # for stills as they come, and half as many for covered and for turned faces
    clips: Counts  # for each family
    voiced: Counts  # for agreeing voices, and for conflicts
    planted: Counts  # for each planted family
    frames: tuple[int, ...]
    pixels: int
    quality: Literal["full", "fast"] = "full"


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "seconds": Size((4, 2, 2), (14, 14, 14), (7, 7, 7), (0, 0, 0), (0, 0, 0), (8,), 48, "fast"),
        "small": Size((60, 20, 20), (420, 140, 140), (140, 35, 70), (35, 14, 14), (35, 14, 14), (10, 12), 64),
        "standard": Size(
            (600, 90, 160), (4200, 700, 1050), (630, 70, 350), (420, 70, 140), (280, 70, 140), (14, 16, 18), 64
        ),
        "large": Size(
            (3000, 300, 400),
            (21000, 2100, 2800),
            (7000, 700, 1050),
            (3500, 350, 420),
            (1400, 140, 210),
            (16, 20, 24),
            64,
        ),
    }
)


@dataclass(frozen=True)
class Entry:
    """One clip of a set: where it is stored, and all that is needed to make it."""

    file: str
    place: int  # in the file
    part: str
    split: Split
    identity: int
    emotion: str
    seed: int
    family: Family
    frames: int
    rate: float
    pixels: int
    quality: Literal["full", "fast"]
    covers: tuple[str, ...] | None
    yaw: float | None
    talking: bool | None

    def plan(self, set_seed: int) -> Plan:
        """The plan of this clip."""
        person = sample_person(np.random.default_rng([set_seed, 1, self.identity]))
        return Plan(
            emotion=Emotion(self.emotion),
            person=person,
            seed=self.seed,
            family=self.family,
            frames=self.frames,
            rate=self.rate,
            size=self.pixels,
            quality=self.quality,
            covers=self.covers,  # type: ignore[arg-type]
            yaw=self.yaw,
            talking=self.talking,
        )

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def deal(rng: np.random.Generator, emotions: Sequence[str], values: Sequence[_Value]) -> list[_Value]:
    """One of ``values`` for each clip, so that each emotion gets each value equally often, as far as the numbers
    divide; what is left over goes to chance."""
    dealt: list[Any] = [None] * len(emotions)
    for emotion in sorted(set(emotions)):
        places = [i for i, e in enumerate(emotions) if e == emotion]
        whole, rest = divmod(len(places), len(values))
        hand = list(range(len(values))) * whole + list(rng.permutation(len(values))[:rest])
        for place, card in zip(places, rng.permutation(hand), strict=True):
            dealt[place] = values[int(card)]
    return dealt


def _parts(size: Size) -> dict[str, tuple[Family, Counts]]:
    halves = tuple(n // 14 * 7 for n in size.stills)
    half: Counts = (halves[0], halves[1], halves[2])
    parts: dict[str, tuple[Family, Counts]] = {
        "stills": ("still", size.stills),
        "covered": ("still", half),
        "turned": ("still", half),
    }
    clips: tuple[Family, ...] = ("intensity", "degraded", "off_label")
    voiced: tuple[Family, ...] = ("agree", "conflict")
    planted: tuple[Family, ...] = ("upper", "lower", "one_frame", "patch", "face_only", "voice_only")
    for families, counts in ((clips, size.clips), (voiced, size.voiced), (planted, size.planted)):
        parts.update({family: (family, counts) for family in families})
    return parts


def plan_set(size: str, seed: int) -> list[Entry]:
    """All clips of a set, file by file.

    Parameters
    ----------
    size : str
        One of `SIZES`.
    seed : int
        Not negative.

    Raises
    ------
    ValueError
        For an unknown size or a negative seed.
    """
    if size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}; got {size!r}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more; got {seed}")
    chosen, entries = SIZES[size], []
    for order, (part, (family, counts)) in enumerate(_parts(chosen).items()):
        for place, split in enumerate(SPLITS):
            rng = np.random.default_rng([seed, 2, order, place])
            first = sum(chosen.people[:place])
            people = range(first, first + chosen.people[place])
            entries += _deal_part(rng, chosen, part, family, split, people, counts[place])
    return entries


def _deal_part(
    rng: np.random.Generator, size: Size, part: str, family: Family, split: Split, people: Sequence[int], count: int
) -> list[Entry]:
    # neutral faces conflict with nothing: their voice would carry the only emotion
    labels = [str(e) for e in EMOTIONS if family != "conflict" or e is not Emotion.NEUTRAL]
    emotions = [labels[i % len(labels)] for i in range(count)]
    identity = deal(rng, emotions, people)
    frames = deal(rng, emotions, _frames(size, family))
    rate = deal(rng, emotions, (8.0,) if family in VOICED else (8.0, 10.0, 12.0))
    talking = deal(rng, emotions, (True, False, False))
    kind = deal(rng, emotions, KINDS)
    side = deal(rng, emotions, (-1, 1))
    seeds, turns = rng.integers(2**31, size=count), rng.uniform(25, 45, count)
    sorted_ = sorted(range(count), key=lambda i: (identity[i], i))  # people together: each is painted once a file
    return [
        Entry(
            file=f"{part}-{split}-{place // SHARD:04d}.npz",
            place=place % SHARD,
            part=part,
            split=split,
            identity=identity[i],
            emotion=emotions[i],
            seed=int(seeds[i]),
            family=family,
            frames=frames[i],
            rate=rate[i],
            pixels=size.pixels,
            quality=size.quality,
            covers=(kind[i],) if part == "covered" else None,
            yaw=float(side[i] * turns[i]) if part == "turned" else None,
            talking=talking[i],
        )
        for place, i in enumerate(sorted_)
    ]


def _frames(size: Size, family: Family) -> tuple[int, ...]:
    if family == "still":
        return (1,)
    return (38, 42) if family in VOICED else size.frames  # at 8 a second, long enough for the slowest voice
