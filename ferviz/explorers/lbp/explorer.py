"""*LBP stepper*: hover over a pixel and see its local binary pattern arise: neighbours, comparisons, bits, code, bin.

The browser gets the gray picture, the code picture, the histogram and the geometry of the circle once for each setting,
and steps from pixel to pixel by itself, with the same whole numbers as `ferviz.lbp`. Only tone, rotation, P, R and kind
need the kernel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from ferviz import lbp
from ferviz.clip import Clip, Crop
from ferviz.explorers.lbp.state import PICTURES, POINTS, LBPState, LBPView
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.intake import NoFaceError
from ferviz.lbp.circle import circle_of
from ferviz.textures import (
    MARGIN,
    SIZE,
    codes_of,
    count,
    distance,
    inside,
    texture,
    tone,
    turned,
)

__all__ = ["LBPState", "LBPStepper", "LBPView", "face_of"]

Array = npt.NDArray[Any]

SOURCE = 92  # the picture that is turned: it covers the circle of SIZE and its neighbourhoods at every angle
CROP = Crop(SOURCE, 0.44)  # leaves the face about 15 % air on each side of the SIZE pixels that are shown
AS_IT_IS = {"brightness": 0, "contrast": 1.0, "gamma": 1.0, "rotation": 0}
NAMES = {
    "original": "original (3×3 square)",
    "circle": "circle",
    "uniform": "uniform",
    "rotation_invariant": "rotation-invariant",
    "uniform_rotation_invariant": "uniform rotation-invariant",
}


def face_of(clip: Clip) -> tuple[Array, str]:
    """The gray picture that the stepper shows of a clip, uint8 (92, 92), and in words what it is.

    The largest face in the first usable frame with some room around it; the middle of the first frame where no face is
    found.
    """
    looked = _look(Source(clip), 0)
    return looked.picture, looked.what


@dataclass(frozen=True, eq=False)
class Looked:
    """The gray ``picture`` (92, 92) of a clip, and in words what it is."""

    picture: Array
    what: str


def _look(source: Source, face: int) -> Looked:
    try:
        faces = source.cut(face, CROP)
        picture, what = faces.frames[int(faces.usable().argmax())], "the face"
    except NoFaceError:
        picture, what = _middle(source.clip.frames[0]), "the middle of the picture, which has no face"
    grey = Image.fromarray(picture).convert("L").resize((SOURCE, SOURCE), Image.Resampling.BILINEAR)
    return Looked(np.array(grey), what)


class LBPStepper(SourceExplorer):
    """*LBP stepper*: a picture, its codes, and beside them every step from one pixel to its code and its bin.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or something of your own (its first usable frame). Without a crop record the face is
        looked for; where there is none, the middle of the picture is taken. Your own clip is not saved with the
        notebook.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `LBPState`.
    """

    NAME = "lbp"
    PARTS = ("shared/dials", "lbp/steps")
    TITLE = "LBP stepper"
    KEYS = (
        "Hover over either picture to step through a pixel; a click keeps it. The arrow keys move it (Shift: by 8), "
        "comma and full stop go from neighbour to neighbour, the numbers choose a preset."
    )
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "as it is": AS_IT_IS,
        "brighter, until it clips": AS_IT_IS | {"brightness": 60},
        "less contrast": AS_IT_IS | {"contrast": 0.3},
        "bent by gamma": AS_IT_IS | {"gamma": 0.6},
        "a quarter turn": AS_IT_IS | {"rotation": 90},
        "turned by 30°": AS_IT_IS | {"rotation": 30},
    }
    State = LBPState

    FRESH = {"picture": "face"}  # an upload is seen, whichever texture was shown before

    def __init__(self, clip: object = LBPState.clip, *, large: bool = False, **state: Any) -> None:
        self._unchanged: tuple[object, dict[str, Array]] = (None, {})
        super().__init__(clip, large=large, **state)
        self.add_class("ferviz-controls-beside")

    def controls(self) -> dict[str, ipywidgets.Widget]:
        wide = ipywidgets.Layout(width="auto")

        def slider(kind: Any, text: str, low: float, high: float, step: float) -> ipywidgets.Widget:
            return kind(min=low, max=high, step=step, description=text, layout=wide)

        kinds = [(name, kind) for kind, name in NAMES.items()]
        self._circle = (
            ipywidgets.SelectionSlider(options=POINTS, description="Points P", layout=wide),
            slider(ipywidgets.FloatSlider, "Radius R", 1, MARGIN, 0.25),
        )
        return {
            "picture": ipywidgets.Dropdown(options=PICTURES, description="Picture", layout=wide),
            "kind": ipywidgets.Dropdown(options=kinds, description="Kind", layout=wide),
            "points": self._circle[0],
            "radius": self._circle[1],
            "brightness": slider(ipywidgets.IntSlider, "Brightness", -128, 128, 1),
            "contrast": slider(ipywidgets.FloatSlider, "Contrast", 0.2, 3, 0.05),
            "gamma": slider(ipywidgets.FloatSlider, "Gamma", 0.3, 3, 0.05),
            "rotation": slider(ipywidgets.IntSlider, "Rotation °", -180, 180, 1),
            "eight_bit": ipywidgets.Checkbox(description="Round and clip to 0 … 255", indent=False, layout=wide),
        }

    def _sync_controls(self) -> None:
        super()._sync_controls()
        for control in self._circle:
            control.disabled = self._state.kind == "original"  # the square has 8 points at radius 1

    def look(self, source: Source, face: int) -> Looked:
        """Take the picture of a face in, see `face_of`."""
        return _look(source, face)

    def sheet(self) -> dict[str, Any]:
        """What the picture is, in words: its pixels change with the state and travel with the answer."""
        return {"what": self.looked().what}

    def compute(self, state: LBPState) -> LBPView:
        """The codes of the picture after tone and rotation, next to those of the unchanged picture."""
        looked: Looked = self.looked(state)
        source = looked.picture if state.picture == "face" else texture(state.picture, SOURCE)
        placed = turned(source, state.rotation)
        grey, clipped = tone(placed, state.brightness, state.contrast, state.gamma, state.eight_bit)
        codes, before = _codes(grey, state), self._before(source, state)
        counts, first = (
            {kind: count(every[kind], kind, **_points(kind, state)) for kind in lbp.KINDS} for every in (codes, before)
        )
        mask = inside()
        changed = {kind: float((codes[kind] != before[kind])[mask].mean()) for kind in lbp.KINDS}
        if state.rotation:  # a pixel has no counterpart at its own place
            changed = dict.fromkeys(lbp.KINDS, math.nan)
        place = (state.row + MARGIN, state.column + MARGIN)
        return LBPView(
            grey=grey,
            codes=codes[state.kind],
            counts=counts[state.kind],
            before=first[state.kind],
            distances={kind: distance(counts[kind], first[kind]) for kind in lbp.KINDS},
            changed=changed,
            clipped=float(clipped[MARGIN:-MARGIN, MARGIN:-MARGIN][mask].mean()),
            explained=lbp.explain(torch.from_numpy(grey), *place, **_ring(state.kind, state), kind=state.kind),
        )

    def _before(self, source: Array, state: LBPState) -> dict[str, Array]:
        key = (source.tobytes(), state.points, state.radius)
        if self._unchanged[0] != key:
            self._unchanged = key, _codes(turned(source, 0).astype(np.uint8), state)
        return self._unchanged[1]

    def still(self) -> Snapshot:
        grey = np.clip(self.view.grey[MARGIN:-MARGIN, MARGIN:-MARGIN], 0, 255).astype(np.uint8)
        codes = np.rint(255.0 * self.view.codes / max(1, self.view.codes.max())).astype(np.uint8)
        return Snapshot({"The gray picture": grey, f"Its codes: {NAMES[self._state.kind]}": codes})

    def describe_view(self) -> str:
        """The pixel of the state step by step, and what tone and rotation have changed."""
        state, step = self._state, self.view.explained
        what = self.looked().what if state.picture == "face" else f"the texture {state.picture!r}"
        bits = "".join(str(neighbour.bit) for neighbour in step.neighbours)
        way = "clockwise from the top left" if state.kind == "original" else "counter-clockwise from the right"
        kind, code = NAMES[state.kind], f"code {step.code}"
        result = f"as {kind} it is {code}" if step.code != step.plain else f"which is also its {kind} {code}"
        share = self.view.counts[step.code] / self.view.counts.sum()
        text = (
            f"Row {state.row}, column {state.column} of {what} has gray {step.centre:g}. Its {step.points} neighbours, "
            f"{way}, give the bits {bits}: {step.changes} changes, plain code {step.plain}, {result}, the code of "
            f"{share:.1%} of the pixels inside the circle."
        )
        return text if state.untouched else f"{text} {self._comparison()}"

    def _comparison(self) -> str:
        kind = self._state.kind
        apart = f"the {NAMES[kind]} histogram is {self.view.distances[kind]:.2f} apart"
        if math.isnan(self.view.changed[kind]):
            return f"Against the unchanged picture {apart}."
        differ = f"{self.view.changed[kind]:.1%} of the codes differ and {apart}"
        return f"Against the unchanged picture {differ}; {self.view.clipped:.1%} of the pixels clip."

    def drawing(self, view: LBPView) -> dict[str, Any]:
        """Pictures, counts of the bins in use, the circle's geometry, and the comparison of the kinds."""
        state = self._state
        used = np.flatnonzero(view.counts + view.before)  # at P = 16 there are 65 536 bins, and nearly all are empty
        possible = lbp.values(state.kind, **_points(state.kind, state))
        ranked = state.kind == "rotation_invariant"
        ring = _ring(state.kind, state)
        circle = circle_of(state.kind, ring["points"], ring["radius"], ring["radius"])
        return {
            "size": SIZE,
            "margin": MARGIN,
            "grey": floats(view.grey),
            "codes": floats(view.codes),
            "used": floats(used),
            "counts": floats(view.counts[used]),
            "before": floats(view.before[used]),
            "possible": len(possible),
            "values": floats(possible) if ranked else b"",
            "other": view.counts.size - 1 if state.kind.startswith("uniform") else -1,
            "radius": ring["radius"],
            "circle": [asdict(sample) for sample in circle],
            "kinds": list(NAMES),
            "names": list(NAMES.values()),
            "distances": list(view.distances.values()),
            "changed": [None if math.isnan(share) else share for share in view.changed.values()],
            "clipped": view.clipped,
            "untouched": state.untouched,
        }


def _codes(grey: Array, state: LBPState) -> dict[str, Array]:
    """The codes of every kind, (64, 64) each."""
    return {kind: codes_of(grey, kind, **_ring(kind, state)) for kind in lbp.KINDS}


def _points(kind: str, state: LBPState) -> dict[str, int]:
    return {"points": 8 if kind == "original" else state.points}


def _ring(kind: str, state: LBPState) -> dict[str, Any]:
    return {**_points(kind, state), "radius": 1.0 if kind == "original" else float(state.radius)}


def _middle(frame: Array) -> Array:
    side = min(frame.shape[:2])
    top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
    return frame[top : top + side, left : left + side]
