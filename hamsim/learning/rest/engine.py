"""Rest states of many trials, and what their gradients need, from one network that is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.resting.basin import contracts
from hamsim.field.conjugate import inner_product
from hamsim.kernels.relaxing import DRIVEN
from hamsim.learning.rest.adjoint import send_back_slowly, solve_slowly
from hamsim.learning.rest.careful import go_carefully
from hamsim.learning.rest.relaxed import Relaxed
from hamsim.learning.rest.workspace import Pull
from hamsim.learning.synapses import LearnedWeights
from hamsim.network import Network
from hamsim.operator import neurons_of
from hamsim.operator.rowsof import rows_of

__all__ = ["Adjoint", "Engine", "Rested"]

# Rounds of a trial, after which it is followed carefully.
ROUNDS = 300


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
    follows : bool
        Whether trials are to come to the rest states to which the network goes from their starts,
        as of `hamsim.fixed_point`. Else any rest state will do that is found from there: many
        times as fast where there may be several.
    weights : LearnedWeights, optional
        Of the same network: its weights as they are at each change are taken from here wherever
        that can be, see `reads_weights`, and W of networks that come later is not looked at.
    """

    def __init__(
        self,
        network: Network,
        held: NDArray[np.bool_],
        residual: float,
        trials: int,
        follows: bool = True,
        weights: LearnedWeights | None = None,
    ) -> None:
        self.held, self.residual, self.trials = np.asarray(held, dtype=bool), residual, trials
        self.follows, self._balance = follows, inner_product(network, held)
        places = None if weights is None else weights.sources
        plain = network.symmetric and network.triples is None and self._balance is not None
        self._weights = weights if plain and places is not None else None
        if self._weights is None:
            places = np.arange(network.W.nnz)
        assert places is not None
        self._relaxed = Relaxed(network, self.held, places)
        self._symmetric = network.symmetric
        self._others: dict[bytes, Engine] = {}
        self._take(network)

    @property
    def reads_weights(self) -> bool:
        """Whether weights are read where they are learned, so that nobody needs to make W."""
        return self._weights is not None

    @property
    def sees_curvature(self) -> bool:
        """Whether `adjoint` can find that a rest state is not stable."""
        return self._balance is not None

    def weights_changed(self, network: Network) -> None:
        """Go on with a network of the same pattern that has other weights or parameters."""
        if self._weights is None and not (self._symmetric and network.symmetric):
            self._balance = inner_product(network, self.held)
            self._symmetric = network.symmetric
        self._take(network)
        for other in self._others.values():
            other.weights_changed(network)

    def _take(self, network: Network) -> None:
        self._network = network
        weights = network.W.data if self._weights is None else self._weights.flat
        self._relaxed.put(network, weights, self._balance)
        self._contracts: bool | None = None
        self._last: Rested | None = None

    @property
    def network(self) -> Network:
        """The network as it is now."""
        if self._weights is not None:
            return replace(self._network, W=self._weights.network.W)
        return self._network

    def holding(self, held: NDArray[np.bool_]) -> Engine:
        """One for the same network in which other neurons are held; it sees changes of weights."""
        key = np.packbits(held).tobytes()
        if key not in self._others:
            how = self.residual, self.trials, self.follows, self._weights
            self._others[key] = Engine(self.network, held, *how)
        return self._others[key]

    @property
    def _is_alone(self) -> bool:
        """Whether there is one rest state for sure."""
        if self._contracts is None:
            bare = replace(self.network, stimuli=(), over_time=())
            self._contracts = contracts(bare, self.held, self._balance)
        return self._contracts

    def to_rest(
        self,
        x0: Floats,
        current: Floats | None = None,
        tol: float | None = None,
        near: bool = False,
    ) -> Rested:
        """Bring trials to rest.

        Parameters
        ----------
        x0 : ndarray, shape (trials, n)
        current : ndarray, shape (n,) or (trials, n), optional
            Added to the input.
        tol : float, optional
            Another residual.
        near : bool
            Whether trials are close to rest states already: the careful way is not taken then,
            whatever comes out.
        """
        part = self._relaxed
        x = np.array(x0, dtype=np.float64, order="C")
        added = None if current is None else rows_of(np.broadcast_to(current, x.shape))
        tolerance, count = self.residual if tol is None else tol, len(x)
        g, current_of_kept = np.empty_like(x), np.empty((count, part.kept.size))
        rests, residual, products = np.ones(count, dtype=bool), np.zeros(count), np.zeros(count)
        if not part.kept.size:  # nobody sends, but what is held is active
            g = neurons_of(self._network).activate(x)
        most = ROUNDS if near or not self.follows or self._is_alone else 0
        for first, own in part.pieces(count):
            some = slice(first, first + own.width)
            rests[some], residual[some], products[some] = own.relax(
                x, added, first, g, tolerance, most
            )
            if not rests[some].all():
                own.currents(first, current_of_kept)
        left = np.flatnonzero(~rests)
        if left.size and not near:
            held, states = self.held[part.kept], np.asarray(x0)[np.ix_(left, part.kept)]
            last = go_carefully(part.network, held, states, current_of_kept[left], tolerance)
            x[np.ix_(left, part.kept)], rests[left] = last.x, last.converged
            residual[left], products[left] = last.residual, products[left] + last.cost
            g[np.ix_(left, part.kept)] = part.activate(last.x)
        result = Rested(x, g, residual, rests, products)
        self._last = result if count <= part.together else None
        return result

    def prepare(self, neurons: Ints) -> None:
        """Have free neurons where their drive can be pulled: bits of rest states depend on it."""
        self._relaxed.put_second(neurons)

    def pulled(
        self,
        rested: Rested,
        pull: Pull,
        current: Floats | None = None,
        tol: float | None = None,
        start: Floats | None = None,
    ) -> Rested:
        """Go from rest states to those close by of neurons that are pulled towards targets.

        Trials that do not rest then are not followed any further.

        Parameters
        ----------
        rested : Rested
            Of which held neurons send least anew if it is what `to_rest` gave last.
        pull : Pull
            Of free neurons, without gated synapses where it changes what they send.
        current : ndarray, shape (n,) or (trials, n), optional
            As it was given to `to_rest`.
        tol : float, optional
        start : ndarray, shape (trials, n), optional
            Other states of free neurons from which to go.
        """
        part, count = self._relaxed, len(rested.x)
        if pull.what == DRIVEN:
            self.prepare(pull.neurons)
        x = rested.x.copy() if start is None else np.where(self.held, rested.x, start)
        g = rested.g.copy()
        added = None if current is None else rows_of(np.broadcast_to(current, x.shape))
        rests, residual, products = np.ones(count, dtype=bool), np.zeros(count), np.zeros(count)
        tolerance = self.residual if tol is None else tol
        for first, own in part.pieces(count):
            some = slice(first, first + own.width)
            if rested is not self._last or not own.is_set:
                own.relax(x, added, first, g, tolerance, 0)
            rests[some], residual[some], products[some] = own.relax_again(
                x, first, g, tolerance, ROUNDS, pull
            )
        return Rested(x, g, residual, rests, products)

    def adjoint(
        self,
        x: Floats,
        c: Floats,
        of: Literal["g", "x"] = "g",
        tol: float = 1e-10,
        held: bool = True,
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
        held : bool
            Whether y is asked for at neurons that are held; elsewhere it is always there.
        """
        if self._balance is None:
            solved = solve_slowly(self.network, self.held, x, c, of, tol)
            return Adjoint(*solved)
        rows, slopes = rows_of(x), rows_of(c)
        part, count = self._relaxed, len(rows)
        a, y, witness = np.zeros_like(rows), np.zeros_like(rows), np.zeros_like(rows)
        stable, converged = np.ones(count, dtype=bool), np.ones(count, dtype=bool)
        products = np.zeros(count, dtype=np.int64)
        if of == "g":
            y[:, part.folded] = slopes[:, part.folded]
        for first, own in part.pieces(count):
            some = slice(first, first + own.width)
            stable[some], converged[some], products[some] = own.solve(
                rows, slopes, of == "x", first, tol, (a, y, witness), held
            )
        return Adjoint(a, y, stable, converged, products, witness)

    def back(self, v: Floats, g: Floats) -> Floats:
        """C^T v, with gated synapses at activations g, of rows v that are 0 at held neurons.

        Parameters
        ----------
        v, g : ndarray, shape (trials, n)
        """
        if self._balance is None:
            return send_back_slowly(self.network, v, g)
        sent, activations = rows_of(v), rows_of(g)
        result = np.zeros_like(sent)
        for first, own in self._relaxed.pieces(len(sent)):
            own.send_back(activations, sent, first, result)
        return result
