"""Where a frame stands tells nothing: courses and spoiling over thousands of clips that are dealt and never drawn."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from ferviz import scores
from ferviz.faces.course import APEX, emotional
from ferviz.faces.dealing import SPLITS, Entry, deal_people, deal_phases, plan_set
from ferviz.faces.degrade import draw_faults, names
from ferviz.faces.parts import PARTS, SIZES
from ferviz.faces.plan import SPOILED

CLIPS = ("intensity", "degraded", "off_label", "all_tell", "neutral_spoiled")  # what frame attention is measured on
MOVING = tuple(name for name, part in PARTS.items() if part.frames not in ((0,), (1,)))
APART = tuple(name for name in MOVING if name not in CLIPS)
MANY = 700  # clips of a part
NEAR, END = 0.05, 0.08  # how far from 0.5 an area may lie, and the end of its interval


class Dealt(NamedTuple):
    """Clips as they are dealt: what each frame shows (N, T), as far as it is known before anything is drawn."""

    entries: list[Entry]
    mask: np.ndarray
    intensity: np.ndarray
    own: np.ndarray  # the label's emotion is shown, or none
    spoiled: np.ndarray
    people: np.ndarray

    @property
    def evidence(self) -> np.ndarray:
        """Of the label, and of an intruder: a spoiled frame shows three tenths."""
        return self._scaled(self.own)

    @property
    def intruder(self) -> np.ndarray:
        return self._scaled(~self.own)

    def _scaled(self, chosen: np.ndarray) -> np.ndarray:
        seen = self.intensity * np.where(self.spoiled, 0.3, 1) * chosen
        return seen / np.maximum(seen.max(1, keepdims=True), 1e-9)

    @property
    def loud(self) -> np.ndarray:
        """Clips (N,) of which some frame shows the face's emotion."""
        return (self.intensity * self.own).any(1)


@cache
def planned(size: str) -> dict[tuple[str, str], list[Entry]]:
    """The clips of a size by part and split."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in plan_set(size, 0):
        found.setdefault((entry.part, entry.split), []).append(entry)
    return found


@cache
def dealt(part: str) -> Dealt:
    """The test clips of the standard set for what attention is measured on, else of the large training set."""
    entries = planned("standard")[part, "test"] if part in CLIPS else planned("large")[part, "train"][:MANY]
    shape = (len(entries), max(e.frames for e in entries))
    mask, own, spoiled, intensity = (np.zeros(shape, kind) for kind in (bool, bool, bool, float))
    for row, entry in enumerate(entries):
        plan, count = entry.plan(0), entry.frames
        course, face = emotional(plan), str(plan.carriers()[0])
        faults = draw_faults(plan.luck(2), count, plan.faults, plan.starts()[1]) if plan.family in SPOILED else ()
        mask[row, :count], intensity[row, :count] = True, course.intensity
        own[row, :count] = np.isin(course.shown, (face, "neutral"))
        spoiled[row, :count] = names(faults, count) != ""
    return Dealt(entries, mask, intensity, own, spoiled, np.array([e.identity for e in entries]))


def controls(clips: Dealt) -> dict[str, np.ndarray]:
    """Weights that know nothing but the place of a frame: its number, and what other people's clips show there."""
    truths = {"evidence": clips.evidence, "intensity": clips.intensity, "intruder": clips.intruder}
    truths["spoiled"] = clips.spoiled * 1.0
    profiles = {name: scores.others_profile(value, clips.mask, clips.people) for name, value in truths.items()}
    return {"number": scores.by_position(clips.mask), **profiles}


@pytest.mark.parametrize("part", [part for part in MOVING if part not in ("all_tell", "neutral_spoiled", "voice_only")])
def test_the_place_of_a_frame_tells_nothing(part: str) -> None:
    clips = dealt(part)
    evidence, intruder = clips.evidence, clips.intruder
    asked: Counter[str] = Counter()
    for name, weight in controls(clips).items():
        found: dict[str, list[float]] = {"rest": [], "spoiled": [], "intruder": []}
        for row, there in enumerate(clips.mask):
            truth = (values[row, there] for values in (evidence, clips.intensity, clips.own, intruder))
            kinds = scores.frame_kinds(*truth)
            for against, values in found.items():
                values.append(scores.frames_auc(weight[row, there], kinds.tells, getattr(kinds, against)))
        for against, values in found.items():
            known = np.isfinite(values)
            if not known.any():
                continue
            area = scores.bootstrap_people(
                np.array(values)[known], clips.people[known], np.random.default_rng(0), repeats=300
            )
            asked[against] += 1
            assert abs(area.mean - 0.5) <= NEAR, (name, against, area)
            assert max(abs(area.low - 0.5), abs(area.high - 0.5)) <= END, (name, against, area)
            assert known.sum() >= 300, (name, against)
    assert set(asked) == {"rest"} | {"degraded": {"spoiled"}, "off_label": {"intruder"}}.get(part, set())


def test_the_bound_finds_a_course_that_has_its_place() -> None:
    clips = dealt("intensity")
    fixed = np.stack([np.roll(row, 3 - int(np.argmax(row))) for row in clips.intensity])
    weight = scores.others_profile(fixed * clips.mask, clips.mask, clips.people)
    areas = []
    for row, there in enumerate(clips.mask):
        truth = fixed[row, there] / max(fixed[row].max(), 1e-9)
        areas.append(scores.apex_auc(weight[row, there], truth))
    assert np.nanmean(areas) > 0.8


@pytest.mark.parametrize("part", [p for p in MOVING if p not in ("one_frame", "neutral_spoiled", "voice_only")])
def test_a_third_of_all_frames_are_at_the_apex(part: str) -> None:
    clips = dealt(part)
    there = clips.mask & clips.loud[:, None]
    full = (clips.intensity >= APEX) & clips.own
    assert (full & there).sum() / there.sum() >= 1 / 3
    if part == "all_tell":
        assert full[there].all()


def test_spoiling_falls_on_strong_and_weak_frames_alike() -> None:
    clips = dealt("degraded")
    loud = clips.mask & clips.loud[:, None]
    spoiled, full = clips.spoiled[loud], (clips.intensity >= APEX)[loud]
    assert full[spoiled].mean() >= 1 / 3
    assert abs(full[spoiled].mean() - full[~spoiled].mean()) < 0.04
    calm = clips.mask & ~clips.loud[:, None]
    assert abs(clips.spoiled[calm].mean() - spoiled.mean()) < 0.06
    assert 0.25 < spoiled.mean() < 0.5
    assert not dealt("intensity").spoiled.any()


def test_intruders_come_in_every_strength_and_emotion() -> None:
    clips = dealt("off_label")
    loud = [e for e in clips.entries if e.emotion != "neutral"]
    pairs = Counter((e.emotion, e.other) for e in loud)
    assert len(pairs) == 30
    assert max(pairs.values()) - min(pairs.values()) <= 1
    strengths = Counter((e.emotion, e.strength) for e in loud)
    assert {strength for _, strength in strengths} == {0.4, 0.6, 0.8, 1.0}
    assert max(strengths.values()) - min(strengths.values()) <= 1
    assert all(e.other is None and e.strength is None for e in clips.entries if e.emotion == "neutral")


def test_every_kind_of_spoiling_is_dealt_to_every_emotion() -> None:
    for part in ("degraded", "neutral_spoiled"):
        first = Counter((e.emotion, e.faults[0]) for e in dealt(part).entries)
        assert len(first) == len({e.emotion for e in dealt(part).entries}) * 8
        assert max(first.values()) - min(first.values()) <= 1
        assert {len(e.faults) for e in dealt(part).entries} == {1, 2}


@pytest.mark.parametrize("size", ["small", "medium", "standard", "large"])
def test_every_person_is_in_as_many_clips_of_a_part(size: str) -> None:
    for name, part in PARTS.items():
        for place, split in enumerate(SPLITS):
            here = planned(size)[name, split]
            people = getattr(SIZES[size], part.people)[place]
            counts = Counter(e.identity for e in here)
            often = [counts[who] for who in counts] + [0] * (people - len(counts))
            assert max(often) - min(often) <= 1, (name, split)
            both = Counter((e.identity, e.emotion) for e in here)
            assert max(both.values()) <= -(-len(here) // (people * len(part.emotions))), (name, split)


def test_a_persons_clips_divide_the_round_evenly() -> None:
    people = [3, 3, 3, 5, 3, 5, 8]
    labels = ["fear", "anger", "neutral", "fear", "anger", "fear", "neutral"]
    phases = deal_phases(np.random.default_rng(0), people, labels)
    assert all(0 <= phase < 1 for phase in phases)
    three = np.sort([phases[i] for i in (0, 1, 4)])
    assert np.allclose(np.diff(three), 1 / 3)
    assert abs(abs(phases[3] - phases[5]) - 0.5) < 1e-9
    drawn = [deal_phases(np.random.default_rng(s), [0], ["fear"])[0] for s in range(400)]
    assert abs(np.mean(drawn) - 0.5) < 0.05


def test_dealing_people_is_even_whatever_the_numbers() -> None:
    for count, many in ((70, 9), (21, 40), (14, 7), (10, 3)):
        emotions = [("joy", "fear", "none")[i % 3] for i in range(count)]
        who = deal_people(np.random.default_rng(1), emotions, range(many))
        often = Counter(who)
        assert max(often.values()) - min([*often.values()] + [0] * (len(often) < many)) <= 1
        assert len(set(who)) == min(count, many)
