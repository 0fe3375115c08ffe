"""Names of families stand in their rows: what is above asks for facts, never for who has them."""

import ast
from pathlib import Path

import pytest

import hamsim
from hamsim.lagrangians.table import TABLE

PACKAGE = Path(hamsim.__file__).parent
# Rooms below the Lagrangians; functions of formulas and of time have names of their own, some of
# them the same.
BELOW = ("lagrangians", "formula", "expression", "signals")
# Words that mean something else there, and what. The list can only become shorter, but for words
# that files have in common.
OTHER_WORDS = {
    ("memory/theory.py", "exponential"): "kind of F",
    ("memory/theory.py", "power"): "kind of F",
    ("equilibria/space.py", "identity"): "activations stand for states",
    ("notebook/representations/trace.py", "step"): "of time",
    ("notebook/told.py", "step"): "of time",
    ("report/lagrangian.py", "exponential"): "how an activation grows",
    ("report/run.py", "step"): "of time",
    ("cli/sweeping.py", "step"): "of a range",
    ("cli/words.py", "power"): "setting of an optimizer",
    ("cli/words.py", "sign"): "key of a connection",
    ("sklearn/classifier.py", "identity"): "the network that it makes",
    ("sklearn/classifier.py", "relu"): "the network that it makes",
    ("sklearn/classifier.py", "softmax"): "the network that it makes",
    ("sklearn/completer.py", "identity"): "the network that it makes",
    ("sklearn/completer.py", "softmax"): "the network that it makes",
    ("spec/consistency.py", "sign"): "key of a connection",
    ("spec/dense.py", "identity"): "stands in until F is known",
    ("spec/interaction.py", "exponential"): "kind of F",
    ("spec/jsonrules.py", "exponential"): "kind of F",
    ("spec/jsonrules.py", "step"): "of a range",
    ("spec/interaction.py", "power"): "kind of F",
    ("spec/loader.py", "sign"): "key of a connection",
    ("spec/overtime.py", "step"): "how values go from one time to the next",
    ("spec/putting.py", "sign"): "key of a connection",
    ("spec/signed_edges.py", "sign"): "key of a connection",
    ("spec/signs.py", "sign"): "key of a connection",
    ("spec/sweeping.py", "step"): "of a range",
}


def names_in(path):
    """Names of families that a file holds as text, apart from its docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in TABLE:
            yield node.lineno, node.value


def files():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.split("/")[0].removesuffix(".py") not in BELOW:
            yield name, path


@pytest.mark.parametrize(("name", "path"), list(files()), ids=lambda value: str(value)[-40:])
def test_nothing_above_the_lagrangians_names_a_family(name, path):
    found = {word for _, word in names_in(path) if (name, word) not in OTHER_WORDS}
    assert not found, f"{name} asks for families by name; a fact of the row should say what counts"


def test_the_list_of_other_words_is_no_longer_than_needed():
    found = {(name, word) for name, path in files() for _, word in names_in(path)}
    assert found == set(OTHER_WORDS)


def test_a_name_would_be_seen(tmp_path):
    path = tmp_path / "rest.py"
    path.write_text('STEEP = ("power", "cubic")\nWORDS = "power and cubic"\n')
    assert [word for _, word in names_in(path)] == ["power", "cubic"]
