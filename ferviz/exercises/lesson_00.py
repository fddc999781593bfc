"""The checks of lesson 00: a logit and a probability by hand, a change of vocabulary, an experiment with a control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS
from ferviz.exercises.base import NotYet, check, number, numbers, run, show
from ferviz.explorers.patch.explorer import PatchState
from ferviz.gallery import sample
from ferviz.intake import find_faces
from ferviz.models import load_model
from ferviz.observe import observe
from ferviz.scores.covering import cover, filling

__all__ = ["conversion", "logits", "patch", "softmax"]

LARGEST_PATCH = 0.25


@check
def logits(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes class maps (labels, y, x) and gives the logits (labels,): the mean of each map."""
    for shape in ((7, 4, 4), (5, 6, 3)):  # other sizes too: the rule must not know that the maps are 4 × 4
        maps = generator.normal(0, 3, shape)
        right = maps.mean((1, 2))
        size = "{} maps of {} × {} places".format(*shape)
        got = numbers(run(function, maps), f"the logits for {size}", shape=shape[:1])
        if np.allclose(got, right):
            continue
        if np.allclose(got, maps.sum((1, 2))):
            raise NotYet(
                f"these are the sums of the maps; a logit is the mean, here the sum over {shape[1] * shape[2]} places."
            )
        if np.allclose(got, maps.max((1, 2))):
            raise NotYet(
                "these are the largest values of the maps; the mean counts every place, the negative ones too."
            )
        raise NotYet(f"for {size} the first logit is {right[0]:.3f}, the mean of the first map; yours is {got[0]:.3f}.")
    return "a logit is the mean of its class map. Every place counts the same."


@check
def softmax(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes logits (7,) and gives probabilities (7,)."""
    values = generator.normal(0, 2, 7).round(2)
    got = numbers(run(function, values), "the probabilities", shape=(7,))
    if (got < 0).any():
        raise NotYet(
            f"a probability is never negative; for the logits {show(values)} your smallest is {got.min():.3f}."
        )
    if not np.isclose(got.sum(), 1):
        raise NotYet(f"the probabilities must sum to 1; for the logits {show(values)} yours sum to {got.sum():.3f}.")
    first, second = np.argsort(values)[::-1][:2]
    apart = values[first] - values[second]
    ratio = np.exp(apart)
    if not np.isclose(got[first], ratio * got[second], rtol=1e-3):
        raise NotYet(
            f"the logits {values[first]:.2f} and {values[second]:.2f} differ by {apart:.2f}, so the one label is "
            f"exp({apart:.2f}) = {ratio:.2f} times as probable as the other; yours are {got[first]:.3f} and "
            f"{got[second]:.3f}."
        )
    exact = np.exp(values) / np.exp(values).sum()
    if not np.allclose(got, exact, atol=1e-6):
        raise NotYet(f"for the logits {show(values)} the probabilities are {show(exact)}; yours are {show(got)}.")
    try:
        shifted = numbers(run(function, values + 1000), "the probabilities", shape=(7,))
    except NotYet as problem:
        raise NotYet(
            "right for small logits. Add 1000 to each and nothing may change, but exp(1000) is too large for the "
            "computer: take the largest logit away from all of them first."
        ) from problem
    if not np.allclose(shifted, exact, atol=1e-6):
        raise NotYet("adding 1000 to every logit must change nothing: only differences count. Yours change.")
    return "only the differences between logits count, and the seven probabilities share one whole."


@check
def conversion(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes FER2013's probabilities; gives those in CK+'s order, scaled to 1, and the share lost."""
    fer, ck = LABEL_SETS["FER2013"], LABEL_SETS["CK+"]
    for place, emotion in enumerate(fer):
        if emotion not in ck:
            continue
        sure = np.eye(7)[place]
        got, _ = _converted(run(function, sure))
        if got.argmax() != ck.index(emotion) or got.max() <= 0:
            raise NotYet(
                f"when FER2013 says {emotion} for sure, {emotion} must get it all in CK+; yours gives it to "
                f"{ck[int(got.argmax())]}. Move by name: the two sets have other orders."
            )
    values = generator.dirichlet(np.ones(7))
    right, share = fer.to(ck)(values)
    got, lost = _converted(run(function, values))
    contempt = got[ck.index("contempt")]
    if contempt != 0:
        raise NotYet(f"FER2013 never says contempt, so it must get 0; yours gives {contempt:.3f}.")
    if not np.isclose(got.sum(), 1):
        raise NotYet(f"what is left must be scaled up to sum to 1; for {show(values)} yours sums to {got.sum():.3f}.")
    if not np.allclose(got, right, atol=1e-6):
        raise NotYet(f"for {show(values)} the scaled probabilities are {show(right)}; yours are {show(got)}.")
    if not np.isclose(lost, share, atol=1e-6):
        raise NotYet(
            f"the lost share is what stood on neutral, {float(share):.3f} for {show(values)}; yours is {lost:.3f}."
        )
    return "neutral is lost, contempt is never said, and the rest is moved by name."


@check
def patch(place: Any, control: Any = None, *, generator: np.random.Generator) -> str:
    """``place`` is a patch that changes the astronaut's label, ``control`` one like it, elsewhere, that does not.

    Both are mappings with ``x``, ``y``, ``size`` and ``fill``, as the explorer *What moves the answer?* takes them.
    """
    del generator  # the experiment is on one photo: nothing in it is drawn by chance
    first, second = _patch(place, "the patch"), _patch(control, "the control")
    if (first.size, first.fill) != (second.size, second.fill):
        raise NotYet(
            f"the control must differ in its place alone; the patch is {first.fill} of size {first.size:g}, "
            f"the control {second.fill} of size {second.size:g}."
        )
    if max(abs(first.x - second.x), abs(first.y - second.y)) < first.size:
        raise NotYet("the control overlaps the patch: put it elsewhere, or it tests the same pixels again.")
    labels, answers = _answers(first, second)
    (clean, under, beside), probability = answers.argmax(1), answers.max(1)
    if under == clean:
        raise NotYet(
            f"under your patch it is still label: {labels[under]} {probability[1]:.2f}. Try another place or fill."
        )
    if beside != clean:
        raise NotYet(
            f"the control changes the label too, to {labels[beside]}: find a place where the same patch does nothing."
        )
    return (
        f"label: {labels[clean]} {probability[0]:.2f} becomes {labels[under]} {probability[1]:.2f}, and the same patch "
        f"elsewhere leaves {labels[beside]} {probability[2]:.2f}. So the place matters. Keep it, and try another fill."
    )


def _converted(answer: Any) -> tuple[npt.NDArray[np.float64], float]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise NotYet(f"give back two things, `return converted, lost`; got {show(answer)}.")
    return numbers(answer[0], "the converted probabilities", shape=(7,)), number(answer[1], "the lost share")


def _patch(answer: Any, what: str) -> PatchState:
    if answer is None or answer is ...:
        raise NotYet(f"{what} is still open.")
    if not isinstance(answer, Mapping) or set(answer) != {"x", "y", "size", "fill"}:
        raise NotYet(f"{what} must name x, y, size and fill, and nothing else; got {show(answer)}.")
    try:
        state = PatchState(**answer)
    except (TypeError, ValueError) as problem:
        raise NotYet(f"{what} does not work: {problem}.") from problem
    if state.size > LARGEST_PATCH:
        raise NotYet(f"{what} may have at most {LARGEST_PATCH:.0%} of the side; yours has {state.size:.0%}.")
    half = state.size / 2
    if not (half <= state.x <= 1 - half and half <= state.y <= 1 - half):
        raise NotYet(
            f"{what} hangs over the edge; with size {state.size:g}, x and y must lie between {half:g} and {1 - half:g}."
        )
    return state


def _answers(*patches: PatchState) -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """The labels, and the probabilities for the astronaut's face: bare, then under each patch."""
    model = load_model("mini-xception")
    face = find_faces(sample("astronaut"), size=model.crop.size, margin=model.crop.margin, align=model.crop.align)
    bare = face.frames[0]
    frames = [bare, *(cover(bare, filling(bare, p.fill), p.x, p.y, p.size) for p in patches)]
    times = np.arange(len(frames), dtype=float)
    clip: Clip = replace(face, frames=np.stack(frames), times=times, boxes=None, points=None, others=())
    return model.heads()["emotion"] or (), observe(model, clip)["emotion_probability"].values
