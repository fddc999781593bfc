"""`ferviz train av`: films with sound go in, two streams and their fusion come out, and what is left out at random."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_av import EYE, tiny_av, tiny_config, write_films
from typer.testing import CliRunner

from data_scripts import train_zoo
from ferviz import weights
from ferviz.cli import app
from ferviz.emotions import LABEL_SETS
from ferviz.faces.sets import read
from ferviz.learning.films import FusionTask, encoded_of, films_of, stand_in, varied, without_some
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import AV, WEIGHTS, Recipe, networks, train_av, train_stream
from ferviz.learning.recipes import audio_video as recipes
from ferviz.learning.sets import Examples
from ferviz.models import audio_video, frame_attention
from ferviz.models.backbones import Layer, SoundNetConfig
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.models.hearing import Hearing
from ferviz.scores import modality_shares
from ferviz.seeds import luck, seeded
from ferviz.weights import Card

SMALL_EAR = SoundNetConfig((Layer((4, 5), (4, 4), channels=6), Layer((3, 3), (2, 2), channels=6)), norm=True)
ONE = Schedule(epochs=1, batch=14, rate=2e-3, weight_decay=0.0, momentum=0.0)


def make_small(patch: pytest.MonkeyPatch) -> None:
    """Nets of a few hundred parameters and one short epoch."""
    patch.setattr(audio_video, "SOUND_COMPACT", SMALL_EAR)
    patch.setattr(audio_video, "COMPACT", EYE)
    for name in ("STREAM", "FUSING", "TUNING"):
        patch.setattr(recipes, name, Recipe(ONE, getattr(recipes, name).backbone_scale))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_films(tmp_path_factory.mktemp("sets") / "films")


@pytest.fixture(scope="module")
def films(folder) -> Examples:
    sets = [read(folder, split="train", part=family) for family in ("agree", "voice_only", "face_only", "sound_only")]
    return films_of(sets, Hearing(net=SMALL_EAR), 48)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, folder) -> Path:
    out = tmp_path_factory.mktemp("av")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        done = CliRunner().invoke(app, ["train", "av", "--clips", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == str(out / "both" / WEIGHTS)
    return out


def noise_films(count=42, seed=0) -> Examples:
    """Films of which the first half carry a label of three in the sound, the others in the face."""
    rng = np.random.default_rng(seed)
    label, voice = np.arange(count) % 3, np.arange(count) < count // 2
    frames = rng.integers(0, 100, (count, 3, 1, 16, 16)).astype(np.uint8)
    sound = rng.normal(-60, 5, (count, 1, 12, 40)).astype(np.float32)
    for place, (which, heard) in enumerate(zip(label, voice, strict=True)):
        if heard:
            sound[place, 0, 4 * which : 4 * which + 4] += 40
        else:
            frames[place, :, 0, 5 * which : 5 * which + 5] += 150
    raw = {"frames": torch.from_numpy(frames), "mask": torch.ones(count, 3, dtype=torch.bool)}
    raw |= {"sound": torch.from_numpy(sound), "window_mask": torch.ones(count, 40, dtype=torch.bool)}
    about = {"family": np.where(voice, "voice", "face")}
    return Examples(raw, {"emotion": torch.from_numpy(label)}, about=about)


# ---- films as tensors ----


def test_films_have_their_sound_beside_them(films, folder):
    first = read(folder, split="train", part="agree")[0]
    raw = films.raw
    assert raw["frames"].shape[2:] == (1, 48, 48)
    assert raw["frames"].dtype == torch.uint8
    assert raw["mask"][0].sum() == len(first)
    recorded, usable = Hearing(net=SMALL_EAR).record(first)
    count = usable.shape[1]
    torch.testing.assert_close(raw["sound"][0, :, :, :count], recorded[0].half())
    assert raw["window_mask"][0].sum() == count
    assert raw["sound"][0, :, :, count:].unique().tolist() in ([], [-100.0])
    heard = films.about["family"] == "sound_only"
    assert not raw["mask"][heard].any()
    assert raw["window_mask"][heard].any(1).all()
    assert set(films.about["carries"]) == {"face and voice", "voice", "face"}


@pytest.mark.parametrize("of", ["face", "voice"])
def test_a_stream_learns_what_it_carries(of, folder):
    silent = {"face": "voice_only", "voice": "face_only"}[of]
    sets = [read(folder, split="train", part=family) for family in (silent, "conflict", "sound_only")]
    found = films_of(sets, Hearing(net=SMALL_EAR), 16, of)
    label, family = found.targets["emotion"], found.about["family"]
    neutral = [*map(str, LABEL_SETS["FER2013"])].index("neutral")
    assert set(label[family == silent].tolist()) == {neutral}
    own = [clip.labels[of] for clip in sets[1]]
    assert label[family == "conflict"].tolist() == [LABEL_SETS["FER2013"].index(each) for each in own]
    assert (label[family == "sound_only"] == -1).all() == (of == "face")


def test_sets_without_a_voice_are_refused(folder):
    ear, found = Hearing(net=SMALL_EAR), read(folder, split="train", part="agree")
    with pytest.raises(ValueError, match=r"sets must be of families with a voice \(agree, .*\); got upper"):
        films_of([replace(found, rows=({**found.rows[0], "family": "upper"},))], ear, 16)
    with pytest.raises(ValueError, match="sets must hold one clip at least; got none"):
        films_of([], ear, 16)
    with pytest.raises(ValueError, match="of must be one of emotion, face, voice; got 'mouth'"):
        films_of([], ear, 16, "mouth")  # type: ignore[arg-type]


# ---- what is left out and varied ----


def test_one_stream_is_left_out_of_a_share_and_never_both():
    raw = {name: torch.ones(4000, 3, dtype=torch.bool) for name in ("mask", "window_mask")}
    raw["mask"][:100] = False
    found = without_some(raw, 0.4, luck(0))
    there = torch.stack([found[name].any(1) for name in raw])
    assert there.any(0).all()
    assert not there[0, :100].any()  # what has but one stream keeps it
    assert there[1, :100].all()
    lost = (~there[:, 100:]).float().mean(1)
    assert lost.tolist() == pytest.approx([0.2, 0.2], abs=0.03)
    assert raw["mask"][100:].all()  # the set itself stays
    assert without_some(raw, 0.0, luck(0))["mask"].equal(raw["mask"])
    with pytest.raises(ValueError, match="share must be a share from 0 to 1; got 2"):
        without_some(raw, 2, luck(0))


def test_variation_keeps_masks_and_shapes_and_follows_its_luck(films):
    some = films[np.arange(0, len(films), 5)]
    change = varied(2, 0.5)
    first, again, other = (change(dict(some.raw), luck(seed)) for seed in (1, 1, 2))
    assert first["frames"].shape == (len(some), 2, 1, 48, 48)
    assert first["sound"].shape == some.raw["sound"].shape
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["sound"], other["sound"])
    assert first["sound"].min() >= -100
    hidden = (first["sound"] == -100) & (some.raw["sound"].float() > -94)
    assert 0 < hidden.float().mean() < 0.3
    heard = change({name: some.raw[name] for name in ("sound", "window_mask")}, luck(1))
    assert heard["window_mask"].equal(some.raw["window_mask"])
    model = tiny_av(ear=Hearing(net=SMALL_EAR), side=48)
    assert torch.isfinite(model(*model.inputs(*first.values()))).all()


# ---- on cached vectors ----


def toy(kind="fbp"):
    return tiny_av(kind, "self", fusion=tiny_config(kind).fusion)


def test_cached_vectors_give_what_the_whole_network_gives():
    model, part = toy(), noise_films(9)
    cached = encoded_of(model, part, batch=4)
    with torch.no_grad():
        whole = model(*model.inputs(*part.raw.values()))
        torch.testing.assert_close(model.fuse(cached.raw), whole)
    assert set(cached.raw) == {"audio", "video", "mask", "position_mask"}
    assert torch.equal(cached.targets["emotion"], part.targets["emotion"])


def test_fusion_learns_from_both_streams(tmp_path):
    with seeded(0):
        model = toy("concatenation")
        whole = HeadsTask(noise_films(), varied=None)
        optimiser = partial(torch.optim.AdamW, weight_decay=0.0)
        schedule = Schedule(epochs=25, batch=14, rate=0.02, weight_decay=0.0, momentum=0.0)
        fit(model, whole, schedule, tmp_path / "whole", optimiser=optimiser, progress=False)
        train, test = (encoded_of(model, noise_films(seed=seed)) for seed in (0, 1))
        body = {name: value.clone() for name, value in model.state_dict().items() if ".backbone." in name}
        task = FusionTask(train, {"test": test})
        how = {"groups": recipes.only_fusion, "optimiser": optimiser, "progress": False}
        history = fit(model, task, schedule, tmp_path / "fused", **how)
    assert history[-1]["test accuracy"] > 0.8  # 1/3 by chance
    assert min(history[-1]["test face"], history[-1]["test voice"]) > 0.6
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in body.items())


def test_the_mean_of_the_films_is_kept_as_a_stand_in():
    model = toy()
    cached = encoded_of(model, noise_films(6))
    found = stand_in(model, cached)
    projected = model.projected(cached.raw)
    for name in ("audio", "video"):
        torch.testing.assert_close(model.fusion.get_submodule(f"{name}_absent").mean, projected[name].mean(0).detach())
        np.testing.assert_allclose(found[name], projected[name].mean(0).detach(), atol=1e-6)
    wide = stand_in(model.double(), cached)  # what a backbone made may lie beside another device, or precision
    np.testing.assert_allclose(wide["audio"], found["audio"], atol=1e-5)
    cached.raw["mask"][:] = False
    with pytest.raises(ValueError, match="encoded must hold a film with both streams; got none"):
        stand_in(model, cached)


def test_what_is_not_encoded_is_refused():
    part = noise_films(6)
    with pytest.raises(ValueError, match="raw must be what encoded_of gives, of two streams; got frames, mask, sound"):
        FusionTask(part)
    with pytest.raises(ValueError, match="share must be a share from 0 to 1; got 1.5"):
        FusionTask(encoded_of(toy(), part), share=1.5)
    wrong = encoded_of(toy(), part)
    wrong.targets["emotion"][0] = 7
    with pytest.raises(ValueError, match="places from 0 to 6, or -1 for none; got 7"):
        FusionTask(wrong).check(toy())


# ---- from the command line ----


def test_the_networks_of_the_paper_can_be_trained():
    assert set(AV) <= set(networks())
    assert set(recipes.LIMITS) == set(AV)


def test_streams_are_trained_then_fused_then_tuned(trained):
    assert sorted(path.name for path in trained.iterdir()) == ["both", "face", "fused", "voice"]
    model = audio_video.shipped("both")
    card = weights.load(trained / "both" / WEIGHTS, model)
    assert card.name == "av"
    assert [f"it went on from {one}" in card.origin for one in ("av-face", "av-voice")] == [True, True]
    assert card.data[0].startswith(f"synthetic films of size noise: {', '.join(recipes.FAMILIES)} (")
    face = weights.read_card(trained / "face" / WEIGHTS)
    assert (face.name, "face of a film" in face.summary) == ("av-face", True)
    assert {face.licence, card.licence, weights.read_card(trained / "voice" / WEIGHTS).licence} == {"MIT"}  # none real
    for name in ("audio", "video"):
        stand = model.fusion.get_submodule(f"{name}_absent")
        assert not torch.allclose(stand.learned, torch.ones_like(stand.learned))  # both have been learned
        assert not torch.allclose(stand.mean, stand.learned)
    for variant, name in (("face", "video"), ("voice", "audio")):
        stream = audio_video.shipped(variant)
        weights.load(trained / variant / WEIGHTS, stream)
        own, both = (each.get_submodule(f"{name}.backbone").state_dict() for each in (stream, model))
        assert all(torch.equal(value, both[key]) for key, value in own.items())
        own, both = (each.get_submodule(f"{name}.reduce").state_dict() for each in (stream, model))
        assert not torch.equal(own["weight"], both["weight"])  # what comes after the backbones was learned further
    assert all(one.requires_grad for one in model.parameters())


def test_other_heads_stand_on_the_same_backbones(trained, folder):
    for name, kinds in {"av-mean": ("mean", "fbp"), "av-concatenation": ("transformer", "concatenation")}.items():
        variant = recipes.HEADS[name]
        path = networks()[name](trained, clips=folder)
        model = audio_video.shipped(variant)
        card = weights.load(path, model)
        assert (path.parent.name, card.name, model.config.fusion.kind) == (variant, name, kinds[1])
        assert (model.audio.attention.kind, model.video.attention.kind) == (kinds[0], kinds[0])
        assert [f"it went on from {one}" in card.origin for one in ("av-face", "av-voice")] == [True, True]
        for one, stream in (("face", "video"), ("voice", "audio")):
            own = audio_video.shipped(one)
            weights.load(trained / one / WEIGHTS, own)
            for key, value in own.get_submodule(f"{stream}.backbone").state_dict().items():
                assert torch.equal(value, model.get_submodule(f"{stream}.backbone").state_dict()[key])
            assert not torch.equal(*(model.fusion.get_submodule(f"{stream}_absent").state_dict().values()))


def test_what_was_trained_tells_its_shares(trained, folder):
    model = audio_video.shipped("both").eval()
    weights.load(trained / "both" / WEIGHTS, model)
    clip = read(folder, split="test", part="agree")[0]
    found = modality_shares(model, clip)
    assert abs(found.emotion_logit_share).max() > 0


def test_a_face_stream_starts_from_a_trained_backbone(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(frame_attention, "COMPACT", EYE)
    monkeypatch.setattr(recipes, "STREAM", Recipe(replace(ONE, rate=1e-12)))
    with seeded(5):
        classifier = FrameAttention(Config.compact("mean"))
    card = Card("fan-backbone", "FrameAttention", summary="s", origin="o", licence="MIT", data=("faces",), command="c")
    (tmp_path / "backbone").mkdir()
    weights.save(tmp_path / "backbone" / WEIGHTS, classifier.state_dict(), card)
    path = train_stream("face", tmp_path, clips=folder)
    model = audio_video.shipped("face")
    told = weights.load(path, model)
    for name, value in classifier.backbone.named_parameters():
        torch.testing.assert_close(model.video.backbone.get_parameter(name), value, atol=1e-6, rtol=0)
    assert told.data[0] == "faces"
    assert "it went on from fan-backbone, o" in told.origin


def test_sets_that_are_missing_are_told(tmp_path):
    with pytest.raises(ValueError, match="clips must name a synthetic set: the stream of the voice learns from it"):
        train_stream("voice", tmp_path)
    with pytest.raises(ValueError, match="clips must name a synthetic set: the fusion of face and voice learns"):
        train_av(tmp_path)
    with pytest.raises(FileNotFoundError, match="no set, or one that is not finished"):
        train_av(tmp_path, clips=tmp_path)


def test_what_ships_holds_the_backbones_once(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(train_zoo, "MODELS", {name: partial(audio_video.shipped, of) for name, of in AV.items()})
    monkeypatch.setattr(weights, "bundled", lambda name: tmp_path / f"{name}.safetensors")
    shipping = [name for name in AV if name not in recipes.HEADS] + ["av-concatenation"]
    paths = {name: train_zoo.ship(name, trained / AV[name]) for name in shipping}
    for name in ("av", "av-concatenation"):
        assert [key for key in load_file(paths[name]) if ".backbone." in key] == []
    found, whole = audio_video.shipped("both"), audio_video.shipped("both")
    assert weights.load(paths["av"], found).shared == train_zoo.SHARED["av"]
    weights.load(trained / "both" / WEIGHTS, whole)
    for key, value in whole.state_dict().items():
        assert torch.equal(found.state_dict()[key], value.half().to(value) if value.is_floating_point() else value)
    other = audio_video.shipped("face").state_dict()
    weights.save(paths["av-face"], other, weights.read_card(paths["av-face"]))
    with pytest.raises(ValueError, match=r"what begins with video.backbone. must be that of av-face as it ships"):
        train_zoo.ship("av", trained / "both")


def test_films_are_varied_where_they_lie():
    """On another device than the chance comes from, as on a GPU: the one without numbers shows what is mixed."""
    shapes = {"frames": (2, 4, 1, 48, 48), "mask": (2, 4), "sound": (2, 1, 64, 80), "window_mask": (2, 80)}
    kinds = {"frames": torch.uint8, "mask": torch.bool, "sound": torch.float16, "window_mask": torch.bool}
    raw = {name: torch.ones(shape, dtype=kinds[name], device="meta") for name, shape in shapes.items()}
    changed = varied(3, 0.3)(raw, luck(0))
    assert {part.device.type for part in changed.values()} == {"meta"}
    assert [tuple(part.shape[:2]) for part in changed.values()] == [(2, 3), (2, 3), (2, 1), (2, 80)]
