"""*Frames*: which frames of a clip carry the answer? Every weight of frame attention, to read, to move and to check.

The clip, its faces and the backbone's features are there once; what a hand moves runs through `pool` alone. Scrubbing
and playing stay in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.explorers.frames import text
from ferviz.explorers.frames.film import GUESTS, Film, find_film, guests
from ferviz.explorers.frames.state import FramesState, FramesView
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.film import CELL, choices, reason, shuffled
from ferviz.explorers.shared.items import ITEMS, check_items, drawn_measures
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.picture import known, sprite
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.shared.voice import voice
from ferviz.explorers.shared.words import called, cut_alike
from ferviz.models import load_model
from ferviz.models.frame_attention import FrameAttention
from ferviz.plots.colours import EMOTION_COLOURS
from ferviz.scores.pooled import Moved, attribution, pool, removal
from ferviz.scores.search import other_weights, total_variation
from ferviz.scores.shares import measures

__all__ = ["Frames", "FramesState", "FramesView"]

STRIP = 4  # frames that a still shows
ZOO: Mapping[str, str] = {"mean": "fan-mean", "pool": "fan-pool", "self": "fan-self", "relation": "fan"}
FRESH: Mapping[str, Any] = {"frame": 0, "order": None, "dropped": (), "values": None, "moves": "weight", "emotion": ""}


class Frames(SourceExplorer, PageExplorer):
    """*Frames*: filmstrip, weights to drag, the quantities under one cursor, and four answers to which frame matters.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or something of your own: of faces, or of anything in which a face is found. Your own
        is treated like an upload: it is not saved with the notebook.
    models : str, FrameAttention, or mapping of variant to either, optional
        One network or several, by name or object, used in evaluation mode; the zoo's "fan", "fan-self", "fan-pool" and
        "fan-mean" when not given, each loaded when it is first asked for.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `FramesState`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """

    NAME = "frames"
    OWN_DATA = "your own clip's frames and sound"
    PARTS = (
        *ITEMS,
        "shared/playing",
        "shared/items_order",
        "shared/film",
        "shared/export",
        "frames/hand",
        "frames/other",
    )
    TITLE = "Frames"
    KEYS = (
        "Drag a bar. Left and right arrow, Home and End go from frame to frame (Shift: five), the space bar plays and "
        "stops, m mutes a clip's voice; up and down move the frame's weight (Shift: further). x drops the frame or "
        "takes it back, r repeats it, i inserts the guest, s shuffles, o looks for other weights, Escape resets; the "
        "numbers choose a preset."
    )
    PRESETS = {
        "one expression": {**FRESH, "clip": "surprise-moving"},
        "frames made bad": {**FRESH, "clip": "surprise-degraded"},
        "frames off the label": {**FRESH, "clip": "anger-off-label"},
        "one frame of 18": {**FRESH, "clip": "fear-one-frame"},
        "a film with gaps": {**FRESH, "clip": "astronaut-moving"},
    }
    ACCEPT = "video/*,image/*"
    FRESH = FRESH
    COMMON = ("variant",)
    State = FramesState

    def __init__(
        self,
        clip: object = FramesState.clip,
        models: str | FrameAttention | Mapping[str, str | FrameAttention] | None = None,
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        self._models = open_models(models)
        named = f"models={models!r}" if isinstance(models, str) else "models=models"
        self._model_argument = "" if models is None else named
        self.variants = tuple(self._models) or tuple(ZOO)
        self._guests = guests()
        state.setdefault("variant", "relation" if "relation" in self.variants else self.variants[0])
        self._cut_for = str(state["variant"])
        super().__init__(clip, large=large, **state)

    # ---- clips and models --------------------------------------------------------------------------------------------

    def model(self, variant: str) -> FrameAttention:
        """The network of a variant, loaded from the zoo when there is none yet."""
        if variant not in self.variants:
            raise ValueError(f"variant must be one of {', '.join(self.variants)}; got {variant!r:.200}")
        if variant not in self._models:
            self._models[variant] = _opened(ZOO[variant], ZOO[variant])
        return self._models[variant]

    def look(self, source: Source, face: int) -> Film:
        """The faces of a clip, cut as the first variant wants them; the others want them alike."""
        return find_film(source, face, self.model(self._cut_for))

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: FramesState) -> FramesView:
        """What the network makes of the clip, by itself and with what the hand moved."""
        model, film = self.model(state.variant), self.looked(state)
        labels = tuple(str(label) for label in model.labels)
        if state.emotion and state.emotion not in labels:
            raise ValueError(f"emotion must be one of {', '.join(labels)}; got {state.emotion!r:.200}")
        order = state.order if state.order is not None else tuple(range(len(film.faces)))
        if max(order) >= len(film.faces) + len(GUESTS):
            raise ValueError(f"order must hold frames 0 to {len(film.faces) + len(GUESTS) - 1}; got {max(order)}")
        reasons = tuple(reason(film.faces, frame, place in state.dropped) for place, frame in enumerate(order))
        usable = np.array([not reason for reason in reasons])
        check_items(len(order), usable, cursor=("frame", state.frame), dropped=state.dropped, values=state.values)
        all_features = torch.cat([film.under(state.variant, model), self._guests.under(state.variant, model)])
        features = all_features[list(order)]
        moved = None if state.values is None else Moved(state.moves, np.asarray(state.values, np.float32))
        own = pool(model, features, usable, None)
        now = pool(model, features, usable, moved) if moved else own
        untouched = state.order is None and not state.dropped
        first = own if untouched else pool(model, all_features[: len(film.faces)], film.faces.usable(), None)
        label = state.emotion or labels[int(first.probability.argmax())]
        place = labels.index(label)
        evidence = self._evidence(film, order)
        gradients, gap = attribution(model, features, usable, moved, place)
        raw = {
            "weight": now.weight,
            "contribution": now.contribution[:, place],
            "attribution": gradients,
            "removal": removal(model, features, usable, moved, place),
        }
        if np.isfinite(evidence).any():
            raw["truth"] = np.where(usable, evidence, np.nan)
        return FramesView(
            labels=labels,
            label=label,
            frames=len(film.faces),
            order=order,
            reasons=reasons,
            evidence=evidence,
            own=own,
            now=now,
            before=first.probability,
            measures=measures(raw, np.where(usable, evidence, np.nan)),
            gap=gap,
            distance=total_variation(np.nan_to_num(now.weight), np.nan_to_num(own.weight)),
        )

    def _evidence(self, film: Film, order: tuple[int, ...]) -> npt.NDArray[np.float32]:
        truth = film.faces.truth
        out = np.full(len(order), np.nan, np.float32)
        if truth is not None and truth.evidence is not None:
            for place, frame in enumerate(order):
                if frame < len(film.faces):  # of a guest nothing is known: it belongs to another clip
                    out[place] = truth.evidence[frame]
        return out

    def sheet(self) -> dict[str, Any]:
        """What the browser gets of the clip, once: all frames as one picture, their times, and names."""
        film: Film = self.looked()
        truth = film.faces.truth
        shown = truth.shown if truth is not None and truth.shown is not None else ()
        return {
            "clip": self._state.clip,
            "clips": list(choices()),
            "source": self.named(film.faces),
            "variants": list(self.variants),
            "labels": [str(label) for label in self.model(self._state.variant).labels],
            "colours": {str(emotion): colour for emotion, colour in EMOTION_COLOURS.items()},
            "label": str(film.faces.labels.get("emotion", "")),
            "shown": [str(word) for word in shown],
            "times": [round(float(time), 3) for time in film.faces.times],
            "guests": list(GUESTS),
            "sprite": sprite(np.concatenate([film.pictures, self._guests.pictures])),
            "cell": CELL,
            "sound": voice(film.faces),
        }

    def drawing(self, view: FramesView) -> dict[str, Any]:
        place = view.labels.index(view.label)
        rows = {
            "alpha": view.now.alpha,
            "own alpha": view.own.alpha,
            "weight": view.now.weight,
            "own weight": view.own.weight,
            "contribution": view.now.contribution[:, place],
            "evidence": view.evidence,
            "alone": view.now.alone,
        }
        if view.now.beta is not None:
            rows["beta"] = view.now.beta
        return {
            "sheet": self._sheets,
            "order": list(view.order),
            "reasons": list(view.reasons),
            "label": view.label,
            "rows": {name: floats(values) for name, values in rows.items()},
            "now": [known(value) for value in view.now.probability],
            "before": [known(value) for value in view.before],
            "measures": drawn_measures(view.measures),
            "words": text.words(self._state, view),
        }

    def still(self) -> Snapshot:
        pictures = np.concatenate([self.looked().pictures, self._guests.pictures])
        places = np.unique(np.linspace(0, len(self.view.order) - 1, STRIP).round().astype(int))
        strip = np.concatenate([pictures[self.view.order[place]] for place in places], axis=1)
        caption = f"Frames {', '.join(map(str, places))}" if len(places) > 1 else "The frame"
        return Snapshot({caption: strip}, dict(zip(self.view.labels, self.view.now.probability, strict=True)))

    def describe_view(self) -> str:
        return text.describe(self._state, self.view)

    # ---- what a hand does --------------------------------------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[], None]]:
        return {"shuffle": self._shuffle, "search": self._search, **super().actions()}

    def shuffle(self) -> None:
        """Put the frames in another order; what was dropped stays dropped."""
        self.act("shuffle")

    def _shuffle(self) -> None:
        seed = self._state.seed + 1
        order, dropped = shuffled(self.view.order, self._state.dropped, seed)
        self._move({"order": order, "dropped": dropped, "values": None, "seed": seed})

    def search(self) -> None:
        """Show `other_weights`. Raises ValueError when there is nothing to search."""
        self.act("search")

    def _search(self) -> None:
        self._move({"moves": "weight", "values": self.other_weights()})

    def other_weights(self) -> tuple[float, ...]:
        """Weights as different as possible from the model's own, one a place, that keep its answer."""
        view = self.view
        kind: Any = "probability" if self._state.variant == "mean" else "logits"
        found = other_weights(
            view.own.answers[view.usable], view.own.weight[view.usable], tolerance=self._state.tolerance, kind=kind
        )
        values = np.zeros(len(view.order))
        values[view.usable] = found.weight
        return tuple(round(float(value), 6) for value in values)


def open_models(given: object) -> dict[str, FrameAttention]:
    """Networks by variant: of one, of several, of names; empty for None.

    Raises
    ------
    TypeError, ValueError
        For what is no `FrameAttention`, is of another variant than it is filed under, or for none at all.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        one = _opened(given, "models")
        return {one.config.variant: one}
    if not given:
        raise ValueError("models must hold at least one variant; got none")
    opened = {name: _opened(model, f"models[{name!r}]") for name, model in given.items()}
    for name, model in opened.items():
        if model.config.variant != name:
            raise ValueError(f"models[{name!r}] must be of that variant; got {model.config.variant!r:.200}")
    cut_alike("models", opened)
    return opened


def _opened(given: object, what: str) -> FrameAttention:
    with called(what, within="name"):
        model = load_model(given) if isinstance(given, str) else given
    if not isinstance(model, FrameAttention):
        raise TypeError(f"{what} must be a FrameAttention or the name of one; got {type(model).__name__}")
    return model.eval()
