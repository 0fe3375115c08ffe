"""Rest states from which deviations grow, where no inner product tells."""

from __future__ import annotations

import contextlib

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.equilibria.linear.large import large
from hamsim.equilibria.linear.linearised import Linearised
from hamsim.equilibria.linear.small import is_small, small
from hamsim.errors import HamsimError
from hamsim.network import Network

__all__ = ["deviations_grow"]


def deviations_grow(network: Network, x: Floats, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether some deviation of the free neurons grows, by eigenvalues; for a few states.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (rows, n)
        Rest states.
    held : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    grow = np.zeros(len(x), dtype=bool)
    for k, state in enumerate(x):
        lin = Linearised(network, state, held)
        if lin.moving.size:
            with contextlib.suppress(HamsimError):  # neurons with tau = 0 that have no one state
                grow[k] = (small if is_small(lin) else large)(lin, 1, 0.0).index > 0
    return grow
