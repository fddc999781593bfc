"""Take away what a map calls important, or put it back, and see how fast the answer goes or comes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.arguments import array, whole
from ferviz.attribution.baselines import Baseline, baseline_clip, name_of
from ferviz.attribution.net import Net
from ferviz.clip import Clip, check_clip
from ferviz.emotions import Emotion
from ferviz.flat import is_flat
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["deletion", "insertion"]

Array = npt.NDArray[Any]

_AT_ONCE = 64  # pictures of one batch


def deletion(
    model: Model,
    clip: Clip,
    values: xr.Dataset | npt.ArrayLike,
    *,
    target: Emotion | str | None = None,
    head: str = "emotion",
    fill: Baseline = "blur",
    steps: int = 32,
    **about: Any,
) -> xr.Dataset:
    """How the probability of a label falls while pixels give way, those with the highest values first.

    The pixels of the clip are changed, and the model prepares the picture anew: a texture follows the photo. So what
    fills the holes matters. A gray patch has edges, which are texture; a blurred face, or the emotion-free render of a
    synthetic one, has fewer.

    Parameters
    ----------
    model, clip : Model, Clip
        A model of single frames, run in evaluation mode and without gradients, and its faces.
    values : xarray.Dataset or array (T, H, W)
        What `attribute` or `quantity_map` gives, or a map a frame on the clip's pixels; (H, W) for one frame. Pixels
        of equal value go in reading order, so a coarse map loses one place after the other.
    target : Emotion or str, optional
        The label; what the model answers to each frame unless named.
    head : str
        Which output, for models with several.
    fill : str, uint8 array (T, H, W, 3) or (H, W, 3), or Clip
        What the pixels become: one of `ferviz.attribution.BASELINES`, or pictures of your own.
    steps : int
        In how many equal parts the pixels go.
    **about
        What the model is told of the clip, as `ferviz.observe` takes it.

    Returns
    -------
    xarray.Dataset
        ``probability`` and ``logit`` (frame, share) along the ``share`` of pixels that were changed, 0 to 1;
        ``area`` (frame,), the mean height of the curve of probabilities (trapezoids): low where the map knows what
        matters; ``flat`` (frame,), whether the map has no shape. NaN in gaps and for flat maps. Coordinates ``frame``
        and ``target``.

    Raises
    ------
    TypeError, ValueError
        For a model of whole clips, maps of another shape, a map with NaN outside gaps, steps below 1, an unknown head
        or label, or a fill that does not fit.

    References
    ----------
    .. [1] V. Petsiuk, A. Das, K. Saenko, "RISE: randomized input sampling for explanation of black-box models", BMVC
           2018, Sec. 4.1. arXiv:1806.07421
    """
    return _curves(model, clip, values, target, head, fill, steps, about, insert=False)


def insertion(
    model: Model,
    clip: Clip,
    values: xr.Dataset | npt.ArrayLike,
    *,
    target: Emotion | str | None = None,
    head: str = "emotion",
    fill: Baseline = "blur",
    steps: int = 32,
    **about: Any,
) -> xr.Dataset:
    """How the probability of a label rises while pixels come back, those with the highest values first.

    As `deletion`, from the filled picture to the face: the ``area`` is high where the map knows what matters.
    """
    return _curves(model, clip, values, target, head, fill, steps, about, insert=True)


def _curves(
    model: Model,
    clip: Clip,
    values: xr.Dataset | npt.ArrayLike,
    target: Emotion | str | None,
    head: str,
    fill: Baseline,
    steps: int,
    about: dict[str, Any],
    *,
    insert: bool,
) -> xr.Dataset:
    check_clip(clip)
    net = Net(model, clip, head)
    if not net.per_frame or net.labels is None:
        what = "for whole clips" if not net.per_frame else f"the head {head} with one plain number"
        raise ValueError(f"model must answer frame by frame with labels; {type(model).__name__} answers {what}")
    steps = whole("steps", steps)
    maps, flat = _maps_of(clip, values)
    ends = (baseline_clip(clip, fill).frames, clip.frames)
    start, end = ends if insert else ends[::-1]
    share = np.arange(steps + 1) / steps
    logits = _answers(net, clip, lambda part: _changed(start, end, maps, part), share, about)  # (S, T, L)
    place = net.target(target, len(clip), lambda: logits[None, -1 if insert else 0])
    assert isinstance(place, torch.Tensor)
    usable = clip.usable("frames")
    curves = torch.stack([net.picked(each, place).T for each in (logits, logits.softmax(-1))]).numpy()  # (2, T, S)
    curves[:, flat | ~usable] = np.nan
    labels = [net.labels[each] if known else "" for each, known in zip(place.tolist(), usable, strict=True)]
    variables = {
        "probability": (("frame", "share"), curves[1]),
        "logit": (("frame", "share"), curves[0]),
        "area": ("frame", (curves[1, :, 1:] + curves[1, :, :-1]).mean(1) / 2),
        "flat": ("frame", flat),
    }
    asked = {"curve": "insertion" if insert else "deletion", "fill": name_of(fill), "head": head}
    coordinates = {"frame": np.arange(len(clip)), "share": share, "target": ("frame", np.array(labels))}
    return xr.Dataset(variables, coordinates, asked | {"model": type(model).__name__, "clip": clip.source})


def _maps_of(clip: Clip, values: xr.Dataset | npt.ArrayLike) -> tuple[Array, Array]:
    """Maps (T, H, W), and which of them are flat (T,): never in a gap."""
    usable, shape = clip.usable("frames"), clip.frames.shape[:3]
    maps = array("values", values["attribution"] if isinstance(values, xr.Dataset) else values)
    if maps.shape not in (shape, shape[1:] if shape[0] == 1 else shape):
        raise ValueError(f"values must be maps of shape {shape}, as the clip has; got {maps.shape}")
    maps = maps.reshape(shape)
    if not np.isfinite(maps[usable]).all():
        raise ValueError("values must be finite outside the clip's gaps; got NaN or infinity")
    if isinstance(values, xr.Dataset):
        return maps, np.asarray(values["flat"].values, dtype=bool) & usable
    return maps, np.array([is_flat(one) for one in maps]) & usable


def _changed(start: Array, end: Array, values: Array, share: float) -> Array:
    """Frames (T, H, W, 3) on the way from one to the other, the highest values (T, H, W) of each first."""
    flat = values.reshape(len(values), -1)
    order = np.argsort(-flat, axis=1, kind="stable")
    gone = np.zeros(flat.shape, bool)
    np.put_along_axis(gone, order[:, : int(np.rint(share * flat.shape[1]))], True, 1)
    return np.where(gone.reshape(values.shape)[..., None], end, start)


@torch.no_grad()
def _answers(
    net: Net, clip: Clip, frames: Callable[[float], Array], share: Array, about: dict[str, Any]
) -> torch.Tensor:
    """The logits (S, T, L) of the clip with other frames (T, H, W, 3) for each share."""
    found, count = [], max(1, _AT_ONCE // max(1, len(clip)))
    with evaluating(net.model):
        for first in range(0, len(share), count):
            some = [replace(clip, frames=frames(part), truth=None) for part in share[first : first + count]]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what prepare has to say of the clip, the caller has heard or can hear
                inputs = [net.read(one, about) for one in some]
            found.append(net.logits(*(torch.cat(each) for each in zip(*inputs, strict=True))).double().cpu())
    return torch.cat(found)
