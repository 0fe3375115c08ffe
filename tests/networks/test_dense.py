"""Dense associative memories of the zoo show the figures that their files state."""

import numpy as np
import pytest

import hamsim
from hamsim.cli.examples import zoo

DENSE = "connections.stored.weights.dense"
COUNT = {"groups.memories.size": 1000, "connections.stored.weights.memories.count": 1000}


def recalled(overrides=None):
    """A run, the overlaps of the cues, and those at the end."""
    network = hamsim.compile(zoo() / "dense.yaml", overrides)
    trace = hamsim.simulate(network, threads=1)
    patterns = network.W.toarray()[100:, :100]

    return trace, *((trace.x[:, k, :100] * patterns).mean(axis=1) for k in (0, -1))


def test_two_patterns_a_neuron_are_recalled():
    trace, cues, ends = recalled()
    assert cues == pytest.approx(0.8, abs=1e-12)
    assert (ends == 1).sum() == 198
    assert ends.mean() == pytest.approx(0.9998, abs=5e-5)
    assert trace.outcome == "converged"
    assert trace.stats.sweeps == 2
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-514_099, -998_446], abs=0.5)
    assert not trace.stats.energy.rose


@pytest.mark.parametrize(
    ("overrides", "found", "overlap"),
    [
        ({"groups.neurons.initial.corrupt.flips": 0.2}, 196, 0.99),
        ({"groups.neurons.initial.corrupt.flips": 0.3}, 116, 0.65),
        ({f"{DENSE}.degree": 2}, 0, 0.26),
        ({f"{DENSE}.degree": 4}, 200, 1.0),
        ({f"{DENSE}.degree": 4, **COUNT}, 1000, 1.0),
    ],
)
def test_how_many_are_recalled_depends_on_cues_and_degree(overrides, found, overlap):
    _, _, ends = recalled(overrides)
    assert (ends == 1).sum() == found
    assert ends.mean() == pytest.approx(overlap, abs=0.005)


@pytest.mark.parametrize(("degree", "energy"), [(2, -12), (3, -24), (4, -84)])
def test_the_exclusive_or_is_found_by_an_odd_power(degree, energy):
    path = zoo() / "xor.yaml"
    network = hamsim.compile(path, {"connections.table.weights.dense.degree": degree})
    trace = hamsim.simulate(network)
    x, y, xor = trace.x[:, -1, :3].T
    bits = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    states = np.hstack([bits, np.zeros((8, 4))])  # and room for the rows of the table
    true = states[:, 2] == -states[:, 0] * states[:, 1]
    signs = np.where(true | (degree != 3), 1, -1)
    assert np.array_equal(hamsim.energy(network, states, reduced=True).total, signs * energy)
    if degree == 3:
        assert np.array_equal(xor, -x * y)
        assert trace.stats.flips == (1,) * 4
        assert trace.energy[:, -1].tolist() == [-24] * 4
    else:
        assert xor.tolist() == [0] * 4


def test_rates_couple_each_neuron_to_itself_and_keep_the_cue():
    """2,560 patterns of 40 neurons, F = x^4: what the manual says of the two forms."""
    rng = np.random.default_rng(1)
    patterns = rng.choice([-1.0, 1.0], (2560, 40))
    cues = patterns[:50].copy()
    for cue in cues:
        cue[rng.choice(40, 4, replace=False)] *= -1
    weights = {"memories": patterns, "dense": {"degree": 4}}
    ends = {}
    for lagrangian, settings in (
        ("sign", {"method": "asynchronous", "seed": 1}),
        ({"kind": "tanh", "beta": 10}, {"method": "euler", "dt": 0.1, "steps": 100}),
    ):
        network = hamsim.compile(
            {
                "format": "hamsim/1",
                "groups": {"v": {"size": 40, "lagrangian": lagrangian}, "h": {"size": 2560}},
                "connections": [{"between": ["v", "h"], "weights": weights}],
            }
        )
        start = np.hstack([cues, np.zeros((50, 2560))])
        trace = hamsim.simulate(network, start, record=None, threads=1, **settings)
        found = np.sign(trace.state.x[:, :40])
        ends[settings["method"]] = (found * patterns[:50]).mean()
    assert ends["euler"] == 0.8
    assert 0.25 < ends["asynchronous"] < 0.48


def test_a_softmax_of_many_neurons_decides_as_the_exponential_that_overflows():
    rng = np.random.default_rng(4)
    patterns = rng.choice([-1.0, 1.0], (200, 40))
    start = np.hstack([rng.choice([-1.0, 1.0], (30, 40)), np.zeros((30, 200))])
    found = {}
    for how, memories in (({"kind": "exponential"}, {}), (None, {"lagrangian": "softmax"})):
        weights = {"memories": patterns, "dense": how} if how else {"memories": patterns}
        network = hamsim.compile(
            {
                "format": "hamsim/1",
                "groups": {
                    "v": {"size": 40, "lagrangian": "sign"},
                    "h": {"size": 200, "tau": 0, **memories},
                },
                "connections": [{"between": ["v", "h"], "weights": weights}],
            }
        )
        trace = hamsim.simulate(network, start, method="asynchronous", seed=3, record=None)
        found[bool(how)] = trace.state.x[:, :40]
    assert np.array_equal(found[True], found[False])
    assert not np.array_equal(found[True], start[:, :40])
