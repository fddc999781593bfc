"""Things that a model weighs, side by side: frames of a clip, regions of a face, positions of a sound, modalities.

The scripts `ITEMS` draw one column an item: a picture, weights to drag, quantities below them, and measures of which
item matters, under one cursor. *Frames* is built on them. `ferviz.explorers.shared.items_panel.ItemsExplorer` shows any
`Items`, which are plain arrays and a function that answers with some of them dropped, or with other weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ferviz.explorers.shared.picture import known
from ferviz.explorers.shared.scripts import floats
from ferviz.scores.shares import Measure

__all__ = [
    "DROPPED",
    "ITEMS",
    "Answer",
    "Ask",
    "Items",
    "check_items",
    "check_values",
    "drawn_measures",
    "places",
]

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

ITEMS = (
    "shared/dials",
    "shared/items_state",
    "shared/items_columns",
    "shared/items_rows",
    "shared/items_hand",
    "shared/items_compare",
)
"""The scripts that draw items, by their place below ``ferviz/explorers``."""
DROPPED = "dropped by hand"
"""Why an item that a person has dropped cannot be used."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model makes of N items, for E labels: ``logits`` and ``probability`` (E,), and the ``weight`` of each
    (N,), NaN where it cannot be used. Optional: ``contribution`` (N, E), what each adds to each logit; ``alone``
    (N, E), the probabilities if it had all the weight; ``quantities``, more numbers from 0 to 1 an item, by name (N,).
    """

    logits: Array
    probability: Array
    weight: Array
    contribution: Array | None = None
    alone: Array | None = None
    quantities: Mapping[str, Array] = field(default_factory=dict)


class Ask(Protocol):
    """What answers: which items are usable (N,), and weights (N,) that sum to 1 over them, or None for its own."""

    def __call__(self, usable: Mask, weight: Array | None, /) -> Answer: ...


@dataclass(frozen=True, eq=False)
class Items:
    """N things that a model weighs.

    Parameters
    ----------
    axis : str
        What one is called: "region", "position", "modality".
    names : sequence of str
        What each is called.
    labels : sequence of str
        The labels along the answer's axis.
    ask : Ask
        Gets which items are usable, and weights or None.
    pictures : uint8 array (N, S, S, 3), optional
    reasons : sequence of str, optional
        Why an item cannot be used; "" for one that can.
    truth : array (N,), optional
        Where the answer truly lies, 0 to 1, NaN where it is not known.

    Raises
    ------
    ValueError
        When there is no item, or something has another length.
    """

    axis: str
    names: Sequence[str]
    labels: Sequence[str]
    ask: Ask
    pictures: Array | None = None
    reasons: Sequence[str] = ()
    truth: Array | None = None

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError(f"names must hold at least one {self.axis}; got none")
        for name in ("pictures", "reasons", "truth"):
            value = getattr(self, name)
            if value is not None and len(value) not in (len(self), 0 if name == "reasons" else len(self)):
                raise ValueError(f"{name} must have one entry for each of {len(self)} items; got {len(value)}")

    def __len__(self) -> int:
        """How many there are, N."""
        return len(self.names)


def places(name: str, given: Sequence[Any]) -> tuple[int, ...]:
    """Places of items as whole numbers. Raises ValueError for one below 0."""
    found = tuple(int(place) for place in given)
    if any(place < 0 for place in found):
        raise ValueError(f"{name} must hold numbers from 0; got {min(found)}")
    return found


def check_values(values: Sequence[float] | None) -> tuple[float, ...] | None:
    """What a hand moved to, rounded as the browser rounds. Raises ValueError outside 0 to 1."""
    if values is None:
        return None
    found = tuple(round(float(value), 6) for value in values)
    if not all(0 <= value <= 1 for value in found):
        raise ValueError(f"values must lie between 0 and 1; got {min(found)} to {max(found)}")
    return found


def check_items(
    count: int, usable: Mask, *, cursor: tuple[str, int], dropped: Sequence[int], values: Sequence[float] | None
) -> None:
    """Raise ValueError, naming the field, for a place that N items do not have, or when nothing is left to weigh."""
    name, at = cursor
    if at >= count:
        raise ValueError(f"{name} must be 0 to {count - 1}; got {at}")
    if dropped and max(dropped) >= count:
        raise ValueError(f"dropped must hold places 0 to {count - 1}; got {max(dropped)}")
    if values is not None and len(values) != count:
        raise ValueError(f"values must have {count} numbers, one a place; got {len(values)}")
    if not usable.any():
        raise ValueError(f"dropped must leave at least one {name} that can be used; got all of them")
    if values is not None and not np.asarray(values)[usable].any():
        raise ValueError(f"values must be above 0 at some {name} that can be used")


def drawn_measures(found: Sequence[Measure]) -> list[dict[str, Any]]:
    """Measures as the browser draws them."""
    return [
        {"name": one.name, "values": floats(one.values), "tau": known(one.tau), "auc": known(one.auc)}
        | {"flat": one.flat}
        for one in found
    ]
