"""Several heads at once: targets of every kind, some missing, and losses that see what a model names, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ferviz.learning.answering import answer, cross_entropy, mean_loss, squared_error
from ferviz.learning.loop import make_fabric
from ferviz.learning.sets import Examples
from ferviz.learning.tasks import HeadsTask
from ferviz.models.declaration import Input
from ferviz.models.model import Model
from ferviz.models.probe import Probe
from ferviz.seeds import luck, seeded

NAN = torch.nan


class Heads(Model):
    """Numbers (B, 4) from 0 to 255 → an emotion of two, a gender of two, an age; a gate on the way is named."""

    labels = {"emotion": ("sad", "glad"), "gender": ("f", "m"), "age": None}
    takes = (Input("numbers", ("part",)),)

    def __init__(self) -> None:
        super().__init__()
        with seeded(0):
            self.emotion, self.gender, self.age = nn.Linear(4, 2), nn.Linear(4, 2), nn.Linear(4, 1)
            self.score = nn.Linear(4, 4)
        self.gate = Probe("part", symbol="g", meaning="by how much a number counts")

    def inputs(self, numbers: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (numbers.float() / 255,)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = self.gate(torch.sigmoid(self.score(x))) * x
        return {"emotion": self.emotion(x), "gender": self.gender(x), "age": self.age(x)[:, 0]}


RAW = torch.randint(0, 256, (5, 4), generator=luck(1), dtype=torch.uint8)
TARGETS = {
    "emotion": torch.tensor([[0.2, 0.8], [NAN, NAN], [1.0, 0.0], [0.5, 0.5], [NAN, NAN]]),
    "gender": torch.tensor([0, 1, -1, -1, 1]),
    "age": torch.tensor([0.3, NAN, 0.7, NAN, NAN]),
}
SET = Examples({"numbers": RAW}, TARGETS)
ALL = torch.arange(5)


def by_hand(model: nn.Module, items: list[int]) -> dict[str, float]:
    """The loss of each head, over the items that have a target."""
    said = {name: value.detach() for name, value in model(RAW.float() / 255).items()}
    emotion = [-(TARGETS["emotion"][i] * said["emotion"][i].log_softmax(0)).sum() for i in items if i in (0, 2, 3)]
    gender = [-said["gender"][i].log_softmax(0)[TARGETS["gender"][i]] for i in items if i in (0, 1, 4)]
    age = [(said["age"][i] - TARGETS["age"][i]) ** 2 for i in items if i in (0, 2)]
    parts = {"emotion": emotion, "gender": gender, "age": age}
    return {head: float(torch.stack(each).mean()) if each else 0.0 for head, each in parts.items()}


# ---- losses ----


@pytest.mark.parametrize("items", [[0, 1, 2, 3, 4], [4, 1], [3], [0]])
def test_each_head_learns_from_the_items_that_have_its_target(items):
    model = Heads()
    loss = HeadsTask(SET).loss(model, torch.tensor(items), luck(0))
    assert loss.item() == pytest.approx(sum(by_hand(model, items).values()), rel=1e-5)
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_a_head_without_any_target_gets_no_gradient_but_zero():
    model = Heads()
    HeadsTask(SET).loss(model, torch.tensor([4, 1]), luck(0)).backward()
    assert model.age.weight.grad is not None
    assert not model.age.weight.grad.any()
    assert model.gender.weight.grad.any()


def test_heads_can_weigh_more_and_items_too():
    model, weight = Heads(), {"gender": torch.tensor([2.0, 0.0, 9.0, 9.0, 0.5])}
    task = HeadsTask(replace(SET, weight=weight), scales={"emotion": 3.0, "age": 0.0})
    each = [by_hand(model, [i])["gender"] * w for i, w in ((0, 2.0), (1, 0.0), (4, 0.5))]
    expected = 3 * by_hand(model, list(range(5)))["emotion"] + sum(each) / 3
    assert task.loss(model, ALL, luck(0)).item() == pytest.approx(expected, rel=1e-5)


def test_a_head_can_have_another_loss():
    model = Heads()
    task = HeadsTask(replace(SET, targets={"age": TARGETS["age"]}), losses={"age": lambda o, t: (o - t).abs()})
    said = model(RAW.float() / 255)["age"].detach()
    expected = ((said[0] - 0.3).abs() + (said[2] - 0.7).abs()) / 2
    assert task.loss(model, ALL, luck(0)).item() == pytest.approx(float(expected), rel=1e-5)


def test_a_loss_sees_named_quantities_with_gradients():
    model = Heads()
    none = replace(SET, targets={"age": torch.full((5,), NAN)})
    task = HeadsTask(none, names=("gate",), also=lambda said: said.named["gate"].sum())
    loss = task.loss(model, ALL, luck(0))
    gate = torch.sigmoid(model.score(RAW.float() / 255))
    assert loss.item() == pytest.approx(gate.sum().item(), rel=1e-6)
    loss.backward()
    by_rule = (gate * (1 - gate)).sum(0)
    torch.testing.assert_close(model.score.bias.grad, by_rule.detach())
    assert not model.gate._forward_hooks


def test_named_quantities_keep_their_names_where_fabric_has_wrapped_the_model():
    model = Heads()
    wrapped = make_fabric().setup(model)
    said = answer(wrapped, RAW, names=("gate",))
    torch.testing.assert_close(said.named["gate"], torch.sigmoid(model.score(RAW.float() / 255)))
    assert list(said.outputs) == ["emotion", "gender", "age"]


def test_what_is_fed_is_varied_before_the_models_own_inputs():
    seen: list[torch.Tensor] = []

    class Watching(Heads):
        def inputs(self, numbers: torch.Tensor) -> tuple[torch.Tensor, ...]:
            seen.append(numbers)
            return super().inputs(numbers)

    def brighter(raw: dict[str, torch.Tensor], luck: torch.Generator) -> dict[str, torch.Tensor]:
        return {"numbers": raw["numbers"].float() + torch.rand(1, generator=luck)}

    HeadsTask(SET, varied=brighter).loss(Watching(), torch.tensor([3, 0]), luck(4))
    assert torch.equal(seen[0], RAW[[3, 0]].float() + torch.rand(1, generator=luck(4)))
    assert len(HeadsTask(SET)) == 5


def test_a_target_for_a_head_that_is_not_there_is_named():
    task = HeadsTask(replace(SET, targets={"mood": TARGETS["gender"]}))
    with pytest.raises(ValueError, match=r"for heads of the model \(emotion, gender, age\); got 'mood'"):
        task.loss(Heads(), ALL, luck(0))


def test_a_plain_number_must_be_one_number_an_item():
    class Columns(Heads):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            said = super().forward(x)
            return {**said, "age": said["age"][:, None]}

    task = HeadsTask(SET, {"all": SET})
    for ask in (lambda: task.loss(Columns(), ALL, luck(0)), lambda: task.score(Columns())):
        with pytest.raises(ValueError, match=r"head age must be one number an item \(5,\); got shape \(5, 1\)"):
            ask()


def test_a_task_for_one_head_refuses_a_model_with_several():
    with pytest.raises(ValueError, match="must have one head here; it has emotion, gender, age: HeadsTask"):
        _ = answer(Heads(), RAW).only


def test_the_losses_by_themselves():
    logits, shares = torch.tensor([[1.0, 2.0], [0.0, 3.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    places = shares.argmax(1)
    for smoothing in (0.0, 0.2):
        torch.testing.assert_close(
            cross_entropy(logits, places, smoothing), cross_entropy(logits, shares, smoothing)
        )
    assert cross_entropy(logits, places)[0].item() == pytest.approx(np.log(1 + np.exp(-1)))
    assert squared_error(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 1.0])).tolist() == [1.0, 4.0]
    assert mean_loss(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 2.0])).item() == 3.5
    assert mean_loss(torch.zeros(0)).item() == 0.0


# ---- scores ----


def test_every_head_is_scored_on_the_items_that_have_its_target():
    model = Heads().eval()
    scores = HeadsTask(SET, {"known": SET, "few": SET[np.array([0, 2])]}).score(model)
    said = {head: value.detach() for head, value in model(RAW.float() / 255).items()}
    right = (said["gender"].argmax(1) == TARGETS["gender"])[[0, 1, 4]].float().mean()
    assert scores["known gender accuracy"] == pytest.approx(float(right))
    right = (said["emotion"].argmax(1) == TARGETS["emotion"].argmax(1))[[0, 2, 3]].float().mean()
    assert scores["known emotion accuracy"] == pytest.approx(float(right))
    apart = (said["age"] - TARGETS["age"]).abs()[[0, 2]].mean()
    assert scores["known age distance"] == scores["few age distance"] == pytest.approx(float(apart))
    kinds = ("emotion accuracy", "gender accuracy", "age distance")
    assert list(scores) == [f"{part} {kind}" for part in ("known", "few") for kind in kinds]


def test_more_figures_see_outputs_and_named_quantities_of_the_whole_set():
    model, seen = Heads().eval(), []

    def figure(said, part):
        seen.append((said, part))
        return float(said.named["gate"].mean())

    task = HeadsTask(SET, {"known": SET}, names=("gate",), scores={"mean gate": figure})
    scores = task.score(model)
    with torch.no_grad():
        gate = torch.sigmoid(model.score(RAW.float() / 255))
    assert scores["known mean gate"] == pytest.approx(float(gate.mean()))
    ((said, part),) = seen
    assert part is SET
    assert said.of("age").shape == (5,)
    assert "known none" not in replace(task, scores={"none": lambda said, part: None}).score(model)
    with pytest.raises(TypeError, match=r"scores\['odd'\] must be a number, finite; got tensor"):
        replace(task, scores={"odd": lambda said, part: said.of("age")}).score(model)


def test_a_head_that_no_item_has_a_target_for_is_not_scored():
    scores = HeadsTask(SET, {"few": SET[np.array([1, 4])]}).score(Heads())
    assert list(scores) == ["few gender accuracy"]
