"""The parts that a set may have and the sizes that it comes in: how many clips, people, frames and pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ferviz.emotions import LABEL_SETS, Emotion

if TYPE_CHECKING:  # else whoever opens a sample would load what draws faces, and numba
    from ferviz.faces.plan import Family

__all__ = ["EMOTIONS", "LOUD", "PARTS", "SIZES", "VERSION", "Part", "Size"]

VERSION = "2"
"""Of the generator's settings: everything that decides how a clip looks. Frozen before a model is measured."""

EMOTIONS = tuple(LABEL_SETS["FER2013"])
LOUD = tuple(emotion for emotion in EMOTIONS if emotion is not Emotion.NEUTRAL)
Counts = tuple[int, int, int]  # for training, validation and test


@dataclass(frozen=True)
class Part:
    """A part of a set. ``size`` is the field of `Size` that counts its clips, ``share`` how many of them it has;
    ``people`` the field that counts its people; ``frames`` stands in for the frames that the size deals."""

    family: Family
    size: str
    share: float = 1.0
    people: str = "people"
    frames: tuple[int, ...] = ()
    emotions: tuple[Emotion, ...] = EMOTIONS

    def counts(self, size: Size) -> Counts:
        """Clips a split: a multiple of 7 where the share is not 1."""
        many: Counts = getattr(size, self.size)
        if self.share == 1:
            return many
        train, validation, test = (int(self.share * n / 7) * 7 for n in many)
        return train, validation, test


_SPOKEN = (38, 42)  # frames at 8 a second, long enough for the slowest voice
PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "stills": Part("still", "stills", frames=(1,)),
        "covered": Part("still", "stills", 0.5, frames=(1,)),
        "turned": Part("still", "stills", 0.5, frames=(1,)),
        "identities": Part("still", "faces", people="identities", frames=(1,)),
        "intensity": Part("intensity", "clips"),
        "degraded": Part("degraded", "clips"),
        "off_label": Part("off_label", "clips"),
        "all_tell": Part("all_tell", "clips"),
        "neutral_spoiled": Part("neutral_spoiled", "clips", 0.5, emotions=(Emotion.NEUTRAL,)),
        "agree": Part("agree", "voiced", frames=_SPOKEN),
        # neutral faces conflict with nothing: their voice would carry the only emotion
        "conflict": Part("conflict", "voiced", frames=_SPOKEN, emotions=LOUD),
        "noisy_sound": Part("noisy_sound", "voiced", frames=_SPOKEN),
        "covered_face": Part("covered_face", "voiced", frames=_SPOKEN),
        "sound_only": Part("sound_only", "voiced", frames=(0,)),
        "upper": Part("upper", "planted"),
        "lower": Part("lower", "planted"),
        "one_frame": Part("one_frame", "planted"),
        "patch": Part("patch", "planted"),
        "face_only": Part("face_only", "planted", frames=_SPOKEN),
        "voice_only": Part("voice_only", "planted", frames=_SPOKEN),
    }
)
"""The parts of a set by name. One stream of a clip is neutral in "face_only" and "voice_only"; "identities" has many
people, with other hair and clothes in each of their faces."""


@dataclass(frozen=True)
class Size:
    """A set's size: people a split, clips a part and split (multiples of 7 divide evenly), frames to deal, pixels."""

    people: Counts
    stills: Counts  # for stills as they come, and half as many for covered and for turned faces
    clips: Counts  # for each family
    voiced: Counts  # for each family in which both streams tell, or sound alone
    planted: Counts  # for each planted family
    identities: Counts  # people of the part of that name, seven faces each
    frames: tuple[int, ...]
    pixels: int
    quality: Literal["full", "fast"] = "full"

    @property
    def faces(self) -> Counts:
        """Faces of the part "identities"."""
        train, validation, test = (7 * n for n in self.identities)
        return train, validation, test


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "seconds": Size((4, 2, 2), (14, 14, 14), (7, 7, 7), (0, 0, 0), (0, 0, 0), (2, 1, 1), (10,), 48, "fast"),
        "small": Size(
            (60, 20, 20), (420, 140, 140), (140, 35, 70), (35, 14, 14), (35, 14, 14), (60, 20, 20), (10, 12), 64
        ),
        "medium": Size(
            (240, 40, 80),
            (1680, 280, 420),
            (280, 35, 280),
            (140, 28, 49),
            (105, 21, 56),
            (300, 40, 60),
            (12, 14, 16),
            64,
        ),
        "standard": Size(
            (600, 90, 160),
            (4200, 700, 1050),
            (630, 70, 700),
            (420, 70, 140),
            (280, 70, 140),
            (1500, 100, 200),
            (14, 16, 18),
            64,
        ),
        "large": Size(
            (3000, 300, 400),
            (21000, 2100, 2800),
            (7000, 700, 1050),
            (3500, 350, 420),
            (1400, 140, 210),
            (6000, 400, 600),
            (16, 20, 24),
            64,
        ),
    }
)
