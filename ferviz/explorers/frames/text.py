"""The explorer *Frames* in words: what was moved, what the answer is, and how each measure agrees with the truth."""

from __future__ import annotations

import numpy as np

from ferviz.explorers.frames.state import FramesState, FramesView
from ferviz.explorers.shared.words import counted, stands

__all__ = ["describe", "words"]


def describe(state: FramesState, view: FramesView) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    before, after = int(view.before.argmax()), int(view.now.probability.argmax())
    text = f"label: {view.labels[after]} {view.now.probability[after]:.2f}"
    if _touched(state):
        text += f"; before: {view.labels[before]} {view.before[before]:.2f}"
    usable = int(view.usable.sum())
    text += f". Variant {state.variant}, {counted(len(view.order), 'frame')}"
    text += f", of which {usable} can be used" if usable < len(view.order) else ""
    heaviest = int(np.nanargmax(view.now.weight))
    weight = view.now.weight
    if view.usable.sum() > 1 and np.nanmax(weight) - np.nanmin(weight) < 1e-4:
        text += f". All weights are 1/T, {weight[heaviest]:.3f}."
    else:
        text += f". The largest weight is that of frame {heaviest}, {weight[heaviest]:.2f}; "
        text += f"1/T is {1 / usable:.3f}."
    said = words(state, view)
    return " ".join(part for part in (text, said["moved"], said["truth"], said["agreement"]) if part)


def words(state: FramesState, view: FramesView) -> dict[str, str]:
    """The sentences that stand below the parts of the picture."""
    explained = "log-probability" if state.variant == "mean" else "logit"
    return {
        "moved": _moved(state, view),
        "distance": _distance(view) if state.values is not None else "The weights are the model's own.",
        "truth": _truth(view),
        "agreement": _agreement(view),
        "gradients": f"The sum of the integrated gradients misses the {explained}'s difference by {abs(view.gap):.2g}.",
    }


def _touched(state: FramesState) -> bool:
    return state.values is not None or state.order is not None or bool(state.dropped)


def _moved(state: FramesState, view: FramesView) -> str:
    parts = []
    if state.order is not None:
        again = len(state.order) - len(set(state.order))
        own = not again and max(state.order) < view.frames  # guests are counted behind the clip's frames
        parts.append(stands(state.order, view.frames) if own else "The frames are not the clip's own")
        parts[0] += f", {again} of them again." if again else "."
    if state.dropped:
        parts.append(f"{len(state.dropped)} dropped by hand.")
    if state.values is None:
        return " ".join(parts)
    what = "the weights" if state.moves == "weight" else "α"
    parts.append(
        f"Moved: {what}. The weights lie a total variation distance of {view.distance:.2f} from the model's own"
    )
    same = view.drift <= state.tolerance + 1e-4
    same = same and view.now.probability.argmax() == view.own.probability.argmax()
    keeps = f", and the answer is the same: no probability moves by more than {state.tolerance:g}."
    parts[-1] += keeps if same else f"; the probability that moves most moves by {view.drift:.2f}."
    return " ".join(parts)


def _distance(view: FramesView) -> str:
    same = view.now.probability.argmax() == view.own.probability.argmax()
    return (
        f"Total variation distance from the model's own weights: {view.distance:.2f} of at most 1. The top label is "
        f"{'the same' if same else 'another one'}; the probability that moves most moves by {view.drift:.3f}."
    )


def _truth(view: FramesView) -> str:
    if not np.isfinite(view.evidence).any():
        return "The true evidence is not known: only synthetic clips have it."
    if not np.nanmax(view.evidence) > 0:
        return "The true evidence is 0 in every frame: there is nothing to find."
    return ""


def _agreement(view: FramesView) -> str:
    scored = [one for one in view.measures if one.name != "truth" and (np.isfinite(one.tau) or one.flat)]
    if not scored or not np.isfinite(view.evidence).any():
        return ""
    said = [
        f"{one.name} flat"
        if one.flat
        else f"{one.name} {one.tau:.2f}" + (f" (AUC {one.auc:.2f})" if np.isfinite(one.auc) else "")
        for one in scored
    ]
    text = f"Measures for {view.label}, agreement with the true evidence, Kendall's τ-b: {', '.join(said)}."
    return text.replace("-0.", "−0.")
