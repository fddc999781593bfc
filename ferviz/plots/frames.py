"""Frame attention in one picture, drawn from the model's real shapes and a clip's real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes

from ferviz.clip import Clip
from ferviz.plots.colours import INK, SOFT
from ferviz.plots.figure import SMALL, TEXT, Figure, colour_map, headline, subplots

__all__ = ["frame_network"]

Array = npt.NDArray[Any]

ROW, STRIP = 1.0, 0.34  # height of a frame's row and of a vector, in units of the picture
WIDE = 1.0  # a vector of a frame
ROOM = 0.75  # between two columns
BLUE, ORANGE = "#0072B2", "#D55E00"


class _Picture:
    """Columns from left to right; each knows the places of its rows."""

    def __init__(self, ax: Axes, frames: list[int], limit: float) -> None:
        self.ax, self.frames, self.limit = ax, frames, limit
        self.rows = [-ROW * place for place in range(len(frames))]
        self.middle = sum(self.rows) / len(self.rows)
        self.left = 0.0
        self.before = 0.0  # where the last column ends

    def column(self, width: float, head: str, foot: str) -> float:
        """Begin a column ``width`` wide; returns its left side."""
        left = self.left
        self.before, self.left = left - ROOM, left + width + ROOM
        self.ax.text(left + width / 2, 0.62, head, ha="center", va="bottom", fontsize=SMALL, color=INK)
        below = self.rows[-1] - 0.75
        self.ax.text(left + width / 2, below, foot, ha="center", va="top", fontsize=SMALL, color=INK)
        return left

    def strip(self, left: float, y: float, values: Array) -> float:
        """A vector, each of its numbers a stroke; returns its width."""
        width = WIDE * len(values) / self.unit
        extent = (left, left + width, y - STRIP / 2, y + STRIP / 2)
        self.ax.imshow(
            values[None],
            extent=extent,
            cmap=colour_map(False),
            vmin=0,
            vmax=self.limit,
            aspect="auto",
            interpolation="none",
        )
        return width

    unit = 1.0  # numbers in a vector of a frame

    def link(self, start: tuple[float, float], stop: tuple[float, float], width: float = 0.9) -> None:
        self.ax.plot((start[0], stop[0]), (start[1], stop[1]), color=INK, linewidth=width, alpha=0.6, zorder=0)

    def numbers(self, head: str, values: Array, colour: str, top: float = 1.0) -> float:
        """A number for each frame, as a bar from 0 to ``top`` with its value."""
        left = self.column(0.7, head, f"{self.count} numbers")
        for y, value in zip(self.rows, values):
            self.link((self.before, y), (left, y))
            self.ax.barh(y, 0.7, height=0.26, left=left, color=SOFT)
            self.ax.barh(y, 0.7 * value / top, height=0.26, left=left, color=colour)
            self.ax.text(left + 0.35, y + 0.18, f"{value:.2f}", ha="center", va="bottom", fontsize=SMALL, color=INK)
        return left + 0.7

    count = 0  # frames of the clip

    def mean(self, head: str, vector: Array, weight: Array, ends: float) -> tuple[float, float]:
        """The frames meet: lines as thick as the weights, and the vector that they make; its left side and its end."""
        width = WIDE * len(vector) / self.unit
        left = self.column(width, head, f"{len(vector)} numbers")
        for y, share in zip(self.rows, weight):
            self.link((ends, y), (left, self.middle), 0.4 + 5 * float(share) / max(float(weight.max()), 1e-9))
        self.strip(left, self.middle, vector)
        return left, left + width


def frame_network(clip: Clip, observation: xr.Dataset, *, count: int = 4, title: str = "") -> Figure:
    """What becomes of a clip's frames, with the numbers of a clip in it.

    Parameters
    ----------
    clip : Clip
    observation : xarray.Dataset
        Of this clip: ``feature``, ``alpha``, ``weight`` and ``clip_feature``, and for the full network ``anchor`` and
        ``beta``, as ``ferviz.observe`` gives them for a `FrameAttention`.
    count : int
        How many frames to draw; all of them count.

    Raises
    ------
    ValueError
        When the observation lacks a quantity, or the clip has fewer than two usable frames.
    """
    missing = [name for name in ("feature", "alpha", "weight", "clip_feature") if name not in observation]
    if missing:
        raise ValueError(f"observation must hold {', '.join(missing)}: observe a FrameAttention of self or relation")
    usable = np.flatnonzero(np.isfinite(observation["weight"].values))
    if len(usable) < 2:
        raise ValueError(f"clip must have two usable frames or more; got {len(usable)}")
    frames = [int(usable[at]) for at in np.linspace(0, len(usable) - 1, min(count, len(usable))).round().astype(int)]
    figure, ax = subplots(size=(9.2, 0.9 + 0.62 * len(frames)))
    seen = {str(name): observation[name].values for name in observation.data_vars}
    picture = _Picture(ax, frames, float(np.nanquantile(seen["feature"], 0.995)) or 1.0)
    picture.unit, picture.count = float(observation.sizes["channel"]), len(usable)
    _frames(picture, clip, seen)
    ends = picture.numbers("α\n(Eq. 1)", seen["alpha"][frames], BLUE)
    if "anchor" in seen:
        ends = _second_stage(picture, seen, ends)
    _, ends = picture.mean("clip's vector fv\n(Eq. 4)", seen["clip_feature"], seen["weight"][frames], ends)
    _logits(picture, observation, ends)
    ax.set(xlim=(-0.6, picture.left), ylim=(picture.rows[-1] - 1.3, 1.35), aspect="equal")
    ax.set_axis_off()
    headline(figure, title)
    figure.alt = _say(observation, len(usable))
    return figure


def _frames(picture: _Picture, clip: Clip, seen: dict[str, Array]) -> None:
    """The frames, and the vector that one backbone makes of each."""
    left = picture.column(0.86, "frames", f"{picture.count} frames")
    for y, frame in zip(picture.rows, picture.frames):
        picture.ax.imshow(clip.frames[frame], extent=(left, left + 0.86, y - 0.43, y + 0.43), interpolation="auto")
        picture.ax.text(left - 0.08, y, str(frame), ha="right", va="center", fontsize=SMALL, color=INK)
    width = WIDE
    left = picture.column(width, "vectors f\n(one backbone)", f"{picture.count} × {int(picture.unit)}")
    for y, frame in zip(picture.rows, picture.frames):
        picture.link((picture.before, y), (left, y))
        picture.strip(left, y, seen["feature"][frame])


def _second_stage(picture: _Picture, seen: dict[str, Array], ends: float) -> float:
    """The anchor, the pairs, β, and the weights that α and β make."""
    anchor, share = seen["anchor"], seen["alpha"][picture.frames]
    _, stop = picture.mean("anchor f'v\n(Eq. 2)", anchor, share, ends)
    left = picture.column(2 * WIDE, "pairs [f : f'v]", f"{picture.count} × {2 * int(picture.unit)}")
    for y, frame in zip(picture.rows, picture.frames):
        picture.link((stop, picture.middle), (left, y))
        picture.strip(left, y, np.concatenate([seen["feature"][frame], anchor]))
    picture.numbers("β\n(Eq. 3)", seen["beta"][picture.frames], BLUE)
    return picture.numbers("weight\nαβ/Σαβ", seen["weight"][picture.frames], ORANGE, float(np.nanmax(seen["weight"])))


def _logits(picture: _Picture, observation: xr.Dataset, ends: float) -> None:
    labels = [str(name) for name in observation["emotion"].values]
    probability = observation["emotion_probability"].values
    best = int(probability.argmax())
    left = picture.column(1.4, "one linear layer", f"{len(labels)} logits")
    picture.link((ends, picture.middle), (left, picture.middle))
    text = f"label:\n{labels[best]} {probability[best]:.2f}"
    picture.ax.text(left + 0.05, picture.middle, text, ha="left", va="center", fontsize=TEXT, color=INK)


def _say(observation: xr.Dataset, usable: int) -> str:
    width, whole = observation.sizes["channel"], observation.sizes["clip_channel"]
    second = (
        f" Their mean under α, the anchor, is put beside each vector, which makes pairs of {2 * width} numbers; from a "
        "pair comes β, and the weight is αβ/Σαβ."
        if "anchor" in observation
        else ""
    )
    return (
        f"{usable} frames; one backbone makes {width} numbers of each; from each vector comes α.{second} The weighted "
        f"mean has {whole} numbers, and one linear layer makes {observation.sizes['emotion']} logits of it."
    )
