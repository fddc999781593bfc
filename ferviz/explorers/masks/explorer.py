"""*Masks*: where does a network of LBP attention make features stronger, and what if it did not?

The face, its texture, the mask and the features before and after it; switches for each module; the numbers of a place;
the receptive field of the dilated stack; and mask, attribution and truth side by side on a synthetic face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ferviz.clip import Clip
from ferviz.explorers.masks import drawing, text
from ferviz.explorers.masks.faces import Looked, drawn, find, looked
from ferviz.explorers.masks.net import Reading, check_model, read
from ferviz.explorers.masks.state import OWN, SYNTHETIC, MasksState, MasksView
from ferviz.explorers.masks.truth import against, explain
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.picture import MAX_FRAMES, MAX_SIDE
from ferviz.gallery import sample
from ferviz.intake import NoFaceError
from ferviz.media import load_clip
from ferviz.models import load_model
from ferviz.models.lbp_attention import LBPAttention

__all__ = ["MasksExplorer", "MasksState", "MasksView"]

SWITCHES: Mapping[str, Any] = {"texture": "", "attention": True, "reconstruction": True}


class MasksExplorer(PageExplorer):
    """*Masks*: a face, its texture, the mask, and what the mask does to the features; every module can be switched.

    Parameters
    ----------
    source : str, path or Clip
        "synthetic" (a face with dials), a bundled sample by name, a file, or a clip of your own: of faces, or of
        anything in which a face is found. Your own is treated like an upload: it is not saved with the notebook.
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
        "as trained": {**SWITCHES},
        "no mask": {**SWITCHES, "attention": False},
        "no texture": {**SWITCHES, "texture": "flat"},
        "a texture it never learned": {**SWITCHES, "texture": "sobel"},
        "gridding": {**SWITCHES, "panel": "field", "rates": (2, 2, 2)},
        "against the truth": {**SWITCHES, "panel": "maps", "source": SYNTHETIC, "channel": None},
    }
    ACCEPT = "image/*,video/*"
    State = MasksState

    def __init__(
        self,
        source: str | Path | Clip = MasksState.source,
        model: str | LBPAttention = "lbp-attention",
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        own = _opened(source)
        self._called = model if isinstance(model, str) else ""
        self.model = check_model(load_model(model) if isinstance(model, str) else model)
        self.trained = str(self.model.config.second)
        self.labels = tuple(str(label) for label in self.model.labels)
        self._clips: dict[str, Clip] = {}
        self._held: tuple[Any, Looked] | None = None
        self._name = MasksState.source if own is not None else str(source)
        self._shown, self._sheets, self._uploads = self._name, 1, 0
        super().__init__(large=large, source=self._name, **({} if own is not None else state))
        self._show_sheet()
        if own is not None:
            # somebody's own clip comes second, so that the traits, which a notebook saves, hold the bundled face
            self._adopt(own, **state)
            self._answer()

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: MasksState) -> MasksView:
        """What the network makes of the face, as it was trained and with the switches."""
        width = self.model.config.branch.width
        if state.channel is not None and state.channel >= width:
            raise ValueError(f"channel must be 0 to {width - 1}, or None for their mean; got {state.channel}")
        if state.label and state.label not in self.labels:
            raise ValueError(f"label must be one of {', '.join(self.labels)}; got {state.label!r}")
        face = self.face(state)
        own = self._read(face, self.trained, True, True)
        kind = state.texture or self.trained
        now = self._read(face, kind, state.attention, state.reconstruction)
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
            against=against(self.model, face, state.method, label) if state.panel == "maps" else None,
        )

    def face(self, state: MasksState) -> Looked:
        """The face of a state; the last one is kept."""
        synthetic = state.source == SYNTHETIC
        key = (state.source, repr(state.face)) if synthetic else (state.source, state.frame, self._uploads)
        if self._held is None or self._held[0] != key:
            if synthetic:
                self._held = key, drawn(state.face, self.model)
            else:
                self._held = key, looked(self._clip(state.source), state.frame, self.model)
        return self._held[1]

    def _clip(self, source: str) -> Clip:
        if source not in self._clips:
            if source == OWN:
                raise ValueError("source must be a sample's name or 'synthetic': there is no picture of your own yet")
            self._clips[source] = find(sample(source), self.model)
        return self._clips[source]

    def _read(self, face: Looked, kind: str, attention: bool, reconstruction: bool) -> Reading:
        key = (kind, attention, reconstruction)
        if key not in face.readings:
            switches = {"attention": attention, "reconstruction": reconstruction}
            face.readings[key] = read(self.model, face.pictures, kind, **switches)
        return face.readings[key]

    # ---- what the browser gets ---------------------------------------------------------------------------------------

    def sheet(self) -> dict[str, Any]:
        """What does not change with the state: names, ranges, the network's make."""
        count = len(self._clips[self._state.source]) if self._state.source != SYNTHETIC else 1
        whose = {"source": self._state.source, "own": self.private, "held": OWN in self._clips, "frames": count}
        return {**drawing.names(self.model), **whose, "turn": self._sheets}

    def drawing(self, view: MasksView) -> dict[str, Any]:
        against = drawing.against(self.face(self._state), view, str(self._held and self._held[0]))
        return {
            **drawing.maps(view),
            "sheet": self._sheets,
            "units": self._state.face.strengths,
            "against": against,
            "words": text.words(self._state, view, self.trained),
        }

    def describe(self) -> str:
        return text.describe(self._state, self.view, self.trained)

    def argument(self) -> str:
        named = {"lbp-attention": "", "": "model=model"}
        return named.get(self._called, f"model={self._called!r}")

    def code(self) -> str:
        """The line that makes this view again; in it your own picture is called ``clip``, and your model ``model``."""
        return super().code().replace("source=''", "source=clip", 1)

    # ---- what a hand does --------------------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """``"attribute"``, ``"page"``, ``"own page"`` (after a person was asked) or ``"sample"``.

        Raises
        ------
        ValueError
            For another name.
        """
        if name == "attribute":
            self.attribute()
        elif name == "sample":
            self._move({"source": self._name})
        elif name in ("page", "own page"):
            self.hand_over("masks.html", self.page(own=name == "own page").encode(), "text/html")
        else:
            raise ValueError(f"name must be one of attribute, page, own page, sample; got {name!r}")

    def attribute(self) -> None:
        """Work out where the logit of the label comes from; it is drawn in the panel "maps"."""
        explain(self.model, self.face(self._state), self._state.method, self.view.label)
        self.view = self.compute(self._state)

    def opened(self, data: bytes, name: str) -> None:
        clip = load_clip(data, max_frames=MAX_FRAMES, max_side=MAX_SIDE, seek="exact")
        try:
            self._adopt(clip)
        except NoFaceError as error:  # its advice is for those who write code
            words = "no face found in the upload: try a larger, brighter picture with the face upright and uncovered"
            raise ValueError(words) from error

    def _adopt(self, clip: Clip, **state: Any) -> None:
        self._clips[OWN] = find(clip, self.model)
        self._uploads += 1
        chosen = replace(self._state, **{"frame": 0, **state, "source": OWN})
        self.view = self.compute(chosen)
        self._state = chosen
        self._present()

    def _move(self, changes: Mapping[str, Any]) -> None:
        if changes.get("source", self._state.source) != self._state.source:
            changes = {"frame": 0, **changes}
        super()._move(changes)
        if self._state.source != self._shown:
            self._present()

    def _present(self) -> None:
        self._shown = self._state.source
        self.private = self.foot.own = self._state.source == OWN
        self._name = self._state.source or self._name
        self._sheets += 1
        self._show_sheet()

    def _show_sheet(self) -> None:
        self.tell("picture", self.sheet())


def _opened(source: object) -> Clip | None:
    """One's own clip; None for a name."""
    if isinstance(source, Clip):
        return source
    if not isinstance(source, str | Path):
        raise TypeError(f"source must be a sample's name, 'synthetic', a path or a Clip; got {type(source).__name__}")
    if isinstance(source, Path) or Path(source).suffix:
        return load_clip(source, max_frames=MAX_FRAMES, max_side=MAX_SIDE, seek="exact")
    return None
