"""What is asked of a model, in Captum's terms: a function of a batch, an input, and what it is held against."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from ferviz.attribution.baselines import Baseline, baseline_clip
from ferviz.attribution.net import Net
from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.intervene import is_replaced

__all__ = ["Case", "Level", "Question"]

Array = npt.NDArray[Any]
Level = Literal["pixels", "frames"]

_FRAMES_AT_ONCE = 128  # that one batch of steps, draws or windows may hold: it bounds the memory


@dataclass
class Question:
    """A function of clips, one clip, and what it is held against.

    ``run`` takes a batch (B, N, …) and the rest, and gives logits (B, L), or (B, N, L) where frames have their own;
    ``pick`` takes of these what is asked for, (B,) or (B, N); ``x`` (1, N, …) pictures or vectors of N frames, which
    are the clip's ``places``; ``base`` (K, N, …) baselines, or None; ``cost``: how many frames go through the backbone
    for one item of a batch; ``channels`` of one picture, since a texture lies behind its photo in ``x`` (0 for
    vectors); ``whole_frames``: whether only whole frames give way; ``small``: a question of fewer frames that goes the
    same way; ``first``: the answer to ``x``, once a method has asked for it.
    """

    run: Callable[..., torch.Tensor]
    pick: Callable[[torch.Tensor], torch.Tensor]
    x: torch.Tensor
    base: torch.Tensor | None
    rest: tuple[torch.Tensor, ...]
    places: Sequence[int]
    cost: int
    channels: int = 0
    whole_frames: bool = False
    small: Question | None = None
    first: torch.Tensor | None = field(default=None, init=False)

    @property
    def batch(self) -> int:
        """Items in one batch."""
        return max(1, _FRAMES_AT_ONCE // max(1, self.cost))

    def answer(self, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        """The logits that are asked for: (B,), or (B, N) where frames have their own."""
        return self.pick(self.run(x, *rest))

    def total(self, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        """What Captum is given: (B,). Frames with their own answers do not meet, so their sum keeps them apart."""
        answers = self.answer(x, *rest)
        if self.first is None:
            self.first = answers.detach()[0]
        return answers if answers.ndim == 1 else answers.sum(1)

    def parted(self, found: torch.Tensor) -> torch.Tensor:
        """Numbers (N, P · C, h, w) by picture, (N, P, C, h, w): the photo, then its texture; (N, D) → (N, 1, D)."""
        return found.unflatten(1, (-1, self.channels)) if self.channels else found.unsqueeze(1)

    def ends(self) -> tuple[Array, Array]:
        """The logit at the clip, and at the baselines on average: () each, or (N,)."""
        assert self.base is not None
        both = torch.cat([self.x, self.base])
        rest = [each.expand(len(both), *each.shape[1:]) for each in self.rest]
        with torch.no_grad():
            answers = self.answer(both, *rest).double().cpu().numpy()
        return answers[0], answers[1:].mean(0)


class Case:
    """One model on one clip: its inputs, the place of the target, and the questions that a method needs."""

    def __init__(
        self,
        net: Net,
        clip: Clip,
        target: Emotion | str | None,
        against: Emotion | str | None = None,
        *,
        level: Level,
        frame: int | None,
        baselines: Sequence[Baseline],
    ) -> None:
        self.net, self.clip, self.level, self.frame = net, clip, level, frame
        self.usable = clip.usable("frames")
        self.vectors = level == "frames" and net.pools
        if self.vectors and is_replaced(net.named["feature"]):
            raise ValueError("level 'frames' attributes to feature, which an intervene replaces: its attribution is 0")
        self.frames, self.rest, self.channels = net.stacked(clip)
        self.bases = [self._held_against(baseline) for baseline in baselines]
        self.target = self._target(target)
        self.against = None if against is None else net.place(against, "against")
        if target is not None and self.against == net.place(target):
            raise ValueError(f"against must be another label than the target; got {str(against)!r} for both")

    def labels(self) -> str | list[str]:
        """The target by name; one a frame for a model of single frames, "" in gaps."""
        names = self.net.labels or (self.net.head,)
        if isinstance(self.target, int):
            return names[self.target]
        places = zip(self.target.tolist(), self.usable, strict=True)
        return [names[place] if usable else "" for place, usable in places]

    def questions(self, method: str) -> list[Question]:
        """One question, or for occluded pixels one a frame, since windows in other frames need not be run with it."""
        if self.vectors:
            return [self._of_vectors()]
        # a layer of a net that cannot run one frame's part alone has the maps of all frames
        if self.frame is not None and (method != "grad_cam" or self.net.pools or self.net.per_frame):
            return [self._within(self.frame)]
        usable = np.flatnonzero(self.usable).tolist()
        if method == "occlusion" and self.level == "pixels":
            return [self._within(frame) for frame in usable]
        question = self._of_pixels()
        if method == "grad_cam":
            question.small = self._backbone(usable[0] if usable else 0)
        return [question]

    @cached_property
    def _run(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        return self.net.run(*self._pictures(self.frames), *self.rest)

    def _pictures(self, frames: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The inputs of the model that lie behind each other in ``frames`` (B, N, P · C, h, w)."""
        return frames.split(self.channels, 2)

    def _logits(self, frames: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        return self.net.logits(*self._pictures(frames), *rest)

    def _features(self) -> torch.Tensor:
        features = self._run[1]
        assert features is not None
        return features

    def _held_against(self, baseline: Baseline) -> torch.Tensor:
        """A baseline as the question's input wants it: pictures, or vectors."""
        if self.vectors and isinstance(baseline, str) and baseline == "zero":
            return torch.zeros_like(self._features())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what prepare had to say of the clip, it has said
            frames, _, _ = self.net.stacked(baseline_clip(self.clip, baseline))
        if not self.vectors:
            return frames
        features = self.net.run(frames, *self.rest)[1]
        assert features is not None
        return features

    def _target(self, target: Emotion | str | None) -> int | torch.Tensor:
        if target is not None or self.net.labels is None:
            place = 0 if target is None else self.net.place(target)
            return torch.full((len(self.clip),), place) if self.net.per_frame else place
        logits = self._run[0][0]
        return logits.argmax(-1).cpu() if self.net.per_frame else int(logits.argmax())

    def _pick(self, logits: torch.Tensor, target: int | torch.Tensor) -> torch.Tensor:
        """The target's logits: (B, L) → (B,), or (B, N, L) → (B, N) where each frame has its own target.

        Less those of the label that it is held ``against``.
        """
        if isinstance(target, int):
            picked = logits[:, target]
        else:
            picked = logits[:, torch.arange(len(target)), target.to(logits.device)]
        return picked if self.against is None else picked - logits[..., self.against]

    def _base(self) -> torch.Tensor | None:
        return torch.cat(self.bases) if self.bases else None

    def _of_pixels(self) -> Question:
        pick, count, whole = partial(self._pick, target=self.target), len(self.clip), self.level == "frames"
        places = range(count)
        return Question(self._logits, pick, self.frames, self._base(), self.rest, places, count, self.channels, whole)

    def _of_vectors(self) -> Question:
        pick, places = partial(self._pick, target=self.target), range(len(self.clip))
        return Question(self.net.pool, pick, self._features(), self._base(), self.rest, places, 1, whole_frames=True)

    def _within(self, frame: int) -> Question:
        """The pixels of one frame, while all others stay; where the model pools vectors, theirs are not run again."""
        here = slice(frame, frame + 1)
        x, base, rest = self.frames[:, here], self._base(), self.rest
        base = None if base is None else base[:, here]
        if isinstance(self.target, torch.Tensor):
            pick, rest = partial(self._pick, target=self.target[here]), tuple(each[:, here] for each in rest)
            return Question(self._logits, pick, x, base, rest, [frame], 1, self.channels)
        vectors = self._features() if self.net.pools else None
        known = self.frames if vectors is None else vectors

        def among(pictures: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
            new = pictures if vectors is None else self.net.features(pictures[:, 0])[:, None]
            all_of = known.expand(len(new), *known.shape[1:])
            items = torch.cat([all_of[:, :frame], new, all_of[:, frame + 1 :]], 1)
            return self.net.logits(items, *rest) if vectors is None else self.net.pool(items, *rest)

        pick, cost = partial(self._pick, target=self.target), len(self.clip) if vectors is None else 1
        return Question(among, pick, x, base, rest, [frame], cost, self.channels)

    def _backbone(self, frame: int) -> Question | None:
        """One frame on its way to the answer, only to see which layers it passes."""
        if self.net.per_frame:
            return self._within(frame)
        if not self.net.pools:
            return None
        x = self.frames[:, frame : frame + 1]
        return Question(lambda x: self.net.features(x[:, 0]), lambda x: x, x, None, (), [frame], 1, self.channels)
