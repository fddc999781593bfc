"""From pictures back to sounds, resampling, and windows in gaps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ferviz
from ferviz import Gap, audio
from ferviz.audio import SPEECH
from ferviz.faces.voices import SENTENCES, speak
from ferviz.streams import wav


def tone(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


# ---- back to a sound ----


def test_what_is_rebuilt_from_a_picture_of_a_voice_has_that_picture():
    voice = torch.from_numpy(speak(SENTENCES[1], "Ada").audio)
    mel = audio.log_mel(voice)
    heard = audio.sound_of(mel)
    assert heard.shape == (SPEECH.samples(mel.shape[-1]),)
    assert heard.abs().max() < 2
    again, loud = audio.log_mel(heard), mel > mel.max() - 50
    assert (again - mel)[loud].abs().mean() < 2  # dB; 1.2 was seen
    other = audio.log_mel(torch.from_numpy(speak(SENTENCES[2], "Ada").audio))[:, : mel.shape[-1]]
    assert (other - mel[:, : other.shape[-1]])[loud[:, : other.shape[-1]]].abs().mean() > 6  # else nothing is shown


def test_more_rounds_come_nearer_to_the_spectrogram():
    power = audio.spectrogram(torch.from_numpy(tone(440, 0.5, 16_000) + tone(1250, 0.5, 16_000)).double() / 2)

    def missed(rounds):
        return float((audio.spectrogram(audio.griffin_lim(power, rounds=rounds)).sqrt() - power.sqrt()).norm())

    assert missed(60) < 0.3 * missed(1)
    assert missed(60) < 0.05 * float(power.sqrt().norm())


def test_the_seed_decides_the_phases():
    power = audio.spectrogram(torch.from_numpy(tone(300, 0.2, 16_000)))
    first, same, other = (audio.griffin_lim(power, rounds=2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.allclose(first, other)


def test_silence_comes_back_as_silence():
    silence = torch.full((2, 64, 5), -100.0)
    assert audio.sound_of(silence).abs().max() == 0
    assert audio.griffin_lim(torch.zeros(321, 1)).tolist() == [0] * 640


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: audio.griffin_lim(torch.zeros(64, 3)), r"power must have shape \(…, 321, windows\); got \(64, 3\)"),
        (lambda: audio.griffin_lim(torch.full((321, 3), -1.0)), "power must be finite and not negative"),
        (
            lambda: audio.griffin_lim(torch.zeros(321, 3), audio.Spectrum(shift=0.05)),
            r"spectrum must have a shift of at most its window.*; got a shift of 0\.05 s and a window of 0\.04 s",
        ),
        (lambda: audio.griffin_lim(torch.zeros(321, 3), rounds=0), "rounds must be a whole number of at least 1"),
        (lambda: audio.sound_of(torch.zeros(321, 3)), r"mel must have shape \(…, 64, windows\); got \(321, 3\)"),
        (lambda: audio.sound_of(torch.full((64, 3), float("nan"))), "mel must be finite; got NaN or infinity"),
    ],
)
def test_pictures_that_cannot_be_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- rates and channels ----


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_its_place_at_another_rate(rate):
    found = audio.resample(tone(440, 1.5, rate), rate)
    assert found.shape == (24_000,)
    np.testing.assert_allclose(found[200:-200], tone(440, 1.5, 16_000)[200:-200], atol=1e-3)


def test_a_sound_of_eight_kilohertz_has_nothing_above_four():
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    mel = audio.log_mel(torch.from_numpy(audio.resample(noise, 8000)))
    low, _, high = SPEECH.edges().T
    assert mel[high < 3800].mean() > mel[low > 4200].mean() + 30


def test_the_rate_that_is_wanted_changes_nothing():
    sound = tone(440, 0.1, 16_000)
    found = audio.resample(sound, 16_000)
    assert found is not sound
    np.testing.assert_array_equal(found, sound)


@pytest.mark.parametrize("samples", [1, 7, 100])
def test_a_few_samples_are_not_lost(samples):
    assert audio.resample(np.ones(samples, np.float32), 48_000).shape == (-(-samples // 3),)


def test_both_channels_of_a_film_are_heard(tmp_path):
    both = np.stack([tone(300, 1, 16_000), np.zeros(16_000, np.float32)], 1)
    path = tmp_path / "stereo.wav"
    head = bytearray(wav(both.reshape(-1), 16_000))
    head[22:24], head[32:34] = (2).to_bytes(2, "little"), (4).to_bytes(2, "little")
    head[28:32] = (64_000).to_bytes(4, "little")
    path.write_bytes(head)
    clip = ferviz.load_clip(path)
    np.testing.assert_allclose(audio.resample(clip.audio, clip.sample_rate), both.mean(1), atol=1e-4)


def test_what_is_no_sound_is_not_resampled():
    with pytest.raises(TypeError, match=r"audio must be a float32 array of shape \(N,\), mono, -1 to 1"):
        audio.resample(np.zeros((2, 10), np.float32), 16_000)
    with pytest.raises(TypeError, match="got None"):
        audio.resample(None, 16_000)
    with pytest.raises(ValueError, match="audio must be finite; got NaN or infinity"):
        audio.resample(np.array([np.nan], np.float32), 16_000)
    with pytest.raises(TypeError, match="to must be a whole number"):
        audio.resample(np.zeros(10, np.float32), 16_000, 8000.5)
    with pytest.raises(ValueError, match=r"sample_rate must be .* whole .*; got 16000.5"):
        audio.resample(np.zeros(10, np.float32), 16_000.5)


# ---- gaps ----


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
def test_gaps_of_the_sound_stay_gaps(rate):
    gap = Gap("audio", round(0.5 * rate), round(0.6 * rate), "damaged")
    clip = ferviz.Clip(np.zeros((0, 1, 1, 3), np.uint8), [], np.zeros(rate, np.float32), rate, gaps=(gap,))
    usable = audio.usable_windows(clip.usable("audio"), rate)
    assert len(usable) == audio.log_mel(torch.from_numpy(audio.resample(clip.audio, rate))).shape[-1]
    start = np.arange(len(usable)) * 0.01
    np.testing.assert_array_equal(usable, (start + 0.04 <= 0.5 + 1e-9) | (start >= 0.6 - 1e-9))


def test_a_gap_at_the_end_of_a_short_sound_counts():
    usable = np.ones(100, bool)
    usable[-1] = False
    assert audio.usable_windows(usable, 16_000).tolist() == [False]
    assert audio.usable_windows(usable[:-1], 16_000).tolist() == [True]
    with pytest.raises(ValueError, match="usable must have one sample at least; got none"):
        audio.usable_windows(np.ones(0, bool), 16_000)
