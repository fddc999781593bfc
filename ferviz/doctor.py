"""Examine an installation: one finding for each thing that a lesson needs, with what to do where one is missing."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from ferviz import bundle, lessons
from ferviz.cache import cache_folder
from ferviz.disk import read_json

__all__ = ["Finding", "examine"]

AGAIN = "install ferviz again, in the folder of its clone: pip install --force-reinstall --no-deps ."
IN_A_CLONE = "git restore it, or, if the change is meant, make manifest"
PROMPT = "ferviz.prompt"
EXTENSIONS = {"jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}


@dataclass(frozen=True)
class Finding:
    """One line of the report: ``ok``, and ``text`` that names the thing, what was found, and what to do if not ok."""

    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok      ' if self.ok else 'PROBLEM:'} {self.text}"


def examine() -> list[Finding]:
    """Examine Python, packages, devices, the cache folder, bundled files, lessons, kernel, widgets and the server."""
    return [
        _python(),
        *_packages(),
        _devices(),
        _cache(),
        *_bundled(),
        _lessons(),
        _kernel(),
        *(_extension(package, name) for package, name in EXTENSIONS.items()),
        _prompt(),
    ]


def _python() -> Finding:
    machine = f"{platform.system()} {platform.machine()}"
    return Finding(True, f"Python {platform.python_version()} at {sys.executable}, {machine}")


def _packages() -> list[Finding]:
    """One line with all fitting versions, and a line for each package that is missing or does not fit."""
    try:
        needed = [Requirement(text) for text in requires("ferviz") or []]
    except PackageNotFoundError:
        return [Finding(False, "ferviz itself is not installed here: make lab in its clone, or pip install .")]
    fitting = [f"ferviz {version('ferviz')}"]
    problems = []
    for requirement in needed:
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            problems.append(Finding(False, f"{requirement.name} is not installed: pip install '{requirement}'"))
            continue
        if requirement.specifier.contains(found, prereleases=True):
            fitting.append(f"{requirement.name} {found}")
        else:
            text = f"{requirement.name} {found} does not fit: pip install '{requirement}'"
            problems.append(Finding(False, text))
    return [Finding(True, "packages: " + ", ".join(fitting)), *problems]


def _devices() -> Finding:
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library that torch loads is missing on this machine
        return Finding(False, f"torch cannot be loaded ({error}): install it again, see README, 'CPU wheels of torch'")
    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    devices += [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return Finding(True, "torch devices: " + ", ".join(devices))


def _cache() -> Finding:
    folder = cache_folder()
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        text = f"the cache folder {folder} cannot be written: set FERVIZ_HOME to a folder that can"
        return Finding(False, text)
    return Finding(True, f"cache folder: {folder}" + ("" if folder.exists() else " (made when first needed)"))


def _bundled() -> list[Finding]:
    what_to_do = AGAIN if lessons.repository_folder() is None else IN_A_CLONE
    try:
        damaged = bundle.damaged_files(bundle.PACKAGE)
    except (OSError, ValueError) as error:
        return [Finding(False, f"bundled files cannot be checked ({error}): {what_to_do}")]
    if damaged:
        return [Finding(False, f"{bundle.PACKAGE / name} is {what}: {what_to_do}") for name, what in damaged.items()]
    return [Finding(True, f"bundled files: {len(bundle.bundled_files())}, all as they were shipped")]


def _lessons() -> Finding:
    try:
        folder = lessons.lessons_folder()
        found = sorted(folder.glob("*.ipynb"))
        for path in found:
            read_json(path)
    except FileNotFoundError as error:
        return Finding(False, str(error))
    except ValueError as error:
        return Finding(False, f"{path} is not a notebook ({error}): {AGAIN}")
    return Finding(True, f"lessons: {len(found)} in {folder}")


def _kernel() -> Finding:
    """The kernel that a lesson starts must be this Python; ``ferviz lab`` prefers this environment's own spec."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Finding(False, "there is no kernel 'python3': pip install --force-reinstall ipykernel")
    program = spec.argv[0]
    # Jupyter replaces a bare "python" by the Python that runs JupyterLab.
    bare = {"python", "python3", f"python3.{sys.version_info.minor}"}
    if program in bare or Path(program).absolute() == Path(sys.executable).absolute():
        return Finding(True, f"kernel: python3 from {spec.resource_dir}")
    text = f"the kernel 'python3' is another Python, {program}: remove {spec.resource_dir} or install ipykernel here"
    return Finding(False, text)


def _extension(package: str, name: str) -> Finding:
    """Widgets show only if the browser half that JupyterLab finds first is the one of the installed Python half."""
    from jupyter_core.paths import jupyter_path

    again = f"pip install --force-reinstall --no-deps {package}"
    own = _own_extension(package, name)
    if own is None:
        return Finding(False, f"widgets: {package} or its browser half is not installed: {again}")
    for folder in jupyter_path("labextensions"):
        path = Path(folder) / name / "package.json"
        if path.is_file():
            found = _extension_version(path)
            if found == own:
                return Finding(True, f"widgets: {package} {version(package)}, browser half {found}")
            text = f"widgets: {path.parent} is version {found}, {package} {version(package)} needs {own}: remove it"
            return Finding(False, text)
    return Finding(False, f"widgets: JupyterLab finds no {name} in this environment: {again}")


def _prompt() -> Finding:
    """Whether a Jupyter server of this environment sends small answers at once; to want that or not is a choice."""
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    known = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
    if PROMPT not in known:
        again = AGAIN if lessons.repository_folder() is None else "pip install --no-deps -e ."
        return Finding(False, f"server: pip has not enabled {PROMPT}, so an answer may wait 40 ms: {again}")
    said, other = ("are sent at once", "disable") if known[PROMPT] else ("may wait 40 ms", "enable")
    text = f"server: small answers {said} (to change that: jupyter server extension {other} {PROMPT})"
    return Finding(True, text)


def _own_extension(package: str, name: str) -> str | None:
    """Return the version of the browser half that came with ``package``, None if there is none."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        if file.as_posix().endswith(f"share/jupyter/labextensions/{name}/package.json"):
            path = Path(str(file.locate()))
            return _extension_version(path) if path.is_file() else None
    return None


def _extension_version(path: Path) -> str:
    try:
        return str(read_json(path).get("version"))
    except ValueError:
        return "unreadable"
