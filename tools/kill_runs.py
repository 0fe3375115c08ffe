"""Kill runs at random moments and look for finished records that are lost.

    python tools/kill_runs.py --runs 200 --seed 1

Each run is a process of its own that tells, after each block, how many records it has handed to
the system. Half of them are killed at a random time, the others before a random one of their
writes, so that the short moments of opening and closing are met as well. After each, the trace
must hold as many records as were told, all of them right, and `repair` must keep them; the trace
of the run before must be there if the new one was not begun.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import hamsim
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace import file as tracefile
from hamsim.trace.reader import TraceReader, load_trace
from hamsim.trace.repair import repair

SPEC = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 60, "lagrangian": "tanh", "initial": {"normal": {"std": 1}}}},
    "connections": [{"within": "a", "weights": {"normal": {"std": 0.2}}}],
}
RUN = {"method": "rk4", "dt": 0.01, "steps": 12_000}
WHAT = ("x", "energy", "residual")


class Telling(tracefile.FileSink):
    """A sink that tells how many records it has finished."""

    def __init__(self, path, pipe):
        super().__init__(path)
        self._pipe, self._told = pipe, 0

    def open(self, header):
        super().open(header)
        os.write(self._pipe, b"0\n")

    def append(self, t, blocks):
        super().append(t, blocks)
        self._told += t.size
        os.write(self._pipe, f"{self._told}\n".encode())

    def close(self, outcome, stats):
        super().close(outcome, stats)
        os.write(self._pipe, b"closed\n")


def child(path, pipe, last_write):
    """Run, and be killed before a write; never returns."""
    writes = 0
    write = tracefile._pwrite

    def counted(*arguments):
        nonlocal writes
        if writes == last_write:
            os.kill(os.getpid(), signal.SIGKILL)
        writes += 1
        return write(*arguments)

    tracefile._pwrite = counted
    network = hamsim.compile(SPEC)
    run = prepare(network, record=hamsim.Record(what=WHAT), threads=1, **RUN)
    simulate_into(Telling(path, pipe), run)
    os._exit(0)


def killed(path, delay, last_write):
    """Run once; the lines that were told, and whether it was killed."""
    reading, writing = os.pipe()
    number = os.fork()
    if number == 0:
        try:
            os.close(reading)
            child(path, writing, last_write)
        finally:
            os._exit(3)
    os.close(writing)
    if delay is not None:
        time.sleep(delay)
        os.kill(number, signal.SIGKILL)
    with os.fdopen(reading) as stream:
        lines = stream.read().split()
    _, status = os.waitpid(number, 0)
    return lines, os.WIFSIGNALED(status)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    network = hamsim.compile(SPEC)
    record = hamsim.Record(what=WHAT)
    whole = hamsim.simulate(network, record=record, threads=1, **RUN)  # compiles, too
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.nc"
        began = time.perf_counter()
        killed(path, None, None)
        duration = time.perf_counter() - began
        n_writes = count_writes(path)
        lost = finished = begun = closed = 0
        for number in range(given.runs):
            by_time = number % 2 == 0
            delay = rng.uniform(0, duration) if by_time else None
            last = None if by_time else rng.randrange(n_writes)
            before = path.read_bytes()
            lines, was_killed = killed(path, delay, last)
            finished += not was_killed
            least = max([int(line) for line in lines if line != "closed"], default=None)
            if least is None and path.read_bytes() == before:
                begun += 1
                continue
            found = load_trace(path)
            closed += "closed" in lines or found.outcome == "finished"
            k = found.t.size
            right = np.array_equal(found.x, whole.x[:k]) and np.array_equal(found.t, whole.t[:k])
            right &= np.array_equal(found.energy, whole.energy[:k])
            kept = repair(path, Path(folder) / "repaired.nc").records
            with TraceReader(Path(folder) / "repaired.nc") as reader:
                right &= reader.clean
            if not right or k < (least or 0) or kept != k:
                lost += 1
                print(f"run {number}: told {least}, found {k}, repaired {kept}, right: {right}")
        left = [name for name in os.listdir(folder) if name not in ("trace.nc", "repaired.nc")]
        print(
            f"{given.runs} runs of {duration:.2f} s and {n_writes} writes: {lost} lost finished "
            f"records; {begun} were killed before they had a file, {closed} after their end had "
            f"been written, {finished} were not killed; {len(left)} file(s) left beside"
        )
    sys.exit(lost > 0)


def count_writes(path):
    """How many writes a whole run makes."""
    write, count = tracefile._pwrite, 0

    def counted(*arguments):
        nonlocal count
        count += 1
        return write(*arguments)

    tracefile._pwrite = counted
    network = hamsim.compile(SPEC)
    run = prepare(network, record=hamsim.Record(what=WHAT), threads=1, **RUN)
    simulate_into(tracefile.FileSink(path), run)
    tracefile._pwrite = write
    return count


if __name__ == "__main__":
    main()
