"""A model as attribution and removal see it: frames in, the logits of one head out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import torch
from torch import nn

from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.models.model import Model
from ferviz.reading import device_of, quantities, watching

__all__ = ["Net"]


class Net:
    """Clips (B, T, C, h, w) in, logits (B, L) out, or (B, T, L) for a model of single frames.

    Parameters
    ----------
    model : Model
        Whose first input is the clip's frames. Not compiled.
    head : str
        Which output.

    Attributes
    ----------
    named : dict of str to Probe
        The model's quantities.
    labels : tuple of str, or None
        Along the output axis; None for a head that is one plain number.
    per_frame : bool
        Whether each frame gets an answer of its own.
    pools : bool
        Whether the model makes a vector of each frame (``backbone``), names it (``feature``) and pools the vectors
        (``pool(features, mask)``), so that all after the backbone can be run by itself.
    """

    def __init__(self, model: Model, head: str = "emotion") -> None:
        self.named = quantities(model)
        heads = model.heads()
        if head not in heads:
            raise ValueError(f"head must be one of {', '.join(heads)}; got {head!r}")
        self.model, self.head, self.labels = model, head, heads[head]
        self.per_frame = model.leading == "frame"
        parts = hasattr(model, "backbone") and hasattr(model, "pool") and "feature" in self.named
        self.pools = parts and not self.per_frame

    def read(self, clip: Clip) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """The frames (1, T, C, h, w) as ``prepare`` makes them, and the other inputs (1, …), where the model lies."""
        inputs = [tensor.to(device_of(self.model)) for tensor in self.model.prepare(clip)]
        frames, *rest = [tensor[None] for tensor in inputs] if self.per_frame else inputs
        if frames.ndim != 5 or frames.shape[:2] != (1, len(clip)):
            got = f"{type(self.model).__name__}'s first input of shape {tuple(frames.shape)}"
            raise ValueError(f"model must take frames of shape (1, {len(clip)}, C, h, w) first; got {got}")
        return frames, tuple(rest)

    def stacked(self, clip: Clip) -> tuple[torch.Tensor, tuple[torch.Tensor, ...], int]:
        """As `read`, with a texture of each frame laid behind it: (1, T, P · C, h, w), the other inputs, and C.

        The second input is a texture where a model of single frames takes a second picture of the same shape. P is 2
        then, and 1 otherwise.
        """
        frames, rest = self.read(clip)
        channels = frames.shape[2]
        if self.per_frame and rest and rest[0].shape == frames.shape:
            frames, rest = torch.cat((frames, rest[0]), 2), rest[1:]
        return frames, rest, channels

    def logits(self, frames: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        """The whole model: (B, T, C, h, w) and the rest → (B, L) or (B, T, L)."""
        if not self.per_frame:
            return self._pick(self.model(frames, *rest))
        flat = self._pick(self.model(*(x.flatten(0, 1) for x in (frames, *rest))))
        return flat.unflatten(0, frames.shape[:2])

    def features(self, frames: torch.Tensor) -> torch.Tensor:
        """Where ``pools``: frames (N, C, h, w) → their vectors (N, D)."""
        backbone: Any = self.model.backbone
        return backbone(frames)

    def pool(self, features: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        """Where ``pools``: all after the backbone, (B, T, D) → (B, L)."""
        pool: Any = self.model.pool
        return self._pick(pool(features, *rest))

    def run(self, frames: torch.Tensor, *rest: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Without gradients: the logits and, where ``pools``, the frames' vectors before anybody replaces them."""
        kept: list[torch.Tensor] = []

        def look(path: str, part: nn.Module, given: tuple[Any, ...], output: Any) -> None:
            kept.append(given[0])  # what goes into the probe, since an intervene changes what comes out

        with torch.no_grad(), watching(self.model, look, ["feature"] if self.pools else []):
            logits = self.logits(frames, *rest)
        return logits, kept[0] if kept else None

    def place(self, label: Emotion | str, name: str = "target") -> int:
        """The place of a label on the output axis. Raises ValueError, naming the argument, when it is not there."""
        if self.labels is None:
            raise ValueError(f"{name} must be None: the head {self.head} is one plain number; got {str(label)!r}")
        word = str(label)
        if word not in self.labels:
            with suppress(ValueError):
                word = str(Emotion(word))
        if word not in self.labels:
            raise ValueError(f"{name} must be one of {', '.join(self.labels)}; got {str(label)!r}")
        return self.labels.index(word)

    def _pick(self, output: Any) -> torch.Tensor:
        picked = output[self.head] if isinstance(output, Mapping) else output
        return picked if self.labels is not None else picked.unsqueeze(-1)
