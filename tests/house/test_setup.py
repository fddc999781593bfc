"""The lock, pyproject.toml, environment.yml and the Makefile say the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from data_scripts import chromium, lock

TOP = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
PINS = lock.read_lock((TOP / "requirements.lock").read_text("utf-8"))
NAMED = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]]


@pytest.mark.parametrize("requirement", NAMED, ids=lambda requirement: requirement.name)
def test_what_the_project_names_is_pinned_within_its_range(requirement):
    assert requirement.specifier.contains(PINS[lock.normal(requirement.name)], prereleases=True)


def installed(requirements: list[Requirement]) -> dict[str, str]:
    """Normal name → version of everything that the requirements bring into this environment, theirs included."""
    found: dict[str, str] = {}
    seen = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        if (key := (lock.normal(requirement.name), frozenset(requirement.extras))) in seen:
            continue
        seen.add(key)
        brought = distribution(requirement.name)
        found[key[0]] = brought.version.split("+")[0]
        for text in brought.requires or []:
            further = Requirement(text)
            extras = ["", *requirement.extras]
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(further)
    return {name: version for name, version in found.items() if name not in lock.NOT_PINNED}


def test_all_that_is_installed_for_ferviz_and_its_tests_has_the_pinned_version():
    here = installed(NAMED)
    assert len(here) > 100
    assert {name: (version, PINS.get(name)) for name, version in here.items() if PINS.get(name) != version} == {}


def test_every_pin_is_exact_plain_and_stands_once():
    lines = [line for line in (TOP / "requirements.lock").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []
    assert len(PINS) == len(lines)
    assert lines == sorted(lines, key=lambda line: lock.normal(line.split("==")[0]))


def test_torch_is_the_version_with_a_cpu_build():
    assert f"torch=={PINS['torch']}" == lock.TORCH == "torch==2.13.0"


def test_the_lock_is_written_from_a_freeze():
    frozen = "Zeta_Pkg==1.0\n-e /some/where\nferviz==0.1.0\npip==1\ntorch==2.13.0+cpu\nscikit-image==0.26.0\n"
    written = lock.lock_text(frozen)
    elsewhere = {lock.normal(line.split("==")[0]): line.split("==")[1] for line in lock.ELSEWHERE}
    assert lock.read_lock(written) == {"zeta-pkg": "1.0", "torch": "2.13.0", "scikit-image": "0.26.0", **elsewhere}


def test_the_conda_route_takes_its_versions_from_the_lock_alone():
    environment = yaml.safe_load((TOP / "environment.yml").read_text("utf-8"))
    *conda, by_pip = environment["dependencies"]
    assert [Requirement(line).name for line in conda] == ["python", "pip"]
    assert by_pip == {"pip": ["--constraint requirements.lock", "--editable ."]}


def test_the_conda_route_brings_a_python_that_the_project_accepts():
    environment = yaml.safe_load((TOP / "environment.yml").read_text("utf-8"))
    offered = Requirement(environment["dependencies"][0]).specifier
    accepted = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(8, 20)]
    assert [minor for minor in minors if offered.contains(minor)] == ["3.11", "3.12", "3.13"]
    assert [minor for minor in minors if offered.contains(minor) and not accepted.contains(minor)] == []


def test_pip_reads_the_conda_routes_lines(tmp_path):
    environment = yaml.safe_load((TOP / "environment.yml").read_text("utf-8"))
    lines = environment["dependencies"][-1]["pip"]
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.lock"):
        shutil.copy(TOP / name, tmp_path)
    shutil.copytree(TOP / "ferviz", tmp_path / "ferviz", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "conda.txt").write_text("\n".join(lines))
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*pip, "-r", "conda.txt"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"Would install ferviz-{PROJECT['version']}" in done.stdout


def fake_python(folder: Path, name: str, *, new_enough: bool, venv: bool) -> Path:
    """A stand-in for a Python that answers the two questions the Makefile asks."""
    path = folder / name
    answers = f'case "$2" in *version_info*) exit {int(not new_enough)};; *ensurepip*) exit {int(not venv)};; esac'
    path.write_text(f"#!/bin/sh\n{answers}\nexit 7\n")
    path.chmod(0o755)
    return path


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    ours = ("MAKE", "PORT", "BROWSER", "PYTHON", "PIP_ARGS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = ["make", "--no-print-directory", "-C", str(TOP), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("target", ["lab", "test"])
@pytest.mark.parametrize(
    ("new_enough", "venv", "says"),
    [(False, True, "Python 3.11 or later is needed"), (True, False, "cannot make environments; install its venv")],
)
def test_a_python_that_will_not_do_is_told_in_one_line(tmp_path, target, new_enough, venv, says):
    python = fake_python(tmp_path, "python-x", new_enough=new_enough, venv=venv)
    done = make(target, f"VENV={tmp_path / 'none'}", f"PYTHON={python}")
    told = [line for line in done.stderr.splitlines() if line.startswith("ferviz: ")]
    assert done.returncode != 0
    assert len(told) == 1
    assert says in told[0]
    assert str(python) in told[0]


def test_the_first_python_that_will_do_is_taken(tmp_path):
    fake_python(tmp_path, "old", new_enough=False, venv=True)
    fake_python(tmp_path, "bare", new_enough=True, venv=False)
    fake_python(tmp_path, "good", new_enough=True, venv=True)
    names = " ".join(str(tmp_path / name) for name in ("missing", "old", "bare", "good"))
    done = make("lab", f"VENV={tmp_path / 'none'}", f"PYTHON={names}")
    assert f"with {tmp_path / 'good'} and installing" in done.stdout
    assert "Error 7" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], "ferviz lab"),
        (["PORT=9000", "BROWSER=no"], "ferviz lab --port 9000 --no-browser"),
        (["BROWSER=yes"], "ferviz lab"),
    ],
)
def test_make_lab_hands_on_port_and_browser(arguments, command):
    done = make("--dry-run", "lab", *arguments)
    assert " ".join(done.stdout.splitlines()[-1].split()).endswith(command)


def test_ci_calls_make_test():
    script = TOP / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"


@pytest.fixture
def empty_path(tmp_path, monkeypatch):
    """A machine without browser and package manager."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "PLACES", [])
    return tmp_path


def program(folder: Path, name: str, text: str = "exit 0") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_without_chromium_one_line_says_what_to_install_and_the_run_fails(empty_path, capfd):
    assert chromium.main() == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "install the package 'chromium'" in err


def test_chromium_is_installed_by_the_systems_package_manager(empty_path, monkeypatch, capfd):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    program(empty_path, "apt-get", f'PATH=/usr/bin:/bin; if [ "$1" = install ]; then cp "$0" {empty_path}/chromium; fi')
    assert chromium.main() == 0
    assert capfd.readouterr().out == f"{empty_path}/chromium\n"


@pytest.mark.parametrize(("sudo_asks", "status"), [(True, 1), (False, 0)])
def test_without_root_sudo_is_used_only_if_it_asks_no_password(empty_path, monkeypatch, capfd, sudo_asks, status):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    program(empty_path, "apt-get", f'PATH=/usr/bin:/bin; if [ "$1" = install ]; then cp "$0" {empty_path}/chromium; fi')
    program(empty_path, "sudo", "exit 1" if sudo_asks else '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    assert chromium.main() == status


def test_a_chromium_that_was_named_is_taken_or_missed_by_name(empty_path, monkeypatch, capfd):
    monkeypatch.setenv("CHROMIUM", str(program(empty_path, "my-browser")))
    assert chromium.main() == 0
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert chromium.main() == 1
    assert "CHROMIUM names no program: /no/such/browser" in capfd.readouterr().err


def test_readme_names_every_make_target_and_no_other():
    makefile = (TOP / "Makefile").read_text("utf-8")
    targets = next(line for line in makefile.splitlines() if line.startswith(".PHONY: ")).split()[1:]
    told = re.findall(r"^\| `make (\w+)` \|", (TOP / "README.md").read_text("utf-8"), re.MULTILINE)
    assert told == targets
