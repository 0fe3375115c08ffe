"""Conjugate gradients for (1 - C P H) y = b, of many trials together; arrays as in `relaxing`.

C is W, with what gated synapses add; P is 0 where neurons are held. C P H is self-adjoint in the
inner product v.D P H w where D C is symmetric. The first side's neurons have no synapses among
them, so that y there follows from y on the second side, and the iteration is that of the Schur
complement: it needs half the products where there are two halves, and its curvature is that of the
whole, along (C H p, p).

A direction has negative curvature if that is below what rounding can have made of it.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk, call_whole_chunk
from hamsim.kernels.addresses import plan_at
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.plan import HESSIAN
from hamsim.kernels.relaxing import GOING, STATE, G, U, X, receive

__all__ = [
    "ITERATIONS",
    "RIGHT",
    "SENT",
    "SOLUTION",
    "SOLVED",
    "UNSTABLE",
    "WITNESS",
    "activate_both",
    "conjugate",
    "send_back",
]

# Vectors, after X, G and U: what is left of b; H times it; the direction, and H times it; sums of
# what was sent, and the solution; a direction of negative curvature.
RIGHT, LEFT_H, SEARCH, SEARCH_H, SENT, SOLUTION, WITNESS = range(3, 10)
# Numbers: square of what is left, the first one, and the one before; curvature, and what rounding
# may be of it; two sums of squares; coefficients.
SIZE, FIRST_SIZE, BEFORE, CURVATURE, NOISE, WHOLE, HALF, ALONG, RETURN = range(9)
# What has become of a trial, besides GOING.
SOLVED, UNSTABLE, FAILED = 1, 2, 3
ITERATIONS = 1  # place of their number
EPS = 2.0**-52


@internal
def _add_gates(plan, first, last, g, sent, out):
    """Add what gated synapses make of changes of activations."""
    for i in range(first, last):
        for k in range(plan.gate_indptr[i], plan.gate_indptr[i + np.uint64(1)]):
            one, other, weight = plan.gate_first[k], plan.gate_second[k], plan.gate_weights[k]
            for t in range(g.shape[1]):
                both = g[one, t] * sent[other, t] + sent[one, t] * g[other, t]
                out[i, t] += weight * both


@internal
def _couple(plan, r, side, sent, out):
    """Write C of what is sent, for the rows of a side."""
    receive(plan, r.sides[side], r.sides[side + 1], sent, out)
    if plan.gate_indptr.size > 0:
        first = np.uint64(plan.block_start[r.sides[side]])
        last = np.uint64(plan.block_start[r.sides[side + 1]])
        _add_gates(plan, first, last, r.vectors[G], sent, out)


@internal
def _slopes(plan, r, side, v, out):
    """Write P H v of a side."""
    x, g = r.vectors[X], r.vectors[G]
    for c in range(r.sides[3 + side], r.sides[4 + side]):
        if not call_whole_chunk(HESSIAN, plan, c, x, g, v, out, r.scratch):
            out[plan.chunk_start[c] : plan.chunk_stop[c]] = math.nan
        for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
            if r.free[i] == 0.0:
                out[i, :] = 0.0


@internal
def _product(r, first, last, one, other, out):
    """Write the inner product with a vector that has H in it already."""
    out[:] = 0.0
    for i in range(first, last):
        balance = r.balance[i]
        for t in range(out.size):
            out[t] += balance * one[i, t] * other[i, t]


@internal
def _begin(plan, r, first, middle, last, given):
    """Eliminate the first side; start from y = 0 on the second."""
    left, sent, solution, u = r.vectors[RIGHT], r.vectors[SENT], r.vectors[SOLUTION], r.vectors[U]
    m = left.shape[1]
    if given:
        _slopes(plan, r, 0, left, sent)
        for i in range(middle, last):
            for t in range(m):
                sent[i, t] = 0.0
        _couple(plan, r, 1, sent, u)
        for i in range(middle, last):
            for t in range(m):
                left[i, t] += u[i, t]
    for i in range(first, last):
        for t in range(m):
            solution[i, t] = left[i, t]
            if not given or i >= middle:
                sent[i, t] = 0.0
    _slopes(plan, r, 1, left, r.vectors[LEFT_H])
    _product(r, middle, last, left, r.vectors[LEFT_H], r.numbers[SIZE])


@internal
def _search(plan, r, first, middle, last):
    """Write the next direction, H times it, and its image on the second side."""
    left, left_h = r.vectors[RIGHT], r.vectors[LEFT_H]
    search, search_h = r.vectors[SEARCH], r.vectors[SEARCH_H]
    back = r.numbers[RETURN]
    for i in range(middle, last):
        for t in range(left.shape[1]):
            search[i, t] = left[i, t] + back[t] * search[i, t]
            search_h[i, t] = left_h[i, t] + back[t] * search_h[i, t]
    _couple(plan, r, 0, search_h, search)
    _slopes(plan, r, 0, search, search_h)
    _couple(plan, r, 1, search_h, r.vectors[U])


@internal
def _curve(r, first, middle, last, digits):
    """Write the curvature along a direction, and what rounding may have made of it."""
    search, search_h, image = r.vectors[SEARCH], r.vectors[SEARCH_H], r.vectors[U]
    curvature, noise = r.numbers[CURVATURE], r.numbers[NOISE]
    whole, half = r.numbers[WHOLE], r.numbers[HALF]
    curvature[:], noise[:], half[:] = 0.0, 0.0, 0.0
    m = image.shape[1]
    for i in range(middle, last):
        balance = r.balance[i]
        for t in range(m):
            sent = balance * search_h[i, t]
            curvature[t] += sent * (search[i, t] - image[i, t])
            half[t] += search_h[i, t] * search_h[i, t]
        for t in range(m):
            sent = abs(balance * search_h[i, t])
            noise[t] += sent * (abs(search[i, t]) + abs(image[i, t]))
    whole[:] = half
    for i in range(first, middle):
        for t in range(m):
            whole[t] += search_h[i, t] * search_h[i, t]
    for t in range(m):
        whole[t], half[t] = math.sqrt(whole[t]), math.sqrt(half[t])
    for i in range(first, last):
        balance, reach = r.balance[i], r.reach[i]
        for t in range(m):
            far = half[t] if i < middle else whole[t]
            noise[t] += abs(balance * search_h[i, t]) * reach * far
    for t in range(m):
        noise[t] *= EPS * digits


@internal
def _choose(r, t):
    """Decide how far a trial goes along its direction."""
    numbers, places = r.numbers, r.places
    numbers[ALONG, t] = 0.0
    if places[STATE, t] != GOING:
        return
    places[ITERATIONS, t] += 1
    curvature, noise = numbers[CURVATURE, t], numbers[NOISE, t]
    if curvature > noise:
        numbers[ALONG, t] = numbers[SIZE, t] / curvature
    elif curvature < -noise:
        places[STATE, t] = UNSTABLE
        r.vectors[WITNESS, :, t] = r.vectors[SEARCH, :, t]
    else:
        places[STATE, t] = FAILED


@internal
def _step(plan, r, first, middle, last):
    left, search, search_h = r.vectors[RIGHT], r.vectors[SEARCH], r.vectors[SEARCH_H]
    sent, solution, image = r.vectors[SENT], r.vectors[SOLUTION], r.vectors[U]
    along, m = r.numbers[ALONG], left.shape[1]
    for i in range(first, middle):
        for t in range(m):
            sent[i, t] += along[t] * search_h[i, t]
            solution[i, t] += along[t] * search[i, t]
    for i in range(middle, last):
        for t in range(m):
            sent[i, t] += along[t] * search_h[i, t]
            solution[i, t] += along[t] * image[i, t]
        for t in range(m):
            left[i, t] -= along[t] * (search[i, t] - image[i, t])
    r.numbers[BEFORE] = r.numbers[SIZE]
    _slopes(plan, r, 1, left, r.vectors[LEFT_H])
    _product(r, middle, last, left, r.vectors[LEFT_H], r.numbers[SIZE])


@internal
def _judge(r, t, goal):
    """Decide whether a trial is solved, and how much of its direction is kept."""
    numbers, places = r.numbers, r.places
    if places[STATE, t] != GOING:
        numbers[RETURN, t] = 0.0
        return
    size = numbers[SIZE, t]
    if size <= goal * numbers[FIRST_SIZE, t]:
        places[STATE, t] = SOLVED
    elif not 0.0 < size < math.inf:
        places[STATE, t] = FAILED
    numbers[RETURN, t] = size / numbers[BEFORE, t] if places[STATE, t] == GOING else 0.0


@jit
def send_back(table, r, vector, out):
    """Write C v of one of the vectors to another; both sides of it are read."""
    plan = plan_at(table.ctypes.data)
    for side in range(2):
        _couple(plan, r, side, r.vectors[vector], r.vectors[out])


@jit
def activate_both(table, r):
    """Write g of states on both sides."""
    plan = plan_at(table.ctypes.data)
    for c in range(r.sides[3], r.sides[5]):
        activate_chunk(plan, c, r.vectors[X], r.vectors[G], r.scratch)


@jit
def conjugate(table, r, given, tolerance, most, digits):
    """Solve in every trial, with b in `RIGHT`, and X and G where H is taken.

    Parameters
    ----------
    table : ndarray
        Of a plan.
    r : Relaxing
    given : bool
        Whether b is not 0 on the first side.
    tolerance : float
        What may be left, as a part of b, in the norm of the inner product.
    most : int
        Iterations.
    digits : float
        Units of rounding that a product of W may be wrong by, relative to its norms.

    Returns
    -------
    iterations : int
        `SENT` is P H y then, and `SOLUTION` b + C SENT.
    """
    plan = plan_at(table.ctypes.data)
    first = np.uint64(plan.block_start[r.sides[0]])
    middle = np.uint64(plan.block_start[r.sides[1]])
    last = np.uint64(plan.block_start[r.sides[2]])
    r.places[:] = 0
    r.numbers[:] = 0.0
    r.vectors[SEARCH, middle:last] = 0.0
    r.vectors[SEARCH_H, middle:last] = 0.0
    r.vectors[WITNESS] = 0.0
    _begin(plan, r, first, middle, last, given)
    r.numbers[FIRST_SIZE] = r.numbers[SIZE]
    r.numbers[BEFORE] = math.inf
    goal, m = tolerance * tolerance, r.current.shape[1]
    for k in range(most + 1):
        going = 0
        for t in range(m):
            _judge(r, t, goal)
            going += 1 if r.places[STATE, t] == GOING else 0
        if going == 0 or k == most:
            return k
        _search(plan, r, first, middle, last)
        _curve(r, first, middle, last, digits)
        for t in range(m):
            _choose(r, t)
        _step(plan, r, first, middle, last)
    return most
