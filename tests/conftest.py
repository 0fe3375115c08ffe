"""A fresh cache of compiled code for each test session, so that no stale code is tested."""

import atexit
import os
import shutil
import tempfile

# Before anything imports numba. A folder that is given is used, so that jobs can share one.
if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="hamsim-tests-")
    atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)
