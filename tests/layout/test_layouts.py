"""However weights are stored: the same network, the oracle's results, the same bits always."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense
from scipy.sparse import coo_array, csr_array
from tableaus import METHODS

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.kernels.plan import (
    AT,
    BLOCK,
    COLUMN,
    COLUMN_INSTANT,
    COLUMN_OUT,
    COLUMNS,
    FIRST,
    GROWS,
    HEIGHT,
    KIND,
    LAST,
    ROW,
    ROW_INSTANT,
    ROW_OUT,
    ROWS,
    SIDE,
    TRIANGLE,
)
from hamsim.kernels.registers import OUTPUTS
from hamsim.layout import arrange as arrange_module
from hamsim.layout import dense as blocks_module
from hamsim.layout import neurons as neurons_module
from hamsim.layout import sparse as sparse_module
from hamsim.layout import storage as storage_module
from hamsim.layout import strips as strips_module
from hamsim.layout.arrange import arrange
from hamsim.layout.choose import choose
from hamsim.network import Stimulus
from hamsim.operator import team as team_module

# Two orders of summation differ by rounding, which grows with the number of steps.
AGREES = 1e-11
WHAT = ("x", "g", "energy", "residual")
DT = 0.05
LAYOUTS = ("auto", "rows", "half", "tiles", "dense")

# Limits with which a network of a hundred neurons has many chunks, blocks, tasks and tiles.
TINY = {
    blocks_module: {"FEW_SYNAPSES": 0, "DENSE_SIDE": 3},
    sparse_module: {"FEW_SYNAPSES": 0, "LEAST_SIDE": 5, "MOST_SIDE": 24},
    storage_module: {"TASK_ENTRIES": 40, "TASK_ROWS": 6},
    strips_module: {"MOST_COLUMNS": 9},
    arrange_module: {"BLOCK_WORK": 150, "TILE_BYTES": 1500, "LEAST_SEGMENT": 2},
    neurons_module: {"CHUNK_NEURONS": 7, "CHUNK_OF_TRIALS": 4},
}
# The same where "auto" prefers rows of the upper triangle to tiles of it.
TINY_ROWS = {
    **TINY,
    blocks_module: {**TINY[blocks_module], "DENSE": 2.0},
    sparse_module: {**TINY[sparse_module], "LONG_ROW": 0},
}
# The limits that users have, but no network is too small.
USUAL = {blocks_module: {"FEW_SYNAPSES": 0}, sparse_module: {"FEW_SYNAPSES": 0}}


@contextmanager
def limits(chosen):
    """Other limits for the length of a with statement."""
    with pytest.MonkeyPatch.context() as patch:
        for module, values in chosen.items():
            for name, value in values.items():
                patch.setattr(module, name, value)
        yield


# --- networks ----------------------------------------------------------------------------------

KINDS = ("tanh", "relu", "identity", "sigmoid", "softsign", "softmax", "softmax over some")


def random_group(rng, tau):
    """One group; `tau` is "moving", "instant" or "mixed"."""
    kind = str(rng.choice(KINDS))
    if tau == "mixed" and kind.startswith("softmax"):
        kind = "tanh"
    shape = [int(rng.choice([1, 2, 3, 8, 13, 33, 37, 50]))]
    lagrangian = kind
    if kind == "softmax over some":
        shape = [int(rng.integers(1, 6)), int(rng.integers(1, 9))]
        lagrangian = {"kind": "softmax", "beta": 1.5, "over": [int(rng.integers(2))]}
    collective = kind.startswith("softmax")
    times = rng.uniform(0.4, 2.0, None if collective else shape)
    if tau == "instant":
        times = np.zeros_like(times)
    if tau == "mixed":
        times = np.where(rng.random(shape) < 0.4, 0.0, times)
    return {
        "shape": shape,
        "lagrangian": lagrangian,
        "tau": times.tolist() if np.ndim(times) else float(times),
        "input": rng.normal(0, 0.5, shape).tolist(),
        "initial": rng.normal(0, 1.0, shape).tolist(),
    }


def random_block(rng, shape, within):
    """Weights of one block: full, nearly full, scattered, near the diagonal, single or none."""
    pattern = str(rng.choice(["full", "nearly full", "scattered", "local", "single", "none"]))
    block = rng.normal(size=shape)
    if pattern == "nearly full":
        block[rng.random(shape) < 0.3] = 0.0
    elif pattern == "scattered":
        block[rng.random(shape) > 0.1] = 0.0
    elif pattern == "local":
        a, b = np.indices(shape)
        block[np.abs(a / shape[0] - b / shape[1]) > 0.15] = 0.0
    elif pattern == "single":
        keep = tuple(int(rng.integers(side)) for side in shape)
        block[np.arange(block.size).reshape(shape) != np.ravel_multi_index(keep, shape)] = 0.0
    elif pattern == "none":
        block[:] = 0.0
    if within:
        block = np.triu(block) + np.triu(block, 1).T
        if rng.random() < 0.5:
            np.fill_diagonal(block, 0.0)
    return block


def random_network(seed, symmetric=True, tau="moving"):
    """Groups of one neuron and of many, and a random kind of block between any two of them."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 6))
    groups = {f"g{k}": random_group(rng, "moving") for k in range(count)}
    if tau != "moving":
        groups["late"] = random_group(rng, tau)
        if rng.random() < 0.5:
            groups["last"] = random_group(rng, "moving")
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    n = network.n_neurons
    W = np.zeros((n, n))
    for k, a in enumerate(network.groups):
        for b in network.groups[k:]:
            block = random_block(rng, (a.size, b.size), a is b)
            back = block.T.copy()
            change = "none" if symmetric else str(rng.choice(["none", "one way", "values"]))
            if change == "one way":
                block, back = (block, 0 * back) if rng.random() < 0.5 else (0 * block, back)
            elif change == "values":
                back *= rng.choice([1.0, 1.5], back.shape)
            if a is b and change == "one way":
                block = back = np.tril(rng.normal(size=block.shape))
            W[a.slice, b.slice] = block
            W[b.slice, a.slice] = back
    instant = network.tau == 0
    W[np.ix_(instant, instant)] = 0.0
    return with_weights(network, 0.8 * W / np.sqrt(n))


def with_weights(network, W):
    """The same groups with other weights."""
    sparse = csr_array(W)
    sparse.eliminate_zeros()
    sparse.sort_indices()
    return replace(network, W=sparse, symmetric=(sparse != sparse.T.tocsr()).nnz == 0)


def random_stimuli(rng, network):
    """Currents and clamps, from the beginning or later, until the end or not."""
    found = []
    for mode in ("input", "clamp", "clamp"):
        size = int(rng.integers(1, network.n_neurons + 1))
        neurons = rng.choice(network.n_neurons, size, replace=False)
        first = int(rng.integers(0, 3))
        stop = (first + int(rng.integers(1, 4))) * DT if rng.random() < 0.7 else np.inf
        value = rng.normal(size=size)
        if rng.random() < 0.7:
            found.append(Stimulus(mode, np.sort(neurons), value, first * DT, stop))
    return tuple(found)


def possible_layouts(network, trials=1):
    upper = network.symmetric and trials == 1 and not np.any(network.tau == 0)
    return LAYOUTS if upper else ("auto", "rows", "dense")


# --- results -----------------------------------------------------------------------------------


def oracle(network, start, method, steps):
    """Records of the dense model, which knows stimuli here: one state after another."""
    rows = {what: [] for what in WHAT}
    x = np.array(start)
    for step in range(steps + 1):
        now = min(step, steps - 1)  # what acts on the last step acts on the last state too
        active = [
            stimulus
            for stimulus in network.stimuli
            if round(stimulus.start / DT) <= now
            and (np.isinf(stimulus.stop) or now < round(stimulus.stop / DT))
        ]
        model = dense(network)
        model.input, model.tau = network.input.copy(), network.tau.copy()
        for stimulus in active:
            if stimulus.mode == "input":
                model.input[stimulus.neurons] += stimulus.value
            else:
                model.tau[stimulus.neurons] = np.inf
                x[stimulus.neurons] = stimulus.value
        x = model.settle(x)
        free = (model.tau > 0) & np.isfinite(model.tau)
        rows["x"].append(x)
        rows["g"].append(model.g(x))
        rows["energy"].append(model.energy(x))
        rows["residual"].append(np.max(np.abs(model.drive(x) - x)[free], initial=0.0))
        x = model.step(x, DT, method)
    return {what: np.array(values) for what, values in rows.items()}


def simulate(network, start, method="euler", steps=4, **more):
    record = hamsim.Record(what=WHAT)
    return hamsim.simulate(
        replace(network),  # so that no layout is kept from other limits
        initial=start,
        method=method,
        dt=DT,
        steps=steps,
        record=record,
        **more,
    )


def assert_agree(trace, expected, part=()):
    for what in WHAT:
        np.testing.assert_allclose(
            getattr(trace, what)[part],
            expected[what],
            rtol=AGREES,
            atol=AGREES,
            err_msg=what,
        )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.sampled_from([True, True, False]),
    tau=st.sampled_from(["moving", "moving", "instant", "mixed"]),
    method=st.sampled_from(tuple(METHODS)),
    chosen=st.sampled_from([USUAL, TINY, TINY_ROWS]),
)
def test_every_layout_agrees_with_the_oracle(seed, symmetric, tau, method, chosen):
    network = random_network(seed, symmetric, tau)
    network = replace(network, stimuli=random_stimuli(np.random.default_rng(seed), network))
    expected = oracle(network, network.initial, method, 4)
    with limits(chosen):
        for layout in possible_layouts(network):
            assert_agree(simulate(network, network.initial, method, layout=layout), expected)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    instant=st.booleans(),
    gated=st.booleans(),
    chosen=st.sampled_from([USUAL, TINY, TINY_ROWS]),
)
def test_every_layout_of_networks_of_all_kinds(seed, symmetric, instant, gated, chosen):
    description = random_description(seed, instant=instant, symmetric=symmetric, gated=gated)
    network = hamsim.compile(description)
    expected = oracle(network, network.initial, "euler", 4)
    with limits(chosen):
        for layout in possible_layouts(network):
            assert_agree(simulate(network, network.initial, layout=layout), expected)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    trials=st.sampled_from([1, 2, 8, 9, 17, 33]),
    symmetric=st.booleans(),
    tau=st.sampled_from(["moving", "instant", "mixed"]),
    method=st.sampled_from(tuple(METHODS)),
    chosen=st.sampled_from([USUAL, TINY]),
)
def test_every_layout_of_many_trials(seed, trials, symmetric, tau, method, chosen):
    network = random_network(seed, symmetric, tau)
    rng = np.random.default_rng(seed)
    network = replace(network, stimuli=random_stimuli(rng, network))
    starts = rng.normal(size=(trials, network.n_neurons))
    expected = [oracle(network, start, method, 3) for start in starts]
    with limits(chosen):
        for layout in possible_layouts(network, trials):
            trace = simulate(network, starts, method, 3, layout=layout)
            for trial in range(trials):
                assert_agree(trace, expected[trial], trial)


def layers(sizes, density, tau=1.0):
    """Layers that are connected one to the next."""
    groups = {
        f"l{k}": {"size": size, "lagrangian": "tanh", "tau": tau if k == 1 else 0.8}
        for k, size in enumerate(sizes)
    }
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    rng = np.random.default_rng(0)
    W = np.zeros((network.n_neurons, network.n_neurons))
    for a, b in zip(network.groups[:-1], network.groups[1:], strict=True):
        block = rng.normal(0, 0.1, (a.size, b.size)) * (rng.random((a.size, b.size)) < density)
        W[a.slice, b.slice], W[b.slice, a.slice] = block, block.T
    within = network.groups[0].slice
    own = rng.normal(0, 0.1, (network.groups[0].size,) * 2)
    W[within, within] = own + own.T
    network = with_weights(network, W)
    return replace(network, initial=rng.normal(size=network.n_neurons))


@pytest.mark.parametrize("trials", [1, 2, 8, 12, 24, 33, 65])
@pytest.mark.parametrize("tau", [0.0, 0.5])
@pytest.mark.parametrize("sizes", [(131, 259, 3), (5, 1, 270, 31), (300, 2), (1, 1)])
def test_dense_blocks_of_odd_sizes(trials, tau, sizes):
    """Blocks wider than the columns that are done at once, and sizes that no vector divides."""
    network = layers(sizes, 1.0, tau)
    starts = np.random.default_rng(1).normal(size=(trials, network.n_neurons))
    trace = simulate(network, starts, steps=2, layout="dense")
    some = sorted({0, trials // 2, trials - 1})
    for trial in some:
        assert_agree(trace, oracle(network, starts[trial], "euler", 2), trial)


# --- bits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("trials", [None, 9])
@pytest.mark.parametrize("tau", ["moving", "instant"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_bits_do_not_depend_on_threads(layout, trials, tau, dtype, monkeypatch):
    network = random_network(11, tau=tau)
    if layout not in possible_layouts(network, trials or 1):
        return
    starts = np.random.default_rng(0).normal(size=(trials or 1, network.n_neurons))
    start = starts if trials else starts[0]
    monkeypatch.setattr(team_module, "available_threads", lambda: 4)
    with limits(TINY):
        monkeypatch.setattr(run_module, "PARALLEL_WORK", 10**12)
        serial = simulate(network, start, "heun", layout=layout, dtype=dtype)
        assert serial.stats.threads == 1
        monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)
        for threads in (1, 2, 3, 4):
            trace = simulate(network, start, "heun", layout=layout, dtype=dtype, threads=threads)
            assert trace.stats.threads == threads
            for what in WHAT:
                assert np.array_equal(getattr(serial, what), getattr(trace, what)), what


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_numbers_of_neurons_change_rounding_only(seed, symmetric):
    network = random_network(seed, symmetric)
    rng = np.random.default_rng(seed)
    order = np.arange(network.n_neurons)
    for group in network.groups:
        if not group.over:
            order[group.slice] = rng.permutation(order[group.slice])
    groups = tuple(
        replace(
            group,
            parameters={
                name: values[order[group.slice] - group.start]
                for name, values in group.parameters.items()
            },
        )
        for group in network.groups
    )
    W = network.W.toarray()[np.ix_(order, order)]
    other = replace(
        with_weights(network, W), tau=network.tau[order], input=network.input[order], groups=groups
    )
    with limits(TINY):
        for layout in possible_layouts(network):
            one = simulate(network, network.initial, layout=layout)
            two = simulate(other, network.initial[order], layout=layout)
            for what in ("x", "g"):
                permuted = getattr(one, what)[:, order]
                np.testing.assert_allclose(getattr(two, what), permuted, rtol=0, atol=AGREES)
            np.testing.assert_allclose(two.energy, one.energy, rtol=AGREES, atol=AGREES)


# --- parts -------------------------------------------------------------------------------------


def neuron_of_window_rows(layout):
    """Which neuron each row of a window belongs to, or -1; also that no row is read twice."""
    plan = layout.plan
    neuron = np.full(layout.rows_of_windows, -1)
    reads = np.zeros(layout.rows_of_windows, dtype=int)
    for block in range(plan.block_start.size - 1):
        start, stop = plan.block_start[block], plan.block_start[block + 1]
        for w in range(plan.window_indptr[block], plan.window_indptr[block + 1]):
            first, last, begin = plan.windows[w]
            assert first < last
            assert first < stop
            assert last > start
            rows = np.arange(begin, begin + last - first)
            here = (np.arange(first, last) >= start) & (np.arange(first, last) < stop)
            neuron[rows[here]] = np.arange(first, last)[here]
            reads[rows[here]] += 1
    assert np.all(reads <= 1)
    return neuron


def stripe_of(plan, task):
    """Weights of a task on a dense block, for one trial: its rows lie together."""
    rows, columns = task[[ROWS, COLUMNS]]
    return plan.block_weights[task[AT] : task[AT] + rows * columns].reshape(rows, columns)


def strips_of(plan, task):
    """The same for many trials: strips of columns, with zeros where there is no neuron."""
    rows, columns, side, height = task[[ROWS, COLUMNS, SIDE, HEIGHT]]
    at, strips = task[AT], []
    for left in range(0, columns, side):
        wide = min(side, columns - left)
        width = wide + -wide % OUTPUTS
        begin, read = at + task[FIRST] * width, rows + -rows % OUTPUTS
        strip = plan.block_weights[begin : begin + read * width].reshape(read, width)
        assert not strip[rows:].any()
        assert not strip[:, wide:].any()
        strips.append(strip[:rows, :wide])
        at += height * side
        height += task[GROWS]
    return np.hstack(strips)


def assembled(layout, tau, trials):
    """W in the kernels' order, from what the kernels read and write alone, and its entries."""
    plan = layout.plan
    n = tau.size
    neuron = neuron_of_window_rows(layout)
    receivers, senders, weights = [], [], []

    def add(receiver, sender, weight):
        receivers.append(np.asarray(receiver, dtype=int).ravel())
        senders.append(np.asarray(sender, dtype=int).ravel())
        weights.append(np.asarray(weight, dtype=float).ravel())

    counts = np.diff(plan.indptr.astype(int))
    receiver = np.tile(np.arange(n), counts.size // n)
    add(np.repeat(receiver, counts), plan.indices, plan.weights)
    writers = np.zeros(layout.rows_of_windows, dtype=int)
    spare = OUTPUTS if trials > 1 else 1  # rows of a window are written in groups of so many
    for task in plan.tasks:
        row, rows, column, columns = task[[ROW, ROWS, COLUMN, COLUMNS]]
        row_out, column_out = task[[ROW_OUT, COLUMN_OUT]]
        mine = {
            out + k
            for out, size in ((row_out, rows), (column_out, columns))
            if out >= 0
            for k in range(size)
        }
        writers[list(mine)] += 1
        if task[KIND] == BLOCK:
            for out, size in ((row_out, rows), (column_out, columns)):
                assert out < 0 or np.all(neuron[out + size : out + size + -size % spare] == -1)
                assert out + size + -size % spare <= layout.rows_of_windows
        if task[KIND] == TRIANGLE:
            for i in range(task[FIRST], task[LAST]):
                own = slice(int(plan.triangle_indptr[i]), int(plan.triangle_indptr[i + 1]))
                j, w = plan.entries[own].astype(int), plan.entry_weights[own]
                add(np.full(j.size, neuron[row_out - task[FIRST] + i]), j, w)
                add(neuron[row_out - task[FIRST] + j], np.full(j.size, i), w)
        elif task[KIND] == BLOCK:
            D = (stripe_of if trials == 1 else strips_of)(plan, task)
            i, j = np.nonzero(D)
            if row_out >= 0:
                add(neuron[row_out + i], column + j, D[i, j])
                assert np.all((tau[row : row + rows] == 0) == task[ROW_INSTANT])
            if column_out >= 0:
                add(neuron[column_out + j], row + i, D[i, j])
                assert np.all((tau[column : column + columns] == 0) == task[COLUMN_INSTANT])
        else:
            for first_row, first_column, begin, end in plan.tiles[task[FIRST] : task[LAST]]:
                place, w = plan.entries[begin:end].astype(int), plan.entry_weights[begin:end]
                i, j = first_row + (place >> 16), first_column + (place & 0xFFFF)
                add(neuron[row_out + i - row], j, w)
                add(neuron[column_out + j - column], i, w)
    assert np.all(writers <= (neuron >= 0))  # at most once each, and only what is read
    parts = [np.concatenate(part) for part in (weights, receivers, senders)]
    return coo_array((parts[0], (parts[1], parts[2])), shape=(n, n)).toarray(), parts[0].size


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.sampled_from([True, True, False]),
    tau=st.sampled_from(["moving", "moving", "instant", "mixed"]),
    trials=st.sampled_from([1, 1, 5, 9]),
    chosen=st.sampled_from([USUAL, TINY, TINY_ROWS]),
    dtype=st.sampled_from([np.float64, np.float32]),
)
def test_parts_add_up_to_all_weights(seed, symmetric, tau, trials, chosen, dtype):
    network = random_network(seed, symmetric, tau)
    W = network.W.toarray()
    with limits(chosen):
        for name in possible_layouts(network, trials):
            layout = arrange(network, trials=trials, layout=name, dtype=dtype)
            order = np.arange(network.n_neurons) if layout.order is None else layout.order
            found, entries = assembled(layout, network.tau[order], trials)
            assert np.array_equal(found, W[np.ix_(order, order)].astype(dtype).astype(float))
            assert entries == network.W.nnz
            assert sum(part.synapses for part in layout.choice.parts) == network.W.nnz
            for weights in ("weights", "entry_weights", "block_weights"):
                assert getattr(layout.plan, weights).dtype == dtype
            assert_tiles(layout.plan, network.n_neurons, trials)


def assert_tiles(plan, n, trials):
    """Rows for trials are cut at columns, in order and without a gap."""
    tiles, rest = divmod(plan.indptr.size - 1, n)
    assert rest == 0
    assert tiles == 1 or trials > 1
    assert np.all(np.diff(plan.indptr.astype(int)) >= 0)
    last = -1
    for tile in range(tiles):
        columns = plan.indices[plan.indptr[tile * n] : plan.indptr[(tile + 1) * n]].astype(int)
        if columns.size:
            assert columns.min() > last
            last = columns.max()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("n", [1, 2, 9])
def test_networks_without_synapses_between_two_neurons(layout, diagonal, n):
    """Nothing at all, or only self-connections."""
    group = {"size": n, "lagrangian": "tanh", "initial": np.linspace(-1, 1, n).tolist()}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    network = with_weights(network, 0.5 * diagonal * np.eye(n))
    expected = oracle(network, network.initial, "euler", 3)
    with limits(USUAL):
        assert_agree(simulate(network, network.initial, steps=3, layout=layout), expected)


def test_many_neurons_with_only_self_connections():
    n = sparse_module.FEW_SYNAPSES + 1
    network = hamsim.compile(
        {"format": "hamsim/1", "groups": {"a": {"size": n, "lagrangian": "identity"}}}
    )
    diagonal = csr_array((np.full(n, 0.5), np.arange(n), np.arange(n + 1)), shape=(n, n))
    network = replace(network, W=diagonal, initial=np.ones(n))
    trace = hamsim.simulate(network, method="euler", dt=0.1, steps=2, record=None)
    np.testing.assert_allclose(trace.x[-1], (1 - 0.05) ** 2, rtol=1e-14)


# --- order -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shuffled_ring():
    """A ring of 40,000 neurons, of degree 6, numbered at random within two groups."""
    n, first = 40_000, 25_000
    groups = {
        "a": {"size": first, "lagrangian": "tanh"},
        "b": {"size": n - first, "lagrangian": "sigmoid", "tau": 2.0},
    }
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    rng = np.random.default_rng(0)
    number = np.concatenate([rng.permutation(first), first + rng.permutation(n - first)])
    sender = np.tile(np.arange(n), 3)
    receiver = (sender + np.repeat([1, 2, 3], n)) % n
    values = rng.normal(0, 0.3, sender.size)
    both = number[np.concatenate([sender, receiver])], number[np.concatenate([receiver, sender])]
    W = csr_array(coo_array((np.tile(values, 2), both), shape=(n, n)))
    W.sort_indices()
    stimuli = (
        Stimulus("clamp", np.array([3, 77, 30_000]), np.array([0.5, -30.0, 2.0]), 0.0, 2 * DT),
        Stimulus("input", np.array([0, 1, 39_999]), np.array([1.0, 2.0, -3.0]), DT, np.inf),
    )
    return replace(
        network,
        W=W,
        input=rng.normal(size=n),
        initial=rng.normal(size=n),
        tau=rng.uniform(0.5, 2.0, n),
        stimuli=stimuli,
    )


def run_ring(network, steps):
    """States of the ring with Euler's method, in file order, and residuals."""
    x, states, residuals = network.initial.copy(), [], []
    for step in range(steps + 1):
        clamp, current = network.stimuli
        held = step < 2
        if held:
            x[clamp.neurons] = clamp.value
        states.append(x)
        drive = network.input - x
        if step >= 1:
            drive[current.neurons] += current.value
        a = network.group("a").slice
        g = 1 / (1 + np.exp(-x))
        g[a] = np.tanh(x[a])
        drive += network.W @ g
        if held:
            drive[clamp.neurons] = 0.0
        residuals.append(np.max(np.abs(drive)))
        x = x + DT / network.tau * drive
    return np.array(states), residuals


@pytest.mark.parametrize("layout", ["auto", "half", "tiles"])
def test_users_never_see_another_order(shuffled_ring, layout):
    """Initial states, stimuli on some neurons, and records of all and of one group."""
    choice = choose(shuffled_ring, layout=layout)
    assert choice.order is not None
    assert choice.reordered
    expected, residuals = run_ring(shuffled_ring, 4)
    start = shuffled_ring.initial
    trace = simulate(shuffled_ring, start, layout=layout)
    np.testing.assert_allclose(trace.x, expected, rtol=0, atol=AGREES)
    np.testing.assert_allclose(trace.residual, residuals, rtol=0, atol=AGREES)
    plain = simulate(shuffled_ring, start, layout="rows")
    assert choose(shuffled_ring, layout="rows").order is None
    for what in WHAT:
        np.testing.assert_allclose(
            getattr(trace, what), getattr(plain, what), rtol=AGREES, atol=AGREES
        )
    part = hamsim.Record(what=("x", "g"), groups=("b",))
    trace = hamsim.simulate(
        shuffled_ring, method="euler", dt=DT, steps=4, record=part, layout=layout
    )
    b = shuffled_ring.group("b").slice
    np.testing.assert_allclose(trace.of("b"), expected[:, b], rtol=0, atol=AGREES)
    np.testing.assert_allclose(trace.g, plain.g[:, b], rtol=0, atol=AGREES)
    last = hamsim.simulate(
        shuffled_ring, method="euler", dt=DT, steps=4, record=None, layout=layout
    )
    np.testing.assert_allclose(last.x[-1], expected[-1], rtol=0, atol=AGREES)


def test_a_neuron_that_diverges_is_named_as_in_the_file(shuffled_ring):
    start = shuffled_ring.initial.copy()
    current = shuffled_ring.input.copy()
    current[12_345] = 1e308
    network = replace(shuffled_ring, input=current, stimuli=(), tau=np.full(start.size, 1e-2))
    trace = hamsim.simulate(network, method="euler", dt=1.0, steps=50, record=None)
    assert trace.outcome.kind == "diverged"
    assert trace.outcome.neuron == "a[12345]"


# --- float32 -----------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    tau=st.sampled_from(["moving", "instant"]),
    trials=st.sampled_from([1, 9]),
)
def test_float32_rounds_weights_and_nothing_else(seed, symmetric, tau, trials):
    """All sums of a run are those of a network whose weights had been rounded before."""
    network = random_network(seed, symmetric, tau)
    rounded = with_weights(network, network.W.toarray().astype(np.float32).astype(float))
    starts = np.random.default_rng(seed).normal(size=(trials, network.n_neurons))
    with limits(TINY):
        for layout in possible_layouts(network, trials):
            single = simulate(network, starts, "heun", layout=layout, dtype="float32")
            double = simulate(rounded, starts, "heun", layout=layout)
            for what in ("energy", "residual"):
                assert getattr(single, what).dtype == np.float64
                np.testing.assert_allclose(
                    getattr(single, what), getattr(double, what), rtol=1e-13, atol=1e-13
                )
            for what in ("x", "g"):
                kept = getattr(double, what).astype(np.float32)
                assert getattr(single, what).dtype == np.float32
                np.testing.assert_allclose(getattr(single, what), kept, rtol=2e-7, atol=1e-30)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_energy_falls_with_weights_in_float32(layout):
    network = layers((60, 45, 30), 0.6)
    trace = hamsim.simulate(network, method="euler", dt=0.05, steps=400, layout=layout, dtype="f4")
    assert trace.stats.energy.rises == 0
    assert trace.energy[-1] < trace.energy[0]
    assert np.all(np.diff(trace.energy) <= 1e-13 * np.abs(trace.energy[1:]))
