"""Speak a sentence with an emotion: `speak` and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt

from ferviz.emotions import Emotion
from ferviz.faces.voices.emotion import NAMES, Cues, cues_at
from ferviz.faces.voices.espeak import PAUSE, read_aloud
from ferviz.faces.voices.melody import Plan, plan
from ferviz.faces.voices.psola import SAMPLE_RATE, find_cycles, overlap_add
from ferviz.faces.voices.speakers import SPEAKERS, Manner, Speaker

__all__ = ["LEVEL", "LONGEST", "SAMPLE_RATE", "Voice", "neutral_reading", "speak"]

Floats = npt.NDArray[np.float64]

LONGEST = 120
"""Characters that a sentence may have."""

LEVEL = -31.0
"""dB of full scale: root mean square of neutral speech, low enough that anger does not clip."""
_PEAK = 0.98
_JITTER = 0.004  # of a healthy voice, as a share of the period
_BELOW = 2 ** (-2 / 12)  # the reading's note lies 2 semitones below the speaker's pitch: cycles set closer sound better
_TILT_PIVOT, _TILT_RANGE = 1000.0, (150.0, 7000.0)  # Hz


@dataclass(frozen=True, eq=False)
class Voice:
    """An utterance with its truth.

    Parameters
    ----------
    audio : float32 array (N,)
        Mono, -1 to 1, from time 0.
    sample_rate : int
        16,000 samples a second.
    phonemes : tuple of (symbol, start, stop)
        IPA symbols without stress marks, "sil" for silence; seconds, without gaps, as spoken in this audio.
    prosody : mapping of str to float
        What was done and reached: mean ``pitch`` (Hz) and ``pitch_range`` (semitones, 5th to 95th percentile), ``rate``
        (phonemes a second without pauses), ``level`` (dB of full scale), ``duration`` (s); and the cues of `Cues` under
        the names ``cue_…``.
    speaker, sentence, emotion, intensity, manner
        What was asked for. The intensity of a neutral utterance is 0.
    """

    audio: npt.NDArray[np.float32]
    sample_rate: int
    phonemes: tuple[tuple[str, float, float], ...]
    prosody: Mapping[str, float]
    speaker: Speaker
    sentence: str
    emotion: Emotion
    intensity: float
    manner: Manner

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.audio) / self.sample_rate


def speak(
    sentence: str,
    speaker: str | Speaker,
    *,
    emotion: Emotion | str = Emotion.NEUTRAL,
    intensity: float = 1.0,
    seed: int | np.random.Generator = 0,
) -> Voice:
    """Speak a sentence; the emotion is in the prosody alone, after the table `CUES`.

    Parameters
    ----------
    sentence : str
        English text of at most 120 characters; `SENTENCES` has some without emotional words.
    speaker : str or Speaker
        A name in `SPEAKERS`, or a speaker such as `sample_speaker` gives.
    emotion : Emotion or str
        One of the eight words.
    intensity : float
        0 to 1. At 0 the audio equals the neutral reading of the same seed in every bit.
    seed : int or Generator
        Decides the manner of this utterance: a little pitch, rate and level, and how much it uses each cue.

    Returns
    -------
    Voice

    Raises
    ------
    TypeError, ValueError
        For an unknown speaker or emotion, an empty or too long sentence, an intensity outside 0 to 1.
    RuntimeError
        When espeak-ng cannot be loaded, saying what to install.
    """
    emotion = Emotion(emotion)
    who = _known(speaker)
    text = _readable(sentence)
    amount = 0.0 * _amount(intensity) if emotion is Emotion.NEUTRAL else _amount(intensity)
    return _utter(text, who, emotion, amount, Manner.draw(_generator(seed)))


def neutral_reading(voice: Voice) -> Voice:
    """The same sentence, speaker and manner without the emotion.

    A clip in which the voice alone carries the emotion plays ``voice.audio`` and moves the mouth by
    ``mouth(neutral_reading(voice), times)``: the speech rate, which the emotion changes, then stays out of the
    face. The two differ in length, so sound and mouth drift apart; give all clips of a set the same number of frames.
    """
    return _utter(voice.sentence, voice.speaker, Emotion.NEUTRAL, 0.0, voice.manner)


def _utter(sentence: str, speaker: Speaker, emotion: Emotion, intensity: float, manner: Manner) -> Voice:
    cues = cues_at(emotion, intensity, manner.strengths)
    reading = read_aloud(sentence, speaker.base, round(speaker.pitch * _BELOW))
    planned = plan(reading, speaker, manner, cues)
    rng = np.random.default_rng([manner.seed, 1])
    jitter = float(np.hypot(_JITTER, cues.jitter))
    cycles = find_cycles(reading)
    sound = overlap_add(cycles, planned, speaker.tract * cues.formants, jitter, rng)
    sound = _breathe(sound, speaker.breath + cues.breath, rng)
    sound = _tilt(sound, speaker.tilt + cues.tilt)
    time = np.arange(len(sound)) / SAMPLE_RATE
    sound *= 10 ** (np.interp(time, planned.time, planned.gain) / 20)
    spoken = ~planned.silent(time)
    sound = _set_level(sound, spoken, LEVEL + manner.level + cues.energy)
    voiced = cycles.is_voiced(planned.source_of(planned.time)) & ~planned.silent(planned.time)
    return Voice(
        audio=sound.astype(np.float32),
        sample_rate=SAMPLE_RATE,
        phonemes=planned.phonemes,
        prosody=_prosody(planned, planned.pitch[voiced], sound[spoken], cues),
        speaker=speaker,
        sentence=sentence,
        emotion=emotion,
        intensity=intensity,
        manner=manner,
    )


def _breathe(sound: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Add noise above 1 kHz that follows the voice's loudness."""
    noise = sosfilt(butter(2, (1000, 6000), "bandpass", fs=SAMPLE_RATE, output="sos"), rng.normal(size=len(sound)))
    loudness = np.sqrt(np.maximum(uniform_filter1d(sound**2, SAMPLE_RATE // 50), 0))
    return sound + share * noise * loudness


def _tilt(sound: Floats, slope: float) -> Floats:
    """Turn the spectrum around 1 kHz by ``slope`` dB an octave, without moving anything in time."""
    length = 2 ** int(np.ceil(np.log2(len(sound) + SAMPLE_RATE // 10)))
    frequency = np.clip(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), *_TILT_RANGE)
    gain = 10 ** (slope * np.log2(frequency / _TILT_PIVOT) / 20)
    return np.fft.irfft(np.fft.rfft(sound, length) * gain, length)[: len(sound)]


def _set_level(sound: Floats, spoken: npt.NDArray[np.bool_], level: float) -> Floats:
    """Bring the spoken part to ``level`` dB of full scale, less only where the highest peak would clip."""
    now = np.sqrt(np.mean(sound[spoken] ** 2))
    gain = 10 ** (level / 20) / now
    return sound * min(gain, _PEAK / np.abs(sound).max())


def _prosody(planned: Plan, pitch: Floats, spoken: Floats, cues: Cues) -> dict[str, float]:
    """``pitch`` where there is voice, ``spoken``: the sound without pauses."""
    low, high = np.percentile(pitch, [5, 95])
    sounds = sum(symbol != PAUSE for symbol, _, _ in planned.phonemes)
    reached = {
        "pitch": float(pitch.mean()),
        "pitch_range": float(12 * np.log2(high / low)),
        "rate": float(sounds * SAMPLE_RATE / len(spoken)),
        "level": float(10 * np.log10(np.mean(spoken**2))),
        "duration": float(np.ceil(planned.duration * SAMPLE_RATE) / SAMPLE_RATE),
    }
    return reached | {f"cue_{name}": float(getattr(cues, name)) for name in NAMES}


def _amount(intensity: object) -> float:
    if isinstance(intensity, bool) or not isinstance(intensity, Real):
        raise TypeError(f"intensity must be a number between 0 and 1; got {type(intensity).__name__}")
    amount = float(intensity)
    if not 0 <= amount <= 1:
        raise ValueError(f"intensity must be between 0 and 1; got {intensity!r:.200}")
    return amount


def _generator(seed: object) -> np.random.Generator:
    if isinstance(seed, np.random.Generator):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be a whole number or a numpy Generator; got {type(seed).__name__}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more; got {seed}")
    return np.random.default_rng(int(seed))


def _known(speaker: object) -> Speaker:
    if isinstance(speaker, Speaker):
        return speaker
    if not isinstance(speaker, str) or speaker not in SPEAKERS:
        raise ValueError(f"speaker must be one of {', '.join(SPEAKERS)}, or a Speaker; got {speaker!r:.200}")
    return SPEAKERS[speaker]


def _readable(sentence: object) -> str:
    if not isinstance(sentence, str):
        raise TypeError(f"sentence must be text; got {type(sentence).__name__}")
    text = " ".join(sentence.split())
    if not text:
        raise ValueError("sentence must hold at least one word; got an empty text")
    if "\0" in text or len(text) > LONGEST:
        raise ValueError(f"sentence must be text of at most {LONGEST} characters; got {len(text)}")
    return text
