"""dx/dt of a network as other solvers want it: a function of t and x that counts its calls.

By NumPy and SciPy alone, as people write it, or by `hamsim`'s kernels; both give the same numbers,
and a solver is given what is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hamsim.network import Network, Stimulus
from hamsim.network.parts import Group
from hamsim.operator import operator_of

__all__ = ["Motion"]

Array = NDArray[np.float64]
Activation = Callable[[Array], Array]


def identity(group: Group) -> Activation:
    gain = group.parameters["gain"]
    return (lambda x: x) if np.all(gain == 1) else (lambda x: gain * x)


def tanh(group: Group) -> Activation:
    beta = group.parameters["beta"]
    return np.tanh if np.all(beta == 1) else (lambda x: np.tanh(beta * x))


def sigmoid(group: Group) -> Activation:
    beta = group.parameters["beta"]
    return lambda x: expit(beta * x)


def relu(group: Group) -> Activation:
    return lambda x: np.maximum(x, 0.0)


def soft_threshold(group: Group) -> Activation:
    threshold = group.parameters["threshold"]
    return lambda x: x - np.clip(x, -threshold, threshold)


def softmax(group: Group) -> Activation:
    shape, over = group.shape, group.over
    beta = group.parameters["beta"].reshape(shape)

    def activate(x: Array) -> Array:
        y = beta * x.reshape(shape)
        p = np.exp(y - y.max(axis=over, keepdims=True))
        return (p / p.sum(axis=over, keepdims=True)).ravel()

    return activate


ACTIVATIONS = {f.__name__: f for f in (identity, tanh, sigmoid, relu, soft_threshold, softmax)}


class Motion:
    """dx/dt = (W g + I - x) / tau of one trial, where clamped neurons stand still.

    Parameters
    ----------
    network : Network
        Neurons with tau = 0 must not depend on each other.
    stimuli : sequence of Stimulus
        What acts all the time, of one trial.
    """

    def __init__(self, network: Network, stimuli: Sequence[Stimulus] = ()) -> None:
        current, tau = network.input.copy(), network.tau.copy()
        self.held: list[tuple[NDArray[np.int64], Array]] = []
        for stimulus in stimuli:
            if stimulus.mode == "input":
                current[stimulus.neurons] += stimulus.value
            else:
                tau[stimulus.neurons] = np.inf
                self.held.append((stimulus.neurons, stimulus.value))
        self.network = replace(network, input=current, stimuli=())
        self.tau, self.current = tau, current
        self.rates = np.divide(1.0, tau, out=np.zeros_like(tau), where=tau > 0)
        self.calls = 0
        self._operator = operator_of(self.network)
        self._activations = [
            (group.slice, ACTIVATIONS[group.lagrangian](group))
            for group in network.groups
            if group.lagrangian in ACTIVATIONS
        ]
        self.is_plain = (
            len(self._activations) == len(network.groups)
            and bool((tau > 0).all())
            and all(connection.triples is None for connection in network.connections)
        )

    def start(self, x: Array) -> Array:
        """The state with clamped neurons at their values, and neurons with tau = 0 at theirs."""
        x = x.copy()
        for neurons, values in self.held:
            x[neurons] = values
        return self._operator.evaluate(x)[0] if (self.tau == 0).any() else x

    def plain(self, t: float, x: Array) -> Array:
        """By NumPy and SciPy; for families of `ACTIVATIONS`."""
        self.calls += 1
        if len(self._activations) == 1:
            g = self._activations[0][1](x)
        else:
            g = np.empty_like(x)
            for place, activate in self._activations:
                g[place] = activate(x[place])
        return (self.network.W @ g + self.current - x) * self.rates

    def own(self, t: float, x: Array) -> Array:
        """By hamsim's kernels."""
        self.calls += 1
        return self._operator.evaluate(x)[1] * self.rates

    def settled(self, x: Array) -> Array:
        """States with neurons of tau = 0 where the others put them, shape (times, n)."""
        return self._operator.evaluate(x)[0]

    def jacobian(self, t: float, x: Array) -> Array:
        """d(dx/dt)/dx as a dense matrix; without gated synapses, and all tau > 0."""
        n = self.network.n_neurons
        H = self._operator.hessian(np.tile(x, (n, 1)), np.eye(n))
        return (self.network.W @ H.T - np.eye(n)) * self.rates[:, None]

    @property
    def best(self) -> Callable[[float, Array], Array]:
        """The faster of both."""
        if not self.is_plain:
            return self.own
        took = {f: _seconds(f, self.network.initial) for f in (self.plain, self.own)}
        self.calls = 0
        return min(took, key=lambda f: took[f])


def _seconds(f: Callable[[float, Array], Array], x: Array) -> float:
    from timeit import repeat

    f(0.0, x)
    return min(repeat(lambda: f(0.0, x), number=20, repeat=5))
