"""Ten frames of a clip, of which a share tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from ferviz.measuring.shares import NEUTRAL, tens_of
from tests.tiny_fan import noise_clips


@dataclass
class Needs:
    """Says the label, which stands in a frame's second number, where so great a share of the frames is informative."""

    share: float

    def pool(self, features):
        assert features.shape[1:] == (10, 2)
        enough = features[..., 0].mean(1) >= self.share - 1e-6
        said = torch.where(enough, features[:, 0, 1].long(), (features[:, 0, 1].long() + 1) % 7)
        return torch.eye(7)[said]


def clips_and_features():
    """Ten clips: five with both kinds of frames, three that lack one or are off the label, two neutral ones."""
    clips = noise_clips([4] * 9 + [3])
    evidence = torch.tensor([[0.6, 0.2, 0.4, 1.0]]).repeat(10, 1)
    evidence[5], evidence[6], evidence[8:] = 0.9, 0.1, 0.0  # all informative, none, neutral
    label = torch.tensor([0, 1, 2, 3, 4, 5, 0, 1, NEUTRAL, NEUTRAL])
    family = np.array(["intensity", "degraded", *["intensity"] * 5, "off_label", "degraded", "intensity"])
    clips = replace(clips, evidence=evidence, own=clips.mask, family=family, label=label)
    informative = torch.where(evidence >= 0.6, 1.0, torch.where(evidence <= 0.2, 0.0, torch.nan))
    return clips, torch.stack([informative, label[:, None].expand(-1, 4).float()], -1)


def test_so_many_tenths_of_the_frames_are_informative():
    clips, features = clips_and_features()
    tens, _ = tens_of(clips)
    assert tens.at.tolist() == tens.person.tolist() == [0, 1, 2, 3, 4]
    for need in (0.3, 0.8):
        right = tens.right(Needs(need), features)
        assert {share: found.tolist() for share, found in right.items()} == {
            n / 10: [float(n / 10 >= need)] * 5 for n in range(1, 11)
        }


def test_frames_of_another_emotion_are_not_informative():
    clips, _ = clips_and_features()
    own = clips.own.clone()
    own[0] = False
    assert tens_of(replace(clips, own=own))[0].at.tolist() == [1, 2, 3, 4]


def test_neutral_clips_have_ten_frames_of_their_own():
    clips, features = clips_and_features()
    _, calm = tens_of(clips)
    assert calm.at.tolist() == [8, 9]
    assert list(calm.picked) == [0.0]
    assert (calm.picked[0.0][1] < 3).all()  # the last clip has three frames
    assert calm.right(Needs(0.0), features)[0.0].tolist() == [1.0, 1.0]


def test_clips_without_one_of_the_two_are_refused():
    clips, _ = clips_and_features()
    with pytest.raises(ValueError, match="clips must hold some that tell in part, and neutral ones; got 5 and 0"):
        tens_of(clips[np.arange(8)])
