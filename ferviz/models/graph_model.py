"""The weights of a graph model of TensorFlow.js: a JSON text that names tensors, and a file of their numbers.

Only names, shapes and numbers are read. The graph itself is not run: whoever reads it knows the network that it fits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from ferviz.disk import parse_json

__all__ = ["tensors_of"]

_KINDS = {"float32": "<f4", "int32": "<i4"}
_MOST = 1 << 24  # numbers of a tensor, far above those of a light network


def tensors_of(text: bytes, numbers: bytes, source: str) -> dict[str, torch.Tensor]:
    """Name → tensor, of 32 bit, in the shapes that the file has.

    Parameters
    ----------
    text, numbers : bytes
        The JSON file, and what the file of numbers beside it holds. Numbers kept in 16 bit are made 32 bit again.
    source : str
        The name of the file, for what is said when it does not fit.

    Raises
    ------
    ValueError
        For a text that is no graph model, more than one file of numbers, numbers of another kind than floats of 32 or
        16 bit and whole numbers of 32 bit, a name that comes twice, or too few or too many bytes.
    """
    found: dict[str, torch.Tensor] = {}
    at = 0
    for entry in _entries(text, source):
        name, shape, kind = _described(entry, source)
        if name in found:
            raise ValueError(f"{source} must name each tensor once; got {name!r:.200} twice")
        size = math.prod(shape) * kind.itemsize
        if at + size > len(numbers):
            raise ValueError(f"{source} must be as long as its tensors; {name!r} ends behind {len(numbers)} bytes")
        array = np.frombuffer(numbers, kind, math.prod(shape), at).reshape(shape)
        found[name] = torch.from_numpy(array.astype(np.int32 if kind.kind == "i" else np.float32))
        at += size
    if at != len(numbers):
        raise ValueError(f"{source} must be as long as its tensors, {at} bytes; got {len(numbers)}")
    return found


def _entries(text: bytes, source: str) -> list[Any]:
    """What the text says of each tensor, in the order of the numbers."""
    try:
        told = parse_json(text)
    except ValueError as error:
        raise ValueError(f"{source} must be JSON text: {error}") from error
    if not isinstance(told, dict) or told.get("format") != "graph-model":
        raise ValueError(f"{source} must be a graph model of TensorFlow.js; got another text")
    manifest = told.get("weightsManifest")
    one = manifest[0] if isinstance(manifest, list) and len(manifest) == 1 else None
    entries = one.get("weights") if isinstance(one, dict) else None
    if one is None or not isinstance(entries, list) or len(one.get("paths") or ()) != 1:
        raise ValueError(f"{source} must name one file of numbers and its tensors; got another manifest")
    return entries


def _described(entry: Any, source: str) -> tuple[str, tuple[int, ...], np.dtype[Any]]:
    """Name, shape and kind of a tensor, as the file holds it."""
    told = entry if isinstance(entry, dict) else {}
    name, shape, kind = told.get("name"), told.get("shape"), told.get("dtype")
    whole = isinstance(shape, list) and all(type(side) is int and side >= 0 for side in shape)
    if not isinstance(name, str) or not isinstance(shape, list) or not whole or math.prod(shape) > _MOST:
        raise ValueError(f"{source} must give each tensor a name and a shape; got {entry!r:.200}")
    packed = told.get("quantization")
    if packed is not None and isinstance(packed, dict) and packed.get("dtype") == "float16" and kind == "float32":
        return name, tuple(shape), np.dtype("<f2")
    if packed is not None or kind not in _KINDS:
        raise ValueError(f"{source} must hold floats of 32 or 16 bit, or whole numbers of 32; got {entry!r:.200}")
    return name, tuple(shape), np.dtype(_KINDS[kind])
