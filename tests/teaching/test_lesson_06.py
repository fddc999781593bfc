"""The checks of lesson 06: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from ferviz.exercises import lesson_06 as check
from ferviz.exercises.base import OPEN
from ferviz.models.descriptor import descriptor


def refused(result, message):
    assert not result
    assert re.search(message, result.message), result.message


# ---- statistics of a clip --------------------------------------------------------------------------------------------


def parts(x, ddof=0):
    return [x.mean(0), x.std(0, ddof=ddof), x.min(0), x.max(0)]


def unit(some):
    vector = np.concatenate(some)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("seed", [0, 5])
def test_the_descriptor_passes(seed):
    assert check.described(lambda x: unit(parts(x)), seed=seed)
    assert check.described(lambda x: descriptor(torch.from_numpy(x)[None])[0], seed=seed)


BAD_DESCRIPTORS = {
    "stub": (lambda x: None, "gives nothing back"),
    "shape": (lambda x: unit(parts(x)[:2]), "must be 8 numbers; got shape"),
    "length": (lambda x: np.concatenate(parts(x)), "it is not divided by its length yet"),
    "sample": (lambda x: unit(parts(x, 1)), "divide by their number"),
    "order": (lambda x: unit([parts(x)[i] for i in (0, 1, 3, 2)]), "max and min are exchanged"),
    "variance": (lambda x: unit([parts(x)[0], parts(x)[1] ** 2, *parts(x)[2:]]), "that is the variance"),
    "each": (lambda x: np.concatenate([p / np.linalg.norm(p) for p in parts(x)]), "each statistic is divided by its"),
    "sum": (lambda x: np.concatenate(parts(x)) / np.concatenate(parts(x)).sum(), "it is divided by its sum"),
    "other": (lambda x: unit(parts(x)) + 1, r"it is \[.*\], yours is \[.*\]\.$"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_DESCRIPTORS.values(), ids=BAD_DESCRIPTORS)
def test_wrong_descriptors_are_told_why(answer, message):
    refused(check.described(answer), message)


# ---- the weighted loss -----------------------------------------------------------------------------------------------


def losses(p, y, w):
    return -w[y] * np.log(p[np.arange(len(y)), y])


def test_the_weighted_loss_passes():
    assert check.weighted(lambda p, y, n: losses(p, y, n.max() / n).mean())


BAD_LOSSES = {
    "open": (..., re.escape(OPEN)),
    "plain": (lambda p, y, n: losses(p, y, np.ones(len(n))).mean(), "the weights are missing"),
    "upside": (lambda p, y, n: losses(p, y, n / n.max()).mean(), "the weights are upside down"),
    "one": (lambda p, y, n: losses(p, y, 1 / n).mean(), "w = 1 / N_c"),
    "all": (lambda p, y, n: losses(p, y, n.sum() / n).mean(), "w = N / N_c"),
    "sum": (lambda p, y, n: losses(p, y, n.max() / n).sum(), "take the mean over the faces"),
    "pytorch": (lambda p, y, n: losses(p, y, n.max() / n).sum() / (n.max() / n)[y].sum(), "as PyTorch does"),
    "sign": (lambda p, y, n: -losses(p, y, n.max() / n).mean(), "the sign"),
    "other": (lambda p, y, n: 7.0, r"the loss is .*, yours is 7.000\.$"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_LOSSES.values(), ids=BAD_LOSSES)
def test_wrong_losses_are_told_why(answer, message):
    refused(check.weighted(answer), message)


# ---- what is frozen --------------------------------------------------------------------------------------------------


def ready(*parts, still=True, model=None):
    model.requires_grad_(False)
    for part in parts:
        model.get_submodule(part).requires_grad_(True)
    if still:
        model.backbone.eval()
    return model


def silent(model):
    """Its head of expressions asks for a gradient, and gets one of 0."""
    for one in model.answers["emotion"].parameters():
        one.register_hook(torch.zeros_like)
        one.data.zero_()  # or the decay would move it
    return model


def test_a_frozen_body_passes():
    assert check.frozen(lambda model: ready("answers.emotion", model=model))
    assert check.frozen(lambda model: ready("answers.emotion", model=model.train()), seed=3)


BAD_FREEZING = {
    "stub": (lambda model: None, "gives nothing back"),
    "other thing": (lambda model: model.backbone, "give the network itself back; got"),
    "stops": (lambda model: model.nothing, "stopped with AttributeError"),
    "nothing": (lambda model: model, "of the body's weights moved, backbone.* among them: freeze the `backbone`"),
    "all": (lambda model: model.requires_grad_(False), "must ask for a gradient: it is the one that learns"),
    "norms": (lambda model: ready("answers.emotion", still=False, model=model), "follow the faces that pass in"),
    "other head": (lambda model: ready("answers.age", model=model), "`answers.emotion`, must ask for"),
    "all heads": (
        lambda model: ready("answers.emotion", "answers.age", model=model),
        "weights of other parts still ask for a gradient, answers.age.* among them",
    ),
    "the body alone": (
        lambda model: model.backbone.requires_grad_(False).eval() and model,
        "the body holds still, and .* weights of other parts",
    ),
    "a head that gets no gradient": (
        lambda model: silent(ready("answers.emotion", model=model)),
        "nothing of the head of expressions did: it must learn",
    ),
}


@pytest.mark.parametrize(("answer", "message"), BAD_FREEZING.values(), ids=BAD_FREEZING)
def test_wrong_freezing_is_told_why(answer, message):
    refused(check.frozen(answer), message)


# ---- a leak ----------------------------------------------------------------------------------------------------------


def either(a, b):
    return np.isin(b[:, 0], a[:, 0]) | np.isin(b[:, 1], a[:, 1])


def test_the_leak_is_found():
    assert check.leaked(lambda a, b: either(a, b).mean())


BAD_LEAKS = {
    "people": (lambda a, b: np.isin(b[:, 0], a[:, 0]).mean(), "you find the people"),
    "pictures": (lambda a, b: np.isin(b[:, 1], a[:, 1]).mean(), "you find the same pictures"),
    "both": (lambda a, b: (np.isin(b[:, 0], a[:, 0]) & np.isin(b[:, 1], a[:, 1])).mean(), r"\*or\*, not \*and\*"),
    "training": (lambda a, b: either(b, a).mean(), "that is the share of the training faces"),
    "clean": (lambda a, b: 1 - either(a, b).mean(), "that does not leak"),
    "count": (lambda a, b: either(a, b).sum(), "divide by the number of test faces"),
    "other": (lambda a, b: 0.123, r"yours is 0.12\.$"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_LEAKS.values(), ids=BAD_LEAKS)
def test_wrong_leaks_are_told_why(answer, message):
    refused(check.leaked(answer), message)


# ---- a body for a budget ---------------------------------------------------------------------------------------------


def fit(bodies, budget, sure=True):
    return [one for one in bodies if one["ms"] + sure * one["spread"] <= budget]


def best(bodies, budget, sure=True):
    there = fit(bodies, budget, sure)
    return max(there, key=lambda one: one["accuracy"])["name"] if there else "none"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_body_that_fits_passes(seed):
    assert check.chosen(best, seed=seed)


BAD_BODIES = {
    "stub": (lambda bodies, budget: None, "gives nothing back"),
    "spread": (lambda bodies, budget: best(bodies, budget, sure=False), "over 20 ms with its spread of"),
    "most": (lambda bodies, budget: max(bodies, key=lambda one: one["accuracy"])["name"], "is the most accurate"),
    "fastest": (lambda bodies, budget: min(bodies, key=lambda one: one["ms"])["name"], "fits too, and has"),
    "none": (lambda bodies, budget: "none", "fits 20 ms, and you say that none does"),
    "always": (
        lambda bodies, budget: best(bodies, budget) if fit(bodies, budget) else bodies[0]["name"],
        "No body fits here: say 'none'",
    ),
    "several": (lambda bodies, budget: np.array(["body A", "body B"]), "give the name of a body, or 'none'; got"),
    "kind": (lambda bodies, budget: 3, "give the name of a body, or 'none'; got 3"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_wrong_bodies_are_told_why(answer, message):
    refused(check.chosen(answer), message)
