"""Sets as tensors: what becomes of pictures, labels and truths, equal priors, and variation that keeps labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.faces.sets import read
from ferviz.learning.recipes import FAMILIES
from ferviz.learning.sets import Clips, Stills, clips_of, join, stills_from, stills_of, vary
from ferviz.learning.tasks import scaled
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.models.model import gray
from ferviz.prepared import Faces
from ferviz.seeds import luck

LABELS = LABEL_SETS["FER2013"]
SIDE = 48


@pytest.fixture(scope="module")
def clips(tiny_set) -> Clips:
    return clips_of([read(tiny_set, split="train", part=family) for family in FAMILIES], SIDE)


def stills(places: list[int], group: list[int] | None = None) -> Stills:
    """Faces with these labels, each of one gray."""
    count = len(places)
    pictures = torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(count, 1, 4, 4)
    target = torch.nn.functional.one_hot(torch.tensor(places), 7).float()
    return Stills(pictures, target, torch.ones(count), np.array(group or range(count)))


# ---- synthetic sets ----


def test_stills_are_the_first_frames_with_their_labels(tiny_set):
    found = read(tiny_set, split="train", part="stills")
    own = stills_of(found, SIDE)
    assert (own.pictures.shape, own.pictures.dtype) == ((14, 1, SIDE, SIDE), torch.uint8)
    assert [LABELS[int(k)] for k in own.target.argmax(1)] == [Emotion(row["label"]) for row in found.rows]
    assert (own.target.sum(1) == 1).all()
    assert own.group.tolist() == [row["identity"] for row in found.rows]
    assert own.weight.tolist() == [1.0] * 14
    assert own.pictures.float().std((1, 2, 3)).min() > 5  # faces, not blanks


def test_pictures_are_prepared_as_the_model_prepares_them(tiny_set):
    found = read(tiny_set, split="train", part="stills")
    model = FrameAttention(Config.compact("mean"))
    clip = found[3]
    frames, _ = model.prepare(Clip(clip.frames, clip.times, crop=model.crop))
    own = scaled(stills_of(found, SIDE).pictures[3, 0])
    torch.testing.assert_close(own, frames[0, 0, 0], atol=1.01 / 255, rtol=0)  # half a byte


def test_stills_can_keep_their_colours(tiny_set):
    found = read(tiny_set, split="train", part="stills")
    coloured, plain = (stills_of(found, SIDE, colours=colours).pictures.float() for colours in (3, 1))
    assert coloured.shape == (14, 3, SIDE, SIDE)
    assert (coloured.max(1).values - coloured.min(1).values).max() > 20  # not gray thrice
    assert (gray(coloured) - plain).abs().max() <= 1  # of 255


def test_clips_carry_their_truth_and_are_filled_up_with_black(tiny_set, clips):
    sets = [read(tiny_set, split="train", part=family) for family in FAMILIES]
    rows = [row for found in sets for row in found.rows]
    assert clips.frames.shape == (21, 8, SIDE, SIDE)
    assert clips.mask.sum(1).tolist() == [row["frames"] for row in rows]
    assert [str(LABELS[int(k)]) for k in clips.label] == [row["label"] for row in rows]
    assert clips.family.tolist() == [row["family"] for row in rows]
    assert clips.person.tolist() == [row["identity"] for row in rows]
    truth = sets[1][2].truth
    place = 7 + 2
    count = len(truth.evidence)
    np.testing.assert_allclose(clips.evidence[place, :count], truth.evidence, atol=1e-6)
    np.testing.assert_allclose(clips.intensity[place, :count], truth.intensity, atol=1e-6)
    for row in range(21):
        beyond = ~clips.mask[row]
        assert clips.frames[row, beyond].sum() == clips.evidence[row, beyond].sum() == clips.own[row, beyond].sum() == 0


def test_shorter_clips_are_masked(tiny_set):
    found = read(tiny_set, split="train", part="intensity")

    class Cut:
        rows = [dict(row, frames=8 - i) for i, row in enumerate(found.rows)]

        @staticmethod
        def each(*names):
            for i, arrays in enumerate(found.each(*names)):
                yield {name: array[: 8 - i] for name, array in arrays.items()}

    own = clips_of([Cut], 16)
    assert own.mask.sum(1).tolist() == [8 - i for i in range(7)]
    assert all(own.mask[i, : 8 - i].all() for i in range(7))
    assert own.frames[6, 2:].sum() == 0


def test_own_tells_frames_of_the_label_from_frames_of_another_emotion(tiny_set, clips):
    off = clips.family == "off_label"
    assert 0 < clips.own[off].float().mean() < 1
    shown = read(tiny_set, split="train", part="off_label")[0].truth.shown
    label = str(LABELS[int(clips.label[np.flatnonzero(off)[0]])])
    assert clips.own[np.flatnonzero(off)[0], : len(shown)].tolist() == [str(s) == label for s in shown]
    assert clips.own[torch.from_numpy(clips.family == "intensity")].all(1).any()


def test_some_clips_can_be_picked(clips):
    for items in (np.array([3, 1]), torch.tensor([3, 1])):
        some = clips[items]
        assert len(some) == 2
        assert torch.equal(some.frames, clips.frames[[3, 1]])
        assert some.person.tolist() == clips.person[[3, 1]].tolist()
    assert len(clips[clips.family == "degraded"]) == 7


# ---- faces ----


def faces(label: list[int]) -> Faces:
    count = len(label)
    images = np.random.default_rng(0).integers(0, 256, (count, 48, 48), dtype=np.uint8)
    part, names = np.array(["Training"] * count), np.array([str(i) for i in range(count)])
    return Faces(images, LABELS, np.array(label), np.arange(count), part, np.zeros(count, bool), names)


def test_real_faces_keep_pixels_and_labels():
    own = stills_from(faces([4, 0, 6]), 48)
    assert np.array_equal(own.pictures[:, 0].numpy(), faces([4, 0, 6]).images)
    assert own.target.argmax(1).tolist() == [4, 0, 6]
    assert stills_from(faces([1]), 24).pictures.shape == (1, 1, 24, 24)


def test_faces_without_a_label_are_refused():
    with pytest.raises(ValueError, match="2 faces have no label: select those that have one first"):
        stills_from(faces([1, -1, -1]), 48)


def test_a_prior_is_reached_and_two_sets_cannot_be_told_apart_by_it():
    first, second = stills([0] * 8 + [1] * 2 + [2] * 5), stills([0] * 1 + [1] * 6 + [2] * 2)
    prior = torch.tensor([0.5, 0.3, 0.2, 0, 0, 0, 0])
    for part in (first, second):
        assert (part.prior() - prior).abs().max() > 0.1
        weighted = part.with_prior(prior)
        torch.testing.assert_close(weighted.prior(), prior)
        assert weighted.weight.mean().item() == pytest.approx(1)
        assert torch.equal(weighted.pictures, part.pictures)
    both = join([first.with_prior(prior), second.with_prior(prior)])
    torch.testing.assert_close(both.prior(), prior)
    torch.testing.assert_close(both.weight[:8], torch.full((8,), 0.5 / (8 / 15)))


def test_joined_sets_keep_their_groups_apart():
    both = join([stills([0, 1, 2], [5, 9, 5]), stills([3, 4], [5, 5])])
    assert len(both) == 5
    assert both.group.tolist() == [0, 1, 0, 2, 2]
    assert both.target.argmax(1).tolist() == [0, 1, 2, 3, 4]
    some = both[np.array([4, 0])]
    assert some.group.tolist() == [2, 0]
    assert some.target.argmax(1).tolist() == [4, 0]


# ---- variation ----


def test_variation_keeps_shape_and_range_and_follows_from_its_luck():
    pictures = torch.rand(64, 3, 16, 16, generator=luck(0)) * 2 - 1
    first, again, other = (vary(pictures, luck(seed)) for seed in (1, 1, 2))
    assert first.shape == pictures.shape
    assert first.min() >= -1
    assert first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert (first != pictures).flatten(1).any(1).all()


def test_variation_draws_nothing_from_the_global_generator():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    vary(torch.zeros(2, 1, 8, 8), luck(0))
    assert torch.equal(before, torch.get_rng_state())


def test_half_of_the_pictures_are_mirrored():
    ramp = torch.linspace(-0.5, 0.5, 16).expand(400, 1, 16, 16)
    moved = vary(ramp, luck(5), erase=0.0)
    rising = moved[..., 4:12, 12].mean((1, 2)) > moved[..., 4:12, 3].mean((1, 2))
    assert 160 < int(rising.sum()) < 240
    upright = vary(ramp.transpose(2, 3), luck(5), erase=0.0)  # up stays up
    assert (upright[..., 12, 4:12].mean((1, 2)) > upright[..., 3, 4:12].mean((1, 2))).all()


def test_a_face_stays_in_the_picture():
    dot = torch.full((200, 1, 48, 48), -0.6)
    dot[..., 22:26, 22:26] = 0.6
    moved = vary(dot, luck(6), erase=0.0)
    at = moved.flatten(1).argmax(1)
    far = torch.stack([at // 48 - 23.5, at % 48 - 23.5]).abs().max(0).values
    assert 2 < far.max() <= 48 / 12 * 1.12 + 3  # a twelfth of the side, scaled, and the dot's half


def test_light_and_contrast_change_within_their_bounds():
    flat = vary(torch.full((300, 1, 8, 8), 0.3), luck(7), erase=0.0)[:, 0, 4, 4]
    assert flat.min() >= 0.3 * np.exp(-0.29) - 0.2 - 1e-5
    assert flat.max() <= 0.3 * np.exp(0.29) + 0.2 + 1e-5
    assert flat.std() > 0.05


def test_the_frames_of_a_clip_vary_alike():
    frame = torch.rand(10, 1, 16, 16, generator=luck(0)) * 2 - 1
    moved = vary(frame.expand(10, 4, 16, 16), luck(8), erase=0.0)
    assert torch.equal(moved, moved[:, :1].expand(10, 4, 16, 16))


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 60, 140), (1.0, 200, 200)])
def test_a_share_of_the_pictures_loses_a_square(share, low, high):
    moved = vary(torch.zeros(200, 1, 48, 48), luck(9), erase=share)
    hit = moved.flatten(1).std(1) > 1e-4
    assert low <= int(hit.sum()) <= high
    squares = (moved[hit] - moved[hit].flatten(1).median(1).values[:, None, None, None]).abs() > 1e-6
    area = squares.flatten(1).float().mean(1)
    assert (area <= (1 / 3 + 1 / 48) ** 2 + 1e-6).all()
