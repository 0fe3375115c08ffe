"""Runs that hand out all states that a run could go on from."""

from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace.trace import MemorySink


class Keeping(MemorySink):
    """Keeps all states that it is given."""

    def open(self, header):
        super().open(header)
        self.states, self.recorded = [], []

    def keep(self, state):
        self.states.append(state)
        self.recorded.append(sum(map(len, self._t)))
        super().keep(state)


def all_states(network, **how):
    """A run with its states, as often as they can be kept."""
    run = prepare(network, threads=1, **how)
    run.checkpoint = 0.0
    sink = Keeping()
    simulate_into(sink, run)
    return sink.trace, sink.states[:-1]
