"""Which frame matters? Attention, attribution, removal and truth on one axis, and how far each agrees with truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Measure", "agreement", "measures"]

Array = npt.NDArray[np.floating]

HIGH, LOW = 0.8, 0.2
FLAT = 1e-3  # of 1/T: values that differ by less are one value


@dataclass(frozen=True, eq=False)
class Measure:
    """``values`` (T,) divided by the sum of their absolute values, so that those of a measure without a sign sum to 1;
    NaN where they are not known. ``tau`` and ``auc`` against the evidence; NaN where undefined. ``flat``: all equal."""

    name: str
    values: Array
    tau: float
    auc: float
    flat: bool


def agreement(values: npt.ArrayLike, evidence: npt.ArrayLike) -> tuple[float, float]:
    """Kendall's τ-b of values and evidence (T,), and the area under the curve that parts apex frames from the rest.

    Apex frames have an evidence of at least 0.8, the rest at most 0.2; frames between are left out of the area, not of
    τ-b. NaN where one of the two is constant or a class is empty. Kendall M. G., "The treatment of ties in ranking
    problems", Biometrika 33 (1945), 239–251.
    """
    x, y = np.asarray(values, float), np.asarray(evidence, float)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < 2 or _flat(x) or np.ptp(y) == 0:
        return np.nan, np.nan
    apex, rest = x[y >= HIGH], x[y <= LOW]
    wins = (apex[:, None] > rest).sum() + 0.5 * (apex[:, None] == rest).sum()
    area = wins / (len(apex) * len(rest)) if len(apex) and len(rest) else np.nan
    ranks = [np.sign(values[:, None] - values) for values in (x, y)]
    tau = (ranks[0] * ranks[1]).sum() / np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float(tau), float(area)


def measures(raw: Mapping[str, npt.ArrayLike], evidence: npt.ArrayLike) -> tuple[Measure, ...]:
    """Each of some measures (T,) made comparable, and its agreement with the evidence (T,), NaN where not known."""
    out = []
    for name, given in raw.items():
        values = np.asarray(given, float)
        total = np.nansum(np.abs(values))
        scaled = values / total if total > 0 else values
        out.append(Measure(name, scaled, *agreement(scaled, evidence), flat=_flat(scaled)))
    return tuple(out)


def _flat(values: Array) -> bool:
    known = values[np.isfinite(values)]
    return len(known) == 0 or float(np.ptp(known)) <= FLAT * max(float(np.abs(known).mean()), 1e-12)
