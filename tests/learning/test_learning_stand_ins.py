"""Three papers to come, in small: each learns, is killed, and goes on to the same weights, by what stands already.

A face with five boxes and two stages of attention, whose loss asks something of its first weights; a body with three
heads, one of them frozen, whose faces have some targets and not others; frames with sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from stand_ins import RATE, SIDE, WINDOW, FiveRegions, FramesAndSound, ThreeHeads, stand_ins
from torch import nn

from ferviz.learning.answering import Answer, answer
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.sets import Examples
from ferviz.learning.sharpness import Sharpness
from ferviz.learning.tasks import HeadsTask
from ferviz.learning.variation import vary
from ferviz.models.model import Model
from ferviz.seeds import luck

COUNT = 10
SCHEDULE = Schedule(epochs=3, batch=4, rate=0.02, seed=5)  # 9 steps
NAN = torch.nan


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, shape, generator=luck(seed), dtype=torch.uint8)


def varied(raw: dict[str, torch.Tensor], luck: torch.Generator) -> dict[str, torch.Tensor]:
    """The pictures, whatever they are called; those of one item vary alike."""
    (name, pictures), *rest = raw.items()
    return {name: vary(pictures.flatten(1, -3), luck).view(pictures.shape), **dict(rest)}


def region_biased(said: Answer, margin: float = 0.2) -> torch.Tensor:
    """max(0, margin − (the largest μ of the crops − that of the whole face, region 0)): Wang et al. 2020."""
    mu = said.named["mu"]
    return (margin - (mu[:, 1:].amax(1) - mu[:, 0])).clamp_min(0).mean()


def of_regions() -> HeadsTask:
    """Some regions could not be cut."""
    usable = torch.rand(COUNT, 5, generator=luck(3)) < 0.8
    usable[:, 0] = True
    raw = {"regions": noise(COUNT, 5, 1, SIDE, SIDE), "mask": usable}
    own = Examples(raw, {"emotion": torch.arange(COUNT) % 7})
    return HeadsTask(own, {"own": own}, varied=varied, names=("mu",), also=region_biased)


def of_heads() -> HeadsTask:
    """A third of the emotions is missing, half of the ages, and most strengths: a whole batch may be without one."""
    place = torch.arange(COUNT)
    targets = {
        "emotion": torch.where((place % 3 == 0)[:, None], NAN, nn.functional.one_hot(place % 8, 8).float()),
        "age": torch.where(place % 2 == 0, -1, place // 2 % 4),
        "strength": torch.where(place < 6, NAN, place / 10),
    }
    own = Examples({"faces": noise(COUNT, 3, SIDE, SIDE)}, targets)
    return HeadsTask(own, {"own": own}, varied=varied, scales={"strength": 0.5})


def of_sound() -> HeadsTask:
    """Frames and a wave, with gaps in each."""
    positions = 4 * 8  # half as many as bands, times half as many as windows
    raw = {
        "frames": noise(COUNT, 4, 1, SIDE, SIDE),
        "frame_mask": torch.tensor([True, False, True, True]).expand(COUNT, 4),
        "sound": torch.rand(COUNT, 16 * WINDOW, generator=luck(7)) * 2 - 1,
        "sound_mask": (torch.arange(positions) % 8 > 0).expand(COUNT, positions),
    }
    assert 16 * WINDOW < RATE  # less than a second
    own = Examples(raw, {"emotion": torch.arange(COUNT) % 7})
    return HeadsTask(own, {"own": own}, varied=varied)


@dataclass(frozen=True)
class Paper:
    name: str
    task: Callable[[], HeadsTask]
    sharpness: Sharpness | None = None


PAPERS = (
    Paper("regions", of_regions),
    Paper("heads", of_heads, Sharpness(0.05)),
    Paper("sound", of_sound, Sharpness(0.5, adaptive=True)),
)


def run(paper: Paper, out: Path, **more) -> tuple[Model, list[dict[str, float]]]:
    model = stand_ins()[paper.name]
    optimiser = torch.optim.Adam if paper.sharpness else None
    options = {"optimiser": optimiser, "sharpness": paper.sharpness, "progress": False, **more}
    return model, fit(model, paper.task(), SCHEDULE, out, **options)


def without_time(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{**row, "seconds": 0} for row in history]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_a_paper_learns_is_killed_and_goes_on_to_the_same_weights(tmp_path, paper):
    whole, history = run(paper, tmp_path / "whole")
    for count in (2, 4, 1, 9):
        cut, again = run(paper, tmp_path / "cut", stop_after=count)
    ends = zip(whole.state_dict().values(), cut.state_dict().values(), strict=True)
    assert all(torch.equal(one, two) for one, two in ends)
    assert without_time(again) == without_time(history)
    assert len(history) == SCHEDULE.epochs
    scored = {name for name in history[0] if name.startswith("own ")}
    kinds = {head: "distance" if labels is None else "accuracy" for head, labels in whole.heads().items()}
    assert scored == {f"own {head} {kind}" for head, kind in kinds.items()}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_all_of_a_paper_learns_but_what_is_frozen(tmp_path, paper):
    start = stand_ins()[paper.name]
    frozen = {name for name, p in start.named_parameters() if not p.requires_grad}
    assert bool(frozen) == (paper.name == "heads")
    model, _ = run(paper, tmp_path)
    before = start.state_dict()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == set(before) - frozen


def test_a_body_that_is_frozen_keeps_its_batch_norms(tmp_path):
    model = ThreeHeads()
    model.backbone.requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model, of_heads(), SCHEDULE, tmp_path, sharpness=Sharpness(), progress=False)
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"emotion.weight", "emotion.bias", "strength.weight", "strength.bias"}


def test_the_loss_of_the_first_weights_moves_them_apart(tmp_path):
    """Without targets it alone is learned: in the end a crop weighs more than the face, by most of the margin."""
    task, model = of_regions(), stand_ins()["regions"]
    assert isinstance(model, FiveRegions)
    nothing = Examples(task.train.raw, {"emotion": torch.full((COUNT,), -1)})
    alone = HeadsTask(nothing, names=("mu",), also=region_biased)
    before = region_biased(answer(model, *nothing.raw.values(), names=("mu",))).item()
    fit(model, alone, Schedule(epochs=60, batch=10, rate=0.05), tmp_path, optimiser=torch.optim.Adam, progress=False)
    after = region_biased(answer(model, *nothing.raw.values(), names=("mu",))).item()
    assert before > 0.1
    assert after < before / 2


def test_the_first_weights_loss_by_hand():
    """The worked example of the specification: μ of the whole face 0.622459, of the crops 0.268941 and 0.5."""
    mu = torch.tensor([[0.622459, 0.268941, 0.5]])
    for margin, loss in ((0.02, 0.142459), (0.1, 0.222459)):
        assert region_biased(Answer({}, {"mu": mu}), margin).item() == pytest.approx(loss, abs=1e-6)


def test_sound_and_its_mask_reach_the_network():
    model, raw = stand_ins()["sound"], of_sound().train.raw
    assert isinstance(model, FramesAndSound)
    own = answer(model, *raw.values()).only
    for changed in ({"sound": raw["sound"].flip(1)}, {"sound_mask": raw["sound_mask"].roll(3, 1)}):
        assert not torch.allclose(answer(model, *{**raw, **changed}.values()).only, own)
