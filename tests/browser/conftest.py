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

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / "test-artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_program() -> str | None:
    """Return the Chromium of the system, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return None


@pytest.fixture(scope="session")
def lab(tmp_path_factory, light_training):
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
    private["IPYTHONDIR"] = light_training
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


class Notebook:
    """One notebook open in JupyterLab."""

    def __init__(self, page, address: str, name: str):
        self.page, self.name = page, name
        page.goto(f"{address}/lab/tree/{name}?reset")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate(
            """async () => {
                const app = window.jupyterapp;
                await app.restored;
                const wait = ms => new Promise(done => setTimeout(done, ms));
                while (!app.shell.currentWidget?.context) await wait(50);
                const context = app.shell.currentWidget.context;
                await context.ready;
                await context.sessionContext.ready;
                while (!context.sessionContext.session?.kernel) await wait(50);
            }"""
        )

    def run_all(self):
        """Begin to run every cell."""
        self.page.evaluate(
            """() => {
                window.ended = false;
                jupyterapp.commands.execute('notebook:run-all-cells').finally(
                    () => { window.ended = true; });
            }"""
        )

    def wait(self, seconds: float = 600):
        """Wait until the last cell has run."""
        self.page.wait_for_function("() => window.ended", timeout=1000 * seconds)

    def cells(self) -> list[dict]:
        """Return the cells as the browser holds them: type, source, outputs, metadata."""
        text = self.page.evaluate(
            "() => JSON.stringify(jupyterapp.shell.currentWidget.context.model.toJSON())"
        )
        return json.loads(text)["cells"]

    def shown(self, index: int | None = None) -> str:
        """Return the text that the outputs of a cell show, or of all cells."""
        cells = self.cells()
        return "\n".join(
            "".join(output.get("data", {}).get("text/plain", output.get("text", "")))
            for cell in (cells if index is None else [cells[index]])
            for output in cell.get("outputs", [])
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
        self.page.evaluate(
            """answers => {
                for (const cell of jupyterapp.shell.currentWidget.content.widgets) {
                    const name = cell.model.getMetadata('exercise');
                    if (name in answers) cell.model.sharedModel.setSource(answers[name]);
                }
            }""",
            answers,
        )

    def write(self, index: int, source: str):
        """Replace the source of a cell, as typing does, and run it."""
        self.page.evaluate(
            """async ([index, source]) => {
                const panel = jupyterapp.shell.currentWidget, notebook = panel.content;
                notebook.activeCellIndex = index;
                notebook.widgets[index].model.sharedModel.setSource(source);
                await jupyterapp.commands.execute('notebook:run-cell');
            }""",
            [index, source],
        )

    def scroll_to(self, index: int):
        """Bring a cell into view, so that JupyterLab draws it."""
        self.page.evaluate(
            """async (index) => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                await notebook.scrollToItem(index, 'start');
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
def opener(lab, browser):
    """Give a function that opens a notebook; every page is closed, every kernel ended."""
    address, folder = lab
    pages = []

    def open_it(name: str, width: int = 1280) -> Notebook:
        shutil.copy(ROOT / "notebooks" / name, folder)  # JupyterLab may have saved another test's
        page = browser.new_page(viewport={"width": width, "height": 1100})
        page.set_default_timeout(60_000)
        pages.append(page)
        return Notebook(page, address, name)

    yield open_it
    for page in pages:
        with contextlib.suppress(Exception):
            page.evaluate("() => jupyterapp.serviceManager.sessions.shutdownAll()")
        page.close()


@pytest.fixture
def open_notebook(lab, browser):
    """Return a function that opens a notebook in a page of its own."""
    with opener(lab, browser) as open_it:
        yield open_it


@pytest.fixture(scope="module")
def shared_notebook(lab, browser):
    """Open the first lesson once, for tests that each keep to cells of their own."""
    with opener(lab, browser) as open_it:
        yield open_it("00_start_here.ipynb")
