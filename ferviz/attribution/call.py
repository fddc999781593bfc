"""The one call: words checked, a question put, a method run on it, and the answer as a labelled data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import xarray as xr

from ferviz.attribution.answer import dataset
from ferviz.attribution.baselines import Baseline, name_of
from ferviz.attribution.case import Case, Level
from ferviz.attribution.methods import HELD_AGAINST, METHODS, OPTIONS, RUN, last_with_places
from ferviz.attribution.net import Net
from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.models.model import Model
from ferviz.reading import evaluating

__all__ = ["attribute"]


def attribute(
    model: Model,
    clip: Clip,
    method: str = "integrated_gradients",
    *,
    target: Emotion | str | None = None,
    against: Emotion | str | None = None,
    head: str = "emotion",
    level: Level = "pixels",
    frame: int | None = None,
    baseline: Baseline | Sequence[Baseline] | None = None,
    seed: int = 0,
    **options: Any,
) -> xr.Dataset:
    """Where the logit of a label comes from. `ferviz.attribution` says what the answer holds.

    Parameters
    ----------
    model, clip : Model, Clip
        Faces, as the model's ``prepare`` takes them, and the model, run in evaluation mode; may stand in `intervene`.
    method, **options
        One of `METHODS` with its `OPTIONS`; ``seed`` is for GradientSHAP. No global generator is left changed.
    target, against : Emotion or str, optional
        The label; what the model answers (to each frame, for a model of single frames) unless named. With ``against``,
        the difference of two logits is attributed: target less against.
    head : str
        Which output, for models with several.
    level : {"pixels", "frames"}
        A map a frame, or one number a frame.
    frame : int, optional
        Only the pixels of this frame: the others stay what they are, also on the way to the baseline.
    baseline : str, uint8 array (T, H, W, 3) or (H, W, 3), or Clip, optional
        What the clip is held against: one of `BASELINES` (black unless given), or pictures of your own, such as the
        emotion-free render of a synthetic face. GradientSHAP takes a list too, and draws from it.

    Raises
    ------
    TypeError
        For what is no model or no clip, an option that the method has not, or a baseline of another kind.
    ValueError
        For an unknown word, label, frame or layer, a frame in a gap, a compiled model, a baseline that does not fit,
        or a layer (for level "frames": the vectors) that an `intervene` replaces, since all before it counts for 0.
    """
    if not isinstance(clip, Clip):
        raise TypeError(f"clip must be a Clip (ferviz.load_clip makes one); got {type(clip).__name__}")
    net = Net(model, head)
    _check_words(clip, method, level, frame, baseline)
    chosen = _check_options(method, options) | ({"seed": seed} if method == "gradient_shap" else {})
    held = _held(method, baseline)
    with evaluating(model):
        answer = _run(Case(net, clip, target, against, level=level, frame=frame, baselines=held), method, chosen)
    asked = {"head": head, "level": level, "against": str(against or ""), "baseline": ", ".join(map(name_of, held))}
    return answer.assign_attrs({name: value for name, value in asked.items() if value})


def _held(method: str, baseline: Baseline | Sequence[Baseline] | None) -> list[Any]:
    if method not in HELD_AGAINST:
        return []
    return list(baseline) if isinstance(baseline, list | tuple) else ["black" if baseline is None else baseline]


def _run(case: Case, method: str, chosen: dict[str, Any]) -> xr.Dataset:
    """The answer, with what was asked of the method and the layer that Grad-CAM chose."""
    model, questions = case.net.model, case.questions(method)
    if method == "grad_cam" and not case.vectors:
        chosen = chosen | {"layer": chosen["layer"] or last_with_places(questions[0], model)}
    found = [RUN[method](question, model, chosen) for question in questions]
    told = {"method": method, "model": type(model).__name__, "clip": case.clip.source}
    told |= {name: "" if value is None else value for name, value in chosen.items()}
    return dataset(case, method, questions, found).assign_attrs(told)


def _check_words(clip: Clip, method: str, level: str, frame: int | None, baseline: object) -> None:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    if level not in get_args(Level):
        raise ValueError(f"level must be one of {', '.join(get_args(Level))}; got {level!r}")
    if baseline is not None and method not in HELD_AGAINST:
        raise ValueError(f"baseline must be None: {method} holds the clip against nothing")
    if isinstance(baseline, list | tuple) and (method != "gradient_shap" or not baseline):
        raise ValueError(f"baseline may be a list only for gradient_shap, and not an empty one; got {len(baseline)}")
    if frame is None:
        return
    if level != "pixels":
        raise ValueError(f"frame must be None where level is {level!r}; got {frame}")
    if not 0 <= frame < len(clip):
        raise ValueError(f"frame must be 0 to {len(clip) - 1}, as the clip has; got {frame}")
    if not clip.usable()[frame]:
        raise ValueError(f"frame must be usable; frame {frame} lies in a gap")


def _check_options(method: str, options: Mapping[str, Any]) -> dict[str, Any]:
    known = OPTIONS[method]
    for name, value in options.items():
        if name not in known:
            fits = f"{method} takes {', '.join(known)}" if known else f"{method} takes none"
            raise TypeError(f"{name!r} is no option: {fits}")
        if name in ("n_steps", "n_samples", "window", "stride") and (not isinstance(value, int) or value < 1):
            raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}")
    return {**known, **options}
