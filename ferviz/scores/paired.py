"""Two networks on the same films, when a paper prints only how many each got right: what these counts can tell."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from ferviz.arguments import whole

__all__ = ["PairedGap", "paired_gap", "possible_gaps"]


class PairedGap(NamedTuple):
    """A gap between two shares of the same items.

    ``gap`` is the first share less the second, ``low`` to ``high`` its 95 % interval, and ``p`` that of the same
    quantity, of the question whether the two are equal: below .05 just where 0 lies outside. ``only_first`` and
    ``only_second`` count what one of them alone got right.
    """

    only_first: int
    only_second: int
    gap: float
    low: float
    high: float
    p: float


def paired_gap(only_first: int, only_second: int, items: int) -> PairedGap:
    """The gap between two networks that were tested on the same items.

    The interval is Wald's with the adjustment of Bonett and Price [1]_, which holds where a count is 0: drawing items
    anew does not, since what was never seen is never drawn. p is two-sided, of the same estimate and error.

    Parameters
    ----------
    only_first, only_second : int
        How many items the first alone, and the second alone, got right.
    items : int
        How many there are in all.

    Raises
    ------
    TypeError, ValueError
        For counts that are no whole numbers from 0 on, or that are more than the items together.

    References
    ----------
    .. [1] D. G. Bonett, R. M. Price, "Adjusted Wald confidence interval for a difference of binomial proportions based
       on paired data", Journal of Educational and Behavioral Statistics 37, 2012; recommended by M. W. Fagerland,
       S. Lydersen, P. Laake, Statistics in Medicine 33, 2014, doi 10.1002/sim.6148.

    Examples
    --------
    >>> told = paired_gap(7, 1, 21)
    >>> round(told.gap, 3), round(told.low, 3), round(told.high, 3), round(told.p, 3)
    (0.286, 0.013, 0.508, 0.039)
    """
    from scipy.stats import norm  # a third of a second of loading

    count = whole("items", items)
    first = whole("only_first", only_first, 0, count)
    second = whole("only_second", only_second, 0, count - first)
    a, b = ((part + 1) / (count + 2) for part in (first, second))
    error = sqrt((a + b - (a - b) ** 2) / (count + 2))
    half = float(norm.ppf(0.975)) * error
    p = float(2 * norm.sf(abs(a - b) / error))
    gap = (first - second) / count
    return PairedGap(first, second, gap, max(-1.0, a - b - half), min(1.0, a - b + half), p)


def possible_gaps(first: int, second: int, items: int) -> list[PairedGap]:
    """Every `paired_gap` that two networks can have of which only the counts of right answers are known.

    Parameters
    ----------
    first, second : int
        How many items each got right.
    items : int
        How many there are in all; both were tested on these.

    Returns
    -------
    list of PairedGap
        From the one in which as many items as possible were right for both.

    Raises
    ------
    TypeError, ValueError
        For counts that are no whole numbers from 0 to ``items``.

    Examples
    --------
    >>> [(told.only_first, told.only_second, round(told.p, 2)) for told in possible_gaps(326, 324, 327)]
    [(2, 0, 0.32), (3, 1, 0.41)]
    """
    count = whole("items", items)
    one, other = whole("first", first, 0, count), whole("second", second, 0, count)
    alone = range(max(0, other - one), min(other, count - one) + 1)  # what the second alone may have got right
    return [paired_gap(one - other + k, k, count) for k in alone]
