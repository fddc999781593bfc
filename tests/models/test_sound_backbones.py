"""Convolutions over sounds and IR networks: published sizes and names, what a position sees, and sounds in batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz.models.backbones import ALEXNET, IR, IR50, SOUND_COMPACT, IRConfig, Layer, SoundNet, SoundNetConfig
from ferviz.models.backbones.sound import ends
from ferviz.seeds import luck, seeded

NETS = [ALEXNET, SOUND_COMPACT]


def net_of(config: SoundNetConfig) -> SoundNet:
    with seeded(0):
        return SoundNet(config).eval()


# ---- AlexNet ----


def test_the_names_and_shapes_are_those_of_the_common_alexnet_files():
    own = {name: tuple(tensor.shape) for name, tensor in SoundNet(ALEXNET).state_dict().items()}
    sizes = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}
    expected = {f"features.{place}.weight": (a, b, k, k) for place, (a, b, k) in sizes.items()}
    expected |= {f"features.{place}.bias": (a,) for place, (a, _, _) in sizes.items()}
    assert own == expected
    assert sum(p.numel() for p in SoundNet(ALEXNET).parameters()) == 2_469_696


def test_alexnet_makes_six_by_six_of_224():
    with torch.device("meta"):
        assert SoundNet(ALEXNET)(torch.zeros(1, 3, 224, 224), torch.full((1,), 224)).shape == (1, 36, 256)
    assert (ALEXNET.places(224, "band"), ALEXNET.places(224, "window")) == (6, 6)


def test_a_position_of_the_published_size_sees_all_hertz_and_two_seconds():
    assert np.ptp(ALEXNET.fields(1, "window")) == 195
    assert np.diff(ALEXNET.fields(3, "window")[:, 0]).tolist() == [32, 32]
    assert ALEXNET.places(64, "band") == 1
    low, high = ALEXNET.fields(1, "band")[0]
    assert low <= 0
    assert high >= 64
    assert ALEXNET.places(297, "window") == 8  # 3 s


# ---- the compact one ----


def test_a_position_of_the_compact_size_is_local():
    windows, bands = (int(np.ptp(SOUND_COMPACT.fields(1, axis))) for axis in ("window", "band"))
    assert (windows - 1) * 0.010 + 0.040 <= 0.5
    assert bands <= 64 / 3
    assert (windows, bands) == (43, 18)
    assert SOUND_COMPACT.places(64, "band") * SOUND_COMPACT.places(297, "window") == 296
    assert sum(p.numel() for p in SoundNet(SOUND_COMPACT).parameters()) < 200_000


# ---- what a position sees ----


@pytest.mark.parametrize("config", NETS)
def test_a_position_sees_its_field_and_nothing_else(config):
    net = net_of(config).double()
    for part in net.features:
        if isinstance(part, torch.nn.ReLU):
            part.forward = torch.nn.functional.leaky_relu  # so that nothing is hidden by a unit that is off
    bands, windows = 70, 260
    sound = torch.randn(1, 3, bands, windows, generator=luck(0), dtype=torch.float64).requires_grad_()
    found = net(sound, torch.tensor([windows]))
    times = config.places(windows, "window")
    rows = config.places(bands, "band")
    assert found.shape[1] == rows * times
    field = {axis: config.fields(n, axis) for axis, n in (("band", rows), ("window", times))}
    for row, time in {(0, 0), (rows - 1, times - 1), (rows // 2, times // 2)}:
        (gradient,) = torch.autograd.grad(found[0, row * times + time].sum(), sound, retain_graph=True)
        felt = gradient[0].abs().sum(0) > 0
        for axis, size, felt_along in (("band", bands, felt.any(1)), ("window", windows, felt.any(0))):
            first, last = np.clip(field[axis][row if axis == "band" else time], 0, size)
            reached = np.flatnonzero(felt_along.numpy())
            assert reached[0] >= first
            assert reached[-1] < last
            assert reached[-1] - reached[0] >= (last - first) / 2  # max-pools leave out some at the edges


@pytest.mark.parametrize("config", NETS)
@pytest.mark.parametrize("axis", ["band", "window"])
def test_places_and_least_are_those_of_the_layers(config, axis):
    least = config.least(axis)
    with torch.device("meta"):
        net = SoundNet(config).eval()
        for size in (least, least + 1, least + 37):
            shape = (size, 250) if axis == "band" else (70, size)
            made = net(torch.zeros(1, 3, *shape), torch.tensor([shape[1]])).shape[1]
            assert made == config.places(shape[0], "band") * config.places(shape[1], "window")
        small = torch.zeros(1, 3, *((least - 1, 250) if axis == "band" else (70, least - 1)))
        with pytest.raises(RuntimeError):
            net.features(small)
    assert config.places(1, axis) == 1


# ---- sounds in batches ----


@pytest.mark.parametrize("config", NETS)
@pytest.mark.parametrize("length", [64, 65, 66, 67, 71, 100, 139])
def test_padding_a_batch_changes_no_position(config, length):
    net = net_of(config).double()
    with torch.no_grad():
        for part in net.features:
            if isinstance(part, torch.nn.BatchNorm2d):
                part.bias.add_(1)  # so that zeros do not stay zeros
                part.running_mean.add_(0.5)
    sound = torch.randn(1, 3, 64, length, generator=luck(length), dtype=torch.float64)
    alone = net(sound, torch.tensor([length]))
    longer = torch.cat([torch.nn.functional.pad(sound, (0, 140 - length), value=7), torch.randn(1, 3, 64, 140)])
    windows = torch.arange(140) < torch.tensor([[length], [140]])
    batch = net(longer, ends(windows))
    usable = config.usable(windows, 64)
    assert usable[0].sum() == alone.shape[1]
    torch.testing.assert_close(batch[0][usable[0]], alone[0])


def test_in_training_the_norm_counts_what_is_there_alone():
    config = SoundNetConfig((Layer((1, 1), channels=3),), pictures=1, norm=True)
    sound = torch.randn(2, 1, 4, 30, generator=luck(0))
    padded, short = sound.clone(), torch.tensor([30, 12])
    padded[1, ..., 12:] = 1e4
    first, second = net_of(config).train(), net_of(config).train()
    found = first(padded, short)
    mixed = torch.cat([sound[0], sound[1, ..., :12]], -1)[None]  # the same windows as one sound
    expected = second(mixed, torch.tensor([42]))
    torch.testing.assert_close(first.features[1].running_var, second.features[1].running_var)
    torch.testing.assert_close(found[0].unflatten(0, (4, 30)), expected[0].unflatten(0, (4, 42))[:, :30])


@pytest.mark.parametrize("lengths", [(20, 20), (20, 13)])
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_right(lengths, training):
    layers = (Layer((3, 3), (1, 2), (1, 1), channels=3), Layer((2, 2), (2, 2)), Layer((1, 1), channels=2))
    net = net_of(SoundNetConfig(layers, pictures=1, norm=True)).double().train(training)
    for part in net.features:
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 0.0  # the same running numbers at every call
    sound = torch.randn(2, 1, 4, 20, generator=luck(3), dtype=torch.float64).requires_grad_()
    weight = net.features[0].weight
    assert torch.autograd.gradcheck(lambda x, w: net(x, torch.tensor(lengths)), (sound, weight))


def test_gaps_take_the_positions_that_see_little_else():
    config = SoundNetConfig((Layer((1, 4), (1, 4), channels=1),), pictures=1)
    windows = torch.ones(2, 16, dtype=torch.bool)
    windows[0, 4:7] = False
    windows[1, 1:3] = False
    assert config.usable(windows, 2).tolist() == [[True, False, True, True] * 2, [True] * 8]


@pytest.mark.parametrize("config", NETS)
def test_a_sound_that_is_not_there_has_no_position(config):
    windows = torch.zeros(2, 100, dtype=torch.bool)
    windows[1, 0] = True
    usable = config.usable(windows, 64)
    assert usable.any(1).tolist() == [False, True]
    assert torch.isfinite(net_of(config)(torch.zeros(2, 3, 64, 100), ends(windows))).all()
    assert ends(windows).tolist() == [0, 1]


def test_layers_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="layers must hold one convolution at least; got none"):
        SoundNetConfig((Layer((2, 2)),))
    with pytest.raises(ValueError, match="a max-pool must have no padding: it would hear what lies behind the end"):
        SoundNetConfig((Layer((2, 2), channels=1), Layer((3, 3), pad=(1, 1))))


# ---- IR ----


def published() -> dict[str, tuple[int, ...]]:
    """The tensors of face.evoLVe's IR-50 at 112 pixels."""
    found: dict[str, tuple[int, ...]] = {}

    def norm(name: str, width: int) -> None:
        found.update({f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")})
        found[f"{name}.num_batches_tracked"] = ()

    found["input_layer.0.weight"] = (64, 3, 3, 3)
    norm("input_layer.1", 64)
    found["input_layer.2.weight"] = (64,)
    place, before = 0, 64
    for width, count in ((64, 3), (128, 4), (256, 14), (512, 3)):
        for _ in range(count):
            name = f"body.{place}"
            if before != width:
                found[f"{name}.shortcut_layer.0.weight"] = (width, before, 1, 1)
                norm(f"{name}.shortcut_layer.1", width)
            norm(f"{name}.res_layer.0", before)
            found[f"{name}.res_layer.1.weight"] = (width, before, 3, 3)
            found[f"{name}.res_layer.2.weight"] = (width,)
            found[f"{name}.res_layer.3.weight"] = (width, width, 3, 3)
            norm(f"{name}.res_layer.4", width)
            place, before = place + 1, width
    norm("output_layer.0", 512)
    found["output_layer.3.weight"], found["output_layer.3.bias"] = (512, 512 * 7 * 7), (512,)
    norm("output_layer.4", 512)
    return found


def test_the_names_and_shapes_are_those_of_the_common_ir50_files():
    with torch.device("meta"):
        net = IR(IR50)
    own = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    assert own == published()
    assert list(own) == list(published())


@pytest.mark.parametrize("side", [112, 224])
def test_ir50_gives_512_numbers(side):
    with torch.device("meta"):
        net = IR(IRConfig(side=side)).eval()
        assert net(torch.zeros(2, 3, side, side)).shape == (2, 512)
        assert net.body(net.input_layer(torch.zeros(1, 3, side, side))).shape[1:] == (512, side // 16, side // 16)


def test_a_unit_adds_its_shortcut():
    net = IR(IRConfig(side=8, colours=1, channels=(4,), units=(1,), width=3)).eval()
    unit = net.body[0]
    with torch.no_grad():
        unit.res_layer[3].weight.zero_()
    x = torch.randn(2, 4, 8, 8, generator=luck(0))
    torch.testing.assert_close(unit(x), x[:, :, ::2, ::2])


def test_sizes_of_an_ir_network_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="channels and units must name the same stages, .* got 2 channels and 1 units"):
        IRConfig(channels=(4, 8), units=(1,))
    with pytest.raises(ValueError, match="side must be a multiple of 16; got 100"):
        IRConfig(side=100)
