"""What the tests of the scripts that prepare films share: a stand-in for `ferviz.find_faces`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ferviz.clip import Clip, Crop, Gap


class Finder:
    """Cuts the corner, and finds no face in the frames that ``lost`` names.

    ``seen`` counts the calls for each clip, by its source; ``fails`` names the error that one of them raises.
    """

    def __init__(self, lost: Callable[[Clip], np.ndarray]) -> None:
        self.lost = lost
        self.seen: Counter[str] = Counter()
        self.fails: dict[str, BaseException] = {}

    def __call__(self, clip: Clip, *, size: int, margin: float, align: str) -> Clip:
        self.seen[clip.source] += 1
        if clip.source in self.fails:
            raise self.fails[clip.source]
        gaps = tuple(Gap("frames", int(i), int(i) + 1, "no face found") for i in self.lost(clip))
        return replace(clip, frames=clip.frames[:, :size, :size], crop=Crop(size, margin, align), gaps=clip.gaps + gaps)


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of each file in a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
