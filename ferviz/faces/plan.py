"""What is decided before a clip is made: its family, and every chance that must not know of the emotion.

The families, one flag each, so that frames, places and streams differ in worth in known ways:

- ``still``: one frame.
- ``intensity``: the expression comes and goes, once or twice; nothing else is wrong with the frames.
- ``degraded``: some frames are spoiled (`ferviz.faces.degrade`): blurred, dark, covered by a passing hand or patch,
  with the eyes closed, the head turned away, or the face cut off. When does not depend on what the face shows.
- ``off_label``: 15 to 35 % of the frames show *another* emotion, an intruder that comes and goes, at a strength of 0.4
  to 1; the label lasts longest.
- ``all_tell``: every frame shows the label at 0.8 or more, so that weights have nothing to win.
- ``neutral_spoiled``: neutral faces, with some frames spoiled as in ``degraded``.
- ``agree``, ``face_only``, ``voice_only``, ``conflict``: with a voice. Face and voice carry the label; or one does and
  the other is neutral; or the face carries the label and the voice another emotion.
- ``noisy_sound``, ``covered_face``: face and voice agree, but there is noise in the sound, or the face is covered.
- ``sound_only``: a voice without pictures.
- ``upper``, ``lower``, ``one_frame``, ``patch``: one place alone carries the label: the upper or the lower half of the
  face, one frame, or a coloured patch in a corner while the face shows any emotion. ``face_only`` and ``voice_only``
  belong here too.

In a clip the course of the expression goes round and starts anywhere (``phase``), and so does the spoiling
(``spoil_phase``): every frame sees every moment of it equally often, and its number tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ferviz.arguments import number, whole
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.faces import degrade
from ferviz.faces.cover import KINDS, Cover, Kind, draw_cover
from ferviz.faces.identity import Person
from ferviz.faces.scene import Camera, Scene, sample_scene

__all__ = [
    "COVERING",
    "FAMILIES",
    "NOISES",
    "PLANTED",
    "SPOILED",
    "STRENGTHS",
    "VOICED",
    "Family",
    "Plan",
    "draw_scene",
]

Family = Literal[
    "still",
    "intensity",
    "degraded",
    "off_label",
    "all_tell",
    "neutral_spoiled",
    "agree",
    "face_only",
    "voice_only",
    "conflict",
    "noisy_sound",
    "covered_face",
    "sound_only",
    "upper",
    "lower",
    "one_frame",
    "patch",
]
FAMILIES: tuple[Family, ...] = get_args(Family)
VOICED: tuple[Family, ...] = (
    "agree",
    "face_only",
    "voice_only",
    "conflict",
    "noisy_sound",
    "covered_face",
    "sound_only",
)
SPOILED: tuple[Family, ...] = ("degraded", "neutral_spoiled")
PLANTED: tuple[Family, ...] = ("upper", "lower", "one_frame", "patch", "face_only", "voice_only")
SHORTEST = 10  # frames of an off-label clip: fewer cannot hold two emotions in the shares that are promised
COVERING: tuple[Kind, ...] = ("sunglasses", "mask", "scarf", "hand", "patch")
"""What covers the face of a ``covered_face`` clip."""
STRENGTHS = (0.4, 0.6, 0.8, 1.0)
"""Of intruders."""
NOISES = (20.0, 10.0, 0.0, -10.0)
"""Levels in dB at which an average voice stands above the noise of a ``noisy_sound`` clip."""

_NUMBERS: Mapping[str, tuple[Callable[[float], bool], str]] = {  # parameters of a plan: what fits, in words too
    "rate": (lambda x: 1 <= x <= 100, "1 to 100 frames a second"),
    "peak": (lambda x: 0 < x <= 1, "above 0, at most 1"),
    "strength": (lambda x: 0 < x <= 1, "above 0, at most 1"),
    "phase": (lambda x: 0 <= x < 1, "from 0 to 1, without 1"),
    "spoil_phase": (lambda x: 0 <= x < 1, "from 0 to 1, without 1"),
    "noise": (lambda x: -40 <= x <= 60, "-40 to 60 dB"),
}

# Measured on 14 people: MTCNN's box, made square, has 1.19 of the side of the face's box, and its middle is higher
CROP, RAISED = 1.19, 0.115


@dataclass(frozen=True)
class Plan:
    """A clip that can be made: the same plan gives the same bytes.

    Parameters
    ----------
    emotion : Emotion
        The label.
    person : Person
    seed : int
        All luck of the clip but the person.
    family : str
        One of `FAMILIES`.
    frames : int
        T; 1 for stills, 0 for ``sound_only``, at least 10 for off-label clips.
    rate : float
        Frames a second.
    size : int
        Pixels of a side.
    quality : "full" or "fast"
    peak : float, optional
        The expression's largest intensity, 0 to 1; drawn from 0.5 to 1, four fifths of them 0.8 or more, unless
        given.
    other : Emotion, optional
        The other emotion of an off-label or conflict clip, and what the face shows in a ``patch`` clip.
    covers : tuple of str, optional
        Kinds of covers that stay throughout; drawn unless given, none in the planted families.
    yaw : float, optional
        Degrees that the face is turned on average; drawn unless given.
    talking : bool, optional
        Whether a mouth without a voice talks; a third of them do unless given.
    scene : Scene, optional
        Where the person is seen, with its covers and camera as they are; drawn unless given.
    phase, spoil_phase : float, optional
        Where in its round the expression's course stands at the first frame, and how far into the clip the first fault
        begins, 0 to 1 (not included); drawn unless given.
    faults : tuple of str, optional
        What spoils the frames of a ``degraded`` or ``neutral_spoiled`` clip: kinds of `ferviz.faces.degrade`; one or
        two are drawn unless given.
    strength : float, optional
        How strong the intruder of an off-label clip is at most, 0 to 1; one of `STRENGTHS` is drawn unless given.
    noise : float, optional
        dB that an average voice stands above the noise of a ``noisy_sound`` clip; one of `NOISES` is drawn unless
        given.

    Raises
    ------
    ValueError
        Naming the parameter, what came and what would fit.
    """

    emotion: Emotion
    person: Person
    seed: int = 0
    family: Family = "intensity"
    frames: int = 16
    rate: float = 10.0
    size: int = 64
    quality: Literal["full", "fast"] = "full"
    peak: float | None = None
    other: Emotion | None = None
    covers: tuple[Kind, ...] | None = None
    yaw: float | None = None
    talking: bool | None = None
    scene: Scene | None = None
    phase: float | None = None
    spoil_phase: float | None = None
    faults: tuple[degrade.Kind, ...] | None = None
    strength: float | None = None
    noise: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.person, Person):
            raise TypeError(f"person must be a Person; got {type(self.person).__name__}")
        for name, lowest in (("seed", 0), ("frames", 0), ("size", 1)):
            whole(name, getattr(self, name), lowest)
        object.__setattr__(self, "emotion", Emotion(self.emotion))
        if self.other is not None:
            object.__setattr__(self, "other", Emotion(self.other))
        if self.family not in FAMILIES:
            raise ValueError(f"family must be one of {', '.join(FAMILIES)}; got {self.family!r:.200}")
        fixed = {"still": 1, "sound_only": 0}.get(self.family)
        least = SHORTEST if self.family == "off_label" else 2
        if self.frames != fixed if fixed is not None else self.frames < least:
            wanted = f"{fixed}" if fixed is not None else f"{least} or more"
            raise ValueError(f"frames of a clip of the family {self.family!r} must be {wanted}; got {self.frames}")
        if self.family == "neutral_spoiled" and self.emotion is not Emotion.NEUTRAL:
            raise ValueError(f"emotion of the family 'neutral_spoiled' must be neutral; got {self.emotion}")
        for name, (fits, wanted) in _NUMBERS.items():
            if getattr(self, name) is not None:
                number(name, getattr(self, name), wanted, fits)
        if self.family in ("off_label", "conflict") and self.other in (self.emotion, Emotion.NEUTRAL):
            raise ValueError(f"other must be an emotion that is neither the label nor neutral; got {self.other}")
        for name, kinds in (("covers", KINDS), ("faults", degrade.KINDS)):
            strangers = [kind for kind in getattr(self, name) or () if kind not in kinds]
            if strangers:
                raise ValueError(f"{name} must be of {', '.join(kinds)}; got {strangers[0]!r:.200}")

    def luck(self, part: int) -> np.random.Generator:
        """A generator for one part of the clip, independent of all others and of the emotion."""
        return np.random.default_rng([self.seed, part])

    def second(self) -> Emotion:
        """The other emotion: as given, or drawn from FER2013's without the label and, but for patches, neutral."""
        if self.other is not None:
            return self.other
        barred = () if self.family == "patch" else (self.emotion, Emotion.NEUTRAL)
        return Emotion(self.luck(1).choice([e for e in LABEL_SETS["FER2013"] if e not in barred]))

    def carriers(self) -> tuple[Emotion, Emotion | None]:
        """What the face shows, and what the voice says (None without one)."""
        voices = {
            "face_only": Emotion.NEUTRAL,
            "conflict": self.second() if self.family == "conflict" else None,
            **dict.fromkeys(("agree", "voice_only", "noisy_sound", "covered_face", "sound_only"), self.emotion),
        }
        if self.family == "patch":
            return self.second(), None
        silent = self.family in ("voice_only", "sound_only")
        return Emotion.NEUTRAL if silent else self.emotion, voices.get(self.family)

    def starts(self) -> tuple[float, float]:
        """Where the course of the expression and the spoiling stand at the first frame, 0 to 1 (not included)."""
        course, spoiling = (float(self.luck(part).random()) for part in (15, 16))
        return (
            course if self.phase is None else self.phase,
            spoiling if self.spoil_phase is None else self.spoil_phase,
        )


def draw_scene(plan: Plan) -> Scene:
    """The scene of a plan. The picture is cut about as a crop of MTCNN's box, made square, without margin."""
    if plan.scene is not None:
        return plan.scene
    rng = plan.luck(0)
    covers: tuple[Cover, ...] | None = () if plan.family in PLANTED else None  # nothing else may hide the place
    kinds = plan.covers
    if kinds is None and plan.family == "covered_face":
        kinds = (COVERING[int(plan.luck(17).integers(len(COVERING)))],)
    if kinds is not None:
        covers = tuple(draw_cover(plan.luck(100 + place), kind) for place, kind in enumerate(kinds))
    scene = sample_scene(rng, covers=covers, yaw_limit=30.0)
    yaw = float(np.clip(scene.yaw, -30, 30)) if plan.yaw is None else float(plan.yaw)
    shift = rng.normal((0, RAISED), 0.02)
    crop = float(np.clip(rng.normal(CROP, 0.06), 1.05, 1.4))
    values = {**scene.camera.__dict__, "crop": crop, "shift": (float(shift[0]), float(shift[1]))}
    return Scene(**{**scene.__dict__, "yaw": yaw, "camera": Camera(**values)})
