"""Local binary patterns against scikit-image: CPU time of one thread, in one run. Run this file as a script."""

from __future__ import annotations

import numpy as np
import torch
from clock import calibration, measure_in_turns
from skimage.color import rgb2gray
from skimage.data import astronaut
from skimage.feature import local_binary_pattern
from skimage.util import img_as_ubyte

from ferviz.lbp import codes

METHODS = {
    "circle": "default",
    "uniform": "nri_uniform",
    "rotation_invariant": "ror",
    "uniform_rotation_invariant": "uniform",
}


def pictures(count: int = 64, side: int = 128) -> dict[str, np.ndarray]:
    """Noise, and cuts of a photograph: (count, side, side) uint8 each."""
    rng = np.random.default_rng(0)
    photo = img_as_ubyte(rgb2gray(astronaut()))
    corners = rng.integers(0, photo.shape[0] - side, (count, 2))
    return {
        "noise": rng.integers(0, 256, (count, side, side), dtype=np.uint8),
        "photo": np.stack([photo[row : row + side, column : column + side] for row, column in corners]),
    }


def compare(images: np.ndarray, kind: str, points: int, radius: float, runs: int) -> tuple[str, float]:
    """One line of the table, and how many times faster ours is.

    The codes that differ are ties of interpolated neighbours, which scikit-image's rounding decides by position.
    """
    tensor = torch.from_numpy(images)

    def ours() -> torch.Tensor:
        return codes(tensor, points=points, radius=radius, kind=kind)

    def theirs() -> list[np.ndarray]:
        return [local_binary_pattern(image, points, radius, METHODS[kind]) for image in images]

    differ = np.mean(ours().numpy() != np.stack(theirs()))
    fast, slow = measure_in_turns(ours, theirs, runs=runs)
    ratio = slow.median / fast.median
    times = "".join(f"{seconds * 1e3:9.1f}" for seconds in (fast.median, fast.p95, slow.median, slow.p95))
    return f"{kind:27s}{times}{ratio:8.1f}{differ:11.4%}", ratio


def main(runs: int = 20, count: int = 64) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        print(calibration(runs))
        sets = pictures(count)
        for name, points, radius in (("noise", 8, 1.0), ("photo", 8, 1.0), ("photo", 8, 2.0), ("photo", 16, 2.0)):
            print(f"\n{name}, {sets[name].shape} uint8, P={points}, R={radius:g}; ms of CPU time, {runs} runs in turns")
            print(f"{'kind':27s}{'ferviz':>9s}{'p95':>9s}{'skimage':>9s}{'p95':>9s}{'ratio':>8s}{'differ':>11s}")
            lines = [compare(sets[name], kind, points, radius, runs) for kind in METHODS]
            print(*(line for line, _ in lines), sep="\n")
            print(f"lowest ratio: {min(ratio for _, ratio in lines):.1f}")
    finally:
        torch.set_num_threads(threads)


if __name__ == "__main__":
    main()
