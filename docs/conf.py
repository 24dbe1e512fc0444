"""Sphinx configuration: pydata theme, numpydoc, warnings for every name that does not resolve."""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests" / "reference")]


def find_version() -> str:
    """The version of the installed library, else the one in pyproject.toml."""
    try:
        return metadata.version("stocklevel")
    except metadata.PackageNotFoundError:
        pyproject = (HERE.parent / "pyproject.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(pyproject)["project"]["version"])


project = "stocklevel"
author = "the stocklevel contributors"
copyright = author
version = release = find_version()

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_generated"]
default_role = "py:obj"
nitpicky = True
highlight_language = "python"

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = f"stocklevel {version}"
html_static_path = ["_static"]
html_theme_options = {
    "logo": {"text": "stocklevel"},
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
}
html_show_sourcelink = False
html_sidebars = {"index": []}


def resolve_public_name(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Link `Gamma` to stocklevel.Gamma wherever it is written, as the docstrings do."""
    import stocklevel

    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or target.split(".")[0] not in stocklevel.__all__:
        return None
    domain = env.get_domain("py")
    role, where, name = node["reftype"], node.get("refdoc"), f"stocklevel.{target}"
    return domain.resolve_xref(env, where, app.builder, role, name, node, content)


def setup(app: Any) -> None:
    """Compute tables, numbers and pictures before the pages are read."""
    import generate

    app.connect("builder-inited", lambda app: generate.write_all())
    app.connect("missing-reference", resolve_public_name)
