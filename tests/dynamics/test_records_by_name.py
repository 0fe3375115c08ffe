"""Records of single neurons and ranges, and from a start on: parts of the full record."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.dynamics.room import record_bytes
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace import file as tracefile
from hamsim.trace.repair import repair

WHAT = ("x", "g", "energy", "residual")
HOW = {"method": "heun", "dt": 0.05, "steps": 23}
SEEDS = (1, 5, 8, 21)  # each other network has formulas of its own to compile


def named(order=(0, 1, 2, 3, 4)):
    """Five named neurons, with values of their own, in any order; and others beside them."""
    names = np.array(["AVAL", "AVAR", "7", "a.b", "P$"])[list(order)].tolist()
    W = np.random.default_rng(3).normal(size=(5, 5))
    W = np.triu(W, 1) + np.triu(W, 1).T
    values = np.linspace(-1, 1, 5)[list(order)]
    groups = {
        "motor": {
            "neurons": names,
            "lagrangian": "tanh",
            "tau": (1 + values**2).tolist(),
            "initial": values.tolist(),
        },
        "image": {"shape": [2, 3], "lagrangian": "softmax", "initial": {"normal": {}}},
    }
    edges = [[names[i], names[j], W[order[i], order[j]]] for i in range(5) for j in range(i + 1, 5)]
    return {
        "format": "hamsim/1",
        "seed": 5,
        "groups": groups,
        "connections": [
            {"within": "motor", "weights": {"edges": edges}},
            {"between": ["motor", "image"], "weights": 0.25},
        ],
        "stimuli": [
            {"neurons": ["AVAR", "image[0, 1:3]", "a.b"], "value": [1, 2, 3, 4], "start": 0.32},
            {"group": "motor", "mode": "clamp", "mask": ["P$"], "value": 0.5, "stop": 0.51},
        ],
    }


def trials_of(description, trials):
    network = hamsim.compile(description)
    if trials is None:
        return network, None
    return network, np.random.default_rng(1).normal(size=(trials, network.n_neurons))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    trials=st.sampled_from([None, 1, 3]),
    data=st.data(),
)
def test_a_part_is_columns_of_the_whole_bit_for_bit(seed, trials, data):
    network, start = trials_of(random_description(seed), trials)
    n = network.n_neurons
    chosen = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=2 * n))
    written = [network.label(k) if k % 2 else k for k in chosen]
    if network.numbering.numerals:
        written = [network.label(k) for k in chosen]
    full = hamsim.simulate(network, start, **HOW, record=hamsim.Record(what=WHAT))
    part = hamsim.simulate(network, start, **HOW, record={"what": WHAT, "neurons": written})
    assert part.neurons.tolist() == sorted(set(chosen))
    for what in ("x", "g"):
        assert np.array_equal(getattr(part, what), getattr(full, what)[..., part.neurons])
        for k in chosen[:3]:
            assert np.array_equal(part.of(network.label(k), what), getattr(full, what)[..., k])
    assert np.array_equal(part.energy, full.energy)
    assert np.array_equal(part.residual, full.residual)
    assert np.array_equal(part.t, full.t)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    every=st.sampled_from([None, 1, 2, 3, 7, 40]),
    first=st.integers(0, 26),
    start=st.floats(0, 1.3),
    rows=st.integers(3, 9),
)
def test_records_from_a_start_are_the_tail_of_all(seed, every, first, start, rows):
    """Of every step for any start; of every k-th from one of these on."""
    from hamsim.dynamics.watching import recorder as recorder_module

    description = named() if seed % 2 else random_description(seed)
    every_time = None if every is None else every * 0.05
    if every is not None:
        start = first * every * 0.05
    full = hamsim.simulate(description, **HOW, record=hamsim.Record(every_time, WHAT))
    before = recorder_module.BLOCK_ROWS
    recorder_module.BLOCK_ROWS = rows
    try:
        record = hamsim.Record(every_time, WHAT, start=start)
        tail = hamsim.simulate(description, **HOW, record=record)
        run = prepare(hamsim.compile(description), **HOW, record=record)
    finally:
        recorder_module.BLOCK_ROWS = before
    late = full.t >= start - 5e-8  # a millionth of a step is none
    late[-1] = True
    for what in ("t", *WHAT):
        assert np.array_equal(getattr(tail, what), getattr(full, what)[late]), what
    assert tail.stats.energy.rises == full.stats.energy.rises
    assert run.schedule.records == tail.t.size or every is not None
    assert run.schedule.records >= tail.t.size


def test_the_first_record_is_at_the_start_and_others_follow_every_so_often():
    trace = hamsim.simulate(
        named(), method="rk4", dt=0.1, t_end=2, record={"every": 0.5, "start": 0.7}
    )
    assert trace.t == pytest.approx([0.7, 1.2, 1.7, 2.0])
    late = hamsim.simulate(named(), method="rk4", dt=0.1, t_end=2, record={"start": 5})
    assert late.t.tolist() == [2.0]
    assert "records would start at t = 5: the last state is recorded only" in late.stats.notes
    between = hamsim.simulate(named(), method="rk4", dt=0.1, t_end=2, record={"start": 0.85})
    assert between.t[0] == pytest.approx(0.9)
    assert "records start at t = 0.9, a whole number of steps" in between.stats.notes


def test_a_run_that_ends_before_its_records_keeps_the_last_state_and_says_so():
    leak = {"format": "hamsim/1", "groups": {"a": {"size": 1, "lagrangian": "tanh", "initial": 1}}}
    trace = hamsim.simulate(leak, dt=0.1, t_end=1000, until=1e-3, record={"start": 500})
    assert trace.outcome == "converged"
    assert trace.t.size == 1
    assert trace.t[0] < 500
    assert any("ended before records were to start" in note for note in trace.stats.notes)
    wild = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "identity", "initial": 1}},
        "connections": [{"within": "a", "weights": [[3]], "self_connections": True}],
    }
    trace = hamsim.simulate(wild, dt=0.1, t_end=1000, record={"start": 900})
    assert trace.outcome == "diverged"
    assert trace.t.size == 1
    assert np.isfinite(trace.final).all()


@settings(max_examples=12, deadline=None)
@given(order=st.permutations(range(5)))
def test_names_mean_the_same_neurons_in_any_order_of_the_file(order):
    record = {"neurons": ["P$", "AVAR", "7", "image[0, 1]"], "what": ["x", "g"]}
    one = hamsim.simulate(named(), **HOW, record=record)
    other = hamsim.simulate(named(tuple(order)), **HOW, record=record)
    for name in ("P$", "motor.AVAR", "7", 7, "image[1]", "image[0, 1]"):
        for what in ("x", "g"):
            assert one.of(name, what) == pytest.approx(other.of(name, what), rel=1e-9, abs=1e-12)
    start = {"AVAL": 0.5, "a.b": -2.0, "motor": 0.1}
    one = hamsim.simulate(named(), start, **HOW, record=record)
    other = hamsim.simulate(named(tuple(order)), start, **HOW, record=record)
    assert one.of("7") == pytest.approx(other.of("7"), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("trials", [None, 2])
def test_a_part_goes_through_a_file_and_its_repair(tmp_path, trials):
    network, start = trials_of(named(), trials)
    full = hamsim.simulate(network, start, **HOW, record={"what": WHAT})
    record = {"what": WHAT, "neurons": ["P$", "image[:, 1]", "AVAL"], "start": 0.4}
    part = hamsim.simulate(network, start, **HOW, record=record)
    simulate_into(
        tracefile.FileSink(tmp_path / "a.nc"), prepare(network, start, **HOW, record=record)
    )
    repair(tmp_path / "a.nc", tmp_path / "b.nc")
    part.save(tmp_path / "c.nc")
    full.save(tmp_path / "full.nc")
    late = full.t >= 0.4 - 1e-9
    for name in ("a", "b", "c"):
        loaded = hamsim.load_trace(tmp_path / f"{name}.nc")
        assert np.array_equal(loaded.neurons, [0, 4, 6, 9])
        assert np.array_equal(loaded.t, full.t[late])
        for what in ("x", "g"):
            expected = getattr(full, what)[..., late, :][..., loaded.neurons]
            assert np.array_equal(getattr(loaded, what), expected)
        assert np.array_equal(loaded.energy, full.energy[..., late])
        assert np.array_equal(loaded.of("P$"), full.of("motor")[..., late, 4])
        assert np.array_equal(loaded.of("image[:, 1]"), full.of("image")[..., late, :, :][..., 1])
        chosen = hamsim.load_trace(tmp_path / f"{name}.nc", neurons=["P$", "image[1, 1]"])
        assert chosen.neurons.tolist() == [4, 9]
        assert np.array_equal(chosen.of("P$"), loaded.of("P$"))
        by_label = loaded.to_xarray().sel(label="motor.P$")
        assert np.array_equal(by_label["x"], loaded.of("P$"))
    scattered = hamsim.load_trace(tmp_path / "full.nc", ["motor"], 3, ["image[::2]"])
    assert np.array_equal(scattered.x, full.x[..., ::3, scattered.neurons])
    assert scattered.groups == ("motor",)


def test_what_was_not_recorded_is_told_with_what_was():
    trace = hamsim.simulate(named(), **HOW, record={"neurons": ["P$", "image[:, 1]"]})
    assert trace.groups == ()
    for written, message in {
        "motor": "1 of the 5 neurons of group 'motor' were recorded: motor.P$; name those",
        "AVAL": "neuron motor.AVAL was not recorded; recorded: motor.P$, image[0, 1], image[1, 1]",
        "image[0:2]": "neuron image[0, 0] was not recorded; recorded: motor.P$",
        "P": "no group or neuron 'P' in the network; did you mean 'P$'?",
    }.items():
        with pytest.raises(hamsim.TraceError) as caught:
            trace.of(written)
        assert str(caught.value).startswith(message)
    assert trace.of(["image[1, 1]", "P$"]).shape == (trace.t.size, 2)


def test_a_part_costs_what_it_is():
    network = hamsim.compile(
        {"format": "hamsim/1", "groups": {"a": {"size": 1000, "lagrangian": "tanh"}}}
    )
    how = {"method": "euler", "dt": 0.1, "steps": 9}
    one = prepare(network, **how, record={"neurons": ["a[3]"], "what": "x", "start": 0.5})
    assert record_bytes(one) == 16 * 5
    assert one.parts.recorder.records.x.shape[1:] == (1, 1)


def test_wrong_records_are_one_line():
    for record, message in (
        ({"evry": 1}, "record has no key 'evry'; did you mean 'every'?"),
        ({"every": "often"}, "record every 'often': must be a time above 0"),
        ({"start": -1}, "record start -1: must be a time of at least 0"),
        ({"neurons": []}, "record names no neuron; leave neurons out to record all"),
        ({"neurons": "AVAX"}, "record: no group or neuron 'AVAX' in the network; did you mean"),
        ({"neurons": ["image[2, 0]"]}, "record: no neuron image[2, 0]; the group has shape [2, 3]"),
        (1.0, "record is 1.0; allowed are 'auto', None, hamsim.Record(...) and a dict"),
        (False, "record is False; allowed are"),
    ):
        with pytest.raises(hamsim.SimulationError) as caught:
            hamsim.simulate(named(), **HOW, record=record)
        assert str(caught.value).startswith(message)


def test_a_record_of_all_groups_is_of_all_neurons():
    assert hamsim.simulate(named(), **HOW, record={"groups": "all"}).x.shape[-1] == 11
    both = hamsim.simulate(named(), **HOW, record={"groups": "image", "neurons": "AVAL"})
    assert both.neurons.tolist() == [0, 5, 6, 7, 8, 9, 10]
    assert both.groups == ("image",)
