"""What spoils some frames of a degraded clip: blur, a passing hand or patch, eyes that stay closed. Drawn without
knowing the emotion, so it falls on weak and on strong frames alike."""

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

__all__ = ["KINDS", "Fault", "close_eyes", "draw_faults", "smear", "spoiled"]

Kind = Literal["defocus", "smear", "hand", "patch", "blink"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_REACH = 0.85  # how far from the middle of the face a hand's path begins and ends


@dataclass(frozen=True)
class Fault:
    """One fault: frames ``start`` to ``stop`` (not included). ``strength`` is the blur or the smear's length as a share
    of the picture's side; ``turn`` the smear's direction in degrees; ``cover`` passes over the face."""

    kind: Kind
    start: int
    stop: int
    strength: float = 0.0
    turn: float = 0.0
    cover: Cover | None = None

    def holds(self, frame: int) -> bool:
        """Whether it spoils this frame."""
        return self.start <= frame < self.stop


def draw_faults(rng: np.random.Generator, frames: int, kinds: Sequence[Kind] | None = None) -> tuple[Fault, ...]:
    """One fault or two, each over 15 to 40 % of the frames, less at the ends; of all ``kinds`` unless given."""
    chosen = [KINDS[int(rng.integers(len(KINDS)))] for _ in range(int(rng.integers(1, 3)))] if kinds is None else kinds
    faults = []
    for kind in chosen:
        length = max(1, int(np.rint(rng.uniform(0.15, 0.4) * frames)))
        start = int(rng.integers(1 - length, frames))  # every frame is spoiled equally often
        blur = {"defocus": rng.uniform(0.025, 0.06), "smear": rng.uniform(0.08, 0.2)}.get(kind, 0.0)
        cover = draw_cover(rng, kind) if kind in ("hand", "patch") else None
        if cover is not None:
            cover = replace(cover, size=max(0.5, cover.size))
        faults.append(
            Fault(kind, max(0, start), min(frames, start + length), float(blur), float(rng.uniform(0, 180)), cover)
        )
    return tuple(faults)


def spoiled(scene: Scene, faults: Sequence[Fault], frame: int) -> Scene:
    """The scene of one frame, with its blur and with what passes over the face."""
    for fault in faults:
        if not fault.holds(frame):
            continue
        if fault.kind == "defocus":
            scene = replace(scene, camera=replace(scene.camera, blur=max(scene.camera.blur, fault.strength)))
        if fault.cover is not None:
            way = (frame - fault.start + 0.5) / (fault.stop - fault.start) * 2 - 1  # -1 to 1
            turn = np.radians(fault.turn)
            place = _REACH * way * np.array([np.cos(turn), np.sin(turn)]) + 0.3 * np.array(fault.cover.place)
            x, z = (float(v) for v in np.clip(place, -0.95, 0.95))
            scene = replace(scene, covers=(*scene.covers, replace(fault.cover, place=(x, z))))
    return scene


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


def close_eyes(faults: Sequence[Fault], times: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """How far the lids are closed (T,) by blinks that last."""
    closed = np.zeros(len(times), np.float32)
    for fault in faults:
        if fault.kind == "blink":
            start, stop = times[fault.start], times[fault.stop - 1]
            closed = np.maximum(closed, closure(times, start - 0.08, held=stop - start + 1e-6))
    return closed
