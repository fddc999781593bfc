"""Backbones: the sizes of ResNet-18, the layer names of its common files, and what a configuration must be."""

from __future__ import annotations

import pytest
import torch

from ferviz.models.backbones import COMPACT, RESNET18, ResNet, ResNetConfig


def published() -> dict[str, tuple[int, ...]]:
    """The tensors of the common ResNet-18 file (torchvision's names and shapes), without those of its classifier."""
    found: dict[str, tuple[int, ...]] = {}

    def batch_norm(name: str, width: int) -> None:
        found.update({f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")})
        found[f"{name}.num_batches_tracked"] = ()

    found["conv1.weight"] = (64, 3, 7, 7)
    batch_norm("bn1", 64)
    before = 64
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            found[f"{name}.conv1.weight"] = (width, before, 3, 3)
            batch_norm(f"{name}.bn1", width)
            found[f"{name}.conv2.weight"] = (width, width, 3, 3)
            batch_norm(f"{name}.bn2", width)
            if before != width:
                found[f"{name}.downsample.0.weight"] = (width, before, 1, 1)
                batch_norm(f"{name}.downsample.1", width)
            before = width
    return found


def test_the_names_and_shapes_are_those_of_the_common_resnet18_files():
    own = {name: tuple(tensor.shape) for name, tensor in ResNet(RESNET18).state_dict().items()}
    assert own == published()


def test_the_published_size():
    assert sum(p.numel() for p in ResNet(RESNET18).parameters()) == 11_176_512
    assert RESNET18.width == 512


def test_resnet18_halves_the_side_as_the_table_says():
    with torch.device("meta"):
        net = ResNet(RESNET18)
        sides, widths = [], []
        x = net.pool(net.conv1(torch.zeros(2, 3, 224, 224)))
        for stage in range(1, 5):
            x = net.get_submodule(f"layer{stage}")(x)
            sides.append(x.shape[-1])
            widths.append(x.shape[1])
        assert (sides, widths) == ([56, 28, 14, 7], [64, 128, 256, 512])
        assert net.maps(torch.zeros(2, 3, 224, 224)).shape == (2, 512, 7, 7)
        assert net(torch.zeros(2, 3, 224, 224)).shape == (2, 512)


def test_the_compact_one_reads_gray_faces_of_48_pixels():
    net = ResNet(COMPACT).eval()
    maps = net.maps(torch.zeros(2, 1, 48, 48))
    assert maps.shape == (2, 256, 3, 3)
    torch.testing.assert_close(net(torch.zeros(2, 1, 48, 48)), maps.mean((2, 3)))


def test_convolutions_start_as_the_official_code_has_them():
    torch.manual_seed(0)
    weight = ResNet(COMPACT).layer3[0].conv2.weight
    assert weight.std().item() == pytest.approx((2 / (9 * weight.shape[0])) ** 0.5, rel=0.02)
    assert abs(weight.mean().item()) < 1e-3


def test_a_block_adds_its_shortcut():
    block = ResNet(ResNetConfig(colours=1, stem="narrow", channels=(4,), blocks=(1,))).layer1[0].eval()
    with torch.no_grad():
        block.conv2.weight.zero_()
    x = torch.randn(1, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(block(x), x.relu())


def test_an_unknown_stem_is_refused():
    with pytest.raises(ValueError, match="stem must be 'wide' or 'narrow'; got 'thin'"):
        ResNetConfig(stem="thin")  # type: ignore[arg-type]


@pytest.mark.parametrize(("channels", "blocks"), [((4, 8), (1,)), ((), ())])
def test_channels_and_blocks_must_name_the_same_stages(channels, blocks):
    counts = f"got {len(channels)} channels and {len(blocks)} blocks"
    with pytest.raises(ValueError, match=f"channels and blocks must name the same stages, at least one; {counts}"):
        ResNetConfig(channels=channels, blocks=blocks)
