"""A model as attribution, removal and curves see it: its declared inputs in, the numbers of one head out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

import torch
from torch import nn

from ferviz import asking
from ferviz.arguments import choice
from ferviz.clip import Clip, check_clip
from ferviz.emotions import Emotion
from ferviz.models.declaration import Items
from ferviz.models.model import Model
from ferviz.reading import quantities, watching

__all__ = ["Net", "Target"]

Target = Emotion | str | Callable[[Any], torch.Tensor]
"""A label of a head, or a function of all that ``forward`` returns that gives one number a batch item, (B,)."""

Inputs = Sequence[torch.Tensor]


class _Said(dict[str, torch.Tensor]):
    """Head → output, without the heads that say nothing of the clip: to ask for one is an error that says why."""

    def __init__(self, model: Model, said: Mapping[str, torch.Tensor], silent: Sequence[str]) -> None:
        super().__init__({head: output for head, output in said.items() if head not in silent})
        self.model, self.silent = model, silent

    def __missing__(self, head: str) -> torch.Tensor:
        if head in self.silent:
            raise ValueError(f"target must ask heads that say something; {self.model.silence([head])}")
        raise KeyError(head)


class Net:
    """Inputs of clips in, logits (B, L) out, or (B, T, L) for a model that answers each frame by itself.

    Every input has the clip as its first axis, (B, …), and the frame as its second, (B, T, …), for such a model.

    Parameters
    ----------
    model : Model
        Not compiled.
    clip : Clip
        What is asked about. Heads that say nothing of it are refused; other clips may be read later, such as baselines.
    head : str
        Which output.
    target : label or function, optional
        With a function, its number stands for the outputs of a head: L is 1.

    Attributes
    ----------
    named : dict of str to Probe
        The model's quantities.
    labels : tuple of str, or None
        Along the output axis; None for one plain number.
    per_frame : bool
        Whether each frame gets an answer of its own.
    """

    def __init__(self, model: Model, clip: Clip, head: str = "emotion", target: Target | None = None) -> None:
        asking.check_model(model)
        check_clip(clip)
        heads, self.silent = model.heads(), model.silent(clip)
        self.function = target if callable(target) else None
        if self.function is not None:
            head = getattr(self.function, "__name__", "function")
        else:
            choice("head", head, heads)
            if head in self.silent:
                raise ValueError(f"head must say something of the clip; {model.silence([head])}")
        self.model, self.head, self.labels = model, head, heads.get(head) if self.function is None else None
        self.named = quantities(model)
        self.per_frame = model.leading == "frame"

    def read(self, clip: Clip, about: Mapping[str, Any]) -> tuple[torch.Tensor, ...]:
        """What ``forward`` takes, where the model lies, with the clip as the first axis."""
        inputs = asking.feed(self.model, clip, about)
        return tuple(tensor[None] for tensor in inputs) if self.per_frame else inputs

    def logits(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The whole model: (B, L), or (B, T, L)."""
        return self._answer(self.model, inputs)

    def pool(self, items: Items, inputs: Inputs) -> torch.Tensor:
        """All after the vectors of some items, which stand for the input that they were made of: (B, L), (B, T, L)."""
        assert items.vectors is not None
        return self._answer(attrgetter(items.vectors.pool)(self.model), inputs)

    def encode(self, items: Items, pictures: torch.Tensor) -> torch.Tensor:
        """Items (N, …) by themselves → their vectors (N, D)."""
        assert items.vectors is not None
        assert items.vectors.encode is not None
        return attrgetter(items.vectors.encode)(self.model)(pictures)

    @torch.no_grad()
    def run(self, inputs: Inputs, items: Items | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The logits and, of items that become vectors, these, before anybody replaces them: (1, …, N, D)."""
        kept: list[torch.Tensor] = []

        def look(path: str, part: nn.Module, given: tuple[Any, ...], output: Any) -> None:
            kept.append(given[0])  # what goes into the probe, since an intervene changes what comes out

        vectors = items.vectors if items is not None else None
        with watching(self.model, look, [vectors.quantity] if vectors else []):
            logits = self.logits(*inputs)
        if not kept:
            return logits, None
        return logits, kept[0][None] if self.per_frame else kept[0]

    def shown(self, to: str | None, like: str | None = None) -> list[int]:
        """The places of the inputs that are attributed to: ``to`` alone; or those that are cut like ``like``.

        A photo and its texture are cut alike. Unless named, ``like`` is the first input of pictures, or the first.
        Raises ValueError for an input that shows nothing of the clip.
        """
        takes = self.model.takes
        names = [each.name for each in takes]
        if to is not None:
            if to not in names or takes[names.index(to)].stream is None:
                fits = ", ".join(each.name for each in takes if each.stream is not None)
                raise ValueError(f"to must be one of the inputs {fits}; got {to!r:.200}")
            return [names.index(to)]
        pictures = next((each for each in takes if each.pictured), takes[0])
        first = pictures if like is None else takes[names.index(like)]
        return [place for place, each in enumerate(takes) if (each.stream, each.axes) == (first.stream, first.axes)]

    def items(self, axis: str | None) -> Items | None:
        """The declared items along an axis; None for the frames of a model that answers each by itself.

        Unless an axis is named, the model's only one. Raises ValueError, naming the axes that there are.
        """
        declared = self.model.items
        frames = self.per_frame and not any(each.axis == "frame" for each in declared)
        names = [*(["frame"] if frames else []), *(each.axis for each in declared)]
        kind = type(self.model).__name__
        if axis is None:
            if len(declared) > 1:
                names = [each.name for each in declared]
                raise ValueError(f"axis must be one of {', '.join(names)}, since {kind} has several")
            if not names:
                raise ValueError(f"{kind} declares no items, so level must be 'pixels'")
            return declared[0] if declared else None
        found = [each for each in declared if axis in (each.axis, each.name)]
        if len(found) == 1:
            return found[0]
        if frames and axis == "frame":
            return None
        raise ValueError(f"axis must be one of {', '.join(names) or 'none'}, as {kind} declares; got {axis!r:.200}")

    def place(self, label: Emotion | str, name: str = "target") -> int:
        """The place of a label on the output axis. Raises TypeError or ValueError, naming the argument."""
        if self.labels is None:
            raise ValueError(f"{name} must be None: the head {self.head} is one plain number; got {str(label)!r:.200}")
        if not isinstance(label, str):
            raise TypeError(f"{name} must be one of {', '.join(self.labels)}; got {label!r:.200}")
        word = str(label)
        if word not in self.labels:
            with suppress(ValueError):
                word = str(Emotion(word))
        if word not in self.labels:
            raise ValueError(f"{name} must be one of {', '.join(self.labels)}; got {str(label)!r:.200}")
        return self.labels.index(word)

    def target(self, label: Target | None, frames: int, answer: Callable[[], torch.Tensor]) -> int | torch.Tensor:
        """The place of the label among the outputs, or one for each of the frames (T,).

        It is that of the highest logit unless a label is named; ``answer`` then gives logits (1, L) or (1, T, L).
        """
        if self.labels is not None and label is None:
            logits = answer()[0]
            return logits.argmax(-1).cpu() if self.per_frame else int(logits.argmax())
        place = 0 if label is None or callable(label) else self.place(label)
        return torch.full((frames,), place) if self.per_frame else place

    def picked(self, values: torch.Tensor, target: int | torch.Tensor) -> torch.Tensor:
        """Of each answer the target's number: (B, L) → (B,), or (B, T, L) → (B, T), where each frame has its own."""
        if isinstance(target, int):
            return values[:, target]
        return values[:, torch.arange(len(target)), target.to(values.device)]

    def _answer(self, part: Callable[..., Any], inputs: Inputs) -> torch.Tensor:
        flat = [tensor.flatten(0, 1) for tensor in inputs] if self.per_frame else inputs
        output = part(*flat)
        needed = torch.is_grad_enabled() and any(each.requires_grad for each in inputs)
        picked = self._pick(output, asking.answers(self.model, output, *flat, by=part), len(flat[0]), needed)
        return picked.unflatten(0, inputs[0].shape[:2]) if self.per_frame else picked

    def _pick(self, output: Any, said: dict[str, torch.Tensor], count: int, needed: bool) -> torch.Tensor:
        if self.function is None:
            return said[self.head] if self.labels is not None else said[self.head].unsqueeze(-1)
        number = self.function(_Said(self.model, said, self.silent) if self.silent else output)
        if not isinstance(number, torch.Tensor) or number.shape != (count,):
            got = tuple(number.shape) if isinstance(number, torch.Tensor) else type(number).__name__
            raise ValueError(f"target must give one number a batch item ({count},); got {got}")
        if not number.is_floating_point():
            raise TypeError(f"target must give floats; {self.head} gave {number.dtype}")
        if needed and not number.requires_grad:
            what = "this method takes the gradient of what the target gives"
            raise ValueError(f"target must follow from what forward returns: {what}, and {self.head} gave none")
        if not bool(torch.isfinite(number).all()):
            raise ValueError(f"target must give finite numbers; {self.head} gave NaN or infinity")
        return number.unsqueeze(-1)
