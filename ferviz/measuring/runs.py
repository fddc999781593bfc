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
from ferviz.scores import OverRuns, mean_of_runs
from ferviz.scores.runs import LEVEL

__all__ = ["answers", "by_part", "over_runs"]

Array = npt.NDArray[Any]


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

    Raises
    ------
    ValueError
        For seeds that are not as many as the scores' rows, or a seed that comes twice.
    """
    array, who = np.asarray(values, float), np.asarray(whose)
    if len(set(seeds)) < len(seeds) or array.ndim != 2 or len(seeds) != len(array):
        raise ValueError(f"seeds must each be another one, one for each run; got {seeds} for {array.shape}")
    known = np.isfinite(array).all(0)
    told: dict[str, Any] = {"items": int(known.sum()), "left_out": int((~known).sum())}
    told |= {"people": len(np.unique(who[known])) if drawn == PEOPLE else None}
    told |= {"value": round(float(array[:, known].mean()), 4) if known.any() else None}
    found = _found(array, who)
    if found is not None:
        told |= {"low": round(found.low, 4), "high": round(found.high, 4)}
        told |= {"way": f"95 %, Student's t over runs and {drawn}"}
    each = [round(float(one[known].mean()), 4) if known.any() else None for one in array]
    told["seeds"] = dict(zip(map(str, seeds), each, strict=True))
    return Measured(what=what, of=of, unit=unit, than=than, **told)


def _found(array: Array, who: Array) -> OverRuns | None:
    """Of items that all runs have; None of fewer than five runs or two people."""
    known = np.isfinite(array).all(0)
    if len(array) < RUNS or len(np.unique(who[known])) < 2:
        return None
    return mean_of_runs(array[:, known], who[known])


def by_part(
    values: Array, whose: Array, parts: Mapping[str, Array], *, of: Mapping[str, Any], **told: Any
) -> list[Measured]:
    """One entry for each part (N,) bool of the items in which the score (S, N) is defined somewhere, by its name as
    ``family``."""
    defined = {name: at for name, at in parts.items() if np.isfinite(values[:, at]).all(0).any()}
    return [over_runs(values[:, at], whose[at], of={**of, "family": name}, **told) for name, at in defined.items()]


def answers(
    paper: str, asked: Callable[[Claim], tuple[Array, Array]], seeds: Sequence[int], drawn: str = PEOPLE
) -> dict[str, list[Measured]]:
    """What was measured of each claim of a paper, and how small a difference would have been found.

    Parameters
    ----------
    paper : str
        Its slug.
    asked : function
        Of a claim: by how much the claim's row has more of its score than the other one, for each run and item (S, N),
        and whom each item shows (N,).
    seeds, drawn
        As in `over_runs`.

    Returns
    -------
    dict of lists of Measured
        ``claims``: a difference for each claim, with its p, adjusted by Holm's method over the claims of its family.
        ``power``: the smallest true difference that is found in 80 %, at the level of Holm's strictest step.
    """
    made = claims(paper).claims
    found: list[Measured] = []
    power: list[Measured] = []
    for family in dict.fromkeys(claim.family for claim in made):
        asking = [claim for claim in made if claim.family == family]
        entries = []
        for claim in asking:
            values, whose = asked(claim)
            of = {"row": claim.row, "score": claim.score, "family": claim.clips}
            told: dict[str, Any] = {"of": of, "than": claim.than, "seeds": seeds, "drawn": drawn}
            one = over_runs(values, whose, what=f"difference in {claim.score}", **told)
            sure = _found(values, whose)
            p = None if sure is None else float(f"{sure.p:.3g}")
            entries.append(replace(one, claim=claim.id, p=p))
            if sure is not None:
                power.append(_least(one, sure, LEVEL / len(asking)))
        found += adjusted(entries, family)
    return {"claims": found, "power": power}


def _least(one: Measured, sure: OverRuns, level: float) -> Measured:
    what = f"smallest true difference in {one['score']} that is found in 80 %, at a level of {level:.3g}"
    value = round(sure.least_found(level=level), 4)
    none: dict[str, Any] = dict.fromkeys(("low", "high", "way", "seeds", "p", "claim"))
    return replace(one, what=what, value=value, **none)
