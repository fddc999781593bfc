"""What a model reads in synthetic heads, and how far one property of them moves its answer.

A causal audit on the generator's parameters: within a pair nothing differs but the property, and what the generator
lets follow from it. It says nothing about groups of real people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz import arguments
from ferviz.clip import Clip, Crop, Truth
from ferviz.emotions import Emotion
from ferviz.faces import studio
from ferviz.faces.expression import settle, units_to_activations
from ferviz.faces.identity import Person, sample_person
from ferviz.faces.render import render
from ferviz.models.model import Model
from ferviz.observe import observe
from ferviz.scores.chance import bootstrap_people

__all__ = ["SIDE", "VERSIONS", "Shift", "as_clip", "draw_twins", "read_heads", "shift_of", "twin"]

Array = npt.NDArray[np.float32]

SIDE = 112
"""Pixels of a twin's picture."""
VERSIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "age": {f"{age} years": float(age) for age in (20, 35, 50, 65, 80)},
        "skin": {f"tone {tone:g}": tone for tone in (0.5, 2.0, 3.5, 5.0, 6.5)},
        "ethnicity": {
            "African": (1.0, 0.0, 0.0),
            "Asian": (0.0, 1.0, 0.0),
            "Caucasian": (0.0, 0.0, 1.0),
        },
        "gender": {"0 (male)": 0.0, "0.25": 0.25, "0.5": 0.5, "0.75": 0.75, "1 (female)": 1.0},
        "light": {
            "soft": {"direct": 0.0},
            "from the left": {"light": -75.0, "height": 15.0, "direct": 0.8},
            "from the right": {"light": 75.0, "height": 15.0, "direct": 0.8},
            "from above": {"light": 0.0, "height": 70.0, "direct": 0.8},
            "from below": {"light": 0.0, "height": -40.0, "direct": 0.8},
        },
    }
)
"""Property → the values in which the twins differ, by name."""


@dataclass(frozen=True)
class Shift:
    """How one version compares with the reference over N people: ``mean`` probability of the emotion's label;
    ``difference`` to the reference with its 95 % interval ``low`` to ``high`` (NaN below 2 people); ``other``, the
    number of people for whom the top label is another one."""

    mean: float
    difference: float
    low: float
    high: float
    other: int


def read_heads(model: Model, images: Sequence[npt.NDArray[np.uint8]]) -> Array:
    """Probabilities (N, E) of pictures made with `ferviz.faces.studio.make_scene`."""
    if not len(images):
        raise ValueError("images must hold one picture at least; got 0")
    probability: Array = observe(model, as_clip(images, ()))["emotion_probability"].values
    return probability


def as_clip(images: Sequence[npt.NDArray[np.uint8]], people: Sequence[int]) -> Clip:
    """Pictures of drawn heads, such as those of `draw_twins`, as one clip, cut as networks want their faces.

    Parameters
    ----------
    images : sequence of uint8 (H, W, 3)
        Made with `ferviz.faces.studio.make_scene`.
    people : sequence of int
        The seeds that their people were drawn with: what the clip's truth knows of them. Without any, heads of the
        generator's parameters say nothing (`ferviz.models.Model.silent`).
    """
    faces = studio.cut(np.stack(images))
    seeds = [arguments.seed(one) for one in people]
    truth = Truth(person={"seeds": seeds}) if seeds else Truth()
    times = np.arange(len(faces), dtype=float)
    return Clip(faces, times, crop=Crop(faces.shape[1], 0.0), truth=truth, source="synthetic")


def twin(seed: int, vary: str, value: Any) -> Person:
    """A person with one property set and the luck of ``seed`` in all the rest."""
    rng = np.random.default_rng(arguments.seed(seed))
    if vary in ("age", "gender", "ethnicity"):
        return sample_person(rng, **{vary: value})
    person = sample_person(rng)
    return replace(person, skin=replace(person.skin, tone=value)) if vary == "skin" else person


def draw_twins(
    seed: int, vary: str, emotion: Emotion | str, way: int = 1, intensity: float = 1.0
) -> npt.NDArray[np.uint8]:
    """One person's twins with the same expression: uint8 (V, 112, 112, 3), one a value of `VERSIONS`.

    Parameters
    ----------
    seed : int
        The person.
    vary : str
        A property of `VERSIONS`.
    emotion, way
        A recipe, as in `ferviz.faces.studio.recipe`.
    intensity : float
        0 to 1.

    Raises
    ------
    ValueError
        For another property, emotion or way.
    """
    arguments.seed(seed)
    arguments.choice("vary", vary, VERSIONS)
    arguments.number("intensity", intensity, "from 0 to 1", lambda value: 0 <= value <= 1)
    strengths = studio.recipe(emotion, way).items()
    activations = settle(units_to_activations({str(name): value * intensity for name, value in strengths}))
    images = []
    for value in VERSIONS[vary].values():
        scene = studio.make_scene(**(value if vary == "light" else {}))
        images.append(render(twin(seed, vary, value), activations, scene, SIDE).image)
    return np.stack(images)


def shift_of(audit: Array, reference: int, version: int, label: int) -> Shift:
    """How one version of the twins compares with another over many people.

    Parameters
    ----------
    audit : array (N, V, E)
        The probabilities of N people's twins.
    reference, version : int
        Places along V.
    label : int
        The place along E of the emotion that all of them show.

    Returns
    -------
    Shift
        Its interval draws people anew in pairs, from seed 0 (`bootstrap_people`).
    """
    each = arguments.array("audit", audit)
    if not len(each):
        return Shift(np.nan, np.nan, np.nan, np.nan, 0)
    if each.ndim != 3:
        raise ValueError(f"audit must have shape (N, V, E); got {each.shape}")
    for name, place, count in (("reference", reference, 1), ("version", version, 1), ("label", label, 2)):
        arguments.whole(name, place, 0, each.shape[count] - 1)
    top = each.argmax(2)
    difference = each[:, version, label] - each[:, reference, label]
    found = bootstrap_people(difference, np.arange(len(each)), np.random.default_rng(0))
    other = int((top[:, version] != top[:, reference]).sum())
    return Shift(float(each[:, version, label].mean()), found.mean, found.low, found.high, other)
