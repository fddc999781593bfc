"""How a face moves in time: the course of an expression, and all that goes on beside it.

Every function takes the times of the frames in seconds and, where chance is involved, a numpy Generator of its own.
What is random is stationary: the first frames of a clip, where expressions have not begun, look like all others.

Time scales: onsets and offsets after Schmidt, Cohn and Tian, "Signal characteristics of spontaneous facial expressions"
(Biological Psychology 2003, doi:10.1016/S0301-0511(03)00098-X); blinks after VanderWerf et al., "Eyelid movements"
(J Neurophysiology 2003, doi:10.1152/jn.00557.2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from ferviz.faces.head import head

__all__ = [
    "GROUPS",
    "Pulse",
    "babble",
    "blinks",
    "closure",
    "draw_round",
    "gaze",
    "group_of",
    "head_motion",
    "idle",
    "smoothstep",
    "wander",
]


Floats = npt.NDArray[np.float32]
_CLOCK = 50.0  # Hz: random motion is drawn on this clock, then read at the frames' times

GROUPS: tuple[tuple[str, ...], ...] = (("brow",), ("eye", "cheek"), ("nose", "mouth", "jaw", "tongue"))
"""Beginnings of the names of the actions that start together: brows, eyes, and the lower face."""


@lru_cache(maxsize=1)
def group_of() -> npt.NDArray[np.int64]:
    """The group (52,) that each action of the head belongs to, as a place in `GROUPS`."""
    return np.array([next(i for i, g in enumerate(GROUPS) if name.startswith(g)) for name in head().action_names])


def smoothstep(x: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """From 0 to 1 without a jerk at either end."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


@dataclass(frozen=True)
class Pulse:
    """An expression that comes and goes: the second at which the onset starts; lengths of onset, apex and offset."""

    start: float
    onset: float
    apex: float
    offset: float

    def at(self, times: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """How far the expression is, 0 to 1, at ``times`` (T,): exactly 0 before and after, 1 during the apex."""
        t = np.asarray(times, float) - self.start
        return smoothstep(t / self.onset) * (1 - smoothstep((t - self.onset - self.apex) / self.offset))

    def paced(self, onset: float, apex: float, offset: float) -> Pulse:
        """The same course with its parts this much longer."""
        return Pulse(self.start, onset * self.onset, apex * self.apex, offset * self.offset)

    def shifted(self, seconds: float) -> Pulse:
        """The same course, later."""
        return Pulse(self.start + seconds, self.onset, self.apex, self.offset)


def draw_round(rng: np.random.Generator, duration: float) -> tuple[Pulse, ...]:
    """A course for a clip of ``duration`` seconds that goes round: one pulse or, in a third of the clips, two.

    15 to 30 % of the time is rest. Onsets take 0.15 to 0.6 s and offsets 0.3 to 1 s, less in short clips; all
    the rest of the time is apex.
    """
    rest, twice = rng.uniform(0.15, 0.3) * duration, bool(rng.random() < 1 / 3)
    share = float(rng.uniform(0.35, 0.65)) if twice else 1.0
    pulses, start = [], 0.0
    for part in (share, 1 - share) if twice else (1.0,):
        length = part * (duration - rest)
        onset = min(rng.uniform(0.15, 0.6), 0.2 * length)
        offset = min(rng.uniform(0.3, 1.0), 0.25 * length)
        pulses.append(Pulse(start, float(onset), float(length - onset - offset), float(offset)))
        start += length + part * rest
    return tuple(pulses)


def wander(rng: np.random.Generator, times: npt.ArrayLike, spread: float, tau: float, smooth: float = 0.0) -> Floats:
    """A random walk that is drawn back to 0 (Ornstein and Uhlenbeck 1930).

    Parameters
    ----------
    rng : numpy Generator
    times : array (T,)
        Seconds, not negative.
    spread : float
        Standard deviation.
    tau : float
        Seconds after which 1/e of it is left.
    smooth : float
        Seconds of a Gaussian that takes the jerks away.

    Returns
    -------
    float32 array (T,)
    """
    times = np.asarray(times, float)
    count = int(np.ceil((times[-1] if len(times) else 0.0) * _CLOCK)) + 2
    keep = np.exp(-1 / (_CLOCK * tau))
    steps = rng.normal(0, spread, count)
    steps[1:] *= np.sqrt(1 - keep * keep)
    walk = np.empty(count)
    walk[0] = steps[0]
    for i in range(1, count):
        walk[i] = keep * walk[i - 1] + steps[i]
    if smooth > 0:
        walk = gaussian_filter1d(walk, smooth * _CLOCK, mode="nearest")
    return np.interp(times, np.arange(count) / _CLOCK, walk).astype(np.float32)


def head_motion(rng: np.random.Generator, times: npt.ArrayLike, strength: float = 1.0) -> Floats:
    """Yaw, pitch and roll (T, 3) in degrees around where the head is held."""
    scales = ((6.0, 1.2), (4.0, 1.0), (2.5, 1.5))
    return np.stack([wander(rng, times, strength * s, tau, 0.12) for s, tau in scales], 1)


def idle(rng: np.random.Generator, times: npt.ArrayLike, spread: float = 0.012) -> Floats:
    """The slight unrest of a living face (T, 52); the tongue stays in."""
    names = head().action_names
    moved = np.stack([wander(rng, times, spread, 0.5, 0.04) for _ in names], 1)
    moved[:, [i for i, name in enumerate(names) if name.startswith("tongue")]] = 0
    return moved


def gaze(rng: np.random.Generator, times: npt.ArrayLike, spread: float = 0.12) -> Floats:
    """Changes of the eyes' direction (T, 52): saccades of 40 ms between places held for 0.3 to 1.5 s."""
    times, names = np.asarray(times, float), head().action_index
    place = rng.normal(0, (spread, 0.6 * spread)) / np.sqrt(1 - 0.3**2)  # as after many saccades
    across, up = np.full(len(times), place[0]), np.full(len(times), place[1])
    now = rng.uniform(0, 0.8)
    while now < (times[-1] if len(times) else 0):
        jump = rng.normal(0, (spread, 0.6 * spread)) - 0.7 * place
        moved = np.clip((times - now) / 0.04, 0, 1)
        across, up, place = across + jump[0] * moved, up + jump[1] * moved, place + jump
        now += rng.uniform(0.3, 1.5)
    looked = np.zeros((len(times), len(names)), np.float32)
    for side, inward in (("Left", -1), ("Right", 1)):
        looked[:, names[f"eyeLookIn{side}"]] = inward * across
        looked[:, names[f"eyeLookUp{side}"]] = up
    return _both_ways(looked)


def _both_ways(looked: Floats) -> Floats:
    """Looking in by less than nothing is looking out; looking up by less than nothing is looking down."""
    names = head().action_index
    for side in ("Left", "Right"):
        for toward, away in (("In", "Out"), ("Up", "Down")):
            signed = looked[:, names[f"eyeLook{toward}{side}"]]
            looked[:, names[f"eyeLook{away}{side}"]] = np.maximum(-signed, 0)
            looked[:, names[f"eyeLook{toward}{side}"]] = np.maximum(signed, 0)
    return looked


def closure(times: npt.ArrayLike, start: float, held: float = 0.04) -> Floats:
    """How far the lids are closed (T,) in a blink from ``start``: 80 ms down, ``held``, 160 ms up."""
    t = np.asarray(times, float) - start
    return np.clip(np.minimum(t / 0.08, 1 - (t - 0.08 - held) / 0.16), 0, 1).astype(np.float32)


def blinks(rng: np.random.Generator, times: npt.ArrayLike, apart: float = 3.0) -> Floats:
    """How far the lids are closed (T,), with blinks every ``apart`` seconds on average."""
    times = np.asarray(times, float)
    closed, now = np.zeros(len(times), np.float32), float(rng.exponential(apart)) - 0.28
    while now < (times[-1] if len(times) else 0):
        closed = np.maximum(closed, closure(times, now))
        now += 0.3 + float(rng.exponential(apart))
    return closed


_BABBLE: tuple[
    tuple[float, dict[str, float]], ...
] = (  # how often, and what the mouth does: open, spread, rounded, pressed …
    (0.20, {"jawOpen": 0.45, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2}),
    (
        0.14,
        {
            "mouthStretchLeft": 0.3,
            "mouthStretchRight": 0.3,
            "mouthSmileLeft": 0.2,
            "mouthSmileRight": 0.2,
            "jawOpen": 0.12,
        },
    ),
    (0.12, {"jawOpen": 0.28, "mouthFunnel": 0.6}),
    (0.12, {"mouthPucker": 0.8, "jawOpen": 0.08}),
    (0.14, {"mouthPressLeft": 0.4, "mouthPressRight": 0.4, "mouthRollLower": 0.3}),
    (0.08, {"mouthRollLower": 0.6, "mouthUpperUpLeft": 0.25, "mouthUpperUpRight": 0.25, "jawOpen": 0.05}),
    (0.12, {"jawOpen": 0.18}),
    (0.08, {}),
)


def babble(rng: np.random.Generator, times: npt.ArrayLike) -> Floats:
    """A mouth that talks without a sound being known (T, 52): shapes of 100 to 240 ms by chance, with pauses."""
    times, names = np.asarray(times, float), head().action_index
    end = times[-1] if len(times) else 0.0
    shapes = np.zeros((int(np.ceil(end * _CLOCK)) + 2, len(names)))
    now = -float(rng.uniform(0, 0.24))
    while now < end:
        lasts, shape = rng.uniform(0.10, 0.24), _BABBLE[int(rng.choice(len(_BABBLE), p=[row[0] for row in _BABBLE]))][1]
        first, last = max(0, int(now * _CLOCK)), int((now + lasts) * _CLOCK)
        for name, strength in shape.items():
            shapes[first:last, names[name]] = strength * rng.uniform(0.6, 1.2)
        now += lasts + (rng.uniform(0.2, 0.5) if rng.random() < 0.08 else 0.0)
    shapes = gaussian_filter1d(shapes, 0.045 * _CLOCK, axis=0, mode="nearest")
    place = np.minimum(np.rint(times * _CLOCK).astype(int), len(shapes) - 1)
    return shapes[place].astype(np.float32)
