"""What is decided before a clip is made: its family, and every chance that must not know of the emotion.

The families, one flag each, so that frames, places and streams differ in worth in known ways:

- ``still``: one frame.
- ``intensity``: the expression comes and goes; nothing else is wrong with the frames.
- ``degraded``: some frames are blurred, covered by a passing hand or patch, or the eyes stay closed.
- ``off_label``: 15 to 35 % of the frames show *another* emotion at full intensity; the label lasts longest.
- ``agree``, ``face_only``, ``voice_only``, ``conflict``: with a voice. Face and voice carry the label; or one does and
  the other is neutral; or the face carries the label and the voice another emotion.
- ``upper``, ``lower``, ``one_frame``, ``patch``: one place alone carries the label: the upper or the lower half of the
  face, one frame, or a coloured patch in a corner while the face shows any emotion. ``face_only`` and ``voice_only``
  belong here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.faces.cover import KINDS, Cover, Kind, draw_cover
from ferviz.faces.identity import Person
from ferviz.faces.scene import Camera, Scene, sample_scene

__all__ = ["FAMILIES", "PLANTED", "VOICED", "Family", "Plan", "draw_scene"]

Family = Literal[
    "still",
    "intensity",
    "degraded",
    "off_label",
    "agree",
    "face_only",
    "voice_only",
    "conflict",
    "upper",
    "lower",
    "one_frame",
    "patch",
]
FAMILIES: tuple[Family, ...] = get_args(Family)
VOICED: tuple[Family, ...] = ("agree", "face_only", "voice_only", "conflict")
PLANTED: tuple[Family, ...] = ("upper", "lower", "one_frame", "patch", "face_only", "voice_only")
SHORTEST = 8  # frames of an off-label clip: fewer cannot hold two emotions in the shares that are promised

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
        T; 1 for stills, at least 8 for off-label clips.
    rate : float
        Frames a second.
    size : int
        Pixels of a side.
    quality : "full" or "fast"
    peak : float, optional
        The expression's largest intensity, 0 to 1; drawn from 0.5 to 1 unless given.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "emotion", Emotion(self.emotion))
        if self.other is not None:
            object.__setattr__(self, "other", Emotion(self.other))
        if self.family not in FAMILIES:
            raise ValueError(f"family must be one of {', '.join(FAMILIES)}; got {self.family!r}")
        least = 1 if self.family == "still" else SHORTEST if self.family == "off_label" else 2
        if self.frames < least or (self.family == "still" and self.frames != 1):
            wanted = "1" if self.family == "still" else f"{least} or more"
            raise ValueError(f"frames of a clip of the family {self.family!r} must be {wanted}; got {self.frames}")
        if not 1 <= self.rate <= 100:
            raise ValueError(f"rate must be 1 to 100 frames a second; got {self.rate!r}")
        if self.peak is not None and not 0 < self.peak <= 1:
            raise ValueError(f"peak must be above 0, at most 1; got {self.peak!r}")
        if self.family in ("off_label", "conflict") and self.other in (self.emotion, Emotion.NEUTRAL):
            raise ValueError(f"other must be an emotion that is neither the label nor neutral; got {self.other}")
        strangers = [kind for kind in self.covers or () if kind not in KINDS]
        if strangers:
            raise ValueError(f"covers must be of {', '.join(KINDS)}; got {strangers[0]!r}")

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
            "agree": self.emotion,
            "face_only": Emotion.NEUTRAL,
            "voice_only": self.emotion,
            "conflict": self.second() if self.family == "conflict" else None,
        }
        if self.family == "patch":
            return self.second(), None
        return Emotion.NEUTRAL if self.family == "voice_only" else self.emotion, voices.get(self.family)


def draw_scene(plan: Plan) -> Scene:
    """The scene of a plan. The picture is cut about as a crop of MTCNN's box, made square, without margin."""
    if plan.scene is not None:
        return plan.scene
    rng = plan.luck(0)
    covers: tuple[Cover, ...] | None = () if plan.family in PLANTED else None  # nothing else may hide the place
    if plan.covers is not None:
        covers = tuple(draw_cover(plan.luck(100 + place), kind) for place, kind in enumerate(plan.covers))
    scene = sample_scene(rng, covers=covers, yaw_limit=30.0)
    yaw = float(np.clip(scene.yaw, -30, 30)) if plan.yaw is None else float(plan.yaw)
    shift = rng.normal((0, RAISED), 0.02)
    crop = float(np.clip(rng.normal(CROP, 0.06), 1.05, 1.4))
    values = {**scene.camera.__dict__, "crop": crop, "shift": (float(shift[0]), float(shift[1]))}
    return Scene(**{**scene.__dict__, "yaw": yaw, "camera": Camera(**values)})
