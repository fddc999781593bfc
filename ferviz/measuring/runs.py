"""Scores of several runs as entries: as sure as both the runs and the people allow, and what they say to claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.measured import Claim, Measured, claims
from ferviz.measured.record import RUNS
from ferviz.measuring.entries import PEOPLE, adjusted
from ferviz.scores import OverRuns, difference_of_rows, false_alarms, mean_of_runs
from ferviz.scores.runs import LEVEL

__all__ = ["LEAST", "alarms", "answers", "by_part", "over_runs", "too_few"]

Array = npt.NDArray[Any]
LEAST = 5  # items: a mean of fewer is none


def over_runs(
    values: npt.ArrayLike,
    whose: npt.ArrayLike,
    *,
    what: str,
    of: Mapping[str, Any],
    seeds: Sequence[int],
    unit: str = "clips",
    than: str | None = None,
    drawn: str = PEOPLE,
    less: Array | None = None,
    labels: npt.ArrayLike | None = None,
) -> Measured:
    """The mean of a score over runs and items, with the interval of `ferviz.scores.mean_of_runs`.

    Fewer than five runs, or two of whom items show, have no interval: their values stand one by one.

    Parameters
    ----------
    values : array (S, N)
        A score an item, for each of S runs; NaN where it is not defined: left out, and counted. For a difference, run
        by run: of rows that share something, such as a backbone.
    whose : array (N,)
        Whom each item shows.
    what, of, unit, than
        As in `Measured`.
    seeds : sequence of int
        The names of the S runs, each another one.
    drawn : str
        What ``whose`` tells apart.
    less : array (R, N), optional
        The same score of another row, whose R runs share nothing with these: their mean is taken away, and the interval
        is that of `ferviz.scores.difference_of_rows`. An equal number of a seed makes no pair.
    labels : array (N,), optional
        Then the mean is taken over the labels' own means: of right or wrong, it is mean recall.

    A mean of scores that all lie from 0 to 1, such as of right answers, or of those of several heads, ends there; where
    all are 0, or all 1, its open end is that of the exact interval of so many people (Clopper-Pearson), for nothing
    varies there to reckon an error from.

    Raises
    ------
    ValueError
        For seeds that are not as many as the scores' rows, or a seed that comes twice.
    """
    array, who = np.asarray(values, float), np.asarray(whose)
    found = _found(array, who, less, labels)
    array = array if less is None else array - np.mean(less, 0)
    if len(set(seeds)) < len(seeds) or array.ndim != 2 or len(seeds) != len(array):
        raise ValueError(f"seeds must each be another one, one for each run; got {seeds} for {array.shape}")
    known = np.isfinite(array).all(0)
    told: dict[str, Any] = {"items": int(known.sum()), "left_out": int((~known).sum())}
    told |= {"people": len(np.unique(who[known])) if drawn == PEOPLE else None}
    each = _means(array[:, known], None if labels is None else np.asarray(labels)[known])
    told |= {"value": round(float(np.mean(each)), 4) if known.any() else None}
    if found is not None:
        low, high = found.low, found.high
        if than is None and less is None and ((array[:, known] >= 0) & (array[:, known] <= 1)).all():
            low, high = _of_share(found, len(np.unique(who[known])))
        told |= {"low": round(low, 4), "high": round(high, 4)}
        told |= {"way": f"95 %, Student's t over runs and {drawn}"}
    told["seeds"] = {str(seed): round(one, 4) if known.any() else None for seed, one in zip(seeds, each, strict=True)}
    return Measured(what=what, of=of, unit=unit, than=than, **told)


def _of_share(found: OverRuns, people: int) -> tuple[float, float]:
    """The ends of the interval of a mean of scores from 0 to 1, which lie there too."""
    if found.low < found.high:
        return max(found.low, 0.0), min(found.high, 1.0)
    open_end = 0.025 ** (1 / people)
    return (open_end, 1.0) if found.value == 1 else (0.0, 1 - open_end) if found.value == 0 else (found.low, found.high)


def _means(array: Array, labels: Array | None) -> list[float]:
    """The mean of each run (S, N); where there are labels (N,), that over the labels' own means."""
    if not array.shape[1]:
        return [np.nan] * len(array)
    parts = [array] if labels is None else [array[:, labels == one] for one in np.unique(labels)]
    found: list[float] = np.mean([part.mean(1) for part in parts], 0).tolist()
    return found


def _found(array: Array, who: Array, less: Array | None = None, labels: npt.ArrayLike | None = None) -> OverRuns | None:
    """Of items that all runs have; None of fewer than five runs or two people."""
    rows = [array] if less is None else [array, less]
    known = np.isfinite(np.concatenate(rows)).all(0)
    if min(map(len, rows)) < RUNS or len(np.unique(who[known])) < 2:
        return None
    called = None if labels is None else np.asarray(labels)[known]
    if less is None:
        return mean_of_runs(array[:, known], who[known], labels=called)
    return difference_of_rows(array[:, known], less[:, known], who[known], labels=called)


def by_part(
    values: Array, whose: Array, parts: Mapping[str, Array], *, of: Mapping[str, Any], **told: Any
) -> list[Measured]:
    """One entry for each part (N,) bool of the items, by its name as ``family``; not for one in which the score (S, N)
    is defined for fewer than `LEAST` items (`too_few` counts them), or only where it is in a part before."""
    known = np.isfinite(values).all(0)
    seen: set[bytes] = set()
    found: list[Measured] = []
    for name, at in parts.items():
        if (at & known).sum() >= LEAST and (at & known).tobytes() not in seen:
            seen.add((at & known).tobytes())
            found.append(over_runs(values[:, at], whose[at], of={**of, "family": name}, **told))
    return found


def too_few(values: Array, parts: Mapping[str, Array]) -> dict[str, int]:
    """The parts for which `by_part` has no entry since a score (S, N) is defined there for so few items, with these."""
    known = np.isfinite(values).all(0)
    counts = {name: int((at & known).sum()) for name, at in parts.items()}
    return {name: count for name, count in counts.items() if 0 < count < LEAST}


def answers(
    paper: str,
    asked: Callable[[Claim], tuple[Array, Array] | tuple[Array, Array, Array] | None],
    seeds: Sequence[int],
    drawn: str = PEOPLE,
    about: Callable[[Claim], Mapping[str, Any]] | None = None,
    record: str | None = None,
) -> dict[str, list[Measured]]:
    """What was measured of each claim of a paper, and how small a difference would have been found.

    Parameters
    ----------
    paper : str
        Its slug.
    asked : function
        Of a claim: by how much the claim's row has more of its score than the other one, for each run and item (S, N),
        and whom each item shows (N,). Where the runs of the two rows share nothing: the score of the claim's row
        (S, N), whom each item shows, and the score of the other one (R, N). None where one of the rows is not there:
        then the claim has no answer. It, and one of too few runs, counts in the adjustment of its family with a p of 1.
    seeds, drawn
        As in `over_runs`.
    about : function, optional
        Of a claim: its own ``drawn``, ``unit``, ``labels`` and ``seeds``, where claims are asked of several kinds of
        items.
    record : str, optional
        Only the claims that this file of figures answers, where a paper has several; a family must lie in one.

    Returns
    -------
    dict of lists of Measured
        ``claims``: a difference for each claim, with its p, adjusted by Holm's method over the claims of its family.
        ``power``: the smallest true difference that is found in 80 %, at the level of Holm's strictest step.
    """
    made = [claim for claim in claims(paper).claims if record in (None, claim.record)]
    found: list[Measured] = []
    power: list[Measured] = []
    for family in dict.fromkeys(claim.family for claim in made):
        asking = {claim: asked(claim) for claim in made if claim.family == family}
        entries = []
        for claim, given in asking.items():
            if given is None:
                continue
            values, whose, *less = given
            of = {"row": claim.row, "score": claim.score, "family": claim.clips}
            told: dict[str, Any] = {"of": of, "than": claim.than, "seeds": seeds, "drawn": drawn}
            told |= about(claim) if about is not None else {}
            one = over_runs(values, whose, less=less[0] if less else None, what=f"difference in {claim.score}", **told)
            sure = _found(values, whose, less[0] if less else None, told.get("labels"))
            p = None if sure is None else float(f"{sure.p:.3g}")
            entries.append(replace(one, claim=claim.id, p=p))
            if sure is not None:
                power.append(_least(one, sure, LEVEL / len(asking)))
        asking_for_p = [one for one in entries if one.p is not None]  # too few runs are no answer either
        found += adjusted(entries, family, unanswered=len(asking) - len(asking_for_p))
    return {"claims": found, "power": power}


def _least(one: Measured, sure: OverRuns, level: float) -> Measured:
    what = f"smallest true difference in {one['score']} that is found in 80 %, at a level of {level:.3g}"
    value = round(sure.least_found(level=level), 4)
    none: dict[str, Any] = dict.fromkeys(("low", "high", "way", "seeds", "p", "claim"))
    return replace(one, what=what, value=value, **none)


def alarms(
    scores: Array,
    whose: npt.ArrayLike,
    *,
    of: Mapping[str, Any],
    seeds: Sequence[int],
    groups: Sequence[int] | None = None,
    unit: str = "clips",
    drawn: str = PEOPLE,
    rows: int = 4,
    tables: int = 1000,
) -> list[Measured]:
    """How often the whole procedure calls a row clear that differs in nothing but the seed (`false_alarms`).

    Parameters
    ----------
    scores : array (S, N)
        Of S trainings of one row, dealt at random, ``tables`` times, into a first row and ``rows`` others; NaN where
        it is not defined: left out, and counted.
    whose, of, unit, drawn
        As in `over_runs`.
    seeds, groups : sequence of int
        The names of the S runs; or, of heads, the backbone under each: then they are dealt there, and ``seeds`` names
        the backbones, in order.

    Returns
    -------
    list of Measured
        The score of the runs that are dealt, the share of rows called clear by their own p, and that of tables with a
        row called clear after Holm, with its interval.
    """
    known = np.isfinite(scores).all(0)
    told: dict[str, Any] = {"groups": groups, "rows": rows, "tables": tables}
    found = false_alarms(scores[:, known], np.asarray(whose)[known], np.random.default_rng(0), **told)
    dealt = f"{len(scores)} runs that differ in nothing but the seed, dealt into rows of {len(scores) // (rows + 1)}"
    each = scores
    if groups is not None:
        names, count = np.unique(groups, return_counts=True)
        each = np.stack([scores[np.asarray(groups) == name].mean(0) for name in names])
        dealt = f"{len(scores)} heads that differ in nothing but the seed, {count[0]} on each of {len(names)} "
        dealt += f"backbones, dealt there into rows of {count[0] // (rows + 1)}"
    way = "95 %, Clopper-Pearson, as if no two tables shared a run"
    of_rows = f"share of rows called clear, before Holm, of {dealt}"
    of_tables = f"share of tables with a row called clear, after Holm over {rows} rows, of {dealt}"
    low, high = round(found.table_low, 4), round(found.table_high, 4)
    what = "mean score of the runs that are dealt"
    return [
        over_runs(each, whose, what=what, of=of, seeds=seeds, unit=unit, drawn=drawn),
        Measured(what=of_rows, of=of, value=round(found.row, 4), items=rows * tables, unit="rows"),
        Measured(what=of_tables, of=of, value=round(found.table, 4), low=low, high=high, way=way, items=tables,
                 unit="tables"),
    ]  # fmt: skip
