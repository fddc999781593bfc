"""What networks for clips are measured on: families of clips; and trained networks, a folder for each seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.torch import load_file

from ferviz.faces.sets import SyntheticSet, read
from ferviz.learning.recipes import FAMILIES, WEIGHTS
from ferviz.learning.sets import Clips
from ferviz.measuring.frozen import built
from ferviz.models.frame_attention import FrameAttention, Variant

__all__ = ["TESTED", "families_of", "loaded", "sets_in"]

TESTED = (*FAMILIES, "all_tell", "neutral_spoiled")  # the latter two are for testing alone


def sets_in(folder: Path) -> dict[str, list[SyntheticSet]]:
    """What is learned, watched and tested.

    Raises
    ------
    FileNotFoundError, ValueError
        Where a part of the set is missing, or of another version.
    """
    families = {"train": FAMILIES, "validation": FAMILIES, "test": TESTED}
    return {
        split: [read(folder, split=split, part=family) for family in named]
        for split, named in families.items()
    }


def families_of(clips: Clips) -> dict[str, npt.NDArray[Any]]:
    """Which clips (N,) are of each family, and of all that were learned."""
    each = {family: clips.family == family for family in TESTED}
    learned = {family: each.pop(family) for family in FAMILIES}
    return {**learned, "all": np.isin(clips.family, FAMILIES), **each}


def loaded(folder: Path, variant: Variant) -> FrameAttention:
    """A compact network that ``ferviz train`` left in a folder.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    """
    path = folder / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: ferviz train leaves it")
    model = built(variant, 0)
    model.load_state_dict(load_file(path))
    return model.eval()
