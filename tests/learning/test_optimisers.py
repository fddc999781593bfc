"""Any optimiser resumes to the bit, sharpness-aware steps by hand, frozen parts stand still, old checkpoints go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from ferviz.learning.checkpoint import Checkpoint
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.sharpness import Sharpness
from ferviz.seeds import luck, seeded

CHECKPOINT = "checkpoint.safetensors"
SCHEDULE = Schedule(epochs=3, batch=4, rate=0.01, seed=3)  # 3 steps an epoch
STEPS = 9


class Net(nn.Module):
    """A body of convolutions with batch norms and dropout, and a head."""

    def __init__(self) -> None:
        super().__init__()
        with seeded(0):
            self.body = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.3), nn.ReLU())
            self.drop = nn.Dropout(0.3)
            self.head = nn.Linear(4, 3)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.head(self.drop(self.body(pictures).mean((2, 3))))


@dataclass(frozen=True)
class Labels:
    """Ten pictures of noise with three labels, a little more of it in each step."""

    count: int = 10

    def __len__(self) -> int:
        return self.count

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        pictures = torch.rand(self.count, 1, 6, 6, generator=torch.Generator().manual_seed(1))[items]
        noise = torch.rand(pictures.shape, generator=luck)
        return nn.functional.cross_entropy(model(pictures + noise), items % 3)

    def score(self, model: nn.Module) -> dict[str, float]:
        return {}


OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "Adam": torch.optim.Adam,
    "AdamW, amsgrad": partial(torch.optim.AdamW, amsgrad=True, weight_decay=0.1),
    "NAdam": torch.optim.NAdam,
    "RMSprop": partial(torch.optim.RMSprop, momentum=0.5, centered=True),
    "Adagrad": torch.optim.Adagrad,
    "ASGD": torch.optim.ASGD,
    "Rprop": torch.optim.Rprop,
    "plain SGD": torch.optim.SGD,
    "LBFGS": partial(torch.optim.LBFGS, max_iter=2, history_size=3),
}
SHARP = {"no": None, "SAM": Sharpness(0.05), "ASAM": Sharpness(0.5, adaptive=True)}


def run(out: Path, optimiser=None, schedule: Schedule = SCHEDULE, net: nn.Module | None = None, **more) -> nn.Module:
    model = net or Net()
    fit(model, Labels(), schedule, out, optimiser=optimiser, progress=False, **more)
    return model


def same(first: nn.Module, second: nn.Module) -> bool:
    one, two = first.state_dict(), second.state_dict()
    return all(torch.equal(one[name], two[name]) for name in one)


# ---- any optimiser ----


@pytest.mark.parametrize("sharpness", SHARP.values(), ids=SHARP.keys())
@pytest.mark.parametrize("optimiser", [None, *OPTIMISERS.values()], ids=["default", *OPTIMISERS])
def test_every_optimiser_resumes_to_the_same_weights(tmp_path, optimiser, sharpness):
    whole = run(tmp_path / "whole", optimiser, sharpness=sharpness)
    assert not same(whole, Net())
    for _ in range(5):
        cut = run(tmp_path / "cut", optimiser, sharpness=sharpness, stop_after=2)
    assert same(whole, cut)


def test_the_rate_of_any_optimiser_is_the_schedules(tmp_path):
    seen: list[list[float]] = []

    class Watched(torch.optim.AdamW):
        def step(self, closure=None):
            seen.append([group["lr"] for group in self.param_groups])
            return super().step(closure)

    def groups(model):
        return [{"params": list(model.body.parameters()), "scale": 0.1}, {"params": list(model.head.parameters())}]

    run(tmp_path, Watched, groups=groups)
    rates = [SCHEDULE.rate_at(step, STEPS) for step in range(STEPS)]
    assert seen == [[pytest.approx(0.1 * rate), rate] for rate in rates]


def test_a_step_of_adam_by_hand(tmp_path):
    """The first step of Adam is the rate times the sign of the gradient, up to its epsilon."""
    start, schedule = Net().eval(), replace(SCHEDULE, epochs=1, batch=10, rate=0.01)
    moved = run(tmp_path, partial(torch.optim.Adam, eps=1e-12), schedule)
    step = moved.head.bias - start.head.bias
    torch.testing.assert_close(step.abs(), torch.full((3,), 0.01), rtol=1e-4, atol=0)


@pytest.mark.parametrize(
    ("optimiser", "sharpness"),
    [
        (torch.optim.Adam, None),
        (partial(torch.optim.SGD, momentum=0.5), None),
        (partial(torch.optim.SGD, momentum=0.9, nesterov=True, weight_decay=0.5), None),
        (None, Sharpness(0.05)),
    ],
)
def test_a_checkpoint_of_another_optimiser_is_refused_and_stays(tmp_path, optimiser, sharpness):
    run(tmp_path, stop_after=2)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(ValueError, match=r"is of a run by another optimiser, \{'optimiser': 'SGD'.*\}; wanted \{.*"):
        run(tmp_path, optimiser, sharpness=sharpness)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_run_with_other_parts_frozen_is_refused(tmp_path):
    run(tmp_path, stop_after=2)
    net = Net()
    net.body.requires_grad_(False)
    with pytest.raises(ValueError, match="there moved, and here not, body.0.weight, body.0.bias, body.1.weight, "):
        run(tmp_path, net=net)


def test_settings_that_one_version_of_torch_does_not_know_are_no_difference(tmp_path):
    whole = run(tmp_path / "whole", torch.optim.Adam)
    run(tmp_path / "cut", torch.optim.Adam, stop_after=4)
    changed(tmp_path / "cut", lambda told: told["how"]["settings"].update(of_later=True))
    changed(tmp_path / "cut", lambda told: told["how"]["settings"].pop("maximize"))
    assert same(whole, run(tmp_path / "cut", torch.optim.Adam))


def test_an_optimiser_whose_state_cannot_be_kept_is_named(tmp_path):
    class Odd(torch.optim.SGD):
        def state_dict(self):
            return {**super().state_dict(), "odd": {1, 2}}

    with pytest.raises(TypeError, match="the optimiser's state must hold tensors, numbers and words; got set"):
        run(tmp_path, partial(Odd, lr=0.1))
    assert not (tmp_path / CHECKPOINT).exists()


# ---- checkpoints ----


def changed(folder: Path, change: Callable[[dict], object], rename: Callable[[str], str | None] = lambda n: n) -> None:
    """Rewrite what a checkpoint says, and how its tensors are called (None: left out)."""
    path = folder / CHECKPOINT
    with safe_open(path, framework="pt") as file:
        told = json.loads(file.metadata()["run"])
    tensors = {new: value for name, value in load_file(path).items() if (new := rename(name)) is not None}
    change(told)
    save_file(tensors, path, metadata={"run": json.dumps(told)})


def first_form(folder: Path) -> None:
    """As the first form of checkpoints was: momenta by the place of their parameter, no word on the optimiser."""
    path = folder / CHECKPOINT
    with safe_open(path, framework="pt") as file:
        told = json.loads(file.metadata()["run"])
        pairs = dict(told["optimiser"]["mapping"])["state"]["mapping"]
    momenta = {dict(state["mapping"])["momentum_buffer"]["tensor"]: f"momentum.{place}" for place, state in pairs}

    def forget(told: dict) -> None:
        del told["how"], told["optimiser"]

    changed(folder, forget, lambda name: name if name.startswith("model.") else momenta[name])


def test_a_checkpoint_of_the_first_form_goes_on(tmp_path):
    whole = run(tmp_path / "whole")
    run(tmp_path / "cut", stop_after=4)
    first_form(tmp_path / "cut")
    names = load_file(tmp_path / "cut" / CHECKPOINT).keys()
    assert {name.split(".")[0] for name in names} == {"model", "momentum"}
    assert same(whole, run(tmp_path / "cut"))


@pytest.mark.parametrize(
    ("optimiser", "sharpness"), [(torch.optim.Adam, None), (torch.optim.SGD, None), (None, Sharpness())]
)
def test_a_checkpoint_of_the_first_form_is_of_gradient_descent_with_momentum_alone(tmp_path, optimiser, sharpness):
    run(tmp_path, stop_after=4)
    first_form(tmp_path)
    with pytest.raises(ValueError, match="is of a run by another optimiser, {'optimiser': 'SGD', 'settings': {'mom"):
        run(tmp_path, optimiser, sharpness=sharpness)


def without_state(told: dict) -> None:
    told["optimiser"] = {"mapping": []}


def of_an_unknown_kind(told: dict) -> None:
    told["optimiser"] = {"set": []}


@pytest.mark.parametrize("change", [without_state, of_an_unknown_kind, lambda told: told.update(optimiser="Adam")])
def test_a_checkpoint_whose_optimiser_makes_no_sense_is_damaged(tmp_path, change):
    run(tmp_path, torch.optim.Adam, stop_after=2)
    changed(tmp_path, change)
    with pytest.raises(ValueError, match=rf"{CHECKPOINT} is damaged \(.*\); delete it to begin anew"):
        run(tmp_path, torch.optim.Adam)


def test_a_checkpoint_that_lost_a_tensor_of_its_optimiser_is_damaged(tmp_path):
    run(tmp_path, torch.optim.Adam, stop_after=2)
    last = max(name for name in load_file(tmp_path / CHECKPOINT) if name.startswith("optimiser."))
    changed(tmp_path, lambda told: None, lambda name: None if name == last else name)
    with pytest.raises(ValueError, match=rf"{CHECKPOINT} is damaged \('{last}'\); delete it to begin anew"):
        run(tmp_path, torch.optim.Adam)


def test_weights_that_share_their_memory_are_kept(tmp_path):
    class Tied(Net):
        def __init__(self) -> None:
            super().__init__()
            self.again = self.head

    whole = run(tmp_path / "whole", net=Tied())
    for _ in range(5):
        cut = run(tmp_path / "cut", net=Tied(), stop_after=2)
    assert same(whole, cut)
    assert cut.again.weight is cut.head.weight


def test_a_checkpoint_holds_tensors_and_json_alone(tmp_path):
    run(tmp_path, torch.optim.Adam, stop_after=2)
    with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
        told = json.loads(file.metadata()["run"])
    assert told["schedule"] == asdict(SCHEDULE)
    assert told["how"]["optimiser"] == "Adam"
    assert told["how"]["tensors"] == [6]
    model = Net()
    optimiser = torch.optim.Adam(model.parameters())
    done = Checkpoint(tmp_path, model, optimiser, schedule=asdict(SCHEDULE), items=10).resume()
    assert (done.step, len(done.losses), len(done.history)) == (2, 2, 0)
    assert optimiser.state[model.head.bias]["step"] == 2


# ---- sharpness ----


class Bowl(nn.Module):
    """Two numbers w and their loss a · w²."""

    def __init__(self, *start: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start))

    def forward(self, steep: torch.Tensor) -> torch.Tensor:
        return (steep * self.weight.square()).sum()


@dataclass(frozen=True)
class Steep:
    """Half of 1 · w0² + 4 · w1²: the gradient is (w0, 4 w1)."""

    def __len__(self) -> int:
        return 1

    def loss(self, model, items, luck):
        return model(torch.tensor([0.5, 2.0]))

    def score(self, model):
        return {}


def one_step(out: Path, sharpness: Sharpness | None) -> torch.Tensor:
    """From w (3, 1), by plain descent with rate 0.1."""
    model, schedule = Bowl(3.0, 1.0), Schedule(epochs=1, batch=1, rate=0.1)
    assert schedule.rate_at(0, 1) == 0.1
    fit(model, Steep(), schedule, out, optimiser=torch.optim.SGD, sharpness=sharpness, progress=False)
    return model.weight.detach()


def test_a_sharpness_aware_step_by_hand(tmp_path):
    """w (3, 1) and g (3, 4), of length 5; ε with ρ 0.5 is (0.3, 0.4); the gradient at (3.3, 1.4) is (3.3, 5.6)."""
    torch.testing.assert_close(one_step(tmp_path / "plain", None), torch.tensor([2.7, 0.6]))
    torch.testing.assert_close(one_step(tmp_path / "SAM", Sharpness(0.5)), torch.tensor([3 - 0.33, 1 - 0.56]))


def test_an_adaptive_step_by_hand(tmp_path):
    """T (3, 1), T g (9, 4), of length √97; ε is ρ T (T g) / √97, so (27, 4) / √97 with ρ 1."""
    length = 97**0.5
    wanted = torch.tensor([3 - 0.1 * (3 + 27 / length), 1 - 0.4 * (1 + 4 / length)])
    torch.testing.assert_close(one_step(tmp_path, Sharpness(1.0, adaptive=True, floor=0.0)), wanted)


def test_the_floor_moves_weights_of_zero_and_biases_are_measured_as_they_are():
    """T of the weight is 0.1, of the bias 1; both gradients are 1."""
    weight, bias = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    weight.grad, bias.grad = torch.ones(1), torch.ones(1)
    with Sharpness(1.0, adaptive=True, floor=0.1).moved({"weight": weight, "bias": bias}):
        length = (0.1**2 + 1) ** 0.5
        assert weight.item() == pytest.approx(0.01 / length)
        assert bias.item() == pytest.approx(1 / length)
    assert weight.item() == bias.item() == 0.0


def test_the_worst_place_near_by_has_a_higher_loss_at_the_distance_of_the_radius():
    model = Bowl(3.0, 1.0)
    steep = torch.tensor([0.5, 2.0])
    model(steep).backward()
    before = model.weight.detach().clone()
    with Sharpness(0.05).moved(dict(model.named_parameters())):
        assert (model.weight - before).norm().item() == pytest.approx(0.05, rel=1e-5)
        assert model(steep) > steep @ before.square()
    assert torch.equal(model.weight, before)


def test_weights_come_back_after_an_error_and_without_a_gradient_nothing_moves():
    model = Bowl(3.0, 1.0)
    with Sharpness(0.5).moved(dict(model.named_parameters())):
        assert model.weight.tolist() == [3.0, 1.0]
    model(torch.ones(2)).backward()
    with pytest.raises(RuntimeError, match="broke"), Sharpness(0.5).moved(dict(model.named_parameters())):
        raise RuntimeError("broke")
    assert model.weight.tolist() == [3.0, 1.0]


def test_both_passes_of_a_step_see_the_same_pictures_and_the_same_dropout(tmp_path):
    seen: list[torch.Tensor] = []

    class Watching(Net):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            seen.extend([pictures.clone(), self.drop(torch.ones(50))])
            return super().forward(pictures)

    run(tmp_path, net=Watching(), sharpness=Sharpness(), stop_after=2)
    first, dropped, again, dropped_again, other = seen[:5]
    assert torch.equal(first, again)
    assert torch.equal(dropped, dropped_again)
    assert (dropped == 0).any()
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"radius": 0.0}, "radius must be above 0; got 0.0"),
        ({"radius": float("nan")}, "radius must be above 0; got nan"),
        ({"floor": -1.0}, "floor must be 0 or more; got -1.0"),
    ],
)
def test_a_sharpness_that_makes_no_sense_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Sharpness(**settings)


# ---- frozen parts ----


@pytest.mark.parametrize("sharpness", SHARP.values(), ids=SHARP.keys())
def test_a_frozen_part_is_the_same_to_the_bit_and_in_evaluation_mode(tmp_path, sharpness):
    modes: list[tuple[bool, bool, bool]] = []

    class Watching(Net):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            modes.append((self.body.training, self.body[2].training, self.drop.training))
            return super().forward(pictures)

    net = Watching()
    net.body.requires_grad_(False)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    run(tmp_path, net=net, sharpness=sharpness)
    assert set(modes) == {(False, False, True)}  # the body, its dropout; not the dropout of the head
    moved = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"head.weight", "head.bias"}
    assert "body.1.running_mean" in before


def test_what_is_not_frozen_has_batch_norms_that_learn(tmp_path):
    net = run(tmp_path)
    assert not torch.equal(net.body[1].running_mean, Net().body[1].running_mean)


def test_the_head_first_and_then_all_of_it(tmp_path):
    net = Net()
    net.body.requires_grad_(False)
    run(tmp_path / "head", torch.optim.Adam, net=net)
    body = net.body[0].weight.detach().clone()
    net.body.requires_grad_(True)
    run(tmp_path / "all", torch.optim.Adam, net=net)
    assert not torch.equal(body, net.body[0].weight)
    assert not torch.equal(net.body[1].running_mean, Net().body[1].running_mean)


def test_a_model_that_is_frozen_whole_is_refused(tmp_path):
    net = Net().requires_grad_(False)
    with pytest.raises(ValueError, match="model must have parameters to train; all of Net are frozen"):
        run(tmp_path, net=net)
    assert list(tmp_path.iterdir()) == []


def test_seeded_blocks_follow_from_their_key_and_leave_no_trace():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with seeded(1, 2):
        first = torch.rand(3)
    assert torch.equal(before, torch.get_rng_state())
    with seeded(1, 2):
        assert torch.equal(first, torch.rand(3))
    torch.manual_seed(luck(1, 2).initial_seed())
    assert torch.equal(first, torch.rand(3))
