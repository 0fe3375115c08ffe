"""The converter ends in the numbers that no change of a single bit brings nearer to the signal."""

import itertools

import numpy as np
import pytest

import hamsim
from hamsim.cli.examples import zoo

FILE = zoo() / "converter.yaml"


def minima(signal):
    """Numbers at which each bit is what the others and the signal drive it to."""
    powers = 2.0 ** np.arange(4)
    W = -np.outer(powers, powers)
    np.fill_diagonal(W, 0.0)
    current = powers * signal - 0.5 * powers**2
    found = []
    for bits in itertools.product((0, 1), repeat=4):
        if np.array_equal(W @ bits + current > 0, np.array(bits, dtype=bool)):
            found.append(int(powers @ bits))
    return sorted(found)


def number(network, x):
    return int(2 ** np.arange(4) @ np.round(hamsim.activation(network, x)).astype(int))


def test_from_0_it_writes_the_signal_or_falls_into_a_trap():
    for signal, written in ((6.3, 6), (3.8, 3)):
        network = hamsim.compile(hamsim.load(FILE, {"parameters.signal": signal}))
        trace = hamsim.simulate(network, threads=1)
        assert trace.outcome == "converged"
        assert not trace.stats.energy.rose
        assert number(network, trace.final) == written


@pytest.mark.parametrize("signal", [0.2, 6.3, 8.2, 11.7])
def test_its_minima_are_those_of_the_squared_error_by_single_bits(signal):
    network = hamsim.compile(hamsim.load(FILE, {"parameters.signal": signal}))
    found = hamsim.attractors(network, starts=150, saddles=signal == 6.3)
    assert sorted(number(network, x) for x in found.x) == minima(signal)
    if signal == 6.3:
        assert found.share[1] == pytest.approx(0.33, abs=0.1)
        assert found.saddles.joins.tolist() in ([[0, 1]], [[1, 0]])
        assert found.energy.max() < found.saddles.energy[0] < 0.0
