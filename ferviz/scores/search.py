"""Same answer, other weights: is attention an explanation?

Jain S., Wallace B. C., "Attention is not Explanation", NAACL 2019, arXiv:1902.10186, look for weights that differ as
far as they can while the answer stays. Wiegreffe S., Pinter Y., "Attention is not not Explanation", EMNLP 2019,
arXiv:1908.04626, answer that weights changed by hand, one clip at a time, are no model that training would have found.

They climb a gradient; here the answer is linear in the weights (the last layer is, and the anchor is held), so that the
search is a mixed-integer linear program: a frame either gains weight or loses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, softmax

from ferviz.arguments import array, choice, number

__all__ = ["OtherWeights", "other_weights", "total_variation"]

Array = npt.NDArray[np.floating]
Row = tuple[Array, float]

NODES = 15  # of the tree that one program may open: a count and not a time, so that a search can be repeated
ROUNDS = 3
LITTLE = 0.005  # of total variation: no step worth taking
SAFE = 0.98  # of the tolerance, so that rounding the weights keeps within it


@dataclass(frozen=True, eq=False)
class OtherWeights:
    """``weight`` (T,), which sums to 1; its total variation ``distance`` from the model's own, 0 to 1; and the
    ``probability`` (E,) that it gives."""

    weight: Array
    distance: float
    probability: Array


def total_variation(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Total variation between two sets of weights (T,): the share that must be moved to turn one into the other.

    Raises ValueError for two shapes.
    """
    first, second = array("one", one), array("other", other)
    if first.shape != second.shape:
        raise ValueError(f"one and other must have one shape; got {first.shape} and {second.shape}")
    return float(np.abs(first - second).sum() / 2)


def other_weights(
    answers: npt.ArrayLike,
    weight: npt.ArrayLike,
    *,
    tolerance: float = 0.01,
    kind: Literal["logits", "probability"] = "logits",
) -> OtherWeights:
    """The weights that differ most from a model's own, as far as a search finds, and leave its answer as it is.

    Parameters
    ----------
    answers : array (T, E)
        What each frame gives if it has all the weight: logits, or probabilities; the clip's answer is their mean under
        the weights (then, for logits, the softmax).
    weight : array (T,)
        The model's own weights; they sum to 1.
    tolerance : float
        How far each probability may move; the top label stays.
    kind : "logits" or "probability"
        What ``answers`` are.

    Returns
    -------
    OtherWeights

    Raises
    ------
    ValueError
        For fewer than two frames, a tolerance that is not above 0, or shapes that do not fit.
    """
    z, w0 = array("answers", answers), array("weight", weight)
    choice("kind", kind, ("logits", "probability"))
    tolerance = number("tolerance", tolerance, "above 0", lambda value: value > 0)
    if z.ndim != 2 or w0.shape != z.shape[:1]:
        raise ValueError(f"answers must have shape (T, E) and weight (T,); got {z.shape} and {w0.shape}")
    if len(w0) < 2:
        raise ValueError("weight must have two usable frames or more: one frame has all the weight, whatever it is")
    if not np.isfinite(z).all() or not np.isfinite(w0).all() or (w0 < 0).any():
        raise ValueError("answers and weight must be finite, and no weight below 0; leave frames in gaps out")
    room = SAFE * tolerance
    if kind == "probability":
        found = _furthest(w0, _top(z, w0) + _both_ways(z, w0, room))
        best = w0 if found is None else _inside(z, w0, found, room, kind)
    else:
        best = _climb(z, w0, room)
    return OtherWeights(best, total_variation(best, w0), _answer(z, best, kind))


def _climb(z: Array, w0: Array, room: float) -> Array:
    """Program after program, each with bounds laid anew at what the last one found; from two places."""
    fixed, best = _top(z, w0) + _floors(z, w0, w0, room), w0
    loose = _furthest(w0, fixed)  # without ceilings: far, and perhaps behind one
    if loose is not None and _inside(z, w0, loose, room, "logits") is loose:
        return loose  # nothing can be further
    for start in (w0,) if loose is None else (w0, loose):
        at = start
        for _ in range(ROUNDS):
            found = _furthest(w0, fixed + _ceilings(z, w0, at, room))
            if found is None:
                break
            fixed += _floors(z, w0, found, room)
            better = _inside(z, w0, found, room, "logits")
            gained = total_variation(better, w0) - total_variation(at, w0) if at is not start else 1.0
            best = max(best, better, key=lambda weight: total_variation(weight, w0))
            if gained <= LITTLE and total_variation(better, found) <= LITTLE:
                break
            at = better
    return best


def _answer(z: Array, weight: Array, kind: str) -> Array:
    mean: Array = weight @ z
    return mean if kind == "probability" else softmax(mean)


def _top(z: Array, w0: Array) -> list[Row]:
    """No label rises above the top one."""
    top = int((w0 @ z).argmax())
    return [(z[:, label] - z[:, top], 0.0) for label in range(z.shape[1]) if label != top]


def _both_ways(z: Array, w0: Array, room: float) -> list[Row]:
    """Probabilities that are linear in the weights stay within the room."""
    middle = w0 @ z
    return [(sign * z[:, k], float(sign * value + room)) for sign in (1, -1) for k, value in enumerate(middle)]


def _floors(z: Array, w0: Array, at: Array, room: float) -> list[Row]:
    """Lower bounds of the probabilities, cut along their tangent at some weights.

    What a lower bound allows is convex and lies within each of its tangents: more of them come closer to it.
    """
    share, rest = softmax(at @ z), _offset(z, at)
    least = softmax(w0 @ z) - room
    return [(z @ share - z[:, k], float(-np.log(low) - rest)) for k, low in enumerate(least) if low > 0]


def _ceilings(z: Array, w0: Array, at: Array, room: float) -> list[Row]:
    """Upper bounds of the probabilities, made linear by the tangent of log-sum-exp at some weights.

    The tangent lies below the function, so weights that keep these bounds keep the true ones; weights at which it was
    laid still fit, so that laying it anew at what was found can only lead further.
    """
    share, rest = softmax(at @ z), _offset(z, at)
    most = softmax(w0 @ z) + room
    return [(z[:, k] - z @ share, float(np.log(high) + rest)) for k, high in enumerate(most) if high < 1]


def _offset(z: Array, at: Array) -> float:
    logits = at @ z
    return float(logsumexp(logits) - softmax(logits) @ logits)


def _furthest(w0: Array, bounds: list[Row]) -> Array | None:
    """Weights furthest from ``w0`` with row · w <= limit: over each frame's gain, its loss, and whether it gains."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # is loaded by who searches only

    rows, limits = np.array([row for row, _ in bounds]), np.array([limit for _, limit in bounds])
    count = len(w0)
    eye, none, ones = np.eye(count), np.zeros((count, count)), np.ones((1, count))
    size = np.abs(rows).max(1, keepdims=True)
    size[size == 0] = 1
    scaled = rows / size
    room = (limits - rows @ w0) / size[:, 0]
    done = milp(
        np.concatenate([-np.ones(count), np.zeros(2 * count)]),
        constraints=[
            LinearConstraint(np.hstack([scaled, -scaled, np.zeros_like(scaled)]), -np.inf, room),
            LinearConstraint(np.hstack([ones, -ones, np.zeros((1, count))]), 0, 0),
            LinearConstraint(np.hstack([eye, none, -np.diag(1 - w0)]), -np.inf, 0),  # gain <= (1 - w0) · gains
            LinearConstraint(np.hstack([none, eye, np.diag(w0)]), -np.inf, w0),  # loss <= w0 · (1 - gains)
        ],
        bounds=Bounds(0, np.concatenate([1 - w0, w0, np.ones(count)])),
        integrality=np.repeat([0, 0, 1], count),
        options={"node_limit": NODES, "mip_rel_gap": 0.02},
    )
    if done.x is None:
        return None
    gain, loss = done.x[:count], done.x[count : 2 * count]
    weight: Array = np.clip(w0 + gain - loss, 0, None)
    return weight / weight.sum()


def _inside(z: Array, w0: Array, found: Array, room: float, kind: str) -> Array:
    """The furthest point on the way from ``w0`` to ``found`` whose answer is within the room, exactly."""
    before = _answer(z, w0, kind)

    def keeps(share: float) -> bool:
        after = _answer(z, w0 + share * (found - w0), kind)
        return bool(np.abs(after - before).max() <= room + 1e-9 and after.argmax() == before.argmax())

    if keeps(1.0):
        return found
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if keeps(middle) else (low, middle)
    return w0 + low * (found - w0)
