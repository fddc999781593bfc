"""What all tests share: no network, a cache folder of their own, no skips, and the options for real data."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no failure, and a failure must come back at the next run.
settings.register_profile("ferviz", deadline=None, derandomize=True)
settings.load_profile("ferviz")

# What numba compiles waits in the checkout for its next tests. ferviz would put it into the person's cache folder and
# names that as a test is collected, before any fixture; a pytest within a test leaves it where it is.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "numba"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fer2013plus",
        type=Path,
        default=os.environ.get("FERVIZ_FER2013PLUS"),
        help="the folder of the FER2013 + FER+ sheets (or FERVIZ_FER2013PLUS); the tests run without it",
    )
    parser.addoption("--add-slow", action="store_true", help=f"add tests of {SECONDS} s or more to tests/slow.txt")


@pytest.fixture(scope="session")
def fer2013plus(request: pytest.FixtureRequest) -> Path | None:
    """The folder of the real training faces, None where it was not named."""
    folder = request.config.getoption("--fer2013plus")
    if folder is not None and not Path(folder).is_dir():
        raise pytest.UsageError(f"--fer2013plus must be a folder; there is none at {folder}")
    return None if folder is None else Path(folder)


@pytest.fixture(scope="session")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic set of the smallest size, built by one worker without interruption for all; nobody changes it."""
    from filelock import FileLock

    from ferviz.faces.building import build

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tiny_set"
    with FileLock(folder.with_suffix(".lock")):
        build(folder, size="seconds", seed=3)  # who comes second finds it whole
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the person's cache folder (tests/real does, and overrides this)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FERVIZ_HOME", str(tmp_path_factory.mktemp("ferviz-home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """A connection that would leave the machine is an error (tests/real fetches, and overrides this)."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            raise OSError(f"a test asked for the network: {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# `make quick` leaves out these tests, which take so many seconds or more: `make quick ARGS=--add-slow`, where nothing
# else runs, adds what does by now.
SLOW = Path(__file__).with_name("slow.txt")
SECONDS = 0.4

# What takes long begins first, so that no worker is left with it at the end: whole lessons, a browser, the wheel,
# kernels, training, whole sets, clips and voices, faces looked for all through a film, every way of attribution, and
# programs that examine the whole tree. A file stays with one worker (the groups of xdist 3.8 are not heard under pytest
# 9), and files begin in this order: see the Makefile.
LONG = (
    "tests/teaching/test_notebooks.py",
    "tests/browser/test_layout_in_lab.py",
    "tests/browser/test_reopened_in_lab.py",
    "tests/teaching/test_site.py",
    "tests/teaching/test_handouts.py",
    "tests/browser/",
    "tests/house/test_wheel.py",
    "tests/house/test_toy_paper.py",
    "tests/house/test_stubs.py",
    "tests/explorers/test_closing.py",
    "tests/learning/",
    "tests/measuring/",
    "tests/golden/",
    "tests/faces/test_synthetic_",
    "tests/faces/test_voices.py",
    "tests/attribution/",
    "tests/finding/test_following.py",
    "tests/explorers/test_several_faces.py",
    "tests/explorers/test_still.py",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make quick` does not even read what it leaves out; None leaves it to pytest."""
    if config.option.markexpr != "not long":
        return None
    here = collection_path.relative_to(config.rootpath).as_posix() + "/" * collection_path.is_dir()
    return True if here.startswith(LONG) else None


@pytest.hookimpl(tryfirst=True)  # before the choice by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; marked long are these, slow tests, and the further cases of a test with several."""
    slow = set(SLOW.read_text("utf-8").split())
    items.sort(key=lambda item: next((i for i, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG)))
    seen = slow.copy()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.nodeid.startswith(LONG) or test in seen:
            item.add_marker(pytest.mark.long)
        seen.add(test)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Add to the list of slow tests what was slow."""
    if config.getoption("--add-slow"):
        passed = terminalreporter.getreports("passed")
        slow = {one.nodeid.partition("[")[0] for one in passed if one.when == "call" and one.duration >= SECONDS}
        SLOW.write_text("\n".join(sorted(slow | set(SLOW.read_text("utf-8").split()))) + "\n", "utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A skipped test has shown nothing: it fails, with the reason that it gave."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = call.excinfo.value if call.excinfo else "no reason given"
        report.longrepr = f"{item.nodeid} was skipped, and a skip is a failure here: {reason}"
    return report
