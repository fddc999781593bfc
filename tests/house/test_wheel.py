"""The package as others get it: built from the source distribution, installed into an empty environment, run there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from linked import link

from ferviz.bundle import PACKAGE, bundled_files

TOP = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
LARGEST = 60 * 10**6
"""Bytes of the wheel, and of the unpacked package, with all five papers. The budget, in MB: networks of the first two
papers 24, region attention 7.5, multi-task 3.5, audio and video 5 (shared tensors stored once), samples 9, measured
figures and votes 3, code and notebooks 4."""
LESSONS = sorted(path.name for path in (TOP / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the source distribution and of the wheel built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(TOP)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment into which the wheel was installed, with what it asks for and nothing else.

    That has the locked versions, as the environment of the tests has them (tests/house/test_setup.py).
    """
    environment = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    # what is imported compiles itself
    install = [*pip, "install", "-qq", "--no-compile", str(wheel)]
    install += ["-c", str(TOP / "requirements.lock")] if os.name == "nt" else ["--no-deps", "--no-index"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    if os.name != "nt":  # Windows lets not everybody make links
        (told,) = environment.rglob("ferviz-*.dist-info")
        link(PathDistribution(told).requires, environment, told.parent, python)
    done = subprocess.run([*pip, "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return programs


@pytest.fixture
def run(bin_folder: Path, tmp_path: Path):
    """Run a program of that environment in a folder that has nothing to do with the repository."""

    def start(*command: str) -> subprocess.CompletedProcess[str]:
        program = [str(bin_folder / command[0]), *command[1:]]
        return subprocess.run(program, cwd=tmp_path, env=clean(), capture_output=True, text=True, check=False)

    return start


def clean() -> dict[str, str]:
    """The environment without what would point at the repository or at a person's own Jupyter."""
    ours = ("PYTHON", "JUPYTER", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_is_small_enough(wheel):
    with zipfile.ZipFile(wheel) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    assert max(wheel.stat().st_size, unpacked) <= LARGEST


def test_the_wheel_carries_weights_samples_scripts_and_every_module(wheel):
    kinds = ("*.py", "*.pyi", "*.js", "*.css")
    code = {path.relative_to(TOP).as_posix() for kind in kinds for path in PACKAGE.rglob(kind)}
    expected = code | {f"ferviz/{name}" for name in ["assets/manifest.json", "py.typed", *bundled_files()]}
    assert expected - names(wheel) == set()
    suffixes = {Path(name).suffix for name in expected}
    assert {".safetensors", ".json", ".js", ".css", ".txt"} <= suffixes


def test_the_wheel_carries_the_students_notebooks_and_no_solution_source_or_test(wheel):
    carried = names(wheel)
    assert {name for name in carried if name.endswith(".ipynb")} == {f"ferviz/notebooks/{name}" for name in LESSONS}
    assert "00_start_here.ipynb" in LESSONS
    strangers = {name for name in carried if not name.startswith("ferviz/") and ".dist-info/" not in name}
    assert strangers == {f"ferviz-{PROJECT['version']}.data/data/etc/jupyter/jupyter_server_config.d/ferviz.json"}
    assert [name for name in carried if "solution" in name] == []


def extensions(program: Path) -> str:
    """What Jupyter's servers of an environment load, as `jupyter server extension list` says it."""
    done = subprocess.run([program, "server", "extension", "list"], env=clean(), capture_output=True, text=True)
    return re.sub("\x1b\\[[0-9;]*m", "", done.stdout + done.stderr)


def test_pip_enables_the_server_extension_and_one_line_switches_it_off_and_on(bin_folder, run):
    found = extensions(bin_folder / "jupyter").split("ferviz.prompt", 1)[1].splitlines()
    assert found[0] == " enabled"
    assert found[2].split() == ["ferviz.prompt", PROJECT["version"], "OK"]
    for wanted, said in (("disable", "may wait 40 ms"), ("enable", "are sent at once")):
        done = run("jupyter", "server", "extension", wanted, "ferviz.prompt")
        assert done.returncode == 0, done.stderr
        assert f"ferviz.prompt {wanted}d\n" in extensions(bin_folder / "jupyter")
        assert f"small answers {said}" in run("ferviz", "doctor").stdout


def test_an_editable_installation_enables_it_too(tmp_path):
    code = "import sys; from hatchling.build import build_editable; print(build_editable(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.whl")
    assert [name for name in names(path) if name.endswith("/etc/jupyter/jupyter_server_config.d/ferviz.json")]


def test_the_wheel_carries_the_licences(wheel):
    licences = {name.split("licenses/")[-1] for name in names(wheel) if ".dist-info/licenses/" in name}
    assert "LICENSE" in licences
    assert {"mtcnn.txt", "mini-xception.txt"} <= {Path(name).name for name in licences}


def test_the_source_distribution_carries_what_the_tests_need(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        carried = {name.split("/", 1)[-1] for name in archive.getnames()}
    here = Path(__file__).relative_to(TOP).as_posix()
    needed = {"Makefile", "requirements.lock", "environment.yml", here, f"notebooks/{LESSONS[0]}"}
    assert needed - carried == set()
    assert [name for name in carried if name.startswith((".venv", "out/"))] == []


def test_what_the_wheel_does_not_ask_for_is_not_there(run):
    for name in ("pytest", "jupytext", "h5py"):
        assert f"No module named '{name}'" in run("python", "-c", f"import {name}").stderr


def test_the_doctor_finds_all_well_in_the_empty_environment(run, bin_folder):
    done = run("ferviz", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all well"
    assert f"lessons: {len(LESSONS)} in " in done.stdout
    assert str(TOP) not in done.stdout


def test_the_doctor_names_a_file_that_was_damaged(run, bin_folder):
    place = run("python", "-c", "import ferviz.bundle as b; print(b.PACKAGE)").stdout.strip()
    path = Path(place) / "assets" / "weights" / "mini-xception.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    try:
        done = run("ferviz", "doctor")
    finally:
        path.write_bytes(whole)
    assert done.returncode == 1
    assert f"PROBLEM: {path} is changed: install ferviz again" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 problem"


def test_the_installed_package_brings_its_model_and_its_samples(run):
    code = "import ferviz; m = ferviz.load_model('mini-xception'); print(ferviz.__file__, len(m.labels))"
    done = run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "7"
    assert not done.stdout.startswith(str(TOP))


def test_the_installed_package_hands_out_the_lessons(wheel, run, tmp_path):
    done = run("ferviz", "notebooks", "mine")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "mine").glob("*.ipynb")) == LESSONS
    with zipfile.ZipFile(wheel) as archive:
        for name in LESSONS:
            assert (tmp_path / "mine" / name).read_bytes() == archive.read(f"ferviz/notebooks/{name}")


def listens(port: int) -> bool:
    """Whether the server takes a connection: it tells its address a little before."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def served(bin_folder: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab that the installed ``ferviz lab`` started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(bin_folder / "ferviz"), "lab", "mine", "--no-browser", "--port", str(port)]
    environment = clean() | {"HOME": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    log = tmp_path / "log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=out, stderr=out)
    try:
        for _ in range(1200):
            if f"http://127.0.0.1:{port}/lab/tree/00_start_here.ipynb?token=" in log.read_text() and listens(port):
                break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield next(word for word in log.read_text().split() if word.startswith(f"http://127.0.0.1:{port}/lab"))
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_the_installed_ferviz_lab_serves_the_first_lesson_to_the_holder_of_the_token(served, tmp_path):
    address, token = served.split("/lab/tree/")[0], served.split("token=")[1]
    with urllib.request.urlopen(f"{address}/api/contents/00_start_here.ipynb?token={token}", timeout=30) as reply:
        assert reply.status == 200
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{address}/api/contents/00_start_here.ipynb", timeout=30)
    assert (tmp_path / "mine" / "00_start_here.ipynb").is_file()
