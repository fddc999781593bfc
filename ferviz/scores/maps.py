"""Maps against a known answer, and the maps that they have to beat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from ferviz import arguments
from ferviz.arguments import array as numbers
from ferviz.flat import is_flat

__all__ = ["Mass", "centred_gaussian", "mass_on_truth", "mean_map", "pointing_game"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Mass:
    """How much of a map lies on the truth: its ``share``, the ``area`` that chance would give, and their ``ratio``."""

    share: float
    area: float
    ratio: float
    flat: bool


def mass_on_truth(values: npt.ArrayLike, truth: npt.ArrayLike, *, flat: bool | None = None) -> Mass:
    """How much of a map's positive part lies on the truth, beside what an even map would have there.

    For a truth of yes and no, ``share`` is the relevance mass accuracy [1]_: Σ a⁺ on the truth / Σ a⁺, ``area`` the
    truth's share of all places, and ``ratio`` = share / area, 1 by chance. A truth of weights t ≥ 0 stands in for yes
    and no by t / max t: share = Σ a⁺ t / (Σ a⁺ max t), area = mean t / max t. The ratio, (Σ a⁺ t / Σ a⁺) / mean t, is
    then how much truth the map sees, on average, in units of what lies anywhere.

    Parameters
    ----------
    values, truth : array, of one shape
        The map, and bool or non-negative numbers. Places where the map is NaN are left out.
    flat : bool, optional
        Whether the map has no shape, as `attribute` says of its maps; worked out from the values by `ferviz.flat`
        unless given. A flat map is never scored.

    Returns
    -------
    Mass
        ``share`` and ``ratio`` are NaN for a map that is flat or nowhere positive; the ratio too where the truth is 0
        everywhere, as in a neutral clip.

    References
    ----------
    .. [1] L. Arras, A. Osman, W. Samek, "CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural
           network explanations", Information Fusion 81, 2022, Eq. 3. arXiv:2003.07258

    Examples
    --------
    >>> mass_on_truth([[3.0, 1.0], [0.0, -2.0]], [[True, False], [False, False]]).ratio
    3.0
    """
    array, known = numbers("values", values), numbers("truth", truth)
    if array.shape != known.shape:
        raise ValueError(f"values and truth must have one shape; got {array.shape} and {known.shape}")
    if not np.isfinite(known).all() or (known < 0).any():
        raise ValueError("truth must be finite and not negative")
    flat = is_flat(array) if flat is None else arguments.flag("flat", flat)
    there = np.isfinite(array)
    positive, known = np.clip(array[there], 0, None), known[there]
    most = known.max(initial=0.0)
    area = float(known.mean() / most) if most else 0.0
    if flat or not positive.sum():
        return Mass(float("nan"), area, float("nan"), flat)
    share = float((positive * known).sum() / (positive.sum() * most)) if most else 0.0
    return Mass(share, area, share / area if area else float("nan"), flat)


def pointing_game(
    values: npt.ArrayLike, truth: npt.ArrayLike, *, tolerance: float = 0.0, flat: bool | None = None
) -> float:
    """Whether the highest place of a map lies on the truth: 1 or 0, and by chance the truth's share of all places.

    Where several places are the highest (a coarse map on a clip's pixels always has such), the score is the share of
    them that lies on the truth: what drawing one of them gives on average. Values closer to the highest than a
    millionth of the map's range count as equal to it.

    Parameters
    ----------
    values, truth : array (H, W)
        The map, and bool: the places that are right. Places where the map is NaN are left out.
    tolerance : float
        Pixels: a place this near to the truth counts too. Zhang et al. take 15 in photos of about 500 pixels; here 0
        unless given.
    flat : bool, optional
        As in `mass_on_truth`.

    Returns
    -------
    float
        NaN for a map that is flat, and where no place is right.

    Raises
    ------
    TypeError
        For a truth that is not bool: say which numbers count as yes.
    ValueError
        For arrays of other shapes, or a tolerance below 0.

    References
    ----------
    .. [1] J. Zhang, Z. Lin, J. Brandt, X. Shen, S. Sclaroff, "Top-down neural attention by excitation backprop", ECCV
           2016, Sec. 4.1. arXiv:1608.00507

    Examples
    --------
    >>> pointing_game([[0.0, 5.0], [5.0, 1.0]], [[False, True], [False, False]])
    0.5
    """
    array, right = numbers("values", values), np.asarray(truth)
    arguments.plain("truth", truth)
    if right.dtype != bool:
        raise TypeError(f"truth must be bool, such as changed > 0; got {right.dtype}")
    if array.shape != right.shape or array.ndim != 2:
        raise ValueError(f"values and truth must have one shape (H, W); got {array.shape} and {right.shape}")
    arguments.number("tolerance", tolerance, "0 pixels or more", lambda value: value >= 0)
    flat = None if flat is None else arguments.flag("flat", flat)
    there = np.isfinite(array)
    if not right[there].any() or (is_flat(array) if flat is None else flat):
        return float("nan")
    near = distance_transform_edt(~right) <= tolerance
    known = array[there]
    return float(near[there][known >= known.max() - 1e-6 * np.ptp(known)].mean())


def centred_gaussian(height: int, width: int, *, spread: float = 0.25) -> Array:
    """The map (height, width) that knows nothing but where a crop's middle is, to be beaten; it sums to 1.

    ``spread`` is its standard deviation as a share of either side.
    """
    arguments.whole("height", height)
    arguments.whole("width", width)
    arguments.number("spread", spread, "above 0", lambda value: value > 0)
    sides = [np.exp(-0.5 * (((np.arange(n) + 0.5) / n - 0.5) / spread) ** 2) for n in (height, width)]
    bump = np.outer(*sides)
    return bump / bump.sum()


def mean_map(maps: Iterable[npt.ArrayLike]) -> Array:
    """The mean (H, W) of the positive parts of many maps, each made to sum to 1: what a method shows of any face.

    Maps that are flat, or nowhere positive, have nothing to give and are left out. To beat it fairly, leave the maps
    of the person at hand out.
    """
    kept = [np.clip(np.nan_to_num(one), 0, None) for one in (numbers("maps", m) for m in maps) if not is_flat(one)]
    kept = [one / one.sum() for one in kept if one.sum() > 0]
    if not kept:
        raise ValueError("maps must hold at least one that is not flat and somewhere positive; got none")
    if len({one.shape for one in kept}) > 1:
        raise ValueError(f"maps must have one shape; got {', '.join(sorted({str(one.shape) for one in kept}))}")
    return np.mean(kept, 0)
