"""How sure a number of several trainings is: runs and people are both replications, and few runs are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array as numbers
from ferviz.arguments import number, plain, whole
from ferviz.scores.chance import holm

__all__ = ["FalseAlarms", "OverRuns", "difference_of_rows", "false_alarms", "mean_of_runs"]

Array = npt.NDArray[Any]
LEVEL = 0.05


class OverRuns(NamedTuple):
    """A number over several runs and people.

    ``value`` with its 95 % interval ``low`` to ``high`` and the ``p`` that it is 0, all by Student's t with ``freedom``
    degrees of freedom and the standard error ``error``.
    """

    value: float
    low: float
    high: float
    p: float
    error: float
    freedom: float

    def least_found(self, power: float = 0.8, level: float = LEVEL) -> float:
        """The smallest true value that a measurement with this standard error finds, on its own side, with this power.

        The error of such a measurement is estimated too, with ``freedom`` degrees of freedom, so that Student's t of a
        true value follows the noncentral t distribution.

        Raises
        ------
        ValueError
            For a level that is not between 0 and 1, or a power that is not between the level and 1.
        """
        from scipy.special import nctdtrinc, stdtrit

        number("level", level, "between 0 and 1", lambda value: 0 < value < 1)
        number("power", power, f"between the level, {level:g}, and 1", lambda value: level < value < 1)
        return float(self.error * nctdtrinc(self.freedom, 1 - power, stdtrit(self.freedom, 1 - level / 2)))


class FalseAlarms(NamedTuple):
    """How often rows that differ in nothing but the seed are called clear, of ``tables`` tables.

    ``row`` is the share of rows whose own p is at most the level, ``table`` that of tables with a row that is clear
    after Holm, and ``table_low`` to ``table_high`` its 95 % interval (Clopper-Pearson), as if no two tables shared a
    run.
    """

    tables: int
    row: float
    table: float
    table_low: float
    table_high: float


class _Part(NamedTuple):
    """Variance of a mean that one kind of replication brings, and its degrees of freedom."""

    variance: float
    freedom: int


def mean_of_runs(
    scores: npt.ArrayLike,
    people: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    labels: npt.ArrayLike | None = None,
) -> OverRuns:
    """The mean score of a row, as sure as both its runs and its people allow.

    Runs and people are two crossed random effects [1]_. The variance of the mean is what runs bring and what people
    bring, less what is counted in both (their interaction); its degrees of freedom are Satterthwaite's [2]_. With S
    runs it holds the factor S / (S - 1) that a bootstrap over runs leaves out.

    Parameters
    ----------
    scores : array (S, N)
        A score an item, such as right or wrong, for each of S runs.
    people : array (N,)
        Whom each item shows.
    groups : array (S,), optional
        What runs share, such as the backbone under several heads: then groups are the replications, and each must have
        as many runs.
    labels : array (N,), optional
        Then the mean is taken over the labels' own means: of right or wrong, it is mean recall.

    Raises
    ------
    ValueError
        For shapes that do not fit, scores that are not finite, groups of several sizes, or fewer than two of the runs
        (or groups) or people.

    References
    ----------
    .. [1] S. R. Searle, G. Casella, C. E. McCulloch, "Variance Components", Wiley, 1992, ch. 4.
    .. [2] F. E. Satterthwaite, "An Approximate Distribution of Estimates of Variance Components", Biometrics Bulletin
           2(6), 1946.

    Examples
    --------
    >>> scores = [[1, 1, 0, 1, 0, 1], [1, 0, 0, 1, 1, 1], [1, 1, 1, 1, 0, 1]]
    >>> found = mean_of_runs(scores, people=[0, 0, 1, 1, 2, 2])
    >>> round(found.value, 3), round(found.low, 2), round(found.high, 2)
    (0.722, 0.48, 0.96)
    """
    value, parts = _parts(scores, people, groups, labels, "scores")
    return _told(value, [parts], parts.mean(0))


def difference_of_rows(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    people: npt.ArrayLike,
    *,
    groups: tuple[npt.ArrayLike | None, npt.ArrayLike | None] = (None, None),
    labels: npt.ArrayLike | None = None,
) -> OverRuns:
    """The mean of ``first`` less that of ``second``: items are the same, runs are not.

    An equal number of a seed makes no pair: the runs of two rows are drawn apart. As in `mean_of_runs` otherwise.

    Parameters
    ----------
    first, second : array (S, N), (R, N)
        A score an item, for each run of the row.
    people, labels : array (N,)
        As in `mean_of_runs`.
    groups : pair of arrays (S,), (R,)
        As in `mean_of_runs`, for each row. Names mean nothing from row to row.

    Raises
    ------
    ValueError
        As in `mean_of_runs`.
    """
    rows = [
        _parts(scores, people, group, labels, name)
        for scores, group, name in zip((first, second), groups, ("first", "second"), strict=True)
    ]
    (one, ours), (other, theirs) = rows
    return _told(one - other, [ours, theirs], ours.mean(0) - theirs.mean(0))


def false_alarms(
    scores: npt.ArrayLike,
    people: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    groups: npt.ArrayLike | None = None,
    rows: int = 4,
    tables: int = 1000,
    labels: npt.ArrayLike | None = None,
) -> FalseAlarms:
    """Call rows clear that are none: runs of one row are dealt at random into a first row and ``rows`` others.

    The runs of two rows are drawn apart (`difference_of_rows`). With ``groups`` they are dealt within each group, and
    rows are compared there: the mean of a row's runs less that of the first row's, over groups (`mean_of_runs`).

    Parameters
    ----------
    scores : array (S, N)
        Of S trainings that differ in nothing but the seed; as many as leave at least two for each of the rows.
    people, labels : array (N,)
        As in `mean_of_runs`.
    rng : numpy.random.Generator
    groups : array (S,), optional
        What runs share, such as the backbone under several heads; each has as many runs, at least one for each of the
        rows.
    rows : int
        How many rows a table compares with its first one.
    tables : int
        How often they are dealt.

    Raises
    ------
    ValueError
        For too few runs, groups of several sizes, and as in `mean_of_runs`.
    """
    array = numbers("scores", scores)
    rows, tables = whole("rows", rows), whole("tables", tables)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, for example numpy.random.default_rng(0); got {rng!r}")
    dealt = _deal(array, people, groups, labels, rows)
    p = np.array([dealt(rng) for _ in range(tables)])
    alarmed = int(sum(holm(row).min() <= LEVEL for row in p))
    return FalseAlarms(tables, float((p <= LEVEL).mean()), alarmed / tables, *_ends(alarmed, tables))


def _deal(
    array: Array, people: npt.ArrayLike, groups: npt.ArrayLike | None, labels: npt.ArrayLike | None, rows: int
) -> Callable[[np.random.Generator], list[float]]:
    """What deals the runs into rows once, and gives the p of each but the first."""
    own = np.zeros(len(array), int) if groups is None else np.asarray(groups)
    if own.shape != (len(array),):
        raise ValueError(f"groups must be (runs,) = ({len(array)},); got {own.shape}")
    runs = [np.flatnonzero(own == group) for group in np.unique(own)]
    if len(sizes := {len(some) for some in runs}) > 1:
        raise ValueError(f"each of the groups must have as many runs; got {sorted(sizes)}")
    each, least = max(sizes, default=0) // (rows + 1), 2 if groups is None else 1
    if each < least:
        some = f"{least * (rows + 1)} runs{'' if groups is None else ' a group'}"
        raise ValueError(f"scores must have at least {some} for {rows} rows and a first; got {max(sizes, default=0)}")

    def once(rng: np.random.Generator) -> list[float]:
        order = [rng.permutation(some)[: each * (rows + 1)].reshape(rows + 1, each) for some in runs]
        if groups is None:
            (only,) = order
            first, *others = (array[some] for some in only)
            return [difference_of_rows(one, first, people, labels=labels).p for one in others]
        first, *others = np.stack([array[some].mean(1) for some in order], 1)
        return [mean_of_runs(one - first, people, labels=labels).p for one in others]

    return once


def _ends(count: int, of: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    low, high = binomtest(count, of).proportion_ci(0.95, method="exact")
    return float(low), float(high)


def _parts(
    scores: npt.ArrayLike, people: npt.ArrayLike, groups: npt.ArrayLike | None, labels: npt.ArrayLike | None, name: str
) -> tuple[float, Array]:
    """The row's mean, and (G, P): by how much each person moves the mean of each group of runs away from it."""
    array, who = numbers(name, scores), np.asarray(people)
    plain("people", people)
    if array.ndim != 2 or who.shape != array.shape[1:]:
        raise ValueError(f"{name} must be (runs, items) and people (items,); got {array.shape} and {who.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {int((~np.isfinite(array)).sum())} that are not: leave items out")
    called = np.zeros(len(who)) if labels is None else np.asarray(labels)
    if called.shape != who.shape:
        raise ValueError(f"labels must be (items,) = {who.shape}; got {called.shape}")
    _, place, count = np.unique(called, return_inverse=True, return_counts=True)
    of_label = np.bincount(place, weights=array.mean(0)) / count
    _, person = np.unique(who, return_inverse=True)
    own = np.arange(len(array)) if groups is None else np.asarray(groups)
    if own.shape != (len(array),):
        raise ValueError(f"groups must be (runs,) = ({len(array)},); got {own.shape}")
    _, group, sizes = np.unique(own, return_inverse=True, return_counts=True)
    if len(set(sizes.tolist())) > 1:
        raise ValueError(f"each of the groups must have as many runs; got {sizes.tolist()}")
    if len(sizes) < 2 or person.max(initial=0) < 1:
        known = f"{len(sizes)} and {person.max(initial=-1) + 1}"
        raise ValueError(f"{name} must be of at least two runs (or groups) and two people; got {known}")
    found = np.zeros((len(sizes), person.max() + 1))
    moved = (array - of_label[place]) / (len(count) * count[place] * sizes[0])
    np.add.at(found, (group[:, None], person[None]), moved)
    return float(of_label.mean()), found


def _told(value: float, rows: list[Array], together: Array) -> OverRuns:
    """The value of one row, or the difference of two, from what each person adds to each group of runs."""
    from scipy.special import stdtr, stdtrit  # of `scipy.stats.t`, which takes ten times as long for one number

    people = together.size
    spread = people / (people - 1) * float(np.square(together - together.mean()).sum())
    parts, shared = [_Part(spread, people - 1)], []
    for row in rows:
        runs = len(row)
        parts.append(_Part(float(row.sum(1).var(ddof=1)) / runs, runs - 1))
        apart = row - row.mean(0)
        apart -= apart.mean(1, keepdims=True)
        spread = people / (people - 1) * float(np.square(apart).sum())
        shared.append(_Part(spread / (runs * (runs - 1)), (runs - 1) * (people - 1)))
    variance = sum(part.variance for part in parts) - sum(part.variance for part in shared)
    variance = max(variance, *(part.variance for part in parts))
    error = float(np.sqrt(variance))
    if error == 0:
        return OverRuns(float(value), float(value), float(value), float(value == 0), 0.0, float(parts[0].freedom))
    freedom = variance**2 / sum(part.variance**2 / part.freedom for part in (*parts, *shared))
    freedom = float(max(freedom, min(part.freedom for part in parts)))
    half = float(stdtrit(freedom, 1 - LEVEL / 2)) * error
    p = float(2 * stdtr(freedom, -abs(value) / error))
    return OverRuns(float(value), float(value - half), float(value + half), p, error, freedom)
