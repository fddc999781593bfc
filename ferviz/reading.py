"""Read what a model computes on its way to an answer, as tensors.

    with ferviz.reading(model, ["alpha"]) as read:
        model(*inputs)
    read["alpha"]                                           # of the newest forward
    with ferviz.reading(model, detach=False) as read:       # with gradients: a loss may see what the model names
        loss = model(*inputs).sum() + read["alpha"].std()

It works by forward hooks inside a context manager, which are gone afterwards, also after an error. What changes a value
(`ferviz.intervene`) always acts before what reads it, so a reader sees what flows on, whichever was entered first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import torch
from torch import nn

from ferviz.arguments import flag, words
from ferviz.models.probe import Probe, probes

__all__ = ["Bound", "Read", "device_of", "evaluating", "quantities", "reading", "watching"]

Look = Callable[[str, nn.Module, tuple[Any, ...], Any], None]
"""Gets a part's path, the part, what went in and what came out."""


def quantities(model: nn.Module, /) -> dict[str, Probe]:
    """The quantities that the model names: path (``alpha``, ``video.alpha``) → `Probe`.

    Raises TypeError for what is no torch module, ValueError for a compiled one.
    """
    _refuse_compiled(model)
    return probes(model)


class Read(Mapping[str, torch.Tensor]):
    """What `reading` has read: name → the tensor of the newest forward, in the order in which they were computed.

    ``forwards`` holds one such mapping a forward, oldest first: the newest one alone, unless ``every`` was asked for.
    """

    def __init__(self) -> None:
        self.forwards: list[dict[str, torch.Tensor]] = []

    def __getitem__(self, name: str) -> torch.Tensor:
        newest = self.forwards[-1] if self.forwards else {}
        if name not in newest:
            seen = f"it computed {', '.join(newest)}" if newest else "no forward has computed anything that is read"
            raise KeyError(f"{name} was not computed by the newest forward: {seen}")
        return newest[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.forwards[-1] if self.forwards else ())

    def __len__(self) -> int:
        return len(self.forwards[-1]) if self.forwards else 0


@contextmanager
def reading(
    model: nn.Module, /, names: Sequence[str] | None = None, *, detach: bool = True, every: bool = False
) -> Iterator[Read]:
    """Keep what the model computes while the block lasts.

    Parameters
    ----------
    model : torch.nn.Module
        Not compiled. Its own train or eval flag stays what it is.
    names : sequence of str, optional
        Quantities that the model names, or paths of any of its parts that give a tensor (``backbone.layer4``); all
        quantities unless given.
    detach : bool
        With False, gradients run through what is read: a loss may use it, and an output's gradient can be taken with
        respect to it.
    every : bool
        Keep all forwards (`Read.forwards`), not the newest alone.

    Yields
    ------
    Read
        ``read[name]``, batch axis and all, on the model's device: a copy, which no layer that works in place can
        change, of what flows on. Inside or outside an `intervene` that is the changed value. A quantity that the newest
        forward skipped is absent. It stays when the block is over.

    Raises
    ------
    TypeError
        For what is no module, list of names or flag; or, in a forward, a part that gives no tensor.
    ValueError
        For an unknown name, or a compiled model.
    RuntimeError
        In a forward: when something that is read is computed twice; when the model is copied, saved or exported inside.
    """
    named: dict[str, nn.Module] = dict(quantities(model))
    detach, every = flag("detach", detach), flag("every", every)
    if names is not None:
        named = {name: _part(model, name, named) for name in words("names", names)}
    read = Read()
    current = _Forward(read, every)
    with ExitStack() as hooks:
        hooks.callback(model.register_forward_pre_hook(current.start, prepend=True).remove)
        hooks.callback(model.register_forward_hook(current.stop, always_call=True).remove)
        for name, part in named.items():
            hooks.callback(part.register_forward_hook(_Keep(name, current, detach)).remove)
        yield read


@contextmanager
def watching(model: nn.Module, look: Look, paths: Sequence[str] | None = None, /) -> Iterator[None]:
    """Call ``look(path, part, given, output)`` whenever a part of the model has run: all parts, or those at ``paths``.

    For what `reading` does not give: the order in which layers run, and what goes into them. Nothing is copied.
    Raises ValueError for a path that the model has not.
    """
    _refuse_compiled(model)
    parts = {path: part for path, part in model.named_modules() if path}
    with ExitStack() as hooks:
        for path in parts if paths is None else paths:
            if path not in parts:
                raise ValueError(f"paths must be parts of {type(model).__name__}; got {path!r:.200}")
            hooks.callback(parts[path].register_forward_hook(_Look(path, look)).remove)
        yield


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode while the block lasts; afterwards each part has its own flag again."""
    _check_module(model)
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def device_of(model: nn.Module) -> torch.device:
    """Where the model lies."""
    _check_module(model)
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def _check_module(model: object) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch module; got {type(model).__name__}")


def _refuse_compiled(model: nn.Module) -> None:
    _check_module(model)
    if hasattr(model, "_orig_mod"):
        raise ValueError("model is compiled, which ignores hooks in silence: pass the model from before torch.compile")


def _part(model: nn.Module, name: str, named: Mapping[str, nn.Module]) -> nn.Module:
    part = named[name] if name in named else dict(model.named_modules()).get(name)
    if part is None or not name:
        fits = f"{type(model).__name__} ({', '.join(named)}) or paths of its parts"
        raise ValueError(f"names must be quantities of {fits}; got {name!r:.200}")
    return part


class Bound:
    """A hook that must not travel with a copy of its model."""

    inside, stays = "reading", "what reads it"

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise RuntimeError(f"a model was copied inside {self.inside}: {self.stays} would stay in it; copy it before")

    def __reduce__(self) -> NoReturn:
        raise RuntimeError(f"a model was saved inside {self.inside}: {self.stays} would stay in it; save it before")

    def refuse_tracing(self) -> None:
        if torch.compiler.is_compiling():
            raise RuntimeError(f"a model was compiled or exported inside {self.inside}: {self.stays} would stay in it")


class _Forward(Bound):
    """Tells the forwards of a model apart.

    A method of the model that is called by itself fires no hook of the model: what it computes after a forward begins a
    new one, and so does a name that comes again.
    """

    def __init__(self, read: Read, every: bool) -> None:
        self.read, self.every, self.running, self.over = read, every, False, True

    def start(self, model: nn.Module, given: tuple[Any, ...]) -> None:
        self.refuse_tracing()
        self.begin()
        self.running = True

    def stop(self, model: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        self.running, self.over = False, True

    def begin(self) -> None:
        if not self.every:
            self.read.forwards.clear()
        self.read.forwards.append({})
        self.over = False

    def keep(self, name: str, part: nn.Module, value: torch.Tensor) -> None:
        forwards = self.read.forwards
        if self.running and name in forwards[-1]:
            if isinstance(part, Probe):
                raise RuntimeError(f"the probe {name} fired twice in one forward: run shared nets once, by on_items")
            raise RuntimeError(f"{name} ran twice in one forward: read a part that runs once")
        if self.over or name in forwards[-1]:
            self.begin()
        forwards[-1][name] = value


class _Keep(Bound):
    def __init__(self, name: str, forward: _Forward, detach: bool) -> None:
        self.name, self.forward, self.detach = name, forward, detach

    def __call__(self, part: nn.Module, given: tuple[Any, ...], output: Any) -> torch.Tensor | None:
        self.refuse_tracing()
        if not isinstance(output, torch.Tensor):
            raise TypeError(f"what is read must be a tensor; {self.name} gives {type(output).__name__}")
        kept = output.detach().clone() if self.detach else output.clone()
        self.forward.keep(self.name, part, kept)
        # with gradients, what is kept lies on the way to the output; a layer that works in place gets a copy of its own
        return None if self.detach else kept.clone()


class _Look(Bound):
    inside, stays = "watching", "what watches it"

    def __init__(self, path: str, look: Look) -> None:
        self.path, self.look = path, look

    def __call__(self, part: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        self.look(self.path, part, given, output)
