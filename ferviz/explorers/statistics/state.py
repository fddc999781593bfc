"""What the explorer *Statistics* lets a person choose, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.explorers.shared.faces import SourceState
from ferviz.explorers.shared.film import order_of
from ferviz.explorers.shared.items import places

__all__ = ["Described", "StatisticsState", "StatisticsView"]

Array = npt.NDArray[np.float64]
Tab = Literal["four", "sum", "all"]


@dataclass(frozen=True)
class StatisticsState(SourceState):
    """What the person chose.

    ``clip`` is a bundled sample; "" is one's own. ``frame`` is the place where the cursor stood, from 0, ``channel``
    the number of the feature that is looked at. ``order`` lists the frames in their places (None: as in the clip),
    repeated or shuffled; ``dropped`` are places that are left out. ``label`` is the one whose sum is told ("" follows
    the answer); ``seed`` that of the last shuffle. ``tab`` is the view that is open: the "four" statistics, the "sum"
    of a label, or "all" numbers.
    """

    clip: str = "surprise-degraded"
    frame: int = 0
    channel: int = 0
    order: tuple[int, ...] | None = None
    dropped: tuple[int, ...] = ()
    label: str = ""
    seed: int = 0
    tab: Tab = "four"

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", order_of(self.order))
        object.__setattr__(self, "dropped", tuple(sorted(set(places("dropped", self.dropped)))))
        if self.tab not in get_args(Tab):
            raise ValueError(f"tab must be one of {', '.join(get_args(Tab))}; got {self.tab!r}")
        for name in ("frame", "channel"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more; got {getattr(self, name)}")

    @property
    def touched(self) -> bool:
        """Whether a hand has changed the frames."""
        return self.order is not None or bool(self.dropped)


@dataclass(frozen=True, eq=False)
class Described:
    """A clip as the descriptor has it: ``statistics``, name → (D,), before the division by the ``length`` of all of
    them; ``share`` (S, K), what each statistic adds to each label's decision (K,), which with the bias it sums to."""

    statistics: Mapping[str, Array]
    length: float
    share: Array
    decision: Array


@dataclass(frozen=True, eq=False)
class StatisticsView:
    """What is drawn, for N places, D numbers a frame and K labels.

    ``frames`` of the clip as it came; ``order`` (N,) which of them stands where; ``reasons`` why a place is not used,
    or ""; ``features`` (N, D), NaN in gaps; ``before``, the clip as it came, and ``now``, of what there is; ``bias``
    (K,); ``moved``: statistic → how far its numbers have moved, root mean square; ``held`` (N,): of how many minima and
    maxima a place is the only holder. ``fitted``: what the linear machine learned from, in words; ``truth``: the label
    that it should give, after what that is called; empty where none is known.
    """

    labels: tuple[str, ...]
    label: str
    frames: int
    order: tuple[int, ...]
    reasons: tuple[str, ...]
    features: Array
    before: Described
    now: Described
    bias: Array
    moved: Mapping[str, float]
    held: Array
    fitted: str
    truth: tuple[str, ...] = ()

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which places are used (N,)."""
        return np.array([not reason for reason in self.reasons])
