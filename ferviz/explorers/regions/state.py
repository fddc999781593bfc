"""What the explorer *Regions* lets a person choose, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.explorers.regions.covers import COVERS, SIZES
from ferviz.explorers.regions.maps import Maps
from ferviz.explorers.shared.face_state import RANGES, FaceState
from ferviz.explorers.shared.faces import SourceState
from ferviz.explorers.shared.items import check_values, places
from ferviz.explorers.shared.one_face import SYNTHETIC
from ferviz.faces.render import Quality
from ferviz.models.region_attention import Squash, Variant
from ferviz.models.regions import SCHEMES
from ferviz.scores.pooled import Pooled
from ferviz.scores.shares import Measure

__all__ = ["LEAST", "MARGINS", "MOST", "RegionsState", "RegionsView"]

Array = npt.NDArray[Any]
Box = tuple[float, float, float, float]
Movable = Literal["weight", "alpha"]
Tab = Literal["cursor", "matters", "face", "loss", "head"]

MOST = 24
"""Boxes beside the whole face: what can be told apart on a screen."""
LEAST = 0.05
"""The shortest side of a box, as a share of the face's: two pixels of what the compact network reads."""
MARGINS = (0.0, 0.5)
"""The ends of the margin's slider."""


@dataclass(frozen=True)
class RegionsState(SourceState):
    """What the person chose.

    ``source`` is a bundled sample, "synthetic", or "" for one's own; ``frame`` counts its frames that have a face.
    ``variant`` of the network; ``squash`` what makes a weight of a score: "sigmoid" (paper) or "softmax" (the official
    code), "" what the network was trained with. ``scheme`` says where the crops lie, ``draw`` numbers the random ones;
    ``boxes`` are others than the scheme's: left, top, right, bottom, in shares of the face, the whole face not among
    them. ``region`` is under the cursor, 0 is the whole face; ``label`` the one whose logit is looked at ("" follows
    the answer). ``dropped`` regions get no weight. ``values``, one a region, replace what ``moves`` names ("weight" or
    "alpha"); None leaves the network its own. ``margin`` is that of the RB-loss. ``tab`` is the view that is open: what
    is under the "cursor", which region "matters", maps on the "face", the RB-"loss", or the dials of the "head".
    ``cover`` lies on the face, one of `COVERS` or "" for none: its middle at ``cover_x``, ``cover_y``, ``cover_size``
    wide, in shares of the face's side. ``emotion``, ``way``, ``units``, ``intensity``, ``seed``, ``yaw`` and ``pitch``
    make the synthetic face as in `FaceState`; ``quality`` is "fast" while a hand moves.
    """

    source: str = SYNTHETIC
    frame: int = 0
    variant: str = "relation"
    squash: str = ""
    scheme: str = "fixed"
    draw: int = 0
    boxes: tuple[Box, ...] | None = None
    region: int = 0
    label: str = ""
    dropped: tuple[int, ...] = ()
    moves: Movable = "weight"
    values: tuple[float, ...] | None = None
    margin: float = 0.1
    tab: Tab = "cursor"
    cover: str = ""
    cover_x: float = 0.5
    cover_y: float = 0.5
    cover_size: float = 0.5
    emotion: str = "happiness"
    way: int = 1
    intensity: float = 0.8
    units: Mapping[str, float] | None = None
    seed: int = 8
    yaw: float = 0.0
    pitch: float = 0.0
    quality: Quality = "full"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dropped", tuple(sorted(set(places("dropped", self.dropped)))))
        object.__setattr__(self, "values", check_values(self.values))
        choices = {"variant": get_args(Variant), "squash": ("", *get_args(Squash)), "scheme": tuple(SCHEMES)}
        choices |= {"moves": get_args(Movable), "cover": ("", *COVERS), "tab": get_args(Tab)}
        for name, words in choices.items():
            if getattr(self, name) not in words:
                fits = ", ".join(word or "''" for word in words)
                raise ValueError(f"{name} must be one of {fits}; got {getattr(self, name)!r:.200}")
        for name in ("frame", "region", "draw"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more; got {getattr(self, name)}")
        ends = {"margin": MARGINS, "cover_x": (0.0, 1.0), "cover_y": (0.0, 1.0), "cover_size": SIZES}
        for name, (low, high) in ends.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie between {low:g} and {high:g}; got {getattr(self, name)}")
        if self.boxes is not None:
            object.__setattr__(self, "boxes", _checked(self.boxes))
        face = self.synthetic  # refuses what no face can show
        object.__setattr__(self, "units", face.units)
        object.__setattr__(self, "emotion", face.emotion)

    @cached_property
    def synthetic(self) -> FaceState:
        """The synthetic face: who it is, what it does, and how it is turned."""
        return FaceState(
            emotion=self.emotion,
            way=self.way,
            intensity=self.intensity,
            units=self.units,
            seed=self.seed,
            yaw=self.yaw,
            pitch=self.pitch,
            quality=self.quality,
        )

    @property
    def laid(self) -> tuple[str, float, float, float] | None:
        """The cover and where it lies, or None."""
        return (self.cover, self.cover_x, self.cover_y, self.cover_size) if self.cover else None

    @property
    def touched(self) -> bool:
        """Whether a hand has changed what the network makes of the face: weights, regions or a cover."""
        return self.values is not None or bool(self.dropped or self.cover or self.squash)


def _checked(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """Boxes with four digits, as the browser has them."""
    if len(boxes) > MOST:
        raise ValueError(f"boxes must be at most {MOST}, the whole face not among them; got {len(boxes)}")
    found = tuple((round(a, 4), round(b, 4), round(c, 4), round(d, 4)) for a, b, c, d in boxes)
    for place, (left, top, right, bottom) in enumerate(found):
        inside = min(left, top) >= 0 and max(right, bottom) <= 1
        if not inside or min(right - left, bottom - top) < LEAST - 1e-9:
            fits = f"left, top, right, bottom within 0 to 1, and {LEAST:g} wide and tall at least"
            raise ValueError(f"boxes[{place}] must be {fits}; got {boxes[place]}")
    return found


RANGES_SHOWN = {name: RANGES[name] for name in ("intensity", "yaw", "pitch")}
"""The ends of the sliders of the synthetic face."""


@dataclass(frozen=True, eq=False)
class RegionsView:
    """What is drawn, for N regions (the face is region 0) and E labels.

    ``picture`` (S, S, 3) is the face with its cover; ``boxes`` (N, 4) in shares of it, NaN for one that is not there;
    ``names`` in words; ``reasons`` why one is not used, or "". ``covered`` (N,) is the share of each that is known to
    be covered; ``evidence`` (N,), the mean visible change a pixel, NaN where it is not known. ``before``: what the
    network makes of the face without a cover, and of all regions; ``now``: of what there is, with what the hand moved.
    ``measures`` of which region matters; ``gap``, the error of the integrated gradients' sum; ``distance``, total
    variation of the weights now from those before; ``loss``, the RB-loss of the face, None where it has none; ``maps``
    of the face, where they were worked out.
    """

    labels: tuple[str, ...]
    label: str
    picture: npt.NDArray[np.uint8]
    boxes: Array
    names: tuple[str, ...]
    reasons: tuple[str, ...]
    covered: Array
    evidence: Array
    before: Pooled
    now: Pooled
    measures: tuple[Measure, ...]
    gap: float
    distance: float
    loss: float | None
    maps: Maps | None
    changed: Array | None

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which regions are used (N,)."""
        return np.array([not reason for reason in self.reasons])

    @property
    def largest(self) -> int:
        """The crop whose μ is largest among those that are used, or 0 where there is none."""
        crops = np.where(self.usable, self.now.alpha, np.nan)[1:]
        return 1 + int(np.nanargmax(crops)) if np.isfinite(crops).any() else 0
