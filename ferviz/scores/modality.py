"""What each of two streams is worth to an answer: exact Shapley values of two players, by four runs.

Shapley L. S., "A value for n-person games", 1953. With two players it is short: the mean of what a stream adds to
nothing and of what it adds to the other. What only both together give, the interaction, is halved between them, so it
is named apart.
"""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz import asking
from ferviz.arguments import array, choice
from ferviz.clip import Clip, check_clip
from ferviz.models.fusion import Absent
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["Shapley", "modality_shares", "shapley_of_two"]

Array = npt.NDArray[np.float64]
COALITIONS = ("none", "audio", "video", "both")


class Shapley(NamedTuple):
    """Two players' values, which sum to v(both) - v(none), and the interaction, half of which is in each."""

    first: Array
    second: Array
    interaction: Array


def shapley_of_two(none: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, both: npt.ArrayLike) -> Shapley:
    """The Shapley values of two players, from what nobody, each alone, and both get.

    Parameters
    ----------
    none, first, second, both : number or array
        Of one shape, or shapes that fit together.

    Raises
    ------
    TypeError, ValueError
        For what is no array of numbers, or shapes that do not fit.

    Examples
    --------
    >>> value = shapley_of_two(0, 1, 2, 5)
    >>> float(value.first), float(value.second), float(value.interaction)
    (2.0, 3.0, 2.0)
    """
    named = {"none": none, "first": first, "second": second, "both": both}
    try:
        v = dict(zip(named, np.broadcast_arrays(*(array(k, each) for k, each in named.items())), strict=True))
    except ValueError as error:
        shapes = ", ".join(f"{k} {np.shape(each)}" for k, each in named.items())
        raise ValueError(f"none, first, second and both must have shapes that fit; got {shapes}") from error
    one = ((v["first"] - v["none"]) + (v["both"] - v["second"])) / 2
    other = ((v["second"] - v["none"]) + (v["both"] - v["first"])) / 2
    return Shapley(one, other, v["both"] - v["first"] - v["second"] + v["none"])


def modality_shares(model: Model, clip: Clip, *, absent: Absent | None = None, **about: Any) -> xr.Dataset:
    """What sound and pictures are each worth to the logit and the probability of every label.

    Parameters
    ----------
    model : AudioVideo
        With two streams, or a model with a method ``coalitions`` like its. Run in evaluation mode, without gradients.
    clip : Clip
        With both streams.
    absent : {"learned", "mean"}, optional
        What stands for a stream that is not there; what the model's configuration says unless given. The shares hang on
        this choice: look at both.
    **about
        What the model can be told of the clip.

    Returns
    -------
    xarray.Dataset
        For each head ``<head>_logit`` and ``<head>_probability`` (coalition, label): what the model says to "none",
        "audio", "video" and "both". ``…_share`` (stream, label): the Shapley values, whose sum over streams is both
        less none. ``…_interaction`` (label): what only both together give. A logit is taken less the mean over the
        labels, as only differences of logits mean anything.

    Raises
    ------
    TypeError
        For what is no clip, or a model that has no two streams to leave out.
    ValueError
        For a clip without one of the streams, a network of one stream, or an unknown ``absent``.
    """
    asking.check_model(model)
    check_clip(clip)
    if not callable(getattr(model, "coalitions", None)):
        raise TypeError(f"model must have streams that can be left out (coalitions); {type(model).__name__} has none")
    if absent is not None:
        choice("absent", absent, get_args(Absent))
    inputs = asking.feed(model, clip, about)
    with evaluating(model), torch.no_grad():
        found = model.coalitions(*inputs, absent=absent)  # type: ignore[operator]
    answers = {name: asking.answers(model, found[name], *inputs) for name in COALITIONS}
    columns: dict[str, tuple[tuple[str, ...], Array]] = {}
    coordinates: dict[str, list[str]] = {"coalition": list(COALITIONS), "stream": ["audio", "video"]}
    for head, labels in model.heads().items():
        if labels is None:
            continue
        coordinates[head] = list(labels)
        logits = torch.stack([answers[name][head][0] for name in COALITIONS]).double().cpu()
        for what, values in (("logit", logits - logits.mean(1, keepdim=True)), ("probability", logits.softmax(1))):
            value = shapley_of_two(*values.numpy())
            columns[f"{head}_{what}"] = (("coalition", head), values.numpy())
            columns[f"{head}_{what}_share"] = (("stream", head), np.stack([value.first, value.second]))
            columns[f"{head}_{what}_interaction"] = ((head,), value.interaction)
    stands = str(absent or getattr(model, "absent", None))
    attributes = {"model": type(model).__name__, "clip": clip.source, "absent": stands}
    return xr.Dataset(columns, coords=coordinates, attrs=attributes)
