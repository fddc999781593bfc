"""Who speaks, and what: ten named speakers, any number of sampled ones, and sentences without emotional words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ferviz.faces.voices.emotion import NAMES

__all__ = ["SENTENCES", "SPEAKERS", "Manner", "Speaker", "sample_speaker"]

SENTENCES = (
    "She put the paper bag on the table.",
    "The bus to the market stops by the park.",
    "There are two maps in the bottom drawer.",
    "He moved the lamp from the room to the hall.",
    "The boxes are kept above the book shelf.",
    "My number is on the back of the form.",
    "We may meet at the office before noon.",
    "The brown table is beside the window.",
    "They went by train to another town.",
    "A man walked along the path to the mill.",
    "The meeting begins at about half past five.",
    "The pump is at the back of the building.",
)
"""Nine to eleven syllables each, statements about ordinary things; every one closes the lips several times."""

_WOMEN, _MEN = ("f1", "linda", "belinda", "Andrea"), ("m1", "m3", "", "michel")


@dataclass(frozen=True)
class Speaker:
    """A voice at rest.

    Parameters
    ----------
    name : str
        For people to read.
    gender : float
        0 male to 1 female, as in the head's phenotype.
    base : str
        The variant of espeak-ng that gives the timbre.
    pitch : float
        Mean pitch in Hz, 60 to 320.
    tract : float
        Factor on all formants, 0.85 to 1.2: above 1 for a shorter vocal tract.
    tilt : float
        Spectral slope in dB an octave, beside the variant's own.
    breath : float
        Level of the breath noise as a share of the voice, 0 to 0.5.
    rate : float
        Factor on the speech rate, 0.7 to 1.4.
    liveliness : float
        Factor on the pitch range, 0.5 to 1.6.
    """

    name: str
    gender: float
    base: str
    pitch: float
    tract: float = 1.0
    tilt: float = 0.0
    breath: float = 0.02
    rate: float = 1.0
    liveliness: float = 1.0

    def __post_init__(self) -> None:
        limits = {
            "gender": (0.0, 1.0),
            "pitch": (60.0, 320.0),
            "tract": (0.85, 1.2),
            "tilt": (-6.0, 6.0),
            "breath": (0.0, 0.5),
            "rate": (0.7, 1.4),
            "liveliness": (0.5, 1.6),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"speaker {self.name!r}: {name} must be between {low:g} and {high:g}; got {value!r}")


#                name    gender base      Hz   tract tilt  breath rate  liveliness
_TABLE = (
    Speaker("Ada", 1.0, "f1", 205, 1.00, -0.5, 0.02, 1.00, 1.00),
    Speaker("Beryl", 1.0, "linda", 185, 0.96, -1.5, 0.03, 0.94, 0.90),
    Speaker("Chen", 1.0, "belinda", 230, 1.00, -1.0, 0.02, 1.06, 1.10),
    Speaker("Dora", 1.0, "f1", 170, 0.94, 0.0, 0.05, 0.92, 0.85),
    Speaker("Efua", 1.0, "Andrea", 215, 1.04, -0.5, 0.03, 1.04, 1.15),
    Speaker("Felix", 0.0, "m1", 105, 1.00, 0.0, 0.02, 1.00, 1.00),
    Speaker("Goro", 0.0, "m3", 120, 1.03, 0.5, 0.02, 1.05, 1.10),
    Speaker("Hugh", 0.0, "", 92, 0.95, -0.5, 0.04, 0.93, 0.85),
    Speaker("Ivan", 0.0, "michel", 112, 0.98, 0.5, 0.03, 0.96, 0.95),
    Speaker("Juan", 0.0, "m3", 138, 1.06, 0.0, 0.02, 1.08, 1.15),
)

SPEAKERS: Mapping[str, Speaker] = MappingProxyType({speaker.name: speaker for speaker in _TABLE})
"""Five women and five men, by name."""


def sample_speaker(rng: np.random.Generator, gender: float, name: str = "sampled") -> Speaker:
    """A new speaker for a person of ``gender`` (0 male to 1 female), with a vocal tract of its own length.

    Pitch is about 115 Hz for men and 205 Hz for women (near the 120 and 210 Hz that Traunmüller and Eriksson,
    Stockholm University 1995, call typical), with a spread between speakers of 2 semitones, which is ours.
    """
    if not 0 <= gender <= 1:
        raise ValueError(f"gender must be between 0 (male) and 1 (female); got {gender!r:.200}")
    variants = _WOMEN if gender > 0.5 else _MEN
    base = variants[int(rng.integers(len(variants)))]
    semitones, tract, tilt, breath, rate, lively = rng.normal(size=6)
    return Speaker(
        name,
        float(gender),
        base,
        pitch=float(np.clip(115 * (205 / 115) ** gender * 2 ** (2 * semitones / 12), 75, 280)),
        tract=float(np.clip(1 + 0.035 * tract, 0.91, 1.09)),
        tilt=float(np.clip(0.8 * tilt - 0.4, -2, 1.5)),
        breath=float(np.clip(0.03 + 0.015 * breath, 0, 0.08)),
        rate=float(np.clip(1 + 0.06 * rate, 0.85, 1.15)),
        liveliness=float(np.clip(1 + 0.12 * lively, 0.75, 1.3)),
    )


@dataclass(frozen=True)
class Manner:
    """How one utterance differs from the next of the same speaker, whatever the emotion.

    ``pitch`` semitones, ``rate`` factor, ``level`` dB; ``seed`` of its accents and noise; ``strengths``: how much of
    each cue this utterance uses.
    """

    pitch: float = 0.0
    rate: float = 1.0
    level: float = 0.0
    seed: int = 0
    strengths: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Manner:
        """At random: pitch ± 0.7 semitones, rate ± 4 %, level ± 1.5 dB (standard deviations), cues 75 to 125 %."""
        pitch, rate, level = np.clip(rng.normal(size=3), -2, 2)
        strengths = dict(zip(NAMES, rng.uniform(0.75, 1.25, len(NAMES)).tolist(), strict=True))
        seed = int(rng.integers(2**32))
        return cls(0.7 * float(pitch), 1 + 0.04 * float(rate), 1.5 * float(level), seed, strengths)
