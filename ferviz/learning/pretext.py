"""Learning from faces without labels: a network guesses a picture's local binary patterns; what has it learned then?

A review of Li et al. (2020) asks whether LBP would do as a self-supervised task. This is a small answer to try: an
`Encoder` learns to guess the eight bits of every pixel, from the whole photo (``open``) or from a photo in which blocks
are hidden, there alone (``hidden``). Then a linear `probe` on its frozen maps says how much of the expression they
hold, beside an encoder that learned nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional

from ferviz import arguments, lbp
from ferviz.arguments import array, number, whole

__all__ = ["Encoder", "Task", "features", "hide", "learn", "learn_nothing", "pattern_bits", "probe", "probe_strangers"]

Task = Literal["open", "hidden"]
BITS = 8


class Encoder(nn.Module):
    """Gray pictures (N, 1, S, S), S a multiple of 8 → guesses (N, 8, S, S), one logit for each bit of each pixel."""

    def __init__(self, width: int = 16, *, seed: int = 0) -> None:
        super().__init__()
        width, seed = whole("width", width), arguments.seed(seed)
        sizes = (1, width, 2 * width, 4 * width)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layers = [(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU()) for a, b in pairwise(sizes)]
            self.maps = nn.Sequential(*(part for layer in layers for part in layer))  # (N, 4W, S / 8, S / 8)
            self.guess = nn.Sequential(nn.Conv2d(sizes[-1], BITS * 64, 1), nn.PixelShuffle(8))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """The guesses (N, 8, S, S)."""
        return self.guess(self.maps(pictures))


@torch.no_grad()
def pattern_bits(pictures: torch.Tensor, kind: str = "circle") -> torch.Tensor:
    """The bits of the local binary patterns of whole gray levels: uint8 (N, 1, S, S) → float 0 or 1 (N, 8, S, S)."""
    codes = lbp.codes(pictures, kind=kind, axes=(-2, -1)).to(torch.int32)
    return torch.cat([(codes >> bit) & 1 for bit in range(BITS)], 1).float()


def hide(
    pictures: torch.Tensor, luck: torch.Generator, share: float = 0.4, block: int = 8
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 1, S, S) of −1 to 1 with blocks set to 0, the middle gray, and where those are (N, 1, S, S) bool."""
    number("share", share, "from 0 to 1", lambda value: 0 <= value <= 1)
    count, side = len(pictures), pictures.shape[-1] // whole("block", block)
    if pictures.shape[-2:] != (side * block, side * block):
        raise ValueError(f"pictures must be squares of a multiple of {block} pixels; got {tuple(pictures.shape)}")
    gone = torch.rand((count, 1, side, side), generator=luck) < share
    where = gone.repeat_interleave(block, 2).repeat_interleave(block, 3)
    return pictures.masked_fill(where, 0.0), where


def learn(
    encoder: Encoder, pictures: torch.Tensor, task: Task, *, steps: int, seed: int = 0, batch: int = 64
) -> list[float]:
    """Train an encoder to guess the bits of faces; returns the share of bits that it had right, step by step.

    Parameters
    ----------
    pictures : uint8 tensor (N, 1, S, S)
        Each is mirrored in every second draw; its patterns are computed afterwards.
    task : {"open", "hidden"}
        Whether the encoder sees the whole photo and guesses all of it, or one with hidden blocks and guesses those.

    Raises
    ------
    ValueError
        For an unknown task, or other pictures.
    """
    if task not in ("open", "hidden"):
        raise ValueError(f"task must be 'open' or 'hidden'; got {task!r:.200}")
    if pictures.dtype != torch.uint8 or pictures.ndim != 4 or pictures.shape[1] != 1 or pictures.shape[-1] % 8:
        fits = "a uint8 tensor (N, 1, S, S), S a multiple of 8"
        raise ValueError(f"pictures must be {fits}; got {pictures.dtype} of shape {tuple(pictures.shape)}")
    steps, batch = whole("steps", steps), whole("batch", batch)
    luck = torch.Generator().manual_seed(arguments.seed(seed))
    optimiser = torch.optim.Adam(encoder.parameters(), lr=2e-3)
    encoder.train()
    course = []
    for _ in range(steps):
        chosen = pictures[torch.randint(len(pictures), (batch,), generator=luck)]
        flipped = torch.rand(batch, generator=luck) < 0.5
        chosen = torch.where(flipped[:, None, None, None], chosen.flip(3), chosen)
        bits, shown = pattern_bits(chosen), _image(chosen)
        share = torch.ones_like(shown)
        if task == "hidden":
            shown, where = hide(shown, luck)
            share = where.float()
        share = (share / (BITS * share.sum())).expand_as(bits)  # sums to 1
        logits = encoder(shown)
        loss = functional.binary_cross_entropy_with_logits(logits, bits, share, reduction="sum")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        course.append((((logits.detach() > 0) == (bits > 0.5)) * share).sum().item())
    encoder.eval()
    return course


@torch.no_grad()
def learn_nothing(encoder: Encoder, pictures: torch.Tensor) -> None:
    """Let the batch norms of an encoder see pictures (N, 1, S, S) of 0 to 255, with its weights as they are.

    The control of `learn`: an untrained encoder whose batch norms know nothing either differs in more than learning.
    """
    encoder.train()
    for part in pictures.split(256):
        encoder(_image(part))
    encoder.eval()


@torch.no_grad()
def features(encoder: Encoder, pictures: torch.Tensor) -> npt.NDArray[np.float32]:
    """The encoder's maps, frozen, averaged over a 3 × 3 grid: uint8 (N, 1, S, S) → (N, 36 W)."""
    encoder.eval()
    pooled = [functional.adaptive_avg_pool2d(encoder.maps(_image(part)), 3).flatten(1) for part in pictures.split(256)]
    return torch.cat(pooled).numpy()


def probe(
    known: npt.ArrayLike, label: npt.ArrayLike, new: npt.ArrayLike, *, strength: float = 1.0
) -> npt.NDArray[np.int64]:
    """What a linear classifier, fitted to features (N, F) with labels (N,), says of new features (M, F): (M,) labels.

    Ridge regression of the labels, one column each, on standardised features; the largest column wins. ``strength`` is
    its penalty for each known row.
    """
    features, strength = array("known", known), number("strength", strength, "above 0", lambda value: value > 0)
    linear = make_pipeline(StandardScaler(), RidgeClassifier(alpha=strength * len(features)))
    said: npt.NDArray[np.int64] = linear.fit(features, label).predict(array("new", new))
    return said


def probe_strangers(
    features: npt.ArrayLike, label: npt.ArrayLike, people: npt.ArrayLike, *, draws: int = 20, seed: int = 0
) -> npt.NDArray[np.float64]:
    """How well a probe does for people whom it has not met.

    Half of the people are drawn, ``draws`` times, and the probe learns their pictures; it is tested on the others'.

    Returns
    -------
    float array (P,)
        For each person, in the order of `numpy.unique`, the share of pictures labelled right over the draws in which
        that person was tested; NaN for one who never was. The same seed draws the same halves for other features.
    """
    rows, truth, who = array("features", features), np.asarray(label), np.asarray(people)
    draws = whole("draws", draws)
    everybody, place = np.unique(who, return_inverse=True)
    rng = np.random.default_rng(arguments.seed(seed))
    hits, tested = np.zeros(len(everybody)), np.zeros(len(everybody))
    for _ in range(draws):
        known = np.isin(place, rng.choice(len(everybody), len(everybody) // 2, replace=False))
        right = probe(rows[known], truth[known], rows[~known]) == truth[~known]
        np.add.at(hits, place[~known], right)
        np.add.at(tested, place[~known], 1)
    return np.divide(hits, tested, out=np.full(len(hits), np.nan), where=tested > 0)


def _image(pictures: torch.Tensor) -> torch.Tensor:
    return pictures.float() / 127.5 - 1
