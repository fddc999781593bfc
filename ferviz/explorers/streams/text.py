"""The explorer *Two streams* in words: the answers, what was changed, the shares of voice and face, and the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from ferviz.clip import Clip
from ferviz.explorers.shared.source import OWN
from ferviz.explorers.shared.words import counted
from ferviz.explorers.streams.film import Film, Heard
from ferviz.explorers.streams.net import UNTRAINED
from ferviz.explorers.streams.state import StreamsState, StreamsView
from ferviz.gallery import sample
from ferviz.models.audio_video import AudioVideo
from ferviz.models.fusion import Absent

__all__ = ["NO_WEIGHTS", "describe", "truth", "words"]

NO_WEIGHTS = (
    "No trained weights of this network come with this ferviz: the one that answers has learned nothing, and its "
    "answers mean nothing."
)


def describe(state: StreamsState, view: StreamsView, film: Film, heard: Heard, network: str, model: AudioVideo) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    said = words(state, view, film)
    parts = ("answer", "changed", "weights", "shares", "other", "pairs", "truth")
    reach = heard.reach(model) if np.isfinite(view.positions).any() else ""
    wide = f"Of the sound {reach}." if reach else ""
    return " ".join(filter(None, (NO_WEIGHTS if network == UNTRAINED else "", *(said[name] for name in parts), wide)))


def words(state: StreamsState, view: StreamsView, film: Film) -> dict[str, str]:
    """The sentences that stand below the parts of the picture."""
    return {
        "answer": _answer(state, view, film),
        "changed": _changed(state, view, film),
        "weights": _weights(view),
        "shares": _shares(state, view),
        "other": _other(state, view),
        "pairs": _pairs(state, view),
        "truth": truth(state, film),
    }


def _top(view: StreamsView, values: Any) -> str:
    place = int(values.argmax())
    return f"{view.labels[place]} {values[place]:.2f}"


def _answer(state: StreamsState, view: StreamsView, film: Film) -> str:
    what = "your own clip" if state.clip == OWN else f"the sample {state.clip}"
    text = f"label: {_top(view, view.said['both'])}"
    if state.touched:
        text += f"; as it came: {_top(view, view.before)}"
    text += f", for {what}."
    missing = _missing(state, view)
    if missing:
        return f"{text} There is no {missing}: a stand-in takes its place."
    voice, face = (_top(view, view.said[who]) for who in ("audio", "video"))
    return f"{text} To the voice alone {voice}, to the face alone {face}."


def _missing(state: StreamsState, view: StreamsView) -> str:
    there = {"voice": np.isfinite(view.positions).any(), "face": np.isfinite(view.frames).any()}
    return " and no ".join(name for name, found in there.items() if not found)


def _changed(state: StreamsState, view: StreamsView, film: Film) -> str:
    said = []
    if film.reason:
        said.append(f"No face: {film.reason}.")
    if not np.isfinite(view.positions).any() and state.audio != "gone" and film.clip.audio is not None:
        said.append("Nothing of the sound can be used.")
    if state.video == "gone":
        said.append("The face is taken away.")
    elif state.cover:
        said.append(f"A gray square covers {state.cover:.0%} of each picture.")
    if state.voice_of:
        said.append(f"The voice is that of {state.voice_of}.")
    if state.audio == "gone":
        said.append("The voice is taken away.")
    elif state.audio == "silent":
        said.append("The sound is silence, which is a sound.")
    else:
        if state.shift:
            said.append(f"The sound comes {abs(state.shift):.2f} s {'later' if state.shift > 0 else 'sooner'}.")
        if state.noise is not None:
            said.append(f"It stands {state.noise:.0f} dB above noise.".replace("-", "−"))
    moved = [name for name, values in (("face", state.frame_weights), ("voice", state.voice_weights)) if values]
    if moved:
        said.append(f"Weights of the {' and the '.join(moved)} were moved by hand.")
    return " ".join(said)


def _weights(view: StreamsView) -> str:
    said = []
    for name, item, weight in (("face", "frame", view.frames), ("voice", "position", view.positions)):
        count = int(np.isfinite(weight).sum())
        if not count:
            continue
        heaviest = int(np.nanargmax(weight))
        flat = np.nanmax(weight) - np.nanmin(weight) < 1e-4
        most = f"the largest weight is that of {item} {heaviest}, {weight[heaviest]:.3f}"
        most = "all weights alike" if flat else most
        said.append(f"The {name}'s {counted(count, item)}: {most} (1/N is {1 / count:.3f}).")
    return " ".join(said)


def _shares(state: StreamsState, view: StreamsView) -> str:
    if view.shares is None:
        return "Shares need both streams."
    value, place = view.shares[state.absent][state.scale], view.place
    voice, face, both = (_signed(part[place]) for part in value)
    text = f"Shapley's shares of the {state.scale} of {view.label}: voice {voice}, face {face}; "
    return f"{text}only both together {both}, of which each has half."


def _other(state: StreamsState, view: StreamsView) -> str:
    if view.shares is None:
        return ""
    other: Absent = "mean" if state.absent == "learned" else "learned"
    value, place = view.shares[other][state.scale], view.place
    stand = {"mean": "the mean of the training clips", "learned": "the learned vector"}[other]
    return f"With {stand} as the stand-in: voice {_signed(value.first[place])}, face {_signed(value.second[place])}."


def _pairs(state: StreamsState, view: StreamsView) -> str:
    if view.pairs is None:
        return ""
    largest = np.unravel_index(int(np.abs(view.pairs).argmax()), view.pairs.shape)
    frame, step = largest if state.pair is None else state.pair
    which = "the largest pair" if state.pair is None else "the chosen pair"
    pair = f"{which} is frame {frame} with step {step} of the sound, {view.pairs[frame, step]:+.2g}"
    return f"Of FBP's sum {state.sum}, {view.pairs.sum():+.2g} before the root, {pair}.".replace("-", "−")


def _signed(value: float) -> str:
    return f"{float(value):+.2f}".replace("-", "−")


def truth(state: StreamsState, film: Film) -> str:
    """What of the clip carries which emotion, where it is known."""
    seen = _carried(film.clip, "face") if film.faces is not None else ""
    other = sample(state.voice_of) if state.voice_of else film.clip
    heard = _carried(other, "voice")
    if not seen and not heard:
        return "Truth is not known: only synthetic clips have it."
    face = "the face is gone" if state.video == "gone" else f"the face shows {seen or 'what is not known'}"
    silent = {"silent": "the voice is silent", "gone": "the voice is gone"}
    mute = "" if other.audio is not None and len(other.audio) else "there is no voice"
    voice = silent.get(state.audio) or mute or f"the voice says {heard or 'what is not known'}"
    text = f"Truth: {face}, {voice}"
    if state.video == "gone" or state.audio != "heard" or not (seen and heard):
        return f"{text}."
    if seen == heard:
        return f"{text}: they agree."
    for one, name in ((seen, "voice"), (heard, "face")):
        if one == "neutral":
            return f"{text}: the {name} alone carries an emotion."
    return f"{text}: they contradict each other."


def _carried(clip: Clip, stream: str) -> str:
    """The emotion that a stream of a synthetic clip carries; "" where that is not known."""
    if clip.truth is None or (stream == "voice" and not clip.truth.voice):
        return ""
    return str(clip.labels.get(stream if clip.truth.voice else "emotion", ""))  # without a voice, one label is all
