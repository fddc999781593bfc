"""What moves which head: twins that differ in one parameter of the generator, and the heads' pulls on one feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz.emotions import Emotion
from ferviz.faces import studio
from ferviz.faces.expression import settle, units_to_activations
from ferviz.faces.identity import sample_person
from ferviz.faces.parts import EMOTIONS
from ferviz.faces.render import render
from ferviz.learning.answering import cross_entropy
from ferviz.learning.people import gender_loss
from ferviz.measured import Measured
from ferviz.measuring.keeping import kept
from ferviz.measuring.multi_task_boards import TaskBoard, said_of
from ferviz.models.model import gray, resize
from ferviz.models.multi_task import HEADS, MultiTask, read_age
from ferviz.scores.twins import SIDE, VERSIONS, draw_twins

__all__ = [
    "MOVED",
    "PAIRS",
    "UNITS",
    "add_cosines",
    "add_moves",
    "cosines",
    "draw_expressions",
    "draw_shapes",
    "gradients",
    "moves",
    "relative",
    "shared",
    "strangers_apart",
    "twins_in",
]

Array = npt.NDArray[Any]
SHAPE, EXPRESSION = "shape alone", "expression"
MOVED = (*VERSIONS, SHAPE, EXPRESSION)
"""What twins differ in: the properties of `ferviz.scores.twins` and what the generator lets follow from them (from
gender hair, beard and make-up, from ethnicity skin, hair and iris), the ethnicity's shape with all that is painted
kept, and the expression."""
PAIRS = tuple(combinations(HEADS, 2))
AS_DRAWN = (EXPRESSION, EMOTIONS.index(Emotion.NEUTRAL))  # the twin that is a person as drawn, with a neutral face
FIRST = 9_000_000  # numbers of people beyond all sets
_BATCH = 64  # faces
UNITS: Mapping[str, str] = {
    "emotion": "total variation of the probabilities",
    "age": "years",
    "gender": "distance of the numbers from 0 to 1",
    "ethnicity": "total variation of the shares",
}


def draw_expressions(seed: int) -> npt.NDArray[np.uint8]:
    """One person with every expression at .8, all else alike: uint8 (7, 112, 112, 3)."""
    person, scene = sample_person(np.random.default_rng(seed)), studio.make_scene()
    images = []
    for emotion in EMOTIONS:
        units: dict[int | str, float] = {name: 0.8 * strength for name, strength in studio.recipe(emotion).items()}
        images.append(render(person, settle(units_to_activations(units)), scene, SIDE).image)
    return np.stack(images)


def draw_shapes(seed: int) -> npt.NDArray[np.uint8]:
    """One person with the shape of each ethnicity, skin, hair and all else kept: uint8 (3, 112, 112, 3)."""
    person, scene = sample_person(np.random.default_rng(seed)), studio.make_scene()
    still = settle(units_to_activations({}))
    shapes = VERSIONS["ethnicity"].values()
    return np.stack([render(replace(person, ethnicity=one), still, scene, SIDE).image for one in shapes])


def _drawn(name: str, seed: int) -> npt.NDArray[np.uint8]:
    if name in VERSIONS:
        return draw_twins(seed, name, "neutral")
    return {SHAPE: draw_shapes, EXPRESSION: draw_expressions}[name](seed)


def twins_in(folder: Path, people: int, side: int) -> dict[str, torch.Tensor]:
    """Gray pictures (P, V, 1, S, S) of so many people's twins, by what they differ in: drawn once, and kept."""

    def draw() -> dict[str, torch.Tensor]:
        found = {}
        for name in MOVED:
            drawn = [_drawn(name, number) for number in range(FIRST, FIRST + people)]
            cut = torch.from_numpy(np.stack([studio.cut(one) for one in drawn]))  # (P, V, h, h, 3)
            flat = resize(gray(cut.flatten(0, 1).permute(0, 3, 1, 2).float()), side)
            found[name] = flat.round().clamp(0, 255).to(torch.uint8).unflatten(0, cut.shape[:2]).contiguous()
        return found

    moved = torch.frombuffer(bytearray(" ".join(MOVED).encode()), dtype=torch.uint8)
    return kept(folder, "twins", (torch.tensor([people, side, FIRST]), moved), draw)


def moves(said: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """How far each head (P,) is apart between two twins of a person: the mean over all pairs of twins.

    ``said`` are outputs (P, V, …).
    """
    return {head: _apart(_numbers(head, said[head])).mean(1) for head in HEADS}


def strangers_apart(said: Mapping[str, torch.Tensor], twin: int = 0) -> dict[str, Array]:
    """How far each head of a person (P,) is, by one of the twins, from the others' in the mean.

    The mean of that is how far two people are apart.
    """
    found = {}
    for head in HEADS:
        own = _numbers(head, said[head])[:, twin]
        found[head] = np.abs(own[:, None] - own[None]).sum((1, 2)) / 2 / (len(own) - 1)
    return found


def relative(moved: npt.ArrayLike, apart: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Numbers (P,) whose mean is that of ``moved`` over that of ``apart``, and whose spread is that of its estimate.

    Each is the ratio and the person's influence on it. ``apart`` (P,) is how far a person is from the others, and so a
    mean over pairs: a person moves that mean by twice their own distance from it (Hoeffding 1948). NaN where nobody is
    apart.

    Examples
    --------
    >>> round(float(relative([1.0, 3.0], [3.0, 5.0]).mean()), 6)
    0.5
    """
    w, d = np.asarray(moved, float), np.asarray(apart, float)
    if not d.any():
        return np.full(len(w), np.nan)
    ratio = w.mean() / d.mean()
    found: npt.NDArray[np.float64] = ratio + ((w - w.mean()) - 2 * ratio * (d - d.mean())) / d.mean()
    return found


def _numbers(head: str, output: torch.Tensor) -> Array:
    """What a head says (P, V, K), so that half the sum of distances is what `UNITS` names."""
    flat = output.flatten(0, 1)
    if head == "age":
        flat = 2 * read_age(flat)[:, None]
    elif head == "gender":
        flat = 2 * flat[:, None]
    else:
        flat = flat.softmax(1)
    return np.asarray(flat.unflatten(0, output.shape[:2]).double().numpy())


def _apart(numbers: Array) -> Array:
    """Half the sum of distances (P, pairs) between all pairs along the second axis of (P, V, K)."""
    first, second = np.triu_indices(numbers.shape[1], 1)
    found: Array = np.abs(numbers[:, first] - numbers[:, second]).sum(2) / 2
    return found


def add_moves(board: TaskBoard, run: int, model: MultiTask, twins: Mapping[str, torch.Tensor], folder: Path) -> None:
    """What twins move in a network's heads: in the heads' units, and in shares of how far two people are apart.

    Those people are as they were drawn, of any age, gender, shape and skin, in one light and with a neutral face; that
    they are few is in the interval too (`relative`).
    """
    said = {
        name: {
            head: value.unflatten(0, pictures.shape[:2])
            for head, value in said_of(model, pictures.flatten(0, 1), folder).items()
        }
        for name, pictures in twins.items()
    }
    twins_of, neutral = AS_DRAWN
    between = strangers_apart(said[twins_of], neutral)
    for name, told in said.items():
        for head, values in moves(told).items():
            board.add(run, name, {f"{head}, raw": values, head: relative(values, between[head])})


def shared(board: TaskBoard, body: str) -> dict[str, list[Measured]]:
    """The matrix *what moved × which head*, in shares and in units, of heads on a ``body``."""
    told: dict[str, list[Measured]] = {"sharing": [], "sharing_raw": []}
    for head, unit in UNITS.items():
        what = f"how far {head} is apart between twins, over how far between two people"
        told["sharing"] += board.table(head, what, MOVED, head=head, body=body)
        raw = f"how far {head} is apart between twins: {unit}"
        told["sharing_raw"] += board.table(f"{head}, raw", raw, MOVED, head=head, body=body)
    return told


def gradients(model: MultiTask, feature: torch.Tensor, target: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The gradient (N, D) of each head's loss on the feature that all heads share."""
    found: dict[str, list[torch.Tensor]] = {head: [] for head in HEADS}
    model.eval()
    for at in torch.arange(len(feature)).split(_BATCH):
        x = feature[at].requires_grad_()
        said = model.from_features(x)
        for head in HEADS:
            loss = gender_loss if head == "gender" else cross_entropy
            (pull,) = torch.autograd.grad(loss(said[head], target[head][at]).sum(), x, retain_graph=True)
            found[head].append(pull)
    return {head: torch.cat(pulls) for head, pulls in found.items()}


def add_cosines(
    board: TaskBoard, run: int, row: str, model: MultiTask, feature: torch.Tensor, target: Mapping[str, torch.Tensor]
) -> None:
    """The cosine (N,) of each two heads' gradients, and of one's with that of another face: the control."""
    known = gradients(model, feature, target)
    other = torch.from_numpy(np.random.default_rng([run, 41]).permutation(len(feature)))
    for first, second in PAIRS:
        pulls = known[first], known[second]
        name = f"{first} · {second}"
        board.add(run, row, {name: _cosine(*pulls), f"{name}, other face": _cosine(pulls[0], pulls[1][other])})


def cosines(board: TaskBoard, rows: Sequence[str]) -> list[Measured]:
    """The table of `add_cosines`."""
    what = "cosine of two heads' gradients on the feature"
    names = [f"{first} · {second}" for first, second in PAIRS]
    return [
        one
        for name in names
        for control, score in ((False, name), (True, f"{name}, other face"))
        for one in board.table(score, what, rows, heads=name, control=control)
    ]


def _cosine(one: torch.Tensor, other: torch.Tensor) -> Array:
    return np.asarray(functional.cosine_similarity(one, other, dim=1).double().numpy())
