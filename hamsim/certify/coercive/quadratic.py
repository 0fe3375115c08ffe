"""Linear growth on both sides of synapses, which is a question of eigenvalues."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.coercive.copositive import negative_directions, start_vectors, upper_costs
from hamsim.certify.coercive.degrees import Degrees, Flags
from hamsim.certify.coercive.elimination import eliminated, is_below
from hamsim.certify.coercive.exact import (
    MOST_NEURONS,
    critical_linear,
    is_semidefinite,
    outweighed,
)
from hamsim.certify.coercive.finding import QUADRATIC, RAYS, Below, Finding, groups_of, labels_of
from hamsim.certify.coercive.synapses import Synapses
from hamsim.certify.gains import rescaled
from hamsim.certify.rays import growing, watch
from hamsim.certify.scaled import ScaledNetwork
from hamsim.spectrum import Answer
from hamsim.spectrum.row_blocks import row_blocks, rows_of

__all__ = ["linear_part"]

FLAT = "exact elimination of C - W, whose kernel holds the direction of the activations"
LASSO = "exact elimination; sum theta |g| grows where 1/2 g.A g does not (Rozell et al. 2008)"


def linear_part(
    scaled: ScaledNetwork, degrees: Degrees, synapses: Synapses, below: Below
) -> Finding:
    """Decide whether C - W is positive definite, or refute that along a direction."""
    rows = np.zeros(scaled.network.n_neurons, dtype=bool)
    if synapses.full.any():
        rows |= np.diff(_counts(scaled.W, synapses.full)) > 0
    i, j, sizes = synapses.pairs or (np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    rows[i] = rows[j] = True
    count = int(np.count_nonzero(rows))
    if synapses.kept.all() and degrees.linear.all():
        rows[:] = True  # so that the places of entries are those of W
        synapses.full = synapses.kept
    neurons = np.flatnonzero(rows)
    if not (synapses.kept.any() or sizes.size):
        return Finding(
            "proved",
            "synapses among neurons whose activations are unbounded are cheaper than their leak, "
            "or only inhibit neurons that are bounded on the other side",
        )
    c = degrees.c if neurons.size == rows.size else degrees.c[neurons]
    kept = _scaled_part(scaled.W, synapses.kept, neurons, c)
    gates = _gate_norm(neurons, c, i, j, sizes)
    answers = [is_below(kept, gates, below)]
    full = kept
    if answers[0].status != "proved" and not np.array_equal(synapses.kept, synapses.full):
        full = _scaled_part(scaled.W, synapses.full, neurons, c)
        answers.append(is_below(full, gates, below))
    if answers[-1].status != "proved" and not sizes.size:
        answers += eliminated(degrees, neurons, full, below)
    for answer in answers:
        if answer.status == "proved":
            return _below(answer, gates, count)
    found = _not_below(scaled, degrees, neurons, full, answers, gates)
    if found.status == "undecided" and not sizes.size and neurons.size == rows.size:
        return _at_the_threshold(scaled) or found
    return found


def _below(answer: Answer, gates: float, count: int) -> Finding:
    return Finding(
        "proved",
        f"with slopes far out as units, the largest eigenvalue of the synapses among {count} "
        f"neurons of linear growth is at most {answer.bound + gates:.4g}, below 1",
        QUADRATIC,
        {
            "largest_eigenvalue": answer.bound,
            "gates": gates,
            "method": answer.method,
            "probability": answer.probability,
        },
    )


def _at_the_threshold(scaled: ScaledNetwork) -> Finding | None:
    """Decide where C - W is singular, as far as that can be told."""
    # The slopes of soft thresholds are 1 far out; inhibition of itself adds to the cost anyway.
    W = scaled.W
    n = W.shape[0]
    if n <= MOST_NEURONS and outweighed(scaled) and is_semidefinite(np.ones(n), W.toarray()):
        reason = "C - W is positive semidefinite, and thresholds outweigh the input where it is 0"
        return Finding("proved", reason, LASSO)
    critical = critical_linear(scaled)
    if critical is None:
        return None
    along = {"direction": critical.direction}
    if critical.rests:
        reason = "feedback just cancels the leak along a direction, in which E is flat"
        return Finding("proved", reason, FLAT, along, confined="refuted")
    reason = "feedback just cancels the leak along a direction, in which the input drives"
    return Finding("refuted", reason, FLAT, along)


def _counts(W: csr_array, marked: Flags) -> Ints:
    """How many marked entries of W come before each row, and in all."""
    counts = np.zeros(W.indptr.size, dtype=W.indptr.dtype)
    for first, last in row_blocks(W.indptr):
        places = np.flatnonzero(marked[W.indptr[first] : W.indptr[last]])
        ends = W.indptr[first + 1 : last + 1] - W.indptr[first]
        counts[first + 1 : last + 1] = counts[first] + np.searchsorted(places, ends)
    return counts


def _scaled_part(W: csr_array, marked: Flags, neurons: Ints, c: Floats) -> csr_array:
    """C^-1/2 W C^-1/2 of the marked entries, on the given neurons alone."""
    root = 1.0 / np.sqrt(c)
    if neurons.size == W.shape[0] and marked.all():
        return rescaled(W, root, root)
    counts = _counts(W, marked)
    place = np.zeros(W.shape[0], dtype=W.indices.dtype)
    place[neurons] = np.arange(neurons.size)
    data, indices = np.empty(counts[-1]), np.empty(counts[-1], dtype=W.indices.dtype)
    for first, last in row_blocks(W.indptr):
        part = slice(W.indptr[first], W.indptr[last])
        to = slice(counts[first], counts[last])
        some = marked[part]
        indices[to] = place[W.indices[part][some]]
        rows = place[rows_of(W.indptr, first, last)[some]]
        # The product of both roots first: so it stays symmetric to the last bit.
        data[to] = W.data[part][some] * (root[rows] * root[indices[to]])
    indptr = np.append(counts[neurons], counts[-1])
    return csr_array((data, indices, indptr), shape=(neurons.size, neurons.size))


def _gate_norm(neurons: Ints, c: Floats, i: Ints, j: Ints, sizes: Floats) -> float:
    """Bound of the largest eigenvalue that gates can add, in the units of `_scaled_part`."""
    a, b = np.searchsorted(neurons, i), np.searchsorted(neurons, j)
    relative = sizes / np.sqrt(c[a] * c[b])
    row_sums = np.zeros(neurons.size)
    np.add.at(row_sums, a, relative)
    np.add.at(row_sums, b, relative)
    return float(row_sums.max()) * (1.0 + 1e-12) if sizes.size else 0.0


def _not_below(
    scaled: ScaledNetwork,
    degrees: Degrees,
    neurons: Ints,
    X: csr_array,
    answers: Sequence[Any],
    gates: float,
) -> Finding:
    """Refute with a direction whose energy was watched, or leave it open."""
    c = degrees.c[neurons]
    lower, upper = upper_costs(scaled, degrees, neurons)
    found = negative_directions(X, lower / c, upper / c, start_vectors(X, answers, neurons.size))
    groups = groups_of(scaled, neurons)
    for y, ratio in islice(found, RAYS):
        g = y / np.sqrt(c)
        g /= np.max(np.abs(g))
        some = np.flatnonzero(g)
        seen = watch(scaled, growing(scaled, neurons[some], g[some], np.ones(some.size)))
        if seen is None:
            continue
        direction = np.zeros(scaled.network.n_neurons)
        direction[neurons] = g
        return Finding(
            "refuted",
            f"along a direction of the activations of {groups} the synapses gain "
            f"{ratio:.4g} times what the leak costs; E falls to {seen['energy'][-1]:.4g}",
            QUADRATIC,
            {**seen, "direction": direction, "ratio": ratio},
            {"neurons": labels_of(scaled, neurons[some][:10])},
            f"weaken the synapses among {groups} by more than a factor {ratio:.4g}",
        )
    return Finding(
        "undecided",
        f"with slopes far out as units, the largest eigenvalue of the synapses among {groups} "
        f"{_size_known(answers, gates)}, nor was a direction found along which E falls",
        QUADRATIC,
        {"largest_eigenvalue": [answer.ritz for answer in answers], "gates": gates},
        repair=f"weaken the synapses among {groups} until that eigenvalue is below 1",
    )


def _size_known(answers: Sequence[Any], gates: float) -> str:
    """What is known of the least of several eigenvalues, as part of a sentence."""
    seen = [float(answer.ritz) + gates for answer in answers if answer.ritz is not None]
    if seen and abs(min(seen) - 1.0) < 1e-6:
        return "is 1 up to rounding, so that feedback may just cancel the leak"
    bounds = [float(answer.bound) + gates for answer in answers if answer.bound is not None]
    known = f" (it is at most {min(bounds):.4g})" if bounds and min(bounds) < np.inf else ""
    return f"could not be shown to be below 1{known}"
