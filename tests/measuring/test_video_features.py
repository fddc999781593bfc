"""Video features: each by hand, gaps and order in the networks, and all rows on answers that were planted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from data_scripts import measure_video_features as script
from ferviz.emotions import LABEL_SETS
from ferviz.faces.parts import VERSION
from ferviz.faces.sets import shard_bytes
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import FAMILIES
from ferviz.learning.sets import Clips
from ferviz.measured import Figures, Measured, pick
from ferviz.measuring import video as known
from ferviz.measuring.families import TESTED
from ferviz.measuring.frozen import built

SPLITS = ("train", "validation", "test")
LABELS = [str(emotion) for emotion in LABEL_SETS["FER2013"]]
TIMES = np.array([0.0, 0.5, 1.0])


def shape() -> np.ndarray:
    """68 places (68, 2); the eyes lie level, 1 apart."""
    points = np.random.default_rng(0).normal(0, 0.3, (68, 2))
    points[known.RIGHT_EYE] -= points[known.RIGHT_EYE].mean(0) + np.array([0.5, 0.2])
    points[known.LEFT_EYE] -= points[known.LEFT_EYE].mean(0) + np.array([-0.5, 0.2])
    return points


def moved(points: np.ndarray, turn: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    cos, sin = np.cos(turn), np.sin(turn)
    return scale * points @ np.array([[cos, sin], [-sin, cos]]) + shift


def toy(inputs: torch.Tensor, mask: torch.Tensor, label: torch.Tensor) -> known.WholeClips:
    """The same clips as training, validation and test part."""
    count = len(label)
    nothing = torch.zeros(mask.shape)
    frames = inputs if inputs.dtype == torch.uint8 else torch.zeros((*mask.shape, 4, 4), dtype=torch.uint8)
    clips = Clips(
        frames,
        mask,
        label,
        np.arange(count),
        np.full(count, "intensity"),
        *(nothing, nothing, ~mask, nothing, ~mask),
    )
    return known.WholeClips(dict.fromkeys(SPLITS, inputs), dict.fromkeys(SPLITS, clips))


def test_landmarks_in_the_face_do_not_move_with_the_head():
    still = np.repeat(shape()[None], 3, 0)
    shaken = np.stack(
        [moved(shape(), *how) for how in ((0.3, 20.0, (5.0, 9.0)), (-0.2, 31.0, (40.0, 2.0)), (0.1, 8.0, (-7.0, -3.0)))]
    )
    assert known.in_face(shaken) == pytest.approx(known.in_face(still), abs=1e-9)
    found = known.in_face(shaken)
    eyes = found[:, known.LEFT_EYE].mean(1) - found[:, known.RIGHT_EYE].mean(1)
    assert eyes == pytest.approx(np.array([[1.0, 0.0]] * 3), abs=1e-9)
    assert found[:, known.STEADY].mean(1) == pytest.approx(np.zeros((3, 2)), abs=1e-9)


def test_a_mouth_that_opens_stays_in_the_tracks():
    points = np.repeat(shape()[None], 3, 0)
    points[:, 57, 1] += [0.0, 0.1, 0.4]
    statistics = known.track_statistics(points, TIMES).reshape(5, 68, 2)
    mean, spread, reach, speed, fastest = statistics[:, 57, 1]
    assert mean - known.in_face(points)[0, 57, 1] == pytest.approx(0.5 / 3)
    assert (spread, reach) == pytest.approx((np.std([0.0, 0.1, 0.4]), 0.4))
    assert (speed, fastest) == pytest.approx((0.4, 0.6))
    rest = np.delete(statistics[1:], 57, 1)
    assert np.abs(rest).max() < 1e-9


def test_histograms_are_the_mean_of_the_frames_that_are_there():
    frames = torch.randint(0, 256, (2, 3, 14, 14), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[True, True, True], [True, False, False]])
    both = known.lbp_histograms(toy(frames, mask, torch.zeros(2, dtype=torch.long)).clips["test"], (2, 3))
    assert both.shape == (2, 2 * 3 * 59)
    assert both.reshape(2, 6, 59).sum(-1) == pytest.approx(torch.ones(2, 6))
    alone = torch.ones(1, 1, dtype=torch.bool)
    each = [
        known.lbp_histograms(
            toy(frame[None, None], alone, torch.zeros(1, dtype=torch.long)).clips["test"], (2, 3)
        )
        for frame in (*frames[0], frames[1, 0])
    ]
    assert torch.allclose(both[0], torch.cat(each[:3]).mean(0))
    assert torch.allclose(both[1], each[3][0])


def test_logistic_regression_ends_where_its_loss_is_flat_whatever_the_chance():
    rng = torch.Generator().manual_seed(0)
    x, label = torch.randn(60, 5, generator=rng, dtype=torch.float64), torch.randint(7, (60,), generator=rng)
    sizes = []
    for penalty in (0.01, 1.0):
        layer = known.logistic(x, label, penalty).requires_grad_(True)
        loss = functional.cross_entropy(layer(x), label) + penalty / 2 * layer.weight.square().sum()
        loss.backward()
        assert max(float(p.grad.abs().max()) for p in layer.parameters()) < 1e-5
        sizes.append(float(layer.weight.detach().norm()))
        torch.manual_seed(5)
        assert torch.equal(known.logistic(x, label, penalty).weight, layer.weight)
    assert sizes[0] > sizes[1]


@pytest.fixture
def networks() -> list[tuple[torch.nn.Module, torch.Tensor]]:
    torch.manual_seed(0)
    recurrent, convolutional = known.Recurrent(6, 8), known.Convolutional(24, (4, 6, 8))
    clips = torch.randn(2, 5, 6), torch.randn(2, 5, 24, 24)
    convolutional(clips[1], torch.ones(2, 5, dtype=torch.bool))  # so that the normalisation has seen something
    return [(recurrent.eval(), clips[0]), (convolutional.eval(), clips[1])]


@torch.no_grad()
def test_what_fills_a_clip_up_does_not_change_the_answer(networks):
    for network, clips in networks:
        alone = network(clips[:, :3], torch.ones(2, 3, dtype=torch.bool))
        filled = network(clips, torch.tensor([[True, True, True, False, False]] * 2))
        assert torch.allclose(alone, filled, atol=1e-5), type(network).__name__
        assert not torch.allclose(alone, network(clips, torch.ones(2, 5, dtype=torch.bool)), atol=1e-4)


@torch.no_grad()
def test_the_answer_depends_on_the_order_of_frames(networks):
    for network, clips in networks:
        mask = torch.ones(2, 5, dtype=torch.bool)
        assert not torch.allclose(network(clips, mask), network(clips.flip(1), mask), atol=1e-4), type(network).__name__


@pytest.mark.parametrize("name", ["LSTM", "3-D CNN"])
def test_a_network_learns_what_only_the_order_tells(name: str, tmp_path: Path):
    torch.manual_seed(0)
    rising = torch.arange(6.0).repeat(32, 1)
    rising[16:] = rising[16:].flip(1)
    label = torch.arange(32) // 16
    if name == "LSTM":
        inputs, model = (rising[..., None] - 2.5).repeat(1, 1, 3), known.Recurrent(3, 16)
    else:
        base = torch.randint(40, 90, (32, 1, 12, 12), generator=torch.Generator().manual_seed(0))
        inputs, model = (base + 25 * rising[..., None, None]).to(torch.uint8), known.Convolutional(12, (4, 8))
    task = toy(inputs, torch.ones(32, 6, dtype=torch.bool), label)
    fit(model, task, Schedule(epochs=15, batch=8, rate=0.1), tmp_path, progress=False)
    assert float(task.right(model.eval(), "test").mean()) > 0.95


def planted(folder: Path) -> Path:
    """A set without faces in which the place of a bright dotted square and one landmark tell the label."""
    folder.mkdir()
    rng, rows, shards = np.random.default_rng(0), [], {}
    for person, split in enumerate(SPLITS):
        for family in TESTED if split == "test" else FAMILIES:
            file, clips = f"{family}-{split}-0000.npz", []
            for place, label in enumerate(LABELS * 2):
                count = 4 + place % 2
                frames = rng.integers(90, 110, (count, 48, 48, 3)).astype(np.uint8)
                left = 6 * LABELS.index(label) + 2
                frames[:, 16:32:2, left : left + 6] = 250
                marks = np.repeat(10 * shape()[None] + 24, count, 0)
                marks[:, 50 + LABELS.index(label), 1] += 10 * np.linspace(0, 1, count) + 3
                clips.append(
                    {
                        "frames": frames,
                        "times": np.arange(count) / 10,
                        "truth.landmarks": marks.astype(np.float32),
                        "truth.evidence": np.ones(count),
                        "truth.intensity": np.ones(count),
                        "truth.shown": np.full(count, label),
                        "truth.intruder": np.zeros(count),
                        "truth.spoiled": np.full(count, ""),
                    }
                )
                row = {"file": file, "place": place, "label": label, "split": split, "part": family}
                rows.append(row | {"family": family, "identity": 2 * person + place % 2, "frames": count})
            data = shard_bytes(clips)
            (folder / file).write_bytes(data)
            shards[file] = {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    settings = {"seed": 0, "size": "seconds", "version": VERSION}
    (folder / "manifest.json").write_text(json.dumps({"settings": settings, "shards": shards, "clips": rows}))
    return folder


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Path]]:
    """The script's arguments, and what it wrote; its networks are trained for one epoch."""
    folder = tmp_path_factory.mktemp("features")
    for seed in range(5):
        (folder / "runs" / str(seed) / "backbone").mkdir(parents=True)
        state = built("mean", seed).state_dict()
        save_file(state, folder / "runs" / str(seed) / "backbone" / "weights.safetensors")
    out = folder / "out.json"
    given = {"--clips": planted(folder / "clips"), "--runs": folder / "runs", "--out": out}
    arguments = [str(text) for pair in given.items() for text in pair] + ["--seeds", "3", "5"]
    short = {name: {**script.SETTINGS[name], "epochs": 1} for name in ("LSTM", "3-D CNN")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script, "SETTINGS", {**script.SETTINGS, **short, "penalties": (0.01,)})
        assert script.main(arguments) == 0
        yield arguments, out


def test_every_row_has_every_family_with_its_kind_and_interval(measured):
    told = Figures.from_json(measured[1].read_text("utf-8"))
    rows = told["accuracy"]
    families = (*FAMILIES, "all", "all_tell", "neutral_spoiled")
    assert [(r["row"], r["family"]) for r in rows] == [(n, f) for n in script.KINDS for f in families]
    assert all(r["kind"] == script.KINDS[r["row"]] for r in rows)
    five, none = list("01234"), []
    seeds = {n: five if n in script.ON_BACKBONES else ["3", "5"] if n == "3-D CNN" else none for n in script.KINDS}
    assert {r["row"]: [*r.seeds] for r in rows} == seeds
    for row in rows:
        if row["row"] == "3-D CNN":
            assert row.few
            assert row.low is None
        else:
            assert row.low <= row.value <= row.high
            assert ("runs" in row.way) == (row["row"] in script.ON_BACKBONES)
        assert row.p is None
        assert not row.seeds or row.value == pytest.approx(np.mean([*row.seeds.values()]), abs=1e-4)
    assert {r.items for r in rows if r["family"] == "all"} == {42}
    assert {r.people for r in rows} == {told.about["people"]} == {2}
    assert told.about["clips"] == dict.fromkeys(TESTED, 14)
    assert (told.about["training clips"], told.about["generator version"]) == (42, VERSION)
    assert next(r["parameters"] for r in rows if r["row"] == "CNN mean") == 7 * 257


def test_rows_on_one_backbone_are_a_pair(measured):
    told = Figures.from_json(measured[1].read_text("utf-8"))
    assert {r["row"] for r in told["difference"]} == {"CNN mean, max, std", "LSTM"}
    assert {r.than for r in told["difference"]} == {"CNN mean"}
    for one in told["difference"]:
        row, base = (pick(told["accuracy"], row=n, family=one["family"])[0] for n in (one["row"], "CNN mean"))
        assert list(one.seeds.values()) == pytest.approx([row.seeds[s] - base.seeds[s] for s in row.seeds], abs=2e-4)


def test_a_row_that_does_not_come_to_twice_chance_is_called_broken():
    def row(name: str, high: float | None, **seeds: float) -> Measured:
        told = {} if high is None else {"low": 0.1, "high": high, "way": "95 %, exact"}
        return Measured(what="accuracy", of={"row": name, "family": "all"}, value=0.2, seeds=seeds, **told)

    rows = [row("sure", 0.3), row("hardly", 0.28), row("one by one", None, a=0.3, b=0.2)]
    rows.append(row("lost", None, a=0.28, b=0.14))
    assert script.broken(rows) == ["hardly", "lost"]


def test_rows_find_the_answer_where_it_was_planted(measured):
    rows = Figures.from_json(measured[1].read_text("utf-8"))["accuracy"]
    values = {r["row"]: r.value for r in rows if r["family"] == "all"}
    assert values["LBP histogram"] == values["Landmark tracks"] == 1.0


def test_a_run_that_was_stopped_goes_on_with_the_rows_that_are_missing(measured, monkeypatch):
    arguments, out = measured
    before, asked, row = out.read_bytes(), [], script.Study.row
    (kept,) = out.parent.glob("runs/video_features/*/Landmark tracks-0.json")
    kept.unlink()
    out.unlink()
    monkeypatch.setattr(script.Study, "row", lambda study, name: asked.append(name) or row(study, name))
    script.main(arguments)
    assert asked == ["Landmark tracks"]
    assert out.read_bytes() == before


def test_other_settings_do_not_take_the_rows_that_were_kept(measured, monkeypatch):
    def refused(study: script.Study, name: str) -> script.Result:
        raise InterruptedError(f"asked for {name}")

    monkeypatch.setattr(script.Study, "row", refused)
    monkeypatch.setattr(script, "SETTINGS", {**script.SETTINGS, "penalties": (1.0,)})
    with pytest.raises(InterruptedError, match="asked for LBP histogram"):
        script.main(measured[0])
