"""What of numba and llvmlite the kernels use beyond their documented interfaces.

Where a new release has changed one of these, the test that fails says which, before anything
crashes. ARCHITECTURE.md says what each is for.
"""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult

import hamsim
from hamsim.kernels import kept
from hamsim.kernels.jit import callback, jit

PACKAGE = Path(hamsim.__file__).parent

# Modules that the documentation of numba and llvmlite describes.
DOCUMENTED = {"numba", "numba.types", "numba.extending", "llvmlite", "llvmlite.ir"}
DOCUMENTED |= {"llvmlite.binding"}
# The others: what is taken from them, with the parameters that are given by name or in this order.
INTERNAL = {
    ("numba.core.caching", "_Cache"): None,
    ("numba.core.ccallback", "CFunc"): ("pyfunc", "sig", "locals", "options"),
    ("numba.core.compiler", "CompileResult"): None,
    ("numba.core.compiler_lock", "global_compiler_lock"): None,
    ("numba.core.serialize", "dumps"): ("obj",),
    ("numba.core.cgutils", "alloca_once"): ("builder", "ty"),
    ("numba.core.cgutils", "alloca_once_value"): ("builder", "value"),
    ("numba.core.cgutils", "for_range_slice"): ("builder", "start", "stop", "step", "intp"),
    ("numba.core.cgutils", "get_or_insert_function"): ("module", "fnty", "name"),
    ("numba.core.cgutils", "unpack_tuple"): ("builder", "tup", "count"),
    ("numba.core.typing.templates", "AttributeTemplate"): None,
    ("numba.np.arrayobj", "populate_array"): (
        *("array", "data", "shape", "strides", "itemsize", "meminfo"),
    ),
}


def used():
    """Module and name of all that is imported from inside numba and llvmlite."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in (
                "numba",
                "llvmlite",
            ):
                for alias in node.names:
                    yield node.module, alias.name


def test_all_that_is_used_is_known():
    known = {module for module, _ in INTERNAL}
    for module, name in used():
        documented = module in DOCUMENTED and not name.startswith("_")
        whole = f"{module}.{name}" in known  # a module whose functions are listed
        assert documented or whole or (module, name) in INTERNAL, (module, name)
    for path in PACKAGE.rglob("*.py"):
        for name in re.findall(r"\bcgutils\.(\w+)", path.read_text(encoding="utf-8")):
            assert ("numba.core.cgutils", name) in INTERNAL, name


@pytest.mark.parametrize(("module", "name"), list(INTERNAL))
def test_it_is_there(module, name):
    thing = getattr(import_module(module), name)
    parameters = INTERNAL[module, name]
    if parameters is not None:
        found = [p for p in inspect.signature(thing).parameters if p != "self"]
        assert tuple(found[: len(parameters)]) == parameters


def test_numba_asks_what_is_kept_and_tells_what_was_compiled():
    assert {"cache_path", "load_overload", "save_overload"} < kept._Cache.__abstractmethods__
    assert not kept.KeptCode.__abstractmethods__
    for name in ("load_overload", "save_overload"):
        asked = inspect.signature(getattr(kept._Cache, name)).parameters
        assert list(asked) == list(inspect.signature(getattr(kept.KeptCode, name)).parameters)


def test_compiled_code_is_taken_apart_and_put_together():
    for name in ("_reduce", "_rebuild", "lifted", "library"):
        assert name in CompileResult._fields or hasattr(CompileResult, name), name


@pytest.mark.parametrize("name", kept._SETTINGS)
def test_settings_that_change_the_code_have_these_names(name):
    assert hasattr(numba.config, name)


def add_one(x):
    """A function to compile."""
    return x + 1.0


def test_a_compiled_function_has_a_cache_that_can_be_replaced():
    compiled = jit(add_one)
    assert isinstance(compiled._cache, kept.KeptCode)
    assert compiled(np.float64(1.0)) == 2.0


def test_a_callback_has_an_address():
    compiled = callback(numba.types.float64(numba.types.float64), add_one)
    assert isinstance(compiled, CFunc)
    assert isinstance(compiled.address, int)
    assert compiled.ctypes(1.0) == 2.0
