"""From descriptions to arrays: orientation, symmetry, blocks that meet, values."""

import hashlib

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.wiring import joining


def groups(**sizes):
    return {name: {"size": n, "lagrangian": "tanh"} for name, n in sizes.items()}


def compiled(groups, *connections, **more):
    return hamsim.compile(
        {"format": "hamsim/1", "groups": groups, "connections": list(connections), **more}
    )


def test_row_receives_and_column_sends():
    """A chain a -> b -> c: activity moves along it, not back."""
    chain = compiled(
        groups(a=1, b=1, c=1),
        {"from": "a", "to": "b", "weights": 2.0},
        {"from": "b", "to": "c", "weights": 3.0},
    )
    expected = np.array([[0, 0, 0], [2, 0, 0], [0, 3, 0]])
    assert np.array_equal(chain.W.toarray(), expected)
    assert not chain.symmetric
    trace = hamsim.simulate(chain, initial=[1.0, 0, 0], method="euler", dt=0.1, steps=2)
    assert trace.x[1, 1] > 0
    assert trace.x[1, 2] == 0
    assert trace.x[2, 2] > 0
    assert nx.has_path(chain.to_networkx(), "a[0]", "c[0]")
    assert not nx.has_path(chain.to_networkx(), "c[0]", "a[0]")


def test_one_way_blocks_have_the_shape_of_receivers_by_senders():
    block = np.arange(1.0, 7).reshape(3, 2)
    network = compiled(groups(a=2, b=3), {"from": "a", "to": "b", "weights": block})
    assert np.array_equal(network.W.toarray()[2:, :2], block)
    assert network.W.nnz == 6


def test_between_gives_the_block_and_its_transpose():
    block = np.arange(1.0, 7).reshape(2, 3)
    network = compiled(groups(a=2, b=3), {"between": ["a", "b"], "weights": block})
    W = network.W.toarray()
    assert np.array_equal(W[:2, 2:], block)
    assert np.array_equal(W[2:, :2], block.T)
    reverse = compiled(groups(a=2, b=3), {"between": ["b", "a"], "weights": block.T})
    assert np.array_equal(reverse.W.toarray(), W)


def test_within_a_number_leaves_the_diagonal_out_unless_asked():
    without = compiled(groups(a=3), {"within": "a", "weights": 2.0})
    assert np.array_equal(without.W.toarray(), 2 * (1 - np.eye(3)))
    asked = compiled(groups(a=3), {"within": "a", "weights": 2.0, "self_connections": True})
    assert np.array_equal(asked.W.toarray(), 2 * np.ones((3, 3)))


def test_blocks_that_meet_are_added_and_their_energies_told_apart():
    network = compiled(
        groups(a=2, b=3),
        {"between": ["a", "b"], "weights": 1.0, "name": "one"},
        {"between": ["b", "a"], "weights": 0.5, "name": "two"},
        {"within": "all", "weights": 0.25, "name": "everywhere"},
    )
    W = network.W.toarray()
    assert W[0, 2] == W[2, 0] == 1.75
    assert W[0, 1] == 0.25
    x = np.linspace(-1, 2, 5)
    parts = hamsim.energy(network, x)
    g = np.tanh(x)
    assert parts.connections["one"] == pytest.approx(-g[:2].sum() * g[2:].sum())
    assert parts.connections["two"] == pytest.approx(-0.5 * g[:2].sum() * g[2:].sum())
    assert parts.connections["everywhere"] == pytest.approx(
        -0.25 * (g.sum() ** 2 - (g**2).sum()) / 2
    )
    total = sum(parts.groups.values()) + sum(parts.connections.values())
    assert parts.total == pytest.approx(total)


def test_weights_that_cancel_leave_no_synapse():
    network = compiled(
        groups(a=2, b=2),
        {"between": ["a", "b"], "weights": [[1.0, 2.0], [0.0, 3.0]]},
        {"between": ["a", "b"], "weights": [[-1.0, 0.0], [0.0, 0.0]]},
    )
    assert network.W.nnz == 4


def test_lists_of_groups_and_all_are_in_file_order():
    W = np.arange(36.0).reshape(6, 6)
    W = W + W.T
    np.fill_diagonal(W, 0)
    network = compiled(groups(a=2, b=1, c=3), {"within": ["c", "a", "b"], "weights": W})
    assert np.array_equal(network.W.toarray(), W)
    part = compiled(
        groups(a=2, b=1, c=3), {"between": [["c", "a"], "b"], "weights": np.ones((5, 1))}
    )
    assert part.W.nnz == 10
    assert part.W.toarray()[2].tolist() == [1, 1, 0, 1, 1, 1]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_random_networks_are_exactly_symmetric_and_canonical(seed):
    network = hamsim.compile(random_description(seed))
    W = network.W
    assert (W != W.T).nnz == 0
    assert W.has_canonical_format
    assert W.has_sorted_indices
    assert np.all(W.data != 0)
    assert network.symmetric
    assert not W.data.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        network.tau[0] = 3.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_order_of_groups_changes_nothing(seed):
    """The same network with its groups in another order has the same trajectory."""
    description = random_description(seed)
    names = list(description["groups"])
    turned = {**description, "groups": {name: description["groups"][name] for name in names[::-1]}}
    one, two = hamsim.compile(description), hamsim.compile(turned)
    a = hamsim.simulate(one, method="rk4", dt=0.05, steps=20)
    b = hamsim.simulate(two, method="rk4", dt=0.05, steps=20)
    for name in names:
        np.testing.assert_allclose(a.of(name), b.of(name), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(a.energy, b.energy, rtol=1e-11, atol=1e-11)


def test_draws_depend_on_their_place_only():
    base = {
        "a": {"size": 4, "lagrangian": "tanh", "initial": {"normal": {}}},
        "b": {"size": 4, "lagrangian": "tanh", "initial": {"normal": {}}},
    }
    lateral = {"within": "a", "weights": {"normal": {}}}
    one = compiled(base, lateral, seed=5)
    more = {"new": {"size": 2, "lagrangian": "relu", "initial": {"normal": {}}}, **base}
    two = compiled(more, {"between": ["new", "b"], "weights": {"normal": {}}}, lateral, seed=5)
    for name in base:
        assert np.array_equal(one.initial[one.index(name)], two.initial[two.index(name)])
    assert np.array_equal(one.W.toarray()[:4, :4], two.W.toarray()[2:6, 2:6])
    assert not np.array_equal(one.initial[:4], one.initial[4:])
    other = compiled(base, lateral, seed=6)
    assert not np.array_equal(one.initial, other.initial)
    again = compiled(base, lateral, seed=5)
    assert np.array_equal(one.W.toarray(), again.W.toarray())


def test_distributions_have_their_moments():
    spec = {
        name: {"size": 20_000, "lagrangian": "tanh", "initial": value}
        for name, value in {
            "n": {"normal": {"mean": 2.0, "std": 3.0}},
            "l": {"lognormal": {"mean": 0.5, "std": 0.25}},
            "u": {"uniform": {"low": -1.0, "high": 3.0}},
        }.items()
    }
    network = compiled(spec)
    n, logged, u = (network.initial[network.index(name)] for name in "nlu")
    logged = np.log(logged)
    assert (n.mean(), n.std()) == pytest.approx((2.0, 3.0), abs=0.1)
    assert (logged.mean(), logged.std()) == pytest.approx((0.5, 0.25), abs=0.02)
    assert (u.min(), u.max()) == pytest.approx((-1, 3), abs=0.01)


def test_a_draw_that_is_not_allowed_is_refused_with_its_place():
    bad = {"a": {"size": 100, "lagrangian": "tanh", "tau": {"normal": {"mean": 1, "std": 1}}}}
    with pytest.raises(hamsim.CompileError, match=r"groups\.a\.tau: a draw is -.* at least 0"):
        compiled(bad)


def test_distances_on_ring_line_grid_and_torus():
    def weights(shape, space, text, **more):
        spec = {"a": {"shape": shape, "lagrangian": "tanh"}}
        rule = {"of_distance": text, "space": space, **more}
        return compiled(spec, {"within": "a", "weights": rule}).W.toarray()

    ring = weights([5], "ring", "d", length=10.0)
    assert ring[0].tolist() == [0, 2, 4, 4, 2]
    line = weights([4], "line", "d")
    assert line[0].tolist() == [0, 1, 2, 3]
    grid = weights([2, 3], "grid", "d")
    assert grid[0, 5] == pytest.approx(np.hypot(1, 2))
    torus = weights([2, 4], "torus", "d")
    assert torus[0, 3] == 1
    assert torus[0, 7] == pytest.approx(np.sqrt(2))
    assert weights([4], "line", "d", length=4e200)[0].tolist() == [0, 1e200, 2e200, 3e200]
    assert weights([2, 2], "grid", "exp(-d)", length=1e300)[0].tolist() == [0, 0, 0, 0]


def test_one_way_distance_on_a_ring_has_a_sign():
    rule = {"of_distance": "d", "space": "ring"}
    network = compiled(groups(a=5), {"from": "a", "to": "a", "weights": rule})
    W = network.W.toarray()
    assert W[1, 0] == 1
    assert W[0, 1] == -1
    assert np.array_equal(W, -W.T)


def test_neurons_with_values_of_their_own():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "m": {
                    "neurons": ["A", {"id": "B", "tau": 0.3, "input": 2.0, "initial": -1.0}],
                    "lagrangian": "tanh",
                    "tau": 5.0,
                }
            },
        }
    )
    assert network.tau.tolist() == [5.0, 0.3]
    assert network.input.tolist() == [0.0, 2.0]
    assert network.initial.tolist() == [0.0, -1.0]
    assert network.label(1) == "m.B"


def test_trials_come_from_any_group_and_from_distributions():
    spec = {
        "a": {"shape": [2, 2], "lagrangian": "tanh", "initial": np.ones((3, 2, 2))},
        "b": {"size": 3, "lagrangian": "relu", "initial": 7.0},
    }
    network = compiled(spec)
    assert network.initial.shape == (3, 7)
    assert network.initial[:, 4:].tolist() == [[7.0] * 3] * 3
    drawn = compiled(
        {"a": {"size": 2, "lagrangian": "tanh", "initial": {"normal": {}}}},
        simulation={"trials": 4},
    )
    assert drawn.initial.shape == (4, 2)
    assert len(np.unique(drawn.initial)) == 8


def test_assembling_in_small_pieces_gives_the_same(monkeypatch):
    description = random_description(3, max_size=9)
    whole = hamsim.compile(description).W
    monkeypatch.setattr(joining, "FEW", 0)  # what is small is not sorted at once
    monkeypatch.setattr(joining, "ENTRIES_AT_ONCE", 3)
    pieces = hamsim.compile(description).W
    assert np.array_equal(whole.indptr, pieces.indptr)
    assert np.array_equal(whole.indices, pieces.indices)
    assert np.array_equal(whole.data, pieces.data)


@pytest.mark.parametrize("more", [{}, {"density": 0.3}, {"degree": 4}, {"self_connections": True}])
def test_symmetric_blocks_are_the_same_whether_small_or_large(more, monkeypatch):
    connection = {"within": "a", "weights": {"normal": {}}, **more}
    small = compiled(groups(a=40), connection).W
    monkeypatch.setattr(joining, "FEW", 0)
    large = compiled(groups(a=40), connection).W
    for part in ("indptr", "indices", "data"):
        one, other = getattr(small, part), getattr(large, part)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert small.has_canonical_format


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 2**70])
def test_draws_of_a_seed_stay_what_they_are(seed):
    """By the names of a place and the seed: 53 bits of each number of Philox."""
    low_to_high = {"uniform": {"low": -1.0, "high": 3.0}}
    state = {"a": {"size": 5, "lagrangian": "tanh", "initial": low_to_high}}
    digest = hashlib.blake2b(digest_size=16)
    for word in (str(seed), "groups", "a", "initial"):
        digest.update(len(word).to_bytes(8, "little") + word.encode())
    raw = np.random.Philox(key=np.frombuffer(digest.digest(), dtype="<u8")).random_raw(5)
    expected = (raw >> np.uint64(11)) * 2.0**-53 * 4.0 - 1.0
    assert np.array_equal(compiled(state, seed=seed).initial, expected)


def test_networkx_graph_has_attributes_and_weights():
    network = compiled(groups(a=2, b=1), {"between": ["a", "b"], "weights": [[0.5], [2.0]]})
    graph = network.to_networkx()
    assert sorted(graph.nodes) == ["a[0]", "a[1]", "b[0]"]
    assert graph.edges["a[1]", "b[0]"]["weight"] == 2.0
    assert graph.nodes["b[0]"] == {
        "group": "b",
        "lagrangian": "tanh",
        "tau": 1.0,
        "input": 0.0,
        "initial": 0.0,
    }


def test_wrong_sources_are_refused():
    with pytest.raises(hamsim.HamsimError, match="expected a Spec, a path or a dict, not int"):
        hamsim.compile(3)
    with pytest.raises(hamsim.HamsimError, match="no group 'pixls'; did you mean 'pixels'"):
        compiled(groups(pixels=2)).index("pixls")


def test_distance_between_groups_has_no_sign():
    rule = {"of_distance": "exp(-d)", "space": "line"}
    network = compiled(groups(a=3, b=3), {"between": ["a", "b"], "weights": rule})
    assert network.W.toarray()[0, 3:] == pytest.approx(np.exp([-0.0, -1, -2]))
    assert network.W.toarray()[2, 3:] == pytest.approx(np.exp([-2.0, -1, 0]))


def test_names_of_connections_are_unique():
    network = compiled(
        groups(a=1, b=1),
        {"between": ["a", "b"], "weights": 1.0},
        {"name": "a-b", "within": "a", "weights": [[10.0]], "self_connections": True},
    )
    assert [c.name for c in network.connections] == ["a-b#2", "a-b"]
    parts = hamsim.energy(network, [1.0, 1.0])
    assert len(parts.connections) == 2
    model_energy = hamsim.simulate(network, [1.0, 1.0], dt=0.1, steps=0).energy[0]
    assert parts.total == pytest.approx(model_energy)


def test_lists_that_name_the_same_groups_have_draws_of_their_own():
    network = compiled(
        groups(a=2, b=2, c=2),
        {"between": [["a", "b"], "c"], "weights": {"normal": {}}, "name": "one"},
        {"between": [["b", "a"], "c"], "weights": {"normal": {}}, "name": "two"},
    )
    one, two = (c.block.toarray() for c in network.connections)
    assert not np.any(one == two)


def test_a_single_number_in_a_file_is_a_number(tmp_path):
    np.save(tmp_path / "w.npy", 2.0)
    network = compiled(groups(a=3), {"within": "a", "weights": {"file": str(tmp_path / "w.npy")}})
    assert network.W.diagonal().tolist() == [0, 0, 0]
    assert network.W.nnz == 6


def test_a_diagonal_inside_a_list_of_groups_needs_leave():
    one_way = {"from": "a", "to": ["a", "b"], "weights": np.ones((3, 1))}
    with pytest.raises(hamsim.SpecError, match="neuron 0 is connected to itself by 1; allow"):
        compiled(groups(a=1, b=2), one_way)
    assert compiled(groups(a=1, b=2), {**one_way, "self_connections": True}).W.nnz == 3


def test_random_states_differ_between_trials_that_another_group_counts():
    spec = {
        "a": {"size": 2, "lagrangian": "tanh", "initial": np.zeros((3, 2))},
        "b": {"size": 2, "lagrangian": "tanh", "initial": {"normal": {}}},
    }
    assert np.unique(compiled(spec).initial[:, 2:]).size == 6


def test_nothing_in_a_network_can_be_written():
    network = compiled(
        {"a": {"size": 2, "lagrangian": {"kind": "tanh", "beta": [1.0, 2.0]}}},
        {"within": "a", "weights": 1.0},
        {"within": "a", "weights": 2.0},
    )
    for array in (network.W.data, network.groups[0].parameters["beta"], network.initial):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        network.connections[0].block.data[0] = 5.0


def test_weights_that_add_up_to_infinity_are_refused():
    with pytest.raises(hamsim.CompileError, match="more than a number can hold"):
        compiled(
            groups(a=2), {"within": "a", "weights": 1.7e308}, {"within": "a", "weights": 1.7e308}
        )


def test_blocks_larger_than_any_memory_are_refused_at_once():
    with pytest.raises(hamsim.CompileError, match=r"1e\+16 synapses .* are too many"):
        compiled(groups(a=100_000_000), {"within": "a", "weights": 1.0})


def test_matrices_that_are_symmetric_up_to_rounding_are_made_symmetric():
    patterns = np.random.default_rng(0).choice([-1.0, 1.0], (3, 20))
    W = np.linalg.pinv(patterns) @ patterns
    assert np.any(W != W.T)
    rule = {"within": "a", "weights": W, "self_connections": True}
    network = compiled(groups(a=20), rule)
    assert np.array_equal(network.W.toarray(), network.W.toarray().T)
    np.testing.assert_allclose(network.W.toarray(), W, atol=1e-15)
    W[0, 1] += 1e-9
    with pytest.raises(hamsim.SpecError, match="not symmetric"):
        compiled(groups(a=20), rule)


def test_errors_survive_pickling():
    import pickle

    with pytest.raises(hamsim.SpecError) as caught:
        compiled(groups(a=0))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems


def test_too_many_synapses_are_refused_before_the_neurons_take_memory():
    import tracemalloc

    groups = {
        "a": {"size": 60_000_000, "lagrangian": "tanh"},
        "b": {"size": 5000, "lagrangian": "tanh"},
    }
    spec = hamsim.load(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [{"between": ["a", "b"], "weights": {"normal": {}}}],
        }
    )
    tracemalloc.start()
    try:
        with pytest.raises(hamsim.CompileError, match=r"connections\[0\]\.weights: .* too many"):
            hamsim.compile(spec)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()
