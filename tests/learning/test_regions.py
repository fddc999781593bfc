"""Learning of faces whose regions are cut out: what goes through the backbone, what is pasted, what stands still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz.faces.pasting import Cutout
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.regions import Covering, RegionTask, covered, random_squares
from ferviz.learning.sets import Stills
from ferviz.models.backbones import ResNetConfig
from ferviz.models.region_attention import Config, RegionAttention, region_biased_loss
from ferviz.models.regions import regions_of
from ferviz.reading import reading
from ferviz.seeds import luck

SIDE = 16
SMALL = ResNetConfig(colours=1, stem="narrow", channels=(4, 6), blocks=(1, 1))
CROPS = torch.from_numpy(regions_of("fixed")).float()
SCHEDULE = Schedule(epochs=2, batch=8, rate=0.05, seed=3)


def tiny(variant="relation", seed=0) -> RegionAttention:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return RegionAttention(replace(Config.compact(variant), backbone=SMALL, side=SIDE)).train()


def stills(count=20, seed=0) -> Stills:
    pictures = torch.randint(0, 256, (count, 1, SIDE, SIDE), generator=luck(seed), dtype=torch.uint8)
    target = torch.rand(count, 8, generator=luck(seed, 1)) ** 4
    return Stills(pictures, target / target.sum(1, keepdim=True), torch.ones(count), np.arange(count))


def a_cover() -> Cutout:
    share = np.zeros((16, 16), np.float32)
    share[9:14, 4:12] = 1
    return Cutout("patch", np.full((16, 16, 3), 255.0), share, POINTS)


POINTS = np.array([[5.0, 6], [11, 6], [8, 9], [6, 13], [10, 13]])


def covering(count=20, **more) -> Covering:
    return Covering((a_cover(),), np.tile(POINTS, (count, 1, 1)), **more)


def task(**more) -> RegionTask:
    return RegionTask(stills(), {"own": stills(9, 5)}, **more)


def seen_by(model, what, items=8) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The pictures and boxes that the model was given for some items."""
    found = []
    hook = model.register_forward_pre_hook(lambda net, given: found.append(given[:2]))
    what.loss(model, torch.arange(items), luck(1))
    hook.remove()
    return found


def passes(model, what) -> int:
    """Pictures that went through the backbone for eight faces."""
    found = []
    hook = model.backbone.register_forward_pre_hook(lambda net, given: found.append(len(given[0])))
    what.loss(model, torch.arange(8), luck(1))
    hook.remove()
    return sum(found)


# ---- what is shown ----


def test_every_variant_puts_the_same_number_of_pictures_through_the_backbone():
    counts = [
        passes(tiny("relation"), task(crops=CROPS, margin=0.1)),
        passes(tiny("mean"), task(crops=CROPS)),
        passes(tiny("face"), task(views=6)),
    ]
    assert counts == [48, 48, 48]


def test_the_face_comes_first_and_the_crops_after_it():
    ((pictures, boxes),) = seen_by(tiny(), task(crops=CROPS))
    assert boxes.shape == (8, 6, 4)
    assert boxes[:, 0].tolist() == [[0, 0, 1, 1]] * 8
    assert torch.equal(boxes[3, 1:], CROPS)
    assert pictures.shape == (8, 1, SIDE, SIDE)


def test_views_of_a_face_are_varied_apart_and_some_are_squares():
    ((pictures, boxes),) = seen_by(tiny("face"), task(views=6))
    assert (pictures.shape[0], boxes.shape) == (48, (48, 1, 4))
    assert len({picture.numpy().tobytes() for picture in pictures[:6]}) == 6
    whole = (boxes[:, 0] == torch.tensor([0, 0, 1.0, 1])).all(1)
    assert 10 < whole.sum() < 38


def test_squares_lie_in_the_face_and_have_the_papers_sides():
    boxes = random_squares(4000, 0.5, luck(0))[:, 0]
    whole = (boxes == torch.tensor([0, 0, 1.0, 1])).all(1)
    assert 1900 < whole.sum() < 2100
    side = (boxes[:, 2:] - boxes[:, :2])[~whole]
    torch.testing.assert_close(side[:, 0], side[:, 1], atol=1e-6, rtol=0)
    assert 0.7 <= side.min() + 1e-6 < 0.71
    assert 0.94 < side.max() <= 0.95 + 1e-6
    assert boxes.min() >= 0
    assert boxes.max() <= 1
    assert boxes[~whole][:, :2].amin(0).max() < 0.01  # every place is reached
    assert boxes[~whole][:, 2:].amax(0).min() > 0.99
    assert (random_squares(50, 0.0, luck(0))[:, 0] == torch.tensor([0, 0, 1.0, 1])).all()


# ---- the loss and the score ----


def test_the_margin_adds_the_region_biased_loss():
    def losses(margin):
        model = tiny()
        with reading(model, ("alpha",)) as seen:
            loss = task(crops=CROPS, margin=margin).loss(model, torch.arange(8), luck(1))
            return float(loss.detach()), seen["alpha"]

    (bare, _), (more, alpha) = losses(None), losses(0.3)
    assert more - bare == pytest.approx(float(region_biased_loss(alpha, 0.3).mean()), abs=1e-6)
    assert more > bare + 0.1
    model = tiny()
    task(crops=CROPS, margin=0.3).loss(model, torch.arange(8), luck(1)).backward()
    assert model.q0.score.weight.grad.abs().sum() > 0


def test_the_weight_of_a_face_counts():
    own = stills()
    weight = torch.zeros(20)
    weight[0] = 1
    part = RegionTask(replace(own, weight=weight), {}, CROPS)
    model = tiny()
    model.eval()
    alone = part.loss(model, torch.arange(8), luck(1))
    changed = replace(own, weight=weight, target=own.target.roll(1, 1).index_copy(0, torch.tensor([0]), own.target[:1]))
    assert torch.equal(alone, RegionTask(changed, {}, CROPS).loss(model, torch.arange(8), luck(1)))


def test_the_score_is_the_share_of_right_answers_with_all_regions():
    model, own = tiny().eval(), stills(150, 5)
    boxes = torch.cat([torch.tensor([[0, 0, 1.0, 1]]), CROPS]).expand(150, -1, -1)
    with torch.no_grad():
        said = model(*model.inputs(own.pictures, boxes)).argmax(-1)
    wanted = float((said == own.target.argmax(-1)).float().mean())
    assert RegionTask(stills(), {"own": own}, CROPS).score(model) == {"own accuracy": pytest.approx(wanted)}


# ---- covers ----


def test_covers_are_pasted_in_training_alone_onto_a_share_of_the_faces():
    own = replace(stills(400), pictures=torch.zeros(400, 1, SIDE, SIDE, dtype=torch.uint8))
    paste = covering(400, often=0.25)
    found = paste(own.pictures, torch.arange(400), luck(0))
    hit = found.flatten(1).amax(1) > 0
    assert 70 < hit.sum() < 130
    assert torch.equal(found, paste(own.pictures, torch.arange(400), luck(0)))
    assert not torch.equal(found, paste(own.pictures, torch.arange(400), luck(1)))
    assert own.pictures.max() == 0  # what is learned from is not changed
    model = tiny("face").eval()
    dark = RegionTask(own, {"own": own}, erase=0.0)
    ((bare, _),), ((more, _),) = seen_by(model, dark, 100), seen_by(model, replace(dark, covering=paste), 100)
    assert (more.amax((1, 2, 3)) > bare.amax() + 0.3).sum() > 10
    assert dark.score(model) == replace(dark, covering=paste).score(model)


def test_a_face_without_points_is_left_as_it_is():
    paste = covering(20, often=1.0)
    paste.points[::2] = np.nan
    found = paste(stills().pictures, torch.arange(20), luck(0))
    same = (found == stills().pictures).flatten(1).all(1)
    assert same.tolist() == [True, False] * 10
    some = torch.tensor([3, 0, 7])  # items, not places in the batch
    assert (paste(stills().pictures[some], some, luck(0)) == stills().pictures[some]).flatten(1).all(1).tolist() == [
        False, True, False,
    ]  # fmt: skip


def test_covered_faces_keep_all_but_their_pixels():
    own, found = stills(), covered(stills(), covering(often=1.0), luck(0))
    assert (found.pictures != own.pictures).flatten(1).any(1).all()
    assert torch.equal(found.target, own.target)
    assert torch.equal(found.weight, own.weight)
    assert (found.group == own.group).all()
    assert torch.equal(found.pictures, covered(stills(), covering(often=1.0), luck(0)).pictures)


# ---- in the loop ----


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_a_run_that_was_left_ends_with_the_same_weights(tmp_path, steps):
    def run(out, **more):
        model = tiny()
        what = task(crops=CROPS, margin=0.1, covering=covering())
        return model, fit(model, what, SCHEDULE, out, best="own accuracy", progress=False, **more)

    whole, history = run(tmp_path / "whole")
    run(tmp_path / "left", stop_after=steps)
    rest, again = run(tmp_path / "left")
    assert [row["own accuracy"] for row in again] == [row["own accuracy"] for row in history]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, rest.state_dict()[name]), name


def test_a_frozen_backbone_stands_still_with_its_batch_norms(tmp_path):
    model, before = tiny(), tiny().state_dict()
    model.backbone.requires_grad_(False)
    fit(model, task(crops=CROPS, margin=0.1), SCHEDULE, tmp_path, progress=False)
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in moved} == {"q0", "q1", "classify"}


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (lambda: RegionTask(None, {}), TypeError, "train must be Stills; got NoneType"),
        (lambda: RegionTask(stills(), {"own": 3}), TypeError, "validation must be of Stills; got int for 'own'"),
        (lambda: task(views=0), ValueError, "views must be a whole number of at least 1; got 0"),
        (lambda: task(crops=CROPS[0]), ValueError, r"crops must have shape \(K, 4\); got \(4,\)"),
        (lambda: task(crops=CROPS, views=2), ValueError, "views must be 1 where there are crops; got 2 with 5 crops"),
        (lambda: task(margin=0.1), ValueError, "margin needs crops that can outweigh the face; got 0.1 and no crops"),
        (lambda: task(squares=2.0), ValueError, "squares must be a share from 0 to 1; got 2.0"),
        (lambda: task(erase=-1.0), ValueError, "erase must be a share from 0 to 1; got -1.0"),
        (lambda: task(covering=covering(3)), ValueError, "must know the points of all 20 faces of train; it has 3"),
        (lambda: covering(often=2.0), ValueError, "often must be a share from 0 to 1; got 2.0"),
        (lambda: Covering((), np.zeros((1, 5, 2))), ValueError, "the number of cutouts must be .* got 0"),
        (lambda: Covering((a_cover(),), np.zeros((5, 2))), ValueError, r"points must have shape \(N, 5, 2\), five"),
    ],
)
def test_what_does_not_fit_is_said(make, kind, says):
    with pytest.raises(kind, match=says):
        make()


def test_targets_that_do_not_fit_the_model_are_refused_before_the_first_step(tmp_path):
    own = stills()
    seven = replace(own, target=own.target[:, :7] / own.target[:, :7].sum(1, keepdim=True))
    with pytest.raises(ValueError, match=r"must have shape \(20, 8\); got \(20, 7\)"):
        fit(tiny(), RegionTask(seven, {}, CROPS), SCHEDULE, tmp_path, progress=False)
