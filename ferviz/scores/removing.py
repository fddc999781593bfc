"""Drop a frame and measure what changes: the plainest answer to what it was worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.attribution.net import Net
from ferviz.clip import Clip, Gap
from ferviz.emotions import Emotion
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["removal"]

Array = npt.NDArray[Any]


def removal(model: Model, clip: Clip, target: Emotion | str | None = None, *, head: str = "emotion") -> xr.Dataset:
    """How far the target's logit and probability fall when a frame is dropped: what the frame is worth to the answer.

    A frame is dropped by a gap: it keeps its place and gets no weight, as if no face had been found in it.

    Parameters
    ----------
    model : Model
        Of clips; run in evaluation mode and without gradients. The call may stand inside an `intervene`.
    clip : Clip
    target : Emotion or str, optional
        The label; what the model answers unless named.
    head : str
        Which output, for models with several.

    Returns
    -------
    xarray.Dataset
        ``logit_drop`` and ``probability_drop`` (frame,): with all frames, less without this one. NaN in gaps, and for
        a clip of one usable frame, which has no answer without it. Coordinates ``frame``, ``time`` and ``target``.

    Raises
    ------
    ValueError
        For a model of single frames, an unknown head or label, or what the model itself refuses.
    """
    net = Net(model, head)
    if net.per_frame:
        raise ValueError(f"model must answer for whole clips; {type(model).__name__} answers frame by frame")
    places = np.flatnonzero(clip.usable("frames"))
    drops = np.full((2, len(clip)), np.nan)
    with evaluating(model), torch.no_grad():
        frames, rest = net.read(clip)
        whole, features = net.run(frames, *rest)
        place = (int(whole[0].argmax()) if net.labels else 0) if target is None else net.place(target)
        if len(places) > 1:
            without = _without(net, clip, places, features, rest)
            drops[0, places] = (whole - without)[:, place].cpu().numpy()
            drops[1, places] = (whole.softmax(-1) - without.softmax(-1))[:, place].cpu().numpy()
    coordinates = {"frame": np.arange(len(clip)), "time": ("frame", clip.times, {"units": "s"})}
    names = {"target": (net.labels or (head,))[place]}
    variables = {"logit_drop": ("frame", drops[0]), "probability_drop": ("frame", drops[1])}
    return xr.Dataset(variables, coordinates | names, {"model": type(model).__name__, "clip": clip.source})


def _without(
    net: Net, clip: Clip, places: Array, features: torch.Tensor | None, rest: tuple[torch.Tensor, ...]
) -> torch.Tensor:
    """Logits (len(places), L) of the clip with one frame dropped each time."""
    if features is not None and len(rest) == 1 and rest[0].dtype == torch.bool:
        mask = rest[0].repeat(len(places), 1)
        mask[torch.arange(len(places)), torch.from_numpy(places)] = False
        return net.pool(features.expand(len(places), *features.shape[1:]), mask)
    logits = []
    for place in places.tolist():
        gap = Gap("frames", place, place + 1, "removed")
        frames, rest = net.read(replace(clip, gaps=(*clip.gaps, gap)))
        logits.append(net.logits(frames, *rest))
    return torch.cat(logits)
