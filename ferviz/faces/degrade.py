"""What spoils some frames of a clip: blur, darkness, a passing hand or patch, eyes that stay closed, a head that is
turned away, a face that is cut off. When, how long and how is drawn without knowing what the face shows, so it falls on
weak and on strong frames alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ferviz.faces.cover import Cover, draw_cover
from ferviz.faces.motion import closure
from ferviz.faces.scene import Scene
from ferviz.faces.view import View

__all__ = ["KINDS", "Fault", "close_eyes", "draw_faults", "names", "smear", "spoiled", "spoiled_view"]

Kind = Literal["defocus", "smear", "hand", "patch", "blink", "dark", "turned", "cut"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_REACH = 0.6  # how far from the middle of the face a hand's path begins and ends
_STRENGTHS: dict[Kind, tuple[float, float]] = {
    "defocus": (0.025, 0.06),
    "smear": (0.12, 0.25),
    "dark": (0.05, 0.12),
    "turned": (70, 80),
    "cut": (0.6, 0.8),
}


@dataclass(frozen=True)
class Fault:
    """One fault: frames ``start`` to ``stop`` (not included), which may begin before the clip or end after it.

    ``strength`` is the blur, the smear's length or how far the picture is moved off the face, as a share of its side;
    how much of the light is left; or the degrees that the head is turned away. ``turn`` is the direction of a smear or
    a move, in degrees; ``cover`` passes over the face.
    """

    kind: Kind
    start: int
    stop: int
    strength: float = 0.0
    turn: float = 0.0
    cover: Cover | None = None

    def holds(self, frame: int) -> bool:
        """Whether it spoils this frame."""
        return self.start <= frame < self.stop


def draw_faults(
    rng: np.random.Generator, frames: int, kinds: Sequence[Kind] | None = None, phase: float | None = None
) -> tuple[Fault, ...]:
    """One fault or two, each over 15 to 40 % of the frames; of all ``kinds`` unless given.

    A clip goes round: what would last beyond its end goes on at its beginning, as a second fault, so that every frame
    is spoiled equally often. The first one begins at ``phase``, 0 to 1 (not included), of the clip; drawn unless given.
    """
    chosen = [KINDS[int(rng.integers(len(KINDS)))] for _ in range(int(rng.integers(1, 3)))] if kinds is None else kinds
    faults = []
    for order, kind in enumerate(chosen):
        length = max(1, int(np.rint(rng.uniform(0.15, 0.4) * frames)))
        drawn = float(rng.random())
        start = int((drawn if order or phase is None else phase) * frames)
        strength = float(rng.uniform(*_STRENGTHS[kind])) if kind in _STRENGTHS else 0.0
        cover = draw_cover(rng, kind) if kind in ("hand", "patch") else None
        if cover is not None:
            cover = replace(cover, size=0.75 + 0.25 * cover.size)
        fault = Fault(kind, start, start + length, strength, float(rng.uniform(0, 360)), cover)
        faults.append(fault)
        if fault.stop > frames:
            faults.append(replace(fault, start=start - frames, stop=fault.stop - frames))
    return tuple(faults)


def names(faults: Sequence[Fault], frames: int) -> npt.NDArray[np.str_]:
    """What spoils each frame (T,): kinds joined by "+", and nothing where nothing does."""
    return np.array(["+".join(sorted({f.kind for f in faults if f.holds(t)})) for t in range(frames)], "<U24")


def spoiled(scene: Scene, faults: Sequence[Fault], frame: int) -> Scene:
    """The scene of one frame, with its blur, with what passes over the face, and with the head turned away."""
    for fault in faults:
        if not fault.holds(frame):
            continue
        if fault.kind == "defocus":
            scene = replace(scene, camera=replace(scene.camera, blur=max(scene.camera.blur, fault.strength)))
        if fault.kind == "turned":
            scene = replace(scene, yaw=fault.strength if fault.turn < 180 else -fault.strength)
        if fault.cover is not None:
            way = (frame - fault.start + 0.5) / (fault.stop - fault.start) * 2 - 1  # -1 to 1
            turn = np.radians(fault.turn)
            place = _REACH * way * np.array([np.cos(turn), np.sin(turn)]) + 0.3 * np.array(fault.cover.place)
            x, z = (float(v) for v in np.clip(place, -0.95, 0.95))
            scene = replace(scene, covers=(*scene.covers, replace(fault.cover, place=(x, z))))
    return scene


def spoiled_view(view: View, faults: Sequence[Fault], frame: int) -> View:
    """Crop and exposure of one frame: darker, or moved so that the face is cut off."""
    for fault in faults:
        if fault.kind == "dark" and fault.holds(frame):
            view = replace(view, exposure=view.exposure * fault.strength)
        if fault.kind == "cut" and fault.holds(frame):
            turn, way = np.radians(fault.turn), fault.strength * view.side
            x, y = view.centre
            view = replace(view, centre=(x + way * float(np.cos(turn)), y + way * float(np.sin(turn))))
    return view


def smear(image: npt.NDArray[np.uint8], faults: Sequence[Fault], frame: int) -> npt.NDArray[np.uint8]:
    """The picture (H, W, 3) as a camera that moved during the exposure takes it."""
    for fault in faults:
        if fault.kind == "smear" and fault.holds(frame):
            kernel = _line(fault.strength * len(image), fault.turn)
            moved = ndimage.convolve(image.astype(np.float32), kernel[..., None], mode="nearest")
            image = np.rint(np.clip(moved, 0, 255)).astype(np.uint8)
    return image


def _line(length: float, turn: float) -> npt.NDArray[np.float32]:
    """A line of ``length`` pixels through the middle of a square kernel; it sums to 1."""
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    for step in np.linspace(-0.5, 0.5, 8 * side):
        x = step * length * np.cos(np.radians(turn)) + side // 2
        y = step * length * np.sin(np.radians(turn)) + side // 2
        kernel[int(np.rint(y)), int(np.rint(x))] += 1
    return kernel / kernel.sum()


def close_eyes(faults: Sequence[Fault], times: npt.NDArray[np.float64], rate: float) -> npt.NDArray[np.float32]:
    """How far the lids are closed (T,) by blinks that last, at ``times`` (T,) of ``rate`` a second."""
    closed = np.zeros(len(times), np.float32)
    for fault in faults:
        if fault.kind == "blink":
            start, stop = fault.start / rate, (fault.stop - 1) / rate
            closed = np.maximum(closed, closure(times, start - 0.08, held=stop - start + 1e-6))
    return closed
