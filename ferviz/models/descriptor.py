"""A clip as one vector: statistics of its frames' features, which know nothing of the frames' order.

Savchenko 2021 (arXiv:2103.17107, and the author's notebooks): the mean, the standard deviation, the minimum and the
maximum of each number of the feature over the frames with a face, side by side, divided by their length; a linear
support vector machine answers (`ferviz.learning.clip_svm`). No network sees the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch.nn import functional

from ferviz.arguments import choice, words
from ferviz.models.attention import check_mask, normalised, weighted_mean

__all__ = ["OFFICIAL", "STATISTICS", "Official", "blended", "check_statistics", "descriptor", "nested", "statistics"]

STATISTICS = ("mean", "std", "min", "max")
"""In the order of the author's code."""
_SPREAD = ("mean", "std")


@dataclass(frozen=True)
class Official:
    """How the author's notebooks describe and classify the videos of a task, and what they print for it.

    ``way`` is the function of this module that makes the descriptor, from the statistics ``of``. ``faces`` and
    ``every`` are how many validation videos were labelled right, and of how many: of those in which a face was found,
    and of all.
    """

    way: str
    of: tuple[str, ...]
    classifier: str
    faces: tuple[int, int]
    every: tuple[int, int]


OFFICIAL: Mapping[str, Official] = MappingProxyType(
    {
        "AFEW, EfficientNet-B0": Official("descriptor", STATISTICS, "LinearSVC, C 1.1", (227, 379), (227, 383)),
        "AFEW, MobileNet": Official(
            "blended", STATISTICS, "random forest, 1000 trees of depth 7", (212, 383), (212, 383)
        ),
        "VGAF, EfficientNet-B0": Official("nested", _SPREAD, "LinearSVC, C 0.5", (506, 741), (513, 766)),
        "VGAF, MobileNet": Official("nested", _SPREAD, "SVC, radial basis, C 1", (521, 741), (528, 766)),
    }
)
"""Task and network → what the notebooks AFEW_train and VGAF_train do. C was set by hand on the validation split that is
reported. The counts of the MobileNets follow from the shares that are printed, .55352, .7031 and .6893."""


def statistics(features: torch.Tensor, mask: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
    """The mean, the population's standard deviation, the minimum and the maximum over the items of each set.

    Parameters
    ----------
    features : tensor (B, N, D)
        Vectors of frames, say.
    mask : tensor (B, N) bool, optional
        Which of them are there; the others reach nothing, whatever they hold.

    Returns
    -------
    dict of str to tensor (B, D)
        By name, in the order of `STATISTICS`. Of one item the deviation is 0.

    Raises
    ------
    ValueError
        For features that are not floats (B, N, D) or not finite, or a set without an item.
    """
    if features.ndim != 3 or not features.is_floating_point():
        got = f"{features.dtype} of shape {tuple(features.shape)}"
        raise ValueError(f"features must be floats (sets, items, channels); got {got}")
    mask = check_mask(features, mask)
    there = mask[..., None]
    features = torch.where(there, features, torch.zeros_like(features))
    if not bool(torch.isfinite(features).all()):
        raise ValueError("features must be finite where the mask is True; got NaN or infinity")
    weight = normalised(torch.ones_like(features[..., 0]), mask)
    mean = weighted_mean(features, weight)
    spread = weighted_mean((features - mean[:, None]) ** 2, weight)
    wide = spread > 0  # a root has no gradient at 0
    return {
        "mean": mean,
        "std": torch.where(wide, torch.where(wide, spread, torch.ones_like(spread)).sqrt(), torch.zeros_like(spread)),
        "min": features.masked_fill(~there, torch.inf).amin(1),
        "max": features.masked_fill(~there, -torch.inf).amax(1),
    }


def descriptor(
    features: torch.Tensor, mask: torch.Tensor | None = None, of: Sequence[str] = STATISTICS
) -> torch.Tensor:
    """Statistics of each set side by side, divided by their length: (B, N, D) → (B, len(of) · D).

    The arguments are those of `statistics`; ``of`` names some of them, in order. Raises ValueError as it does, and for
    an unknown statistic, one that is named twice, or none.

    Examples
    --------
    >>> frames = torch.tensor([[[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]]])
    >>> [round(float(value), 6) for value in descriptor(frames)[0, :4]]
    [0.263455, 0.351274, 0.143407, 0.248388]
    """
    return functional.normalize(_beside(features, mask, check_statistics(of)), dim=1)


def blended(
    features: torch.Tensor, face: torch.Tensor, mask: torch.Tensor | None = None, of: Sequence[str] = STATISTICS
) -> torch.Tensor:
    """Frames without a face count too: their statistics and those of the others, each by its share of the frames.

    ``face`` (B, N) bool says which frames have one. What comes out, and what is raised, is as in `descriptor`.
    """
    of, mask = check_statistics(of), check_mask(features, mask)
    if face.shape != mask.shape or face.dtype != torch.bool:
        got = f"{face.dtype} of shape {tuple(face.shape)}"
        raise ValueError(f"face must be bool of shape {tuple(mask.shape)}, one place a frame; got {got}")
    total = features.new_zeros(len(features), features.shape[-1] * len(of))
    for part in (face & mask, ~face & mask):
        share = part.sum(1, keepdim=True) / mask.sum(1, keepdim=True)
        total = total + share * _beside(features, torch.where(share > 0, part, mask), of)  # of none: whatever, times 0
    return functional.normalize(total, dim=1)


def nested(features: torch.Tensor, mask: torch.Tensor | None = None, of: Sequence[str] = _SPREAD) -> torch.Tensor:
    """Several faces a frame: statistics over a frame's faces, then over the frames: (B, N, F, D) → (B, len(of)² · D).

    ``mask`` (B, N, F) says which faces are there; a frame without one is left out. What is raised is as in
    `descriptor`.
    """
    of = check_statistics(of)
    if features.ndim != 4:
        raise ValueError(f"features must be (clips, frames, faces, channels); got {tuple(features.shape)}")
    mask = torch.ones(features.shape[:3], dtype=torch.bool, device=features.device) if mask is None else mask
    if mask.shape != features.shape[:3]:
        raise ValueError(f"mask must have shape {tuple(features.shape[:3])}; got {tuple(mask.shape)}")
    seen = mask.any(2)
    open_ = torch.where(seen[..., None], mask, torch.ones_like(mask))
    safe = torch.where(mask[..., None], features, torch.zeros_like(features))
    frames = _beside(safe.flatten(0, 1), open_.flatten(0, 1), of).unflatten(0, seen.shape)
    return descriptor(frames, seen, of)


def check_statistics(of: Sequence[str]) -> list[str]:
    """Names of statistics, each once. Raises TypeError or ValueError for others."""
    found = [choice("each of the statistics", name, STATISTICS) for name in words("statistics", of)]
    if not found or len(set(found)) != len(found):
        raise ValueError(f"statistics must be some of {', '.join(STATISTICS)}, each once; got {tuple(of)!r:.200}")
    return found


def _beside(features: torch.Tensor, mask: torch.Tensor | None, of: Sequence[str]) -> torch.Tensor:
    known = statistics(features, mask)
    return torch.cat([known[name] for name in of], 1)
