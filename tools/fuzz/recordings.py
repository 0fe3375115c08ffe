"""Traces: altered ones are read as they were or not at all, and made-up ones do no harm."""

import functools
import gzip
import tempfile
from pathlib import Path

import numpy as np

from fuzz import arguments, bases, doors, traces
from fuzz.case import Case, Door, WrongResultError

NAME = "mutant.nc"
# The format before this one has no checksums: it is only to do no harm.
OLD = bases.ROOT / "tests/trace/traces/format_1.nc.gz"
RUNS = (
    {"steps": 5, "dt": 0.1},
    {"steps": 300, "dt": 0.01},
    {"steps": 0, "dt": 0.1},
    {"steps": 40, "dt": 0.1, "dtype": "float32"},
)


@functools.cache
def whole(number):
    """Bytes of a trace, and what it must give when it is read."""
    import hamsim

    trace = hamsim.simulate(arguments.network(), **RUNS[number])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.nc"
        trace.save(path)
        return path.read_bytes(), numbers(hamsim.load_trace(path))


@functools.cache
def old():
    return gzip.decompress(OLD.read_bytes())


def numbers(trace):
    """All that a trace holds, for comparison."""
    held = {"t": trace.t, **{what: getattr(trace, what) for what in trace.header.what}}
    header = trace.header
    groups = [(g.name, g.start, g.stop, g.shape, tuple(g.neuron_names)) for g in header.groups]
    facts = {
        "groups": groups,
        "columns": header.columns.tolist(),
        "tau": header.tau.tolist(),
        "outcome": str(trace.outcome),
        "stats": str(trace.stats),
        "name": header.name,
    }
    return held, facts


def same(found, expected):
    """Whether two traces hold the same, bit for bit."""
    held, facts = found
    wanted, wanted_facts = expected
    if held.keys() != wanted.keys() or facts != wanted_facts:
        return False
    return all(np.array_equal(held[k], wanted[k], equal_nan=True) for k in wanted)


def make(rng):
    number = rng.randrange(len(RUNS))
    content, expected = whole(number)
    if rng.random() < 0.3:
        return _case(rng, "crafted", traces.crafted(rng, content, old()), _read)

    def call(folder):
        import hamsim

        trace = hamsim.load_trace(folder / NAME)
        if not same(numbers(trace), expected):
            raise WrongResultError("an altered trace is read, and gives other numbers")

    return _case(rng, f"run {number} altered", traces.altered(rng, content), call)


def _read(folder):
    """Read what says that it is a trace, and look at all of it."""
    import hamsim

    trace = hamsim.load_trace(folder / NAME)
    numbers(trace)
    repr(trace)
    for group in trace.header.recorded_groups:
        if "x" in trace.header.what:
            trace.of(group.name)


def _case(rng, label, content, call):
    found = [Door("load_trace", call)]
    draw = rng.random()
    if draw < 0.1:
        found.append(Door("repair", _repair))
    elif draw < 0.11:
        found.append(Door("plot", lambda folder: doors.command(["plot", NAME, "-o", "out.png"])))
    return Case("recordings", label, found, {NAME: content})


def _repair(folder):
    (folder / "repaired.nc").unlink(missing_ok=True)
    doors.command(["repair", NAME, "-o", "repaired.nc", "--json"])
