"""What the columns of a set may hold: each refused here, by name, before anything is learned from it."""

from __future__ import annotations

import torch

__all__ = [
    "check_bytes",
    "check_features",
    "check_frame_mask",
    "check_places",
    "check_shares",
    "check_target_column",
    "check_weights",
]

_SUM = 1e-3  # by which shares may miss 1: they may have been rounded


def check_bytes(name: str, value: object, shape: str) -> None:
    """Pictures of whole numbers from 0 to 255, with as many axes as ``shape`` names."""
    tensor = _tensor(name, value)
    if tensor.dtype != torch.uint8:
        raise TypeError(f"{name} must be uint8 {shape}, 0 to 255; got {tensor.dtype}")
    if tensor.ndim != shape.count(",") + 1:
        raise ValueError(f"{name} must have shape {shape}; got {tuple(tensor.shape)}")


def check_frame_mask(name: str, value: object, shape: tuple[int, ...]) -> None:
    """Which frames of clips (N, T) are there: one at least of each clip, and they come first."""
    tensor = _tensor(name, value)
    if tensor.dtype != torch.bool:
        raise TypeError(f"{name} must be bool (N, T); got {tensor.dtype}")
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}; got {tuple(tensor.shape)}")
    if not bool(tensor[:, :1].all()) or bool((tensor[:, 1:] & ~tensor[:, :-1]).any()):
        raise ValueError(f"{name} must be True from the first frame of each clip to its last; it is not")


def check_places(name: str, value: object, count: int, least: int = 0) -> None:
    """Places in some labels (N,): whole numbers from ``least``."""
    tensor = _tensor(name, value)
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"{name} must be whole numbers, places in the labels; got {tensor.dtype}")
    if tuple(tensor.shape) != (count,):
        raise ValueError(f"{name} must have shape ({count},), one an item; got {tuple(tensor.shape)}")
    if int(tensor.min()) < least:
        raise ValueError(f"{name} must be at least {least}; got {int(tensor.min())}")


def check_target_column(name: str, value: object, count: int) -> None:
    """Places (N,), from -1; shares (N, K), none below 0; or plain numbers (N,). NaN stands for no target at all."""
    tensor = _tensor(name, value)
    if not tensor.is_floating_point():
        check_places(name, tensor, count, least=-1)
        return
    if tensor.ndim not in (1, 2):
        raise ValueError(f"{name} must be places (N,), shares (N, K) or numbers (N,); got {tuple(tensor.shape)}")
    if bool(torch.isinf(tensor).any()):
        raise ValueError(f"{name} must be finite, or NaN for no target; got infinity")
    if tensor.ndim == 2:
        gap = tensor.isnan()
        if bool((gap.any(1) & ~gap.all(1)).any()):
            raise ValueError(f"{name} must be NaN for all labels of an item or for none; got items with some")
        if bool((tensor < 0).any()):
            raise ValueError(f"{name} must be shares of 0 or more; got {float(tensor.nan_to_num().min()):g}")


def check_shares(name: str, target: torch.Tensor) -> None:
    """Shares of labels (N, K), where they are such, sum to 1: or else their cross-entropy means nothing."""
    if target.is_floating_point() and target.ndim == 2:
        total = target.sum(1)
        if bool(((total - 1).abs() > _SUM).any()):  # never for NaN
            worst = float(total[(total - 1).abs().nan_to_num().argmax()])
            raise ValueError(f"{name} must be shares that sum to 1 for each item; got a sum of {worst:g}")


def check_weights(name: str, value: object, shape: tuple[int, ...]) -> None:
    """Weights in a loss: finite, none below 0."""
    tensor = _tensor(name, value)
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise TypeError(f"{name} must be numbers; got {tensor.dtype}")
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{name} must have shape {shape}; got {tuple(tensor.shape)}")
    if not bool(torch.isfinite(tensor).all()) or bool((tensor < 0).any()):
        raise ValueError(f"{name} must be finite and 0 or more; got {float(tensor.min()):g} to {float(tensor.max()):g}")


def check_features(name: str, part: object) -> None:
    """Refuse what are not features (N, T, D), the mask (N, T) of them, and labels (N,)."""
    if not isinstance(part, tuple) or len(part) != 3 or not all(isinstance(each, torch.Tensor) for each in part):
        raise TypeError(f"{name} must be three tensors, features, mask and label; got {part!r:.200}")
    features, mask, label = part
    if not features.is_floating_point() or features.ndim != 3 or not len(features):
        got = f"{features.dtype} of shape {tuple(features.shape)}"
        raise ValueError(f"features of {name} must be floats (N, T, D), one item at least; got {got}")
    if not bool(torch.isfinite(features).all()):
        raise ValueError(f"features of {name} must be finite; got NaN or infinity")
    check_frame_mask(f"mask of {name}", mask, tuple(features.shape[:2]))
    check_places(f"label of {name}", label, len(features))


def _tensor(name: str, value: object) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor; got {type(value).__name__}")
    return value
