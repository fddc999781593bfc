"""Voices of a prepared set: as tensors, with each speaker's own levels taken out, and `ferviz train audio`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_voices import EAR, voice
from typer.testing import CliRunner

from ferviz import Clip, Emotion, Gap, weights
from ferviz.cli import app
from ferviz.emotions import LABEL_SETS
from ferviz.learning.answering import Answer
from ferviz.learning.films import SILENCE, varied
from ferviz.learning.loop import Schedule
from ferviz.learning.recipes import WEIGHTS, Recipe, train_audio
from ferviz.learning.recipes import voices as recipes
from ferviz.learning.sets import Examples
from ferviz.learning.voices import evened, levels_of, voices_of
from ferviz.models import audio_video
from ferviz.models.hearing import Hearing
from ferviz.prepared import PlannedClip, read_clips, write_clips
from ferviz.seeds import luck

WORDS = ("anger", "happiness", "sadness", "neutral")


def write_voices(folder: Path, people: int = 4, *, folds: bool = True, source: str = "noise") -> Path:
    """A prepared set of noise: each speaker says every word, one louder than the other, and one film is silent."""
    planned = [
        PlannedClip(
            f"p{who}-{word}",
            Emotion(word),
            lambda seed=10 * who + place, loud=0.01 * (1 + who): voice(seed, loud),
            identity=f"p{who}",
            fold=who % 2 if folds else None,
            split="" if folds else ("validation" if who == 0 else "train"),
        )
        for who in range(people)
        for place, word in enumerate(WORDS)
    ]
    silent = Clip(np.zeros((2, 4, 4, 3), np.uint8), np.arange(2) / 8)
    fold, split = (0, "") if folds else (None, "train")
    planned.append(PlannedClip("silent", Emotion.ANGER, lambda: silent, identity="p0", fold=fold, split=split))
    more = {"labels": LABEL_SETS["RAVDESS"], "source": source, "licence": "nobody may sell it", "settings": {}}
    write_clips(folder, planned, **more)
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_voices(tmp_path / "voices")


@pytest.fixture
def heard(folder) -> Examples:
    return voices_of(read_clips(folder), Hearing(net=EAR))


def test_voices_are_told_by_speaker_fold_and_name_and_silent_films_are_left_out(folder, heard):
    stored = read_clips(folder)
    assert (len(stored), len(heard)) == (17, 16)
    assert heard.about["person"].tolist() == [row["identity"] for row in stored.rows[:16]]
    assert heard.about["fold"].tolist() == [0] * 4 + [1] * 4 + [0] * 4 + [1] * 4
    assert heard.about["name"][0] == "p0-anger"
    labels = LABEL_SETS["FER2013"]
    assert heard.targets["emotion"][:4].tolist() == [labels.index(word) for word in WORDS]
    recorded, usable = Hearing(net=EAR).record(stored[0])
    torch.testing.assert_close(heard.raw["sound"][0], recorded[0].half())
    assert torch.equal(heard.raw["window_mask"][0], usable[0])


def test_a_gap_of_the_sound_stays_one_and_what_has_another_label_is_not_learned(tmp_path):
    gone = Gap("audio", 1600, 3200, "a cough")
    planned = [
        PlannedClip("whole", Emotion.ANGER, lambda: voice(0, 0.1, seconds=0.6), identity="a", fold=0),
        PlannedClip("torn", Emotion.SADNESS, lambda: voice(1, 0.1, gaps=(gone,)), identity="b", fold=1),
    ]
    more = {"labels": LABEL_SETS["RAVDESS"], "source": "noise", "licence": "none", "settings": {}}
    write_clips(tmp_path / "set", planned, **more)
    found = voices_of(read_clips(tmp_path / "set"), Hearing(net=EAR), replace(LABEL_SETS["CK+"]))
    whole, torn = found.raw["window_mask"]
    assert whole.all()
    assert torn[:6].all()  # windows of 40 ms that end before the gap
    assert not torn[7:20].any()
    assert not torn[47:].any()  # behind the end
    silent = Clip(np.zeros((2, 4, 4, 3), np.uint8), np.arange(2) / 8)
    write_clips(tmp_path / "none", [PlannedClip("silent", Emotion.ANGER, lambda: silent)], **more)
    with pytest.raises(ValueError, match="clips must hold one sound that can be used at least; .*none has none"):
        voices_of(read_clips(tmp_path / "none"), Hearing(net=EAR))


def test_speakers_are_made_alike_and_their_clips_keep_their_differences(heard):
    alike, (mean, spread) = evened(heard), levels_of(heard)
    for who in ("p0", "p3"):
        at = heard.about["person"] == who
        own, wide = levels_of(alike[at])
        torch.testing.assert_close(own, mean, atol=0.05, rtol=0)
        torch.testing.assert_close(wide, spread, atol=0.05, rtol=0)
        assert (levels_of(heard[at])[0] - mean).abs().max() > 1
        before, after = (float(v.raw["sound"][at][0, 0, 3, :9].float().std()) for v in (heard, alike))
        assert after == pytest.approx(before * float(spread[3] / levels_of(heard[at])[1][3]), rel=0.01)
    other = (mean - 7, spread * 2)
    torch.testing.assert_close(levels_of(evened(heard, other))[0], other[0], atol=0.05, rtol=0)
    heard.raw["window_mask"][0] = False
    assert (evened(heard).raw["sound"][0] == SILENCE).all()
    heard.raw["window_mask"][:] = False
    with pytest.raises(ValueError, match="voices must have a window that can be used; got none"):
        levels_of(heard)


def test_noise_never_makes_a_sound_softer_than_it_was_and_comes_to_half_of_them(monkeypatch):
    raw = {"sound": torch.full((400, 1, 12, 10), SILENCE).half(), "window_mask": torch.ones(400, 10, dtype=torch.bool)}
    monkeypatch.setattr("ferviz.learning.films._HIDDEN", (0.0, 0))
    found = varied(3, 0.0)(raw, luck(0))["sound"]
    assert found.min() >= SILENCE
    loud = (found > -99).flatten(1).any(1).float().mean()
    assert float(loud) == pytest.approx(0.5, abs=0.08)
    assert float(found.max()) < -10


def test_mean_recall_counts_the_labels_that_come():
    logits = torch.eye(3)[[0, 0, 1, 2]]
    said = Answer({"emotion": logits}, {})
    part = Examples({"sound": torch.zeros(4, 1)}, {"emotion": torch.tensor([0, 1, 1, -1])})
    assert recipes.mean_recall(said, part) == pytest.approx(0.75)  # 1 of 1, and 1 of 2
    part.targets["emotion"][:] = -1
    assert recipes.mean_recall(said, part) is None


@pytest.mark.parametrize(
    ("fold", "person", "message"),
    [
        ([1, 2, 3, 4], "abcd", r'a fold 0 or a split "validation", and others beside it; got folds \[1, 2, 3, 4\]'),
        ([0, 0, 0, 0], "abcd", r"got folds \[0\] and splits \[''\]"),
        ([0, 1, 1, 1], "abca", "held out by speaker; 'a' is held out and learned from"),
    ],
)
def test_speakers_must_be_held_out_whole(fold, person, message):
    about = {"fold": np.array(fold), "person": np.array([*person]), "split": np.array([""] * 4)}
    voices = Examples({"sound": torch.zeros(4, 1)}, {"emotion": torch.zeros(4, dtype=torch.long)}, about=about)
    with pytest.raises(ValueError, match=message):
        recipes.held_out(voices)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(audio_video, "SOUND_COMPACT", EAR)
    one = Schedule(epochs=1, batch=4, rate=2e-3, **recipes.ADAM)
    monkeypatch.setattr(recipes, "STREAM", Recipe(one))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("folds", [True, False])
def test_real_voices_are_learned_from_the_command_line(tmp_path, folds):
    folder = write_voices(tmp_path / "set", folds=folds)
    done = CliRunner().invoke(app, ["train", "audio", "--voices", str(folder), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    path = tmp_path / "out" / "audio" / WEIGHTS
    assert done.stdout.splitlines()[-1] == str(path)
    card = weights.load(path, audio_video.shipped("voice"))
    assert card.name == "audio"
    assert card.licence.endswith("bound by its licence: nobody may sell it")
    assert card.data[0].startswith("voices of noise, 16 of 17 clips (manifest.json sha256 ")
    told = "It heard 2 speakers; held out: p0, p2." if folds else "It heard 3 speakers; held out: p0."
    assert card.limits[1] == told
    assert {entry.what for entry in card.metrics} == {
        "loss, last epoch",
        "held out emotion accuracy, last epoch",
        "held out mean recall, last epoch",
    }


def test_voices_belong_to_audio_and_audio_needs_voices(tmp_path):
    for name in ("av-voice", "fan"):
        done = CliRunner().invoke(app, ["train", name, "--voices", str(tmp_path), "--out", str(tmp_path)])
        assert done.exit_code == 2
        assert "--voices belongs to audio" in done.output
    done = CliRunner().invoke(app, ["train", "audio", "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "voices must name a prepared set: the voice stream on real voices learns from it" in done.output
    with pytest.raises(FileNotFoundError, match="is not there"):
        train_audio(tmp_path, voices=tmp_path / "none")


def test_making_speakers_alike_leaves_the_voices_as_they_were(heard):
    whole = replace(heard, raw={**heard.raw, "sound": heard.raw["sound"].float()})
    before = whole.raw["sound"].clone()
    evened(whole)
    assert torch.equal(whole.raw["sound"], before)
