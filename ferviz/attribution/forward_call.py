"""What Captum is given: a function of a batch, an input, what that is held against, and what stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
import torch

__all__ = ["ForwardCall"]

Array = npt.NDArray[Any]

_ROWS_AT_ONCE = 128  # that one batch of steps, draws or windows may hold: it bounds the memory


@dataclass
class ForwardCall:
    """A function of inputs in one common form, one such input, and what it is held against.

    The form is rows of pictures or other parts, (B, N, C, …): N frames, regions of all frames, positions of a sound, or
    1; C channels, those of a texture behind those of its photo; then places. Or rows of vectors, (B, N, D).

    Parameters
    ----------
    run : function
        Takes a batch in that form and the rest, and gives logits (B, L), or (B, T, L) where frames have their own.
    pick : function
        Takes of these what is asked for: (B,) or (B, T).
    x : torch.Tensor
        (1, N, …).
    base : torch.Tensor or None
        (K, N, …) baselines.
    rest : tuple of torch.Tensor
        The inputs that stay as they are.
    rows, frames : sequences of int
        Which of all rows, and of all frames with an answer of their own, these are.
    cost : int
        How many pictures go through the backbone for one item of a batch.
    channels : int
        Of one picture in a row; 0 for vectors.
    whole_rows : bool
        Whether only whole rows give way, no windows.
    small : ForwardCall, optional
        One of fewer rows that goes the same way through the model.
    first
        The answer to ``x``, once a method has asked for it.
    """

    run: Callable[..., torch.Tensor]
    pick: Callable[[torch.Tensor], torch.Tensor]
    x: torch.Tensor
    base: torch.Tensor | None
    rest: tuple[torch.Tensor, ...]
    rows: Sequence[int]
    frames: Sequence[int]
    cost: int
    channels: int = 0
    whole_rows: bool = False
    small: ForwardCall | None = None
    first: torch.Tensor | None = field(default=None, init=False)

    @property
    def batch(self) -> int:
        """Items in one batch."""
        return max(1, _ROWS_AT_ONCE // max(1, self.cost))

    def answer(self, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        """The logits that are asked for: (B,), or (B, T) where frames have their own."""
        return self.pick(self.run(x.to(self.x.dtype), *rest))  # Captum draws in single precision

    def total(self, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        """What Captum is given: (B,). Frames with their own answers do not meet, so their sum keeps them apart."""
        answers = self.answer(x, *rest)
        if self.first is None:
            self.first = answers.detach()[0]
        return answers if answers.ndim == 1 else answers.sum(1)

    def parted(self, found: torch.Tensor) -> torch.Tensor:
        """Numbers (N, P · C, …) by picture, (N, P, C, …): the photo, then its texture; (N, D) → (N, 1, D)."""
        return found.unflatten(1, (-1, self.channels)) if self.channels else found.unsqueeze(1)

    def ends(self) -> tuple[Array, Array]:
        """The logit at the clip, and at the baselines on average: () each, or (T,)."""
        assert self.base is not None
        both = torch.cat([self.x, self.base])
        rest = [each.expand(len(both), *each.shape[1:]) for each in self.rest]
        with torch.no_grad():
            answers = self.answer(both, *rest).double().cpu().numpy()
        return answers[0], answers[1:].mean(0)
