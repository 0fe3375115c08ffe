"""Trials that go to rest by implicit steps that grow; see `hamsim.kernels.transient`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.implicit import (
    CAP,
    END,
    ERROR,
    FIRST_STEP,
    PART,
    RESIDUAL_GUESS,
    REST,
    RESTING,
    STATUS,
    STEP,
)
from hamsim.layout.buffers import make_forces
from hamsim.network import Network, Stimulus
from hamsim.operator import operator_of
from hamsim.operator.solver import TRANSIENT, Solver

__all__ = ["Arrived", "go_to_rest", "of_trials"]

# Numbers of states beyond this, relative to where trials begin, are taken for divergence.
DIVERGED, FARTHEST = 1e12, 1e200
# Products between two looks for Ctrl-C.
AT_ONCE = 20_000_000
# Bytes of the vectors of trials that are worked on together.
TOGETHER = 2**27


class Arrived(NamedTuple):
    """Where trials have come to, each a row.

    Parameters
    ----------
    x : ndarray, shape (trials, n)
    rests : ndarray of bool, shape (trials,)
    residual, error, bent, h : ndarray, shape (trials,)
        Residual; estimate of the distance from the rest state; sum over steps of what activations
        bent; length of the next step.
    products : ndarray, shape (trials,)
    """

    x: Floats
    rests: NDArray[np.bool_]
    residual: Floats
    error: Floats
    bent: Floats
    h: Floats
    products: Ints


def go_to_rest(
    network: Network,
    x: Floats,
    balance: Floats | None,
    tolerance: Floats | float,
    bend: float,
    first_step: Floats | float = 0.0,
    tell: Callable[[], None] = lambda: None,
) -> Arrived:
    """Take steps until trials rest.

    Parameters
    ----------
    network : Network
        Of which all stimuli act.
    x : ndarray, shape (trials, n)
        States; those of clamped neurons are where they are held.
    balance : ndarray, shape (n,), or None
        D with D W H self-adjoint; see `hamsim.field.conjugate`.
    tolerance : float or ndarray, shape (trials,)
        Residual at which a trial rests.
    bend : float
        What activations may bend within a step, in units of the states.
    first_step : float or ndarray, shape (trials,)
        0 to choose it.
    tell : callable
        Called now and then; what it raises ends all.
    """
    vectors = TRANSIENT.vectors + (0 if balance is not None else 26)
    at_once = max(1, int(TOGETHER // (8 * x.shape[1] * vectors)))
    first = np.broadcast_to(np.asarray(first_step, dtype=np.float64), len(x))
    rests = np.broadcast_to(np.asarray(tolerance, dtype=np.float64), len(x))
    parts = []
    for k in range(0, len(x), at_once):
        some = slice(k, k + at_once)
        parts.append(_go(network, x[some], some, balance, rests[some], bend, first[some], tell))
    return Arrived(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _go(
    network: Network,
    x: Floats,
    some: slice,
    balance: Floats | None,
    tolerance: Floats,
    bend: float,
    first_step: Floats,
    tell: Callable[[], None],
) -> Arrived:
    trials = len(x)
    layout = operator_of(network).layout(trials)
    solver = Solver(network, layout, TRANSIENT, trials, balance)
    stimuli = tuple(of_trials(each, some) for each in network.stimuli)
    forces, _ = make_forces(network, layout, stimuli, trials)
    held = np.zeros(network.n_neurons, dtype=bool)
    for each in stimuli:
        if each.mode != "input":
            held[each.neurons] = True
    free = layout.inside((~held).astype(np.float64))[:, 0]
    solver.act(forces, free)
    inside = layout.inside(x)
    solver.keep(np.zeros(0), np.zeros((0, *inside.shape)), False, False)
    solver.begin(inside)
    numbers, places = solver.arrays.numbers, solver.arrays.places
    solver.arrays.accuracy[0] = bend
    numbers[:, REST], numbers[:, FIRST_STEP] = tolerance, first_step
    numbers[:, END] = float(network.tau.max()) or 1.0
    numbers[:, CAP] = DIVERGED * np.minimum(1.0 + np.abs(x).max(axis=1), FARTHEST)
    at_once = max(1, AT_ONCE // max(1, int(network.W.nnz) * trials))
    while solver.busy:
        solver.go(at_once)
        tell()
    return Arrived(
        layout.outside(solver.states),
        places[:, STATUS] == RESTING,
        numbers[:, RESIDUAL_GUESS].copy(),
        numbers[:, ERROR].copy(),
        numbers[:, PART].copy(),
        numbers[:, STEP].copy(),
        solver.products.copy(),
    )


def of_trials(stimulus: Stimulus, some: slice | Ints) -> Stimulus:
    """A stimulus as some trials have it."""
    if stimulus.value.ndim < 2:
        return stimulus
    return replace(stimulus, value=stimulus.value[some])
