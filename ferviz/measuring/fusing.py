"""Rules that join two streams, on one vector or one answer of each: learned on some folds, asked on the others."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import nn
from torch.nn import functional

from ferviz.arguments import choice
from ferviz.learning.recipes import fresh
from ferviz.models.fusion import Fusion, FusionConfig
from ferviz.models.stream import Pooled

__all__ = ["Learned", "distance", "exponents_of", "folds_of", "multiplied", "out_of_fold", "weighed"]

Array = npt.NDArray[Any]
Learned = Literal["voice", "face", "concatenation", "fbp", "mlp"]
STEPS, RATE = 200, 5e-2
STRENGTH = 1.0  # C of logistic regression as scikit-learn has it: half the sum of squares over C weighs as one item
FACTORS, OUTPUTS = 4, 32  # of FBP, as in the compact network
FOLDS = 5
_KINDS: dict[str, Any] = {"voice": "audio", "face": "video", "concatenation": "concatenation", "fbp": "fbp"}
_HIDDEN = 32  # of the small net
_TINY = 1e-9


class _Net(nn.Module):
    """Two vectors (B, m), (B, n) → logits (B, L): by the fusion of the audio-video network, or a net of two layers."""

    def __init__(self, rule: Learned, widths: tuple[int, int], labels: int) -> None:
        super().__init__()
        self.small = rule == "mlp"
        if self.small:
            self.net: nn.Module = nn.Sequential(
                nn.Linear(sum(widths), _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, labels)
            )
        else:
            config = FusionConfig(_KINDS[rule], FACTORS, OUTPUTS, dropout=0.0)
            self.net = Fusion(config, dict(zip(("audio", "video"), widths, strict=True)), labels)

    def forward(self, voice: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
        if self.small:
            return self.net(torch.cat([voice, face], 1))
        return self.net({"audio": _alone(voice), "video": _alone(face)})


def _alone(vectors: torch.Tensor) -> Pooled:
    """Vectors (B, M) as streams of one item each."""
    one = torch.ones(len(vectors), 1)
    return Pooled(vectors[:, None], one, vectors, one[:, 0].bool())


def folds_of(people: npt.ArrayLike) -> Array:
    """A fold from 0 to 4 for each item (N,): all of a person's in one, the people in order dealt in turn."""
    return np.asarray(np.unique(np.asarray(people), return_inverse=True)[1] % FOLDS)


def out_of_fold(
    rule: Learned,
    voice: npt.ArrayLike,
    face: npt.ArrayLike,
    target: npt.ArrayLike,
    fold: npt.ArrayLike,
    seed: int,
    steps: int | None = None,
) -> Array:
    """What a rule answers to each item, learned on the items of all other folds.

    Numbers are taken less their mean over what is learned, in units of their spread there, and each vector gets a 1
    more, so that in a product of both a stream alone can speak. All items at once, so many steps of Adam at a rate that
    falls as a cosine, on cross-entropy with a penalty on large weights, scikit-learn's with C = 1. The linear rules so
    come near their one solution, whatever the seed; the others do not stand still, and where they are stopped is part
    of the rule.

    Parameters
    ----------
    rule : {"voice", "face", "concatenation", "fbp", "mlp"}
        "voice" and "face" are linear rules of one of the two.
    voice, face : array (N, m), (N, n)
    target : array (N, L)
        Shares of the labels.
    fold : array (N,)
    seed : int
        Of the first weights.
    steps : int, optional
        `STEPS` unless given.

    Returns
    -------
    array (N, L)
        Probabilities.

    Raises
    ------
    ValueError
        For an unknown rule, or fewer than two folds.
    """
    choice("rule", rule, get_args(Learned))
    which, shares = np.asarray(fold), np.asarray(target, float)
    if len(np.unique(which)) < 2:
        raise ValueError(f"fold must tell two folds at least; got {np.unique(which).tolist()}")
    said = np.zeros(shares.shape)
    for one in np.unique(which):
        learn = which != one
        vectors = [_scaled(np.asarray(each, float), learn) for each in (voice, face)]
        target_of = torch.from_numpy(shares[learn]).float()
        net = _fitted(rule, [each[learn] for each in vectors], target_of, seed, steps or STEPS)
        with torch.no_grad():
            said[~learn] = net.eval()(*(each[~learn] for each in vectors)).double().softmax(1).numpy()
    return said


def _scaled(vectors: Array, learn: Array) -> torch.Tensor:
    middle, spread = vectors[learn].mean(0), vectors[learn].std(0)
    even = (vectors - middle) / np.where(spread > _TINY, spread, 1)
    return torch.from_numpy(np.concatenate([even, np.ones((len(even), 1))], 1)).float()


def _fitted(rule: Learned, vectors: list[torch.Tensor], target: torch.Tensor, seed: int, steps: int) -> nn.Module:
    widths = (vectors[0].shape[1], vectors[1].shape[1])
    net = fresh(lambda: _Net(rule, widths, target.shape[1]), seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    large = 0.5 / (STRENGTH * len(target))
    for _ in range(steps):
        squares = torch.stack([value.square().sum() for value in net.parameters() if value.ndim > 1]).sum()
        loss = functional.cross_entropy(net(*vectors), target) + large * squares
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        slower.step()
    return net


def multiplied(first: npt.ArrayLike, second: npt.ArrayLike, exponents: npt.ArrayLike = (1.0, 1.0)) -> Array:
    """Two answers (N, L), each to a power, multiplied and made to sum to 1."""
    one, other = np.asarray(exponents, float)
    logs = one * np.log(np.asarray(first, float) + _TINY) + other * np.log(np.asarray(second, float) + _TINY)
    raised = np.exp(logs - logs.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


def exponents_of(
    first: npt.ArrayLike, second: npt.ArrayLike, target: npt.ArrayLike, within: tuple[float, float] | None = None
) -> Array:
    """The two powers with which `multiplied` comes nearest to shares (N, L), of those ``within`` two ends if asked."""
    one, other = (np.asarray(each, float) for each in (first, second))

    def far(powers: Array) -> float:
        return float(distance(target, multiplied(one, other, powers)).mean())

    found = minimize(far, (1.0, 1.0), bounds=None if within is None else [within] * 2)
    return np.asarray(found.x)


def weighed(first: Array, second: Array, target: Array, fold: Array) -> Array:
    """`multiplied` with powers from all other folds (N, L)."""
    said = np.zeros(first.shape)
    for one in np.unique(fold):
        learn = fold != one
        powers = exponents_of(first[learn], second[learn], target[learn])
        said[~learn] = multiplied(first[~learn], second[~learn], powers)
    return said


def distance(shares: npt.ArrayLike, said: npt.ArrayLike) -> Array:
    """Kullback and Leibler's distance (N,), in nats, from shares (N, L), which may be 0, to an answer (N, L)."""
    p, q = np.asarray(shares, float), np.asarray(said, float)
    return np.asarray(np.where(p > 0, p * (np.log(np.maximum(p, _TINY)) - np.log(np.maximum(q, _TINY))), 0).sum(1))
