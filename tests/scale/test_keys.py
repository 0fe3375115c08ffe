"""A key is what determines the numbers of a run, and nothing else."""

import shutil

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.scale.store import keys as module
from hamsim.scale.store.keys import Keys

PLAIN = {
    "format": "hamsim/1",
    "parameters": {"gain": 0.5, "n": 3},
    "groups": {
        "exc": {"size": "n", "lagrangian": {"kind": "tanh", "beta": "2 * gain"}, "tau": 1},
        "inh": {
            "size": 2,
            "lagrangian": "relu",
            "input": [0.5, 1],
            "initial": {"uniform": {"low": 0, "high": 1}},
        },
    },
    "connections": [
        {"name": "loop", "within": "exc", "weights": "gain"},
        {"from": "inh", "to": "exc", "weights": {"file": "w.npy"}},
    ],
    "stimuli": [{"group": "exc", "value": 0.5, "stop": 1}],
}
OTHER = {
    "groups.exc.tau": [1, 2.5],
    "groups.exc.lagrangian.beta": [1, 3],
    "groups.inh.input": [[0.5, 1.0], 2, np.array([1.0, 0.5])],
    "groups.inh.initial": [0.5, [0.0, 1.0]],
    "connections.loop.weights": [0.5, 2],
    "connections[0].weights": [0.5, 2],
    "stimuli[0].value": [0.5, [1.0, 2.0, 3.0]],
    "stimuli[0].stop": [1, 2],
    "parameters.gain": [0.5, 2.0],
    "seed": [0, 1],
    "simulation.t_end": [10, 20.5],
    "initial": [[0.0] * 5, [1.0] * 5],
    "initial.exc": [0.0, 1.0],
}


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "one" / "net.yaml", PLAIN)


def written(path, plain, weights=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))):
    path.parent.mkdir(exist_ok=True)
    np.save(path.parent / "w.npy", np.array(weights))
    path.write_text(yaml.safe_dump(plain, sort_keys=False))
    return path


def key(source, values=None, **more):
    return Keys.of(source, **more).key(values or {})


def test_path_spec_and_dict_have_one_key(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert len({key(file), key(hamsim.load(file)), key(PLAIN), key(str(file))}) == 1
    assert len(key(file)) == 64


def test_moved_files_keep_the_key_and_a_byte_changes_it(file, tmp_path):
    before = key(file)
    moved = shutil.move(file.parent, tmp_path / "other place")
    file = tmp_path / "other place" / file.name
    assert key(file) == before, moved
    data = bytearray((file.parent / "w.npy").read_bytes())
    data[-1] ^= 1
    (file.parent / "w.npy").write_bytes(data)
    assert key(file) != before


def test_what_is_only_said_does_not_count_and_the_order_of_groups_does(file, tmp_path):
    said = {**dict(reversed(PLAIN.items())), "name": "x", "description": "y", "references": ["z"]}
    turned = {**PLAIN, "groups": dict(reversed(PLAIN["groups"].items()))}
    assert key(written(tmp_path / "two" / "net.yaml", said)) == key(file)
    assert key(written(tmp_path / "three" / "net.yaml", turned)) != key(file)


def test_a_value_of_an_axis_and_the_same_in_the_file_have_one_key(file, tmp_path):
    changed = {**PLAIN, "groups": {**PLAIN["groups"]}}
    changed["groups"]["exc"] = {**PLAIN["groups"]["exc"], "tau": 2.5}
    other = written(tmp_path / "two" / "net.yaml", changed)
    assert key(other) == key(file, {"groups.exc.tau": 2.5})
    assert key(other) == key(file, overrides={"groups.exc.tau": 2.5})
    assert key(other, {"groups.exc.tau": 1}) == key(file) == key(file, {"groups.exc.tau": 1.0})


def test_a_value_that_is_refused_is_not_the_one_that_is_meant(file):
    with pytest.raises(hamsim.SpecError, match="seed"):
        hamsim.load(file, {"seed": 1.0})
    assert key(file, {"seed": 1.0}) != key(file, {"seed": 1})
    keys = Keys.of(file)
    assert keys.key({"seed": 1}) != keys.key({"seed": 1.0})


def test_what_is_asked_counts_and_so_does_the_version(file, monkeypatch):
    one = key(file, asked={"t_end": 10, "keep": ["final"]})
    assert one == key(file, asked={"keep": ("final",), "t_end": 10.0})
    others = [key(file, asked={"t_end": 10, "keep": ["final", "energy"]}), key(file)]
    monkeypatch.setattr(module, "RESULTS", module.RESULTS + 1)
    others.append(key(file, asked={"t_end": 10, "keep": ["final"]}))
    assert len({one, *others}) == 4


CHOSEN = st.dictionaries(st.sampled_from(sorted(OTHER)), st.integers(0, 2), max_size=4)


@given(st.lists(CHOSEN, min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_values_put_in_are_those_that_are_resolved(tmp_path_factory, chosen):
    file = written(tmp_path_factory.mktemp("key") / "net.yaml", PLAIN)
    shared, seen = Keys.of(file), {}
    for places in chosen:
        values = {name: OTHER[name][k % len(OTHER[name])] for name, k in places.items()}
        if {"connections.loop.weights", "connections[0].weights"} <= values.keys():
            continue
        if {"connections[0].weights", "connections.loop.weights"} & values.keys() and (
            "parameters.gain" in values and "groups.exc.lagrangian.beta" in values
        ):
            continue  # nothing would use the parameter
        inside = {n: v for n, v in values.items() if not n.startswith("initial")}
        spec = hamsim.load(file, inside)
        beside = {n: str(np.asarray(v).tolist()) for n, v in values.items() if n not in inside}
        same = hamsim.dump(spec).replace(str(file.parent), "."), tuple(sorted(beside.items()))
        assert shared.key(values) == key(file, values) == seen.setdefault(same, key(file, values))
    assert len(set(seen.values())) == len(seen)


def test_many_keys_resolve_few_descriptions(file, monkeypatch):
    loads = []
    monkeypatch.setattr(module, "load", lambda *given: loads.append(given) or hamsim.load(*given))
    keys = Keys.of(file)
    values = [
        {"groups.exc.tau": 1 + k, "seed": seed, "parameters.gain": gain}
        for k in range(10)
        for seed in range(5)
        for gain in (0.5, 1.0)
    ]
    assert len({keys.key(each) for each in values}) == len(values)
    assert len(loads) < 10


def test_values_that_are_refused_have_keys_of_their_own(file):
    keys = Keys.of(file)
    wrong = [{"groups.exc.tau": -1}, {"groups.exc.tau": -2}, {"groups.no.tau": 1}, {}]
    assert len({keys.key(each) for each in wrong}) == 4


def test_values_of_a_compiled_network_stand_beside_what_is_asked():
    keys = Keys(None, ["a network"])
    values = [{}, {"tau": 1}, {"tau.exc": 1}, {"tau": [1, 2]}, {"tau": 1, "seed": 2}]
    assert len({keys.key(each) for each in values}) == len(values)
    assert keys.key({"tau": 1.0}) == keys.key({"tau": 1}) != Keys(None, ["other"]).key({"tau": 1})
