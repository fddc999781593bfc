"""Compiled kernels: numba, with its cache in ferviz's own cache folder, because the package itself may be read-only."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar, cast

from ferviz.cache import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))

import numba

__all__ = ["jit"]

Function = TypeVar("Function", bound=Callable[..., object])


def jit(function: Function) -> Function:
    """Compile at the first call. Where nothing can be written, compile anew in every process."""
    try:
        return cast(Function, numba.njit(cache=True, fastmath=True)(function))
    except RuntimeError:  # numba: no locator available
        return cast(Function, numba.njit(fastmath=True)(function))
