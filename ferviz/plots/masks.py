"""LBP attention in one picture, and what a stack of dilated convolutions sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ferviz.plots.colours import INK
from ferviz.plots.figure import SMALL, TEXT, Figure, headline, heat, scale, subplots

__all__ = ["mask_network", "reach"]

Array = npt.NDArray[Any]

BOX = 1.0  # side of a map
STEP, LOW = 1.42, -1.5  # from one column to the next, and the middle of the row below
PLACES = {  # left side and middle of each map
    "image": (0.0, 0.0), "texture image": (0.0, LOW), "trunk": (STEP, 0.0), "texture": (STEP, LOW),
    "mask": (2 * STEP, LOW), "attended": (2 * STEP, 0.0), "reconstructed": (3 * STEP, 0.0),
}  # fmt: skip
ARROWS = (
    ("image", "trunk", ""), ("texture image", "texture", ""), ("trunk", "attended", ""), ("texture", "mask", ""),
    ("attended", "reconstructed", "dilated"),
)  # fmt: skip
SIGNS = {
    "trunk": "T, trunk", "texture": "L, texture", "mask": "M, mask", "attended": "H = (1 + M) ∘ T",
    "reconstructed": "R, reconstruction",
}  # fmt: skip


def mask_network(image: Array, texture: Array, observation: xr.Dataset, *, frame: int = 0, title: str = "") -> Figure:
    """What becomes of a face and its texture inside LBP attention, with one face's real maps.

    Parameters
    ----------
    image, texture : array (S, S)
        What the two branches read, drawn from their smallest to their largest value.
    observation : xarray.Dataset
        With ``trunk``, ``texture``, ``mask``, ``attended`` and ``reconstructed`` (frame, channel, y, x) and the
        probabilities, as ``ferviz.observe`` gives them. Maps are drawn as means over their channels.

    Raises
    ------
    ValueError
        When the observation lacks a quantity: a module that is switched off has none.
    """
    needed = ("trunk", "texture", "mask", "attended", "reconstructed")
    missing = [name for name in needed if name not in observation]
    if missing:
        raise ValueError(f"observation must hold {', '.join(missing)}: observe an LBPAttention with all its modules")
    maps = {name: observation[name].isel(frame=frame).mean("channel").values for name in needed}
    figure, ax = subplots(size=(9.3, 5.8))
    for name, picture in (("image", image), ("texture image", texture)):
        left, middle = PLACES[name]
        extent = (left, left + BOX, middle - BOX / 2, middle + BOX / 2)
        ax.imshow(picture, cmap="gray", extent=extent, interpolation="none")
        _name(ax, name, {"image": "photo", "texture image": "its LBP picture"}[name], f"{picture.shape[0]} × "
              f"{picture.shape[1]}")  # fmt: skip
    for name in needed:
        _map(ax, name, maps, " × ".join(map(str, observation[name].isel(frame=frame).shape)))
    _links(ax)
    _answer(ax, observation, frame)
    ax.set(xlim=(-0.02, 3 * STEP + BOX + 0.02), ylim=(LOW - 0.8, 0.72), aspect="equal")
    ax.set_axis_off()
    headline(figure, title)
    figure.alt = _say(observation, maps, frame)
    return figure


def _map(ax: Axes, name: str, maps: Mapping[str, Array], shape: str) -> None:
    """A quantity's mean over channels; T and H share a scale, since H is T made stronger."""
    left, middle = PLACES[name]
    extent = (left, left + BOX, middle - BOX / 2, middle + BOX / 2)
    values = np.clip(maps[name], 0, None)
    if name == "mask":  # near one half everywhere: what differs is drawn
        around = values - values.mean()
        limit = max(float(np.abs(around).max()), 0.01)
        heat(ax, around, limit=limit, signed=True, extent=extent)
        shape += f"\n{values.mean():.2f}, colours ±{limit:.2f}"
    else:
        both = [float(maps[one].max()) for one in ("trunk", "attended")]
        limit = max(both) if name in ("trunk", "attended") else float(values.max())
        heat(ax, values, limit=limit or 1.0, signed=False, extent=extent)
    _name(ax, name, SIGNS[name], shape)


def _name(ax: Axes, name: str, head: str, foot: str) -> None:
    left, middle = PLACES[name]
    ax.text(left + BOX / 2, middle + 0.56, head, ha="center", va="bottom", fontsize=TEXT, color=INK)
    ax.text(left + BOX / 2, middle - 0.57, foot, ha="center", va="top", fontsize=SMALL, color=INK)


def _arrow(ax: Axes, start: tuple[float, float], stop: tuple[float, float]) -> None:
    ax.annotate("", stop, start, arrowprops={"arrowstyle": "->", "color": INK, "lw": 1.0, "shrinkA": 0, "shrinkB": 0})


def _links(ax: Axes) -> None:
    for first, second, word in ARROWS:
        (left, middle), (right, _) = PLACES[first], PLACES[second]
        _arrow(ax, (left + BOX + 0.06, middle), (right - 0.06, middle))
        if word:
            ax.text(right - 0.21, middle + 0.05, word, ha="center", va="bottom", fontsize=SMALL, color=INK)
    trunk, mask = PLACES["trunk"], PLACES["mask"]
    _arrow(ax, (trunk[0] + BOX + 0.06, trunk[1] - 0.4), (mask[0] - 0.06, mask[1] + 0.35))
    bend = mask[0] + BOX + 0.17  # from the mask round to where it is multiplied
    ax.plot((mask[0] + BOX + 0.06, bend, bend), (mask[1], mask[1], -0.3), color=INK, linewidth=1.0)
    _arrow(ax, (bend, -0.3), (mask[0] + BOX + 0.06, -0.3))
    words = "× (1 + M),\nthe only way on\nfor the texture"
    ax.text(bend + 0.06, mask[1], words, va="center", fontsize=SMALL, color=INK)


def _answer(ax: Axes, observation: xr.Dataset, frame: int) -> None:
    left, middle = PLACES["reconstructed"]
    _arrow(ax, (left + BOX / 2, middle - 0.7), (left + BOX / 2, middle - 0.9))
    probability = observation["emotion_probability"].isel(frame=frame).values
    best = int(probability.argmax())
    text = f"label:\n{observation['emotion'].values[best]} {probability[best]:.2f}"
    ax.text(left + BOX / 2, middle - 0.94, text, ha="center", va="top", fontsize=TEXT, color=INK)


def _say(observation: xr.Dataset, maps: Mapping[str, Array], frame: int) -> str:
    shape = " × ".join(map(str, observation["trunk"].isel(frame=frame).shape))
    mask = maps["mask"]
    return (
        f"Two branches: the photo gives the trunk T, its LBP picture the texture L, each {shape}. T and L make the "
        f"mask M, whose mean over channels goes from {mask.min():.2f} to {mask.max():.2f} over the places. H is "
        "(1 + M) times T; dilated convolutions make R of it, and R is classified. The texture reaches the answer "
        "through M alone."
    )


def reach(stacks: Mapping[str, Sequence[int]], *, title: str = "") -> Figure:
    """For each stack of dilated 3 × 3 convolutions: which places one place of its output reads, and by how many ways.

    Parameters
    ----------
    stacks : mapping of name to rates

    Raises
    ------
    ValueError
        For no stack, or one without rates.
    """
    if not stacks or not all(len(rates) for rates in stacks.values()):
        raise ValueError(f"stacks must name at least one, each with rates; got {dict(stacks)}")
    ways = {name: _ways(rates) for name, rates in stacks.items()}
    side = max(len(line) for line in ways.values())
    figure, made = subplots(1, len(ways), size=(2.5 * len(ways) + 0.9, 3.5))
    told = []
    for ax, (name, line) in zip(np.ravel(made), ways.items(), strict=True):
        extent = (-len(line) / 2, len(line) / 2, len(line) / 2, -len(line) / 2)
        share = np.outer(line, line) / np.outer(line, line).max()
        drawn = heat(ax, share, limit=1.0, signed=False, extent=extent)
        holes = int((line == 0).sum())
        ax.plot([0], [0], "+", color=INK, markersize=8)
        ax.set(xlim=(-side / 2, side / 2), ylim=(side / 2, -side / 2), aspect="equal")
        unseen = len(line) ** 2 - (len(line) - holes) ** 2
        below = f"{len(line)} × {len(line)}, " + (f"{unseen} of {len(line) ** 2} never read" if unseen else "no holes")
        ax.set_title(f"{name}\n{below}", fontsize=TEXT, color=INK)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(5, integer=True))
        ax.set_xlabel("places from the middle", fontsize=SMALL)
        told.append(f"{name}: {below}")
    scale(drawn, list(np.ravel(made)), "ways, of the most", shrink=0.7)
    headline(figure, title)
    figure.alt = f"What one place reads. {'; '.join(told)}."
    return figure


def _ways(rates: Sequence[int]) -> Array:
    """By how many ways each place along one axis is reached, from −Σd to Σd."""
    kernels = [np.bincount([0, rate, 2 * rate]) for rate in rates]
    line: Array = reduce(np.convolve, kernels)
    return line
