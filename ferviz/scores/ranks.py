"""Do two rows of numbers, one a frame, agree on which frames matter?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array, number

__all__ = ["apex_auc", "frames_auc", "kendall_tau_b"]

Array = npt.NDArray[Any]


def kendall_tau_b(values: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Kendall's τ-b of one clip: do values (T,) and truth (T,) put the frames in one order? 1 yes, -1 the reverse.

    Frames where either is NaN are left out. NaN where fewer than two are left, or one of the two is constant (but for
    the rounding of 32-bit numbers).

    References
    ----------
    .. [1] M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33(3), 1945.
           :DOI:`10.1093/biomet/33.3.239`
    """
    from scipy.stats import kendalltau  # a third of a second of loading

    x, y = _both_known(values, truth, "values", "truth")
    if len(x) < 2 or _is_constant(x) or _is_constant(y):
        return float("nan")
    return float(kendalltau(x, y, variant="b").statistic)


def apex_auc(weight: npt.ArrayLike, evidence: npt.ArrayLike, *, apex: float = 0.8, rest: float = 0.2) -> float:
    """How well the weight tells one clip's apex frames from the rest: the area under the ROC curve, 0.5 by chance.

    That is the share of pairs (a frame with evidence ≥ ``apex``, a frame with evidence ≤ ``rest``) in which the apex
    frame has the larger weight. A tie counts half, and a weight that is constant but for rounding is all ties. Frames
    in between, and where either is NaN, are left out. NaN where one kind is missing.

    References
    ----------
    .. [1] J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
           curve", Radiology 143(1), 1982. :DOI:`10.1148/radiology.143.1.7063747`

    Examples
    --------
    >>> apex_auc([0.5, 0.2, 0.2, 0.1], [1.0, 0.9, 0.1, 0.0])
    0.875
    """
    apex, rest = number("apex", apex), number("rest", rest)
    if not rest < apex:
        raise ValueError(f"rest must lie below apex; got rest {rest} and apex {apex}")
    w, e = _both_known(weight, evidence, "weight", "evidence")
    return frames_auc(w, e >= apex, e <= rest)


def frames_auc(weight: npt.ArrayLike, more: npt.ArrayLike, less: npt.ArrayLike) -> float:
    """How well the weight tells two kinds of one clip's frames apart: the area under the ROC curve, 0.5 by chance.

    As `apex_auc`, for frames (T,), bool, that should have ``more`` and those that should have ``less``. Frames of
    neither kind, and those without a weight (NaN), are left out. NaN where one kind is missing.

    Examples
    --------
    >>> frames_auc([0.5, 0.2, 0.2, 0.1], [True, False, True, False], [False, True, False, True])
    0.875
    """
    w, high, low = array("weight", weight), np.asarray(more), np.asarray(less)
    if w.ndim != 1 or {high.shape, low.shape} != {w.shape} or {high.dtype, low.dtype} != {np.dtype(bool)}:
        raise ValueError(f"weight, more and less must be (T,), the latter two bool; got {w.shape}, {high!r}, {low!r}")
    if (high & low).any():
        raise ValueError(f"a frame must not be of both kinds; frames {np.flatnonzero(high & low).tolist()} are")
    known = np.isfinite(w)
    first, second = w[high & known], w[low & known]
    if not len(first) or not len(second):
        return float("nan")
    if _is_constant(w[known]):
        return 0.5
    return float((np.sign(first[:, None] - second).mean() + 1) / 2)


def _both_known(first: npt.ArrayLike, second: npt.ArrayLike, *names: str) -> tuple[Array, Array]:
    x, y = (array(name, values) for name, values in zip(names, (first, second), strict=True))
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"{' and '.join(names)} must have one shape (T,); got {x.shape} and {y.shape}")
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def _is_constant(values: Array) -> bool:
    return bool(np.ptp(values) <= 1e-6 * np.abs(values).max())
