"""Scores of single items as entries: means with intervals over people, tables, and their files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.learning.sets import Clips
from ferviz.measured import Figures, Measured
from ferviz.scores import bootstrap_people, holm

__all__ = ["GROUPS", "PEOPLE", "adjusted", "by_family", "entry", "figures", "way"]

PEOPLE, GROUPS = "people", "groups of identical pictures"
REPEATS = 2000

Array = npt.NDArray[Any]


def entry(
    values: npt.ArrayLike,
    whose: npt.ArrayLike,
    *,
    what: str,
    of: Mapping[str, Any],
    unit: str = "clips",
    than: str | None = None,
    seeds: Sequence[int] | None = None,
    drawn: str = PEOPLE,
) -> Measured:
    """The mean of a score over items, with its interval and, for a difference, its p, of one set of draws.

    Parameters
    ----------
    values : array (N,) or (S, N)
        A score an item, for each of S seeds; NaN where it is not defined: left out, and counted. For a difference,
        item by item.
    whose : array (N,)
        Whom each item shows, or to which group it belongs: these are drawn anew.
    what, of, unit, than
        As in `Measured`.
    seeds : sequence of int, optional
        The names of the S seeds, each another one; empty where nothing was drawn.
    drawn : str
        What ``whose`` tells apart.

    Raises
    ------
    ValueError
        For seeds that are not as many as the scores' rows, or a seed that comes twice.
    """
    if len(set(seeds or ())) < len(seeds or ()):
        raise ValueError(f"seeds must each be another one; got {', '.join(map(str, seeds or ()))}")
    array, who = np.atleast_2d(np.asarray(values, float)), np.asarray(whose)
    known = np.isfinite(array).all(0)
    told: dict[str, Any] = {"items": int(known.sum()), "left_out": int((~known).sum())}
    told |= {"people": len(np.unique(who[known])) if drawn == PEOPLE else None, "value": None}
    if known.any():
        found = bootstrap_people(array[:, known].mean(0), who[known], np.random.default_rng(0), repeats=REPEATS)
        told["value"] = round(found.mean, 4)
        if np.isfinite(found.low):
            told |= {"low": round(found.low, 4), "high": round(found.high, 4), "way": way(drawn)}
            told["p"] = float(f"{found.p:.3g}") if than is not None else None
    if seeds is not None:
        each = [round(float(one[known].mean()), 4) if known.any() else None for one in array]
        told["seeds"] = dict(zip(map(str, seeds), each, strict=True)) if seeds else {}
    return Measured(what=what, of=of, unit=unit, than=than, **told)


def way(drawn: str = PEOPLE) -> str:
    """How intervals are made here, as `Measured` says it."""
    return f"95 %, percentiles of {REPEATS:,} bootstrap samples of {drawn}"


def by_family(
    values: npt.ArrayLike,
    clips: Clips,
    *,
    what: str,
    of: Mapping[str, Any],
    than: str | None = None,
    seeds: Sequence[int] | None = None,
) -> list[Measured]:
    """One entry a family of clips, as they come, and one over all, of a score a clip (N,) or (S, N)."""
    array, entries = np.atleast_2d(np.asarray(values, float)), []
    for family in (*dict.fromkeys(clips.family.tolist()), "all"):
        at = clips.family == family if family != "all" else np.ones(len(clips), bool)
        place = {**of, "family": family}
        entries.append(entry(array[:, at], clips.person[at], what=what, of=place, than=than, seeds=seeds))
    return entries


def adjusted(entries: Sequence[Measured], over: str, unanswered: int = 0) -> list[Measured]:
    """The same entries, those with a p adjusted by Holm's method for having been asked together; ``over`` says what.

    ``unanswered`` are questions that were asked with them and have no answer yet: they count, each with a p of 1.
    """
    asked = [one.p for one in entries if one.p is not None]
    asked += [1.0] * unanswered if asked else []
    found = iter(holm(asked) if asked else ())
    return [
        one if one.p is None else replace(one, p_holm=float(f"{next(found):.3g}"), holm_over=over) for one in entries
    ]


def figures(
    what: str,
    command: str | None,
    tables: Mapping[str, Iterable[Measured]],
    about: Mapping[str, Any] | None = None,
) -> Figures:
    """Tables as they are kept, each entry with the command; one that has its own keeps it."""
    stamped = {
        name: tuple(replace(one, command=one.command or command) for one in entries) for name, entries in tables.items()
    }
    return Figures(what, stamped, about or {})
