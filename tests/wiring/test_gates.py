"""Gating connections: they add -sum T_ijk g_i g_j g_k to the energy, and all three neurons feel it.

T is written here as a dense array over all neurons; forces are differences of the energy.
"""

import itertools
import math

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.observables import hessian_product

SEEDS = st.integers(0, 10**6)
ROUNDING = 1e-12
STEP = 1e-5  # of differences in the middle: error about STEP**2 and 1e-16 / STEP
DIFFERENCE = 1e-8


def compiled(groups, *connections, **more):
    return hamsim.compile(
        {"format": "hamsim/1", "groups": groups, "connections": list(connections), **more}
    )


def group(size, lagrangian="tanh", **settings):
    return {"size": size, "lagrangian": lagrangian, **settings}


SIZES = {"a": 3, "b": 2, "c": 4}
# Some of the Lagrangians whose states are a function of their activations, neuron by neuron.
INVERSE = {"a": np.arctanh, "b": lambda g: g, "c": lambda g: np.log(g) - np.log1p(-g)}
ABC = {
    "a": group(3, "tanh", tau=[0.5, 1.0, 3.0], input=0.2),
    "b": group(2, "identity", tau=2.0),
    "c": group(4, "sigmoid", tau=0.3, input=-0.1),
}
# The two that are connected, and the gate.
ENDS = [
    ("a", "b", "c"),
    ("c", "a", "b"),
    ("b", "b", "a"),
    ("a", "b", "a"),
    ("c", "a", "a"),
    ("a", "a", "a"),
    (["c", "a"], "b", ["b", "c"]),
    ("all", "all", "all"),
]


def places(end):
    """Numbers of an end's neurons in the network of a, b and c."""
    names = list(SIZES) if end == "all" else [end] if isinstance(end, str) else sorted(end)
    starts = {"a": 0, "b": 3, "c": 5}
    return [starts[name] + k for name in names for k in range(SIZES[name])]


def dense(ends, block):
    """T over all nine neurons of a block over the neurons of three ends."""
    T = np.zeros((9, 9, 9))
    for (p, i), (q, j), (r, k) in itertools.product(*(enumerate(places(end)) for end in ends)):
        T[i, j, k] = block[p, q, r]
    return T


def gated(ends, weights, **more):
    first, second, gate = ends
    return {"gate": gate, "between": [first, second], "weights": weights, **more}


def random_block(rng, ends):
    shape = [len(places(end)) for end in ends]
    return rng.normal(0, 0.3, shape) * (rng.random(shape) < 0.7)


def stated(network):
    """T of a compiled network."""
    T = np.zeros((network.n_neurons,) * 3)
    np.add.at(T, tuple(network.triples[:3]), network.triples.weights)
    return T


def random_state(rng, network):
    return rng.normal(0, 0.7, network.n_neurons)


# --- energy and forces ---


@pytest.mark.parametrize("ends", ENDS)
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_energy_is_that_of_the_dense_tensor(ends, seed):
    rng = np.random.default_rng(seed)
    block = random_block(rng, ends)
    network = compiled(ABC, {**gated(ends, block.tolist()), "name": "it"})
    np.testing.assert_array_equal(stated(network), dense(ends, block))
    assert network.W.nnz == 0
    states = np.array([random_state(rng, network) for _ in range(3)])
    parts = hamsim.energy(network, states)
    for x, part in zip(states, parts.connections["it"], strict=True):
        g = hamsim.activation(network, x)
        expected = -np.einsum("ijk,i,j,k", dense(ends, block), g, g, g)
        assert part == pytest.approx(expected, abs=ROUNDING)
    np.testing.assert_allclose(
        parts.total, sum(parts.groups.values()) + parts.connections["it"], atol=ROUNDING
    )


@pytest.mark.parametrize("ends", ENDS)
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_velocity_is_the_slope_of_the_energy_in_the_activations(ends, seed):
    """tau dx/dt = -dE/dg, with g moved by itself and x following it."""
    rng = np.random.default_rng(seed)
    network = compiled(
        ABC,
        gated(ends, random_block(rng, ends).tolist()),
        gated(("a", "b", "c"), 0.2),
        {"within": "all", "weights": {"normal": {"std": 0.3}}},
    )
    x = random_state(rng, network)
    g = hamsim.activation(network, x)

    def energy(g):
        parts = (INVERSE[name](g[network.index(name)]) for name in SIZES)
        return hamsim.energy(network, np.concatenate(list(parts))).total

    slope = [(energy(g + move) - energy(g - move)) / (2 * STEP) for move in STEP * np.eye(len(g))]
    force = network.tau * hamsim.velocity(network, x)
    np.testing.assert_allclose(force, np.negative(slope), rtol=1e-6, atol=DIFFERENCE * 100)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_slope_in_the_states_is_the_hessian_times_the_force(seed):
    """dE/dx = -H (tau dx/dt), which holds for groups that share a Lagrangian too."""
    network = hamsim.compile(random_description(seed, gated=True, max_size=4))
    rng = np.random.default_rng(seed)
    x = network.initial + 0.1 * rng.normal(size=network.n_neurons)
    force = network.tau * hamsim.velocity(network, x)
    direction = rng.normal(size=network.n_neurons)
    ahead, behind = (hamsim.energy(network, x + s * STEP * direction).total for s in (1, -1))
    expected = -direction @ hessian_product(network, x, force)
    scale = 1 + abs(expected) + abs(ahead)
    # Kinks between the two points leave an error of their size.
    assert abs((ahead - behind) / (2 * STEP) - expected) < 1e-4 * scale


def test_each_of_three_neurons_is_driven_by_the_other_two():
    groups = {name: group(1, "identity") for name in ("a", "b", "c")}
    network = compiled(groups, {"gate": "c", "between": ["a", "b"], "weights": 2.0})
    x = np.array([3.0, 5.0, 7.0])
    drive = network.tau * hamsim.velocity(network, x) + x
    np.testing.assert_array_equal(drive, [2 * 35, 2 * 21, 2 * 15])


@pytest.mark.parametrize(
    ("edges", "drive"),
    [
        ([[0, 0, 0, 2.0]], [2 * 3 * 9.0, 0]),  # g_0 cubed
        ([[0, 0, 1, 2.0]], [2 * 2 * 15.0, 2 * 9.0]),
        ([[0, 1, 0, 2.0]], [2 * 2 * 15.0, 2 * 9.0]),
        ([[1, 0, 0, 2.0]], [2 * 2 * 15.0, 2 * 9.0]),
        ([[0, 1, 1, 1.0], [1, 0, 1, 1.0]], [2 * 25.0, 2 * 2 * 15.0]),
    ],
)
def test_a_group_may_gate_itself(edges, drive):
    network = compiled({"a": group(2, "identity")}, gated(("a", "a", "a"), {"edges": edges}))
    x = np.array([3.0, 5.0])
    np.testing.assert_array_equal(network.tau * hamsim.velocity(network, x) + x, drive)


def test_gates_that_meet_are_added():
    ends = ("a", "b", "c")
    one = compiled(ABC, gated(ends, 0.5), gated(ends, {"edges": [[1, 0, 3, 0.25]]}))
    block = np.full((3, 2, 4), 0.5)
    block[1, 0, 3] += 0.25
    np.testing.assert_array_equal(stated(one), dense(ends, block))
    two = compiled(ABC, gated(ends, block.tolist()))
    x = random_state(np.random.default_rng(0), one)
    np.testing.assert_allclose(
        hamsim.velocity(one, x), hamsim.velocity(two, x), rtol=ROUNDING, atol=ROUNDING
    )
    names = [connection.name for connection in one.connections]
    assert names == ["a-b by c", "a-b by c#2"]
    assert all(connection.gate == ("c",) for connection in one.connections)


# --- trajectories ---


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_energy_falls_along_trajectories(seed):
    description = random_description(seed, gated=True, max_size=5)
    network = hamsim.compile(description)
    assert network.triples is not None
    trace = hamsim.simulate(network, method="rk4", dt=0.004, steps=60)
    falls = np.diff(trace.energy)
    assert np.all(falls <= 1e-9 * (1 + np.abs(trace.energy[:-1])))


def test_the_automatic_step_is_short_enough_for_strong_gates():
    groups = {name: group(6, "tanh", initial={"normal": {}}) for name in ("a", "b", "c")}
    network = compiled(groups, gated(("a", "b", "c"), {"normal": {"std": 1.5}}), seed=2)
    trace = hamsim.simulate(network, t_end=10.0)
    assert np.all(np.diff(trace.energy) <= 1e-9)


def test_trials_are_runs_of_their_own():
    description = random_description(11, gated=True)
    network = hamsim.compile(description)
    starts = np.random.default_rng(1).normal(0, 0.3, (4, network.n_neurons))
    settings = {"method": "rk4", "dt": 0.01, "steps": 20}
    together = hamsim.simulate(network, initial=starts, **settings)
    for trial, start in enumerate(starts):
        alone = hamsim.simulate(network, initial=start, **settings)
        np.testing.assert_allclose(together.x[trial], alone.x, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(together.energy[trial], alone.energy, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("trials", [None, 3])
@pytest.mark.parametrize("instant", [False, True])
def test_bits_do_not_depend_on_threads(trials, instant, monkeypatch):
    groups = {
        "a": group(3000, tau={"uniform": {"low": 0.5, "high": 2.0}}),
        "b": {"shape": [40, 50], "lagrangian": {"kind": "softmax", "over": [0]}, "tau": 0.7},
        "c": group(300, "sigmoid", tau=0.0 if instant else 0.4),
    }
    gates = gated(("a", "b", "c"), {"normal": {"std": 0.3}}, probability=2e-5)
    own = gated(("a", "a", "b"), {"normal": {"std": 0.3}}, density=1e-6)
    network = compiled(groups, gates, own, seed=3)
    assert network.triples.weights.size > 40_000
    shape = (network.n_neurons,) if trials is None else (trials, network.n_neurons)
    start = np.random.default_rng(0).normal(size=shape)

    def run(threads):
        record = hamsim.Record(what=("x", "g", "energy", "residual"))
        return hamsim.simulate(
            network, initial=start, method="rk4", dt=0.05, steps=6, record=record, threads=threads
        )

    monkeypatch.setattr(run_module, "PARALLEL_WORK", 10**12)
    serial = run(1)
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)
    for threads in range(2, numba.config.NUMBA_NUM_THREADS + 1):
        parallel = run(threads)
        assert parallel.stats.threads == threads
        for what in ("x", "g", "energy", "residual"):
            np.testing.assert_array_equal(getattr(serial, what), getattr(parallel, what))


# --- instantaneous neurons ---


@pytest.mark.parametrize("which", ["a", "b", "c"])
def test_an_instantaneous_neuron_follows_its_gated_drive(which):
    rng = np.random.default_rng(4)
    groups = {name: {**ABC[name], "tau": 0 if name == which else 1.0} for name in ABC}
    block = rng.normal(size=(3, 2, 4))
    network = compiled(
        groups,
        gated(("a", "b", "c"), block.tolist()),
        {"between": ["a", "b"], "weights": 0.3},
    )
    T = dense(("a", "b", "c"), block)
    trace = hamsim.simulate(
        network, initial=random_state(rng, network), method="heun", dt=0.01, steps=50
    )
    here = network.index(which)
    for x in trace.x[1:]:
        g = hamsim.activation(network, x)
        drive = network.W @ g + network.input
        for form in ("ijk,j,k->i", "ijk,i,k->j", "ijk,i,j->k"):
            drive = drive + np.einsum(form, T, g, g)
        np.testing.assert_allclose(x[here], drive[here], rtol=1e-12, atol=1e-12)
    assert np.all(np.diff(trace.energy[1:]) <= 1e-9)


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        (("a", "b", "c"), r"neuron a\[0\] has tau = 0 and a gated synapse with b\[0\] and c\[0\]"),
        (("a", "c", "b"), r"neuron a\[0\] has tau = 0 and a gated synapse with c\[0\] and b\[0\]"),
        (("a", "a", "c"), r"neuron a\[0\] has tau = 0 and a gated synapse with a\[0\] and c\[0\]"),
        (("c", "c", "b"), ""),
        (("a", "c", "c"), ""),
    ],
)
def test_instantaneous_neurons_in_one_triple_are_refused(ends, message):
    groups = {"a": group(2, tau=0), "b": group(2, tau=0), "c": group(2)}
    network = compiled(groups, gated(ends, 0.1))
    if not message:
        assert np.all(np.isfinite(hamsim.simulate(network, dt=0.1, steps=3).x))
        return
    with pytest.raises(hamsim.SimulationError, match=message):
        hamsim.simulate(network, dt=0.1, steps=3)


# --- forms of the weights ---


@pytest.mark.parametrize("ends", ENDS[:6])
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_edges_are_the_dense_tensor(ends, seed):
    rng = np.random.default_rng(seed)
    block = random_block(rng, ends)
    edges = [[*map(int, place), float(block[tuple(place)])] for place in np.argwhere(block)]
    rng.shuffle(edges)
    listed = compiled(ABC, gated(ends, {"edges": edges}))
    tensor = compiled(ABC, gated(ends, block.tolist()))
    if not edges:
        return
    for one, two in zip(listed.triples, tensor.triples, strict=True):
        np.testing.assert_array_equal(one, two)


def test_edges_name_two_neurons_and_then_the_gate(tmp_path):
    groups = {"c": group(2), "a": {"neurons": ["p", "q"], "lagrangian": "tanh"}, "b": group(3)}
    (tmp_path / "gates.csv").write_text("w,from,to,gate\n2.5,q,2,c[1]\n")
    columns = {"columns": ["from", "to", "gate", "w"]}
    np.save(tmp_path / "gates.npy", np.array([[1, 2, 1, 2.5]]))
    for edges in (
        [["q", 2, "c[1]", 2.5]],
        [["a.q", "b[2]", 1, 2.5]],
        {"file": str(tmp_path / "gates.csv"), **columns},
        {"file": str(tmp_path / "gates.npy")},
    ):
        network = compiled(groups, gated(("a", "b", "c"), {"edges": edges}))
        labels = [network.label(int(neuron)) for (neuron,) in network.triples[:3]]
        assert labels == ["a.q", "b[2]", "c[1]"]
        assert network.triples.weights.tolist() == [2.5]


@pytest.mark.parametrize("value", [2.0, [1.0, 0.0, 3.0]])
def test_one_to_one(value):
    groups = {name: group(3) for name in ("c", "a", "b")}
    network = compiled(groups, gated(("a", "b", "c"), {"one_to_one": value}))
    expected = np.zeros((9, 9, 9))
    for k in range(3):
        expected[3 + k, 6 + k, k] = np.broadcast_to(value, 3)[k]
    np.testing.assert_array_equal(stated(network), expected)


@pytest.mark.parametrize("shape", ["of the groups", "flat"])
def test_arrays_may_have_the_shapes_of_the_groups(shape, tmp_path):
    groups = {
        "a": {"shape": [2, 2], "lagrangian": "tanh"},
        "b": group(3),
        "c": {"shape": [1, 2], "lagrangian": "tanh"},
    }
    block = np.random.default_rng(5).normal(size=(2, 2, 3, 1, 2))
    if shape == "flat":
        block = block.reshape(4, 3, 2)
    np.save(tmp_path / "block.npy", block)
    for weights in (block.tolist(), {"file": str(tmp_path / "block.npy")}):
        T = stated(compiled(groups, gated(("a", "b", "c"), weights)))
        np.testing.assert_array_equal(T[:4, 4:7, 7:], block.reshape(4, 3, 2))
        assert np.count_nonzero(T) == 24


FORMS = {
    "number": 0.5,
    "tensor": np.random.default_rng(6).normal(size=(3, 2, 4)).tolist(),
    "edges": {
        "edges": [[a, b, c, 1.0 + a + b + c] for a in range(3) for b in (0, 1) for c in (1, 3)]
    },
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("density", [0.25, 0.5, 1.0])
def test_density_is_exact(form, density):
    ends = ("a", "b", "c")
    full = stated(compiled(ABC, gated(ends, FORMS[form])))
    part = stated(compiled(ABC, gated(ends, FORMS[form], density=density)))
    there = part != 0
    np.testing.assert_array_equal(part[there], full[there])
    assert there.sum() == round(density * np.count_nonzero(full))


@pytest.mark.parametrize("form", FORMS)
def test_probability_is_for_each_triple(form):
    ends = ("a", "b", "c")
    full = stated(compiled(ABC, gated(ends, FORMS[form])))
    counts = []
    for seed in range(30):
        part = stated(compiled(ABC, gated(ends, FORMS[form], probability=0.5), seed=seed))
        there = part != 0
        np.testing.assert_array_equal(part[there], full[there])
        counts.append(there.sum())
    n = np.count_nonzero(full)
    assert abs(np.mean(counts) - 0.5 * n) < 5 * math.sqrt(0.25 * n / 30)
    assert np.unique(counts).size > 3


def test_draws_depend_on_their_own_place_only():
    drawn = gated(("a", "b", "c"), {"normal": {}}, density=0.5)
    alone = stated(compiled(ABC, drawn, seed=4))
    more = compiled(ABC, gated(("a", "b", "a"), {"normal": {}}), drawn, seed=4)
    mine = more.connections[1].triples
    np.testing.assert_array_equal(mine.weights, alone[mine.i, mine.j, mine.k])
    assert not np.array_equal(stated(compiled(ABC, drawn, seed=5)), alone)


def test_a_tensor_too_large_for_memory_is_refused():
    groups = {"a": group(10_000), "b": group(10_000), "c": group(100)}
    with pytest.raises(hamsim.CompileError, match=r"1e\+10 triples of 10,000 x 10,000 x 100 ne"):
        compiled(groups, gated(("a", "b", "c"), 1.0))
    few = compiled(groups, gated(("a", "b", "c"), 1.0, density=1e-8))
    assert few.triples.weights.size == 100
