"""Figures of attention over frames: the network, its weights under the film, and several answers to which frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from ferviz.clip import Clip
from ferviz.flat import is_flat
from ferviz.plots.colours import GAP, INK, PAPER, SOFT
from ferviz.plots.figure import SMALL, TEXT, Figure, headline, subplots

__all__ = ["weights", "which_frame"]

Array = npt.NDArray[Any]

BLUE, ORANGE = "#0072B2", "#D55E00"
MOST = 26  # pictures in a film
TOLD = {"alpha": "α, from the\nframe alone", "beta": "β, beside\nthe anchor", "weight": "weight,\nsums to 1"}


def weights(clip: Clip, observation: xr.Dataset, *, title: str = "") -> Figure:
    """A clip's frames, and below each its α, its β where there is one, and its weight, with the line 1/T.

    T counts the usable frames; a frame in a gap is hatched and has no bar.

    Parameters
    ----------
    clip : Clip
    observation : xarray.Dataset
        Of this clip, with ``weight`` (frame,), as ``ferviz.observe`` gives it for a model with attention over frames.

    Raises
    ------
    ValueError
        When the observation has no weights, or not one a frame of the clip.
    """
    if "weight" not in observation or observation.sizes["frame"] != len(clip):
        held = ", ".join(map(str, observation.data_vars))
        raise ValueError(f"observation must hold a weight for each of the clip's {len(clip)} frames; it holds {held}")
    names = [name for name in TOLD if name in observation]
    figure, axes = _under_film(clip, len(names), space=0.6)
    for name, ax in zip(names, axes):
        values = observation[name].values
        even = 1 / np.isfinite(values).sum()
        top = 1.0 if name != "weight" else 1.25 * max(float(np.nanmax(values)), even)
        _bars(ax, values, ORANGE if name == "weight" else BLUE, 3 if name == "weight" else 2)
        ax.set(ylim=(0, top))
        ax.set_ylabel(TOLD[name], rotation=0, ha="right", va="center", fontsize=TEXT, labelpad=8)
        if name == "weight":
            ax.axhline(even, color=INK, linestyle="--", linewidth=1.2)
            ax.annotate(
                f"1/T = {even:.3f}", (1.01, even), xycoords=("axes fraction", "data"), va="center", fontsize=SMALL,
                color=INK,
            )  # fmt: skip
    axes[-1].set_xlabel("frame")
    return _finished(figure, clip, title, _say_weights(clip, observation))


def which_frame(
    clip: Clip,
    rows: Mapping[str, npt.ArrayLike],
    truth: Mapping[str, npt.ArrayLike] | None = None,
    *,
    words: Mapping[str, str] | None = None,
    item: str = "frame",
    title: str = "",
) -> Figure:
    """Several answers to "which frame matters?" on one axis.

    Each row (T,) is divided by the sum of its absolute values, so that all rows share one scale: a share of the row. A
    row whose values hardly differ is labelled flat. Rows of ``truth`` stand last and have another colour.

    Parameters
    ----------
    clip : Clip
    rows, truth : mapping of name to array (T,)
        NaN where nothing is known.
    words : mapping of name to str, optional
        Written beside a row: how far it agrees with something, for example.
    item : str
        What a frame of the clip is, such as "region", where its frames are the crops of one face.

    Raises
    ------
    ValueError
        For no rows, or a row of another length than the clip.
    """
    known = {**rows, **(truth or {})}
    values = {name: np.asarray(row, float) for name, row in known.items()}
    for name, row in values.items():
        if row.shape != (len(clip),):
            raise ValueError(f"rows[{name!r}] must have {len(clip)} values, one a {item}; got shape {row.shape}")
    if not rows:
        raise ValueError("rows must name at least one; got none")
    shares = {name: row / (np.nansum(np.abs(row)) or 1.0) for name, row in values.items()}
    figure, axes = _under_film(clip, len(shares), space=1.5)
    drawn = np.concatenate([row[np.isfinite(row)] for row in shares.values()])
    low, high = float(drawn.min(initial=0)), float(drawn.max(initial=0))
    for (name, row), ax in zip(shares.items(), axes):
        _bars(ax, row, BLUE if name in rows else ORANGE)
        ax.axhline(0, color=INK, linewidth=0.7)
        ax.set(ylim=(1.2 * low, 1.2 * high if high > low else 1.0))
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=TEXT, labelpad=8)
        if is_flat(row):
            ax.text(
                0.5, 0.7, "flat", transform=ax.transAxes, ha="center", fontsize=TEXT, color=INK,
                bbox={"facecolor": PAPER, "edgecolor": INK, "boxstyle": "round"},
            )  # fmt: skip
        if words and name in words:
            ax.annotate(words[name], (1.01, 0.5), xycoords="axes fraction", va="center", fontsize=SMALL, color=INK)
    axes[-1].set_xlabel(f"{item}; each row as shares of the sum of its sizes")
    return _finished(figure, clip, title, _say_rows(clip, shares, words or {}, item))


def _under_film(clip: Clip, count: int, *, space: float = 0.0) -> tuple[Figure, list[Axes]]:
    """A figure with room for a film, and the ``count`` axes below it; ``space`` (inches) for words beside them."""
    figure, made = subplots(count + 1, 1, size=(8.0 + space, 0.9 + 0.95 * count))
    axes: list[Any] = list(made)
    axes[0].get_gridspec().set_height_ratios((1.0, *([1.4] * count)))
    axes[0].set(xlim=(-0.5, len(clip) - 0.5), ylim=(0, 1))
    axes[0].set_axis_off()
    for ax in axes[1:]:
        ax.set_xlim(-0.5, len(clip) - 0.5)
        ax.set_xticks(range(0, len(clip), max(1, len(clip) // 18)))
    for ax in axes[1:-1]:
        ax.set_xticklabels([])
    return figure, axes[1:]


def _finished(figure: Figure, clip: Clip, title: str, text: str) -> Figure:
    """With its title, its alt text, and last its film, whose pictures must know how large their places have become."""
    headline(figure, title)
    figure.alt = text
    figure.draw_without_rendering()
    _film(figure.axes[0], clip)
    return figure


def _film(ax: Axes, clip: Clip) -> None:
    """Every frame above its own place, in its own shape; where they are many, every second, third, … one, larger."""
    step = -(-len(clip) // MOST)
    box = ax.get_window_extent()
    place = step * box.width / len(clip)
    scale = min(0.94 * place / clip.width, box.height / clip.height)  # dots a pixel
    half, tall = scale * clip.width / place * step / 2, scale * clip.height / box.height
    reasons = {
        frame: gap.reason for gap in clip.gaps if gap.stream == "frames" for frame in range(gap.start, gap.stop)
    }
    for frame in range(0, len(clip), step):
        middle = frame + (step - 1) / 2
        left, right = middle - half, middle + half
        ax.imshow(clip.frames[frame], extent=(left, right, 0, tall), interpolation="auto", aspect="auto")
        if frame in reasons:
            ax.add_patch(Rectangle((left, 0), 2 * half, tall, facecolor=SOFT, edgecolor=GAP, hatch="///"))
    ax.set(xlim=(-0.5, len(clip) - 0.5), ylim=(0, 1))


def _bars(ax: Axes, values: Array, colour: str, digits: int = 2) -> None:
    """Bars, the largest filled and with its value, the others lighter within their outline, which reads on a light page
    and on a dark one; none where nothing is known."""
    known = np.isfinite(values)
    if not known.any():
        return
    frames = np.arange(len(values))
    best = int(np.nanargmax(values))
    strength = np.where(frames == best, 1.0, 0.55)
    for frame in frames[known]:
        face = to_rgba(colour, strength[frame])
        ax.bar(frame, values[frame], width=0.82, facecolor=face, edgecolor=colour, linewidth=1)
    beyond = "bottom" if values[best] >= 0 else "top"
    ax.text(best, values[best], f"{values[best]:.{digits}f}", ha="center", va=beyond, fontsize=SMALL, color=INK)


def _say_weights(clip: Clip, observation: xr.Dataset) -> str:
    weight = observation["weight"].values
    usable = int(np.isfinite(weight).sum())
    best = int(np.nanargmax(weight))
    said = f"{len(clip)} frames of {clip.source}, {usable} of them usable. 1/T is {1 / usable:.3f}."
    for name in ("alpha", "beta"):
        if name in observation:
            values = observation[name].values
            most = int(np.nanargmax(values))
            found = "flat" if is_flat(values) else f"largest in frame {most}"
            said += f" {' '.join(TOLD[name].split())}: {found}, {values[most]:.2f}."
    if is_flat(weight):
        return f"{said} The weights are flat: {np.nanmin(weight):.3f} to {np.nanmax(weight):.3f}."
    above = int((weight > 1 / usable).sum())
    return f"{said} The largest weight is that of frame {best}: {weight[best]:.3f}; {above} frames have more than 1/T."


def _say_rows(clip: Clip, shares: Mapping[str, Array], words: Mapping[str, str], item: str) -> str:
    said = []
    for name, row in shares.items():
        if not np.isfinite(row).any():
            said.append(f"{name}: not known")
            continue
        best = int(np.nanargmax(row))
        text = f"{name}: flat" if is_flat(row) else f"{name}: most at {item} {best}, {row[best]:.0%} of the row"
        said.append(text + (f" ({words[name]})" if name in words else ""))
    return f"{len(clip)} {item}s of {clip.source}, and which of them matters. {'; '.join(said)}."
