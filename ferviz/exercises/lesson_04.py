"""The checks of lessons 04, 04_more: a mean with gaps, relation-attention, a frame again, other weights, a design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from ferviz.exercises.base import NotYet, check, is_open, number, numbers, run, show
from ferviz.exercises.dilution import EMPTY, FRAMES, INFORMATIVE, design
from ferviz.gallery import sample
from ferviz.models import load_model
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.models.model import on_items
from ferviz.scores.pooled import pool
from ferviz.scores.search import total_variation

__all__ = [
    "CLIP",
    "EMPTY",
    "FRAMES",
    "INFORMATIVE",
    "OFF_LABEL",
    "TOLERANCE",
    "again",
    "design",
    "mean",
    "other",
    "relation",
]

Array = npt.NDArray[np.float64]

CLIP = "surprise-degraded"
"""The clip that the lesson leads with."""
OFF_LABEL = "anger-off-label"
"""The one with an intruder."""
TOLERANCE = 0.02  # of each probability, in the exercise on other weights
FAR = 0.3  # total variation, in the same


# ---- a mean with gaps ------------------------------------------------------------------------------------------------


@check
def mean(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes vectors (T, D), weights (T,) and usable (T,) bool; gives the weighted mean (D,)."""
    for frames, width in ((6, 3), (4, 5)):
        vectors = generator.normal(0, 2, (frames, width)).round(2)
        weights = generator.uniform(0.1, 0.9, frames).round(2)
        usable = np.ones(frames, bool)
        _check_mean(function, vectors, weights, usable, "all usable")
        usable[[1, frames - 1]] = False
        _check_mean(function, vectors, weights, usable, f"frames 1 and {frames - 1} in a gap")
    vectors[1] = np.nan
    try:
        _check_mean(function, vectors, weights, usable, "a gap that holds NaN")
    except NotYet as problem:
        raise NotYet(
            "right as long as a gap holds numbers. It may hold NaN, and 0 · NaN is NaN: take the usable frames first, "
            "`vectors[usable]`."
        ) from problem
    return "the mean under the weights of the usable frames. What a gap holds, even NaN, reaches nothing."


def _check_mean(function: Any, vectors: Array, weights: Array, usable: npt.NDArray[np.bool_], what: str) -> None:
    got = numbers(run(function, vectors, weights, usable), "the mean", shape=vectors.shape[1:])
    v, w = vectors[usable], weights[usable]
    if np.allclose(got, w @ v / w.sum()):
        return
    every = weights @ vectors
    for wrong, why in (
        (w @ v, f"this is the weighted sum. The weights sum to {w.sum():.2f}, not to 1: divide by their sum."),
        (w @ v / len(w), "this divides by the number of frames. Divide by the sum of the weights."),
        (v.mean(0), "this is the plain mean: the weights do not count in it."),
        (every / weights.sum(), "frames in a gap count too. Leave them out, above and below the line."),
        (every / w.sum(), "frames in a gap count in the sum. Leave them out above the line too."),
        (w @ v / weights.sum(), "the gap's weights are still in the sum below the line. Leave them out there too."),
        (
            np.exp(w) @ v / np.exp(w).sum(),
            "this is a softmax of the weights. They are weights already: only divide by their sum.",
        ),
    ):
        if np.allclose(got, wrong, equal_nan=True):
            raise NotYet(f"with {what}: {why}")
    raise NotYet(f"with {what}, for {len(vectors)} frames, the mean is {show(w @ v / w.sum())}; yours is {show(got)}.")


# ---- relation-attention ----------------------------------------------------------------------------------------------


@check
def relation(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes f (T, D), q0 (D,), q1 (2D,); gives the weights αβ/Σαβ (T,) and the clip's vector (2D,)."""
    for frames, width in ((3, 2), (5, 4)):
        f = generator.normal(0, 1, (frames, width)).round(2)
        q0, q1 = generator.normal(0, 1, width).round(2), generator.normal(0, 1, 2 * width).round(2)
        _check_relation(function, f, q0, q1)
    return "Equations 1 to 4. The second half of the vector is the anchor: it stands in every pair."


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _stages(f: Array, q0: Array, q1: Array) -> tuple[Array, Array, Array, Array]:
    """Eqs. 1 to 3: α (T,), the anchor (D,), the pairs (T, 2D) and β (T,)."""
    alpha = _sigmoid(f @ q0)
    anchor = alpha @ f / alpha.sum()
    pairs = np.hstack([f, np.tile(anchor, (len(f), 1))])
    return alpha, anchor, pairs, _sigmoid(pairs @ q1)


def _check_relation(function: Any, f: Array, q0: Array, q1: Array) -> None:
    frames, width = f.shape
    answer = run(function, f, q0, q1)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise NotYet(f"give back two things, the weights and the vector; got {show(answer)}.")
    if any(is_open(part) for part in answer):
        raise NotYet("the weights or the vector are still open.")
    weight = numbers(answer[0], "the weights", shape=(frames,))
    alpha, anchor, pairs, beta = _stages(f, q0, q1)
    right = alpha * beta / (alpha * beta).sum()
    if not np.allclose(weight, right):
        raise NotYet(_why_weight(weight, right, f, q0, q1))
    vector = numbers(answer[1], "the vector")
    if vector.shape == (width,):
        raise NotYet(
            f"the vector must have {2 * width} numbers, yours has {width}: Eq. 4 averages the pairs, not the frames."
        )
    vector = numbers(vector, "the vector", shape=(2 * width,))
    if np.allclose(vector, right @ pairs):
        return
    scale = alpha.sum() / (alpha * beta).sum()
    for wrong, why in (
        ((alpha * beta) @ pairs, "this is the sum under αβ. Divide by Σαβ."),
        (
            scale * np.concatenate([anchor, anchor]),
            "this is the anchor twice, too large: Σα[f : f'v]/Σαβ, as the official evaluation has it. Eq. 4 has αβ "
            "above the line too.",
        ),
        (np.concatenate([anchor, right @ f]), "the halves are exchanged: the pair is [f : f'v], the frame first."),
        (np.concatenate([right @ f, f.mean(0)]), "the second half must be the anchor, the mean under α."),
    ):
        if np.allclose(vector, wrong):
            raise NotYet(f"the weights are right. The vector: {why}")
    raise NotYet(f"the weights are right. The vector is {show(right @ pairs)}; yours is {show(vector)}.")


def _why_weight(weight: Array, right: Array, f: Array, q0: Array, q1: Array) -> str:
    alpha, anchor, pairs, beta = _stages(f, q0, q1)

    def share(values: Array) -> Array:
        return values / values.sum()

    def under(other: Array, exchanged: bool = False) -> Array:
        copies = np.tile(other, (len(f), 1))
        return share(alpha * _sigmoid(np.hstack([copies, f] if exchanged else [f, copies]) @ q1))

    def soft(scores: Array) -> Array:
        return np.exp(scores) / np.exp(scores).sum()

    for wrong, why in (
        (alpha * beta, f"they sum to {weight.sum():.2f}. Divide αβ by Σαβ."),
        (share(alpha), "these are α/Σα: the second stage is missing."),
        (share(beta), "these are β/Σβ: α counts in Eq. 4 too."),
        (under(f.mean(0)), "the anchor is the mean under α (Eq. 2); yours is the plain mean."),
        (under(alpha @ f), "the anchor must be divided by Σα (Eq. 2)."),
        (under(anchor, exchanged=True), "in the pair [f : f'v] the frame comes first and the anchor second."),
        (soft(f @ q0), "a softmax over the frames. In this paper every frame has a sigmoid of its own."),
        (soft(pairs @ q1), "a softmax over the frames. In this paper every frame has a sigmoid of its own."),
    ):
        if np.allclose(weight, wrong):
            return f"the weights are not right yet: {why}"
    return f"the weights αβ/Σαβ are {show(right)}; yours are {show(weight)}."


# ---- a frame shown again ---------------------------------------------------------------------------------------------


@check
def again(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes self-attention's weights (T,), a frame and how often it is shown; gives what it has in all."""
    network = _seeded("self", int(generator.integers(1000)))
    worst = 0.0
    for times in (1, 2, 5):
        frames = int(generator.integers(5, 9))
        features = torch.from_numpy(generator.normal(0, 1, (frames, 256)).astype(np.float32))
        before = _weights(network, features)
        frame = int(before.argmax())
        got = number(run(function, before, frame, times), "what the frame has in all")
        right = _shown_again(_weights, network, features, frame, times)
        _check_again(got, right, before, frame, times)
        full = _seeded("relation", int(generator.integers(1000)))
        first = _weights(full, features)
        with_formula = times * first[frame] / (1 + (times - 1) * first[frame])
        worst = max(worst, abs(_shown_again(_weights, full, features, frame, times) - with_formula))
    return (
        "a network of self-attention gives just that: α comes from the frame alone, so a copy has the same α, and the "
        f"sum grows by one α. With relation-attention the same rule missed by up to {worst:.3f} here: the copies move "
        "the anchor, and with it every β."
    )


def _check_again(got: float, right: float, before: Array, frame: int, times: int) -> None:
    if np.isclose(got, right, atol=1e-4):
        return
    w = float(before[frame])
    case = f"frame {frame} has weight {w:.3f} and is shown {times} times in all"
    for wrong, why in (
        (times * w, "the weights must still sum to 1: the others get less."),
        (w, "it has more now: each of the copies has a weight."),
        (w / (1 + (times - 1) * w), "that is the weight of one copy. Add up all of them."),
        (times * w / (1 + times * w), "the clip held the frame once already: only the copies that are new are added."),
        (times / (len(before) + times - 1), "that counts frames. A frame counts as much as its weight says."),
    ):
        if np.isclose(got, wrong, atol=1e-4):
            raise NotYet(f"{case}; you say {got:.3f}, a network says {right:.3f}: {why}")
    raise NotYet(f"{case}; a network gives it {right:.3f} in all, you say {got:.3f}.")


def _seeded(variant: Any, seed: int) -> FrameAttention:
    """An untrained network whose weights differ from frame to frame."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = FrameAttention(Config.compact(variant)).eval()
    with torch.no_grad():
        for part in (network.q0, network.q1):
            if part is not None:
                part.score.weight *= 3
    return network


def _weights(network: FrameAttention, features: torch.Tensor) -> Array:
    return pool(network, features, np.ones(len(features), bool), None).weight.astype(float)


def _shown_again(
    weights: Callable[[FrameAttention, torch.Tensor], Array],
    network: FrameAttention,
    features: torch.Tensor,
    frame: int,
    times: int,
) -> float:
    more = torch.cat([features, features[frame].expand(times - 1, -1)])
    found = weights(network, more)
    return float(found[frame] + found[len(features) :].sum())


# ---- other weights ---------------------------------------------------------------------------------------------------


@check
def other(weights: Any, *, generator: np.random.Generator) -> str:
    """``weights`` (T,): far from the network's own on `CLIP`, with the same answer."""
    del generator  # one clip, one network: nothing is drawn by chance
    clip = sample(CLIP)
    given = numbers(weights, "the weights", shape=(len(clip),))
    if (given < 0).any():
        raise NotYet(f"a weight is never negative; frame {int(given.argmin())} has {given.min():.3f}.")
    if abs(given.sum() - 1) > 1e-3:
        raise NotYet(f"the weights must sum to 1; yours sum to {given.sum():.3f}: divide by that.")
    model = cast(FrameAttention, load_model("fan"))
    with torch.no_grad():
        frames, _ = model.prepare(clip)
        features = on_items(model.backbone, frames)[0]
    own = pool(model, features, clip.usable(), None)
    first, probability = own.probability, _answer(own.answers, given)
    labels = [str(label) for label in model.labels]
    before, after = int(first.argmax()), int(probability.argmax())
    if before != after:
        raise NotYet(f"label: {labels[before]} became {labels[after]}. The answer must stay.")
    moved = np.abs(probability - first)
    if moved.max() > TOLERANCE:
        at = int(moved.argmax())
        raise NotYet(
            f"the probability of {labels[at]} went from {first[at]:.3f} to {probability[at]:.3f}; it may move by "
            f"{TOLERANCE} at most."
        )
    far = total_variation(given, own.weight)
    if far < FAR:
        raise NotYet(
            f"the answer stays, but only {far:.2f} of all weight has moved (total variation, half the sum of all "
            f"differences). Move {FAR} or more."
        )
    best = int(own.weight.argmax())
    return (
        f"{far:.2f} of all weight has moved, and it is still label: {labels[after]} {probability[after]:.2f}. The "
        f"network's heaviest frame, {best}, went from {own.weight[best]:.2f} to {given[best]:.2f}."
    )


def _answer(answers: npt.ArrayLike, weight: Array) -> Array:
    """The probabilities (E,) under other weights: the logits are linear in them, the anchor stays."""
    logits = weight @ np.asarray(answers, float)
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()
