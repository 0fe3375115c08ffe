"""What `pytest -m quick` takes: the first case of every test that is not known to be long."""

import ast
import os
from types import SimpleNamespace

import conftest


def test_every_slow_test_exists():
    for name in conftest.SLOW.read_text(encoding="utf-8").split():
        file, _, function = name.partition("::")
        tree = ast.parse((conftest.HERE / file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert function.split("::")[-1] in names, name


def test_tests_are_long_or_their_first_case_is_quick(monkeypatch, tmp_path):
    (tmp_path / "slow.txt").write_text("a/test_b.py::test_long\n")
    monkeypatch.setattr(conftest, "SLOW", tmp_path / "slow.txt")
    names = ["test_c[1]", "test_c[2]", "test_long", "test_d"]
    marked = {"quick": [], "long": []}
    items = [
        SimpleNamespace(
            nodeid=f"tests/a/test_b.py::{name}",
            add_marker=lambda mark, name=name: marked[mark.name].append(name),
        )
        for name in names
    ]
    conftest.pytest_collection_modifyitems(items)
    assert marked == {"quick": ["test_c[1]", "test_d"], "long": ["test_long"]}


def test_this_is_a_quick_test(request):
    assert request.node.get_closest_marker("quick") is not None


def test_code_is_kept_for_quick_tests_alone(monkeypatch, tmp_path):
    for expression, kept in (("quick", True), ("", False)):
        monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
        config = SimpleNamespace(rootpath=tmp_path, getoption=lambda _, found=expression: found)
        conftest.pytest_configure(config)
        assert os.environ["NUMBA_CACHE_DIR"].startswith(str(tmp_path)) == kept
        conftest.pytest_configure(SimpleNamespace())  # a folder that is given stays
