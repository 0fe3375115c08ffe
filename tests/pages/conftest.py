"""Pages of each kind, made once, and a browser that opens them."""

import json
import os
import shutil
from pathlib import Path

import pytest

import hamsim
from hamsim.formats.trained import checkpoint_of, write_trained
from hamsim.report.training import TrainingReport

NETWORKS = Path(hamsim.__file__).parent.parent / "networks"
# With this in the environment a missing browser is a failure.
REQUIRED = os.environ.get("HAMSIM_BROWSER_TESTS") == "required"


def lacking(what):
    """Skip where a browser is not demanded, else fail."""
    (pytest.fail if REQUIRED else pytest.skip)(f"{what}; see CONTRIBUTING.md")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def swept(folder):
    """A folder of a small sweep."""
    out = folder / "sweep"
    over = {"simulation.t_end": [0.01, 0.02, 0.04]}
    hamsim.sweep(NETWORKS / "ring.yaml", over=over, seeds=2, out=out, engine="serial")
    return out


@pytest.fixture(scope="session")
def trained(folder):
    """What `hamsim train` leaves of two epochs."""
    target = folder / "trained.yaml"
    spec = hamsim.load(NETWORKS / "lines.yaml")
    found = hamsim.train(spec, epochs=2, checkpoint=checkpoint_of(target))
    write_trained(found.network, target, TrainingReport(found).line())
    return target


MADE = ("digits", "wilson_cowan", "c_elegans", "sweep", "training")


@pytest.fixture(scope="session")
def pages(folder, swept, trained):
    """Files of pages by name: short runs of the zoo, a sweep, training."""
    short = {"simulation.t_end": 3.0}
    whole = NETWORKS / "digits.yaml"
    hamsim.write_report(whole, folder / "digits.html", overrides=short, check=3)
    hamsim.write_report(NETWORKS / "wilson_cowan.yaml", folder / "wilson_cowan.html")
    hamsim.write_report(NETWORKS / "c_elegans.yaml", folder / "c_elegans.html")
    hamsim.write_report(swept, folder / "sweep.html")
    hamsim.write_report(trained, folder / "training.html")
    return {name: folder / f"{name}.html" for name in MADE}


@pytest.fixture(scope="session")
def chromium():
    """The system's browser, driven by playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("playwright is not installed")
    where = os.environ.get("HAMSIM_CHROMIUM") or shutil.which("chromium")
    if not where:
        lacking("there is no chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, as text."""
    where = os.environ.get("HAMSIM_AXE", "")
    path = Path(where) / "axe.min.js" if where and Path(where).is_dir() else Path(where or "axe")
    if not path.is_file():
        lacking("HAMSIM_AXE names no axe-core")
    return path.read_text(encoding="utf-8")


class Opened:
    """A page in the browser, and everything that went wrong with it.

    Attributes
    ----------
    page : playwright Page
    told : list of str
        Messages of the console and errors of scripts.
    requests : list of str
        Addresses that were asked for beside the page's own.
    """

    def __init__(self, page, address):
        self.page, self.told, self.requests = page, [], []
        page.on("console", lambda message: self.told.append(message.text))
        page.on("pageerror", lambda error: self.told.append(str(error)))
        page.on("request", lambda request: self._note(request.url, address))
        page.goto(address)
        page.wait_for_load_state("load")

    def _note(self, url, address):
        if url != address and not url.startswith("data:"):
            self.requests.append(url)

    def judged(self, axe):
        """What axe-core finds wrong, by its rules."""
        self.page.evaluate(axe)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            (each["id"], [json.dumps(node["target"]) for node in each["nodes"][:3]])
            for each in found["violations"]
        ]


@pytest.fixture
def opened(chromium):
    """Opens a file; closed with the test."""
    contexts = []

    def open_page(path, scheme="light", **options):
        options = {"viewport": {"width": 1100, "height": 900}, **options}
        context = chromium.new_context(color_scheme=scheme, offline=True, **options)
        contexts.append(context)
        return Opened(context.new_page(), Path(path).resolve().as_uri())

    yield open_page
    for context in contexts:
        context.close()
