"""Settings of Sphinx: `sphinx-build -W --keep-going -b html docs build/docs`.

The pages of commands and of the file's keys are written by `generators` before anything is read, so
that they are what the program says.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import hamsim

project = "hamsim"
author = "the authors of hamsim"
copyright = author
version = release = hamsim.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "generators",
]
exclude_patterns = ["generators"]
nitpicky = True
default_role = "code"
smartquotes = False  # they make one dash of an option's two

html_theme = "furo"
html_title = f"hamsim {version}"
html_show_copyright = False
html_show_sourcelink = False
# Nothing of a page comes from elsewhere: it can be read without a network.
html_theme_options = {"navigation_with_keys": True}

# Notebooks have lines for a shell, which are no Python; tests run what is Python.
suppress_warnings = ["misc.highlighting_failure"]
# Tests run the snippets; here they are only shown.
nb_execution_mode = "off"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
copybutton_prompt_text = "$ "

# Extras whose classes are described all the same where they are not installed.
autodoc_mock_imports = [name for name in ("jax", "sklearn", "torch") if find_spec(name) is None]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_use_param = True
napoleon_preprocess_types = False
