"""Any items that a model weighs, in one explorer that needs no script of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.items import (
    DROPPED,
    ITEMS,
    Answer,
    Array,
    Items,
    Mask,
    check_items,
    check_values,
    drawn_measures,
    places,
)
from ferviz.explorers.shared.picture import known, sprite
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.shared.words import counted
from ferviz.scores.search import total_variation
from ferviz.scores.shares import Measure, measures

__all__ = ["ItemsExplorer", "ItemsState", "ItemsView"]

Tab = Literal["cursor", "alone", "matters"]


@dataclass(frozen=True)
class ItemsState:
    """What the person chose: ``label`` whose contribution is drawn ("" follows the answer), ``item`` under the cursor,
    the ``dropped`` ones, and the weights (``values``) that a hand has moved; None leaves the model its own. ``tab`` is
    the view that is open: what is under the "cursor", items "alone", or which of them "matters"."""

    label: str = ""
    item: int = 0
    dropped: tuple[int, ...] = ()
    moves: str = "weight"
    values: tuple[float, ...] | None = None
    tab: Tab = "cursor"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dropped", tuple(sorted(set(places("dropped", self.dropped)))))
        object.__setattr__(self, "values", check_values(self.values))
        if self.moves != "weight":
            raise ValueError(f"moves must be 'weight'; got {self.moves!r:.200}")
        if self.item < 0:
            raise ValueError(f"item must be 0 or more; got {self.item}")
        if self.tab not in get_args(Tab):
            raise ValueError(f"tab must be one of {', '.join(get_args(Tab))}; got {self.tab!r}")


@dataclass(frozen=True, eq=False)
class ItemsView:
    """What is drawn: ``reasons`` why an item is not used, or ""; ``own``, what the model makes of the items that are;
    ``now``, with the weights that the hand moved; ``before`` (E,), of all items; the ``measures``; and the total
    variation ``distance`` of the weights now from the model's own."""

    label: str
    reasons: tuple[str, ...]
    own: Answer
    now: Answer
    before: Array
    measures: tuple[Measure, ...]
    distance: float


class ItemsExplorer(Explorer):
    """Items side by side: their weights to drag and to drop, and which of them matters.

    Parameters
    ----------
    items : Items
    own : bool
        Whether they are somebody's own, which no notebook saves. Only what comes with ferviz may say False.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `ItemsState`.
    """

    NAME = "items"
    SCRIPT = "shared/items_stage"
    PARTS = ITEMS
    TITLE = "Items"
    KEYS = (
        "Drag a bar. Left and right arrow, Home and End go from one to the next; up and down move its weight (Shift: "
        "further). x drops it or takes it back, Escape resets."
    )
    State = ItemsState

    def __init__(self, items: Items, *, own: bool = True, large: bool = False, **state: Any) -> None:
        if not isinstance(items, Items):
            raise TypeError(f"items must be Items; got {type(items).__name__}")
        self.items, self.private = items, own
        self._usable = np.array([not reason for reason in items.reasons or [""] * len(items)])
        super().__init__(large=large, **state)
        self.publish("picture", self.sheet())

    def compute(self, state: ItemsState) -> ItemsView:
        """What the model makes of the items, by itself and with what the hand moved."""
        items, labels = self.items, tuple(self.items.labels)
        if state.label and state.label not in labels:
            raise ValueError(f"label must be one of {', '.join(labels)}; got {state.label!r:.200}")
        usable = self._usable & ~np.isin(np.arange(len(items)), state.dropped)
        check_items(
            len(items), usable, cursor=("item", state.item), dropped=state.dropped, values=state.values
        )  # fmt: skip
        weight = None
        if state.values is not None:
            weight = np.where(usable, state.values, 0.0)
            weight = weight / weight.sum()
        own = items.ask(usable, None)
        now = own if weight is None else items.ask(usable, weight)
        before = items.ask(self._usable, None) if state.dropped else own
        label = state.label or labels[int(before.probability.argmax())]
        reasons = [reason or DROPPED * (place in state.dropped) for place, reason in enumerate(self._reasons())]
        return ItemsView(
            label=label,
            reasons=tuple(reasons),
            own=own,
            now=now,
            before=before.probability,
            measures=self._measures(now, usable, weight, labels.index(label)),
            distance=total_variation(np.nan_to_num(now.weight), np.nan_to_num(own.weight)),
        )

    def _reasons(self) -> Sequence[str]:
        return self.items.reasons or [""] * len(self.items)

    def _measures(self, now: Answer, usable: Mask, weight: Array | None, label: int) -> tuple[Measure, ...]:
        """Weight, contribution, removal and truth, as shares of one axis."""
        raw = {"weight": now.weight, "removal": self._removal(now, usable, weight, label)}
        if now.contribution is not None:
            raw["contribution"] = now.contribution[:, label]
        truth = np.full(len(usable), np.nan) if self.items.truth is None else np.where(usable, self.items.truth, np.nan)
        if np.isfinite(truth).any():
            raw["truth"] = truth
        return measures({name: np.where(usable, values, np.nan) for name, values in raw.items()}, truth)

    def _removal(self, now: Answer, usable: Mask, weight: Array | None, label: int) -> Array:
        """How far the logit of a label falls without each item: NaN for one that is alone."""
        out = np.full(len(usable), np.nan)
        for place in np.flatnonzero(usable) if usable.sum() > 1 else ():
            rest = usable & (np.arange(len(usable)) != place)
            weights = None if weight is None else np.where(rest, weight, 0.0)
            if weights is not None and not weights.any():
                continue  # it had all the weight: without it there is no answer
            answer = self.items.ask(rest, None if weights is None else weights / weights.sum())
            out[place] = now.logits[label] - answer.logits[label]
        return out

    def sheet(self) -> dict[str, Any]:
        """What the browser gets of the items, once."""
        items, own = self.items, self.view.own
        whose = {"own": self.private, "axis": items.axis, "names": list(items.names), "labels": list(items.labels)}
        parts = {"quantities": list(own.quantities), "contribution": own.contribution is not None}
        if items.pictures is not None:
            parts |= {"sprite": sprite(items.pictures), "cell": items.pictures.shape[1]}
        return {**whose, **parts, "alone": own.alone is not None}

    def drawing(self, view: ItemsView) -> dict[str, Any]:
        now, label = view.now, list(self.items.labels).index(view.label)
        rows = {"weight": now.weight, "own weight": view.own.weight, **now.quantities}
        if now.contribution is not None:
            rows["contribution"] = now.contribution[:, label]
        if now.alone is not None:
            rows["alone"] = now.alone
        return {
            "reasons": list(view.reasons),
            "label": view.label,
            "rows": {name: floats(values) for name, values in rows.items()},
            "now": [known(value) for value in now.probability],
            "before": [known(value) for value in view.before],
            "measures": drawn_measures(view.measures),
        }

    def still(self) -> Snapshot:
        pictures = self.items.pictures
        shown = {} if pictures is None else {"The items": np.concatenate(list(pictures[:8]), axis=1)}
        return Snapshot(shown, dict(zip(self.items.labels, self.view.now.probability, strict=True)))

    def describe(self) -> str:
        view, items = self.view, self.items
        first, then = int(view.before.argmax()), int(view.now.probability.argmax())
        text = f"label: {items.labels[then]} {view.now.probability[then]:.2f}"
        if self._state.dropped or self._state.values is not None:
            text += f"; before: {items.labels[first]} {view.before[first]:.2f}"
        usable = sum(not reason for reason in view.reasons)
        heaviest = int(np.nanargmax(view.now.weight))
        text += f". {counted(len(items), 'item')} along {items.axis}, of which {usable} can be used; "
        text += f"the largest weight is that of {items.names[heaviest]}, {view.now.weight[heaviest]:.2f}"
        text += f"; 1/N is {1 / usable:.3f}."
        if self._state.values is not None:
            text += f" Moved: the weights lie a total variation distance of {view.distance:.2f} from the model's own."
        return text

    def arguments(self) -> list[str]:
        return ["items", *super().arguments()]

    def actions(self) -> dict[str, Callable[[], None]]:
        reset = {"dropped": (), "values": None}
        return {**super().actions(), "reset": lambda: self._move(reset)}
