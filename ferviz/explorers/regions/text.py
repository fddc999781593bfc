"""The explorer *Regions* in words: the answer, what was moved, the RB-loss, and what agrees with the truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ferviz.explorers.regions.state import RegionsState, RegionsView
from ferviz.explorers.shared.one_face import SYNTHETIC
from ferviz.explorers.shared.source import OWN
from ferviz.explorers.shared.words import counted, expression

__all__ = ["describe", "names", "words"]

def names(boxes: npt.NDArray[np.floating]) -> tuple[str, ...]:
    """Regions in words (N,): their place, by thirds of the face, and their width."""
    return ("the whole face", *(_name(*box) for box in boxes[1:]))


def _name(left: float, top: float, right: float, bottom: float) -> str:
    if not np.isfinite(left):
        return "nothing of the face"
    across, down = (left + right) / 2, (top + bottom) / 2
    words = [
        word
        for value, low, high in ((down, "upper", "lower"), (across, "left", "right"))
        for word in ([low] if value < 0.46 else [high] if value > 0.54 else [])
    ]
    return f"{' '.join(words) or 'middle'}, {right - left:.2f} wide".replace("0.", ".")


def describe(state: RegionsState, view: RegionsView) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    said = words(state, view)
    return " ".join(said[name] for name in ("answer", "weights", "moved", "loss", "truth", "agreement") if said[name])


def words(state: RegionsState, view: RegionsView) -> dict[str, str]:
    """The sentences that stand below the parts of the picture."""
    return {
        "answer": _answer(state, view),
        "weights": _weights(state, view),
        "moved": _moved(state, view),
        "loss": _loss(state, view),
        "truth": _truth(view),
        "agreement": _agreement(view),
        "gradients": f"The sum of the integrated gradients misses the logit's difference by {abs(view.gap):.2g}.",
        "maps": _maps(view),
    }


def _answer(state: RegionsState, view: RegionsView) -> str:
    first, now = int(view.before.probability.argmax()), int(view.now.probability.argmax())
    text = f"label: {view.labels[now]} {view.now.probability[now]:.2f}"
    if state.touched:
        text += f"; untouched: {view.labels[first]} {view.before.probability[first]:.2f}"
    turned = f", turned by {state.yaw:.0f}°" if state.yaw else ""
    synthetic = f"a synthetic face, {expression(state.emotion, state.intensity, units=state.units)}{turned}"
    what = {SYNTHETIC: synthetic, OWN: "your own picture"}
    return f"{text}, for {what.get(state.source, f'the sample {state.source}')}."


def _weights(state: RegionsState, view: RegionsView) -> str:
    usable = int(view.usable.sum())
    text = f"Variant {state.variant}, {counted(usable, 'region')}"
    weight = view.now.weight
    if usable == 1:
        return f"{text}: it has all the weight."
    if np.nanmax(weight) - np.nanmin(weight) < 1e-4:
        return f"{text}: all weights are 1/N, {1 / usable:.3f}."
    heaviest = int(np.nanargmax(weight))
    text += f"; the largest weight is that of region {heaviest} ({view.names[heaviest]}), {weight[heaviest]:.3f}"
    return f"{text}; 1/N is {1 / usable:.3f}."


def _moved(state: RegionsState, view: RegionsView) -> str:
    parts = []
    if state.cover:
        hidden = view.covered[0]
        both = np.isfinite(view.now.weight) & np.isfinite(view.before.weight)
        parts.append(f"A {state.cover}" if state.cover != "sunglasses" else "Sunglasses")
        verb = "cover" if state.cover == "sunglasses" else "covers"
        parts[0] += f": {hidden:.0%} of the face is covered." if hidden else f" {verb} nothing of the face."
        crops = [int(place) for place in np.flatnonzero(both) if place]
        if crops and hidden:
            most = max(crops, key=lambda place: view.covered[place])
            parts.append(f"Most of region {most}, {view.covered[most]:.0%}: {_from_to(view, most)}.")
    if state.dropped:
        parts.append(f"{counted(len(state.dropped), 'region')} dropped by hand.")
    if state.squash and state.variant not in ("mean", "face"):
        parts.append(f"Scores go through the {'code' if state.squash == 'softmax' else 'paper'}'s {state.squash}.")
    if state.values is not None:
        parts.append(f"{'The weights' if state.moves == 'weight' else 'μ'} moved by hand.")
    if state.touched:
        parts.append(f"The weights lie a total variation distance of {view.distance:.3f} from the untouched ones.")
    return " ".join(parts)


def _from_to(view: RegionsView, place: int) -> str:
    return f"its weight goes from {view.before.weight[place]:.3f} to {view.now.weight[place]:.3f}"


def _loss(state: RegionsState, view: RegionsView) -> str:
    if view.loss is None:
        if state.variant in ("mean", "face"):
            return "This variant has no μ: no RB-loss."
        what = "There is no crop to outweigh the face" if view.usable[0] else "The face is dropped"
        return f"{what}: no RB-loss."
    face, crop = view.now.alpha[0], view.now.alpha[view.largest]
    text = f"μ of the largest crop (region {view.largest}) less μ of the face: {crop:.3f} − {face:.3f} = "
    text += f"{crop - face:.3f}".replace("-", "−")
    fits = "at least" if view.loss == 0 else "less than"
    return f"{text}, {fits} the margin {state.margin:.2f}; L_RB = {view.loss:.3f}."


def _truth(view: RegionsView) -> str:
    known = view.evidence[1:][np.isfinite(view.evidence[1:])]
    if len(view.boxes) == 1:
        return ""
    if not known.size:
        return "The truth is not known: only synthetic faces have it."
    if known.max() <= 0:
        return "The truth is flat: nothing that is seen of the face changes with the emotion."
    most = 1 + int(np.nanargmax(view.evidence[1:]))
    return f"Most visible change a pixel: region {most} ({view.names[most]})."


def _agreement(view: RegionsView) -> str:
    said = [f"{one.name} {one.tau:.2f}" for one in view.measures if one.name != "truth" and np.isfinite(one.tau)]
    return f"Agreement with it among the crops, τ-b: {', '.join(said)}." if said else ""


def _maps(view: RegionsView) -> str:
    if view.maps is None:
        return ""
    row, column = np.unravel_index(view.maps.removal.argmax(), view.maps.removal.shape)
    most = f"The logit of {view.label} falls most, by {view.maps.removal.max():.2f}, without the cell in row {row}"
    return f"{most}, column {column}. The attributions' sum misses the logit's difference by {view.maps.error:.2g}."
