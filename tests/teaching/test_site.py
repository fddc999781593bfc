"""The site is built with one lesson: every link inside leads somewhere, and no page asks the network for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import ferviz

TOP = Path(__file__).resolve().parents[2]
LOADS = {**dict.fromkeys(("script", "img", "iframe", "audio", "video", "source"), "src"), "link": "href"}


class Page(HTMLParser):
    """The places of a page, where it links to, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.places, self.links, self.loads = path, {""}, [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.places |= {told[name] for name in ("id", "name") if told.get(name)}
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        if tag in LOADS and told.get(LOADS[tag]):
            self.loads.append(told[LOADS[tag]])

    def to(self, link: str) -> tuple[Path, str] | None:
        """File and place of a link inside the site; None for one that leads outside."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return None
        file = (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path
        return file, unquote(parts.fragment)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> dict[Path, Page]:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "data_scripts/build_site.py", "--out", str(out), "--lessons", "01"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path: Page(path) for path in sorted((out / "html").rglob("*.html"))}


def test_every_link_inside_leads_somewhere(site):
    lost = []
    for page in site.values():
        for link in {*page.links, *page.loads}:
            found = page.to(link)
            if found is None or link.startswith("data:"):
                continue
            file, place = found
            if not file.is_file() or (file in site and place not in site[file].places):
                lost.append((page.path.name, link))
    # of a part of the lessons, the links to the others
    assert [one for one in lost if not re.search(r"0[0-9]_\w+\.(ipynb|html)|solutions", one[1])] == []
    assert sum(len(page.links) for page in site.values()) > 500


def test_no_page_loads_anything_from_elsewhere(site):
    for page in site.values():
        assert [one for one in page.loads if urlsplit(one).scheme in ("http", "https") or one.startswith("//")] == []
    (folder,) = {path.parent for path in site if path.name == "genindex.html"}
    styles = sorted(folder.rglob("*.css"))
    assert styles
    for style in styles:
        assert re.findall(r"url\(\s*['\"]?https?:", style.read_text("utf-8")) == [], style.name


def test_lessons_explorers_cards_and_measured_tables_are_there(site):
    pages = {f"{page.path.parent.name}/{page.path.name}": page.path.read_text("utf-8") for page in site.values()}
    lesson = pages["lessons/01_local_binary_patterns.html"]
    assert lesson.count("<iframe ") >= 1
    assert "run this cell in JupyterLab to touch it" in lesson or "In words" in lesson
    assert all(name in pages["html/cards.html"] for name in ferviz.models.list())
    assert "data_scripts/measure_fan.py" in pages["html/measured.html"]
    assert "ferviz.scores.ranks.apex_auc" in pages["reference/scores.html"]
    assert "data:image/svg+xml" in pages["reference/plots.html"]


def test_every_public_name_is_told_of(site):
    told = {place for page in site.values() for place in page.places}
    public = {name: getattr(ferviz, name) for name in ferviz.__all__ if not name.startswith("_")}
    called = {name: f"{one.__module__}.{one.__qualname__}" for name, one in public.items() if callable(one)}
    assert [name for name, where in called.items() if where not in told] == []
