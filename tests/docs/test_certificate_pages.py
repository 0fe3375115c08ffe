"""Each theorem that certificates name has a page, and each page a theorem that they name."""

import ast
import re
from pathlib import Path

import pytest
from manual import DOCS, ROOT

import hamsim

PAGES = sorted(page for page in (DOCS / "certificate").glob("*.md") if page.stem != "index")
PACKAGE = Path(hamsim.__file__).parent
ROOMS = [PACKAGE / "certify", PACKAGE / "field" / "symmetry"]
# Constants of texts that are no theorems: names of conditions, and what is said besides.
OTHERS = {"FORM", "GLOBAL", "LAW", "NAME", "NO_REST", "REFUSAL", "RESTS", "SOLVING", "UPDATES"}
OTHERS |= {"TWO_WAY", "WITHOUT"}
# Where a theorem stands among the arguments of these, counted from 0.
PLACES = {"Condition": 5, "Contraction": 2, "Finding": 2}


def named(page):
    """Theorems of a page, as certificates name them."""
    _, end = page.read_text(encoding="utf-8").split("## In certificates\n")
    (block,) = re.findall(r"```text\n(.*?)```", end, re.S)
    return block.splitlines()


KNOWN = {theorem: page.stem for page in PAGES for theorem in named(page)}


def theorems(file):
    """Texts of a module that may become a condition's theorem."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
            if name.strip("_").isupper() and name not in OTHERS and is_text(value):
                yield value.value
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (each.value.value for each in node.keywords if is_named(each))
            place = PLACES.get(getattr(node.func, "id", ""), len(node.args))
            yield from (each.value for each in node.args[place : place + 1] if is_text(each))


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_named(keyword):
    return keyword.arg == "theorem" and is_text(keyword.value)


def unknown(theorem):
    """What is left of a theorem, of several that are named together, without those of pages."""
    for each in sorted(KNOWN, key=len, reverse=True):
        theorem = theorem.replace(each, "")
    return theorem.strip("; ")


def test_every_theorem_of_the_code_has_a_page():
    files = [file for room in ROOMS for file in room.rglob("*.py")]
    found = {text: file.stem for file in files for text in theorems(file) if text}
    missing = {text: file for text, file in found.items() if text not in KNOWN}
    assert not missing, f"no page in docs/certificate names {missing}"
    assert len(found) > 40
    left = {theorem: page for theorem, page in KNOWN.items() if theorem not in found}
    assert not left, f"no certificate names {left}"


@pytest.mark.parametrize(
    "name",
    ["c_elegans", "delayed_inhibition", "hopfield", "oculomotor_integrator", "ring", "xor"],
)
def test_theorems_of_certificates_have_pages(name):
    certificate = hamsim.check(ROOT / "networks" / f"{name}.yaml")
    theorems = {condition.theorem for condition in certificate.conditions} - {""}
    assert not {theorem for theorem in theorems if unknown(theorem)}
    assert theorems


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_a_statement_a_proof_and_a_source(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("**Theorem.**") == 1
    assert re.search(r"^## Proof$", text, re.M)
    assert re.search(r"^## Sources?$", text, re.M)
