"""*Masks*: where does a network of LBP attention make features stronger, and what if it did not?

The face, its texture, the mask and the features before and after it; switches for each module; the numbers of a place;
the receptive field of the dilated stack; and gain, attribution and truth side by side on a synthetic face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from ferviz.clip import Clip
from ferviz.explorers.masks import drawing, text
from ferviz.explorers.masks.faces import Looked, drawn, face_at
from ferviz.explorers.masks.net import Response, check_model, respond
from ferviz.explorers.masks.state import MasksState, MasksView
from ferviz.explorers.masks.truth import against, explain
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.one_face import SYNTHETIC, usable_faces
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.models.lbp_attention import LBPAttention

__all__ = ["Masks", "MasksState", "MasksView"]

PLAIN: Mapping[str, Any] = {
    "texture": "",
    "attention": True,
    "reconstruction": True,
    "tab": "network",
    "panel": "switches",
    "rates": None,
}


class Masks(SourceExplorer, PageExplorer):
    """*Masks*: a face, its texture, the mask, and what the mask does to the features; every module can be switched.

    Parameters
    ----------
    source : str, path, bytes, open file, array, PIL image or Clip
        "synthetic" (a face with dials), a bundled sample by name, or something of your own: of faces, or of anything in
        which a face is found. Your own is treated like an upload: it is not saved with the notebook.
    model : str or LBPAttention
        The name of a trained one, or one of yours with texture, attention and reconstruction; used in evaluation mode.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `MasksState`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """

    NAME = "masks"
    PARTS = (
        "shared/dials",
        "shared/face_panels",
        "shared/face_paint",
        "shared/export",
        "masks/pictures",
        "masks/field",
        "masks/truth",
    )
    TITLE = "Masks"
    KEYS = (
        "Hover over a map to read the numbers of a place; a click keeps it. The arrow keys move it (Shift: by 4), full "
        "stop and comma go from channel to channel, m shows their mean; a switches the attention, r the "
        "reconstruction, t the texture, Escape puts all back as trained; the numbers choose a preset."
    )
    PRESETS = {
        "as trained": PLAIN,
        "no mask": {**PLAIN, "attention": False},
        "no texture": {**PLAIN, "texture": "flat"},
        "a texture it never learned": {**PLAIN, "texture": "sobel"},
        "gridding": {**PLAIN, "panel": "field", "rates": (2, 2, 2)},
        "against the truth": {**PLAIN, "source": SYNTHETIC, "channel": None, "tab": "truth"},
    }
    FIELD = "source"
    OTHERS = (SYNTHETIC,)
    FRESH = {"frame": 0}
    MODEL = "lbp-attention"
    State = MasksState

    def __init__(
        self,
        source: object = MasksState.source,
        model: str | LBPAttention = MODEL,
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        self.model = check_model(self.open_model(model))
        self.trained = str(self.model.config.second)
        self.labels = tuple(str(label) for label in self.model.labels)
        self._last: tuple[Any, Looked] | None = None
        super().__init__(source, large=large, **state)

    def _preset(self, number: object) -> Mapping[str, Any]:
        # a hand's dials stay open: only the receptive field, which has a preset of its own, makes room
        preset = super()._preset(number)
        stays = preset["panel"] == "switches" and self._state.panel == "expression"
        return {name: value for name, value in preset.items() if not (stays and name == "panel")}

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: MasksState) -> MasksView:
        """What the network makes of the face, as it was trained and with the switches."""
        width = self.model.config.branch.width
        if state.channel is not None and state.channel >= width:
            raise ValueError(f"channel must be 0 to {width - 1}, or None for their mean; got {state.channel}")
        if state.label and state.label not in self.labels:
            raise ValueError(f"label must be one of {', '.join(self.labels)}; got {state.label!r:.200}")
        face = self.face(state)
        own = self._respond(face, self.trained, True, True)
        kind = state.texture or self.trained
        now = self._respond(face, kind, state.attention, state.reconstruction)
        side = own.maps["mask"].shape[-1]
        for name in ("row", "column"):
            if getattr(state, name) >= side:
                raise ValueError(f"{name} must be 0 to {side - 1}; got {getattr(state, name)}")
        label = state.label or self.labels[int(own.probability.argmax())]
        return MasksView(
            labels=self.labels,
            label=label,
            picture=drawing.picture(face),
            own=own,
            now=now,
            kind=kind,
            channel=state.channel,
            rates=state.rates or self.model.config.rates,
            stretched=state.stretch,
            against=against(self.model, face, state.method, label) if state.truthful else None,
        )

    def face(self, state: MasksState) -> Looked:
        """The face of a state; the last one is kept."""
        faces: Clip | None = self.looked(state)
        place = (state.frame, state.face, self._uploads)
        key = (state.source, repr(state.synthetic)) if faces is None else (state.source, *place)
        if self._last is None or self._last[0] != key:
            if faces is None:
                self._last = key, drawn(state.synthetic, self.model)
            else:
                self._last = key, face_at(faces, state.frame, self.model)
        return self._last[1]

    def look(self, source: Source, face: int) -> Clip:
        """The frames of a clip that have the face, cut as the network wants it."""
        return usable_faces(source, face, self.model)

    def _respond(self, face: Looked, kind: str, attention: bool, reconstruction: bool) -> Response:
        key = (kind, attention, reconstruction)
        if key not in face.responses:
            switches = {"attention": attention, "reconstruction": reconstruction}
            face.responses[key] = respond(self.model, face.pictures, kind, **switches)
        return face.responses[key]

    # ---- what the browser gets ---------------------------------------------------------------------------------------

    def sheet(self) -> dict[str, Any]:
        """What does not change with the state: names, ranges, the network's make."""
        faces: Clip | None = self.looked()
        count = 1 if faces is None else len(faces)
        return {**drawing.names(self.model), "source": self.source, "frames": count}

    def drawing(self, view: MasksView) -> dict[str, Any]:
        against = drawing.against(self.face(self._state), view)
        return {
            **drawing.maps(view),
            "sheet": self._sheets,
            "units": self._state.synthetic.strengths,
            "against": against,
            "words": text.words(self._state, view, self.trained),
        }

    def still(self) -> Snapshot:
        view = self.view
        low, high = view.stretch or (0.0, 1.0)
        mask = np.rint(255 * np.clip((view.maps["mask"] - low) / (high - low), 0, 1)).astype(np.uint8)
        large = np.asarray(Image.fromarray(mask).resize((160, 160), Image.Resampling.NEAREST))
        which = "The mask" if view.channel is None else f"Channel {view.channel} of the mask"
        caption = f"{which}, black {low:.2f} to white {high:.2f}"
        pictures = {"The face, as the network reads it": view.picture, caption: large}
        return Snapshot(pictures, dict(zip(view.labels, view.now.probability, strict=True)))

    def describe_view(self) -> str:
        return text.describe(self._state, self.view, self.trained)

    # ---- what a hand does --------------------------------------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[], None]]:
        return {"attribute": self._attribute, **super().actions()}

    def attribute(self) -> None:
        """Work out where the logit of the label comes from; it is drawn in the tab "truth"."""
        self.act("attribute")

    def _attribute(self) -> None:
        explain(self.model, self.face(self._state), self._state.method, self.view.label)
        self.view = self.compute(self._state)
