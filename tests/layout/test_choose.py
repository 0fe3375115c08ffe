"""Which storage is chosen for which network, and how that is told."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from scipy.sparse import coo_array, csr_array, triu

import hamsim
from hamsim.dynamics.simulate import prepare
from hamsim.layout import dense as blocks_module
from hamsim.layout import sparse as sparse_module
from hamsim.layout.choose import choose

ONCE = "each weight is read once for both directions"


def network_of(sizes, W, **more):
    """Groups of these sizes with weights W, given as a sparse array."""
    groups = {f"g{k}": {"size": n, "lagrangian": "tanh"} for k, n in enumerate(sizes)}
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    W = csr_array(W)
    W.sort_indices()
    return replace(network, W=W, symmetric=(W != W.T.tocsr()).nnz == 0, **more)


def ring(n, reach, number=None):
    """Every neuron with its neighbours up to some distance, on both sides."""
    number = np.arange(n) if number is None else number
    one = np.tile(np.arange(n), reach)
    other = (one + np.repeat(np.arange(1, reach + 1), n)) % n
    places = number[np.concatenate([one, other])], number[np.concatenate([other, one])]
    return csr_array(coo_array((np.ones(2 * one.size), places), shape=(n, n)))


def scattered(n, degree):
    """About so many neighbours each, anywhere."""
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, n, (2, n * degree // 2))
    there = coo_array((np.ones(one.size), (one, other)), shape=(n, n))
    W = csr_array(there + there.T)
    W.setdiag(0.0)
    W.eliminate_zeros()
    return W


def layers(*sizes, one_way=False, density=1.0):
    """Full or sparse blocks between each layer and the next."""
    n, start = sum(sizes), np.cumsum([0, *sizes])
    rng = np.random.default_rng(0)
    W = np.zeros((n, n))
    for a, b, c in zip(start[:-2], start[1:-1], start[2:], strict=True):
        block = rng.normal(size=(b - a, c - b)) * (rng.random((b - a, c - b)) < density)
        W[b:c, a:b] = block.T
        W[a:b, b:c] = 0.0 if one_way else block
    return network_of(sizes, W)


def told(choice):
    return [(part.where, part.layout, part.why) for part in choice.parts]


# --- typical networks --------------------------------------------------------------------------


def test_a_small_network_is_read_row_by_row():
    network = network_of([100], ring(100, 3))
    assert told(choose(network)) == [("synapses", "rows", "600 synapses stay in the cache")]


def test_a_network_without_synapses():
    assert told(choose(network_of([3], csr_array((3, 3))))) == [
        ("synapses", "rows", "there are none")
    ]


def test_full_layers_are_dense_blocks():
    choice = choose(layers(200, 150, 100))
    why = "100% of its entries are there, stored once for both directions"
    assert told(choice) == [("g0 and g1", "dense", why), ("g1 and g2", "dense", why)]
    assert [part.synapses for part in choice.parts] == [2 * 200 * 150, 2 * 150 * 100]
    assert [part.bytes for part in choice.parts] == [8 * 200 * 150, 8 * 150 * 100]
    assert choice.rest.nnz == 0


def test_a_group_connected_with_itself_is_a_dense_block():
    W = np.ones((200, 200)) - np.eye(200)
    (part,) = choose(network_of([200], W)).parts
    assert (part.where, part.layout, part.synapses) == ("within g0", "dense", 200 * 199)


def test_full_one_way_layers_are_dense_blocks_of_one_direction():
    choice = choose(layers(200, 180, one_way=True))
    assert told(choice) == [("g1 from g0", "dense", "100% of its entries are there")]
    assert [block.both for block in choice.blocks] == [False]


def test_a_block_is_dense_from_some_density_on():
    dense = choose(layers(400, 300, density=blocks_module.DENSE + 0.03))
    assert [part.layout for part in dense.parts] == ["dense"]
    sparse = choose(layers(400, 300, density=blocks_module.DENSE - 0.03))
    assert [part.layout for part in sparse.parts] == ["half"]


def test_what_is_not_in_a_dense_block_is_sparse():
    W = layers(200, 150).W.toarray()
    W[0, 7] = W[7, 0] = 1.0
    choice = choose(network_of([200, 150], W))
    assert [(part.where, part.layout, part.synapses) for part in choice.parts] == [
        ("g0 and g1", "dense", 2 * 200 * 150),
        ("synapses", "rows", 2),
    ]
    assert choice.rest.nnz == 2


def test_long_rows_of_few_neurons_are_stored_once():
    choice = choose(network_of([4000], scattered(4000, 40)))
    assert told(choice) == [("synapses", "half", f"{ONCE}; few neurons")]


def test_short_rows_are_stored_in_tiles():
    choice = choose(network_of([10_000], ring(10_000, 3)))
    assert told(choice) == [("synapses", "tiles", f"{ONCE}; rows of 3 synapses ahead")]


def test_long_rows_of_many_neurons_depend_on_how_far_they_reach(monkeypatch):
    monkeypatch.setattr(sparse_module, "CACHED", 9500)
    (part,) = choose(network_of([12_000], ring(12_000, 10))).parts
    assert part.layout == "tiles"  # the ring is closed: the first rows reach to the last column
    open_ended = ring(12_000, 10).tolil()
    open_ended[:20, -20:] = 0.0
    open_ended[-20:, :20] = 0.0
    W = csr_array(open_ended)
    W.eliminate_zeros()
    (part,) = choose(network_of([12_000], W)).parts
    assert part.layout == "half"
    assert part.why.startswith(f"{ONCE}; rows reach 4,")
    assert part.why.endswith(" neurons ahead")
    (part,) = choose(network_of([12_000], scattered(12_000, 30))).parts
    assert part.layout == "tiles"
    assert "that reach over" in part.why


def test_many_trials_read_rows():
    network = network_of([4000], scattered(4000, 40))
    why = "the sums of 3 trials would not stay in the cache"
    assert told(choose(network, trials=3)) == [("synapses", "rows", why)]


def test_neurons_that_follow_at_once_read_rows():
    network = network_of([4000], scattered(4000, 40))
    tau = np.ones(4000)
    tau[7] = 0.0
    why = "neurons with tau = 0 have to be known before what they send"
    assert told(choose(replace(network, tau=tau))) == [("synapses", "rows", why)]


def test_one_way_synapses_are_read_row_by_row():
    network = network_of([4000], triu(scattered(4000, 40)))
    assert told(choose(network)) == [("synapses", "rows", "W is not symmetric")]


def test_groups_of_which_only_some_neurons_follow_at_once_are_no_dense_blocks():
    network = layers(200, 150)
    tau = np.ones(350)
    tau[200:] = 0.0
    assert [part.layout for part in choose(replace(network, tau=tau)).parts] == ["dense"]
    tau[200] = 1.0
    assert [part.layout for part in choose(replace(network, tau=tau)).parts] == ["rows"]


# --- order -------------------------------------------------------------------------------------


def test_neurons_numbered_at_random_are_brought_together():
    n = 40_000
    number = np.random.default_rng(0).permutation(n)
    choice = choose(network_of([n], ring(n, 3, number)))
    why = r"rows reach 4,\d{3} neurons ahead on average, in the file's order 2\d,\d{3}"
    assert re.fullmatch(why, choice.reordered)
    assert np.array_equal(np.sort(choice.order), np.arange(n))
    same = ring(n, 3, number)[choice.order][:, choice.order]
    assert (same != choice.rest).nnz == 0


@pytest.mark.parametrize(
    ("W", "why"),
    [
        (ring(40_000, 3), "they are close already"),
        (scattered(40_000, 6), "no order brings them together"),
    ],
    ids=["local", "scattered"],
)
def test_neurons_stay_where_they_are(W, why):
    choice = choose(network_of([40_000], W))
    assert choice.order is None, why
    assert choice.reordered == ""


def test_neurons_that_share_a_lagrangian_come_together():
    group = {"shape": [2, 3], "lagrangian": {"kind": "softmax", "beta": 1.0, "over": [0]}}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    choice = choose(network)
    assert choice.order.tolist() == [0, 3, 1, 4, 2, 5]
    assert choice.reordered == ""


# --- what is asked for -------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["rows", "half", "tiles", "dense"])
def test_what_is_asked_for_is_done(layout):
    choice = choose(layers(20, 30), layout=layout)
    where = "g0 and g1" if layout == "dense" else "synapses"
    if layout == "dense":
        where = "g1 and g0"  # the longer side has the rows
    assert told(choice) == [(where, layout, "asked for")]


def impossible():
    plain = layers(20, 30)
    tau = np.ones(50)
    tau[20:] = 0.0
    states = np.zeros((3, 50))
    yield layers(20, 30, one_way=True), None, "W is not symmetric"
    yield replace(plain, tau=tau), None, "neurons with tau = 0 have to be known before"
    yield plain, states, "the sums of 3 trials would not stay in the cache"


@pytest.mark.parametrize("layout", ["half", "tiles"])
@pytest.mark.parametrize(
    ("network", "initial", "why"), list(impossible()), ids=["way", "tau", "trials"]
)
def test_a_layout_that_is_not_possible_is_one_clear_error(layout, network, initial, why):
    with pytest.raises(hamsim.SimulationError) as error:
        hamsim.simulate(network, initial, dt=0.1, steps=1, layout=layout)
    assert str(error.value).startswith(f"layout '{layout}' is not possible: {why}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("layout", ["fast", "", None, "Rows"])
def test_an_unknown_layout_is_refused(layout):
    with pytest.raises(hamsim.SimulationError, match="allowed are auto, rows, half, tiles, dense"):
        hamsim.simulate(layers(2, 3), dt=0.1, steps=1, layout=layout)


# --- counts and imports ------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    instant=st.booleans(),
    layout=st.sampled_from(["auto", "rows", "dense"]),
)
def test_parts_have_all_synapses(seed, symmetric, instant, layout):
    network = hamsim.compile(random_description(seed, symmetric=symmetric, instant=instant))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_module, "FEW_SYNAPSES", 0)
        patch.setattr(blocks_module, "FEW_SYNAPSES", 0)
        patch.setattr(blocks_module, "DENSE_SIDE", 2)
        choice = choose(network, layout=layout)
    assert sum(part.synapses for part in choice.parts) == network.W.nnz
    assert all(part.bytes >= 0 and part.why for part in choice.parts)
    assert len({part.where for part in choice.parts}) == len(choice.parts)


def test_a_choice_can_be_shown_without_compiling():
    code = (
        "import sys, hamsim.layout.choose;"
        "found = {'numba', 'llvmlite', 'hamsim.kernels.jit'} & set(sys.modules);"
        "assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_dense_storage_cannot_do_is_refused_in_one_line():
    huge = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 10**6, "lagrangian": "tanh"}},
            "connections": [{"within": "a", "weights": {"edges": [[0, 1, 1.0]]}}],
        }
    )
    with pytest.raises(hamsim.SimulationError, match=r"needs .* GiB of memory"):
        choose(huge, layout="dense")
    many = network_of([2] * 201, ring(402, 1))
    with pytest.raises(hamsim.SimulationError, match="201 groups, more than 200"):
        choose(many, layout="dense")


def test_a_weight_that_float32_cannot_hold_is_refused():
    network = network_of([2], np.array([[0.0, 1e39], [1e39, 0.0]]))
    with pytest.raises(hamsim.SimulationError, match="too large for float32"):
        hamsim.simulate(network, steps=1, dt=0.1, dtype="float32")


def test_a_state_that_float32_cannot_hold_is_told():
    group = {"size": 2, "lagrangian": "identity", "initial": 1e39}
    spec = {"format": "hamsim/1", "groups": {"a": group}}
    trace = hamsim.simulate(spec, steps=2, dt=0.1, dtype="float32")
    assert np.all(np.isinf(trace.x))
    assert any("recorded as infinite" in note for note in trace.stats.notes)
    assert not hamsim.simulate(spec, steps=2, dt=0.1).stats.notes


def short_rows(n=4000, symmetric=True):
    """A random network of rows of about ten synapses."""
    rng = np.random.default_rng(n)
    i, j = rng.integers(0, n, (2, 5 * n))
    half = coo_array((rng.normal(size=i.size)[i != j], (i[i != j], j[i != j])), shape=(n, n))
    W = half + half.T if symmetric else half + half.multiply(2.0).T
    how = "within" if symmetric else "from"
    way = {how: "a", "weights": W.tocsr()} | ({} if symmetric else {"to": "a"})
    groups = {"a": {"size": n, "lagrangian": "tanh", "initial": rng.normal(size=n)}}
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": [way]})


def test_short_rows_of_few_neurons_are_faster_than_tiles():
    net = short_rows()
    assert choose(net).sparse == "tiles"
    assert choose(net).rows_are_faster
    assert not choose(net, layout="tiles").rows_are_faster
    assert not choose(net, trials=2).rows_are_faster
    assert not choose(short_rows(10_001)).rows_are_faster
    assert not choose(short_rows(symmetric=False)).rows_are_faster


def test_steps_that_are_chosen_read_them_and_fixed_ones_keep_the_bits_of_tiles():
    net = short_rows()
    assert prepare(net, method="tsit5", t_end=1.0).layout.choice.sparse == "rows"
    assert prepare(net, method="tsit5", t_end=1.0, layout="tiles").layout.choice.sparse == "tiles"
    assert prepare(net, method="rk4", t_end=1.0).layout.choice.sparse == "tiles"
    how = {"method": "tsit5", "t_end": 0.1, "rtol": 1e-9, "record": None}
    ends = [hamsim.simulate(net, layout=name, **how).final for name in ("auto", "rows", "tiles")]
    assert np.array_equal(ends[0], ends[1])
    assert ends[0] == pytest.approx(ends[2], rel=1e-11, abs=1e-11)
