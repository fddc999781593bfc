"""The loop: a run is a function of its seed, a kill changes nothing, and what cannot be trusted is refused."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from tiny_fan import noise_clips, tiny_fan

from ferviz.learning import loop as training
from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.tasks import ClipTask
from ferviz.seeds import luck

ROOT = Path(__file__).resolve().parents[2]
SCHEDULE = Schedule(epochs=3, batch=4, rate=0.05, seed=7)  # 3 steps an epoch, the last with 2 clips
STEPS = 9
CHECKPOINT = "checkpoint.safetensors"


def task(count: int = 10) -> ClipTask:
    own = noise_clips([6] * count)
    return ClipTask(own, own)


def run(out: Path, schedule: Schedule = SCHEDULE, what: ClipTask | None = None, **more):
    model = tiny_fan("relation").train()
    history = fit(model, what or task(), schedule, out, progress=False, **more)
    return model, history


def without_time(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


def same(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    one, two = first.state_dict(), second.state_dict()
    return all(torch.equal(one[name], two[name]) for name in one)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """One thread, as in the process that is killed: sums are then made in one order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield run(tmp_path_factory.mktemp("unbroken"))
    torch.set_num_threads(threads)


# ---- a run and its history ----


def test_loop_changes_every_parameter_and_tells_each_epoch(unbroken):
    model, history = unbroken
    start = dict(tiny_fan("relation").named_parameters())
    assert [name for name, p in model.named_parameters() if torch.equal(p, start[name])] == []
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert list(history[0]) == ["epoch", "loss", "rate", "accuracy", "one", "two", "seconds"]
    assert all(0 < row["loss"] < 10 and 0 <= row["accuracy"] <= 1 for row in history)
    assert history[-1]["rate"] == SCHEDULE.rate_at(STEPS - 1, STEPS)
    assert not model.training


def test_a_task_that_can_be_learned_is_learned(tmp_path):
    own = noise_clips([3] * 14)
    frames = (own.label[:, None, None, None] * 36).to(torch.uint8).expand(14, 3, 16, 16)
    bright = replace(own, frames=frames, label=(own.label > 3).long())
    schedule = Schedule(epochs=8, batch=7, rate=0.1)
    model = tiny_fan("pool").train()
    history = fit(model, ClipTask(bright, bright), schedule, tmp_path, progress=False)
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]
    assert history[-1]["accuracy"] >= 0.9


def test_the_history_lies_beside_the_checkpoint(tmp_path):
    _, history = run(tmp_path)
    assert json.loads((tmp_path / "history.json").read_text()) == history
    assert sorted(p.name for p in tmp_path.iterdir()) == [CHECKPOINT, "history.json"]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(unbroken, tmp_path):
    assert same(unbroken[0], run(tmp_path / "same")[0])
    assert not same(unbroken[0], run(tmp_path / "other", replace(SCHEDULE, seed=8))[0])


def test_the_global_generators_are_left_as_they_were(tmp_path):
    torch.manual_seed(11)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, _ = run(tmp_path / "first")
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(numpy_before, np.random.get_state()[1])  # noqa: NPY002
    torch.manual_seed(12)
    assert same(first, run(tmp_path / "second")[0])


def test_groups_of_parameters_have_their_own_rates(tmp_path):
    def groups(model):
        own = [p for name, p in model.named_parameters() if not name.startswith("backbone.")]
        return [{"params": list(model.backbone.parameters()), "scale": 0.0}, {"params": own}]

    model, _ = run(tmp_path, groups=groups)
    start = tiny_fan("relation")
    assert all(torch.equal(p, q) for p, q in zip(model.backbone.parameters(), start.backbone.parameters()))
    assert not torch.equal(model.classify.weight, start.classify.weight)
    assert same(model, run(tmp_path, groups=groups)[0])


# ---- kills ----


@pytest.mark.parametrize("seed", range(4))
def test_a_run_left_at_random_steps_ends_with_the_same_weights(unbroken, tmp_path, seed):
    rng, done = np.random.default_rng(seed), 0
    while done < STEPS:
        count = int(rng.integers(1, 6))
        model, history = run(tmp_path, stop_after=count)
        done += count
        with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
            assert json.loads(file.metadata()["run"])["step"] == min(done, STEPS)
    assert same(model, unbroken[0])
    assert without_time(history) == without_time(unbroken[1])


def test_a_finished_run_is_not_run_again(unbroken, tmp_path):
    run(tmp_path)
    before = (tmp_path / CHECKPOINT).stat().st_mtime_ns
    model, history = run(tmp_path)
    assert same(model, unbroken[0])
    assert without_time(history) == without_time(unbroken[1])
    assert (tmp_path / CHECKPOINT).stat().st_mtime_ns == before


CHILD = """
import sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from ferviz.learning import loop as training
from test_loop import run
training._PERIOD = 0.0  # a checkpoint after every step
out = Path(sys.argv[1])
step = torch.optim.SGD.step
def slow(self, *rest, **more):
    (out / "begun").write_bytes((out / "begun").read_bytes() + b".")
    if (out / "begun").stat().st_size == int(sys.argv[2]):
        time.sleep(600)  # the step in which it is killed
    return step(self, *rest, **more)
torch.optim.SGD.step = slow
run(out)
"""


@pytest.mark.parametrize("at", [2, 5])
def test_a_killed_process_is_resumed_to_the_same_weights(unbroken, tmp_path, at):
    (tmp_path / "begun").write_bytes(b"")
    paths = [str(ROOT), str(ROOT / "tests" / "learning"), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(at)], env=environment, stderr=subprocess.PIPE
    )
    while (tmp_path / "begun").stat().st_size < at:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
        assert at - 1 <= json.loads(file.metadata()["run"])["step"] < STEPS
    (tmp_path / ".checkpoint.safetensors.1.tmp").write_bytes(b"half")
    model, history = run(tmp_path)
    assert same(model, unbroken[0])
    assert without_time(history) == without_time(unbroken[1])
    assert list(tmp_path.glob(".*")) == []


# ---- what is refused ----


@pytest.fixture
def begun(tmp_path) -> Path:
    run(tmp_path, stop_after=2)
    return tmp_path


@pytest.mark.parametrize("length", [0, 7, 200, -5])
def test_a_damaged_checkpoint_is_named(begun, length):
    path = begun / CHECKPOINT
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=rf"{CHECKPOINT} is damaged \(.*\); delete it to begin anew"):
        run(begun)


def test_a_checkpoint_without_its_record_is_damaged(begun):
    from safetensors.torch import save_file

    for metadata in (None, {"run": "{"}, {"run": "[]"}, {"run": '{"step": 1}'}):
        save_file({"model.a": torch.zeros(1)}, begun / CHECKPOINT, metadata=metadata)
        with pytest.raises(ValueError, match=rf"{CHECKPOINT} is damaged"):
            run(begun)


def test_a_checkpoint_of_another_schedule_is_refused_and_stays(begun):
    before = (begun / CHECKPOINT).read_bytes()
    with pytest.raises(ValueError, match=r"is of another run, \{.*'rate': 0.05.*\}; wanted \{.*'rate': 0.1") as caught:
        run(begun, replace(SCHEDULE, rate=0.1))
    assert "choose another folder, or delete it" in str(caught.value)
    assert (begun / CHECKPOINT).read_bytes() == before


def test_a_checkpoint_of_another_model_is_refused(begun):
    with pytest.raises(ValueError, match="holds another model than FrameAttention; choose another folder"):
        fit(tiny_fan("pool"), task(), SCHEDULE, begun, progress=False)


def test_a_checkpoint_of_another_set_is_refused(begun):
    with pytest.raises(ValueError, match="is of a run on 10 items; got 9: choose another folder"):
        run(begun, what=task(9))


@dataclass(frozen=True)
class Breaks:
    """Its loss is not finite from some call on."""

    at: int
    value: float
    calls: list[int]

    def __len__(self) -> int:
        return 8

    def loss(self, model, items, luck):
        self.calls.append(len(items))
        total = sum(p.square().sum() for p in model.parameters()) * 1e-3
        return total * (self.value if len(self.calls) > self.at else 1.0)

    def score(self, model):
        return {}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_checkpoint(tmp_path, monkeypatch, value):
    monkeypatch.setattr(training, "_PERIOD", 0.0)
    model = tiny_fan()
    with pytest.raises(FloatingPointError, match=rf"the loss is {value} at step 3: a smaller rate may help"):
        fit(model, Breaks(3, value, []), SCHEDULE, tmp_path, progress=False)
    with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
        assert json.loads(file.metadata()["run"])["step"] == 3
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_a_failed_write_keeps_the_last_checkpoint(begun, monkeypatch):
    before = (begun / CHECKPOINT).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ferviz.disk.os.replace", full)
    with pytest.raises(OSError, match=r"cannot write .*history.json \(\d+ bytes\): No space left on device"):
        run(begun)
    assert (begun / CHECKPOINT).read_bytes() == before
    assert list(begun.glob(".*")) == []


# ---- schedules, luck, fabric ----


def test_the_rate_rises_in_a_line_and_falls_as_a_cosine():
    schedule = Schedule(epochs=1, batch=1, rate=2.0, warmup=0.1)
    rates = [schedule.rate_at(step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.2 * (k + 1) for k in range(10)])
    assert rates[10] == 2.0
    assert rates[55] == pytest.approx(1.0)
    assert all(a > b for a, b in pairwise(rates[10:]))
    assert 0 < rates[-1] < 0.01


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_runs_have_a_rate(steps):
    schedule = Schedule(epochs=1, batch=1, rate=1.0)
    assert all(0 < schedule.rate_at(step, steps) <= 1 for step in range(steps))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1; got 0"),
        ({"batch": -1}, "batch must be a whole number of at least 1; got -1"),
        ({"rate": math.nan}, "rate must be above 0; got nan"),
        ({"warmup": 1.0}, "warmup must be a share from 0 to below 1; got 1.0"),
        ({"warmup": -0.1}, "warmup must be a share from 0 to below 1; got -0.1"),
    ],
)
def test_schedules_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(SCHEDULE, **changes)


def test_luck_follows_from_its_key_alone():
    def drawn(*key: int) -> list[float]:
        return torch.rand(3, generator=luck(*key)).tolist()

    torch.manual_seed(0)
    first = drawn(1, 2)
    torch.manual_seed(1)
    assert drawn(1, 2) == first
    others = [drawn(2, 1), drawn(1), drawn(1, 2, 1), drawn(1, 3)]
    assert all(other != first for other in others)


def test_a_precision_that_cannot_be_resumed_exactly_is_refused():
    with pytest.raises(ValueError, match="precision must be one of 32-true, bf16-mixed; got '16-mixed'"):
        make_fabric(precision="16-mixed")


@pytest.mark.parametrize("accelerator", ["abacus", "mps" if sys.platform != "darwin" else "tpu"])
def test_what_the_machine_lacks_is_named(accelerator):
    with pytest.raises(ValueError, match=f"this machine cannot train with accelerator '{accelerator}', devices 1"):
        make_fabric(accelerator)


def test_half_precision_trains_and_keeps_whole_weights(tmp_path):
    model, history = run(tmp_path, fabric=make_fabric(precision="bf16-mixed"))
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert math.isfinite(history[-1]["loss"])


# ---- the best epoch ----


@dataclass(frozen=True)
class Scored:
    """The task with scores that are told, in the order in which they are asked for; what the model was then."""

    values: tuple[float, ...]
    seen: list
    own: ClipTask

    def __len__(self) -> int:
        return len(self.own)

    def loss(self, *given) -> torch.Tensor:
        return self.own.loss(*given)

    def score(self, model) -> dict[str, float]:
        self.seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return {"told": self.values[len(self.seen) - 1]}


@pytest.mark.parametrize(("values", "epoch"), [((0.2, 0.5, 0.3), 2), ((0.4, 0.1, 0.4), 1), ((0.1, 0.2, 0.3), 3)])
def test_a_run_ends_with_the_weights_of_its_best_epoch(tmp_path, values, epoch):
    what = Scored(values, [], task())
    model, history = run(tmp_path, what=what, best="told")
    assert training.best_epoch(history, "told") == epoch
    assert all(torch.equal(value, what.seen[epoch - 1][name]) for name, value in model.state_dict().items())
    again, _ = run(tmp_path, what=what, best="told")  # a finished run is read
    assert same(model, again)
    last, _ = run(tmp_path, what=what)
    assert all(torch.equal(value, what.seen[-1][name]) for name, value in last.state_dict().items())


def test_an_epoch_without_the_score_is_not_the_best():
    nan = float("nan")
    assert training.best_epoch([{"epoch": 1, "told": nan}, {"epoch": 2, "told": 0.2}, {"epoch": 3}], "told") == 2
    with pytest.raises(ValueError, match=r"best must be a score of the task \(other\); got 'told'"):
        training.best_epoch([{"epoch": 1, "other": 0.1}, {"epoch": 2, "told": nan}][:1], "told")


@pytest.mark.parametrize("steps", [2, 3, 4, 7])
def test_a_run_that_was_left_finds_the_same_best_epoch(tmp_path, steps):
    whole, _ = run(tmp_path / "whole", what=Scored((0.2, 0.5, 0.3), [], task()), best="told")
    left = Scored((0.2, 0.5, 0.3), [], task())
    _, begun = run(tmp_path / "left", what=left, best="told", stop_after=steps)
    rest, history = run(tmp_path / "left", what=left, best="told")
    assert len(history) > len(begun)
    assert same(whole, rest)


def test_a_best_epoch_that_is_gone_or_another_is_named(tmp_path):
    what = Scored((0.2, 0.5, 0.3), [], task())
    run(tmp_path, what=what, best="told")
    path = tmp_path / "best.safetensors"
    kept = path.read_bytes()
    path.write_bytes(kept[:50])
    with pytest.raises(ValueError, match="best.safetensors is not the best epoch's .* delete .* to begin anew"):
        run(tmp_path, what=what, best="told")
    path.write_bytes(kept.replace(b'\\"epoch\\": 2', b'\\"epoch\\": 1'))
    with pytest.raises(ValueError, match="it holds epoch 1, not 2"):
        run(tmp_path, what=what, best="told")
    path.unlink()
    with pytest.raises(ValueError, match="best.safetensors is not the best epoch's"):
        run(tmp_path, what=what, best="told")


def test_a_score_that_the_task_does_not_give_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"best must be a score of the task \(told\); got 'accuracy'"):
        run(tmp_path, what=Scored((0.2,), [], task()), best="accuracy")
