"""Sets of real faces: different pictures of one label, with the share of people's votes as evidence."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.learning.recipes import common
from ferviz.learning.votes import LEVELS, vote_clips
from ferviz.prepared import VOTE_NAMES, Faces, find_repeats, write_faces

LABELS = LABEL_SETS["FER2013"]
SIDE = 8


def made_up(per_label: int = 20, seed: int = 0, part: str = "Training", repeats: int = 0) -> Faces:
    """Pictures whose ten raters agree in every degree; the first ``repeats`` come twice, and a few are no faces."""
    rng = np.random.default_rng(seed)
    rows = []
    for emotion in LABELS:
        for share in np.repeat([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], per_label):
            row = dict.fromkeys(VOTE_NAMES, 0)
            row[str(emotion)] = int(share)
            rest = VOTE_NAMES[int(rng.integers(8))] if share > 2 else "neutral" if rng.random() < 0.7 else "contempt"
            row[rest] += int(10 - share)
            rows.append(list(row.values()))
    rows += [[0] * 8 + [10, 0], [5] + [0] * 8 + [5]] * 20
    images = rng.integers(0, 256, (len(rows), 48, 48), dtype=np.uint8)
    images, votes = (np.concatenate([array[:repeats], array]) for array in (images, np.array(rows, np.uint8)))
    names = np.array([str(place) for place in range(len(images))])
    where = np.full(len(images), part)
    label = np.array([max(0, LABELS.index(VOTE_NAMES[k])) if VOTE_NAMES[k] in map(str, LABELS) else -1
                      for k in votes.argmax(1)])  # fmt: skip
    group, twin = find_repeats(images, where)
    return Faces(images, LABELS, label, group, where, twin, names, votes, VOTE_NAMES)


def places(faces: Faces, frames: torch.Tensor) -> np.ndarray:
    """Which pictures the frames (N, 10, 48, 48) are: the first of those that are identical."""
    known = {image.tobytes(): place for place, image in reversed(list(enumerate(faces.images)))}
    return np.array([[known[frame.numpy().tobytes()] for frame in clip] for clip in frames])


def test_the_share_of_votes_is_the_evidence_and_differs_in_a_set():
    faces = made_up()
    clips = vote_clips(faces, 48, 2, np.random.default_rng(0))
    at = places(faces, clips.frames)
    assert Counter(clips.label.tolist()) == dict.fromkeys(range(7), 2)
    assert clips.frames.shape == (14, 10, 48, 48)
    assert clips.mask.all()
    for row, own in enumerate(at):
        label = str(LABELS[int(clips.label[row])])
        votes = faces.votes[own].astype(float)
        share = votes[:, VOTE_NAMES.index(label)] / votes.sum(1)
        assert np.allclose(clips.evidence[row], share)
        for low, high, count in LEVELS:
            assert ((share >= low) & (share <= high)).sum() == count
        emotions = votes[:, :8].sum(0)
        assert VOTE_NAMES[int(emotions.argmax())] == label
        others = [k for k, name in enumerate(VOTE_NAMES[:8]) if name not in (label, "neutral")]
        assert (votes[:, others].max(1)[share <= 0.2] <= 5).all()
        assert clips.own[row].tolist() == [VOTE_NAMES[int(v[:8].argmax())] == label for v in votes]
        assert (votes[:, :8].max(1) > votes[:, 8:].max(1)).all(), "faces that people could name"
    assert clips.intensity.isnan().all()
    assert not clips.spoiled.any()
    assert set(clips.family) == {"votes"}
    assert len(set(clips.person.tolist())) == 14


def test_no_group_of_identical_pictures_is_used_twice():
    faces = made_up(per_label=6, repeats=300)
    clips = vote_clips(faces, 48, 50, np.random.default_rng(1))
    groups = faces.group[places(faces, clips.frames)]
    assert len(np.unique(groups)) == groups.size


def test_the_place_in_a_set_tells_nothing():
    clips = vote_clips(made_up(per_label=200), SIDE, 60, np.random.default_rng(2))
    assert len(clips) > 300
    assert np.abs((clips.evidence.mean(0) - clips.evidence.mean()).numpy()).max() < 0.06


def test_the_same_generator_draws_the_same_sets_and_scarce_labels_have_fewer():
    faces = made_up()
    scarce = faces.votes[:, VOTE_NAMES.index("disgust")] < 7
    few = faces.select(scarce | (np.cumsum(~scarce) <= 3))
    first, again = (vote_clips(few, SIDE, 3, np.random.default_rng(0)) for _ in range(2))
    assert torch.equal(first.frames, again.frames)
    counts = Counter(str(LABELS[int(place)]) for place in first.label)
    assert counts["disgust"] == 1
    assert counts["happiness"] == 3


def test_what_cannot_be_drawn_is_named():
    faces = made_up()
    rng = np.random.default_rng(0)
    bare = Faces(faces.images, LABELS, faces.label, faces.group, faces.part, faces.twin, faces.name)
    with pytest.raises(ValueError, match="faces must carry votes, as FER\\+ has them; these have labels only"):
        vote_clips(bare, SIDE, 1, rng)
    with pytest.raises(ValueError, match="count must be a whole number of at least 1; got 0"):
        vote_clips(faces, SIDE, 0, rng)
    with pytest.raises(TypeError, match="rng must be a numpy Generator; got int"):
        vote_clips(faces, SIDE, 1, 3)
    sure = faces.select(faces.votes.max(1) == 10)
    few = r"faces must hold 3 with 70% to 100%, .* for some label; \d+ faces hold too few"
    with pytest.raises(ValueError, match=few):
        vote_clips(sure, SIDE, 1, rng)


def test_sets_from_a_folder_learn_from_held_out_pictures_and_test_on_others(tmp_path, monkeypatch):
    training, public = made_up(seed=1), made_up(seed=2, part="PublicTest")
    both = [getattr(training, name) for name in ("images", "label", "part", "votes")]
    images, label, part, votes = (
        np.concatenate([one, getattr(public, name)])
        for one, name in zip(both, ("images", "label", "part", "votes"), strict=True)
    )
    images[-30:] = images[:30]  # twins
    group, twin = find_repeats(images, part)
    names = np.array([str(place) for place in range(len(images))])
    faces = Faces(images, LABELS, label, group, part, twin, names, votes, VOTE_NAMES)
    write_faces(tmp_path / "faces", faces, "made up", "none")
    monkeypatch.setattr(common, "HELD_OUT", 700)
    sets = common.vote_sets(tmp_path / "faces", 48, 2)
    keep, held_out = common.faces_for_training(tmp_path / "faces")
    assert set(sets) == {"train", "test"}
    assert len(sets["train"])
    at = {split: {frame.numpy().tobytes() for clip in sets[split].frames for frame in clip} for split in sets}
    assert at["train"] <= {image.tobytes() for image in held_out.images}
    assert not at["train"] & {image.tobytes() for image in keep.images}
    assert not at["test"] & {image.tobytes() for image in faces.images[faces.part == "Training"]}
    assert {Emotion(LABELS[int(k)]) for k in sets["test"].label} <= set(LABELS)
