"""Three papers to come, in small: each learns, is killed, and goes on to the same weights, by what stands already.

A face with five boxes and two stages of attention, whose loss asks something of its first weights; a body with three
heads, one of them frozen, whose faces have some targets and not others; frames with sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from two_streams import WINDOW, TwoStreams

from ferviz.emotions import LABEL_SETS
from ferviz.learning.answering import Answer, answer
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.sets import Examples
from ferviz.learning.sharpness import Sharpness
from ferviz.learning.tasks import HeadsTask
from ferviz.learning.variation import Variation
from ferviz.models.declaration import Input, Items
from ferviz.models.model import Model, on_items
from ferviz.models.probe import Probe
from ferviz.seeds import luck, seeded

SIDE, COUNT = 12, 10
SCHEDULE = Schedule(epochs=3, batch=4, rate=0.02, seed=5)  # 9 steps
NAN = torch.nan


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, shape, generator=luck(seed), dtype=torch.uint8)


# ---- a face with five boxes and two stages of attention ----


class Regions(Model):
    """A face (B, 1, S, S) and five boxes of it (B, 5, 4), left, top, right, bottom; the face itself is region 0."""

    labels = LABEL_SETS["CK+"]
    takes = (Input("regions", ("region", "channel", "y", "x")),)
    items = (Items("region", of="regions"),)

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.q0, self.q1, self.classify = nn.Linear(4, 1), nn.Linear(8, 1), nn.Linear(8, 7)
        self.alpha = Probe("region", symbol="μ", equation="Eq. 1")
        self.beta = Probe("region", symbol="ν", equation="Eq. 3")

    def inputs(self, faces: torch.Tensor, boxes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Each region at the size of the face: (B, 6, 1, S, S), -1 to 1."""
        whole = torch.tensor([0.0, 0.0, SIDE, SIDE]).to(boxes).expand(len(boxes), 1, 4)
        left, top, right, bottom = (torch.cat([whole, boxes], 1) / SIDE * 2 - 1).unbind(-1)  # (B, 6) each
        zero = torch.zeros_like(left)
        across = torch.stack([(right - left) / 2, zero, (right + left) / 2], -1)
        down = torch.stack([zero, (bottom - top) / 2, (bottom + top) / 2], -1)
        moves = torch.stack([across, down], -2).flatten(0, 1)  # (B · 6, 2, 3)
        grid = nn.functional.affine_grid(moves, [len(moves), 1, SIDE, SIDE], align_corners=False)
        faces = (faces.float() / 127.5 - 1).repeat_interleave(6, 0)
        return (nn.functional.grid_sample(faces, grid, align_corners=False).unflatten(0, (-1, 6)),)

    def forward(self, regions: torch.Tensor) -> torch.Tensor:
        f = on_items(nn.Sequential(self.body, nn.AdaptiveAvgPool2d(1), nn.Flatten()), regions)  # (B, 6, 4)
        alpha = self.alpha(torch.sigmoid(self.q0(f))[..., 0])  # (B, 6)
        anchor = (alpha[..., None] * f).sum(1, keepdim=True) / alpha.sum(1)[:, None, None]
        pair = torch.cat([f, anchor.expand_as(f)], -1)  # (B, 6, 8)
        weight = alpha * self.beta(torch.sigmoid(self.q1(pair))[..., 0])
        return self.classify((weight[..., None] * pair).sum(1) / weight.sum(1, keepdim=True))


def region_biased(said: Answer, margin: float = 0.2) -> torch.Tensor:
    """max(0, margin − (the largest μ of the crops − that of the whole face)): Wang et al. 2020."""
    mu = said.named["alpha"]
    return (margin - (mu[:, 1:].amax(1) - mu[:, 0])).clamp_min(0).mean()


def face_varied(raw: dict[str, torch.Tensor], luck: torch.Generator) -> dict[str, torch.Tensor]:
    """The face, and with it its boxes where there are some."""
    variation = Variation(len(raw["faces"]), SIDE, luck)
    boxes = {"boxes": variation.boxes(raw["boxes"])} if "boxes" in raw else {}
    return {"faces": variation.pictures(raw["faces"]), **boxes}


def region_task() -> HeadsTask:
    corner = torch.randint(0, 4, (COUNT, 5, 2), generator=luck(3)).float()
    boxes = torch.cat([corner, corner + 8], -1)
    own = Examples({"faces": noise(COUNT, 1, SIDE, SIDE), "boxes": boxes}, {"emotion": torch.arange(COUNT) % 7})
    return HeadsTask(own, {"own": own}, varied=face_varied, names=("alpha",), also=region_biased)


# ---- a body with three heads, one of them frozen ----


class Body(Model):
    """A face (B, 1, S, S) → an emotion, a gender, an age; the head of the gender is frozen."""

    labels = {"emotion": LABEL_SETS["CK+"], "gender": ("female", "male"), "age": None}

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2))
        self.emotion, self.age = nn.Linear(4, 7), nn.Linear(4, 1)
        self.gender = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2)).requires_grad_(False)

    def inputs(self, faces: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (faces.float() / 255,)

    def forward(self, faces: torch.Tensor) -> dict[str, torch.Tensor]:
        f = self.body(faces).mean((2, 3))
        return {"emotion": self.emotion(f), "gender": self.gender(f), "age": self.age(f)[:, 0]}


def body_task() -> HeadsTask:
    place = torch.arange(COUNT)
    targets = {
        "emotion": torch.where((place % 3 == 0)[:, None], NAN, nn.functional.one_hot(place % 7, 7).float()),
        "gender": torch.where(place % 2 == 0, -1, place // 2 % 2),
        "age": torch.where(place < 6, NAN, place / 10),  # a whole batch may be without one
    }
    own = Examples({"faces": noise(COUNT, 1, SIDE, SIDE)}, targets)
    return HeadsTask(own, {"own": own}, varied=face_varied, scales={"age": 0.5})


# ---- frames with sound ----


class Listening(TwoStreams):
    """The two streams, from bytes and a wave, with gaps in each."""

    def inputs(self, frames, frame_mask, sound, sound_mask) -> tuple[torch.Tensor, ...]:
        return frames.float() / 255, frame_mask.float(), sound.unflatten(1, (-1, WINDOW)), sound_mask.float()


def sound_task() -> HeadsTask:
    raw = {
        "frames": noise(COUNT, 3, 3, 8, 8),
        "frame_mask": torch.tensor([[True, True, False]]).expand(COUNT, 3),
        "sound": torch.rand(COUNT, 4 * WINDOW, generator=luck(7)) * 2 - 1,
        "sound_mask": torch.tensor([[True, False, True, True]]).expand(COUNT, 4),
    }
    targets = {"emotion": torch.arange(COUNT) % 7, "age": torch.full((COUNT,), 0.4)}
    own = Examples(raw, targets)
    return HeadsTask(own, {"own": own})


# ---- each of them ----


@dataclass(frozen=True)
class Paper:
    make: Callable[[], Model]
    task: Callable[[], HeadsTask]
    sharpness: Sharpness | None = None


PAPERS = {
    "regions": Paper(Regions, region_task),
    "heads": Paper(Body, body_task, Sharpness(0.05)),
    "sound": Paper(Listening, sound_task),
}


def run(paper: Paper, out, **more) -> tuple[Model, list[dict[str, float]]]:
    with seeded(0):
        model = paper.make()
    optimiser = torch.optim.Adam if paper.sharpness else None
    history = fit(
        model, paper.task(), SCHEDULE, out, optimiser=optimiser, sharpness=paper.sharpness, progress=False, **more
    )
    return model, history


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_a_paper_learns_is_killed_and_goes_on_to_the_same_weights(tmp_path, paper):
    whole, history = run(paper, tmp_path / "whole")
    with seeded(0):
        start = paper.make().state_dict()
    moved = {name for name, value in whole.state_dict().items() if not torch.equal(value, start[name])}
    frozen = {name for name in start if name.startswith("gender.")}
    assert moved | frozen == set(start)
    assert not moved & frozen
    for count in (2, 4, 1, 9):
        cut, again = run(paper, tmp_path / "cut", stop_after=count)
    ends = zip(whole.state_dict().values(), cut.state_dict().values(), strict=True)
    assert all(torch.equal(one, two) for one, two in ends)
    assert [{**row, "seconds": 0} for row in again] == [{**row, "seconds": 0} for row in history]
    assert len(history) == SCHEDULE.epochs
    assert {name for name in history[0] if name.startswith("own ")} == {
        f"own {head} {'distance' if labels is None else 'accuracy'}" for head, labels in whole.heads().items()
    }


def test_the_loss_of_the_first_weights_moves_them_apart(tmp_path):
    """Without targets it alone is learned: in the end one crop weighs more than the face, by the margin."""
    task = region_task()
    with seeded(0):
        model = Regions()
    targets = {"emotion": torch.full((COUNT,), -1)}
    alone = HeadsTask(Examples(task.train.raw, targets), names=("alpha",), also=region_biased)
    before = alone.loss(model.eval(), torch.arange(COUNT), luck(0)).item()
    fit(model, alone, Schedule(epochs=60, batch=10, rate=0.1), tmp_path, optimiser=torch.optim.Adam, progress=False)
    mu = answer(model, *task.train.raw.values(), names=("alpha",)).named["alpha"].detach()
    after = float((0.2 - (mu[:, 1:].amax(1) - mu[:, 0])).clamp_min(0).mean())
    assert before > 0.1
    assert after < before / 2


def test_the_first_weights_loss_by_hand():
    """The worked example of the specification: μ of the whole face 0.622459, of the crops 0.268941 and 0.5."""
    mu = torch.tensor([[0.622459, 0.268941, 0.5]])
    for margin, loss in ((0.02, 0.142459), (0.1, 0.222459)):
        assert region_biased(Answer({}, {"alpha": mu}), margin).item() == pytest.approx(loss, abs=1e-6)
