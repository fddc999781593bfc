"""data_scripts/measure_av_voices.py: actors of noise, with faces and published answers made up to fit them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_av import write_films
from tiny_voices import EAR, voice
from typer.testing import CliRunner

from data_scripts import measure_av_voices as script
from ferviz.cli import app
from ferviz.emotions import LABEL_SETS
from ferviz.learning.loop import Schedule
from ferviz.learning.recipes import Recipe
from ferviz.learning.recipes import audio_video as recipes
from ferviz.learning.recipes import voices as voice_recipes
from ferviz.learning.voices import voices_of
from ferviz.measured import Figures
from ferviz.measuring import actors, fusing
from ferviz.measuring.actors import EVENED, RAW, actors_of, numbers_of
from ferviz.models import audio_video
from ferviz.models.hearing import Hearing
from ferviz.prepared import PlannedClip, read_clips, write_clips

NAMES = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
LABELS = LABEL_SETS["RAVDESS"]
ACTORS = 6


def name_of(actor: int, word: int) -> str:
    return f"01-{word + 1:02d}-01-01-01-{actor:02d}"


@pytest.fixture
def small(monkeypatch):
    """A net of a few hundred parameters, one short epoch, and few steps of every rule."""
    monkeypatch.setattr(audio_video, "SOUND_COMPACT", EAR)
    monkeypatch.setattr(fusing, "STEPS", 10)
    one = Recipe(Schedule(epochs=1, batch=16, rate=2e-3, **voice_recipes.ADAM))
    for place in (recipes, voice_recipes, actors):
        monkeypatch.setattr(place, "STREAM", one)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Six actors who say eight words, louder and louder; and a clip without a face."""
    planned = [
        PlannedClip(
            f"03-{name_of(actor, word)}",
            LABELS.decode(f"{word + 1:02d}"),
            lambda seed=8 * actor + word, loud=0.01 * 1.5**word: voice(seed, loud, seconds=0.4),
            identity=f"actor-{actor:02d}",
            fold=actor % 3,
        )
        for actor in range(1, ACTORS + 1)
        for word in range(8)
    ]
    planned.append(PlannedClip("03-01-01-02-01-01-01", LABELS[0], lambda: voice(0, 0.1), identity="actor-01", fold=1))
    out = tmp_path_factory.mktemp("ravdess") / "set"
    write_clips(out, planned, labels=LABELS, source="noise", licence="none", settings={})
    return out


def table_of(folder: Path, **changed: object) -> Path:
    """Faces that tell the word by one number, and published answers that are right but for those of the face."""
    rng = np.random.default_rng(0)
    actor, word = np.repeat(np.arange(1, ACTORS + 1), 8), np.tile(np.arange(8), ACTORS)
    units = rng.normal(size=(len(word), 35))
    units[:, :8] += 6 * np.eye(8)[word]
    right = np.eye(8, dtype=np.float32)[word]
    told = {"clip": [f"01-{name_of(*each)}" for each in zip(actor, word, strict=True)], "emotion": word.astype(np.int8)}
    told |= {"emotion_names": NAMES, "actor": actor, "fold": actor % 3, "action_units": units.astype(np.float32)}
    told |= {"audio_logits": 9 * right - 3, "face_logits": -9 * right, "published_fusion": right}
    path = folder / "tables.npz"
    np.savez(path, **{name: np.asarray(value) for name, value in (told | changed).items()})
    return path


def people_of(folder: Path, table: Path) -> actors.Actors:
    return actors_of(voices_of(read_clips(folder), Hearing(net=EAR)), table)


def test_another_clip_is_one_of_the_same_actor_and_word():
    actor, word = np.array([1, 1, 1, 1, 2, 2, 2]), np.array([0, 0, 0, 1, 0, 0, 1])
    people = actors.Actors(None, word, ("a", "b"), actor, actor, np.zeros((7, 1)), {}, {})  # type: ignore[arg-type]
    first, again, second = (script.another_clip(people, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert sorted(first) == list(range(7))
    for found in (first, second):
        assert (actor[found] == actor).all()
        assert (word[found] == word).all()
        assert [place for place in range(7) if found[place] == place] == [3, 6]  # they have no other


@pytest.mark.usefixtures("small")
def test_all_tables_are_told(folder, tmp_path, monkeypatch):
    fitted, fixed = [], script.fixed
    monkeypatch.setattr(script, "fixed", lambda *given: fitted.append(fixed(*given)) or fitted[-1])
    films, runs = write_films(tmp_path / "films"), tmp_path / "streams" / "4"
    done = CliRunner().invoke(app, ["train", "av-voice", "--clips", str(films), "--out", str(runs)])
    assert done.exit_code == 0, done.output
    out = tmp_path / "av_voices.json"
    arguments = ["--voices", folder, "--tables", table_of(tmp_path), "--out", out, "--seeds", *range(5)]
    arguments += ["--runs", tmp_path / "runs", "--nets", 0, 1, "--threads", 1]
    arguments += ["--synthetic", runs.parent, "--clips", films, "--streams", 4]
    assert script.main([*map(str, arguments)]) == 0
    told = Figures.from_json(out.read_text("utf-8"))
    assert [entry.claim for entry in told["claims"]] == ["product-against-face", "real-fbp-against-product"]
    rows = {(entry["row"], entry["family"]): entry for entry in told["accuracy"]}
    assert {row for row, _ in rows} == {*script.LEARNED, "product", "mean", "weights", script.UNPAIRED}
    assert rows["face", RAW].value > 0.3  # 1/8 by chance
    assert rows["face", RAW].people == ACTORS
    shown = {entry["row"]: entry.value for entry in told["published"]}
    assert shown["published voice"] == shown["published fusion"] == 1
    assert shown["published face"] == 0
    nets = {entry["family"]: entry for entry in told["net"]}
    assert list(nets) == [RAW, EVENED]
    assert list(nets[RAW].seeds) == ["0", "1"]
    assert nets[RAW].low is None
    assert {entry["family"]: entry.items for entry in told["from synthetic"]} == {RAW: 42, EVENED: 42}  # without calm
    assert told.about["clips"] == 48
    assert told.about["without a face"] == 1
    assert told.about["clips without sound that can be used"] == 0
    kept = sorted((tmp_path / "runs").rglob("answers.npy"))
    assert len(kept) == 2 * 2 * 3
    before = out.read_bytes()
    for path in (tmp_path / "runs").rglob("checkpoint*"):
        path.unlink()  # answers that are kept are not worked out again
    monkeypatch.setattr(script, "fixed", lambda *_: fitted[0])  # the same seed, the same rule: test_fusing asks that
    assert script.main([*map(str, arguments)]) == 0
    assert out.read_bytes() == before


def test_a_network_is_asked_about_actors_that_it_never_heard(folder, tmp_path, small, monkeypatch):
    people, seen = people_of(folder, table_of(tmp_path)), []

    def watch(model, task, schedule, out, **more):
        seen.append((str(out.name), task.train.raw["sound"].shape[0], task.train.targets["emotion"].tolist()))

    monkeypatch.setattr(actors, "fit", watch)
    said = actors.net_answers(people, people.voices, tmp_path / "net", 0)
    assert said.shape == (48, 8)
    np.testing.assert_allclose(said.sum(1), 1, atol=1e-6)
    assert [name for name, *_ in seen] == ["fold-0", "fold-1", "fold-2"]
    for (_, count, words), fold in zip(seen, range(3), strict=True):
        assert count == 32
        assert words == people.word[people.fold != fold].tolist()
    other = replace(people, word=people.word[::-1].copy())
    with pytest.raises(ValueError, match=r"fold-0 must hold what was learned from items \w+; it was from"):
        actors.net_answers(other, people.voices, tmp_path / "net", 0)


def test_an_evened_actor_has_no_level_of_its_own(folder, tmp_path):
    people = people_of(folder, table_of(tmp_path))
    voice_, face = numbers_of(people, EVENED)
    for who in range(1, ACTORS + 1):
        for numbers in (voice_[people.actor == who], face[people.actor == who]):
            np.testing.assert_allclose(numbers.mean(0), 0, atol=1e-5)
            np.testing.assert_allclose(numbers.std(0)[numbers.std(0) > 0], 1, atol=1e-5)
    raw, units = numbers_of(people, RAW)
    assert raw.shape == (48, 2 * 3 * 64)
    np.testing.assert_array_equal(units, people.units)
    sound, heard = (people.voices.raw[name][5] for name in ("sound", "window_mask"))
    own = Hearing(net=EAR).scaled(sound[None], heard[None])[0, 0, 7, heard]
    assert raw[5, 7] == pytest.approx(float(own.mean()), abs=1e-4)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"clip": [f"01-{place:02d}" for place in range(48)]}, "tables.npz must have clips in common with the voices"),
        ({"clip": [f"01-{name_of(1, 0)}"] * 48}, "tables.npz must hold each clip once; 47 come twice"),
    ],
)
def test_tables_that_do_not_fit_are_refused(folder, tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        people_of(folder, table_of(tmp_path, **changed))


def test_what_is_no_table_or_no_order_is_refused(folder, tmp_path, capsys):
    (tmp_path / "bad.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"bad.npz must hold the arrays clip, emotion, .*published_fusion"):
        people_of(folder, tmp_path / "bad.npz")
    needed = ["--voices", "v", "--tables", "t", "--out", "o"]
    for more, message in (
        (["--nets", "0"], "--nets needs --runs"),
        (["--synthetic", "s"], "--synthetic and --clips belong together"),
    ):
        with pytest.raises(SystemExit):
            script.main([*needed, *more])
        assert message in capsys.readouterr().err


def test_answers_are_read_as_logits_or_as_shares():
    np.testing.assert_allclose(actors._probabilities(np.array([[0.25, 0.75]])), [[0.25, 0.75]])
    np.testing.assert_allclose(actors._probabilities(np.log([[1.0, 3.0]])), [[0.25, 0.75]])
