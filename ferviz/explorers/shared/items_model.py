"""The items of any model, from what it names: nothing is known here of any model."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from PIL import Image

from ferviz.clip import Clip
from ferviz.explorers.shared.items import Answer, Items
from ferviz.intervene import intervene
from ferviz.models.model import Model
from ferviz.observe import observe

__all__ = ["items_of"]

Array = npt.NDArray[Any]

CELL = 64  # pixels of an item's side in the sprite


def items_of(
    model: Model, clip: Clip, axis: str, *, weight: str = "weight", head: str = "emotion", frame: int = 0, **about: Any
) -> Items:
    """What a model makes of a clip, as items along one of its axes.

    Parameters
    ----------
    model : Model
    clip : Clip
        Of faces, as the model wants them.
    axis : str
        The dimension that counts the items: "frame", "region", "position".
    weight : str
        The quantity with that one dimension that a hand moves, shown as a share of its sum over the items in use. An
        item is dropped by taking its weight away. What else it does on the way to the answer stays:
        `ferviz.scores.removal` leaves it out as a whole.
    head : str
        Which output, for models with several.
    frame : int
        Which frame, for a model that reads each by itself.
    **about
        What the model can be told of the clip, as in `ferviz.observe`.

    Raises
    ------
    ValueError
        When the model names no such quantity along that axis alone, or has no such head.
    """
    look: Any = partial(observe, **about)

    def observed(moved: Array | None) -> xr.Dataset:
        with intervene(model, {} if moved is None else {weight: moved}):
            seen = look(model, clip)
        return seen.isel(frame=frame) if model.leading == "frame" and axis != "frame" else seen

    own = observed(None)
    if weight not in own or own[weight].dims != (axis,):
        along = [str(name) for name, values in own.data_vars.items() if values.dims == (axis,)]
        fits = f"one of {', '.join(along)}" if along else f"named along {axis!r} alone, and no quantity is"
        raise ValueError(f"weight must be {fits}; got {weight!r:.200}")
    if f"{head}_probability" not in own:
        fits = ", ".join(each for each in model.heads() if f"{each}_probability" in own)
        raise ValueError(f"head must be one with labels that says something of the clip ({fits}); got {head!r:.200}")
    own_weight = np.nan_to_num(own[weight].values)

    def ask(usable: npt.NDArray[np.bool_], moved: Array | None, /) -> Answer:
        share = np.where(usable, own_weight, 0.0) if moved is None else moved
        whole = moved is None and not own_weight[~usable].any()
        seen = own if whole or not share.sum() else observed(share / share.sum())
        return _answer(seen, axis, weight, head, usable)

    return Items(
        axis=axis,
        names=_names(own, axis, weight),
        labels=[str(label) for label in own[head].values],
        ask=ask,
        pictures=_pictures(clip, own, axis, frame),
        reasons=_reasons(own, axis, weight),
    )


def _answer(seen: xr.Dataset, axis: str, weight: str, head: str, usable: npt.NDArray[np.bool_]) -> Answer:
    def of(values: xr.DataArray) -> Array:
        array = values.values.astype(float)
        array[~usable] = np.nan
        return array

    beside = {str(name): values for name, values in seen.data_vars.items() if values.dims == (axis,)}
    added = [values for values in seen.data_vars.values() if values.dims == (axis, head)]
    given = of(seen[weight])
    total = np.nansum(given)
    parted = bool(abs(total - 1) < 1e-3)  # else it is shown as it is, too
    names = [name for name, values in beside.items() if _is_share(values) and not (name == weight and parted)]
    return Answer(
        logits=seen[f"{head}_logits"].values,
        probability=seen[f"{head}_probability"].values,
        weight=given / total if total > 0 else given,
        contribution=of(added[0]) if added else None,
        quantities={name: of(beside[name]) for name in names},
    )


def _is_share(values: xr.DataArray) -> bool:
    finite = values.values[np.isfinite(values.values)]
    return bool(finite.size and finite.min() >= 0 and finite.max() <= 1)


def _names(seen: xr.Dataset, axis: str, weight: str) -> list[str]:
    count = seen[weight].size
    times = seen.coords["time"] if "time" in seen.coords and seen.coords["time"].dims == (axis,) else None
    when = [""] * count if times is None else [f", {float(time):.2f} s" for time in times.values]
    return [f"{axis} {place}{time}" for place, time in enumerate(when)]


def _reasons(seen: xr.Dataset, axis: str, weight: str) -> list[str]:
    gaps = seen.coords["gap"].values if "gap" in seen.coords and seen.coords["gap"].dims == (axis,) else None
    missing = ~np.isfinite(seen[weight].values)
    named = [""] * missing.size if gaps is None else [str(reason) for reason in gaps]
    return [reason or ("it cannot be used" if gone else "") for reason, gone in zip(named, missing, strict=True)]


def _pictures(clip: Clip, seen: xr.Dataset, axis: str, frame: int) -> Array | None:
    """What each item shows: a frame, or the part of one that the model's coordinate ``box`` gives; None for a sound."""
    if axis == "frame" and len(clip):
        return np.stack([_fit(Image.fromarray(picture)) for picture in clip.frames])
    box = seen.coords.get("box")
    if box is None or box.dims != (axis, "edge") or not len(clip):
        return None
    whole = Image.fromarray(clip.frames[frame])
    edges = [(float(left), float(top), float(right), float(bottom)) for left, top, right, bottom in box.values]
    return np.stack([_fit(whole.crop(one)) for one in edges])


def _fit(picture: Image.Image) -> Array:
    return np.asarray(picture.resize((CELL, CELL), Image.Resampling.BILINEAR))
