"""Sound: log-mel of ten seconds against librosa's in the same run, a clip of three seconds through the compact net, and
a fusion that is learned on cached vectors of as many films as the standard size has.

CPU time of one thread. The two log-mels take turns; the ratio is the median over the turns. Run this file as a script.
"""

from __future__ import annotations

import sys
import tempfile
import time

import librosa
import numpy as np
import torch
from clock import calibration, measure, measure_paired

from ferviz import Clip, audio
from ferviz.audio import SPEECH
from ferviz.learning.films import FusionTask
from ferviz.learning.loop import fit
from ferviz.learning.recipes.audio_video import FUSING, SHARE, only_fusion
from ferviz.learning.recipes.voices import OPTIMISER
from ferviz.learning.sets import Examples
from ferviz.models.audio_video import shipped

MOST = 1.2  # of librosa's time
GOAL = 0.120  # seconds of CPU for a clip of three seconds
RATES = (10, 25)  # frames a second: of the synthetic clips, and of films
RUNS = 30
FILMS, FRAMES, SECONDS = 1820, 40, 4  # that the standard size has to learn from, and how long they are
FUSED = 40.0  # seconds of CPU for one fusion


def log_mel() -> bool:
    """One line, and whether the goal is missed."""
    sound = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    tensor = torch.from_numpy(sound)
    told = {"n_fft": SPEECH.length, "hop_length": SPEECH.hop, "window": "hamming", "center": False, "power": 2.0}

    def theirs() -> np.ndarray:
        mel = librosa.feature.melspectrogram(y=sound, sr=SPEECH.rate, n_mels=SPEECH.bands, fmax=SPEECH.high, **told)
        return librosa.power_to_db(mel, amin=audio.spectra.FLOOR, top_db=None)

    ours, peer, ratio = measure_paired(lambda: audio.log_mel(tensor), theirs, RUNS)
    missed = ratio > MOST
    print(f"log-mel of 10 s: {ours * 1e3:.2f} ms, librosa {peer * 1e3:.2f} ms, paired ratio {ratio:.2f}", end=" ")
    print(f"(goal {MOST}: {'MISSED' if missed else 'reached'})")
    return missed


@torch.no_grad()
def clip_of_three_seconds(rate: int) -> bool:
    """One line for the network, with the pictures of the clip beside it; and whether the goal is missed."""
    model, rng = shipped("both").eval(), np.random.default_rng(0)  # the weights do not change the time
    frames = rng.integers(0, 256, (3 * rate, 48, 48, 3), dtype=np.uint8)
    sound = rng.normal(0, 0.1, 3 * SPEECH.rate).astype(np.float32)
    clip = Clip(frames, np.arange(len(frames)) / rate, sound, SPEECH.rate, crop=model.crop)
    inputs = model.prepare(clip)
    through, before = measure(lambda: model(*inputs), RUNS), measure(lambda: model.prepare(clip), RUNS)
    missed = through.median > GOAL
    told = f"goal {GOAL * 1e3:.0f} ms: {'MISSED' if missed else 'reached'}"
    print(f"a clip of 3 s with {len(frames)} frames: {through.median * 1e3:.1f} ms through the compact net", end=" ")
    print(f"({told}), {before.median * 1e3:.1f} ms to prepare it")
    return missed


def fused() -> bool:
    """One line, and whether the goal is missed."""
    model, luck = shipped("both"), torch.Generator().manual_seed(0)
    net, windows = model.config.ear.net, SPEECH.count(SECONDS * SPEECH.rate)
    positions = net.places(SPEECH.bands, "band") * net.places(windows, "window")
    raw = {"video": torch.randn(FILMS, FRAMES, model.config.eye.width, generator=luck)}
    raw |= {"mask": torch.ones(FILMS, FRAMES, dtype=torch.bool)}
    raw |= {"audio": torch.randn(FILMS, positions, net.width, generator=luck)}
    raw |= {"position_mask": torch.ones(FILMS, positions, dtype=torch.bool)}
    films = Examples(raw, {"emotion": torch.arange(FILMS) % 7})
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        task = FusionTask(films, {}, SHARE)
        fit(model, task, FUSING.schedule, folder, groups=only_fusion, optimiser=OPTIMISER, progress=False)
    seconds = time.process_time() - start
    missed = seconds > FUSED
    print(f"a fusion on cached vectors of {FILMS} films: {seconds:.1f} s", end=" ")
    print(f"(goal {FUSED:g} s: {'MISSED' if missed else 'reached'})")
    return missed


def main() -> int:
    torch.set_num_threads(1)
    print(calibration())
    return int(max(log_mel(), *map(clip_of_three_seconds, RATES), fused()))


if __name__ == "__main__":
    sys.exit(main())
