"""The voice of a clip, laid into its time: what is heard, and what the mouth does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.faces.plan import Plan

if TYPE_CHECKING:
    from ferviz.faces.voices import Voice

__all__ = ["Speech", "speak_for"]

RATE = 16_000  # samples a second


@dataclass(frozen=True, eq=False)
class Speech:
    """A voice that starts ``start`` seconds into a clip. ``moved`` is the reading that the mouth follows."""

    audio: npt.NDArray[np.float32]  # (N,) as long as the clip
    sample_rate: int
    start: float
    voice: Voice
    moved: Voice

    @property
    def phonemes(self) -> tuple[tuple[str, float, float], ...]:
        """What is heard when, in seconds of the clip."""
        return tuple((symbol, first + self.start, last + self.start) for symbol, first, last in self.voice.phonemes)

    def mouth(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """What speech does to the face (T, 52)."""
        from ferviz.faces.voices import mouth

        return mouth(self.moved, times - self.start)

    def told(self, plan: Plan) -> Mapping[str, Any]:
        """``Truth.voice``: which of face and voice carries what."""
        face, voice = plan.carriers()
        carries = {"agree": "face and voice", "face_only": "face", "voice_only": "voice", "conflict": "conflict"}
        known = {"emotion": voice, "face": face, "carries": carries[plan.family], "start": self.start}
        return {**self.voice.told(), **known}


def speak_for(plan: Plan) -> Speech:
    """The voice of a plan. Sentence, speaker, intensity and start are drawn without knowing the emotion.

    Raises
    ------
    ValueError
        When the voice is longer than the clip.
    """
    from ferviz.faces.voices import SENTENCES, draw_speaker, neutral_reading, speak

    luck = plan.luck(20)
    sentence = SENTENCES[int(luck.integers(len(SENTENCES)))]
    speaker = draw_speaker(np.random.default_rng(plan.luck(21).integers(2**31)), plan.person)
    start, intensity = float(luck.uniform(0.1, 0.3)), float(luck.uniform(0.6, 1))
    _, emotion = plan.carriers()
    spoken = emotion or Emotion.NEUTRAL
    strength = 0.0 if spoken is Emotion.NEUTRAL else intensity
    voice = speak(sentence, speaker, emotion=spoken, intensity=strength, rng=plan.luck(22))
    length = int(round(plan.frames / plan.rate * RATE))
    first = int(round(start * RATE))
    if first + len(voice.audio) > length:
        needed = int(np.ceil((first + len(voice.audio)) / RATE * plan.rate))
        raise ValueError(f"frames must be {needed} or more for {sentence!r} in this voice; got {plan.frames}")
    audio = np.zeros(length, np.float32)
    audio[first : first + len(voice.audio)] = voice.audio
    moved = neutral_reading(voice) if plan.family == "voice_only" else voice
    return Speech(audio, RATE, first / RATE, voice, moved)
