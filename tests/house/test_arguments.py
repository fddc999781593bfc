"""One check for each kind of argument, and every entry point that takes one: numbers, flags, seeds, places, arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from stand_ins import FiveRegions, clip_with_sound, seeded
from tiny_fan import clip_of, tiny_fan

import ferviz
from ferviz import Clip, arguments, scores
from ferviz.attribution import attribute, quantity_map, to_box, to_grid
from ferviz.learning import pretext
from ferviz.learning.clip_svm import fit_svm
from ferviz.learning.loop import Schedule, make_fabric
from ferviz.learning.people import class_weights, verification
from ferviz.learning.sharpness import Sharpness
from ferviz.learning.variation import Variation, vary
from ferviz.models.backbones import EfficientNetConfig
from ferviz.models.multi_task import Config
from ferviz.reading import device_of, evaluating, reading, watching
from ferviz.scores import covering, pooled, twins  # noqa: F401
from ferviz.seeds import luck

MODEL, CLIP = seeded(FiveRegions), clip_with_sound()
FAN, FACES = tiny_fan(), clip_of(3)
MAPS = np.random.default_rng(0).random((4, 24, 24))
PICTURE = np.zeros((4, 4, 3), np.uint8)
SCORES, PEOPLE = np.arange(24.0).reshape(12, 2) % 5, np.array([0, 1])
RNG = np.random.default_rng(0)

WHOLE: dict[str, Callable[[object], object]] = {
    "epochs": lambda value: Schedule(value, 4, 0.1),
    "batch": lambda value: Schedule(1, value, 0.1),
    "nodes": lambda value: make_fabric(nodes=value),
    "n_steps": lambda value: attribute(FAN, FACES, n_steps=value),
    "n_samples": lambda value: attribute(FAN, FACES, "gradient_shap", n_samples=value),
    "window": lambda value: attribute(FAN, FACES, "occlusion", window=value),
    "stride": lambda value: attribute(FAN, FACES, "occlusion", stride=value),
    "steps": lambda value: scores.deletion(MODEL, CLIP, MAPS, steps=value),
    "repeats": lambda value: scores.bootstrap_people([1.0, 2.0], [0, 1], RNG, repeats=value),
    "rows": lambda value: scores.false_alarms(SCORES, PEOPLE, RNG, rows=value),
    "tables": lambda value: scores.false_alarms(SCORES, PEOPLE, RNG, tables=value),
    "height": lambda value: scores.centred_gaussian(value, 3),
    "width": lambda value: scores.centred_gaussian(3, value),
    "side": lambda value: Variation(1, value, luck(0)),
    "block": lambda value: pretext.hide(torch.zeros(1, 1, 8, 8), luck(0), block=value),
    "hidden": lambda value: replace(Config.compact(), hidden=value),
    "draws": lambda value: pretext.probe_strangers(np.zeros((2, 1)), [0, 1], [0, 1], draws=value),
}
SEED: dict[str, Callable[[object], object]] = {
    "schedule": lambda value: Schedule(1, 4, 0.1, seed=value),
    "attribute": lambda value: attribute(FAN, FACES, seed=value),
    "randomise": lambda value: scores.randomise(FAN, 1, seed=value),
    "encoder": lambda value: pretext.Encoder(4, seed=value),
    "strangers": lambda value: pretext.probe_strangers(np.zeros((2, 1)), [0, 1], [0, 1], seed=value),
    "fit_svm": lambda value: fit_svm(np.eye(4), [0, 1, 2, 3], seed=value),
    "twins": lambda value: twins.draw_twins(value, "age", "fear"),
    "twin": lambda value: twins.twin(value, "age", 20.0),
}
FLAG: dict[str, Callable[[object], object]] = {
    "relu": lambda value: attribute(FAN, FACES, "grad_cam", relu=value),
    "detach": lambda value: reading(FAN, detach=value).__enter__(),
    "every": lambda value: reading(FAN, every=value).__enter__(),
    "adaptive": lambda value: Sharpness(adaptive=value),
    "flat": lambda value: scores.mass_on_truth([[1.0]], [[True]], flat=value),
}
NUMBER: dict[str, tuple[Callable[[object], object], float]] = {
    "rate": (lambda value: Schedule(1, 4, value), 0.0),
    "weight_decay": (lambda value: Schedule(1, 4, 0.1, weight_decay=value), -1.0),
    "momentum": (lambda value: Schedule(1, 4, 0.1, momentum=value), 1.0),
    "warmup": (lambda value: Schedule(1, 4, 0.1, warmup=value), 1.0),
    "radius": (Sharpness, 0.0),
    "floor": (lambda value: Sharpness(floor=value), -1.0),
    "erase": (lambda value: vary(torch.zeros(1, 1, 4, 4), luck(0), value), 1.5),
    "resample": (lambda value: vary(torch.zeros(1, 1, 4, 4), luck(0), 0.5, value), -0.5),
    "share": (lambda value: pretext.hide(torch.zeros(1, 1, 8, 8), luck(0), value), 2.0),
    "stdevs": (lambda value: attribute(FAN, FACES, "gradient_shap", stdevs=value), -1.0),
    "dropout": (lambda value: replace(Config.compact(), dropout=value), 1.0),
    "wide": (lambda value: EfficientNetConfig(wide=value), 0.0),
    "deep": (lambda value: EfficientNetConfig(deep=value), 0.0),
    "cost": (lambda value: fit_svm(np.eye(4), [0, 1, 2, 3], cost=value), 0.0),
    "tolerance": (lambda value: scores.other_weights(np.eye(2), [0.5, 0.5], tolerance=value), 0.0),
    "spread": (lambda value: scores.centred_gaussian(3, 3, spread=value), 0.0),
    "size": (lambda value: scores.cover(PICTURE, PICTURE, 0.5, 0.5, value), -1.0),
    "intensity": (lambda value: twins.draw_twins(0, "age", "fear", intensity=value), 2.0),
}
ARRAY: dict[str, Callable[[object], object]] = {
    "values": lambda value: scores.pointing_game(value, [[True, False]]),
    "truth": lambda value: scores.mass_on_truth([[1.0, 2.0]], value),
    "maps": lambda value: scores.mean_map([value]),
    "first": lambda value: scores.rank_correlation(value, [[1.0, 2.0]]),
    "second": lambda value: scores.rank_correlation([[1.0, 2.0]], value),
    "scores": lambda value: scores.mean_of_runs(value, PEOPLE),
    "p_values": scores.holm,
    "answers": lambda value: scores.other_weights(value, [0.5, 0.5]),
    "weight": lambda value: scores.apex_auc(value, [1.0, 0.0]),
    "one": lambda value: scores.total_variation(value, [0.5]),
    "evidence": lambda value: scores.frame_kinds(value, [1.0, 0.0]),
    "intensity": lambda value: scores.frame_kinds([1.0, 0.0], value),
    "right": lambda value: scores.neutral_and_rest(value, [0, 1], 0),
    "trunk": lambda value: scores.acting_gain([[[1.0]]], value),
    "weights": lambda value: scores.permuted(value, np.ones((1, 2), bool), RNG),
    "features": lambda value: scores.by_norm(value, np.ones((1, 2), bool)),
    "probability": lambda value: scores.by_top_probability(value, np.ones((1, 2), bool)),
    "grid": lambda value: to_grid(value, (2, 2)),
    "box": lambda value: to_box([[1.0]], (2, 2), value),
    "counts": class_weights,
    "embeddings": lambda value: verification(value, [0, 0, 1]),
    "descriptors": lambda value: fit_svm(value, [0, 1]),
    "known": lambda value: pretext.probe(value, [0], [[1.0]]),
}


def cases(table, wrong):
    return [pytest.param(ask, value, id=f"{name}-{value!r:.20}") for name, ask in table.items() for value in wrong]


@pytest.mark.parametrize(("ask", "value"), cases(WHOLE, (True, 1.5, "3", float("inf"), [2], np.bool_(True))))
def test_a_count_of_another_kind_is_refused(ask, value):
    with pytest.raises(TypeError, match="must be a whole number (of at least|from) .*; got "):
        ask(value)


@pytest.mark.parametrize(("ask", "value"), cases(WHOLE, (0, -1)))
def test_a_count_below_one_is_refused(ask, value):
    with pytest.raises(ValueError, match=f"must be a whole number of at least 1; got {value}"):
        ask(value)


@pytest.mark.parametrize(("ask", "value"), cases(SEED, (True, "x", 1.5, None)))
def test_a_seed_of_another_kind_is_refused(ask, value):
    with pytest.raises(TypeError, match="seed must be a whole number from 0 to 4294967295; got"):
        ask(value)


@pytest.mark.parametrize(("ask", "value"), cases(SEED, (-1, 2**32)))
def test_a_seed_that_no_generator_takes_is_refused(ask, value):
    with pytest.raises(ValueError, match="seed must be a whole number from 0 to 4294967295; got"):
        ask(value)


@pytest.mark.parametrize(("ask", "value"), cases(FLAG, ("no", 0, 1, [])))
def test_what_only_counts_as_true_or_false_is_no_flag(ask, value):
    with pytest.raises(TypeError, match="must be True or False; got"):
        ask(value)


@pytest.mark.parametrize("name", NUMBER)
def test_a_number_of_another_kind_or_out_of_range_is_refused(name):
    ask, beyond = NUMBER[name]
    for value in (True, "0.5", None, 1j, [0.5]):
        with pytest.raises(TypeError, match=f"{name} must be a number, .*; got"):
            ask(value)
    for value in (float("nan"), float("inf"), 10**400, beyond):
        with pytest.raises(ValueError, match=f"{name} must be .*; got"):
            ask(value)


ODD = {
    "masked": (np.ma.array([[1.0, 2.0]], mask=[[True, False]]), "must be a plain array, as a mask would be lost; got"),
    "matrix": (np.matrix([[1.0, 2.0]]), r"must be a plain array; got a numpy.matrix, .*: give np.asarray\(matrix\)"),
    "words": ([["a", "b"]], "must be an array of numbers; got"),
    "complex": (np.array([[1j, 2.0]]), "must be an array of numbers; got ndarray of complex128"),
    "ragged": ([[1.0], [1.0, 2.0]], r"must be an array of numbers; got list \("),
    "objects": ([[None, 1.0]], "must be an array of numbers; got"),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", ARRAY)
@pytest.mark.parametrize("odd", ODD)
def test_an_array_that_holds_no_plain_numbers_is_refused(name, odd):
    value, message = ODD[odd]
    with pytest.raises(TypeError, match=message):
        ARRAY[name](value)


def opened(context) -> object:
    with context as found:
        return found


REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: attribute(FAN, FACES, frame=1.5), TypeError, "frame must be a whole number from 0 to 2; got 1.5"),
    (lambda: attribute(FAN, FACES, frame=True), TypeError, "frame must be a whole number from 0 to 2; got True"),
    (lambda: attribute(FAN, FACES, frame=3), ValueError, "frame must be a whole number from 0 to 2; got 3"),
    (lambda: attribute(FAN, FACES, frame=-1), ValueError, "frame must be a whole number from 0 to 2; got -1"),
    (lambda: attribute(FAN, FACES, ["cam"]), TypeError, r"method must be one of integrated_.*; got \['cam'\]"),
    (lambda: attribute(FAN, FACES, level=2), TypeError, "level must be one of pixels, items, frames; got 2"),
    (lambda: attribute(FAN, FACES, head=["x"]), TypeError, r"head must be one of emotion; got \['x'\]"),
    (lambda: attribute(FAN, FACES, target=3), TypeError, "target must be one of anger, .*; got 3"),
    (lambda: attribute(FAN, FACES, against=3), TypeError, "against must be one of anger, .*; got 3"),
    (lambda: attribute(FAN, FACES, "grad_cam", layer=""), ValueError, "layer must be the path of a layer of .*; got "),
    (lambda: attribute(FAN, FACES, "grad_cam", layer=3), TypeError, "layer must be the path of a layer; got 3"),
    (lambda: quantity_map(MODEL, CLIP, channel=True), ValueError, "name must be a quantity with places"),
    (lambda: to_grid([[1.0]], 3), TypeError, r"size must be \(H, W\); got 3"),
    (lambda: to_grid([[1.0]], (2.0, 2)), TypeError, r"size must be \(H, W\), two whole numbers; got \(2.0, 2\)"),
    (lambda: to_box([[1.0]], (2, 2), [1, 2]), ValueError, r"box must be \(left, top, right, bottom\); got shape \(2,"),
    (lambda: opened(reading(FAN, 5)), TypeError, "names must be a list of names; got 5"),
    (lambda: opened(reading(FAN, "alpha")), TypeError, "names must be a list of names; got 'alpha'"),
    (lambda: opened(reading(FAN, [5])), TypeError, "names must be a list of names; got 5"),
    (lambda: opened(reading(FAN, [""])), ValueError, "names must be quantities of FrameAttention .*; got ''"),
    (lambda: opened(reading(FAN, ["nope"])), ValueError, "names must be quantities of FrameAttention .*; got 'nope'"),
    (lambda: opened(watching(FAN, print, ["nope"])), ValueError, "paths must be parts of FrameAttention; got 'nope'"),
    (lambda: opened(evaluating("fan")), TypeError, "model must be a torch module; got str"),
    (lambda: device_of(None), TypeError, "model must be a torch module; got NoneType"),
    (lambda: ferviz.observe("fan", []), TypeError, "model must be a ferviz.models.Model, .*; got str"),
    (lambda: scores.removal(FAN, FACES, how=1), TypeError, "how must be one of drop, cover; got 1"),
    (lambda: scores.randomise(FAN, True), TypeError, "layers must be a whole number from 0 to .*; got True"),
    (lambda: scores.randomise(FAN, 1.5), TypeError, "layers must be a whole number from 0 to .*; got 1.5"),
    (lambda: scores.randomise(FAN, "classify"), TypeError, "layers must be a list of names; got 'classify'"),
    (lambda: scores.randomise(FAN, [""]), ValueError, "layers must be paths of parts of FrameAttention; got ''"),
    (lambda: scores.false_alarms(SCORES, PEOPLE, 0), TypeError, "rng must be a numpy.random.Generator, .*; got 0"),
    (lambda: scores.other_weights(np.eye(2), [0.5, 0.5], kind="x"), ValueError, "kind must be one of logits, probab"),
    (lambda: scores.other_weights(np.eye(2), [1.5, -0.5]), ValueError, "must be finite, and no weight below 0"),
    (lambda: scores.total_variation([1.0], [0.5, 0.5]), ValueError, "one and other must have one shape; got"),
    (lambda: scores.rater_agreement("abc", ["a"]), TypeError, "first must be a list of names; got 'abc'"),
    (lambda: scores.apex_auc([1.0], [1.0], apex="high"), TypeError, "apex must be a number, finite; got 'high'"),
    (lambda: scores.filling(PICTURE, "nope"), ValueError, "fill must be one of gray, blur, black; got 'nope'"),
    (lambda: scores.filling(PICTURE, 3), TypeError, "fill must be one of gray, blur, black; got 3"),
    (lambda: scores.cover("me", PICTURE, 0, 0, 0), TypeError, r"frame must be a uint8 array \(H, W, 3\); got str"),
    (lambda: scores.cover(PICTURE / 2, PICTURE, 0, 0, 0), TypeError, "frame must be a uint8 array .*; got float64"),
    (lambda: scores.cover(PICTURE[0], PICTURE, 0, 0, 0), ValueError, r"frame must have shape \(H, W, 3\); got \(4, 3"),
    (lambda: scores.cover(PICTURE, PICTURE[:2], 0, 0, 0), ValueError, "frame and fill must have one shape; got"),
    (lambda: twins.read_heads(MODEL, []), ValueError, "images must hold one picture at least; got 0"),
    (lambda: twins.shift_of(np.zeros((2, 3)), 0, 1, 0), ValueError, r"audit must have shape \(N, V, E\); got \(2, 3\)"),
    (lambda: twins.shift_of(np.zeros((2, 3, 4)), 0, 3, 0), ValueError, "version must be a whole number from 0 to 2; "),
    (lambda: vary(torch.zeros(1, 1, 4, 4), 0), TypeError, "luck must be a torch.Generator, .*; got 0"),
    (lambda: vary("me", luck(0)), TypeError, r"pictures must be a tensor \(N, C, S, S\); got str"),
    (lambda: vary(torch.zeros(1, 4, 4), luck(0)), ValueError, r"pictures must have shape \(N, C, S, S\); got \(1, 4,"),
]


@pytest.mark.parametrize(("ask", "error", "message"), REFUSED)
def test_what_is_of_another_kind_is_refused_in_words(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


class Anything(ferviz.models.Model):
    """One map of two channels on the way."""

    labels = ("a", "b")

    def __init__(self) -> None:
        super().__init__()
        self.mask = ferviz.models.Probe("channel", "y", "x", symbol="m")

    def pictures(self, clip: Clip) -> torch.Tensor:
        return torch.from_numpy(clip.frames[:, :, :, :2]).permute(0, 3, 1, 2)

    def inputs(self, faces: torch.Tensor) -> tuple[torch.Tensor]:
        return (faces.float(),)

    def forward(self, face: torch.Tensor) -> torch.Tensor:
        return self.mask(face).mean((2, 3))


@pytest.mark.parametrize("channel", [True, 1.0])
def test_a_channel_is_a_place_or_a_label(channel):
    with pytest.raises(TypeError, match=f"channel must be a whole number, a label or None; got {channel}"):
        quantity_map(Anything(), CLIP, channel=channel)
    assert quantity_map(Anything(), CLIP, channel=1).attrs["channel"] == 1


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make", [lambda a: np.ma.array(a, mask=False), np.matrix])
def test_masked_arrays_and_matrices_are_no_pictures_times_or_sounds(make):
    frames, times = np.zeros((2, 4, 4, 3), np.uint8), np.arange(2.0)
    for ask in (
        lambda: ferviz.load_clip(make(frames[0, :, :, 0])),
        lambda: Clip(frames, make(times)),
        lambda: Clip(frames, times, boxes=make(np.zeros((2, 4)))),
        lambda: Clip(frames, times, audio=make(np.zeros(4, np.float32)), sample_rate=8),
        lambda: attribute(FAN, FACES, baseline=make(np.zeros((4, 4), np.uint8))),
    ):
        with pytest.raises(TypeError, match="must be a plain array"):
            ask()
    with pytest.raises(TypeError, match="frames must be a plain array, as a mask would be lost"):
        Clip(np.ma.array(frames, mask=True), times)


def test_numbers_of_numpy_are_numbers():
    schedule = Schedule(np.int64(2), np.int32(4), np.float32(0.5), seed=np.uint8(3))
    assert schedule == Schedule(2, 4, 0.5, seed=3)
    assert {type(value) for value in vars(schedule).values()} == {int, float}
    assert arguments.flag("relu", np.bool_(False)) is False
    assert arguments.whole("count", np.int64(3)) == 3


# ---- what is moved ----


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (5, TypeError, "changes must be a mapping of quantity to array, number or function; got 5"),
        (["alpha"], TypeError, r"changes must be a mapping of .*; got \['alpha'\]"),
        ({5: 1.0}, ValueError, "changes must name quantities of FrameAttention .*; got 5"),
        ({"alpha": "high"}, TypeError, "the change of alpha must be an array of numbers; got 'high'"),
        ({"alpha": 1j}, TypeError, "the change of alpha must be an array of numbers; got 1j"),
        ({"alpha": None}, TypeError, "the change of alpha must be an array of numbers; got None"),
        ({"alpha": [[1.0], [1.0, 2.0]]}, TypeError, "the change of alpha must be an array of numbers; got list"),
        ({"alpha": True}, TypeError, "alpha must be changed to real numbers; got True"),
        ({"alpha": np.array([True] * 3)}, TypeError, "alpha must be changed to real numbers; got array"),
        ({"alpha": torch.zeros(3, dtype=torch.complex64)}, TypeError, "must be changed to real numbers; got torch.com"),
        ({"alpha": torch.zeros(3, dtype=torch.bool)}, TypeError, "must be changed to real numbers; got torch.bool"),
        ({"alpha": np.matrix([1.0, 2.0, 3.0])}, TypeError, "the change of alpha must be a plain array; got a numpy.m"),
        ({"alpha": np.ma.array([1.0, 2, 3], mask=[1, 0, 0])}, TypeError, "the change of alpha must be a plain array"),
        ({"alpha": lambda alpha: alpha > 0}, TypeError, "the function for alpha must return floats; got torch.bool"),
        ({"alpha": lambda alpha: alpha.long()}, TypeError, "the function for alpha must return floats; got torch.int"),
    ],
)
def test_a_change_of_another_kind_is_refused(changes, error, message):
    with pytest.raises(error, match=message), ferviz.intervene(FAN, changes):
        ferviz.observe(FAN, FACES)


def test_a_change_in_another_precision_is_taken_in_the_models():
    with ferviz.intervene(FAN, {"alpha": lambda alpha: alpha.double() / 2}):
        assert ferviz.observe(FAN, FACES)["alpha"].dtype == np.float32


# ---- targets ----

GRADIENTS = ("integrated_gradients", "saliency", "gradient_shap", "grad_cam")


@pytest.mark.parametrize("method", GRADIENTS)
def test_a_target_without_a_gradient_is_refused(method):
    ask = partial(attribute, FAN, FACES, method)
    for target in (lambda out: out[:, 0].detach(), lambda out: torch.ones(len(out))):
        with pytest.raises(ValueError, match="target must follow from what forward returns: this method takes the gr"):
            ask(target=target)
    with pytest.raises(TypeError, match="target must give floats; <lambda> gave torch.int64"):
        ask(target=lambda out: out.argmax(-1))


def test_a_target_needs_no_gradient_where_none_is_taken():
    assert np.isfinite(attribute(FAN, FACES, "occlusion", target=lambda out: out[:, 0].detach())["logit"])
    with pytest.raises(TypeError, match="target must give floats; <lambda> gave torch.int64"):
        scores.removal(FAN, FACES, lambda out: out.argmax(-1))


def test_no_answer_of_any_frame_is_held_against_itself():
    said = [str(label) for label in attribute(MODEL, CLIP, "saliency")["target"].values]
    assert said[1] == ""  # a gap
    same = ", ".join(str(frame) for frame, label in enumerate(said) if label == said[0])
    message = f"against must be another label than the model's answer, '{said[0]}' to frames? {same}: name a target"
    with pytest.raises(ValueError, match=message):
        attribute(MODEL, CLIP, "saliency", against=said[0])
    other = next(label for label in MODEL.heads()["emotion"] if label not in said)
    assert attribute(MODEL, CLIP, "saliency", against=other).attrs["against"] == other
