"""What is dear is made once: kept in a folder, and found again by all that it was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from ferviz.disk import write_whole

__all__ = ["hashed", "kept", "learning_from"]

_NOTE = "learned_from.json"


def hashed(tensors: Iterable[torch.Tensor]) -> str:
    """A short name that other tensors do not have."""
    key = hashlib.sha256()
    for tensor in tensors:
        key.update(tensor.contiguous().numpy().tobytes())
    return key.hexdigest()[:16]


def kept(
    folder: Path, name: str, of: Iterable[torch.Tensor], make: Callable[[], Mapping[str, torch.Tensor]]
) -> dict[str, torch.Tensor]:
    """What ``make`` gives, made once: kept in a folder by its name and all that it is made ``of``."""
    path = folder / f"{name}-{hashed(of)}.safetensors"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, save(dict(make())))
    return load_file(path)


def learning_from(folder: Path, items: Iterable[torch.Tensor]) -> Path:
    """The folder of a run that learns these items, told by a note in it; one without a note gets it.

    Raises
    ------
    ValueError
        Where the note names others: what was learned from those would be read on as if it were of these.
    """
    path, came = folder / _NOTE, hashed(items)
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps({"items": came}) + "\n").encode())
    known = json.loads(path.read_text("utf-8"))["items"]
    if known != came:
        got = f"it was from {known}: delete it to learn anew"
        raise ValueError(f"{folder} must hold what was learned from items {came}; {got}")
    return folder
