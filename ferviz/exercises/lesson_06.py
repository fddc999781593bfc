"""The checks of lesson 06: statistics of a clip, a weighted loss, what is frozen, a leak, a body for a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.exercises.base import NotYet, check, number, numbers, run, show
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import Config, MultiTask
from ferviz.seeds import seeded

__all__ = ["FACE", "TWIN", "chosen", "described", "frozen", "leaked", "weighted"]

Array = npt.NDArray[np.float64]

FACE = "happiness-still"
"""The face that the lesson leads with."""
TWIN = 3
"""The person whose twins it shows."""


# ---- statistics of a clip --------------------------------------------------------------------------------------------


@check
def described(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes features (T, D) of a clip's frames; gives mean, std, min and max side by side, of length 1."""
    cases = [np.array([[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]])]
    cases += [generator.normal(0, 2, (int(generator.integers(3, 7)), 3)).round(2) for _ in range(3)]
    got = [numbers(run(function, one), "the descriptor", shape=(4 * one.shape[1],)) for one in cases]
    right = [_descriptor(one) for one in cases]
    if not all(np.allclose(a, b) for a, b in zip(got, right, strict=True)):
        place = next(i for i, (a, b) in enumerate(zip(got, right, strict=True)) if not np.allclose(a, b))
        why = next((why for wrong, why in _MADE if _alike(got, [wrong(one) for one in cases])), "")
        case = f"for frames {show(cases[place])} it is {show(right[place])}, yours is {show(got[place])}"
        raise NotYet(f"{case}{': ' + why if why else '.'}")
    return (
        "[mean; std; min; max] over the frames, divided by its length. The std divides by the number of frames, not by "
        "one less, so that a clip of one frame has a std of 0; divided by one less, it would have none."
    )


def _parts(frames: Array, ddof: int = 0) -> list[Array]:
    return [frames.mean(0), frames.std(0, ddof=ddof), frames.min(0), frames.max(0)]


def _unit(parts: Sequence[Array]) -> Array:
    vector = np.concatenate(parts)
    return np.asarray(vector / np.linalg.norm(vector))


def _descriptor(frames: Array) -> Array:
    return _unit(_parts(frames))


_MADE: tuple[tuple[Callable[[Array], Array], str], ...] = (
    (lambda x: np.concatenate(_parts(x)), "it is not divided by its length yet."),
    (lambda x: _unit(_parts(x, 1)), "that is the std of a sample, which divides by the frames less one. These frames "
     "are all there are: divide by their number (`ddof=0`)."),
    (lambda x: _unit([_parts(x)[i] for i in (0, 1, 3, 2)]), "max and min are exchanged: the code's order is mean, std, "
     "min, max."),
    (lambda x: _unit([_parts(x)[0], _parts(x)[1] ** 2, *_parts(x)[2:]]), "that is the variance; take its root."),
    (lambda x: np.concatenate([part / np.linalg.norm(part) for part in _parts(x)]), "each statistic is divided by its "
     "own length. All four together have one length."),
    (lambda x: np.concatenate(_parts(x)) / np.concatenate(_parts(x)).sum(), "it is divided by its sum; the length is "
     "the root of the sum of squares."),
)  # fmt: skip


def _alike(got: Sequence[Array], other: Sequence[Array]) -> bool:
    return all(a.shape == b.shape and np.allclose(a, b) for a, b in zip(got, other, strict=True))


# ---- the weighted loss -----------------------------------------------------------------------------------------------


@check
def weighted(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes probabilities (N, K), labels (N,) and the training set's counts (K,): the weighted loss."""
    cases = []
    for _ in range(3):
        faces, labels = int(generator.integers(4, 8)), int(generator.integers(3, 6))
        probability = generator.dirichlet(np.ones(labels), faces).round(3).clip(0.01)
        probability /= probability.sum(1, keepdims=True)
        counts = generator.integers(10, 500, labels)
        cases.append((probability, generator.integers(0, labels, faces), counts))
    got = [number(run(function, *case), "the loss") for case in cases]
    right = [_loss(*case) for case in cases]
    if not np.allclose(got, right):
        place = int(np.argmax(~np.isclose(got, right)))
        why = next((why for wrong, why in _LOSSES if np.allclose(got, [wrong(*case) for case in cases])), "")
        case = f"with counts {show(cases[place][2])} the loss is {right[place]:.3f}, yours is {got[place]:.3f}"
        raise NotYet(f"{case}{': ' + why if why else '.'}")
    return (
        "the mean of −w log p of the label, w = N_max / N_c: a label with a tenth of the faces counts ten times. "
        "PyTorch's weighted mean would divide by the sum of the weights instead: another scale, the same direction "
        "within a batch."
    )


def _each(probability: Array, label: Any, weight: Array) -> Array:
    return np.asarray(-weight[label] * np.log(probability[np.arange(len(label)), label]))


def _loss(probability: Array, label: Any, counts: Any) -> float:
    return float(_each(probability, label, counts.max() / counts).mean())


_LOSSES: tuple[tuple[Callable[[Array, Any, Any], float], str], ...] = (
    (lambda p, y, n: float(_each(p, y, np.ones(len(n))).mean()), "every face counts alike: the weights are missing."),
    (lambda p, y, n: float(_each(p, y, n / n.max()).mean()), "the weights are upside down: rare labels must count "
     "more."),
    (lambda p, y, n: float(_each(p, y, 1 / n).mean()), "w = 1 / N_c. The paper's weights are N_max / N_c, so that the "
     "commonest label has weight 1."),
    (lambda p, y, n: float(_each(p, y, n.sum() / n).mean()), "w = N / N_c. The paper's weights are N_max / N_c."),
    (lambda p, y, n: float(_each(p, y, n.max() / n).sum()), "take the mean over the faces, not the sum."),
    (lambda p, y, n: float(_each(p, y, n.max() / n).sum() / (n.max() / n)[y].sum()), "that divides by the sum of the "
     "weights, as PyTorch does. Here, as in Keras, the mean is over the faces."),
    (lambda p, y, n: -_loss(p, y, n), "the sign: −log p is above 0."),
)  # fmt: skip


# ---- what is frozen --------------------------------------------------------------------------------------------------

_TINY = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6, 6), strides=(1, 2)), 16)
HEAD = "answers.emotion."  # how the names of its weights begin


@check
def frozen(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a network of several heads in training mode, and gives it back ready for the first step: the
    head of expressions alone learns."""
    with seeded(int(generator.integers(2**31)), 0):
        model = MultiTask(Config(_TINY, hidden=4)).train()
        faces, label = torch.randn(24, 1, 16, 16), torch.arange(24) % 7
    model = run(function, model)
    if not isinstance(model, MultiTask):
        raise NotYet(f"give the network itself back; got {show(model)}.")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    moving = {name: one for name, one in model.named_parameters() if one.requires_grad}
    if not {name for name, _ in model.named_parameters() if name.startswith(HEAD)} <= set(moving):
        raise NotYet("the head of expressions, `answers.emotion`, must ask for a gradient: it is the one that learns.")
    optimiser = torch.optim.SGD(moving.values(), lr=0.1, weight_decay=0.01)
    for _ in range(10):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(faces)["emotion"], label).backward()
        optimiser.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    _check_moved(moved)
    if others := [name for name in moving if not name.startswith(HEAD)]:
        raise NotYet(
            f"the body holds still, and {len(others)} weights of other parts still ask for a gradient, {others[0]} "
            "among them. The head of expressions learns alone: freeze the whole network first, then let that head go."
        )
    return (
        "in ten steps nothing of the body moved by one bit, its batch norms' means and variances among it, and the "
        "head did. `requires_grad_(False)` holds weights; `eval()` holds what a batch norm counts by itself."
    )


def _check_moved(moved: set[str]) -> None:
    """Stop where the body moved in a head's ten steps, or the head of expressions did not."""
    body = {name for name in moved if name.startswith("backbone")}
    norms = {name for name in body if "running" in name or "num_batches" in name}
    if body - norms:
        raise NotYet(
            f"{len(body - norms)} of the body's weights moved, {sorted(body - norms)[0]} among them: freeze the "
            "`backbone`."
        )
    if norms:
        raise NotYet(
            f"no weight of the body moved, and yet its answers did: {len(norms)} numbers of its batch norms, such as "
            f"{sorted(norms)[0]}, follow the faces that pass in training mode. Put the `backbone` into evaluation mode."
        )
    if not any(name.startswith(HEAD) for name in moved):
        raise NotYet("nothing of the body moved, and nothing of the head of expressions did: it must learn.")


# ---- a leak ----------------------------------------------------------------------------------------------------------


@check
def leaked(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes training and test faces, arrays (N, 2) of person and picture: the share of test faces leaked.

    Leaked is a test face whose person, or whose very picture, stands in training.
    """
    cases = []
    for _ in range(4):
        train = np.column_stack([generator.integers(0, 12, 30), generator.permutation(200)[:30]])
        fresh = np.column_stack([generator.integers(0, 24, 20), 200 + generator.permutation(200)[:20]])
        again = generator.choice(20, 4, replace=False)
        fresh[again, 1] = train[generator.choice(30, 4, replace=False), 1]  # the same picture under another name
        fresh[again[:2], 0] += 24
        cases.append((train, fresh))
    got = [number(run(function, *case), "the share") for case in cases]
    right = [_leak(*case) for case in cases]
    if not np.allclose(got, right):
        place = int(np.argmax(~np.isclose(got, right)))
        why = next((why for wrong, why in _LEAKS if np.allclose(got, [wrong(*case) for case in cases])), "")
        raise NotYet(f"the share is {right[place]:.2f}, yours is {got[place]:.2f}{': ' + why if why else '.'}")
    return (
        "a face leaks by its person or by its picture. A picture that stands twice under two names is found by its "
        "bytes alone; a person in two pictures by no bytes at all: somebody must have written down who it is."
    )


def _leak(train: Any, test: Any) -> float:
    return float((np.isin(test[:, 0], train[:, 0]) | np.isin(test[:, 1], train[:, 1])).mean())


_LEAKS: tuple[tuple[Callable[[Any, Any], float], str], ...] = (
    (lambda a, b: float(np.isin(b[:, 0], a[:, 0]).mean()), "you find the people. Some pictures of training stand in "
     "the test under another person's name."),
    (lambda a, b: float(np.isin(b[:, 1], a[:, 1]).mean()), "you find the same pictures. Another picture of the same "
     "person leaks too."),
    (lambda a, b: float((np.isin(b[:, 0], a[:, 0]) & np.isin(b[:, 1], a[:, 1])).mean()), "one of the two is enough: "
     "*or*, not *and*."),
    (lambda a, b: _leak(b, a), "that is the share of the training faces. A test is spoiled by what is in the test."),
    (lambda a, b: 1 - _leak(a, b), "that is the share that does not leak."),
    (lambda a, b: _leak(a, b) * len(b), "that is how many; divide by the number of test faces."),
)  # fmt: skip


# ---- a body for a budget ---------------------------------------------------------------------------------------------

Body = Mapping[str, Any]
NONE = "none"


@check
def chosen(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes bodies (dicts of name, ms, spread, accuracy) and a budget in ms: the name of one, or "none".

    It is the most accurate of those whose ms and spread together stay within the budget.
    """
    for place in range(6):
        bodies, budget = _market(generator, none=place == 3), 20.0
        got = run(function, bodies, budget)
        right = _best(bodies, budget)
        if not isinstance(got, str) or got != right:
            raise NotYet(_why_body(got, right, bodies, budget))
    return (
        "the most accurate body that stays within the budget with its spread. A published 16 ± 5 ms does not promise "
        "20 ms; and where nothing fits, the honest answer is \"none\"."
    )


def _market(generator: np.random.Generator, none: bool) -> list[dict[str, Any]]:
    names = ["body A", "body B", "body C", "body D"]
    ms = generator.uniform(17, 60, 4) if none else np.array([6.0, 12.0, 16.0, 19.0]) + generator.uniform(-1, 1, 4)
    spread = np.array([4.0, 4.0, 5.0, 6.0]) if none else np.array([1.0, 2.0, 6.0, 4.0])
    accuracy = np.sort(generator.uniform(0.5, 0.7, 4))
    order = generator.permutation(4)
    rows = zip(names, ms.round(1).tolist(), spread.tolist(), accuracy.round(3).tolist(), strict=True)
    made = [dict(zip(("name", "ms", "spread", "accuracy"), row, strict=True)) for row in rows]
    return [made[int(at)] for at in order]


def _best(bodies: Sequence[Body], budget: float) -> str:
    fit = [one for one in bodies if one["ms"] + one["spread"] <= budget]
    return str(max(fit, key=lambda one: float(one["accuracy"]))["name"]) if fit else NONE


def _why_body(got: Any, right: str, bodies: Sequence[Body], budget: float) -> str:
    known = {one["name"]: one for one in bodies}
    if not isinstance(got, str) or got not in (*known, NONE):
        return f"give the name of a body, or {NONE!r}; got {show(got)}."
    if got == NONE:
        return f"{right} fits {budget:g} ms, and you say that none does."
    one = known[got]
    if one["ms"] + one["spread"] > budget:
        over = "by itself" if one["ms"] > budget else f"with its spread of {one['spread']:g}"
        return f"{got} takes {one['ms']:g} ms, which is over {budget:g} ms {over}. {_instead(right)}"
    better = known[right]["accuracy"]
    return f"{got} fits, with an accuracy of {one['accuracy']:.3f}. {right} fits too, and has {better:.3f}."


def _instead(right: str) -> str:
    return f"No body fits here: say {NONE!r}." if right == NONE else f"Of those that fit, {right} is the most accurate."
