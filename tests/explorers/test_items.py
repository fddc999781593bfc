"""Items of any axis in one panel: regions with pictures, positions without, from plain arrays; and names of scripts."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from importlib.resources import files

import ipywidgets
import numpy as np
import pytest
from PIL import Image

import ferviz
from ferviz import explorers
from ferviz.clip import Clip, Crop, Gap
from ferviz.emotions import LABEL_SETS
from ferviz.explorers.shared import scripts
from ferviz.explorers.shared.items import Answer, Items
from ferviz.explorers.shared.items_model import _pictures, items_of
from ferviz.explorers.shared.items_panel import ItemsExplorer, ItemsState
from ferviz.explorers.shared.scripts import FOOT, scripts_of, stage_class
from ferviz.intervene import intervene
from ferviz.observe import observe
from ferviz.scores import kendall_tau_b, removal
from tests.frame_nets import seeded
from tests.two_streams import TwoStreams

LABELS = ("anger", "happiness", "surprise")
REGIONS = ("whole face", "left eye", "right eye", "nose", "mouth", "chin")


class Mean:
    """The plainest model of items: each has logits (N, E) and a score (N,); the answer is their mean under the scores'
    shares."""

    def __init__(self, count: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.logits, self.score = rng.normal(0, 2, (count, 3)), rng.uniform(0.1, 1, count)

    def __call__(self, usable: np.ndarray, weight: np.ndarray | None) -> Answer:
        share = np.where(usable, self.score, 0)
        share = share / share.sum() if weight is None else weight
        logits = share @ self.logits
        gone = np.where(usable, 1.0, np.nan)
        return Answer(
            logits,
            softmax(logits),
            share * gone,
            contribution=share[:, None] * self.logits * gone[:, None],
            alone=softmax(self.logits) * gone[:, None],
            quantities={"μ": self.score * gone},
        )


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def regions(**more: object) -> Items:
    pictures = np.random.default_rng(1).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    return Items("region", REGIONS, LABELS, Mean(6), **{"pictures": pictures, **more})


def positions(count: int = 40) -> Items:
    names = [f"{0.05 * place:.2f} s" for place in range(count)]
    truth = np.linspace(0, 1, count)
    reasons = ["silence" if place < 3 else "" for place in range(count)]
    return Items("position", names, LABELS, Mean(count, 2), reasons=reasons, truth=truth)


def wish(explorer: ItemsExplorer, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


# ---- from plain arrays -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("items", [regions(), positions()], ids=["region", "position"])
def test_the_view_is_what_the_model_answers(items):
    explorer = ItemsExplorer(items, own=False)
    usable = np.array([not reason for reason in explorer.view.reasons])
    whole = items.ask(usable, None)
    np.testing.assert_array_equal(explorer.view.now.probability, whole.probability)
    drawn = explorer.stage.answer["rows"]
    np.testing.assert_allclose(np.frombuffer(drawn["weight"], "<f4"), whole.weight.astype("<f4"))
    assert set(drawn) == {"weight", "own weight", "μ", "contribution", "alone"}
    shares = {one.name: one.values for one in explorer.view.measures}
    np.testing.assert_allclose(shares["weight"][usable].sum(), 1)
    place = LABELS.index(explorer.view.label)
    at = int(np.flatnonzero(usable)[1])
    fall = whole.logits[place] - items.ask(usable & (np.arange(len(usable)) != at), None).logits[place]
    every = explorer._removal(whole, usable, None, place)
    assert every[at] == pytest.approx(fall)
    np.testing.assert_allclose(shares["removal"], every / np.nansum(np.abs(every)))
    explorer.close()


def test_a_dragged_weight_a_dropped_item_and_a_reset():
    explorer = ItemsExplorer(regions(), own=False)
    before = explorer.view
    wish(explorer, values=[0, 0, 0, 0, 1, 0], item=4)
    np.testing.assert_allclose(explorer.view.now.probability, before.own.alone[4])
    assert explorer.view.distance == pytest.approx(1 - before.own.weight[4])
    assert "Moved: the weights lie a total variation distance of" in explorer.describe()
    wish(explorer, values=None, dropped=[1, 2])
    assert explorer.view.reasons == ("", "dropped by hand", "dropped by hand", "", "", "")
    assert np.isnan(explorer.view.now.weight[[1, 2]]).all()
    assert "6 items along region, of which 4 can be used; the largest weight is that of" in explorer.describe()
    assert explorer.code() == "ferviz.explorers.ItemsExplorer(items, item=4, dropped=(1, 2))"
    explorer._received(explorer.stage, {"act": "reset"}, [])
    assert (explorer.error, explorer.state.dropped) == ("", ())
    np.testing.assert_array_equal(explorer.view.now.probability, before.now.probability)
    explorer.close()


def test_measures_are_held_against_the_truth_where_it_is_known():
    items = positions()
    explorer = ItemsExplorer(items, own=False)
    named = {one.name: one for one in explorer.view.measures}
    assert list(named) == ["weight", "removal", "contribution", "truth"]
    truth = np.where([not reason for reason in items.reasons], items.truth, np.nan)
    assert named["weight"].tau == pytest.approx(kendall_tau_b(explorer.view.now.weight, truth))
    assert "truth" not in [one.name for one in ItemsExplorer(regions(), own=False).view.measures]


def test_all_the_weight_on_one_item_leaves_nothing_to_remove_it_from():
    explorer = ItemsExplorer(regions(), own=False, values=(0, 0, 1, 0, 0, 0))
    removal = next(one for one in explorer.view.measures if one.name == "removal")
    assert np.isnan(removal.values[2])
    np.testing.assert_allclose(removal.values[[0, 1, 3, 4, 5]], 0)
    explorer.close()


def test_pictures_travel_once_and_names_without_them():
    told = ItemsExplorer(regions(), own=False).stage.picture
    assert Image.open(io.BytesIO(told["sprite"])).size == (6 * 32, 32)
    assert (told["axis"], told["names"], told["quantities"]) == ("region", list(REGIONS), ["μ"])
    assert "sprite" not in ItemsExplorer(positions(), own=False).stage.picture
    even = Answer(np.zeros(3), np.ones(3) / 3, np.ones(2) / 2)
    plain = Items("modality", ("face", "voice"), LABELS, lambda usable, weight: even)
    told = ItemsExplorer(plain, own=False).stage.picture
    assert (told["contribution"], told["alone"], told["quantities"]) == (False, False, [])


def test_what_is_ones_own_is_never_saved():
    explorer = ItemsExplorer(regions())
    assert explorer.private
    assert (explorer.stage.picture, explorer.stage.answer) == ({}, {})
    saved = json.dumps(ipywidgets.Widget.get_manager_state(widgets=[explorer.stage, explorer.foot]))
    assert "mouth" not in saved
    assert explorer._unsaved["picture"]["own"]
    wish(explorer, item=3)
    assert explorer.error == ""
    assert explorer.stage.answer == {}
    explorer.close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"item": 6}, "item must be 0 to 5; got 6"),
        ({"item": -1}, "item must be 0 or more; got -1"),
        ({"dropped": (6,)}, "dropped must hold places 0 to 5; got 6"),
        ({"dropped": (-1,)}, "dropped must hold numbers from 0; got -1"),
        ({"dropped": range(6)}, "dropped must leave at least one item that can be used; got all of them"),
        ({"values": (1, 0)}, "values must have 6 numbers, one a place; got 2"),
        ({"values": (2,) * 6}, "values must lie between 0 and 1; got 2.0 to 2.0"),
        ({"values": (0,) * 6}, "values must be above 0 at some item that can be used"),
        ({"moves": "alpha"}, "moves must be 'weight'; got 'alpha'"),
        ({"label": "joy"}, "label must be one of anger, happiness, surprise; got 'joy'"),
    ],
)
def test_a_choice_that_does_not_fit_is_named(changes, message):
    explorer = ItemsExplorer(regions(), own=False)
    with pytest.raises(ValueError, match=message):
        explorer.show(**changes)
    explorer.close()


def test_items_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="names must hold at least one region; got none"):
        Items("region", (), LABELS, Mean(6))
    with pytest.raises(ValueError, match="truth must have one entry for each of 6 items; got 2"):
        regions(truth=np.zeros(2))
    with pytest.raises(ValueError, match="reasons must have one entry for each of 6 items; got 1"):
        regions(reasons=("dark",))
    with pytest.raises(TypeError, match="items must be Items; got list"):
        ItemsExplorer([1, 2])
    assert ItemsState(dropped=[2, 1, 2]).dropped == (1, 2)


# ---- scripts ---------------------------------------------------------------------------------------------------------

KEYWORDS = r"(?:function\*?|const|let|var|class)"
DEFINES = re.compile(rf"^(?:export )?(?:async )?{KEYWORDS} +(\w+|[\[{{][^=]*[\]}}] *=)", re.MULTILINE)


def names_of(script: str) -> list[str]:
    """What a script defines at its top: functions, classes, constants, also several at once."""
    found = DEFINES.findall((files("ferviz.explorers") / script).read_text("utf-8"))
    return [name for one in found for name in re.findall(r"\w+", one)]


def pages() -> dict[str, tuple[str, ...]]:
    """The scripts of each page."""
    public = [getattr(explorers, name) for name in explorers.__all__]
    kinds = [one for one in public if isinstance(one, type) and issubclass(one, explorers.Explorer)]
    classes = [kind for kind in kinds if kind is not explorers.Explorer]
    found = {kind.__name__: scripts_of(kind.SCRIPT or f"{kind.NAME}/stage", kind.PARTS) for kind in classes}
    return {**found, "foot": tuple(f"{part}.js" for part in FOOT)}


@pytest.mark.parametrize(("page", "parts"), pages().items())
def test_no_name_is_defined_by_two_scripts_of_one_page(page, parts):
    owner: dict[str, str] = {}
    for script in parts:
        for name in names_of(script):
            assert name not in owner, f"{name} is defined by {owner[name]} and by {script}, both on the page of {page}"
            owner[name] = script


def test_every_script_stands_on_a_page_and_the_search_for_names_finds_what_is_there():
    top = files("ferviz.explorers")
    all_scripts = {str(path.relative_to(top)) for path in top.glob("**/*.js")}
    assert all_scripts == {script for parts in pages().values() for script in parts}
    assert {"el", "clamp", "explorer", "ATTRIBUTES"} <= set(names_of("shared/base.js"))
    assert {"itemsOf", "drawCell"} <= set(names_of("shared/items_state.js"))


def test_a_changed_script_is_seen_by_making_the_explorer_again(tmp_path, monkeypatch):
    monkeypatch.setattr(scripts, "files", lambda _: tmp_path)
    for name in scripts_of("toy/stage", ()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"// {name}")
    first = stage_class("toy", "toy/stage")
    assert stage_class("toy", "toy/stage") is first
    (tmp_path / "toy/stage.js").write_text("// another")
    (tmp_path / "toy/stage.css").write_text(".toy {}")
    second = stage_class("toy", "toy/stage")
    assert second is not first
    assert (second._esm.endswith("// another"), second._css) == (True, ".toy {}")
    (tmp_path / "toy/stage.js").unlink()
    with pytest.raises(FileNotFoundError, match="stage.js"):
        stage_class("toy", "toy/stage")


# ---- from a model ----------------------------------------------------------------------------------------------------


@pytest.fixture
def streams() -> TwoStreams:
    return TwoStreams().eval()


def film() -> Clip:
    """Five frames with sound for seven positions."""
    rng = np.random.default_rng(0)
    frames, audio = rng.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8), rng.normal(0, 0.1, 2800).astype(np.float32)
    return Clip(frames, np.arange(5) / 5, audio=audio, sample_rate=2800, crop=Crop(8, 0.25))


@pytest.mark.parametrize(("axis", "stream", "count"), [("position", "audio", 7), ("frame", "video", 5)])
def test_any_models_items_from_what_it_names(streams, axis, stream, count):
    name, clip = f"{stream}.weight", film()
    items = items_of(streams, clip, axis, weight=name)
    explorer = ItemsExplorer(items)
    seen = observe(streams, clip)
    np.testing.assert_allclose(explorer.view.now.probability, seen["emotion_probability"].values)
    np.testing.assert_allclose(explorer.view.now.weight, seen[name].values)
    np.testing.assert_allclose(explorer.view.now.quantities[f"{stream}.alpha"], seen[f"{stream}.alpha"].values)
    assert (len(items), list(items.labels)) == (count, [str(label) for label in LABEL_SETS["CK+"]])
    assert (items.pictures is None) == (axis == "position")
    values = np.eye(count)[2]
    explorer.show(values=tuple(values))
    with intervene(streams, {name: values}):
        moved = observe(streams, clip)
    np.testing.assert_allclose(explorer.view.now.probability, moved["emotion_probability"].values)
    explorer.show(values=None, dropped=(0,))
    rest = np.where(np.arange(count) == 0, 0, seen[name].values)
    with intervene(streams, {name: rest / rest.sum()}):
        without = observe(streams, clip)
    np.testing.assert_allclose(explorer.view.now.probability, without["emotion_probability"].values, atol=1e-6)
    explorer.close()


def test_a_quantity_that_does_not_sum_to_one_is_shown_as_a_share_and_as_it_is(streams):
    explorer = ItemsExplorer(items_of(streams, film(), "frame", weight="video.alpha"))
    alpha = observe(streams, film())["video.alpha"].values
    np.testing.assert_allclose(explorer.view.now.weight, alpha / alpha.sum())
    np.testing.assert_allclose(explorer.view.now.quantities["video.alpha"], alpha)
    before = explorer.view.now.probability
    explorer.show(values=tuple(alpha / alpha.sum()))  # alpha counts up to a factor: the same weights, the same answer
    np.testing.assert_allclose(explorer.view.now.probability, before, atol=1e-6)
    assert explorer.view.distance == pytest.approx(0, abs=1e-5)
    explorer.close()


def test_frames_of_a_clip_are_items_with_pictures_times_and_gaps():
    model = seeded("self")
    clip = ferviz.sample("surprise-moving")
    clip = replace(clip, gaps=(Gap("frames", 2, 4, "covered"),), truth=None)
    items = items_of(model, clip, "frame")
    assert items.pictures.shape == (len(clip), 64, 64, 3)
    assert items.names[1] == f"frame 1, {clip.times[1]:.2f} s"
    assert items.reasons[1:5] == ["", "covered", "covered", ""]
    explorer = ItemsExplorer(items)
    np.testing.assert_allclose(explorer.view.now.weight, observe(model, clip)["weight"].values)
    explorer.show(item=1, dropped=(0,))
    assert explorer.view.reasons[0] == "dropped by hand"
    explorer.close()


def test_an_axis_quantity_or_head_there_is_not_is_named(streams):
    with pytest.raises(ValueError, match=r"weight must be one of audio.alpha, audio.weight; got 'weight'"):
        items_of(streams, film(), "position")
    with pytest.raises(ValueError, match="weight must be named along 'region' alone, and no quantity is; got 'weight'"):
        items_of(streams, film(), "region")
    with pytest.raises(ValueError, match="head must be one of emotion, age, with labels; got 'age'"):
        items_of(streams, film(), "frame", weight="video.weight", head="age")


def test_a_part_of_the_picture_is_cut_by_its_box(streams):
    frames = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    seen = observe(streams, film()).assign_coords(box=(("position", "edge"), np.array([[8.0, 0, 24, 16]] * 7)))
    (first, *_) = _pictures(Clip(frames, np.zeros(1)), seen, "position", 0)
    part = Image.fromarray(frames[0][0:16, 8:24]).resize((64, 64), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(first, np.asarray(part))


def test_removal_is_the_one_of_the_library_where_an_item_is_nothing_but_its_weight():
    """One name, one definition: how far the logit falls, in a lesson and in an explorer."""
    model = ferviz.load_model("fan-self")
    clip = ferviz.sample("surprise-degraded")
    panel = ItemsExplorer(items_of(model, clip, "frame"), own=False)
    view = panel.view
    place = list(panel.items.labels).index(view.label)
    mine = panel._removal(view.now, np.ones(len(clip), bool), None, place)
    np.testing.assert_allclose(mine, removal(model, clip, view.label)["logit_drop"], atol=1e-4)
    panel.close()
