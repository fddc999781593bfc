"""When each sound is spoken and on which pitch: the plan of an utterance, before any sound is made.

The melody is a sum, as Fujisaki's model (1983, doi:10.1007/978-1-4613-8202-7_3) made common: a line that falls through
the phrase and an accent on every stressed vowel; here simplified, and with a last fall, in semitones around the mean.
An emotion moves, stretches and bends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ferviz.faces.voices.emotion import Cues
from ferviz.faces.voices.espeak import PAUSE, Phone, Reading
from ferviz.faces.voices.speakers import Manner, Speaker

__all__ = ["GRID", "Plan", "plan"]

Floats = npt.NDArray[np.float64]

GRID = 200.0  # points a second on which melody and loudness are planned
TREMOR = 6.0  # Hz
_PAD = 0.06  # s of silence before and after
_VOWELS = frozenset("iɪeɛæaɑɒɔoʊuʌəɚɜɐᵻ")
_ELASTIC, _STIFF = 1.0, 0.6  # vowels stretch with the rate, consonants less
_ACCENT = (0.0, 1.2, 3.2)  # semitones by stress
_FALL, _LAST_FALL = 2.0, 1.5  # semitones through the phrase, and over its last quarter
_SPREAD = 0.05  # s by which an accent reaches beyond its vowel


@dataclass(frozen=True, eq=False)
class Plan:
    """Times in seconds: ``source`` (K,) of the reading and ``target`` (K,) of the utterance belong together.
    ``phonemes`` are (symbol, start, stop) in the utterance; ``time``, ``pitch`` (Hz) and ``gain`` (dB) share a grid."""

    source: Floats
    target: Floats
    phonemes: tuple[tuple[str, float, float], ...]
    time: Floats
    pitch: Floats
    gain: Floats

    @property
    def duration(self) -> float:
        """Length of the utterance in seconds."""
        return float(self.target[-1])

    def source_of(self, time: Floats) -> Floats:
        """The moment of the reading that is heard at ``time`` of the utterance."""
        return np.interp(time, self.target, self.source)

    def silent(self, time: Floats) -> npt.NDArray[np.bool_]:
        """Whether ``time`` lies in a pause."""
        inside = np.zeros(time.shape, bool)
        for symbol, start, stop in self.phonemes:
            if symbol == PAUSE:
                inside |= (time >= start) & (time < stop)
        return inside


def plan(reading: Reading, speaker: Speaker, manner: Manner, cues: Cues) -> Plan:
    """Plan an utterance of ``reading`` by ``speaker``, coloured by ``cues``.

    The seed of the ``manner`` decides how strongly words are accented and how the pitch drifts at every intensity.
    """
    phones, source, target = _stretch(reading, speaker.rate * manner.rate * cues.rate, cues.pause)
    bounds = list(zip(phones, target[:-1], target[1:], strict=True))
    time = np.arange(0, target[-1] + 1 / GRID, 1 / GRID)
    rng = np.random.default_rng(manner.seed)
    heights = rng.uniform(0.7, 1.3, len(reading.phones))
    drift = rng.normal(0, 0.15, 8)
    spoken = [(p, a, b) for p, a, b in bounds if p.symbol != PAUSE]
    place = np.clip((time - spoken[0][1]) / (spoken[-1][2] - spoken[0][1]), 0, 1)  # 0 to 1 through the phrase
    shape, stress = _shape(time, place, spoken, heights)
    wobble = cues.tremor * np.sin(2 * np.pi * (TREMOR * time + rng.uniform()))
    semitones = (
        manner.pitch
        + cues.pitch
        + speaker.liveliness * cues.range * shape
        + (cues.ending - _LAST_FALL) * np.clip((place - 0.75) * 4, 0, 1) ** 1.5
        + np.interp(place, np.linspace(0, 1, len(drift)), drift)
        + wobble
    )
    phonemes = _join([(p.symbol, float(a), float(b)) for p, a, b in bounds if b > a])
    # a voice that trembles also trembles in loudness, about 1.5 dB for a semitone
    gain = cues.stress * stress + 1.5 * wobble
    return Plan(source, target, phonemes, time, speaker.pitch * 2 ** (semitones / 12), gain)


def _stretch(reading: Reading, rate: float, pause: float) -> tuple[list[Phone], Floats, Floats]:
    """The reading's sounds with pauses around and, where asked, one inside; their bounds there and in the utterance."""
    phones, source, target = [Phone(PAUSE, 0, 0)], [0.0, reading.phones[0].start / reading.rate], [0.0, _PAD]
    middle = _middle_word(reading.phones)
    for i, phone in enumerate(reading.phones):
        if i == middle and pause > 0:
            phones.append(Phone(PAUSE, phone.start, phone.start))
            source.append(source[-1])
            target.append(target[-1] + pause)
        elastic = _ELASTIC if phone.symbol[0] in _VOWELS else _STIFF
        phones.append(phone)
        source.append(phone.stop / reading.rate)
        target.append(target[-1] + (phone.stop - phone.start) / reading.rate * rate**-elastic)
    phones.append(Phone(PAUSE, reading.phones[-1].stop, reading.phones[-1].stop))
    source.append(source[-1])
    target.append(target[-1] + _PAD)
    return phones, np.array(source), np.array(target)


def _middle_word(phones: Sequence[Phone]) -> int:
    """The sound that begins the word nearest to the middle; -1 when there is but one word."""
    half = (phones[0].start + phones[-1].stop) / 2
    firsts = [i for i, p in enumerate(phones) if p.begins_word and i > 0]
    return min(firsts, key=lambda i: abs(phones[i].start - half), default=-1)


def _shape(
    time: Floats, place: Floats, spoken: Sequence[tuple[Phone, float, float]], heights: Floats
) -> tuple[Floats, Floats]:
    """The neutral melody in semitones around 0, and how stressed each moment is (0 to 1)."""
    melody = _FALL * (0.5 - place)
    stressed = np.zeros_like(time)
    for (phone, start, stop), height in zip(spoken, heights, strict=False):
        if phone.symbol[0] in _VOWELS and phone.stress:
            width = (stop - start) / 2 + _SPREAD
            bump = np.clip(1 - np.abs(time - (start + stop) / 2) / width, 0, 1)
            bump = bump**2 * (3 - 2 * bump)
            melody += _ACCENT[phone.stress] * height * bump
            stressed = np.maximum(stressed, bump * phone.stress / 2)
    inside = (place > 0) & (place < 1)
    return melody - melody[inside].mean(), stressed


def _join(phonemes: list[tuple[str, float, float]]) -> tuple[tuple[str, float, float], ...]:
    """Neighbouring pauses become one."""
    joined: list[tuple[str, float, float]] = []
    for symbol, start, stop in phonemes:
        if joined and symbol == PAUSE == joined[-1][0]:
            joined[-1] = (PAUSE, joined[-1][1], stop)
        else:
            joined.append((symbol, start, stop))
    return tuple(joined)
