"""What the shipped networks answer, what attribution makes of it, and what frames and pixels are worth."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from record import Found

import ferviz
from ferviz.attribution import attribute, quantity_map
from ferviz.clip import Clip
from ferviz.scores import deletion, insertion, removal

FANS = ("fan", "fan-self", "fan-pool", "fan-mean")
LBPS = ("lbp-attention", "lbp-attention-ferplus", "lbp-attention-synthetic")
NETS = ("mini-xception", *FANS, *LBPS)
RANS = ("ran", "ran-mean", "ran-face")
MTLS = ("mtl", "mtl-head")
AVS = ("av", "av-face", "av-voice")
AV_HEADS = ("av-self", "av-mean", "av-concatenation")  # on the backbones of av: what these give is held there
STILLS = (
    *(f"{word}-still" for word in "happiness sadness surprise fear anger disgust contempt neutral".split()),
    *"happiness-sunglasses sadness-glasses fear-hand disgust-scarf surprise-turned anger-turned".split(),
)
MOVING = (
    *(f"{word}-moving" for word in "happiness sadness surprise fear anger disgust contempt neutral".split()),
    *"happiness-mask-moving fear-turned-moving anger-off-label".split(),
    *"anger-voice-agree sadness-voice-only sadness-voice-conflict happiness-voice-conflict".split(),
)
METHODS = ("integrated_gradients", "saliency", "occlusion", "gradient_shap", "grad_cam", "cam")


@cache
def net(name: str) -> Any:
    return ferviz.load_model(name)


@cache
def photo() -> Clip:
    """The one real face."""
    return ferviz.find_faces(ferviz.sample("astronaut"), size=112, margin=0.0)


@cache
def film() -> Clip:
    """Eight frames of the film, in four of which no face is found."""
    return ferviz.find_faces(ferviz.sample("astronaut-moving")[24:56:4], size=112, margin=0.0)


def few() -> Clip:
    """Three frames, as an expression comes up."""
    return ferviz.sample("happiness-moving")[::6]


def nets() -> Found:
    """All that `observe` gives of every network: whole clips, and every third frame of the other samples."""
    found: Found = {}
    for name, clip in {"photo": photo(), "film": film()}.items():
        found[f"faces/{name}/frames"], found[f"faces/{name}/boxes"] = clip.frames, np.asarray(clip.boxes)
        found[f"faces/{name}/gaps"] = as_json([[gap.stream, gap.start, gap.stop, gap.reason] for gap in clip.gaps])
    whole = {"photo": photo(), "film": film(), "anger-mask": ferviz.sample("anger-mask")}
    whole |= {name: ferviz.sample(name) for name in ("surprise-degraded", "fear-one-frame", "happiness-voice-agree")}
    others = {name: ferviz.sample(name) for name in STILLS} | {name: ferviz.sample(name)[::3] for name in MOVING}
    for model in (*NETS, *RANS):
        for name, clip in whole.items():
            found |= _labelled(f"{model}/{name}", ferviz.observe(net(model), clip))
        for name, clip in others.items():
            seen = ferviz.observe(net(model), clip)
            found |= {f"{model}/{name}/{word}": values.values for word, values in seen.data_vars.items()}
    return found


def moved() -> Found:
    """Every quantity that a network computes, halved, and filled with 0.25: itself and what comes after it."""
    found: Found = {}
    for model in (*NETS, *RANS):
        for name, clip in {"degraded": ferviz.sample("surprise-degraded")[::3], "film": film()}.items():
            found |= _moved(model, name, clip)
    return found


def _moved(model: str, name: str, clip: Clip, answers: Sequence[str] = ("emotion_logits",)) -> Found:
    found: Found = {}
    seen = ferviz.observe(net(model), clip)
    for word in ferviz.quantities(net(model)):
        if word not in seen:
            continue
        for how, change in {"half": lambda value: 0.5 * value, "filled": 0.25}.items():
            with ferviz.intervene(net(model), {word: change}):
                changed = ferviz.observe(net(model), clip)
            for after in (*answers, word):
                found[f"{model}/{name}/{word} {how}/{after}"] = changed[after].values
    return found


def tasks() -> Found:
    """Networks of several tasks: whole clips, what the heads say of all other samples, and their quantities moved."""
    clips = {"photo": photo(), "film": film(), "anger-mask": ferviz.sample("anger-mask"), "few": few()}
    others = {name: ferviz.sample(name) for name in (*STILLS, *MOVING)}
    answers = ("emotion_logits", "expected_age", "gender", "ethnicity_logits")
    found: Found = {}
    for model in MTLS:
        found |= _briefly(model, clips, others, answers) | _moved(model, "few", few(), answers)
        found |= _tried(f"{model}/attributed few", attribute, net(model), few(), head="ethnicity", n_steps=4)
    return found


def sounding() -> Found:
    """Networks of face and voice: whole clips, the answer to other samples with a voice, and their quantities moved."""
    clips = {name: ferviz.sample(name) for name in ("happiness-voice-agree", "sadness-voice-only")}
    others = {name: ferviz.sample(name) for name in MOVING if "voice" in name}
    found: Found = {}
    for model in AVS:
        seen = clips | ({"photo": photo(), "film": film()} if model != "av-voice" else {})  # these have no voice
        agreed = others["anger-voice-agree"]
        found |= _briefly(model, seen, others, ("emotion_logits",)) | _moved(model, "agreed", agreed)
        for axis in (f"{one.of}.{one.axis}" for one in net(model).items):
            asked = {"level": "items", "axis": axis, "n_steps": 4}
            found |= _tried(f"{model}/attributed {axis}", attribute, net(model), agreed, **asked)
            found |= _tried(f"{model}/removal {axis}", removal, net(model), agreed, axis=axis)
    for model in AV_HEADS:
        words = ("emotion_logits", "video.weight", "audio.weight")
        found |= _briefly(model, {}, {**clips, "anger-voice-agree": agreed}, words)
    return found


def _briefly(model: str, whole: Mapping[str, Clip], others: Mapping[str, Clip], answers: Sequence[str]) -> Found:
    """All that `observe` gives of some clips, and the answers alone of others."""
    found: Found = {}
    for name, clip in whole.items():
        found |= _labelled(f"{model}/{name}", ferviz.observe(net(model), clip))
    for name, clip in others.items():
        seen = ferviz.observe(net(model), clip)
        found |= {f"{model}/{name}/{word}": seen[word].values for word in answers if word in seen}
    return found


FEW_STEPS: Mapping[str, Mapping[str, Any]] = {
    "integrated_gradients": {"n_steps": 4},
    "gradient_shap": {"n_samples": 4, "seed": 3},
    "occlusion": {"window": 16, "stride": 12},
}


def attribution() -> Found:
    """All methods at both levels, with target, against, baselines and one frame; and quantities as maps."""
    found: Found = {}
    for model in NETS:
        for method in METHODS if model not in LBPS[1:] else ("integrated_gradients",):
            for level in ("pixels", "frames"):
                name, options = f"{model}/{method} {level}", FEW_STEPS.get(method, {})
                asked = {"method": method, "level": level, **options}
                found |= _tried(f"{name}/few", attribute, net(model), few(), **asked)
                asked |= {"target": "fear", "against": "surprise"}
                found |= _tried(f"{name}/film, fear against surprise", attribute, net(model), film(), **asked)
    for model in ("mini-xception", "fan", "fan-mean", "lbp-attention"):
        found |= _asked(model)
    return {**found, **_maps()}


def _asked(model: str) -> Found:
    ask, found, one = {"n_steps": 4}, {}, ferviz.sample("anger-mask")
    for baseline in ("gray", "blur", "zero"):
        for level in ("pixels", "frames"):
            named = {"baseline": baseline, "level": level, **ask}
            found |= _tried(f"{model}/{baseline} {level}", attribute, net(model), few(), **named)
    found |= _tried(f"{model}/frame 1", attribute, net(model), few(), frame=1, **ask)
    found |= _tried(f"{model}/one still", attribute, net(model), one, target="anger", **ask)
    drawn = {"method": "gradient_shap", "n_samples": 4, "stdevs": 0.1, "seed": 5, "baseline": ["black", "blur"]}
    found |= _tried(f"{model}/drawn from two", attribute, net(model), few(), **drawn)
    if model.startswith("fan"):
        with ferviz.intervene(net(model), {"weight": np.full(len(few()), 1 / 3)}):
            found |= _tried(f"{model}/even weights", attribute, net(model), few(), level="frames", **ask)
    return found


def _maps() -> Found:
    found: Found = {}
    for model in LBPS:
        found |= _labelled(f"{model}/map of mask", quantity_map(net(model), film()))
    found |= _labelled("lbp-attention/map of trunk 3", quantity_map(net(LBPS[0]), few(), "trunk", channel=3))
    fear = quantity_map(net("mini-xception"), film(), "class_map", channel="fear")
    return found | _labelled("mini-xception/map of fear", fear)


def worth() -> Found:
    """Removal of frames, and curves of deletion and insertion; what a network refuses, in its words."""
    found: Found = {}
    clips = {"few": few(), "film": film(), "degraded": ferviz.sample("surprise-degraded"), "photo": photo()}
    for model in (*FANS, "mini-xception", "lbp-attention"):
        for name, clip in clips.items():
            found |= _tried(f"{model}/removal {name}", removal, net(model), clip)
        found |= _tried(f"{model}/removal film, fear", removal, net(model), film(), "fear")
    with ferviz.intervene(net("fan"), {"alpha": lambda alpha: 1 - alpha}):
        found |= _tried("fan/removal few, other alpha", removal, net("fan"), few())
    stills = {"still": ferviz.sample("anger-mask"), "film": film()}
    for model, named in (("mini-xception", "class_map"), ("lbp-attention", "mask"), ("fan", "")):
        for name, clip in stills.items():
            maps = quantity_map(net(model), clip, named) if named else clip.frames.mean(3)
            for curve in (deletion, insertion):
                asked = f"{model}/{curve.__name__} {name}"
                found |= _tried(asked, curve, net(model), clip, maps, steps=6)
                options = {"steps": 4, "target": "fear", "fill": "gray"}
                found |= _tried(f"{asked}, fear on gray", curve, net(model), clip, maps, **options)
    return found


def _tried(name: str, function: Callable[..., xr.Dataset], *args: Any, **options: Any) -> Found:
    """What a call gives, or why the house refuses it."""
    try:
        return _labelled(name, function(*args, **options))
    except (ValueError, TypeError) as error:
        return {f"{name}/refused": f"{type(error).__name__}: {error}"}


def _labelled(name: str, seen: xr.Dataset) -> Found:
    """A data set: its numbers as arrays, and as one text its words: dimensions, labels and attributes."""
    words: dict[str, Any] = {"dims": {str(word): list(values.dims) for word, values in seen.variables.items()}}
    words["attributes"] = {"": dict(seen.attrs)} | {str(word): dict(v.attrs) for word, v in seen.data_vars.items()}
    found: Found = {}
    for word, values in seen.variables.items():
        if values.dtype.kind in "fiub":
            found[f"{name}/{word}"] = values.values
        else:
            words[str(word)] = values.values.tolist()
    return {**found, f"{name}/words": as_json(words)}


def as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=lambda number: number.item())
