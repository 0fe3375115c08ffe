"""Attention and graded neurons are what their formulas in the literature say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hamsim
from hamsim.cli.examples import zoo

EXACT = {"rtol": 0, "atol": 1e-12}
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_sum_exp(z):
    top = z.max(axis=-1)
    return top + np.log(np.exp(z - top[..., None]).sum(axis=-1))


def attention(queries, keys, values):
    """softmax(q K' / sqrt(d)) V of each head: (heads, trials, d), (heads, m, d), (heads, m, e)."""
    scores = np.einsum("htd,hmd->htm", queries, keys) / np.sqrt(queries.shape[-1])
    return np.einsum("htm,hme->hte", softmax(scores), values)


# --- attention -----------------------------------------------------------------------------------


def heads(queries, keys, values=None):
    """A network with one softmax a head, over the last axis of its memories."""
    count, size, width = keys.shape
    memories = {"kind": "softmax", "beta": float(1 / np.sqrt(width)), "over": "last"}
    spec = {
        "format": "hamsim/1",
        "groups": {
            "queries": {
                "shape": [count, width],
                "lagrangian": "identity",
                "initial": queries.transpose(1, 0, 2),
            },
            "memories": {"shape": [count, size], "lagrangian": memories, "tau": 0},
        },
        "connections": [{"between": ["memories", "queries"], "weights": diagonal(keys)}],
        "simulation": {"method": "euler", "dt": 1.0},
    }
    if values is not None:
        spec["groups"]["outputs"] = {"shape": [count, values.shape[2]], "lagrangian": "identity"}
        one_way = {"from": "memories", "to": "outputs", "weights": diagonal(values).T}
        spec["connections"].append(one_way)
    return spec


def diagonal(blocks):
    """Blocks of equal shape along the diagonal of a matrix."""
    count, rows, columns = blocks.shape
    whole = np.zeros((count, rows, count, columns))
    whole[range(count), :, range(count), :] = blocks
    return whole.reshape(count * rows, count * columns)


def drawn(seed):
    rng = np.random.default_rng(seed)
    count, size, width, wide, trials = (int(k) for k in rng.integers(1, 6, 5))
    return [
        rng.normal(0, 2, shape)
        for shape in ((count, trials, width), (count, size, width), (count, size, wide))
    ]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_step_is_attention_and_further_ones_are_steps_of_retrieval(seed):
    queries, keys, values = drawn(seed)
    trace = hamsim.simulate(heads(queries, keys, values), steps=3, record=hamsim.Record())
    trials = queries.shape[1]
    found, outputs = (
        trace.of(name).reshape(trials, 4, len(keys), -1).transpose(2, 0, 1, 3)
        for name in ("queries", "outputs")
    )
    for step in range(3):
        assert_allclose(outputs[:, :, step + 1], attention(queries, keys, values), **CLOSE)
        queries = attention(queries, keys, keys)
        assert_allclose(found[:, :, step + 1], queries, **CLOSE)


def test_a_step_is_what_pytorch_makes():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    queries, keys, values = (rng.normal(size=(4, n, d)) for n, d in ((7, 16), (9, 16), (9, 5)))
    trace = hamsim.simulate(heads(queries, keys, values), steps=1, record=hamsim.Record())
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *(torch.from_numpy(each) for each in (queries, keys, values))
    )
    outputs = trace.of("outputs")[:, 1].transpose(1, 0, 2)
    assert_allclose(outputs, theirs.numpy(), **EXACT)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_steps_of_retrieval_lower_the_energy_of_all_heads(seed):
    """E = sum over heads of q^2 / 2 - sqrt(d) log sum exp(q K' / sqrt(d))  [HAM, eq. 15]."""
    queries, keys, _ = drawn(seed)
    trace = hamsim.simulate(heads(queries, keys), steps=5)
    width = keys.shape[2]
    q = trace.of("queries").reshape(queries.shape[1], 6, len(keys), width)
    scores = np.einsum("tshd,hmd->tshm", q, keys) / np.sqrt(width)
    expected = (q**2).sum(axis=(2, 3)) / 2 - np.sqrt(width) * log_sum_exp(scores).sum(axis=2)
    assert_allclose(trace.energy, expected, rtol=1e-12, atol=1e-11)
    assert not trace.stats.energy.rose


def test_values_that_differ_from_keys_take_the_energy_away():
    queries, keys, values = (np.ones((1, 2, 2)), np.eye(2)[None], np.array([[[1.0], [0.0]]]))
    alone, whole = (hamsim.check(heads(queries, keys, each)).to_dict() for each in (None, values))
    assert alone["symmetry"] == "symmetric"
    assert alone["energy_decreases"] == "proved"
    assert whole["symmetry"] == "none"
    assert whole["energy_decreases"] == "refuted"
    assert whole["converges"] == "proved"  # queries first, and what they say to the outputs
    said = {each["name"]: each["message"] for each in whole["conditions"]}
    assert "nothing comes back" in said["symmetry"]


@pytest.mark.parametrize(
    ("scale", "symmetry", "decreases"),
    [([2.0, 0.5, 1.0], "symmetrizable", "proved"), ([2.0, -0.5, 1.0], "signed", "refuted")],
)
def test_values_that_are_keys_times_a_positive_number_for_each_feature(scale, symmetry, decreases):
    """As queries they keep an energy; times numbers of both signs they do not."""
    keys = np.random.default_rng(0).normal(size=(4, 3))
    spec = heads(np.ones((1, 1, 3)), keys[None])
    spec["connections"] = [
        {"from": "queries", "to": "memories", "weights": keys},
        {"from": "memories", "to": "queries", "weights": (keys * scale).T},
    ]
    found = hamsim.check(spec).to_dict()
    assert (found["symmetry"], found["energy_decreases"]) == (symmetry, decreases)


# --- the network of the zoo ----------------------------------------------------------------------


def test_two_heads_of_the_zoo_find_their_words():
    network = hamsim.compile(zoo() / "attention.yaml")
    trace = hamsim.simulate(network, threads=1)
    W = network.W.toarray()
    at = network.index
    for head in ("who", "which"):
        keys = W[at(f"{head}_words"), at(head)]
        values = W[at(f"{head}_says"), at(f"{head}_words")].T
        query = trace.of(head)[:, 0]
        for step in range(trace.t.size - 1):
            one = (query[None], keys[None], values[None])
            assert_allclose(trace.of(f"{head}_says")[:, step + 1], attention(*one)[0], **EXACT)
            query = attention(one[0], one[1], one[1])[0]
    words = list(network.groups[1].neuron_names)
    assert words == ["the", "old", "dog", "bit", "a", "postman"]
    old, dog, postman = (words.index(word) for word in ("old", "dog", "postman"))
    who, which = trace.of("who_words", "g"), trace.of("which_words", "g")
    assert who[0, :2, [dog, postman]].T == pytest.approx(
        np.array([[0.55, 0.20], [0.90, 0.06]]), abs=0.005
    )
    assert who[0, 2, dog] == pytest.approx(0.997, abs=0.0005)
    assert trace.of("who_says")[0, 3, 0] == pytest.approx(0.997, abs=0.0005)
    assert who[3][[0, -1]][:, [dog, postman]] == pytest.approx(
        np.array([[0.38, 0.38], [0.49, 0.49]]), abs=0.005
    )
    assert which[3, :2, old] == pytest.approx([0.60, 0.94], abs=0.005)


# --- graded neurons ------------------------------------------------------------------------------


def hopfield_1984(V, T, current, beta):
    """-1/2 V.T V - I.V + sum of the integrals of g^-1 from 0 to V  [Hopfield 1984, eq. 7]."""
    own = V * np.log(V) + (1 - V) * np.log1p(-V)
    return -np.einsum("...i,ij,...j->...", V, T, V) / 2 - V @ current + own.sum(axis=-1) / beta


def test_the_integral_of_the_inverse_activation():
    from scipy.integrate import quad

    inverse, _ = quad(lambda v: np.log(v / (1 - v)) / 8, 0, 0.8)
    own = hopfield_1984(np.array([0.8]), np.zeros((1, 1)), np.zeros(1), 8)
    assert own == pytest.approx(inverse, rel=1e-10)


def test_graded_neurons_of_the_zoo_find_their_letters_with_the_energy_of_1984():
    network = hamsim.compile(zoo() / "graded_hopfield.yaml")
    trace = hamsim.simulate(network, threads=1)
    letters = np.load(zoo() / "data" / "dense.npz")["letters"].reshape(4, 64)
    V = trace.of("neurons", "g").reshape(9, -1, 64)
    found = np.sign(V[:, -1] - 0.5)
    assert np.array_equal(found, [*letters, *letters, -letters[0]])
    assert np.minimum(V[:, -1], 1 - V[:, -1]).max() < 0.01
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-8.22, -16.34], abs=0.005)
    assert not trace.stats.energy.rose
    xi = network.W[network.index("letters")][:, network.index("neurons")].toarray()
    hidden = network.input[network.index("letters")]
    theirs = hopfield_1984(V, xi.T @ xi, xi.T @ hidden, 8)
    assert_allclose(theirs - trace.energy, 2.765625, rtol=0, atol=1e-11)
    # The hidden neurons are what lies between: the same run without them.
    alone = {
        "format": "hamsim/1",
        "groups": {
            "neurons": {
                "size": 64,
                "lagrangian": {"kind": "sigmoid", "beta": 8.0},
                "input": xi.T @ hidden,
                "initial": network.initial[:, :64],
            }
        },
        "connections": [{"within": "neurons", "weights": xi.T @ xi, "self_connections": True}],
    }
    again = hamsim.simulate(alone, method="euler", dt=0.1, t_end=2, threads=1)
    whole = hamsim.simulate(network, method="euler", dt=0.1, t_end=2, until=None, threads=1)
    assert_allclose(again.final, whole.of("neurons")[:, -1].reshape(9, 64), **CLOSE)
    assert_allclose(again.energy - 2.765625, whole.energy, rtol=0, atol=1e-11)


# --- reduced energies ----------------------------------------------------------------------------


def test_two_layers_that_follow_at_once_have_the_energy_of_equation_19():
    """With the top layer at tau = 0, E = x^2/2 + h f - lse(h) - f xi x - lse(W f)."""
    rng = np.random.default_rng(5)
    xi, W = rng.normal(size=(6, 4)), rng.normal(size=(3, 6))
    beta = {"h": 1.5, "y": 0.7}
    lagrangians = {name: {"kind": "softmax", "beta": beta[name]} for name in beta}
    spec = {
        "format": "hamsim/1",
        "groups": {
            "x": {"size": 4, "lagrangian": "identity"},
            "h": {"size": 6, "lagrangian": lagrangians["h"]},
            "y": {"size": 3, "lagrangian": lagrangians["y"], "tau": 0},
        },
        "connections": [
            {"between": ["h", "x"], "weights": xi},
            {"between": ["y", "h"], "weights": W},
        ],
    }
    x, h = rng.normal(size=(5, 4)), rng.normal(size=(5, 6))
    f = softmax(beta["h"] * h)
    expected = (
        (x**2).sum(axis=1) / 2
        + (h * f).sum(axis=1)
        - log_sum_exp(beta["h"] * h) / beta["h"]
        - np.einsum("ti,ij,tj->t", f, xi, x)
        - log_sum_exp(beta["y"] * f @ W.T) / beta["y"]
    )
    states = np.hstack([x, h, rng.normal(size=(5, 3))])  # whatever is said of the top layer
    assert_allclose(hamsim.energy(spec, states, reduced=True).total, expected, **CLOSE)


def test_a_convolutional_memory_has_the_energy_of_equation_23():
    """A softmax at every position, and above it memories that follow at once."""
    rng = np.random.default_rng(6)
    kernel, top = rng.normal(size=(3, 2, 2, 2)), rng.normal(size=(5, 2 * 3 * 3))
    spec = {
        "format": "hamsim/1",
        "groups": {
            "x": {"shape": [3, 4, 2], "lagrangian": "identity"},
            "h": {
                "shape": [2, 3, 3],
                "lagrangian": {"kind": "softmax", "beta": 2.0, "over": "last"},
            },
            "y": {"size": 5, "lagrangian": {"kind": "softmax", "beta": 1.5}, "tau": 0},
        },
        "connections": [
            {"between": ["x", "h"], "weights": {"conv2d": {"kernel": kernel}}},
            {"between": ["y", "h"], "weights": top},
        ],
    }
    x, h = rng.normal(size=(4, 3, 4, 2)), rng.normal(size=(4, 2, 3, 3))
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))
    drive = np.einsum("trcidw,oidw->trco", windows, kernel)
    f = softmax(2.0 * h)
    y = f.reshape(4, -1) @ top.T
    expected = (
        (x**2).sum(axis=(1, 2, 3)) / 2
        + (h * f - f * drive).sum(axis=(1, 2, 3))
        - log_sum_exp(2.0 * h).sum(axis=(1, 2)) / 2.0
        - log_sum_exp(1.5 * y) / 1.5
    )
    states = np.hstack([x.reshape(4, -1), h.reshape(4, -1), rng.normal(size=(4, 5))])
    assert_allclose(hamsim.energy(spec, states, reduced=True).total, expected, **CLOSE)
