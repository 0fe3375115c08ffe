"""Factors of the rows that make W symmetric: found where there are any, else a cycle that forbids.

The oracle `dense_scaling` walks over a dense matrix one synapse at a time.
"""

from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

import hamsim
from hamsim.certify.scaled import ScaledNetwork
from hamsim.cli.examples import zoo
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry import TOLERANCE, find_scaling
from hamsim.lagrangians.table import TABLE
from hamsim.network import Connection, Group, Network, Triples

FEW = settings(max_examples=40, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)
# Of factors that were found: a few roundings a synapse.
ROUNDING = 1e-13


def network_of(W, shape=None, over=(), names=(), triples=None, symmetric=False):
    """One group, additive or with neurons that share softmaxes."""
    W = csr_array(W)
    W.eliminate_zeros()
    n = W.shape[0]
    zeros, ones = np.zeros(n), np.ones(n)
    family = TABLE["softmax" if over else "tanh"]
    group = Group("g", 0, n, shape or (n,), family, {"beta": ones}, over, tuple(names))
    gate = (
        [] if triples is None else [Connection("t", "gate", ("g",), ("g",), None, ("g",), triples)]
    )
    return Network("", W, ones, zeros, zeros, (group,), tuple(gate), symmetric=symmetric)


def random_symmetric(rng, n, density=0.3, self_connections=True):
    S = rng.normal(size=(n, n)) * (rng.random((n, n)) < density)
    S = np.tril(S) + np.tril(S, -1).T
    if not self_connections:
        np.fill_diagonal(S, 0.0)
    return S


def parts_of(W, sets):
    """Number of the connected part of each neuron."""
    part = np.arange(len(W))
    joined = (W != 0) | (W.T != 0) | (sets[:, None] == sets[None, :])
    for _ in range(len(W)):
        part = np.array([part[joined[k] | (np.arange(len(W)) == k)].min() for k in range(len(W))])
    return part


def dense_scaling(W, sets, signed=False):
    """Factors of one sign, or of both, or None: each neuron from those that it is joined to."""
    n = len(W)
    d = np.zeros(n)
    for root in range(n):
        if d[root]:
            continue
        d[root], waiting = 1.0, [root]
        while waiting:
            i = waiting.pop()
            for j in range(n):
                if sets[i] == sets[j]:
                    value = d[i]
                elif W[i, j] and W[j, i]:
                    value = d[i] * W[i, j] / W[j, i]
                elif W[i, j] or W[j, i]:
                    return None
                else:
                    continue
                if d[j] == 0:
                    d[j] = value
                    waiting.append(j)
    wrong = np.abs(d[:, None] * W - (d[:, None] * W).T) > 1e-11 * np.abs(d[:, None] * W)
    apart = np.abs(d - d[sets]) > 1e-11 * np.abs(d)
    return None if np.any(wrong) or np.any(apart) or (np.any(d < 0) and not signed) else d


def assert_scales(network, found):
    """What Scaling promises of its arrays."""
    W, d, s = network.W.toarray(), found.scale, found.signs
    sets = shared_sets(network)
    assert np.all(d > 0)
    assert set(np.unique(s)) <= {-1.0, 1.0}
    assert np.array_equal(d, d[sets])
    assert np.array_equal(s, s[sets])
    DW = d[:, None] * W
    assert np.all(np.abs(DW - s[:, None] * s * DW.T) <= 2 * TOLERANCE * np.abs(DW))
    part = parts_of(W, sets)
    for k in np.unique(part):
        assert abs(np.log(d[part == k]).mean()) < ROUNDING * (1 + np.abs(np.log(d)).max())


def exact_products(W, condition):
    """Both products of the cycle that the evidence names, as fractions."""
    i, j = condition.evidence["receivers"], condition.evidence["senders"]
    W = csr_array(W)
    there = prod(Fraction(float(W[a, b])) for a, b in zip(i, j, strict=True))
    back = prod(Fraction(float(W[b, a])) for a, b in zip(i, j, strict=True))
    return there, back


def assert_refutes(network, found):
    """The witness is one: looked at with exact numbers, without hamsim."""
    W, sets, evidence = network.W, shared_sets(network), found.condition.evidence
    assert found.condition.status == "refuted"
    assert found.condition.message
    if "receiver" in evidence:
        i, j = evidence["receiver"], evidence["sender"]
        assert W[i, j] == evidence["weight"] != 0
        assert W[j, i] == evidence["weight_back"]
        assert evidence["weight"] * evidence["weight_back"] <= 0
        names = [network.label(j), network.label(i)]
        assert found.condition.where["edge"] == names
        assert all(name in found.condition.message for name in names)
    if "receivers" in evidence:
        i, j = evidence["receivers"], evidence["senders"]
        assert i.size == j.size
        # Each synapse is sent by the one that received, or by one that shares its Lagrangian.
        assert np.array_equal(sets[j[1:]], sets[i[:-1]])
        assert sets[j[0]] == sets[i[-1]]
        there, back = exact_products(W, found.condition)
        assert there != 0
        assert back != 0
        assert there != back
        assert float(there / back) == pytest.approx(evidence["ratio"], rel=ROUNDING)
        if "products" in evidence:
            both = float(there), float(back)
            assert evidence["products"] == pytest.approx(both, rel=ROUNDING)
    assert "receiver" in evidence or "receivers" in evidence


# --- what is symmetric, scaled, signed ------------------------------------------------------------


def test_a_symmetric_network_needs_no_look():
    network = network_of(random_symmetric(np.random.default_rng(0), 5), symmetric=True)
    found = find_scaling(network)
    assert found.kind == "symmetric"
    assert found.condition.status == "proved"
    assert np.all(found.scale == 1)
    assert np.all(found.signs == 1)


@FEW
@given(SEEDS, st.integers(1, 14), st.floats(0.05, 1.0))
def test_scaled_rows_of_a_symmetric_matrix_are_found(seed, n, density):
    rng = np.random.default_rng(seed)
    S, d = random_symmetric(rng, n, density), np.exp(rng.normal(0, 2, n))
    network = network_of(S / d[:, None])
    found = find_scaling(network)
    assert found.kind == "symmetrizable"
    assert found.condition.status == "proved"
    assert found.condition.evidence["largest_defect"] <= TOLERANCE
    assert_scales(network, found)
    part = parts_of(S, np.arange(n))
    for k in np.unique(part):
        own = np.log(found.scale / d)[part == k]
        assert np.ptp(own) < ROUNDING
    scaled = ScaledNetwork(network, found.scale, symmetric=True).W
    assert np.allclose(scaled.toarray(), S / d[:, None] / found.scale, rtol=1e-11, atol=0)


def test_parts_that_are_symmetric_keep_the_factor_one():
    W = np.zeros((6, 6))
    W[0, 1] = W[1, 0] = W[1, 2] = W[2, 1] = 0.3
    W[3, 4], W[4, 3] = 2.0, 8.0
    found = find_scaling(network_of(W))
    assert found.kind == "symmetrizable"
    assert found.scale == pytest.approx([1, 1, 1, 2, 0.5, 1], rel=1e-15)
    assert np.all(found.scale[[0, 1, 2, 5]] == 1)


@FEW
@given(SEEDS, st.integers(2, 12))
def test_the_kind_agrees_with_a_dense_walk(seed, n):
    """Whatever the network: scaled, signed, with an odd edge, with shared Lagrangians."""
    rng = np.random.default_rng(seed)
    shared = bool(rng.random() < 0.5)
    rows = int(rng.integers(2, 5))
    shape, over = ((rows, n), (0,)) if shared else ((rows * n,), ())
    W = random_symmetric(rng, rows * n, rng.uniform(0.02, 0.3))
    sets = shared_sets(network_of(W, shape, over))
    by_set = rng.random() < 0.7
    d, s = np.exp(rng.normal(0, 1, rows * n)), np.sign(rng.normal(size=rows * n) + 0.7)
    if by_set:
        d, s = d[sets], s[sets]
    W = W / d[:, None]
    if rng.random() < 0.5:
        W = np.where(s[:, None] * s < 0, np.abs(W) * s, W)
    if rng.random() < 0.3 and np.any(W):
        i, j = (int(k[0]) for k in np.nonzero(W))
        W[i, j] *= rng.choice([0.0, -1.0, 1.01])
    network = network_of(W, shape, over)
    found = find_scaling(network)
    positive, signed = dense_scaling(W, sets), dense_scaling(W, sets, signed=True)
    expected = "none" if signed is None else "signed" if positive is None else "symmetrizable"
    assert found.kind == expected
    assert found.scale.shape == found.signs.shape == (rows * n,)
    if expected != "none":
        assert_scales(network, found)
    else:
        assert np.all(found.scale == 1)
        assert np.all(found.signs == 1)
    if expected != "symmetrizable":
        assert_refutes(network, found)


@FEW
@given(SEEDS, st.integers(2, 20))
def test_networks_of_excitation_and_inhibition_are_signed(seed, n):
    """Dale's law: each neuron sends one sign; scaled by both ends' gains."""
    rng = np.random.default_rng(seed)
    S = np.abs(random_symmetric(rng, n, 0.4))
    s, d = np.sign(rng.normal(size=n) + 0.5), np.exp(rng.normal(0, 1, n))
    network = network_of(S * s / d[:, None])
    found = find_scaling(network)
    across = (S != 0) & (s[:, None] != s)
    assert found.kind == ("signed" if across.any() else "symmetrizable")
    assert_scales(network, found)
    part = parts_of(S, np.arange(n))
    for k in np.unique(part):
        if across[part == k].any():  # +1 are those that excite
            assert np.array_equal(found.signs[part == k], s[part == k])
        else:
            assert np.all(found.signs[part == k] == 1)
    if across.any():
        assert_refutes(network, found)


def test_signs_that_no_choice_explains_are_none():
    """Three neurons, each of which stands against both others."""
    W = np.array([[0, 1.0, -1.0], [-1.0, 0, 1.0], [1.0, -1.0, 0]])
    found = find_scaling(network_of(W))
    assert found.kind == "none"
    assert_refutes(network_of(W), found)
    assert found.condition.evidence["ratio"] == pytest.approx(-1.0)


def test_one_wrong_sign_is_named_with_its_repair():
    W = random_symmetric(np.random.default_rng(1), 6, 1.0)
    W[4, 2] *= -1
    network = network_of(W)
    found = find_scaling(network)
    assert found.kind == "none"
    assert set(found.condition.where["edge"]) == {"g[2]", "g[4]"}
    assert_refutes(network, found)
    pair = network_of([[0.0, 2.0], [-2.0, 0.0]])
    assert find_scaling(pair).kind == "signed"
    assert find_scaling(pair).condition.repair.startswith("change the sign of the weight from g[")


# --- neurons that have to be scaled alike ---------------------------------------------------------


@FEW
@given(SEEDS)
def test_factors_are_one_number_in_a_softmax(seed):
    rng = np.random.default_rng(seed)
    S = random_symmetric(rng, 12, 0.5)
    shape, over = (3, 4), (1,)
    sets = shared_sets(network_of(S, shape, over))
    d = np.exp(rng.normal(0, 1, 12))[sets]
    network = network_of(S / d[:, None], shape, over)
    found = find_scaling(network)
    assert found.kind == "symmetrizable"
    assert_scales(network, found)


def test_factors_that_differ_in_a_softmax_are_none():
    """The same W is symmetrizable where each neuron has its own Lagrangian."""
    S = np.zeros((4, 4))
    S[0, 2] = S[2, 0] = S[1, 3] = S[3, 1] = S[2, 3] = S[3, 2] = 1.0
    W = S / np.array([1.0, 1.5, 1.0, 1.0])[:, None]
    assert find_scaling(network_of(W)).kind == "symmetrizable"
    network = network_of(W, (2, 2), (1,))
    found = find_scaling(network)
    assert found.kind == "none"
    assert_refutes(network, found)
    assert found.condition.evidence["disagreeing"] == 1


def test_weights_inside_a_softmax_must_be_symmetric_themselves():
    W = np.array([[0.0, 1.0, 0], [2.0, 0, 0], [0, 0, 0.5]])
    assert find_scaling(network_of(W)).kind == "symmetrizable"
    network = network_of(W, (3,), (0,))
    found = find_scaling(network)
    assert found.kind == "none"
    assert_refutes(network, found)
    assert "share a Lagrangian" in found.condition.message
    assert found.condition.evidence["receivers"].size == 1


def test_gated_synapses_join_three_neurons():
    d = np.array([1.0, 2.0, 4.0, 8.0])
    W = random_symmetric(np.random.default_rng(2), 4, 1.0) / d[:, None]
    three = [np.array([k]) for k in (0, 1, 2)]
    assert find_scaling(network_of(W)).kind == "symmetrizable"
    gated = network_of(W, triples=Triples(*three, np.array([0.1])))
    found = find_scaling(gated)
    assert found.kind == "none"
    assert found.condition.status == "refuted"
    there, back = exact_products(W, found.condition)
    assert there != back
    silent = network_of(W, triples=Triples(*three, np.array([0.0])))
    assert find_scaling(silent).kind == "symmetrizable"
    d[:3] = 3.0
    alike = network_of(random_symmetric(np.random.default_rng(2), 4, 1.0) / d[:, None])
    gate = Connection("t", "gate", ("g",), ("g",), None, ("g",), Triples(*three, np.ones(1)))
    found = find_scaling(replace(alike, connections=(gate,)))
    assert found.kind == "symmetrizable"
    assert np.ptp(found.scale[:3]) == 0


# --- what forbids a scaling -----------------------------------------------------------------------


@FEW
@given(SEEDS, st.integers(3, 12))
def test_one_synapse_off_by_a_billionth_is_found(seed, n):
    rng = np.random.default_rng(seed)
    S = random_symmetric(rng, n, 1.0)
    W = S / np.exp(rng.normal(0, 2, n))[:, None]
    i, j = rng.choice(n, 2, replace=False)
    W[i, j] *= 1 + 1e-9
    network = network_of(W)
    found = find_scaling(network)
    assert found.kind == "none"
    assert_refutes(network, found)
    assert found.condition.evidence["largest_defect"] == pytest.approx(1e-9, rel=1e-4)
    assert abs(found.condition.evidence["ratio"] - 1) == pytest.approx(1e-9, rel=1e-4)
    a, b = network.label(i), network.label(j)
    if found.condition.evidence["disagreeing"] == 1:
        assert found.condition.repair.startswith("scale the edge from ")
    assert {a, b} & set(found.condition.where["neurons"])


def test_a_repair_by_a_factor_repairs():
    W = np.array([[0, 1.0, 2.0], [0.5, 0, 3.0], [4.0, 1.0, 0]])
    network = network_of(W, names=["a", "b", "c"])
    condition = find_scaling(network).condition
    words = condition.repair.split()
    assert words[:4] == ["scale", "the", "edge", "from"]
    sender, receiver, factor = "abc".index(words[4][-1]), "abc".index(words[6][-1]), float(words[8])
    W[receiver, sender] *= factor
    assert find_scaling(network_of(W)).kind == "symmetrizable"
    assert "g.a -> " in condition.message or "-> g.a" in condition.message


def test_a_one_way_synapse_is_named_and_its_repair_repairs():
    rng = np.random.default_rng(3)
    W = random_symmetric(rng, 7, 1.0, self_connections=False) / np.exp(rng.normal(size=7))[:, None]
    W[2, 5] = 0.0
    network = network_of(W)
    found = find_scaling(network)
    assert found.kind == "none"
    assert_refutes(network, found)
    assert found.condition.where["edge"] == ["g[2]", "g[5]"]
    assert found.condition.repair.startswith("connect g[5] back to g[2] with weight ")
    W[2, 5] = float(found.condition.repair.split()[-1])
    assert find_scaling(network_of(W)).kind == "symmetrizable"


def test_the_strongest_of_many_one_way_synapses_is_named():
    W = np.tril(np.random.default_rng(4).normal(size=(9, 9)), -1)
    W[7, 3] = -50.0
    found = find_scaling(network_of(W))
    assert found.kind == "none"
    assert found.condition.where["edge"] == ["g[3]", "g[7]"]
    assert found.condition.evidence["one_way"] == 36
    assert "between" in found.condition.repair


def test_one_bad_part_makes_the_whole_none():
    W = np.zeros((5, 5))
    W[0, 1], W[1, 0] = 1.0, 3.0
    W[3, 4] = 1.0
    found = find_scaling(network_of(W))
    assert found.kind == "none"
    assert np.all(found.scale == 1)
    W[4, 3] = -2.0
    found = find_scaling(network_of(W))
    assert found.kind == "signed"
    assert found.signs.tolist() == [1, 1, 1, -1, 1]
    assert found.scale[2] == 1


# --- sizes and limits -----------------------------------------------------------------------------


def ring(n, rng, closed=True):
    i = np.arange(n if closed else n - 1)
    w = rng.normal(size=i.size) + 3
    S = coo_array((w, (i, (i + 1) % n)), shape=(n, n)).tocsr()
    return csr_array(S + S.T)


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_of_200000_neurons(closed):
    rng = np.random.default_rng(5)
    n = 200_000
    W = ring(n, rng, closed)
    # Factors that grow as 1.0001^k, to e^20.
    W.data *= np.repeat(1.0001 ** -np.arange(n), np.diff(W.indptr))
    found = find_scaling(network_of(W))
    assert found.kind == "symmetrizable"
    assert np.log(found.scale[-1] / found.scale[0]) == pytest.approx((n - 1) * np.log(1.0001))
    if closed:
        W[77, 78] *= 1 + 1e-9
        network = network_of(W)
        found = find_scaling(network)
        assert found.kind == "none"
        assert found.condition.status == "refuted"
        assert found.condition.evidence["receivers"].size == n
        assert abs(found.condition.evidence["ratio"] - 1) == pytest.approx(1e-9, rel=0.1)
        assert len(found.condition.where["neurons"]) <= 12
        assert len(found.condition.message) < 400


def test_factors_beyond_floating_point_are_left_open():
    n = 3000
    W = ring(n, np.random.default_rng(6), closed=False)
    below = coo_array(W)
    W = csr_array(coo_array((np.where(below.row > below.col, 2.0, 4.0), (below.row, below.col))))
    found = find_scaling(network_of(W))
    assert found.kind == "none"
    assert found.condition.status == "undecided"
    assert found.condition.evidence["log2_spread"] == n - 1
    assert np.all(found.scale == 1)
    # A true disagreement is seen none the less.
    W = W.tolil()
    W[0, n - 1] = W[n - 1, 0] = 1.0
    found = find_scaling(network_of(csr_array(W)))
    assert found.condition.status == "refuted"
    assert found.condition.evidence["log2_products"] == pytest.approx([n - 1, 2 * (n - 1)])


@pytest.mark.parametrize("size", [1e-300, 1e300, 5e-324])
def test_tiny_and_huge_weights(size):
    W = size * np.array([[1.0, 2.0, 0], [2.0, 0, 4.0], [0, 4.0, 0]])
    found = find_scaling(network_of(W))
    assert found.kind == "symmetrizable"
    assert np.all(found.scale == 1)
    W[2, 1] *= 4
    if size > 1e-310:
        found = find_scaling(network_of(W))
        assert found.kind == "symmetrizable"
        assert found.scale[1] / found.scale[2] == pytest.approx(4.0, rel=1e-15)
    W[2, 1] = 0
    assert find_scaling(network_of(W)).condition.where["edge"] == ["g[2]", "g[1]"]
    W = np.array([[0, size, 1.0], [size, 0, 1.0], [1.0, 2.0, 0]])
    network = network_of(W)
    assert find_scaling(network).kind == "none"
    assert_refutes(network, find_scaling(network))


def test_tiny_against_huge_weights():
    found = find_scaling(network_of([[0, 1e-300], [1e300, 0]]))
    assert found.kind == "symmetrizable"
    assert found.scale == pytest.approx([1e300, 1e-300])


def test_stored_zeros_are_no_synapses():
    W = csr_array(np.array([[0.0, 1.0], [2.0, 0.0]]))
    stored = csr_array((np.array([0.0, 1.0, 2.0]), np.array([0, 1, 0]), np.array([0, 2, 3])))
    network = replace(network_of(W), W=stored)
    assert find_scaling(network).kind == "symmetrizable"
    assert stored.nnz == 3


def test_self_connections_alone():
    found = find_scaling(network_of(np.diag([1.0, -2.0, 0.0])))
    assert found.kind == "symmetrizable"
    assert np.all(found.scale == 1)


def test_blocks_of_synapses_make_no_difference(monkeypatch):
    monkeypatch.setattr("hamsim.spectrum.row_blocks.BLOCK", 17)
    rng = np.random.default_rng(7)
    W = random_symmetric(rng, 40, 0.4) / np.exp(rng.normal(size=40))[:, None]
    network = network_of(W)
    blocks = find_scaling(network)
    W[3, 9] = 0.0
    W[9, 3] = 40.0
    one_way = find_scaling(network_of(W))
    monkeypatch.undo()
    whole = find_scaling(network)
    assert blocks.kind == whole.kind == "symmetrizable"
    assert np.array_equal(blocks.scale, whole.scale)
    assert one_way.condition.repair == find_scaling(network_of(W)).condition.repair != ""


# --- the example networks -------------------------------------------------------------------------


def test_symmetric_examples_are_symmetric():
    kinds = {}
    for path in sorted(zoo().glob("*.yaml")):
        network = hamsim.compile(path)
        kinds[path.stem] = find_scaling(network).kind
        assert (kinds[path.stem] == "symmetric") == network.symmetric
    assert kinds["c_elegans"] == "symmetrizable"
    assert kinds["wilson_cowan"] == "signed"
    assert kinds["potjans_diesmann"] == kinds["moving_ring"] == "none"


def test_factors_of_c_elegans_are_conductances():
    """D is proportional to 1 / tau in each part: rows divided by tau make W symmetric."""
    network = hamsim.compile(zoo() / "c_elegans.yaml")
    found = find_scaling(network)
    assert_scales(network, found)
    product = found.scale * network.tau
    part = parts_of(network.W.toarray(), np.arange(network.n_neurons))
    largest = part == np.bincount(part).argmax()
    assert largest.sum() == 248
    assert np.ptp(np.log(product[largest])) < ROUNDING
    assert np.all(found.scale[~largest & (network.W.sum(axis=1) == 0)] == 1)


def test_witnesses_of_examples():
    network = hamsim.compile(zoo() / "wilson_cowan.yaml")
    found = find_scaling(network)
    assert found.signs.tolist() == [1, -1]
    assert_refutes(network, found)
    assert_scales(network, found)
    for name in ("potjans_diesmann", "moving_ring"):
        network = hamsim.compile(zoo() / f"{name}.yaml")
        assert_refutes(network, find_scaling(network))


def test_a_ring_that_does_not_turn_is_symmetric_in_numbers():
    network = hamsim.compile(zoo() / "moving_ring.yaml", {"parameters.turns": 0})
    assert find_scaling(network).kind in ("symmetric", "symmetrizable")
