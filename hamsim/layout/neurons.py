"""Groups cut into pieces of neurons, each with the functions of its Lagrangian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.kernels.plan import Plan
from hamsim.kernels.registers import LANES
from hamsim.lagrangians.functions import WHAT, chunk_functions
from hamsim.network import Group

__all__ = ["call_addresses", "cut_neurons", "write_parameters"]

# Neurons in one piece of a group, of one trial and of many: large enough that starting a piece
# costs nothing, small enough to share out evenly.
CHUNK_NEURONS, CHUNK_OF_TRIALS = 2048, 256


def call_addresses(groups: Sequence[Group], what: str) -> Ints:
    """Address of one of `WHAT` for each group, compiled here if this is its first use."""
    found = [chunk_functions(group.family).address(what) for group in groups]
    return np.array(found, dtype=np.int64)


def cut_neurons(
    groups: Sequence[Group], order: Ints | None, wanted: Sequence[str], trials: int = 1
) -> tuple[dict[str, Any], Ints, int]:
    """Cut groups into pieces.

    Parameters
    ----------
    groups : sequence of Group
        One after another, from neuron 0 on.
    order : ndarray of int, shape (n,), or None
    wanted : sequence of str
        Some of `WHAT`; the others are not to be called.
    trials : int

    Returns
    -------
    fields : dict
        Those of `Plan` about neurons.
    owner : ndarray of int, shape (chunks,)
        Which group each piece belongs to.
    scratch_rows : int
        Rows of scratch that the functions need.
    """
    most = max(len(group.family.parameters) for group in groups)
    most_neurons = CHUNK_NEURONS if trials < LANES else CHUNK_OF_TRIALS
    parameters = np.zeros((max(1, most), groups[-1].stop))
    start: list[int] = []
    stop: list[int] = []
    owner: list[int] = []
    rows = 1
    for number, group in enumerate(groups):
        for p, parameter in enumerate(group.family.parameters):
            parameters[p, group.slice] = group.parameters[parameter.name]
        rows = max(rows, chunk_functions(group.family).scratch_rows)
        step = max(1, most_neurons // group.shared) * group.shared
        cuts = list(range(group.start, group.stop, step))
        start += cuts
        stop += [*cuts[1:], group.stop]
        owner += [number] * len(cuts)
    if order is not None:
        parameters = parameters[:, order]
    nothing = np.zeros(len(groups), dtype=np.int64)
    calls = [call_addresses(groups, what) if what in wanted else nothing for what in WHAT]
    uniform = [all(np.ptp(v) == 0.0 for v in group.parameters.values()) for group in groups]
    fields = {
        "parameters": np.ascontiguousarray(parameters),
        "chunk_calls": np.array([addresses[owner] for addresses in calls]),
        "chunk_start": np.array(start, dtype=np.int64),
        "chunk_stop": np.array(stop, dtype=np.int64),
        "chunk_shared": np.array([group.shared for group in groups], np.int64)[owner],
        "chunk_uniform": np.array(uniform, dtype=np.int64)[owner],
        "scale": np.zeros(0),
    }
    return fields, np.array(owner, dtype=np.int64), rows


def write_parameters(plan: Plan, groups: Sequence[Group], order: Ints) -> None:
    """Write other parameters of the same groups into a plan, which nobody else may use.

    Parameters
    ----------
    plan : Plan
    groups : sequence of Group
    order : ndarray of int, shape (n,)
        Neuron `order[k]` of the groups is the kernels' neuron k.
    """
    values = np.zeros(plan.parameters.shape)
    for group in groups:
        for p, parameter in enumerate(group.family.parameters):
            values[p, group.slice] = group.parameters[parameter.name]
    values = values[:, order]
    if np.array_equal(values, plan.parameters):
        return
    plan.parameters[:] = values
    for c, (start, stop) in enumerate(zip(plan.chunk_start, plan.chunk_stop, strict=True)):
        plan.chunk_uniform[c] = bool((values[:, start:stop] == values[:, start : start + 1]).all())
