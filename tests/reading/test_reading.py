"""Reading at the level of tensors: what flows on, whole and once, with gradients where asked, and nothing stays."""

from __future__ import annotations

import copy
import gc
import weakref

import numpy as np
import pytest
import torch
from tiny_fan import frames_of, tiny_fan
from torch import nn
from two_streams import TwoStreams

import ferviz
from ferviz.models import Model, Probe
from ferviz.models.frame_attention import FrameAttention
from ferviz.reading import watching


class Layers(Model):
    """Two linear layers with a quantity between them, which the second one spoils in place, as ReLU may."""

    labels = ("yes", "no")

    def __init__(self, skip: bool = False, twice: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 2)
        self.middle, self.rest = Probe("channel", symbol="h"), Probe("channel", symbol="r")
        self.spoil = nn.ReLU(inplace=True)
        self.skip, self.twice = skip, twice

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.middle(self.first(x))
        if self.twice:
            x = self.spoil(x)
        x = self.spoil(x)
        if not self.skip:
            x = self.rest(x)
        return self.last(x)


X = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))


def hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_the_newest_forward_is_read_and_all_of_them_on_request():
    model = Layers()
    with ferviz.reading(model) as read, ferviz.reading(model, ["middle"], every=True) as all_of:
        for scale in (1, 2, 3):
            model(scale * X)
    torch.testing.assert_close(read["middle"], model.first(3 * X).detach())
    assert list(read) == ["middle", "rest"]
    assert len(read) == 2
    assert len(read.forwards) == 1
    for scale, forward in zip((1, 2, 3), all_of.forwards, strict=True):
        torch.testing.assert_close(forward["middle"], model.first(scale * X).detach())
    assert hooks(model) == 0


@pytest.mark.parametrize("detach", [True, False])
def test_no_layer_that_works_in_place_changes_what_was_read(detach):
    model = Layers()
    with ferviz.reading(model, detach=detach) as read:
        answer = model(X)
    assert (read["middle"] < 0).any()
    assert (read["rest"] >= 0).all()
    torch.testing.assert_close(answer, model(X))
    assert read["middle"].requires_grad != detach


def test_gradients_run_through_what_is_read_both_ways():
    model = Layers()
    with ferviz.reading(model, ["middle"], detach=False) as read:
        answer = model(X)
    (slope,) = torch.autograd.grad(answer[:, 0].sum(), read["middle"], retain_graph=True)
    torch.testing.assert_close(slope, model.last.weight[0] * (read["middle"] > 0))
    read["middle"].sum().backward()  # as a loss that sees a named quantity
    torch.testing.assert_close(model.first.bias.grad, torch.full((4,), 5.0))


def test_any_part_that_gives_a_tensor_can_be_read_by_its_path():
    model = TwoStreams()
    clip_model = tiny_fan()
    with ferviz.reading(clip_model, ["backbone.layer2", "weight"]) as read, torch.no_grad():
        clip_model(frames_of(2, 3))
    assert read["backbone.layer2"].shape[0] == 6
    torch.testing.assert_close(read["weight"].sum(1), torch.ones(2))
    message = r"names must be quantities of TwoStreams \(video.feature, .*\) or paths of its parts; got 'beta'"
    with pytest.raises(ValueError, match=message):
        ferviz.reading(model, ["beta"]).__enter__()
    with pytest.raises(TypeError, match="names must be a list of names; got 'video.alpha'"):
        ferviz.reading(model, "video.alpha").__enter__()


@pytest.mark.parametrize("first", ["reading", "intervene"])
@pytest.mark.parametrize("detach", [True, False])
def test_what_is_read_is_what_flows_on_whichever_was_entered_first(first, detach):
    model, value = Layers(), np.arange(4.0) - 1
    with torch.no_grad():
        wanted = model.last(torch.from_numpy(value).float().clamp_min(0).expand(5, -1))
    contexts = [ferviz.reading(model, detach=detach), ferviz.intervene(model, {"middle": value})]
    outer, inner = contexts if first == "reading" else contexts[::-1]
    with outer as one, inner as other:
        torch.testing.assert_close(model(X).detach(), wanted)
        read = one if first == "reading" else other
        np.testing.assert_allclose(read["middle"][3].detach(), value)
    assert hooks(model) == 0


def test_a_change_may_use_what_was_read_before_it():
    model = tiny_fan()
    frames = frames_of(1, 4)
    with ferviz.reading(model) as read, ferviz.intervene(model, {"beta": lambda _: read["alpha"]}), torch.no_grad():
        model(frames)
    torch.testing.assert_close(read["beta"], read["alpha"])
    spoiled = Layers()
    with ferviz.reading(spoiled) as read, ferviz.intervene(spoiled, {"rest": lambda _: read["middle"]}):
        spoiled.last = nn.Sequential(nn.ReLU(inplace=True), spoiled.last)
        spoiled(X)
    assert (read["middle"] < 0).any()
    torch.testing.assert_close(read["rest"], read["middle"])


@pytest.mark.parametrize("items", [1, 5])
@pytest.mark.parametrize("value", [2.0, np.array([1.0, -1, 2, -2])])
def test_a_value_that_is_put_in_stays_itself_before_a_layer_that_works_in_place(value, items):
    model = Layers()
    with ferviz.intervene(model, {"middle": value}):
        answers = [model(X[:items]) for _ in range(2)]
    wanted = torch.from_numpy(np.broadcast_to(value, (items, 4)).copy()).float().clamp_min(0)
    for answer in answers:
        torch.testing.assert_close(answer, model.last(wanted))


def test_a_method_that_is_called_by_itself_is_a_forward_of_its_own():
    model = tiny_fan()
    features = [torch.randn(1, 3, 6, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1)]
    with ferviz.reading(model, ["weight", "feature"], every=True) as read, torch.no_grad():
        model(frames_of(1, 3))
        for each in features:
            model.pool(each)
    assert len(read.forwards) == 3
    for each, forward in zip(features, read.forwards[1:], strict=True):
        torch.testing.assert_close(forward["feature"], each)


def test_what_a_forward_skipped_is_absent_and_never_an_older_value():
    model = Layers()
    with ferviz.reading(model) as read:
        with pytest.raises(KeyError, match="middle was not computed by the newest forward: no forward has computed"):
            _ = read["middle"]
        model(X)
        assert "rest" in read
        model.skip = True
        model(X)
        assert "rest" not in read
        with pytest.raises(KeyError, match="rest was not computed by the newest forward: it computed middle"):
            _ = read["rest"]


def test_what_runs_twice_in_one_forward_is_an_error_and_the_next_forward_is_whole():
    model = Layers(twice=True)
    with ferviz.reading(model, ["spoil"]) as read:
        with pytest.raises(RuntimeError, match="spoil ran twice in one forward: read a part that runs once"):
            model(X)
        model.twice = False
        model(X)
        assert list(read) == ["spoil"]
    model.rest = model.middle  # one probe at two places: it has the name under which it stands first
    with ferviz.reading(model), pytest.raises(RuntimeError, match="the probe middle fired twice in one forward"):
        model(X)
    assert hooks(model) == 0


def test_an_error_inside_leaves_no_hook_and_the_forward_after_it_is_told_apart():
    model = Layers()
    with pytest.raises(ZeroDivisionError), ferviz.reading(model):
        raise ZeroDivisionError
    assert hooks(model) == 0
    with ferviz.reading(model) as read, ferviz.intervene(model, {"rest": lambda _: 1 / 0}):
        with pytest.raises(ZeroDivisionError):
            model(X)
        assert list(read) == ["middle"]
        with pytest.raises(ZeroDivisionError):
            model(X)
    assert hooks(model) == 0


def test_a_part_that_gives_no_tensor_is_named():
    model = nn.Sequential(nn.LSTM(3, 4))
    with ferviz.reading(model, ["0"]), pytest.raises(TypeError, match="what is read must be a tensor; 0 gives tuple"):
        model(X)


def test_copies_files_and_exports_cannot_keep_a_reader(tmp_path):
    model = Layers().eval()
    with ferviz.reading(model):
        with pytest.raises(RuntimeError, match="copied inside reading: what reads it would stay in it"):
            copy.deepcopy(model)
        with pytest.raises(RuntimeError, match="saved inside reading: what reads it would stay in it"):
            torch.save(model, tmp_path / "model.pt")
        with pytest.raises(Exception, match="compiled or exported inside reading"):
            torch.export.export(model, (X,), strict=False)
    with watching(model, lambda *_: None), pytest.raises(RuntimeError, match="copied inside watching"):
        copy.deepcopy(model)
    with pytest.raises(ValueError, match="model is compiled"):
        ferviz.reading(torch.compile(model)).__enter__()
    with pytest.raises(TypeError, match="model must be a torch module; got str"):
        ferviz.reading("fan").__enter__()


def test_watching_sees_every_part_in_the_order_in_which_it_runs_and_what_goes_in():
    model, seen = Layers(), []
    with watching(model, lambda path, part, given, output: seen.append((path, given[0].shape, output.shape))):
        model(X)
    assert [path for path, *_ in seen] == ["first", "middle", "spoil", "rest", "last"]
    assert seen[-1][1:] == ((5, 4), (5, 2))
    seen.clear()
    with watching(model, lambda path, *_: seen.append(path), ["last"]):
        model(X)
    assert seen == ["last"]


def test_nothing_holds_the_model_or_its_tensors_when_the_block_is_over():
    model: FrameAttention | None = tiny_fan()
    with ferviz.reading(model, detach=False) as read, ferviz.intervene(model, {"alpha": lambda a: a * 2}):
        model(frames_of(1, 3))
    held = weakref.ref(model), weakref.ref(read["feature"])
    model = None
    del read
    gc.collect()
    assert [each() for each in held] == [None, None]
