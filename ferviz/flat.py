"""When a map has no shape: the one definition that figures, explorers, attribution and scores share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["FLAT", "is_flat"]

FLAT = 0.01
"""A map whose values differ by less than this share of its scale is called flat."""


def is_flat(values: npt.ArrayLike, limit: float | None = None) -> bool:
    """Whether a map has no shape worth drawing or scoring, on a scale that reaches ``limit``.

    Parameters
    ----------
    values : array
        Of any shape; what is not finite is left out. With nothing left, the map is flat.
    limit : float, optional
        The end of the scale on which the map is read; its own largest magnitude unless given.

    Examples
    --------
    >>> is_flat([[3.0, 3.01]]), is_flat([[0.0, 0.01]]), is_flat([[0.0, 0.01]], limit=10)
    (True, False, True)
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not known.size:
        return True
    scale = float(np.abs(known).max()) if limit is None else limit
    return not scale or float(np.ptp(known)) < FLAT * scale
