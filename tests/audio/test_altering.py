"""Noise stands where it is said to stand below a sound, and a sound that is moved keeps its length."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz import audio

TONE = (np.sin(np.arange(16000) / 5) / 8).astype(np.float32)


def level(sound: np.ndarray) -> float:
    return 10 * np.log10(np.mean(np.square(sound, dtype=float)))


@pytest.mark.parametrize("decibels", [30.0, 10.0, 0.0])
def test_noise_stands_so_many_decibels_below_and_is_pink(decibels):
    noise = audio.with_noise(TONE, 16000, decibels, np.random.default_rng(1)) - TONE
    assert level(TONE) - level(noise) == pytest.approx(decibels, abs=0.01)
    power = np.abs(np.fft.rfft(noise)) ** 2  # a bin a hertz
    octaves = [power[low : 2 * low].mean() for low in (200, 400, 800, 1600, 3200)]
    np.testing.assert_allclose(10 * np.diff(np.log10(octaves)), -3.01, atol=1.0)


def test_what_would_exceed_one_is_made_softer_as_a_whole():
    mixed = audio.with_noise(TONE, 16000, -20.0, np.random.default_rng(1))
    assert np.abs(mixed).max() == pytest.approx(1)
    again = audio.with_noise(TONE, 16000, -20.0, np.random.default_rng(1))
    np.testing.assert_array_equal(mixed, again)
    assert mixed.dtype == np.float32


def test_silence_stays_silent_and_nothing_stays_nothing():
    for count in (0, 100):
        silent = np.zeros(count, np.float32)
        np.testing.assert_array_equal(audio.with_noise(silent, 16000, 0.0, np.random.default_rng(0)), silent)


@pytest.mark.parametrize(("by", "expected"), [
    (0, [1, 2, 3, 4]), (1, [9, 1, 2, 3]), (-1, [2, 3, 4, 9]), (4, [9] * 4), (-7, [9] * 4),
])  # fmt: skip
def test_a_moved_sound_keeps_its_length(by, expected):
    assert audio.shifted(np.array([1, 2, 3, 4]), by, 9).tolist() == expected


def test_what_is_no_sound_or_number_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(TypeError, match="audio must be a float32 array"):
        audio.with_noise(TONE.astype(float), 16000, 0.0, rng)
    with pytest.raises(TypeError, match="audio must be a float32 array.*got None"):
        audio.with_noise(None, 16000, 0.0, rng)
    with pytest.raises(TypeError, match="decibels must be a number"):
        audio.with_noise(TONE, 16000, "loud", rng)
    with pytest.raises(ValueError, match="decibels must be"):
        audio.with_noise(TONE, 16000, float("nan"), rng)
