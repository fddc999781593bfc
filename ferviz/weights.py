"""Trained weights: a `.safetensors` file with a `Card` beside it, loaded strictly. Never a pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import nn

from ferviz import arguments
from ferviz.disk import file_hash, read_json, write_whole
from ferviz.measured import Measured, said
from ferviz.measured.files import from_dict, to_dict

__all__ = ["Card", "WeightsError", "bundled", "load", "read_card", "save"]
_TEXTS = ("name", "model", "summary", "origin", "licence", "command", "sha256")  # in a card
_LISTS: dict[str, type] = {"data": str, "limits": str, "seeds": int}
_MAY_MISS = ("metrics", "limits", "seeds", "command", "shared")  # in a card
__dir__ = __all__.copy  # completion offers what is public, not what this module imports


class WeightsError(ValueError):
    """A weights file that cannot be used, and why."""


@dataclass(frozen=True)
class Card:
    """Where a trained file comes from, and how far to trust it.

    Parameters
    ----------
    name, model : str
        The name to load it by, and the class of network that it fits.
    summary : str
        What it is, in one or two sentences.
    origin : str
        Who trained it, and how the file came here.
    licence : str
        As its makers state it.
    data : tuple of str
        What it was trained on, with hashes where they are known.
    metrics : tuple of Measured
    limits : tuple of str
        What is known to go wrong, and what it must not be used for.
    seeds : tuple of int
    command : str
        What rebuilds the file.
    shared : mapping
        How the names of tensors begin that this file does not hold → the file beside it that does, without its suffix.
    sha256 : str
        Of the weights file; filled in by `save`.
    """

    name: str
    model: str
    summary: str
    origin: str
    licence: str
    data: tuple[str, ...]
    metrics: tuple[Measured, ...] = ()
    limits: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    command: str = ""
    shared: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""

    def _repr_html_(self) -> str:
        from html import escape

        def cell(value: object) -> str:
            if isinstance(value, Measured):
                return escape(said(value))
            if isinstance(value, tuple):
                told = [cell(v) for v in value]
                by = dict.fromkeys(v.command for v in value if isinstance(v, Measured) and v.command)
                return "<br>".join([*told, *(f"<small>measured by <code>{escape(one)}</code></small>" for one in by)])
            return escape(str(value))

        rows = "".join(
            f"<tr><th scope='row' style='text-align:left;vertical-align:top'>{f.name}</th>"
            f"<td style='text-align:left'>{cell(getattr(self, f.name))}</td></tr>"
            for f in fields(self)
            if getattr(self, f.name)
        )
        return f"<table aria-label='Card of {escape(self.name)}'>{rows}</table>"


@dataclass(frozen=True)
class _Header:
    """What a weights file says of itself before any number is read."""

    model: str
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def bundled(name: str) -> Path:
    """The path of the weights called ``name`` inside the package, whether or not there are any."""
    return Path(str(files("ferviz").joinpath("assets", "weights", f"{name}.safetensors")))


def save(path: str | Path, tensors: Mapping[str, torch.Tensor], card: Card) -> Card:
    """Write ``path`` (.safetensors) and its card (.json), each whole or not at all.

    Returns
    -------
    Card
        With the hash of the file written.

    Raises
    ------
    ValueError
        For a path that does not end in .safetensors.
    """
    path = arguments.path("path", path)
    if path.suffix != ".safetensors":
        raise ValueError(f"path must end in .safetensors; got {path.name!r:.200}")
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    data = to_bytes(whole, metadata={"model": card.model})  # save_file would hide it from other users
    card = replace(card, sha256=hashlib.sha256(data).hexdigest())
    write_whole(path, data)
    write_card(path, card)
    return card


def write_card(path: str | Path, card: Card) -> None:
    """Write the card that belongs to the weights file ``path``, whole or not at all."""
    target = arguments.path("path", path).with_suffix(".json")
    told = {f.name: getattr(card, f.name) for f in fields(card)} | {"metrics": [to_dict(one) for one in card.metrics]}
    if not card.shared:
        del told["shared"]
    write_whole(target, (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode())


def read_card(path: str | Path) -> Card:
    """The card beside a weights file. Raises FileNotFoundError or WeightsError, naming the file."""
    target = arguments.path("path", path).with_suffix(".json")
    if not target.is_file():
        raise FileNotFoundError(f"{target} does not exist: the weights need their card beside them")
    try:
        entries = read_json(target)
    except ValueError as error:
        raise WeightsError(f"{target.name} is not JSON text: {error}") from error
    if not isinstance(entries, dict):
        raise WeightsError(f"{target.name} must hold one JSON object; got {type(entries).__name__}")
    known = {f.name for f in fields(Card)}
    missing = {f.name for f in fields(Card) if f.name not in entries} - {*_MAY_MISS}
    if missing or set(entries) - known:
        wrong = [f"misses {name}" for name in sorted(missing)]
        wrong += [f"has the unknown {name!r}" for name in sorted(set(entries) - known)]
        raise WeightsError(f"{target.name} is not a card: it {', '.join(wrong)}")
    shared = entries.get("shared", {})
    if not isinstance(shared, dict):
        raise WeightsError(f"{target.name} must map names of tensors to files in shared; got {shared!r:.200}")
    for name in _TEXTS:
        if not isinstance(entries.get(name, ""), str):
            raise WeightsError(f"{target.name} must hold a text in {name}; got {entries[name]!r:.200}")
    for name, kind in _LISTS.items():
        listed = entries.get(name, [])
        if not isinstance(listed, list) or any(type(one) is not kind for one in listed):
            fits = "texts" if kind is str else "whole numbers"
            raise WeightsError(f"{target.name} must list {fits} in {name}; got {listed!r:.200}")
    if not isinstance(entries.get("metrics", []), list):
        raise WeightsError(f"{target.name} must list figures in metrics; got {entries['metrics']!r:.200}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entries.items()}
    try:
        metrics = tuple(from_dict(one, f"{target.name}, metrics") for one in entries.get("metrics", ()))
    except ValueError as error:
        raise WeightsError(str(error)) from error
    return Card(**{**values, "metrics": metrics})


def load(path: str | Path, module: nn.Module) -> Card:
    """Fill ``module`` from ``path``, strictly: every tensor must be there and finite, none may be left over, all shapes
    and kinds of numbers must fit.

    Tensors that the card calls shared come from the file beside it that holds them (`Card.shared`). Nothing is changed
    in ``module`` unless everything fits.

    Raises
    ------
    FileNotFoundError
        When the weights or their card do not exist, or those that they share tensors with.
    WeightsError
        When a file is truncated, damaged, a pickle, of another model, misses or adds a tensor, or one does not fit.
    """
    path = arguments.path("path", path)
    card, header = _opened(path)
    expected = {name: tuple(t.shape) for name, t in module.state_dict().items()}
    if header.model != card.model or header.model != type(module).__name__:
        raise WeightsError(f"{path.name} holds weights of {header.model!r}; {type(module).__name__!r} was to be filled")
    shapes, homes = dict(header.shapes), dict.fromkeys(header.shapes, path)
    for start, other in card.shared.items():
        if not isinstance(other, str) or Path(other).name != other or other in ("..", path.stem):
            raise WeightsError(f"{path.name} must share tensors with a file beside it; its card names {other!r}")
        beside = path.with_name(f"{other}{path.suffix}")
        _, known = _opened(beside)
        own = {name: shape for name, shape in known.shapes.items() if name.startswith(start)}
        if twice := sorted(set(own) & set(shapes)):
            raise WeightsError(f"{path.name} must hold no tensor that its card shares with another; got {_some(twice)}")
        shapes |= own
        homes |= dict.fromkeys(own, beside)
    missing = sorted(set(expected) - set(shapes))
    if missing:
        raise WeightsError(f"{path.name} misses {_some(missing)}: a network filled in part gives random answers")
    extra = sorted(set(shapes) - set(expected))
    if extra:
        raise WeightsError(f"{path.name} holds {_some(extra)}, which {type(module).__name__} does not have")
    for name, shape in expected.items():
        if shapes[name] != shape:
            raise WeightsError(f"{path.name}: tensor {name} must have shape {shape}; got {shapes[name]}")
    tensors: dict[str, torch.Tensor] = {}
    for home in {*homes.values()}:
        if file_hash(home) != read_card(home).sha256:
            raise WeightsError(f"{home.name} is not the file that its card describes: the sha256 differs; get it again")
        with safe_open(home, framework="pt") as file:
            tensors |= {name: file.get_tensor(name) for name in expected if homes[name] == home}
    filled = module.state_dict()
    for name, tensor in tensors.items():
        if _kind(tensor) != _kind(filled[name]):
            raise WeightsError(f"{path.name}: tensor {name} must hold {_kind(filled[name])}; got {tensor.dtype}")
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{path.name}: tensor {name} must be finite; got NaN or infinity")
    module.load_state_dict(tensors, strict=True)
    return card


def _opened(path: Path) -> tuple[Card, _Header]:
    """The card of a weights file and what the file says of itself; no tensor is read."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: the weights are a .safetensors file")
    _refuse_pickle(path)
    return read_card(path), _read_header(path)


def _refuse_pickle(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(9)
    # torch.save writes a zip ("PK"), older versions and plain pickles start with the pickle protocol mark; the length
    # that a .safetensors file starts with can look like either, but a "{" follows it
    if start[8:] != b"{" and (start[:2] == b"PK" or start[:1] == b"\x80"):
        raise WeightsError(f"{path.name} is a pickle, which can run code when opened; ferviz reads .safetensors only")


def _read_header(path: Path) -> _Header:
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            return _Header(model=(file.metadata() or {}).get("model", "unknown"), shapes=shapes)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name} is truncated or not a .safetensors file: {error}") from error


def _kind(tensor: torch.Tensor) -> str:
    return "complex numbers" if tensor.is_complex() else "floats" if tensor.is_floating_point() else "whole numbers"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{len(names)} tensors ({shown}{', …' if len(names) > 3 else ''})"
