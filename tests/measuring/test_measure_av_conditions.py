"""data_scripts/measure_av_conditions.py: small networks on films of noise, of which one thing is changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_av import EYE, write_films
from tiny_voices import EAR

from data_scripts import measure_av_conditions as script
from ferviz import weights
from ferviz.faces.sets import read
from ferviz.learning.loop import Schedule
from ferviz.learning.recipes import WEIGHTS, Recipe, train_av
from ferviz.learning.recipes import audio_video as recipes
from ferviz.learning.recipes import voices as voice_recipes
from ferviz.measured import Figures
from ferviz.measuring import conditions
from ferviz.measuring.conditions import COVERED, DECIBELS, covered, heard, networks_in, said_under
from ferviz.measuring.streams import films_in, labelled, stream_of
from ferviz.models import audio_video
from ferviz.models.audio_video import Config, shipped


def make_small(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audio_video, "SOUND_COMPACT", EAR)
    patch.setattr(audio_video, "COMPACT", EYE)
    one = Recipe(Schedule(epochs=1, batch=14, rate=2e-3, **voice_recipes.ADAM))
    for name in ("STREAM", "FUSING", "TUNING"):
        patch.setattr(recipes, name, one)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return write_films(tmp_path_factory.mktemp("sets") / "films", each=6)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, clips) -> Path:
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        train_av(out / "0", clips=clips, seed=0)
    return out


def test_every_condition_is_told_of_every_row(clips, runs, tmp_path, monkeypatch):
    out = tmp_path / "av_conditions.json"
    arguments = ["--clips", clips, "--runs", runs, "--out", out, "--pairs", 0, "--threads", 1]
    assert script.main([*map(str, arguments)]) == 0
    told = Figures.from_json(out.read_text("utf-8"))
    rows = {(one["row"], one["decibels"], one["family"]): one for one in told["noise"]}
    assert {key[:2] for key in rows} == {(row, level) for row in script.NOISE for level in DECIBELS}
    assert {one["covered"] for one in told["cover"]} == set(COVERED)
    assert {one["row"] for one in told["missing"]} == {"av", "av, no face", "av, no voice", "av-face", "av-voice"}
    films = films_in(clips, "test", script.FAMILIES)
    right = labelled(stream_of(runs / "0", "face"), films) == films.targets["emotion"].numpy()
    for level in DECIBELS:  # a face hears nothing
        assert rows["av-face", level, "all"].value == pytest.approx(right.mean(), abs=1e-4)
    assert rows["av", 20, "all"].seeds is None
    assert rows["av", 20, "all"].way.endswith("of people")
    assert told.about["pairs"] == [0]
    before = out.read_bytes()
    monkeypatch.setattr(conditions, "encoded_of", lambda *_: pytest.fail("worked out again"))
    assert script.main([*map(str, arguments)]) == 0
    assert out.read_bytes() == before


def test_what_is_not_changed_is_answered_as_it_is(clips, runs, tmp_path):
    films, nets = films_in(clips, "test", script.FAMILIES), networks_in(runs / "0")
    sets = [read(clips, split="test", part=family) for family in script.FAMILIES]
    sounds = heard(sets, Config.compact().ear, [10])
    assert torch.equal(sounds[None]["sound"], films.raw["sound"])
    said = said_under(nets, films, sounds, tmp_path)
    assert said["av"].tolist() == labelled(nets.both, films).tolist()
    assert said["av, covered, 0"].tolist() == said["av"].tolist()
    assert said["av-voice"].tolist() == labelled(nets.voice, films).tolist()
    assert set(said) >= {"av, decibels, 10", "av-voice, decibels, 10", "av-face, covered, 1"}
    assert "av, decibels, 20" not in said


def test_noise_grows_and_a_film_has_the_same_at_every_level(clips):
    found = heard([read(clips, split="test", part="agree")], Config.compact().ear, (20, 0, -10))
    again = heard([read(clips, split="test", part="agree")], Config.compact().ear, (0,))
    assert torch.equal(found[0]["sound"], again[0]["sound"])
    mask = found[None]["window_mask"]
    far = [float((found[level]["sound"] - found[None]["sound"]).abs()[:, 0].mean(1)[mask].mean()) for level in (20, 0)]
    assert 0 < far[0] < far[1]


def test_a_cover_grows_from_below():
    frames = torch.zeros(2, 3, 1, 10, 10, dtype=torch.uint8)
    whole, some = covered(frames, 1.0), covered(frames, 0.3)
    assert (whole == 128).all()
    assert some.float().mean(-1)[0, 0, 0].tolist() == [0] * 7 + [128] * 3
    assert torch.equal(covered(frames, 0.0), frames)
    assert not frames.any()
    with pytest.raises(ValueError, match="share must be a share from 0 to 1; got 1.1"):
        covered(frames, 1.1)


def test_five_pairs_are_replications(clips):
    films = films_in(clips, "test", script.FAMILIES)
    label = films.targets["emotion"].numpy()
    one = np.tile(label, (5, 1))
    one[0, 0] += 1
    rows = dict.fromkeys(("av", "av-face", "av-voice", "av, no face", "av, no voice"), one)
    found = script.tables(rows, films, [0, 1, 2, 3, 4])["missing"]
    assert found[0].way == "95 %, Student's t over runs and people"
    assert found[0].seeds["0"] < found[0].seeds["1"]


def test_streams_that_were_trained_anew_since_are_told(clips, runs, tmp_path):
    for variant in ("both", "face"):
        (tmp_path / variant).symlink_to(runs / "0" / variant)
    other, card = shipped("voice"), weights.load(runs / "0" / "voice" / WEIGHTS, shipped("voice"))
    (tmp_path / "voice").mkdir()
    weights.save(tmp_path / "voice" / WEIGHTS, other.state_dict(), card)
    with pytest.raises(ValueError, match="both must have the audio backbone of the stream that lies beside it; it was"):
        networks_in(tmp_path)
