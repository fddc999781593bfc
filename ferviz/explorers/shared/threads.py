"""How many threads torch has while it answers a touch: one.

A small network answers in a few milliseconds, of which a second thread saves little. But torch's threads wait for each
other in every layer, and on a busy machine, a class's server above all, one of them is often not on a core: then an
answer takes a second instead of ten milliseconds (`tests/benchmarks/bench_first_touch.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread, and afterwards in as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
