"""data_scripts/measure_av_films.py: streams and heads of a few hundred parameters on films of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_av import EYE, write_films
from tiny_voices import EAR

from data_scripts import measure_av_films as script
from ferviz.emotions import LABEL_SETS
from ferviz.learning.loop import Schedule
from ferviz.learning.recipes import Recipe, train_av, train_stream
from ferviz.learning.recipes import audio_video as recipes
from ferviz.learning.recipes import voices as voice_recipes
from ferviz.learning.recipes.audio_video import FAMILIES
from ferviz.learning.sets import Examples
from ferviz.measured import Figures
from ferviz.measuring import streams
from ferviz.measuring.streams import (
    ROWS,
    Asked,
    Row,
    alone,
    asked,
    cached,
    films_in,
    labelled,
    learned,
    named,
    pair_of,
    stream_of,
)
from ferviz.models import audio_video
from ferviz.models.fusion import STREAMS

NEUTRAL, ANGER = (LABEL_SETS["FER2013"].index(word) for word in ("neutral", "anger"))


def make_small(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audio_video, "SOUND_COMPACT", EAR)
    patch.setattr(audio_video, "COMPACT", EYE)
    one = Recipe(Schedule(epochs=1, batch=14, rate=2e-3, **voice_recipes.ADAM))
    for place, name in ((recipes, "STREAM"), (recipes, "FUSING"), (recipes, "TUNING"), (streams, "FUSING")):
        patch.setattr(place, name, one)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return write_films(tmp_path_factory.mktemp("sets") / "films", each=6)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, clips) -> Path:
    """Two pairs of streams."""
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        for seed in (0, 1):
            for variant in ("face", "voice"):
                train_stream(variant, out / str(seed), clips=clips, seed=seed)
    return out


def test_every_attention_and_fusion_is_a_row():
    assert len(ROWS) == 25
    assert set(script.CLAIMED) <= set(ROWS)
    assert ROWS["self and relation, fbp"] == Row("self", "relation", "fbp")
    assert {row.fusion for row in ROWS.values()} == {"concatenation", "fbp", "mean", "product", "weights"}


def test_all_tables_are_told(clips, runs, tmp_path, capsys):
    out = tmp_path / "av_films.json"
    arguments = ["--clips", clips, "--runs", runs, "--out", out, "--pairs", 0, 1, "--heads", 0, 1, "--threads", 1]
    arguments += ["--rows", *script.CLAIMED, "self, product"]
    assert script.main([*map(str, arguments)]) == 0
    told = Figures.from_json(out.read_text("utf-8"))
    assert [entry.claim for entry in told["claims"]] == [
        "transformer-against-mean", "films-fbp-against-concatenation", "shares-against-surer",
    ]  # fmt: skip
    assert {entry.holm_over for entry in told["claims"]} == {None}  # two pairs have no p
    rows = {(entry["row"], entry["family"]): entry for entry in told["accuracy"]}
    assert rows["self, product", "all"].items == 30
    assert rows["self, product", "agree"].people == 6
    assert list(rows["mean, fbp", "all"].seeds) == ["0", "1"]
    assert {entry.than for entry in told["difference"]} == set(script.BASES)
    assert "noise" not in told.tables  # one film a level: fewer than five are no mean
    follow = [entry.value for entry in told["conflict"] if entry["row"] == "mean, fbp"]
    assert len(follow) == 3
    assert sum(follow) == pytest.approx(1, abs=1e-3)
    assert {(entry["by"], entry["absent"]) for entry in told["named"]} == {
        (by, absent) for by in streams.NAMING for absent in ("learned", "mean")
    }
    heard = {(entry["row"], entry["stream"], entry["family"]): entry for entry in told["alone"]}
    assert heard["voice", "audio", "agree"].items == 6
    assert (told.about["films"]["planted"], told.about["size of the set"]) == (12, "noise")
    before = out.read_bytes()
    assert script.main([*map(str, arguments)]) == 0  # from what is kept
    assert out.read_bytes() == before
    with pytest.raises(SystemExit):
        script.main([*map(str, arguments[:6]), "--rows", "self, product"])
    assert "'transformer, fbp' is missing" in capsys.readouterr().err


def test_heads_leave_the_streams_as_they_are_and_vectors_are_kept(clips, runs, tmp_path, monkeypatch):
    pair, films = pair_of(runs / "0"), films_in(clips, "train", ("agree",))
    kept = cached(pair, films, tmp_path)
    monkeypatch.setattr(streams, "encoded_of", lambda *_: pytest.fail("worked out again"))
    again = cached(pair, films, tmp_path)
    assert all(torch.equal(value, again.raw[name]) for name, value in kept.raw.items())
    model = learned(ROWS["relation and self, concatenation"], pair, kept, tmp_path / "head", 0)
    assert (model.audio.attention.kind, model.video.attention.kind) == ("relation", "self")
    for name in STREAMS:
        for key, value in pair.get_submodule(f"{name}.backbone").state_dict().items():
            assert torch.equal(value, model.get_submodule(f"{name}.backbone").state_dict()[key])
    voice = stream_of(runs / "0", "voice")
    whole = voice(*voice.inputs(films.raw["sound"], films.raw["window_mask"])).argmax(1)
    assert alone(voice, kept).tolist() == whole.tolist()
    found = asked(model, kept)
    np.testing.assert_allclose(found.logits["both"], model.fuse(kept.raw).detach().numpy(), atol=1e-5)
    gone = {**kept.raw, "mask": torch.zeros_like(kept.raw["mask"])}
    np.testing.assert_allclose(found.logits["audio"], model.fuse(gone).detach().numpy(), atol=1e-5)
    kept.raw["position_mask"][0] = False
    assert alone(voice, kept)[0] == -1


def test_networks_that_ship_are_told_as_they_were_trained(clips, runs):
    train_av(runs / "0", clips=clips, seed=0)
    films = films_in(clips, "test", (*FAMILIES, "conflict"))
    told = {(entry["row"], entry["family"]): entry for entry in script.ships(runs / "0", films)}
    assert {row for row, _ in told} == {"av", "av-face", "av-voice"}
    right = labelled(stream_of(runs / "0", "both"), films) == films.targets["emotion"].numpy()
    at = np.isin(films.about["family"], FAMILIES)
    assert told["av", "all"].value == pytest.approx(right[at].mean(), abs=1e-4)
    assert told["av-face", "agree"].people == 6
    assert told["av-voice", "agree"].seeds is None
    one = stream_of(runs / "0", "voice")
    heard = one(*one.inputs(films.raw["sound"][:1], films.raw["window_mask"][:1])).argmax(1)
    assert labelled(one, films)[0] == heard


def test_the_stream_that_carries_the_label_is_named():
    """Three films of anger, by voice, by face and by both; a neutral one by the voice."""
    label = torch.tensor([ANGER, ANGER, ANGER, NEUTRAL])
    carries = np.array(["voice", "face", "face and voice", "voice"])
    films = Examples({"mask": torch.ones(4, 1)}, {"emotion": label}, about={"carries": carries})
    one = np.zeros((4, 7))
    audio, video = one.copy(), one.copy()
    audio[0, ANGER], video[1, ANGER] = 2.0, 2.0
    video[0, NEUTRAL] = 5.0  # the face is surer, of something else
    found = named(Asked({"none": one, "audio": audio, "video": video, "both": audio + video}), films)
    assert found["shapley"][:2].tolist() == [1, 1]
    assert found["surer stream"][:2].tolist() == [0, 1]
    assert found["shapley of the answer"][:2].tolist() == [0, 1]  # both together say neutral of the first
    assert found["less neutral stream"][:2].tolist() == [1, 1]
    assert list(found) == list(streams.NAMING)
    assert np.isnan([values[2:] for values in found.values()]).all()


def test_the_larger_share_is_that_of_the_stream_that_alone_gives_the_label_more():
    """Whatever both together and none give: so what names the carrier is one run of each stream, and the label."""
    rng = np.random.default_rng(0)
    label, carries = torch.from_numpy(rng.integers(0, 7, 200)), rng.choice(["voice", "face"], 200)
    films = Examples({"mask": torch.ones(200, 1)}, {"emotion": label}, about={"carries": carries})
    found = Asked({name: rng.normal(0, 3, (200, 7)) for name in ("none", "audio", "video", "both")})
    own = {name: (v - v.mean(1, keepdims=True))[np.arange(200), label] for name, v in found.logits.items()}
    told = named(found, films)["shapley"]
    at = np.isfinite(told)
    assert at.sum() > 100
    np.testing.assert_array_equal(told[at], ((own["audio"] > own["video"]) == (carries == "voice"))[at])


def test_a_pair_that_was_not_trained_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"face"):
        pair_of(tmp_path)
