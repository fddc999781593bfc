"""Figures of what synthetic clips know: right by the numbers, with words, and clear refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ferviz import Clip, plots, sample
from ferviz.faces import measured
from ferviz.faces.voices.contour import pitch_contour
from ferviz.measured import pick
from ferviz.plots.truth import lip_distance

BARE = Clip(np.zeros((3, 8, 8, 3), np.uint8), np.arange(3.0))


# ---- the maps of a frame --------------------------------------------------------------------------------------------


def test_relevance_and_motion_share_one_scale_and_the_words_hold_the_numbers():
    clip = sample("surprise-moving")
    frame = int(clip.truth.intensity.argmax())
    figure = plots.truth_maps(clip, frame, title="moved")
    scales = {ax.get_title(): ax.images[0].get_clim() for ax in figure.axes if ax.images}
    assert scales["relevance: by the emotion"] == scales["motion: by anything"]
    assert scales["relevance: by the emotion"][1] >= clip.truth.relevance[frame].max()
    assert f"relevance: by the emotion, up to {clip.truth.relevance[frame].max():.2f} mm" in figure.alt
    assert f"{clip.truth.visible[frame].sum()} of 68 landmarks visible" in figure.alt
    assert "mouth" in figure.alt


def test_a_map_in_which_nothing_happens_is_called_flat():
    clip = sample("neutral-moving")
    figure = plots.truth_maps(clip, 3, ("relevance", "cover"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["flat"]
    assert "a cover over 0% of the picture" in figure.alt


@pytest.mark.parametrize("fields", [(), ("picture", "beauty")])
def test_unknown_fields_are_refused(fields):
    with pytest.raises(ValueError, match=r"fields must be some of picture, regions, .*; got \[.*\]"):
        plots.truth_maps(sample("fear-still"), 0, fields)


@pytest.mark.parametrize("draw", [plots.truth_maps, plots.course, lambda clip: plots.voice(clip, (BARE.times,) * 2)])
def test_a_clip_without_truth_is_refused(draw):
    with pytest.raises(ValueError, match="clip must be synthetic, with its truth; 'array' has none"):
        draw(BARE)


# ---- the course in time ---------------------------------------------------------------------------------------------


def test_the_course_draws_both_curves_the_cover_and_what_is_shown():
    clip = sample("surprise-degraded")
    figure = plots.course(clip)
    film, ax = figure.axes
    drawn = {line.get_label().split(":")[0]: line.get_ydata() for line in ax.lines}
    np.testing.assert_array_equal(drawn["intensity"], clip.truth.intensity)
    np.testing.assert_array_equal(drawn["evidence"], clip.truth.evidence)
    assert len(drawn) == 2
    assert len(film.images) == 9
    assert [text.get_text() for text in ax.texts] == ["neutral", "surprise", "neutral"]
    assert "covered share of the picture" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"up to {clip.truth.cover.mean((1, 2)).max():.0%} of the picture is covered" in figure.alt


def test_the_words_of_an_off_label_clip_name_both_emotions():
    clip = sample("anger-off-label")
    figure = plots.course(clip)
    drawn = {line.get_label(): line.get_ydata() for line in figure.axes[1].lines}
    np.testing.assert_array_equal(drawn["the same of the other emotion"], clip.truth.intruder)
    assert "anger" in figure.alt
    assert "surprise" in figure.alt
    assert "covered share" not in str([text.get_text() for text in figure.axes[1].get_legend().get_texts()])


def test_a_still_has_no_course():
    with pytest.raises(ValueError, match="clip must have two frames or more; 'fear-still' has 1"):
        plots.course(sample("fear-still"))


# ---- voices ---------------------------------------------------------------------------------------------------------


def test_the_voice_is_drawn_with_its_phonemes_pitch_and_lips():
    clip = sample("happiness-voice-agree")
    pitch = pitch_contour(clip.audio, clip.sample_rate)
    figure = plots.voice(clip, pitch)
    sound, high, lips = figure.axes
    assert [text.get_text() for text in sound.texts] == [
        "·" if symbol == "sil" else symbol for symbol, _, _ in clip.truth.phonemes
    ]
    np.testing.assert_array_equal(high.lines[0].get_ydata(), pitch[1])
    np.testing.assert_array_equal(lips.lines[0].get_ydata(), lip_distance(clip.truth))
    assert clip.truth.voice["sentence"] in figure.alt


def test_a_silent_clip_has_no_voice_to_draw():
    with pytest.raises(ValueError, match="clip must have sound; 'fear-moving' has none"):
        plots.voice(sample("fear-moving"), (np.zeros(1), np.zeros(1)))


def test_lips_that_part_are_apart():
    truth = sample("surprise-moving").truth
    apart = lip_distance(truth)
    assert apart.shape == (len(truth.intensity),)
    assert apart[truth.intensity > 0.95].min() > apart[truth.intensity == 0].max() + 0.1


@pytest.mark.parametrize("pitch", [90, 140, 230, 410])
def test_the_pitch_of_a_tone_is_measured(pitch):
    ticks = np.arange(16_000) / 16_000
    tone = sum(np.sin(2 * np.pi * pitch * k * ticks) / k for k in (1, 2, 3)) * (ticks < 0.6)
    times, found = pitch_contour(tone.astype(np.float32), 16_000)
    spoken = times < 0.55
    assert np.abs(found[spoken] / pitch - 1).max() < 0.03
    assert np.isnan(found[times > 0.65]).all()


def test_the_pitch_of_the_samples_is_near_the_truth():
    clip = sample("happiness-voice-agree")
    _, pitch = pitch_contour(clip.audio, clip.sample_rate)
    assert np.nanmean(pitch) == pytest.approx(clip.truth.voice["prosody"]["pitch"], rel=0.08)


def test_a_sound_that_is_too_short_for_a_pitch_is_refused():
    with pytest.raises(ValueError, match=r"audio must be longer than 0.04 s \(640 samples\); got 640"):
        pitch_contour(np.zeros(640, np.float32), 16_000)


def test_silence_has_no_pitch():
    assert np.isnan(pitch_contour(np.zeros(4_000, np.float32), 16_000)[1]).all()


# ---- the sum of a face ----------------------------------------------------------------------------------------------


def steps():
    mean = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0, 0.1], [0.1, 0, 0.1]])
    identity, expression = np.full((4, 3), 0.01), np.zeros((4, 3))
    expression[1, 2] = 0.02
    return {"mean": mean, "who": identity, "what": expression, "face": mean + identity + expression}


TRIANGLES, PICTURE = np.array([[0, 1, 2], [1, 3, 2]]), np.zeros((4, 4, 3), np.uint8)


def test_the_sum_is_drawn_with_how_far_each_part_moves():
    figure = plots.composed(steps(), TRIANGLES, PICTURE, title="a sum")
    titles = [ax.get_title() for ax in figure.axes[:5]]
    assert titles == ["mean", "who", "what", "face", "painted and lit"]
    moved = figure.axes[2].collections[0].get_array()
    assert moved.max() == pytest.approx(20 / 3)  # of three corners, one moves by 20 mm
    assert "identity, which moves points by up to 17 mm; plus expression, up to 20 mm" in figure.alt


def test_a_sum_that_does_not_add_up_is_refused():
    with pytest.raises(ValueError, match="steps must add up: the first three do not give the fourth"):
        plots.composed({**steps(), "face": np.zeros((4, 3))}, TRIANGLES, PICTURE)
    with pytest.raises(ValueError, match="steps must be four: mean, identity, expression, sum; got 1"):
        plots.composed({"mean": np.zeros((4, 3))}, TRIANGLES, PICTURE)


# ---- the confusion table, and what was measured ---------------------------------------------------------------------


def test_a_confusion_table_shows_shares_of_its_rows():
    figure = plots.confusion([[3, 1], [0, 8]], ["anger", "fear"], title="x")
    ax = figure.axes[0]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.75, 0.25], [0, 1]])
    assert [text.get_text() for text in ax.texts] == ["0.75", "0.25", "0.00", "1.00"]
    assert figure.alt == "A confusion table of 12 items. Right: anger 0.75, fear 1.00."


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([[1, 2]], r"counts must have shape \(2, 2\), as labels; got \(1, 2\)"),
        ([[1, 2], [0, 0]], "counts must have items in each row; got none for fear"),
    ],
)
def test_a_confusion_table_that_does_not_fit_is_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        plots.confusion(counts, ["anger", "fear"])


def test_what_was_measured_holds_together():
    known = measured.reading()
    labels = known.about["labels"]
    for sure in known["mean recall"]:
        counts = np.array(known.about["counts"][sure["row"]])
        each = pick(known["recall"], row=sure["row"])
        assert counts.shape == (len(labels),) * 2
        assert counts.sum() == sure.items == sure.people * len(labels)
        np.testing.assert_allclose(counts.diagonal() / counts.sum(1), [one.value for one in each], atol=1e-4)
        assert [one["emotion"] for one in each] == labels
        assert np.mean([one.value for one in each]) == pytest.approx(sure.value, abs=1e-4)
        assert sure.low < sure.value < sure.high
    assert known.command.startswith("python data_scripts/measure_faces.py --readers mini-xception")


def test_the_measured_file_meets_what_was_asked_of_the_faces():
    (sure,) = pick(measured.reading()["mean recall"], row="mini-xception")
    assert sure.items >= 1400
    assert sure.value >= 0.45
    assert sure.low >= 0.40


def test_a_truth_with_gaps_in_it_is_still_refused_by_name():
    clip = sample("fear-moving")
    partly = dataclasses.replace(clip, truth=dataclasses.replace(clip.truth, relevance=None))
    with pytest.raises(ValueError, match="clip must be synthetic, with its truth; 'fear-moving' has none"):
        plots.course(partly)
