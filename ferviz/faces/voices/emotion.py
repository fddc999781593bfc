"""What an emotion does to a voice: one table of cues, each relative to the speaker's own neutral reading.

Directions follow the reviews of Scherer (2003, doi:10.1016/S0167-6393(02)00084-5) and of Juslin and Laukka (2003,
doi:10.1037/0033-2909.129.5.770), the measurements of Banse and Scherer (1996, doi:10.1037/0022-3514.70.3.614), and two
studies of synthetic speech: Murray and Arnott (1993, doi:10.1121/1.405558) and Burkhardt and Sendlmeier (2000, ISCA
workshop on speech and emotion). The sizes are ours, large enough to be measured and small enough for natural speech; no
listeners have judged them. Where sources disagree:

- fear: narrow range and rising end (Juslin and Laukka) instead of a wide range (Murray and Arnott); the tremor moves
  the pitch instead. Its level is near neutral: the panic of Banse and Scherer is loud, the worry of others soft.
- disgust: slow, low, a wide fall at the end and a grumbled, creaky tone (Murray and Arnott); reviews call it unsteady.
- surprise: high, wide, fast, breathy and rising (after Murray and Arnott's scheme); rarely measured.
- contempt: low and falling (Banse and Scherer); thin evidence, keep that in mind when you use it.
- happiness also lifts the formants, for a smile shortens the vocal tract (Tartter 1980, doi:10.3758/BF03199901).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from ferviz.emotions import Emotion

__all__ = ["CUES", "Cues", "cues_at"]


@dataclass(frozen=True)
class Cues:
    """Changes against the speaker's neutral reading. The defaults change nothing.

    ``pitch`` semitones on the mean; ``range`` factor on the excursions of the melody; ``ending`` semitones on the last
    quarter, rising or falling; ``rate`` factor on the speech rate; ``energy`` dB; ``stress`` dB on stressed vowels;
    ``tilt`` dB an octave (above 0 is brighter); ``tremor`` semitones of a 6 Hz wobble; ``jitter`` share of a period;
    ``breath`` share of noise; ``pause`` seconds between two words; ``formants`` factor.
    """

    pitch: float = 0.0
    range: float = 1.0
    ending: float = 0.0
    rate: float = 1.0
    energy: float = 0.0
    stress: float = 0.0
    tilt: float = 0.0
    tremor: float = 0.0
    jitter: float = 0.0
    breath: float = 0.0
    pause: float = 0.0
    formants: float = 1.0


_FACTORS = ("range", "rate", "formants")
NAMES = tuple(f.name for f in fields(Cues))

# fmt: off
_ROWS = {
    #                  pitch range ending rate energy stress tilt tremor jitter breath pause formants
    Emotion.ANGER:     (+3.0, 1.40, -1.0, 1.15, +7.0, +4.0, +2.5, 0.0, 0.010, 0.00, 0.00, 1.00),
    Emotion.CONTEMPT:  (-2.0, 0.75, -2.0, 0.88, -1.5, +1.0, +0.5, 0.0, 0.000, 0.00, 0.00, 1.00),
    Emotion.DISGUST:   (-3.5, 1.20, -4.0, 0.72, -2.0, +1.0, -0.5, 0.0, 0.035, 0.02, 0.05, 1.00),
    Emotion.FEAR:      (+6.0, 0.60, +2.0, 1.25, +0.5, +0.0, +0.5, 0.9, 0.020, 0.08, 0.00, 1.00),
    Emotion.HAPPINESS: (+4.0, 1.80, +1.0, 1.08, +4.0, +2.0, +1.2, 0.0, 0.000, 0.00, 0.00, 1.05),
    Emotion.NEUTRAL:   ( 0.0, 1.00,  0.0, 1.00,  0.0,  0.0,  0.0, 0.0, 0.000, 0.00, 0.00, 1.00),
    Emotion.SADNESS:   (-3.0, 0.45, -0.5, 0.75, -6.0, -1.0, -2.5, 0.0, 0.008, 0.12, 0.20, 1.00),
    Emotion.SURPRISE:  (+4.5, 2.00, +8.0, 1.12, +2.0, +1.0, +0.5, 0.0, 0.000, 0.06, 0.00, 1.00),
}
# fmt: on

CUES: Mapping[Emotion, Cues] = MappingProxyType(
    {emotion: Cues(**dict(zip(NAMES, row, strict=True))) for emotion, row in _ROWS.items()}
)
"""Emotion → its cues at intensity 1."""


def cues_at(emotion: Emotion | str, intensity: float, strengths: Mapping[str, float] | None = None) -> Cues:
    """The cues of ``emotion`` at ``intensity`` 0 to 1, in proportion (factors as powers, so that 0 changes nothing).

    ``strengths`` weighs single cues: speakers use cues in part, each in another mixture (Juslin and Laukka 2003).
    """
    full = CUES[Emotion(emotion)]
    scaled = {}
    for name in NAMES:
        share = intensity * (strengths or {}).get(name, 1.0)
        value = getattr(full, name)
        scaled[name] = value**share if name in _FACTORS else value * share
    return Cues(**scaled)
