"""A fresh cache of compiled code for each test session, and what belongs to the quick tests."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Before anything imports numba. A folder that is given is used, so that jobs can share one.
if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="hamsim-tests-")
    atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)

HERE = Path(__file__).parent
# Tests that are too long for `-m quick`, one name a line; made by tools/find_slow.py.
SLOW = HERE / "slow.txt"


def name_of(item):
    """File and function of a test, without the case: ``dynamics/test_order.py::test_order``."""
    file, _, function = item.nodeid.partition("::")
    return f"{Path(file).relative_to('tests').as_posix()}::{function.partition('[')[0]}"


def pytest_collection_modifyitems(items):
    """Mark the first case of each test as quick, unless the test is known to be slow."""
    known = set(SLOW.read_text(encoding="utf-8").split())
    for item in items:
        if (name := name_of(item)) not in known:
            known.add(name)
            item.add_marker(pytest.mark.quick)
