"""What does not fit its own words is refused by everything that asks a model, in the same words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from stand_ins import SIDE, FiveRegions, clip_with_sound, seeded
from torch import nn

import ferviz
from ferviz import Clip, scores
from ferviz.attribution import METHODS, attribute, quantity_map
from ferviz.emotions import LABEL_SETS
from ferviz.models import Input, Model, Probe
from ferviz.models.model import gray, resize


class PhotoAndTexture(Model):
    """Two pictures of a face → logits: a convolution, a quantity, a mean over places and a linear layer."""

    labels = LABEL_SETS["FER2013"]
    takes = (Input("face", ("channel", "y", "x")), Input("texture", ("channel", "y", "x")))

    def __init__(self) -> None:
        super().__init__()
        self.mix, self.sum = nn.Conv2d(2, 4, 3), Probe("channel", "y", "x", symbol="s")
        self.classify = nn.Linear(4, 7)

    def pictures(self, clip):
        return resize(gray(torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()), SIDE)

    def inputs(self, faces):
        return faces.float() / 127.5 - 1, (faces.float() / 127.5 - 1).square()

    def forward(self, face, texture):
        return self.classify(self.sum(self.mix(torch.cat((face, texture), 1))).mean((2, 3)))


MAP = np.random.default_rng(0).random((4, 24, 24))
QUICK = {"integrated_gradients": {"n_steps": 2}, "gradient_shap": {"n_samples": 2}, }

ASK_PHOTO = {
    "observe": ferviz.observe,
    **{
        f"attribute {method} {level}": lambda model, clip, method=method, level=level: attribute(
            model, clip, method, level=level, **QUICK.get(method, {})
        )
        for method in METHODS
        for level in ("pixels", "frames")
    },
    "attribute with a target": lambda model, clip: attribute(model, clip, "saliency", target="fear"),
    "attribute a function": lambda model, clip: attribute(model, clip, "saliency", target=lambda output: output[:, 0]),
    "quantity_map": lambda model, clip: quantity_map(model, clip, "sum"),
    "deletion": lambda model, clip: scores.deletion(model, clip, MAP, steps=2),
    "insertion": lambda model, clip: scores.insertion(model, clip, MAP, steps=2, target="fear"),
    "texture_path": scores.texture_path,
}
ASK_REGIONS = {
    "observe": ferviz.observe,
    "attribute grad_cam": lambda model, clip: attribute(model, clip, "grad_cam"),
    "attribute items": lambda model, clip: attribute(model, clip, "saliency", level="items"),
    "attribute items' pictures": lambda model, clip: attribute(model, clip, "saliency", level="items", to="regions"),
    "removal": scores.removal,
    "removal of a target": lambda model, clip: scores.removal(model, clip, "fear"),
    "removal by covering": lambda model, clip: scores.removal(model, clip, how="cover"),
}
ASKED = [
    *(pytest.param(PhotoAndTexture, ask, id=f"{name}, photo") for name, ask in ASK_PHOTO.items()),
    *(pytest.param(FiveRegions, ask, id=f"{name}, regions") for name, ask in ASK_REGIONS.items()),
]


@pytest.fixture(scope="module")
def clip() -> Clip:
    return clip_with_sound()


class Says(nn.Module):
    """Turns what a layer says into something that does not fit."""

    def __init__(self, layer: nn.Module, turn) -> None:
        super().__init__()
        self.layer, self.turn = layer, turn

    def forward(self, x: torch.Tensor):
        return self.turn(self.layer(x))


def says(turn):
    def spoil(model: Model) -> None:
        model.classify = Says(model.classify, turn)

    return spoil


def with_nan_weight(model: Model) -> None:
    with torch.no_grad():
        model.classify.weight[0, 0] = torch.nan


def with_infinite_bias(model: Model) -> None:
    with torch.no_grad():
        model.classify.bias[3] = torch.inf


def unlabelled(model: Model) -> None:
    model.labels = None


def other_heads(model: Model) -> None:
    model.labels = {"emotion": LABEL_SETS["FER2013"], "age": None}


def odd_inputs(model: Model) -> None:
    cut = model.inputs
    model.inputs = lambda *raw: (cut(*raw)[0].flatten(2), *cut(*raw)[1:])


def with_fewer_inputs(model: Model) -> None:
    cut = model.inputs
    model.inputs = lambda *raw: cut(*raw)[:1]


def declared_wrongly(model: Model) -> None:
    model.takes = (model.takes[0], model.takes[0])


FAULTS = [
    (says(lambda x: torch.cat((x, x[:, :1]), 1)), ValueError, r"head emotion must have 7 outputs \(anger, .*; got 8"),
    (says(lambda x: x[:, :6]), ValueError, r"head emotion must have 7 outputs \(anger, .*\); got 6"),
    (says(lambda x: (x, x)), TypeError, "forward of .* must return one tensor, or a dict of heads; got tuple"),
    (says(lambda x: None), TypeError, "forward of .* must return one tensor, or a dict of heads; got NoneType"),
    (says(lambda x: x[:, 0]), ValueError, r"head emotion must have shape \(\d+, 7\); got \(\d+,\)"),
    (says(lambda x: x[:1]), ValueError, r"head emotion must have shape \(\d+, 7\); got \(1, 7\)"),
    (says(lambda x: {"mood": x}), ValueError, "forward must return the heads emotion; got mood"),
    (says(lambda x: {"emotion": [1]}), TypeError, "head emotion must be a tensor; got list"),
    (other_heads, ValueError, "forward must return the heads emotion, age; got one tensor"),
    (with_nan_weight, ValueError, r"is not finite: the layer \(Linear\) classify is the first to .*, as its weight"),
    (with_infinite_bias, ValueError, r"is not finite: the layer \(Linear\) classify is the first to .*, as its bias"),
    (says(lambda x: x / 0), ValueError, r"is not finite: the layer \(Says\) classify is the first to give NaN"),
    (unlabelled, ValueError, "must have labels, which say what its outputs mean; it has none"),
    (odd_inputs, ValueError, r"input (face|regions) of .* must have shape \(4 frames, .*channel, y, x\); got"),
    (with_fewer_inputs, ValueError, r"inputs of .* must give what it declares \(.*, .*\); got 1 tensors"),
    (declared_wrongly, ValueError, "inputs must have names of their own; got (face, face|regions, regions)"),
]


@pytest.mark.parametrize(("make", "ask"), ASKED)
def test_everything_that_asks_answers_for_a_model_that_fits(make, ask, clip):
    assert ask(seeded(make), clip) is not None


@pytest.mark.parametrize(("make", "ask"), ASKED)
def test_everything_that_asks_refuses_what_does_not_fit(make, ask, clip):
    for spoil, error, message in FAULTS:
        model = seeded(make)
        spoil(model)
        with pytest.raises(error, match=message):
            ask(model, clip)


@pytest.mark.parametrize(("make", "ask"), ASKED)
def test_everything_that_asks_wants_a_model_of_ferviz(make, ask, clip):
    own = nn.Sequential(nn.Conv2d(3, 7, 3))
    for thing, kind in ((own, "Sequential"), ("fan", "str"), (None, "NoneType")):
        with pytest.raises(TypeError, match=f"model must be a ferviz.models.Model, which says .*; got {kind}"):
            ask(thing, clip)
    with pytest.raises(ValueError, match="model is compiled"):
        ask(torch.compile(seeded(make)), clip)


def test_everything_that_asks_warns_of_a_network_that_ends_in_a_softmax(clip):
    class Sure(PhotoAndTexture):
        def forward(self, face, texture):
            return super().forward(face, texture).softmax(-1)

    for ask in (ferviz.observe, attribute, lambda *of: scores.deletion(*of, MAP, steps=2)):
        with pytest.warns(UserWarning, match="head emotion of Sure gives numbers that sum to 1, .*: logits are wanted"):
            ask(seeded(Sure), clip)


def test_logits_are_taken_without_a_warning(clip, recwarn):
    ferviz.observe(seeded(PhotoAndTexture), clip)
    assert not [one for one in recwarn if "softmax" in str(one.message)]


def test_the_first_named_quantity_that_is_not_finite_is_named(clip):
    model = seeded(PhotoAndTexture)
    model.sum.forward = lambda value: torch.where(value > 0, value, torch.nan)
    for ask in (ferviz.observe, attribute, scores.texture_path):
        with pytest.raises(ValueError, match="PhotoAndTexture is not finite: the named quantity sum is the first to"):
            ask(model, clip)


def with_extra(of) -> FiveRegions:
    """Five regions with a quantity more, which the answer does not know."""
    model = seeded(FiveRegions)
    model.extra, pool = Probe("region", symbol="e"), model.pool

    def pooled(features, mask=None):
        model.extra(of(features, mask))
        return pool(features, mask)

    model.pool = pooled
    return model


def test_a_quantity_that_is_not_finite_hides_in_no_observation(clip):
    model = with_extra(lambda features, mask: (-features[..., 0].abs()).log())
    with pytest.raises(ValueError, match="the named quantity extra of FiveRegions is not finite outside the clip's"):
        ferviz.observe(model, clip)


def test_what_is_not_finite_in_a_gap_is_a_gap(clip):
    model = with_extra(lambda features, mask: 1 / mask.float())
    boxes = np.repeat(np.array([[0.0, 0, 24, 24]]), 5, 0)
    boxes[2] = np.nan
    seen = ferviz.observe(model, clip, boxes=boxes)
    assert np.isnan(seen["extra"].values[0]).tolist() == [False, False, True, False, False]


def test_inputs_that_are_not_finite_are_named(clip):
    model = seeded(PhotoAndTexture)
    cut = model.inputs
    model.inputs = lambda faces: (cut(faces)[0], cut(faces)[1] / 0)
    with pytest.raises(ValueError, match="PhotoAndTexture is not finite: its input texture holds NaN or infinity"):
        ferviz.observe(model, clip)


class Adds(PhotoAndTexture):
    def forward(self, face, texture):
        return super().forward(face, texture) + torch.inf


def test_where_no_layer_is_to_blame_that_is_said(clip):
    with pytest.raises(ValueError, match="no layer is to blame, so it comes from what forward does with them"):
        ferviz.observe(seeded(Adds), clip)


@pytest.mark.parametrize("kind", ["double", "half", "bfloat16"])
@pytest.mark.parametrize(("make", "ask"), ASKED)
def test_a_model_in_another_precision_is_asked_in_it(make, ask, clip, kind):
    model = getattr(seeded(make), kind)()
    found, wanted = ask(model, clip), ask(seeded(make), clip)
    names = {"attribution", "texture", "emotion_logits", "logit_drop", "probability", "moved"} & set(wanted)
    assert names
    for name in names:
        size = np.nanmax(np.abs(wanted[name].values), initial=0)
        far = 1e-3 if kind == "double" else 0.5
        np.testing.assert_allclose(found[name], wanted[name], atol=far * size + 0.02 * far)
    assert next(model.parameters()).dtype == {"double": torch.float64, "half": torch.float16}.get(kind, torch.bfloat16)


def test_a_network_in_double_precision_is_observed_in_it(clip):
    model = seeded(FiveRegions).double()
    assert ferviz.observe(model, clip)["mu"].dtype == np.float64
    assert ferviz.observe(seeded(FiveRegions).half(), clip)["mu"].dtype == np.float32


def test_nothing_is_left_on_a_model_that_was_refused(clip):
    model = seeded(PhotoAndTexture).train()
    with_nan_weight(model)
    for ask in ASK_PHOTO.values():
        with pytest.raises(ValueError, match="is not finite"):
            ask(model, clip)
    assert model.training
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


def test_a_clip_that_a_model_cannot_take_is_its_own_words(clip):
    with pytest.raises(ValueError, match="PhotoAndTexture needs frames; the clip 'sound' has sound only"):
        ferviz.observe(
            seeded(PhotoAndTexture),
            replace(clip, frames=np.zeros((0, 0, 0, 3), np.uint8), times=np.zeros(0), gaps=(), source="sound"),
        )


@pytest.mark.parametrize(
    "ask",
    [
        lambda model, clip: model.prepare(clip),
        lambda model, clip: ferviz.attribution.attribute(model, clip),
        lambda model, clip: ferviz.attribution.quantity_map(model, clip, "class_map"),
        lambda model, clip: ferviz.scores.deletion(model, clip, np.zeros((1, 4, 4))),
        lambda model, clip: ferviz.scores.insertion(model, clip, np.zeros((1, 4, 4))),
        lambda model, clip: ferviz.scores.removal(ferviz.load_model("fan-mean"), clip),
        lambda model, clip: ferviz.scores.texture_path(ferviz.load_model("lbp-attention"), clip),
    ],
    ids=["prepare", "attribute", "quantity_map", "deletion", "insertion", "removal", "texture_path"],
)
def test_what_is_no_clip_is_said_in_words_by_all_that_ask(ask):
    model = ferviz.load_model("mini-xception")
    for wrong in ("astronaut", [], np.zeros((2, 4, 4, 3), np.uint8), None, 7):
        with pytest.raises(TypeError, match=rf"clip must be a Clip .*; got {type(wrong).__name__}"):
            ask(model, wrong)
