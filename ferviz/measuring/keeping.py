"""What is dear is made once: kept in a folder, and found again by all that it was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from ferviz.disk import write_whole
from ferviz.weights import read_card

__all__ = ["hashed", "kept", "learning_from", "same_run"]

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


def same_run(path: Path, *told: str) -> Path:
    """The weights of a finished run, whose card tells of all that the run is asked for.

    Raises
    ------
    ValueError
        Where the card tells of other data, or of another count: they would be read on as if they were what is asked.
    """
    card = read_card(path)
    missing = [words for words in told if words not in (*card.data, card.summary)]
    if missing:
        got = "; ".join((*card.data, card.summary))
        raise ValueError(f"{path.parent} must hold a run on {'; '.join(missing)}; its card tells of {got}: delete it")
    return path


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
