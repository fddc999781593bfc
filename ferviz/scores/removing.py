"""Take an item away and measure what changes: the plainest answer to what it was worth."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz import asking
from ferviz.arguments import choice
from ferviz.attribution.baselines import Baseline, baseline_clip, name_of
from ferviz.attribution.net import Net, Target
from ferviz.clip import Clip
from ferviz.models.declaration import Items
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["removal"]

Array = npt.NDArray[Any]
How = Literal["drop", "cover"]


def removal(
    model: Model,
    clip: Clip,
    target: Target | None = None,
    *,
    head: str = "emotion",
    axis: str | None = None,
    how: How = "drop",
    fill: Baseline | None = None,
    **about: Any,
) -> xr.Dataset:
    """How far the target's logit and probability fall when an item is taken away: what it is worth to the answer.

    There are two ways, and they ask two questions. *Dropped*, an item gets no weight, as if it had a gap: what do the
    others say without it? *Covered*, its pixels are filled: the picture says less, and every item that shows these
    pixels sees that.

    Parameters
    ----------
    model : Model
        That pools items: run in evaluation mode and without gradients. The call may stand inside an `intervene`.
    clip : Clip
    target : Emotion, str or function, optional
        The label; what the model answers (to each frame, for a model of single frames) unless named. Or a function of
        all that ``forward`` returns that gives one number a batch item.
    head : str
        Which output, for models with several.
    axis : str, optional
        Which items, for models with several: ``frame``, ``region``, ``sound.position``.
    how : {"drop", "cover"}
        By the items' mask, or by the pixels of frames, or of items that have a box.
    fill : str, uint8 array (T, H, W, 3) or (H, W, 3), or Clip, optional
        With what it is covered: one of `ferviz.attribution.BASELINES` ("blur" unless given), or pictures of your own.
    **about
        What the model is told of the clip, as `ferviz.observe` takes it.

    Returns
    -------
    xarray.Dataset
        ``logit_drop`` and ``probability_drop`` (item,): with all items, less without this one; (frame, item) for a
        model that answers each frame by itself. An item along one of several axes is taken away wherever it is. NaN in
        gaps, and where nothing else could be used. One plain number has no probability. Coordinates of the items, and
        ``target``.

    Raises
    ------
    TypeError, ValueError
        For a model without such items, or whose items have no mask or no box; an unknown axis, head or label; or what
        the model itself refuses.
    """
    net = Net(model, clip, head, target)
    items = _items(net, axis)
    choice("how", how, get_args(How))
    if how == "drop" and fill is not None:
        raise ValueError(f"fill must be None: what is dropped is filled with nothing; got {name_of(fill)!r:.200}")
    with evaluating(model), torch.no_grad():
        inputs = net.read(clip, about)
        whole, vectors = net.run(inputs, items)
        place = net.target(target, len(clip), lambda: whole)
        usable = _usable(net, clip, items, inputs)  # (N,) or (T, N)
        if how == "drop":
            without = _dropped(net, items, inputs, vectors, usable)
        else:
            fill = "blur" if fill is None else fill
            without = _covered(net, items, clip, about, usable, fill)
    dims = ("frame", items.axis) if net.per_frame else (items.axis,)
    variables = {"logit_drop": (dims, _drops(net, whole, without, place, usable))}
    if net.labels is not None:
        softer = {item: logits.softmax(-1) for item, logits in without.items()}
        variables["probability_drop"] = (dims, _drops(net, whole.softmax(-1), softer, place, usable))
    coordinates = asking.coordinates(model, clip, about, dict(zip(dims, usable.shape, strict=True)))
    names = net.labels or (net.head,)
    if isinstance(place, int):
        coordinates["target"] = names[place]
    else:
        coordinates["target"] = ("frame", np.array([names[one] for one in place.tolist()]))
    asked = {"how": how, "fill": "" if fill is None else name_of(fill)}
    return xr.Dataset(variables, coordinates, {**asked, "model": type(model).__name__, "clip": clip.source})


def _items(net: Net, axis: str | None) -> Items:
    kind = type(net.model).__name__
    if not net.model.items:
        # deletion and insertion ask for an answer to each frame
        answers = "frame by frame (deletion and insertion take pixels away)" if net.per_frame else "for whole clips"
        raise ValueError(f"model must pool items, to take one away; {kind} declares none and answers {answers}")
    items = net.items(axis)
    if items is None:
        raise ValueError(f"axis must be one that {kind} pools; it answers each frame by itself")
    return items


def _usable(net: Net, clip: Clip, items: Items, inputs: tuple[torch.Tensor, ...]) -> Array:
    """Which items can be taken away: (N,), or (T, N); nothing, where no other could be used."""
    bare = tuple(tensor[0] for tensor in inputs) if net.per_frame else inputs
    takes = {each.name: (each, tensor) for each, tensor in zip(net.model.takes, bare, strict=True)}
    one, tensor = takes[items.mask or items.of]
    if items.axis not in one.axes:
        kind = type(net.model).__name__
        raise ValueError(f"items {items.axis!r} of {kind} have no mask: nothing says how many there are")
    count = tensor.shape[1 + one.axes.index(items.axis)]
    dims, shape = (("frame", items.axis), (len(clip), count)) if net.per_frame else ((items.axis,), (count,))
    usable = ~asking.without(asking.masks(net.model, clip, bare), dims, shape)
    return usable & (usable.sum(-1, keepdims=True) > 1)


def _dropped(
    net: Net, items: Items, inputs: tuple[torch.Tensor, ...], vectors: torch.Tensor | None, usable: Array
) -> dict[int, torch.Tensor]:
    """Logits (L,) or (T, L) without one item each time, by its mask."""
    kind, names = type(net.model).__name__, [each.name for each in net.model.takes]
    if items.mask is None:
        raise ValueError(f"items {items.axis!r} of {kind} have no mask, so none can be dropped: how='cover' may do")
    place = names.index(items.mask)
    axis = net.model.takes[place].axes.index(items.axis)
    places = np.flatnonzero(usable if usable.ndim == 1 else usable.any(0)).tolist()
    masks = []
    for item in places:
        mask = inputs[place].clone()  # (1, …), or (1, T, …)
        if net.per_frame:
            mask[0, torch.from_numpy(usable[:, item])] = _cut(mask[0, torch.from_numpy(usable[:, item])], axis, item)
        else:
            mask = _cut(mask, axis, item)
        masks.append(mask)
    given = list(inputs)
    if vectors is None or not places:
        found = []
        for mask in masks:
            given[place] = mask
            found.append(net.logits(*given)[0])
        return dict(zip(places, found, strict=True))
    given[names.index(items.of)] = vectors
    given = [tensor.expand(len(places), *tensor.shape[1:]) for tensor in given]
    given[place] = torch.cat(masks)
    return dict(zip(places, net.pool(items, given), strict=True))


def _cut(mask: torch.Tensor, axis: int, item: int) -> torch.Tensor:
    """A mask (B, …) without one item along an axis."""
    mask = mask.clone()
    mask.select(1 + axis, item).zero_()
    return mask


def _covered(
    net: Net, items: Items, clip: Clip, about: dict[str, Any], usable: Array, fill: Baseline
) -> dict[int, torch.Tensor]:
    """Logits (L,) or (T, L) with the pixels of one item filled each time."""
    filled = baseline_clip(clip, fill).frames
    boxes = _boxes(net, items, clip, about, usable.shape[-1])
    found = {}
    for item in np.flatnonzero(usable if usable.ndim == 1 else usable.any(0)).tolist():
        frames = clip.frames.copy()
        for frame, (left, top, right, bottom) in enumerate(boxes[:, item]):
            rows, columns = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
            frames[frame, rows, columns] = filled[frame, rows, columns]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what prepare had to say of the clip, it has said
            inputs = net.read(replace(clip, frames=frames, truth=None), about)
        found[item] = net.logits(*inputs)[0]
    return found


def _boxes(net: Net, items: Items, clip: Clip, about: dict[str, Any], count: int) -> Array:
    """The pixels of each item in each frame, whole numbers (T, N, 4); an empty box where there is none."""
    if items.axis == "frame":
        own = np.eye(len(clip), dtype=int)[:, :, None]
        return own * np.array([0, 0, clip.width, clip.height])
    coordinates = asking.coordinates(net.model, clip, about, {items.axis: count, "frame": len(clip)})
    if "box" not in coordinates:
        kind = type(net.model).__name__
        raise ValueError(f"items {items.axis!r} of {kind} have no box: there are no pixels to cover")
    dims, edges, _ = coordinates["box"]
    edges = np.asarray(edges, float) if "frame" in dims else np.repeat(np.asarray(edges, float)[None], len(clip), 0)
    return np.where(np.isfinite(edges).all(-1, keepdims=True), np.nan_to_num(np.rint(edges)), 0).astype(int)


def _drops(
    net: Net, whole: torch.Tensor, without: dict[int, torch.Tensor], target: int | torch.Tensor, usable: Array
) -> Array:
    """With all items less without one: (N,) or (T, N), NaN where nothing could be taken away."""
    drops = np.full(usable.shape, np.nan)
    for item, numbers in without.items():
        drops[..., item] = net.picked(whole - numbers[None], target)[0].double().cpu().numpy()
    drops[~usable] = np.nan
    return drops
