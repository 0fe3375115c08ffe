"""Weights hold what they are made to hold, and the certificate is what the gain promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.learning.synapses import LearnedWeights
from hamsim.learning.synapses.product import WeightProduct
from hamsim.learning.training.constraints import Constraints
from hamsim.learning.training.gain import Gain
from hamsim.learning.training.task import Constrained

SLOPES = {"tanh": {"beta": 1.5}, "relu": {}, "identity": {"gain": 0.7}, "softmax": {"beta": 2.0}}


def random_network(seed, *, symmetric=True, tau=1.0, scale=1.0):
    """Groups of bounded slope, blocks, a sparse lateral connection and shared kernels."""
    rng = np.random.default_rng(seed)
    kinds = list(SLOPES)
    groups = {
        name: {
            "shape": [4, 3, 2] if name == "a" else [int(rng.integers(2, 9))],
            "tau": tau,
            "lagrangian": {"kind": kind, **SLOPES[kind]},
        }
        for name, kind in zip("abc", rng.permutation(kinds), strict=False)
    }
    groups["d"] = {"shape": [4, 3, 1], "tau": tau, "lagrangian": "tanh"}
    number = {"normal": {"std": scale}}
    connections = [
        {"between": ["a", "b"], "weights": number},
        {"within": "a", "weights": number, "density": 0.4},
        {"within": "b", "weights": number, "self_connections": True},
        {"between": ["d", "a"], "weights": {"conv2d": {"kernel": number, "window": 3}}},
    ]
    connections[-1]["weights"]["conv2d"]["padding"] = "same"
    ends = {"between": ["b", "c"]} if symmetric else {"from": "b", "to": "c"}
    connections.append({**ends, "weights": number, "probability": 0.6})
    return hamsim.compile(
        {"format": "hamsim/1", "seed": seed, "groups": groups, "connections": connections}
    )


def constrained(network, names=None, **wanted):
    learned = LearnedWeights(network)
    names = list(learned.slices) if names is None else names
    return learned, Constraints(network, learned, names, Constrained(**wanted))


def settled(learned, constraints):
    constraints.settle()
    learned.changed()
    return learned.network


def slopes_of(network):
    return np.concatenate([group.fact("slope") for group in network.groups])


def largest_eigenvalue(network):
    root = np.sqrt(slopes_of(network))
    X = root[:, None] * network.W.toarray() * root
    return np.linalg.eigvalsh((X + X.T) / 2)[-1]


def largest_singular_value(network):
    return np.linalg.norm(network.W.toarray() * slopes_of(network), 2)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_products_are_those_of_the_network(seed, symmetric):
    network = random_network(seed, symmetric=symmetric)
    product = WeightProduct(LearnedWeights(network))
    v = np.random.default_rng(seed).normal(size=(network.n_neurons, 3))
    assert np.allclose(product.times(v), network.W @ v, rtol=0, atol=1e-12)
    assert np.allclose(product.back(v), network.W.T @ v, rtol=0, atol=1e-12)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_gain_below_one_is_a_proof(seed, symmetric):
    network = random_network(seed, symmetric=symmetric)
    before = largest_eigenvalue(network)
    learned, constraints = constrained(network, gain=0.9)
    found = settled(learned, constraints)
    assert before > 1.0
    assert 0.85 < largest_eigenvalue(found) <= 0.9 * (1 + 1e-6)
    certificate = hamsim.check(found)
    assert certificate.unique_equilibrium == "proved"
    assert certificate.globally_stable == "proved"
    assert certificate.converges == "proved"


def test_unequal_tau_in_a_set_asks_for_the_norm():
    network = random_network(3)
    tau = np.linspace(0.5, 2.0, network.n_neurons)
    network = network.replace(tau=tau)
    learned, constraints = constrained(network, gain=0.9)
    found = settled(learned, constraints)
    assert 0.85 < largest_singular_value(found) <= 0.9 * (1 + 1e-6)
    assert hamsim.check(found).globally_stable == "proved"


def test_only_what_is_learned_is_changed():
    network = random_network(5, scale=0.1)
    names = [network.connections[0].name, network.connections[3].name]
    learned, constraints = constrained(network, names, gain=0.9)
    kept = {n: learned.flat[at].copy() for n, at in learned.slices.items() if n not in names}
    for name in names:
        learned.flat[learned.slices[name]] *= 30.0
    found = settled(learned, constraints)
    assert largest_eigenvalue(found) <= 0.9 * (1 + 1e-6)
    for name, values in kept.items():
        assert np.array_equal(learned.flat[learned.slices[name]], values)


@pytest.mark.parametrize("direct", [300, 1])
def test_the_gain_is_followed_from_step_to_step(monkeypatch, direct):
    monkeypatch.setattr("hamsim.learning.training.gain.DIRECT", direct)
    network = random_network(7, scale=0.2)
    learned, constraints = constrained(network, gain=0.9)
    constraints.settle()
    rng = np.random.default_rng(0)
    for _ in range(60):
        learned.flat += 0.01 * rng.normal(size=learned.flat.size)
        constraints.project()
        learned.changed()
        assert largest_eigenvalue(learned.network) < 0.93


def test_a_gain_takes_less_from_the_weights_than_making_all_of_them_smaller():
    network = random_network(1, scale=0.1)
    begun = LearnedWeights(network).flat
    learned, constraints = constrained(network, gain=0.9)
    constraints.settle()
    smaller = begun * 0.9 / largest_eigenvalue(network)
    assert np.linalg.norm(learned.flat - begun) < 0.7 * np.linalg.norm(smaller - begun)


def test_signs_and_norms_hold_beside_a_gain():
    network = random_network(11)
    names = [connection.name for connection in network.connections]
    learned, constraints = constrained(
        network, nonnegative=(names[0], names[3]), norm={"all": 0.8, names[1]: 0.5}, gain=0.7
    )
    found = settled(learned, constraints)
    assert largest_eigenvalue(found) <= 0.7 * (1 + 1e-6)
    by_name = learned.own(learned.flat)
    assert (learned.flat[learned.slices[names[0]]] >= 0.0).all()
    assert (by_name[names[3]] >= 0.0).all()
    assert (
        np.linalg.norm(by_name[names[3]].reshape(len(by_name[names[3]]), -1), axis=1).max() < 0.81
    )
    for name, most in ((names[0], 0.8), (names[1], 0.5), (names[2], 0.8)):
        block = by_name[name]
        block = block if isinstance(block, np.ndarray) else block.toarray()
        for axis in (0, 1):
            assert np.linalg.norm(block, axis=axis).max() <= most * (1 + 1e-12)


def test_a_norm_shortens_those_alone_that_are_longer():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {name: {"size": 2, "lagrangian": "tanh"} for name in "ab"},
            "connections": [
                {"from": "a", "to": "b", "weights": [[3.0, 4.0], [0.3, 0.4]]},
                {"within": "a", "weights": [[0.0, 2.0], [2.0, 0.0]]},
            ],
        }
    )
    names = [connection.name for connection in network.connections]
    learned, constraints = constrained(network, norm={names[0]: 1.0, names[1]: 0.5})
    constraints.project()
    own = learned.own(learned.flat)
    assert np.allclose(own[names[0]], [[0.6, 0.8], [0.3, 0.4]], rtol=0, atol=1e-15)
    assert np.allclose(own[names[1]].toarray(), [[0.0, 0.5], [0.5, 0.0]], rtol=0, atol=1e-15)


def gated():
    groups = {name: {"size": 2, "lagrangian": "tanh"} for name in "abc"}
    connections = [
        {"gate": "c", "between": ["a", "b"], "weights": 0.5},
        {"between": ["a", "b"], "weights": 0.5},
    ]
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def steep():
    groups = {"a": {"size": 2, "lagrangian": {"kind": "exponential"}}}
    connections = [{"within": "a", "weights": 0.1}]
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


@pytest.mark.parametrize(
    ("network", "wanted", "message"),
    [
        (gated, {"gain": 0.9}, "gain: gated synapses"),
        (steep, {"gain": 0.9}, r"neuron a\[0\] has no bound of its slope"),
        (gated, {"nonnegative": ("a-c",)}, "nonnegative: no connection 'a-c' is learned; did you"),
        (gated, {"norm": {"a-b by c": 1.0}}, "is gated"),
    ],
)
def test_what_cannot_hold_is_refused(network, wanted, message):
    with pytest.raises(hamsim.HamsimError, match=message):
        constrained(network(), **wanted)


def test_weights_that_are_not_learned_may_have_too_much_gain():
    network = random_network(5, scale=2.0)
    with pytest.raises(hamsim.HamsimError, match="not learned have"):
        constrained(network, [network.connections[0].name], gain=0.9)


def test_large_networks_have_the_gain_that_small_ones_have(monkeypatch):
    network = random_network(2)
    learned = LearnedWeights(network)
    gain = Gain(network, learned, list(learned.slices.values()), 0.9)
    directly = gain.value()
    monkeypatch.setattr("hamsim.learning.training.gain.DIRECT", 1)
    assert abs(gain.value() - directly) < 1e-7 * directly
    assert abs(directly - largest_eigenvalue(network)) < 1e-9 * directly


def layers():
    """Five pixels, four hidden neurons and three outputs whose gain exceeds 1 before training."""
    drawn = {"normal": {"std": 0.7}}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "seed": 4,
            "groups": {
                "pixels": {"size": 5, "lagrangian": "identity"},
                "hidden": {"size": 4, "lagrangian": {"kind": "tanh", "beta": 1.0}},
                "outputs": {"size": 3, "lagrangian": "identity"},
            },
            "connections": [
                {"between": ["pixels", "hidden"], "weights": drawn},
                {"between": ["hidden", "outputs"], "weights": drawn},
            ],
        }
    )


def trained(**how):
    rng = np.random.default_rng(0)
    labels = np.arange(18) % 3
    data = rng.normal(size=(3, 5))[labels], np.eye(3)[labels]
    wanted = {"inputs": "pixels", "outputs": "outputs", "batch": 6, "validation": 0, "epochs": 4}
    wanted |= {"optimizer": {"adam": {"rate": 0.05}}, "learn": {"connections": "all"}}
    return hamsim.train(layers(), data, **{**wanted, **how})


def test_training_keeps_what_is_proved():
    assert hamsim.check(layers()).globally_stable != "proved"
    learn = {"connections": "all", "lagrangian": {"hidden": ["beta"]}}
    result = trained(constraints={"gain": 0.9}, learn=learn)
    assert result.network.group("hidden").parameters["beta"][0] != 1.0
    assert largest_eigenvalue(result.network) <= 0.9 * (1 + 1e-6)
    assert hamsim.check(result.network).globally_stable == "proved"
    assert result.table["loss"][-1] < result.table["loss"][0]


@pytest.mark.parametrize("direct", [300, 1])
def test_training_with_constraints_goes_on_with_the_same_bits(tmp_path, monkeypatch, direct):
    monkeypatch.setattr("hamsim.learning.training.gain.DIRECT", direct)
    how = {"constraints": {"gain": 0.8, "nonnegative": ["hidden-outputs"], "norm": {"all": 0.7}}}
    whole = trained(**how)
    trained(**how, epochs=2, checkpoint=tmp_path / "run.npz")
    again = trained(**how, resume=tmp_path / "run.npz")
    assert np.array_equal(again.network.W.data, whole.network.W.data)
    outputs = whole.network.block(whole.network.connections[1])
    assert outputs.data.min() >= 0.0
    assert np.linalg.norm(outputs.toarray(), axis=0).max() <= 0.7 + 1e-12


def test_connections_that_are_not_learned_have_no_constraints():
    learn = {"connections": ["pixels-hidden"]}
    with pytest.raises(hamsim.HamsimError, match="no connection 'hidden-outputs' is learned"):
        trained(learn=learn, constraints={"nonnegative": ["hidden-outputs"]})
