"""What attention adds to a mean when only some of the frames tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ferviz.learning.sets import Clips
from ferviz.measured import Measured
from ferviz.measuring.entries import entry
from ferviz.seeds import luck

__all__ = ["share_tables"]

SHARES = tuple(range(1, 11))  # tenths of informative frames
INFORMATIVE, EMPTY = 0.6, 0.2  # of the evidence


@torch.no_grad()
def share_tables(
    models: Mapping[str, Sequence[Any]], clips: Clips, features: torch.Tensor, seeds: Sequence[int]
) -> dict[str, list[Measured]]:
    """Accuracy, and what every row adds to pool, when a tenth to all of ten frames are informative.

    The frames are drawn with replacement from the clips that have both kinds; those of the family off_label have not.

    Parameters
    ----------
    models : mapping of row to networks
        One a seed; their ``pool`` takes features (N, 10, D).
    clips, features
        Clips, and what the backbone makes of their frames (N, T, D).
    seeds : sequence of int
    """
    told = clips.evidence * clips.own >= INFORMATIVE
    rest = (clips.evidence <= EMPTY) & clips.mask
    at = torch.nonzero(told.any(1) & rest.any(1) & torch.from_numpy(clips.family != "off_label")).flatten()
    person = clips.person[at.numpy()]
    known: list[Measured] = []
    difference: list[Measured] = []
    for share in SHARES:
        picked = torch.stack([_ten(told[i], rest[i], share, int(i)) for i in at])
        ten = features[at[:, None], picked]  # (n, 10, D)
        right = {
            row: np.stack([(model.pool(ten).argmax(-1) == clips.label[at]).float().numpy() for model in found])
            for row, found in models.items()
        }
        for row, each in right.items():
            place, named = {"row": row, "share": share / 10}, seeds[: len(each)]
            known.append(entry(each, person, what="accuracy", of=place, seeds=named))
            if row != "pool":
                more = each - right["pool"]
                what = "difference in accuracy"
                difference.append(entry(more, person, what=what, of=place, than="pool", seeds=named))
    difference.sort(key=lambda one: (one["row"], one["share"]))
    return {"share": known, "share_difference": difference}


def _ten(told: torch.Tensor, rest: torch.Tensor, share: int, clip: int) -> torch.Tensor:
    """Ten places (10,), ``share`` of them informative."""
    kinds = ((told, share, luck(clip, share, 1)), (rest, 10 - share, luck(clip, share, 2)))
    return torch.cat([_drawn(kind, count, generator) for kind, count, generator in kinds])


def _drawn(kind: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    places = torch.nonzero(kind).flatten()
    return places[torch.randint(len(places), (count,), generator=generator)]
