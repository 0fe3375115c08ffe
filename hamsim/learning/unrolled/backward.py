"""The adjoint of Euler's method: what a loss says of a state, taken back step by step.

With s the state of a step, where neurons of tau = 0 are at what they follow, and g = g(s),

    x' = s + (dt / tau) u,    u = W g + I - s,

and b = dC/dx' of the state after it, the adjoint of u is a = (dt / tau) b, and dC/ds is

    b - a + H (W^T a + c) + v,    c = dC/dg and v = dC/ds of what the loss reads there itself.

Neurons of tau = 0 hand theirs on to what they follow; those that are clamped keep it. Gated
synapses stand beside W with their second derivative, which is symmetric. Then dC/dI is the sum of
a over the steps, and dC/dW_ij that of a_i g_j.

Source: back-propagation through time, Rumelhart, Hinton and Williams 1986; Werbos 1990.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.kernels.gatechange import change_gates
from hamsim.kernels.jit import first_call
from hamsim.layout.gates import arrange_gates
from hamsim.learning.unrolled.tape import Phases
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["Backward", "Passed"]


class Read(NamedTuple):
    """What a loss reads of one evaluation, differentiated, each of shape (trials, n).

    Parameters
    ----------
    of_states, of_activations : ndarray or None
    of_parameters : ndarray or None
        What parameters of Lagrangians change besides through states, as if it were read of
        activations.
    """

    of_states: Floats | None = None
    of_activations: Floats | None = None
    of_parameters: Floats | None = None


NOTHING = Read()


class Passed(NamedTuple):
    """What one evaluation leaves behind, each of shape (trials, n).

    Parameters
    ----------
    before : ndarray
        dC/ds of neurons that integrate; 0 of others.
    drive : ndarray
        Adjoint of W g + I: of neurons that integrate and that follow at once.
    sent : ndarray
        Adjoint of g, with what parameters of Lagrangians change besides.
    held : ndarray
        dC/ds of clamped neurons; 0 of others.
    """

    before: Floats
    drive: Floats
    sent: Floats
    held: Floats


class Backward:
    """Takes adjoints back through evaluations of a network.

    Parameters
    ----------
    network : Network

    Attributes
    ----------
    products : int
        With W, so far.
    """

    def __init__(self, network: Network) -> None:
        self._operator = operator_of(network)
        triples = network.triples
        self._gates: tuple[Any, ...] = ()
        if triples is not None:
            self._gates = tuple(arrange_gates(triples, network.n_neurons, None).values())
        self.products = 0

    def through(
        self,
        phases: Phases,
        x: Floats,
        g: Floats,
        after: Floats | None,
        read: Read = NOTHING,
    ) -> Passed:
        """Go back through a step, or through the evaluation alone with which a run ends.

        Parameters
        ----------
        phases : Phases
        x, g : ndarray, shape (trials, n)
            States and activations of the evaluation.
        after : ndarray, shape (trials, n), or None
            dC/dx' of the state to which the step leads, 0 of neurons that do not integrate; None
            where no step is taken from here.
        read : Read
            By the loss.
        """
        own = read.of_activations
        sent = np.zeros_like(x) if own is None else np.array(own)
        if after is None:
            drive, state = np.zeros_like(x), np.zeros_like(x)
        else:
            drive = phases.rate * after
            state = after - drive
            self._send_back(g, drive, sent)
        if read.of_states is not None:
            state += read.of_states
        state += self._operator.hessian(x, sent)
        if phases.instant.any():
            # They follow neurons that do not depend on them, so that one way back is all.
            followed = np.where(phases.instant, state, 0.0)
            back = np.zeros_like(x)
            self._send_back(g, followed, back)
            state += self._operator.hessian(x, back)
            drive, sent = drive + followed, sent + back
        if read.of_parameters is not None:
            sent = sent + read.of_parameters
        before, held = np.where(phases.moving, state, 0.0), np.where(phases.clamped, state, 0.0)
        return Passed(before, drive, sent, held)

    def _send_back(self, g: Floats, drive: Floats, sent: Floats) -> None:
        """Add to the adjoint of g what the adjoint of the drive gives."""
        sent += self._operator.transposed(drive)
        self.products += 1
        if self._gates:
            with first_call("change gates"):
                change_gates(self._gates, np.ascontiguousarray(g), drive, sent)
