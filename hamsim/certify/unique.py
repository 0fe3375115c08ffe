"""Whether a network has exactly one rest state, stable or not.

Rest states are the zeros of F(x) = x - W g(x) - I. Besides contraction, what shows that there is
one zero and no other:

Vertices. Where each neuron has a Lagrangian of its own, g_i(x) - g_i(y) = d_i (x_i - y_i) with d_i
    between the least and the largest slope, so that F(x) - F(y) = (1 - W D)(x - y). The determinant
    of 1 - W D is affine in each d_i: it is above 0 for all D if it is at the vertices. The matrices
    then have bounded inverses, and F is one to one and onto (a proper local homeomorphism; compare
    Gale and Nikaido 1965, Math. Ann. 159:81, for P-matrices).
Degree. If all zeros of x - s (W g + I), 0 <= s <= 1, lie in a bounded set, the signs of det F' add
    up to 1 over the zeros of F where none is 0 (homotopy invariance of Brouwer's degree): with all
    of them above 0 there is one.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.coercive.exact import critical_linear
from hamsim.certify.contraction import Contraction
from hamsim.certify.enclosure import all_rest_states, can_enclose, minors, outer_box
from hamsim.certify.inverse import sure_inverse
from hamsim.certify.many import minima_of_many
from hamsim.certify.newton import MOST_SOLVED, distinct_rest_states, starts
from hamsim.certify.pieces import rest_states_by_pieces
from hamsim.certify.rest import Rest
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition, Status
from hamsim.deadline import look
from hamsim.field.dense import DenseField
from hamsim.field.energy import energies

__all__ = ["NAME", "unique"]

NAME = "unique equilibrium"
TWO = "rest states shown to exist by Brouwer's theorem on a box around each"
MINIMA = (
    "around each state is a ball that solutions do not leave and in which they contract in the "
    "metric of the energy, with all tau = 1"
)
VERTICES = "x - W g(x) - I is one to one and onto: det(1 - W D) > 0 for all slopes D"
DEGREE = "the signs of det(1 - W H) over all rest states add up to 1 (Brouwer's degree)"

PIECEWISE = "on each piece rest states solve a linear system that is regular"
EXACT = "exact elimination of 1 / gain - W"
REGULAR = "a matrix J is regular if |1 - A J| < 1 for some A"

# Largest networks of which all vertices are looked at.
MOST_VERTICES = 14
# Part of Hadamard's bound that a determinant must be above: with pivots that grow by at most
# 2^13, elimination of 14 rows of norm 1 changes it by less.
CLEAR = 1e-8


def unique(scaled: ScaledNetwork, contraction: Contraction) -> Condition:
    """Decide whether there is exactly one rest state.

    Parameters
    ----------
    scaled : ScaledNetwork
    contraction : Contraction
        What is known of the same network.

    Returns
    -------
    Condition
        Refuted for the network's own input; proved for every input, but for those by degree.
    """
    if contraction.proved:
        return _proved(contraction.message, contraction.theorem, dict(contraction.evidence))
    found = _by_vertices(scaled)
    if found is not None:
        return found
    if scaled.any_input:
        return _open(contraction)
    critical = critical_linear(scaled)
    if critical is not None:
        many = "rest states fill a line or more" if critical.rests else "there is no rest state"
        message = f"{many}: feedback just cancels the leak along a direction"
        evidence = {"direction": critical.direction}
        return Condition(NAME, "refuted", message, evidence=evidence, theorem=EXACT)
    pieces = rest_states_by_pieces(scaled)
    if pieces is not None:
        return _counted(scaled, pieces)
    refuted = _refuted(scaled)
    if refuted is not None:
        return refuted
    return _by_degree(scaled) or _open(contraction)


def _open(contraction: Contraction) -> Condition:
    return Condition(
        NAME,
        "undecided",
        f"whether there is exactly one rest state is neither shown nor refuted: "
        f"{contraction.message}",
        repair="weaker excitatory synapses",
    )


def _proved(message: str, theorem: str, evidence: dict[str, Any]) -> Condition:
    sentence = f"for every input there is exactly one rest state: {message}"
    return Condition(NAME, "proved", sentence, evidence=evidence, theorem=theorem)


def _by_vertices(scaled: ScaledNetwork) -> Condition | None:
    """det(1 - W D) at all vertices of the box of slopes."""
    network = scaled.network
    if network.triples is not None or not (scaled.additive.all() and scaled.everywhere.all()):
        return None
    least, most = scaled.own_slopes
    if not (np.all(np.isfinite(least)) and np.all(np.isfinite(most))):
        return None
    free = np.flatnonzero(least != most)
    n = network.n_neurons
    if free.size == 0 and n <= MOST_SOLVED:
        return _linear(DenseField(network), most)
    if n > MOST_VERTICES:
        return None
    look(2e-9 * 2.0**free.size * n**3)
    field, one = DenseField(network), np.eye(n)
    smallest = np.inf
    for ends in _batches(free.size, max(1, 4_000_000 // n**2)):
        D = np.repeat(most[None], len(ends), axis=0)
        D[:, free] = np.where(ends, most[free], least[free])
        A = -field.jacobians_of(D)
        with np.errstate(all="ignore"):
            # Each row of at most norm 1, so that Hadamard's bound is 1 and nothing overflows; in
            # units in which W D has its rounding, which may be all of 1 - W D.
            rows = np.linalg.norm(one + np.abs(field.W * D[:, None, :]), axis=2)
            part = np.linalg.det(A / rows[:, :, None])
        smallest = min(smallest, float(part.min())) if np.all(np.isfinite(part)) else -np.inf
        if smallest <= CLEAR:
            return None
    message = f"det(1 - W D) is above 0 for all slopes D, at {2**free.size:,} vertices"
    return _proved(message, VERTICES, {"vertices": 2**free.size, "least_part": smallest})


def _counted(scaled: ScaledNetwork, found: list[Rest]) -> Condition:
    """All rest states are known."""
    if len(found) >= 2:
        return _two(found[:2])
    number = "no rest state" if not found else "exactly one rest state"
    message = f"there is {number}: activations are linear on pieces, and all were looked at"
    status: Status = "proved" if found else "refuted"
    evidence: dict[str, Any] = {"states": [rest.x for rest in found]} if found else {"number": 0}
    return Condition(NAME, status, message, evidence=evidence, theorem=PIECEWISE)


def _linear(field: DenseField, slopes: Floats) -> Condition | None:
    """1 - W D is regular: an approximate inverse A has |1 - A (1 - W D)| < 1."""
    J = -field.jacobians_of(slopes[None])[0]
    sizes = np.eye(slopes.size) + np.abs(field.W * slopes)  # W is rounded, and so is the difference
    found = sure_inverse(J, sizes)
    if found is None:
        return None
    evidence = {"distance": found[1]}
    return _proved("the network is linear, and 1 - W H is regular", REGULAR, evidence)


def _batches(count: int, size: int) -> Any:
    """All vertices of a cube, as rows of flags, some at a time."""
    rows: list[tuple[bool, ...]] = []
    for row in product((False, True), repeat=count):
        rows.append(row)
        if len(rows) == size:
            yield np.array(rows, dtype=bool).reshape(len(rows), count)
            rows = []
    if rows:
        yield np.array(rows, dtype=bool).reshape(len(rows), count)


def _by_degree(scaled: ScaledNetwork) -> Condition | None:
    """All rest states of few neurons enclosed, with det(1 - W H) > 0 at each."""
    if not can_enclose(scaled):
        return None
    field = DenseField(scaled.network)
    with np.errstate(all="ignore"):
        box = outer_box(scaled, field)
        if box is None:
            return None
        n = scaled.network.n_neurons
        box = np.stack([np.minimum(box[0], 0.0), np.maximum(box[1], 0.0)])
        one = all_rest_states(scaled, field, box, lambda J: minors(J, n)[0].positive)
    if not one:
        return None
    message = "all rest states were enclosed, and det(1 - W H) is above 0 at each of them"
    return Condition(NAME, "proved", f"there is exactly one rest state: {message}", theorem=DEGREE)


# --- witnesses ------------------------------------------------------------------------------


def _refuted(scaled: ScaledNetwork) -> Condition | None:
    network = scaled.network
    if network.triples is not None or not scaled.convex.all():
        return None
    if network.n_neurons <= MOST_SOLVED:
        found = distinct_rest_states(scaled, starts(network, 12))
        if len(found) >= 2:
            return _two(found)
    found = minima_of_many(scaled)
    return _two_minima(scaled, found) if len(found) >= 2 else None


def _two(found: list[Rest]) -> Condition:
    distance, evidence = _told(found)
    message = f"there are several rest states; two are {distance:.4g} apart"
    evidence["jacobian_condition"] = [rest.condition for rest in found]
    return Condition(NAME, "refuted", message, evidence=evidence, theorem=TWO)


def _two_minima(scaled: ScaledNetwork, found: list[Rest]) -> Condition:
    distance, evidence = _told(found)
    message = f"the energy has several strict minima; two are {distance:.4g} apart"
    states = np.array([rest.x for rest in found])
    evidence["energies"] = energies(scaled.field, states).tolist()
    return Condition(NAME, "refuted", message, evidence=evidence, theorem=MINIMA)


def _told(found: list[Rest]) -> tuple[float, dict[str, Any]]:
    """How far two rest states are from each other, and what is to be told of them."""
    distance = float(np.max(np.abs(found[0].x - found[1].x)))
    return distance, {
        "states": [rest.x for rest in found],
        "residuals": [rest.residual for rest in found],
        "error_bounds": [rest.radius for rest in found],
        "distance": distance,
    }
