"""The class activation map: no gradient, only what the last linear layer does with each place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from ferviz.attribution.forward_call import ForwardCall
from ferviz.reading import watching

__all__ = ["class_activation"]


def class_activation(call: ForwardCall, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
    """Σ_k w_k A_k(y, x), with the label's weights w of the last layer on the maps A whose mean it reads: (N, 1, h, w).

    Its mean over places is the logit without the layer's bias. Where the maps are the labels' own, as in mini-Xception,
    the label's map is its class activation map.

    Raises
    ------
    ValueError
        For a network that does not end in a mean over places and one linear layer.

    References
    ----------
    .. [1] B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning deep features for discriminative
           localization", CVPR 2016, Eq. 2. arXiv:1512.04150
    """
    ends = _Ends()
    with torch.no_grad(), watching(model, ends.look):
        logits = call.run(call.x, *call.rest)
        # only a model of single frames (1, N, L) gives its answer to the very items that its layers see
        maps = ends.of(logits[0]) if logits.ndim == 3 else None
        if maps is None:
            raise ValueError(
                "method cam takes a network of single frames that ends in a mean over places and one linear layer; "
                f"{type(model).__name__} does not (grad_cam takes others)"
            )
        call.first = call.pick(logits)[0]
        picked = call.pick(maps.permute(2, 3, 0, 1).flatten(0, 1))  # (h · w, N)
    return picked.T.unflatten(1, maps.shape[2:]).unsqueeze(1)


class _Ends:
    """What a network might end in: the last maps with places, and linear layers that read the mean of such."""

    def __init__(self) -> None:
        self.maps: torch.Tensor | None = None
        self.read: list[tuple[torch.Tensor, nn.Linear, torch.Tensor]] = []

    def look(self, path: str, module: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, torch.Tensor) and output.ndim == 4 and min(output.shape[2:]) > 1:
            self.maps = output
        elif isinstance(module, nn.Linear) and self.maps is not None and _alike(self.maps.mean((2, 3)), given[0]):
            self.read.append((self.maps, module, output))

    def of(self, logits: torch.Tensor) -> torch.Tensor | None:
        """The evidence for each label at each place (N, L, h, w) behind logits (N, L); None where there is none."""
        for maps, linear, output in self.read:
            if _alike(output, logits):
                return torch.einsum("ld,ndyx->nlyx", linear.weight, maps)
        return self.maps if self.maps is not None and _alike(self.maps.mean((2, 3)), logits) else None


def _alike(first: torch.Tensor, second: torch.Tensor) -> bool:
    return first.shape == second.shape and torch.allclose(first, second, rtol=1e-4, atol=1e-6)
