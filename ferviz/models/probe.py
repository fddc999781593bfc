"""The probe: a place in a model where a quantity that the paper names can be read and moved."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["Probe", "probes"]


class Probe(nn.Module):
    """Returns its input, and gives it a name that hooks, Captum and a reader can find.

    Parameters
    ----------
    *dims : str
        The names of all axes after the first (the batch): ``Probe("frame", symbol="α")`` names an array (B, T).
    symbol : str
        As the paper writes it.
    equation : str
        Where the paper defines it, for example "Eq. 1".
    meaning : str
        One plain sentence for a person who hovers over it.
    head : str
        The head of the model that it belongs to, where it is a part of one alone: where the head says nothing of a
        clip, the quantity is left out too.

    Examples
    --------
    >>> alpha = Probe("frame", symbol="α", equation="Eq. 1")
    >>> alpha(torch.ones(1, 3)).shape
    torch.Size([1, 3])
    """

    def __init__(self, *dims: str, symbol: str, equation: str = "", meaning: str = "", head: str = "") -> None:
        super().__init__()
        if len(set(dims)) != len(dims):
            raise ValueError(f"dims must name each axis once; got {dims}")
        self.dims, self.symbol, self.equation, self.meaning, self.head = dims, symbol, equation, meaning, head

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        if value.ndim != len(self.dims) + 1:
            axes = ", ".join(("batch", *self.dims))
            raise ValueError(f"probe {self.symbol} must be given axes ({axes}); got shape {tuple(value.shape)}")
        return value

    @property
    def watched(self) -> bool:
        """Whether somebody reads or moves it just now: what is dear to compute need not be, unless it is."""
        return bool(self._forward_hooks)

    def extra_repr(self) -> str:
        return ", ".join((*self.dims, f"symbol={self.symbol}"))


def probes(model: nn.Module) -> dict[str, Probe]:
    """The model's named quantities: path → probe, in the order in which the model declares them."""
    return {path: module for path, module in model.named_modules() if isinstance(module, Probe)}
