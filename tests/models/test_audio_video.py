"""The audio-video network: what it names, its invariances, streams that are missing, and sounds that do not fit."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_av import EAR, RATE, SIDE, SPECTRUM, film, tiny_av, tiny_config

import ferviz
from ferviz import Clip, Gap, audio
from ferviz.asking import check_model
from ferviz.attribution import attribute
from ferviz.models.audio_video import AudioVideo, Config, shipped
from ferviz.models.backbones import SOUND_COMPACT, IRConfig
from ferviz.models.hearing import Hearing
from ferviz.reading import quantities
from ferviz.scores import removal
from ferviz.seeds import luck

KINDS = ("concatenation", "fbp", "mean", "product", "weights")
ATTENTIONS = ("mean", "self", "relation", "transformer")


def close(found, expected, tolerance=1e-6):
    torch.testing.assert_close(torch.as_tensor(found), torch.as_tensor(expected), atol=tolerance, rtol=0)


def quietly(model, clip):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ferviz.observe(model, clip)


# ---- what it is ----


def test_the_published_sizes():
    with torch.device("meta"):
        model = AudioVideo(Config.paper())
    assert sum(p.numel() for p in model.audio.backbone.parameters()) == 2_469_696
    assert model.video.backbone.config.units == (3, 4, 14, 3)
    assert model.audio.reduce.weight.shape == (128, 256)
    assert model.video.reduce.weight.shape == (128, 512)
    assert model.fusion.bilinear.first.weight.shape == (512, 128)
    assert sum(p.numel() for p in model.fusion.bilinear.parameters()) == 512 * (128 + 128)
    assert list(model.labels) == list(ferviz.emotions.LABEL_SETS["AFEW"])
    assert (model.crop.size, model.crop.margin) == (224, 0.3)


@pytest.mark.parametrize("variant", ["both", "face", "voice"])
def test_the_compact_ones_fit_five_megabytes_together(variant):
    with torch.device("meta"):
        models = {each: shipped(each) for each in ("both", "face", "voice")}
        check_model(models[variant])
    assert 2 * sum(p.numel() for p in models["both"].parameters()) < 4.5e6  # bytes at half precision
    assert sum(p.numel() for p in models["both"].video.backbone.parameters()) == 1_613_792


def test_names_of_the_quantities_are_those_of_the_paper():
    named = quantities(tiny_av("fbp", "relation", "transformer"))
    streams = [f"audio.{name}" for name in ("feature", "alpha", "anchor", "beta", "weight", "vector")]
    streams += [f"video.{name}" for name in ("feature", "reduced", "score", "weight", "vector")]
    joined = ["audio_projected", "video_projected", "product", "pair", "pooled", "fused"]
    assert list(named) == streams + joined
    assert "contribution" in quantities(tiny_av("concatenation"))


@pytest.mark.parametrize("audio", ATTENTIONS)
@pytest.mark.parametrize("video", ATTENTIONS)
@pytest.mark.parametrize("kind", ["concatenation", "fbp"])
def test_any_two_attentions_go_together(kind, audio, video):
    seen = ferviz.observe(tiny_av(kind, audio, video), film())
    for stream, axis in (("audio", "position"), ("video", "frame")):
        close(float(seen[f"{stream}.weight"].sum(axis)), 1.0, 1e-5)
    close(float(seen.emotion_probability.sum()), 1.0, 1e-5)


# ---- where positions lie ----


def test_positions_say_what_they_see():
    seen = ferviz.observe(shipped("voice").eval(), film(0, 3, rate=16_000))
    rows, times = 8, 37
    place = {name: seen[name].values.reshape(rows, times) for name in ("seconds", "hertz")}
    assert seen["audio.weight"].sizes == {"position": rows * times}
    assert (np.diff(place["seconds"], axis=1) > 0).all()
    assert (np.diff(place["hertz"], axis=0) > 0).all()
    assert np.ptp(place["hertz"], axis=1).max() == 0
    assert np.ptp(place["seconds"], axis=0).max() == 0
    inner = (seen.seconds_from > 0) & (seen.seconds_to < 3)
    close((seen.seconds_to - seen.seconds_from).values[inner], np.full(int(inner.sum()), 0.46), 1e-9)
    assert (seen.seconds_to - seen.seconds_from).max() <= 0.5
    assert seen.hertz_to.max() == pytest.approx(8000)
    assert seen.hertz_from.min() == 0
    assert ((seen.hertz >= seen.hertz_from) & (seen.hertz <= seen.hertz_to)).all()
    assert [seen[name].attrs["units"] for name in ("seconds", "hertz_to")] == ["s", "Hz"]


def test_a_tone_is_felt_where_it_sounds():
    model, clip = shipped("voice").eval(), film(0, 3, rate=16_000, silent=True)
    times = np.arange(1.4, 1.6, 1 / 16_000)
    clip.audio[round(1.4 * 16_000) :][: len(times)] = 0.5 * np.sin(2 * np.pi * 1000 * times)
    still = ferviz.observe(model, film(0, 3, rate=16_000, silent=True))
    loud = ferviz.observe(model, clip)
    change = abs(loud["audio.feature"] - still["audio.feature"]).sum("audio_channel")
    reached = change.where((loud.seconds_to > 1.4) & (loud.seconds_from < 1.6), 0)
    assert float(reached.sum()) == pytest.approx(float(change.sum()), rel=1e-3)
    top = change.isel(position=int(change.values.argmax()))
    assert top.seconds_from < 1.6
    assert top.seconds_to > 1.4
    assert top.hertz_from < 1100


def test_the_published_size_says_that_it_is_not_local():
    places = Hearing().positions(film(0, 3, rate=16_000))
    assert {float(v) for v in places["hertz_from"][1]} == {0}
    assert {round(float(v)) for v in places["hertz_to"][1]} == {8000}
    assert places["seconds_to"][1][3] - places["seconds_from"][1][3] == pytest.approx(195 * 0.01 + 0.03, abs=0.02)


def test_a_plain_spectrogram_has_one_channel_and_even_hertz():
    ear = Hearing("spectrogram", SPECTRUM, replace(EAR, pictures=1))
    model = tiny_av(ear=ear)
    assert model.takes[2].axes == ("channel", "band", "window")
    seen = ferviz.observe(model, film())
    assert np.unique(seen.hertz).size == ear.net.places(33, "band")
    assert np.unique(np.diff(np.unique(seen.hertz))).round(6).size == 1
    assert seen.hertz_to.max() == RATE / 2


# ---- invariances ----


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_the_order_of_frames_and_of_positions_does_not_matter(kind, attention):
    model = tiny_av(kind, attention)
    with torch.no_grad():
        encoded = model.encode(*model.prepare(film(5)))
        plain = model.fuse(encoded)
        for name, mask in (("video", "mask"), ("audio", "position_mask")):
            order = torch.randperm(encoded[name].shape[1], generator=luck(0))
            turned = {**encoded, name: encoded[name][:, order], mask: encoded[mask][:, order]}
            close(model.fuse(turned), plain, 1e-5)
        frames, *rest = model.prepare(film(5))
        close(model(frames[:, [3, 1, 0, 4, 2]], *rest), plain, 1e-5)


@pytest.mark.parametrize("kind", [*KINDS, "audio", "video"])
def test_padding_a_batch_changes_no_answer(kind):
    model = tiny_av(kind, "relation")
    clips = [film(3, 0.4, seed=1), film(6, 0.91, seed=2), film(2, 0.25, seed=3)]
    alone = [model.prepare(clip) for clip in clips]
    raw = [model.pictures(clip) for clip in clips]
    batch = []
    for place in range(len(raw[0])):
        along = {5: 1, 4: 3, 2: 1}[raw[0][place].ndim]
        most = max(one[place].shape[along] for one in raw)
        padded = []
        for one in raw:
            shape = list(one[place].shape)
            shape[along] = most - shape[along]
            filler = torch.full(shape, 0 if one[place].dtype == torch.bool else 77).to(one[place])
            padded.append(torch.cat([one[place], filler], along))
        batch.append(torch.cat(padded))
    with torch.no_grad():
        together = model(*model.inputs(*batch))
        for place, inputs in enumerate(alone):
            close(together[place], model(*inputs)[0], 1e-5)


def test_a_sound_that_ends_in_a_gap_says_what_the_part_before_says():
    whole = film(3, 0.6)
    cut = replace(whole, audio=whole.audio[: round(0.4 * RATE)])
    gap = replace(whole, gaps=(Gap("audio", round(0.4 * RATE), len(whole.audio), "damaged"),))
    for kind in ("audio", "fbp"):
        model = tiny_av(kind)
        close(ferviz.observe(model, gap).emotion_logits.values, ferviz.observe(model, cut).emotion_logits.values, 1e-5)


def test_gaps_of_the_sound_are_nan_and_have_no_say():
    clip, model = film(3, 1.0), tiny_av("audio", "self")
    gap = Gap("audio", round(0.4 * RATE), round(0.6 * RATE), "damaged")
    seen = ferviz.observe(model, replace(clip, gaps=(gap,)))
    gone = np.isnan(seen["audio.weight"].values)
    assert 0 < gone.sum() < gone.size
    middle = (seen.seconds > 0.42) & (seen.seconds < 0.58)
    assert gone[middle.values].all()
    assert not gone[((seen.seconds < 0.3) | (seen.seconds > 0.7)).values].any()
    close(float(np.nansum(seen["audio.weight"])), 1.0, 1e-5)
    other = clip.audio.copy()
    other[gap.start : gap.stop] = 0.9
    again = ferviz.observe(model, replace(clip, audio=other, gaps=(gap,)))
    close(again.emotion_logits.values, seen.emotion_logits.values, 1e-6)


# ---- a stream that is missing ----


def gone(stream: str) -> dict[str, Clip]:
    whole = film(3)
    if stream == "video":
        covered = replace(whole, gaps=(Gap("frames", 0, 3, "no face found"),))
        return {"no frames": film(0), "no face": covered}
    damaged = replace(whole, gaps=(Gap("audio", 0, len(whole.audio), "damaged"),))
    return {"no sound": film(3, 0), "damaged": damaged, "empty": replace(whole, audio=np.zeros(0, np.float32))}


MISSING = [(stream, name) for stream in ("audio", "video") for name in gone(stream)]


@pytest.mark.parametrize(("stream", "why"), MISSING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_is_missing_has_a_stand_in(kind, stream, why):
    model, clip = tiny_av(kind), gone(stream)[why]
    other = {"audio": "video", "video": "audio"}[stream]
    what = {"audio": "no sound that can be used", "video": "no frame that can be used"}[stream]
    with pytest.warns(UserWarning, match=f"{what}: a stand-in takes that place, and the answer is to {other} alone"):
        seen = ferviz.observe(model, clip)
    assert np.isnan(seen[f"{stream}.weight"]).all()
    close(seen[f"{stream}_projected"].values, getattr(model.fusion, f"{stream}_absent").learned.detach())
    whole = ferviz.observe(model, film(3))
    close(seen[f"{other}_projected"].values, whole[f"{other}_projected"].values, 1e-5)
    with torch.no_grad():
        said = model.coalitions(*model.prepare(film(3)))[other][0]
    close(seen.emotion_logits.values, said, 1e-5)


@pytest.mark.parametrize(("stream", "why"), MISSING)
def test_a_network_of_one_stream_needs_it(stream, why):
    model, clip = tiny_av(stream), gone(stream)[why]
    with pytest.raises(ValueError, match=r"AudioVideo needs (sound|frames|audio|video); the clip '?.*has"):
        ferviz.observe(model, clip)


@pytest.mark.parametrize("stream", ["audio", "video"])
def test_a_network_of_one_stream_does_without_the_other(stream):
    model = tiny_av(stream)
    other = {"audio": "video", "video": "audio"}[stream]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [ferviz.observe(model, clip).emotion_logits.values for clip in (film(3), *gone(other).values())]
    for each in found[1:]:
        close(each, found[0], 1e-6)


def test_a_clip_of_which_nothing_can_be_used_is_refused():
    gaps = (Gap("frames", 0, 3, "no face found"),)
    says = "AudioVideo needs audio or video; .* has no sound that can be used and no frame that can be used"
    with pytest.raises(ValueError, match=says):
        ferviz.observe(tiny_av(), replace(film(3, 0), gaps=gaps))


def test_the_mean_of_the_training_clips_may_stand_for_a_stream():
    model = tiny_av(fusion=replace(tiny_config().fusion, absent="mean"))
    assert model.absent == "mean"
    seen = quietly(model, film(3, 0))
    close(seen["audio_projected"].values, model.fusion.audio_absent.mean)
    assert {"fusion.audio_absent.mean", "fusion.audio_absent.learned"} <= set(model.state_dict())


def test_before_training_the_stand_in_of_a_product_is_no_zero():
    for kind, value in (("fbp", 1), ("concatenation", 0), ("product", 0)):
        fresh = AudioVideo(tiny_config(kind)).fusion
        assert {fresh.audio_absent.learned.unique().item(), fresh.video_absent.mean.unique().item()} == {value}


# ---- sounds as people have them ----


def test_silence_is_sound():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = ferviz.observe(tiny_av(), film(3, silent=True))
    assert np.isfinite(seen["audio.weight"]).all()
    assert not np.allclose(seen.emotion_logits, quietly(tiny_av(), film(3, 0)).emotion_logits)


@pytest.mark.parametrize("samples", [1, 40, 63, 64, 300])
def test_a_very_short_sound_has_a_position(samples):
    clip = film(3)
    seen = ferviz.observe(tiny_av(), replace(clip, audio=clip.audio[:samples]))
    assert np.isfinite(seen["audio.weight"]).any()
    assert seen.seconds_to.max() <= samples / RATE + 1e-9
    close(float(np.nansum(seen["audio.weight"])), 1.0, 1e-5)


@pytest.mark.parametrize("rate", [800, 4410, 48_000])
def test_a_sound_of_any_rate_is_heard_in_place(rate):
    model = tiny_av("audio")
    seen = ferviz.observe(model, film(3, 0.5, rate=rate))
    own = ferviz.observe(model, film(3, 0.5))
    assert seen.sizes["position"] == own.sizes["position"]
    close(seen.seconds.values, own.seconds.values)


def test_an_hour_of_sound_is_refused_by_the_network_but_not_by_the_picture():
    hour = replace(film(3), audio=np.zeros(3600 * RATE, np.float32))
    says = r"sound must last 120 s at most; that of 'array' lasts 3600.0 s: cut it by load_clip\(…, start=…, stop=…\)"
    with pytest.raises(ValueError, match=says):
        ferviz.observe(tiny_av(), hour)
    assert audio.log_mel(torch.from_numpy(hour.audio), SPECTRUM).shape == (12, 359_997)


def test_a_sound_longer_than_the_film_is_heard_to_its_end():
    clip = film(3, 2.0)  # frames end at 0.2 s
    seen = ferviz.observe(tiny_av(), clip)
    assert seen.seconds_to.max() == pytest.approx(2.0, abs=0.05)
    assert np.isfinite(seen["audio.weight"]).all()
    assert seen["pair"].sizes == {"frame": 3, "position": seen.sizes["position"], "sum": 4}


def test_what_is_no_clip_of_faces_is_said_once():
    with pytest.warns(UserWarning, match="the clip 'array' has no crop record: AudioVideo expects faces cut out by"):
        ferviz.observe(tiny_av(), replace(film(3), crop=None))


# ---- what does not fit ----


def given(model: AudioVideo) -> dict[str, torch.Tensor]:
    return dict(zip((each.name for each in model.takes), model.prepare(film(3)), strict=True))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("frames", lambda x: x[..., :-1], rf"frames must have shape \(clips, frames, 1, {SIDE}, {SIDE}\) and a mask"),
        ("mask", lambda x: x[:, :-1], "frames must have shape .* and a mask"),
        ("frames", lambda x: x * torch.nan, "frames must be finite numbers; got NaN or infinity outside the gaps"),
        ("sound", lambda x: x[:, :1], r"sound must have shape \(clips, 3, 12, 3 or more\) and a mask \(clips, wind"),
        ("sound", lambda x: x[..., :3], "sound must have shape"),
        ("window_mask", lambda x: x[:, :-1], "sound must have shape"),
        ("sound", lambda x: x / 0, "sound must be finite numbers; got NaN or infinity outside the gaps"),
        ("position_mask", lambda x: x[:, :-1], "position_mask must have shape"),
    ],
)
def test_inputs_that_do_not_fit_are_named(name, change, message):
    model = tiny_av()
    inputs = given(model)
    inputs[name] = change(inputs[name])
    with pytest.raises(ValueError, match=message):
        model(*inputs.values())


def test_the_number_of_inputs_is_checked():
    model = tiny_av("audio")
    with pytest.raises(ValueError, match="forward must be given sound, window_mask, position_mask; got 1 tensors"):
        model(torch.zeros(1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Hearing("waveform"), "picture must be one of mel, spectrogram; got 'waveform'"),
        (lambda: Hearing("spectrogram"), "net must take 1 channels for picture 'spectrogram'; got 3"),
        (lambda: Hearing(spectrum=replace(SPECTRUM, bands=3), net=SOUND_COMPACT), "spectrum must have 4 bands or more"),
        (lambda: Config(eye=IRConfig(side=112)), "side must be that of eye, 112; got 224"),
        (lambda: shipped("ear"), "variant must be one of both, face, voice, both-self, .*; got 'ear'"),
    ],
)
def test_a_network_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ---- the rest of the house ----


@pytest.mark.parametrize("to", ["frames", "sound"])
def test_both_inputs_can_be_attributed_to(to):
    found = attribute(tiny_av(), film(3), to=to, n_steps=8)
    assert np.isfinite(found.attribution).all()
    assert abs(found.attribution).max() > 0


def test_items_of_both_streams_can_be_removed():
    model, clip = tiny_av(), film(3)
    for axis, item in (("frames.frame", "frame"), ("sound.position", "position")):
        found = removal(model, clip, axis=axis)
        assert found.sizes[item] == ferviz.observe(model, clip).sizes[item]
        assert all(np.isfinite(found[name]).all() and np.abs(found[name]).max() > 0 for name in found)


@pytest.mark.parametrize(("axis", "other"), [("frames.frame", "audio"), ("sound.position", "video")])
def test_where_items_are_removed_the_other_stream_is_computed_once_a_call(axis, other):
    model, clip, seen = tiny_av(), film(3), []
    backbone = model.get_submodule(f"{other}.backbone")
    backbone.register_forward_hook(lambda module, given, made: seen.append(len(given[0])))
    removal(model, clip, axis=axis)
    assert seen == [3 if other == "video" else 1] * 2  # the whole clip, and all clips with one item less


def test_a_clip_that_is_expanded_to_a_batch_is_answered_like_copies_of_it():
    model, inputs = tiny_av(), tiny_av().prepare(film(3))
    expanded, copies = ([tensor.expand(4, *tensor.shape[1:]) for tensor in inputs] for _ in range(2))
    close(model(*expanded), model(*(tensor.clone() for tensor in copies)))
    mask = torch.eye(3, dtype=torch.bool).repeat(2, 1)[:4]  # clips that differ in their mask alone are no copies
    expanded[1], copies[1] = mask, mask
    close(model(*expanded), model(*(tensor.clone() for tensor in copies)))


def test_the_weights_of_one_network_are_those_of_another():
    model, other = tiny_av(seed=0), tiny_av(seed=1)
    other.load_state_dict(model.state_dict())
    clip = film(3)
    close(ferviz.observe(other, clip).emotion_logits.values, ferviz.observe(model, clip).emotion_logits.values)


def test_gradients_reach_every_weight():
    model = tiny_av("fbp", "relation", "transformer").train()
    inputs = [torch.cat([a, b]) for a, b in zip(model.prepare(film(3)), model.prepare(film(3, seed=5)), strict=True)]
    inputs[1][1] = False  # the second clip has no face
    model(*inputs).square().sum().backward()
    silent = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0}
    assert silent == {"fusion.audio_absent.learned"}  # no clip lacks sound
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
