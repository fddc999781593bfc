"""The measure of leaks: a leak that was put there is found and fails the command, and noise passes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from data_scripts import measure_leaks as script
from ferviz.faces.clips import draw_frame, draw_moments
from ferviz.faces.scene import Camera, Scene
from ferviz.measured import Figures, Measured, measured
from ferviz.measuring import probes
from ferviz.measuring.probes import (
    EMOTIONS,
    cross_read,
    logistic,
    networks,
    prepared,
    score,
    small_network,
    small_perceptron,
)

SMALL = ["--part", "clips", "--items", "2100", "--people", "150", "--epochs", "2"]
EVERYONE = list(range(2100))


def numbers(of_label: float) -> torch.Tensor:
    """Six numbers an item (2100, 6): noise, and the label in the first ones, ``of_label`` strong."""
    noise = torch.randn(2100, 6, generator=torch.Generator().manual_seed(3))
    noise[torch.arange(2100), torch.arange(2100) % 7 % 6] += of_label
    return noise


def run(monkeypatch, folder, *reads, arguments=()):
    """Run the command on made-up reads: its exit status and what it wrote."""
    monkeypatch.setattr(script, "drawn", lambda *settings: iter(reads))
    status = script.main([*SMALL, "--out", str(folder / "leaks.json"), *arguments])
    return status, Figures.from_json((folder / "leaks.json").read_text("utf-8"))


def test_a_leak_that_was_put_there_is_found_and_ends_with_1(monkeypatch, tmp_path, capsys):
    status, told = run(monkeypatch, tmp_path, ("a leak", numbers(3.0), EVERYONE))
    (row,) = told["rows"]
    assert status == 1
    assert row.low > 0.5
    assert row.high > told.about["bound"]
    assert "LEAK" in capsys.readouterr().out


def test_noise_passes_and_ends_with_0(monkeypatch, tmp_path, capsys):
    control = ("control: it", numbers(3.0), EVERYONE)
    status, told = run(monkeypatch, tmp_path, ("nothing", numbers(0.0), EVERYONE), control)
    row = told["rows"][0]
    assert status == 0
    assert row.low < 1 / 7 < row.high < told.about["bound"] == round(1 / 7 + 0.03, 4)
    assert (row.items, row.people) == (2100, 150)
    assert "LEAK" not in capsys.readouterr().out


def test_a_leak_in_pictures_is_found(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (12, 12, 3), dtype=np.uint8) for _ in range(700)]
    for item, frame in enumerate(frames):
        frame[item % 7 : item % 7 + 4, :3] = 255  # the label is where a corner is white
    sizes = ("--items", "700", "--people", "50", "--epochs", "6")
    status, told = run(monkeypatch, tmp_path, ("a mark", frames, list(range(700))), arguments=sizes)
    assert status == 1
    assert told["rows"][0].low > told.about["bound"]


def test_a_control_that_learns_nothing_ends_with_1(monkeypatch, tmp_path, capsys):
    status, _ = run(monkeypatch, tmp_path, ("control: it", numbers(0.0), EVERYONE))
    assert status == 1
    assert "LEARNS NOTHING" in capsys.readouterr().out


def line() -> torch.nn.Module:
    return torch.nn.Linear(28, 7)


@pytest.mark.parametrize("read", [logistic, networks(line, 20)])
def test_a_probe_never_sees_the_person_whom_it_reads(read):
    """Numbers that name the person tell the label of a person who was seen, and of no other."""
    who = torch.arange(840) % 28
    label, named = who % 7, 30 * torch.eye(28)[who]
    by_person = cross_read(named, label, who % 4, read)
    by_item = cross_read(named, label, torch.arange(840) // 28 % 4, read)
    assert (by_item == label.numpy()).mean() > 0.8
    assert (by_person == label.numpy()).mean() < 0.4


def test_a_run_replaces_the_rows_of_its_part_and_probe_only(monkeypatch, tmp_path):
    out = tmp_path / "leaks.json"
    of = {"part": "upper", "row": "upper, erased", "probe": "fan"}
    other = Measured(what="balanced accuracy", of=of, value=0.1, command="one")
    old = replace(other, of={"part": "clips", "row": "gone", "probe": "small"}, command="two")
    out.write_text(Figures("before", {"rows": (other, old)}).to_json())
    _, told = run(monkeypatch, tmp_path, ("nothing", numbers(0.0), EVERYONE))
    assert [row["row"] for row in told["rows"]] == ["nothing", "upper, erased"]
    assert told["rows"][1] == other
    assert told["rows"][0].command.startswith("python data_scripts/measure_leaks.py --part clips --probe small")


def test_the_probe_that_sees_gray_is_not_asked_about_hues(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(script, "drawn", lambda part, *_: asked.append(part) or iter(()))
    assert script.main(["--part", "planted", "--probe", "fan", "--out", str(tmp_path / "leaks.json")]) == 0
    assert asked == ["upper", "lower", "one_frame", "face_only", "voice_only"]


def test_balanced_accuracy_counts_every_emotion_alike():
    true = np.array([0] * 60 + list(range(7)))
    said = np.zeros_like(true)
    told = score(said, true, np.arange(67) % 10, {"row": "x"})
    assert told.value == pytest.approx(1 / 7, abs=1e-4)
    assert (told["row"], told.items, told.people) == ("x", 67, 10)


def test_people_are_who_they_are_by_any_number_and_what_is_left_out_is_told():
    true, said = np.arange(70) % 7, np.arange(70) % 5
    people = np.arange(70) % 10
    told = [score(said, true, who, {"row": "x"}, left_out=3) for who in (people, people * 9)]
    assert told[0] == told[1]
    assert told[0].left_out == 3


def test_labels_that_are_not_there_do_not_count():
    true = np.arange(60) % 6
    told = score(true, true, np.arange(60) // 6, {"row": "x"})
    assert (told.value, told.low, told.high) == (1, 1, 1)


def test_a_probe_leaves_chance_as_it_was_and_says_when_it_has_too_little():
    read, before = networks(small_perceptron, 1), torch.get_rng_state()
    read(torch.zeros(64, 6), torch.arange(64) % 7, torch.zeros(2, 6), 0)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(ValueError, match="64 items or more, a batch; got 63"):
        read(torch.zeros(63, 6), torch.arange(63) % 7, torch.zeros(2, 6), 0)


def test_each_kind_of_item_has_its_probe(monkeypatch):
    monkeypatch.setattr(probes, "networks", lambda make, epochs: (make, epochs))
    assert prepared(torch.zeros(3, 6), "fan", 5)[1] == (small_perceptron, 5)
    assert prepared([np.zeros((8, 8, 3), np.uint8)] * 3, "small", 5)[1] == (small_network, 5)
    x, read = prepared([np.arange(80.0), np.zeros(80)], "small", 5)
    assert x.shape == (2, 80)
    assert read is logistic
    assert prepared([np.zeros((112, 112, 3), np.uint8)] * 3, "fan", 5)[1] is logistic


def test_the_logistic_probe_is_the_least_of_its_loss():
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(300, 4, generator=rng)
    y = (x[:, 0] + 0.5 * torch.randn(300, generator=rng) > 0).long() + (x[:, 1] > 1).long()
    ours = known_solution(x.double(), y, probes.PENALTY)
    found = logistic(x, y, x, 0)
    assert (found == (x.double() @ ours[:4] + ours[4]).argmax(1).numpy()).mean() > 0.99


def known_solution(x: torch.Tensor, y: torch.Tensor, penalty: float) -> torch.Tensor:
    """Weights and offsets (5, 3), by many small steps down the slope."""
    weights = torch.zeros(5, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(3000):
        loss = torch.nn.functional.cross_entropy(x @ weights[:4] + weights[4], y)
        loss = loss + penalty / 2 * (weights[:4] ** 2).sum()
        (slope,) = torch.autograd.grad(loss, weights)
        weights = (weights - 0.5 * slope).detach().requires_grad_()
    return weights.detach()


def test_every_person_shows_every_emotion_equally_often():
    made = script.plans(84, 6, 48, script.CLIPS, 0)
    for who in range(6):
        own = made[14 * who : 14 * who + 14]
        assert sorted(str(plan.emotion) for plan in own) == sorted(2 * [str(e) for e in EMOTIONS])
        assert len({json.dumps(plan.person.to_dict()) for plan in own}) == 1


@pytest.fixture(scope="module")
def moments():
    plan = replace(script.plans(7, 1, 48, ("intensity",), 0)[3], frames=8)
    return draw_moments(plan)


def test_the_quiet_frame_has_intensity_0_and_a_clip_without_one_is_refused(moments):
    silent = np.flatnonzero(moments.course.intensity == 0)
    assert any(np.array_equal(script.quiet_frame(moments), draw_frame(moments, int(k))[0]) for k in silent)
    loud = replace(moments, course=replace(moments.course, intensity=np.ones(8, np.float32)))
    with pytest.raises(LookupError):
        script.quiet_frame(loud)


def test_the_box_covers_the_face_and_not_the_whole_of_a_wide_picture():
    wide = Scene(camera=Camera(crop=2.0))
    plan = replace(script.plans(7, 1, 48, ("intensity",), 0)[5], frames=8, scene=wide)
    moments = draw_moments(plan)
    frame, image = script.strongest(moments)
    assert moments.course.intensity[frame] == moments.course.intensity.max()
    painted = script.without_face(moments, frame, image)
    column, row = draw_frame(moments, frame)[1].landmarks.round().astype(int).T
    assert (painted[row, column] == script.GREY).all()
    assert (painted == image).all(2).mean() > 0.3


def test_the_ordinary_clips_are_asked_for_three_leaks_and_a_control():
    reads = list(script.in_clips(14, 1, 24, 0))
    names = ["crop box and frame count", "frames at intensity 0", "face painted out", "control: strongest frames"]
    assert [name for name, _, _ in reads] == names
    for _, found, kept in reads:
        assert len(found) == len(kept) >= 10  # some clips never come to rest
    assert reads[0][1].shape == (14, 6)
    assert reads[1][1][0].shape == (24, 24, 3)


def test_of_a_planted_stream_the_control_is_given_the_stream_that_carries_the_label():
    (without, rest, _), (control, carrier, kept) = script.in_planted("voice_only", 4, 1, 24, 0)
    assert (without, control) == ("voice_only, face alone", "control: voice_only, the voice")
    assert kept == [0, 1]
    assert [one.shape for one in rest] == [(24, 24, 3)] * 2
    assert [one.shape for one in carrier] == [(70,)] * 2


def test_a_family_without_a_voice_has_no_streams():
    with pytest.raises(ValueError, match="family must be one with a voice; got 'upper'"):
        script.streams(script.plans(7, 1, 48, ("upper",), 0)[0])


def test_erasing_paints_the_planted_half_alone():
    plan = replace(script.plans(7, 1, 48, ("upper",), 0)[0], frames=4)
    whole, erased = script.planted_frames(plan)
    changed = (whole != erased).any(2)
    assert (erased[changed] == script.GREY).all()
    assert changed[:8].mean() > 0.9
    assert not changed[-8:].any()


def test_what_ships_stays_below_the_bound_and_its_controls_above():
    told = measured("leaks")
    rows = {(row["row"], row["probe"]): row for row in told["rows"]}
    assert not [name for name, row in rows.items() if script.fault(row)]
    for name in ("crop box and frame count", "frames at intensity 0", "face painted out"):
        assert rows[name, "small"].items >= 3500  # some clips are never quite at rest
    for row in told["rows"]:
        assert f"--part {row['part']}" in row.command
        assert ("--probe fan" in row.command) == (row["probe"] == "fan")


def test_of_what_ships_an_erased_half_leaves_the_probe_at_chance():
    rows = {row["row"]: row for row in measured("leaks")["rows"]}
    for half in ("upper", "lower"):
        assert rows[f"{half}, erased"].low < 1 / 7 < rows[f"{half}, erased"].high
        assert rows[f"control: {half}, whole"].low > rows[f"{half}, erased"].high + 0.15
