"""States in which neurons with tau = 0 that depend on each other follow the others."""

from __future__ import annotations

from weakref import WeakSet

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import SimulationError
from hamsim.field.conjugate import inner_product
from hamsim.field.following import require_one_state
from hamsim.field.instants import explicit_instants
from hamsim.kernels.implicit import ENDED, STATUS
from hamsim.layout.buffers import make_forces
from hamsim.network import Network
from hamsim.operator import operator_of
from hamsim.operator.solver import FOLLOWING, Solver

__all__ = ["settled"]

# Networks of which it is known that their neurons with tau = 0 do not depend on each other, or
# have one state if they do.
_EXPLICIT: WeakSet[Network] = WeakSet()
_KNOWN: WeakSet[Network] = WeakSet()


def settled(network: Network, rows: Floats) -> Floats:
    """Rows of states as they are, or with coupled neurons of tau = 0 where they follow the others.

    Those that do not depend on each other stay: a formula gives them, with whatever is evaluated.

    Parameters
    ----------
    network : Network
    rows : ndarray, shape (trials, n)

    Raises
    ------
    SimulationError
        They are not known to have one state, or none was found.
    """
    if network not in _EXPLICIT and network not in _KNOWN:
        if explicit_instants(network):
            _EXPLICIT.add(network)
        else:
            require_one_state(network)
            _KNOWN.add(network)
    if network in _EXPLICIT:
        return rows
    layout, trials = operator_of(network).layout(rows.shape[0]), rows.shape[0]
    balance = inner_product(network, np.zeros(network.n_neurons, dtype=bool))
    solver = Solver(network, layout, FOLLOWING, trials, balance)
    x = layout.inside(rows)
    instant = layout.inside(network.tau == 0)[:, 0]
    solver.act(make_forces(network, layout, (), trials)[0], instant)
    solver.keep(np.zeros(0), np.zeros((0, *x.shape)), False, False)
    solver.begin(x)
    solver.go(2**62)
    if np.any(solver.arrays.places[:, STATUS] != ENDED):
        raise SimulationError("no state of the neurons with tau = 0 was found that follows x")
    return layout.outside(solver.states)
