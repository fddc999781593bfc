"""Voices: CPU milliseconds of one thread for a second of speech. Run this file as a script.

A first utterance has espeak-ng read the sentence and finds the voice cycles; later ones of that speaker and sentence
(another emotion, another seed) reuse that. Printed beside both: the mouth of 100 frames.
"""

from __future__ import annotations

import numpy as np
from clock import calibration, measure

from ferviz.emotions import Emotion
from ferviz.faces.voices import SENTENCES, SPEAKERS, mouth, speak
from ferviz.faces.voices.espeak import read_aloud
from ferviz.faces.voices.psola import find_cycles

RUNS = 10


def main() -> None:
    jobs = [(sentence, who, emotion) for who in SPEAKERS for sentence, emotion in zip(SENTENCES, Emotion, strict=False)]
    rng = np.random.default_rng(0)
    jobs = [jobs[i] for i in rng.permutation(len(jobs))[:20]]
    seconds = sum(speak(s, who, emotion=e).duration for s, who, e in jobs)

    def first() -> None:
        read_aloud.cache_clear()
        find_cycles.cache_clear()
        later()

    def later() -> None:
        for sentence, who, emotion in jobs:
            speak(sentence, who, emotion=emotion)

    voice = speak(SENTENCES[0], "Ada")
    times = np.arange(100) / 50
    print(calibration())
    for name, function in (("first utterance", first), ("later utterances", later)):
        spent = measure(function, RUNS)
        print(f"{name}: {spent.median / seconds * 1e3:.1f} ms CPU a second of speech (median of {RUNS} × {len(jobs)})")
    print(f"mouth, 100 frames: {measure(lambda: mouth(voice, times)).median * 1e3:.2f} ms CPU")


if __name__ == "__main__":
    main()
