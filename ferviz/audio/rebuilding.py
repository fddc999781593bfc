"""From a picture of a sound back to a sound that has it.

Griffin D., Lim J., "Signal estimation from modified short-time Fourier transform", IEEE Trans. ASSP 32, 1984; made
faster by momentum as in Perraudin N., Balazs P., Søndergaard P. L., "A fast Griffin-Lim algorithm", WASPAA 2013.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from ferviz.arguments import whole
from ferviz.audio.spectra import FLOOR, SPEECH, Spectrum, mel_filters, windowing
from ferviz.seeds import luck

__all__ = ["griffin_lim", "sound_of"]

_MOMENTUM = 0.99
_TINY = 1e-16


@torch.no_grad()
def griffin_lim(
    power: torch.Tensor, spectrum: Spectrum | None = None, *, rounds: int = 32, seed: int = 0
) -> torch.Tensor:
    """A sound whose spectrogram comes near one that is given: (…, bins, windows) → (…, samples).

    A spectrogram holds no phases. They begin at random, and each round takes those of the sound that the last made.

    Parameters
    ----------
    power : tensor (…, bins, windows)
        As `spectrogram` gives it; none negative.
    rounds : int
    seed : int
        Of the first phases.

    Raises
    ------
    ValueError
        For another shape, numbers that are negative or not finite, or a spectrum that leaves samples between windows.
    """
    spectrum = spectrum or SPEECH
    if spectrum.hop > spectrum.length:
        gap = f"got a shift of {spectrum.shift:g} s and a window of {spectrum.window:g} s"
        raise ValueError(f"spectrum must have a shift of at most its window, so that no sample is left out; {gap}")
    rounds = whole("rounds", rounds)
    if power.ndim < 2 or power.shape[-2] != spectrum.bins or not power.shape[-1]:
        raise ValueError(f"power must have shape (…, {spectrum.bins}, windows); got {tuple(power.shape)}")
    if not bool((torch.isfinite(power) & (power >= 0)).all()):
        raise ValueError("power must be finite and not negative")
    size = power.transpose(-1, -2).sqrt()  # (…, windows, bins)
    phase = torch.rand(size.shape, generator=luck(seed, 31), dtype=torch.float64).to(size) * (2 * torch.pi)
    turned, before = torch.polar(torch.ones_like(phase), phase), torch.zeros((), dtype=size.dtype).to(size.device)
    for _ in range(rounds):
        again = _transform(_overlap(size * turned, spectrum), spectrum)
        ahead = again - _MOMENTUM / (1 + _MOMENTUM) * before
        turned, before = ahead / (ahead.abs() + _TINY), again
    return _overlap(size * turned, spectrum)


@torch.no_grad()
def sound_of(
    mel: torch.Tensor, spectrum: Spectrum | None = None, *, rounds: int = 32, seed: int = 0
) -> torch.Tensor:
    """What a log-mel picture keeps, as a sound: (…, bands, windows) in decibels → (…, samples) at ``spectrum.rate``.

    First the power of each frequency is found, none negative, that the filters turn into the given bands (by the
    updates of Lee and Seung 2001), then `griffin_lim` finds a sound with such power. Silence comes back as silence.

    Raises
    ------
    ValueError
        For another shape, numbers that are not finite, or a spectrum that leaves samples between windows.
    """
    spectrum = spectrum or SPEECH
    if mel.ndim < 2 or mel.shape[-2] != spectrum.bands or not mel.shape[-1]:
        raise ValueError(f"mel must have shape (…, {spectrum.bands}, windows); got {tuple(mel.shape)}")
    if not torch.isfinite(mel).all():
        raise ValueError("mel must be finite; got NaN or infinity")
    wanted = (10 ** (mel / 10)).transpose(-1, -2)  # (…, windows, bands)
    wanted = torch.where(wanted <= FLOOR * 1.0001, torch.zeros_like(wanted), wanted)
    filters = torch.tensor(mel_filters(spectrum), dtype=mel.dtype, device=mel.device)  # (bands, bins)
    power = wanted @ (filters / filters.sum(1, keepdim=True))  # a start that is positive wherever it may be
    for _ in range(50):
        power = power * (wanted @ filters) / (power @ filters.T @ filters + _TINY)
    return griffin_lim(power.transpose(-1, -2), spectrum, rounds=rounds, seed=seed)


def _transform(sound: torch.Tensor, spectrum: Spectrum) -> torch.Tensor:
    """The complex spectrum (…, windows, bins) of a sound (…, samples)."""
    return torch.fft.rfft(sound.unfold(-1, spectrum.length, spectrum.hop) * windowing(spectrum, sound))


def _overlap(spectra: torch.Tensor, spectrum: Spectrum) -> torch.Tensor:
    """The sound (…, samples) that comes nearest to complex spectra (…, windows, bins)."""
    pieces = torch.fft.irfft(spectra, spectrum.length)  # (…, windows, length)
    window = windowing(spectrum, pieces)
    weight = window.square().expand(pieces.shape[-2], -1)
    return _laid(pieces * window, spectrum) / _laid(weight, spectrum)


def _laid(pieces: torch.Tensor, spectrum: Spectrum) -> torch.Tensor:
    """Pieces (…, windows, length) laid over each other at their places, and added: (…, samples)."""
    flat = pieces.reshape(-1, *pieces.shape[-2:]).transpose(1, 2)  # (B, length, windows)
    samples = spectrum.samples(pieces.shape[-2])
    added = functional.fold(flat, (1, samples), (1, spectrum.length), stride=(1, spectrum.hop))
    return added.reshape(*pieces.shape[:-2], samples)
