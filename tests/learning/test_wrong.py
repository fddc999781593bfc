"""What cannot be learned from, or into, is refused before the first step: models, inputs, targets, weights, folders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from stand_ins import SIDE, FiveRegions, ThreeHeads, seeded
from tiny_fan import noise_clips, tiny_fan
from torch import nn

from ferviz.learning.answering import answer, check_names
from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.sets import Clips, Examples, Stills
from ferviz.learning.tasks import ClipTask, FeatureTask, HeadsTask, StillTask
from ferviz.seeds import luck

NAN = torch.nan
SCHEDULE = Schedule(epochs=1, batch=2, rate=0.01)
FACES = torch.randint(0, 256, (4, 3, SIDE, SIDE), generator=luck(0), dtype=torch.uint8)
EMOTION = nn.functional.one_hot(torch.arange(4), 8).float()
TARGETS = {"emotion": EMOTION, "age": torch.tensor([0, 3, -1, 1]), "strength": torch.tensor([0.1, NAN, 0.3, 2.0])}
SET = Examples({"faces": FACES}, TARGETS)
REGIONS = {
    "regions": torch.zeros(4, 5, 1, SIDE, SIDE, dtype=torch.uint8),
    "mask": torch.ones(4, 5, dtype=torch.bool),
}
LABEL = {"emotion": torch.arange(4)}
CLIPS = noise_clips([3, 4, 2, 4])
STILLS = Stills(FACES[:, :1], nn.functional.one_hot(torch.arange(4), 7).float(), torch.ones(4), np.arange(4))
FEATURES = (torch.rand(4, 3, 6, generator=luck(1)), torch.ones(4, 3, dtype=torch.bool), torch.arange(4))
ALL = torch.arange(4)


def targets(**changed) -> HeadsTask:
    return HeadsTask(replace(SET, targets=TARGETS | changed))


def learned(task, model: nn.Module) -> None:
    task.loss(model, ALL[: len(task)], luck(0))


# ---- the model: what contradicts its declaration is refused by every task, in training and in scoring ----


def fan_that_says(turn) -> nn.Module:
    model = tiny_fan("pool")
    pool = model.pool
    model.pool = lambda *given: turn(pool(*given))
    return model


TASKS = {
    "heads": HeadsTask(Examples({"frames": CLIPS.frames[:, :, None], "mask": CLIPS.mask}, LABEL), {"own": Examples(
        {"frames": CLIPS.frames[:, :, None], "mask": CLIPS.mask}, LABEL)}),
    "clips": ClipTask(CLIPS, CLIPS),
    "stills": StillTask(replace(STILLS, pictures=torch.zeros(4, 1, 16, 16, dtype=torch.uint8)), {"own": replace(
        STILLS, pictures=torch.zeros(4, 1, 16, 16, dtype=torch.uint8))}),
    "features": FeatureTask(*FEATURES, FEATURES),
}  # fmt: skip
SAYS = [
    (lambda x: torch.cat((x, x[:, :1]), 1), ValueError, r"head emotion must have 7 outputs \(anger, .*\); got 8"),
    (lambda x: x[:, :6], ValueError, r"head emotion must have 7 outputs \(anger, .*\); got 6"),
    (lambda x: (x, x), TypeError, "forward of .* must return one tensor, or a dict of heads; got tuple"),
    (lambda x: {"mood": x}, ValueError, "forward must return the heads emotion; got mood"),
    (lambda x: x[:, 0], ValueError, r"head emotion must have shape \(\d+, 7\); got \(\d+,\)"),
    (lambda x: x[:1], ValueError, r"head emotion must have shape \(\d+, 7\); got \(1, 7\)"),
]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_refuses_a_model_that_contradicts_itself(task, tmp_path):
    learned(task, tiny_fan("pool"))
    assert task.score(tiny_fan("pool").eval())
    for turn, error, message in SAYS:
        for ask in (lambda model: learned(task, model), lambda model: task.score(model)):
            with pytest.raises(error, match=message):
                ask(fan_that_says(turn))
    for labels, error, message in (
        (("a", "b"), ValueError, r"targets of head 'emotion' must|head emotion must have 2 outputs"),
        (None, ValueError, "FrameAttention must have labels"),
        ({}, ValueError, "labels must be of one head at least"),
    ):
        model = tiny_fan("pool")
        model.labels = labels
        for ask in (lambda model: learned(task, model), lambda model: task.score(model)):
            with pytest.raises(error, match=message):
                ask(model)
        with pytest.raises(error, match=r"targets of head 'emotion' must|must have labels|labels must be"):
            fit(model, task, SCHEDULE, tmp_path, progress=False)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_wants_a_model_of_ferviz(task, tmp_path):
    for ask in (lambda: learned(task, Plain()), lambda: fit(Plain(), task, SCHEDULE, tmp_path, progress=False)):
        with pytest.raises(TypeError, match="model must be a ferviz.models.Model, .*; got Plain"):
            ask()


class Plain(nn.Linear):
    leading = "clip"

    def __init__(self) -> None:
        super().__init__(2, 2)


# ---- inputs ----


@pytest.mark.parametrize(
    ("raw", "error", "message"),
    [
        ({"mask": 1, "regions": 0}, ValueError, "in this order: regions, mask; got mask, regions"),
        ({"regions": 0, "masks": 1}, ValueError, "in this order: regions, mask; got regions, masks"),
        ({"faces": 0}, ValueError, "raw must be what inputs of FiveRegions takes, in this order: regions, mask; got f"),
    ],
)
def test_inputs_in_another_order_or_by_another_name_are_refused(tmp_path, raw, error, message):
    own = list(REGIONS.values())
    given = Examples({name: own[place] for name, place in raw.items()}, LABEL)
    task = HeadsTask(given, {"own": given})
    model = seeded(FiveRegions)
    for ask in (
        lambda: learned(task, model),
        lambda: task.score(model),
        lambda: fit(model, task, SCHEDULE, tmp_path, progress=False),
    ):
        with pytest.raises(error, match=message):
            ask()


@pytest.mark.parametrize(
    ("raw", "error", "message"),
    [
        ((), ValueError, r"raw must be what inputs of FiveRegions takes \(regions, mask\); got 0 tensors"),
        ((REGIONS["regions"],) * 3, ValueError, r"takes \(regions, mask\); got 3 tensors"),
        ((REGIONS["regions"][:, 0],), ValueError, r"input regions of FiveRegions must have shape \(4 frames, region,"),
        ((REGIONS["regions"].numpy(),), TypeError, r"raw must be tensors \(B, …\), as inputs of FiveRegions takes; g"),
        ((torch.tensor(1.0),), TypeError, r"raw must be tensors \(B, …\), as inputs of FiveRegions takes; got tensor"),
    ],
)
def test_what_a_model_does_not_take_is_refused(raw, error, message):
    with pytest.raises(error, match=message):
        answer(seeded(FiveRegions), *raw)


def test_what_varies_must_give_what_it_got():
    for varied, error, message in (
        (lambda raw, luck: dict(reversed(raw.items())), ValueError, "regions, mask; got mask, regions"),
        (lambda raw, luck: list(raw.values()), TypeError, "raw must be a mapping of name to tensor, .*; got"),
        (lambda raw, luck: raw | {"mask": 1}, TypeError, "raw must be a mapping of name to tensor"),
    ):
        with pytest.raises(error, match=message):
            learned(HeadsTask(Examples(REGIONS, LABEL), varied=varied), seeded(FiveRegions))
    check_names(seeded(FiveRegions), REGIONS)


# ---- targets ----


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"age": torch.tensor([0, 4, 1, 1])}, ValueError, r"targets of head 'age' must be places from 0 to 3.*; got 4"),
        ({"age": torch.tensor([0.0, 1, 2, 3])}, TypeError, "'age', which says one of 4 labels, must be places"),
        ({"strength": ALL}, TypeError, "'strength', which says one plain number an item, must be numbers"),
        ({"strength": EMOTION}, TypeError, "'strength', which says one plain number an item, must be numbers"),
        ({"emotion": EMOTION / 2}, ValueError, "must be shares that sum to 1 for each item; got a sum of"),
        ({"emotion": torch.eye(4)}, ValueError, r"targets of head 'emotion' must have shape \(4, 8\); got \(4, 4\)"),
        ({"mood": ALL}, ValueError, r"targets must be for heads of the model \(emotion, age, strength\); got 'mood'"),
    ],
)
def test_targets_that_do_not_fit_the_heads_are_refused(tmp_path, changed, error, message):
    if "sum" in message:
        with pytest.raises(error, match=message):
            targets(**changed)
        return
    task, model = targets(**changed), seeded(ThreeHeads)
    scored = HeadsTask(SET, {"own": task.train})
    for ask in (
        lambda: learned(task, model),
        lambda: scored.score(model),
        lambda: fit(model, task, SCHEDULE, tmp_path, progress=False),
        lambda: fit(model, scored, SCHEDULE, tmp_path, progress=False),
    ):
        with pytest.raises(error, match=message):
            ask()
    assert not list(tmp_path.iterdir())


def examples(raw=FACES, weight=None, **changed) -> Examples:
    return Examples({"faces": raw}, TARGETS | changed, weight or {})


COLUMNS = [
    (lambda: examples(age=ALL - 2), ValueError, r"targets\['age'\] must be at least -1; got -2"),
    (lambda: examples(age=ALL > 1), TypeError, r"targets\['age'\] must be whole numbers, .*; got torch.bool"),
    (lambda: examples(age=ALL * 1j), TypeError, r"targets\['age'\] must be whole numbers, .*; got torch.complex64"),
    (lambda: examples(age=ALL[:, None]), ValueError, r"targets\['age'\] must have shape \(4,\), one an item; got \(4"),
    (lambda: examples(age=[0, 1, 2, 3]), TypeError, r"age must be a tensor or an array with one row an item; got \[0"),
    (lambda: examples(age=np.arange(4)), TypeError, r"targets\['age'\] must be a torch.Tensor; got ndarray"),
    (lambda: examples(strength=ALL / 0), ValueError, r"targets\['strength'\] must be finite, or NaN .*; got infinity"),
    (lambda: examples(emotion=EMOTION - 1), ValueError, r"targets\['emotion'\] must be shares of 0 or more; got -1"),
    (lambda: examples(emotion=EMOTION[..., None]), ValueError, r"shares \(N, K\) or numbers \(N,\); got \(4, 8, 1\)"),
    (
        lambda: examples(emotion=torch.where(EMOTION > 0, NAN, EMOTION)),
        ValueError,
        r"targets\['emotion'\] must be NaN for all labels of an item or for none; got items with some",
    ),
    (lambda: examples(raw=FACES.numpy()), TypeError, r"raw\['faces'\] must be a torch.Tensor; got ndarray"),
    (lambda: examples(weight={"mood": ALL}), ValueError, "weight must be for heads that have targets .*; got 'mood'"),
    (lambda: examples(weight={"age": ALL - 1}), ValueError, r"weight\['age'\] must be finite and 0 or more; got -1 t"),
    (lambda: examples(weight={"age": ALL / 0}), ValueError, r"weight\['age'\] must be finite and 0 or more; got"),
    (lambda: examples(weight={"age": EMOTION}), ValueError, r"weight\['age'\] must have shape \(4,\); got \(4, 8\)"),
    (lambda: examples(weight={"age": ALL > 1}), TypeError, r"weight\['age'\] must be numbers; got torch.bool"),
    (lambda: SET[np.array([], int)], ValueError, "a set must hold at least one item; got 0"),
    (lambda: replace(STILLS, pictures=FACES / 255), TypeError, r"pictures must be uint8 \(N, C, S, S\), .*; got torc"),
    (lambda: replace(STILLS, pictures=FACES[:, 0]), ValueError, r"pictures must have shape \(N, C, S, S\); got \(4, "),
    (lambda: replace(STILLS, target=ALL), ValueError, r"target must be shares of labels \(N, K\) for every face"),
    (lambda: replace(STILLS, target=EMOTION * NAN), ValueError, "target must be shares of labels .* got others, or N"),
    (lambda: replace(STILLS, weight=-torch.ones(4)), ValueError, "weight must be finite and 0 or more; got -1 to -1"),
    (lambda: replace(STILLS, group=np.ma.arange(4)), TypeError, "group must be a plain array, as a mask would be lost"),
    (lambda: replace(CLIPS, frames=CLIPS.frames.float()), TypeError, r"frames must be uint8 \(N, T, S, S\)"),
    (lambda: replace(CLIPS, mask=CLIPS.mask.float()), TypeError, r"mask must be bool \(N, T\); got torch.float32"),
    (lambda: replace(CLIPS, mask=CLIPS.mask[:, :3]), ValueError, r"mask must have shape \(4, 4\); got \(4, 3\)"),
    (lambda: replace(CLIPS, mask=~CLIPS.mask), ValueError, "mask must be True from the first frame of each clip"),
    (lambda: replace(CLIPS, mask=CLIPS.mask & False), ValueError, "mask must be True from the first frame of each"),
    (lambda: replace(CLIPS, label=CLIPS.label - 1), ValueError, "label must be at least 0; got -1"),
    (lambda: replace(CLIPS, label=CLIPS.label / 2), TypeError, "label must be whole numbers, .*; got torch.float32"),
]


@pytest.mark.parametrize(("make", "error", "message"), COLUMNS)
def test_columns_of_another_kind_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_places_are_whole_numbers_of_any_width(dtype):
    narrow = HeadsTask(Examples(REGIONS, {"emotion": torch.arange(4).to(dtype)}))
    wide = HeadsTask(Examples(REGIONS, LABEL))
    model = seeded(FiveRegions)
    assert narrow.loss(model, ALL, luck(0)).item() == wide.loss(model, ALL, luck(0)).item()


# ---- tasks ----

TASKS_OF_ANOTHER_KIND = [
    (lambda: HeadsTask("set"), TypeError, "train must be Examples; got str"),
    (lambda: HeadsTask(SET, [SET]), TypeError, "validation must be a mapping of name to Examples; got list"),
    (lambda: HeadsTask(SET, {"own": STILLS}), TypeError, "validation must be of Examples; got Stills for 'own'"),
    (lambda: HeadsTask(SET, scales={"mood": 1.0}), ValueError, "scales must be for heads that have targets .*'mood'"),
    (lambda: HeadsTask(SET, losses={"mood": print}), ValueError, "losses must be for heads that have targets .*'mood'"),
    (lambda: HeadsTask(SET, scales=[1.0]), TypeError, r"scales must be a mapping of head to its own; got \[1.0\]"),
    (lambda: HeadsTask(SET, scales={"age": -1.0}), ValueError, r"scales\['age'\] must be 0 or more; got -1.0"),
    (lambda: HeadsTask(SET, scales={"age": NAN}), ValueError, r"scales\['age'\] must be 0 or more; got nan"),
    (lambda: HeadsTask(SET, scales={"age": "2"}), TypeError, r"scales\['age'\] must be a number, 0 or more; got '2'"),
    (lambda: HeadsTask(SET, losses={"age": "mse"}), TypeError, r"losses\['age'\] must be a function; got 'mse'"),
    (lambda: HeadsTask(SET, scores=[print]), TypeError, r"scores must be a mapping of name to its own; got \[<built"),
    (lambda: HeadsTask(SET, scores={"f": 1}), TypeError, r"scores\['f'\] must be a function; got 1"),
    (lambda: HeadsTask(SET, losses={"age": None}), TypeError, r"losses\['age'\] must be a function; got None"),
    (lambda: HeadsTask(SET, varied="yes"), TypeError, "varied must be a function; got 'yes'"),
    (lambda: HeadsTask(SET, also=3), TypeError, "also must be a function; got 3"),
    (lambda: HeadsTask(SET, names="vector"), TypeError, "names must be a list of names; got 'vector'"),
    (lambda: StillTask(CLIPS, {}), TypeError, "train must be Stills; got Clips"),
    (lambda: StillTask(STILLS, {}, smoothing=2), ValueError, "smoothing must be a share from 0 to 1; got 2"),
    (lambda: StillTask(STILLS, {}, varied="no"), TypeError, "varied must be True or False; got 'no'"),
    (lambda: ClipTask(STILLS, CLIPS), TypeError, "train must be Clips; got Stills"),
    (lambda: ClipTask(CLIPS, STILLS), TypeError, "validation must be of Clips; got Stills for 'validation'"),
    (lambda: ClipTask(CLIPS, CLIPS, frames=True), TypeError, "frames must be a whole number of at least 1; got True"),
    (lambda: ClipTask(CLIPS, CLIPS, alone=1), TypeError, "alone must be True or False; got 1"),
    (lambda: ClipTask(CLIPS, CLIPS, rehearse=STILLS), TypeError, "rehearse must be a StillTask or None; got Stills"),
    (lambda: FeatureTask(*FEATURES, FEATURES[:2]), TypeError, "validation must be three tensors, features, mask and l"),
    (lambda: FeatureTask(*FEATURES, (FEATURES[0][0], *FEATURES[1:])), ValueError, r"must be floats \(N, T, D\), one"),
    (lambda: FeatureTask(FEATURES[0] / 0, *FEATURES[1:], FEATURES), ValueError, "features of train must be finite"),
    (lambda: FeatureTask(*FEATURES[:2], ALL / 2, FEATURES), TypeError, "label of train must be whole numbers"),
    (lambda: FeatureTask(*FEATURES, FEATURES, alpha=-torch.ones(4, 3)), ValueError, "alpha must be finite and 0 or m"),
]


@pytest.mark.parametrize(("make", "error", "message"), TASKS_OF_ANOTHER_KIND)
def test_tasks_of_another_kind_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"losses": {"age": lambda o, t: 1.0}}, TypeError, r"losses\['age'\] must give a tensor of floats; got float"),
        ({"losses": {"age": lambda o, t: o.sum()}}, ValueError, r"losses\['age'\] must give shape \(3,\); got \(\)"),
        ({"losses": {"age": lambda o, t: o.long()}}, TypeError, "must give a tensor of floats; got torch.int64"),
        ({"also": lambda said: said.of("age")}, ValueError, r"also must give shape \(\); got \(4, 4\)"),
        ({"also": lambda said: None}, TypeError, "also must give a tensor of floats; got NoneType"),
    ],
)
def test_losses_that_are_none_are_refused(said, error, message):
    with pytest.raises(error, match=message):
        learned(HeadsTask(SET, **said), seeded(ThreeHeads))


def test_a_label_that_is_not_there_is_refused_where_all_must_be():
    labels = CLIPS.label.clone()
    task = FeatureTask(*FEATURES, FEATURES)
    object.__setattr__(task, "label", labels - 1)
    with pytest.raises(ValueError, match="targets of head 'emotion' must be there for all items here; HeadsTask takes"):
        learned(task, tiny_fan("pool"))


# ---- fit ----


class Nothing:
    def __len__(self) -> int:
        return 0

    def loss(self, model, items, luck): ...

    def score(self, model): ...


FITS = [
    ({"model": "fan"}, TypeError, "model must be a Module; got str"),
    ({"task": STILLS}, TypeError, "task must be a Task; Stills has no method loss"),
    ({"task": Nothing()}, ValueError, "task must have items to learn from; got 0"),
    ({"schedule": {"epochs": 1}}, TypeError, "schedule must be a Schedule; got dict"),
    ({"out": 5}, TypeError, "out must be the path of a folder; got 5"),
    ({"out": ""}, TypeError, "out must be the path of a folder; got ''"),
    ({"out": None}, TypeError, "out must be the path of a folder; got None"),
    ({"fabric": "cpu"}, TypeError, "fabric must be a .*Fabric.*; got str"),
    ({"sharpness": 0.05}, TypeError, "sharpness must be a .*Sharpness.*; got float"),
    ({"optimiser": "Adam"}, TypeError, "optimiser must be a function or None; got str"),
    ({"optimiser": lambda groups: 7}, TypeError, "optimiser must give a torch.optim.Optimizer; got int"),
    ({"groups": []}, TypeError, "groups must be a function or None; got list"),
    ({"groups": lambda model: list(model.parameters())}, TypeError, "groups must give a list of dicts with params"),
    (
        {"groups": lambda model: [{"params": [nn.Parameter(torch.zeros(2))]}]},
        ValueError,
        "groups must give parameters of FrameAttention alone: a checkpoint keeps no others",
    ),
    ({"progress": "no"}, TypeError, "progress must be True or False; got 'no'"),
    ({"stop_after": True}, TypeError, "stop_after must be a whole number of at least 1; got True"),
    ({"stop_after": 0}, ValueError, "stop_after must be a whole number of at least 1; got 0"),
]


@pytest.mark.parametrize(("changed", "error", "message"), FITS)
def test_a_run_of_another_kind_is_refused_and_writes_nothing(tmp_path, changed, error, message):
    given = {"model": tiny_fan("pool"), "task": ClipTask(CLIPS, CLIPS), "schedule": SCHEDULE, "out": tmp_path / "run"}
    with pytest.raises(error, match=message):
        fit(**({**given, "progress": False} | changed))
    assert not (tmp_path / "run").exists() or not list((tmp_path / "run").iterdir())


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("here already")
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(OSError, match="out must be a folder that can be written; .*file") as caught:
            fit(tiny_fan("pool"), ClipTask(CLIPS, CLIPS), SCHEDULE, out, progress=False)
        assert isinstance(caught.value, OSError)


def test_a_folder_may_be_named_by_its_text(tmp_path):
    fit(tiny_fan("pool"), ClipTask(CLIPS, CLIPS), SCHEDULE, str(tmp_path / "a" / "run"), progress=False)
    assert (tmp_path / "a" / "run" / "history.json").is_file()


def test_without_momentum_descent_is_plain(tmp_path):
    plain = replace(SCHEDULE, momentum=0.0)
    assert fit(tiny_fan("pool"), ClipTask(CLIPS, CLIPS), plain, tmp_path, progress=False)
    assert make_fabric().world_size == 1


# ---- what moved ----


def q0_and(*names: str):
    """Groups of the parameters of some parts."""
    return lambda model: [{"params": list(model.get_submodule(name).parameters())} for name in names]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("q0.score", "q1.score", "there moved, and here not, q0.score.weight, .*; here move, and there did not, q1.s"),
        (("q0", "classify"), ("classify", "q0"), "the same ones, in other groups or in another order, .*; wanted"),
    ],
)
def test_a_run_in_which_others_moved_is_refused_and_stays(tmp_path, before, after, message):
    before, after = ((each,) if isinstance(each, str) else each for each in (before, after))
    task, schedule = ClipTask(CLIPS, CLIPS), replace(SCHEDULE, epochs=2)
    fit(tiny_fan(), task, schedule, tmp_path, groups=q0_and(*before), progress=False, stop_after=1)
    kept = (tmp_path / "checkpoint.safetensors").read_bytes()
    with pytest.raises(ValueError, match=f"is of a run with other moving parts: {message}"):
        fit(tiny_fan(), task, schedule, tmp_path, groups=q0_and(*after), progress=False)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == kept
    fit(tiny_fan(), task, schedule, tmp_path, groups=q0_and(*before), progress=False)
    assert isinstance(CLIPS, Clips)


# ---- numbers that are not finite, and other precisions ----


def broken() -> nn.Module:
    model = tiny_fan("pool")
    model.classify.bias.data[0] = float("nan")
    return model


@pytest.mark.parametrize("task", ["stills", "clips", "features"])
def test_a_model_that_gives_what_is_not_finite_gets_no_score(task):
    stills = replace(STILLS, pictures=torch.zeros(4, 1, 16, 16, dtype=torch.uint8))
    given = {
        "stills": StillTask(stills, {"own": stills}),
        "clips": ClipTask(CLIPS, CLIPS),
        "features": FeatureTask(*FEATURES, validation=FEATURES),
    }[task]
    with torch.no_grad(), pytest.raises(ValueError, match="answer of FrameAttention is not finite: .* classify is"):
        given.score(broken())


def test_a_run_that_begins_with_what_is_not_finite_blames_no_rate(tmp_path):
    with pytest.raises(FloatingPointError, match="the loss is nan at step 0: the model's weights or the items are not"):
        fit(broken(), ClipTask(CLIPS, CLIPS), SCHEDULE, tmp_path, progress=False)


@pytest.mark.parametrize("precision", [torch.float16, torch.float64])
def test_a_model_of_another_precision_learns_and_is_scored(tmp_path, precision):
    model = tiny_fan("pool").to(precision)
    history = fit(model, ClipTask(CLIPS, CLIPS), SCHEDULE, tmp_path, progress=False)
    assert 0 <= history[-1]["accuracy"] <= 1
    assert {parameter.dtype for parameter in model.parameters()} == {precision}
