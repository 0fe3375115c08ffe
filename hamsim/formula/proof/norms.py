"""Lagrangians of a group that are a norm of its states, smoothed by a constant.

L = a sqrt(c + k S) + (what is linear), S the sum or the mean of x^2 or of (x - mean(x))^2. With
q = |x|, c' = c / k and S the sum of x^2, the Hessian has the eigenvalues a sqrt(k) / sqrt(q^2 + c')
and, along x, c' / (q^2 + c') times that, so that its condition number is 1 + q^2 / c'. Along any
line L is sqrt(A s^2 + 2 B s + C), with second derivative (A C - B^2) / L^3, which changes by at
most 3 / sqrt(c') of itself per length of the line; so does the whole of v.H v.
"""

from __future__ import annotations

from typing import NamedTuple

from hamsim.formula.bounds.boxes import Ranges
from hamsim.formula.proof.symbolic import in_parameters, is_positive
from hamsim.formula.simplify.tidying import tidied
from hamsim.formula.tree.algebra import HALF, add, mul, subtract
from hamsim.formula.tree.derivative import derivative, gradient
from hamsim.formula.tree.tree import ONE, REDUCTIONS, TWO, Node, X, postorder

__all__ = ["SmoothedNorm", "smoothed_norm"]

_MEAN = Node("mean", (X,))
_SQUARES = {
    Node("pow", (X, TWO)): False,
    Node("pow", (subtract(X, _MEAN), TWO)): True,
}


class SmoothedNorm(NamedTuple):
    """What is known of such a Lagrangian, as expressions in its parameters.

    Parameters
    ----------
    change : str
        m with |d/ds v.H(x + s z) v| <= m |z| v.H v in the Euclidean norm.
    excess : str
        The Hessian's condition number less 1, for states of length `r`; empty where means are taken
        away, so that the Hessian maps equal shifts to 0.
    low, high, slope : str
        Bounds of an activation, and the largest eigenvalue of the Hessian.
    """

    change: str
    excess: str
    low: str
    high: str
    slope: str


def smoothed_norm(L: Node, ranges: Ranges) -> SmoothedNorm | None:
    """Facts of a smoothed norm; None for other Lagrangians."""
    terms = L.args if L.op == "add" else (L,)
    roots = [term for term in terms if not _is_linear(term)]
    if len(roots) != 1:
        return None
    linear = in_parameters(gradient(add(*(term for term in terms if term != roots[0]))))
    factors = roots[0].args if roots[0].op == "mul" else (roots[0],)
    varying = [factor for factor in factors if factor.varies]
    if len(varying) != 1 or varying[0].op != "pow" or varying[0].args[1] != HALF:
        return None
    front = mul(*(factor for factor in factors if not factor.varies))
    inner = varying[0].args[0].args if varying[0].args[0].op == "add" else ()
    squares = [term for term in inner if term.varies]
    constant = add(*(term for term in inner if not term.varies))
    if len(squares) != 1 or not (is_positive(front, ranges) and is_positive(constant, ranges)):
        return None
    if not linear or not in_parameters(front):
        return None
    return _facts(squares[0], constant, (in_parameters(front), linear), ranges)


def _facts(
    square: Node, constant: Node, outside: tuple[str, str], ranges: Ranges
) -> SmoothedNorm | None:
    factors = square.args if square.op == "mul" else (square,)
    varying = [factor for factor in factors if factor.varies]
    k = mul(*(factor for factor in factors if not factor.varies))
    if len(varying) != 1 or varying[0].op not in ("sum", "mean"):
        return None
    reduction = varying[0]
    if reduction.args[0] not in _SQUARES:
        return None
    c, per = in_parameters(constant), in_parameters(k)
    if not c or not per or not is_positive(k, ranges):
        return None
    per = f"{per} / n" if reduction.op == "mean" else per
    centred = _SQUARES[reduction.args[0]]
    front, linear = outside
    # No entry of a unit vector without mean is above the root of 1 - 1/n.
    most = f"{front} * sqrt({per})" + (" * sqrt(1 - 1 / n)" if centred else "")
    return SmoothedNorm(
        change=f"3 * sqrt({per} / {c})",
        excess="" if centred else f"r**2 * {per} / {c}",
        low=f"{linear} - {most}",
        high=f"{linear} + {most}",
        slope=f"{front} * ({per}) / sqrt({c})",
    )


def _is_linear(term: Node) -> bool:
    """Whether a term has no Hessian: it is a sum over neurons of what is linear in x."""
    if not term.varies:
        return True
    factors = term.args if term.op == "mul" else (term,)
    varying = [factor for factor in factors if factor.varies]
    if len(varying) != 1 or varying[0].op not in ("sum", "mean"):
        return False
    inner = varying[0].args[0]
    if any(node.op in REDUCTIONS for node in postorder(inner)):
        return False
    slope = tidied(derivative(inner, {X: ONE}))
    return not slope.varies
