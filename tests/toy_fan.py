"""A record of frame attention with the tables, rows, scores of data_scripts/measure_fan.py; its values are made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from ferviz.measured import Claim, Figures, Measured, claims

PAPER = "frame-attention"
VARIANTS = ("mean", "pool", "self", "relation")
MOVED = ("other clip", "permuted", "dirichlet", "position", "profile")
GIVEN = ("norm", "top", "not neutral", "sharpness", "oracle")
LEARNED = ("permuted, learned", "dirichlet, learned", "position, learned", "profile, learned")
ROWS = (*VARIANTS, *GIVEN, *LEARNED, *MOVED, "mean vector", "mean, max, std")
WEIGHED = ("pool", "self", "relation", "norm", "top", "not neutral", "sharpness", *MOVED)
CLIPS = ("intensity", "degraded", "off_label", "all", "all_tell", "neutral_spoiled")
FAMILIES = (*CLIPS, "real")
SETS = ("real", "real_neutral", "real_others")
SCORES = {
    "rest": ("intensity", "degraded", "off_label", "all"),
    "spoiled": ("degraded",),
    "intruder": ("off_label",),
    "intruder, full": ("off_label",),
    "votes": SETS,
    "on spoiled": ("degraded",),
    "on intruder": ("off_label",),
    "tau evidence": (*CLIPS, *SETS),
    "tau intensity": CLIPS,
}
APART = ("rest", "spoiled", "intruder", "intruder, full", "votes", "tau evidence")
TUNED = ("fan", "fan-self", "fan-pool", "fan-mean")
WIDE = 0.02


def answer(value: float, runs: int = 5, **known: Any) -> Measured:
    """A number of so many runs, all close to it; fewer than five have no interval."""
    each = {str(run): value + 0.001 * (run - (runs - 1) / 2) for run in range(runs)}
    ends: dict[str, Any] = {}
    if runs >= 5:
        ends = {"low": value - WIDE, "high": value + WIDE, "way": "95 %, Student's t over runs and people"}
    known = {"what": "a made-up number", "items": 700, "unit": "clips", "people": 160, "left_out": 0} | known
    return Measured(value=value, seeds=each, **ends, **known)


def answered(claim: Claim, value: float, runs: int = 5) -> Measured:
    """The answer to a claim: clear, after Holm, where it lies further from 0 than its interval is wide."""
    of = {"row": claim.row, "score": claim.score, "family": claim.clips}
    one = answer(value, runs, of=of, than=claim.than, what=f"difference in {claim.score}")
    p = 0.001 if abs(value) > WIDE else 0.4
    known: dict[str, Any] = {"p": p, "p_holm": min(1.0, 4 * p), "holm_over": claim.family} if runs >= 5 else {}
    return replace(one, claim=claim.id, **known)


def toy_fan(values: Mapping[str, float] | None = None, runs: int = 5) -> Figures:
    """The record; ``values`` of claims by their ids, 0.1 on the side that is claimed unless given."""
    made = claims(PAPER).claims
    asked = {one.id: 0.1 if one.direction == "above" else -0.1 for one in made} | dict(values or {})
    answers = [answered(one, asked[one.id], runs) for one in made]
    least = [replace(one, value=0.03, low=None, high=None, way=None, seeds=None, p=None, p_holm=None, holm_over=None,
                     claim=None) for one in answers]  # fmt: skip
    rng = np.random.default_rng(0)
    told = {name: list(entries(rng)) for name, entries in TABLES.items()}
    about = {"generator version": "2", "clips": dict.fromkeys(CLIPS, 700), "backbones": [0, 1, 2, 3, 4]}
    about |= {"real sets by label": {"test": {"fear": 3, "neutral": 25}}}
    about |= {"labels with fewer than 10 real sets in the test": {"fear": 3}}
    about |= {"means of fewer than 5 items, left out": []}
    command = "python data_scripts/measure_fan.py"
    tables = {"claims": answers, "power": least if runs >= 5 else [], **told}
    stamped = {name: tuple(replace(one, command=command) for one in table) for name, table in tables.items() if table}
    return Figures("made up", stamped, about)


def _table(
    rng: np.random.Generator, names: Mapping[str, Any], runs: int = 5, than: tuple[str | None, ...] = (None,)
) -> Iterator[Measured]:
    """A number for each place in the product of ``names``."""
    for place in product(*names.values()):
        of = dict(zip(names, place, strict=True))
        if of.get("family") not in SCORES.get(of.get("score", ""), (of.get("family"),)):
            continue
        for other in than:
            if other != of["row"]:
                middle, spread = (0.6, 0.1) if other is None else (0.0, 0.05)
                value = round(middle + spread * float(rng.standard_normal()), 4)
                yield answer(value, runs, of=of, than=other, what=str(of.get("score", "accuracy")))


RECALLS = ("recall of neutral", "recall of the rest")
BASES = ("pool", "self")
SHARES = tuple(n / 10 for n in range(1, 11))
EFFECTS = ("contribution", "removal")
TABLES = {
    "accuracy": lambda rng: _table(rng, {"row": ROWS, "score": ["accuracy"], "family": FAMILIES}),
    "difference": lambda rng: _table(rng, {"row": ROWS, "score": ["accuracy"], "family": FAMILIES}, than=BASES),
    "recall": lambda rng: _table(rng, {"row": ROWS, "score": RECALLS, "family": ["all", "real"]}),
    "recall_difference": lambda rng: _table(
        rng, {"row": ROWS, "score": RECALLS, "family": ["all", "real"]}, than=BASES
    ),
    "weights": lambda rng: _table(rng, {"row": WEIGHED, "score": SCORES, "family": (*CLIPS, *SETS)}),
    "weights_difference": lambda rng: _table(
        rng, {"row": WEIGHED, "score": APART, "family": (*CLIPS, *SETS)}, than=("self",)
    ),
    "effect": lambda rng: _table(rng, {"row": VARIANTS, "effect": EFFECTS, "score": APART, "family": (*CLIPS, *SETS)}),
    "effect_difference": lambda rng: _table(
        rng, {"row": VARIANTS[1:], "effect": EFFECTS, "score": APART, "family": (*CLIPS, *SETS)}, than=("weight",)
    ),
    "share": lambda rng: [
        *_table(rng, {"row": VARIANTS, "share": SHARES, "labels": ["rest"]}),
        *_table(rng, {"row": VARIANTS, "share": [0.0], "labels": ["neutral"]}),
    ],
    "share_difference": lambda rng: [
        *_table(rng, {"row": VARIANTS, "share": SHARES, "labels": ["rest"]}, than=BASES),
        *_table(rng, {"row": VARIANTS, "share": [0.0], "labels": ["neutral"]}, than=BASES),
    ],
    "share_fall": lambda rng: _table(
        rng, {"row": VARIANTS, "share": SHARES[:-1], "labels": ["rest"]}, than=("all ten",)
    ),
    "tuned_accuracy": lambda rng: _table(rng, {"row": TUNED, "score": ["accuracy"], "family": CLIPS}, 3),
    "tuned_difference": lambda rng: _table(
        rng, {"row": TUNED, "score": ["accuracy"], "family": CLIPS}, 3, than=("fan-pool", "fan-self")
    ),
    "tuned_recall": lambda rng: _table(rng, {"row": TUNED, "score": RECALLS, "family": ["all"]}, 3),
    "tuned_recall_difference": lambda rng: _table(
        rng, {"row": TUNED, "score": RECALLS, "family": ["all"]}, 3, than=("fan-pool", "fan-self")
    ),
    "tuned_weights": lambda rng: _table(rng, {"row": TUNED[:2], "score": SCORES, "family": CLIPS}, 3),
    "tuned_weights_difference": lambda rng: _table(
        rng, {"row": TUNED[:2], "score": APART, "family": CLIPS}, 3, than=("fan-self",)
    ),
}
