"""Neurons of two values beside hidden ones that follow at once, against both energies compared."""

import gc
import weakref

import numpy as np
import pytest
from dense_reference import at_once, reduced_energy, sweep
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim import SimulationError
from hamsim.dynamics.discrete.hidden import hidden_of


def soft(h):
    return h.max() + np.log(np.exp(h - h.max()).sum())


# Lagrangians of hidden groups of two columns, and what they are of all neurons of such a group.
LAYERS = {
    "cubes": ({"expression": "x**3"}, lambda h: (h**3).sum()),
    "rectified": ("relu", lambda h: (np.maximum(h, 0.0) ** 2).sum() / 2),
    "linear": ({"kind": "identity", "gain": 2.0}, lambda h: (h**2).sum()),
    "shared": ("softmax", soft),
    "columns": ({"kind": "softmax", "over": [0]}, lambda h: soft(h[::2]) + soft(h[1::2])),
}


def network_of(weights, V=None, current=0.0, visible="sign", **simulation):
    """Neurons of two values that are connected with hidden groups, and with each other."""
    n = next(iter(weights.values())).shape[1]
    groups = {"seen": {"size": n, "lagrangian": visible, "input": current}}
    for name, W in weights.items():
        groups[name] = {"shape": [W.shape[0] // 2, 2], "lagrangian": LAYERS[name][0], "tau": 0}
        groups[name]["input"] = 0.5
    connections = [{"between": [name, "seen"], "weights": W} for name, W in weights.items()]
    if V is not None:
        connections.append({"within": "seen", "weights": V, "self_connections": True})
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": connections,
            "simulation": {"method": "asynchronous", **simulation},
        }
    )


def drawn(seed, real, lateral):
    """Weights of hidden layers and among the neurons, and the same for the oracle."""
    rng = np.random.default_rng(seed)
    n = 9
    weights, layers = {}, []
    for k, (name, (_, L)) in enumerate(LAYERS.items()):
        W = rng.choice([-1.0, 0.0, 1.0], (4 + 2 * k, n), p=[0.4, 0.2, 0.4])
        weights[name] = W * rng.normal(size=W.shape) if real else W
        layers.append((weights[name], 0.5, L))
    V = rng.integers(-3, 4, (n, n)) * (rng.normal(size=(n, n)) if real else 1.0)
    V = (V + V.T) if lateral else None
    current = rng.normal(size=n) if real else np.zeros(n)
    return rng, weights, layers, V, current


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**20), real=st.booleans(), lateral=st.booleans(), low=st.booleans())
def test_sweeps_are_those_of_both_energies_compared(seed, real, lateral, low):
    rng, weights, layers, V, current = drawn(seed, real, lateral)
    n, low = current.size, -1.0 if low else 0.0
    network = network_of(weights, V, current.tolist(), "sign" if low else "step")
    starts = rng.choice([low, 1.0], (3, n))
    order = np.array([rng.permutation(n) for _ in range(4)])
    hidden = network.n_neurons - n
    trace = hamsim.simulate(
        network, np.hstack([starts, rng.normal(size=(3, hidden))]), order=order, sweeps=4, threads=1
    )
    for trial, state in enumerate(starts):
        states, flips = [state.copy()], 0
        for k in range(4):
            flips += sweep(state, order[k], layers, V, current, low)
            states.append(state.copy())
        made = trace.x[trial, :, :n]
        assert np.array_equal(made, states[: len(made)])
        assert all(np.array_equal(made[-1], each) for each in states[len(made) :])
        assert trace.stats.flips[trial] == flips
        expected = [reduced_energy(each, layers, V, current) for each in made]
        size = 1.0 + np.abs(expected).max()
        assert trace.energy[trial] == pytest.approx(expected, abs=1e-12 * size)
        drives = np.concatenate([W @ made[-1] + J for W, J, _ in layers])
        assert trace.x[trial, -1, n:] == pytest.approx(drives, abs=1e-12)
        if trace.outcomes[trial] == "converged":
            assert np.array_equal(at_once(made[-1], layers, V, current, low), made[-1])
    assert not trace.stats.energy.rose


def test_all_neurons_at_once_and_trials_in_threads():
    rng, weights, layers, V, _ = drawn(3, False, True)
    network = network_of(weights, V)
    starts = rng.choice([-1.0, 1.0], (8, 9))
    padded = np.hstack([starts, np.zeros((8, network.n_neurons - 9))])
    trace = hamsim.simulate(network, padded, method="synchronous", sweeps=1)
    for trial, state in enumerate(starts):
        assert np.array_equal(trace.x[trial, -1, :9], at_once(state, layers, V))
    both = [
        hamsim.simulate(network, padded, sweeps=5, seed=4, threads=k, record=None) for k in (1, 2)
    ]
    assert np.array_equal(both[0].final, both[1].final)
    alone = hamsim.simulate(network, padded[0], sweeps=5, seed=4)
    assert np.array_equal(alone.final, both[0].final[0])
    assert alone.stats.flips == both[0].stats.flips[0]


def test_a_run_goes_on_with_the_bits_of_one_that_was_never_cut():
    rng, weights, _, V, current = drawn(7, True, True)
    network = network_of(weights, V, current.tolist())
    start = np.concatenate([rng.choice([-1.0, 1.0], 9), np.zeros(network.n_neurons - 9)])
    whole = hamsim.simulate(network, start, temperature=500.0, sweeps=6, seed=5)
    first = hamsim.simulate(network, start, temperature=500.0, sweeps=3, seed=5)
    rest = hamsim.simulate(network, first, temperature=500.0, sweeps=3, seed=5)
    assert len(np.unique(whole.x, axis=0)) > 3
    assert np.array_equal(rest.x[-3:], whole.x[-3:])
    assert rest.energy[-3:] == pytest.approx(whole.energy[-3:], rel=1e-13)


def test_a_heat_bath_has_the_probabilities_of_the_reduced_energy():
    """Two neurons, a hidden one: the states' shares are those of Boltzmann."""
    source = {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 2, "lagrangian": "sign", "initial": 1.0, "input": [0.3, -0.1]},
            "h": {"size": 1, "lagrangian": {"expression": "x**3"}, "tau": 0},
        },
        "connections": [{"between": ["h", "v"], "weights": [[1.0, 0.5]]}],
    }
    network = hamsim.compile(source)
    trace = hamsim.simulate(
        network, method="asynchronous", temperature=2.0, sweeps=40_000, seed=2, threads=1
    )
    states = trace.x[500:, :2]
    weights = {}
    for s in np.array([[a, b] for a in (-1.0, 1.0) for b in (-1.0, 1.0)]):
        E = reduced_energy(
            s, [(np.array([[1.0, 0.5]]), 0.0, lambda h: (h**3).sum())], None, np.array([0.3, -0.1])
        )
        weights[tuple(s)] = np.exp(-E / 2.0)
    for s, weight in weights.items():
        share = weight / sum(weights.values())
        found = (states == s).all(axis=1).mean()
        assert found == pytest.approx(share, abs=5 * np.sqrt(share / 10_000))


def test_graded_neurons_beside_hidden_ones_are_set_to_what_these_send():
    rng = np.random.default_rng(8)
    W = rng.normal(size=(6, 7))
    groups = {
        "seen": {"size": 4, "lagrangian": "sign"},
        "graded": {"size": 3, "lagrangian": "tanh"},
        "hidden": {"size": 6, "lagrangian": "relu", "tau": 0},
    }
    connections = [{"between": ["hidden", ["seen", "graded"]], "weights": W}]
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    x = np.concatenate([rng.choice([-1.0, 1.0], 4), rng.normal(size=3), np.zeros(6)])
    trace = hamsim.simulate(network, x, method="asynchronous", order="sequential", sweeps=2)
    g = np.concatenate([x[:4], np.tanh(x[4:7])])
    layers = [(W, 0.0, LAYERS["rectified"][1])]
    for made in trace.x[1:]:
        sweep(g, range(4), layers)
        for i in range(4, 7):
            drive = W[:, i] @ np.maximum(W @ g, 0.0)
            assert made[i] == pytest.approx(drive, rel=1e-12)
            g[i] = np.tanh(drive)
        assert np.array_equal(made[:4], g[:4])
    assert not np.array_equal(trace.x[0, :7], trace.x[-1, :7])


def test_many_hidden_neurons_are_read_in_pieces():
    rng = np.random.default_rng(5)
    W = rng.choice([-1.0, 1.0], (5000, 6))
    W[:2500, 0] = W[3000:, 1] = 0.0
    network = network_of({"cubes": W})
    state = rng.choice([-1.0, 1.0], 6)
    start = np.concatenate([state, np.zeros(5000)])
    trace = hamsim.simulate(network, start, order="sequential", sweeps=1)
    sweep(state, range(6), [(W, 0.5, LAYERS["cubes"][1])])
    assert np.array_equal(trace.final[:6], state)
    assert trace.final[6:] == pytest.approx(W @ state + 0.5, abs=1e-9)


def test_energies_that_overflow_are_no_decision():
    weights = {"rectified": np.full((2, 3), 1e200)}
    network = network_of(weights)
    with pytest.raises(SimulationError, match="too large for a decision"):
        hamsim.simulate(network, np.array([1.0, 1.0, 1.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"connections": [{"within": "h", "weights": 1.0}]}, r"h\[0\] has tau = 0 and a connect"),
        ({"connections": [{"from": "h", "to": "v", "weights": 1.0}]}, r"h\[0\] has tau = 0 and on"),
        (
            {"stimuli": [{"group": "h", "mode": "clamp", "value": 1.0}]},
            r"h\[0\] has tau = 0 and is clamped",
        ),
    ],
)
def test_where_no_reduced_energy_is_defined_it_is_said(more, words):
    groups = {
        "v": {"size": 2, "lagrangian": "sign", "initial": 1.0},
        "h": {"size": 2, "lagrangian": "relu", "tau": 0},
    }
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, **more})
    with pytest.raises(SimulationError, match=words):
        hamsim.simulate(network, method="asynchronous")


def test_hidden_neurons_are_arranged_once_and_do_not_keep_their_network():
    network = network_of({"cubes": np.ones((4, 3))})
    arranged = hidden_of(network)
    assert hidden_of(network) is arranged
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None
    assert arranged.order.size == 4
