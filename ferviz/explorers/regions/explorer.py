"""*Regions*: which part of a face counts, and what becomes of its weight when it is covered?

Boxes to drag over a face, and a cover; every weight of region attention below, to read and to move; the RB-loss as an
inequality; and weights held against attribution, removal and truth. What a box shows runs through the backbone once,
so that a box that moves costs one crop, and a cover one pass for each region.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from ferviz.clip import Clip
from ferviz.explorers.regions import drawing, text
from ferviz.explorers.regions.maps import worked_out
from ferviz.explorers.regions.net import (
    ZOO,
    Looked,
    boxes_of,
    drawn,
    face_at,
    features_of,
    open_models,
    opened,
    squashed,
)
from ferviz.explorers.regions.presets import PRESETS
from ferviz.explorers.regions.state import Array, RegionsState, RegionsView
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.items import DROPPED, ITEMS, Mask, check_items
from ferviz.explorers.shared.one_face import SYNTHETIC, usable_faces
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.models.region_attention import RegionAttention, region_biased_loss
from ferviz.scores.pooled import Moved, Pooled, attribution, pool, removal
from ferviz.scores.regions import in_boxes
from ferviz.scores.search import total_variation
from ferviz.scores.shares import Measure, measures

__all__ = ["Regions", "RegionsState", "RegionsView"]

SIDE = 128  # pixels of a face, as the drawn one has them
OUTSIDE = "it shows nothing of the face"

class Regions(SourceExplorer, PageExplorer):
    """*Regions*: boxes and a cover to drag over a face, the weight of every region, and what it does to the answer.

    Parameters
    ----------
    source : str, path, bytes, open file, array, PIL image or Clip
        "synthetic" (a face with dials), a bundled sample by name, or something of your own: of faces, or of anything in
        which a face is found. Your own is treated like an upload: it is not saved with the notebook.
    model : str, RegionAttention, or mapping of variant to either
        One network or several, by name or object, used in evaluation mode. With "ran" its variants of the zoo are
        there as well ("ran-mean", "ran-face"), each loaded when it is first asked for.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `RegionsState`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """

    NAME = "regions"
    PARTS = (
        *ITEMS,
        "shared/face_panels",
        "shared/face_paint",
        "shared/export",
        "regions/hand",
        "regions/face",
        "regions/heat",
        "regions/margin",
    )
    TITLE = "Regions"
    KEYS = (
        "Drag a box, its corners, or the cover. Left and right arrow go from region to region, up and down move the "
        "weight (Shift: further). x drops the region or takes it back, n adds a box, Delete takes this one away, c "
        "takes up the next cover, Escape resets. With the face in focus (Tab) the arrows move the box or the cover, + "
        "and − change its size, Enter goes from box to cover; the numbers choose a preset."
    )
    PRESETS = PRESETS
    FIELD = "source"
    OTHERS = (SYNTHETIC,)
    FRESH = {"frame": 0}
    MODEL = "ran"
    COMMON = ("variant",)
    State = RegionsState

    def __init__(
        self,
        source: object = RegionsState.source,
        model: str | RegionAttention | Mapping[str, str | RegionAttention] = MODEL,
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        self._models = open_models(model)
        self.variants = tuple(ZOO) if model == self.MODEL else tuple(self._models)
        named = f"model={model!r}" if isinstance(model, str) else "model=model"
        self._model_argument = "" if model == self.MODEL else named
        if "relation" not in self.variants:
            state.setdefault("variant", self.variants[0])
        self._first = self._models[next(iter(self._models))]
        self._last: tuple[Any, Looked] | None = None
        self._taken: set[str] = set()
        super().__init__(source, large=large, **state)

    # ---- faces and networks ------------------------------------------------------------------------------------------

    def model(self, variant: str) -> RegionAttention:
        """The network of a variant, loaded from the zoo when there is none yet."""
        if variant not in self.variants:
            raise ValueError(f"variant must be one of {', '.join(self.variants)}; got {variant!r:.200}")
        if variant not in self._models:
            self._models[variant] = opened(ZOO[variant], "variant")
        return self._models[variant]

    def look(self, source: Source, face: int) -> Clip:
        """The frames of a clip that have the face, cut as the networks want it."""
        return usable_faces(source, face, self._first, SIDE)

    def face(self, state: RegionsState) -> Looked:
        """The face of a state; the last one is kept."""
        faces: Clip | None = self.looked(state)
        place = (state.frame, state.face, self._uploads)
        key = (state.source, repr(state.synthetic)) if faces is None else (state.source, *place)
        if self._last is None or self._last[0] != key:
            found = drawn(state.synthetic, self._first) if faces is None else face_at(faces, state.frame, self._first)
            self._last = key, found
        return self._last[1]

    def _preset(self, number: object) -> Mapping[str, Any]:
        # without that variant the one that is looked at stays
        preset = super()._preset(number)
        there = preset["variant"] in self.variants
        return preset if there else {name: preset[name] for name in preset if name != "variant"}

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: RegionsState) -> RegionsView:
        """What the network makes of the face and its regions, untouched and with what the hand moved."""
        trained = self.model(state.variant)
        labels = tuple(str(label) for label in trained.labels)
        if state.label and state.label not in labels:
            raise ValueError(f"label must be one of {', '.join(labels)}; got {state.label!r:.200}")
        face = self.face(state)
        count = trained.config.count
        boxes = boxes_of(state.scheme, state.variant, face, own=state.boxes, count=count, seed=state.draw)
        there: Mask = np.asarray(np.isfinite(boxes).all(1))
        usable = there & ~np.isin(np.arange(len(boxes)), state.dropped)
        check_items(
            len(boxes), usable, cursor=("region", state.region), dropped=state.dropped, values=state.values
        )  # fmt: skip
        moved = None if state.values is None else Moved(state.moves, np.asarray(state.values, np.float32))
        features = features_of(trained, face, state.laid, boxes)
        bare = features if state.laid is None else features_of(trained, face, None, boxes)
        before = pool(trained, bare, there, None)
        model = squashed(trained, state.squash)
        now = pool(model, features, usable, moved)
        label = state.label or labels[int(before.probability.argmax())]
        covered, evidence, changed = self._truth(face, state, boxes)
        found, gap = self._measures(model, features, usable, moved, now, labels.index(label), evidence)
        return RegionsView(
            labels=labels,
            label=label,
            picture=face.under(state.laid)[0].frames[0],
            boxes=boxes,
            names=text.names(boxes),
            reasons=tuple(_reason(*pair) for pair in zip(there, usable, strict=True)),
            covered=covered,
            evidence=evidence,
            before=before,
            now=now,
            measures=found,
            gap=gap,
            distance=total_variation(np.nan_to_num(now.weight), np.nan_to_num(before.weight)),
            loss=_loss(model, now, usable, state.margin),
            maps=face.maps.get(self._key(state, label, boxes)),
            changed=changed,
        )

    def _truth(self, face: Looked, state: RegionsState, boxes: Array) -> tuple[Array, Array, Array | None]:
        """The share of each region that is covered, its evidence (N,), and what changes of the face that is seen."""
        _, share = face.under(state.laid)
        hidden = share if face.cover is None else 1 - (1 - face.cover) * (1 - share)
        pixels = boxes * len(share)
        covered, _ = in_boxes(hidden[None], pixels)
        if face.changed is None:
            return covered[0], np.full(len(boxes), np.nan), None
        changed = face.changed * (1 - share)
        evidence, _ = in_boxes(changed[None], pixels)
        return covered[0], evidence[0], changed

    def _measures(
        self,
        model: RegionAttention,
        features: torch.Tensor,
        usable: Array,
        moved: Moved | None,
        now: Pooled,
        label: int,
        evidence: Array,
    ) -> tuple[tuple[Measure, ...], float]:
        """Weight, contribution, attribution, removal and truth as shares of one axis; the gradients' error."""
        gradients, gap = attribution(model, features, usable, moved, label)
        raw = {
            "weight": now.weight,
            "contribution": now.contribution[:, label],
            "attribution": gradients,
            "removal": removal(model, features, usable, moved, label),
        }
        known = np.where(usable, evidence, np.nan)
        if np.isfinite(known).any():
            raw["truth"] = known
        most = np.nanmax(known[1:], initial=0.0)
        # region 0 holds everything, so that agreement is among the crops; the strongest of them counts as 1
        crops = np.concatenate([[np.nan], known[1:] / most if most > 0 else known[1:]])
        return measures(raw, crops), gap

    # ---- what the browser gets ---------------------------------------------------------------------------------------

    def sheet(self) -> dict[str, Any]:
        """What does not change with the state: names, ranges, the variants, and covers as pictures."""
        faces: Clip | None = self.looked()
        network = self.model(self._state.variant)
        about: dict[str, Any] = {"variants": list(self.variants), "labels": [str(label) for label in network.labels]}
        about |= {"trained": network.config.squash, "frames": 1 if faces is None else len(faces)}
        return {**drawing.names(self._taken), "source": self.source, **about}

    def drawing(self, view: RegionsView) -> dict[str, Any]:
        bare = self.face(self._state).clip.frames[0]
        side = self.model(self._state.variant).config.side
        return {"sheet": self._sheets, **drawing.answer(self._state, view, bare, side)}

    def still(self) -> Snapshot:
        pictures = {"The face, as the network gets it": self.view.picture}
        return Snapshot(pictures, dict(zip(self.view.labels, self.view.now.probability, strict=True)))

    def describe_view(self) -> str:
        return text.describe(self._state, self.view)

    def _publish_sheet(self) -> None:
        self._taken |= {self._state.cover} - {""}
        super()._publish_sheet()

    def _move(self, changes: Mapping[str, Any], *, anew: bool = False) -> None:
        super()._move(changes, anew=anew)
        if self._state.cover and self._state.cover not in self._taken:  # its picture goes to the browser once
            self._sheets += 1
            self._publish_sheet()

    # ---- what a hand does --------------------------------------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[], None]]:
        return {"explain": self._explain, **super().actions()}

    def explain(self) -> None:
        """Work out where on the face the logit of the label comes from; it is drawn in the panel "On the face"."""
        self.act("explain")

    def _explain(self) -> None:
        state, view = self._state, self.view
        face, key = self.face(state), self._key(state, view.label, view.boxes)
        if key not in face.maps:
            crops = np.where(view.usable[:, None], view.boxes, np.nan)[1:]
            clip, _ = face.under(state.laid)
            model = squashed(self.model(state.variant), state.squash)
            face.maps.clear()  # the newest is kept
            face.maps[key] = worked_out(model, clip, crops, view.label)
        self.view = self.compute(state)

    def _key(self, state: RegionsState, label: str, boxes: Array) -> tuple[Any, ...]:
        return (state.variant, state.squash, state.laid, state.dropped, label, boxes.tobytes())


def _reason(there: bool, usable: bool) -> str:
    return OUTSIDE if not there else "" if usable else DROPPED


def _loss(model: RegionAttention, now: Pooled, usable: Array, margin: float) -> float | None:
    """The RB-loss of the face; None in a variant without μ, and where there is no crop or no face to compare."""
    if model.q0 is None or not usable[0] or not usable[1:].any():
        return None
    mu, mask = torch.from_numpy(np.nan_to_num(now.alpha)), torch.from_numpy(usable)
    return float(region_biased_loss(mu[None], margin, mask=mask[None])[0])


