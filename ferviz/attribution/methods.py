"""The methods, each written on Captum as a function of one forward call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from captum.attr import FeatureAblation, GradientShap, IntegratedGradients, LayerGradCam, Occlusion, Saliency
from torch import nn

from ferviz.attribution.cam import class_activation
from ferviz.attribution.forward_call import ForwardCall
from ferviz.intervene import is_replaced
from ferviz.reading import watching

__all__ = ["ADDS_UP", "HELD_AGAINST", "METHODS", "OPTIONS", "RUN", "last_with_places"]

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "integrated_gradients": "the gradient, added up along the straight line from a baseline to the clip "
        "(Sundararajan, Taly and Yan, ICML 2017, arXiv:1703.01365)",
        "saliency": "the size of the gradient, of the strongest colour "
        "(Simonyan, Vedaldi and Zisserman, ICLR workshop 2014, arXiv:1312.6034)",
        "occlusion": "how far the logit falls when a window, or a frame, gives way to the baseline "
        "(Zeiler and Fergus, ECCV 2014, arXiv:1311.2901)",
        "gradient_shap": "the gradient at random places between baselines and the clip, on average "
        "(Lundberg and Lee, NIPS 2017, arXiv:1705.07874)",
        "grad_cam": "a layer's channels, each times its mean gradient, added up; the positive part "
        "(Selvaraju et al., ICCV 2017, arXiv:1610.02391)",
        "cam": "for networks that end in a mean over places and one linear layer: the layer's weights on each place "
        "(Zhou et al., CVPR 2016, arXiv:1512.04150)",
    }
)

OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "integrated_gradients": {"n_steps": 50},
        "saliency": {},
        "occlusion": {"window": None, "stride": None},
        "gradient_shap": {"n_samples": 50, "stdevs": 0.0},
        "grad_cam": {"layer": None, "relu": True},
        "cam": {},
    }
)
"""What a method can be told beside the arguments of `attribute`, with its defaults: ``n_steps`` on the line;
``window`` and ``stride`` in pixels of the model's input (a sixth of its shorter side, and half of that); ``n_samples``
drawn, with noise of ``stdevs`` in the input's own units; ``layer``, a path (the last layer that has places), and
``relu``, whether only the positive part counts."""

ADDS_UP = ("integrated_gradients", "gradient_shap")
"""Methods whose values sum to a difference of logits."""

HELD_AGAINST = (*ADDS_UP, "occlusion")
"""Methods that need a baseline."""


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Captum draws from the global generators of NumPy and torch: seed them, and put them back as they were."""
    devices = [device] if device.type == "cuda" else []
    state = np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(seed)
        for each in devices:
            with torch.cuda.device(each):
                torch.cuda.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002


def _integrated_gradients(call: ForwardCall, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
    found = IntegratedGradients(call.total).attribute(
        call.x,
        call.base,
        additional_forward_args=call.rest,
        n_steps=options["n_steps"],
        internal_batch_size=call.batch,
    )
    return call.parted(found[0]).sum(2)


def _saliency(call: ForwardCall, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
    x = call.x.detach().requires_grad_()
    size = call.parted(Saliency(call.total).attribute(x, additional_forward_args=call.rest)[0])
    return size.amax(2) if call.channels else size.mean(2)


def _occlusion(call: ForwardCall, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
    x, sides = call.x, call.x.shape[3:]
    common: dict[str, Any] = {"baselines": call.base, "additional_forward_args": call.rest}
    common["perturbations_per_eval"] = call.batch
    if call.whole_rows or not sides:
        row = torch.arange(x.shape[1], device=x.device).view(1, -1, *[1] * (x.ndim - 2))
        found = FeatureAblation(call.total).attribute(x, feature_mask=row.expand_as(x), **common)
        return found[0].flatten(1)[:, :1]
    window = options["window"] or max(1, min(sides) // 6)
    stride = options["stride"] or max(1, window // 2)
    if window > min(sides):
        raise ValueError(f"window must fit into the model's input of {tuple(sides)} pixels; got {window}")
    if stride > window:
        raise ValueError(f"stride must be at most the window ({window}), or pixels are left out; got {stride}")
    found = Occlusion(call.total).attribute(
        x,
        sliding_window_shapes=(1, call.channels, *[window] * len(sides)),  # so a texture is covered by itself
        strides=(1, call.channels, *[stride] * len(sides)),
        **common,
    )
    return call.parted(found[0])[:, :, 0]


def _gradient_shap(call: ForwardCall, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
    method, left = GradientShap(call.total), options["n_samples"]
    found = torch.zeros_like(call.x)
    with _seeded(options["seed"], found.device):
        while left:
            count = min(left, call.batch)
            found += count * method.attribute(
                call.x,
                call.base,
                n_samples=count,
                stdevs=float(options["stdevs"]),
                additional_forward_args=call.rest,
            )
            left -= count
    return call.parted(found[0]).sum(2) / options["n_samples"]


def _grad_cam(call: ForwardCall, model: nn.Module, options: Mapping[str, Any]) -> torch.Tensor:
    x, relu = call.x.detach().requires_grad_(), options["relu"]
    if x.ndim == 3:
        # Captum takes the second axis for channels and all later ones for places; here the places are frames
        places = nn.Identity()

        def turned(x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
            return call.total(places(x.transpose(1, 2)).transpose(1, 2), *rest)

        method = LayerGradCam(turned, places)
        return method.attribute(x, additional_forward_args=call.rest, relu_attributions=relu)[0].T
    path = options["layer"]
    layer = dict(model.named_modules()).get(path) if path else None
    if layer is None:
        raise ValueError(f"layer must be the path of a layer of {type(model).__name__}; got {path!r:.200}")
    if is_replaced(layer):
        raise ValueError(f"layer {path!r} is replaced by an intervene, so its attribution is 0: name another layer")
    method = LayerGradCam(call.total, layer)
    found = method.attribute(x, additional_forward_args=call.rest, relu_attributions=relu)
    if found.ndim != 4 or len(found) != x.shape[1]:
        fits = f"({x.shape[1]}, channels, y, x)"
        raise ValueError(f"layer {path!r} must give pictures {fits}; its map has shape {tuple(found.shape)}")
    return found


def _reaches(x: torch.Tensor, output: torch.Tensor) -> bool:
    return torch.autograd.grad(output.sum(), x, retain_graph=True, allow_unused=True)[0] is not None


def last_with_places(call: ForwardCall, model: nn.Module) -> str:
    """The path of the last layer that gives pictures with more than one place: what Grad-CAM's paper looks at.

    Where other inputs stay as they are, it is the last such layer that the input in question reaches.
    """
    seen: list[tuple[str, torch.Tensor]] = []
    call = call.small or call

    def look(path: str, part: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        pictures = isinstance(output, torch.Tensor) and output.ndim == 4 and len(output) == call.x.shape[1]
        if pictures and min(output.shape[2:]) > 1:
            seen.append((path, output))

    x = call.x.detach().requires_grad_()
    with torch.set_grad_enabled(bool(call.rest)), watching(model, look):
        call.answer(x, *call.rest)
        for path, output in reversed(seen):
            if not call.rest or _reaches(x, output):
                return path
    raise ValueError(f"{type(model).__name__} has no layer that gives pictures: grad_cam has nothing to look at")


RUN: Mapping[str, Callable[[ForwardCall, nn.Module, Mapping[str, Any]], torch.Tensor]] = MappingProxyType(
    {
        "integrated_gradients": _integrated_gradients,
        "saliency": _saliency,
        "occlusion": _occlusion,
        "gradient_shap": _gradient_shap,
        "grad_cam": _grad_cam,
        "cam": class_activation,
    }
)
"""Method → a function that gives (N, P, …) for rows of pictures or sound, on the model's own places, and (N, 1) where
whole rows are asked for, or vectors; P is 2 where the method tells a photo from its texture."""
