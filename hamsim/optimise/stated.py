"""Which problem a description states, by the rule of its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.errors import HamsimError
from hamsim.network import Connection, Network
from hamsim.optimise.problem import Problem
from hamsim.optimise.problems import CutProblem, Queens, Tour
from hamsim.spec.rules.cut import Cut
from hamsim.spec.rules.queens import Queens as QueensRule
from hamsim.spec.rules.salesman import Salesman, cities_of, distances_of
from hamsim.spec.schema import ConnectionSpec, Spec

__all__ = ["binary", "problem_of"]

RULES = (Salesman, Cut, QueensRule)


def problem_of(spec: Spec, network: Network) -> Problem:
    """The problem that a description states.

    Parameters
    ----------
    spec : Spec
    network : Network
        Compiled of it.

    Raises
    ------
    HamsimError
        It states none, or several.
    """
    found = [
        (part, connection)
        for part, connection in zip(spec.connections, network.connections, strict=True)
        if isinstance(part.weights, RULES)
    ]
    if len(found) != 1:
        raise HamsimError(
            f"the network states {len(found) or 'no'} problems; one connection has weights by "
            "salesman, cut or queens"
        )
    part, connection = found[0]
    neurons = network.neurons(connection.rows)
    if isinstance(part.weights, Cut):
        return CutProblem(neurons, _graph(part, connection, network))
    n = network.group(connection.rows[0]).shape[0]
    if isinstance(part.weights, QueensRule):
        return Queens(neurons, n, network.group(connection.rows[0]).shared > 1)
    distances = distances_of(part.weights, n, spec.files)
    return Tour(neurons, distances, cities_of(part.weights, n, spec.files))


def _graph(part: ConnectionSpec, connection: Connection, network: Network) -> csr_array:
    """Weights of the edges that there are: the rule turned their signs round."""
    if part.scale <= 0.0 or part.sign is not None:
        raise HamsimError(f"'{connection.name}': a cut has a scale above 0 and no sign")
    graph: csr_array = network.block(connection) * (-1.0 / part.scale)
    return graph


def binary(network: Network, neurons: Any) -> bool:
    """Whether neurons have two values, or a state of their own.

    Raises
    ------
    HamsimError
        Some do, and some do not.
    """
    jumps = np.concatenate([group.fact("jumps") for group in network.groups])[neurons] != 0
    if jumps.any() and not jumps.all():
        raise HamsimError("some neurons of the problem are binary and others graded: all are one")
    return bool(jumps.all())
