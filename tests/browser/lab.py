"""JupyterLab and a browser for the scenarios: no setting of the user leaks in, nothing may leave the machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

__all__ = ["DEFAULTS", "SETTINGS", "Lab", "Notebook", "chromium", "new_page", "open_browser", "start_lab"]

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DEFAULTS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
"""What a person has who has set nothing, but that nothing is asked of the network."""
SETTINGS = {
    **DEFAULTS,
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # else cells out of sight are not in the page
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},  # so that a saved notebook can be searched
}
THEME = """() => {
  const paper = document.createElement('i');
  paper.style.color = 'var(--jp-layout-color0)';
  document.body.append(paper);
  const [red] = getComputedStyle(paper).color.match(/[0-9]+/g);
  paper.remove();
  return [document.body.dataset.jpThemeLight, String(Number(red) > 128)];
}"""  # what the page calls itself, and what colour its paper has

RUN = """() => {
  const all = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
  return all.every((cell) => cell.cell_type !== 'code' || !cell.source.trim() || cell.execution_count !== null);
}"""  # whether each cell with code has got its number

CELLS = """(cells) => {
  const { sharedModel } = window.jupyterapp.shell.currentWidget.content.model;
  const empty = { cell_type: 'code', metadata: { trusted: true }, outputs: [], execution_count: null };
  sharedModel.transact(() => {
    sharedModel.deleteCellRange(0, sharedModel.cells.length);
    sharedModel.insertCells(0, cells.map((source) => ({ ...empty, source })));
  });
}"""  # puts cells in the place of all
UNSEEN = """(code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const answer = kernel.requestExecute({ code, silent: true, store_history: false }).done;
  const late = new Promise((done) => setTimeout(done, 60000, 'no answer'));
  return Promise.race([answer.then((reply) => reply.content.status), late]);
}"""  # what the kernel says of a line that it runs unseen


def chromium() -> str:
    """Where Chromium is: the variable CHROMIUM, else the system's. Raises FileNotFoundError, saying what to install."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    candidates = [os.environ.get("CHROMIUM"), "/usr/bin/chromium", *(shutil.which(name) for name in names)]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            return candidate
    raise FileNotFoundError("Chromium is needed: install the package chromium, or set CHROMIUM to the program's path")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless Chromium that calls nobody by itself.

    Its first context keeps what was loaded and compiled on disk, as a person's does: from the third page on, JupyterLab
    opens for half of the CPU time.
    """
    with sync_playwright() as play:
        context = play.chromium.launch_persistent_context("", executable_path=chromium(), args=FLAGS, headless=True)
        try:
            yield context.browser
        finally:
            context.close()


PATIENT = """(() => {
  const own = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => own(ms === 2000 ? 120000 : ms);
})();"""
"""anywidget 0.11 gives a widget up for good that is not set up after two seconds: where three dozen are set up at once,
on a machine that does other things beside, one of them is late."""


def new_page(browser: Browser, width: int, height: int) -> Page:
    """A page of the browser's first context, in which a widget may take its time to be set up."""
    page = browser.contexts[0].new_page()
    page.add_init_script(PATIENT)
    page.set_viewport_size({"width": width, "height": height})
    return page


class Lab:
    """A running JupyterLab on an empty folder."""

    def __init__(self, url: str, root: Path) -> None:
        self.url, self.root = url, root

    def call(self, method: str, path: str) -> bytes:
        """Ask the server's REST interface."""
        token = {"Cookie": "_xsrf=scenario", "X-XSRFToken": "scenario"}
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers=token)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def write(self, name: str, cells: Sequence[str]) -> Path:
        """A notebook of code cells, with the kernel named so that Lab does not ask."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def sessions(self) -> list[dict[str, Any]]:
        """What runs on the server."""
        return json.loads(self.call("GET", "api/sessions"))

    def forget_theme(self) -> None:
        """Open the next page in the light theme, whatever the last one chose."""
        settings = self.root.parent / "settings" / "@jupyterlab" / "apputils-extension"
        (settings / "themes.jupyterlab-settings").unlink(missing_ok=True)

    def end_sessions(self) -> None:
        """Stop every kernel: a page reset alone would leave the old widget classes alive.

        One that is just restarting cannot be stopped (the server answers 500), so it is asked again, for half a minute.
        """
        end = time.monotonic() + 30
        while sessions := self.sessions():
            for session in sessions:
                try:
                    self.call("DELETE", f"api/sessions/{session['id']}")
                except urllib.error.HTTPError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(1)


@contextmanager
def start_lab(home: Path, *options: str, chosen: Mapping[str, Mapping[str, object]] = SETTINGS) -> Iterator[Lab]:
    """A plain JupyterLab on a free port of this machine, with its own settings below ``home``, and more options.

    ``chosen`` are the settings that a person has made.
    """
    root = home / "notebooks"
    settings = home / "settings"
    root.mkdir(parents=True)
    for plugin, values in chosen.items():
        package, name = plugin.split(":")
        file = settings / package / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    own |= {"IPYTHONDIR": str(home / "ipython"), "JUPYTER_PLATFORM_DIRS": "0", "OMP_NUM_THREADS": "1"}
    command = [*_command(port, root), *options]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=subprocess.STDOUT, cwd=root)
        try:
            lab = Lab(f"http://127.0.0.1:{port}", root)
            _wait(lab, server, home / "server.log")
            yield lab
        finally:
            server.terminate()
            try:
                server.wait(timeout=60)
            except subprocess.TimeoutExpired:
                server.kill()


def _command(port: int, root: Path) -> list[str]:
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={root}"]
    command += ["--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--LabApp.expose_app_in_browser=True"]  # so that a scenario can start a command of JupyterLab
    # a kernel that is to end need not first tidy up all of torch, which takes it most of a second
    command += ["--KernelManager.shutdown_wait_time=0.2"]
    return command


def _wait(lab: Lab, server: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            lab.call("GET", "api/status")
            return
        except OSError:  # a refusal, an error of urllib's, or a read that took too long
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


class Notebook:
    """A page with one notebook open, and a record of what went wrong in it."""

    def __init__(self, lab: Lab, page: Page) -> None:
        self.lab, self.page, self.path = lab, page, lab.root
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}\n{error.stack or ''}"))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        local = (self.lab.url, self.lab.url.replace("http", "ws"), "data:", "blob:", "about:", "chrome")
        if not request.url.startswith(local):
            self.strangers.append(request.url)

    def open(self, path: Path, *, files: bool = False) -> None:
        """Open a notebook alone in the window, or with the list of ``files`` beside it, and wait for its kernel."""
        self.path = path
        name = path.relative_to(self.lab.root).as_posix()
        self.page.goto(f"{self.lab.url}/{'lab' if files else 'doc'}/tree/{name}?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        end = time.monotonic() + 90  # the page says "idle" before it has a kernel: the server knows better
        while not any(
            s["kernel"]["connections"] and s["kernel"]["execution_state"] == "idle"
            for s in self.lab.sessions()
            if s["path"] == name
        ):
            if time.monotonic() > end:
                raise RuntimeError(f"no kernel came up for {path.name}: {self.lab.sessions()}")
            self.page.wait_for_timeout(200)

    def put(self, cells: Sequence[str]) -> None:
        """Put code cells in the place of all."""
        self.page.evaluate(CELLS, list(cells))

    def clear(self) -> None:
        """Take all cells, widgets and names away, and the dark theme: nothing is seen of what was."""
        self.put(["pass"])
        said = self.page.evaluate(UNSEEN, "import ipywidgets\nipywidgets.Widget.close_all()\n%reset -f")
        if said != "ok":
            raise RuntimeError(f"the kernel could not be cleared: {said}")
        self.page.mouse.move(0, 0)
        if self.page.evaluate(THEME) != ["true", "true"]:
            self.theme("JupyterLab Light")

    def run(self, seconds: float = 300) -> None:
        """Run all cells and wait until the last one has run; the page draws only those in sight, its model has all."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(RUN, timeout=seconds * 1000)

    def scroll_to(self, selector: str) -> None:
        """Go down until something is there, and rests: JupyterLab draws only cells near the window, as they come."""
        scroller = self.page.locator(".jp-WindowedPanel-outer").first
        scroller.evaluate("(node) => node.scrollTo(0, 0)")
        for _ in range(80):
            if self.page.locator(selector).count():
                self._rest(self.page.locator(selector).first)
                return
            scroller.evaluate("(node) => node.scrollBy(0, 700)")
            self.page.wait_for_timeout(250)
        raise RuntimeError(f"{selector} is nowhere in the notebook")

    def _rest(self, found: Locator) -> None:
        """Bring something into view and wait until what is drawn above it pushes it about no more."""
        calm, last, end = 0, None, time.monotonic() + 60
        while calm < 8 and time.monotonic() < end:
            found.scroll_into_view_if_needed()
            self.page.wait_for_timeout(250)
            last, before = found.bounding_box(), last
            calm = calm + 1 if last == before else 0

    def command(self, name: str, **arguments: str) -> None:
        """Start a command of JupyterLab, as its menus do. What it leads to is for the caller to wait for."""
        start = "([name, values]) => { window.jupyterapp.commands.execute(name, values); }"
        self.page.evaluate(start, [name, arguments])

    def theme(self, name: str) -> None:
        """Switch to "JupyterLab Light" or "JupyterLab Dark" while the page is open."""
        self.command("apputils:change-theme", theme=name)
        wanted = "true" if name.endswith("Light") else "false"
        calm, end = 0, time.monotonic() + 60  # its parts arrive one by one, and may be taken back once
        while calm < 5 and time.monotonic() < end:
            self.page.wait_for_timeout(150)
            calm = calm + 1 if self.page.evaluate(THEME) == [wanted, wanted] else 0

    def save(self) -> dict:
        """Save, and read the file back."""
        file = self.path
        before = file.stat().st_mtime_ns
        self.command("docmanager:save")
        end = time.monotonic() + 180
        while True:  # the server empties the file before it fills it
            text = file.read_text() if file.stat().st_mtime_ns != before else ""
            if text.rstrip().endswith("}") or time.monotonic() > end:
                return json.loads(text)
            self.page.wait_for_timeout(100)
