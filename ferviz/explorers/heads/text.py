"""The explorer *Heads* in words: four answers, how they changed, what moves in a step, what a body costs."""

from __future__ import annotations

from collections.abc import Sequence

from ferviz.explorers.heads.state import HeadsState, HeadsView, Said
from ferviz.explorers.shared.one_face import SYNTHETIC
from ferviz.explorers.shared.source import OWN
from ferviz.explorers.shared.words import expression
from ferviz.models.multi_task import SHAPES

__all__ = ["describe", "silence", "words"]

MEANS = "As shipped, mostly 22 to 24 years (?). A generator's parameters: nothing on real people."
ONE = "One face is one face: section 5 of lesson 06 has the mean over strangers."
READ = (
    "The networks that ship read most faces as 22 to 24 years, the commonest ages of the training people: the read-out "
    "is the two most probable ages of 100. The first face was chosen to err as the heads do on average."
)


def describe(state: HeadsState, view: HeadsView) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    said = words(state, view)
    parts = [said["answer"], said["attributes"] or view.silence, said["other"], said["feature"], said["maps"]]
    return " ".join(filter(None, parts))


def silence(heads: Sequence[str]) -> str:
    """Why some heads say nothing of a face."""
    named = f"{', '.join(heads[:-1])} and {heads[-1]}" if len(heads) > 1 else heads[0]
    learned = "They learned the parameters of a generator of faces"
    return f"No answer on {named}. {learned}; of a picture that is not known here to be its work they say nothing."


def words(state: HeadsState, view: HeadsView) -> dict[str, str]:
    """The sentences that stand below the parts of the picture."""
    return {
        "answer": _answer(state, view),
        "attributes": _attributes(view),
        "age": _age(view),
        "other": _other(view),
        "feature": _feature(state, view),
        "maps": _maps(view),
    }


def _answer(state: HeadsState, view: HeadsView) -> str:
    top = int(view.now.emotion.argmax())
    synthetic = f"a synthetic face, {expression(state.emotion, state.intensity, units=state.units)}"
    what = {SYNTHETIC: synthetic, OWN: "your own picture"}.get(state.source, f"the sample {state.source}")
    return f"label: {view.labels[top]} {view.now.emotion[top]:.2f} ({view.reader}), for {what}."


def _attributes(view: HeadsView) -> str:
    said = _three(view.now)
    if not said or not view.person:
        return said
    person = view.person
    shares = ", ".join(f"{name} {share:.2f}" for name, share in zip(SHAPES, person["ethnicity"], strict=True))
    drawn = f"Drawn: {person['age']:.0f} years, gender {person['gender']:.2f}, {shares}."
    return f"{said} {drawn}"


def _three(said: Said) -> str:
    if said.years is None or said.ethnicity is None:
        return ""
    shares = ", ".join(f"{name} {share:.2f}" for name, share in zip(SHAPES, said.ethnicity, strict=True))
    age = f"{said.years:.1f} years (mean over all ages {said.mean:.1f})"
    return f"The generator's age {age}, gender {said.gender:.2f} (0 male, 1 female), {shares}."


def _age(view: HeadsView) -> str:
    if view.now.years is None:
        return ""
    (first, share), (second, rest) = view.now.two
    return f"{share:.2f} · {first} + {rest:.2f} · {second} = {view.now.years:.1f} years"


def _other(view: HeadsView) -> str:
    if view.other is None:
        return ""
    top = int(view.other.emotion.argmax())
    text = f"Beside it, {view.other_reader}: {view.labels[top]} {view.other.emotion[top]:.2f}"
    if view.other.years is not None and view.now.years is not None:
        text += f", {view.other.years:.1f} years, gender {view.other.gender:.2f}"
    return f"{text}."


def _feature(state: HeadsState, view: HeadsView) -> str:
    """The number under the cursor, and what it adds to each head."""
    added = ", ".join(f"{view.told[head]} {values[state.channel]:+.3f}" for head, values in view.fed.items())
    text = f"Feature {state.channel} is {view.now.feature[state.channel]:.3f}; it adds to the logits of {added}."
    if view.moves:
        moves = {name: float(values[state.channel]) for name, values in view.moves.items()}
        most = max(moves, key=lambda name: abs(moves[name]))
        text += f" Of the dials, “{most}” moves it most, by {moves[most]:+.3f}."
    return text.replace("-", "−")


def _maps(view: HeadsView) -> str:
    if view.maps is None:
        return ""
    found = []
    for head, spread in view.maps.items():
        unit = " years" if head == "age" else ""
        shown = "flat" if spread.flat else f"{spread.total:+.2f} ± {spread.error:.2f}{unit}"
        found.append(f"{view.told[head] if head != 'age' else 'mean age'} {shown}")
    text = f"Against the face blurred, the maps add up to: {', '.join(found)}."
    return text.replace("-", "−")
