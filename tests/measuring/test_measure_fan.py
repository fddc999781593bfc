"""The measure of frame attention: its controls, its pairing and its tables, on clips whose answer is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from data_scripts import measure_fan as script
from data_scripts.measure_fan import Part, Result
from ferviz.learning.recipes import FAMILIES
from ferviz.measured import pick
from ferviz.models.frame_attention import FrameAttention
from tests.tiny_fan import noise_clips, tiny_fan

WIDTH = 6  # of the tiny network's vectors
LENGTHS = [5, 3, 6, 4, 6, 2]


def clips_with(lengths, people=None, family=None):
    """Clips of noise with so many frames, of these people; families in turn unless one is named."""
    count = len(lengths)
    families = np.array([family or FAMILIES[i % 3] for i in range(count)])
    clips = noise_clips(lengths)
    other = clips.evidence.flip(1) * clips.mask
    return replace(clips, family=families, person=np.array(people or range(count)), intensity=other)


def part_of(lengths=LENGTHS, **known):
    clips = clips_with(lengths, **known)
    features = torch.randn(*clips.mask.shape, WIDTH, generator=torch.Generator().manual_seed(1))
    return Part(clips, features * clips.mask[..., None])


def saying(clips, right):
    """A result that gives these clips (N,) their label, and the others a wrong one."""
    said = torch.where(torch.as_tensor(right, dtype=torch.bool), clips.label, (clips.label + 1) % 7)
    return Result(torch.eye(7)[said], clips.mask.float())


def entry(entries, **wanted):
    (found,) = pick(entries, **wanted)
    return found


# ---- controls --------------------------------------------------------------------------------------------------------


def test_the_given_weights_are_what_their_names_say():
    part, frames = part_of(), tiny_fan("mean")
    f = part.features.numpy()
    torch.testing.assert_close(script.given("norm", part, frames), torch.tensor(np.sqrt((f**2).sum(-1))))
    logits = f @ frames.classify.weight.detach().numpy().T + frames.classify.bias.detach().numpy()
    top = (np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)).max(-1)
    torch.testing.assert_close(script.given("top", part, frames), torch.tensor(top))
    assert script.given("oracle", part, frames) is part.clips.evidence
    sharp = script.given("sharpness", part, frames)
    torch.testing.assert_close(sharp.sum(1), torch.ones(len(LENGTHS)))
    assert sharp.dtype == torch.float32


def test_the_own_oracle_leaves_out_frames_that_show_another_emotion():
    part = part_of([3])
    own = torch.tensor([[True, False, True]])
    told = Part(replace(part.clips, evidence=torch.tensor([[0.5, 1.0, 0.2]]), own=own), part.features)
    torch.testing.assert_close(script.given("own oracle", told, tiny_fan("mean")), torch.tensor([[0.5, 0.0, 0.2]]))


@pytest.mark.parametrize("row", [*script.VARIANTS, "frozen q0"])
def test_a_row_that_learns_its_weights_is_given_none(row):
    assert script.given(row, part_of(), tiny_fan("mean")) is None


def test_the_oracle_pools_frames_by_their_evidence():
    part, model = part_of(), tiny_fan("pool")
    alpha = script.given("oracle", part, model)
    found = script.run(model, part.features, part.clips.mask, alpha)
    for i, length in enumerate(LENGTHS):
        share = alpha[i, :length] / alpha[i, :length].sum()
        expected = model.classify(share @ part.features[i, :length]).softmax(-1)
        torch.testing.assert_close(found.probability[i], expected.detach())
        torch.testing.assert_close(found.weight[i, :length], share)
        assert not found.weight[i, length:].any()


def test_given_weights_are_gone_after_the_run():
    part, model = part_of(), tiny_fan("self")
    before = script.run(model, part.features, part.clips.mask, None)
    script.run(model, part.features, part.clips.mask, part.clips.evidence)
    after = script.run(model, part.features, part.clips.mask, None)
    assert torch.equal(before.weight, after.weight)
    torch.testing.assert_close(before.weight.sum(1), torch.ones(len(LENGTHS)))
    assert before.weight.std() > 0.05


@pytest.fixture
def small(monkeypatch):
    """The script with tiny networks, two seeds and a short course."""
    monkeypatch.setattr(script, "built", tiny_fan)
    monkeypatch.setattr(script, "SEEDS", (0, 1))
    monkeypatch.setattr(script, "SCHEDULE", {**script.SCHEDULE, "epochs": 2, "batch": 4})


def test_frozen_attention_stays_random_and_its_classifier_learns(small, tmp_path):
    train, valid = part_of(), part_of([3, 4])
    frozen = script.learn("frozen q0", 5, train, valid, None, tmp_path)
    free = script.learn("self", 5, train, valid, None, tmp_path)
    start = tiny_fan("self", 5)
    assert torch.equal(frozen.q0.score.weight, start.q0.score.weight)
    assert not torch.equal(free.q0.score.weight, start.q0.score.weight)
    for model in (frozen, free):
        assert not torch.equal(model.classify.weight, start.classify.weight)
        assert not model.training


def test_every_row_learns_its_variant_under_its_weights(small, tmp_path, monkeypatch):
    seen = {}
    part = part_of()
    for row in (*script.VARIANTS, *(row for row in script.CONTROLS if row not in script.MOVED)):
        alpha = script.given(row, part, tiny_fan("mean"))
        monkeypatch.setattr(script, "fit", lambda model, task, *_, row=row, **__: seen.update({row: (model, task)}))
        script.learn(row, 0, part, part_of([3]), alpha, tmp_path)
        assert seen[row][1].alpha is alpha
    variants = {row: model.config.variant for row, (model, _) in seen.items()}
    assert variants == {
        **{row: row for row in script.VARIANTS},
        "frozen q0": "self",
        **dict.fromkeys(("norm", "top", "sharpness", "oracle", "own oracle"), "pool"),
    }
    assert [row for row, (_, task) in seen.items() if task.alone] == ["mean"]


@pytest.fixture
def studied(small, tmp_path, monkeypatch):
    """Test clips, and what a study of untrained networks gave on them."""
    monkeypatch.setattr(script, "fit", lambda *_, **__: None)
    test = part_of()
    return test, *script.study(part_of(), part_of([3, 4]), test, tmp_path)


def test_a_study_has_every_row_with_every_seed(studied):
    _, results, models = studied
    assert {row: len(found) for row, found in results.items()} == dict.fromkeys(
        (*script.VARIANTS, *script.CONTROLS), 2
    )
    assert {row: len(found) for row, found in models.items()} == dict.fromkeys(script.VARIANTS, 2)


@pytest.mark.parametrize("row", script.MOVED)
def test_moved_weights_are_read_by_the_self_attention_of_their_seed(studied, row):
    test, results, models = studied
    for seed in (0, 1):
        own, other = results["self"][seed], results[row][seed]
        alpha = script.moved(row, own.weight, test.clips, seed)
        again = script.run(models["self"][seed], test.features, test.clips.mask, alpha)
        assert torch.equal(other.probability, again.probability)
        torch.testing.assert_close(other.weight, alpha)
        assert (other.weight - own.weight).abs().amax(1).max() > 1e-3


def test_top_asks_the_frame_classifier_of_its_own_seed(studied):
    test, results, models = studied
    for seed in (0, 1):
        top = script.given("top", test, models["mean"][seed]) * test.clips.mask
        torch.testing.assert_close(results["top"][seed].weight, top / top.sum(1, keepdim=True))


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_differences_are_paired_by_clip_and_a_clip_is_the_mean_of_its_seeds():
    clips = clips_with([2] * 6, people=[0, 0, 0, 1, 1, 1])
    base = [1, 0, 1, 0, 0, 0]
    more = [1, 1, 1, 0, 0, 1]  # one clip more of each person
    results = {"pool": [saying(clips, base)] * 2, "self": [saying(clips, base), saying(clips, more)]}
    told = script.accuracy_tables(results, clips, (3, 4))
    accuracy = entry(told["accuracy"], row="pool", family="all")
    assert accuracy.value == pytest.approx(1 / 3, abs=1e-4)
    found = entry(told["difference"], row="self", than="pool", family="all")
    assert [found.value, found.low, found.high] == [pytest.approx(1 / 6, abs=1e-4)] * 3
    assert found.seeds == {"3": 0.0, "4": pytest.approx(1 / 3, abs=1e-4)}
    assert accuracy.low == 0.0  # while each of the two is unsure
    assert accuracy.high == pytest.approx(2 / 3, abs=1e-4)
    assert entry(told["difference"], row="self", than="pool", family=FAMILIES[1]).value == 0.25
    assert not [e for e in told["difference"] if e["row"] == e.than]
    assert {e.than for e in told["difference"]} == {"pool", "self"}


def weighing(clips, weight):
    return [Result(torch.zeros(len(clips), 7), weight)]


def test_weights_that_follow_a_truth_agree_with_it_and_the_padding_does_not_count():
    clips = clips_with([5, 4, 5])
    evidence = torch.tensor([[0.0, 0.1, 0.5, 0.9, 1.0], [1.0, 0.1, 0.9, 0.0, 0.0], [0.2, 0.85, 0.3, 1.0, 0.15]])
    clips = replace(clips, evidence=evidence, intensity=evidence.flip(1) * clips.mask)
    outside = torch.where(clips.mask, 0.0, 9.0)
    rows = {"follows": weighing(clips, evidence + outside), "flees": weighing(clips, 1 - evidence + outside)}
    entries = script.agreement(rows, clips, (0,))
    for row, tau, auc in (("follows", 1.0, 1.0), ("flees", -1.0, 0.0)):
        told = {e["score"]: e for e in entries if (e["row"], e["truth"], e["family"]) == (row, "evidence", "all")}
        assert told["tau"].value == pytest.approx(tau)
        assert told["auc"].value == auc
        assert told["auc"].items == 3
    assert entry(entries, row="follows", truth="intensity", score="tau", family=FAMILIES[0]).value == -1.0


def test_own_evidence_is_that_of_frames_that_show_the_label():
    clips = clips_with([4])
    own = torch.tensor([[True, True, False, False]])
    clips = replace(clips, evidence=torch.tensor([[0.1, 0.9, 1.0, 0.95]]), own=own)
    rows = {"own": weighing(clips, torch.tensor([[0.2, 0.8, 0.0, 0.0]]))}
    entries = script.agreement(rows, clips, (0,))
    assert entry(entries, row="own", truth="own evidence", score="auc", family="all").value == 1.0
    assert entry(entries, row="own", truth="evidence", score="auc", family="all").value < 0.5


def test_a_clip_whose_truth_is_constant_has_no_agreement():
    clips = clips_with([3, 3], family=FAMILIES[0])
    clips = replace(clips, evidence=torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.5, 1.0]]))
    entries = script.agreement({"x": weighing(clips, torch.tensor([[1.0, 2.0, 3.0]] * 2))}, clips, (0,))
    told = entry(entries, row="x", truth="evidence", score="tau", family="all")
    assert (told.value, told.items, told.left_out) == (1.0, 1, 1)


@dataclass
class Needs:
    """Says the label, which stands in a frame's second number, where so great a share of the frames is informative."""

    share: float

    def pool(self, features):
        assert features.shape[1:] == (10, 2)
        enough = features[..., 0].mean(1) >= self.share - 1e-6
        said = torch.where(enough, features[:, 0, 1].long(), (features[:, 0, 1].long() + 1) % 7)
        return torch.eye(7)[said]


def shared():
    """Eight clips: five with both kinds of frames, three that lack one or are off the label."""
    evidence = torch.tensor([[0.6, 0.2, 0.4, 1.0]]).repeat(8, 1)
    evidence[5] = 0.9  # all informative
    evidence[6] = 0.1  # none informative
    clips = clips_with([4] * 8, people=[0, 0, 1, 1, 2, 3, 4, 5], family=FAMILIES[0])
    family = clips.family.astype(object)
    family[1], family[7] = "degraded", "off_label"
    clips = replace(clips, evidence=evidence, own=clips.mask, family=family.astype(str))
    informative = torch.where(evidence >= 0.6, 1.0, torch.where(evidence <= 0.2, 0.0, torch.nan))
    label = clips.label[:, None].expand(-1, 4).float()
    return Part(clips, torch.stack([informative, label], -1))


def test_so_many_tenths_of_the_frames_are_informative():
    part = shared()
    models = {"pool": [Needs(0.5)], "self": [Needs(0.3), Needs(0.8)]}
    told = script.share_tables(models, part.clips, part.features, (0, 1))
    shares = [e["share"] for e in told["share"] if e["row"] == "pool"]
    assert shares == [n / 10 for n in range(1, 11)]
    for share in shares:
        pool, own = (entry(told["share"], row=row, share=share) for row in ("pool", "self"))
        assert pool.value == float(share >= 0.5)
        assert own.value == ((share >= 0.3) + (share >= 0.8)) / 2
        assert (pool.items, pool.people) == (5, 3)
        assert own.seeds == {"0": float(share >= 0.3), "1": float(share >= 0.8)}
        more = entry(told["share_difference"], row="self", share=share)
        assert (more.than, more.value) == ("pool", own.value - pool.value)
        assert more.low == more.high == more.value
    assert not [e for e in told["share_difference"] if e["row"] == "pool"]


def test_frames_of_another_emotion_are_not_informative():
    part = shared()
    own = part.clips.own.clone()
    own[0] = False
    told = script.share_tables({"pool": [Needs(0.5)]}, replace(part.clips, own=own), part.features, (0,))
    assert told["share"][0].items == 4


def test_shipped_networks_are_asked_on_whole_clips(monkeypatch):
    clips = clips_with([3, 5])
    model = tiny_fan("relation")
    monkeypatch.setattr(script.ferviz, "load_model", lambda name: model)
    monkeypatch.setattr(script, "FAN", ("fan",))
    (found,) = script.shipped(clips)["fan"]
    for i, length in enumerate((3, 5)):
        frames = clips.frames[i : i + 1, :length, None].float() / 127.5 - 1
        torch.testing.assert_close(found.probability[i], model(frames).softmax(-1)[0].detach())
    assert isinstance(model, FrameAttention)
    assert not found.weight[0, 3:].any()


def test_real_sets_go_through_every_row_and_are_held_against_the_votes(small, tmp_path, monkeypatch):
    sets = {"train": noise_clips([10] * 15, seed=1), "test": noise_clips([10] * 7, seed=2)}
    sets = {split: replace(clips, intensity=clips.intensity * torch.nan) for split, clips in sets.items()}
    asked = []
    monkeypatch.setattr(script, "vote_sets", lambda *told: asked.append(told) or sets)
    monkeypatch.setattr(script, "fit", lambda *_, **__: None)
    told = script.real_tables(tmp_path / "faces", tiny_fan("mean"), tmp_path)
    assert asked == [(tmp_path / "faces", 16, script.REAL)]
    assert {one["row"] for one in told["real_accuracy"]} == {*script.VARIANTS, *script.CONTROLS}
    assert {one.items for one in told["real_accuracy"] if one["family"] == "all"} == {7}
    assert {one["truth"] for one in told["real_agreement"]} == {"evidence"}
    assert {one["row"] for one in told["real_agreement"]} == set(script.WEIGHED)
    assert set(told) == {"real_accuracy", "real_difference", "real_agreement"}
