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
from ferviz.explorers.shared.faces import Source, SourceState
from ferviz.explorers.shared.model import check_reader, emotions_of
from ferviz.explorers.shared.picture import encode, known
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.intake import Align, Interpolation, crop_matrix
from ferviz.models.model import Model
from ferviz.observe import observe

__all__ = ["CropLab", "CropState", "CropView"]

Array = npt.NDArray[Any]

ALIGNS, INTERPOLATIONS = get_args(Align), get_args(Interpolation)
MARKS = (0.0, 0.25, 0.3)
WIDEST = 0.6
PROBES = 8  # frames of a film that are looked through for faces
STEPS = np.round(np.linspace(0, WIDEST, 31), 3)  # where the curve is computed


@dataclass(frozen=True)
class CropState(SourceState):
    """What the person chose: ``margin`` around the face on each side, as a share of its box; ``align`` "box" or
    "similarity"; ``interpolation`` "nearest", "bilinear" or "bicubic"; ``clip`` is a bundled sample, or "" for one's
    own."""

    margin: float = 0.25
    align: Align = "box"
    interpolation: Interpolation = "bilinear"
    clip: str = "astronaut"

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= WIDEST:
            raise ValueError(f"margin must lie between 0 and {WIDEST}; got {self.margin}")
        if self.align not in ALIGNS:
            raise ValueError(f"align must be one of {', '.join(ALIGNS)}; got {self.align!r:.200}")
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
    """A ``photo`` of one frame, a ``face`` in it, where all faces lie (``boxes``, shares of the photo), the answers
    (18, E) to the crops of the table (``grid``), and the ``curves`` (31, E) of each alignment and interpolation."""

    photo: Clip
    face: Face
    boxes: list[list[float] | None]
    grid: Array
    curves: dict[tuple[Align, Interpolation], Array] = field(default_factory=dict)


class CropLab(SourceExplorer):
    """*Crop lab*: the photo with the detected box, the crop beside it, and the answer that follows.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or a photo of your own (of a film: a frame that shows the face, among 8 of them at
        most). Your own is treated like an upload: it is not saved with the notebook.
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
        "choose a preset. Click a cell of the table to see its crop; of several faces click another."
    )
    PRESETS = {
        "the detector's box": {"margin": 0.0, "align": "box", "interpolation": "bilinear"},
        "margin 0.25": {"margin": 0.25, "align": "box", "interpolation": "bilinear"},
        "eyes level": {"margin": 0.25, "align": "similarity", "interpolation": "bilinear"},
        "nearest pixels": {"margin": 0.25, "align": "box", "interpolation": "nearest"},
    }
    State = CropState

    MODEL = "mini-xception"

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
        return self._looked.photo

    @property
    def face(self) -> Face:
        """The face that is cut."""
        return self._looked.face

    @property
    def _looked(self) -> Looked:
        looked: Looked = self.looked()
        return looked

    def searched(self, clip: Clip) -> Clip:
        """Up to 8 usable frames; in a clip that came cut to a face, that is found anew."""
        places = np.flatnonzero(clip.usable())
        if not len(places):
            return replace(clip, crop=None)
        places = places[:: -(-len(places) // PROBES)]
        return Clip(clip.frames[places], clip.times[places], source=clip.source)

    def look(self, source: Source, face: int) -> Looked:
        """Take the frame that shows the face, and cut it in the eighteen ways of the table."""
        frame, chosen = source.chosen(face)
        photo = source.clip[frame]
        grid = self._answers(photo, chosen, [self._crop(*row) for row in self._rows()])
        return Looked(photo, chosen, source.boxes(frame), grid)

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
        looked: Looked = self.looked(state)
        photo, face = looked.photo, looked.face
        key = (state.align, state.interpolation)
        if key not in looked.curves:
            looked.curves[key] = self._answers(photo, face, [self._crop(float(margin), *key) for margin in STEPS])
        matrix = np.vstack([crop_matrix(face, crop), [0, 0, 1]])
        edge = np.array([[0, 0], [crop.size, 0], [crop.size, crop.size], [0, crop.size]]) - 0.5
        corners = (np.linalg.inv(matrix) @ np.column_stack([edge, np.ones(4)]).T)[:2].T + 0.5
        return CropView(
            labels=emotions_of(self.model),
            face=_cut(photo, face, crop),
            corners=corners,
            probability=self._answers(photo, face, [crop])[0],
            curve=looked.curves[key],
        )

    def sheet(self) -> dict[str, Any]:
        """The photo, the face that was found in it, and the table of crops with the model's answers."""
        labels = emotions_of(self.model)
        return {
            "source": self.named(self.clip),
            "labels": labels,
            "photo": encode(self.clip.frames[0]),
            "side": self.model.crop.size,
            "width": self.clip.width,
            "height": self.clip.height,
            "boxes": self._looked.boxes,
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
                    "probability": known(answer.max()),
                }
                for (margin, align, pixels), answer in zip(self._rows(), self._looked.grid, strict=True)
            ],
        }

    def drawing(self, view: CropView) -> dict[str, Any]:
        side = view.face.shape[0]
        rgba = np.dstack([view.face, np.full((side, side), 255, np.uint8)])
        return {
            "face": rgba.tobytes(),  # the very pixels: no copy that a codec has changed
            "side": side,
            "corners": [[round(float(at), 2) for at in corner] for corner in view.corners],
            "probability": [known(value) for value in view.probability],
            "curve": floats(view.curve),
        }

    def still(self) -> Snapshot:
        photo = Image.fromarray(self.clip.frames[0])
        outline = [(float(x), float(y)) for x, y in self.view.corners]
        ImageDraw.Draw(photo).polygon(outline, outline="#ffb454", width=max(2, photo.width // 160))
        pictures = {"The photo, with the crop's outline": np.asarray(photo), "The crop": self.view.face}
        return Snapshot(pictures, dict(zip(self.view.labels, self.view.probability, strict=True)))

    def describe_view(self) -> str:
        state, view = self._state, self.view
        top = int(view.probability.argmax())
        answers = {view.labels[int(row.argmax())] for row in self._looked.grid}
        others = f"the {len(self._looked.grid)} crops of the table say {' or '.join(sorted(answers))}"
        chosen = f"margin {state.margin:.2f}, alignment {state.align}, {state.interpolation} pixels"
        return f"label: {view.labels[top]} {view.probability[top]:.2f} with {chosen}; {others}."


def _cut(photo: Clip, face: Face, crop: Crop) -> Array:
    matrix = crop_matrix(face, crop)
    return photo.warp(matrix[None], size=(crop.size, crop.size), interpolation=crop.interpolation).frames[0]
