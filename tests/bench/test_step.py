"""The benchmark of steps runs, and asserts that all who take part end in the same state."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCH = Path(__file__).parents[2] / "tools" / "bench"


@pytest.fixture
def step(monkeypatch):
    """The script, whose modules stand beside it."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(BENCH)
    import step

    monkeypatch.setattr(step, "TURN", 0.002)
    monkeypatch.setattr(step, "PAUSE", 0.0)
    yield step
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("step", "cases", "peers", "bandwidth"):
            del sys.modules[name]


def peers_of(names):
    from peers import installed

    return installed(names)


def test_peers_of_a_small_network_end_in_the_same_state(step, tmp_path):
    found = peers_of(["hamsim", "scipy"])
    result = step.compare("small", 1, 1, found, tmp_path)
    assert set(result["seconds"]) == {peer.name for peer in found}
    assert max(result["apart"].values()) < 1e-5
    assert result["apart"]["SciPy and NumPy"] < 1e-12
    assert result["read_bandwidth"] > 0


def test_a_peer_that_ends_elsewhere_is_told_by_name(step):
    from peers.loop import Loop

    class Wrong(Loop):
        def __init__(self):
            pass

        def run(self, steps):
            return np.ones(3)

    with pytest.raises(AssertionError, match="wrong one ends elsewhere"):
        step.require_same_end({"wrong one": Wrong()}, np.full(3, 1.001))


@pytest.mark.parametrize("layers", [False, True])
def test_rates_are_those_of_hamsim(step, tmp_path, layers):
    from cases import Problem, normal, symmetric, write

    import hamsim

    weights = normal(5, 4) if layers else symmetric(9, 3)
    tau, current = np.linspace(0.5, 2, 9), np.linspace(-1, 1, 9)
    problem = Problem(write(tmp_path, weights, normal(9), tau, current))
    own = hamsim.simulate(problem.description, problem.start, method="euler", dt=0.1, steps=1)
    slope = problem.rate(problem.start) / problem.tau
    np.testing.assert_allclose(own.final, problem.start + 0.1 * slope, rtol=1e-13, atol=1e-15)
