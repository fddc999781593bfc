"""What is dear is made once: numbers in a folder, found again by all that they were made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from ferviz.disk import write_whole

__all__ = ["kept"]


def kept(
    folder: Path, name: str, of: Iterable[torch.Tensor], make: Callable[[], Mapping[str, torch.Tensor]]
) -> dict[str, torch.Tensor]:
    """What ``make`` gives, made once: kept in a folder by its name and all that it is made ``of``."""
    key = hashlib.sha256()
    for tensor in of:
        key.update(tensor.contiguous().numpy().tobytes())
    path = folder / f"{name}-{key.hexdigest()[:16]}.safetensors"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, save(dict(make())))
    return load_file(path)
