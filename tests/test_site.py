"""The course as a static site: it builds without a warning, its links hold, nothing is fetched."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from coursekit.display import panel

pytest.importorskip("sphinx")
pytest.importorskip("myst_nb")
DOCS = Path(__file__).parent.parent / "docs"


class Links(HTMLParser):
    """Collects what a page links to, what it loads, and the places in it that have a name."""

    def __init__(self, page: Path):
        super().__init__()
        self.links, self.loads, self.names = [], [], set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.names |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "link" and "stylesheet" in (given.get("rel") or ""):
            self.loads.append(given["href"])
        if given.get("src"):
            self.loads.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html",
         "-d", str(out / "doctrees"), str(DOCS), str(out / "html")],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return {page.resolve(): Links(page) for page in (out / "html").rglob("*.html")}


def test_every_link_within_the_site_leads_somewhere(site):
    broken = []
    for page, found in site.items():
        for link in [*found.links, *found.loads]:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                broken.append(f"{page.name} → {link}")
            elif parts.fragment and target in site:
                named = unquote(parts.fragment)
                if named not in site[target].names and named not in ("", "top"):
                    broken.append(f"{page.name} → {link} (no such place)")
    assert not broken, broken[:10]


def test_nothing_is_loaded_from_elsewhere(site):
    for page, found in site.items():
        assert not [load for load in found.loads if urlsplit(load).netloc], page.name


def test_every_lesson_is_there_with_its_pictures(site):
    lessons = {page.stem: page for page in site if page.parent.name == "lessons"}
    built = {path.stem for path in (DOCS.parent / "notebooks").glob("*.ipynb")}
    assert set(lessons) == built
    for name, page in lessons.items():
        if name[:2].isdigit():
            pictures = [load for load in site[page].loads if load.endswith(".png")]
            assert len(pictures) >= 3, name


def test_the_first_page_lists_each_page_once_and_no_sections(site):
    index = next(found for page, found in site.items() if page.name == "index.html")
    lessons = [link for link in index.links if link.startswith("lessons/")]
    assert lessons
    assert not [link for link in lessons if "#" in link]


def test_cards_take_the_colours_of_the_site(site):
    for page, found in site.items():
        if page.parent.name == "lessons":
            assert any("site.css" in load for load in found.loads), page.name
    page = next(iter(site))
    styles = next(page.parent.parent.rglob("_static/site.css")).read_text(encoding="utf-8")
    named = set(re.findall(r"var\((--jp-[a-z0-9-]+)", panel("?", "", "question", "")))
    assert named == set(re.findall(r"(--jp-[a-z0-9-]+): var", styles))


def test_what_is_folded_in_a_notebook_is_folded_on_the_site(site):
    for page in site:
        if page.parent.name != "lessons":
            continue
        notebook = nbformat.read(DOCS.parent / "notebooks" / f"{page.stem}.ipynb", as_version=4)
        folded = [c for c in notebook.cells if c.metadata.get("jupyter", {}).get("outputs_hidden")]
        text = page.read_text(encoding="utf-8")
        assert text.count("Predicted? See what comes out") == len(folded), page.name


@pytest.mark.parametrize("path", sorted((DOCS.parent / "notebooks" / "source").glob("*.py")))
def test_no_formula_shows_a_backslash(path):
    r"""In \text{…} a \_ is not a command, and stands there as two signs."""
    assert not re.findall(r"\\text\{[^}]*\\_", path.read_text(encoding="utf-8"))
