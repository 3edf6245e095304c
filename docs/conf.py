"""How the documentation is built: Sphinx with MyST Markdown and furo; warnings are errors (see the Makefile)."""

from __future__ import annotations

import doctest
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wmix.version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

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
napoleon_use_ivar = True
# Types of annotations that exist for the type checker only cannot be looked up when the page is built.
suppress_warnings = ["ref.python", "sphinx_autodoc_typehints"]

# The examples of the pages neither read nor write the repository of whoever builds them.
os.environ["WMIX_REPOSITORY"] = ":memory:"

# Doctests of the package's docstrings run with the tests; here those of the pages run.
doctest_test_doctest_blocks = ""
doctest_default_flags = doctest.ELLIPSIS
doctest_global_setup = "import wmix"

# Names of ours end in an underscore, which reStructuredText takes for a link. Docstrings have no links of that kind.
_TRAILING_UNDERSCORE = re.compile(r"(``.+?``|`[^`]+`)|(?<=\w)_(?!\w)", re.DOTALL)


def _keep_underscores(*event: object) -> None:
    lines = event[-1]
    if not isinstance(lines, list):
        raise TypeError("autodoc gave no lines")
    text = _TRAILING_UNDERSCORE.sub(lambda match: match.group(1) or r"\_", "\n".join(lines))
    lines[:] = text.split("\n")


def setup(app: Sphinx) -> None:
    """Mend docstrings before they are read as reStructuredText."""
    app.connect("autodoc-process-docstring", _keep_underscores)
