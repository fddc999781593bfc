"""What an emotion does to a voice: one table of cues, each relative to the speaker's own neutral reading.

The sizes are ours, large enough to be measured and small enough for natural speech. No listeners have judged them. The
directions follow these sources, which disagree in places:

- I. R. Murray, J. L. Arnott, J. Acoust. Soc. Am. 93 (1993) 1097-1108, doi:10.1121/1.405558: a review, whose Table I
  has anger, happiness, sadness, fear and disgust. The nearest to our table.
- J. E. Cahn, J. American Voice I/O Society 8 (1990) 1-19: settings of a synthesiser for six emotions, with listeners.
- R. Banse, K. R. Scherer, J. Pers. Soc. Psychol. 70 (1996) 614-636, doi:10.1037/0022-3514.70.3.614: actors, 14
  emotions.
- F. Burkhardt, W. F. Sendlmeier, ISCA workshop on speech and emotion (2000) 151-156: a synthesiser, with listeners.
- P. N. Juslin, P. Laukka, Psychol. Bull. 129 (2003) 770-814, doi:10.1037/0033-2909.129.5.770: a review; Table 11, p.
  802.
- K. R. Scherer, Speech Communication 40 (2003) 227-256, doi:10.1016/S0167-6393(02)00084-5: a review.
- V. C. Tartter, Perception & Psychophysics 27 (1980) 24-27, doi:10.3758/BF03199901: a smile raises pitch and formants.

How far this was checked. The references were compared with library records and other people's lists. The full papers
were not at hand. The directions were compared, at second hand, with transcripts of the tables of Murray and Arnott
(two, which agree) and of Cahn, with quotations from Juslin and Laukka on happiness and sadness, and with what two
reviews say of Burkhardt and Sendlmeier (Schröder 2001, doi:10.21437/Eurospeech.2001-150) and of Banse and Scherer
(Larrouy-Maestri, Poeppel, Pell 2024, doi:10.1177/17456916231217722). For Scherer (2003), and for anger, fear and
disgust in Juslin and Laukka: direction not confirmed from the source.

- anger: high, wide, loud, fast, abrupt on stressed syllables (Murray and Arnott); bright, with a steep last fall
  (Cahn). Banse and Scherer found little movement of the pitch in hot anger. The roughness is ours.
- contempt: low (Banse and Scherer). Slow and soft, with falling ends, in studies that Murray and Arnott put under
  disgust, contempt and scorn. **Departs:** those report a wide range and Banse and Scherer some movement; ours is
  narrowed. A little brighter: not confirmed. Thin evidence.
- disgust: very slow, very low, soft, slightly wider, a wide fall at the end, a grumbled tone (Murray and Arnott),
  which is creak here. **Departs:** Cahn made it brighter, ours is a little darker. Listeners of Banse and Scherer
  often missed it.
- fear: very high and much faster, voicing irregular (Murray and Arnott), a rising end and more high frequencies
  (Cahn). The range is narrow: the pitch of panic and of anxiety moves little in Banse and Scherer. **Departs:** Murray
  and Arnott, Cahn and Burkhardt and Sendlmeier widen it. The level is near neutral (normal in Murray and Arnott;
  anxiety is quiet in Banse and Scherer; Cahn made fear loud). Trembling is reported (Williams and Stevens 1972, in
  Cahn), but as an irregularity of the voice: a regular 6 Hz, and the breath, are not confirmed from a source.
- happiness: high, wide, upward (Murray and Arnott; Juslin and Laukka); faster, formants higher (Burkhardt and
  Sendlmeier; Tartter); loud (Murray and Arnott). This is the elation of Banse and Scherer. **Departs:** ours is
  brighter and Cahn's a little darker.
- sadness: low, narrow, slow, soft, dark, falling, irregular (Juslin and Laukka); breathy, with pauses (Cahn).
- surprise: not in Murray and Arnott's Table I. High, very wide and breathy after their text; rising, faster and louder
  after Cahn. **Departs:** their text has a restrained tempo and a pitch that glides up, then falls; Cahn made it a
  little darker, ours is brighter.
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

    ``strengths`` weighs single cues: none is necessary or sufficient, and speakers mix them (Juslin and Laukka 2003).
    """
    full = CUES[Emotion(emotion)]
    scaled = {}
    for name in NAMES:
        share = intensity * (strengths or {}).get(name, 1.0)
        value = getattr(full, name)
        scaled[name] = value**share if name in _FACTORS else value * share
    return Cues(**scaled)
