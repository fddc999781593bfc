"""The command ``ferviz``: its copies of the lessons, the arguments for JupyterLab, the cache folder."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ferviz
from ferviz import lessons
from ferviz.cache import cache_folder
from ferviz.cli import app


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """Two lessons as a package would bring them."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in (lessons.FIRST, "01_next.ipynb"):
        (folder / name).write_text(f'{{"lesson": "{name}", "version": 1}}')
    monkeypatch.setattr(lessons, "lessons_folder", lambda: folder)
    return folder


@pytest.fixture
def started(monkeypatch):
    """The arguments that JupyterLab would have been started with."""
    calls: list[list[str]] = []
    monkeypatch.setattr("jupyterlab.labapp.main", calls.append)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "own")
    return calls


def ferviz_does(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def kinds(copied: list[lessons.Copied]) -> list[str]:
    return [one.what for one in copied]


def test_the_version_is_printed():
    done = ferviz_does("--version")
    assert (done.exit_code, done.output) == (0, f"ferviz {ferviz.__version__}\n")


def test_help_names_every_command():
    done = ferviz_does("--help")
    assert done.exit_code == 0
    named = ("lab", "notebooks", "doctor", "fetch-samples", "fetch-faceres")
    assert [word for word in named if word not in done.output] == []


def test_the_lessons_are_copied_once(bundle, tmp_path):
    target = tmp_path / "mine"
    assert kinds(lessons.copy_lessons(target)) == ["new", "new"]
    assert kinds(lessons.copy_lessons(target)) == ["unchanged", "unchanged"]
    assert (target / lessons.FIRST).read_bytes() == (bundle / lessons.FIRST).read_bytes()
    assert list(target.glob("*.part")) == []


def test_an_untouched_lesson_is_brought_up_to_date(bundle, tmp_path):
    target = tmp_path / "mine"
    lessons.copy_lessons(target)
    (bundle / lessons.FIRST).write_text('{"version": 2}')
    assert kinds(lessons.copy_lessons(target)) == ["updated", "unchanged"]
    assert (target / lessons.FIRST).read_text() == '{"version": 2}'


def test_a_file_of_ones_own_beside_a_lesson_stays(bundle, tmp_path):
    own = tmp_path / f"{lessons.FIRST}.part"
    own.write_text("mine")
    lessons.copy_lessons(tmp_path)
    assert own.read_text() == "mine"
    (tmp_path / lessons.RECORD).write_text("[" * 100_000)  # damaged: every difference counts as a change
    assert kinds(lessons.copy_lessons(tmp_path)) == ["unchanged", "unchanged"]


def test_a_changed_lesson_is_kept(bundle, tmp_path):
    target = tmp_path / "mine"
    lessons.copy_lessons(target)
    (target / lessons.FIRST).write_text("my answers")
    assert kinds(lessons.copy_lessons(target)) == ["kept", "unchanged"]
    assert (target / lessons.FIRST).read_text() == "my answers"
    assert len(list(target.glob("*.ipynb"))) == 2


def test_a_newer_lesson_is_written_beside_a_changed_one_and_once(bundle, tmp_path):
    target = tmp_path / "mine"
    lessons.copy_lessons(target)
    (target / lessons.FIRST).write_text("my answers")
    (bundle / lessons.FIRST).write_text('{"version": 2}')
    first = lessons.copy_lessons(target)[0]
    assert first.what == "beside"
    assert first.path.name == f"00_start_here.ferviz-{ferviz.__version__}.ipynb"
    assert first.path.read_text() == '{"version": 2}'
    assert (target / lessons.FIRST).read_text() == "my answers"
    first.path.write_text("my answers to the newer one")
    assert kinds(lessons.copy_lessons(target)) == ["kept", "unchanged"]
    assert first.path.read_text() == "my answers to the newer one"
    (bundle / lessons.FIRST).write_text('{"version": 3}')  # of the same version of ferviz, as in a clone
    second = lessons.copy_lessons(target)[0]
    assert (second.what, second.path.name) == ("beside", f"00_start_here.ferviz-{ferviz.__version__}-2.ipynb")
    assert second.path.read_text() == '{"version": 3}'
    assert first.path.read_text() == "my answers to the newer one"
    assert kinds(lessons.copy_lessons(target)) == ["kept", "unchanged"]


@pytest.mark.parametrize("record", ["", "[1, 2]", "{broken"])
def test_without_a_sound_record_every_difference_counts_as_a_change(bundle, tmp_path, record):
    target = tmp_path / "mine"
    lessons.copy_lessons(target)
    (target / lessons.RECORD).write_text(record)
    (bundle / lessons.FIRST).write_text('{"version": 2}')
    assert kinds(lessons.copy_lessons(target)) == ["beside", "unchanged"]


def test_a_lesson_that_was_deleted_comes_back(bundle, tmp_path):
    target = tmp_path / "mine"
    lessons.copy_lessons(target)
    (target / lessons.FIRST).unlink()
    assert kinds(lessons.copy_lessons(target)) == ["new", "unchanged"]


def test_a_file_in_place_of_the_folder_is_named(bundle, tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(NotADirectoryError, match=r"must be a folder or a new name; .*file is a file"):
        lessons.copy_lessons(path)
    done = ferviz_does("notebooks", str(path))
    assert done.exit_code == 1
    assert f"ferviz: folder must be a folder or a new name; {path} is a file" in done.output


def test_a_package_without_lessons_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "__file__", str(tmp_path / "ferviz" / "lessons.py"))
    with pytest.raises(FileNotFoundError, match=r"00_start_here.ipynb is missing: the package is not whole"):
        lessons.lessons_folder()


def test_the_repositorys_own_lessons_are_found_here():
    folder = lessons.repository_folder()
    assert folder == Path(__file__).resolve().parents[2]
    assert lessons.lessons_folder() == folder / "notebooks"


def test_notebooks_says_what_became_of_each_lesson(bundle, tmp_path):
    target = tmp_path / "mine"
    done = ferviz_does("notebooks", str(target))
    assert done.output == "00_start_here.ipynb: copied\n01_next.ipynb: copied\n"
    (target / lessons.FIRST).write_text("mine")
    (bundle / "01_next.ipynb").write_text("newer")
    done = ferviz_does("notebooks", str(target))
    assert "00_start_here.ipynb: kept as you left it\n" in done.output
    assert "01_next.ipynb: brought up to date (you had not changed it)\n" in done.output


def test_lab_copies_the_lessons_and_opens_the_first(bundle, tmp_path, started, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = ferviz_does("lab")
    assert done.exit_code == 0, done.output
    (arguments,) = started
    assert f"--ServerApp.root_dir={tmp_path / 'ferviz-notebooks'}" in arguments
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in arguments
    assert (tmp_path / "ferviz-notebooks" / lessons.FIRST).is_file()
    assert os.environ["JUPYTER_PREFER_ENV_PATH"] == "1"
    defaults, own = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert own == "own"
    settings = json.loads((Path(defaults) / "labconfig" / "default_setting_overrides.json").read_text("utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_lab_hands_on_port_and_browser(bundle, tmp_path, started):
    ferviz_does("lab", str(tmp_path / "mine"), "--port", "9123", "--no-browser")
    assert {"--ServerApp.port=9123", "--no-browser"} <= set(started[0])
    ferviz_does("lab", str(tmp_path / "mine"))
    assert [argument for argument in started[1] if re.match("--.*(port=|browser)", argument)] == []


def test_lab_serves_this_machine_alone_keeps_its_token_and_asks_for_no_news(tmp_path):
    arguments = lessons.lab_arguments(tmp_path)
    assert "--ServerApp.ip=127.0.0.1" in arguments
    assert [argument for argument in arguments if re.search("token|password", argument)] == []
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in arguments
    assert "--LabApp.news_url=None" in arguments
    assert "--LabApp.extension_manager=readonly" in arguments


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_for_root(tmp_path, monkeypatch, user, allowed):
    monkeypatch.setattr(lessons.os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lessons.lab_arguments(tmp_path)) == allowed


def test_lab_here_opens_the_repositorys_own_folder_without_a_copy(bundle, tmp_path, started, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ferviz_does("lab", "--here")
    assert f"--ServerApp.root_dir={bundle}" in started[0]
    assert not (tmp_path / "ferviz-notebooks").exists()


def test_lab_here_refuses_a_folder_and_needs_a_clone(bundle, tmp_path, started, monkeypatch):
    done = ferviz_does("lab", str(tmp_path), "--here")
    assert done.exit_code == 2
    assert "leave FOLDER out" in done.output
    monkeypatch.setattr(lessons, "repository_folder", lambda: None)
    done = ferviz_does("lab", "--here")
    assert done.exit_code == 2
    assert "needs a clone of the repository" in done.output
    assert started == []


def test_lab_here_names_a_missing_first_lesson(tmp_path, started, monkeypatch):
    def missing() -> Path:
        raise FileNotFoundError("no first lesson")

    monkeypatch.setattr(lessons, "lessons_folder", missing)
    done = ferviz_does("lab", "--here")
    assert (done.exit_code, done.output) == (1, "ferviz: no first lesson\n")


@pytest.mark.parametrize("what", ["samples", "faceres"])
def test_a_fetch_prints_what_it_fetched_or_why_not(tmp_path, monkeypatch, what):
    monkeypatch.setattr(ferviz, f"fetch_{what}", lambda: [tmp_path / "a.jpg"], raising=False)
    assert ferviz_does(f"fetch-{what}").output == f"{tmp_path / 'a.jpg'}\n"

    def fails() -> list[Path]:
        raise OSError("no network")

    monkeypatch.setattr(ferviz, f"fetch_{what}", fails, raising=False)
    done = ferviz_does(f"fetch-{what}")
    assert (done.exit_code, done.output) == (1, "ferviz: no network\n")


def test_the_cache_folder_is_the_chosen_one_or_the_platforms(tmp_path, monkeypatch):
    monkeypatch.setenv("FERVIZ_HOME", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    assert not (tmp_path / "here").exists()
    monkeypatch.setenv("FERVIZ_HOME", "~/there")
    assert cache_folder() == Path.home() / "there"
    monkeypatch.setenv("FERVIZ_HOME", "~nobody-of-that-name/x")
    assert cache_folder() == Path.cwd() / "~nobody-of-that-name" / "x"
    monkeypatch.setenv("FERVIZ_HOME", " ")
    assert cache_folder().is_absolute()
    assert "ferviz" in cache_folder().parts


def test_the_record_of_copies_is_plain_json(bundle, tmp_path):
    lessons.copy_lessons(tmp_path / "mine")
    record = json.loads((tmp_path / "mine" / lessons.RECORD).read_text())
    assert sorted(record) == [lessons.FIRST, "01_next.ipynb"]
