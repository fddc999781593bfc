"""The golden file holds: what stands answers as recorded. `golden` says when the record may be written anew."""

from __future__ import annotations

import json
from pathlib import Path

import answers
import golden
import numpy as np
import pytest
import record
import torch

import ferviz
from ferviz.attribution import attribute
from ferviz.models.zoo import MODELS


@pytest.fixture(scope="module")
def kept() -> record.Record:
    return record.read()


@pytest.mark.parametrize("group", golden.GROUPS)
def test_what_stands_is_as_recorded(group, kept):
    lines = golden.held(group, kept)
    assert not lines, "\n".join([f"{len(lines)} entries differ from the golden record:", *lines[:40]])


def test_the_record_holds_every_group_and_no_other(kept):
    assert {name.partition("/")[0] for name in kept.entries} == set(golden.GROUPS) == set(kept.machines)


def test_every_network_of_the_zoo_and_every_explorer_is_held(kept):
    groups = ("nets", "tasks", "sounding")
    assert {name.split("/")[1] for group in groups for name in kept.of(group)} - {"faces"} == set(MODELS)
    folders = (Path(ferviz.__file__).parent / "explorers").glob("*/explorer.py")
    assert {path.parent.name for path in folders} == set(golden.DRAWINGS)


def test_the_record_holds_every_shipped_network_on_every_sample_and_every_way_to_attribute(kept):
    for model in answers.NETS:
        for sample in ("photo", "film", "anger-mask", "surprise-degraded", *answers.STILLS, *answers.MOVING):
            assert f"nets/{model}/{sample}/emotion_logits" in kept.entries
        for level in ("pixels", "frames"):
            assert f"attribution/{model}/integrated_gradients {level}/few/attribution" in kept.entries
    for method in answers.METHODS:
        for level in ("pixels", "frames"):
            assert f"attribution/mini-xception/{method} {level}/few/attribution" in kept.entries
    assert sum(name.endswith("/removal film/logit_drop") for name in kept.entries) == len(answers.FANS)


def test_every_drawing_has_its_words_and_its_line_of_code(kept):
    drawn = [name for name in kept.entries if name.endswith("/code")]
    assert len(drawn) > 80
    assert {name.partition("/")[0] for name in drawn} == set(golden.DRAWINGS)
    for name in drawn:
        place = name.removesuffix("/code")
        assert kept.entries[f"{place}/describe"], place
        assert json.loads(kept.entries[f"{place}/answer"])["state"], place
        assert any(each.startswith(f"{place}/answer/") for each in kept.entries) or place == "annotator/summary"


def test_a_weight_that_moves_is_noticed(kept):
    model = ferviz.load_model("fan")
    with torch.no_grad():
        next(model.parameters())[0] *= 1.01
    now = record.keep(ferviz.observe(model, ferviz.sample("anger-mask"))["emotion_logits"].values)
    name = "nets/fan/anger-mask/emotion_logits"
    (line,) = record.differences({name: now}, {name: kept.entries[name]}, exact=False)
    assert line.startswith(f"{name}: 7 of 7 values moved, by up to 0.00")


def test_an_attribution_that_moves_is_noticed(kept):
    maps = attribute(answers.net("fan"), answers.few(), n_steps=5)
    name = "attribution/fan/integrated_gradients pixels/few/attribution"
    (line,) = record.differences(
        {name: record.keep(maps["attribution"].values)}, {name: kept.entries[name]}, exact=False
    )
    assert "of 64 kept values moved" in line


# ---- the comparison itself -------------------------------------------------------------------------------------------

STOOD = {
    "floats": np.arange(4, dtype=np.float32),
    "gaps": np.array([np.nan, 2.0, -3.0]),
    "large": np.linspace(0, 1, 5000),
    "shades": np.arange(60, dtype=np.uint8),
    "words": "label: fear 0.53, 18 frames",
}
PLACE = "attribution/fan/saliency pixels/few/"
ONE_PLACE = 0.001 * (np.arange(5000) == 1)


def told(changes: dict, *, exact: bool) -> list[str]:
    now = {name: value for name, value in (STOOD | changes).items() if value is not None}
    sides = ({f"{PLACE}{name}": record.keep(value) for name, value in side.items()} for side in (now, STOOD))
    return [line.removeprefix(PLACE) for line in record.differences(*sides, exact=exact)]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"floats": None}, "floats: gone, only the record has it"),
        ({"more": "text"}, "more: new, the record does not have it"),
        ({"floats": "text"}, "floats: was an array, is a text"),
        ({"words": np.zeros(1)}, "words: was a text, is an array"),
        ({"floats": np.arange(4.0)}, "floats: was float32 (4,), is float64 (4,)"),
        ({"floats": np.arange(5, dtype=np.float32)}, "floats: was float32 (4,), is float32 (5,)"),
        ({"floats": np.float32([0, 1, 2.25, 3])}, "floats: 1 of 4 values moved, by up to 0.25; mean 1.5 → 1.5625"),
        ({"gaps": np.array([1.0, 2.0, -3.0])}, "gaps: 1 of 3 values moved"),
        ({"gaps": np.array([np.nan, np.nan, -3.0])}, "gaps: 1 of 3 values moved"),
        ({"large": np.linspace(0, 1.01, 5000)}, "large: 63 of 64 kept values moved, by up to 0.01"),
        ({"shades": np.arange(2, 62, dtype=np.uint8)}, "shades: 60 of 60 values moved, by up to 2"),
        ({"words": "label: anger 0.53, 18 frames"}, "words: was …label: fear 0.53, 18 frames…, is …label: anger 0.53"),
        ({"words": "label: fear 0.55, 18 frames"}, "words: was …label: fear 0.53, 18 frames…, is …label: fear 0.55"),
        ({"words": "label: fear 0.53, 17 frames"}, "words: was …label: fear 0.53, 18 frames…, is …label: fear 0.53"),
    ],
)
def test_a_difference_is_told(changes, line, exact):
    (said,) = told(changes, exact=exact)
    assert said.startswith(line)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"floats": np.float32([0, 1, 2.00001, 3])}, "floats: 1 of 4 values moved, by up to 1e-05"),
        ({"gaps": np.array([np.nan, 2.0, -3.000001])}, "gaps: 1 of 3 values moved, by up to "),
        ({"large": STOOD["large"] + ONE_PLACE}, "large: 0 of 64 kept values moved, so others did"),
        ({"shades": np.r_[np.uint8(1), STOOD["shades"][1:]]}, "shades: 1 of 60 values moved, by up to 1"),
        ({"words": "label: fear 0.54, 18 frames"}, "words: was …label: fear 0.53"),
    ],
)
def test_only_another_machine_may_round_otherwise(changes, line):
    (said,) = told(changes, exact=True)
    assert said.startswith(line)
    assert not told(changes, exact=False)


@pytest.mark.parametrize(
    ("name", "near", "far"),
    [
        ("nets/fan/fear-moving/a", 8e-6, 2e-5),
        ("moved/fan/degraded/alpha half/a", 8e-6, 2e-5),
        ("nets/fan/film/a", 8e-4, 2e-3),
        ("sounding/av/removal frames.frame/a", 8e-4, 2e-3),
        ("moved/fan/film/alpha half/a", 8e-4, 2e-3),
        ("attribution/fan/saliency pixels/few/a", 8e-4, 2e-3),
        ("worth/fan/removal few/a", 8e-4, 2e-3),
        ("attribution/fan/saliency pixels/film, fear against surprise/a", 0.09, 0.12),
        ("worth/lbp-attention/deletion still/a", 0.09, 0.12),
        ("face/opening/answer/a", 0.09, 0.12),
    ],
)
def test_another_machine_may_round_so_far_and_no_further(name, near, far):
    def said(step: float) -> list[str]:
        sides = ({name: record.keep(np.array([one, 1.0]))} for one in (1 + step, 1))
        return record.differences(*sides, exact=False)

    assert not said(near)
    assert said(far)


def test_what_is_the_same_is_no_difference():
    same = {"gaps": np.array([-np.nan, 2.0, -3.0]), "floats": np.float32([-0.0, 1, 2, 3])}
    assert told({}, exact=True) == told(same, exact=True) == []


def test_a_record_is_read_as_it_was_written_and_a_torn_one_is_refused(tmp_path):
    index, values = tmp_path / "it.json", tmp_path / "it.npz"
    entries = {name: record.keep(value) for name, value in STOOD.items()}
    machines = {"attribution": record.fingerprint(), "face": {"machine": "another"}, "nets": record.fingerprint()}
    record.write(record.Record(machines, entries), index, values)
    found = record.read(index, values)
    assert found.machines == machines
    assert not record.differences(found.entries, entries, exact=True)
    assert all(np.array_equal(found.entries[n].values, entries[n].values, equal_nan=True) for n in ("gaps", "large"))
    np.savez_compressed(values, values=np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="it.npz must have 131 values, as it.json says; got 3"):
        record.read(index, values)


def test_an_unknown_group_is_refused():
    with pytest.raises(SystemExit, match="groups must be some of nets, .*; got everything"):
        golden.main(["everything"])


def test_a_group_is_written_alone_and_the_others_stay_to_the_letter(tmp_path, monkeypatch, capsys):
    files, another = {"index": tmp_path / "it.json", "values": tmp_path / "it.npz"}, {"machine": "another"}
    entries = {f"{group}/{name}": record.keep(value) for group in ("lbp", "nets") for name, value in STOOD.items()}
    record.write(record.Record({"lbp": another, "nets": another}, entries), **files)
    monkeypatch.setattr(golden, "INDEX", files["index"])
    monkeypatch.setattr(golden, "read", lambda: record.read(**files))
    monkeypatch.setattr(golden, "write", lambda made: record.write(made, **files))
    monkeypatch.setattr(golden, "GROUPS", {"lbp": lambda: {"floats": STOOD["floats"], "new": "text"}, "nets": dict})
    assert golden.main(["--write", "lbp"]) == 0
    listed = capsys.readouterr().out.splitlines()[1:]
    assert [line.partition(":")[0][4:] for line in listed] == ["new", "gaps", "large", "shades", "words"]
    found = record.read(**files)
    assert found.of("lbp").keys() == {"lbp/floats", "lbp/new"}
    kept = {name: entry for name, entry in entries.items() if name.startswith("nets/")}
    assert not record.differences(found.of("nets"), kept, exact=True)
    assert found.machines == {"lbp": record.fingerprint(), "nets": another}
