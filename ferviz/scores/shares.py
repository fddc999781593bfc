"""Which frame matters? Attention, attribution, removal and truth on one axis, and how far each agrees with truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array
from ferviz.flat import is_flat
from ferviz.scores import apex_auc, kendall_tau_b

__all__ = ["Measure", "measures"]

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Measure:
    """``values`` (T,) divided by the sum of their absolute values, so that those of a measure without a sign sum to 1;
    NaN where they are not known. ``tau`` and ``auc`` against the evidence; NaN where undefined. ``flat``: hardly any
    difference between frames."""

    name: str
    values: Array
    tau: float
    auc: float
    flat: bool


def measures(raw: Mapping[str, npt.ArrayLike], evidence: npt.ArrayLike) -> tuple[Measure, ...]:
    """Each of some measures (T,) made comparable, and its agreement with the evidence (T,), NaN where not known.

    Agreement is `ferviz.scores.kendall_tau_b`, and `ferviz.scores.apex_auc` of frames with evidence of at least 0.8
    against those with at most 0.2.
    """
    out = []
    for name, given in raw.items():
        values = array(name, given)
        total = np.nansum(np.abs(values))
        scaled = values / total if total > 0 else values
        tau, auc = kendall_tau_b(scaled, evidence), apex_auc(scaled, evidence)
        out.append(Measure(name, scaled, tau, auc, is_flat(scaled)))
    return tuple(out)
