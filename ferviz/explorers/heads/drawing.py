"""What the browser gets of the explorer *Heads*: names, the course and the bodies once, and for every view arrays."""

from __future__ import annotations

from typing import Any

from ferviz.explorers.heads import text
from ferviz.explorers.heads.course import bodies, course
from ferviz.explorers.heads.maps import Spread
from ferviz.explorers.heads.state import BUDGETS, HeadsState, HeadsView, Said, called
from ferviz.explorers.shared.face_state import dials
from ferviz.explorers.shared.one_face import SYNTHETIC, choices
from ferviz.explorers.shared.picture import known
from ferviz.explorers.shared.scripts import floats
from ferviz.models.multi_task import SHAPES, MultiTask

__all__ = ["answer", "names"]


def names(model: MultiTask, stages: tuple[str, ...]) -> dict[str, Any]:
    """What does not change with the state."""
    return {
        **dials(),
        "sources": [SYNTHETIC, *choices()],
        "stages": called(stages),
        "labels": list(map(str, model.heads()["emotion"] or ())),
        "shapes": list(SHAPES),
        "width": model.body.backbone.width,
        "side": model.body.side,
        "course": course(model),
        "bodies": bodies(),
        "budgets": list(BUDGETS),
        "means": text.MEANS,
        "one": text.ONE,
        "read": text.READ,
    }


def answer(state: HeadsState, view: HeadsView) -> dict[str, Any]:
    """A view: the face, what each head says, the feature with what it adds, and the maps where they were worked out."""
    person = view.person
    return {
        "size": len(view.picture),
        "picture": view.picture.tobytes(),
        "label": view.label,
        "told": view.told,
        "now": _said(view.now),
        "other": None if view.other is None else _said(view.other),
        "beside": view.other_stage,
        "feature": floats(view.now.feature),
        "fed": {head: floats(values) for head, values in view.fed.items()},
        "person": {name: person[name] for name in ("age", "gender", "ethnicity")} if person else None,
        "silence": view.silence,
        "maps": None if view.maps is None else {head: _spread(one) for head, one in view.maps.items()},
        "raised": None if view.raised is None else _spread(view.raised),
        "moves": {name: floats(values) for name, values in view.moves.items()},
        "times": {name: known(value) for name, value in view.times.items()},
        "units": state.strengths,
        "words": text.words(state, view),
    }


def _said(said: Said) -> dict[str, Any]:
    return {
        "emotion": [known(value) for value in said.emotion],
        "age": None if said.age is None else floats(said.age),
        "years": said.years,
        "mean": said.mean,
        "two": [list(pair) for pair in said.two],
        "gender": None if said.gender is None else known(said.gender),
        "ethnicity": None if said.ethnicity is None else [known(value) for value in said.ethnicity],
    }


def _spread(one: Spread) -> dict[str, Any]:
    return {"values": floats(one.values), "total": one.total, "error": one.error, "flat": one.flat}
