"""What the second input alone decides: change one input, keep the other, and see how far the answer moves."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
import xarray as xr

from ferviz.attribution.baselines import Baseline, baseline_clip, name_of
from ferviz.attribution.net import Net
from ferviz.clip import Clip, check_clip
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["texture_path"]

REPLACED = ("texture", "photo", "both")


def texture_path(
    model: Model, clip: Clip, other: Baseline = "blur", *, head: str = "emotion", **about: Any
) -> xr.Dataset:
    """How far the answer moves when only the texture, only the photo, or both come from another picture.

    Texture codes are piecewise constant in the pixels, so gradients on the photo cannot know what the texture decides;
    this asks it directly.

    Parameters
    ----------
    model, clip : Model, Clip
        A network that reads a picture of the texture beside the photo (`LBPAttention`), run in evaluation mode and
        without gradients, and its faces.
    other : str, uint8 array (T, H, W, 3) or (H, W, 3), or Clip
        The other picture: one of `ferviz.attribution.BASELINES`, or pictures of your own, such as another face.
    head : str
        Which output, for models with several.
    **about
        What the model is told of the clip, as `ferviz.observe` takes it.

    Returns
    -------
    xarray.Dataset
        Along ``frame`` and what was ``replaced`` ("texture", "photo", "both"): ``moved``, the root mean square over
        the labels of the change of the logits, less its mean over labels, which no probability sees;
        ``probability_moved``, half the sum of the sizes of the changes of the probabilities (0 to 1); ``changed``,
        whether another label is highest. ``share`` (frame,): moved by the texture, as a share of moved by the texture
        plus moved by the photo; NaN where neither moves anything. NaN in gaps; ``changed`` is False there.

    Raises
    ------
    ValueError
        For a network without a second picture, an unknown head, or another picture that does not fit.
    """
    check_clip(clip)
    net = Net(model, clip, head)
    with evaluating(model), torch.no_grad():
        if not net.per_frame or len(net.shown(None)) != 2 or len(model.takes) != 2:
            kind = type(model).__name__
            raise ValueError(f"model must read a picture of the texture beside the photo; {kind} does not")
        photo, texture = net.read(clip, about)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what prepare had to say of the clip, it has said
            other_photo, other_texture = net.read(baseline_clip(clip, other), about)
        before = net.logits(photo, texture)[0]  # (T, L)
        pairs = ((photo, other_texture), (other_photo, texture), (other_photo, other_texture))
        after = torch.stack([net.logits(*pair)[0] for pair in pairs], 1)  # (T, 3, L)
    step = after - before[:, None]
    moved = (step - step.mean(-1, keepdim=True)).square().mean(-1).sqrt().double().cpu().numpy()
    likelier = ((after.softmax(-1) - before.softmax(-1)[:, None]).abs().sum(-1) / 2).double().cpu().numpy()
    usable = clip.usable("frames")
    changed = (after.argmax(-1) != before.argmax(-1)[:, None]).cpu().numpy() & usable[:, None]
    moved[~usable], likelier[~usable] = np.nan, np.nan
    either = moved[:, 0] + moved[:, 1]
    share = np.divide(moved[:, 0], either, out=np.full(len(either), np.nan), where=either > 0)
    found = {"moved": moved, "probability_moved": likelier, "changed": changed}
    variables = {name: (("frame", "replaced"), values) for name, values in found.items()}
    asked = {"other": name_of(other), "head": head, "model": type(model).__name__, "clip": clip.source}
    coordinates = {"frame": np.arange(len(clip)), "replaced": list(REPLACED)}
    return xr.Dataset({**variables, "share": ("frame", share)}, coordinates, asked)
