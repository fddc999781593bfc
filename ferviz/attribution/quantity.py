"""What a model computes at each place, in the form in which attributions come."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ferviz.attribution.answer import shapeless
from ferviz.attribution.grid import to_grid
from ferviz.clip import Clip, check_clip
from ferviz.flat import is_flat
from ferviz.models.model import Model
from ferviz.observe import observe

__all__ = ["quantity_map"]


def quantity_map(
    model: Model, clip: Clip, name: str = "mask", *, channel: int | str | None = None, **about: Any
) -> xr.Dataset:
    """A named quantity as one map a frame on the clip's pixels.

    Parameters
    ----------
    model, clip : Model, Clip
        As `observe` takes them. The call may stand inside an `intervene`.
    name : str
        A quantity with places, such as ``mask`` of `LBPAttention`: (frame, y, x), or (frame, channel, y, x).
    channel : int or str, optional
        One channel, by its number or label; the mean over all of them unless given.
    **about
        What the model is told of the clip, as `observe` takes it.

    Returns
    -------
    xarray.Dataset
        ``attribution`` (frame, y, x): the values on the clip's pixels, each spread over the pixels that its place
        covers (`to_grid`), in the quantity's own unit; NaN in gaps. ``flat`` (frame,): whether a map has no shape, by
        `ferviz.flat` or since its frame is of one colour. Coordinates as those of `attribute`, without a target.
        Attributes: ``method`` "quantity", ``quantity``, ``channel`` ("" for the mean), ``symbol``, ``model``,
        ``clip``, ``keep`` "value".

    Raises
    ------
    TypeError
        For a channel that is neither a place nor a label.
    ValueError
        For a quantity that is unknown, was not computed or has no places, or an unknown channel.
    """
    check_clip(clip)
    seen = observe(model, clip, **about)
    places = [word for word, found in seen.items() if {"frame", "y", "x"} <= set(found.dims)]
    if name not in places:
        fits = f"{', '.join(map(str, places))}, as {type(model).__name__} computes here" if places else "none"
        raise ValueError(f"name must be a quantity with places ({fits}); got {name!r:.200}")
    values = seen[name].transpose("frame", ..., "y", "x")
    inner = [str(axis) for axis in values.dims[1:-2]]
    if len(inner) > 1 or (not inner and channel is not None):
        raise ValueError(f"channel must be None: {name} has axes {', '.join(map(str, values.dims))}; got {channel!r}")
    if inner and channel is not None:
        if isinstance(channel, bool | float):
            raise TypeError(f"channel must be a whole number, a label or None; got {channel!r:.200}")
        labels: list[int | str] = values[inner[0]].values.tolist()  # xarray counts where there are no names
        if channel not in labels:
            raise ValueError(f"channel must be one of {labels[0]} to {labels[-1]}; got {channel!r:.200}")
        values = values[:, labels.index(channel)]
    elif inner:
        values = values.mean(inner[0])
    maps = values.values
    usable = clip.usable("frames")
    flat = usable & (np.array([is_flat(one) for one in maps]) | shapeless(clip.frames))
    asked = {"method": "quantity", "quantity": name, "channel": "" if channel is None else channel, "keep": "value"}
    return xr.Dataset(
        {
            "attribution": (("frame", "y", "x"), to_grid(maps, (clip.height, clip.width), keep="value")),
            "flat": ("frame", flat),
        },
        {word: values.coords[word] for word in ("frame", "time", "gap")},
        asked | {"symbol": seen[name].attrs["symbol"], **seen.attrs},
    )
