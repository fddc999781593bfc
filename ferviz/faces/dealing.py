"""What a set holds: who shows which emotion in which clip, dealt so that nothing else tells the emotion.

Each nuisance with few values (person, frames, rate, covers, talking, the side of a turn, faults, the intruder and its
strength) is dealt like cards: every emotion gets the same hand, as far as the numbers divide, shuffled by itself. Every
person is in as many clips of a part as any other, give or take one. All other chances (pose, light, hair, age …) are
drawn by seeds that do not know the emotion. People are disjoint between train, validation and test.

Where the course of an expression begins, and where the spoiling does, is dealt a person: the clips of one person divide
the round evenly, from a place drawn for that person. So every frame sees every moment of the course equally often, and
a person's clips say nothing of where it begins in another's: were it dealt over all, what the others leave over would
tell it.

What a part holds follows from the size, the seed and the part's name alone: a new part changes no byte of the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

import numpy as np

from ferviz.emotions import Emotion
from ferviz.faces import degrade
from ferviz.faces.cover import KINDS
from ferviz.faces.identity import dressed, sample_person
from ferviz.faces.parts import EMOTIONS, LOUD, PARTS, SIZES, Size
from ferviz.faces.plan import COVERING, NOISES, SPOILED, STRENGTHS, VOICED, Family, Plan

__all__ = ["SPLITS", "Entry", "deal", "deal_people", "deal_phases", "plan_set"]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
SHARD = 28  # clips a file
_APART = 1_000_000  # numbers of people: more of a split are taken without changing who the first ones are
_Value = TypeVar("_Value")


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
    phase: float | None
    spoil_phase: float | None
    faults: tuple[str, ...] | None
    other: str | None
    strength: float | None
    noise: float | None
    looks: int | None  # what draws hair, beard, makeup and clothes anew

    def plan(self, set_seed: int) -> Plan:
        """The plan of this clip."""
        person = sample_person(np.random.default_rng([set_seed, 1, self.identity]))
        if self.looks is not None:
            person = dressed(person, np.random.default_rng([set_seed, 3, self.looks]))
        return Plan(
            emotion=Emotion(self.emotion),
            person=person,
            seed=self.seed,
            family=self.family,
            frames=self.frames,
            rate=self.rate,
            size=self.pixels,
            quality=self.quality,
            covers=None if self.covers is None else tuple(self.covers),  # type: ignore[arg-type]
            yaw=self.yaw,
            talking=self.talking,
            phase=self.phase,
            spoil_phase=self.spoil_phase,
            faults=None if self.faults is None else tuple(self.faults),  # type: ignore[arg-type]
            other=None if self.other is None else Emotion(self.other),
            strength=self.strength,
            noise=self.noise,
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


def deal_people(rng: np.random.Generator, emotions: Sequence[str], people: Sequence[int]) -> list[int]:
    """Who is in each clip: every person in as many clips as any other, and in as many of each emotion, give or take
    one. The clips of one emotion after the other go to the people in turn."""
    kinds = sorted(set(emotions))
    labels = np.array(emotions)
    order = [i for kind in rng.permutation(kinds) for i in rng.permutation(np.flatnonzero(labels == kind))]
    turn, dealt = rng.permutation(people), [0] * len(emotions)
    for place, clip in enumerate(order):
        dealt[clip] = int(turn[place % len(turn)])
    return dealt


def deal_phases(rng: np.random.Generator, identity: Sequence[int], emotions: Sequence[str]) -> list[float]:
    """A place in the round for each clip, 0 to 1 (not included): a person's clips divide it evenly, from anywhere.

    Neutral clips divide it among themselves: they have no course, and would leave gaps in that of the others.
    """
    hands: dict[tuple[int, bool], list[int]] = {}
    for place, (who, emotion) in enumerate(zip(identity, emotions, strict=True)):
        hands.setdefault((who, emotion == str(Emotion.NEUTRAL)), []).append(place)
    dealt = np.zeros(len(identity))
    for _, clips in sorted(hands.items()):
        dealt[clips] = (rng.random() + rng.permutation(len(clips)) / len(clips)) % 1
    return [float(value) for value in dealt]


def _deal_others(rng: np.random.Generator, emotions: Sequence[str], family: Family) -> list[str | None]:
    """The other emotion of each clip: for patches any, else one that is neither the label nor neutral."""
    if family == "patch":
        return list(deal(rng, emotions, [str(e) for e in EMOTIONS]))
    if family not in ("off_label", "conflict"):
        return [None] * len(emotions)
    places = deal(rng, emotions, range(len(LOUD) - 1))
    barred = [[str(e) for e in LOUD if str(e) != emotion] for emotion in emotions]
    return [
        None if emotion == str(Emotion.NEUTRAL) else choice[place]
        for emotion, choice, place in zip(emotions, barred, places, strict=True)
    ]


def _deal_faults(rng: np.random.Generator, emotions: Sequence[str], family: Family) -> list[tuple[str, ...] | None]:
    """What spoils each clip: one kind, and in every other clip a second one."""
    if family not in SPOILED:
        return [None] * len(emotions)
    first = deal(rng, emotions, degrade.KINDS)
    second = deal(rng, emotions, [*degrade.KINDS, *[None] * len(degrade.KINDS)])
    return [(one,) if more is None else (one, more) for one, more in zip(first, second, strict=True)]


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
        raise ValueError(f"size must be one of {', '.join(SIZES)}; got {size!r:.200}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more; got {seed}")
    chosen, entries = SIZES[size], []
    for name, part in PARTS.items():
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        for place, split in enumerate(SPLITS):
            rng = np.random.default_rng([seed, 2, key, place])
            people = range(place * _APART, place * _APART + getattr(chosen, part.people)[place])
            entries += _deal_part(rng, chosen, name, split, people, part.counts(chosen)[place])
    return entries


def _deal_part(
    rng: np.random.Generator, size: Size, name: str, split: Split, people: Sequence[int], count: int
) -> list[Entry]:
    part = PARTS[name]
    family, labels = part.family, [str(e) for e in part.emotions]
    emotions = [labels[i % len(labels)] for i in range(count)]
    identity = deal_people(rng, emotions, people)
    dealt: dict[str, Sequence[Any]] = {
        "frames": deal(rng, emotions, part.frames or size.frames),
        "rate": deal(rng, emotions, (8.0,) if family in VOICED else (8.0, 10.0, 12.0)),
        "talking": deal(rng, emotions, (True, False, False)),
        "faults": _deal_faults(rng, emotions, family),
        "other": _deal_others(rng, emotions, family),
        "phase": deal_phases(rng, identity, emotions),
        "spoil_phase": deal_phases(rng, identity, emotions),
        "seed": [int(one) for one in rng.integers(2**31, size=count)],
        "identity": identity,
        "emotion": emotions,
    }
    kinds, side = deal(rng, emotions, COVERING if family == "covered_face" else KINDS), deal(rng, emotions, (-1, 1))
    turns, looks = rng.uniform(25, 45, count), rng.integers(2**31, size=count)
    strength, noise = deal(rng, emotions, STRENGTHS), deal(rng, emotions, NOISES)
    covered, intruded = name in ("covered", "covered_face"), family == "off_label"
    sorted_ = sorted(range(count), key=lambda i: (identity[i], i))  # people together: each is painted once a file
    return [
        Entry(
            file=f"{name}-{split}-{place // SHARD:04d}.npz",
            place=place % SHARD,
            part=name,
            split=split,
            family=family,
            pixels=size.pixels,
            quality=size.quality,
            covers=(kinds[i],) if covered else None,
            yaw=float(side[i] * turns[i]) if name == "turned" else None,
            strength=strength[i] if intruded and dealt["other"][i] else None,
            noise=noise[i] if family == "noisy_sound" else None,
            looks=int(looks[i]) if name == "identities" else None,
            **{key: values[i] for key, values in dealt.items()},
        )
        for place, i in enumerate(sorted_)
    ]
