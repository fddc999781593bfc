"""Where all chance comes from: generators that follow from whole numbers."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["luck"]


def luck(*key: int) -> torch.Generator:
    """A generator that follows from whole numbers, for example a seed and a step."""
    state = np.random.SeedSequence([abs(int(k)) for k in key]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 ^ int(state[1]))
