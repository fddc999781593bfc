"""Fusion: the worked FBP of the specification, what each way of joining must do, and gradients at zero."""

from __future__ import annotations

import doctest

import pytest
import torch
from tiny_av import film, tiny_av

import ferviz
from ferviz.models import fusion
from ferviz.models.fusion import FBP, FusionConfig, signed_root
from ferviz.reading import reading
from ferviz.seeds import luck, seeded

A, V = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, -1.0, 2.0]])
U = torch.tensor([[2.0, 0.0, 0.5, -1.0], [0.0, 1.0, 1.0, 1.0]])
W = torch.tensor([[1.0, 0.5, 0.0, 1.0], [0.0, 1.0, -1.0, 0.5], [0.5, 0.0, 1.0, 1.0]])
JOINED = ("concatenation", "mean", "product", "weights")


def worked() -> FBP:
    net = FBP(2, 3, factors=2, outputs=2)
    with torch.no_grad():
        net.first.weight.copy_(U.T)
        net.second.weight.copy_(W.T)
    return net


def close(found, expected, tolerance=1e-6):
    torch.testing.assert_close(found, torch.as_tensor(expected, dtype=found.dtype), atol=tolerance, rtol=0)


# ---- the worked example ----


def test_the_worked_example():
    net = worked()
    close(net.first(A), [[2, 2, 2.5, 1]])
    close(net.second(V), [[1.5, -0.75, 3, 2]])
    product = net.first(A) * net.second(V)
    close(product, [[3, -1.5, 7.5, 2]])
    close(net.summed(product), [[1.5, 9.5]])
    close(signed_root(net.summed(product)), [[1.224745, 3.082207]])
    close(net(A, V), [[0.369274, 0.929320]])


def test_the_worked_example_by_its_matrices():
    matrices = worked().matrices()
    close(matrices, [[[2, 0, 1], [0.5, 1, 0]], [[-1, -1, -0.5], [1, -0.5, 2]]])
    close(torch.einsum("bm,omn,bn->bo", A, matrices, V), [[1.5, 9.5]])


def test_the_sums_are_those_of_the_matrices_for_any_sizes():
    net = FBP(5, 7, factors=3, outputs=4).double()
    first, second = (torch.randn(6, n, generator=luck(n), dtype=torch.float64) for n in (5, 7))
    by_matrices = torch.einsum("bm,omn,bn->bo", first, net.matrices(), second)
    torch.testing.assert_close(net.summed(net.first(first) * net.second(second)), by_matrices)
    assert sum(p.numel() for p in net.parameters()) == 3 * 4 * (5 + 7)
    assert torch.linalg.matrix_rank(net.matrices()).max() == 3


def test_rank_one_with_identity_maps_is_a_hadamard_product():
    net = FBP(4, 4, factors=1, outputs=4)
    with torch.no_grad():
        net.first.weight.copy_(torch.eye(4))
        net.second.weight.copy_(torch.eye(4))
    first, second = torch.randn(2, 3, 4, generator=luck(0))
    torch.testing.assert_close(net.summed(net.first(first) * net.second(second)), first * second)
    root = (first * second).sign() * (first * second).abs().sqrt()
    close(net(first, second), torch.nn.functional.normalize(root), 1e-5)


def test_the_published_sizes_are_counted():
    assert FusionConfig().factors * FusionConfig().outputs == 512
    assert sum(p.numel() for p in FBP(128, 128, 4, 128).parameters()) == 512 * 256


# ---- the root ----


def test_the_signed_root_has_a_finite_gradient_at_zero():
    values = torch.tensor([0.0, 1e-12, -1e-12, 4.0], requires_grad=True)
    signed_root(values).sum().backward()
    assert torch.isfinite(values.grad).all()
    assert values.grad[-1] == pytest.approx(0.25)
    close(signed_root(torch.tensor([-9.0, 0.25, 0.0])), [-3, 0.5, 0])


def test_vectors_of_zero_give_no_nan():
    net = worked()
    first = torch.zeros(1, 2, requires_grad=True)
    found = net(first, V)
    assert found.tolist() == [[0, 0]]
    found.sum().backward()
    for gradient in (first.grad, net.first.weight.grad, net.second.weight.grad):
        assert torch.isfinite(gradient).all()


def test_what_comes_out_has_length_one():
    net = FBP(5, 7, factors=3, outputs=4)
    found = net(*(torch.randn(6, n, generator=luck(n)) for n in (5, 7)))
    close(found.norm(dim=1), torch.ones(6), 1e-5)


# ---- in the network ----


@pytest.mark.parametrize("audio", ["mean", "self", "relation", "transformer"])
@pytest.mark.parametrize("averages", ["reduced", "full"])
def test_the_sums_split_into_pairs_of_frame_and_position(audio, averages):
    seen = ferviz.observe(tiny_av(audio=audio, averages=averages), film())
    assert seen["pair"].dims == ("frame", "position", "sum")
    close(torch.tensor(seen["pair"].sum(("frame", "position")).values), seen["pooled"].values, 1e-5)
    assert seen["pair"].std() > 0
    by_vectors = seen["product"].values.reshape(-1, 2).sum(1)
    close(torch.tensor(seen["pooled"].values), by_vectors, 1e-6)


def test_a_pair_that_is_moved_moves_its_sum_alone():
    model, clip = tiny_av(), film()
    plain = ferviz.observe(model, clip)
    moved = plain["pair"].values.copy()
    moved[1, 2, 3] += 1
    with ferviz.intervene(model, {"pair": torch.from_numpy(moved)}):
        seen = ferviz.observe(model, clip)
    close(torch.tensor((seen["pooled"] - plain["pooled"]).values), [0, 0, 0, 1], 1e-5)
    assert abs(seen["emotion_logits"] - plain["emotion_logits"]).max() > 1e-3


def test_pairs_are_not_computed_unless_somebody_looks(monkeypatch):
    model, calls = tiny_av(), []
    pairs = model.fusion._pairs
    monkeypatch.setattr(model.fusion, "_pairs", lambda streams: calls.append(1) or pairs(streams))
    inputs = model.prepare(film())
    with torch.no_grad():
        plain = model(*inputs)
        assert not calls
        with reading(model, ["pair"]):
            torch.testing.assert_close(model(*inputs), plain)
    assert calls == [1]


@pytest.mark.parametrize("kind", JOINED)
def test_contributions_of_the_streams_are_exact(kind):
    model = tiny_av(kind)
    seen = ferviz.observe(model, film())
    assert seen["contribution"].stream.values.tolist() == ["audio", "video"]
    whole = torch.tensor(seen["contribution"].sum("stream").values)
    if kind == "mean":
        close(whole, seen["emotion_probability"].values)
        return
    rest = model.fusion.classify.bias.detach() if kind == "concatenation" else torch.zeros(7)
    close(whole + rest, seen["emotion_logits"].values, 1e-4)


@pytest.mark.parametrize("kind", JOINED)
def test_a_contribution_that_is_moved_moves_the_answer(kind):
    model, clip = tiny_av(kind), film()
    plain = ferviz.observe(model, clip)
    moved = plain["contribution"].values.copy()
    moved[0, 2] += 0.5
    with ferviz.intervene(model, {"contribution": torch.from_numpy(moved)}):
        seen = ferviz.observe(model, clip)
    what = "emotion_logits"
    change = (seen[what] - plain[what]).values
    if kind != "mean":
        close(torch.tensor(change), [0, 0, 0.5, 0, 0, 0, 0], 1e-4)
    assert change[2] > 0.1


def test_the_three_rules_are_what_their_names_say():
    seen = {kind: ferviz.observe(tiny_av(kind), film()) for kind in ("mean", "product", "weights")}
    p, q = (torch.tensor(seen["mean"][f"{name}_projected"].values).softmax(-1) for name in ("audio", "video"))
    close(torch.tensor(seen["mean"]["emotion_probability"].values), (p + q) / 2, 1e-5)
    close(torch.tensor(seen["product"]["emotion_probability"].values), p * q / (p * q).sum(), 1e-5)
    model = tiny_av("weights")
    with torch.no_grad():
        model.fusion.exponents.copy_(torch.tensor([0.5, 2.0]))
    weighted = p**0.5 * q**2
    found = ferviz.observe(model, film())["emotion_probability"].values
    close(torch.tensor(found), weighted / weighted.sum(), 1e-5)


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_network_of_one_stream_has_and_takes_nothing_of_the_other(kind):
    model, other = tiny_av(kind), {"audio": "video", "video": "audio"}[kind]
    assert not hasattr(model, other)
    assert not any(other in name or "absent" in name for name in model.state_dict())
    seen = ferviz.observe(model, film())
    close(torch.tensor(seen[f"{kind}_projected"].values), seen["emotion_logits"].values)


def test_dropout_of_the_product_is_of_the_training_alone():
    model = tiny_av()
    model.fusion.dropout.p = 0.5
    with torch.no_grad(), reading(model, ["product", "pooled"]) as read:
        encoded = model.encode(*model.prepare(film()))
        first = model.fuse(encoded)
        whole = read["product"].unflatten(-1, (-1, 2)).sum(-1)
        torch.testing.assert_close(read["pooled"], whole)
        assert torch.equal(model.fuse(encoded), first)
        model.fusion.train()
        with seeded(0):
            model.fuse(encoded)
        assert not torch.allclose(read["pooled"], whole)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"kind": "sum"}, "kind must be one of concatenation, fbp, mean, product, weights, audio, video; got 'sum'"),
        ({"absent": "zero"}, "absent must be one of learned, mean; got 'zero'"),
        ({"factors": 0}, "factors must be a whole number of at least 1; got 0"),
        ({"outputs": 0}, "outputs must be a whole number of at least 1; got 0"),
        ({"dropout": 1.0}, "dropout must be 0 or more and below 1; got 1.0"),
    ],
)
def test_a_fusion_that_cannot_be_is_refused(told, message):
    with pytest.raises(ValueError, match=message):
        FusionConfig(**told)


def test_the_examples_are_true():
    result = doctest.testmod(fusion)
    assert (result.attempted > 0, result.failed) == (True, 0)
