"""A photo that lies on its side: what is drawn is what the network reads. ``test_several_faces`` reads what is said."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

import ferviz
from ferviz.explorers.shared.picture import enlarge


@pytest.mark.parametrize("turn", range(4))
def test_the_face_is_drawn_as_it_is_read(turn):
    clip = ferviz.load_clip(np.rot90(astronaut(), turn).copy())
    faces = ferviz.find_faces(clip, size=64, margin=0.0)
    assert (enlarge(clip, faces, 64) == faces.frames).all()
