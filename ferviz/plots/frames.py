"""Frame and region attention in one picture, drawn from the model's real shapes and a clip's real numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes

from ferviz.clip import Clip
from ferviz.plots.colours import INK, SOFT
from ferviz.plots.figure import SMALL, TEXT, Figure, colour_map, headline, subplots

__all__ = ["frame_network", "region_network"]

Array = npt.NDArray[Any]

ROW, STRIP = 1.0, 0.34  # height of a frame's row and of a vector, in units of the picture
WIDE = 1.0  # a vector of a frame
ROOM = 0.75  # between two columns
BLUE, ORANGE = "#0072B2", "#D55E00"


@dataclass(frozen=True)
class _Words:
    """What a paper calls its quantities; the equations with them."""

    item: str = "frame"
    vectors: str = "vectors f"
    first: str = "α"
    anchor: str = "f'v"
    pair: str = "[f : f'v]"
    second: str = "β"
    whole: str = "clip's vector fv"
    equations: tuple[str, ...] = ("\n(Eq. 1)", "\n(Eq. 2)", "\n(Eq. 3)", "\n(Eq. 4)")


_REGIONS = _Words("region", "vectors F", "μ", "Fm", "[F : Fm]", "ν", "face's vector P", ("",) * 4)


class _Picture:
    """Columns from left to right; each knows the places of its rows."""

    def __init__(self, ax: Axes, frames: list[int], limit: float, words: _Words) -> None:
        self.ax, self.frames, self.limit, self.words = ax, frames, limit, words
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
    return _drawn(clip, observation, usable, count, _Words(), title)


def region_network(crops: Clip, observation: xr.Dataset, *, title: str = "") -> Figure:
    """What becomes of a face's regions, with the numbers of a face in it.

    Parameters
    ----------
    crops : Clip
        The whole face and its crops, as frames: see `ferviz.models.regions.cut_clip`.
    observation : xarray.Dataset
        Of this face, one frame of what ``ferviz.observe`` gives for a `RegionAttention` of the variant self or
        relation: ``feature``, ``alpha``, ``weight`` and ``region_feature``, for the full network ``anchor`` and
        ``beta``.

    Raises
    ------
    ValueError
        When the observation lacks a quantity or has several frames, or is of another number of regions than crops.
    """
    missing = [name for name in ("feature", "alpha", "weight", "region_feature") if name not in observation]
    if missing or "frame" in observation["weight"].dims:
        raise ValueError("observation must be one frame (isel(frame=0)) of a RegionAttention of self or relation")
    usable = np.flatnonzero(np.isfinite(observation["weight"].values))
    if len(crops) != observation.sizes["region"]:
        raise ValueError(f"crops must be {observation.sizes['region']} regions, the face first; got {len(crops)}")
    seen = observation.rename(region_feature="clip_feature", face_channel="clip_channel")
    return _drawn(crops, seen, usable, len(usable), _REGIONS, title)


def _drawn(clip: Clip, observation: xr.Dataset, usable: Array, count: int, words: _Words, title: str) -> Figure:
    frames = [int(usable[at]) for at in np.linspace(0, len(usable) - 1, min(count, len(usable))).round().astype(int)]
    figure, ax = subplots(size=(9.2, 0.9 + 0.62 * len(frames)))
    seen = {str(name): observation[name].values for name in observation.data_vars}
    picture = _Picture(ax, frames, float(np.nanquantile(seen["feature"], 0.995)) or 1.0, words)
    picture.unit, picture.count = float(observation.sizes["channel"]), len(usable)
    _frames(picture, clip, seen)
    ends = picture.numbers(f"{words.first}{words.equations[0]}", seen["alpha"][frames], BLUE)
    if "anchor" in seen:
        ends = _second_stage(picture, seen, ends)
    head = f"{words.whole}{words.equations[3]}"
    _, ends = picture.mean(head, seen["clip_feature"], seen["weight"][frames], ends)
    _logits(picture, observation, ends)
    ax.set(xlim=(-0.6, picture.left), ylim=(picture.rows[-1] - 1.3, 1.35), aspect="equal")
    ax.set_axis_off()
    headline(figure, title)
    figure.alt = _say(observation, len(usable), words)
    return figure


def _frames(picture: _Picture, clip: Clip, seen: dict[str, Array]) -> None:
    """The frames, and the vector that one backbone makes of each."""
    left = picture.column(0.86, f"{picture.words.item}s", f"{picture.count} {picture.words.item}s")
    for y, frame in zip(picture.rows, picture.frames):
        picture.ax.imshow(clip.frames[frame], extent=(left, left + 0.86, y - 0.43, y + 0.43), interpolation="auto")
        picture.ax.text(left - 0.08, y, str(frame), ha="right", va="center", fontsize=SMALL, color=INK)
    width = WIDE
    left = picture.column(width, f"{picture.words.vectors}\n(one backbone)", f"{picture.count} × {int(picture.unit)}")
    for y, frame in zip(picture.rows, picture.frames):
        picture.link((picture.before, y), (left, y))
        picture.strip(left, y, seen["feature"][frame])


def _second_stage(picture: _Picture, seen: dict[str, Array], ends: float) -> float:
    """The anchor, the pairs, β, and the weights that α and β make."""
    words = picture.words
    anchor, share = seen["anchor"], seen["alpha"][picture.frames]
    _, stop = picture.mean(f"anchor {words.anchor}{words.equations[1]}", anchor, share, ends)
    left = picture.column(2 * WIDE, f"pairs {words.pair}", f"{picture.count} × {2 * int(picture.unit)}")
    for y, frame in zip(picture.rows, picture.frames):
        picture.link((stop, picture.middle), (left, y))
        picture.strip(left, y, np.concatenate([seen["feature"][frame], anchor]))
    picture.numbers(f"{words.second}{words.equations[2]}", seen["beta"][picture.frames], BLUE)
    both = f"{words.first}{words.second}"
    top = float(np.nanmax(seen["weight"]))
    return picture.numbers(f"weight\n{both}/Σ{both}", seen["weight"][picture.frames], ORANGE, top)


def _logits(picture: _Picture, observation: xr.Dataset, ends: float) -> None:
    labels = [str(name) for name in observation["emotion"].values]
    probability = observation["emotion_probability"].values
    best = int(probability.argmax())
    left = picture.column(1.4, "one linear layer", f"{len(labels)} logits")
    picture.link((ends, picture.middle), (left, picture.middle))
    text = f"label:\n{labels[best]} {probability[best]:.2f}"
    picture.ax.text(left + 0.05, picture.middle, text, ha="left", va="center", fontsize=TEXT, color=INK)


def _say(observation: xr.Dataset, usable: int, words: _Words) -> str:
    width, whole = observation.sizes["channel"], observation.sizes["clip_channel"]
    first, both = words.first, f"{words.first}{words.second}"
    second = (
        f" Their mean under {first}, the anchor, is put beside each vector, which makes pairs of {2 * width} numbers; "
        f"from a pair comes {words.second}, and the weight is {both}/Σ{both}."
        if "anchor" in observation
        else ""
    )
    return (
        f"{usable} {words.item}s; one backbone makes {width} numbers of each; from each vector comes {first}.{second} "
        f"The weighted mean has {whole} numbers, and one linear layer makes {observation.sizes['emotion']} logits of "
        "it."
    )
