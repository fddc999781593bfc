"""Reading and moving named quantities: values, gaps, heads, streams, and what happens when it goes wrong."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from two_streams import WINDOW, TwoStreams

import ferviz
from ferviz import Clip, Crop, Gap
from ferviz.emotions import LABEL_SETS
from ferviz.models import Model, Probe
from ferviz.models.declaration import Input


@pytest.fixture
def model() -> TwoStreams:
    return TwoStreams()


@pytest.fixture
def clip() -> Clip:
    rng = np.random.default_rng(0)
    return Clip(
        rng.integers(0, 256, (6, 8, 8, 3), dtype=np.uint8),
        np.arange(6) / 10,
        audio=rng.normal(0, 0.1, 5 * WINDOW + 30).astype(np.float32),
        sample_rate=16000,
        crop=Crop(8, 0.25),
        gaps=(Gap("frames", 2, 4, "no face found"), Gap("audio", WINDOW + 10, WINDOW + 20, "broken packet")),
    )


class Flat(Model):
    """One linear layer on the mean colour, frame by frame; a probe may be fired twice, or named badly, on request."""

    labels = LABEL_SETS["CK+"]
    crop = Crop(8, 0.25)
    takes = (Input("colour", ("channel",)),)

    def __init__(self, twice: bool = False, dims: tuple[str, ...] = ("channel",)) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.linear, self.twice = torch.nn.Linear(3, 7), twice
        self.colour = Probe(*dims, symbol="c")

    def pictures(self, clip):
        return torch.from_numpy(clip.frames)

    def inputs(self, frames):
        return (frames.float().mean((1, 2)) / 255,)

    def forward(self, colours):
        colours = self.colour(colours)
        return self.linear(self.colour(colours) if self.twice else colours)


def test_names_are_paths_in_the_order_of_declaration(model):
    assert list(ferviz.quantities(model)) == [
        "video.feature", "video.alpha", "video.weight",
        "audio.feature", "audio.alpha", "audio.weight",
        "relation",
    ]  # fmt: skip


def test_observation_names_dimensions_heads_and_symbols(model, clip):
    seen = ferviz.observe(model, clip)
    assert seen["video.alpha"].dims == ("frame",)
    assert seen["audio.weight"].dims == ("position",)
    assert seen["relation"].dims == ("frame", "other_frame")
    assert seen["video.alpha"].attrs["symbol"] == "α"
    assert seen["video.alpha"].attrs["equation"] == "Eq. 2"
    assert list(seen["emotion"].values) == [str(e) for e in LABEL_SETS["CK+"]]
    assert seen["emotion_probability"].sum().item() == pytest.approx(1)
    assert seen["age"].dims == ()
    assert list(seen["time"].values) == list(clip.times)


def test_gaps_are_nan_at_their_place_and_carry_their_reason(model, clip):
    seen = ferviz.observe(model, clip)
    assert np.isnan(seen["video.alpha"].values).tolist() == [False, False, True, True, False, False]
    assert np.isnan(seen["audio.alpha"].values).tolist() == [False, True, False, False, False]
    assert np.isnan(seen["relation"].values[2]).all()
    assert np.isnan(seen["relation"].values[:, 3]).all()
    assert seen["gap"].values.tolist() == ["", "", "no face found", "no face found", "", ""]
    assert seen["video.weight"].sum().item() == pytest.approx(1)


def test_what_lies_in_a_gap_does_not_change_the_answer(model, clip):
    frames = clip.frames.copy()
    frames[2:4] = 0
    other = Clip(frames, clip.times, clip.audio, clip.sample_rate, crop=clip.crop, gaps=clip.gaps)
    first, second = ferviz.observe(model, clip), ferviz.observe(model, other)
    np.testing.assert_allclose(first["emotion_logits"], second["emotion_logits"], atol=1e-6)


def test_frame_models_lead_with_frames_and_mask_their_answers(clip):
    seen = ferviz.observe(Flat(), clip)
    assert seen["emotion_logits"].dims == ("frame", "emotion")
    assert np.isnan(seen["emotion_probability"].values[2:4]).all()
    assert np.isfinite(seen["emotion_probability"].values[[0, 1, 4, 5]]).all()


def test_many_clips_give_a_list(model, clip):
    seen = ferviz.observe(model, [clip, clip])
    assert len(seen) == 2
    assert seen[0].equals(seen[1])


def test_intervening_equals_computing_by_hand(model, clip):
    alpha = np.array([0.1, 0.9, 0.5, 0.5, 0.3, 0.0])
    with ferviz.intervene(model, {"video.alpha": alpha}):
        changed = ferviz.observe(model, clip)
    usable = clip.usable()
    weight = np.where(usable, alpha, 0) / alpha[usable].sum()
    np.testing.assert_allclose(changed["video.weight"].values[usable], weight[usable], atol=1e-6)
    feature = np.nan_to_num(changed["video.feature"].values)
    sound = np.nansum(changed["audio.weight"].values[:, None] * np.nan_to_num(changed["audio.feature"].values), 0)
    vector = np.concatenate([weight @ feature, sound])
    by_hand = model.emotion.weight.detach().numpy() @ vector + model.emotion.bias.detach().numpy()
    np.testing.assert_allclose(changed["emotion_logits"], by_hand, atol=1e-5)


def test_a_number_fills_and_a_function_maps(model, clip):
    before = ferviz.observe(model, clip)
    with ferviz.intervene(model, {"video.alpha": 0.5, "audio.alpha": lambda alpha: alpha * 2}):
        after = ferviz.observe(model, clip)
    assert np.nanmax(after["video.alpha"]) == np.nanmin(after["video.alpha"]) == 0.5
    np.testing.assert_allclose(after["audio.alpha"], 2 * before["audio.alpha"])


def test_captum_sees_the_intervention_and_tiles_the_batch(model, clip):
    frames, *rest = model.prepare(clip)
    with ferviz.intervene(model, {"video.alpha": np.array([1.0, 0, 0, 0, 0, 0])}):
        gradients = IntegratedGradients(lambda x, *more: model(x, *more)["emotion"])
        maps = gradients.attribute(frames, target=0, additional_forward_args=tuple(rest), n_steps=4)
    assert maps[0, 0].abs().sum() > 0
    assert maps[0, 1:].abs().sum() == 0


def state(model: torch.nn.Module) -> tuple:
    hooks = sum(len(m._forward_hooks) for m in model.modules())
    return hooks, [m.training for m in model.modules()], [p.grad is None for p in model.parameters()], model.training


def test_everything_comes_back_as_it_was_also_after_an_error(model, clip):
    model.train()
    model.video.eval()
    model.age.weight.grad = torch.ones_like(model.age.weight)
    before = state(model)
    ferviz.observe(model, clip)
    assert state(model) == before
    with pytest.raises(ZeroDivisionError), ferviz.intervene(model, {"video.alpha": lambda alpha: 1 / 0}):
        ferviz.observe(model, clip)
    assert state(model) == before
    with pytest.raises(KeyError), ferviz.intervene(model, {"video.alpha": 1}):
        raise KeyError
    assert state(model) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"beta": 1}, r"changes must name quantities of TwoStreams \(video.feature, .*\); got 'beta'"),
        ({"video.alpha": np.nan}, "video.alpha must be changed to finite numbers"),
    ],
)
def test_bad_changes_are_refused_before_any_forward(model, changes, message):
    with pytest.raises(ValueError, match=message), ferviz.intervene(model, changes):
        pass


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (np.ones((1, 6)), r"array of shape \(6,\) \(no batch axis\); got \(1, 6\)"),
        (np.ones(5), r"array of shape \(6,\) \(no batch axis\); got \(5,\)"),
        (lambda alpha: alpha[:, :2], r"must return a tensor of shape \(1, 6\); got \(1, 2\)"),
        (lambda alpha: 3, r"must return a tensor of shape \(1, 6\); got int"),
    ],
)
def test_wrong_shapes_say_what_would_fit(model, clip, change, message):
    with pytest.raises(ValueError, match=message), ferviz.intervene(model, {"video.alpha": change}):
        ferviz.observe(model, clip)


def test_changing_one_quantity_twice_is_refused(model):
    with (
        ferviz.intervene(model, {"video.alpha": 1}),
        pytest.raises(ValueError, match=r"video.alpha is already changed"),
        ferviz.intervene(model, {"video.alpha": 0}),
    ):
        pass


def test_a_change_that_no_forward_computes_is_an_error(model, clip):
    model.relation, unused = torch.nn.Identity(), Probe("frame", symbol="u")
    model.unused = unused
    message = "unused was to be changed, but this forward of TwoStreams did not compute it"
    with pytest.raises(RuntimeError, match=message), ferviz.intervene(model, {"unused": 1}):
        ferviz.observe(model, clip)


def test_copies_and_files_cannot_keep_a_change(model, tmp_path):
    with ferviz.intervene(model, {"video.alpha": 1}):
        with pytest.raises(RuntimeError, match="copied inside intervene"):
            copy.deepcopy(model)
        with pytest.raises(RuntimeError, match="saved inside intervene"):
            torch.save(model, tmp_path / "model.pt")
    assert isinstance(copy.deepcopy(model), TwoStreams)


def test_compiled_models_are_refused(model, clip):
    compiled = torch.compile(model)
    for call in (lambda: ferviz.quantities(compiled), lambda: ferviz.observe(compiled, clip)):
        with pytest.raises(ValueError, match="model is compiled"):
            call()
    with pytest.raises(ValueError, match="model is compiled"), ferviz.intervene(compiled, {"video.alpha": 1}):
        pass


def test_compiling_inside_an_intervention_is_refused(model, clip):
    inputs = model.prepare(clip)
    model.eval()
    message = "compiled or exported inside intervene"
    with ferviz.intervene(model, {"video.alpha": 1}), pytest.raises(Exception, match=message):
        torch.export.export(model, inputs, strict=False)


def test_a_thing_that_is_no_module_is_refused():
    with pytest.raises(TypeError, match="model must be a torch module; got str"):
        ferviz.quantities("fan")


@pytest.mark.parametrize(("thing", "kind"), [("me.jpg", "str"), (np.zeros((8, 8, 3), np.uint8), "ndarray")])
def test_what_is_no_clip_is_refused(model, clip, thing, kind):
    for given in (thing, [clip, thing]):
        with pytest.raises(TypeError, match=rf"clip must be a Clip or a list of them .* got {kind}"):
            ferviz.observe(model, given)


def test_a_probe_that_fires_twice_is_an_error(clip):
    with pytest.raises(RuntimeError, match="the probe colour fired twice in one forward"):
        ferviz.observe(Flat(twice=True), clip)


def test_a_probe_refuses_wrong_axes():
    with pytest.raises(ValueError, match=r"probe c must be given axes \(batch, channel, y\); got shape \(2, 3\)"):
        Probe("channel", "y", symbol="c")(torch.ones(2, 3))
    with pytest.raises(ValueError, match="dims must name each axis once"):
        Probe("frame", "frame", symbol="R")


def test_clashing_dimensions_are_named(clip):
    with pytest.raises(ValueError, match="dimension 'emotion' has size 7 in emotion_logits and 3 in colour"):
        ferviz.observe(Flat(dims=("emotion",)), clip)
    with pytest.raises(ValueError, match="the quantity 'colour' is named like a dimension"):
        ferviz.observe(Flat(dims=("colour",)), clip)


def test_heads_and_masks_that_do_not_fit_are_named(model, clip, monkeypatch):
    monkeypatch.setattr(model, "labels", {"emotion": LABEL_SETS["CK+"]})
    with pytest.raises(ValueError, match="forward must return the heads emotion; got emotion, age"):
        ferviz.observe(model, clip)
    monkeypatch.setattr(model, "labels", {"emotion": LABEL_SETS["AffectNet-8"], "age": None})
    with pytest.raises(ValueError, match="head emotion must have 8 outputs"):
        ferviz.observe(model, clip)
    monkeypatch.setattr(model, "labels", TwoStreams.labels)
    whole = TwoStreams.prepare(model, clip)
    shorter = (*whole[:3], whole[3][:, :4])
    twice = tuple(torch.cat([tensor, tensor]) for tensor in whole)
    for given, message in (
        (twice, r"input frames of TwoStreams must have shape \(1 clip, frame, channel, y, x\); got \(2, 6, 3, 8, 8\)"),
        (whole[:3], r"inputs of TwoStreams must give what it declares \(frames, .*, sound_mask\); got 3 tensors"),
        (shorter, "inputs of TwoStreams must agree on 'position'; got 5 and 4 in sound_mask"),
    ):
        monkeypatch.setattr(model, "inputs", lambda *_, given=given: given)
        with pytest.raises(ValueError, match=message):
            ferviz.observe(model, clip)


def test_models_say_what_a_clip_lacks(model, clip):
    sound = Clip(np.zeros((0, 0, 0, 3), np.uint8), np.zeros(0), clip.audio, 16000)
    with pytest.raises(ValueError, match="TwoStreams needs frames; the clip 'array' has sound only"):
        ferviz.observe(model, sound)
    whole = Clip(clip.frames, clip.times, clip.audio, 16000)
    message = r"no crop record: TwoStreams expects faces cut out by ferviz.find_faces\(clip, size=8"
    with pytest.warns(UserWarning, match=message):
        ferviz.observe(model, whole)
    message = "'array' was cut with margin 0.5 and align 'box': TwoStreams expects .* size=8, margin=0.25, align='box'"
    with pytest.warns(UserWarning, match=message):
        ferviz.observe(model, replace(clip, crop=Crop(8, 0.5)))
    with pytest.warns(UserWarning, match="was cut with margin 0.25 and align 'similarity'"):
        ferviz.observe(model, replace(clip, crop=Crop(8, 0.25, "similarity")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ferviz.observe(model, replace(clip, crop=Crop(112, 0.25)))  # another size is resized, and says nothing
    with pytest.raises(NotImplementedError, match="Model must say how a clip becomes its input"):
        Model().prepare(clip)
