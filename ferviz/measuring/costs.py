"""What a network that ships costs beside what it labels right, and what arithmetic in 8 bit does to both."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ferviz import weights
from ferviz.clip import Clip
from ferviz.intake import find_faces
from ferviz.learning.answering import answer
from ferviz.learning.sets import Stills
from ferviz.measured import Figures, Measured
from ferviz.measuring.bodies import eight_bit
from ferviz.measuring.entries import GROUPS, entry
from ferviz.models import card, load_model
from ferviz.models.backbones import MobileNet
from ferviz.models.backbones.same import SameConv
from ferviz.models.model import Model
from ferviz.models.multi_task import MultiTask

__all__ = ["NETWORKS", "compute_in_8_bit", "costs", "in_8_bit"]

NETWORKS = ("mini-xception", "lbp-attention", "lbp-attention-ferplus", "mtl-head", "mtl")
"""Those that label a single face by the words of FER2013, or by FER+'s, and whose accuracy by its labels is known."""
KEPT, ROUNDED, COMPUTED = "as it ships", "8-bit weights", "8-bit arithmetic"
ENGINE = "x86"
_BATCH = 64


def compute_in_8_bit(model: MultiTask, pictures: torch.Tensor) -> MultiTask:
    """A copy whose body computes in 8 bit: weights and what flows between the layers, not the heads.

    Weights are rounded channel by channel, what flows by the range that it has on ``pictures``; batch norms are folded
    into the convolutions before (torch's static quantisation, ``torch.ao.quantization``, of the engine "x86").

    Parameters
    ----------
    model : MultiTask
        On a MobileNet.
    pictures : torch.Tensor
        (N, C, S, S), 0 to 255, to find the ranges on: not those that are labelled afterwards.

    Raises
    ------
    TypeError
        For a model on another body.
    RuntimeError
        On a machine whose torch has no such engine.
    """
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    own = model.backbone
    if not isinstance(own, MobileNet):
        raise TypeError(f"model must have a MobileNet for a body; got {type(own).__name__}")
    if ENGINE not in torch.backends.quantized.supported_engines:
        raise RuntimeError(f"8-bit arithmetic needs torch's engine {ENGINE!r}; this machine has none")
    model = copy.deepcopy(model).eval()
    with _engine(), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # torch says, in four ways, that all this has moved to a package of its own
        (faces,) = model.inputs(pictures)
        body = prepare_fx(_folded(own, faces[:1]), get_default_qconfig_mapping(ENGINE), (faces[:1],))
        for part in faces.split(_BATCH):
            body(part)
        model.backbone = convert_fx(body)  # type: ignore[assignment]  # a graph that has a body's way in and out
    return model


def _folded(body: MobileNet, face: torch.Tensor) -> MobileNet:
    """A copy in which convolutions have taken in their norms, and a padding that no longer asks for the side."""
    body, sides = copy.deepcopy(body), dict[str, int]()
    hooks = [
        part.register_forward_hook(lambda _, given, __, name=name: sides.update({name: given[0].shape[-1]}))
        for name, part in body.named_children()
        if isinstance(part, SameConv)
    ]
    body(face)
    for hook in hooks:
        hook.remove()
    for name, side in sides.items():
        same = body.get_submodule(name)
        assert isinstance(same, SameConv)
        norm = body.get_submodule(f"{name}_bn")
        assert isinstance(norm, nn.BatchNorm2d)
        around = 0 if same.step > 1 else same.size // 2
        plain = nn.Conv2d(same.in_channels, same.out_channels, same.size, same.step, around, groups=same.groups)
        plain.weight, plain.bias = same.weight, None
        folded = fuse_conv_bn_eval(plain.eval(), norm)
        missing = same.missing(side) if same.step > 1 else 0
        low = missing // 2
        pad = nn.ZeroPad2d((low, missing - low, low, missing - low))
        setattr(body, name, nn.Sequential(pad, folded) if missing else folded)
        setattr(body, f"{name}_bn", nn.Identity())
    return body


def costs(face: Clip, records: Sequence[Figures], runs: int) -> list[Measured]:
    """Each network's accuracy on PublicTest, as its record has it, with its time for a face and its size beside it.

    The time is that of a cut face until the answer, with what is made of it before (a picture of its texture).
    """
    found: list[Measured] = []
    models = {name: load_model(name) for name in NETWORKS}
    times = _times([partial(_answered, model, find_faces(face, model)) for model in models.values()], runs)
    for (name, model), taken in zip(models.items(), times, strict=True):
        ms = round(float(np.median(taken)), 2)
        known = next(one for record in records for one in _accuracy(record, name))
        of = {"row": name, "ms": ms, "MB": round(weights.bundled(name).stat().st_size / 1e6, 3)}
        of |= {"parameters": sum(one.numel() for one in model.parameters())}
        told = {key: getattr(known, key) for key in ("value", "low", "high", "way", "items", "unit", "command")}
        found.append(Measured(what="accuracy on PublicTest of FER2013 without twins, by its labels", of=of, **told))
    return found


def _accuracy(record: Figures, name: str) -> list[Measured]:
    """What a record says of how a network that ships labels PublicTest."""
    ships = "shipped" in record.tables
    where = {"row": name, "score": "accuracy"} if ships else {"row": name, "by": "label"}
    table = record.tables["shipped" if ships else "accuracy"]
    return [one for one in table if all(one.of.get(key) == value for key, value in where.items())]


def in_8_bit(model: MultiTask, calibration: torch.Tensor, held_out: Stills, runs: int) -> dict[str, list[Measured]]:
    """A network as it ships, with 8-bit weights, and computing in 8 bit: accuracy, differences, time and agreement.

    Held-out Training faces are labelled, by their labels: PublicTest is not read.
    """
    made = {KEPT: model, ROUNDED: eight_bit(model), COMPUTED: compute_in_8_bit(model, calibration)}
    label = held_out.target.argmax(1).numpy()
    found: dict[str, list[Measured]] = {"eight_bit": [], "eight_bit_difference": [], "eight_bit_speed": []}
    said, first = {}, held_out.pictures[:1]
    with _engine():
        times = dict(zip(made, _times([partial(_labelled, one, first) for one in made.values()], runs), strict=True))
    for name, one in made.items():
        with _engine():
            parts = [answer(one, part).outputs["emotion"].argmax(1) for part in held_out.pictures.split(_BATCH)]
        said[name] = torch.cat(parts).numpy()
        told: dict[str, Any] = {"unit": "pictures", "drawn": GROUPS}
        right = (said[name] == label).astype(float)
        of = {"row": name, "family": "held-out Training"}
        found["eight_bit"].append(entry(right, held_out.group, what="accuracy", of=of, **told))
        low, middle, high = np.percentile(times[name], [5, 50, 95]).round(3).tolist()
        way = f"5th to 95th percentile of {runs} runs, one thread"
        what = "ms of CPU time a face, median"
        found["eight_bit_speed"].append(
            Measured(what=what, of={"row": name}, value=middle, low=low, high=high, way=way, items=runs, unit="runs")
        )
        if name != KEPT:
            less = right - (said[KEPT] == label)
            what = "difference in accuracy"
            difference = entry(less, held_out.group, what=what, of=of, than=KEPT, seeds=card("mtl").seeds, **told)
            found["eight_bit_difference"].append(replace(difference, p=None))  # it answers no claim
            same = (said[name] == said[KEPT]).astype(float)
            what = "share of faces with the answer of the network as it ships"
            found["eight_bit"].append(entry(same, held_out.group, what=what, of=of | {"score": "agreement"}, **told))
    return found


def _answered(model: Model, face: Clip) -> None:
    model(*model.prepare(face))


def _labelled(model: MultiTask, picture: torch.Tensor) -> None:
    model(*model.inputs(picture))


@torch.no_grad()
def _times(asks: Sequence[Callable[[], object]], runs: int) -> list[list[float]]:
    """Milliseconds of CPU time of each of some runs after three first ones, on one thread; all take turns, since the
    speed of a machine drifts."""
    taken, threads = [list[float]() for _ in asks], torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for run in range(runs + 3):
            for ask, kept in zip(asks, taken, strict=True):
                start = time.process_time()
                ask()
                kept += [(time.process_time() - start) * 1e3] if run >= 3 else []
    finally:
        torch.set_num_threads(threads)
    return taken


@contextmanager
def _engine() -> Iterator[None]:
    """With the arithmetic that the network was prepared for, where this machine has it."""
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = ENGINE
    try:
        yield
    finally:
        torch.backends.quantized.engine = before
