"""A film and its sound with their weights: right by the numbers, with words, and clear refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import ferviz
from ferviz import plots, sample
from ferviz.models.audio_video import AudioVideo, Config, shipped
from ferviz.models.hearing import Hearing
from ferviz.seeds import seeded


@pytest.fixture(scope="module")
def both():
    clip = sample("happiness-voice-agree")
    return clip, ferviz.observe(shipped("both").eval(), clip)


def test_the_heaviest_position_is_framed_by_all_that_it_sees_and_told(both):
    clip, seen = both
    weight = seen["audio.weight"].values
    weight[:] = 0.001
    weight[40] = 0.5
    figure = plots.two_streams(clip, seen, title="two streams")
    one = seen.isel(position=40)
    (frame,) = (patch for patch in figure.axes[3].patches if isinstance(patch, Rectangle))
    assert frame.get_x() == pytest.approx(float(one.seconds_from))
    assert frame.get_width() == pytest.approx(float(one.seconds_to - one.seconds_from))
    sizes = figure.axes[3].collections[0].get_sizes()
    assert (len(sizes), sizes.argmax()) == (len(weight), 40)
    most = int(seen["video.weight"].values.argmax())
    assert f"Frame {most}, at {clip.times[most]:.1f} s, weighs most" in figure.alt
    assert f"of {len(weight)} positions" in figure.alt.lower()
    assert f"to {float(one.hertz_to):.0f} Hz" in figure.alt
    assert "<svg" not in figure.alt
    assert figure._repr_html_().startswith("<img alt=")


def test_a_clip_without_sound_and_an_observation_of_another_are_refused(both):
    clip, seen = both
    with pytest.raises(ValueError, match="clip must have frames and sound; '.*' has not"):
        plots.two_streams(replace(clip, audio=None, sample_rate=None), seen)
    for other in (seen.drop_vars("audio.weight"), seen.isel(frame=slice(3))):
        with pytest.raises(ValueError, match="observation must hold video.weight and audio.weight of this clip; it"):
            plots.two_streams(clip, other)
    assert np.isfinite(seen["video.weight"]).all()
    with pytest.raises(ValueError, match="of a network that hears the 64 bands of ferviz.audio.SPEECH, which"):
        plots.two_streams(clip, seen.assign(hertz_from=seen["hertz_from"] + 12))


@pytest.mark.parametrize(("name", "stream"), [("video.weight", "face"), ("audio.weight", "sound")])
def test_a_film_of_which_no_face_or_no_sound_can_be_used_is_refused_in_words(both, name, stream):
    clip, seen = both
    gone = seen.assign({name: seen[name] * np.nan})
    with pytest.raises(ValueError, match=f"a face and a sound that can be used; of 'happiness-.*' no {stream} can$"):
        plots.two_streams(clip, gone)


def test_positions_that_see_nearly_all_are_not_said_to_be_places(both):
    clip, seen = both
    figure = plots.two_streams(clip, seen)
    assert figure.axes[3].get_xlabel() == "time (s)"
    assert "each position" not in figure.alt.lower()
    with seeded(0):
        large = AudioVideo(replace(Config.compact(), ear=Hearing())).eval()  # AlexNet, as the paper has it
    figure = plots.two_streams(clip, ferviz.observe(large, clip))
    assert figure.axes[3].get_xlabel() == "time (s); each position sees 2.0 s and all bands"
    assert figure.alt.endswith("Each position sees 2.0 s and all bands: a dot is no place.")
