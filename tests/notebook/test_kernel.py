"""In a real kernel: results show themselves, bars and pictures are put in place of themselves."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = {
    "network": """
        import hamsim
        network = hamsim.compile({
            "format": "hamsim/1",
            "name": "a & b",
            "groups": {"a": {"shape": [2, 3], "lagrangian": "tanh", "initial": 0.5}},
            "connections": [{"within": "a", "weights": 0.1}],
        })
        network
    """,
    "certificate": "hamsim.check(network)",
    "alone": """
        asked = dict(method="euler", dt=0.05, steps=100)
        alone = hamsim.simulate(network, **asked)
        alone
    """,
    "bar": "seen = hamsim.simulate(network, progress=True, **asked)",
    "view": "view = hamsim.live_view(); watched = hamsim.simulate(network, progress=view, **asked)",
    "same": "[(alone.x == each.x).all().item() for each in (seen, watched)]",
    "wrong": "hamsim.simulate(network, progress=hamsim.live_view('aa'), **asked)",
    "silent": "import sys; [name for name in ('matplotlib', 'rich') if name in sys.modules]",
}


@pytest.fixture(scope="module")
def outputs():
    """What each cell showed, when a notebook of them was run."""
    lines = [
        "\n".join(line.removeprefix(" " * 8) for line in cell.strip().split("\n"))
        for cell in CELLS.values()
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in lines])
    NotebookClient(notebook, timeout=600, kernel_name="python3", allow_errors=True).execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("network", ["Network a &amp; b", "6 neurons", "tanh"]),
        ("certificate", ["Every solution comes to rest", "proved"]),
        ("alone", ["Trace a &amp; b", "101 records", "energy"]),
    ],
)
def test_results_show_themselves(outputs, cell, words):
    (output,) = outputs[cell]
    assert output.output_type == "execute_result"
    for word in words:
        assert word in output.data["text/html"]
    assert output.data["text/plain"].startswith("<" if cell != "certificate" else "Certificate(")


@pytest.mark.parametrize("cell", ["bar", "view"])
def test_a_cell_has_one_output_that_says_how_it_ended(outputs, cell):
    (output,) = outputs[cell]
    assert output.output_type == "display_data"
    assert output.data["text/plain"].startswith("run: 100%, step 100 of 100, ")
    assert "<progress" in output.data["text/html"]
    assert ("activation of a" in output.data["text/html"]) == (cell == "view")


def test_no_bit_is_changed(outputs):
    assert outputs["same"][0].data["text/plain"] == "[True, True]"


def test_a_name_that_is_not_there_is_told_in_one_line(outputs):
    wrong = outputs["wrong"][-1]
    assert wrong.ename == "HamsimError"
    assert wrong.evalue == "no group 'aa'; did you mean 'a'?"


def test_what_is_shown_needs_no_library_for_figures(outputs):
    assert outputs["silent"][0].data["text/plain"] == "[]"
