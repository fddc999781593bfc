"""The one call: words checked, a question put, a method run on it, and the answer as a labelled data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import xarray as xr

from ferviz import arguments, asking
from ferviz.arguments import choice, flag, number, whole
from ferviz.attribution.answer import dataset
from ferviz.attribution.baselines import Baseline, name_of
from ferviz.attribution.methods import HELD_AGAINST, METHODS, OPTIONS, RUN, last_with_places
from ferviz.attribution.net import Net, Target
from ferviz.attribution.request import Level, Request
from ferviz.clip import Clip, check_clip
from ferviz.emotions import Emotion
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["attribute"]


def attribute(
    model: Model,
    clip: Clip,
    method: str = "integrated_gradients",
    *,
    target: Target | None = None,
    against: Emotion | str | None = None,
    head: str = "emotion",
    level: Level = "pixels",
    axis: str | None = None,
    to: str | None = None,
    frame: int | None = None,
    baseline: Baseline | Sequence[Baseline] | None = None,
    seed: int = 0,
    **options: Any,
) -> xr.Dataset:
    """Where the logit of a label comes from. `ferviz.attribution` says what the answer holds.

    Parameters
    ----------
    model, clip : Model, Clip
        Faces, as the model's ``pictures`` takes them, and the model, run in evaluation mode; may stand in `intervene`.
    method, **options
        One of `METHODS` with its `OPTIONS`: "integrated_gradients" (``n_steps``), "saliency", "occlusion" (``window``,
        ``stride``), "gradient_shap" (``n_samples``, ``stdevs``; ``seed`` is for it), "grad_cam" (``layer``, ``relu``)
        or "cam". No global generator is left changed. Further words are what the model is told of the clip, such as
        ``boxes``: arguments of its ``pictures``.
    target : Emotion, str or function, optional
        The label; what the model answers (to each frame, for a model of single frames) unless named. Or a function of
        all that ``forward`` returns that gives one number a batch item (B,): an expected age, a distance of two heads.
    against : Emotion or str, optional
        Another label: the difference of two logits is attributed, target less against.
    head : str
        Which output, for models with several.
    level : {"pixels", "items", "frames"}
        A map of each input, or one number an item; "frames" is "items" along ``frame``.
    axis : str, optional
        Which items, for models with several: the axis (``region``), or the input before it (``sound.position``).
    to : str, optional
        The input that is attributed to, by the name that the model declares (``sound``). Unless named, the pictures:
        the first of them with all inputs that are cut alike; of items their vectors, where the model makes such.
    frame : int, optional
        Only the pixels of this frame: the others stay what they are, also on the way to the baseline.
    baseline : str, uint8 array (T, H, W, 3) or (H, W, 3), float32 array (N,), or Clip, optional
        What the clip is held against: one of `BASELINES` (black unless given; silence, of sound), or pictures or sound
        of your own, such as the emotion-free render of a synthetic face. GradientSHAP takes a list too, and draws from
        it.

    Raises
    ------
    TypeError
        For what is no model or no clip, a word that neither method nor model knows, or a baseline, a number, a flag or
        a target of another kind.
    ValueError
        For an unknown word, label, axis, input, frame or layer, a frame in a gap, a compiled model, a baseline that
        does not fit, a model that does not fit its labels or gives what is not finite, a target that has no gradient
        where the method takes one, or a layer (for items: the vectors) that an `intervene` replaces, since all before
        it counts for 0.
    """
    check_clip(clip)
    if callable(target) and against is not None:
        raise ValueError(f"against must be None where target is a function; got {str(against)!r:.200}")
    net = Net(model, clip, head, target)
    seed = arguments.seed(seed)
    frame = _check_words(clip, method, level, frame, baseline)
    about, rest = asking.split_about(model, {name: o for name, o in options.items() if name not in OPTIONS[method]})
    own = {name: option for name, option in options.items() if name in OPTIONS[method]}
    chosen = _check_options(method, own | rest) | ({"seed": seed} if method == "gradient_shap" else {})
    words: dict[str, Any] = {"level": level, "axis": axis, "to": to, "frame": frame, "about": about}
    with evaluating(model):
        request = Request(net, clip, target, against, baselines=_held(method, baseline), **words)
        answer = _run(request, method, chosen)
    asked = {"head": net.head, "level": level, "axis": request.axis if level == "items" else "", "to": to}
    asked |= {"against": str(against or ""), "baseline": ", ".join(map(name_of, request.baselines))}
    return answer.assign_attrs({name: value for name, value in asked.items() if value})


def _held(method: str, baseline: Baseline | Sequence[Baseline] | None) -> list[Any]:
    """Baselines; None stands for that of the stream."""
    if method not in HELD_AGAINST:
        return []
    return list(baseline) if isinstance(baseline, list | tuple) else [baseline]


def _run(request: Request, method: str, chosen: dict[str, Any]) -> xr.Dataset:
    """The answer, with what was asked of the method and the layer that Grad-CAM chose."""
    model, calls = request.net.model, request.calls(method)
    if method == "grad_cam" and not request.vectors:
        chosen = chosen | {"layer": last_with_places(calls[0], model) if chosen["layer"] is None else chosen["layer"]}
    found = [RUN[method](call, model, chosen) for call in calls]
    asked = {"method": method, "model": type(model).__name__, "clip": request.clip.source}
    asked |= {name: "" if value is None else value for name, value in chosen.items()}
    return dataset(request, method, calls, found).assign_attrs(asked)


def _check_words(clip: Clip, method: str, level: str, frame: int | None, baseline: object) -> int | None:
    """The frame, once all words are known to fit."""
    choice("method", method, METHODS)
    choice("level", level, get_args(Level))
    if baseline is not None and method not in HELD_AGAINST:
        raise ValueError(f"baseline must be None: {method} holds the clip against nothing")
    if isinstance(baseline, list | tuple) and (method != "gradient_shap" or not baseline):
        raise ValueError(f"baseline may be a list only for gradient_shap, and not an empty one; got {len(baseline)}")
    if frame is None:
        return None
    if level != "pixels":
        raise ValueError(f"frame must be None where level is {level!r}; got {frame}")
    frame = whole("frame", frame, 0, len(clip) - 1)
    if not clip.usable()[frame]:
        raise ValueError(f"frame must be usable; frame {frame} lies in a gap")
    return frame


def _check_options(method: str, options: Mapping[str, Any]) -> dict[str, Any]:
    defaults, chosen = OPTIONS[method], dict[str, Any]()
    for name, value in options.items():
        if name not in defaults:
            fits = f"{method} takes {', '.join(defaults)}" if defaults else f"{method} takes none"
            raise TypeError(f"{name!r} is no option: {fits}")
        chosen[name] = value if value is None and defaults[name] is None else _CHECKS[name](name, value)
    return {**defaults, **chosen}


def _path(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be the path of a layer; got {value!r:.200}")
    return value


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("n_steps", "n_samples", "window", "stride"), whole),
    "stdevs": lambda name, value: number(name, value, "0 or more", lambda size: size >= 0),
    "layer": _path,
    "relu": flag,
}
"""Of what kind the options of methods are."""
