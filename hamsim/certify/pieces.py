"""All rest states of networks whose activations are piecewise linear, piece by piece.

Where every activation is g_i = a_i + b_i x_i on a piece, rest states there solve
(1 - W diag(b)) x = W a + I; one is a rest state of the network if it lies in its piece.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.inverse import EPS, sure_inverse
from hamsim.certify.rest import Rest
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.field.dense import DenseField
from hamsim.network import Network

__all__ = ["rest_states_by_pieces"]

MOST_PIECES = 5000
MOST_NEURONS = 200
# A state this close to a border, relative to its size, might be on either side.
NEAR = 1e-7


def rest_states_by_pieces(scaled: ScaledNetwork) -> list[Rest] | None:
    """All rest states; None where the network is not of this kind, or one cannot be told.

    Parameters
    ----------
    scaled : ScaledNetwork

    Returns
    -------
    list of Rest
        Each shown to exist, and to be no other's twin; there are no others. May be empty.
    """
    network = scaled.network
    if network.triples is not None or network.n_neurons > MOST_NEURONS:
        return None
    if any(not g.family.slopes or np.any(g.fact("jumps")) for g in network.groups):
        return None
    borders, slopes = _borders_and_slopes(network)
    if prod(len(some) for some in slopes) > MOST_PIECES:
        return None
    field, n = DenseField(network), network.n_neurons
    look(3e-10 * n**3 * prod(len(some) for some in slopes))
    found = []
    for piece in product(*(range(len(some)) for some in slopes)):
        rest = _on_piece(field, borders, slopes, piece)
        if rest is None:
            return None
        found += rest
    return found


def _borders_and_slopes(network: Network) -> tuple[list[Floats], list[Floats]]:
    borders: list[Floats] = []
    slopes: list[Floats] = []
    for group in network.groups:
        borders += [np.r_[-np.inf, row, np.inf] for row in group.facts("breaks").T]
        slopes += list(group.facts("slopes").T)
    return borders, slopes


def _on_piece(
    field: DenseField, borders: list[Floats], slopes: list[Floats], piece: tuple[int, ...]
) -> list[Rest] | None:
    """Rest states on one piece: none or one; None if that cannot be told."""
    W, n = field.W, len(field.W)
    low = np.array([borders[i][k] for i, k in enumerate(piece)])
    high = np.array([borders[i][k + 1] for i, k in enumerate(piece)])
    b = np.array([slopes[i][k] for i, k in enumerate(piece)])
    # A state inside the piece, or on its border, gives the line that g follows there.
    inside = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
    both = np.isfinite(low) & np.isfinite(high)
    inside[both] = 0.5 * (low[both] + high[both])
    a = field.activation(inside[None])[0] - b * inside
    J = -field.jacobians_of(b[None])[0]
    sizes = np.eye(n) + np.abs(W * b)  # what 1 - W b was rounded from
    found = sure_inverse(J, sizes)
    if found is None:
        return None
    A, _ = found
    drive = field.drive.at(a[None])[0]
    x = A @ drive
    size = np.abs(W) @ np.abs(a) + np.abs(field.drive.input)
    noise = (n + 8) * EPS * (size + sizes @ np.abs(x))
    error = 2.0 * float((np.abs(A) @ (np.abs(drive - J @ x) + noise)).max())
    slack = error + NEAR * (1.0 + np.abs(x))
    if np.any((x < low - slack) | (x > high + slack)):
        return []
    if np.any((x < low + slack) & np.isfinite(low) | (x > high - slack) & np.isfinite(high)):
        return None
    condition = float(np.abs(A).sum(axis=1).max() * np.abs(J).sum(axis=1).max())
    residual = float(np.abs(drive - J @ x).max())
    return [Rest(x, max(error, EPS), residual, condition)]
