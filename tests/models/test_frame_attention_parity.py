"""The network of the paper's size against the official one's arithmetic, written anew in numpy.

Everything here follows the description of the official code's training branch: ResNet-18 on colour pictures of 224
pixels, one linear score a frame with its bias, one a pair, and the mean under both. (The official *evaluation* leaves β
out of the numerator; that is not copied.) Dropout is off, since what it drops is chance.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz.models.frame_attention import Config, FrameAttention


def convolved(x: np.ndarray, weight: np.ndarray, stride: int) -> np.ndarray:
    """(N, C, H, W) with filters (D, C, k, k), as many zeros around as keep the size."""
    size = weight.shape[2]
    around = np.pad(x, ((0, 0), (0, 0), (size // 2, size // 2), (size // 2, size // 2)))
    seen = np.lib.stride_tricks.sliding_window_view(around, (size, size), (2, 3))[:, :, ::stride, ::stride]
    return np.tensordot(seen, weight, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def vectors(x: np.ndarray, known: dict[str, np.ndarray]) -> np.ndarray:
    """ResNet-18: pictures (N, 3, 224, 224) → (N, 512)."""

    def scaled(x: np.ndarray, name: str) -> np.ndarray:
        gain, shift, mean, variance = (
            known[f"{name}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / np.sqrt(variance + 1e-5) * gain + shift

    x = np.maximum(scaled(convolved(x, known["conv1.weight"], 2), "bn1"), 0)
    around = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))  # after a ReLU, 0 is as good as nothing
    x = np.lib.stride_tricks.sliding_window_view(around, (3, 3), (2, 3))[:, :, ::2, ::2].max((4, 5))
    for layer in (1, 2, 3, 4):
        for block in (0, 1):
            name, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            deep = np.maximum(scaled(convolved(x, known[f"{name}.conv1.weight"], stride), f"{name}.bn1"), 0)
            deep = scaled(convolved(deep, known[f"{name}.conv2.weight"], 1), f"{name}.bn2")
            if f"{name}.downsample.0.weight" in known:
                x = scaled(convolved(x, known[f"{name}.downsample.0.weight"], stride), f"{name}.downsample.1")
            x = np.maximum(deep + x, 0)
    return x.mean((2, 3))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def official(f: np.ndarray, known: dict[str, np.ndarray], *, relation: bool) -> np.ndarray:
    """Vectors of a clip's frames (n, 512) → scores (7,)."""
    alpha = sigmoid(f @ known["q0.score.weight"].T + known["q0.score.bias"])  # (n, 1)
    anchor = (f * alpha).sum(0) / alpha.sum(0)  # (512,)
    if not relation:
        return known["classify.weight"] @ anchor + known["classify.bias"]
    pairs = np.concatenate([f, np.tile(anchor, (len(f), 1))], 1)  # (n, 1024)
    beta = sigmoid(pairs @ known["q1.score.weight"].T + known["q1.score.bias"])  # (n, 1)
    video = (pairs * beta * alpha).sum(0) / (beta * alpha).sum(0)  # (1024,)
    return known["classify.weight"] @ video + known["classify.bias"]


@pytest.mark.parametrize("variant", ["self", "relation"])
def test_the_paper_size_says_what_the_official_arithmetic_says(variant):
    rng = torch.Generator().manual_seed(0)
    model = FrameAttention(Config.paper(variant)).eval()
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if name.endswith("running_var") or (".bn" in name and name.endswith("weight")):
                value.uniform_(0.5, 1.5, generator=rng)
            elif name.endswith(("running_mean", "bias")) or name.startswith(("q0", "q1", "classify")):
                value.normal_(0, 0.1, generator=rng)
    frames = torch.rand(1, 2, 3, 224, 224, generator=rng)
    known = {name: value.numpy().astype(float) for name, value in model.state_dict().items()}
    backbone = {name.removeprefix("backbone."): value for name, value in known.items()}
    f = vectors(frames[0].numpy().astype(float), backbone)
    expected = official(f, known, relation=variant == "relation")
    with torch.no_grad():
        found = model(frames)[0].numpy()
        seen = model.backbone(frames[0]).numpy()
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(seen, f, atol=1e-5 * np.abs(f).max())
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_the_arithmetic_alone_agrees_to_many_digits_on_clips_of_any_length():
    rng = np.random.default_rng(1)
    model = FrameAttention(Config.paper()).double().eval()
    known = {name: value.numpy() for name, value in model.state_dict().items() if not name.startswith("backbone")}
    for count in (1, 3, 16):
        f = np.abs(rng.normal(size=(count, 512)))
        found = model.pool(torch.from_numpy(f)[None])[0].detach().numpy()
        np.testing.assert_allclose(found, official(f, known, relation=True), atol=1e-12)
