"""Explorers that look at a picture: a bundled sample, or somebody's own, which stays out of the saved notebook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.clip import Clip, Face
from ferviz.explorers.shared.base import Explorer
from ferviz.gallery import sample
from ferviz.intake import NoFaceError, crop_matrix
from ferviz.media import load_clip

__all__ = ["PictureExplorer", "encode", "enlarge", "gap_at", "rounded"]

MAX_FRAMES, MAX_SIDE = 64, 960
"""What is kept of an upload: enough to look at, and little enough to stay quick."""


class PictureExplorer(Explorer):
    """An explorer of one clip at a time. A subclass says what to `look` at and what `sheet` the browser gets of it.

    Parameters
    ----------
    clip : str or Clip
        A bundled sample by name, or a clip of your own. Your own is treated like an upload: it is shown, and not saved.
    """

    ACCEPT = "image/*,video/*"

    def __init__(
        self, clip: str | Clip, *, controls: Sequence[ipywidgets.Widget] = (), large: bool = False, **state: Any
    ) -> None:
        self._name = clip if isinstance(clip, str) else "astronaut"
        self._sheets = 0
        self.look(sample(self._name))
        # somebody's own clip comes second, so that the traits, which a notebook saves, hold the bundled sample
        super().__init__(controls=controls, large=large, **(state if isinstance(clip, str) else {}))
        self._show_sheet()
        if isinstance(clip, Clip):
            self._adopt(clip, own=True, **state)
            self._answer()

    def look(self, clip: Clip) -> None:
        """Take a clip in: find the face, run the model on it. Raises before anything has changed."""
        raise NotImplementedError(f"{type(self).__name__} must look at a clip")

    def sheet(self) -> dict[str, Any]:
        """What the browser gets of the clip, once."""
        raise NotImplementedError(f"{type(self).__name__} must say what the browser gets of a clip")

    def argument(self) -> str:
        return "clip" if self.private else repr(self._name)

    def opened(self, data: bytes, name: str) -> None:
        """Take an upload in as one's own clip. Raises ValueError when it holds no face, or is no clip."""
        # "exact": a short clip often has one key frame, and would come as one picture
        clip = load_clip(data, max_frames=MAX_FRAMES, max_side=MAX_SIDE, seek="exact")
        try:
            self._adopt(clip, own=True)
        except NoFaceError as error:  # its advice is for those who write code
            words = "no face found in the upload: try a larger, brighter picture with the face upright and uncovered"
            raise ValueError(words) from error

    def act(self, name: str) -> None:
        """``"sample"``: back to the bundled picture. Raises ValueError for another name."""
        if name != "sample":
            raise ValueError(f"name must be 'sample'; got {name!r}")
        self._adopt(sample(self._name), own=False)

    def _adopt(self, clip: Clip, *, own: bool, **state: Any) -> None:
        self.look(clip)
        self.private = own
        self._state = replace(self._state, **({"frame": 0} if hasattr(self._state, "frame") else {}), **state)
        self.view = self.compute(self._state)
        self._sync_controls()
        self._show_sheet()

    def _show_sheet(self) -> None:
        self._sheets += 1  # told apart from the sheet before, so that coming back to the sample is a change
        self.tell("picture", {**self.sheet(), "own": self.private, "turn": self._sheets})


def encode(frame: npt.NDArray[np.uint8], quality: int = 85) -> bytes:
    """A picture (H, W, 3) as WebP, as the browser gets it to look at. The model never sees this copy."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "WEBP", quality=quality)
    return file.getvalue()


def enlarge(clip: Clip, faces: Clip, side: int = 256) -> npt.NDArray[np.uint8]:
    """The face pictures at a size to look at, (T, side, side, 3), cut anew from the source where its boxes allow it."""
    crop = faces.crop
    if crop is None or crop.align != "box" or faces.boxes is None or len(clip) != len(faces) or clip is faces:
        return faces.frames
    known = np.flatnonzero(np.isfinite(faces.boxes).all(1))
    large = replace(crop, size=side)
    matrices = [crop_matrix(Face(faces.boxes[i], 1.0, np.full((5, 2), np.nan)), large) for i in known]
    frames = np.zeros((len(faces), side, side, 3), np.uint8)
    for i, matrix in zip(known, matrices, strict=True):
        frames[i] = clip[int(i)].warp(matrix[None], size=(side, side)).frames[0]
    return frames


def gap_at(clip: Clip, frame: int) -> str:
    """Why a frame cannot be used; "" when it can."""
    return next((gap.reason for gap in clip.gaps if gap.stream == "frames" and gap.start <= frame < gap.stop), "")


def rounded(value: float) -> float | None:
    """For JSON: four digits, and None for a gap's NaN."""
    return round(float(value), 4) if np.isfinite(value) else None
