"""What the browser gets of the explorer *Regions*: names and covers once, and for every view arrays as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.explorers.regions import text
from ferviz.explorers.regions.covers import COVERS, SIZES, cutout_of
from ferviz.explorers.regions.maps import CELLS, Maps
from ferviz.explorers.regions.state import LEAST, MARGINS, MOST, RANGES_SHOWN, RegionsState, RegionsView
from ferviz.explorers.shared.items import drawn_measures
from ferviz.explorers.shared.one_face import SYNTHETIC, choices
from ferviz.explorers.shared.picture import known, shrunk
from ferviz.explorers.shared.scripts import floats
from ferviz.faces import studio
from ferviz.faces.expression import UNITS
from ferviz.faces.recipes import RECIPES
from ferviz.models.regions import SCHEMES

__all__ = ["answer", "names"]

UNITS_SHOWN = (1, 4, 6, 9, 12, 15, 20, 26)
"""The action units that can be moved."""


def names(taken: set[str]) -> dict[str, Any]:
    """What does not change with the state: words, ranges, and the covers that were ``taken`` up so far."""
    return {
        "sources": [SYNTHETIC, *choices()],
        "schemes": dict(SCHEMES),
        "covers": {kind: [one.x, one.y, one.size] for kind, one in COVERS.items()},
        "cutouts": {kind: _cutout(kind) for kind in sorted(taken)},
        "emotions": {str(emotion): max(1, len(RECIPES[emotion])) for emotion in Emotion},
        "units": {"": [[number, studio.PLAIN[number], UNITS[number].name] for number in UNITS_SHOWN]},
        "ranges": {name: list(ends) for name, ends in RANGES_SHOWN.items()},
        "ends": {"margin": list(MARGINS), "size": list(SIZES), "least": LEAST, "most": MOST},
        "cells": CELLS,
    }


def _cutout(kind: str) -> dict[str, Any]:
    one = cutout_of(kind)
    return {"image": one.image(), "across": one.across, "down": one.down, "tall": one.tall}


def answer(state: RegionsState, view: RegionsView, bare: npt.NDArray[np.uint8], side: int) -> dict[str, Any]:
    """A view: the face without its cover, which the browser lays on, boxes, rows of quantities, maps and words.

    ``side``: pixels of the face that the network reads, and so of every map.
    """
    place = view.labels.index(view.label)
    now, before = view.now, view.before
    rows = {
        "weight": now.weight,
        "own weight": before.weight,
        "alpha": now.alpha,
        "own alpha": before.alpha,
        "contribution": now.contribution[:, place],
        "own contribution": before.contribution[:, place],
        "covered": view.covered,
        "evidence": view.evidence,
    }
    if now.beta is not None and before.beta is not None:
        rows |= {"beta": now.beta, "own beta": before.beta}
    return {
        "size": len(bare),
        "face": bare.tobytes(),
        "side": side,
        "boxes": floats(view.boxes),
        "names": list(view.names),
        "reasons": list(view.reasons),
        "label": view.label,
        "rows": {name: floats(values) for name, values in rows.items()},
        "now": [known(value) for value in now.probability],
        "before": [known(value) for value in before.probability],
        "measures": drawn_measures(view.measures),
        "largest": view.largest,
        "loss": None if view.loss is None else known(view.loss),
        "changed": None if view.changed is None else floats(shrunk(view.changed, side)),
        "maps": _maps(view.maps),
        "units": state.synthetic.strengths,
        "words": text.words(state, view),
    }


def _maps(found: Maps | None) -> dict[str, Any] | None:
    if found is None:
        return None
    flat = dict(zip(("attribution", "removal"), found.flat, strict=True))
    return {"attribution": floats(found.attribution), "removal": floats(found.removal), "flat": flat}
