"""A photo that lies on its side: what is drawn is what the network reads, and it is said how the photo was turned."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

import ferviz
from ferviz.explorers.shared.picture import crowd, enlarge

SAID = {
    0: "",
    1: "The face did not stand upright: the picture was turned by a quarter turn clockwise.",
    2: "The face did not stand upright: the picture was turned by half a turn.",
    3: "The face did not stand upright: the picture was turned by a quarter turn counter-clockwise.",
}


@pytest.mark.parametrize("turn", SAID)
def test_the_face_is_drawn_as_it_is_read_and_its_turn_is_said(turn):
    clip = ferviz.load_clip(np.rot90(astronaut(), turn).copy())
    faces = ferviz.find_faces(clip, size=64, margin=0.0)
    assert (enlarge(clip, faces, 64) == faces.frames).all()
    assert crowd(faces) == SAID[turn]
