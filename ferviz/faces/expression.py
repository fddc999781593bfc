"""What a face does: action units of FACS, the emotions' recipes of units, and the way a person expresses.

Units and their meaning follow Ekman, Friesen and Hager, "Facial Action Coding System" (2002); where the emotions' units
come from stands in `ferviz.faces.recipes`. The gains were measured: at 1 a unit moves the face about as far as the
strongest pictures of real data sets do. That felt emotions are nearly even: Ekman, Hager and Friesen, "The symmetry of
emotional and deliberate facial actions" (Psychophysiology 1981, doi:10.1111/j.1469-8986.1981.tb02919.x).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.faces.head import head
from ferviz.faces.recipes import RECIPES

__all__ = [
    "UNITS",
    "Expression",
    "Manner",
    "Unit",
    "draw_manner",
    "sample_expression",
    "settle",
    "units_to_activations",
]

Activations = npt.NDArray[np.float32]
STRONGEST = 1.5  # of a unit: caricature
_SKEW = 0.12  # how much stronger one side is at most
_LIMIT = 1.85  # of an action: beyond it the linear shapes break


@dataclass(frozen=True)
class Unit:
    """An action unit: its name in FACS and the head's actions that make it, with their gains."""

    name: str
    actions: tuple[tuple[str, float], ...]


UNITS: Mapping[int, Unit] = MappingProxyType(
    {
        1: Unit("inner brow raiser", (("browInnerUp", 1.75),)),
        2: Unit("outer brow raiser", (("browOuterUp", 1.5),)),
        4: Unit("brow lowerer", (("browDown", 1.45),)),
        5: Unit("upper lid raiser", (("eyeWide", 1.2),)),
        6: Unit("cheek raiser", (("cheekSquint", 1.44), ("eyeSquint", 0.6))),
        7: Unit("lid tightener", (("eyeSquint", 1.0),)),
        # the skin beside the nose is pulled up: it bulges under the eye and narrows it
        9: Unit(
            "nose wrinkler",
            (("noseSneer", 1.4), ("browDown", 0.1), ("cheekSquint", 0.4), ("eyeSquint", 0.45), ("eyeBlink", 0.12)),
        ),
        10: Unit("upper lip raiser", (("mouthUpperUp", 1.35), ("cheekSquint", 0.25))),
        12: Unit("lip corner puller", (("mouthSmile", 1.12),)),
        14: Unit("dimpler", (("mouthDimple", 1.3),)),
        15: Unit("lip corner depressor", (("mouthFrown", 1.45),)),
        16: Unit("lower lip depressor", (("mouthLowerDown", 1.7),)),
        17: Unit("chin raiser", (("mouthShrugLower", 1.3), ("mouthShrugUpper", 0.4))),
        18: Unit("lip pucker", (("mouthPucker", 1.0),)),
        19: Unit("tongue show", (("tongueOut", 1.0),)),
        20: Unit("lip stretcher", (("mouthStretch", 1.5),)),
        22: Unit("lip funneler", (("mouthFunnel", 1.0),)),
        # mouthPress alone lifts the corners and reads as a smile, so the frown takes that back
        23: Unit(
            "lip tightener",
            (("mouthPress", 0.18), ("mouthFrown", 0.15), ("mouthRollLower", 0.6), ("mouthRollUpper", 0.42)),
        ),
        24: Unit(
            "lip pressor",
            (
                ("mouthPress", 0.3),
                ("mouthFrown", 0.24),
                ("mouthPucker", 0.36),
                ("mouthRollLower", 0.42),
                ("mouthShrugLower", 0.3),
            ),
        ),
        25: Unit("lips part", (("mouthLowerDown", 0.6), ("mouthUpperUp", 0.5), ("jawOpen", 0.07))),
        26: Unit("jaw drop", (("jawOpen", 0.35),)),
        27: Unit("mouth stretch", (("jawOpen", 0.9),)),
        28: Unit("lip suck", (("mouthRollLower", 1.0), ("mouthRollUpper", 1.0))),
        29: Unit("jaw thrust", (("jawForward", 1.0),)),
        34: Unit("cheek puff", (("cheekPuff", 1.0),)),
        43: Unit("eye closure", (("eyeBlink", 1.0),)),
        64: Unit("eyes down", (("eyeLookDown", 0.9),)),
    }
)


@dataclass(frozen=True)
class Manner:
    """How a person expresses: gain of the brows, and how much stronger the left side is (-0.12 to 0.12)."""

    brow: float = 1.0
    asymmetry: float = 0.0


def draw_manner(rng: np.random.Generator) -> Manner:
    """A manner drawn by chance."""
    return Manner(float(np.clip(rng.normal(1, 0.15), 0.75, 1.35)), float(np.clip(rng.normal(0, 0.04), -0.08, 0.08)))


@dataclass(frozen=True, eq=False)
class Expression:
    """A face in a moment: ``rest`` (52,) is what it does anyway (tone, gaze, lids), ``push`` (52,) the emotion."""

    emotion: Emotion
    intensity: float
    units: Mapping[str, float]  # what emotion does, as "12", "14L": strength
    rest: Activations
    push: Activations

    @property
    def activations(self) -> Activations:
        """The face as it is seen."""
        return settle(self.rest + self.push)

    @property
    def without(self) -> Activations:
        """The same moment without the emotion."""
        return settle(self.rest)


def units_to_activations(units: Mapping[int | str, float]) -> Activations:
    """The head's actions (52,) for action units.

    Parameters
    ----------
    units : mapping of unit to strength
        ``{12: 0.8}`` for both sides, ``{"6L": 0.5}`` for the subject's left, ``{"6R": 0.5}`` for the right. Strength is
        0 to 1 (FACS level E), up to 1.5 for caricature. Units 1, 17 and the like, whose actions have no sides, move
        as a whole, half as much for one side.

    Raises
    ------
    ValueError
        For an unknown unit, or a strength out of range.

    Examples
    --------
    >>> activations = units_to_activations({12: 1.0})
    >>> [head().action_names[i] for i in activations.nonzero()[0]]
    ['mouthSmileLeft', 'mouthSmileRight']
    """
    total = np.zeros(len(head().action_names), np.float32)
    for name, strength in units.items():
        number, side = _read_unit(name)
        if not 0 <= strength <= STRONGEST:
            raise ValueError(f"strength of unit {name} must be 0 to {STRONGEST}; got {strength!r:.200}")
        _add(total, number, float(strength) * (side != "R"), float(strength) * (side != "L"))
    return np.minimum(total, _LIMIT)


def _read_unit(name: int | str) -> tuple[int, str]:
    """Number and side ("L", "R" or "") of a unit's name."""
    found = re.fullmatch(r"(?:AU)?(\d+)([LR]?)", str(name).strip(), re.IGNORECASE)
    if found is None or int(found[1]) not in UNITS:
        known = ", ".join(str(number) for number in UNITS)
        raise ValueError(f"unit must be one of {known}, with L or R for one side; got {name!r:.200}")
    return int(found[1]), found[2].upper()


def _add(total: Activations, number: int, left: float, right: float) -> None:
    """Add a unit to ``total`` (52,), in place."""
    index = head().action_index
    for action, gain in UNITS[number].actions:
        if action in index:
            total[index[action]] += gain * (left + right) / 2
        else:
            total[index[f"{action}Left"]] += gain * left
            total[index[f"{action}Right"]] += gain * right


def settle(activations: Activations) -> Activations:
    """What a face can do of ``activations`` (52,): limits, and actions that exclude each other."""
    index = head().action_index
    settled = np.clip(activations, 0, _LIMIT).astype(np.float32)
    for side in ("Left", "Right"):
        blink, wide = index[f"eyeBlink{side}"], index[f"eyeWide{side}"]
        settled[blink] = min(settled[blink], max(0.0, 1 - settled[wide]))
        squint = index[f"eyeSquint{side}"]  # more would push the lower lid into the eyeball
        settled[squint] = min(1.0, settled[squint]) * (1 - 0.8 * min(1.0, settled[blink]))
        raised = min(1.0, max(0.0, (settled[index["browInnerUp"]] - 0.2) / 0.2))
        settled[index[f"browDown{side}"]] *= 1 - 0.2 * raised
    return settled


def sample_expression(
    rng: np.random.Generator,
    emotion: Emotion | str,
    intensity: float | None = None,
    style: Manner | None = None,
) -> Expression:
    """Draw one way to show an emotion.

    Parameters
    ----------
    rng : numpy Generator
        What the face does at rest is drawn before the emotion, so it cannot tell of it.
    emotion : Emotion
    intensity : float, optional
        0 to 1; drawn from 0.45 to 1 when not given. Neutral has intensity 0.
    style : Manner, optional
        A person's own; the average one when not given.

    Raises
    ------
    ValueError
        For an unknown emotion, or an intensity out of range.
    """
    emotion, style = Emotion(emotion), style or Manner()
    rest, drawn = _draw_rest(rng), float(rng.uniform(0.45, 1))
    if intensity is None:
        intensity = 0.0 if emotion is Emotion.NEUTRAL else drawn
    if not 0 <= intensity <= 1:
        raise ValueError(f"intensity must be 0 to 1; got {intensity!r:.200}")
    if emotion is Emotion.NEUTRAL and intensity > 0:
        raise ValueError(f"intensity of a neutral face must be 0; got {intensity!r:.200}")
    units, push = _draw_units(rng, emotion, style)
    return Expression(
        emotion, intensity, {n: v * intensity for n, v in units.items()}, rest, push * np.float32(intensity)
    )


def _draw_units(rng: np.random.Generator, emotion: Emotion, style: Manner) -> tuple[dict[str, float], Activations]:
    """One of the emotion's recipes at full intensity: its units, and its actions (52,)."""
    push = np.zeros(len(head().action_names), np.float32)
    units: dict[str, float] = {}
    variants = RECIPES[emotion]
    if not variants:
        return units, push
    recipe = variants[int(rng.integers(len(variants)))]
    strong_left = rng.random() < 0.5  # for the units that one side shows
    for name, (chance, low, high) in recipe.items():
        number, one_sided = (int(name[:-1]), True) if isinstance(name, str) else (name, False)
        shown, strength = rng.random() < chance, float(rng.uniform(low, high))
        skew = float(np.clip(style.asymmetry + rng.normal(0, 0.03), -_SKEW, _SKEW))
        if not shown:
            continue
        if number in (1, 2, 4):
            strength *= style.brow
        if one_sided:
            left, right = (strength, 0.12 * strength) if strong_left else (0.12 * strength, strength)
            units[f"{number}{'L' if strong_left else 'R'}"] = strength
        else:
            left, right = strength * (1 + skew), strength * (1 - skew)
            units[str(number)] = strength
        _add(push, number, left, right)
    return units, push


_TONE = (  # how much a resting face does of an action, beside the others
    ("browInnerUp", 1.0),
    ("browDown", 0.5),
    ("browOuterUp", 1.0),
    ("eyeSquint", 1.0),
    ("mouthSmile", 0.8),
    ("mouthFrown", 0.6),
    ("mouthPress", 0.6),
    ("mouthPucker", 0.8),
    ("jawForward", 1.0),
    ("mouthShrugLower", 0.8),
    ("mouthRollUpper", 1.0),
    ("cheekSquint", 0.8),
    ("mouthLowerDown", 1.0),
    ("mouthUpperUp", 0.7),
)


def _draw_rest(rng: np.random.Generator, spread: float = 0.06) -> Activations:
    """A face without emotion: a little tone, the lids, and the gaze (52,)."""
    index = head().action_index
    rest = np.zeros(len(index), np.float32)
    for action, weight in _TONE:
        tone, other = max(0.0, rng.normal(0, spread * weight)), rng.normal(0, 0.3 * spread)
        if action in index:
            rest[index[action]] += tone
        else:
            rest[index[f"{action}Left"]] += tone
            rest[index[f"{action}Right"]] += max(0.0, tone + other)
    rest[index["jawOpen"]] += max(0.0, rng.normal(-0.02, 0.03))
    lids, across, up = max(0.0, rng.normal(0.0, 0.05)), rng.normal(0, 0.15), rng.normal(0, 0.09)
    for side, inward in (("Left", -1), ("Right", 1)):
        rest[index[f"eyeBlink{side}"]] += lids
        rest[index[f"eyeLookIn{side}"]] += max(0.0, inward * across)
        rest[index[f"eyeLookOut{side}"]] += max(0.0, -inward * across)
        rest[index[f"eyeLookUp{side}"]] += max(0.0, up)
        rest[index[f"eyeLookDown{side}"]] += max(0.0, -up)
    return rest
