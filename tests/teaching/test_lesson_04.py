"""The checks of lessons 04 and 04_more: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

import ferviz
from ferviz import sample
from ferviz.exercises import lesson_04 as check
from ferviz.exercises.base import OPEN
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.scores.pooled import pool
from ferviz.scores.search import other_weights, total_variation


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def refused(result, message):
    assert not result
    assert re.fullmatch(message, result.message), result.message


# ---- the mean -------------------------------------------------------------------------------------------------------

MEANS = {
    "picked": lambda v, w, u: w[u] @ v[u] / w[u].sum(),
    "average": lambda v, w, u: np.average(v[u], axis=0, weights=w[u]),
    "filled": lambda v, w, u: (np.where(u[:, None], v, 0) * (w * u)[:, None]).sum(0) / (w * u).sum(),
    "a loop": lambda v, w, u: sum(a * x for a, x, there in zip(w, v, u) if there) / sum(w[u]),
}


@pytest.mark.parametrize("answer", MEANS.values(), ids=MEANS)
@pytest.mark.parametrize("seed", range(3))
def test_the_mean_passes(answer, seed):
    result = check.mean(answer, seed=seed)
    assert result, result.message


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


BAD_MEANS = {
    "open": (lambda v, w, u: ..., re.escape(OPEN)),
    "nothing": (lambda v, w, u: None, "`<lambda>` gives nothing back: .*"),
    "sum": (
        lambda v, w, u: w[u] @ v[u],
        r"with all usable: this is the weighted sum. The weights sum to \d\.\d\d, not to 1: divide by their sum.",
    ),
    "number of frames": (
        lambda v, w, u: w[u] @ v[u] / u.sum(),
        "with all usable: this divides by the number of frames. Divide by the sum of the weights.",
    ),
    "plain": (lambda v, w, u: v[u].mean(0), "with all usable: this is the plain mean: the weights do not count in it."),
    "softmax": (
        lambda v, w, u: softmax(w[u]) @ v[u],
        "with all usable: this is a softmax of the weights. They are weights already: only divide by their sum.",
    ),
    "no mask": (
        lambda v, w, u: w @ v / w.sum(),
        "with frames 1 and 5 in a gap: frames in a gap count too. Leave them out, above and below the line.",
    ),
    "mask below": (
        lambda v, w, u: w @ v / w[u].sum(),
        "with frames 1 and 5 in a gap: frames in a gap count in the sum. Leave them out above the line too.",
    ),
    "mask above": (
        lambda v, w, u: w[u] @ v[u] / w.sum(),
        "with frames 1 and 5 in a gap: the gap's weights are still in the sum below the line. Leave them out there "
        "too.",
    ),
    "NaN": (
        lambda v, w, u: (w * u) @ v / (w * u).sum(),
        "right as long as a gap holds numbers. It may hold NaN, and 0 · NaN is NaN: take the usable frames first, "
        r"`vectors\[usable\]`.",
    ),
    "wrong axis": (lambda v, w, u: v.mean(1), r"the mean must be 3 numbers; got shape \(6,\)."),
    "anything": (
        lambda v, w, u: v[0],
        r"with all usable, for 6 frames, the mean is \[.*\]; yours is \[.*\].",
    ),
}


@pytest.mark.parametrize(("answer", "message"), BAD_MEANS.values(), ids=BAD_MEANS)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_mean_is_told_why(answer, message, seed):
    refused(check.mean(answer, seed=seed), message)


# ---- relation-attention ---------------------------------------------------------------------------------------------


def relation(f, q0, q1, *, anchor=None, final=None, vector=None, exchanged=False):
    alpha = sigmoid(f @ q0)
    mean = alpha @ f / alpha.sum() if anchor is None else anchor(alpha, f)
    copies = np.tile(mean, (len(f), 1))
    pairs = np.hstack([copies, f] if exchanged else [f, copies])
    beta = sigmoid(pairs @ q1)
    share = alpha * beta / (alpha * beta).sum() if final is None else final(alpha, beta)
    return share, share @ pairs if vector is None else vector(f, alpha, beta, mean, share)


def variant(**changes):
    return lambda f, q0, q1: relation(f, q0, q1, **changes)


@pytest.mark.parametrize("seed", range(4))
def test_relation_attention_passes(seed):
    result = check.relation(relation, seed=seed)
    assert result, result.message


def test_tensors_pass_too():
    assert check.relation(lambda f, q0, q1: tuple(torch.from_numpy(part) for part in relation(f, q0, q1)))


W = "the weights are not right yet: "
V = r"the weights are right\. The vector: "
BAD_RELATIONS = {
    "open": (lambda f, q0, q1: (..., ...), "the weights or the vector are still open."),
    "half open": (lambda f, q0, q1: (relation(f, q0, q1)[0], None), "the weights or the vector are still open."),
    "one thing": (
        lambda f, q0, q1: relation(f, q0, q1)[0],
        r"give back two things, the weights and the vector; got \[.*\].",
    ),
    "not normalised": (variant(final=lambda a, b: a * b), W + r"they sum to \d\.\d\d. Divide αβ by Σαβ."),
    "alpha only": (variant(final=lambda a, b: a / a.sum()), W + "these are α/Σα: the second stage is missing."),
    "beta only": (variant(final=lambda a, b: b / b.sum()), W + "these are β/Σβ: α counts in Eq. 4 too."),
    "plain anchor": (
        variant(anchor=lambda a, f: f.mean(0)),
        W + r"the anchor is the mean under α \(Eq. 2\); yours is the plain mean.",
    ),
    "sum as anchor": (variant(anchor=lambda a, f: a @ f), W + r"the anchor must be divided by Σα \(Eq. 2\)."),
    "exchanged": (
        variant(exchanged=True),
        W + r"in the pair \[f : f'v\] the frame comes first and the anchor second.",
    ),
    "softmax": (
        lambda f, q0, q1: (softmax(f @ q0), f[0]),
        W + "a softmax over the frames. In this paper every frame has a sigmoid of its own.",
    ),
    "anything": (variant(final=lambda a, b: a), r"the weights αβ/Σαβ are \[.*\]; yours are \[.*\]."),
    "short": (
        variant(vector=lambda f, a, b, m, w: w @ f),
        "the vector must have 4 numbers, yours has 2: Eq. 4 averages the pairs, not the frames.",
    ),
    "long": (
        variant(vector=lambda f, a, b, m, w: np.zeros(6)),
        r"the vector must be 4 numbers; got shape \(6,\).",
    ),
    "sum": (
        variant(vector=lambda f, a, b, m, w: a * b @ np.hstack([f, np.tile(m, (len(f), 1))])),
        V + "this is the sum under αβ. Divide by Σαβ.",
    ),
    "the official evaluation": (
        variant(vector=lambda f, a, b, m, w: a @ np.hstack([f, np.tile(m, (len(f), 1))]) / (a * b).sum()),
        V + r"this is the anchor twice, too large: Σα\[f : f'v\]/Σαβ, as the official evaluation has it. Eq. 4 has αβ "
        "above the line too.",
    ),
    "halves": (
        variant(vector=lambda f, a, b, m, w: np.concatenate([m, w @ f])),
        V + r"the halves are exchanged: the pair is \[f : f'v\], the frame first.",
    ),
    "plain second half": (
        variant(vector=lambda f, a, b, m, w: np.concatenate([w @ f, f.mean(0)])),
        V + "the second half must be the anchor, the mean under α.",
    ),
    "any vector": (
        variant(vector=lambda f, a, b, m, w: np.arange(2 * f.shape[1])),
        r"the weights are right. The vector is \[.*\]; yours is \[.*\].",
    ),
}


@pytest.mark.parametrize(("answer", "message"), BAD_RELATIONS.values(), ids=BAD_RELATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_relation_is_told_why(answer, message, seed):
    refused(check.relation(answer, seed=seed), message)


# ---- a frame shown again --------------------------------------------------------------------------------------------


def shares(w, frame, times):
    more = np.append(w, np.repeat(w[frame], times - 1))
    more /= more.sum()
    return more[frame] + more[len(w) :].sum()


AGAIN = {"formula": lambda w, j, k: k * w[j] / (1 + (k - 1) * w[j]), "by building it": shares}


@pytest.mark.parametrize("answer", AGAIN.values(), ids=AGAIN)
@pytest.mark.parametrize("seed", range(3))
def test_what_a_repeated_frame_has_in_all_passes(answer, seed):
    result = check.again(answer, seed=seed)
    assert result, result.message
    missed = re.search(r"missed by up to (\d\.\d{3}) here: the copies move the anchor", result.message)
    assert float(missed.group(1)) > 0


CASE = r"frame \d has weight 0\.\d{3} and is shown \d times in all; you say \d\.\d{3}, a network says 0\.\d{3}: "
BAD_AGAIN = {
    "open": (lambda w, j, k: ..., re.escape(OPEN)),
    "too much": (lambda w, j, k: k * w[j], CASE + "the weights must still sum to 1: the others get less."),
    "the same": (lambda w, j, k: w[j], CASE + "it has more now: each of the copies has a weight."),
    "one copy": (
        lambda w, j, k: w[j] / (1 + (k - 1) * w[j]),
        CASE + "that is the weight of one copy. Add up all of them.",
    ),
    "one too many": (
        lambda w, j, k: k * w[j] / (1 + k * w[j]),
        CASE + "the clip held the frame once already: only the copies that are new are added.",
    ),
    "counted": (
        lambda w, j, k: k / (len(w) + k - 1),
        CASE + "that counts frames. A frame counts as much as its weight says.",
    ),
    "anything": (lambda w, j, k: 0.987, r"frame \d has weight .*; a network gives it 0\.\d{3} in all, you say 0.987."),
    "all weights": (lambda w, j, k: w, r"what the frame has in all must be one number; got shape \(\d,\)."),
}


@pytest.mark.parametrize(("answer", "message"), BAD_AGAIN.values(), ids=BAD_AGAIN)
@pytest.mark.parametrize("seed", range(2))
def test_a_wrong_prediction_is_told_why(answer, message, seed):
    refused(check.again(answer, seed=seed), message)


# ---- other weights --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    """An untrained network whose weights and answers differ from frame to frame."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = FrameAttention(Config.compact()).eval()
    with torch.no_grad():
        for scale, part in ((30, model.classify), (40, model.q0.score), (40, model.q1.score)):
            part.weight *= scale
            part.weight -= part.weight.mean()
        clip = sample(check.CLIP)
        features = torch.from_numpy(ferviz.observe(model, clip)["feature"].values)
        told = pool(model, features, clip.usable(), None)
        model.classify.bias -= torch.from_numpy(told.answers.mean(0))  # so that no label wins in every frame
    return model


@pytest.fixture(scope="module")
def own(network):
    """What the network makes of the clip by itself."""
    clip = sample(check.CLIP)
    features = torch.from_numpy(ferviz.observe(network, clip)["feature"].values)
    return pool(network, features, clip.usable(), None)


@pytest.fixture(scope="module")
def found(own):
    return other_weights(own.answers, own.weight, tolerance=check.TOLERANCE).weight


@pytest.fixture(autouse=True)
def shipped(request, monkeypatch):
    if "network" in request.fixturenames:
        network = request.getfixturevalue("network")
        monkeypatch.setattr(check, "load_model", lambda name: network)


def test_what_a_search_finds_passes(network, found):
    result = check.other(found)
    assert result, result.message
    assert re.fullmatch(
        r"0\.\d\d of all weight has moved, and it is still label: \w+ 0\.\d\d. The network's heaviest frame, \d+, "
        r"went from 0\.\d\d to 0\.\d\d.",
        result.message,
    )


def test_weights_that_hardly_moved_are_told(own, found):
    far = total_variation(found, own.weight)
    assert check.other(own.weight + (check.FAR + 0.01) / far * (found - own.weight))
    refused(
        check.other(own.weight + (check.FAR - 0.01) / far * (found - own.weight)),
        r"the answer stays, but only 0\.29 of all weight has moved \(total variation, half the sum of all "
        r"differences\). Move 0.3 or more.",
    )


def test_the_networks_own_weights_are_no_others(own):
    refused(check.other(own.weight), "the answer stays, but only 0.00 of all weight has moved .*")


def one(frame):
    return np.eye(18)[frame]


def test_weights_that_move_the_label_are_told(own):
    labels = own.alone.argmax(1)
    frame = int(np.flatnonzero(labels != own.probability.argmax())[0])
    refused(check.other(one(frame)), r"label: \w+ became \w+. The answer must stay.")


def test_weights_that_move_a_probability_are_told(own):
    labels = own.alone.argmax(1)
    same = np.flatnonzero(labels == own.probability.argmax())
    frame = int(same[np.abs(own.alone - own.probability).max(1)[same].argmax()])
    refused(
        check.other(one(frame)),
        r"the probability of \w+ went from 0\.\d{3} to 0\.\d{3}; it may move by 0.02 at most.",
    )


BAD_WEIGHTS = {
    "open": (..., re.escape(OPEN)),
    "too few": (np.ones(3) / 3, r"the weights must be 18 numbers; got shape \(3,\)."),
    "not one": (np.ones(18), "the weights must sum to 1; yours sum to 18.000: divide by that."),
    "negative": (one(3) * 2 - one(7), "a weight is never negative; frame 7 has -1.000."),
    "words": ("even", "the weights must be numbers; got 'even'."),
}


@pytest.mark.parametrize(("answer", "message"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_what_are_no_weights_is_told(answer, message, network):
    refused(check.other(answer), message)


def test_the_checks_answer_is_the_networks_own(network, own):
    weights = np.random.default_rng(0).dirichlet(np.ones(18))
    with ferviz.intervene(network, {"weight": weights}):
        moved = ferviz.observe(network, sample(check.CLIP))
    np.testing.assert_allclose(check._answer(own.answers, weights), moved["emotion_probability"].values, atol=1e-5)


# ---- a design -------------------------------------------------------------------------------------------------------


def ten(evidence, share, generator):
    tell, not_tell = np.flatnonzero(evidence >= 0.6), np.flatnonzero(evidence <= 0.2)
    count = round(10 * share)
    return np.concatenate([generator.choice(tell, count), generator.choice(not_tell, 10 - count)])


ROWS = ("self", "pool")


@pytest.mark.parametrize("rows", [("self", "pool"), ["pool", "self"]])
@pytest.mark.parametrize("seed", range(3))
def test_the_design_passes(rows, seed):
    result = check.design(ten, rows, seed=seed)
    assert result, result.message


def more_frames(evidence, share, generator):
    return np.concatenate([ten(evidence, share, generator), np.flatnonzero(evidence <= 0.2)[:2]])


def without_replacement(evidence, share, generator):
    tell, count = np.flatnonzero(evidence >= 0.6), round(10 * share)
    rest = generator.choice(np.flatnonzero(evidence <= 0.2), 10 - count)
    picked = generator.choice(tell, count, replace=count > 6)
    return np.concatenate([generator.choice(tell, count, replace=False) if len(tell) < 6 else picked, rest])


def any_frames(evidence, share, generator):
    between = np.flatnonzero((evidence > 0.2) & (evidence < 0.6))
    return np.append(ten(evidence, share, generator)[:9], between[0])


def the_best(evidence, share, generator):
    tell, not_tell = np.flatnonzero(evidence >= 0.6), np.flatnonzero(evidence <= 0.2)
    count = round(10 * share)
    return np.concatenate([np.resize(tell, count), np.resize(not_tell, 10 - count)])


def only_the_best(evidence, share, generator):
    found = ten(evidence, share, generator)
    found[: round(10 * share)] = evidence.argmax()
    return found


def own_chance(evidence, share, generator):
    return ten(evidence, share, np.random.default_rng())


BAD_DESIGNS = {
    "open": (lambda e, s, g: ..., ROWS, re.escape(OPEN)),
    "values": (
        lambda e, s, g: e[ten(e, s, g)],
        ROWS,
        r"the frames must be whole numbers from 0 to 15; got \[.*\].",
    ),
    "a mask": (lambda e, s, g: e >= 0.6, ROWS, "for the share 0.3 you give 16 frames. Always give 10: .*"),
    "too many": (more_frames, ROWS, "for the share 0.3 you give 12 frames. Always give 10: .*"),
    "in between": (any_frames, ROWS, "one of your frames has evidence 0.[345][0-9]?, between 0.2 and 0.6: .*"),
    "exchanged": (
        lambda e, s, g: ten(e, 1 - s, g),
        ROWS,
        "for the share 0.3, 3 of 10 frames must tell; yours are 7.",
    ),
    "any frame that tells": (
        lambda e, s, g: g.choice(np.flatnonzero(e >= 0.6), 10),
        ROWS,
        "for the share 0.3, 3 of 10 frames must tell; yours are 10.",
    ),
    "without replacement": (
        without_replacement,
        ROWS,
        r"a clip may have fewer telling frames than you need \(here 2, and 8 are wanted\): draw with replacement. "
        r"\(`without_replacement` stopped with ValueError: .*\)",
    ),
    "own chance": (
        own_chance,
        ROWS,
        "the same generator must give the same frames: draw with the one that you are given.",
    ),
    "always the same": (
        the_best,
        ROWS,
        "you always pick the same frames. Let the generator choose, or one odd frame decides the result.",
    ),
    "only the best": (
        only_the_best,
        ROWS,
        r"frame \d+ \(evidence 0\.\d\d\) is never picked: give each of its kind a chance.",
    ),
    "no rows": (ten, None, "the frames are right. Which two rows do you compare\\? That is still open."),
    "open rows": (ten, (..., ...), "the frames are right. Which two rows do you compare\\? That is still open."),
    "one row": (ten, "self", "name two rows, such as `\\('mean', 'oracle'\\)`; got 'self'."),
    "unknown": (
        ten,
        ("self", "plain"),
        "a row must be one of self, pool, mean, relation, permuted, permuted, learned, .*, oracle; got 'plain'.",
    ),
    "itself": (ten, ("self", "self"), "self against itself gives 0, whatever the share."),
    "mean": (
        ten,
        ("self", "mean"),
        "mean averages probabilities of frames, not vectors, and was trained on single frames. Choose two rows that "
        "differ in nothing but learned attention.",
    ),
    "relation": (ten, ("relation", "pool"), "relation has β and a classifier of pairs besides α. Choose two rows .*"),
    "permuted": (ten, ("self", "permuted"), "permuted has learned attention too, on other frames. Choose two rows .*"),
    "oracle": (ten, ("oracle", "pool"), "oracle is given the truth, which no network has. Choose two rows .*"),
}


@pytest.mark.parametrize(("frames", "rows", "message"), BAD_DESIGNS.values(), ids=BAD_DESIGNS)
@pytest.mark.parametrize("seed", range(2))
def test_a_weak_design_is_told_why(frames, rows, message, seed):
    refused(check.design(frames, rows, seed=seed), message)
