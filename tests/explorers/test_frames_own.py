"""Frames with one's own clip, and its page: nothing of a person is saved or handed over unasked."""

from __future__ import annotations

import base64
import errno
import io
import json
import re
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
from PIL import Image

import ferviz
from ferviz.explorers import Frames
from ferviz.explorers.shared.page import write_page
from ferviz.explorers.shared.scripts import pack
from ferviz.models.frame_attention import FrameAttention
from tests.frame_nets import VARIANTS, seeded
from tests.frames_desk import act, looked_at_once, own_clip, sent, wish


@pytest.fixture(scope="module")
def models() -> dict[str, FrameAttention]:
    return {variant: seeded(variant) for variant in VARIANTS}


@pytest.fixture(scope="module", autouse=True)
def once():
    with looked_at_once():
        yield


@pytest.fixture
def frames(models) -> Frames:
    return Frames(models=models)


def upload(explorer: Frames, data: bytes) -> None:
    content = {"upload": {"id": 1, "name": "me.png", "total": len(data), "start": 0}}
    explorer._received_below(explorer.foot, content, [memoryview(data)])


# ---- one's own clip --------------------------------------------------------------------------------------------------


def saved_bytes() -> bytes:
    """All that a saved notebook would hold of all widgets."""
    state = json.loads(json.dumps(ipywidgets.Widget.get_manager_state()))
    buffers = [base64.b64decode(b["data"]) for w in state["state"].values() for b in w.get("buffers", [])]
    return json.dumps(state).encode() + b"".join(buffers)


def test_a_clip_of_ones_own_is_shown_and_never_enters_the_saved_state(models):
    explorer = Frames(own_clip(), models, variant="self", frame=1)
    assert (explorer.private, explorer.state.clip, explorer.state.frame) == (True, "", 1)
    assert explorer.code() == "ferviz.explorers.Frames(clip, models=models, variant='self', frame=1)"
    assert not explorer.stage.picture["own"]
    buffers: list[bytes] = []
    pack(explorer._unsaved["picture"], buffers)
    saved = saved_bytes()
    assert explorer.stage.picture["sprite"] in saved  # the search finds what is there
    assert not any(buffer in saved for buffer in buffers)
    assert explorer.error == ""


def test_an_upload_is_looked_at_and_the_sample_comes_back(frames):
    messages = sent(frames)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(ferviz.sample("astronaut").frames[0][:, ::-1])).save(file, "PNG")
    for _ in range(2):  # a second one replaces the first
        upload(frames, file.getvalue())
        assert (frames.error, frames.private, frames.foot.own, len(frames.view.order)) == ("", True, True, 1)
    assert [name for content, _ in messages for name in content][-3:] == ["picture", "answer", "done"]
    frames._received_below(frames.foot, {"act": "sample"}, [])
    assert (frames.error, frames.private, frames.foot.own) == ("", False, False)
    assert frames.state.clip == "surprise-degraded"
    assert frames.stage.picture["held"]
    wish(frames, clip="")
    assert (frames.error, frames.private) == ("", True)


def test_an_upload_without_a_face_is_refused_in_words_and_the_view_stays(frames):
    before = frames.describe()
    file = io.BytesIO()
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(file, "PNG")
    upload(frames, file.getvalue())
    assert frames.error.startswith("no face found in upload")
    assert (frames.private, frames.describe()) == (False, before)


def test_of_an_upload_that_cannot_be_read_a_saved_notebook_holds_nothing(frames):
    upload(frames, b"my secret diary is no picture\n" * 99)
    assert "it is no picture, film or sound that ferviz reads" in frames.error
    assert frames.error in saved_bytes().decode("utf-8", "replace")
    assert b"secret" not in saved_bytes()


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_page_asks_nobody_and_holds_the_view(frames, tmp_path):
    frames.show(dropped=(2,))
    page = frames.save_page(tmp_path / "page.html").read_text("utf-8")
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"""(src|href)=["']https?:""", page)
    assert base64.b64encode(frames.stage.picture["sprite"]).decode() in page
    traits = json.loads(re.search(r"const TRAITS = (.*);\n", page).group(1))
    assert traits["picture"]["offline"]
    assert traits["setup"]["presets"] == []
    assert traits["answer"]["reasons"][2] == "dropped by hand"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_page_that_cannot_be_written_leaves_nothing_behind(frames, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match=r"cannot write .*me.html \(\d+ bytes\): No space left on device"):
        frames.save_page(tmp_path / "me.html")
    assert list(tmp_path.iterdir()) == []


def test_the_page_reaches_the_browser_as_a_file(frames):
    messages = sent(frames)
    act(frames, "page")
    content, buffers = messages[0]
    assert content["file"] == {"name": "frames.html", "kind": "text/html", "data": {"buffer": 0}}
    assert buffers[0].decode().startswith("<!doctype html>")


def test_ones_own_clip_is_written_into_a_page_only_when_one_says_so(models):
    explorer = Frames(own_clip(), models)
    act(explorer, "page")
    assert explorer.error == "the page would hold your own clip's frames and sound: pass own=True if you want that"
    page = explorer.page(own=True)
    assert base64.b64encode(explorer._unsaved["picture"]["sprite"]).decode() in page


def test_text_of_a_clip_cannot_leave_its_string_in_the_page(frames):
    stage = frames.stage
    page = write_page(stage, {"picture": {"source": "</script><b>"}, "answer": {}})
    assert "</script><b>" not in page
    assert r"\u003c/script>\u003cb>" in page


def test_a_script_that_exports_nothing_makes_no_page():
    stage = SimpleNamespace(setup={"title": "x"}, large=False, _esm="const a = 1;", _css="")
    with pytest.raises(ValueError, match="the stage's script must have one line that begins with 'export default'"):
        write_page(stage, {})
