"""Compiled kernels: numba, with its cache in ferviz's own cache folder, because the package itself may be read-only."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from ferviz.cache import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))

import numba  # noqa: E402  (it reads the variable above when it is imported)

__all__ = ["jit"]

Function = TypeVar("Function", bound=Callable[..., object])


def jit(function: Function) -> Function:
    """Compile at the first call. Where nothing can be written, compile anew in every process."""
    try:
        return numba.njit(cache=True, fastmath=True)(function)
    except RuntimeError:  # numba: no locator available
        return numba.njit(fastmath=True)(function)
