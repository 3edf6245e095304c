"""How the documentation is built: Sphinx with MyST Markdown and furo; warnings are errors (see the Makefile)."""

from __future__ import annotations

import sys
from pathlib import Path

from wmix.version import __version__

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "wmix"
project_copyright = "the wmix maintainers"
release = version = __version__

extensions = [
    "generated_tables",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "decisions/template.md"]
source_suffix = {".md": "markdown"}

html_theme = "furo"
html_title = f"wmix {release}"
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "show-inheritance": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
# Types of annotations that exist for the type checker only cannot be looked up when the page is built.
suppress_warnings = ["ref.python", "sphinx_autodoc_typehints"]

# Doctests of the package's docstrings run with the tests; here those of the pages run.
doctest_test_doctest_blocks = ""
doctest_global_setup = "import wmix"
