"""How the course becomes a static site: ``make site``.  Nothing is fetched, nothing is run."""

import json
import re
import shutil
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent

project = "Convolutional networks from scratch"
author = "The coursekit authors"
copyright = "2026, the coursekit authors"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = project
html_static_path = ["_static", "site.css"]
html_css_files = ["site.css"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

# The notebooks are committed with their outputs: they are shown, not run again.
nb_execution_mode = "off"
nb_render_markdown_format = "myst"

# Formulas are drawn by a copy of MathJax on this machine (Debian's libjs-mathjax), not from a CDN.
MATHJAX = Path("/usr/share/javascript/mathjax")
mathjax_path = "mathjax/MathJax.js?config=TeX-AMS_SVG"
mathjax2_config = {
    "tex2jax": {
        "inlineMath": [["\\(", "\\)"]],
        "displayMath": [["\\[", "\\]"]],
        "processClass": "tex2jax_process|mathjax_process|math|output_area",
    },
    "messageStyle": "none",
}

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
suppress_warnings = ["mystnb.unknown_mime_type"]


def bring_lessons(app):
    """Copy the built notebooks below the site's sources, where Sphinx looks for them.

    What JupyterLab folds, the site folds: what came out of a prediction.
    """
    lessons = HERE / "lessons"
    shutil.rmtree(lessons, ignore_errors=True)
    lessons.mkdir()
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        content = json.loads(notebook.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            if cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
                cell["metadata"].setdefault("tags", []).append("hide-output")
                cell["metadata"]["mystnb"] = {
                    "code_prompt_show": "Predicted? See what comes out",
                    "code_prompt_hide": "Hide what comes out",
                }
        (lessons / notebook.name).write_text(json.dumps(content), encoding="utf-8")


def bring_mathjax(app):
    """Put MathJax into the site; without it formulas stay readable as TeX."""
    target = HERE / "_static" / "mathjax"
    shutil.rmtree(target, ignore_errors=True)
    if not MATHJAX.exists():
        return
    for name in (
        "MathJax.js",
        "config/TeX-AMS_SVG.js",
        "extensions",
        "jax/element",
        "jax/input/TeX",
        "jax/output/SVG/autoload",
        "jax/output/SVG/jax.js",
        "jax/output/SVG/config.js",
        "jax/output/SVG/fonts/TeX",
    ):
        source = MATHJAX / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name)
        elif source.exists():
            shutil.copy(source, target / name)


def as_written(app, what, name, obj, options, lines):
    """Show docstrings as they stand in the code, which is how a student meets them."""
    end = lines.index("") if "" in lines else len(lines)
    head = re.sub(r"(``.*?``)|([*`|_\\])", lambda m: m[1] or "\\" + m[2], " ".join(lines[:end]))
    rest = lines[end + 1 :]
    indented = [f"   {line}" for line in rest]
    lines[:] = [head, "", *([".. code-block:: text", "", *indented, ""] if any(rest) else [])]


def setup(app):
    app.connect("autodoc-process-docstring", as_written)
    bring_lessons(app)
    bring_mathjax(app)
