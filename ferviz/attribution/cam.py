"""The class activation map: no gradient, only what the last linear layer does with each place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ferviz.attribution.case import Question

__all__ = ["class_activation"]


def class_activation(question: Question, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
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
    layer, linear = _ending(question.small or question, model)
    kept: list[torch.Tensor] = []
    with torch.no_grad(), _hooked({layer: lambda _, __, output: kept.append(output)}):
        question.total(question.x, *question.rest)
        maps = kept[-1] if linear is None else torch.einsum("ld,ndyx->nlyx", linear.weight, kept[-1])
        picked = question.pick(maps.permute(2, 3, 0, 1).flatten(0, 1))  # (h · w, N)
    return picked.T.unflatten(1, maps.shape[2:]).unsqueeze(1)


def _ending(question: Question, model: nn.Module) -> tuple[nn.Module, nn.Linear | None]:
    """The layer whose maps are averaged over places, and the linear layer that reads the mean (none: the logits)."""
    means: list[tuple[nn.Module, torch.Tensor]] = []
    read: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []

    def look(module: nn.Module, given: Any, output: Any) -> None:
        if isinstance(module, nn.Linear):
            read.append((module, given[0], output))
        elif isinstance(output, torch.Tensor) and output.ndim == 4 and min(output.shape[2:]) > 1:
            means.append((module, output.mean((2, 3))))

    with torch.no_grad(), _hooked({module: look for name, module in model.named_modules() if name}):
        logits = question.run(question.x, *question.rest)
    if logits.ndim == 3:  # a model of single frames
        ends = [(linear, mean) for linear, mean, output in read if _alike(output, logits[0])]
        for last, mean in [*ends, (None, logits[0])]:
            for layer, there in reversed(means):
                if _alike(there, mean):
                    return layer, last
    raise ValueError(
        "method cam takes a network of single frames that ends in a mean over places and one linear layer; "
        f"{type(model).__name__} does not (grad_cam takes others)"
    )


def _alike(first: torch.Tensor, second: torch.Tensor) -> bool:
    return first.shape == second.shape and torch.allclose(first, second, rtol=1e-4, atol=1e-6)


@contextmanager
def _hooked(hooks: Mapping[nn.Module, Callable[..., None]]) -> Iterator[None]:
    handles = [module.register_forward_hook(hook) for module, hook in hooks.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
