"""Films: the bundled clips with frames to weigh, how their frames look in the browser, and the order they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.items import DROPPED, places
from ferviz.explorers.shared.picture import enlarge, gap_at, resized
from ferviz.gallery import samples
from ferviz.models.model import Model

__all__ = ["CELL", "LONGEST", "choices", "faces_of", "order_of", "reason", "shuffled"]

Array = npt.NDArray[np.uint8]

CELL = 112
"""Pixels of a frame's side in the sprite."""
LONGEST = 128
"""Places that repeating and inserting may make."""
REAL = "astronaut-moving"


def choices() -> tuple[str, ...]:
    """The bundled clips that have frames to weigh."""
    return (*(one.name for one in samples() if one.known and _moves(one.name)), REAL)


def _moves(name: str) -> bool:
    return any(word in name for word in ("moving", "degraded", "off-label", "one-frame", "voice"))


def faces_of(source: Source, face: int, model: Model) -> tuple[Clip, Array]:
    """The faces of a clip, those that it is made of or the one that is chosen, cut as the model wants it; and how they
    are shown (T, 112, 112, 3).

    Raises
    ------
    NoFaceError, ValueError
        When there is no face, or no frame that can be used.
    """
    clip, faces = source.clip, source.cut(face, model.crop)
    if not len(faces) or not faces.usable().any():
        raise ValueError(f"the clip {clip.source!r} has no frame that can be used")
    model.check_faces(faces)
    return faces, np.stack([resized(frame, CELL) for frame in enlarge(clip, faces, CELL)])


def order_of(given: Sequence[Any] | None) -> tuple[int, ...] | None:
    """Which frame stands at each place; None leaves the clip as it is.

    Raises
    ------
    ValueError
        For a frame below 0, no place at all, or more than `LONGEST`.
    """
    if given is None:
        return None
    order = places("order", given)
    if not 1 <= len(order) <= LONGEST:
        raise ValueError(f"order must have 1 to {LONGEST} places; got {len(order)}")
    return order


def reason(faces: Clip, frame: int, dropped: bool) -> str:
    """Why a frame is not used; "" for one that is. A frame beyond the clip's end is no gap of it."""
    gap = gap_at(faces, frame) if frame < len(faces) else ""
    return gap or (DROPPED if dropped else "")


def shuffled(
    order: tuple[int, ...], dropped: tuple[int, ...], seed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Frames in another order, and the places of those that were dropped: they stay so."""
    drawn = np.random.default_rng(seed).permutation(len(order))
    kept = tuple(int(np.flatnonzero(drawn == place)[0]) for place in dropped)
    return tuple(order[place] for place in drawn), kept
