"""Mixed-integer programs of tours, cuts and boards, solved by HiGHS through SciPy."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from hamsim.arrays import Floats, Ints

__all__ = ["best_board", "best_cut", "best_tour"]

# What `milp` says of a solution that nothing beats.
OPTIMAL = 0
# A relative gap below which an answer counts as the best: HiGHS proves no more than its tolerance.
GAP = 1e-9


def _solve(
    cost: Floats, constraints: list[Any], whole: Any, low: Any, high: Any, seconds: float
) -> tuple[Floats | None, bool]:
    narrow = [LinearConstraint(_narrow(each.A), each.lb, each.ub) for each in constraints]
    options = {"time_limit": max(seconds, 0.0), "mip_rel_gap": GAP}
    found = milp(
        cost,
        constraints=narrow,
        integrality=whole,
        bounds=Bounds(low, high),
        options=options,
    )
    return found.x, found.status == OPTIMAL


def _narrow(A: csr_array) -> csr_array:
    """The same with the indices that HiGHS takes: SciPy 1.13 does not turn wider ones into them."""
    indices, indptr = (index.astype(np.int32) for index in (A.indices, A.indptr))
    return csr_array((A.data, indices, indptr), shape=A.shape)


def best_tour(distances: Floats, seconds: float) -> tuple[Ints | None, bool]:
    """The shortest tour through all cities, and whether it is proved to be that.

    Edges that every city has two of, without shorter circuits: those that come out are forbidden,
    until a tour does [Dantzig, Fulkerson and Johnson 1954].

    Parameters
    ----------
    distances : ndarray, shape (n, n)
    seconds : float

    Returns
    -------
    tour : ndarray, shape (n,), or None
        Cities in the order of the tour; None where the time was over.
    optimal : bool
    """
    until = time.monotonic() + seconds
    n = len(distances)
    i, j = np.triu_indices(n, 1)
    columns = np.arange(i.size)
    ends = (np.r_[i, j], np.r_[columns, columns])
    degrees = coo_array((np.ones(2 * i.size), ends), (n, i.size)).tocsr()
    constraints = [LinearConstraint(degrees, 2.0, 2.0)]
    while (left := until - time.monotonic()) > 0.0:
        x, optimal = _solve(distances[i, j], constraints, np.ones(i.size), 0.0, 1.0, left)
        if x is None or not optimal:
            break
        taken = x > 0.5
        edges = csr_array((np.ones(taken.sum()), (i[taken], j[taken])), shape=(n, n))
        count, part = connected_components(edges, directed=False)
        if count == 1:
            return _around(edges + edges.T), True
        inside = [(part[i] == k) & (part[j] == k) for k in range(count)]
        sizes = np.bincount(part)
        constraints.append(LinearConstraint(csr_array(np.array(inside, float)), ub=sizes - 1.0))
    return None, False


def _around(edges: csr_array) -> Ints:
    """Cities of a circuit, one after another, from city 0 on."""
    tour, before = [0], -1
    while len(tour) < edges.shape[0]:
        here = tour[-1]
        nexts = edges.indices[edges.indptr[here] : edges.indptr[here + 1]].tolist()
        tour.append(next(city for city in nexts if city != before))
        before = here
    return np.array(tour, dtype=np.int64)


def best_cut(graph: csr_array, seconds: float) -> tuple[Ints | None, bool]:
    """The heaviest cut of a graph, and whether it is proved to be that.

    Parameters
    ----------
    graph : csr_array, shape (n, n)
        Symmetric weights of edges.
    seconds : float

    Returns
    -------
    side : ndarray of int, shape (n,), or None
        -1 or 1; 1 of node 0.
    optimal : bool
    """
    edges = coo_array(graph)
    upper = edges.row < edges.col
    i, j, weight = edges.row[upper], edges.col[upper], edges.data[upper]
    n, m = graph.shape[0], weight.size
    rows, e = np.arange(m), n + np.arange(m)
    one = np.ones(m)
    # Edge e is cut no more than its ends allow; of a negative weight no less than they ask for.
    signs = ((-1.0, -1.0), (1.0, 1.0)), ((-1.0, 1.0), (1.0, -1.0))
    limits = (0.0, 2.0), (0.0, 0.0)
    constraints = []
    for negative in (False, True):
        of = np.flatnonzero(weight < 0.0) if negative else np.flatnonzero(weight >= 0.0)
        for (a, b), limit in zip(signs[negative], limits[negative], strict=True):
            places = (np.r_[rows, rows, rows], np.r_[i, j, e])
            A = coo_array((np.r_[a * one, b * one, one], places), (m, n + m)).tocsr()[of]
            bound = {"lb": -limit} if negative else {"ub": limit}
            if of.size:
                constraints.append(LinearConstraint(A, **bound))
    high = np.ones(n + m)
    high[0] = 0.0  # a cut and its mirror image are one
    x, optimal = _solve(
        np.r_[np.zeros(n), -weight], constraints, np.r_[np.ones(n), np.zeros(m)], 0.0, high, seconds
    )
    side = None if x is None else np.where(x[:n] > 0.5, -1, 1).astype(np.int64)
    return side, optimal


def best_board(n: int, seconds: float) -> tuple[Ints | None, bool]:
    """As many queens as rows that do not attack each other.

    Returns
    -------
    board : ndarray of int, shape (n, n), or None
        1 where a queen stands. None where there is no such board, or the time was over.
    optimal : bool
        Whether this is certain.
    """
    r, c = np.divmod(np.arange(n * n), n)
    lines = []
    for along, exactly in ((r, True), (c, True), (r + c, False), (r - c + n, False)):
        A = coo_array((np.ones(n * n), (along, np.arange(n * n))), (2 * n, n * n)).tocsr()
        A = A[np.unique(along)]
        lines.append(LinearConstraint(A, 1.0 if exactly else 0.0, 1.0))
    x, optimal = _solve(np.zeros(n * n), lines, np.ones(n * n), 0.0, 1.0, seconds)
    return None if x is None else (x > 0.5).astype(np.int64).reshape(n, n), optimal
