"""Wherever a clip is played its voice is played with it, by one player; and a voice is sent whole or not at all."""

from __future__ import annotations

import io
import re
import wave
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

import ferviz
from ferviz.explorers import Frames
from ferviz.explorers.annotator.cards import open_moving
from ferviz.explorers.shared.source import open_source
from ferviz.explorers.shared.voice import LONGEST, voice
from tests.explorers.test_items import pages
from tests.frame_nets import seeded

PLAYER = "shared/playing.js"


def heard(told: dict) -> np.ndarray:
    with wave.open(io.BytesIO(told["wav"])) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


def test_a_voice_is_sent_whole_and_a_clip_without_one_sends_none():
    clip = ferviz.sample("happiness-voice-agree")
    told = voice(clip)
    assert told["seconds"] == pytest.approx(len(clip.audio) / clip.sample_rate)
    np.testing.assert_allclose(heard(told), clip.audio.clip(-1, 1), atol=1e-4)
    assert voice(ferviz.sample("fear-moving")) is None
    assert voice(replace(clip, audio=np.zeros(0, np.float32))) is None


def test_a_sound_that_is_too_long_is_not_cut_and_says_so():
    clip = ferviz.sample("happiness-voice-agree")
    told = voice(replace(clip, audio=np.zeros(16000 * (LONGEST + 35), np.float32), sample_rate=16000))
    assert told["wav"] is None
    assert told["why"] == "The sound is not played: it lasts 95 s, and a page holds 60 at most."
    assert voice(replace(clip, audio=np.zeros(16000 * LONGEST, np.float32), sample_rate=16000))["wav"]


def test_one_script_plays_and_every_page_that_plays_has_it():
    top = files("ferviz.explorers")
    text = {str(path.relative_to(top)): path.read_text("utf-8") for path in top.glob("**/*.js")}
    sounding = {name for name, script in text.items() if re.search(r"new Audio|el\(\"(audio|video)\"|\"Play\"", script)}
    assert sounding == {PLAYER}
    players = {name for name, script in text.items() if "playback(" in script} - {PLAYER}
    assert players == {"shared/film.js", "face/clip.js", "annotator/film.js", "streams/lanes.js"}
    for page, scripts in pages().items():
        assert (PLAYER in scripts) == bool(players & set(scripts)), page


def test_frames_sends_the_voice_of_a_sample_and_of_a_film_in_which_a_face_was_found(tmp_path):
    models = seeded("mean")
    clip = ferviz.sample("anger-voice-agree")
    explorer = Frames("anger-voice-agree", models)
    np.testing.assert_allclose(heard(explorer.stage.picture["sound"]), clip.audio.clip(-1, 1), atol=1e-4)
    explorer.take("surprise-moving")
    assert explorer.stage.picture["sound"] is None
    film = ferviz.sample("astronaut-moving")
    explorer.take(open_source(replace(film[:12], audio=film.audio, sample_rate=film.sample_rate), "clip"))
    assert explorer.private
    assert len(heard(explorer._unsaved["picture"]["sound"])) == len(film.audio)
    assert explorer.stage.picture["sound"] is None  # what a notebook saves is the sample before


def test_a_card_of_the_annotator_has_its_clip_s_voice():
    model = ferviz.load_model("mini-xception")
    told = open_moving(model, "happiness-voice-agree").drawn()
    assert told["sound"]["wav"]
    assert open_moving(model, "happiness-moving").drawn()["sound"] is None
