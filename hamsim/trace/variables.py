"""What other programs find in the file of a trace: variables with their axes, and attributes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from hamsim.trace.format import FORMAT, Layout
from hamsim.trace.hdf5 import Variable
from hamsim.trace.head import UNITS, encode_ending, encode_groups
from hamsim.trace.outcome import Outcome
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, group_names, neuron_labels

__all__ = ["notes_of", "variables_of"]


def variables_of(layout: Layout, length: int, blocks: Sequence[int]) -> dict[str, Variable]:
    """Everything that other programs find in the file.

    Parameters
    ----------
    layout : Layout
    length : int
        Number of records.
    blocks : sequence of int
        Where the blocks begin.
    """
    header = layout.header
    columns = header.columns
    n = columns.size
    found = {
        "time": Variable("f8", (length,), ("time",), layout.chunks("time", blocks)),
        "neuron": Variable("i8", (n,), ("neuron",), columns),
        "group": Variable("text", (n,), ("neuron",), group_names(header).tolist()),
        "tau": Variable("f8", (n,), ("neuron",), header.tau[columns]),
    }
    by_neuron = "group tau"
    if labels := neuron_labels(header):
        found["label"] = Variable("text", (n,), ("neuron",), labels)
        by_neuron += " label"
    axes: tuple[str, ...] = ("time",)
    if header.trials is not None:
        trials = np.arange(header.trials)
        found["trial"] = Variable("i8", trials.shape, ("trial",), trials)
        axes = ("time", "trial")
    for what in header.what:
        notes = {"long_name": UNITS[what]}
        mine = axes
        if what in ("x", "g"):
            mine = (*axes, "neuron")
            notes["coordinates"] = by_neuron
        shape = (length, *layout.shapes[what])
        kind = layout.kind_of(what)[1:]
        found[what] = Variable(kind, shape, mine, layout.chunks(what, blocks), notes)
    return found


def notes_of(header: Header, outcome: Outcome, stats: Stats) -> dict[str, str]:
    """Attributes of the file, for other programs: hamsim reads its own."""
    groups = encode_groups(header.groups, lambda values: values.tolist())
    ending = encode_ending(outcome, stats)
    return {
        "format": FORMAT,
        "network": header.name,
        "groups": json.dumps(groups),
        "source": header.source,
        "outcome": json.dumps(ending["outcome"]),
        "stats": json.dumps(ending["stats"]),
        **{name: str(value) for name, value in header.made.notes().items()},
    }
