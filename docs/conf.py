"""How Sphinx makes the site. `make site` runs it, on a folder that data_scripts/build_site.py has filled."""

import re
from importlib.metadata import version as _version

project = "ferviz"
copyright = "the ferviz authors, MIT licence"  # noqa: A001 - its name in Sphinx
release = version = _version("ferviz")
extensions = ["sphinx.ext.autodoc", "sphinx.ext.extlinks", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "myst_nb"]
html_theme = "furo"
html_title = f"ferviz {release}"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"footer_icons": []}
nb_execution_mode = "off"  # they come here run already, with what needs a kernel made into pages
nb_merge_streams = True
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # the docstrings say shapes and units, which types do not
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
extlinks = {"DOI": ("https://doi.org/%s", "doi:%s")}
# Two rooms may have a class of one name; and of a part of the lessons, the links to the others go nowhere.
suppress_warnings = ["ref.python", *(["myst.xref_missing"] if tags.has("part") else [])]  # noqa: F821 - Sphinx's


def _plain_references(app, what, name, obj, options, lines):
    """Numbered references are told in each docstring anew: on a page they must not be footnotes of one numbering."""
    text = re.sub(r"\[(\d+)\]_", r"[\1]", "\n".join(lines))
    entry = re.compile(r"^\.\. (\[\d+\].*(?:\n[ ]+\S.*)*)", re.MULTILINE)
    lines[:] = entry.sub(lambda found: "| " + " ".join(found[1].split()), text).split("\n")


def setup(app):
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", _plain_references, priority=900)
