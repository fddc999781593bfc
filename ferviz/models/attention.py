"""Attention over a set of items: one weight an item, and the mean that the weights make.

Frames of a clip, crops of a face and places in a sound are all such sets, and three of the five papers pool them with
the same two stages (Meng et al. 2019, arXiv:1907.00193, Eqs. 1 to 4): first an item is scored by itself, then beside
the mean that the first scores made. Items that cannot be used have a mask of False: they get no weight and reach
nothing, whatever they hold.
"""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["ItemWeight", "beside", "check_mask", "normalised", "weighted_mean"]


class ItemWeight(nn.Module):
    """One linear score an item, through a sigmoid: (B, N, D) → (B, N), each 0 to 1 (Eqs. 1 and 3).

    Parameters
    ----------
    width : int
        D, the length of an item's vector.
    dropout : float
        Of the vector that is scored, in training; what gets averaged is never dropped.
    """

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(width, 1)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.score(self.dropout(items))).squeeze(-1)


def check_mask(items: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """The mask (B, N) bool of items (B, N, …): all True unless given.

    Raises
    ------
    ValueError
        For a mask of another shape, or when a set has no item that can be used.
    """
    if mask is None:
        mask = torch.ones(items.shape[:2], dtype=torch.bool, device=items.device)
    if mask.shape != items.shape[:2]:
        raise ValueError(f"mask must have shape {tuple(items.shape[:2])}, one place an item; got {tuple(mask.shape)}")
    mask = mask.bool()
    empty = torch.nonzero(~mask.any(1)).flatten().tolist()
    if empty:
        raise ValueError(f"set {empty[0]} has no usable item among {mask.shape[1]}: a mean of nothing is not defined")
    return mask


def normalised(weights: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Weights (B, N), none negative, made to sum to 1 over the usable items; 0 elsewhere.

    Weights that are all 0 have no mean: they come out as 1/N over the usable items.
    """
    usable = mask.to(weights)
    weights = torch.where(mask, weights, torch.zeros_like(weights))
    total = weights.sum(1, keepdim=True)
    even = usable / usable.sum(1, keepdim=True)
    return torch.where(total > 0, weights / torch.where(total > 0, total, torch.ones_like(total)), even)


def weighted_mean(items: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Items (B, N, D) under weights (B, N) that sum to 1 → (B, D) (Eqs. 2 and 4)."""
    return torch.einsum("bn,bnd->bd", weight, items)


def beside(items: torch.Tensor, anchor: torch.Tensor) -> torch.Tensor:
    """Each item with the set's vector behind it: (B, N, D), (B, E) → (B, N, D + E), the pairs of Eq. 3."""
    return torch.cat([items, anchor.unsqueeze(1).expand(-1, items.shape[1], -1)], -1)
