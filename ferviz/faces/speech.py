"""The voice of a clip, laid into its time: what is heard, and what the mouth does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.faces.identity import Person
from ferviz.faces.plan import NOISES, Plan
from ferviz.faces.voices import SAMPLE_RATE, SENTENCES, Speaker, Voice, mouth, neutral_reading, sample_speaker, speak
from ferviz.faces.voices.speech import LEVEL

__all__ = ["Speech", "speak_for"]


@dataclass(frozen=True, eq=False)
class Speech:
    """A voice that starts ``start`` seconds into a clip. ``moved`` is the reading that the mouth follows."""

    audio: npt.NDArray[np.float32]  # (N,) as long as the clip
    sample_rate: int
    start: float
    voice: Voice
    moved: Voice
    noise: float | None = None  # dB that an average voice stands above it

    @property
    def phonemes(self) -> tuple[tuple[str, float, float], ...]:
        """What is heard when, in seconds of the clip."""
        return tuple((symbol, first + self.start, last + self.start) for symbol, first, last in self.voice.phonemes)

    def mouth(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """What speech does to the face (T, 52)."""
        return mouth(self.moved, times - self.start)

    def told(self, plan: Plan) -> Mapping[str, Any]:
        """``Truth.voice``: which of face and voice carries what."""
        face, voice = plan.carriers()
        carries = {
            **dict.fromkeys(("agree", "noisy_sound", "covered_face"), "face and voice"),
            **dict.fromkeys(("voice_only", "sound_only"), "voice"),
            "face_only": "face",
            "conflict": "conflict",
        }
        known = {"emotion": str(voice), "face": str(face), "carries": carries[plan.family], "start": self.start}
        told = {
            "intensity": self.voice.intensity,
            "sentence": self.voice.sentence,
            "speaker": asdict(self.voice.speaker),
        }
        noise = {} if self.noise is None else {"noise": self.noise}
        return {**known, **told, **noise, "prosody": dict(self.voice.prosody)}


def speak_for(plan: Plan) -> Speech:
    """The voice of a plan. Sentence, manner, intensity and start are drawn without knowing the emotion.

    Raises
    ------
    ValueError
        When the voice is longer than the clip.
    """
    luck = plan.luck(20)
    sentence = SENTENCES[int(luck.integers(len(SENTENCES)))]
    start, strength = float(luck.uniform(0.1, 0.3)), float(luck.uniform(0.6, 1))
    _, carried = plan.carriers()
    emotion = carried or Emotion.NEUTRAL
    voice = speak(sentence, _speaker(plan.person), emotion=emotion, intensity=strength, seed=plan.luck(21))
    first = round(start * SAMPLE_RATE)
    length = round(plan.frames / plan.rate * SAMPLE_RATE)
    if plan.family == "sound_only":
        length = first + len(voice.audio) + round(float(plan.luck(22).uniform(0.1, 0.3)) * SAMPLE_RATE)
    if first + len(voice.audio) > length:
        needed = int(np.ceil((first + len(voice.audio)) / SAMPLE_RATE * plan.rate))
        raise ValueError(f"frames must be {needed} or more for {sentence!r} in this voice; got {plan.frames}")
    audio = np.zeros(length, np.float32)
    audio[first : first + len(voice.audio)] = voice.audio
    moved = neutral_reading(voice) if plan.family == "voice_only" else voice
    noise = _noise_level(plan)
    if noise is not None:
        audio += _noise(plan.luck(24), length, LEVEL - noise)
    return Speech(audio, SAMPLE_RATE, first / SAMPLE_RATE, voice, moved, noise)


def _noise_level(plan: Plan) -> float | None:
    if plan.family != "noisy_sound":
        return None
    return float(plan.luck(23).choice(NOISES)) if plan.noise is None else float(plan.noise)


def _noise(rng: np.random.Generator, length: int, level: float) -> npt.NDArray[np.float32]:
    """Noise (N,) of ``level`` dB of full scale, between white and brown: its power falls with frequency^0 to ^2.

    It does not follow the voice at hand, or its loudness would tell how loud that is.
    """
    frequency = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    shape = np.maximum(frequency, 50.0) ** (-rng.uniform(0, 2) / 2)
    sound = np.fft.irfft(np.fft.rfft(rng.normal(size=length)) * shape, length)
    return (sound * 10 ** (level / 20) / np.sqrt(np.mean(sound**2))).astype(np.float32)


def _speaker(person: Person) -> Speaker:
    """The voice that belongs to a person: the same in all of their clips."""
    seed = int.from_bytes(hashlib.sha256(repr(person.shape).encode()).digest()[:4], "big")
    return sample_speaker(np.random.default_rng(seed), person.gender)
