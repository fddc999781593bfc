"""Weights are loaded strictly or not at all, and every refusal says why."""

from __future__ import annotations

import errno
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

import ferviz
from ferviz import Card, disk, weights
from ferviz.measured import Measured
from ferviz.models import MiniXception
from ferviz.weights import WeightsError


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(2, 3)


CARD = Card(name="small", model="Small", summary="a test", origin="here", licence="MIT", data=("none",), seeds=(1, 2))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    weights.save(tmp_path / "small.safetensors", Small().state_dict(), CARD)
    return tmp_path / "small.safetensors"


def test_a_saved_file_loads_into_the_same_numbers(tmp_path):
    first, second = Small(), Small()
    measured = Measured(what="accuracy", value=0.5, low=0.4, high=0.6, way="95 %, exact", seeds={"1": None})
    card = weights.save(tmp_path / "small.safetensors", first.state_dict(), replace(CARD, metrics=(measured,)))
    assert card.metrics == (measured,)
    assert "accuracy: 0.500 [0.400, 0.600]" in card._repr_html_()
    assert weights.load(tmp_path / "small.safetensors", second) == card
    assert torch.equal(first.linear.weight, second.linear.weight)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.json", "small.safetensors"]


def lean(folder: Path, **changed: object) -> Path:
    """A file that holds a weight alone, and shares its bias with the one beside it."""
    tensors = {"linear.weight": torch.full((3, 2), 7.0)}
    weights.save(folder / "lean.safetensors", tensors, replace(CARD, shared={"linear.b": "small"}, **changed))
    return folder / "lean.safetensors"


def test_tensors_that_are_shared_come_from_the_file_beside_it(saved, tmp_path):
    whole, module = Small(), Small()
    weights.load(saved, whole)
    card = weights.load(lean(tmp_path), module)
    assert card.shared == {"linear.b": "small"}
    assert torch.equal(module.linear.bias, whole.linear.bias)
    assert module.linear.weight.unique().tolist() == [7.0]
    assert "shared" not in json.loads(saved.with_suffix(".json").read_text("utf-8"))
    assert weights.read_card(saved).shared == {}


def test_what_is_shared_is_as_strict(saved, tmp_path):
    path = lean(tmp_path)
    weights.write_card(path, replace(weights.read_card(path), shared={"linear.": "small"}))
    refuse(path, "lean.safetensors must hold no tensor that its card shares with another; got 1 tensors")
    lean(tmp_path)
    saved.write_bytes(saved.read_bytes()[:-1] + b"x")
    refuse(path, "small.safetensors is not the file that its card describes")
    saved.unlink()
    with pytest.raises(FileNotFoundError, match=r"small.safetensors does not exist"):
        weights.load(path, Small())
    for other in ("../small", "lean", "sub/small"):
        card = replace(weights.read_card(path), shared={"linear.b": other})
        weights.write_card(path, card)
        refuse(path, f"lean.safetensors must share tensors with a file beside it; its card names '{other}'")
    weights.write_card(path, replace(weights.read_card(path), shared=["small"]))
    refuse(path, r"lean.json must map names of tensors to files in shared; got \['small'\]")


def test_only_safetensors_are_written(tmp_path):
    with pytest.raises(ValueError, match=r"path must end in .safetensors; got 'small.pt'"):
        weights.save(tmp_path / "small.pt", {}, CARD)


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(disk.os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        weights.save(tmp_path / "small.safetensors", Small().state_dict(), CARD)
    assert list(tmp_path.iterdir()) == []


def refuse(path: Path, message: str, module: torch.nn.Module | None = None) -> None:
    module = module or Small()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    with pytest.raises(WeightsError, match=message):
        weights.load(path, module)
    assert all(torch.equal(before[k], v) for k, v in module.state_dict().items())


def test_a_missing_file_and_a_missing_card_are_named(saved, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"other.safetensors does not exist"):
        weights.load(tmp_path / "other.safetensors", Small())
    saved.with_suffix(".json").unlink()
    with pytest.raises(FileNotFoundError, match=r"small.json does not exist: the weights need their card"):
        weights.load(saved, Small())


@pytest.mark.parametrize("length", [0, 5, 60, -4])
def test_a_truncated_file_is_refused(saved, length):
    saved.write_bytes(saved.read_bytes()[:length])
    refuse(saved, "small.safetensors is truncated or not a .safetensors file")


@pytest.mark.parametrize("low", [0x80, 0x50])
def test_a_header_whose_length_looks_like_a_pickle_is_read(tmp_path, low):
    path = tmp_path / "odd.safetensors"
    for extra in range(300):  # until the length's first byte is that of a pickle's or a zip's mark
        module = torch.nn.ParameterDict({"x" * (1 + extra): torch.ones(1)})
        weights.save(path, module.state_dict(), replace(CARD, model="ParameterDict"))
        if path.read_bytes()[0] == low:
            break
    assert path.read_bytes()[0] == low
    assert weights.load(path, module).model == "ParameterDict"


def test_a_pickle_is_refused_whatever_its_name(saved):
    torch.save(Small().state_dict(), saved)
    refuse(saved, "small.safetensors is a pickle, which can run code when opened")
    saved.write_bytes(b"\x80\x04N.")
    refuse(saved, "is a pickle")


def test_another_models_weights_are_refused(saved):
    refuse(saved, "holds weights of 'Small'; 'MiniXception' was to be filled", MiniXception())


def test_missing_extra_and_misshapen_tensors_are_named(tmp_path):
    whole = Small().state_dict()
    path = tmp_path / "small.safetensors"
    weights.save(path, {"linear.weight": whole["linear.weight"]}, CARD)
    refuse(path, r"small.safetensors misses 1 tensors \(linear.bias\)")
    weights.save(path, {**whole, "more": torch.ones(1)}, CARD)
    refuse(path, r"holds 1 tensors \(more\), which Small does not have")
    weights.save(path, {**whole, "linear.bias": torch.ones(4)}, CARD)
    refuse(path, r"tensor linear.bias must have shape \(3,\); got \(4,\)")
    weights.save(path, {**whole, "linear.bias": torch.ones(3, dtype=torch.int64)}, CARD)
    refuse(path, r"tensor linear.bias must hold floats; got torch.int64")
    weights.save(path, {**whole, "linear.bias": torch.tensor([0, torch.nan, 0])}, CARD)
    refuse(path, r"tensor linear.bias must be finite; got NaN or infinity")


def test_changed_numbers_are_noticed(saved):
    data = bytearray(saved.read_bytes())
    data[-1] ^= 1
    saved.write_bytes(data)
    refuse(saved, "is not the file that its card describes: the sha256 differs")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "small.json is not JSON text"),
        ("[" * 100_000, "small.json is not JSON text: it is nested too deep"),
        ("[]", "must hold one JSON object; got list"),
        ("{}", "is not a card: it misses data"),
        (json.dumps({**asdict(CARD), "colour": 1}), "has the unknown 'colour'"),
        (json.dumps({**asdict(CARD), "licence": 5}), "small.json must hold a text in licence; got 5"),
        (json.dumps({**asdict(CARD), "data": "none"}), "small.json must list texts in data; got 'none'"),
        (json.dumps({**asdict(CARD), "seeds": [True]}), r"small.json must list whole numbers in seeds; got \[True\]"),
        *((json.dumps({**asdict(CARD), "metrics": one}), "small.json must list figures in met") for one in (5, None)),
        (json.dumps({**asdict(CARD), "metrics": [{"value": 1}]}), "small.json, metrics is no record of figures: it m"),
    ],
)
def test_damaged_cards_are_refused(saved, text, message):
    saved.with_suffix(".json").write_text(text)
    refuse(saved, message)


@pytest.mark.parametrize("ask", [lambda: weights.read_card(None), lambda: weights.load(5, Small())])
def test_what_is_no_path_is_refused(ask):
    with pytest.raises(TypeError, match="path must be a path; got"):
        ask()


def test_cards_show_themselves_in_a_notebook_without_running_their_text():
    html = Card(**{**asdict(CARD), "summary": "<script>"})._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_the_bundled_model_refuses_a_damaged_file(tmp_path, monkeypatch):
    for suffix in (".safetensors", ".json"):
        shutil.copy(weights.bundled("mini-xception").with_suffix(suffix), tmp_path)
    monkeypatch.setattr(weights, "bundled", lambda name: tmp_path / f"{name}.safetensors")
    assert ferviz.load_model("mini-xception").training is False
    (tmp_path / "mini-xception.safetensors").write_bytes(b"")
    with pytest.raises(WeightsError, match="truncated"):
        ferviz.load_model("mini-xception")
