"""Two streams without a browser: every number is the network's, every change does what it says, truth is kept."""

from __future__ import annotations

import io
import json
import wave
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

import ferviz
from ferviz import audio
from ferviz.clip import Clip, Gap
from ferviz.explorers import TwoStreams
from ferviz.explorers.streams import drawing, net
from ferviz.explorers.streams.film import NOISE, choices
from ferviz.explorers.streams.text import NO_WEIGHTS
from ferviz.models.audio_video import AudioVideo
from ferviz.scores import cover, filling, modality_shares
from ferviz.streams import wav
from tests.tiny_av import tiny_av

SAMPLE = "happiness-voice-conflict"
AGREE = "happiness-voice-agree"
SIDE = ferviz.sample(SAMPLE).frames.shape[1]
COUNT = len(ferviz.sample(SAMPLE))


@pytest.fixture(scope="module")
def model() -> AudioVideo:
    return tiny_av()


@pytest.fixture
def streams(model) -> TwoStreams:
    return TwoStreams(SAMPLE, model)


def wish(explorer: TwoStreams, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])
    assert explorer.error == ""


def heard(told: dict) -> np.ndarray:
    with wave.open(io.BytesIO(told["wav"])) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


def drawn(explorer: TwoStreams, name: str) -> np.ndarray:
    return np.frombuffer(explorer.stage.answer["rows"][name], "<f4")


def same(explorer: TwoStreams, model: AudioVideo, clip: Clip) -> None:
    """The weights and the answer of a clip, as `observe` has them."""
    seen = ferviz.observe(model, clip)
    np.testing.assert_allclose(explorer.view.frames, seen["video.weight"], atol=1e-5)
    np.testing.assert_allclose(explorer.view.positions, seen["audio.weight"], atol=1e-5)
    np.testing.assert_allclose(explorer.view.said["both"], seen["emotion_probability"], atol=1e-5)


# ---- the numbers are the network's -----------------------------------------------------------------------------------


@pytest.mark.parametrize("attention", ["self", "relation", "transformer"])
def test_weights_and_answers_are_what_observe_says(attention):
    model = tiny_av("concatenation", attention)
    explorer = TwoStreams(SAMPLE, model)
    same(explorer, model, ferviz.sample(SAMPLE))
    np.testing.assert_array_equal(drawn(explorer, "positions"), explorer.view.positions.astype("<f4"))
    np.testing.assert_array_equal(explorer.view.before, explorer.view.said["both"])


@pytest.mark.parametrize("absent", ["learned", "mean"])
def test_answers_to_each_and_shares_are_those_of_the_library(model, absent):
    explorer = TwoStreams(SAMPLE, model, absent=absent, label="anger")
    found = modality_shares(model, ferviz.sample(SAMPLE), absent=absent)
    for who in ("none", "audio", "video", "both"):
        np.testing.assert_allclose(explorer.view.said[who], found.emotion_probability.sel(coalition=who), atol=1e-6)
    at = explorer.view.place
    for scale in ("logit", "probability"):
        value = explorer.view.shares[absent][scale]
        np.testing.assert_allclose(np.stack(value[:2]), found[f"emotion_{scale}_share"], atol=1e-6)
        np.testing.assert_allclose(value.interaction, found[f"emotion_{scale}_interaction"], atol=1e-6)
        told = explorer.stage.answer["shares"][absent][scale]
        np.testing.assert_allclose(told, [part[at] for part in value], atol=1e-4)
    assert f"Shapley's shares of the logit of anger: voice {told_in_words(explorer)}" in explorer.describe()


def told_in_words(explorer: TwoStreams) -> str:
    state, at = explorer.state, explorer.view.place
    return f"{explorer.view.shares[state.absent]['logit'].first[at]:+.2f}".replace("-", "−")


def test_the_two_stand_ins_give_two_shares(streams):
    first, second = (streams.view.shares[absent]["logit"].first for absent in ("learned", "mean"))
    assert np.abs(first - second).max() > 0.05
    assert "With the mean of the training clips as the stand-in: voice" in streams.describe()


def test_fbp_step_by_step_is_what_the_network_names(streams, model):
    seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    steps = streams.view.steps
    for name, quantity in (("audio", "audio_projected"), ("video", "video_projected")):
        np.testing.assert_allclose(getattr(steps, name), seen[quantity], atol=1e-5)
    for name in ("product", "pooled", "fused"):
        np.testing.assert_allclose(getattr(steps, name), seen[name], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(steps.fused), 1, atol=1e-5)
    np.testing.assert_allclose(steps.root / np.linalg.norm(steps.root), steps.fused, atol=1e-5)
    assert streams.view.added is None


@pytest.mark.parametrize("attention", ["self", "relation", "transformer"])
def test_pairs_are_what_the_network_names_and_add_up_to_the_sum(attention):
    model = tiny_av("fbp", attention)
    explorer = TwoStreams(SAMPLE, model, tab="pairs", sum=2)
    seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    bands, columns = explorer.stage.picture["bands"], explorer.stage.picture["columns"]
    pair = seen["pair"].isel(sum=2).values.reshape(-1, bands, columns).sum(1)
    np.testing.assert_allclose(explorer.view.pairs, pair, atol=1e-5)
    np.testing.assert_allclose(explorer.view.pairs.sum(), explorer.view.steps.pooled[2], atol=1e-4)
    np.testing.assert_array_equal(np.frombuffer(explorer.stage.answer["pairs"], "<f4"), explorer.view.pairs.ravel())
    assert "Of FBP's sum 2, " in explorer.describe()
    wish(explorer, frame_weights=[1.0] + [0.0] * (COUNT - 1))
    assert not explorer.view.pairs[1:].any()
    np.testing.assert_allclose(explorer.view.pairs.sum(), explorer.view.steps.pooled[2], atol=1e-4)


def test_a_pair_that_is_chosen_is_said_kept_by_the_code_and_goes_with_its_clip(model):
    explorer = TwoStreams(SAMPLE, model, tab="pairs", sum=2)
    frames, columns = explorer.view.pairs.shape
    at = next(cell for cell in ((1, 0), (1, 1)) if explorer.view.pairs[cell] != explorer.view.pairs.max())
    assert "the largest pair is frame" in explorer.describe()
    wish(explorer, pair=list(at))
    said = f"the chosen pair is frame 1 with step {at[1]} of the sound, {explorer.view.pairs[at]:+.2g}."
    assert said.replace("-", "−") in explorer.describe()
    assert f"pair={at}" in explorer.code()
    assert explorer.stage.answer["state"]["pair"] == at
    for wrong in ((frames, 0), (0, columns), (-1, 0)):
        with pytest.raises(ValueError, match=f"^pair must be None, or a frame from 0 to {frames - 1} and a step of"):
            explorer.show(pair=wrong)
    explorer.show(clip=AGREE)
    assert explorer.state.pair is None


def test_there_are_no_pairs_in_another_tab_without_a_stream_or_where_nothing_multiplies(streams):
    assert streams.view.pairs is None
    assert TwoStreams(SAMPLE, tiny_av("concatenation"), tab="pairs", sum=9).view.pairs is None
    wish(streams, tab="pairs", audio="gone")
    assert streams.view.pairs is None
    assert streams.stage.answer["pairs"] is None


def test_the_worked_example_has_the_numbers_of_the_specification(streams):
    told = streams.stage.picture["example"]
    expected = {
        "audio": [2, 2, 2.5, 1], "video": [1.5, -0.75, 3, 2], "product": [3, -1.5, 7.5, 2],
        "pooled": [1.5, 9.5], "root": [1.224745, 3.082207], "fused": [0.369274, 0.929320],
    }  # fmt: skip
    for name, values in expected.items():
        np.testing.assert_allclose(np.frombuffer(told[name], "<f4"), values, atol=1e-6)
    assert told["factors"] == 2


@pytest.mark.parametrize("kind", ["concatenation", "mean", "product", "weights"])
def test_where_nothing_multiplies_what_each_stream_adds_is_exact(kind):
    model = tiny_av(kind)
    explorer = TwoStreams(SAMPLE, model)
    assert explorer.view.steps is None
    seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    np.testing.assert_allclose(explorer.view.added, seen["contribution"], atol=1e-5)
    np.testing.assert_allclose(explorer.stage.answer["added"], explorer.view.added, atol=1e-4)


# ---- what a hand changes ---------------------------------------------------------------------------------------------


def test_a_cover_hides_its_share_of_every_picture(streams, model):
    clip = ferviz.sample(SAMPLE)
    wish(streams, cover=0.36)
    frames = np.stack([cover(frame, filling(frame, "gray"), 0.5, 0.5, 0.6) for frame in clip.frames])
    same(streams, model, replace(clip, frames=frames))
    assert "A gray square covers 36% of each picture." in streams.describe()
    told = streams.stage.picture  # the browser lays the same gray square over the pictures that it has
    assert told["turn"] == streams.stage.answer["sheet"] == 1
    assert told["grays"] == [frame[SIDE // 2, SIDE // 2, 0] for frame in frames]
    assert streams.view.before is not streams.view.said["both"]


def test_the_sound_comes_later_sooner_under_noise_or_from_another(streams, model):
    clip, other = ferviz.sample(SAMPLE), ferviz.sample(AGREE)
    wish(streams, shift=0.4)
    later = np.concatenate([np.zeros(6400, np.float32), clip.audio[:-6400]])
    same(streams, model, replace(clip, audio=later))
    assert "The sound comes 0.40 s later." in streams.describe()
    wish(streams, shift=-0.4)
    same(streams, model, replace(clip, audio=np.concatenate([clip.audio[6400:], np.zeros(6400, np.float32)])))
    assert "0.40 s sooner" in streams.describe()
    wish(streams, shift=0, noise=5)
    noisy = audio.with_noise(clip.audio, clip.sample_rate, 5.0, np.random.default_rng(NOISE))
    same(streams, model, replace(clip, audio=noisy))
    assert "It stands 5 dB above noise." in streams.describe()
    wish(streams, noise=30.0)  # the slider's end is called none
    assert (streams.state.noise, streams.state.touched) == (None, False)
    wish(streams, noise=None, voice_of=AGREE)
    same(streams, model, replace(clip, audio=other.audio))
    assert f"The voice is that of {AGREE}." in streams.describe()


def test_silence_is_a_sound_and_no_voice_is_a_stand_in(streams, model):
    clip = ferviz.sample(SAMPLE)
    both = streams.view.said
    wish(streams, audio="silent")
    same(streams, model, replace(clip, audio=np.zeros_like(clip.audio)))
    assert streams.view.shares is not None
    wish(streams, audio="gone")
    np.testing.assert_allclose(streams.view.said["both"], both["video"], atol=1e-6)
    assert np.isnan(streams.view.positions).all()
    assert streams.view.shares is None
    assert "There is no voice: a stand-in takes its place." in streams.describe()
    assert "Shares need both streams." in streams.describe()
    wish(streams, video="gone")
    np.testing.assert_allclose(streams.view.said["both"], both["none"], atol=1e-6)
    assert "There is no voice and no face" in streams.describe()
    json.dumps(streams.stage.answer, default=len, allow_nan=False)


def test_a_weight_that_is_dragged_is_an_intervention(streams, model):
    clip, own = ferviz.sample(SAMPLE), streams.view
    wanted = np.linspace(0, 1, len(clip))
    wish(streams, frame_weights=[round(float(value), 6) for value in wanted])
    with ferviz.intervene(model, {"video.weight": (wanted / wanted.sum()).astype(np.float32)}):
        seen = ferviz.observe(model, clip)
    np.testing.assert_allclose(streams.view.said["both"], seen["emotion_probability"], atol=1e-5)
    np.testing.assert_array_equal(streams.view.own_frames, own.frames)
    assert "Weights of the face were moved by hand." in streams.describe()


def test_a_step_in_time_moves_all_of_its_bands(streams, model):
    bands, columns = streams.stage.picture["bands"], streams.stage.picture["columns"]
    own = streams.view.positions.reshape(bands, columns)
    wanted = np.zeros(columns)
    wanted[2] = 1
    wish(streams, voice_weights=wanted.tolist())
    now = streams.view.positions.reshape(bands, columns)
    np.testing.assert_allclose(now.sum(0), wanted, atol=1e-6)
    np.testing.assert_allclose(now[:, 2], own[:, 2] / own[:, 2].sum(), atol=1e-6)
    with ferviz.intervene(model, {"audio.weight": streams.view.positions.astype(np.float32)}):
        seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    np.testing.assert_allclose(streams.view.said["both"], seen["emotion_probability"], atol=1e-5)


def test_only_what_a_change_touches_runs_through_a_backbone(streams, monkeypatch):
    ran = []
    _, model = streams.network("")
    for name, part in (("voice", model.audio.backbone), ("face", model.video.backbone)):
        own = part.forward
        monkeypatch.setattr(part, "forward", lambda *given, own=own, name=name: ran.append(name) or own(*given))

    def of(**changes: object) -> set[str]:
        ran.clear()
        streams.show(**changes)
        return set(ran)

    count = len(ferviz.sample(SAMPLE))
    assert of(label="fear", scale="probability", absent="mean", second=1.0) == set()
    assert of(frame_weights=(1.0,) * count) == set()
    assert of(audio="gone") == set()
    assert len(ran) == 0
    streams.show(audio="heard")
    assert of(shift=0.3) == {"voice"}
    assert of(cover=0.3) == {"face"}
    monkeypatch.undo()


# ---- what is played, and what the browser gets -----------------------------------------------------------------------


def test_the_player_gets_the_sound_as_it_is_changed(streams):
    clip = ferviz.sample(SAMPLE)
    np.testing.assert_allclose(heard(streams.stage.picture["sound"]), clip.audio.clip(-1, 1), atol=1e-4)
    turn = streams.stage.picture["turn"]
    wish(streams, label="fear")
    assert streams.stage.picture["turn"] == turn
    film = streams.stage.picture["film"]
    wish(streams, shift=0.5)
    assert streams.stage.picture["film"] == film
    assert streams.stage.picture["turn"] == streams.stage.answer["sheet"] == turn + 1
    assert not heard(streams.stage.picture["sound"])[:8000].any()
    wish(streams, audio="gone")
    assert streams.stage.picture["sound"]["why"] == "The voice is taken away."


def test_what_the_picture_keeps_and_what_a_position_hears_can_be_heard(streams, model):
    ear = model.config.ear
    wish(streams, plays="kept")
    record, _ = ear.record(ferviz.sample(SAMPLE))
    kept = audio.sound_of(record[0, 0], ear.spectrum).clamp(-1, 1)
    np.testing.assert_allclose(heard(streams.stage.picture["sound"]), kept, atol=1e-4)
    at = streams.stage.picture["columns"] // 2
    wish(streams, plays="position", position=at)
    seen = {key: np.frombuffer(values, "<f4") for key, values in streams.stage.picture["seen"].items()}
    one = heard(streams.stage.picture["sound"])
    first, last = (round(seen[end][at] * ear.spectrum.rate) for end in ("seconds_from", "seconds_to"))
    assert np.abs(one[: max(0, first - 1)]).max(initial=0) < 1e-3
    assert np.abs(one[last + 1 :]).max(initial=0) < 1e-3
    assert np.abs(one).max() > 0


def test_a_position_plays_the_bands_that_reach_it_and_no_neighbour(streams, model):
    sound, usable = model.config.ear.record(ferviz.sample(SAMPLE))
    bands, columns = drawing.map_of(model, sound.shape[3])
    position = bands // 2 * columns + columns // 2
    own = net.hear(model, (sound, usable)).vectors[0, position]

    def reaches(band: int) -> bool:
        louder = sound.clone()
        louder[0, 0, band] += torch.linspace(-40, 40, sound.shape[3])
        return not torch.equal(net.hear(model, (louder, usable)).vectors[0, position], own)

    played = drawing.within(sound.shape[2:], model.config.ear.net, position).any(1)
    assert 0 < played.sum() < len(played) - 1  # it has neighbours that it does not see
    assert [reaches(band) for band in range(len(played))] == played.tolist()


def test_a_map_and_its_picture_have_the_size_that_is_told(streams, model):
    told = streams.stage.picture
    record, _ = model.config.ear.record(ferviz.sample(SAMPLE))
    assert (told["rows"], told["windows"]) == tuple(record.shape[2:])
    mel = np.frombuffer(told["mel"], np.uint8).reshape(told["rows"], told["windows"]) / 2 - 100
    np.testing.assert_allclose(mel, record[0, 0], atol=0.26)
    assert told["bands"] * told["columns"] == len(streams.view.positions) == len(told["seen"]["hertz"]) // 4
    seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    np.testing.assert_allclose(np.frombuffer(told["seen"]["hertz"], "<f4"), seen["hertz"], rtol=1e-5)
    assert told["hertz"] == sorted(told["hertz"])


def test_positions_that_see_most_of_the_sound_are_said_to(streams):
    assert streams.stage.picture["reach"] == "each position sees 0.2 s and 67% of the bands"
    assert "Of the sound each position sees 0.2 s and 67% of the bands." in streams.describe()
    wish(streams, audio="gone")
    assert "each position sees" not in streams.describe()
    assert TwoStreams(SAMPLE).stage.picture["reach"] == ""


def test_the_spectrogram_is_shown_where_the_network_reads_that():
    ear = replace(tiny_av().config.ear, picture="spectrogram", net=replace(tiny_av().config.ear.net, pictures=1))
    explorer = TwoStreams(SAMPLE, tiny_av(ear=ear), plays="kept")
    assert explorer.stage.picture["rows"] == ear.spectrum.bins
    assert np.abs(heard(explorer.stage.picture["sound"])).max() > 0


def test_gaps_of_the_sound_move_with_it_and_stay_gaps(model):
    clip = ferviz.sample(SAMPLE)
    damaged = replace(clip, gaps=(Gap("audio", 8000, 16000, "the sound is damaged here"),))
    explorer = TwoStreams(damaged, model)
    same(explorer, model, damaged)
    explorer.show(shift=0.5)
    later = np.concatenate([np.zeros(8000, np.float32), clip.audio[:-8000]])
    same(explorer, model, replace(clip, audio=later, gaps=(Gap("audio", 16000, 24000, "later"),)))
    assert explorer._unsaved["picture"]["unusable"]


# ---- clips and networks ----------------------------------------------------------------------------------------------


def test_where_no_trained_network_ships_one_that_learned_nothing_stands_in_and_says_so(monkeypatch):
    monkeypatch.setattr(net, "MODELS", {})
    explorer = TwoStreams()
    assert explorer.networks == ("untrained",)
    assert explorer.stage.picture["untrained"] == NO_WEIGHTS
    assert explorer.describe().startswith("No trained weights of this network come with this ferviz")
    assert explorer.code() == "ferviz.explorers.TwoStreams('happiness-voice-conflict')"


def test_heads_of_the_zoo_are_offered_and_loaded_when_asked_for():
    explorer = TwoStreams()
    assert explorer.stage.picture["networks"] == [*net.ZOO]
    assert [*explorer._models] == ["av"]
    wish(explorer, network="av-concatenation", label="anger")
    same(explorer, ferviz.load_model("av-concatenation"), ferviz.sample(explorer.state.clip))
    assert explorer.view.added is not None  # where streams add up, what each adds is exact
    assert explorer.code().endswith("network='av-concatenation', label='anger')")
    assert TwoStreams(model={"av": "av"}).networks == ("av",)


def test_several_networks_are_switched_between(model):
    given = {"product": tiny_av("product"), "self": tiny_av("concatenation", "self"), "fbp": model}
    explorer = TwoStreams(SAMPLE, given)
    assert explorer.stage.picture["networks"] == ["product", "self", "fbp"]
    assert explorer.stage.picture["untrained"] == ""
    wish(explorer, network="fbp")
    same(explorer, model, ferviz.sample(SAMPLE))
    assert explorer.stage.picture["kind"] == "fbp"
    assert explorer.code() == f"ferviz.explorers.TwoStreams('{SAMPLE}', model=model, network='fbp')"


def test_a_recording_of_ones_own_has_no_face(model):
    clip = ferviz.sample(SAMPLE)
    explorer = TwoStreams(wav(clip.audio, clip.sample_rate), model)
    assert explorer.private
    assert np.isnan(explorer.view.frames).all()
    assert "There is no face: a stand-in takes its place." in explorer.describe()
    assert "No face: no pictures." in explorer.describe()
    assert explorer._unsaved["picture"]["times"] == []
    assert explorer.stage.picture["clip"] == SAMPLE  # what a notebook saves
    unseen = replace(clip[:1], audio=clip.audio, sample_rate=clip.sample_rate, gaps=(Gap("frames", 0, 1, "unseen"),))
    with pytest.warns(UserWarning, match="no frame that can be used"):
        alone = ferviz.observe(model, unseen)
    np.testing.assert_allclose(explorer.view.said["both"], alone["emotion_probability"], atol=1e-4)


def test_a_film_without_a_face_is_heard_and_one_with_neither_is_refused(model):
    blank = np.full((3, 200, 200, 3), 128, np.uint8)
    clip = Clip(blank, np.arange(3) / 4, ferviz.sample(SAMPLE).audio, 16000)
    explorer = TwoStreams(clip, model)
    assert "No face: no face found in" in explorer.describe()
    with pytest.raises(ValueError, match="no face found in"):
        TwoStreams(Clip(blank, np.arange(3) / 4), model)


def test_a_sample_without_a_voice_has_its_face_alone(model):
    explorer = TwoStreams("surprise-moving", model)
    assert "There is no voice" in explorer.describe()
    assert explorer.stage.picture["sound"] is None
    explorer.show(voice_of=AGREE)
    assert explorer.view.shares is not None


@pytest.mark.parametrize(("clip", "changes", "says"), [
    (AGREE, {}, "the face shows happiness, the voice says happiness: they agree."),
    (SAMPLE, {}, "the face shows happiness, the voice says anger: they contradict each other."),
    ("sadness-voice-only", {}, "the face shows neutral, the voice says sadness: the voice alone carries an emotion."),
    (AGREE, {"voice_of": "anger-voice-agree"}, "the voice says anger: they contradict each other."),
    (AGREE, {"audio": "gone"}, "the face shows happiness, the voice is gone."),
    ("surprise-moving", {}, "Truth: the face shows surprise, there is no voice."),
    ("surprise-moving", {"voice_of": AGREE}, "the voice says happiness: they contradict each other."),
    ("astronaut-moving", {}, "Truth is not known: only synthetic clips have it."),
])  # fmt: skip
def test_the_truth_follows_the_changes(model, clip, changes, says):
    assert says in TwoStreams(clip, model, **changes).describe()


def test_every_preset_is_a_view_and_another_clip_sets_back_what_belongs_to_the_first(streams):
    for place in range(1, len(streams.PRESETS) + 1):
        streams.preset(place)
        assert streams.describe()
    streams.preset(1)
    streams.show(voice_of="anger-voice-agree", position=3, plays="position")
    streams.show(clip="sadness-voice-only")
    assert (streams.state.voice_of, streams.state.position, streams.state.plays) == ("", None, "sound")


def test_the_code_makes_the_same_view_again(model):
    state = {"cover": 0.25, "noise": 10.0, "shift": 0.5, "absent": "mean", "label": "fear", "voice_of": AGREE}
    explorer = TwoStreams(SAMPLE, model, **state)
    again = eval(explorer.code(), {"ferviz": ferviz, "model": model})  # noqa: S307
    assert asdict(again.state) == asdict(explorer.state)
    np.testing.assert_array_equal(again.view.said["both"], explorer.view.said["both"])


def test_a_page_holds_the_sound_and_asks_for_ones_own(streams, model):
    page = streams.page()
    assert "audio/wav" in page
    assert '"offline": true' in page
    clip = ferviz.sample(SAMPLE)
    own = TwoStreams(wav(clip.audio, clip.sample_rate), model)
    with pytest.raises(ValueError, match="the page would hold your own clip's frames and sound: pass own=True"):
        own.page()


def test_a_still_shows_frames_and_the_answer(streams):
    still = streams.still()
    assert list(still.pictures) == ["Frames 0, 9, 18, 27"]
    np.testing.assert_allclose(sum(still.bars.values()), 1, atol=1e-5)


# ---- what does not fit -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("changes", "message"), [
    ({"network": "relation"}, "network must be one of fbp; got 'relation'"),
    ({"label": "joy"}, "label must be one of anger, .*; got 'joy'"),
    ({"voice_of": "fear-moving"}, f"voice_of must be one of {', '.join(choices())}; got 'fear-moving'"),
    ({"second": 60.0}, r"second must be 0 to \d\.\d\d; got 60"),
    ({"second": -1.0}, "second must be 0 or more; got -1"),
    ({"sum": -1}, "sum must be 0 or more; got -1"),
    ({"sum": 4}, "sum must be 0 to 3; got 4"),
    ({"position": 10**6}, r"position must be 0 to \d+; got 1000000"),
    ({"plays": "position"}, "plays must be 'sound' or 'kept' where no position is chosen; got 'position'"),
    ({"plays": "noise"}, "plays must be one of sound, kept, position; got 'noise'"),
    ({"cover": 1.5}, "cover must lie between 0 and 1; got 1.5"),
    ({"shift": 2.0}, "shift must lie between -1 and 1; got 2"),
    ({"noise": 90.0}, "noise must lie between -10 and 30 dB or be None; got 90"),
    ({"frame_weights": (1.0,)}, rf"frame_weights must have {COUNT} numbers, one a place; got 1"),
    ({"frame_weights": (0.0,) * COUNT}, "frame_weights must be above 0 at some place"),
    ({"frame_weights": (2.0,) * COUNT}, "frame_weights must lie between 0 and 1; got 2.0 to 2.0"),
    ({"voice_weights": (1.0, 1.0)}, r"voice_weights must have \d+ numbers, one a place; got 2"),
])  # fmt: skip
def test_a_choice_that_does_not_fit_is_named(streams, changes, message):
    before = streams.state
    with pytest.raises(ValueError, match=f"^{message}"):
        streams.show(**changes)
    assert streams.state == before


def test_a_network_that_does_not_fit_is_named():
    with pytest.raises(TypeError, match="^model must be an AudioVideo or the name of one; got MiniXception"):
        TwoStreams(SAMPLE, "mini-xception")
    with pytest.raises(ValueError, match="^model must have two streams; this one has audio alone"):
        TwoStreams(SAMPLE, tiny_av("audio"))
    with pytest.raises(ValueError, match=r"^model\['face'\] must have two streams; this one has video alone"):
        TwoStreams(SAMPLE, {"face": tiny_av("video")})
    with pytest.raises(ValueError, match="^model must hold at least one network; got none"):
        TwoStreams(SAMPLE, {})
    wide = tiny_av()
    wide.crop = replace(wide.crop, margin=0.3)
    message = r"^model must hold networks for which faces are cut alike; 'one' wants Crop.*'two' Crop.*margin=0\.3"
    with pytest.raises(ValueError, match=message):
        TwoStreams(SAMPLE, {"one": tiny_av(), "two": wide})
    with pytest.raises(ValueError, match="^model must be one of mini-xception.*; got 'avv'"):
        TwoStreams(SAMPLE, "avv")


def test_a_sound_that_the_network_does_not_take_is_said(model):
    long = np.zeros(16_000 * 130, np.float32)
    with pytest.raises(ValueError, match="sound must last 120 s at most; that of 'array' lasts 130.0 s"):
        TwoStreams(Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), long, 16_000), model)


def test_a_sound_that_is_too_long_is_refused_and_the_next_is_heard(streams, model):
    long, short = (Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), np.full(count, 0.1, np.float32), 1600)
                   for count in (121 * 1600, 1600))  # fmt: skip
    with pytest.raises(ValueError, match="sound must last 120 s at most; that of 'array' lasts 121.0 s"):
        streams.take(long)
    assert streams.source == SAMPLE
    streams.take(short)
    assert streams.heard(streams.state).clip.duration == 1


def test_a_sound_that_is_a_gap_throughout_is_said(model):
    sound = np.full(1600, 0.1, np.float32)
    gaps = (Gap("audio", 0, 1600, "the sound is damaged here"),)
    damaged = Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), sound, 1600, gaps=gaps)
    explorer = TwoStreams(damaged, model)
    assert "There is no voice and no face: a stand-in takes its place. No face: no pictures." in explorer.describe()
    assert "Nothing of the sound can be used." in explorer.describe()
    silent = TwoStreams("surprise-moving", model)
    assert "Nothing of the sound" not in silent.stage.answer["words"]["changed"]
