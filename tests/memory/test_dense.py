"""Dense associative memories: F beside patterns, in files and in Python."""

import numpy as np
import pytest

import hamsim
from hamsim import HamsimError
from hamsim.memory.dense import with_dense

XOR = np.array([[-1, -1, -1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]])
PLAIN = {
    "format": "hamsim/1",
    "groups": {
        "bits": {"size": 3, "lagrangian": "sign"},
        "rows": {"size": 4, "lagrangian": "relu", "tau": 0},
    },
    "connections": [{"between": ["bits", "rows"], "weights": {"memories": XOR.tolist()}}],
}


def with_f(dense):
    weights = {"memories": XOR.tolist(), "dense": dense}
    return {**PLAIN, "connections": [{**PLAIN["connections"][0], "weights": weights}]}


def energies(network, states):
    states = np.hstack([states, np.zeros((len(states), 4))]).astype(float)
    return hamsim.energy(network, states, reduced=True).total


@pytest.mark.parametrize(
    ("degree", "energy", "of_negatives"), [(1, 0, 0), (2, -12, -12), (3, -24, 24), (4, -84, -84)]
)
def test_xor_has_the_energies_of_the_paper(degree, energy, of_negatives):
    network = hamsim.compile(with_f({"degree": degree}))
    assert energies(network, XOR).tolist() == [energy] * 4
    assert energies(network, -XOR).tolist() == [of_negatives] * 4


DENSE = [
    ({"degree": 3}, lambda h: h**3),
    ({"kind": "rectified", "degree": 2}, lambda h: np.maximum(h, 0.0) ** 2),
    ({"kind": "exponential", "beta": 0.5}, lambda h: np.exp(0.5 * h)),
]


@pytest.mark.parametrize(("dense", "F"), DENSE)
def test_the_energy_is_minus_the_sum_of_f(dense, F):
    states = np.random.default_rng(1).choice([-1.0, 1.0], (5, 3))
    expected = -F(states @ XOR.T).sum(axis=1)
    for network in (hamsim.compile(with_f(dense)), with_dense(hamsim.compile(PLAIN), dense)):
        assert energies(network, states) == pytest.approx(expected, rel=1e-14)
        assert network.tau.tolist() == [1, 1, 1, 0, 0, 0, 0]
    other = with_dense(hamsim.compile(with_f({"degree": 4})), dense, group="rows")
    assert energies(other, states) == pytest.approx(expected, rel=1e-14)


def test_memories_are_found_by_their_sizes_and_need_no_lagrangian():
    source = with_f({"degree": 3})
    source["groups"] = {"rows": {"size": 4}, "bits": {"size": 3, "lagrangian": "sign"}}
    spec = hamsim.load(source)
    assert spec.groups["rows"].lagrangian.expression == "x**3"
    assert spec.groups["rows"].tau == 0.0
    assert spec.groups["bits"].lagrangian.kind == "sign"
    with pytest.raises(HamsimError, match=r"groups\.rows\.lagrangian: is what dense"):
        hamsim.load(source, {"groups.rows.lagrangian": "tanh"})


@pytest.mark.parametrize(
    ("dense", "group", "words"),
    [
        ({}, None, r"dense\.degree: required key is missing"),
        ({"kind": "cosine"}, None, r"dense\.kind: 'cosine' is not allowed"),
        ({"degree": 3}, "row", "no group 'row'"),
        ({"degree": 3}, "bits", "group 'bits' has neurons of two values"),
    ],
)
def test_what_is_no_dense_memory_is_refused(dense, group, words):
    with pytest.raises(HamsimError, match=words):
        with_dense(hamsim.compile(PLAIN), dense, group)
    alone = {**PLAIN, "groups": {"bits": PLAIN["groups"]["bits"]}, "connections": []}
    with pytest.raises(HamsimError, match="no group has tau = 0, nor is one described"):
        with_dense(hamsim.compile(alone), {"degree": 3})


def test_memories_that_were_slow_follow_at_once():
    states = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
    slow = hamsim.compile(PLAIN, {"groups.rows.tau": 2.0})
    for made in (with_dense(slow, {"degree": 3}), with_dense(slow, {"degree": 3}, group="rows")):
        assert made.tau.tolist() == [1, 1, 1, 0, 0, 0, 0]
        assert energies(made, states).tolist() == [-24, 24]
    found = hamsim.recall(slow, [[1, 1, -1]], dense={"degree": 3})
    assert found.energy.tolist() == [-24]
