"""How a synthetic face is made: the head's mesh, and what identity and expression add to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from ferviz.plots.colours import INK
from ferviz.plots.figure import TEXT, Figure, colour_map, headline, scale, subplots

__all__ = ["composed"]

Array = npt.NDArray[Any]

LIGHT = np.array([-0.4, -0.8, 0.45])
SIGNS = ("", "+", "+", "=", "→")


def composed(
    steps: Mapping[str, Array],
    triangles: Array,
    picture: Array,
    *,
    title: str = "",
) -> Figure:
    """The sum that makes a face: mean + identity + expression = face, and the face painted and lit.

    Parameters
    ----------
    steps : mapping of text to array (V, 3)
        Four of them, in metres, with the words below each: the mean head, what identity adds, what expression adds,
        and their sum. The two in the middle are drawn as how far they move each place of the head.
    triangles : int array (F, 3)
        Which vertices make a triangle.
    picture : uint8 array (H, W, 3)
        The face as it is rendered.

    Raises
    ------
    ValueError
        When there are not four steps, or the first three do not add up to the fourth.
    """
    if len(steps) != 4:
        raise ValueError(f"steps must be four: mean, identity, expression, sum; got {len(steps)}")
    mean, identity, expression, whole = steps.values()
    if not np.allclose(mean + identity + expression, whole, atol=1e-5):
        raise ValueError("steps must add up: the first three do not give the fourth")
    figure, axes = subplots(1, 5, size=(9.2, 2.9))
    moved = [1000 * np.linalg.norm(part, axis=1) for part in (identity, expression)]
    limit = float(np.quantile(np.concatenate(moved), 0.995))
    for ax, shape, values in zip(axes, (mean, mean, mean, whole), (None, *moved, None)):
        _draw(ax, shape, triangles, values, limit)
    axes[4].imshow(picture, interpolation="none")
    for ax, sign, words in zip(axes, SIGNS, (*steps, "painted and lit")):
        ax.set_axis_off()
        ax.set_title(words, fontsize=TEXT, color=INK, y=-0.07, va="top")
        ax.text(-0.06, 0.55, sign, transform=ax.transAxes, fontsize=18, color=INK, ha="center", va="center")
    scale(axes[1].collections[0], list(axes[1:3]), "moved (mm)", shrink=0.7)
    headline(figure, title)
    figure.alt = (
        f"A sum of meshes with {len(mean):,} points: the mean head; plus identity, which moves points by up to "
        f"{moved[0].max():.0f} mm; plus expression, up to {moved[1].max():.0f} mm; gives a face, painted and lit last."
    )
    return figure


def _draw(ax: Axes, shape: Array, triangles: Array, values: Array | None, limit: float) -> None:
    """The front of a mesh from far away, shaded, or coloured by ``values`` (V,)."""
    corners = shape[triangles]  # (F, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    front = np.flatnonzero(normal[:, 1] < 0)
    front = front[np.argsort(-corners[front].mean(1)[:, 1])]  # far ones first
    shade = 0.35 + 0.65 * np.clip(normal[front] @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1)
    outline = 1000 * corners[front][:, :, [0, 2]]
    if values is None:
        drawn = PolyCollection(list(outline), facecolors=[(v, 0.96 * v, 0.92 * v) for v in shade], edgecolors="face")
    else:
        drawn = PolyCollection(list(outline), cmap=colour_map(signed=False), edgecolors="face")
        drawn.set_array(values[triangles[front]].mean(1))
        drawn.set_clim(0, limit)
    drawn.set_linewidth(0.2)
    drawn.set_rasterized(True)  # thousands of triangles
    ax.add_collection(drawn)
    ax.set(xlim=(-105, 105), ylim=(-150, 125), aspect="equal")
