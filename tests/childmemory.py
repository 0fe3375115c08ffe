"""Memory and time that code takes at its peak, measured in a process of its own."""

import json
import subprocess
import sys
import textwrap
from typing import NamedTuple

# Modules are loaded before anything is counted; what follows is counted from there.
_FRAME = """
import json, sys, time
import hamsim, hamsim.compiler, hamsim.spec.load, hamsim.spec.datafiles, hamsim.formats.convert
import numpy, scipy.io, scipy.sparse

def kilobytes(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key))

def peak_begins():
    try:
        with open("/proc/self/clear_refs", "w") as reset:
            reset.write("5")
    except OSError:  # then the peak counts from the start of the process
        pass
    return kilobytes("VmRSS")

def measured():
{code}

before, start, said, kind = peak_begins(), time.perf_counter(), "", ""
try:
    measured()
except Exception as error:
    own = isinstance(error, hamsim.HamsimError)
    said, kind = str(error), "HamsimError" if own else type(error).__name__
seconds = time.perf_counter() - start
print(json.dumps([(kilobytes("VmHWM") - before) / 1024, seconds, kind, said]))
"""


class Peak(NamedTuple):
    """What a piece of code took, and how it ended.

    Parameters
    ----------
    megabytes, seconds : float
    kind : str
        "HamsimError", another error's name, or empty where there was none.
    message : str
    """

    megabytes: float
    seconds: float
    kind: str
    message: str


def peak_of(code, folder=None, timeout=60):
    """Run code in a new process, in a folder, and say what it took."""
    text = _FRAME.replace("{code}", textwrap.indent(textwrap.dedent(code), "    "))
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Peak(*json.loads(done.stdout.splitlines()[-1]))
