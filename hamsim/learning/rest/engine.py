"""Rest states of many trials, and what their gradients need, from one network that is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.rest.fixed_point import rest_from
from hamsim.field.conjugate import inner_product
from hamsim.field.gates import gate_change
from hamsim.learning.rest.adjoint import Solved, by_conjugate_gradients, by_minimal_residuals
from hamsim.network import Network, Stimulus
from hamsim.operator import operator_of

__all__ = ["Adjoint", "Engine", "Rested"]


class Rested(NamedTuple):
    """Where trials have come to, each a row.

    Parameters
    ----------
    x, g : ndarray, shape (trials, n)
        States and activations.
    residual : ndarray, shape (trials,)
        max|W g + I - x| over free neurons.
    rests : ndarray of bool, shape (trials,)
        Whether the residual is at most what was asked for.
    products : ndarray, shape (trials,)
        Products with W.
    """

    x: Floats
    g: Floats
    residual: Floats
    rests: NDArray[np.bool_]
    products: Floats


class Adjoint(NamedTuple):
    """Solutions of a = P H y, y = c + C^T a; of a loss on x, a = P (v + H y), y = C^T a.

    Parameters
    ----------
    a, y : ndarray, shape (trials, n)
        dC/dI is a; dC/dx of held neurons is H y (+ v) there.
    stable : ndarray of bool, shape (trials,)
        False where a direction of negative curvature was found, which `witness` has.
    converged : ndarray of bool, shape (trials,)
    products : ndarray, shape (trials,)
        Products with W.
    witness : ndarray, shape (trials, n)
        A change v of states with v.D H v - (H v).D C (H v) < 0; 0 in stable trials.
    """

    a: Floats
    y: Floats
    stable: NDArray[np.bool_]
    converged: NDArray[np.bool_]
    products: Ints
    witness: Floats


class Engine:
    """A network prepared for rest states of many trials and for their gradients.

    Stimuli of the network do not act: what neurons are held at is in the states that are given, and
    what currents are added in `current`.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)
        Neurons whose states stay.
    residual : float
        max|W g + I - x| over free neurons at which a trial rests.
    trials : int
        How many are usually given at a time.
    """

    def __init__(
        self, network: Network, held: NDArray[np.bool_], residual: float, trials: int
    ) -> None:
        self.held, self.residual, self.trials = np.asarray(held, dtype=bool), residual, trials
        self.weights_changed(network)

    def weights_changed(self, network: Network) -> None:
        """Go on with a network of the same pattern that has other weights or parameters."""
        self.network = replace(network, stimuli=(), over_time=())
        self._balance = inner_product(self.network, self.held)

    def to_rest(
        self, x0: Floats, current: Floats | None = None, tol: float | None = None
    ) -> Rested:
        """Bring trials to rest.

        Parameters
        ----------
        x0 : ndarray, shape (trials, n)
        current : ndarray, shape (n,) or (trials, n), optional
            Added to the input.
        tol : float, optional
            Another residual.
        """
        every, held = np.arange(self.network.n_neurons), np.flatnonzero(self.held)
        stimuli = []
        if held.size:
            stimuli.append(Stimulus("clamp", held, x0[:, held], 0.0, np.inf))
        if current is not None:
            rows = np.broadcast_to(current, x0.shape)
            stimuli.append(Stimulus("input", every, np.array(rows), 0.0, np.inf))
        posed = replace(self.network, stimuli=tuple(stimuli))
        tolerance = self.residual if tol is None else tol
        found = rest_from(posed, x0, tolerance)
        g = operator_of(self.network).activate(found.x)
        return Rested(found.x, g, found.residual, found.converged, found.cost)

    def adjoint(
        self, x: Floats, c: Floats, of: Literal["g", "x"] = "g", tol: float = 1e-10
    ) -> Adjoint:
        """Solve the adjoint equation at rest states.

        Parameters
        ----------
        x : ndarray, shape (trials, n)
        c : ndarray, shape (trials, n)
            Slope of the loss of each trial, by g or by x.
        of : {"g", "x"}
        tol : float
            What of the equation may be left, as a part of its right side.
        """
        network, operator = self.network, operator_of(self.network)
        free = (~self.held).astype(np.float64)
        triples = network.triples
        g = operator.activate(x)

        def slopes(v: Floats, rows: Ints) -> Floats:
            return free * operator.hessian(x[rows], v)

        def couple(v: Floats, rows: Ints) -> Floats:
            received = product(np.ascontiguousarray(v))
            if triples is not None:
                return received + gate_change(triples, g[rows], v)
            return received

        every, balance = np.arange(len(x)), self._balance
        product = operator.transposed if balance is None else operator.product
        scale = np.ones(network.n_neurons) if balance is None else balance
        moved = free * c / scale  # of a loss on x
        right = c / scale if of == "g" else couple(moved, every)
        if balance is None:
            solved = by_minimal_residuals(slopes, couple, right, tol)
        else:
            reach = np.sqrt(_squares(network))
            solved = by_conjugate_gradients(slopes, couple, right, balance, reach, tol)
        return _adjoint(solved, scale, moved if of == "x" else None)


def _squares(network: Network) -> Floats:
    """Sums of squares of the rows of W."""
    W = network.W
    squares = csr_array((W.data**2, W.indices, W.indptr), W.shape)
    found: Floats = squares.sum(axis=1)
    return found


def _adjoint(solved: Solved, scale: Floats, moved: Floats | None) -> Adjoint:
    """Put together what was solved for, in the units of W's rows."""
    extra = 0 if moved is None else 1
    a = scale * (solved.sent if moved is None else solved.sent + moved)
    y = scale * solved.y
    products = solved.products + extra
    return Adjoint(a, y, solved.stable, solved.converged, products, solved.witness)
