"""A network linearised at a state: T d' = C H d - d of small deviations d.

Held neurons do not deviate. Those with tau = 0 follow the others: their deviations are eliminated,
in their place stands (1 - C_ff H_ff)^-1 of what they receive. Where a symmetric form exists, it is
that of `field.root`,

    A = 1 - B^T C B,     T^-1/2 (-A) T^-1/2 z = lambda z,     z = T^1/2 y,

and of neurons with tau = 0 the Schur complement of A takes their place: its negative eigenvalues
are those of A less those of A_ff [Haynsworth 1968, Linear Algebra Appl. 1:73].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, cg, gmres

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError
from hamsim.field.drive import Drive
from hamsim.field.gates import gate_matrix
from hamsim.field.hessian import Hessian
from hamsim.field.instants import explicit_instants
from hamsim.field.preserving import preserved_velocity, preserves
from hamsim.field.root import Root, root_of
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry import find_scaling
from hamsim.network import Network
from hamsim.operator import neurons_of, operator_of

__all__ = ["SINGULAR", "Linearised"]

SINGULAR = (
    "neurons with tau = 0 have no one state near this one: the Jacobian among them is singular; "
    "give one of them a tau above 0"
)
# Of solutions for neurons with tau = 0 that depend on each other.
SOLVED, MOST = 1e-13, 2000


class Linearised:
    """The Jacobian at a state, on deviations of the neurons that are free.

    Parameters
    ----------
    network : Network
        As it stays; its stimuli do not matter, but for `held`.
    x : ndarray, shape (n,)
    held : ndarray of bool, shape (n,)
        Neurons whose states are held.

    Attributes
    ----------
    free : ndarray of int
        Neurons that are not held.
    moving : ndarray of int
        Those of them with tau > 0.
    """

    def __init__(self, network: Network, x: Floats, held: NDArray[np.bool_]) -> None:
        self.network, self.x, self.held = network, x, held
        self.free: Ints = np.flatnonzero(~held)
        self.moving: Ints = np.flatnonzero(~held & (network.tau > 0.0))
        self.instant: NDArray[np.bool_] = ~held & (network.tau == 0.0)
        self.tau: Floats = network.tau[self.moving]
        self.hessian = Hessian(network, x)
        self._operator = operator_of(network)
        g = neurons_of(network).activate(x)
        triples = network.triples
        self._gates = None if triples is None else gate_matrix(triples, g)
        self._g = g
        self.explicit = not self.instant.any() or explicit_instants(network)
        self.preserves = preserves(network)

    def couple(self, v: Floats) -> Floats:
        """C v of changes of the activations, shape (n,)."""
        result = self._operator.product(v)
        if self._gates is not None:
            result += self._gates @ v
        return result

    @cached_property
    def coupling(self) -> csr_array:
        """C as a sparse matrix, shape (n, n)."""
        return Drive(self.network).matrix(self._g)

    def spread(self, v: Floats, places: Ints) -> Floats:
        """Deviations of some neurons as those of all, 0 at the others."""
        full = np.zeros(self.x.size, dtype=v.dtype)
        full[places] = v
        return full

    @cached_property
    def scale(self) -> Floats | None:
        """D > 0 with D C symmetric, if the linearisation has a symmetric form; else None."""
        network, sets = self.network, shared_sets(self.network)
        unlike = (network.tau != network.tau[sets]) & ~self.held
        if np.any(unlike) or np.any(self.held != self.held[sets]):
            return None
        if network.symmetric:
            return np.ones(network.n_neurons)
        scaling = find_scaling(network)
        if scaling.kind not in ("symmetric", "symmetrizable") or network.triples is not None:
            return None
        return scaling.scale

    @cached_property
    def root(self) -> Root | None:
        """B of H = B B^T where there is a symmetric form, else None."""
        return None if self.scale is None else root_of(self.hessian)

    @property
    def symmetric(self) -> bool:
        """Whether the linearisation has a symmetric form."""
        return self.root is not None

    def quadratic(self, y: Floats) -> Floats:
        """A y of deviations y over all neurons, 0 where neurons are held."""
        assert self.root is not None
        assert self.scale is not None
        half = np.sqrt(self.scale)
        image = y - self.root.back(half * self.couple(self.root.times(y) / half))
        image[self.held] = 0.0
        return image

    def symmetric_rates(self, z: Floats) -> Floats:
        """T^-1/2 (-A) T^-1/2 z of the moving neurons; those with tau = 0 are eliminated."""
        root = np.sqrt(self.tau)
        image = self.quadratic(self.followed_form(self.spread(z / root, self.moving)))
        return -image[self.moving] / root

    def followed_form(self, y: Floats) -> Floats:
        """The y that makes (A y)_f = 0 by its entries with tau = 0, the others as they are."""
        if not self.instant.any():
            return y
        wanted = -self.quadratic(y)
        wanted[~self.instant] = 0.0
        if not self.explicit:
            places = np.flatnonzero(self.instant)

            def among(v: Floats) -> Floats:
                return self.quadratic(self.spread(np.ravel(v), places))[places]

            wanted = self.spread(_solve(among, wanted[places], cg), places)
        return y + wanted

    def respond(self, v: Floats) -> Floats:
        """(C H - 1) v of deviations over all neurons; 0 where neurons are held."""
        if np.iscomplexobj(v):
            result = self.respond(v.real.copy()) + 1j * self.respond(v.imag.copy())
            return result
        image: Floats = self.couple(self.hessian.times(v)) - v
        image[self.held] = 0.0
        return image

    def followed(self, v: Floats) -> Floats:
        """Deviations in which neurons with tau = 0 follow the others."""
        if not self.instant.any():
            return v
        drive = self.respond(v)
        drive[~self.instant] = 0.0
        if not self.explicit:
            places = np.flatnonzero(self.instant)

            def among(w: Floats) -> Floats:
                return -self.respond(self.spread(np.ravel(w), places))[places]

            solved = _solve(among, drive[places].real, gmres)
            if np.iscomplexobj(drive):
                solved = solved + 1j * _solve(among, drive[places].imag, gmres)
            drive = self.spread(solved, places)
        return v + drive

    def rates(self, v: Floats) -> Floats:
        """Velocities of deviations of the moving neurons, shape (moving,): J v."""
        u = self.respond(self.followed(self.spread(v, self.moving)))
        if self.preserves:
            return self.preserved(u)[self.moving]
        return u[self.moving] / self.tau

    def preserved(self, u: Floats) -> Floats:
        """K u where unequal tau are taken in the form that keeps descent."""
        if np.iscomplexobj(u):
            return self.preserved(u.real.copy()) + 1j * self.preserved(u.imag.copy())
        moved: Floats = preserved_velocity(self.network, self.x[None], u[None])[0]
        return moved


def _solve(
    times: Callable[[Floats], Floats], right: Floats, method: Callable[..., tuple[Floats, int]]
) -> Floats:
    """Solution of a system that is given by products."""
    size = float(np.max(np.abs(right), initial=0.0))
    if size == 0.0:
        return np.zeros_like(right)
    n = right.size
    operator = LinearOperator((n, n), times, dtype=np.float64)
    more = {"restart": min(n, 100)} if method is gmres else {}
    found, failed = method(operator, right / size, rtol=SOLVED, maxiter=MOST, **more)
    if failed or not np.all(np.isfinite(found)):
        off = np.linalg.norm(times(found) - right / size)
        if not off <= 1e-9 * np.sqrt(n):
            raise HamsimError(SINGULAR)
    result: Floats = size * found
    return result
