"""What the explorer *Frames* lets a person choose, and what is drawn of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.explorers.shared.faces import SourceState
from ferviz.explorers.shared.film import order_of
from ferviz.explorers.shared.items import check_values, places
from ferviz.models.frame_attention import Variant
from ferviz.scores.pooled import Pooled
from ferviz.scores.shares import Measure

__all__ = ["FramesState", "FramesView"]

Array = npt.NDArray[np.float32]
Movable = Literal["weight", "alpha"]
Tab = Literal["cursor", "alone", "matters", "other"]


@dataclass(frozen=True)
class FramesState(SourceState):
    """What the person chose.

    ``clip`` is a bundled sample; "" is one's own. ``variant`` of the network; ``emotion`` whose contribution is drawn
    ("" follows the answer); ``frame`` is the place where the cursor stood, from 0. ``order`` lists the frames in their
    places (None: as in the clip): repeated, shuffled, or, from the clip's length on, guests: stills of other people.
    ``dropped`` are places that get no weight. ``values``, one a place, replace what ``moves`` names ("weight" or
    "alpha"); None leaves the model its own. ``tolerance`` is how far a probability may move in the search for other
    weights; ``seed`` that of the last shuffle. ``tab`` is the view that is open: what is under the "cursor", frames
    "alone", which of them "matters", or "other" weights with the same answer.
    """

    clip: str = "surprise-degraded"
    variant: str = "relation"
    emotion: str = ""
    frame: int = 0
    order: tuple[int, ...] | None = None
    dropped: tuple[int, ...] = ()
    moves: Movable = "weight"
    values: tuple[float, ...] | None = None
    tolerance: float = 0.01
    seed: int = 0
    tab: Tab = "cursor"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", order_of(self.order))
        object.__setattr__(self, "dropped", tuple(sorted(set(places("dropped", self.dropped)))))
        object.__setattr__(self, "values", check_values(self.values))
        for name, choices in (("variant", get_args(Variant)), ("moves", get_args(Movable)), ("tab", get_args(Tab))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}; got {getattr(self, name)!r:.200}")
        if self.frame < 0:
            raise ValueError(f"frame must be 0 or more; got {self.frame}")
        if not 0 < self.tolerance <= 0.5:
            raise ValueError(f"tolerance must be above 0 and at most 0.5; got {self.tolerance}")


@dataclass(frozen=True, eq=False)
class FramesView:
    """What is drawn, for N places and E labels.

    ``frames`` of the clip as it came; ``order`` (N,) which of them, or of the guests behind them, stands where;
    ``reasons`` why a place cannot be used, or ""; ``evidence`` (N,), NaN where it is not known; ``own``, what the model
    makes of these places by itself; ``now``, with what the hand moved; ``before`` (E,), the probabilities of the clip
    as it came; ``measures`` of which frame matters; ``gap``, the error of the integrated gradients' sum; ``distance``,
    total variation of the weights now from the model's own.
    """

    labels: tuple[str, ...]
    label: str
    frames: int
    order: tuple[int, ...]
    reasons: tuple[str, ...]
    evidence: Array
    own: Pooled
    now: Pooled
    before: Array
    measures: tuple[Measure, ...]
    gap: float
    distance: float

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which places can be used (N,)."""
        return np.array([not reason for reason in self.reasons])

    @property
    def drift(self) -> float:
        """How far the hand has moved the probability that moved most."""
        return float(np.abs(self.now.probability - self.own.probability).max())
