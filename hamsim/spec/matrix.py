"""Whether a matrix can be the weights of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from hamsim.spec.ends import End
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.symmetric import require_no_diagonal, require_symmetric

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["fit_block"]


def fit_block(block: Any, connection: ConnectionSpec, ends: Sequence[End]) -> None:
    """Refuse numbers that do not fit as a block of weights, or as those of triples of neurons.

    Parameters
    ----------
    block : ndarray, csr_array or Unread
        One number, which fits everywhere, or as many as there are pairs or triples.
    connection : ConnectionSpec
    ends : sequence of End

    Raises
    ------
    Misfit
    """
    if block.ndim == 0:
        return
    flat = tuple(end.n for end in ends)
    shaped = tuple(side for end in ends for side in end.shape)
    if block.shape not in (flat, shaped):
        names = [f"[{', '.join(end.names)}]" for end in ends]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        shape = list(block.shape)
        hint = ""
        if _may_be_edges(block, flat):
            hint = "; a list of edges is written {edges: [[a, b, weight], ...]}"
        raise Misfit(WEIGHTS, f"shape {shape} does not fit; {listed} need {list(flat)}{hint}")
    if connection.kind == "gate":
        return
    if not issparse(block):
        block = block.reshape(flat)
    if connection.kind == "within":
        require_symmetric(block)
    if not connection.self_connections:
        require_no_diagonal(block, *ends)


def _may_be_edges(block: Any, sizes: tuple[int, ...]) -> bool:
    """Whether numbers that do not fit as a block look like neurons and a weight a row."""
    if not isinstance(block, np.ndarray) or block.shape[1:] != (len(sizes) + 1,):
        return False
    numbers = block[:, :-1]
    return bool(np.all((numbers >= 0) & (numbers == np.floor(numbers))))
