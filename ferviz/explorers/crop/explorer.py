"""*Crop lab*: the same face, cut differently, gets another answer.

The face is looked for once; then only the crop changes: its margin, its alignment, and how pixels are interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, get_args

import ipywidgets
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ferviz.clip import Clip, Crop, Face
from ferviz.explorers.shared.model import check_reader
from ferviz.explorers.shared.picture import encode, rounded
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.intake import Align, Interpolation, crop_matrix, detect, find_faces
from ferviz.models.model import Model
from ferviz.observe import observe

__all__ = ["CropLab", "CropState", "CropView"]

Array = npt.NDArray[Any]

ALIGNS, INTERPOLATIONS = get_args(Align), get_args(Interpolation)
MARKS = (0.0, 0.25, 0.3)
WIDEST = 0.6
STEPS = np.round(np.linspace(0, WIDEST, 31), 3)  # where the curve is computed


@dataclass(frozen=True)
class CropState:
    """What the person chose: ``margin`` around the face on each side, as a share of its box; ``align`` "box" or
    "similarity"; ``interpolation`` "nearest", "bilinear" or "bicubic"; ``clip`` is a bundled sample, or "" for one's
    own; ``face`` counts the faces of the picture, the largest first."""

    margin: float = 0.25
    align: Align = "box"
    interpolation: Interpolation = "bilinear"
    clip: str = "astronaut"
    face: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= WIDEST:
            raise ValueError(f"margin must lie between 0 and {WIDEST}; got {self.margin}")
        if self.face < 0:
            raise ValueError(f"face must be 0 or more; got {self.face}")
        if self.align not in ALIGNS:
            raise ValueError(f"align must be one of {', '.join(ALIGNS)}; got {self.align!r}")
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(f"interpolation must be one of {', '.join(INTERPOLATIONS)}; got {self.interpolation!r}")


@dataclass(frozen=True, eq=False)
class CropView:
    """What is drawn: ``face`` uint8 (S, S, 3), the crop as the model gets it; ``corners`` (4, 2), its outline in the
    photo's pixels; ``probability`` (E,); ``curve`` (31, E), the probabilities at margins 0 to 0.6 with this alignment
    and interpolation."""

    labels: tuple[str, ...]
    face: Array
    corners: Array
    probability: Array
    curve: Array


@dataclass(frozen=True, eq=False)
class Looked:
    """A ``clip`` of one frame and its ``faces``, the largest first; by face, as they are asked for, the answers (18, E)
    to the crops of the table (``grids``), and the ``curves`` (31, E) of each alignment and interpolation."""

    clip: Clip
    faces: tuple[Face, ...]
    grids: dict[int, Array] = field(default_factory=dict)
    curves: dict[tuple[int, Align, Interpolation], Array] = field(default_factory=dict)


class CropLab(SourceExplorer):
    """*Crop lab*: the photo with the detected box, the crop beside it, and the answer that follows.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or a photo of your own (of a clip: the first frame with a face). Your own is treated
        like an upload: it is not saved with the notebook.
    model : str or Model
        A trained one by name, or one of yours, that reads each face by itself. Its ``crop.size`` is the size of every
        crop here.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `CropState`.
    """

    NAME = "crop"
    TITLE = "Crop lab"
    KEYS = (
        "Left and right arrow change the margin (Shift: further), a the alignment, i the interpolation; the numbers "
        "choose a preset. Click a cell of the table to see its crop; of several faces click another, or press f."
    )
    PRESETS = {
        "the detector's box": {"margin": 0.0, "align": "box", "interpolation": "bilinear"},
        "margin 0.25": {"margin": 0.25, "align": "box", "interpolation": "bilinear"},
        "eyes level": {"margin": 0.25, "align": "similarity", "interpolation": "bilinear"},
        "nearest pixels": {"margin": 0.25, "align": "box", "interpolation": "nearest"},
    }
    State = CropState

    MODEL = "mini-xception"
    FRESH = {"face": 0}
    SEEN = ("face",)

    def __init__(
        self, clip: object = CropState.clip, model: str | Model = MODEL, *, large: bool = False, **state: Any
    ) -> None:
        self.model = check_reader(self.open_model(model))
        super().__init__(clip, large=large, **state)

    def controls(self) -> dict[str, ipywidgets.Widget]:
        style = {"button_width": "auto", "description_width": "auto"}
        return {
            "align": ipywidgets.ToggleButtons(options=ALIGNS, description="Alignment", style=style),
            "interpolation": ipywidgets.ToggleButtons(options=INTERPOLATIONS, description="Pixels", style=style),
        }

    @property
    def clip(self) -> Clip:
        """The photo: a clip of one frame."""
        return self._look.clip

    @property
    def face(self) -> Face:
        """The face that is cut."""
        return self._look.faces[self._state.face]

    @property
    def _grid(self) -> Array:
        return self._look.grids[self._state.face]

    @property
    def _look(self) -> Looked:
        looked: Looked = self.looked(self.source)
        return looked

    def look(self, clip: Clip) -> Looked:
        """Find the faces of the first frame that has any."""
        places = np.flatnonzero(clip.usable())
        for place in places[:: max(1, len(places) // 8)]:
            faces = detect(clip.frames[place])
            if faces:
                break
        else:
            find_faces(clip)  # raises, with what could be tried
            raise ValueError(f"no face found in the frames of {clip.source} that were looked at; pick one: clip[i]")
        return Looked(clip[int(place)], faces)

    def _rows(self) -> list[tuple[float, Align, Interpolation]]:
        return [(margin, align, pixels) for align in ALIGNS for pixels in INTERPOLATIONS for margin in MARKS]

    def _crop(self, margin: float, align: Align, interpolation: Interpolation) -> Crop:
        return replace(self.model.crop, margin=margin, align=align, interpolation=interpolation)

    def _answers(self, photo: Clip, face: Face, crops: list[Crop]) -> Array:
        """The probabilities (N, E) that the model gives each crop of the one face."""
        frames = np.stack([_cut(photo, face, crop) for crop in crops])
        many = Clip(frames, np.arange(len(frames), dtype=float), crop=self.model.crop, source=photo.source)
        return observe(self.model, many)["emotion_probability"].values

    def compute(self, state: CropState) -> CropView:
        """The crop, its outline, and the answers."""
        crop = self._crop(state.margin, state.align, state.interpolation)
        looked: Looked = self.looked(state.clip)
        if state.face >= len(looked.faces):
            raise ValueError(f"face must be 0 to {len(looked.faces) - 1}; got {state.face}")
        photo, face = looked.clip, looked.faces[state.face]
        key = (state.face, state.align, state.interpolation)
        if key not in looked.curves:
            looked.curves[key] = self._answers(photo, face, [self._crop(float(margin), *key[1:]) for margin in STEPS])
        if state.face not in looked.grids:
            looked.grids[state.face] = self._answers(photo, face, [self._crop(*row) for row in self._rows()])
        matrix = np.vstack([crop_matrix(face, crop), [0, 0, 1]])
        edge = np.array([[0, 0], [crop.size, 0], [crop.size, crop.size], [0, crop.size]]) - 0.5
        corners = (np.linalg.inv(matrix) @ np.column_stack([edge, np.ones(4)]).T)[:2].T + 0.5
        return CropView(
            labels=tuple(str(label) for label in self.model.labels),
            face=_cut(photo, face, crop),
            corners=corners,
            probability=self._answers(photo, face, [crop])[0],
            curve=looked.curves[key],
        )

    def sheet(self) -> dict[str, Any]:
        """The photo, the face that was found in it, and the table of crops with the model's answers."""
        labels = [str(label) for label in self.model.labels]
        return {
            "source": self.clip.source,
            "labels": labels,
            "photo": encode(self.clip.frames[0]),
            "side": self.model.crop.size,
            "width": self.clip.width,
            "height": self.clip.height,
            "boxes": [[round(float(edge), 2) for edge in face.box] for face in self._look.faces],
            "face": self._state.face,
            "points": [[round(float(at), 2) for at in point] for point in self.face.points],
            "widest": WIDEST,
            "marks": list(MARKS),
            "steps": STEPS.tolist(),
            "rows": [
                {
                    "margin": margin,
                    "align": align,
                    "interpolation": pixels,
                    "label": labels[int(answer.argmax())],
                    "probability": rounded(answer.max()),
                }
                for (margin, align, pixels), answer in zip(self._rows(), self._grid, strict=True)
            ],
        }

    def drawing(self, view: CropView) -> dict[str, Any]:
        side = view.face.shape[0]
        rgba = np.dstack([view.face, np.full((side, side), 255, np.uint8)])
        return {
            "face": rgba.tobytes(),  # the very pixels: no copy that a codec has changed
            "side": side,
            "corners": [[round(float(at), 2) for at in corner] for corner in view.corners],
            "probability": [rounded(value) for value in view.probability],
            "curve": floats(view.curve),
        }

    def still(self) -> Snapshot:
        photo = Image.fromarray(self.clip.frames[0])
        outline = [(float(x), float(y)) for x, y in self.view.corners]
        ImageDraw.Draw(photo).polygon(outline, outline="#ffb454", width=max(2, photo.width // 160))
        pictures = {"The photo, with the crop's outline": np.asarray(photo), "The crop": self.view.face}
        return Snapshot(pictures, dict(zip(self.view.labels, self.view.probability, strict=True)))

    def describe(self) -> str:
        state, view = self._state, self.view
        top = int(view.probability.argmax())
        answers = {view.labels[int(row.argmax())] for row in self._grid}
        others = f"the {len(self._grid)} crops of the table say {' or '.join(sorted(answers))}"
        count = len(self._look.faces)
        which = f", of face {state.face + 1} of {count}" if count > 1 else ""
        chosen = f"margin {state.margin:.2f}, alignment {state.align}, {state.interpolation} pixels"
        return f"label: {view.labels[top]} {view.probability[top]:.2f} with {chosen}{which}; {others}."


def _cut(photo: Clip, face: Face, crop: Crop) -> Array:
    matrix = crop_matrix(face, crop)
    return photo.warp(matrix[None], size=(crop.size, crop.size), interpolation=crop.interpolation).frames[0]
