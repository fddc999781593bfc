"""MobileNet and EfficientNet: the published sizes to the last parameter, their padding, and the compact ones."""

from __future__ import annotations

import pytest
import torch

from ferviz.models.backbones import (
    EFFICIENTNET_B0,
    EFFICIENTNET_B2,
    EFFICIENTNET_COMPACT,
    MOBILENET,
    MOBILENET_COMPACT,
    EfficientNet,
    EfficientNetConfig,
    MobileNet,
    MobileNetConfig,
)
from ferviz.models.backbones.same import SameConv

COMPACT = {"mobilenet": (MobileNet, MOBILENET_COMPACT), "efficientnet": (EfficientNet, EFFICIENTNET_COMPACT)}


def learned(net) -> int:
    return sum(p.numel() for p in net.parameters())


def as_keras_counts(net) -> int:
    """What ``Model.count_params`` of Keras says: with the running means and variances of the batch norms."""
    return sum(value.numel() for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked"))


@pytest.mark.parametrize(("make", "config"), COMPACT.values())
def test_in_training_maps_lie_channels_last_and_are_the_same(make, config, monkeypatch):
    net, faces = make(config).double(), torch.rand(4, 1, 32, 32, dtype=torch.float64)
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = None  # of this batch alone
    lies = torch.channels_last
    trained = net.train().maps(faces)
    monkeypatch.setattr(torch, "channels_last", torch.contiguous_format)
    plain = net.maps(faces)
    assert [one.is_contiguous(memory_format=lies) for one in (trained, plain)] == [True, False]
    torch.testing.assert_close(trained, plain, atol=1e-9, rtol=1e-9)


def test_the_published_mobilenet():
    """The layer list that the author's notebook prints (train_emotions.ipynb): 3,228,864 before global pooling.

    Keras's own summary of all of MobileNet: 4,253,864, of which 21,888 are not trained; its classifier has 1,025,000.
    """
    net = MobileNet(MOBILENET)
    assert as_keras_counts(net) == 3_228_864 == 4_253_864 - (1024 * 1000 + 1000)
    assert as_keras_counts(net) - learned(net) == 21_888
    assert MOBILENET.width == 1024


@pytest.mark.parametrize(
    ("config", "whole", "keras", "width"),
    [(EFFICIENTNET_B0, 5_288_548, 4_049_571, 1280), (EFFICIENTNET_B2, 9_109_994, 7_768_569, 1408)],
)
def test_the_published_efficientnets(config, whole, keras, width):
    """``num_params`` of torchvision's weights, with a classifier of 1000 labels; and Keras's ``include_top=False``.

    Keras also counts 7 numbers of a layer that scales the picture: means, variances and a count.
    """
    net = EfficientNet(config)
    assert config.width == width
    assert learned(net) == whole - (width * 1000 + 1000)
    assert as_keras_counts(net) == keras - 7


def timm_names() -> dict[str, tuple[int, ...]]:
    """The tensors of timm's tf_efficientnet_b0_ns, without those of its classifier, from the table of the paper."""
    found: dict[str, tuple[int, ...]] = {}

    def norm(name: str, width: int) -> None:
        found.update({f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")})
        found[f"{name}.num_batches_tracked"] = ()

    def squeeze(name: str, width: int, hidden: int) -> None:
        found.update({f"{name}.conv_reduce.weight": (hidden, width, 1, 1), f"{name}.conv_reduce.bias": (hidden,)})
        found.update({f"{name}.conv_expand.weight": (width, hidden, 1, 1), f"{name}.conv_expand.bias": (width,)})

    found["conv_stem.weight"] = (32, 3, 3, 3)
    norm("bn1", 32)
    found["blocks.0.0.conv_dw.weight"] = (32, 1, 3, 3)
    norm("blocks.0.0.bn1", 32)
    squeeze("blocks.0.0.se", 32, 8)
    found["blocks.0.0.conv_pw.weight"] = (16, 32, 1, 1)
    norm("blocks.0.0.bn2", 16)
    before, rows = 16, ((3, 24, 2), (5, 40, 2), (3, 80, 3), (5, 112, 3), (5, 192, 4), (3, 320, 1))
    for stage, (kernel, after, blocks) in enumerate(rows, start=1):
        for block in range(blocks):
            name, inside = f"blocks.{stage}.{block}", 6 * before
            found[f"{name}.conv_pw.weight"] = (inside, before, 1, 1)
            norm(f"{name}.bn1", inside)
            found[f"{name}.conv_dw.weight"] = (inside, 1, kernel, kernel)
            norm(f"{name}.bn2", inside)
            squeeze(f"{name}.se", inside, before // 4)
            found[f"{name}.conv_pwl.weight"] = (after, inside, 1, 1)
            norm(f"{name}.bn3", after)
            before = after
    found["conv_head.weight"] = (1280, 320, 1, 1)
    norm("bn2", 1280)
    return found


def test_the_names_and_shapes_are_those_of_timms_files():
    own = {name: tuple(tensor.shape) for name, tensor in EfficientNet(EFFICIENTNET_B0).state_dict().items()}
    assert own == timm_names()


def test_the_names_are_those_of_keras_file():
    with torch.device("meta"):
        layers = [name for name, _ in MobileNet(MOBILENET).named_children()]
    assert layers[:6] == ["conv1", "conv1_bn", "conv_dw_1", "conv_dw_1_bn", "conv_pw_1", "conv_pw_1_bn"]
    assert layers[-1] == "conv_pw_13_bn"


@pytest.mark.parametrize(("net", "side", "places"), [
    (lambda: MobileNet(MOBILENET), 224, 7),
    (lambda: EfficientNet(EFFICIENTNET_B0), 224, 7),
    (lambda: EfficientNet(EFFICIENTNET_B2), 260, 9),
])  # fmt: skip
def test_the_published_sides(net, side, places):
    with torch.device("meta"):
        made = net().eval()
        assert made.maps(torch.zeros(1, 3, side, side)).shape == (1, made.config.width, places, places)


@pytest.mark.parametrize("name", COMPACT)
def test_the_compact_ones_are_small_and_read_gray_faces(name):
    kind, config = COMPACT[name]
    net = kind(config).eval()
    assert learned(net) <= 1_500_000
    for side, places in ((64, 4), (48, 3)):
        maps = net.maps(torch.zeros(2, 1, side, side))
        assert maps.shape == (2, net.config.width, places, places)
        torch.testing.assert_close(net(torch.zeros(2, 1, side, side)), maps.mean((2, 3)))


@pytest.mark.parametrize(("side", "centres"), [(4, (1, 3)), (5, (0, 2, 4)), (1, (0,))])
def test_padding_is_tensorflows(side, centres):
    """A kernel that gives its middle pixel back tells where each window stands."""
    layer = SameConv(1, 1, 3, 2)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[..., 1, 1] = 1
    picture = torch.arange(float(side * side)).reshape(1, 1, side, side)
    assert torch.equal(layer(picture), picture[:, :, centres][..., centres])


def test_a_shortcut_stands_where_the_shape_allows_one():
    net = EfficientNet(EFFICIENTNET_B0)
    assert [[block.shortcut for block in row] for row in net.blocks][:3] == [[False], [False, True], [False, True]]
    block = net.blocks[1][1].eval()
    with torch.no_grad():
        block.bn3.weight.zero_()
    maps = torch.randn(1, 24, 5, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(block(maps), maps)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: MobileNetConfig(channels=(8, 8), strides=(1, 1)), "channels must name the stem .* got 2 channels"),
        (lambda: MobileNetConfig(channels=(8,), strides=()), "got 1 channels and 0 strides"),
        (lambda: EfficientNetConfig(stages=()), "stages must be at least one; got 0"),
        (lambda: EfficientNetConfig(wide=0), "wide must be above 0; got 0"),
        (lambda: EfficientNetConfig(deep=-1.0), "deep must be above 0; got -1.0"),
    ],
)
def test_what_cannot_be_built_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()
