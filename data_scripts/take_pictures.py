"""Take the pictures of README: each explorer as it stands in JupyterLab, light and dark.

    make pictures            # or: python data_scripts/take_pictures.py [--only patch] [--out notebooks/pictures]

Needs Chromium and the test extra. Everything shown is the bundled public-domain photograph or drawn by code.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from ferviz import explorers  # noqa: E402
from ferviz.papers import PAPERS  # noqa: E402
from tests.browser.lab import Notebook, open_browser, start_lab  # noqa: E402

SHOWN = {
    "patch": ('ferviz.explorers.Patch("astronaut", x=0.5, y=0.79, size=0.36)', "light"),
    "crop": ('ferviz.explorers.CropLab("astronaut")', "light"),
    "lbp": ("ferviz.explorers.LBPStepper()", "dark"),
    "face": ("ferviz.explorers.FaceLab(overlay='relevance')", "light"),
    "twins": ("ferviz.explorers.Twins(people=12)", "light"),
    "frames": ('ferviz.explorers.Frames("surprise-degraded")', "light"),
    "masks": ("ferviz.explorers.Masks(channel=None)", "light"),
    "regions": ("ferviz.explorers.Regions(cover='mask', cover_y=0.76, cover_size=0.8)", "light"),
    "heads": ("ferviz.explorers.Heads()", "light"),
    "statistics": ("ferviz.explorers.Statistics('fear-one-frame', frame=8, dropped=(8,))", "light"),
    "streams": ("ferviz.explorers.TwoStreams()", "light"),
    "viewers": ("ferviz.explorers.Viewers()", "light"),
    "annotator": ("ferviz.explorers.Annotator()", "dark"),
}
"""Name of the file → the line that makes the explorer, and the theme that it is shown in."""
_NEW = {getattr(explorers, name).NAME: name for paper in PAPERS.values() for name in paper.explorers}
EXPLORERS = {name: (f"ferviz.explorers.{kind}()", "light") for name, kind in _NEW.items()} | SHOWN
"""The same for all: an explorer of a paper is shown as it opens, unless a line above says otherwise."""

RESTED = """() => ![...document.querySelectorAll('.fv-stage canvas')].some((one) =>
  one.checkVisibility() && (one.getAttribute('aria-label') ?? '').includes('Worked out when'))"""
"""Whether nothing that is in sight waits to be worked out."""


def take(out: Path, only: str | None = None, scale: float = 2.0) -> list[Path]:
    """Write one WebP an explorer, ``scale`` device pixels to a pixel of the page, and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    taken = []
    with tempfile.TemporaryDirectory() as home, start_lab(Path(home) / "lab") as lab, open_browser() as browser:
        for name, (line, theme) in EXPLORERS.items():
            if only not in (None, name):
                continue
            context = browser.new_context(viewport={"width": 1180, "height": 2300}, device_scale_factor=scale)
            notebook = Notebook(lab, context.new_page())
            notebook.open(lab.write(f"{name}.ipynb", ["import ferviz\n" + line]))
            if theme == "dark":
                notebook.theme("JupyterLab Dark")
            notebook.run()
            explorer = notebook.page.locator(".ferviz-explorer").first
            explorer.wait_for()
            notebook.page.wait_for_timeout(1500)  # fonts and the first drawing settle
            notebook.page.wait_for_function(RESTED, timeout=60_000)
            path = out / f"{name}.webp"
            Image.open(io.BytesIO(explorer.screenshot())).save(path, quality=88, method=6)
            taken.append(path)
            if notebook.complaints or notebook.strangers:
                raise SystemExit(f"{name}: {notebook.complaints + notebook.strangers}")
            context.close()
            lab.end_sessions()
            lab.forget_theme()  # else the next one is shown in it
    return taken


def main() -> None:
    """Take the pictures and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=EXPLORERS, help="one explorer alone")
    parser.add_argument("--out", type=Path, default=HERE / "notebooks" / "pictures")
    chosen = parser.parse_args()
    for path in take(chosen.out, chosen.only):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
