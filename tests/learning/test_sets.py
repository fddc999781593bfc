"""Sets as tensors: what becomes of pictures, labels and truths, equal priors, and variation that keeps labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.faces.sets import read
from ferviz.learning.recipes import FAMILIES
from ferviz.learning.sets import Clips, Examples, Stills, clips_of, has_target, join, stills_from, stills_of
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.models.model import gray
from ferviz.prepared import Faces

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
    frames, _ = model.pictures(Clip(clip.frames, clip.times, crop=model.crop))
    own = stills_of(found, SIDE).pictures[3, 0]
    torch.testing.assert_close(own.float(), frames[0, 0, 0], atol=0.501, rtol=0)  # half a byte


def test_stills_can_keep_their_colours(tiny_set):
    found = read(tiny_set, split="train", part="stills")
    coloured, plain = (stills_of(found, SIDE, colours=colours).pictures.float() for colours in (3, 1))
    assert coloured.shape == (14, 3, SIDE, SIDE)
    assert (coloured.max(1).values - coloured.min(1).values).max() > 20  # not gray thrice
    assert (gray(coloured) - plain).abs().max() <= 1  # of 255


def test_clips_carry_their_truth_and_are_filled_up_with_black(tiny_set, clips):
    sets = [read(tiny_set, split="train", part=family) for family in FAMILIES]
    rows = [row for found in sets for row in found.rows]
    assert clips.frames.shape == (21, 10, SIDE, SIDE)
    assert clips.mask.sum(1).tolist() == [row["frames"] for row in rows]
    assert [str(LABELS[int(k)]) for k in clips.label] == [row["label"] for row in rows]
    assert clips.family.tolist() == [row["family"] for row in rows]
    assert clips.person.tolist() == [row["identity"] for row in rows]
    truth = sets[1][2].truth
    place = 7 + 2
    count = len(truth.evidence)
    np.testing.assert_allclose(clips.evidence[place, :count], truth.evidence, atol=1e-6)
    np.testing.assert_allclose(clips.intensity[place, :count], truth.intensity, atol=1e-6)
    assert clips.spoiled[place, :count].tolist() == [told != "" for told in truth.spoiled]
    assert clips.spoiled[place].any()
    assert not clips.spoiled[clips.family == "intensity"].any()
    assert (clips.intruder[clips.family == "off_label"].max(1).values == 1).sum() == 6, "all but the neutral one"
    for row in range(21):
        beyond = ~clips.mask[row]
        assert clips.frames[row, beyond].sum() == clips.evidence[row, beyond].sum() == clips.own[row, beyond].sum() == 0


def test_shorter_clips_are_masked(tiny_set):
    found = read(tiny_set, split="train", part="intensity")

    class Cut:
        rows = [dict(row, frames=10 - i) for i, row in enumerate(found.rows)]

        @staticmethod
        def each(*names):
            for i, arrays in enumerate(found.each(*names)):
                yield {name: array[: 10 - i] for name, array in arrays.items()}

    own = clips_of([Cut], 16)
    assert own.mask.sum(1).tolist() == [10 - i for i in range(7)]
    assert all(own.mask[i, : 10 - i].all() for i in range(7))
    assert own.frames[6, 4:].sum() == 0


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


# ---- whatever a model takes ----


def examples() -> Examples:
    """Three faces with two boxes each: an emotion in shares, a label, an age; not all of them known."""
    raw = {"pictures": torch.zeros(3, 1, 4, 4, dtype=torch.uint8), "boxes": torch.arange(24.0).view(3, 2, 4)}
    targets = {
        "emotion": torch.tensor([[0.5, 0.5], [torch.nan, torch.nan], [0.0, 1.0]]),
        "gender": torch.tensor([0, 1, -1]),
        "age": torch.tensor([31.0, torch.nan, 70.0]),
    }
    return Examples(raw, targets, {"emotion": torch.tensor([1.0, 0.0, 2.0])}, {"person": np.array(["a", "b", "a"])})


@pytest.mark.parametrize("at", [np.array([2, 0]), torch.tensor([2, 0]), np.array([True, False, True])])
def test_some_examples_are_picked_from_every_column(at):
    some = examples()[at]
    rows = [2, 0] if len(at) == 2 else [0, 2]
    assert len(some) == 2
    assert torch.equal(some.raw["boxes"], examples().raw["boxes"][rows])
    assert some.targets["age"].tolist() == [examples().targets["age"][row] for row in rows]
    assert some.weight["emotion"].tolist() == [examples().weight["emotion"][row] for row in rows]
    assert some.about["person"].tolist() == ["a", "a"]


def test_what_has_no_target_is_told_by_minus_one_or_nan():
    found = {head: has_target(target).tolist() for head, target in examples().targets.items()}
    assert found == {"emotion": [True, False, True], "gender": [True, True, False], "age": [True, False, True]}


def test_columns_that_count_other_items_are_refused():
    own = examples()
    with pytest.raises(ValueError, match="all of a set must count the same items; got 3 pictures, 3 boxes, 2 age"):
        Examples(own.raw, {"age": torch.zeros(2)})
    with pytest.raises(ValueError, match="must count the same items; got 1 pictures, 2 target, 1 weight, 1 group"):
        Stills(torch.zeros(1, 1, 4, 4), torch.zeros(2, 7), torch.ones(1), np.zeros(1))
    with pytest.raises(ValueError, match="must count the same items; got 2 frames, 2 mask, 3 label"):
        Clips(*(torch.zeros(2, 3),) * 2, torch.zeros(3), *(np.zeros(2),) * 2, *(torch.zeros(2, 3),) * 5)
    with pytest.raises(ValueError, match="must count the same items; got nothing"):
        Examples({}, {})
