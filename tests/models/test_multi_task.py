"""One body, several heads: published sizes, the read-out of age, exact contributions, and silence about real faces."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest
import torch

import ferviz
from ferviz.attribution import attribute
from ferviz.clip import Clip, Gap, Truth
from ferviz.explorers.shared.items_model import items_of
from ferviz.models import multi_task
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.identity import BodyConfig, BodyModel, Identity
from ferviz.models.model import imagenet
from ferviz.models.multi_task import BODIES, HEADS, SYNTHETIC, Config, MultiTask, read_age
from ferviz.models.probe import Probe
from ferviz.reading import reading
from ferviz.scores import deletion

SIDE = 16
TINY = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6, 6), strides=(1, 2)), SIDE)
BRANCHES = ("deep", "shared")


def tiny(branches="deep", **more) -> MultiTask:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return MultiTask(replace(Config.compact(branches=branches), body=TINY, hidden=5, **more)).eval()


@pytest.fixture
def made() -> Clip:
    frames = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3), dtype=np.uint8)
    return Clip(frames, np.arange(3.0), crop=TINY.crop, truth=Truth(person={"age": 30.0}))


@pytest.fixture
def real(made) -> Clip:
    return replace(made, truth=None)


def feature(count=4) -> torch.Tensor:
    return torch.rand(count, 6, generator=torch.Generator().manual_seed(0)) + 0.1


def read(model, features):
    with torch.no_grad(), reading(model) as seen:
        said = model.from_features(features)
        return said, {name: seen[name] for name in seen}


# ---- sizes ----


def as_keras_counts(net) -> int:
    return sum(value.numel() for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked"))


@pytest.mark.parametrize(
    ("heads", "labels", "count"),
    [(("age", "gender"), 8, 3_517_221), (("emotion",), 8, 3_493_320), (("emotion",), 7, 3_493_063)],
)
def test_the_released_mobilenets(heads, labels, count):
    """The totals that the author's notebooks print: age_gender_train and train_emotions for 8 and 7 expressions."""
    known = Config.paper("mobilenet", "shared")
    own = known.labels if labels == 8 else multi_task.LABEL_SETS["AFEW"]
    assert len(own) == labels
    assert as_keras_counts(MultiTask(replace(known, heads=heads, labels=own))) == count


@pytest.mark.parametrize(("body", "width"), [("efficientnet-b0", 1280), ("efficientnet-b2", 1408)])
def test_the_author_puts_one_linear_layer_on_an_efficientnet(body, width):
    with torch.device("meta"):
        model = MultiTask(replace(Config.paper(body), heads=("emotion",)))
    assert sum(p.numel() for p in model.answers.parameters()) == width * 8 + 8
    assert not list(model.hidden_layers.parameters())
    assert [*map(str, model.labels["emotion"])] == sorted(map(str, model.labels["emotion"]))


@pytest.mark.parametrize("body", ["mobilenet", "efficientnet"])
def test_the_compact_nets_fit_what_ships(body):
    model = multi_task.shipped(body)
    count = sum(p.numel() for p in model.parameters())
    assert count <= 1_500_000
    assert 2 * 2 * count <= 3_500_000  # two of them at 16 bit, in bytes
    assert model.crop.margin == 0


def test_the_branch_of_age_is_deeper():
    deep, shared = tiny(), tiny("shared")
    assert {head: len(part.layers) for head, part in deep.hidden_layers.items()} == {
        "emotion": 0, "age": 2, "gender": 1, "ethnicity": 1
    }  # fmt: skip
    assert {name: len(part.layers) for name, part in shared.hidden_layers.items()} == {"shared": 1}


# ---- the read-out of age ----


def test_age_is_the_mean_of_the_two_most_probable_years():
    probability = torch.full((2, 100), 1e-4)
    probability[0, 29], probability[0, 33] = 0.5, 0.3
    probability[1, 99], probability[1, 0] = 0.6, 0.2
    by_hand = [(0.5 * 30 + 0.3 * 34) / 0.8, (0.6 * 100 + 0.2 * 1) / 0.8]
    torch.testing.assert_close(read_age(probability.log()), torch.tensor(by_hand))


def test_the_example_is_true():
    assert doctest.testmod(multi_task) == (0, 2)


# ---- contributions ----


@pytest.mark.parametrize("branches", BRANCHES)
@pytest.mark.parametrize("head", HEADS)
def test_contributions_are_what_each_number_adds(branches, head):
    """By the gradient: each logit is linear in the feature while no ReLU opens or closes."""
    model, x = tiny(branches), feature().requires_grad_()
    said = model.from_features(x)[head]
    logits = torch.logit(said)[:, None] if head == "gender" else said
    _, seen = read(model, x.detach())
    found = seen[f"{head}_contribution"]
    found = found[..., None] if head == "gender" else found
    for place in range(min(3, logits.shape[1])):
        (gradient,) = torch.autograd.grad(logits[:, place].sum(), x, retain_graph=True)
        torch.testing.assert_close(found[..., place], (x * gradient).detach(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("branches", BRANCHES)
def test_contributions_and_biases_make_the_logits(branches):
    model = tiny(branches)
    said, seen = read(model, feature())
    if branches == "deep":  # no hidden layer lies between
        torch.testing.assert_close(seen["emotion_contribution"].sum(1) + model.answers["emotion"].bias, said["emotion"])
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.startswith(("hidden_layers", "answers")) and name.endswith("bias"):
                value.zero_()
    said, seen = read(model, feature())
    for head in ("emotion", "age", "ethnicity"):
        torch.testing.assert_close(seen[f"{head}_contribution"].sum(1), said[head])
    torch.testing.assert_close(seen["gender_contribution"].sum(1), seen["gender_logit"])
    torch.testing.assert_close(said["gender"], torch.sigmoid(seen["gender_logit"]))


def test_who_moves_a_contribution_moves_the_answer_of_its_head_alone():
    model = tiny()
    before, seen = read(model, feature(1))
    for head in ("emotion", "gender"):
        moved = torch.zeros_like(seen[f"{head}_contribution"][0]).numpy()
        with ferviz.intervene(model, {f"{head}_contribution": moved}):
            after, _ = read(model, feature(1))
        assert {name for name in HEADS if not torch.equal(after[name], before[name])} == {head}


def test_contributions_are_worked_out_for_who_reads_them_alone(monkeypatch):
    model, given = tiny(), []
    said, seen = read(model, feature())
    assert sum(name.endswith("_contribution") for name in seen) == len(HEADS)
    forward = Probe.forward
    monkeypatch.setattr(Probe, "forward", lambda self, value: given.append(self.symbol) or forward(self, value))
    with torch.no_grad(), reading(model, ["gender_contribution"]):
        alone = model.from_features(feature())
    assert given.count("c") == 1
    assert all(torch.equal(alone[head], said[head]) for head in HEADS)


def test_hidden_vectors_have_no_contribution_in_training():
    model = tiny("shared").train()
    _, seen = read(model, feature())
    assert seen["hidden"].shape == (4, 5)
    assert not [name for name in seen if name.endswith("contribution")]


# ---- real faces ----


def test_a_synthetic_face_is_answered_by_all_heads(made):
    seen = ferviz.observe(tiny(), made)
    assert seen["emotion_logits"].shape == (3, 7)
    assert seen["age_probability"].shape == (3, 100)
    assert seen["expected_age"].dims == seen["gender"].dims == ("frame",)
    assert [*seen["ethnicity"].values] == ["African", "Asian", "Caucasian"]
    assert set(seen.data_vars) >= {"feature", "age_hidden", "gender_hidden", "ethnicity_hidden", "gender_logit"}
    assert "left_out" not in seen.attrs
    years = read_age(torch.from_numpy(seen["age_logits"].values))
    np.testing.assert_allclose(seen["expected_age"], years, rtol=1e-5)


@pytest.mark.parametrize("branches", BRANCHES)
def test_of_a_real_face_nothing_is_said_but_the_expression(real, branches):
    seen = ferviz.observe(tiny(branches), real)
    kept = {"emotion_logits", "emotion_probability", "feature", "emotion_contribution"}
    assert set(seen.data_vars) == kept | ({"hidden"} if branches == "shared" else set())
    assert set(seen.coords) == {"emotion", "frame", "time", "gap"}
    forged = replace(real, truth=Truth(intensity=np.zeros(len(real.frames))))  # of whom it shows it knows nothing
    assert ferviz.observe(tiny(branches), forged).attrs == seen.attrs
    assert seen.attrs["left_out"] == (
        "age, gender, ethnicity of MultiTask learned a generator's parameters: nothing is said of a face that no "
        "generator made (the clip has no truth)"
    )


SILENT = r"of MultiTask learned a generator's parameters: nothing is said of a face that no generator made"


@pytest.mark.parametrize("head", SYNTHETIC)
def test_whatever_asks_for_a_head_is_refused_for_a_real_face(made, real, head):
    model = tiny()
    for ask in (attribute, lambda *a, **k: deletion(a[0], a[1], np.ones(a[1].frames.shape[:3]), **k)):
        if head == "gender" and ask is not attribute:
            continue  # curves are of labels
        ask(model, made, head=head)
        with pytest.raises(ValueError, match=f"head must say something of the clip; {head} {SILENT}"):
            ask(model, real, head=head)


def test_a_function_cannot_ask_a_silent_head_of_a_real_face(made, real):
    model = tiny()

    def years(said):
        return read_age(said["age"])

    assert np.isfinite(attribute(model, made, target=years)["attribution"]).all()
    with pytest.raises(ValueError, match=f"target must ask heads that say something; age {SILENT}"):
        attribute(model, real, target=years)
    assert np.isfinite(attribute(model, real, target=lambda said: said["emotion"][:, 0])["attribution"]).all()
    with pytest.raises(KeyError, match="mood"):
        attribute(model, real, target=lambda said: said["mood"])


def test_items_of_a_silent_head_are_refused(real):
    with pytest.raises(ValueError, match=r"one with labels that says something of the clip \(emotion\); got 'age'"):
        items_of(tiny(), replace(real, frames=real.frames[:1], times=real.times[:1]), "channel", weight="feature",
                 head="age")  # fmt: skip


def test_the_model_says_which_heads_are_of_synthetic_faces():
    said = repr(tiny())
    assert "(of synthetic faces alone: age, gender, ethnicity)" in said
    assert "age: 1 to 100 (100 labels)" in said


def test_the_identities_are_synthetic_too(made, real):
    model = Identity(3, TINY).eval()
    assert ferviz.observe(model, made)["person_probability"].shape == (3, 3)
    assert set(ferviz.observe(model, real).data_vars) == {"feature"}
    with pytest.raises(ValueError, match="person of Identity learned a generator's parameters"):
        attribute(model, real, head="person")


# ---- faces ----


def test_gaps_are_nan_and_a_clip_without_frames_is_refused(made):
    seen = ferviz.observe(tiny(), replace(made, gaps=(Gap("frames", 1, 2, "no face"),)))
    assert np.isnan(seen["feature"].values).all(1).tolist() == [False, True, False]
    sound = Clip(np.empty((0, 1, 1, 3), np.uint8), np.empty(0), np.zeros(8, np.float32), 16000)
    with pytest.raises(ValueError, match="MultiTask needs frames"):
        ferviz.observe(tiny(), sound)


def test_faces_are_scaled_as_each_body_wants_them():
    pictures = torch.arange(2 * 3 * 4, dtype=torch.float32).reshape(1, 3, 2, 4) * 10
    scaled = {}
    for body in ("mobilenet", "efficientnet-b0"):
        with torch.device("meta"):
            model = BodyModel(BODIES[body])
        (scaled[body],) = model.inputs(pictures)
    torch.testing.assert_close(scaled["efficientnet-b0"], imagenet(pictures))
    blue = pictures[:, 2] - 103.939
    torch.testing.assert_close(scaled["mobilenet"][:, 0], blue)
    (gray,) = tiny().inputs(torch.tensor([[[[0, 255]]]], dtype=torch.uint8))
    assert gray.flatten().tolist() == [-1, 1]


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Config.compact("resnet"), "body must be one of mobilenet, efficientnet; got 'resnet'"),
        (lambda: Config.paper("resnet"), "body must be one of mobilenet, efficientnet-b0, efficientnet-b2; got"),
        (lambda: Config.compact(branches="flat"), "branches must be one of deep, shared; got 'flat'"),
        (lambda: tiny(heads=("mood",)), "each of heads must be one of emotion, age, gender, ethnicity; got 'mood'"),
        (lambda: tiny(heads=()), r"heads must be one at least, each once; got \(\)"),
        (lambda: tiny(heads=("age", "age")), "heads must be one at least, each once"),
        (lambda: replace(Config.compact(), hidden=0), "hidden must be a whole number of at least 1; got 0"),
        (lambda: replace(Config.compact(), dropout=1.0), "dropout must be from 0 to below 1; got 1.0"),
        (lambda: Identity(1), "people must be a whole number of at least 2; got 1"),
        (lambda: read_age(torch.zeros(2, 1)), r"at least two classes; got \(2, 1\)"),
        (lambda: tiny()(torch.zeros(1, 3, SIDE, SIDE)), r"face must have shape \(faces, 1, 16, 16\); got \(1, 3, 16"),
        (lambda: tiny()(torch.full((1, 1, SIDE, SIDE), np.nan)), "face must be finite numbers; got NaN or infinity"),
        (lambda: tiny().from_features(torch.zeros(2, 5)), r"feature must have shape \(faces, 6\); got \(2, 5\)"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_head_that_does_not_exist_is_refused(made):
    with pytest.raises(ValueError, match="head must be one of emotion, age, gender, ethnicity; got 'mood'"):
        attribute(tiny(), made, head="mood")


def test_silence_must_be_of_heads_that_there_are(made):
    model = tiny()
    model.synthetic_heads = ("mood",)
    with pytest.raises(ValueError, match="each of synthetic_heads must be one of emotion, age, .*; got 'mood'"):
        ferviz.observe(model, made)
    model = tiny()
    model.synthetic_heads = "age"
    with pytest.raises(TypeError, match="synthetic_heads must be a list of names; got 'age'"):
        ferviz.observe(model, made)
    model = tiny()
    model.extra = Probe("channel", symbol="z", head="mood")
    with pytest.raises(ValueError, match="the head of the quantity extra must be one of .*; got 'mood'"):
        ferviz.observe(model, made)
