"""What a method found, as a labelled data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz import asking
from ferviz.attribution.forward_call import ForwardCall
from ferviz.attribution.grid import to_box, to_grid
from ferviz.attribution.methods import ADDS_UP
from ferviz.attribution.request import Request
from ferviz.flat import is_flat

__all__ = ["dataset", "shapeless"]

Array = npt.NDArray[Any]
Keep = Literal["sum", "value"]

_PIXELS_AT_ONCE = 2**15  # that are moved to a clip's pixels: large intermediate arrays cost more than they spare

NOTHING = 1e-4
"""Logits: a map that is worth less is rounding, and called flat."""


def dataset(
    request: Request, method: str, calls: Sequence[ForwardCall], found: Sequence[torch.Tensor]
) -> xr.Dataset:
    """Put what a method ``found`` at its places, with NaN in gaps. See `ferviz.attribution` for the variables."""
    adds_up, rows, clip = method in ADDS_UP, request.rows, request.clip
    arrays = [maps.detach().double().cpu().numpy() for maps in found]
    tail = arrays[0].shape[1:] if arrays else (1,) * (1 + len(rows.places))
    values = np.full((rows.count, *tail), np.nan)  # (N, P, …), or (N, 1)
    for call, array in zip(calls, arrays, strict=True):
        values[call.rows] = array
        if not np.isfinite(array[request.usable[call.rows]]).all():  # NaN would pass for a gap
            what = f"{method} found NaN or infinity though the answer is finite"
            raise ValueError(f"{what}: a gradient of {type(request.net.model).__name__} is not finite at this clip")
    values[~request.usable] = np.nan
    sizes = dict(zip(rows.dims, rows.shape, strict=True))
    coordinates = asking.coordinates(request.net.model, clip, request.about, sizes)
    if request.level == "pixels":
        variables = _maps(request, values, method, coordinates)
    else:
        variables = _items(request, values, method)
    for name, value in _numbers(request, adds_up, calls, arrays).items():
        variables[name] = ("frame", value) if value.ndim else value
    labels = request.labels()
    coordinates["target"] = labels if isinstance(labels, str) else ("frame", np.array(labels))
    if "gap" in coordinates:
        coordinates["gap"] = ("frame", np.array(coordinates["gap"][1], dtype=object).astype(str))
    attributes = {"keep": "sum" if adds_up else "value"} if request.level == "pixels" else {}
    used = {dim for variable in variables.values() if isinstance(variable, tuple) for dim in variable[0]}
    for name, value in list(coordinates.items()):
        along = (name,) if not isinstance(value, tuple) else (value[0],) if isinstance(value[0], str) else value[0]
        if name != "target" and not {dim for dim in along if dim in rows.dims} <= used:
            del coordinates[name]
    answer = xr.Dataset(variables, coordinates, attributes)
    return answer if request.frame is None else answer.isel(frame=[request.frame])


def _items(request: Request, values: Array, method: str) -> dict[str, Any]:
    """One number an item, for a photo and its texture together, and for all that lies within an item."""
    rows, adds_up = request.rows, method in ADDS_UP
    inner = tuple(range(1, values.ndim))
    row = (values.sum(inner) if adds_up else values.mean(inner)).reshape(rows.shape)
    kept = rows.dims.index(request.axis) + 1
    within = tuple(range(kept, row.ndim))
    if within:
        empty = np.isnan(row).all(within)
        total = np.nansum(row, within)
        row = total if adds_up else total / np.maximum(1, np.isfinite(row).sum(within))
        row[empty] = np.nan
    return {"attribution": (rows.dims[:kept], row), "flat": _is_flat(row, method)}


def _maps(request: Request, values: Array, method: str, coordinates: dict[str, Any]) -> dict[str, Any]:
    """Maps on the clip's pixels; or, of sound and other inputs, on their own places."""
    rows, takes, variables = request.rows, request.net.model.takes, dict[str, Any]()
    picked = range(rows.count) if request.frame is None else rows.of_frame(request.frame)
    own = [takes[place].name for place in rows.shown[1 : values.shape[1]]]
    for part, name in enumerate(["attribution", *own]):
        maps = values[:, part]
        flat = request.usable & np.array([_is_flat(one, method) for one in maps])
        if takes[rows.shown[0]].pictured:
            flat |= request.usable & _of_frames(request, shapeless(request.clip.frames))
            maps = _on_clip(request, maps, method, coordinates, picked)
            dims = (*rows.dims, "y", "x")
        else:
            maps, dims = _on_input(request, maps), (*rows.dims, *rows.places)
        variables[name] = (dims, maps.reshape(*rows.shape, *maps.shape[1:]))
        variables["flat" if not part else f"{name}_flat"] = (rows.dims, flat.reshape(rows.shape))
    return variables


def _of_frames(request: Request, values: Array) -> Array:
    """What holds for frames (T,), at rows (N,): at a row that is no part of one frame, whether it holds for all."""
    if not request.rows.in_frames:
        return np.full(request.rows.count, values.all())
    return values.repeat(request.rows.count // len(values))


def _on_clip(request: Request, maps: Array, method: str, coordinates: dict[str, Any], picked: Sequence[int]) -> Array:
    """Maps (N, h, w) on the clip's pixels (N, H, W), those of an item that has a box inside it; NaN beyond."""
    keep: Keep = "sum" if method in ADDS_UP else "value"
    rows, size, boxes = request.rows, (request.clip.height, request.clip.width), None
    if "box" in coordinates and set(coordinates["box"][0][:-1]) <= set(request.rows.dims):  # else they show all of it
        dims, edges, _ = coordinates["box"]
        shape = [size if dim in dims else 1 for dim, size in zip(rows.dims, rows.shape, strict=True)]
        boxes = np.broadcast_to(np.asarray(edges, float).reshape(*shape, 4), (*rows.shape, 4)).reshape(-1, 4)
    found = np.full((len(maps), *size), np.nan, np.float32)
    if boxes is not None:
        for row in picked:
            found[row] = to_box(maps[row], size, boxes[row], keep=keep)
        return found
    step = max(1, _PIXELS_AT_ONCE // (size[0] * size[1]))
    for first in range(picked[0], picked[-1] + 1, step):
        some = slice(first, min(first + step, picked[-1] + 1))
        found[some] = to_grid(maps[some], size, keep=keep)
    return found


def _on_input(request: Request, maps: Array) -> Array:
    """Maps on the input's own places: those of a layer, which are coarser, are spread over them."""
    size = tuple(request.x.shape[3:])
    if maps.shape[1:] == size or len(size) != 2:
        return maps
    return to_grid(maps, (size[0], size[1]), keep="value")


def shapeless(frames: Array) -> Array:
    """Which frames (T,) are of one colour: what shape a map of theirs has comes from the borders of the network."""
    return np.array([_equal(one[::8, ::8]) and _equal(one) for one in frames], dtype=bool)


def _equal(picture: Array) -> bool:
    return bool((picture == picture[0, 0]).all())


def _is_flat(values: Array, method: str) -> bool:
    size = np.abs(values[np.isfinite(values)])
    # windows overlap, so the values of an occlusion do not add up to anything
    worth = size.max(initial=0) if method == "occlusion" else size.sum()
    return bool(worth < NOTHING) or is_flat(values)


def _numbers(
    request: Request, adds_up: bool, calls: Sequence[ForwardCall], arrays: Sequence[Array]
) -> dict[str, Array]:
    """The logits at both ends and how far the attributions stay from their difference: () each, or (T,)."""
    per_frame = request.net.per_frame
    shape = (len(request.clip),) if per_frame else ()
    logit, base, total = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    for call, array in zip(calls, arrays, strict=True):
        where = list(call.frames) if per_frame else ()
        if adds_up:
            logit[where], base[where] = call.ends()
            total[where] = array.reshape(len(call.frames), -1).sum(1) if per_frame else array.sum()
        elif call.first is not None:
            logit[where] = call.first.double().cpu().numpy()
    if per_frame:
        gap = ~request.clip.usable("frames")
        logit[gap] = base[gap] = np.nan
    if not adds_up:
        return {"logit": logit}
    error, size = np.abs(total - (logit - base)), np.abs(logit - base)
    relative = np.divide(error, size, out=np.full(shape, np.nan), where=size > 0)
    return {
        "logit": logit,
        "baseline_logit": base,
        "convergence_error": error,
        "convergence_error_relative": relative,
    }
