"""Where compiled code is kept while tests run, and what belongs to the quick tests."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
# Tests that are too long for `-m quick`, one name a line; made by tools/find_slow.py.
SLOW = HERE / "slow.txt"


if "CI" in os.environ:
    settings.register_profile("same", derandomize=True, deadline=None, database=None)
    settings.load_profile("same")


def pytest_configure(config):
    """Compile anew in each session, but for quick tests; a folder that is given is used by all.

    Before anything imports numba. Quick tests keep code beside pytest's own cache: it is named by
    a hash of all sources, so that none is stale.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    if config.getoption("markexpr") == "quick":
        os.environ["NUMBA_CACHE_DIR"] = str(config.rootpath / ".pytest_cache" / "compiled")
        return
    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="hamsim-tests-")
    atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)


def name_of(item):
    """File and function of a test, without the case: ``dynamics/test_order.py::test_order``."""
    file, _, function = item.nodeid.partition("::")
    return f"{Path(file).relative_to('tests').as_posix()}::{function.partition('[')[0]}"


def pytest_collection_modifyitems(items):
    """Mark tests that are known to be slow as long, and the first case of each other as quick."""
    slow = set(SLOW.read_text(encoding="utf-8").split())
    seen = set()
    for item in items:
        name = name_of(item)
        if name in slow:
            item.add_marker(pytest.mark.long)
        elif name not in seen:
            item.add_marker(pytest.mark.quick)
        seen.add(name)
