"""Audio and video: each stream by itself, then both fused on cached vectors, then all of it tuned.

The voice stream learns what voices without a picture say, and the face stream what the face shows in films in which
face and voice agree, or one of them is neutral. What their backbones make of such films is kept, and the fusion is
learned on that, with one stream left out of some of them. Then all that comes after the backbones is tuned, at a lower
rate, on the films themselves, varied anew each time. The backbones stay those of the single streams: so an answer to
both can be held against that of each alone, and what ships holds them once.

``audio`` is the same voice stream on real voices: it does not ship, and nothing goes on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lightning_fabric import Fabric
from torch import nn

from ferviz import weights
from ferviz.faces.sets import read
from ferviz.learning.films import FusionTask, encoded_of, films_of, stand_in, varied
from ferviz.learning.freezing import moving
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import Groups, Schedule, fit, make_fabric
from ferviz.learning.recipes.common import (
    WEIGHTS,
    Recipe,
    Train,
    card_fields,
    fresh,
    needed,
    save_run,
    set_in_words,
)
from ferviz.learning.recipes.voices import ADAM, FRAMES, OPTIMISER, STREAM, TOLD, train_audio
from ferviz.learning.sets import Examples, has_target
from ferviz.models.audio_video import AudioVideo, Config, Variant, shipped
from ferviz.models.frame_attention import Config as FrameConfig
from ferviz.models.frame_attention import FrameAttention
from ferviz.models.fusion import STREAMS
from ferviz.weights import Card

__all__ = [
    "AV",
    "FAMILIES",
    "FUSING",
    "HEADS",
    "LIMITS",
    "NETWORKS",
    "SHARE",
    "TUNING",
    "VOICES",
    "av_films",
    "only_fusion",
    "train_av",
    "train_head",
    "train_stream",
]

_HEADS: dict[str, Variant] = {"av-self": "both-self", "av-mean": "both-mean", "av-concatenation": "both-concatenation"}
HEADS: Mapping[str, Variant] = MappingProxyType(_HEADS)
"""Networks that differ from "av" in what comes after the backbones."""

AV: Mapping[str, Variant] = MappingProxyType({"av-face": "face", "av-voice": "voice", "av": "both", **HEADS})
"""The names of the trained networks → the variants."""

FAMILIES = ("agree", "face_only", "voice_only", "noisy_sound", "covered_face")
"""What is learned from: of films in which face and voice contradict each other there is no one label."""

VOICES = ("sound_only",)
"""What the voice stream learns from: such voices need no pictures, so that there can be many."""

SHARE = 0.3  # of the films, one of whose streams is left out

FUSING = Recipe(Schedule(epochs=20, batch=64, rate=2e-3, **ADAM))
TUNING = Recipe(Schedule(epochs=4, batch=24, rate=2e-4, **ADAM))


def av_films(config: Config, clips: Path, variant: Variant, split: str) -> Examples:
    """Films of a split as a variant learns them: of one stream that alone, with what it says for a label.

    Raises FileNotFoundError or ValueError when some of them are missing or damaged.
    """
    of = {"face": "face", "voice": "voice"}.get(variant, "emotion")
    sets = [read(clips, split=split, part=family) for family in _families(variant)]
    films = films_of(sets, config.ear, config.side, of, config.labels)  # type: ignore[arg-type]
    names = {"face": ("frames", "mask"), "voice": ("sound", "window_mask")}.get(variant, tuple(films.raw))
    raw = {name: films.raw[name] for name in names}
    learned = Examples(raw, films.targets, {}, films.about)
    return learned[has_target(films.targets["emotion"]) & raw[names[1]].any(1)]


def _films(model: AudioVideo, clips: Path, variant: Variant) -> dict[str, Examples]:
    """What a variant learns from and is watched on."""
    return {split: av_films(model.config, clips, variant, split) for split in ("train", "validation")}


def _families(variant: Variant) -> tuple[str, ...]:
    return VOICES if variant == "voice" else FAMILIES


def train_stream(
    variant: Variant,
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """One stream on synthetic films, or voices; resumes in OUT/VARIANT.

    That of faces goes on from the backbone in OUT/backbone, where one is (``ferviz train backbone``); ``faces`` is not
    read. That of voices needs the part "sound_only" alone. See `Train` for the other arguments.

    Raises
    ------
    FileNotFoundError, ValueError
        When the set is not named, missing or damaged, or the folder holds another run.
    """
    clips = needed(clips, "clips", f"the stream of the {variant}")
    recipe, fabric = STREAM.changed(epochs=epochs, seed=seed), fabric or make_fabric()
    model = fresh(lambda: shipped(variant), recipe.schedule.seed)
    films = _films(model, clips, variant)
    started = _start(model, out / "backbone" / WEIGHTS) if variant == "face" else None
    task = HeadsTask(films["train"], {"validation": films["validation"]}, varied(FRAMES, 0.0))
    history = fit(model, task, recipe.schedule, out / variant, fabric=fabric, optimiser=OPTIMISER)
    says = {"face": "what the face of a film shows", "voice": "how a synthetic voice sounds"}[variant]
    return _save(model, variant, says, out, clips, recipe, history, fabric, started)


def train_av(
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """Both streams fused: first on cached vectors, in OUT/fused, then tuned, in OUT/both; resumes in both.

    The streams are those in OUT/face and OUT/voice, and are trained before where there are none yet. See `Train` for
    the arguments, `train_stream` for ``faces``; ``epochs`` and ``seed`` are those of each run that is made now.

    Raises
    ------
    FileNotFoundError, ValueError
        When the set is not named, missing or damaged, or a folder holds another run.
    """
    clips, fabric = needed(clips, "clips", "the fusion of face and voice"), fabric or make_fabric()
    _streams(out, faces=faces, clips=clips, epochs=epochs, seed=seed, fabric=fabric)
    fusing, tuning = (recipe.changed(epochs=epochs, seed=seed) for recipe in (FUSING, TUNING))
    model = fresh(lambda: shipped("both"), fusing.schedule.seed)
    cards = [_take_over(model, variant, out / variant / WEIGHTS) for variant in ("face", "voice")]
    films = _films(model, clips, "both")
    _fuse(model, films, fusing, out / "fused", fabric)
    whole = HeadsTask(films["train"], {"validation": films["validation"]}, varied(FRAMES, SHARE))
    with moving(model, _after_backbones(model)):
        history = fit(model, whole, tuning.schedule, out / "both", fabric=fabric, optimiser=OPTIMISER)
    stand_in(model, encoded_of(model, films["train"]))
    says = "what face and voice of a synthetic film show together"
    return _save(model, "both", says, out, clips, tuning, history, fabric, *cards)


def train_head(
    variant: Variant,
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """Another attention, or fusion, in OUT/VARIANT: as `train_av`, from cached vectors alone, not tuned afterwards."""
    clips, fabric = needed(clips, "clips", "the fusion of face and voice"), fabric or make_fabric()
    _streams(out, faces=faces, clips=clips, epochs=epochs, seed=seed, fabric=fabric)
    recipe = FUSING.changed(epochs=epochs, seed=seed)
    model = fresh(lambda: shipped(variant), recipe.schedule.seed)
    cards = [_take_over(model, one, out / one / WEIGHTS, ".backbone") for one in ("face", "voice")]
    history, cached = _fuse(model, _films(model, clips, variant), recipe, out / variant, fabric)
    stand_in(model, cached)
    says = "what face and voice of a synthetic film show together, by a head that was not tuned"
    return _save(model, variant, says, out, clips, recipe, history, fabric, *cards)


def _streams(out: Path, *, epochs: int | None, seed: int | None, **given: Any) -> None:
    """Train those that are not there yet."""
    for variant in ("face", "voice"):
        if not (out / variant / WEIGHTS).is_file():
            train_stream(variant, out, epochs=epochs, seed=seed, **given)


def _fuse(
    model: AudioVideo, films: Mapping[str, Examples], recipe: Recipe, folder: Path, fabric: Fabric
) -> tuple[list[dict[str, float]], Examples]:
    """Learn what comes after the backbones from what these make of films: the history, and what they made of them."""
    cached = {split: encoded_of(model, part) for split, part in films.items()}
    task = FusionTask(cached["train"], {"validation": cached["validation"]}, SHARE)
    found = fit(model, task, recipe.schedule, folder, fabric=fabric, groups=only_fusion, optimiser=OPTIMISER)
    return found, cached["train"]


NETWORKS: Mapping[str, Train] = MappingProxyType(
    {
        "av-face": partial(train_stream, "face"),
        "av-voice": partial(train_stream, "voice"),
        "av": train_av,
        **{name: partial(train_head, variant) for name, variant in HEADS.items()},
        "audio": train_audio,
    }
)
"""The names of ``ferviz train`` → what trains them."""

_MADE_FOR = "It was made to study attention and fusion on synthetic films and voices"
_NO_FACE = f"{_MADE_FOR}; but for the start of its face stream no real face was in its training."
_NO_VOICE = f"{_MADE_FOR}; no real voice was in its training."
_NEITHER = f"{_MADE_FOR}; no real voice, and but for the start of its face stream no real face, was in its training."
_NAMES_A_SETTING = (
    "It names the word that the generator was set to; whether annotators would choose it is not known, and it is not "
    "what a person feels."
)
_UNHEARD = "No listener has judged the synthetic voices that it learned."
_UNTUNED = "Its head learned on frozen backbones and was not tuned afterwards, as that of av was."

LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "av-face": (_NAMES_A_SETTING, _NO_FACE),
        "av-voice": (_NAMES_A_SETTING, _NO_VOICE, _UNHEARD),
        "av": (_NAMES_A_SETTING, _NEITHER, _UNHEARD),
        **dict.fromkeys(HEADS, (_NAMES_A_SETTING, _NEITHER, _UNHEARD, _UNTUNED)),
    }
)
"""What the card of a network that ships says it must not be trusted with."""


def _save(
    model: AudioVideo,
    variant: Variant,
    says: str,
    out: Path,
    clips: Path,
    recipe: Recipe,
    history: list[dict[str, float]],
    fabric: Fabric,
    *before: Card | None,
) -> Path:
    name = next(name for name, of in AV.items() if of == variant)
    told, families = (each for card in before if card is not None for each in card.data), _families(variant)
    size = read(clips, split="train", part=families[0]).settings["size"]
    films = set_in_words(clips, f"synthetic films of size {size}: {', '.join(families)}")
    fields, data = card_fields(recipe, history, fabric, *before), tuple(dict.fromkeys((*told, films)))
    fields["origin"] = fields["origin"].replace(TOLD, "") + TOLD  # of what it went on from too
    if all(one.startswith("synthetic") for one in data):
        fields["licence"] = "MIT"  # it learned from nobody's face
    card = Card(
        name=name,
        model=type(model).__name__,
        summary=f"Audio-video (arXiv:2012.13912), compact, {variant}: labels {says}.",
        data=data,
        command=f"ferviz train {name}{recipe.options}",
        **fields,
    )
    return save_run(model, out / variant, card, fabric)


def _start(model: AudioVideo, path: Path) -> Card | None:
    """Take over the backbone of a trained frame classifier, where there is one; its card."""
    if not path.is_file():
        return None
    classifier = FrameAttention(FrameConfig.compact("mean"))
    card = weights.load(path, classifier)
    model.video.backbone.load_state_dict(classifier.backbone.state_dict())
    return card


def _take_over(model: AudioVideo, variant: Variant, path: Path, part: str = "") -> Card:
    """Take over a trained stream, attention and all, or a part of it; its card."""
    trained = shipped(variant)
    card = weights.load(path, trained)
    name = {"face": "video", "voice": "audio"}[variant] + part
    model.get_submodule(name).load_state_dict(trained.get_submodule(name).state_dict())
    return card


def only_fusion(model: nn.Module) -> Groups:
    """All that comes after the backbones."""
    return [{"params": [p for name, p in model.named_parameters() if ".backbone." not in name]}]


def _after_backbones(model: nn.Module) -> list[str]:
    """The paths of the parts of which `only_fusion` has the parameters."""
    streams = [(name, part) for name in STREAMS for part, _ in model.get_submodule(name).named_children()]
    return ["fusion", *(f"{name}.{part}" for name, part in streams if part != "backbone")]
