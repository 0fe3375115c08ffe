"""Rest states as a function of weights, currents and values, for programs that differentiate.

What stands between a network and libraries that differentiate by themselves: a function of arrays,
and the product of its derivative with a vector. Nothing is kept between the two but what is handed
out, so that calls may come in any order.
"""

from __future__ import annotations

import threading
import warnings
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints, Mask
from hamsim.compiler import as_network
from hamsim.counted import counted
from hamsim.errors import HamsimError, SimulationWarning, given
from hamsim.learning.rest.engine import Engine
from hamsim.learning.slopes import require_slopes
from hamsim.learning.synapses import LearnedWeights, SynapseGradient, Synapses
from hamsim.learning.synapses.parts import Part
from hamsim.names import as_list
from hamsim.network import Network
from hamsim.operator import neurons_of
from hamsim.request import number_of

__all__ = ["Layer", "Passed", "Pulled", "rows_of_values", "shape_of_one"]


class Passed(NamedTuple):
    """Where rows of values have led.

    Parameters
    ----------
    out : ndarray, shape (rows, outputs)
        Activations or states of the outputs at rest.
    x : ndarray, shape (rows, n)
        States of all neurons.
    rests : ndarray of bool, shape (rows,)
    """

    out: Floats
    x: Floats
    rests: Mask


class Pulled(NamedTuple):
    """Products of a vector over outputs with the derivatives of the outputs.

    Parameters
    ----------
    weights : ndarray, shape (weights,)
        By each weight once, as `Synapses` has them; summed over rows.
    input : ndarray, shape (n,)
        By the currents of the network; summed over rows.
    values : ndarray, shape (rows, values)
    counts : ndarray of bool, shape (rows,)
        Rows that rest in a stable state; the others have added nothing.
    """

    weights: Floats
    input: Floats
    values: Floats
    counts: Mask


class _Neurons(NamedTuple):
    """Some neurons, and the shape in which people write their values."""

    at: Ints
    shape: tuple[int, ...]


class Layer:
    """Rest states of a network, from values that hold or drive some of its neurons.

    Trials begin at the network's initial states, the first of them if there are several. Its
    stimuli do not act.

    Parameters
    ----------
    network : Network, Spec, path or dict
    inputs : str or sequence of str, optional
        Neurons whose values are given; all if nobody says, which can only be driven.
    outputs : str or sequence of str, optional
        Neurons that are read; all if nobody says.
    mode : {"clamp", "input"}, optional
        Whether values are states at which neurons are held, or currents that are added.
    of : {"g", "x"}
        Whether activations or states are read.
    residual : float
        max|W g + I - x| at which a state rests.
    tol : float
        What of the adjoint equations may be left, as a part of their right side.
    follows : bool
        Whether rows are to come to the rest states to which the network goes, as of
        `hamsim.fixed_point`. Else any will do that is found from there, many times as fast.

    Attributes
    ----------
    inputs, outputs : neurons and the shape of one row
    synapses : Synapses
        Where the weights of each connection are in `weights`.
    weights, input : ndarray
        Those of the network: each weight once, and a current a neuron.

    Raises
    ------
    HamsimError
        A name is unknown, inputs change over time, or an activation jumps.
    """

    def __init__(
        self,
        network: Network | Any,
        inputs: Any = None,
        outputs: Any = None,
        mode: Literal["clamp", "input"] | None = None,
        of: Literal["g", "x"] = "g",
        residual: float = 1e-10,
        tol: float = 1e-10,
        follows: bool = True,
    ) -> None:
        self.base = as_network(network)
        if any(each.mode == "input" or each.after is None for each in self.base.over_time):
            raise HamsimError("the network has inputs that change over time, and no rest state")
        self.mode = _mode(mode, inputs)
        if of not in ("g", "x"):
            raise HamsimError(f'of is {given(of)}; allowed are "g" and "x"')
        self.of = of
        self.inputs, self.outputs = _named(self.base, inputs), _named(self.base, outputs)
        held = np.zeros(self.base.n_neurons, dtype=bool)
        held[self.inputs.at] = self.mode == "clamp"
        require_slopes(self.base, held)
        self._tol = _positive("tol", tol)
        self._learned = LearnedWeights(self.base)
        how = _positive("residual", residual), 1, bool(follows), self._learned
        self._engine = Engine(self.base, held, *how)
        self._given: tuple[Floats, Floats] | None = None
        self._lock = threading.Lock()
        self.synapses: Synapses = self._learned.synapses
        self.weights: Floats = self._learned.flat.copy()
        self.input: Floats = np.array(self.base.input)

    def network(self, weights: Floats, input: Floats) -> Network:
        """The network with other weights and currents."""
        with self._lock:
            self._take(weights, input)
            return self._learned.network.replace(input=np.array(input))

    def _take(self, weights: Floats, input: Floats) -> None:
        """Have the engine go on with these numbers, if they are others than before."""
        last = self._given
        if last is not None and all(map(np.array_equal, last, (weights, input))):
            return
        if not np.isfinite(weights).all():
            raise HamsimError("weights hold numbers that are not finite")
        self._learned.flat[:] = weights
        self._learned.changed()
        # Where the engine reads weights from where they are written, nobody needs W.
        made = self.base if self._engine.reads_weights else self._learned.network
        self._engine.weights_changed(made.replace(input=np.array(input)))
        self._given = np.array(weights), np.array(input)

    def forward(self, weights: Floats, input: Floats, values: Floats) -> Passed:
        """Bring rows to rest.

        Parameters
        ----------
        weights : ndarray, shape (weights,)
        input : ndarray, shape (n,)
        values : ndarray, shape (rows, inputs)

        Returns
        -------
        Passed
        """
        with self._lock:
            self._take(weights, input)
            starts = np.tile(np.atleast_2d(self.base.initial)[0], (len(values), 1))
            current = None
            if self.mode == "clamp":
                starts[:, self.inputs.at] = values
            else:
                current = np.zeros_like(starts)
                current[:, self.inputs.at] = values
            rested = self._engine.to_rest(starts, current)
        _tell(rested.rests, "did not come to rest")
        read = rested.g if self.of == "g" else rested.x
        return Passed(read[:, self.outputs.at], rested.x, rested.rests)

    def backward(
        self, weights: Floats, input: Floats, x: Floats, rests: Mask, vector: Floats
    ) -> Pulled:
        """Multiply the derivatives of the outputs by a vector for each row.

        Parameters
        ----------
        weights, input : ndarray
            As given to `forward`.
        x, rests : ndarray
            What it gave back.
        vector : ndarray, shape (rows, outputs)

        Returns
        -------
        Pulled
        """
        with self._lock:
            self._take(weights, input)
            at = self.inputs.at
            c = np.zeros_like(x)
            c[:, self.outputs.at] = vector
            solved = self._engine.adjoint(x, c, self.of, self._tol)
            neurons = neurons_of(self.base)
            known = solved.converged & np.isfinite(solved.a).all(axis=1)
            counts = rests & solved.stable & known
            _tell(solved.stable | ~rests, "came to rest in a state that is not stable")
            _tell(known | ~solved.stable | ~rests, "have adjoint equations that were not solved")
            a, y = (np.where(counts[:, None], each, 0.0) for each in (solved.a, solved.y))
            sums = SynapseGradient(self.base, edges=False)
            sums.adjoint(a, neurons.activate(x), counts.astype(np.float64))
            if self.mode == "input":
                by_values = a[:, at]
            else:
                by_values = neurons.hessian(x, y)[:, at]
                if self.of == "x":
                    by_values = by_values + np.where(counts[:, None], c[:, at], 0.0)
        return Pulled(sums.flat, a.sum(axis=0), by_values, counts)


def _mode(mode: Any, inputs: Any) -> Literal["clamp", "input"]:
    if mode is None:
        return "input" if inputs is None else "clamp"
    if mode not in ("clamp", "input"):
        raise HamsimError(f'mode is {given(mode)}; allowed are "clamp" and "input"')
    if mode == "clamp" and inputs is None:
        raise HamsimError("mode 'clamp' holds inputs: say which groups they are")
    found: Literal["clamp", "input"] = mode
    return found


def _named(network: Network, names: Any) -> _Neurons:
    if names is None:
        return _Neurons(np.arange(network.n_neurons), (network.n_neurons,))
    listed = as_list(names)
    index = network.neurons(listed)
    if np.unique(index).size < index.size:
        raise HamsimError(f"{', '.join(map(str, listed))} names a neuron twice")
    whole = [group.shape for group in network.groups if listed == [group.name]]
    return _Neurons(index, whole[0] if whole else (index.size,))


def _positive(what: str, value: Any) -> float:
    number = number_of(value)
    if not 0.0 < number < np.inf:
        raise HamsimError(f"{what} is {given(value)}; it must be a number above 0")
    return number


def _tell(good: Mask, what: str) -> None:
    """Warn of rows that have no gradient."""
    bad = np.flatnonzero(~good)
    if bad.size:
        warnings.warn(
            f"{bad.size} of {counted(good.size, 'row')} {what}, and have no gradient: the first "
            f"is {bad[0]}",
            SimulationWarning,
            stacklevel=3,
        )


def shape_of_one(part: Part) -> tuple[int, ...]:
    """In which shape people hold the weights of a connection, each of them once.

    A block without empty places and a kernel are arrays; else one number a weight.
    """
    count = part.stop - part.start
    if part.is_rectangle:
        return part.shape
    if part.kernel is not None and np.array_equal(part.kernel.reshape(-1), np.arange(count)):
        return part.shape
    return (count,)


def rows_of_values(neurons: _Neurons, shape: tuple[int, ...], what: str) -> tuple[int, ...]:
    """Axes that stand in front of those of one row.

    Raises
    ------
    HamsimError
        Values have another shape.
    """
    for own in (neurons.shape, (prod(neurons.shape),)):
        if len(shape) >= len(own) and shape[len(shape) - len(own) :] == own:
            return shape[: len(shape) - len(own)]
    raise HamsimError(f"{what} have shape {shape}; the last axes must be {neurons.shape}")
