"""Where all chance comes from: generators that follow from whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["luck", "seeded"]


def luck(*key: int) -> torch.Generator:
    """A generator that follows from whole numbers, for example a seed and a step."""
    state = np.random.SeedSequence([abs(int(k)) for k in key]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 ^ int(state[1]))


@contextmanager
def seeded(*key: int) -> Iterator[None]:
    """Torch's own generator, which first weights and dropout draw from, follows from whole numbers in the block.

    Afterwards it is as it was.
    """
    seed = luck(*key).initial_seed()
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(seed)
        if torch.accelerator.is_available():  # asked only then: without one it takes longer than a small step
            torch.manual_seed(seed)
        yield
