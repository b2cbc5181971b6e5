"""JupyterLab in a real browser, as a student has it; screenshots are kept as artefacts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import light_kernels

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / "test-artefacts"
SIZE = {"width": 1280, "height": 1100}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Drawing takes half of a notebook's time.  One shows that pictures arrive; the others' are drawn
# where they run without a browser.
FEW_FIGURES = """
import os

if "00_start_here" not in os.environ["JPY_SESSION_NAME"]:
    get_ipython().config.InlineBackend.figure_formats = set()
"""


def browser_program() -> str | None:
    """Return the Chromium of the system, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return None


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Start JupyterLab on a copy of the notebooks; give its address and folder."""
    home = tmp_path_factory.mktemp("lab")
    sockets = tempfile.mkdtemp(prefix="lab-")  # a socket's path has 107 characters at the most
    notebooks = home / "notebooks"
    notebooks.mkdir()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, notebooks)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = {
        name: str(home / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
        )
    }
    private["JUPYTER_RUNTIME_DIR"] = sockets
    private["IPYTHONDIR"] = light_kernels(home / "ipython", FEW_FIGURES)
    no_news = Path(private["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab" / "apputils-extension"
    no_news.mkdir(parents=True)
    (no_news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1",
        f"--port={port}", f"--notebook-dir={notebooks}", "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--KernelManager.transport=ipc",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    environment = {key: value for key, value in os.environ.items() if key != "COURSEKIT_PROGRESS"}
    with open(home / "lab.log", "w") as log:
        server = subprocess.Popen(
            command, env={**environment, **private}, stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(address, server, home / "lab.log")
        yield address, notebooks
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=10)
        if server.poll() is None:
            server.kill()
        shutil.rmtree(sockets, ignore_errors=True)


def _wait_until_up(address, server, log, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/api/status", timeout=2).read()
            return
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browser():
    """Start the system's Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    program = browser_program()
    if program is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def page(lab, browser):
    """Load JupyterLab once; notebooks are tabs in it, beside the launcher's."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(60_000)
    page.goto(f"{lab[0]}/lab?reset")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate(
        """async () => {
            await jupyterapp.restored;
            await jupyterapp.commands.execute('launcher:create');
        }"""
    )
    yield page
    page.close()


class Notebook:
    """One notebook in a tab of JupyterLab."""

    def __init__(self, page, name: str, in_front: bool = True):
        self.page, self.name = page, name
        self.run(
            """async activate => {
                const panel = await jupyterapp.commands.execute(
                    'docmanager:open', {path: name, factory: 'Notebook', options: {activate}});
                window.panels = {...window.panels, [name]: panel};
                const context = panel.context;
                await context.ready;
                if (!activate) {  // of a tab that nobody looks at, no cell need be drawn
                    const config = panel.content.notebookConfig;
                    panel.content.notebookConfig = {...config, windowingMode: 'full'};
                }
                await context.sessionContext.ready;
                const wait = ms => new Promise(done => setTimeout(done, ms));
                while (!context.sessionContext.session?.kernel) await wait(50);
            }""",
            in_front,
        )

    def run(self, function: str, *arguments):
        """Call a JavaScript function in which ``name`` and ``panel`` are those of this notebook."""
        return self.page.evaluate(
            "([name, ...rest]) => { const panel = window.panels?.[name];"
            f" return ({function})(...rest); }}",
            [self.name, *arguments],
        )

    def close(self):
        """End the kernel and close the tab; nothing is saved."""
        self.run(
            """async () => {
                await panel.context.sessionContext.shutdown();
                panel.dispose();
            }"""
        )

    def show(self):
        """Bring the tab to the front."""
        self.run("() => jupyterapp.shell.activateById(panel.id)")

    def run_all(self):
        """Begin to run every cell, be the tab in front or not."""
        self.run(
            """() => {
                panel.ended = jupyterapp.commands.execute(
                    'notebook:run-all-cells', {activate: false, semanticWidget: panel.id});
            }"""
        )

    def wait(self, seconds: float = 600):
        """Wait until the last cell has run; to ask every frame would make the browser draw it."""
        self.run(
            """milliseconds => Promise.race([panel.ended, new Promise((_, fail) => {
                setTimeout(() => fail(Error(`${name} still runs`)), milliseconds);
            })])""",
            1000 * seconds,
        )

    def cells(self) -> list[dict]:
        """Return the cells as the browser holds them: type, source, outputs, metadata."""
        return json.loads(self.run("() => JSON.stringify(panel.context.model.toJSON())"))["cells"]

    def outputs(self, index: int) -> list[dict]:
        """Return the outputs of a cell."""
        return self.run("index => panel.content.widgets[index].model.toJSON().outputs", index)

    def shown(self, index: int | None = None) -> str:
        """Return the text that the outputs of a cell show, or of all cells."""
        if index is None:
            outputs = [output for cell in self.cells() for output in cell.get("outputs", [])]
        else:
            outputs = self.outputs(index)
        return "\n".join(
            "".join(output.get("data", {}).get("text/plain", output.get("text", "")))
            for output in outputs
        )

    def errors(self) -> list[str]:
        """Return the errors that cells show, and every cell that has not run."""
        found = []
        for number, cell in enumerate(self.cells()):
            if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
                continue
            if cell["execution_count"] is None:
                found.append(f"cell {number} has not run")
            for output in cell["outputs"]:
                if output["output_type"] == "error":
                    found.append(f"cell {number}: {output['ename']}: {output['evalue']}")
                if output.get("name") == "stderr":
                    found.append(f"cell {number} warns: {output['text']}")
        return found

    def answer(self, answers: dict[str, str]):
        """Replace the sources of the exercises named, as typing does."""
        self.run(
            """answers => {
                for (const cell of panel.content.widgets) {
                    const name = cell.model.getMetadata('exercise');
                    if (name in answers) cell.model.sharedModel.setSource(answers[name]);
                }
            }""",
            answers,
        )

    def begin(self, index: int, source: str):
        """Replace the source of a cell, as typing does, and begin to run it."""
        self.run(
            """(index, source) => {
                const notebook = panel.content;
                notebook.activeCellIndex = index;
                notebook.widgets[index].model.sharedModel.setSource(source);
                panel.running = jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
            source,
        )

    def write(self, index: int, source: str):
        """Replace the source of a cell, as typing does, and run it."""
        self.begin(index, source)
        self.run("() => panel.running")

    def scroll_to(self, index: int):
        """Bring a cell into view, so that JupyterLab draws it."""
        self.run(
            """async index => {
                panel.content.activeCellIndex = index;
                await panel.content.scrollToItem(index, 'start');
            }""",
            index,
        )
        self.page.wait_for_timeout(300)

    def theme(self, name: str):
        """Change JupyterLab's theme."""
        self.page.evaluate(
            "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )

    def picture(self, label: str):
        """Keep a screenshot as an artefact."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{self.name.removesuffix('.ipynb')}-{label}.png")


@contextlib.contextmanager
def opener(lab, page):
    """Give a function that opens a notebook; in the end each is closed, and the page as before."""
    _, folder = lab
    opened = []

    def open_it(name: str, in_front: bool = True) -> Notebook:
        shutil.copy(ROOT / "notebooks" / name, folder)  # JupyterLab may have saved another test's
        opened.append(Notebook(page, name, in_front))
        return opened[-1]

    yield open_it
    for notebook in opened:
        notebook.theme("JupyterLab Light")
        notebook.close()
    page.set_viewport_size(SIZE)


@pytest.fixture
def open_notebook(lab, page):
    """Return a function that opens a notebook in a tab."""
    with opener(lab, page) as open_it:
        yield open_it


@pytest.fixture(scope="module")
def shared_notebook(lab, page):
    """Open the first lesson once, for tests that each keep to cells of their own."""
    with opener(lab, page) as open_it:
        yield open_it("00_start_here.ipynb")
