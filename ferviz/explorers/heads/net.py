"""The networks behind the explorer *Heads*, and what they say of one face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import asking
from ferviz.clip import Clip
from ferviz.explorers.heads.maps import Spread
from ferviz.explorers.heads.state import STAGES, HeadsState, Said
from ferviz.explorers.shared.one_face import shot
from ferviz.explorers.shared.words import called, cut_alike
from ferviz.learning.old_heads import with_old_heads
from ferviz.models import load_model
from ferviz.models.multi_task import HEADS, MultiTask
from ferviz.models.zoo import MODELS
from ferviz.reading import evaluating, reading

__all__ = ["ZOO", "Looked", "drawn", "face_at", "open_stages", "said_of"]

Array = npt.NDArray[Any]

ZOO: Mapping[str, str] = {"identity": "mtl-head", "final": "mtl"}
"""How far the body was trained → the network of the zoo."""


@dataclass(eq=False)
class Looked:
    """One face: a clip of one frame, and what was found of it so far."""

    clip: Clip
    said: dict[str, Said] = field(default_factory=dict)
    maps: dict[tuple[str, str], dict[str, Spread]] = field(default_factory=dict)
    raised: dict[tuple[str, int], Spread] = field(default_factory=dict)
    moves: dict[str, dict[str, Array]] = field(default_factory=dict)


def face_at(clip: Clip, frame: int, model: MultiTask) -> Looked:
    """One frame of a clip of faces. Raises ValueError for a frame that it does not have."""
    if frame >= len(clip):
        raise ValueError(f"frame must be 0 to {len(clip) - 1}; got {frame}")
    return Looked(replace(clip[frame], crop=model.crop))  # `usable_faces` has said what does not fit


def drawn(state: HeadsState, model: MultiTask) -> Looked:
    """The synthetic face of a state. Raises ValueError for a person that the generator lacks."""
    return Looked(replace(shot(state)[1], crop=model.crop))


def said_of(model: MultiTask, clip: Clip, *, whole: bool) -> Said:
    """What a network makes of a face: the numbers of `ferviz.observe`, without its labelled arrays, for which a hand
    that moves would wait as long as for the network. Silent heads are left out there, and here. Without ``whole`` no
    contribution is computed."""
    heads = [head for head in HEADS if head not in model.silent(clip)]
    contributions = [f"{head}_contribution" for head in heads] if whole else []
    with evaluating(model), torch.no_grad(), reading(model, ["feature", "expected_age", *contributions]) as seen:
        answer = asking.ask(model, *asking.feed(model, clip, {}))
    contribution = {head: _first(seen[f"{head}_contribution"]) for head in heads if whole}
    told: dict[str, Any] = {"emotion": _first(answer["emotion"].softmax(-1)), "feature": _first(seen["feature"])}
    if "age" in heads:
        age = _first(answer["age"].softmax(-1))
        best = np.argsort(-age, kind="stable")[:2]
        shares = age[best] / age[best].sum()
        told |= {"age": age, "years": float(seen["expected_age"][0])}
        told["two"] = tuple((int(place) + 1, float(share)) for place, share in zip(best, shares, strict=True))
    if "gender" in heads:
        told["gender"] = float(answer["gender"][0])
    if "ethnicity" in heads:
        told["ethnicity"] = _first(answer["ethnicity"].softmax(-1))
    if whole and "age" in heads:
        contribution["age"] = contribution["age"][:, best]
    if whole and "gender" in heads:
        contribution["gender"] = contribution["gender"][:, None]
    return Said(contribution=contribution, **told)


def _first(values: torch.Tensor) -> Array:
    return values[0].float().cpu().numpy()


def open_stages(given: object) -> dict[str, MultiTask]:
    """Networks by how far they were trained: those of the zoo for their name, one that is given as the final one, or a
    mapping. Where it has the first and the last one alone, the one between is made of them (`with_old_heads`).

    Raises
    ------
    TypeError, ValueError
        For what is no `MultiTask`, one that lacks a head, another stage than `STAGES`, two that do not fit each other,
        or for none at all; for networks of the zoo that this copy of ferviz does not have.
    """
    if given == ZOO["final"]:
        given = ZOO
    if not isinstance(given, Mapping):
        return {"final": _opened(given, "model")}
    if not given:
        raise ValueError("model must hold at least one network; got none")
    unknown = [name for name in given if name not in STAGES]
    if unknown:
        raise ValueError(f"model must hold networks by {', '.join(STAGES)}; got {', '.join(map(str, unknown))}")
    found = {name: _opened(given[name], f"model[{name!r}]") for name in STAGES if name in given}
    one, *others = found.values()
    if any(other.heads() != one.heads() or other.body != one.body for other in others):
        raise ValueError("model must hold networks of one body and the same labels; got two that differ")
    cut_alike("model", found)
    if set(found) == {"identity", "final"} and found["identity"].config == found["final"].config:
        found["tuned"] = with_old_heads(found["identity"], found["final"])
    return {name: found[name] for name in STAGES if name in found}


def _opened(given: object, what: str) -> MultiTask:
    if isinstance(given, str) and given in ZOO.values() and given not in MODELS:
        say = "is not trained in this copy of ferviz; give a network of your own, such as MultiTask(Config.compact())"
        raise ValueError(f"{what} must be a network that is there: {given!r} {say}")
    with called(what, within="name"):
        model = load_model(given) if isinstance(given, str) else given
    if not isinstance(model, MultiTask):
        raise TypeError(f"{what} must be a MultiTask or the name of one; got {type(model).__name__}")
    if tuple(model.labels) != HEADS:
        raise ValueError(f"{what} must have the heads {', '.join(HEADS)}; got {', '.join(model.labels)}")
    return model.eval()
