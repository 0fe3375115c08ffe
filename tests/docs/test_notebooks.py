"""Notebooks of docs as they are stored, and what is found where they show something else."""

import copy
import json

import nbformat
import pytest
from snippets.blocks import DOCS, ROOT

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
from snippets.notebooks import check

NOTEBOOKS = [file.relative_to(ROOT).as_posix() for file in sorted(DOCS.rglob("*.ipynb"))]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_is_stored_is_small_and_whole(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text) < 400_000
    stored = json.loads(text)
    assert all(cell["outputs"] or "import" in "".join(cell["source"]) for cell in stored["cells"]
               if cell["cell_type"] == "code")  # fmt: skip


def cell(**outputs):
    shown = nbformat.v4.new_output("display_data", {outputs["kind"]: "x"})
    return nbformat.v4.new_code_cell(
        "x", outputs=[nbformat.v4.new_output("stream", text=outputs["text"]), shown]
    )


@pytest.mark.parametrize(("text", "kind"), [("2 s, b\n", "image/png"), ("2 s, a\n", "text/html")])
def test_what_differs_is_found(text, kind):
    stored = nbformat.v4.new_notebook(cells=[cell(text="1 s, a\n", kind="image/png")])
    same = copy.deepcopy(stored)
    check(stored, same)
    same.cells[0] = cell(text=text, kind=kind)
    with pytest.raises(AssertionError, match="cell 1"):
        check(stored, same)
