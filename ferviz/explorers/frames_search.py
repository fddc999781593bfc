"""Same answer, other weights: is attention an explanation?

Jain S., Wallace B. C., "Attention is not Explanation", NAACL 2019, arXiv:1902.10186, look for weights that differ as far
as they can while the answer stays. Wiegreffe S., Pinter Y., "Attention is not not Explanation", EMNLP 2019,
arXiv:1908.04626, answer that weights changed by hand, one clip at a time, are no model that training would have found.

They climb a gradient; here the answer is linear in the weights (the last layer is, and the anchor is held), so that the
search is a mixed-integer linear program: a frame either gains weight or loses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.special import logsumexp, softmax

__all__ = ["OtherWeights", "distance", "other_weights"]

Array = npt.NDArray[np.floating]

NODES = 80  # of the tree that one program may open: a count and not a time, so that a search can be repeated
SECONDS = 2.0  # for one program, whatever comes
ROUNDS = 4
SAFE = 0.98  # of the tolerance, so that rounding the weights keeps within it


@dataclass(frozen=True, eq=False)
class OtherWeights:
    """``weight`` (T,), which sums to 1; its total variation ``distance`` from the model's own, 0 to 1; and the
    ``probability`` (E,) that it gives."""

    weight: Array
    distance: float
    probability: Array


def distance(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Total variation between two sets of weights: the share that must be moved to turn one into the other."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).sum() / 2)


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
    z, w0 = np.asarray(answers, float), np.asarray(weight, float)
    if z.ndim != 2 or w0.shape != z.shape[:1]:
        raise ValueError(f"answers must have shape (T, E) and weight (T,); got {z.shape} and {w0.shape}")
    if len(w0) < 2:
        raise ValueError("weight must have two usable frames or more: one frame has all the weight, whatever it is")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be above 0; got {tolerance}")
    room = SAFE * tolerance
    rows, limits = _linear(z, w0, room) if kind == "probability" else _tangents(z, w0, room)
    best = w0
    for _ in range(ROUNDS):
        found = _furthest(w0, np.array(rows), np.array(limits))
        if found is None:
            break
        best = max(best, _inside(z, w0, found, room, kind), key=lambda weight: distance(weight, w0))
        worse = _answer(z, found, kind) < _answer(z, w0, kind) - room - 1e-9
        if kind == "probability" or not worse.any():
            break
        for label in np.flatnonzero(worse):
            _cut(z, w0, found, int(label), room, rows, limits)
    return OtherWeights(best, distance(best, w0), _answer(z, best, kind))


def _answer(z: Array, weight: Array, kind: str) -> Array:
    mean: Array = weight @ z
    return mean if kind == "probability" else softmax(mean)


def _top(z: Array, w0: Array) -> tuple[list[Array], list[float]]:
    """No label rises above the top one: rows · w <= 0."""
    top = int((w0 @ z).argmax())
    others = [label for label in range(z.shape[1]) if label != top]
    return [z[:, label] - z[:, top] for label in others], [0.0] * len(others)


def _linear(z: Array, w0: Array, room: float) -> tuple[list[Array], list[float]]:
    rows, limits = _top(z, w0)
    middle = w0 @ z
    for sign in (1, -1):
        rows += [sign * column for column in z.T]
        limits += [float(sign * value + room) for value in middle]
    return rows, limits


def _tangents(z: Array, w0: Array, room: float) -> tuple[list[Array], list[float]]:
    """Upper bounds of the probabilities, made linear by the tangent of log-sum-exp at the model's own answer.

    The tangent lies below the function, so weights that keep these bounds keep the true ones.
    """
    rows, limits = _top(z, w0)
    middle, share = w0 @ z, softmax(w0 @ z)
    for label, probability in enumerate(share):
        if probability - room > 0:
            _cut(z, w0, w0, label, room, rows, limits)
        if probability + room < 1:
            rows.append(z[:, label] - z @ share)
            limits.append(float(np.log(probability + room) + logsumexp(middle) - share @ middle))
    return rows, limits


def _cut(z: Array, w0: Array, at: Array, label: int, room: float, rows: list[Array], limits: list[float]) -> None:
    """The lower bound of a probability, cut along its tangent at some weights: what it forbids is convex."""
    share = softmax(at @ z)
    rows.append(z @ share - z[:, label])
    rest = logsumexp(at @ z) - share @ (at @ z)
    limits.append(float(-np.log(softmax(w0 @ z)[label] - room) - rest))


def _furthest(w0: Array, rows: Array, limits: Array) -> Array | None:
    """Weights furthest from ``w0`` with rows · w <= limits: over each frame's gain, its loss, and whether it gains."""
    count = len(w0)
    eye, none, ones = np.eye(count), np.zeros((count, count)), np.ones((1, count))
    size = np.abs(rows).max(1, keepdims=True)
    size[size == 0] = 1
    scaled = rows / size
    room = np.maximum((limits - rows @ w0) / size[:, 0], 0)  # the model's own weights always fit
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
        options={"node_limit": NODES, "time_limit": SECONDS, "mip_rel_gap": 0.02},
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
