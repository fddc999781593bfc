"""How far two raters agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ferviz.arguments import words

__all__ = ["RaterAgreement", "rater_agreement"]


@dataclass(frozen=True)
class RaterAgreement:
    """How often two agree: ``count`` of ``n``, the share's 95 % interval, and Cohen's ``kappa`` (NaN when one of the
    two uses one word only and so does the other)."""

    count: int
    n: int
    low: float
    high: float
    kappa: float


def rater_agreement(first: Sequence[str], second: Sequence[str]) -> RaterAgreement:
    """How often two raters of the same items agree.

    The interval of the share is Wilson's (J. Am. Stat. Assoc. 22, 1927, doi:10.1080/01621459.1927.10502953); kappa is
    Cohen's (Educ. Psychol. Meas. 20, 1960, doi:10.1177/001316446002000104).

    Raises
    ------
    TypeError
        For what are no words.
    ValueError
        When they did not rate the same number of items, or none.
    """
    from scipy.stats import binomtest  # a third of a second of loading

    first, second = words("first", first), words("second", second)
    if len(first) != len(second) or not first:
        raise ValueError(f"both must rate the same items, at least one; got {len(first)} and {len(second)}")
    n, count = len(first), sum(a == b for a, b in zip(first, second, strict=True))
    interval = binomtest(count, n).proportion_ci(0.95, method="wilson")
    chance = sum((list(first).count(word) / n) * (list(second).count(word) / n) for word in dict.fromkeys(first))
    kappa = (count / n - chance) / (1 - chance) if chance < 1 else float("nan")
    return RaterAgreement(count, n, float(interval.low), float(interval.high), float(kappa))
