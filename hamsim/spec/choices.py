"""Groups of shape [n, n] whose states say for each of n things which of n places it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hamsim.spec.ends import End
from hamsim.spec.misfit import WEIGHTS, Misfit

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["require_square", "rows_choose"]


def require_square(rule: str, connection: ConnectionSpec, end: End, fewest: int) -> int:
    """Number of things, n.

    Raises
    ------
    Misfit
        The rule is not within one group of shape [n, n], synapses would be left out, or neurons
        share a Lagrangian along other axes than the last.
    """
    if connection.kind != "within":
        raise Misfit(WEIGHTS, f"{rule} is for within: GROUP")
    shape = end.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < fewest:
        raise Misfit(
            WEIGHTS,
            f"{rule} needs one group of shape [n, n] with n of at least {fewest}, "
            f"not {list(shape)}",
        )
    for key in ("density", "degree", "probability"):
        if getattr(connection, key) is not None:
            raise Misfit((key,), f"{rule} needs all its synapses")
    lagrangian = end.groups[0].lagrangian
    if not lagrangian.row.additive and not rows_choose(end):
        raise Misfit(
            WEIGHTS,
            f"{rule} needs neurons that share a Lagrangian along the last axis (over: last), or "
            "have one each",
        )
    return shape[0]


def rows_choose(end: End) -> bool:
    """Whether the neurons of each row share a Lagrangian, so that a row is one choice."""
    lagrangian = end.groups[0].lagrangian
    return not lagrangian.row.additive and lagrangian.over in ("last", (1,), (-1,))
