"""Of several faces in a photo or a film one is chosen, in every explorer of a source, and it is said which.

The same place says how a picture was turned. One explorer more is tried here without a row, see ``test_sources``.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import ferviz
from ferviz import explorers
from ferviz.clip import Clip, Crop, Face, Gap
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.source import OWN, SourceExplorer
from ferviz.intake import Found, search
from tests.explorers.test_sources import SOURCES, buffers_of, own_picture, saved_bytes
from tests.two_faces import film_of_two, photo_of_two

PHOTO = "2 faces were found, counted from the largest; face {} is chosen."
FILM = "2 faces were found, counted from the one that is largest for longest; face {} is chosen."
TURNED = {
    0: "",
    1: "The face did not stand upright: it was turned by a quarter turn clockwise.",
    2: "The face did not stand upright: it was turned by half a turn.",
    3: "The face did not stand upright: it was turned by a quarter turn counter-clockwise.",
}
LEFT, RIGHT = (0.0, 0.35), (0.5, 0.8)  # where the two faces lie across, as shares of the width


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def wish(explorer: SourceExplorer, **changes: object) -> None:
    """What the browser sends when a person changes something."""
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def told(explorer: SourceExplorer) -> dict:
    """What the browser knows of the faces of one's own picture."""
    return explorer._unsaved["picture"]["faces"]


def inside(box: list[float], across: tuple[float, float]) -> bool:
    return across[0] < box[0] < box[2] < across[1]


def numbers(explorer: SourceExplorer) -> dict:
    """All that is drawn of the view: the answer, without what counts messages and settings."""
    apart = ("text", "code", "state", "turn", "client", "sequence", "sheet")
    return {name: value for name, value in explorer._unsaved["answer"].items() if name not in apart}


@pytest.mark.parametrize("name", SOURCES)
def test_a_face_of_a_photo_is_chosen_and_everything_follows(name):
    explorer = SOURCES[name](photo_of_two())
    first = numbers(explorer)
    assert (explorer.error, explorer.state.face) == ("", 0)
    assert explorer.describe().endswith(PHOTO.format(1))
    assert (told(explorer)["words"], told(explorer)["chosen"]) == (PHOTO.format(1), 0)
    boxes = told(explorer)["boxes"]
    assert inside(boxes[0], RIGHT)  # the largest first
    assert inside(boxes[1], LEFT)
    wish(explorer, face=1)
    assert (explorer.error, explorer.state.face, told(explorer)["chosen"]) == ("", 1, 1)
    assert explorer.describe().endswith(PHOTO.format(2))
    assert numbers(explorer) != first
    assert f"{type(explorer).__name__}(clip, " in explorer.code()
    assert "face=1" in explorer.code()
    second = numbers(explorer)
    wish(explorer, face=0)
    assert numbers(explorer) == first
    explorer.close()
    again = SOURCES[name](photo_of_two(), face=1)
    assert numbers(again) == second
    again.close()


@pytest.mark.parametrize("name", SOURCES)
def test_the_chosen_face_is_read_as_if_it_were_alone(name):
    clip = ferviz.load_clip(photo_of_two())
    chosen = SOURCES[name](clip, face=1)
    alone = SOURCES[name](ferviz.load_clip(photo_of_two(right=False)))
    largest = SOURCES[name](clip)  # a small network of Frames says one thing of all
    assert chosen.describe_view() == alone.describe_view()
    assert name == "Frames" or largest.describe_view() != alone.describe_view()
    largest.close()
    chosen.close()
    alone.close()


@pytest.mark.parametrize("name", SOURCES)
def test_a_face_of_a_film_is_chosen_and_followed(name):
    explorer = SOURCES[name](film_of_two())
    first = numbers(explorer)
    assert explorer.describe().endswith(FILM.format(1))
    assert inside(told(explorer)["boxes"][0], LEFT)  # the smaller one stays longer
    wish(explorer, face=1)
    assert explorer.error == ""
    assert explorer.describe().endswith(FILM.format(2))
    assert numbers(explorer) != first
    explorer.close()


def test_the_frames_of_the_chosen_face_are_followed_through_the_film():
    explorer = explorers.Patch(film_of_two(), face=1)
    assert explorer.faces.gaps == (Gap("frames", 3, 6, "the followed face was lost: 3 frames"),)
    assert np.isfinite(explorer.faces.boxes[:3]).all()
    explorer.show(frame=5)
    assert explorer.describe().startswith("Frame 5 of 6 cannot be used: the followed face was lost")
    assert explorer.describe().endswith(FILM.format(2))
    wish(explorer, face=0)
    assert (explorer.faces.gaps, explorer.state.frame) == ((), 0)  # another face is looked at from its first frame
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_faces_are_searched_once_for_a_source_and_looked_at_once_each(name, monkeypatch):
    searched, looked = [], []
    monkeypatch.setattr(
        "ferviz.explorers.shared.faces.search", lambda clip: searched.append(clip) or search(clip)
    )
    explorer = SOURCES[name](film_of_two())
    own = type(explorer).look
    monkeypatch.setattr(type(explorer), "look", lambda *given: looked.append(given[2]) or own(*given))
    searches = len(searched)  # one's own, and the sample that is saved beside it
    monkeypatch.setattr("ferviz.intake.look", lambda *_, **__: pytest.fail("a face was looked for again"))
    monkeypatch.setattr("ferviz.gaps.look", lambda *_, **__: pytest.fail("a face was looked for again"))
    for face in (1, 0, 1, 0):
        wish(explorer, face=face)
        assert explorer.error == ""
    assert len(searched) == searches
    assert looked == [1]
    explorer.close()


def test_frames_without_a_face_are_asked_once_for_small_ones(monkeypatch):
    film = film_of_two()
    empty = np.full_like(film.frames[:1], 128)
    source = Source(replace(film, frames=np.concatenate([film.frames[:-1], empty])))
    asked = []
    monkeypatch.setattr("ferviz.gaps.look", lambda *given, **_: asked.append(given) or ())
    reasons = [[gap.reason for gap in source.cut(face, Crop(48, 0.0)).gaps] for face in (0, 1, 0, 1)]
    assert reasons[:2] == [["no face found"], ["the followed face was lost: 2 frames", "no face found"]]
    assert reasons[2:] == reasons[:2]
    assert len(asked) == 1


@pytest.mark.parametrize("name", SOURCES)
def test_a_face_there_is_not_is_refused_and_the_view_stands(name):
    explorer = SOURCES[name](photo_of_two())
    before = explorer.describe()
    for wrong, message in ((2, "face must be 0 to 1; got 2"), (-1, "face must be 0 to 1; got -1")):
        with pytest.raises(ValueError, match=message):
            explorer.show(face=wrong)
    for wrong in (1.0, "1", None, True):
        with pytest.raises(TypeError, match=re.escape(f"face must be a whole number; got {wrong!r}")):
            explorer.show(face=wrong)
    assert explorer.describe() == before
    explorer.close()
    with pytest.raises(ValueError, match="face must be 0 where there are no several faces to choose from; got 1"):
        SOURCES[name](own_picture(), face=1)
    with pytest.raises(ValueError, match="face must be 0 where there are no several faces to choose from; got 1"):
        SOURCES[name]("surprise-still", face=1)


def test_a_face_that_is_drawn_has_no_other_to_choose():
    with pytest.raises(ValueError, match="face must be 0 where there are no several faces to choose from; got 1"):
        SOURCES["Masks"]("synthetic", face=1)


@pytest.mark.parametrize("name", SOURCES)
def test_another_source_begins_with_its_largest_face_and_one_face_says_nothing(name):
    explorer = SOURCES[name](photo_of_two(), face=1)
    explorer.take(own_picture())
    assert (explorer.state.face, told(explorer)) == (0, {"words": ""})
    assert "faces were found" not in explorer.describe()
    explorer.take(photo_of_two())
    assert (explorer.state.face, told(explorer)["chosen"]) == (0, 0)
    wish(explorer, face=1)
    explorer._received_below(explorer.foot, {"act": "sample"}, [])
    assert (explorer.error, explorer.private, explorer.state.face) == ("", False, 0)
    assert explorer.stage.picture["faces"] == {"words": ""}
    explorer.take(explorers.CropLab.State.clip)
    assert explorer.stage.picture["faces"] == {"words": ""}
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_no_picture_of_a_persons_face_is_saved(name):
    explorer = SOURCES[name](photo_of_two())
    wish(explorer, face=1)
    private = [told(explorer)["still"], *told(explorer)["thumbs"]]
    assert len(private) == 3
    assert all(part in buffers_of(explorer._unsaved) for part in private)
    saved = saved_bytes()
    assert not any(part in saved for part in private)
    assert explorer.stage.picture["faces"] == {"words": ""}  # the sample's
    explorer.close()


def test_the_pictures_to_choose_from_show_the_faces():
    source = Source(ferviz.load_clip(photo_of_two()))
    pictures = source.told(1)
    still = np.asarray(Image.open(io.BytesIO(pictures["still"])))
    assert still.shape == (320, 560, 3)
    assert pictures["aspect"] == 1.75
    for face, thumb in enumerate(pictures["thumbs"]):
        shown = np.asarray(Image.open(io.BytesIO(thumb)), dtype=float)
        assert np.abs(shown - source.cut(face, Crop(80, 0.15)).frames[0]).mean() < 8
    assert source.told(0) is not pictures
    assert source.told(0)["thumbs"] is pictures["thumbs"]  # made once


def test_the_largest_for_longest_is_offered_though_another_frame_shows_more():
    def face(x: float, side: float) -> Face:
        return Face(np.array([x, 10.0, x + side, 10 + side]), 0.9, np.zeros((5, 2)))

    frames = np.zeros((6, 100, 300, 3), np.uint8)
    faces = ((face(10, 60),),) * 4 + ((face(150, 20), face(220, 20)),) * 2  # a cut after the fourth frame
    found = Found(Clip(frames, np.arange(6.0)), faces, 0, "mtcnn", 12, True)
    source = Source(Clip(frames, np.arange(6.0), crop=Crop(100, 0.0)))
    source.clip, source.found = found.clip, found
    from ferviz.explorers.shared.faces import _choices

    source.choices = _choices(found)
    assert [(frame, chosen.box[0]) for frame, chosen in source.choices] == [(0, 10), (4, 150), (4, 220)]
    assert [box and box[0] for box in source.boxes(4)] == [None, 0.5, 0.7333]
    np.testing.assert_array_equal(source.cut(0, Crop(48, 0.0)).usable(), [True] * 4 + [False] * 2)
    np.testing.assert_array_equal(source.cut(2, Crop(48, 0.0)).boxes[4:, 0], [220, 220])


@pytest.mark.parametrize("name", SOURCES)
def test_a_clip_that_came_cut_says_what_stood_beside(name):
    faces = ferviz.find_faces(ferviz.load_clip(photo_of_two()), size=112, margin=0.3, follow=0)
    explorer = SOURCES[name](faces)
    if name == "CropLab":  # it looks for the face itself
        assert told(explorer) == {"words": ""}
    else:
        assert explorer.describe().endswith("The clip came cut to one of 2 faces.")
    with pytest.raises(ValueError, match="face must be 0 where there are no several faces"):
        explorer.show(face=1)
    explorer.close()


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize("name", SOURCES)
def test_how_a_photo_was_turned_is_said_in_the_view_and_in_words(name, turn):
    explorer = SOURCES[name](np.rot90(own_picture(), turn).copy())
    assert told(explorer)["words"] == TURNED[turn]
    assert explorer.describe().endswith(TURNED[turn])
    assert ("upright" in explorer.describe()) == bool(turn)
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_several_faces_that_lie_are_chosen_too(name):
    explorer = SOURCES[name](np.rot90(photo_of_two()).copy(), face=1)
    assert explorer.describe().endswith(f"{PHOTO.format(2)} {TURNED[1]}")
    left, top, right, bottom = told(explorer)["boxes"][1]
    assert 1 - LEFT[1] < top < bottom < 1  # what was on the left is below
    assert 0.2 < left < right < 0.8
    explorer.close()


def test_one_preset_or_setting_does_not_lose_the_face():
    explorer = explorers.Patch(photo_of_two(), face=1)
    explorer.preset(2)
    explorer.show(map="sweep")
    assert explorer.state.face == 1
    assert explorer.source == OWN
    explorer.close()
