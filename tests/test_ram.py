"""How much memory there is, and doors that refuse what has no room before they allocate."""

import math
import resource
import time
import tracemalloc

import networkx
import numpy as np
import pytest
from childmemory import peak_of

import hamsim
from hamsim import ram
from hamsim.ram import exceeds_memory, free_memory, in_words, require_memory

DRAWN = {"normal": {"mean": 0, "std": 1}}
SMALL = {"size": 10, "lagrangian": "tanh"}
LARGE = {"size": 10**6, "lagrangian": "tanh"}
SMALL_DRAWN = {**SMALL, "initial": DRAWN}
IMAGE = {"shape": [5000, 5000, 3], "lagrangian": "tanh"}


def network(*connections, groups=None, **more):
    groups = {"a": SMALL} if groups is None else groups
    return {"format": "hamsim/1", "groups": groups, "connections": [*connections], **more}


def within(weights, **more):
    return {"within": "a", "weights": weights, **more}


def refused(call, kind=hamsim.HamsimError):
    """What a call says that ends at once and takes no memory."""
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(kind) as caught:
            call()
        spent = time.process_time() - started
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6
    assert spent < 2
    message = str(caught.value)
    assert "\n" not in message
    return message


PATTERNS = {"signs": {}, "count": 10}
DESCRIPTIONS = {
    "trials": (network(simulation={"trials": 10**9}), "10 neurons in 1,000,000,000 trials need"),
    "drawn trials": (
        network(groups={"a": SMALL_DRAWN}, simulation={"trials": 10**9}),
        "10 neurons in 1,000,000,000 trials need",
    ),
    "copies": (
        network(
            groups={"a": {**SMALL, "initial": {"corrupt": {"of": [1.0] * 10, "noise": 0.1}}}},
            simulation={"trials": 10**9},
        ),
        "10 neurons in 1,000,000,000 trials need",
    ),
    "neurons": (
        network(groups={name: {**SMALL, "size": 10**9} for name in map(str, range(40))}),
        "40,000,000,000 neurons need",
    ),
    "stimuli": (
        network(
            groups={"a": LARGE},
            stimuli=[{"group": "a", "mode": "clamp", "value": DRAWN}] * 100,
            simulation={"trials": 100_000},
        ),
        "1,000,000 neurons in 100,000 trials need",
    ),
    "more stimuli than states": (
        network(
            groups={"a": {**SMALL, "size": 1000}},
            stimuli=[{"group": "a", "mode": "clamp", "value": DRAWN}] * 5000,
            simulation={"trials": 100_000},
        ),
        "stimuli of 1,000 neurons in 100,000 trials need",
    ),
    "all pairs": (network(within(DRAWN), groups={"a": LARGE}), "1e+12 synapses between"),
    "one number": (network(within(0.1), groups={"a": LARGE}), "1e+12 synapses between"),
    "degree": (network(within(DRAWN, degree=10**5), groups={"a": LARGE}), "1e+11 synapses between"),
    "density": (network(within(0.1, density=0.5), groups={"a": LARGE}), "5e+11 synapses between"),
    "distance": (
        network(within({"of_distance": "exp(-d)", "space": "ring"}), groups={"a": LARGE}),
        "distances of 1,000,000 and 1,000,000 neurons need",
    ),
    "stored patterns": (
        network(within({"store": {"patterns": PATTERNS}}), groups={"a": LARGE}),
        "patterns of 1,000,000 neurons are stored in 1e+12 weights, which need",
    ),
    "many patterns": (
        network(within({"store": {"patterns": {"signs": {}, "count": 10**9}}})),
        None,
    ),
    "memories": (
        network(
            {"between": ["a", "b"], "weights": {"memories": {"signs": {}, "count": 10**6}}},
            groups={"a": LARGE, "b": LARGE},
        ),
        "1,000,000 patterns of 1,000,000 neurons need",
    ),
    "kernel": (
        network(
            {
                "between": ["a", "b"],
                "weights": {"conv2d": {"kernel": DRAWN, "window": [101, 101], "padding": "same"}},
            },
            groups={"a": IMAGE, "b": IMAGE},
        ),
        "2.3e+12 synapses of a window are too many",
    ),
    "stated kernel": (
        network(
            {
                "between": ["a", "b"],
                "weights": {"conv2d": {"kernel": [[1.0] * 200] * 200, "padding": "same"}},
            },
            groups={key: {**IMAGE, "shape": [5000, 5000]} for key in "ab"},
        ),
        "1e+12 synapses of a window are too many",
    ),
    "pool": (
        network(
            {
                "between": ["a", "b"],
                "weights": {"average_pool": {"window": [1000, 1000], "stride": [1, 1]}},
            },
            groups={"a": IMAGE, "b": {**IMAGE, "shape": [4001, 4001, 3]}},
        ),
        "4.8e+13 synapses of a window are too many",
    ),
    "triples": (
        network(
            {"gate": "c", "between": ["a", "b"], "weights": DRAWN},
            groups={key: {**SMALL, "size": 10**4} for key in "abc"},
        ),
        "1e+12 triples of 10,000 x 10,000 x 10,000 neurons are too many",
    ),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_without_room_is_refused_before_anything_is_made(name):
    description, said = DESCRIPTIONS[name]
    spec = hamsim.load(description)
    message = refused(lambda: hamsim.compile(spec))
    assert "GiB of memory" in message
    if said is not None:
        assert said in message


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"stimuli": [{"neurons": ["a[0:900]"], "value": 1.0}]}, "stimuli[0].neurons[0]"),
        ({"stimuli": [{"group": "a", "mask": ["a[:]"], "value": 1.0}]}, "stimuli[0].mask[0]"),
        ({"simulation": {"record": {"neurons": ["a[5:999]"]}}}, "simulation.record.neurons[0]"),
    ],
)
def test_ranges_of_more_neurons_than_there_is_room_for_are_refused(part, where, monkeypatch):
    monkeypatch.setattr(ram, "_machine", lambda: 20_000.0)
    groups = {"a": {**SMALL, "size": 1000}}
    message = refused(lambda: hamsim.load(network(groups=groups, **part)))
    assert message.startswith(f"{where}: 'a[")
    assert "neurons, which need 0.0 MiB of memory" in message


def test_connections_that_have_room_alone_are_refused_together(monkeypatch):
    monkeypatch.setattr(ram, "_machine", lambda: 1e9 / ram.SHARE)
    part = within(DRAWN, density=0.1)  # 480 MB, and half of it once more while it is made
    groups = {"a": {**SMALL, "size": 20_000}}
    message = refused(lambda: hamsim.compile(network(part, part, groups=groups)))
    assert message.startswith("20,000 neurons with their 2 connections need 1.3 GiB of memory")
    assert "connections[0]" in refused(
        lambda: hamsim.compile(network({**part, "density": 0.3}, groups=groups))
    )


@pytest.mark.parametrize(
    "connection",
    [
        within(DRAWN, density=0.25),
        within(0.1, degree=300),
        within({"of_distance": "exp(-d)", "space": "ring"}),
        {"from": "a", "to": "b", "weights": DRAWN},
        {"between": ["a", "b"], "weights": DRAWN},
    ],
)
def test_what_is_estimated_of_synapses_is_about_what_they_take(connection, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "hamsim.wiring.room.require_memory", lambda wanted, refusal: asked.append(wanted)
    )
    spec = hamsim.load(network(connection, groups={k: {**SMALL, "size": 1000} for k in "ab"}))
    tracemalloc.start()
    try:
        hamsim.compile(spec)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.6 * peak < asked[0] < 2.0 * peak


VIEWS = {
    "rows": lambda: np.broadcast_to(0.0, (10**9, 10)),
    "rows of another type": lambda: np.broadcast_to(np.float32(0.0), (10**9, 10)),
    "a group's rows": lambda: {"a": np.broadcast_to(np.float32(0.0), (10**9, 10))},
    "a neuron's numbers": lambda: {"a[0]": np.broadcast_to(np.float32(0.0), 10**9)},
}


@pytest.mark.parametrize("name", VIEWS)
def test_first_states_that_are_views_of_little_are_refused(name):
    compiled = hamsim.compile(network())
    message = refused(lambda: hamsim.simulate(compiled, initial=VIEWS[name]()))
    assert message.startswith("1,000,000,000 trials of 10 neurons need 745.1 GiB of memory")


@pytest.mark.parametrize("function", [hamsim.activation, hamsim.velocity, hamsim.energy])
def test_states_that_are_views_of_little_are_refused(function):
    compiled = hamsim.compile(network())
    message = refused(lambda: function(compiled, np.broadcast_to(np.float32(0.0), (10**9, 10))))
    assert message.startswith("states of shape (1000000000, 10) need")


@pytest.mark.parametrize("trials", [10**9, 1e9, 10**30])
def test_runs_of_more_trials_than_there_is_room_for_are_refused(trials):
    compiled = hamsim.compile(network(groups={"a": SMALL_DRAWN}))
    message = refused(lambda: hamsim.simulate(compiled, trials=trials))
    assert "trials of 10 neurons need" in message


def test_what_is_drawn_for_each_trial_counts():
    many = [{"group": "a", "mode": "clamp", "value": DRAWN}] * 200
    compiled = hamsim.compile(network(groups={"a": SMALL_DRAWN}, stimuli=many))
    assert "trials of 10 neurons need" in refused(lambda: hamsim.simulate(compiled, trials=10**7))


@pytest.mark.parametrize(
    "time",
    [{"dt": 1e-3, "steps": 10**12}, {"dt": 1.0, "t_end": 1e14}, {"t_end": 1e300, "method": "rk4"}],
)
def test_runs_that_last_too_long_are_refused(time):
    compiled = hamsim.compile(network())
    hamsim.simulate(compiled, dt=0.1, steps=1)  # its kernels are compiled
    said = refused(lambda: hamsim.simulate(compiled, **time))
    assert "the records would take" in said or said.endswith("too many")


def test_trials_of_a_file_are_more_than_there_is_room_for(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((10**6, 1)))
    (tmp_path / "n.yaml").write_text(
        "format: hamsim/1\n"
        "groups:\n"
        "  a: {size: 1, lagrangian: tanh, initial: {file: x.npy}}\n"
        "  b: {size: 1000000, lagrangian: tanh}\n"
    )
    spec = hamsim.load(tmp_path / "n.yaml")
    tracemalloc.start()
    try:
        with pytest.raises(hamsim.CompileError, match=r"1,000,001 neurons in 1,000,000 trials"):
            hamsim.compile(spec)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def test_a_trace_that_has_no_room_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "long.nc"
    trace = hamsim.simulate(network(groups={"a": SMALL, "b": SMALL}), dt=0.1, steps=1000)
    trace.save(path)
    monkeypatch.setattr(ram, "_machine", lambda: 150_000.0)
    message = refused(lambda: hamsim.load_trace(path))
    assert message == f"'{path}' would take 0.2 MiB of memory; read fewer groups or records"
    assert hamsim.load_trace(path, groups="a").x.shape == (1001, 10)
    assert hamsim.load_trace(path, every=10).x.shape == (101, 20)


def test_a_graph_that_tells_of_a_billion_neurons_is_refused():
    graph = networkx.Graph(hamsim.compile(network()).to_networkx())
    graph.graph["hamsim"] = graph.graph["hamsim"].replace("10", "1000000000")
    assert "1,000,000,000 neurons" in refused(lambda: hamsim.from_networkx(graph))


# --- what there is -----------------------------------------------------------------------------


def test_sizes_in_words():
    assert in_words(0) == "0.0 MiB"
    assert in_words(3.5 * 2**20) == "3.5 MiB"
    assert in_words(2**41) == "2,048.0 GiB"


def test_a_refusal_is_made_of_the_size_only_where_there_is_one(monkeypatch):
    monkeypatch.setattr(ram, "_machine", lambda: 2**30)
    require_memory(2**29, lambda size: pytest.fail(size))
    with pytest.raises(KeyError, match=r"1\.0 GiB"):
        require_memory(2**30, KeyError)
    monkeypatch.setattr(ram, "_machine", lambda: math.inf)
    monkeypatch.setattr(ram, "_container", lambda: math.inf)
    require_memory(1e30, lambda size: pytest.fail(size))


def cgroups(monkeypatch, tmp_path, line, **files):
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    read = ram.Path.read_text
    monkeypatch.setattr(
        ram.Path,
        "read_text",
        lambda path, *more: line if str(path) == "/proc/self/cgroup" else read(path, *more),
    )
    return sorted(limit for limit, _ in ram._control_groups(tmp_path))


def test_limits_of_control_groups_are_found(monkeypatch, tmp_path):
    two = {"a__memory_dot_max": "max\n", "a__b__memory_dot_max": "1000\n", "memory_dot_max": "3000"}
    assert cgroups(monkeypatch, tmp_path, "0::/a/b\n", **two) == [1000.0, 3000.0]
    assert cgroups(monkeypatch, tmp_path, "0::/elsewhere\n") == [3000.0]  # a container's own root
    one = {"memory__memory_dot_limit_in_bytes": "9000"}
    line = "5:cpuset:/x\n4:memory:/x\n"
    assert cgroups(monkeypatch, tmp_path, line, **one) == [9000.0]
    assert cgroups(monkeypatch, tmp_path, "nonsense\n") != [9000.0]


def test_a_container_has_what_its_group_leaves(monkeypatch, tmp_path):
    (tmp_path / "memory.current").write_text("700")
    (tmp_path / "memory.stat").write_text("anon 100\ninactive_file 300\n")
    monkeypatch.setattr(ram, "_control_groups", lambda: [(1000.0, tmp_path)])
    assert free_memory() == 600.0
    ram._container.cache_clear()
    assert exceeds_memory(801.0)
    assert not exceeds_memory(799.0)
    monkeypatch.undo()
    ram._container.cache_clear()


def test_limits_of_the_process_count():
    found = peak_of(
        """
        import resource
        from hamsim.ram import exceeds_memory, free_memory
        limit = 4 << 30
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        assert exceeds_memory(limit), "more than the limit"
        assert not exceeds_memory(limit // 16), "a part of it"
        assert free_memory() < limit
        group = {"size": 10**8, "lagrangian": "tanh"}
        hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
        """
    )
    assert found.kind == "HamsimError"
    assert found.message.startswith("100,000,000 neurons need")
    assert found.megabytes < 20
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


def test_nothing_is_refused_where_nobody_knows(monkeypatch):
    def unknown(*arguments):
        raise OSError

    monkeypatch.setattr(ram.os, "sysconf", unknown)
    monkeypatch.setattr(ram.Path, "read_text", unknown)
    ram._machine.cache_clear()
    ram._container.cache_clear()
    assert not exceeds_memory(1e30)
    assert free_memory() is None
    monkeypatch.undo()
    ram._machine.cache_clear()
    ram._container.cache_clear()
