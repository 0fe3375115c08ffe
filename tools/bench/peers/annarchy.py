"""ANNarchy: a population of rate neurons and a projection, compiled to C++ with OpenMP."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from cases import Array, Problem
from scipy.sparse import csr_matrix

from peers.peer import Peer

# It takes the matrix column by column in Python, some 0.2 ms each.
MOST_NEURONS = 200_000


class Annarchy(Peer):
    """A unit of time is a millisecond."""

    name = "ANNarchy"
    modules = ("ANNarchy", "nanobind")
    programs = ("cmake", "g++")

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        # CMake shall find the Python that runs, though its environment be not activated.
        programs = str(Path(sys.executable).parent)
        os.environ["PATH"] = programs + os.pathsep + os.environ["PATH"]
        import ANNarchy as annarchy

        network = annarchy.Network(dt=problem.dt)
        network.config(num_threads=problem.threads, sparse_matrix_format="csr")
        local = {"locality": "local"}
        neuron = annarchy.Neuron(
            parameters={
                "tau": annarchy.Parameter(1.0, **local),
                "current": annarchy.Parameter(0.0, **local),
            },
            equations=[
                annarchy.Variable("tau * dx/dt = sum(exc) + current - x", method="explicit"),
                annarchy.Variable("r = tanh(x)"),
            ],
        )
        self.neurons = network.create(problem.n, neuron)
        synapse = annarchy.Synapse(psp="w * pre.r")
        projection = network.connect(self.neurons, self.neurons, "exc", synapse=synapse)
        # Its matrices have a row for each sender.
        projection.from_sparse(csr_matrix(problem.W.T))
        network.compile(directory=str(problem.folder / "annarchy"), silent=True)
        self.neurons.tau, self.neurons.current = problem.tau, problem.input
        self.network = network
        self.begin()

    @classmethod
    def can(cls, problem: Problem) -> bool:
        # Sums over a population are of the step before, so that a softmax would come too late;
        # trials would be as many copies of all synapses.
        return not problem.is_layers and problem.trials == 1 and problem.n <= MOST_NEURONS

    def begin(self) -> None:
        self.neurons.x = self.problem.start
        self.neurons.r = np.tanh(self.problem.start)

    def go_on(self, steps: int) -> Array:
        self.network.simulate(steps * self.problem.dt)
        return self.neurons.x
