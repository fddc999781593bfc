"""Sharpness-aware minimisation: the gradient is taken where the loss is worst near by, the step from where one stands.

    fit(model, task, schedule, out, optimiser=torch.optim.Adam, sharpness=Sharpness(radius=0.05))

Foret P. et al., "Sharpness-aware minimization for efficiently improving generalization", ICLR 2021, arXiv:2010.01412.
Kwon J. et al., "ASAM: Adaptive sharpness-aware minimization for scale-invariant learning of deep neural networks",
ICML 2021, arXiv:2102.11600.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from ferviz.arguments import flag, number

__all__ = ["Sharpness"]


@dataclass(frozen=True)
class Sharpness:
    """How far to look for a worse loss, and in which measure.

    Parameters
    ----------
    radius : float
        ρ: the length of the move ε = ρ g / ‖g‖ (Foret et al. 2021, Eq. 2).
    adaptive : bool
        Each weight is measured by its own size: ε = ρ T² g / ‖T g‖ with T = |w| + ``floor`` (Kwon et al. 2021,
        Algorithm 1). As in the authors' code T is 1 for parameters whose name holds no "weight", such as biases.
    floor : float
        η, which keeps weights of 0 moving; only where ``adaptive``.

    Raises
    ------
    TypeError, ValueError
        For a radius that is not above 0, a floor below 0, or what is no number or flag.
    """

    radius: float = 0.05
    adaptive: bool = False
    floor: float = 0.01

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", number("radius", self.radius, "above 0", lambda value: value > 0))
        object.__setattr__(self, "floor", number("floor", self.floor, "0 or more", lambda value: value >= 0))
        object.__setattr__(self, "adaptive", flag("adaptive", self.adaptive))

    @contextmanager
    def moved(self, named: Mapping[str, torch.nn.Parameter]) -> Iterator[None]:
        """Parameters, by name, at w + ε while the block lasts, by the gradients that they hold now.

        Afterwards they are what they were, to the bit, and hold the gradients that the block left.
        """
        moves: list[tuple[torch.nn.Parameter, torch.Tensor, torch.Tensor, torch.Tensor]] = []  # with w, T and T g
        with torch.no_grad():
            for name, part in named.items():
                if part.grad is not None:
                    size = self._size(name, part)
                    moves.append((part, part.clone(), size, size * part.grad))
            length = torch.stack([pulled.norm() for *_, pulled in moves]).norm().clamp_min(1e-12) if moves else 1.0
            for part, _, size, pulled in moves:
                part.add_(size * pulled * (self.radius / length))
        try:
            yield
        finally:
            with torch.no_grad():
                for part, before, *_ in moves:
                    part.copy_(before)

    def _size(self, name: str, part: torch.nn.Parameter) -> torch.Tensor:
        """T, like the parameter."""
        measured = self.adaptive and "weight" in name
        return part.abs() + self.floor if measured else torch.ones_like(part)
