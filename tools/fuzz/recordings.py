"""Traces: those that were saved whole, then flipped, cut and smashed; equal or refused."""

import functools
import json
import tempfile
from pathlib import Path

import numpy as np

from fuzz import arguments, doors, spoil, trees
from fuzz.case import Case, Door, WrongResultError

NAME = "mutant.nc"
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


def numbers(trace):
    """All that a trace holds, for comparison."""
    held = {"t": trace.t, **{what: getattr(trace, what) for what in trace.header.what}}
    groups = [
        (g.name, g.start, g.stop, g.shape, tuple(g.neuron_names)) for g in trace.header.groups
    ]
    facts = {
        "groups": groups,
        "columns": trace.header.columns.tolist(),
        "tau": trace.header.tau.tolist(),
        "outcome": str(trace.outcome),
        "name": trace.header.name,
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
    if rng.random() < 0.12:
        return _of_facts(rng, content)
    how = rng.choice((spoil.flipped, spoil.flipped, spoil.smashed, spoil.cut, spoil.doubled))
    changed = how(rng, content)

    def call(folder):
        import hamsim

        trace = hamsim.load_trace(folder / NAME)
        if not same(numbers(trace), expected):
            raise WrongResultError("an altered trace is read, and gives other numbers")

    return _case(rng, f"run {number} {how.__name__}", changed, call)


def _case(rng, label, content, call):
    found = [Door("load_trace", call)]
    draw = rng.random()
    if draw < 0.06:
        found.append(Door("repair", lambda folder: _repair(folder)))
    elif draw < 0.08:
        found.append(Door("plot", lambda folder: doors.command(["plot", NAME, "-o", "out.png"])))
    return Case("recordings", label, found, {NAME: content})


def _repair(folder):
    (folder / "repaired.nc").unlink(missing_ok=True)
    doors.command(["repair", NAME, "-o", "repaired.nc", "--json"])


def _of_facts(rng, content):
    """A trace whose facts say something else, written by the library of the format itself."""
    import io

    import h5py

    stream = io.BytesIO(content)
    with h5py.File(stream, "r+") as file:
        name = rng.choice([key for key in file.attrs if not key.startswith("_")])
        value = file.attrs[name]
        try:
            tree = json.loads(value)
        except (TypeError, ValueError):
            tree = None
        if isinstance(tree, dict | list):
            changed = trees.changed(rng, {"facts": tree}, _plain)
            file.attrs[name] = json.dumps(changed.get("facts"), default=str)
        else:
            file.attrs[name] = rng.choice(("", "x", 3, 1.5, [1, 2], b"\xff", "hamsim-trace/2"))

    def call(folder):
        import hamsim

        str(hamsim.load_trace(folder / NAME))

    return _case(rng, f"facts of {name}", stream.getvalue(), call)


def _plain(rng):
    from fuzz import graphs

    return graphs._plain(rng)
