"""Change pitch, length and formants of a reading on one note: overlap-add of its single voice cycles.

TD-PSOLA of Moulines and Charpentier (1990, doi:10.1016/0167-6393(90)90021-Z). The reading's pitch is constant and
known, so its cycles are found without guessing: they are the zeros of the phase of its fundamental. Reading a cycle
faster or slower than it was spoken moves the formants and leaves the pitch alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, resample_poly, sosfiltfilt

from ferviz.faces.voices.espeak import Reading
from ferviz.faces.voices.melody import Plan

__all__ = ["SAMPLE_RATE", "Cycles", "find_cycles", "overlap_add"]

Floats = npt.NDArray[np.float64]

SAMPLE_RATE = 16_000
_FINE = 4  # the reading is stored this much finer, so that linear interpolation between samples does no harm
_NOISE_STEP = 0.005  # s between grains where there is no voice
_NOISE_SHIFT = 0.001  # s by which such grains are displaced, so that stretched noise does not buzz
_VOICED = 0.55  # correlation of one cycle with the next


@dataclass(frozen=True, eq=False)
class Cycles:
    """A reading prepared: ``samples`` at ``rate`` a second, ``marks`` (M,) s of its cycles, ``period`` s, ``voiced`` on
    steps of ``hop`` s."""

    samples: Floats
    rate: int
    marks: Floats
    period: float
    voiced: npt.NDArray[np.bool_]
    hop: float

    def is_voiced(self, time: Floats) -> npt.NDArray[np.bool_]:
        """Whether the reading is voiced at ``time``."""
        steps = np.clip(np.round(time / self.hop).astype(int), 0, len(self.voiced) - 1)
        return self.voiced[steps]


@lru_cache(maxsize=48)
def find_cycles(reading: Reading) -> Cycles:
    """Bring the reading to 16 kHz and find its voice cycles."""
    common = np.gcd(SAMPLE_RATE, reading.rate)
    sound = resample_poly(reading.samples, SAMPLE_RATE // common, reading.rate // common)
    lag = round(SAMPLE_RATE / reading.pitch)
    low = sosfiltfilt(butter(4, 1500, fs=SAMPLE_RATE, output="sos"), np.pad(sound, (0, lag)))
    now, then = low[:-lag], low[lag:]
    window = 2 * lag
    power, power_then, product = (uniform_filter1d(v, window) for v in (now * now, then * then, now * then))
    loud = power > 1e-4 * power.max()
    alike = product > _VOICED * np.sqrt(np.maximum(power * power_then, 1e-12))
    time = np.arange(len(sound)) / SAMPLE_RATE
    turning = sound * np.exp(-2j * np.pi * reading.pitch * time)
    slow = uniform_filter1d(turning.real, window) + 1j * uniform_filter1d(turning.imag, window)
    phase = np.unwrap(np.angle(slow)) + 2 * np.pi * reading.pitch * time
    phase = np.maximum.accumulate(phase - _loudest(phase, sound)) / (2 * np.pi)
    marks = np.interp(np.arange(np.ceil(phase[0]), np.floor(phase[-1]) + 1), phase, time)
    step = SAMPLE_RATE // 500
    fine = resample_poly(sound, _FINE, 1)
    return Cycles(fine, SAMPLE_RATE * _FINE, marks, 1 / reading.pitch, (loud & alike)[::step], step / SAMPLE_RATE)


def _loudest(phase: Floats, sound: Floats) -> float:
    """The phase of the fundamental at which a cycle is loudest: the pulse of the glottis."""
    turn = np.sum(sound**2 * np.exp(1j * phase))
    return float(np.angle(turn))


def overlap_add(cycles: Cycles, plan: Plan, formants: float, jitter: float, rng: np.random.Generator) -> Floats:
    """The utterance (N,) at 16 kHz: cycles of the reading set where the plan's times and pitch want them.

    ``formants`` is the factor on the formants, ``jitter`` the standard deviation of a cycle's place as a share of its
    length (its loudness varies four times as much), drawn from ``rng``.
    """
    turns = np.concatenate([[0.0], np.cumsum(plan.pitch[:-1] * np.diff(plan.time))])
    voice = np.interp(np.arange(1, np.floor(turns[-1])), turns, plan.time)
    pitch = np.interp(voice, plan.time, plan.pitch)
    shake, flicker = rng.normal(size=(2, len(voice)))
    voice = voice + jitter * np.clip(shake, -2.5, 2.5) / pitch
    strength = (1 + 4 * jitter * np.clip(flicker, -2.5, 2.5)) * np.sqrt(1 / pitch / cycles.period)
    wanted = plan.source_of(voice)
    nearest = _nearest(cycles.marks, wanted)
    keep = cycles.is_voiced(wanted) & ~plan.silent(voice) & (np.abs(nearest - wanted) < 1.5 * cycles.period)
    out = _add(cycles, plan.duration, voice[keep], nearest[keep], strength[keep], cycles.period, formants)

    noise = np.arange(_NOISE_STEP, plan.duration, _NOISE_STEP)
    shift = rng.uniform(-_NOISE_SHIFT, _NOISE_SHIFT, len(noise))
    wanted = plan.source_of(noise)
    keep = ~cycles.is_voiced(wanted) & ~plan.silent(noise)
    ones = np.ones(int(keep.sum()))
    return out + _add(cycles, plan.duration, noise[keep], (wanted + shift)[keep], ones, _NOISE_STEP, formants)


def _nearest(marks: Floats, wanted: Floats) -> Floats:
    right = np.clip(np.searchsorted(marks, wanted), 1, len(marks) - 1)
    return np.where(wanted - marks[right - 1] < marks[right] - wanted, marks[right - 1], marks[right])


def _add(
    cycles: Cycles, duration: float, at: Floats, of: Floats, strength: Floats, half: float, formants: float
) -> Floats:
    """Sum of Hann-windowed grains: the reading around ``of``, ``half`` s to either side, set around ``at``."""
    reach = int(np.ceil(half / formants * SAMPLE_RATE)) + 1
    places = np.floor(at * SAMPLE_RATE).astype(int)[:, None] + np.arange(-reach, reach + 1)  # (grains, samples)
    lag = (places / SAMPLE_RATE - at[:, None]) * formants
    window = np.where(np.abs(lag) < half, 0.5 + 0.5 * np.cos(np.pi * lag / half), 0) * strength[:, None]
    exact = np.clip((of[:, None] + lag) * cycles.rate, 0, len(cycles.samples) - 2)
    left = exact.astype(int)
    value = cycles.samples[left] + (exact - left) * (cycles.samples[left + 1] - cycles.samples[left])
    length = int(np.ceil(duration * SAMPLE_RATE))
    inside = (places >= 0) & (places < length)
    return np.bincount(places[inside], (value * window)[inside], minlength=length).astype(np.float64)
