"""Heads on cached vectors: each row learns its variant under its weights, and is read as it should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz import scores
from ferviz.learning.recipes import FAMILIES
from ferviz.measuring import frozen
from ferviz.measuring.frames import moved
from tests.tiny_fan import noise_clips, tiny_fan

WIDTH = 6  # of the tiny network's vectors
LENGTHS = [5, 3, 6, 4, 6, 2]


def part_of(lengths=LENGTHS, seed=1):
    clips = noise_clips(lengths)
    clips = replace(clips, family=np.array([FAMILIES[i % 3] for i in range(len(lengths))]))
    features = torch.randn(*clips.mask.shape, WIDTH, generator=torch.Generator().manual_seed(seed))
    return frozen.Part(clips, features * clips.mask[..., None], frozen.sharpness_of(clips))


def test_controls_are_what_they_say():
    part, frames = part_of(), tiny_fan("mean")
    torch.testing.assert_close(frozen.given("norm", part, None, None, 0), part.features.square().sum(-1).sqrt())
    logits = part.features.numpy() @ frames.classify.weight.detach().numpy().T + frames.classify.bias.detach().numpy()
    top = (np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)).max(-1)
    torch.testing.assert_close(frozen.given("top", part, frames, None, 0), torch.tensor(top))
    assert frozen.given("oracle", part, None, None, 0) is part.clips.evidence
    sharp = frozen.given("sharpness", part, None, None, 0)
    known = scores.by_sharpness(part.clips.frames.numpy(), part.clips.mask.numpy())
    np.testing.assert_allclose(sharp, known, rtol=1e-5)
    own = part.clips.evidence / part.clips.evidence.sum(1, keepdim=True)
    for row in frozen.LEARNED_MOVED:
        name = row.removesuffix(", learned")
        assert torch.equal(frozen.given(row, part, None, own, 3), moved(name, own, part.clips, 3))
    assert all(frozen.given(row, part, frames, own, 0) is None for row in frozen.VARIANTS)


def test_given_weights_pool_frames_and_are_gone_after_the_run(monkeypatch):
    monkeypatch.setattr(frozen, "BATCH", 4)  # so that the clips come in two parts
    part, model = part_of(), tiny_fan("pool")
    alpha = part.clips.evidence
    found = frozen.run(model, part.features, part.clips.mask, alpha)
    for i, length in enumerate(LENGTHS):
        share = alpha[i, :length] / alpha[i, :length].sum()
        expected = model.classify(share @ part.features[i, :length]).softmax(-1)
        torch.testing.assert_close(found.probability[i], expected.detach())
        torch.testing.assert_close(found.weight[i, :length], share)
        assert not found.weight[i, length:].any()
    after = frozen.run(model, part.features, part.clips.mask)
    torch.testing.assert_close(after.weight[0, :5], torch.full((5,), 0.2))


def test_features_are_kept_by_weights_and_frames(tmp_path, monkeypatch):
    clips, model = noise_clips([3, 4]), tiny_fan("mean")
    first = frozen.features_kept(model, clips, tmp_path / "a")
    torch.testing.assert_close(first[0, :3], model.backbone(model.inputs(clips.frames[:1, :3, None])[0][0]).detach())
    assert not first[0, 3].any()
    again = frozen.features_kept(model, clips, tmp_path / "a")
    assert torch.equal(first, again)
    frozen.features_kept(tiny_fan("mean", 1), clips, tmp_path / "a")
    frozen.features_kept(model, noise_clips([3, 4], seed=5), tmp_path / "a")
    assert len([*(tmp_path / "a").iterdir()]) == 3
    monkeypatch.setattr(frozen, "features_of", lambda *_: pytest.fail("they are kept"))
    assert torch.equal(frozen.features_kept(model, clips, tmp_path / "a"), first)


@pytest.fixture
def small(monkeypatch):
    """Tiny networks."""
    monkeypatch.setattr(frozen, "built", tiny_fan)
    monkeypatch.setattr(frozen, "SCHEDULE", {**frozen.SCHEDULE, "batch": 4})


@pytest.fixture
def learned(small, tmp_path, monkeypatch):
    """What every row of a study learned from, and gave, none of them trained."""
    seen = {}
    monkeypatch.setattr(
        frozen, "fit", lambda model, task, schedule, out, **_: seen.update({out.name: (model, task, schedule)})
    )
    parts = {"train": part_of(seed=1), "validation": part_of([3, 4], seed=2), "test": part_of(seed=3)}
    told = {row: (result, model) for row, result, model in frozen.study(parts, tmp_path, 2, backbone=1, epochs=4)}
    return parts, seen, told


def test_every_row_learns_its_variant_under_its_weights(learned):
    parts, seen, told = learned
    assert tuple(told) == frozen.ROWS
    trained = [row for row in frozen.ROWS if row not in frozen.MOVED]
    assert list(seen) == [f"{row.replace(', ', '-')}-2" for row in trained]
    for row, (model, task, schedule) in zip(trained, seen.values(), strict=True):
        assert model is told[row][1]
        assert model.config.variant == (row if row in frozen.VARIANTS else "pool")
        assert (task.alone, schedule.seed, schedule.epochs) == (row == "mean", 2, 4)
        own = frozen.run(told["self"][1], parts["train"].features, parts["train"].clips.mask).weight
        alpha = frozen.given(row, parts["train"], told["mean"][1], own, 102)
        assert (alpha is None and task.alpha is None) or torch.equal(task.alpha, alpha)


def test_rows_that_move_weights_are_read_by_the_self_attention_of_their_seed(learned):
    parts, _, told = learned
    test, own = parts["test"], told["self"][0]
    for row in frozen.MOVED:
        result, model = told[row]
        assert model is told["self"][1]
        alpha = moved(row, own.weight, test.clips, 102)
        torch.testing.assert_close(result.weight, alpha)
        assert torch.equal(result.probability, frozen.run(model, test.features, test.clips.mask, alpha).probability)
        assert (result.weight - own.weight).abs().max() > 1e-3
    top = frozen.given("top", test, told["mean"][1], None, 0) * test.clips.mask
    torch.testing.assert_close(told["top"][0].weight, top / top.sum(1, keepdim=True))


def test_a_head_learns_without_its_backbone(small, tmp_path):
    parts = {"train": part_of(), "validation": part_of([3, 4])}
    model = frozen.learn("self", 5, parts, None, tmp_path, 2)
    start = tiny_fan("self", 5)
    assert not torch.equal(model.q0.score.weight, start.q0.score.weight)
    assert not model.training
    assert not model.backbone.state_dict()  # vectors are what it learned from
    again = frozen.learn("self", 5, parts, None, tmp_path, 2)
    assert torch.equal(again.q0.score.weight, model.q0.score.weight)
