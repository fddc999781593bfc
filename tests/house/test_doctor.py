"""The doctor: every finding that it can make, and the manifest that it reads."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_scripts.manifest import manifest_text
from ferviz import bundle, doctor, lessons
from ferviz.cli import app


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package with three bundled files and a manifest that fits."""
    folder = tmp_path / "ferviz"
    (folder / "assets" / "weights").mkdir(parents=True)
    (folder / "assets" / "weights" / "a.safetensors").write_bytes(b"\x00\r\n\x01")
    (folder / "assets" / "measured").mkdir()
    (folder / "assets" / "measured" / "b.json").write_bytes(b"one\ntwo\n")
    (folder / "faces").mkdir()
    (folder / "faces" / "head.npz").write_bytes(b"arrays")
    (folder / "explorers").mkdir()
    (folder / "explorers" / "a.js").write_bytes(b"code")
    (folder / "assets" / "manifest.json").write_text(manifest_text(folder))
    monkeypatch.setattr(bundle, "PACKAGE", folder)
    return folder


def texts(findings: list[doctor.Finding]) -> list[str]:
    return [str(finding) for finding in findings]


def problem(finding: doctor.Finding) -> str:
    assert not finding.ok
    assert str(finding).startswith("PROBLEM: ")
    return finding.text


def test_the_manifest_is_in_step_with_the_bundled_files():
    assert bundle.MANIFEST.read_text("utf-8") == manifest_text(), "run: make manifest"


def test_the_manifest_covers_assets_but_no_code_and_not_itself(package):
    files = ["assets/measured/b.json", "assets/weights/a.safetensors", "faces/head.npz"]
    assert bundle.bundled_files(package) == files


def test_all_well_in_this_environment(monkeypatch, package):
    findings = doctor.examine()
    assert [text for text in texts(findings) if not text.startswith("ok ")] == []
    said = "\n".join(texts(findings))
    words = ["Python 3.", "torch 2.13.0", "cpu (", "cache folder", "bundled files", "lessons", "kernel", "anywidget"]
    assert [word for word in [*words, "sent at once"] if word not in said] == []


@pytest.mark.parametrize(
    ("oks", "status", "last"),
    [((True,), 0, "all well"), ((True, False), 1, "1 problem"), ((False, False), 1, "2 problems")],
)
def test_exit_status_and_last_line(monkeypatch, oks, status, last):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding(ok, "a thing") for ok in oks])
    done = CliRunner().invoke(app, ["doctor"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (status, last)


def test_a_changed_and_a_missing_file_are_named(package):
    (package / "assets" / "measured" / "b.json").write_text("changed")
    (package / "assets" / "weights" / "a.safetensors").unlink()
    (package / "faces" / "head.npz").write_bytes(b"array")
    said = [problem(finding) for finding in doctor._bundled()]
    assert said[0].startswith(f"{package / 'assets/measured/b.json'} is changed: ")
    assert said[1].startswith(f"{package / 'assets/weights/a.safetensors'} is missing: ")
    assert said[2].startswith(f"{package / 'faces/head.npz'} is changed: ")


def test_an_installed_package_is_to_be_installed_again_and_a_clone_to_be_restored(package, monkeypatch):
    (package / "assets" / "measured" / "b.json").write_text("changed")
    assert "git restore it" in problem(doctor._bundled()[0])
    monkeypatch.setattr(lessons, "repository_folder", lambda: None)
    assert "install ferviz again" in problem(doctor._bundled()[0])


def test_line_ends_of_another_system_are_no_change_in_text_but_are_in_weights(package):
    (package / "assets" / "measured" / "b.json").write_bytes(b"one\r\ntwo\r\n")
    assert bundle.damaged_files(package) == {}
    (package / "assets" / "weights" / "a.safetensors").write_bytes(b"\x00\n\x01")
    assert bundle.damaged_files(package) == {"assets/weights/a.safetensors": "changed"}


@pytest.mark.parametrize(
    ("text", "says"),
    [("{broken", "is not JSON"), ("[]", "must be one JSON object"), ('{"a": 1}', "must be one JSON object")],
)
def test_a_damaged_manifest_is_named(package, text, says):
    path = package / "assets" / "manifest.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        bundle.read_manifest(path)
    assert str(path) in problem(doctor._bundled()[0])


def test_a_missing_manifest_is_named(package):
    (package / "assets" / "manifest.json").unlink()
    assert "manifest.json" in problem(doctor._bundled()[0])


def test_a_missing_and_an_old_package_are_named_with_the_command(monkeypatch):
    needed = ["numpy>=1", "numpy>=99", "no-such-package>=1", "colorama; extra == 'test'"]
    monkeypatch.setattr(doctor, "requires", lambda name: needed)
    fitting, old, missing = doctor._packages()
    assert fitting.ok
    assert problem(old).endswith("does not fit: pip install 'numpy>=99'")
    assert problem(missing) == "no-such-package is not installed: pip install 'no-such-package>=1'"


def test_a_package_that_was_never_installed_says_so(monkeypatch):
    def unknown(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "requires", unknown)
    assert "ferviz itself is not installed here" in problem(doctor._packages()[0])


def test_a_torch_that_cannot_be_loaded_is_a_problem(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "torch cannot be loaded" in problem(doctor._devices())


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FERVIZ_HOME", str(tmp_path / "file" / "cache"))
    said = problem(doctor._cache())
    assert f"{tmp_path / 'file' / 'cache'} cannot be written: set FERVIZ_HOME" in said


def test_the_cache_folder_is_not_made_by_looking_at_it(tmp_path, monkeypatch):
    monkeypatch.setenv("FERVIZ_HOME", str(tmp_path / "new" / "cache"))
    assert str(doctor._cache()).endswith("(made when first needed)")
    assert not (tmp_path / "new").exists()


def test_a_damaged_lesson_is_named(tmp_path, monkeypatch):
    (tmp_path / lessons.FIRST).write_text("{}")
    (tmp_path / "01_next.ipynb").write_text("half a noteb")
    monkeypatch.setattr(lessons, "lessons_folder", lambda: tmp_path)
    assert f"{tmp_path / '01_next.ipynb'} is not a notebook" in problem(doctor._lessons())


def test_missing_lessons_are_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "__file__", str(tmp_path / "ferviz" / "lessons.py"))
    assert "00_start_here.ipynb is missing" in problem(doctor._lessons())


def jupyter_file(folder: Path, name: str, content: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_a_kernel_of_another_python_is_a_problem(tmp_path, monkeypatch):
    spec = {"argv": ["/other/python", "-m", "ipykernel_launcher"], "display_name": "other", "language": "python"}
    jupyter_file(tmp_path, "kernels/python3/kernel.json", spec)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert "is another Python, /other/python: remove" in problem(doctor._kernel())


def test_no_kernel_at_all_is_a_problem(monkeypatch):
    from jupyter_client import kernelspec

    def none(self: object, name: str) -> None:
        raise kernelspec.NoSuchKernel(name)

    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", none)
    assert "there is no kernel 'python3'" in problem(doctor._kernel())


@pytest.mark.parametrize(("content", "shown"), [({"version": "0.0.1"}, "0.0.1"), ("{broken", "unreadable")])
def test_a_stale_browser_half_that_is_found_first_is_named(tmp_path, monkeypatch, content, shown):
    jupyter_file(tmp_path, "labextensions/anywidget/package.json", content)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    said = problem(doctor._extension("anywidget", "anywidget"))
    assert f"{tmp_path / 'labextensions/anywidget'} is version {shown}" in said
    assert said.endswith("remove it")


def test_a_browser_half_that_jupyterlab_does_not_find_is_a_problem(monkeypatch):
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *parts: [])
    assert "JupyterLab finds no anywidget" in problem(doctor._extension("anywidget", "anywidget"))


@pytest.mark.parametrize("package", ["no-such-package", "numpy"])
def test_a_widget_package_without_its_browser_half_is_a_problem(package):
    said = problem(doctor._extension(package, "anywidget"))
    assert said.endswith(f"pip install --force-reinstall --no-deps {package}")


@pytest.mark.parametrize(
    ("enabled", "says"),
    [
        (True, "small answers are sent at once (to change that: jupyter server extension disable ferviz.prompt)"),
        (False, "small answers may wait 40 ms (to change that: jupyter server extension enable ferviz.prompt)"),
    ],
)
def test_whether_answers_are_sent_at_once_is_a_choice_that_is_named(tmp_path, monkeypatch, enabled, says):
    content = {"ServerApp": {"jpserver_extensions": {"ferviz.prompt": enabled}}}
    jupyter_file(tmp_path, "jupyter_server_config.d/any.json", content)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    finding = doctor._prompt()
    assert finding == doctor.Finding(True, f"server: {says}")


@pytest.mark.parametrize(("clone", "way"), [(True, "pip install --no-deps -e ."), (False, doctor.AGAIN)])
def test_an_extension_that_pip_never_enabled_is_a_problem(monkeypatch, clone, way):
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", list)
    monkeypatch.setattr(lessons, "repository_folder", lambda: Path() if clone else None)
    said = problem(doctor._prompt())
    assert said == f"server: pip has not enabled ferviz.prompt, so an answer may wait 40 ms: {way}"
