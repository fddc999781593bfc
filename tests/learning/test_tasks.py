"""What is learned: the frames that are drawn, the losses by hand, and how whole clips are scored."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_fan import SIDE, noise_clips, tiny_fan
from torch.nn import functional

from ferviz.emotions import LABEL_SETS
from ferviz.learning.sets import Stills
from ferviz.learning.tasks import ClipTask, FeatureTask, StillTask, answers, features_of, right, segments
from ferviz.learning.variation import vary
from ferviz.models import Input, Items, Model
from ferviz.seeds import luck


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """As the compact networks' own ``inputs`` scales them."""
    return pictures.float() / 127.5 - 1


def stills(count: int = 6) -> Stills:
    pictures = torch.randint(0, 256, (count, 1, SIDE, SIDE), generator=luck(4), dtype=torch.uint8)
    target = functional.one_hot(torch.arange(count) % 7, 7).float()
    return Stills(pictures, target, torch.linspace(0.5, 1.5, count), np.arange(count))


class Fixed(Model):
    """Answers with numbers that follow from the first pixel of each clip's first frame."""

    labels = LABEL_SETS["FER2013"]
    takes = (Input("frames", ("frame", "channel", "y", "x")),)
    items = (Items("frame", of="frames"),)

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def inputs(self, frames: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (scaled(frames),)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        self.seen.append(frames)
        return frames[:, 0, 0, 0, :7] * 3


# ---- segments ----


def test_one_frame_of_each_segment_is_drawn():
    mask = torch.zeros(500, 12, dtype=torch.bool)
    mask[:, :9] = True
    places = segments(mask, 3, luck(0))
    assert places.shape == (500, 3)
    for segment in range(3):
        assert sorted(set(places[:, segment].tolist())) == [3 * segment, 3 * segment + 1, 3 * segment + 2]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 11])
def test_drawn_frames_are_usable_and_in_order_however_short_the_clip(length):
    mask = torch.zeros(300, 12, dtype=torch.bool)
    mask[:, :length] = True
    places = segments(mask, 3, luck(length))
    assert mask.gather(1, places).all()
    assert (places.diff(dim=1) >= 0).all()
    assert set(places.flatten().tolist()) == set(range(length))


def test_segments_follow_from_their_luck_and_are_fresh_each_time():
    mask, generator = torch.ones(20, 16, dtype=torch.bool), luck(1)
    first, second = segments(mask, 3, generator), segments(mask, 3, generator)
    assert not torch.equal(first, second)
    assert torch.equal(first, segments(mask, 3, luck(1)))


# ---- losses ----


def test_the_loss_of_stills_is_a_weighted_smoothed_cross_entropy():
    task, items = StillTask(stills(), {}, smoothing=0.1, erase=0.0), torch.tensor([4, 1])
    loss = task.loss(net := Fixed(), items, luck(2))
    pictures = scaled(vary(task.train.pictures[items], luck(2), 0.0))
    assert torch.equal(net.seen[0], pictures[:, None])
    log = (pictures[:, 0, 0, :7] * 3).log_softmax(-1)
    by_hand = 0.0
    for row, place in enumerate(items.tolist()):
        target = torch.full((7,), 0.1 / 7)
        target[place] += 0.9
        by_hand += float(task.train.weight[place]) * -float((target * log[row]).sum()) / 2
    assert loss.item() == pytest.approx(by_hand, rel=1e-5)
    assert len(task) == 6


def test_the_loss_of_clips_sees_three_frames_that_vary_alike():
    train = noise_clips([5, 8, 3])
    task, items = ClipTask(train, train), torch.tensor([2, 0])
    loss = task.loss(net := Fixed(), items, generator := luck(3))
    again = luck(3)
    places = segments(train.mask[items], 3, again)
    pictures = scaled(vary(train.frames[items[:, None], places], again, erase=0.0))
    assert torch.equal(net.seen[0], pictures[:, :, None])
    expected = functional.cross_entropy(pictures[:, 0, 0, :7] * 3, train.label[items], label_smoothing=0.1)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    assert torch.equal(generator.get_state(), again.get_state())
    assert len(task) == 3


def test_alone_learns_each_frame_by_itself():
    train = noise_clips([5, 8, 3])
    task, items = ClipTask(train, train, alone=True), torch.tensor([2, 0])
    loss = task.loss(net := Fixed(), items, luck(3))
    assert net.seen[0].shape == (6, 1, 1, SIDE, SIDE)
    label = torch.tensor([2, 2, 2, 0, 0, 0])
    expected = functional.cross_entropy(net.seen[0][:, 0, 0, 0, :7] * 3, label, label_smoothing=0.1)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("variant", ["pool", "self", "relation"])
def test_learning_features_is_what_comes_after_the_backbone(variant):
    model = tiny_fan(variant)
    features, mask = torch.rand(4, 6, 6, generator=luck(0)), torch.ones(4, 6, dtype=torch.bool)
    label = torch.tensor([0, 3, 6, 1])
    task = FeatureTask(features, mask, label, (features, mask, label))
    items = torch.tensor([3, 1])
    places = segments(mask[items], 3, luck(5))
    logits = model.pool(features[items[:, None], places])
    expected = functional.cross_entropy(logits, label[items], label_smoothing=0.1)
    assert task.loss(model, items, luck(5)).item() == pytest.approx(expected.item(), rel=1e-6)
    correct = (model.pool(features, mask).argmax(-1) == label).float().mean()
    assert task.score(model) == {"accuracy": pytest.approx(float(correct))}
    assert len(task) == 4


def test_given_weights_are_used_in_place_of_learned_ones():
    model = tiny_fan("pool")
    features, mask = torch.rand(3, 6, 6, generator=luck(0)), torch.ones(3, 6, dtype=torch.bool)
    alpha, label = torch.rand(3, 6, generator=luck(1)), torch.tensor([0, 3, 6])
    task = FeatureTask(features, mask, label, (features, mask, label), alpha=alpha)
    items = torch.tensor([2, 0, 1])
    places = segments(mask[items], 3, luck(5))
    weight = alpha[items[:, None], places]
    mixed = (features[items[:, None], places] * weight[..., None]).sum(1) / weight.sum(1, keepdim=True)
    logits = mixed @ model.classify.weight.T + model.classify.bias
    expected = functional.cross_entropy(logits, label[items], label_smoothing=0.1)
    assert task.loss(model, items, luck(5)).item() == pytest.approx(expected.item(), rel=1e-5)


# ---- scores ----


def test_whole_clips_are_answered_with_all_their_frames_in_batches():
    model, own = tiny_fan("relation"), noise_clips([5, 8, 3, 8, 1])
    said = answers(model, own, batch=2)
    for row, length in enumerate([5, 8, 3, 8, 1]):
        alone = model(scaled(own.frames[row : row + 1, :length])[:, :, None])
        torch.testing.assert_close(said[row : row + 1], alone, atol=1e-5, rtol=1e-4)
    assert not said.requires_grad


def test_clips_are_scored_by_family():
    own = noise_clips([4, 4, 4, 4])
    model = tiny_fan("self")
    hit = (answers(model, own).argmax(-1) == own.label).float()
    scores = ClipTask(own, own).score(model)
    assert list(scores) == ["accuracy", "one", "two"]
    assert all(type(name) is str for name in scores)
    assert scores["accuracy"] == pytest.approx(float(hit.mean()))
    assert scores["one"] == pytest.approx(float(hit[[0, 2]].mean()))
    assert scores["two"] == pytest.approx(float(hit[[1, 3]].mean()))


def test_stills_are_scored_as_clips_of_one_frame():
    model, own = tiny_fan("mean"), stills()
    said = model(scaled(own.pictures)[:, None]).argmax(-1)
    hit = (said == own.target.argmax(-1)).float()
    assert torch.equal(right(model, own, batch=4), hit)
    scores = StillTask(own, {"real": own, "other": own[torch.tensor([0, 1])]}).score(model)
    assert scores == {"real accuracy": float(hit.mean()), "other accuracy": float(hit[:2].mean())}


def test_features_of_missing_frames_are_zero():
    model, own = tiny_fan("self"), noise_clips([5, 8, 3])
    found = features_of(model, own, batch=2)
    assert found.shape == (3, 8, 6)
    assert found[~own.mask].abs().max() == 0
    assert found[own.mask].abs().amax(-1).min() > 0
    torch.testing.assert_close(found[1], model.backbone(scaled(own.frames[1])[:, None]), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(model.pool(found, own.mask), answers(model, own), atol=1e-5, rtol=1e-4)
