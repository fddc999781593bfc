"""Is a map about the trained network at all? Take away what was learned, and see whether the map notices."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import arguments
from ferviz.arguments import array, whole, words
from ferviz.flat import is_flat
from ferviz.models.model import Model
from ferviz.reading import device_of

__all__ = ["layers_from_top", "randomise", "rank_correlation"]


def layers_from_top(model: Model) -> tuple[str, ...]:
    """The paths of all layers with numbers of their own (weights or statistics), the last declared first.

    Networks of ferviz declare their layers in the order in which they compute; branches side by side follow one
    another.
    """
    parts = model.named_modules()
    return tuple(path for path, part in parts if path and (part._parameters or part._buffers))[::-1]


def randomise(model: Model, layers: int | Sequence[str] | None = None, *, seed: int = 0) -> Model:
    """A copy of a model that has forgotten what it learned: its layers are as before any training.

    Parameters
    ----------
    model : Model
        With a ``config`` from which its class builds it anew. It stays as it is.
    layers : int or sequence of str, optional
        How many layers, counted from the top (`layers_from_top`), or the paths of layers or parts (``classify``,
        ``stages``); all unless given.
    seed : int
        Of the new weights. No global generator is left changed.

    Returns
    -------
    Model
        On the model's device, with its flags.

    Raises
    ------
    TypeError
        For a model without a ``config``, or layers or a seed of another kind.
    ValueError
        For a number of layers that there are not, or an unknown path.

    References
    ----------
    .. [1] J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt, B. Kim, "Sanity checks for saliency maps",
           NeurIPS 2018, Sec. 3. arXiv:1810.03292
    """
    config: Any = getattr(model, "config", None)
    if config is None:
        raise TypeError(f"model must have a config from which it is built anew; {type(model).__name__} has none")
    paths = layers_from_top(model)
    if layers is None:
        chosen: Sequence[str] = paths
    elif isinstance(layers, Iterable):
        chosen = words("layers", layers)
    else:
        chosen = paths[: whole("layers", layers, 0, len(paths))]
    seed = arguments.seed(seed)
    named = dict(model.named_modules())
    for path in chosen:
        if not path or path not in named:
            raise ValueError(f"layers must be paths of parts of {type(model).__name__}; got {path!r:.200}")
    changed = copy.deepcopy(model)
    with torch.random.fork_rng([]):
        torch.default_generator.manual_seed(seed)
        fresh = dict(type(model)(config).to(device_of(model)).named_modules())
    parts = dict(changed.named_modules())
    for path in chosen:
        parts[path].load_state_dict(fresh[path].state_dict())
    return changed


def rank_correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Spearman's rank correlation of two maps of one shape, sign and all; 1 where they put all places in one order.

    Places where either is NaN are left out. NaN where one of the two is flat (`ferviz.flat`).

    Raises
    ------
    ValueError
        For two shapes.

    Examples
    --------
    >>> round(rank_correlation([[1.0, 2.0], [3.0, 4.0]], [[10.0, 20.0], [30.0, 25.0]]), 3)
    0.8
    """
    from scipy.stats import spearmanr  # a third of a second of loading

    one, other = array("first", first), array("second", second)
    if one.shape != other.shape:
        raise ValueError(f"first and second must have one shape; got {one.shape} and {other.shape}")
    both = np.isfinite(one) & np.isfinite(other)
    if is_flat(one[both]) or is_flat(other[both]):
        return float("nan")
    return float(spearmanr(one[both], other[both]).statistic)
