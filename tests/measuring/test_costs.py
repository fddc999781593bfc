"""What networks cost: their times and sizes beside what their records say, and a body that computes in 8 bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_scripts import measure_costs as script
from ferviz import weights
from ferviz.emotions import LABEL_SETS
from ferviz.learning.sets import Stills
from ferviz.measured import Figures, measured
from ferviz.measuring.costs import COMPUTED, KEPT, NETWORKS, ROUNDED, compute_in_8_bit, costs, in_8_bit
from ferviz.models import load_model
from ferviz.models.backbones.same import SameConv
from ferviz.models.identity import COMPACT
from ferviz.prepared import Faces, write_faces
from tests.head_nets import seeded


def noise(count: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (count, 1, 64, 64))).float()


def test_a_body_computes_in_8_bit_and_says_nearly_the_same():
    model, faces = seeded(), noise(16)
    fewer = compute_in_8_bit(model, faces)
    layers = [part for part in fewer.backbone.modules() if hasattr(part, "weight")]
    assert len(layers) == sum(isinstance(part, SameConv) for part in model.backbone.modules())
    assert {part.weight().dtype for part in layers} == {torch.qint8}
    with torch.no_grad():
        own, other = model.backbone(*model.inputs(faces)), fewer.backbone(*fewer.inputs(faces))
    assert own.dtype == other.dtype == torch.float32
    apart = float((own - other).abs().max() / own.abs().max())
    assert 0 < apart < 0.1  # of 8 bit, and no more than that
    assert isinstance(model.backbone.conv1, SameConv)  # it was a copy that changed


def test_another_body_is_refused():
    with pytest.raises(TypeError, match="model must have a MobileNet for a body; got EfficientNet"):
        compute_in_8_bit(seeded(body=COMPACT["efficientnet"]), noise(2))


def test_a_machine_without_the_engine_is_told(monkeypatch):
    monkeypatch.setattr("ferviz.measuring.costs.ENGINE", "abacus")
    with pytest.raises(RuntimeError, match="8-bit arithmetic needs torch's engine 'abacus'; this machine has none"):
        compute_in_8_bit(seeded(), noise(2))


def test_what_is_compared_is_the_same_faces(monkeypatch):
    model, faces = seeded(), noise(12)
    with torch.no_grad():
        answers = model(*model.inputs(faces))["emotion"]
    target = torch.nn.functional.one_hot(answers.argmax(1), answers.shape[1]).float()
    found = in_8_bit(model, noise(8, 1), Stills(faces.byte(), target, torch.ones(12), np.arange(12)), 2)
    accuracy = {one["row"]: one.value for one in found["eight_bit"] if one.get("score") is None}
    agreement = {one["row"]: one.value for one in found["eight_bit"] if one.get("score") == "agreement"}
    assert accuracy[KEPT] == 1
    assert accuracy[ROUNDED] == agreement[ROUNDED]  # the labels are the answers of the network as it is
    assert accuracy[COMPUTED] == agreement[COMPUTED]
    assert [(one["row"], one.than) for one in found["eight_bit_difference"]] == [(ROUNDED, KEPT), (COMPUTED, KEPT)]
    assert [one["row"] for one in found["eight_bit_speed"]] == [KEPT, ROUNDED, COMPUTED]


def test_accuracies_are_those_of_the_records_and_costs_are_measured():
    found = costs(script.sample(script.FACE), [measured(name) for name in ("zoo", "mtl", "mtl_longer")], 1)
    assert [one["row"] for one in found] == list(NETWORKS)
    cards = {name: weights.read_card(weights.bundled(name)) for name in NETWORKS}
    for one in (*found, *measured("costs")["networks"]):  # the record is not older than what it takes over
        assert one.value in [told.value for told in cards[one["row"]].metrics]
        assert one["ms"] > 0
        assert one["MB"] == pytest.approx(weights.bundled(one["row"]).stat().st_size / 1e6, abs=1e-3)
        assert one["parameters"] == sum(part.numel() for part in load_model(one["row"]).parameters())


def test_the_command_writes_the_record(tmp_path, monkeypatch, capsys):
    rng, count = np.random.default_rng(0), 30
    images, labels = rng.integers(0, 255, (count, 48, 48), dtype=np.uint8), LABEL_SETS["FER2013"]
    given = {"labels": labels, "label": rng.integers(0, 7, count), "group": np.arange(count)}
    given |= {"part": np.full(count, "Training"), "twin": np.zeros(count, bool)}
    write_faces(tmp_path / "faces", Faces(images=images, name=np.arange(count).astype(str), **given), "a test", "none")
    monkeypatch.setattr("ferviz.learning.recipes.common.HELD_OUT", 10)
    monkeypatch.setattr(script, "costs", lambda *_: list(measured("costs")["networks"]))
    out = tmp_path / "costs.json"
    assert script.main(["--faces", str(tmp_path / "faces"), "--timed", "1", "--out", str(out)]) == 0
    told = Figures.from_json(out.read_text("utf-8"))
    assert set(told.tables) == set(measured("costs").tables)
    assert told["eight_bit"][0].command == "python data_scripts/measure_costs.py --faces FACES --timed 1 --out OUT"
    assert all(one.items < count for one in told["eight_bit"])  # those that are held out
    assert "8-bit arithmetic" in capsys.readouterr().out
