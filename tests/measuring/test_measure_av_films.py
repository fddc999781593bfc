"""data_scripts/measure_av_films.py: streams and heads of a few hundred parameters on films of noise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_av import EYE, write_films
from tiny_voices import EAR

from data_scripts import measure_av_films as script
from ferviz.emotions import LABEL_SETS
from ferviz.learning.loop import Schedule
from ferviz.learning.recipes import Recipe, common, train_av, train_stream
from ferviz.learning.recipes import audio_video as recipes
from ferviz.learning.recipes import voices as voice_recipes
from ferviz.learning.recipes.audio_video import FAMILIES
from ferviz.learning.sets import Examples, stills_from
from ferviz.measured import Figures
from ferviz.measuring import starts, streams
from ferviz.measuring.spectrograms import SPECTROGRAM, spectrogram_stream, spectrogram_voices
from ferviz.measuring.starts import face_films, face_stream, faces_of_starts
from ferviz.measuring.stream_rows import CHANGES, ROWS, Row
from ferviz.measuring.streams import (
    Asked,
    alone,
    asked,
    cached,
    films_in,
    key_of,
    labelled,
    learned,
    named,
    pair_of,
    stream_of,
    with_other,
)
from ferviz.models import audio_video, frame_attention
from ferviz.models.backbones import SOUND_COMPACT
from ferviz.models.fusion import STREAMS
from ferviz.prepared import Faces, read_faces, write_faces

NEUTRAL, ANGER = (LABEL_SETS["FER2013"].index(word) for word in ("neutral", "anger"))


def make_small(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audio_video, "SOUND_COMPACT", EAR)
    patch.setattr(audio_video, "COMPACT", EYE)
    one = Recipe(Schedule(epochs=1, batch=14, rate=2e-3, **voice_recipes.ADAM))
    for name in ("STREAM", "FUSING", "TUNING"):
        patch.setattr(recipes, name, one)
    patch.setattr(streams, "FUSING", one)
    patch.setattr(starts, "STREAM", one)
    patch.setattr(frame_attention, "COMPACT", EYE)
    patch.setattr(starts, "PRETRAINING", one)


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
    assert {(entry["row"], entry.than) for entry in told["change"]} == {
        (f"transformer, fbp, {change}", "transformer, fbp")
        for change in ("no stream left out", "planted films not learned")
    }
    never = {entry["absent"] for entry in told["named"] if entry["row"].endswith("no stream left out")}
    assert never == {"mean"}  # its stand-in learned nothing
    assert {*told.about["streams"]} == {"0", "1"}
    assert told.about["streams"]["1"]["face"].startswith("trained by ferviz")
    assert not {entry["row"] for entry in told["difference"]} & set(CHANGES)
    assert set(told.about["not measured"]) == (set(ROWS) | set(script.STARTED) | set(script.HEARD)) - set(arguments)
    heard = {(entry["row"], entry["stream"], entry["family"]): entry for entry in told["alone"]}
    assert heard["voice", "audio", "agree"].items == 6
    assert (told.about["films"]["planted"], told.about["size of the set"]) == (12, "noise")
    before = out.read_bytes()
    assert script.main([*map(str, arguments)]) == 0  # from what is kept
    assert out.read_bytes() == before
    with pytest.raises(SystemExit):
        script.main([*map(str, arguments[:6]), "--rows", "self, product"])
    assert "'transformer, fbp' is missing" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        script.main([*map(str, arguments[:6]), "--changes", script.ON_FACES[0]])
    assert "--faces and --stills must be given for rows 'transformer, fbp, face from syn" in capsys.readouterr().err


def backwards(items: Examples) -> Examples:
    """As many others."""
    return items[np.arange(len(items))[::-1].copy()]


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
    assert key_of(pair) != key_of(pair_of(runs / "1"))  # heads of other streams lie elsewhere
    with pytest.raises(ValueError, match=r"head must hold what was learned from items \w+; it was from \w+: delete it"):
        learned(ROWS["relation and self, concatenation"], pair, backwards(kept), tmp_path / "head", 0)
    (tmp_path / "head" / "learned_from.json").unlink()  # a folder from before there was one is taken as it is
    learned(ROWS["relation and self, concatenation"], pair, kept, tmp_path / "head", 0)
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
    gradients = {"audio": np.array([2.0, -1, 0, 0]), "video": np.array([1.0, -2, 0, 0])}
    found = named(Asked({"none": one, "audio": audio, "video": video, "both": audio + video}, gradients), films)
    assert found["shapley"][:2].tolist() == [1, 1]
    assert found["surer stream"][:2].tolist() == [0, 1]
    assert found["removal"][:2].tolist() == [0, 1]  # asks of the answer, where Shapley's share asks of the label
    assert (found["always the voice"][0], found["always the face"][0]) == (1, 0)
    assert found["shapley of the answer"][:2].tolist() == [0, 1]  # both together say neutral of the first
    assert found["less neutral stream"][:2].tolist() == [1, 1]
    assert found["integrated gradients"][:2].tolist() == [1, 0]
    assert list(found) == list(streams.NAMING)
    assert np.isnan([values[2:] for values in found.values()]).all()


def test_the_larger_share_is_that_of_the_stream_that_alone_gives_the_label_more():
    """Whatever both together and none give: so what names the carrier is one run of each stream, and the label."""
    rng = np.random.default_rng(0)
    label, carries = torch.from_numpy(rng.integers(0, 7, 200)), rng.choice(["voice", "face"], 200)
    films = Examples({"mask": torch.ones(200, 1)}, {"emotion": label}, about={"carries": carries})
    logits = {name: rng.normal(0, 3, (200, 7)) for name in ("none", "audio", "video", "both")}
    found = Asked(logits, dict.fromkeys(STREAMS, np.zeros(200)))
    own = {name: (v - v.mean(1, keepdims=True))[np.arange(200), label] for name, v in found.logits.items()}
    told = named(found, films)["shapley"]
    at = np.isfinite(told)
    assert at.sum() > 100
    np.testing.assert_array_equal(told[at], ((own["audio"] > own["video"]) == (carries == "voice"))[at])


@pytest.mark.parametrize("fusion", ["fbp", "concatenation", "product"])
def test_integrated_gradients_sum_to_what_both_streams_change(clips, runs, tmp_path, fusion):
    pair, films = pair_of(runs / "0"), films_in(clips, "train", ("agree",))
    kept = cached(pair, films, tmp_path)
    model = learned(ROWS[f"transformer, {fusion}"], pair, kept, tmp_path / "head", 0)
    found = asked(model, kept, "mean")
    label = found.said
    centred = {name: (v - v.mean(1, keepdims=True))[np.arange(len(label)), label] for name, v in found.logits.items()}
    total = found.gradients["audio"] + found.gradients["video"]
    np.testing.assert_allclose(total, centred["both"] - centred["none"], atol=0.01)
    if fusion != "fbp":  # streams that add up have Shapley's values
        np.testing.assert_allclose(found.gradients["audio"], centred["audio"] - centred["none"], atol=1e-4)


def test_heads_learn_the_films_of_their_row(clips, runs, tmp_path):
    pair, films = pair_of(runs / "0"), films_in(clips, "train")
    kept, base = cached(pair, films, tmp_path), "transformer, fbp"
    some = kept[np.isin(films.about["family"], ("agree", "noisy_sound", "covered_face"))]
    row = CHANGES[f"{base}, planted films not learned"]
    first, second = (learned(row, pair, part, tmp_path / name, 0) for part, name in ((kept, "a"), (some, "b")))
    other = learned(ROWS[base], pair, some, tmp_path / "c", 0)
    never = learned(CHANGES[f"{base}, no stream left out"], pair, some, tmp_path / "d", 0)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])
        assert torch.equal(value, other.state_dict()[name])  # which differs from it in its films alone
    absent = [one.get_parameter("fusion.audio_absent.learned") for one in (first, never)]
    assert len(absent[0].unique()) > 1
    assert len(absent[1].unique()) == 1  # nothing was learned of a stream that is not there
    assert (first.absent, never.absent) == ("learned", "mean")


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Path:
    """42 faces of noise with votes; on the last six most said "unknown"."""
    label = np.arange(48) % 7
    names = (*map(str, LABEL_SETS["FER2013"]), "unknown")
    votes = np.zeros((48, len(names)), np.uint8)
    votes[np.arange(48), (label + 1) % 7] = 6
    votes[42:, -1] = 9
    images = np.random.default_rng(0).integers(0, 256, (48, 48, 48), dtype=np.uint8)
    part, each = np.array(["Training"] * 48), np.array([str(i) for i in range(48)])
    told = {"votes": votes, "vote_names": names}
    faces = Faces(images, LABEL_SETS["FER2013"], label, np.arange(48), part, np.zeros(48, bool), each, **told)
    folder = tmp_path_factory.mktemp("faces")
    write_faces(folder, faces, "noise", "none")
    return folder


@pytest.fixture
def stills(real, clips, monkeypatch):
    made = stills_from(read_faces(real), 48)
    monkeypatch.setattr(starts, "synthetic_stills", lambda folder, split, side: made)
    monkeypatch.setattr(common, "HELD_OUT", 4)
    return faces_of_starts(real, clips, 20)


def test_starts_learn_as_many_faces_and_two_of_them_the_same(stills, real, clips):
    assert {name: len(each) for name, each in stills.items()} == {"synthetic": 20, "FER2013": 20, "FER+": 20}
    assert torch.equal(stills["FER2013"].pictures, stills["FER+"].pictures)
    assert stills["FER+"].target.argmax(1).tolist() == ((stills["FER2013"].target.argmax(1) + 1) % 7).tolist()
    with pytest.raises(ValueError, match=r"must hold 47 faces that can be learned; got (3\d|4[0-2])"):
        faces_of_starts(real, clips, 47)


def test_faces_without_votes_are_no_start(clips, tmp_path, real, stills):
    bare = replace(read_faces(real), votes=None, vote_names=())
    write_faces(tmp_path / "bare", bare, "noise", "none")
    with pytest.raises(ValueError, match=r"bare must carry the votes of FER\+: prepare FER2013 with --votes"):
        faces_of_starts(tmp_path / "bare", clips, 5)


def test_a_face_stream_goes_on_from_its_start(clips, stills, tmp_path, runs):
    films = face_films(clips)
    weight = next(name for name, _ in pair_of(runs / "0").named_parameters() if name.startswith("video.backbone."))
    assert (films.targets["emotion"] >= 0).all()
    made = {start: face_stream(start, tmp_path, films, stills, 0) for start in ("nothing", "FER2013", "FER+")}
    again = face_stream("FER2013", tmp_path, films, stills, 0)
    first, second, third = (each.state_dict()[weight] for each in made.values())
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)
    assert torch.equal(second, again.state_dict()[weight])
    for start, shown, faces in (("nothing", backwards(films), {}), ("FER2013", films, {"FER2013": stills["FER+"]})):
        with pytest.raises(ValueError, match="must hold what was learned from items"):
            face_stream(start, tmp_path, shown, faces, 0)
    pair = pair_of(runs / "0")
    other = with_other(CHANGES["transformer, fbp, face from FER+"], pair, made["FER+"])
    assert key_of(other) != key_of(pair)
    assert torch.equal(other.state_dict()[weight], third)


def test_a_start_that_ships_is_taken_as_it_is(clips, tmp_path, monkeypatch):
    standing = frame_attention.FrameAttention(frame_attention.Config.compact("mean"))
    monkeypatch.setattr(starts, "load_model", {"fan-mean": standing}.__getitem__)
    began = []
    monkeypatch.setattr(starts, "fit", lambda model, *_, **__: began.append(model.video.backbone.state_dict()))
    face_stream("fan-mean", tmp_path, face_films(clips), {}, 0)
    assert began[0].keys() == standing.backbone.state_dict().keys()
    assert all(torch.equal(began[0][name], value) for name, value in standing.backbone.state_dict().items())
    torch.nn.init.zeros_(next(standing.backbone.parameters()))
    with pytest.raises(ValueError, match="must hold what was learned from items"):
        face_stream("fan-mean", tmp_path, face_films(clips), {}, 0)


def test_a_voice_stream_of_spectrograms_is_fused_with_the_face_of_the_pair(clips, runs, tmp_path):
    arguments = ["--clips", clips, "--runs", runs, "--out", tmp_path / "o.json", "--pairs", 0, "--heads", 0]
    arguments += ["--rows", *script.CLAIMED, "--changes", *script.HEARD]
    with pytest.raises(SystemExit):
        script.main([*map(str, arguments)])
    assert script.main([*map(str, arguments), "--voices", str(clips), "--course", "1"]) == 0
    told = Figures.from_json((tmp_path / "o.json").read_text("utf-8"))
    assert {entry["row"] for entry in told["alone"]} == {"face", "voice", *script.HEARD}
    assert {(entry["row"], entry.than, entry["stream"]) for entry in told["alone change"]} == {
        (*script.HEARD, "voice", "audio")
    }
    assert {entry["row"] for entry in told["change"]} == set(script.HEARD)
    voices = spectrogram_voices(clips)
    assert voices.raw["sound"].shape[2] == 321
    changed, pair = spectrogram_stream(runs / "0", voices, 0, 1), pair_of(runs / "0")  # trained already
    with pytest.raises(ValueError, match="spectrogram must hold what was learned from items"):
        spectrogram_stream(runs / "0", backwards(voices), 0, 1)
    own = with_other(CHANGES[script.HEARD[0]], pair, changed)
    for name, of in (("audio", changed), ("video", pair)):
        held, is_its = own.get_submodule(name).state_dict(), of.get_submodule(name).state_dict()
        assert all(torch.equal(held[each], is_its[each]) for each in is_its)


def test_the_map_of_a_spectrogram_is_as_large_as_that_of_mel_bands():
    assert SPECTROGRAM.net.places(321, "band") == SOUND_COMPACT.places(64, "band") == 8
    assert SPECTROGRAM.net.places(400, "window") == SOUND_COMPACT.places(400, "window")
    assert SPECTROGRAM.net.fields(8, "band")[-1, 1] >= 321  # the highest frequency is heard


def test_other_starts_are_rows_beside_the_others(clips, runs, stills, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "faces_of_starts", lambda faces, folder: stills)
    chosen = [name for name in script.STARTED if not name.endswith("fan-mean")]
    arguments = ["--clips", clips, "--runs", runs, "--out", tmp_path / "o.json", "--pairs", 0, "--heads", 0]
    arguments += ["--rows", *script.CLAIMED, "--changes", *chosen, "--faces", clips, "--stills", clips, "--course", 1]
    assert script.main([*map(str, arguments)]) == 0
    told = Figures.from_json((tmp_path / "o.json").read_text("utf-8"))
    assert {entry["row"] for entry in told["alone"]} == {"face", "voice", *chosen}
    than = {(entry["row"], entry.than) for entry in told["change"]}
    known = {(row, base) for row in chosen for base in (script.CHANGED, script.FROM_NOTHING) if row != base}
    assert than == known | {(script.FROM_VOTES, script.FROM_LABELS)}
    assert told.about["epochs of other streams"] == 1


def test_a_start_that_learns_no_faces_needs_none(clips, runs, tmp_path):
    arguments = ["--clips", clips, "--runs", runs, "--out", tmp_path / "o.json", "--pairs", 0, "--heads", 0]
    arguments += ["--rows", *script.CLAIMED, "--changes", script.FROM_NOTHING, "--course", 1]
    assert script.main([*map(str, arguments)]) == 0
    about = Figures.from_json((tmp_path / "o.json").read_text("utf-8")).about
    assert about["starts"]
    assert "faces of a start" not in about


def test_a_pair_that_was_not_trained_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"face"):
        pair_of(tmp_path)
