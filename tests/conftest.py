"""A fresh cache of compiled code for each test session, so that no stale code is tested."""

import os
import tempfile

# Before anything imports numba. A folder that is given is used, so that jobs can share one.
os.environ.setdefault("NUMBA_CACHE_DIR", tempfile.mkdtemp(prefix="hamsim-tests-"))
