"""Rest states, shown to exist close to where they were found.

A rest state solves F(x) = x - W g(x) - I = 0. With J = 1 - W H and an approximate inverse A of J
at x, the map y -> y - A F(y) takes the box |y - x| <= r into itself if

    |A F(x)| + |1 - A J| r + |A W| e(r) <= r,     e(r) >= |g(y) - g(x) - H (y - x)| in the box;

then it has a fixed point there (Brouwer), which is a rest state if also |1 - A J| < 1. The bound
e(r) is taken from values of g on a grid, between which a nondecreasing g cannot hide anything, or
from a bound of the Hessian's relative change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.certify.inverse import EPS, sure_inverse
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.field.dense import DenseField
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = [
    "Rest",
    "activation_error",
    "locally_lipschitz",
    "rest_state",
    "smoothness",
    "unstable_rate",
]

CELLS = 128
# Two states count as two only this many times their error bounds apart.
APART = 1e3


@dataclass(frozen=True, eq=False)
class Rest:
    """A rest state that was shown to exist.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Approximate state; the rest state differs by at most `radius` in each neuron.
    radius : float
    residual : float
        Largest |W g + I - x|.
    condition : float
        Of the Jacobian 1 - W H, in the largest-row-sum norm; NaN where nobody knows it.
    """

    x: Floats
    radius: float
    residual: float
    condition: float

    def apart(self, other: Rest) -> bool:
        """Whether the other is a different rest state, by far."""
        distance = float(np.max(np.abs(self.x - other.x)))
        return distance > APART * max(self.radius, other.radius)


def locally_lipschitz(scaled: ScaledNetwork) -> bool:
    """Whether the activations are known to be locally Lipschitz."""
    return bool(np.all(np.isfinite(scaled.slope) | scaled.locally_lipschitz))


def smoothness(network: Network) -> Floats:
    """How fast the Hessian changes with the largest entry of the state, of each neuron.

    Infinite where that is not known.
    """
    result = np.empty(network.n_neurons)
    for group in network.groups:
        size = np.sqrt(group.shared) if group.family.change_norm == "euclidean" else 1.0
        result[group.slice] = group.fact("change", np.inf) * size
    return result


def _change(network: Network, x: Floats, r: float) -> Floats:
    """C with |H(y) - H(x)| <= c H(x) in the box |y - x| <= r, of each neuron; or infinite."""
    with np.errstate(over="ignore"):
        result: Floats = np.expm1(smoothness(network) * r)
    for group in network.groups:
        if group.family.breaks:
            part = group.slice
            far = np.abs(x[part] - group.facts("breaks")).min(axis=0)
            result[part] = np.where(far > r, 0.0, np.inf)
    return result


def _jumps(network: Network) -> NDArray[np.bool_]:
    """Neurons whose activation jumps, or of which that is not known."""
    return np.concatenate([group.fact("jumps") != 0.0 for group in network.groups])


def _grid_error(network: Network, x: Floats, h: Floats, r: float) -> Floats:
    """Bound of |g(y) - g(x) - h (y - x)| for |y - x| <= r, for nondecreasing g of each neuron."""
    steps = r * np.linspace(-1.0, 1.0, 2 * CELLS + 1)
    values = neurons_of(network).activate(x + steps[:, None])
    at = values[CELLS]
    rise = values - at
    low = rise[:-1] - h * steps[1:, None]
    high = rise[1:] - h * steps[:-1, None]
    error: Floats = np.max(np.maximum(np.abs(low), np.abs(high)), axis=0)
    moves = values[0] != values[-1]
    error[_jumps(network) & moves] = np.inf
    return error


class _Local:
    """Everything about a network near one state."""

    def __init__(self, scaled: ScaledNetwork, x: Floats) -> None:
        self.scaled, self.network, self.x = scaled, scaled.network, x
        self.field = field = DenseField(scaled.network)
        self.W = field.W
        self.g = field.activation(x[None])[0]
        self.H = field.hessians(x[None])[0]
        self.F = -field.residual(x[None])[0]
        self.J = -field.jacobians(x[None])[0]
        # What J was rounded from, which may be far larger where both terms cancel.
        self.sizes = np.eye(x.size) + np.abs(self.W) @ np.abs(self.H)

    def error(self, r: float, fine: bool) -> Floats:
        """Bound of |g(y) - g(x) - H (y - x)| in the box, of each neuron; or infinite.

        Parameters
        ----------
        r : float
        fine : bool
            Whether to look at values of g where no bound of the Hessian's change is known.
        """
        change = _change(self.network, self.x, r)
        with np.errstate(invalid="ignore"):
            error = change * self.size * r * np.sqrt(self.field.members)
        unknown = ~np.isfinite(change)
        error[unknown] = np.inf
        if fine:
            grid = _grid_error(self.network, self.x, np.diag(self.H), r)
            error = np.where(unknown & self.scaled.additive, grid, error)
        error += 1e-13 * (1.0 + np.abs(self.g))
        return error

    @cached_property
    def size(self) -> Floats:
        """Norm of the Hessian of each neuron's Lagrangian."""
        size: Floats = np.abs(np.diag(self.H))
        for first in np.unique(self.scaled.sets[self.field.members > 1]):
            some = np.flatnonzero(self.scaled.sets == first)
            size[some] = np.linalg.norm(self.H[np.ix_(some, some)], 2)
        return size

    def hessian_change(self, r: float) -> float:
        """Bound of the 2-norm of H(y) - H(x) in the box; or infinite."""
        change = _change(self.network, self.x, r)
        return (
            float(change.max() * np.linalg.norm(self.H, 2))
            if np.isfinite(change).all()
            else (np.inf)
        )


def activation_error(scaled: ScaledNetwork) -> Floats:
    """Bound of the rounding of each activation, relative to 1 + |g|."""
    groups = scaled.network.groups
    errors = [group.family.rounding for group in groups]
    return np.repeat(errors, [group.size for group in groups])


def rest_state(scaled: ScaledNetwork, x: Floats) -> Rest | None:
    """Show that there is a rest state close to x.

    Parameters
    ----------
    scaled : ScaledNetwork
        All Lagrangians convex, no gated synapses; few neurons.
    x : ndarray, shape (n,)
        Where Newton's method ended.

    Returns
    -------
    Rest or None
        None if it could not be shown.
    """
    n = x.size
    look(3e-9 * n**3)
    local = _Local(scaled, x)
    if not (np.all(np.isfinite(local.J)) and np.all(np.isfinite(local.F))):
        return None
    found = sure_inverse(local.J, local.sizes)
    if found is None:
        return None
    A, turn = found
    size, weight = np.abs(A), np.abs(local.W)
    terms = weight @ np.abs(local.g) + np.abs(scaled.network.input) + np.abs(x)
    noise = (n + 4) * EPS * terms + weight @ (activation_error(scaled) * (1.0 + np.abs(local.g)))
    step = float((np.abs(A @ local.F) + size @ noise).max())
    drive = np.abs(A @ local.W) + (n + 4) * EPS * (size @ weight)
    condition = float(size.sum(axis=1).max() * np.abs(local.J).sum(axis=1).max())
    smallest = max(4.0 * step, 1e-9 * (1.0 + float(np.abs(x).max())))
    for fine in (False, True):
        last = np.inf
        for radius in map(float, smallest * 10.0 ** np.arange(6)):
            error = local.error(radius, fine)
            reach = (step + float((drive @ error).max())) / radius + turn
            if reach <= 0.99:
                return Rest(x, radius, float(np.abs(local.F).max()), condition)
            if not reach < 0.9 * last:  # no larger box will do
                break
            last = reach
    return None


def unstable_rate(scaled: ScaledNetwork, rest: Rest) -> float | None:
    """Lower bound above 0 of the fastest growth near a rest state; None if there is none for sure.

    Parameters
    ----------
    scaled : ScaledNetwork
        All tau above 0.
    rest : Rest

    Notes
    -----
    Eigenvalues of the linearisation (W H - 1) / tau by Bauer and Fike: each connected set of discs
    holds as many of them as discs.
    """
    local = _Local(scaled, rest.x)
    n = rest.x.size
    rate = 1.0 / scaled.network.tau
    matrix = -rate[:, None] * local.J
    change = local.hessian_change(rest.radius)
    change *= float(np.linalg.norm(rate[:, None] * local.W, 2))
    values, vectors = np.linalg.eig(matrix)
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        return None
    size = float(np.linalg.norm(rate[:, None] * local.sizes, 2))
    spread = float(np.linalg.norm(vectors, 2) * np.linalg.norm(inverse, 2))
    left = float(np.linalg.norm(inverse @ matrix @ vectors - np.diag(values)))
    radius = spread * (change + 100 * n * EPS * size * spread) + left
    bound = float(values.real.max()) - 2 * n * radius
    return bound if bound > 1e-6 * size else None
