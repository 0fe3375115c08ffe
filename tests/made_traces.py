"""Traces of runs that need not be, so that no code is compiled for them."""

import numpy as np

import hamsim
from hamsim.provenance import Provenance
from hamsim.trace.acting import acting_of
from hamsim.trace.outcome import Outcome
from hamsim.trace.stats import EnergyWatch, Stats
from hamsim.trace.trace import Header, Trace

WHAT = ("x", "g", "energy", "residual")


def made(trials, dtype="float64", records=601):
    """A trace with some hundred numbers a record, of a run that need not be."""
    spec = {
        "format": "hamsim/1",
        "name": "faults",
        "groups": {
            "a": {"neurons": ["N1", "N2", "N3"], "lagrangian": {"kind": "tanh", "beta": [1, 2, 3]}},
            "b": {"size": 30, "lagrangian": "softmax", "input": "sin(t)"},
        },
        "stimuli": [{"group": "a", "value": ["t", "step(t - 3)", 1.0], "start": 2}],
    }
    network = hamsim.compile(spec, {"groups.b.tau": 2})
    made = Provenance("0.1.0", "2026-01-01T00:00:00Z", 3, network.overrides, "rk4", 0.02, dtype, 1)
    header = Header(
        *("faults", network.groups, np.arange(33), trials, WHAT, network.tau, "text", dtype, made),
        stimuli=acting_of(network, 12.0),
    )
    rng = np.random.default_rng(1)
    arrays = {
        what: rng.normal(size=(records, *header.shape_of(what))).astype(header.dtype_of(what))
        for what in WHAT
    }
    watch = EnergyWatch(1.0, -1.0, 0, 1e-17, 1e-17, 0.5, None, None)
    stats = Stats("rk4", 0.02, 600, 2401, 12.0, 0.5, 0.25, 1, 0.1, (0.1,), watch, ("a note",))
    outcome = Outcome("finished", "finished at t = 12: residual 0.1", 12.0)
    return Trace(header, np.arange(records) * 0.02, arrays, outcome, stats)
