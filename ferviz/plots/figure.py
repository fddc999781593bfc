"""What all matplotlib figures share: a white card with alt text, and honest heat maps."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

import matplotlib.figure
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.image import AxesImage

from ferviz.flat import is_flat
from ferviz.plots.colours import INK, PAPER, SIGNED, UNSIGNED

__all__ = ["Figure", "alt", "colour_map", "figure_of", "heat", "subplots"]

DOTS = 144  # per inch: twice what a page shows, for sharp screens


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that puts its alt text into the page. Made by `subplots`, without pyplot's global list."""

    alt: str = ""

    def _repr_html_(self) -> str:
        page = io.BytesIO()
        self.savefig(page, format="png", dpi=DOTS, facecolor=PAPER, bbox_inches="tight", pad_inches=0.1)
        data = base64.b64encode(page.getvalue()).decode()
        width = int.from_bytes(page.getvalue()[16:20], "big") * 96 // DOTS  # the header of a PNG holds its width
        return (
            f'<img alt="{escape(self.alt, quote=True)}" src="data:image/png;base64,{data}" '
            f'style="width:{width}px;max-width:100%;border-radius:4px;background:{PAPER}">'
        )


def subplots(
    rows: int = 1, columns: int = 1, *, size: tuple[float, float] = (6.0, 4.0), alt: str = ""
) -> tuple[Figure, Any]:
    """A figure of ``size`` (width, height in inches) with its axes, as ``matplotlib.pyplot.subplots`` gives them."""
    figure = Figure(figsize=size, layout="constrained", facecolor=PAPER)
    figure.alt = alt
    axes = figure.subplots(rows, columns)
    for ax in np.ravel(axes):
        ax.set_facecolor(PAPER)
        ax.tick_params(colors=INK, labelsize=9)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def alt(figure: Figure, text: str) -> Figure:
    """Give a figure its alt text: the finding in a sentence, for those who do not see it. Returns the figure."""
    if not isinstance(figure, Figure):
        raise TypeError(f"figure must come from ferviz.plots (for example subplots); got {type(figure).__name__}")
    if not text.strip():
        raise ValueError("text must say what the figure shows; got an empty text")
    figure.alt = text
    return figure


def figure_of(ax: Axes | None, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """The figure to return and the axes to draw into: new ones, or those of ``ax``."""
    if ax is None:
        return subplots(size=size)
    figure: Any = ax.figure
    return figure, ax


def colour_map(signed: bool) -> LinearSegmentedColormap:
    """The colours of all heat maps: blue to orange where ``signed``, else light to dark."""
    name, stops = ("signed", SIGNED) if signed else ("unsigned", UNSIGNED)
    low, high = stops[0][0], stops[-1][0]
    rgb = [((at - low) / (high - low), (red / 255, green / 255, blue / 255)) for at, red, green, blue in stops]
    return LinearSegmentedColormap.from_list(name, rgb)


def heat(
    ax: Axes,
    values: npt.ArrayLike,
    *,
    limit: float,
    signed: bool,
    extent: tuple[float, float, float, float] | None = None,
    alpha: float = 1.0,
) -> AxesImage:
    """Draw a map on a scale that is given, never stretched to its own range; a flat one is labelled so.

    Parameters
    ----------
    values : array (H, W)
    limit : float
        The end of the colour scale, the same for all maps that are to be compared: -limit to limit with diverging
        colours where ``signed``, else 0 to limit.
    extent : left, right, bottom, top, optional
        In the coordinates of ``ax``.
    """
    array = np.asarray(values, dtype=float)
    if not signed and np.nanmin(array) < 0:
        raise ValueError(f"values must not be negative where signed is False; got {np.nanmin(array):.3g}")
    low = -limit if signed else 0.0
    image = ax.imshow(
        array,
        cmap=colour_map(signed),
        vmin=low,
        vmax=limit,
        extent=extent,
        alpha=alpha,
        interpolation="nearest",
    )
    if is_flat(array, limit):
        ax.text(
            0.5, 0.5, "flat", transform=ax.transAxes, ha="center", va="center", fontsize=12, color=INK,
            bbox={"facecolor": PAPER, "edgecolor": INK, "boxstyle": "round"},
        )  # fmt: skip
    return image
