"""The explorer *Masks* in words: the answer, the switches, the place under the cursor, the field, the truth."""

from __future__ import annotations

import numpy as np

from ferviz.explorers.masks.net import KINDS
from ferviz.explorers.masks.state import MasksState, MasksView
from ferviz.explorers.masks.truth import Against, Scored, most_moved
from ferviz.explorers.shared.one_face import SYNTHETIC
from ferviz.explorers.shared.source import OWN
from ferviz.explorers.shared.words import expression
from ferviz.flat import is_flat

__all__ = ["describe", "field", "moved", "score", "words"]


def describe(state: MasksState, view: MasksView, trained: str) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    said = words(state, view, trained)
    names = ("answer", "switches", "mask", "place", "truth" if state.truthful else "field")
    return " ".join(said[name] for name in names if said[name])


def words(state: MasksState, view: MasksView, trained: str) -> dict[str, str]:
    """The sentences that stand below the parts of the picture; ``trained`` is what the second branch was trained on."""
    return {
        "answer": _answer(state, view),
        "switches": _switches(state, view, trained),
        "mask": _mask(state, view),
        "place": _place(state, view),
        "field": field(view, state.row, state.column),
        "truth": _truth(view.against) if view.against else "",
    }


def _answer(state: MasksState, view: MasksView) -> str:
    first, now = int(view.own.probability.argmax()), int(view.now.probability.argmax())
    text = f"label: {view.labels[now]} {view.now.probability[now]:.2f}"
    if state.switched:
        text += f"; as trained: {view.labels[first]} {view.own.probability[first]:.2f}"
    shows = expression(state.emotion, state.intensity, units=state.units)
    what = {SYNTHETIC: f"a synthetic face, {shows}", OWN: "your own picture"}
    return f"{text}, for {what.get(state.source, f'the sample {state.source}')}."


def _switches(state: MasksState, view: MasksView, trained: str) -> str:
    parts = []
    if not state.switched:
        return f"All as trained: the texture branch reads {KINDS[trained]}, and both modules are on."
    if state.texture and state.texture != "flat":
        parts.append(f"Trained with {trained}: a network that has not learned {KINDS[view.kind]} reads them.")
    elif state.texture:
        parts.append("The second branch reads the texture of an even gray: no texture reaches the mask.")
    if not state.attention:
        parts.append("The mask is 0, so H = T exactly.")
    if not state.reconstruction:
        parts.append("R = H: the layers behind were trained with the reconstruction, not with this.")
    if state.switched:
        moved = np.abs(view.now.probability - view.own.probability).max()
        parts.append(f"The probability that moves most moves by {moved:.2f}.")
    return " ".join(parts)


def _mask(state: MasksState, view: MasksView) -> str:
    mask = view.maps["mask"]
    which = "mean over channels" if state.channel is None else f"channel {state.channel}"
    flat = "; flat" if is_flat(mask, limit=1) else ""
    text = f"Mask, {which}: {mask.min():.2f} to {mask.max():.2f}{flat}."
    if view.stretch is None:
        return f"{text} Its colours go from 0 to 1."
    low, high = view.stretch
    return f"{text} Its colours lie about its mean, {mask.mean():.2f}: from {low:.2f} to {high:.2f}."


def _place(state: MasksState, view: MasksView) -> str:
    at = view.at(state.row, state.column)
    text = f"Row {state.row}, column {state.column}: T {at.trunk:.2f}, M {at.mask:.2f}, H {at.attended:.2f}"
    return f"{text} = (1 + M) · T." if state.channel is not None else f"{text}, the mean of (1 + M) · T."


def field(view: MasksView, row: int, column: int) -> str:
    """What the dilated stack reads for a place of R."""
    steps, side = view.reads, view.side
    wide, each = 1 + steps[-1] - steps[0], len(steps)
    inside = [sum(0 <= at + step < side for step in steps) for at in (row, column)]
    alive = int((view.paths[row] > 0).sum() * (view.paths[column] > 0).sum())
    rates = ", ".join(map(str, view.rates))
    text = f"Rates ({rates}): a place of R looks {wide} × {wide} places wide and reads {each**2} of them"
    holes = wide**2 - each**2
    text += f"; {holes} are holes it never reads." if holes else ", without holes."
    lost = each**2 - inside[0] * inside[1]
    return f"{text} Here {alive} lie on the map and {lost} outside, in the padding."


def _truth(found: Against) -> str:
    if found.truth is None:
        truth = "The truth is not known: only synthetic faces have it."
    elif found.still:
        truth = "The truth is flat: the emotion moves nothing that is seen."
    else:
        most = ", ".join(f"{name} {value:.1f} mm" for name, value in found.moved)
        truth = f"The emotion moves up to {found.truth.max():.1f} mm" + (f", most in {most}." if most else ".")
    method = found.method.replace("_", " ")
    to_photo, to_texture = f"{method} to the photo", f"{method} to the texture"
    maps = {"gain of the mask": found.gain, to_photo: found.photo, to_texture: found.texture}
    said = [f"{name}: {score(one)}" for name, one in maps.items() if one is not None and score(one)]
    return f"{truth} As trained, {'; '.join(said)}." if said else truth  # the switches do not count there


def moved(found: Against) -> str:
    """How far the emotion moves the face, and the score that pointing at a place by chance would have."""
    if found.truth is None:
        return ""
    if found.still:
        return "flat: nothing that is seen moves"
    chance = float(most_moved(found.truth).mean())
    return f"up to {found.truth.max():.1f} mm; pointing by chance {chance:.2f}"


def score(one: Scored) -> str:
    """How a map does against the truth, in words; "" where that is not known."""
    if one.flat:
        return "flat, not scored"
    if one.mass is None:
        return ""
    if not np.isfinite(one.mass.ratio):
        return "nowhere positive, not scored"
    hit = one.hit or 0.0
    points = {0.0: "no", 1.0: "yes"}.get(hit, f"in part ({hit:.0%})")  # a coarse map has several highest places
    return f"pointing {points}, mass ratio {one.mass.ratio:.2f}"
