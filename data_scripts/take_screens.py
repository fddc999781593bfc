"""Take every explorer at the windows that people have, in both themes, to be looked at: nothing of it is kept.

    python data_scripts/take_screens.py --out FOLDER [--only Patch] [--window lecture]

Needs Chromium and the test extra. The windows are those of the layout test; FOLDER lies outside the repository.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from tests.browser.lab import open_browser, start_lab  # noqa: E402
from tests.browser.layout import CELLS, WINDOWS, faults, open_all, see  # noqa: E402

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def take(out: Path, cells: dict[str, str], windows: list[str]) -> None:
    """Write ``<explorer>-<window>-<theme>.png`` for all, and print what the layout test would find."""
    with tempfile.TemporaryDirectory() as home, start_lab(Path(home) / "lab") as lab, open_browser() as browser:
        for theme, full in THEMES.items():
            book = open_all(lab, browser, full, cells)
            for name in windows:
                see(book, WINDOWS[name])
                for place, kind in enumerate(cells):
                    for fault in faults(book, place, WINDOWS[name]):
                        print(f"{kind}, {name}, {theme}: {fault}")
                    book.page.screenshot(path=out / f"{kind}-{name}-{theme}.png")
            book.page.close()
            lab.end_sessions()


def main() -> None:
    """Take the screens and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the repository")
    parser.add_argument("--only", choices=CELLS, help="one explorer alone")
    parser.add_argument("--window", choices=WINDOWS, help="one window alone")
    chosen = parser.parse_args()
    out = chosen.out.resolve()
    if out.is_relative_to(HERE):
        parser.error(f"--out must lie outside the repository; got {chosen.out}")
    out.mkdir(parents=True, exist_ok=True)
    cells = {kind: cell for kind, cell in CELLS.items() if chosen.only in (None, kind)}
    take(out, cells, [name for name in WINDOWS if chosen.window in (None, name)])
    print(f"{out}: {len(list(out.glob('*.png')))} pictures")


if __name__ == "__main__":
    main()
