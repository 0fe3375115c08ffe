"""`scale` multiplies every weight of a connection, whatever made it, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import hamsim
from hamsim.formats.convert import read, write

SIGNS = np.where(np.arange(24).reshape(4, 6) % 5 < 2, 1.0, -1.0)
MATRIX = np.arange(36.0).reshape(6, 6) / 7 - 2.3
EVEN = MATRIX + MATRIX.T
GROUPS = {
    "a": {"size": 6, "lagrangian": "tanh", "tau": 2.0, "input": 0.3},
    "b": {"size": 4, "lagrangian": "sigmoid", "input": [0.1, 0.2, 0.3, 0.4]},
    "image": {"shape": [4, 4, 2], "lagrangian": "identity"},
    "found": {"shape": [2, 2, 3], "lagrangian": "relu"},
    "pooled": {"shape": [2, 2, 2], "lagrangian": "identity"},
    "steps": {"size": 6, "lagrangian": "step"},
}
KERNEL = np.arange(54.0).reshape(3, 2, 3, 3) / 11 - 2
CONNECTIONS = {
    "a number": {"between": ["a", "b"], "weights": 0.7},
    "a list": {"between": ["a", "b"], "weights": MATRIX[:, :4].tolist()},
    "a matrix within": {"within": "a", "weights": EVEN, "self_connections": True},
    "a matrix one way": {"from": "a", "to": "a", "weights": MATRIX, "self_connections": True},
    "a sparse matrix": {"from": "a", "to": "b", "weights": csr_array(MATRIX[:4])},
    "normal": {"between": ["a", "b"], "weights": {"normal": {"std": 0.3}}},
    "normal, dense": {"within": "a", "weights": {"normal": {}}, "density": 0.5},
    "lognormal, of a degree": {"from": "a", "to": "b", "weights": {"lognormal": {}}, "degree": 2},
    "uniform, probable": {"within": "a", "weights": {"uniform": {}}, "probability": 0.6},
    "bernoulli": {"from": "b", "to": "a", "weights": {"bernoulli": {"p": 0.4, "low": -0.3}}},
    "signs": {"within": "a", "weights": {"signs": {}}},
    "edges": {"between": ["a", "b"], "weights": {"edges": [[0, 1, 0.1], [5, 3, -0.7]]}},
    "edges within": {"within": "a", "weights": {"edges": [[0, 1, 0.1], [5, 3, -0.7]]}},
    "one to one": {"from": "a", "to": "steps", "weights": {"one_to_one": {"normal": {}}}},
    "distance": {"within": "a", "weights": {"of_distance": "exp(-d)", "space": "ring"}},
    "convolution": {"between": ["image", "found"], "weights": {"conv2d": {"kernel": KERNEL}}},
    "convolution, drawn": {
        "from": "found",
        "to": "image",
        "weights": {"conv2d": {"kernel": {"normal": {}}, "window": 3}},
    },
    "pooling": {"between": ["image", "pooled"], "weights": {"average_pool": {"window": 2}}},
    "memories": {"between": ["a", "b"], "weights": {"memories": SIGNS}},
    "hebbian": {"within": "a", "weights": {"store": {"patterns": SIGNS}}},
    "storkey": {"within": "a", "weights": {"store": {"patterns": SIGNS, "rule": "storkey"}}},
    "binary": {
        "within": "steps",
        "weights": {"store": {"patterns": (SIGNS + 1) / 2, "coding": "binary"}},
    },
    "gate": {"gate": "b", "between": ["a", "steps"], "weights": {"normal": {}}, "density": 0.5},
    "gate, edges": {"gate": "b", "between": ["a", "a"], "weights": {"edges": [[0, 1, 2, 0.3]]}},
}
SCALES = st.one_of(st.sampled_from([0, 1, -1, 2, 0.5]), st.floats(-1e3, 1e3))


def network(connection, **more):
    """A network with one connection, and another that must not be touched, first."""
    other = {"name": "other", "between": ["b", "found"], "weights": {"normal": {}}}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "seed": 3,
            "groups": GROUPS,
            "connections": [other, {"name": "syn", **connection}],
            **more,
        }
    )


def bits(array):
    return np.asarray(array, dtype=np.float64).tobytes()


@pytest.mark.parametrize("name", CONNECTIONS)
@settings(max_examples=8, deadline=None)
@given(scale=SCALES)
def test_every_weight_is_multiplied_to_the_bit(name, scale):
    plain = network(CONNECTIONS[name])
    scaled = network({**CONNECTIONS[name], "scale": scale})
    one, two = plain.connections[1], scaled.connections[1]
    for key in ("tau", "initial"):
        assert bits(getattr(plain, key)) == bits(getattr(scaled, key))
    other = [net.W[net.index("found"), net.index("b")].toarray() for net in (plain, scaled)]
    assert bits(other[0]) == bits(other[1])
    if one.triples is not None:
        weights = one.triples.weights * scale
        assert bits(two.triples.weights) == bits(weights[weights != 0])
        return
    expected = plain.block(one).toarray() * scale + 0.0  # no synapse is a zero without a sign
    assert bits(scaled.block(two).toarray()) == bits(expected)
    assert scaled.symmetric == (plain.symmetric or scale == 0)
    assert np.all(scaled.W.data != 0)
    if name != "binary":
        assert bits(plain.input) == bits(scaled.input)


def test_the_input_of_binary_patterns_is_scaled_as_the_weights_are():
    """Half-way between 0 and 1 the neurons stay undriven, whatever the scale."""
    connection = CONNECTIONS["binary"]
    for scale in (1, 0.25, 3, -2, 0):
        net = network({**connection, "scale": scale})
        steps = net.index("steps")
        drive = net.W[steps, steps].toarray() @ np.full(6, 0.5) + net.input[steps]
        np.testing.assert_allclose(drive, 0, atol=1e-15)


def test_a_scaled_kernel_is_stored_as_a_kernel_and_drives_as_the_matrix_does():
    net = network({**CONNECTIONS["convolution"], "scale": -0.3})
    kernel = net.connections[1].convolution.kernel
    assert bits(kernel) == bits(KERNEL * -0.3)
    assert not kernel.flags.writeable
    x = np.random.default_rng(0).normal(size=net.n_neurons)
    finals = [
        hamsim.simulate(net, x, method="euler", dt=0.1, steps=3, layout=layout, threads=1).final
        for layout in ("convolution", "rows")
    ]
    np.testing.assert_allclose(*finals, rtol=1e-13, atol=1e-13)


def test_scaled_means_are_not_stored_as_means():
    """Where a mean is meant the layout computes means, which know of no scale."""
    assert network(CONNECTIONS["pooling"]).connections[1].convolution is not None
    net = network({**CONNECTIONS["pooling"], "scale": 3})
    assert net.connections[1].convolution is None
    x = np.random.default_rng(0).normal(size=net.n_neurons)
    for layout in ("auto", "rows"):
        trace = hamsim.simulate(net, x, method="euler", dt=0.1, steps=1, layout=layout, threads=1)
        pooled, image = net.index("pooled"), net.index("image")
        drive = 3 * x[image].reshape(2, 2, 2, 2, 2).mean(axis=(1, 3)).reshape(-1)
        expected = x[pooled] + 0.1 * (drive - x[pooled])
        np.testing.assert_allclose(trace.final[pooled], expected, rtol=1e-12)


def test_connections_that_meet_are_scaled_each_by_its_own():
    one = {"between": ["a", "b"], "weights": 0.5, "scale": 2}
    two = {"between": ["a", "b"], "weights": 0.25, "scale": -4}
    three = {"within": ["a", "b"], "weights": 1.0, "scale": 0.125}
    net = hamsim.compile({"format": "hamsim/1", "groups": GROUPS, "connections": [one, two, three]})
    assert np.all(net.W[net.index("a"), net.index("b")].toarray() == 1 - 1 + 0.125)


@pytest.mark.parametrize("name", CONNECTIONS)
def test_a_scaled_network_survives_every_format(name, tmp_path):
    net = network({**CONNECTIONS[name], "scale": -0.7})
    forms = ["a.yaml", "a.graphml", "a.json", "a.npz"]
    for form in forms:
        write(net, tmp_path / form)
        again = read(tmp_path / form).network
        assert (abs(again.W - net.W)).nnz == 0, form
        assert bits(again.input) == bits(net.input)
        if net.triples is not None:
            assert bits(again.triples.weights) == bits(net.triples.weights)
    (tmp_path / "shown.yaml").write_text(net.source)
    again = hamsim.compile(tmp_path / "shown.yaml")
    assert bits(again.W.data) == bits(net.W.data)
    twice = hamsim.compile(tmp_path / "shown.yaml", {"connections.syn.scale": 2})
    assert bits(twice.W.data) == bits(network({**CONNECTIONS[name], "scale": 2}).W.data)


def test_a_scale_is_a_number_or_an_expression_that_may_be_set(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\n"
        "parameters: {gain: 0.5}\n"
        "groups: {a: {size: 2, lagrangian: tanh}}\n"
        "connections: [{name: syn, within: a, weights: 3, scale: 2 * gain}]\n"
    )

    def weight(source, overrides=None):
        return hamsim.compile(source, overrides).W[0, 1]

    file = tmp_path / "net.yaml"
    assert weight(file) == 3
    assert weight(file, {"parameters.gain": 2}) == 12
    assert weight(file, {"connections.syn.scale": "gain/2", "parameters.gain": -1}) == -1.5
    assert weight(hamsim.load(file), {"connections.syn.scale": 5}) == 15
    assert weight(file, {"connections[0].scale": 0}) == 0


def test_a_weight_that_is_not_finite_any_more_is_refused():
    connection = {**CONNECTIONS["a number"], "weights": 1e300, "scale": 1e300}
    with pytest.raises(hamsim.CompileError, match=r"connections\[1\]: a weight times its scale"):
        network(connection)
    gate = {"gate": "b", "between": ["a", "steps"], "weights": 1e300, "scale": -1e300}
    with pytest.raises(hamsim.CompileError, match=r"connections\[1\]: a weight times its scale"):
        network(gate)
