"""States at which a formula may change: the zeros of its straight parts, such as x - 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hamsim.arrays import Floats
from hamsim.formula.tree.tree import ONE, ZERO, Node, X, postorder
from hamsim.formula.values.arrays import evaluate

__all__ = ["around", "landmarks"]

_MOST = 12
_STEPS = (0.0, 0.01, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 20.0)


def landmarks(roots: Iterable[Node], given: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Zeros of the sums a x + b in trees.

    Parameters
    ----------
    roots : iterable of Node
    given : mapping of str to float
        Values of the parameters.

    Returns
    -------
    zeros, widths : ndarray
        Where the sums are 0, and by how much x has to change for them to change by 1.
    """
    found: dict[tuple[Node, Node], None] = {}
    for node in postorder(*roots):
        straight = _slope_and_offset(node)
        if straight is not None:
            found[straight] = None
    if not found:
        return np.empty(0), np.empty(0)
    pairs = list(found)[:_MOST]
    values = evaluate([part for pair in pairs for part in pair], {**given, "x": np.zeros(1)})
    numbers = np.array([float(value.reshape(-1)[0]) for value in values]).reshape(-1, 2)
    with np.errstate(all="ignore"):
        zeros, widths = -numbers[:, 1] / numbers[:, 0], 1.0 / np.abs(numbers[:, 0])
    fine = np.isfinite(zeros) & np.isfinite(widths)
    return zeros[fine], widths[fine]


def _slope_and_offset(node: Node) -> tuple[Node, Node] | None:
    if node.op != "add":
        return None
    slopes: list[Node] = []
    offsets: list[Node] = []
    for term in node.args:
        factors = list(term.args) if term.op == "mul" else [term]
        if X in factors:
            factors.remove(X)
            slopes.append(Node("mul", tuple(factors)) if factors else ONE)
        else:
            offsets.append(term)
    if not slopes or any(part.varies or not _is_plain(part) for part in [*slopes, *offsets]):
        return None
    return Node("add", tuple(slopes)), Node("add", (*offsets, ZERO))


def _is_plain(node: Node) -> bool:
    return all(part.op != "size" for part in postorder(node))


def around(zeros: Floats, widths: Floats, domain: tuple[float, float]) -> Floats:
    """States near the zeros of straight parts, within a domain."""
    steps = np.array(sorted({s * v for v in _STEPS for s in (1.0, -1.0)}))
    near = [zeros[:, None] + scale * steps for scale in (widths[:, None], 1.0)]
    states = np.unique(np.concatenate(near, axis=None))
    return states[(states >= domain[0]) & (states <= domain[1])]
