"""New weights on the same pattern: the same as a network that is compiled with them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense
from same_network import matrix_bits
from scipy.sparse import csr_array

import hamsim
from hamsim import HamsimError
from hamsim.layout import refill
from hamsim.operator import Operator, neurons_of, operator_of

LAYOUTS = ("auto", "rows", "half", "tiles", "dense", "convolution")


def block_values(network, connection, rng):
    """Other weights of a connection, as a matrix of its block's pattern."""
    block = network.block(connection).toarray()
    values = np.where(block != 0.0, rng.normal(0, 0.2, block.shape), 0.0)
    if connection.kind == "within":
        values = np.triu(values) + np.triu(values, 1).T
    return values


def written_out(network, values):
    """W of the values of connections, summed."""
    W = np.zeros(network.W.shape)
    for connection in network.connections:
        if connection.gate:
            continue
        rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
        W[np.ix_(rows, columns)] += values[connection.name]
        if connection.kind == "between":
            W[np.ix_(columns, rows)] += values[connection.name].T
    return W


def as_vector(network, connection, values):
    block = network.block(connection)
    rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    return values[rows, block.indices]


def arranged_anew(monkeypatch):
    """A list that grows with each network that is arranged."""
    calls = []
    arrange = refill.arrange
    monkeypatch.setattr(refill, "arrange", lambda *a, **k: calls.append(a) or arrange(*a, **k))
    return calls


def prepared(network, trials):
    """Operators of all layouts that a network can have, with W arranged."""
    for layout in LAYOUTS:
        operator = Operator(network, layout)
        try:
            operator.layout(trials)
        except hamsim.SimulationError:
            continue
        yield layout, operator


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    instant=st.booleans(),
    gated=st.booleans(),
    trials=st.sampled_from([1, 3]),
    form=st.sampled_from(["dense", "sparse", "vector"]),
)
def test_new_weights_are_those_of_the_oracle(seed, symmetric, instant, gated, trials, form):
    rng = np.random.default_rng(seed)
    network = hamsim.compile(
        random_description(seed, symmetric=symmetric, instant=instant, gated=gated)
    )
    x = rng.normal(0, 0.7, (trials, network.n_neurons))
    layouts = [layout for layout, _ in prepared(network, trials)]
    values, weights = {}, {}
    for connection in network.connections:
        if connection.gate:
            weights[connection.name] = rng.normal(0, 0.1, connection.triples.weights.size)
            continue
        own = values[connection.name] = block_values(network, connection, rng)
        form_of = {"dense": lambda a: a, "sparse": csr_array}
        weights[connection.name] = (
            as_vector(network, connection, own) if form == "vector" else form_of[form](own)
        )
    other = network.with_weights(weights)
    W = written_out(network, values)
    np.testing.assert_allclose(other.W.toarray(), W, rtol=1e-14, atol=1e-16)
    assert other.symmetric == np.array_equal(W, W.T)
    assert other.pattern is network.pattern
    assert np.array_equal(other.W.indices, network.W.indices)
    for connection in other.connections:
        if connection.gate:
            assert np.array_equal(connection.triples.weights, weights[connection.name])
        else:
            assert np.array_equal(other.block(connection).toarray(), values[connection.name])
    model = dense(other)
    energies = hamsim.energy(other, x, settle=False)
    for k, row in enumerate(x):
        assert energies.total[k] == pytest.approx(model.energy(row), rel=1e-9, abs=1e-9)
    velocities = [np.where(other.tau > 0, model.velocity(row), np.nan) for row in x]
    for layout in layouts:
        np.testing.assert_allclose(
            Operator(other, layout).velocity(x), velocities, rtol=1e-9, atol=1e-10, err_msg=layout
        )


def test_a_matrix_with_zeros_stays_as_it_is_and_shares_nothing():
    """Its indices may be those of the network, as of weights that were learned and became 0."""
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 4, "lagrangian": "identity"},
                "b": {"size": 6, "lagrangian": "tanh"},
            },
            "connections": [{"between": ["a", "b"], "weights": 0.5, "density": 0.5}],
        }
    )
    block = network.pattern.places(network.connections[0]).block
    before = block.indices.copy(), block.indptr.copy()
    weights = np.arange(12.0) % 3
    own = csr_array((weights.copy(), block.indices, block.indptr), block.shape)
    for _ in range(2):
        other = network.with_weights({"a-b": own})
        assert np.array_equal(other.block(other.connections[0]).data, weights)
        assert np.array_equal(own.data, weights)
        assert np.array_equal(block.indices, before[0])
        assert np.array_equal(block.indptr, before[1])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    gated=st.booleans(),
    keeps=st.booleans(),
    trials=st.sampled_from([1, 3]),
)
def test_new_edges_are_entries_of_w(seed, symmetric, gated, keeps, trials):
    """With values that keep W symmetric, and with any: then there is no energy."""
    rng = np.random.default_rng(seed)
    description = apart(random_description(seed, symmetric=symmetric, gated=gated))
    network = hamsim.compile(description)
    x = rng.normal(0, 0.7, (trials, network.n_neurons))
    for _ in prepared(network, trials):
        pass
    W = np.where(network.W.toarray() != 0.0, rng.normal(0, 0.2, network.W.shape), 0.0)
    if keeps:
        W = np.where((W != 0) & (W.T != 0), (W + W.T) / 2, W)
    rows = np.repeat(np.arange(network.n_neurons), np.diff(network.W.indptr))
    other = network.with_weights(edges=W[rows, network.W.indices])
    assert np.array_equal(other.W.toarray(), W)
    assert other.symmetric == np.array_equal(W, W.T)
    model = dense(other)
    parts = hamsim.energy(other, x)
    for k, row in enumerate(x):
        assert parts.total[k] == pytest.approx(model.energy(row), rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(
            hamsim.velocity(other, x)[k], model.velocity(row), rtol=1e-9, atol=1e-10
        )
    seen = np.zeros_like(W)
    for connection in other.connections:
        if not connection.gate:
            ends = other.neurons(connection.rows), other.neurons(connection.columns)
            seen[np.ix_(*ends)] += other.block(connection).toarray()
            if connection.kind == "between":
                seen[np.ix_(*ends[::-1])] += other.block(connection).toarray().T
    assert np.array_equal(seen, W)
    assert len({connection.name for connection in other.connections}) == len(other.connections)


def apart(description):
    """The description with one connection for each pair of groups, and the gates."""
    kept = {}
    for connection in description["connections"]:
        ends = [connection.get(key) for key in ("between", "within", "from", "to", "gate")]
        kept.setdefault(
            str(ends[-1] or sorted({*(ends[0] or []), *filter(None, ends[1:4])})), connection
        )
    return {**description, "connections": list(kept.values())}


def test_edges_that_are_not_symmetric_leave_no_energy():
    network = hamsim.compile(small())
    edges = np.arange(1.0, network.W.nnz + 1)
    other = network.with_weights(edges=edges)
    assert network.symmetric
    assert not other.symmetric
    assert hamsim.check(other).symmetry != "symmetric"
    assert [c.kind for c in other.connections] == ["from", "from", "from"]
    back = other.with_weights(edges=network.W.data)
    assert back.symmetric
    assert matrix_bits(back.W) == matrix_bits(network.W)


def small(**more):
    return {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": "tanh", "input": 0.3},
            "b": {"size": 2, "lagrangian": "softmax"},
        },
        "connections": [
            {"between": ["a", "b"], "weights": [[1.0, 2.0], [0.0, 3.0], [4.0, 5.0]]},
            {"within": "a", "weights": [[0, 1, 2], [1, 0, 0], [2, 0, 0]]},
        ],
        **more,
    }


def test_nothing_is_arranged_a_second_time(monkeypatch):
    network = hamsim.compile(apart(random_description(3)))
    x = np.random.default_rng(0).normal(size=network.n_neurons)
    hamsim.velocity(network, x)
    calls = arranged_anew(monkeypatch)
    others = [network.with_weights(edges=k * network.W.data) for k in (2.0, -1.0)]
    others += [others[0].replace(tau=2.0), others[1].with_weights(edges=network.W.data)]
    for other in others:
        got = hamsim.velocity(other, x)
        np.testing.assert_allclose(got * other.tau, Operator(other, "rows").evaluate(x)[1])
        assert neurons_of(other) is neurons_of(network)
        hamsim.simulate(other, dt=0.01, steps=1)
    assert len(calls) == 1  # that of "rows", which is filled anew too
    tau = np.array(network.tau)
    tau[0] = 0.0
    hamsim.energy(network.replace(tau=tau), x, settle=False)
    operator_of(network.replace(tau=tau)).layout(1)
    assert len(calls) == 2  # other neurons follow at once


def test_a_weight_of_zero_keeps_its_place():
    network = hamsim.compile(small())
    none = network.with_weights({"a-b": 0.0, "a-a": 0.0})
    assert none.W.nnz == network.W.nnz
    assert not none.W.data.any()
    assert np.array_equal(hamsim.velocity(none, np.zeros(5)), [0.3, 0.3, 0.3, 0.0, 0.0])
    again = none.with_weights({"a-b": network.block(network.connections[0]), "a-a": [1, 2, 1, 2]})
    assert matrix_bits(again.W) == matrix_bits(network.W)


def test_the_network_and_the_arrays_that_were_given_are_not_written():
    network = hamsim.compile(small())
    before, edges = network.W.toarray(), np.array(network.W.data) * 2
    other = network.with_weights(edges=edges)
    edges[:] = 7.0
    assert np.array_equal(other.W.toarray(), 2 * before)
    assert np.array_equal(network.W.toarray(), before)
    with pytest.raises(ValueError, match="read-only"):
        other.W.data[0] = 1.0


# --- connections that meet ---


def meeting():
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {name: {"size": 3, "lagrangian": "tanh"} for name in "ab"},
            "connections": [
                {"name": "one", "between": ["a", "b"], "weights": 1.5},
                {"name": "two", "between": ["a", "b"], "weights": np.eye(3).tolist()},
                {"name": "all", "within": "all", "weights": (np.ones((6, 6)) - np.eye(6)).tolist()},
            ],
        }
    )


def test_blocks_that_share_places_are_added_up():
    network = meeting()
    other = network.with_weights({"two": 10 * np.eye(3), "all": 0.25})
    expected = 0.25 * (np.ones((6, 6)) - np.eye(6))
    expected[:3, 3:] += 1.5 + 10 * np.eye(3)
    expected[3:, :3] += 1.5 + 10 * np.eye(3)
    assert np.array_equal(other.W.toarray(), expected)
    x = np.random.default_rng(0).normal(size=6)
    parts = hamsim.energy(other, x).connections
    g = np.tanh(x)
    assert parts["two"] == pytest.approx(-10 * g[:3] @ g[3:], rel=1e-12)
    with pytest.raises(HamsimError, match="'one' shares places of W with others"):
        network.with_weights(edges=network.W.data)
    with pytest.raises(HamsimError, match="more than a number can hold"):
        network.with_weights({"one": 1.7e308, "all": 1.7e308})


def test_synapses_that_cancel_have_no_place():
    description = small()
    description["connections"].append(
        {"name": "minus", "between": ["a", "b"], "weights": [[-1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]}
    )
    network = hamsim.compile(description)
    with pytest.raises(HamsimError, match="some of their weights cancelled"):
        network.with_weights({"minus": 3.0})


# --- convolutions ---


def layers(kernel, **more):
    return {
        "format": "hamsim/1",
        "groups": {
            "image": {"shape": [12, 12, 2], "lagrangian": "tanh"},
            "found": {"shape": [5, 5, 8], "lagrangian": "tanh", "tau": 0.5},
            "pool": {"shape": [2, 2, 8], "lagrangian": "tanh"},
        },
        "connections": [
            {
                "between": ["image", "found"],
                "weights": {"conv2d": {"kernel": kernel.tolist(), "window": 3, "stride": 2}},
            },
            {"between": ["found", "pool"], "weights": {"average_pool": {"window": 2}}},
        ],
        **more,
    }


@pytest.mark.parametrize("trials", [1, 9])
@pytest.mark.parametrize("layout", ["auto", "convolution"])
def test_a_convolution_takes_a_kernel(trials, layout, monkeypatch):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 8, 2, 3, 3))
    network, expected = hamsim.compile(layers(first)), hamsim.compile(layers(second))
    name = network.connections[0].name
    Operator(network, layout).layout(trials)
    expected_layout = Operator(expected, layout).layout(trials)
    calls = arranged_anew(monkeypatch)
    x = rng.normal(size=(trials, network.n_neurons))
    block = expected.block(expected.connections[0])
    for weights in ({name: second}, {name: block}, {name: block.data}):
        other = network.with_weights(weights)
        assert matrix_bits(other.W) == matrix_bits(expected.W)
        assert np.array_equal(other.connections[0].convolution.kernel, second)
        got = Operator(other, layout)
        assert np.array_equal(got.velocity(x), Operator(expected, layout).velocity(x))
        assert got.layout(trials).choice.parts == expected_layout.choice.parts
    assert len(calls) == 0
    edges = network.with_weights(edges=expected.W.data)
    assert np.array_equal(edges.connections[0].convolution.kernel, second)
    assert edges.connections[1].convolution.W is edges.W
    assert np.array_equal(Operator(edges, layout).velocity(x), got.velocity(x))


def test_weights_that_are_no_kernel_are_stored_as_what_they_are():
    rng = np.random.default_rng(0)
    network = hamsim.compile(layers(rng.normal(size=(8, 2, 3, 3))))
    x = rng.normal(size=network.n_neurons)
    operator_of(network).layout(1)
    weights = rng.normal(size=network.block(network.connections[0]).nnz)
    pooled = network.block(network.connections[1]).data
    other = network.with_weights({network.connections[0].name: weights})
    assert other.connections[0].convolution is None
    assert other.connections[1].convolution is not None
    np.testing.assert_allclose(hamsim.velocity(other, x), dense(other).velocity(x), rtol=1e-10)
    other = network.with_weights({network.connections[1].name: 2 * pooled})
    assert other.connections[1].convolution is None
    np.testing.assert_allclose(hamsim.velocity(other, x), dense(other).velocity(x), rtol=1e-10)


def test_a_kernel_cannot_add_synapses():
    kernel = np.ones((8, 2, 3, 3))
    kernel[3, 1, 0, 2] = 0.0
    network = hamsim.compile(layers(kernel))
    name = network.connections[0].name
    assert network.with_weights({name: 2 * kernel}).W.nnz == network.W.nnz
    kernel[3, 1, 0, 2] = 1.0
    with pytest.raises(HamsimError, match=r"have one at \[3, 1, 0, 2\] of the kernel"):
        network.with_weights({name: kernel})
    with pytest.raises(HamsimError, match=r"must be \(8, 2, 3, 3\), that of its kernel"):
        network.with_weights({name: kernel[1:]})


# --- what is refused ---


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"a-c": 1.0}, "no connection 'a-c'; did you mean 'a-b'"),
        ({3: 1.0}, "no connection 3"),
        ([1.0], "a mapping of connections"),
        (
            {"a-b": np.ones((2, 3))},
            r"have shape \(2, 3\); it must be \(3, 2\), a matrix, or \(5,\)",
        ),
        ({"a-b": csr_array(np.ones((2, 3)))}, r"have shape \(2, 3\); it must be \(3, 2\)"),
        ({"a-b": np.ones((3, 2))}, r"have one at \[1, 0\], where there is no synapse"),
        ({"a-b": csr_array(np.ones((3, 2)))}, r"have one at \[1, 0\], where there is no synapse"),
        ({"a-b": np.nan}, "holds numbers that are not finite"),
        ({"a-b": "x"}, "must be numbers"),
        ({"a-b": 1j}, "must be numbers"),
        ({"a-a": [1, 2, 3, 2]}, r"not symmetric: 1 from neuron a\[1\] to a\[0\] and 3 back"),
    ],
)
def test_wrong_weights_are_refused(weights, message):
    with pytest.raises(HamsimError, match=message):
        hamsim.compile(small()).with_weights(weights)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (np.ones(3), r"edges has shape \(3,\); it must be \(7,\), .*, or \(14,\)"),
        (np.full(14, np.inf), "edges holds numbers that are not finite"),
        ("x", "edges must be numbers"),
        (np.full(14, 1j), "edges must be numbers"),
    ],
)
def test_wrong_edges_are_refused(edges, message):
    with pytest.raises(HamsimError, match=message):
        hamsim.compile(small()).with_weights(edges=edges)


def test_weights_or_edges():
    network = hamsim.compile(small())
    for arguments in ({}, {"connections": {}, "edges": network.W.data}):
        with pytest.raises(HamsimError, match="one of the two"):
            network.with_weights(**arguments)


def test_gated_synapses_take_one_number_a_triple():
    network = hamsim.compile(random_description(11, gated=True))
    name, triples = next((c.name, c.triples) for c in network.connections if c.gate)
    other = network.with_weights({name: 0.5})
    assert other.W is network.W
    assert np.all(next(c for c in other.connections if c.name == name).triples.weights == 0.5)
    x = np.random.default_rng(0).normal(size=network.n_neurons)
    hamsim.velocity(network, x)
    np.testing.assert_allclose(
        np.nan_to_num(hamsim.velocity(other, x)), dense(other).velocity(x), rtol=1e-9, atol=1e-11
    )
    with pytest.raises(HamsimError, match="one number a triple"):
        network.with_weights({name: np.ones(triples.weights.size + 1)})
