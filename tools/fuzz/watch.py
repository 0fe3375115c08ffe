"""What a process prints and how much memory it takes, for one input at a time."""

import os
import sys
import tempfile
from contextlib import contextmanager


class Output:
    """What was printed; filled in when the context ends."""

    out = err = ""


@contextmanager
def printed():
    """Catch what Python and libraries below it print, each stream in a file."""
    output = Output()
    streams = (sys.stdout, sys.stderr)
    saved = [os.dup(1), os.dup(2)]
    files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
    for stream in streams:
        stream.flush()
    for number, file in zip((1, 2), files, strict=True):
        os.dup2(file.fileno(), number)
    # As Python makes them, whatever others have put in their place.
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    ours = (sys.stdout, sys.stderr)
    try:
        yield output
    finally:
        for stream in {sys.stdout, sys.stderr, *ours}:
            stream.flush()
        sys.stdout, sys.stderr = streams
        for stream in ours:
            stream.close()
        texts = []
        for number, copy, file in zip((1, 2), saved, files, strict=True):
            os.dup2(copy, number)
            os.close(copy)
            file.seek(0)
            texts.append(file.read(10_000_000).decode("utf-8", "replace"))
            file.close()
        output.out, output.err = texts


class Peak:
    """The largest memory of this process since it was last asked to begin anew."""

    def __init__(self):
        self.start = 0

    def begin(self):
        """Forget earlier peaks."""
        try:
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")
        except OSError:  # not every system can
            return
        self.start = _status("VmRSS:")

    def bytes(self):
        """How far above its memory at the beginning the process has been."""
        return max(0, _status("VmHWM:") - self.start) if self.start else 0


def _status(name):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(name):
                return 1024 * int(line.split()[1])
    return 0
