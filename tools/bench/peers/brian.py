"""Brian2: a group of neurons with an equation, and synapses with a summed variable.

Its code is compiled by Cython, its default where there is a compiler. Its other mode, a C++ program
of its own, is not here: a program has one number of steps, and the loop over the synapses in it is
the same one on one thread, with OpenMP too.
"""

from __future__ import annotations

from cases import Array, Problem

from peers.peer import Peer

NEURONS = """
dx/dt = (u + current - x) / tau : 1
g : 1
u : 1
current : 1 (constant)
tau : second (constant)
"""
SYNAPSES = """
w : 1 (constant)
u_post = w * g_pre : 1 (summed)
"""


class Brian(Peer):
    """A unit of time is a second."""

    name = "Brian2"
    modules = ("brian2", "Cython")
    programs = ("g++",)
    piece = 1000  # each call of run takes a while to begin

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import brian2

        self.second = brian2.second
        brian2.prefs.codegen.target = "cython"
        clock = brian2.Clock(problem.dt * brian2.second)
        self.neurons = brian2.NeuronGroup(problem.n, NEURONS, method="euler", clock=clock)
        # One tanh a neuron and not one a synapse.
        self.neurons.run_regularly("g = tanh(x)", when="start")
        synapses = brian2.Synapses(self.neurons, self.neurons, SYNAPSES, clock=clock)
        W = problem.W.tocoo()
        synapses.connect(i=W.col, j=W.row)
        synapses.w = W.data
        self.neurons.tau = problem.tau * brian2.second
        self.neurons.current = problem.input
        self.network = brian2.Network(self.neurons, synapses)
        self.begin()
        self.network.run(0 * brian2.second, namespace={})

    @classmethod
    def can(cls, problem: Problem) -> bool:
        # Its neurons see no sum over their group, as a softmax needs; trials would be as many
        # copies of all synapses.
        return not problem.is_layers and problem.trials == 1

    def begin(self) -> None:
        self.neurons.x = self.problem.start

    def go_on(self, steps: int) -> Array:
        self.network.run(steps * self.problem.dt * self.second, namespace={})
        return self.neurons.x[:]
