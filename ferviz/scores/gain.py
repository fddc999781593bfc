"""Where a mask acts: its gain at each place, on the clip's pixels."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ferviz.attribution.answer import shapeless
from ferviz.attribution.grid import to_grid
from ferviz.clip import Clip, check_clip
from ferviz.flat import is_flat
from ferviz.models.model import Model
from ferviz.observe import observe
from ferviz.scores.apart import acting_gain

__all__ = ["gain_map"]


def gain_map(model: Model, clip: Clip) -> xr.Dataset:
    """How much a mask adds to the trunk, Σ M T / Σ T over the channels, as one map a frame on the clip's pixels.

    A picture of M alone is bright where T is 0 as well, and there M does nothing.

    Parameters
    ----------
    model, clip : Model, Clip
        As `ferviz.observe` takes them. The call may stand inside an `intervene`.

    Returns
    -------
    xarray.Dataset
        ``attribution`` (frame, y, x): the share that is added, 0 to 1, on the clip's pixels as by `quantity_map`; 0
        where the trunk is 0 in all channels, NaN in gaps. ``flat`` (frame,): whether a map has no shape.

    Raises
    ------
    ValueError
        For a model that computes no mask and no trunk.
    """
    check_clip(clip)
    seen = observe(model, clip)
    there = list(map(str, seen))
    if not {"mask", "trunk"} <= set(there):
        raise ValueError(f"model must compute a mask and a trunk; {type(model).__name__} computes {', '.join(there)}")
    usable = clip.usable("frames")
    grids = np.full((len(clip), *seen["mask"].shape[-2:]), np.nan)
    for frame in np.flatnonzero(usable):
        grids[frame] = np.nan_to_num(acting_gain(seen["mask"].values[frame], seen["trunk"].values[frame]))
    flat = usable & (np.array([is_flat(one) for one in grids]) | shapeless(clip.frames))
    return xr.Dataset({
        "attribution": (("frame", "y", "x"), to_grid(grids, (clip.height, clip.width), keep="value")),
        "flat": ("frame", flat),
    }, {word: seen.coords[word] for word in ("frame", "time", "gap")})  # fmt: skip
