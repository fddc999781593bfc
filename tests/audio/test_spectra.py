"""Spectrograms: librosa's numbers, gradients, silence and short sounds, deltas in batches, and what does not fit."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import torch

from ferviz import audio
from ferviz.audio import SPEECH, Spectrum
from ferviz.faces.voices import SENTENCES, speak
from ferviz.seeds import luck

OTHER = Spectrum(rate=22_050, window=0.025, shift=0.0125, bands=40, low=80, high=7600)
TOLD = {"window": "hamming", "center": False, "power": 2.0}


@pytest.fixture(scope="module")
def voice() -> torch.Tensor:
    return torch.from_numpy(speak(SENTENCES[0], "Ada").audio)


def noise(*shape: int, dtype=torch.float64) -> torch.Tensor:
    return torch.randn(shape, generator=luck(0), dtype=dtype) * 0.1


def oracle(sound, spectrum=SPEECH):
    told = {"n_fft": spectrum.length, "hop_length": spectrum.hop, "sr": spectrum.rate, **TOLD}
    bands = {"n_mels": spectrum.bands, "fmin": spectrum.low, "fmax": spectrum.high, "dtype": sound.dtype}
    return librosa.power_to_db(librosa.feature.melspectrogram(y=sound, **told, **bands), amin=1e-10, top_db=None)


# ---- librosa's numbers ----


@pytest.mark.parametrize("spectrum", [SPEECH, OTHER])
def test_the_filters_and_the_scale_are_librosas(spectrum):
    told = {"sr": spectrum.rate, "n_fft": spectrum.length, "n_mels": spectrum.bands, "dtype": np.float64}
    expected = librosa.filters.mel(**told, fmin=spectrum.low, fmax=spectrum.high)
    np.testing.assert_allclose(audio.mel_filters(spectrum), expected, atol=1e-12)
    hertz = np.array([0, 40, 999, 1000, 1001, 8000.0])
    np.testing.assert_allclose(audio.hertz_to_mel(hertz), librosa.hz_to_mel(hertz))
    np.testing.assert_allclose(audio.mel_to_hertz(audio.hertz_to_mel(hertz)), hertz)
    assert spectrum.edges()[0, 0] == pytest.approx(spectrum.low)
    assert spectrum.edges()[-1, 2] == pytest.approx(spectrum.high)


@pytest.mark.parametrize("spectrum", [SPEECH, OTHER])
def test_the_pictures_are_librosas_in_double_precision(spectrum):
    sound = noise(2, 30_001)
    told = {"n_fft": spectrum.length, "hop_length": spectrum.hop}
    expected = np.abs(librosa.stft(sound.numpy(), **told, window="hamming", center=False)) ** 2
    np.testing.assert_allclose(audio.spectrogram(sound, spectrum), expected, atol=1e-10)
    np.testing.assert_allclose(audio.log_mel(sound, spectrum), oracle(sound.numpy(), spectrum), atol=1e-4)


def test_the_pictures_of_a_voice_are_librosas(voice):
    np.testing.assert_allclose(audio.log_mel(voice.double()), oracle(voice.double().numpy()), atol=1e-4)
    ours, theirs = audio.log_mel(voice).numpy(), oracle(voice.numpy())
    loud = theirs > theirs.max(0) - 40  # single precision itself is good to 1e-7 of what is loudest in a window
    assert loud.mean() > 0.5
    np.testing.assert_allclose(ours[loud], theirs[loud], atol=1e-4)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("width", [5, 9])
def test_deltas_are_librosas(voice, order, width):
    mel = audio.log_mel(voice.double())
    expected = librosa.feature.delta(mel.numpy(), order=order, width=width, mode="nearest")
    np.testing.assert_allclose(audio.delta(mel[None], order, width)[0], expected, atol=1e-9)


# ---- sizes ----


def test_windows_are_counted_without_padding():
    assert SPEECH.count(48_000) == 297  # 3 s, as the specification has it
    assert audio.spectrogram(noise(48_000)).shape == (321, 297)
    assert audio.log_mel(noise(2, 3, 48_000)).shape == (2, 3, 64, 297)
    assert SPEECH.samples(297) <= 48_000 < SPEECH.samples(298)


def test_a_sound_shorter_than_a_window_is_one_window_with_silence_behind_it():
    sound = noise(639)
    longer = torch.nn.functional.pad(sound, (0, 1))
    torch.testing.assert_close(audio.log_mel(sound), audio.log_mel(longer))
    assert audio.log_mel(noise(1)).shape == (64, 1)


def test_silence_is_the_floor_and_has_no_deltas():
    mel = audio.log_mel(torch.zeros(2, 16_000))
    assert mel.unique().tolist() == [-100]
    assert audio.delta(mel).abs().max() < 1e-4


def test_a_long_sound_is_worked_through_in_blocks_that_do_not_show(monkeypatch):
    sound = noise(1, 16_000)
    whole = audio.log_mel(sound), audio.spectrogram(sound)
    monkeypatch.setattr("ferviz.audio.spectra._BLOCK", 7)
    torch.testing.assert_close((audio.log_mel(sound), audio.spectrogram(sound)), whole, rtol=0, atol=1e-12)


def test_precision_and_device_are_the_sounds():
    assert audio.log_mel(noise(700)).dtype == torch.float64
    assert audio.log_mel(noise(700).float()).dtype == torch.float32
    assert audio.log_mel(noise(700).half()).dtype == torch.float32
    assert audio.delta(audio.log_mel(noise(1, 7000, dtype=torch.float32))).dtype == torch.float32
    meta = audio.spectra.decibels(audio.spectra._power(torch.zeros(2, 640, device="meta"), SPEECH))
    assert meta.device.type == "meta"


# ---- gradients ----


def test_gradients_are_right():
    tiny = Spectrum(rate=1000, window=0.016, shift=0.004, bands=2, high=500)
    sound = noise(2, 40).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: audio.log_mel(x, tiny), sound)
    assert torch.autograd.gradcheck(lambda x: audio.delta(audio.log_mel(x, tiny), 2, 3), sound)


def test_silence_has_finite_gradients():
    sound = torch.zeros(1, 3000, requires_grad=True)
    audio.delta(audio.log_mel(sound)).sum().backward()
    assert torch.isfinite(sound.grad).all()


# ---- batches ----


@pytest.mark.parametrize("order", [1, 2])
def test_deltas_of_a_padded_batch_are_those_of_each_alone(order):
    mel = audio.log_mel(noise(2, 8000))
    usable = torch.ones(2, mel.shape[-1], dtype=torch.bool)
    usable[1, 20:] = False
    both = audio.delta(torch.where(usable[:, None], mel, 1e3), order, usable=usable)
    torch.testing.assert_close(both[0], audio.delta(mel[:1], order)[0])
    torch.testing.assert_close(both[1, :, :20], audio.delta(mel[1:, :, :20], order)[0])
    assert not both[1, :, 20:].any()


@pytest.mark.parametrize("order", [1, 2])
def test_windows_in_a_gap_have_no_say_in_the_deltas_around_it(order):
    mel = audio.log_mel(noise(1, 8000))
    usable = torch.ones(1, mel.shape[-1], dtype=torch.bool)
    usable[0, :3] = usable[0, 10:14] = False
    held = mel.clone()
    held[..., :3], held[..., 10:14] = mel[..., 3:4], mel[..., 9:10]
    found = audio.delta(torch.where(usable[:, None], mel, torch.nan), order, usable=usable)
    torch.testing.assert_close(found, torch.where(usable[:, None], audio.delta(held, order), 0))
    assert not audio.delta(mel, order, usable=torch.zeros_like(usable)).any()


# ---- what does not fit ----


@pytest.mark.parametrize("picture", [audio.spectrogram, audio.log_mel])
def test_what_is_no_sound_is_refused(picture):
    with pytest.raises(TypeError, match=r"sound must be a tensor of floats \(…, samples\); got ndarray"):
        picture(np.zeros(3))
    with pytest.raises(TypeError, match=r"sound must be a tensor of floats .* got a tensor of torch.int16"):
        picture(torch.zeros(3, dtype=torch.int16))
    for shape in ((), (2, 0)):
        with pytest.raises(ValueError, match="sound must have one sample at least; got shape"):
            picture(torch.zeros(shape))
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="sound must be finite; got NaN or infinity"):
            picture(torch.tensor([0.0, value]))


@pytest.mark.parametrize(
    ("told", "kind", "message"),
    [
        ({"rate": 16e3}, TypeError, "rate must be a whole number"),
        ({"bands": 0}, ValueError, "bands must be a whole number of at least 1; got 0"),
        ({"window": 0}, ValueError, "window must be at least one sample; got 0"),
        ({"shift": 1e-6}, ValueError, "shift must be at least one sample; got 1e-06"),
        ({"high": 9000}, ValueError, "high must be above 0 and at most 8000 Hz; got 9000"),
        ({"low": 8000}, ValueError, "low must be 0 or more and below 8000 Hz; got 8000"),
        ({"bands": 400}, ValueError, "bands must be fewer: band .* of 400 lies between frequencies 25 Hz apart"),
    ],
)
def test_a_spectrum_that_cannot_be_is_refused(told, kind, message):
    with pytest.raises(kind, match=message):
        Spectrum(**told)


def test_deltas_that_cannot_be_are_refused():
    values = torch.zeros(2, 5)
    with pytest.raises(ValueError, match="order must be a whole number from 1 to 2; got 3"):
        audio.delta(values, 3)
    with pytest.raises(ValueError, match="width must be odd; got 4"):
        audio.delta(values, 1, 4)
    with pytest.raises(ValueError, match=r"usable must have shape \(2, 5\), one place a window; got \(2, 4\)"):
        audio.delta(values, usable=torch.ones(2, 4, dtype=torch.bool))
