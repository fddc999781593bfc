"""What a method found, as a labelled data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.attribution.case import Case, Question
from ferviz.attribution.grid import to_grid
from ferviz.attribution.methods import ADDS_UP
from ferviz.clip import Clip
from ferviz.flat import is_flat

__all__ = ["dataset", "shapeless"]

Array = npt.NDArray[Any]

NAMES = (("attribution", "flat"), ("texture", "texture_flat"))
"""Of the maps to the photo and to its texture, and of whether they are flat."""

NOTHING = 1e-4
"""Logits: a map that is worth less is rounding, and called flat."""


def dataset(
    case: Case,
    method: str,
    questions: Sequence[Question],
    found: Sequence[torch.Tensor],
) -> xr.Dataset:
    """Put what a method ``found`` at its places, with NaN in gaps. See `ferviz.attribution` for the variables."""
    count, adds_up = len(case.clip), method in ADDS_UP
    arrays = [maps.detach().double().cpu().numpy() for maps in found]
    values = np.full((count, *(arrays[0].shape[1:] if arrays else (1, 1, 1))), np.nan)  # (T, P, h, w) or (T, 1)
    for question, array in zip(questions, arrays, strict=True):
        values[question.places] = array
    values[~case.usable] = np.nan
    picked = np.arange(count) if case.frame is None else np.array([case.frame])
    variables = _row(values, method) if case.level == "frames" else _maps(case, values, method, picked)
    for name, value in _numbers(case, adds_up, questions, arrays).items():
        variables[name] = ("frame", value[picked]) if value.ndim else value
    labels = case.labels()
    coordinates: dict[str, Any] = {
        "frame": picked,
        "time": ("frame", case.clip.times[picked], {"units": "s"}),
        "gap": ("frame", _reasons(case.clip)[picked].astype(str)),
        "target": labels if isinstance(labels, str) else ("frame", np.array(labels)[picked]),
    }
    attributes = {"keep": "sum" if adds_up else "value"} if case.level == "pixels" else {}
    return xr.Dataset(variables, coordinates, attributes)


def _row(values: Array, method: str) -> dict[str, Any]:
    """One number a frame, for photo and texture together."""
    if values.ndim == 4:
        values = values.sum((1, 2, 3)) if method in ADDS_UP else values.mean((1, 2, 3))
    values = values.reshape(len(values))
    return {"attribution": ("frame", values), "flat": _is_flat(values, method)}


def _maps(case: Case, values: Array, method: str, picked: Array) -> dict[str, Any]:
    """Maps (T, P, h, w) on the clip's pixels."""
    variables: dict[str, Any] = {}
    for place, (name, flatness) in enumerate(NAMES[: values.shape[1]]):
        maps = np.empty((len(picked), case.clip.height, case.clip.width), np.float32)
        for row, frame in enumerate(picked):  # one by one: large intermediate arrays cost more than they spare
            keep: Literal["sum", "value"] = "sum" if method in ADDS_UP else "value"
            maps[row] = to_grid(values[frame, place], maps.shape[1:], keep=keep)
        own = np.array([_is_flat(one, method) for one in values[:, place]])
        flat = case.usable & (own | shapeless(case.clip.frames))
        variables[name] = (("frame", "y", "x"), maps)
        variables[flatness] = ("frame", flat[picked])
    return variables


def shapeless(frames: Array) -> Array:
    """Which frames (T,) are of one colour: what shape a map of theirs has comes from the borders of the network."""
    return np.array([_equal(one[::8, ::8]) and _equal(one) for one in frames], dtype=bool)


def _equal(picture: Array) -> bool:
    return bool((picture == picture[0, 0]).all())


def _reasons(clip: Clip) -> Array:
    """Why a frame cannot be used, "" where it can (T,)."""
    reasons = np.full(len(clip), "", dtype=object)
    for gap in clip.gaps:
        if gap.stream == "frames":
            reasons[gap.start : gap.stop] = gap.reason
    return reasons


def _is_flat(values: Array, method: str) -> bool:
    known = np.abs(values[np.isfinite(values)])
    # windows overlap, so the values of an occlusion do not add up to anything
    worth = known.max(initial=0) if method == "occlusion" else known.sum()
    return bool(worth < NOTHING) or is_flat(values)


def _numbers(case: Case, adds_up: bool, questions: Sequence[Question], arrays: Sequence[Array]) -> dict[str, Array]:
    """The logits at both ends and how far the attributions stay from their difference: () each, or (T,)."""
    shape = (len(case.clip),) if case.net.per_frame else ()
    logit, base, total = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    for question, array in zip(questions, arrays, strict=True):
        where = list(question.places) if case.net.per_frame else ()
        if adds_up:
            logit[where], base[where] = question.ends()
            total[where] = array.reshape(len(array), -1).sum(1) if case.net.per_frame else array.sum()
        elif question.first is not None:
            logit[where] = question.first.double().cpu().numpy()
    if case.net.per_frame:
        logit[~case.usable] = base[~case.usable] = np.nan
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
