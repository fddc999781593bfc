"""*What moves the answer?* Drag a patch over a face: the probabilities and the class map follow.

The patch covers a part of the model's own input, with soft edges, so that it can move by less than a pixel. Covering is
an experiment on the model, not a measure of where the emotion is: a patch is a shape that the model never saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import xarray as xr

from ferviz.attribution.baselines import spelled
from ferviz.clip import Clip
from ferviz.explorers.shared.faces import Source, SourceState
from ferviz.explorers.shared.model import check_reader, emotions_of
from ferviz.explorers.shared.picture import encode, enlarge, gap_at, known
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.flat import is_flat
from ferviz.models.model import Model
from ferviz.observe import observe
from ferviz.scores.covering import FILLS, cover, filling

__all__ = ["Patch", "PatchState", "PatchView"]

Array = npt.NDArray[Any]

GRID = 9  # a sweep lays the patch on 9 × 9 places


@dataclass(frozen=True)
class PatchState(SourceState):
    """What the person chose: ``x``, ``y`` the patch's centre and ``size`` its side, as shares of the face picture's
    side; ``label`` the emotion whose map is drawn ("" follows the answer); ``map`` is "class" or "sweep"; ``clip`` is a
    bundled sample, or "" for one's own."""

    frame: int = 0
    x: float = 0.5
    y: float = 0.72
    size: float = 0.3
    fill: str = "gray"
    lifted: bool = False
    label: str = ""
    map: str = "class"
    clip: str = "astronaut"

    def __post_init__(self) -> None:
        if self.frame < 0:
            raise ValueError(f"frame must be 0 or more; got {self.frame}")
        for name, low in (("x", 0.0), ("y", 0.0), ("size", 0.05)):
            if not low <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between {low:g} and 1; got {getattr(self, name)}")
        object.__setattr__(self, "fill", spelled(self.fill))
        if self.fill not in FILLS:
            raise ValueError(f"fill must be one of {', '.join(FILLS)}; got {self.fill!r:.200}")
        if self.map not in ("class", "sweep"):
            raise ValueError(f"map must be 'class' or 'sweep'; got {self.map!r:.200}")


@dataclass(frozen=True, eq=False)
class PatchView:
    """What is drawn, for one frame: ``before``, ``after`` (E,) probabilities without and under the patch; ``maps``
    (E, h, w) class maps under the patch and ``logits`` (E,), their means; ``sweep`` (9, 9) how far the probability of
    ``label`` falls when the patch lies there, or None; ``gap`` why the frame cannot be used, or ""."""

    labels: tuple[str, ...]
    label: str
    before: Array
    after: Array
    logits: Array
    maps: Array
    sweep: Array | None
    gap: str


@dataclass(frozen=True, eq=False)
class Looked:
    """A clip, its ``faces``, what the network says of each (``seen``), and the end of the maps' ``scale``."""

    clip: Clip
    faces: Clip
    seen: xr.Dataset
    scale: float
    sweeps: dict[tuple[Any, ...], Array] = field(default_factory=dict)


class Patch(SourceExplorer):
    """*What moves the answer?* A patch to drag over a face, with the probabilities and the class map beside it.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or something of your own. In a clip without a crop record the face is looked for. Your
        own is treated like an upload: it is not saved with the notebook.
    model : str or Model
        A trained one by name, or one of yours, that reads each face by itself and names ``class_map`` (emotion, y, x).
    large : bool
        Large type, for a lecture.
    **state
        Fields of `PatchState`.
    """

    NAME = "patch"
    TITLE = "What moves the answer?"
    KEYS = (
        "Drag the patch, or move it with the arrow keys (Shift: further). + and − change its size; Enter or a double "
        "click lifts it off and lays it down; the numbers choose a preset. Click a label to see its map."
    )
    PRESETS = {
        "mouth": {"x": 0.5, "y": 0.72, "size": 0.3, "lifted": False},
        "both eyes": {"x": 0.5, "y": 0.38, "size": 0.4, "lifted": False},
        "forehead": {"x": 0.5, "y": 0.15, "size": 0.3, "lifted": False},
        "no patch": {"lifted": True},
    }
    State = PatchState

    MODEL = "mini-xception"
    FRESH = {"frame": 0}

    def __init__(
        self, clip: object = PatchState.clip, model: str | Model = MODEL, *, large: bool = False, **state: Any
    ) -> None:
        self.model = check_reader(self.open_model(model), quantity="class_map")
        super().__init__(clip, large=large, **state)

    def controls(self) -> dict[str, ipywidgets.Widget]:
        narrow = {"description_width": "auto"}
        fill = {"options": FILLS, "description": "Patch", "style": {"button_width": "auto", **narrow}}
        size = {"min": 0.05, "max": 1.0, "step": 0.01, "description": "Size", "readout_format": ".0%", "style": narrow}
        return {"fill": ipywidgets.ToggleButtons(**fill), "size": ipywidgets.FloatSlider(**size)}

    @property
    def clip(self) -> Clip:
        """What is looked at."""
        return self._look.clip

    @property
    def faces(self) -> Clip:
        """The faces that were cut out of it."""
        return self._look.faces

    @property
    def seen(self) -> xr.Dataset:
        """What the network says of the faces without a patch."""
        return self._look.seen

    @property
    def _look(self) -> Looked:
        looked: Looked = self.looked()
        return looked

    def look(self, source: Source, face: int) -> Looked:
        """Cut the face out of every frame, unless that is done, and run the model on all of them."""
        faces = source.cut(face, self.model.crop)
        seen = observe(self.model, faces)
        # one scale for all labels, frames and patches; the few cells beyond it are marked at the end of its bar
        return Looked(source.clip, faces, seen, nice(float(np.nanpercentile(np.abs(seen["class_map"].values), 98))))

    def compute(self, state: PatchState) -> PatchView:
        """The answer for one frame without and under the patch. Raises ValueError for a frame or label there is not."""
        labels = emotions_of(self.model)
        looked: Looked = self.looked(state)
        if state.frame >= len(looked.faces):
            raise ValueError(f"frame must be 0 to {len(looked.faces) - 1}; got {state.frame}")
        if state.label and state.label not in labels:
            raise ValueError(f"label must be one of {', '.join(labels)}; got {state.label!r:.200}")
        before = looked.seen["emotion_probability"].values[state.frame]
        gap = gap_at(looked.faces, state.frame)
        top = np.nanmean(looked.seen["emotion_probability"].values, 0) if gap else before
        label = state.label or labels[int(top.argmax())]
        free = state.lifted or gap
        seen = looked.seen.isel(frame=[state.frame]) if free else self._answers(state, [(state.x, state.y)])
        sweep = None
        if state.map == "sweep" and not gap:
            sweep = self._sweep(state, labels.index(label))
        return PatchView(
            labels=labels,
            label=label,
            before=before,
            after=seen["emotion_probability"].values[0],
            logits=seen["emotion_logits"].values[0],
            maps=seen["class_map"].values[0],
            sweep=sweep,
            gap=gap,
        )

    def _answers(self, state: PatchState, places: list[tuple[float, float]]) -> xr.Dataset:
        """What the model says of one frame with the patch at each of some places."""
        faces = self.looked(state).faces
        frame = faces.frames[state.frame]
        fill = filling(frame, state.fill)
        covered = np.stack([cover(frame, fill, x, y, state.size) for x, y in places])
        times = np.arange(len(covered), dtype=float)
        # the model's own crop: that the faces are cut in another way was said when they were looked at
        return observe(self.model, Clip(covered, times, crop=self.model.crop, source=faces.source))

    def _sweep(self, state: PatchState, place: int) -> Array:
        key, looked = (state.frame, state.size, state.fill, place), self.looked(state)
        if key not in looked.sweeps:
            middles = (np.arange(GRID) + 0.5) / GRID
            after = self._answers(state, [(x, y) for y in middles for x in middles])["emotion_probability"].values
            before = looked.seen["emotion_probability"].values[state.frame]
            looked.sweeps[key] = (before[place] - after[:, place]).reshape(GRID, GRID)
        swept: Array = looked.sweeps[key]
        return swept

    def sheet(self) -> dict[str, Any]:
        """The face of every frame with its time and gap, and the labels."""
        return {
            "source": self.named(self.clip),
            "labels": list(emotions_of(self.model)),
            "times": [round(float(time), 3) for time in self.faces.times],
            "frames": [encode(frame) for frame in enlarge(self.clip, self.faces)],
            "fills": {fill: [encode(filling(frame, fill)) for frame in self.faces.frames] for fill in FILLS},
            "before": floats(self.seen["emotion_probability"].values),
            "gaps": [
                {"start": g.start, "stop": g.stop, "reason": g.reason} for g in self.faces.gaps if g.stream == "frames"
            ],
            "scale": {"signed": True, "limit": self._look.scale, "digits": 1},
        }

    def drawing(self, view: PatchView) -> dict[str, Any]:
        place = view.labels.index(view.label)
        swept = view.sweep is not None
        values = view.sweep if view.sweep is not None else view.maps[place]
        limit = max(0.1, nice(np.abs(values).max())) if swept else self._look.scale
        return {
            "label": view.label,
            "before": [known(value) for value in view.before],
            "after": [known(value) for value in view.after],
            "logit": known(view.logits[place]),
            "map": floats(values),
            "rows": values.shape[0],
            "columns": values.shape[1],
            "swept": swept,
            "flat": is_flat(values, limit),
            "scale": {"signed": True, "limit": limit, "digits": 2 if swept else 1},
            "gap": view.gap,
        }

    def still(self) -> Snapshot:
        state, view = self._state, self.view
        face = self.faces.frames[state.frame]
        if not state.lifted and not view.gap:
            face = cover(face, filling(face, state.fill), state.x, state.y, state.size)
        return Snapshot({"The face, as the model gets it": face}, dict(zip(view.labels, view.after, strict=True)))

    def describe_view(self) -> str:
        state, view = self._state, self.view
        if view.gap:
            return f"Frame {state.frame} of {len(self.faces)} cannot be used: {view.gap}."
        first, then = int(view.before.argmax()), int(view.after.argmax())
        place = view.labels.index(view.label)
        if state.lifted:
            text = f"label: {view.labels[first]} {view.before[first]:.2f}, with no patch."
        else:
            text = (
                f"label: {view.labels[first]} {view.before[first]:.2f} → {view.labels[then]} {view.after[then]:.2f} "
                f"under a {state.fill} patch, {state.size:.0%} wide, at {state.x:.0%} across and {state.y:.0%} down."
            )
        if view.sweep is not None:
            row, column = np.unravel_index(view.sweep.argmax(), view.sweep.shape)
            where = _place(row, column, GRID)
            text += f" Sweep: {view.label} falls most, by {view.sweep.max():.2f}, with the patch in {where}."
        elif is_flat(view.maps[place], self._look.scale):
            text += f" Class map of {view.label}: flat, {view.logits[place]:.1f} everywhere."
        else:
            row, column = np.unravel_index(view.maps[place].argmax(), view.maps[place].shape)
            where = _place(row, column, view.maps[place].shape[0])
            text += f" Class map of {view.label}: mean {view.logits[place]:.1f} (the logit), highest in {where}."
        return text


def nice(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is at least ``value``: an end for a scale."""
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9)))


def _place(row: np.intp, column: np.intp, cells: int) -> str:
    """A cell of a square map in words, as seen on the screen."""
    down, across = (int((place + 0.5) * 3 // cells) for place in (row, column))  # in which third its middle lies
    words = (("upper", "middle", "lower")[down], ("left", "centre", "right")[across])
    return "the centre" if words == ("middle", "centre") else f"the {' '.join(words)}"
