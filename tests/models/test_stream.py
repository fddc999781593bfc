"""The attentions inside a stream: by hand, in both readings, and their invariances."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ferviz.models.frame_attention import Config as FrameConfig
from ferviz.models.frame_attention import FrameAttention
from ferviz.models.stream import Attention, Stream
from ferviz.reading import reading
from ferviz.seeds import luck, seeded

KINDS = [Attention("mean"), Attention("self"), Attention("relation")]
KINDS += [Attention("transformer", 3, p, a) for p in ("exp", "square") for a in ("reduced", "full")]
F = torch.randn(2, 5, 4, generator=luck(0), dtype=torch.float64)
ALL = torch.ones(2, 5, dtype=torch.bool)


def named(attention: Attention) -> str:
    return "-".join((attention.kind, attention.power, attention.averages))


def stream(attention: Attention) -> Stream:
    with seeded(1):
        net = Stream("audio", "position", nn.Identity(), 4, attention).double().eval()
    with torch.no_grad():
        for value in net.parameters():
            value.mul_(4)
    return net


@pytest.mark.parametrize("attention", KINDS, ids=named)
def test_the_vector_is_the_mean_under_weights_that_sum_to_one(attention):
    net = stream(attention)
    with reading(net) as read:
        found = net.pool(F, ALL)
    torch.testing.assert_close(found.weight.sum(1), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(found.vector, (found.weight[..., None] * found.items).sum(1))
    assert found.vector.shape == (2, net.width)
    short = attention.kind == "transformer" and attention.averages == "reduced"
    assert net.width == (3 if short else 8 if attention.kind == "relation" else 4)
    assert found.present.all()
    torch.testing.assert_close(read["vector"], found.vector)
    extra = {"mean": set(), "self": {"alpha"}, "relation": {"alpha", "anchor", "beta"}}
    assert set(read) == {"feature", "weight", "vector"} | extra.get(attention.kind, {"reduced", "score"})


def test_relation_doubles_the_width():
    assert Attention("relation").width(256) == 512
    assert Attention("self").width(256) == Attention("mean").width(256) == 256
    assert Attention("transformer", 128).width(256) == 128
    assert Attention("transformer", 128, averages="full").width(256) == 256


@pytest.mark.parametrize("power", ["exp", "square"])
@pytest.mark.parametrize("averages", ["reduced", "full"])
def test_the_attention_called_transformer_by_hand(power, averages):
    net = stream(Attention("transformer", 3, power, averages))
    short = F @ net.reduce.weight.T
    score = short @ net.query.weight[0]
    raised = score.exp() if power == "exp" else score**2
    weight = raised / raised.sum(1, keepdim=True)
    expected = (weight[..., None] * (short if averages == "reduced" else F)).sum(1)
    torch.testing.assert_close(net.pool(F, ALL).vector, expected)


@pytest.mark.parametrize("kind", ["self", "relation"])
def test_self_and_relation_are_those_of_frame_attention(kind):
    net, fan = stream(Attention(kind)), FrameAttention(FrameConfig.compact(kind))
    fan.q0, fan.q1 = net.q0, net.q1
    fan = fan.double().eval()
    fan.classify = nn.Linear(net.width, 7).double()
    with torch.no_grad(), reading(fan) as read:
        fan.pool(F)
        found = net.pool(F, ALL)
    torch.testing.assert_close(found.vector, read["clip_feature"])
    torch.testing.assert_close(found.weight, read["weight"])


@pytest.mark.parametrize("attention", KINDS, ids=named)
def test_the_order_of_items_does_not_matter(attention):
    net, order = stream(attention), torch.tensor([3, 0, 4, 1, 2])
    plain, turned = net.pool(F, ALL), net.pool(F[:, order], ALL)
    torch.testing.assert_close(turned.vector, plain.vector)
    torch.testing.assert_close(turned.weight, plain.weight[:, order])


@pytest.mark.parametrize("attention", KINDS, ids=named)
def test_items_that_cannot_be_used_have_no_say_whatever_they_hold(attention):
    net, mask = stream(attention), ALL.clone()
    mask[:, 3:] = False
    spoiled = F.clone()
    spoiled[:, 3:] = float("nan")
    found, alone = net.pool(spoiled, mask), net.pool(F[:, :3], ALL[:, :3])
    torch.testing.assert_close(found.vector, alone.vector)
    assert not found.weight[:, 3:].any()


@pytest.mark.parametrize("attention", KINDS, ids=named)
def test_a_stream_of_which_nothing_can_be_used_is_not_there(attention):
    net, mask = stream(attention), ALL.clone()
    mask[1] = False
    features = F.clone().requires_grad_()
    found = net.pool(features, mask)
    assert found.present.tolist() == [True, False]
    assert not found.vector[1].any()
    assert not found.weight[1].any()
    torch.testing.assert_close(found.vector[0], net.pool(F, ALL).vector[0])
    found.vector.sum().backward()
    assert torch.isfinite(features.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_scores_of_any_size_give_no_infinity():
    net = stream(Attention("transformer", 3))
    assert torch.isfinite(net.pool(F * 1e6, ALL).vector).all()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"kind": "multihead"}, "kind must be one of mean, self, relation, transformer; got 'multihead'"),
        ({"power": "cube"}, "power must be one of exp, square; got 'cube'"),
        ({"averages": "both"}, "averages must be one of reduced, full; got 'both'"),
        ({"reduced": 0}, "reduced must be a whole number of at least 1; got 0"),
    ],
)
def test_an_attention_that_cannot_be_is_refused(told, message):
    with pytest.raises(ValueError, match=message):
        Attention(**told)
