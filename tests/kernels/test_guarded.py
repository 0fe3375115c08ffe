"""Compiled code stays within its arrays: seen by the machine, page by page."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="made for Linux's memory maps")


def guarded(*arguments):
    command = [sys.executable, str(HERE / "guarded.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("side", ["before", "after"])
def test_kernels_stay_within_their_arrays(side):
    done = guarded(side, "24")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "all runs are over\n"


@pytest.mark.parametrize("side", ["before", "after"])
def test_values_over_time_stay_within_theirs(side):
    """By themselves: a process may have so many stretches of memory only."""
    done = guarded(side, "driven")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("side", ["before", "after"])
def test_derivatives_by_weights_stay_within_theirs(side):
    done = guarded(side, "learned")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("side", ["before", "after"])
def test_an_index_beyond_an_end_is_seen(side):
    assert guarded(side, "overrun").returncode == -signal.SIGSEGV
