"""Connections that are found again are those that would be made."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.compiler import assembled
from hamsim.wiring import wired
from hamsim.wiring.connect import connect
from hamsim.wiring.wired import Wires

DRAWN = {"normal": {"mean": 0.0, "std": 0.4}}
NET = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 5, "lagrangian": {"kind": "sigmoid", "beta": 1.5}, "initial": DRAWN},
        "b": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 2.0}, "tau": 0.5},
    },
    "connections": [
        {"within": "a", "weights": DRAWN},
        {"from": "b", "to": "a", "weights": DRAWN},
    ],
}
STORED = {
    **NET,
    "groups": {"a": {"size": 5, "lagrangian": {"kind": "sigmoid", "beta": 1.5}}},
    "connections": [
        {
            "within": "a",
            "weights": {"store": {"patterns": [[0, 1, 1, 0, 1]], "coding": "binary"}},
        }
    ],
}
VALUES = {
    "groups.a.tau": [1.0, 2.0],
    "groups.a.input": [0.0, 0.3],
    "groups.a.lagrangian.beta": [1.5, 2.5],
    "groups.a.initial": [0.1, DRAWN],
    "connections[0].scale": [1.0, 0.5],
    "groups.a.size": [5, 6],
    "seed": [0, 1],
}
CHOSEN = st.lists(st.dictionaries(st.sampled_from(sorted(VALUES)), st.integers(0, 1)), max_size=6)


@given(CHOSEN)
@settings(max_examples=15, deadline=None)
def test_networks_and_their_runs_are_as_compiled_anew(chosen):
    wires = Wires()
    for places in chosen:
        values = {name: VALUES[name][k] for name, k in places.items()}
        new = hamsim.compile(NET, values)
        again = assembled(hamsim.load(NET, values), wires.wire)
        for name in ("tau", "input", "initial"):
            assert getattr(again, name).tobytes() == getattr(new, name).tobytes()
        assert again.symmetric == new.symmetric
        one, other = (
            hamsim.simulate(each, method="rk4", dt=0.1, steps=5, threads=1) for each in (new, again)
        )
        assert one.final.tobytes() == other.final.tobytes()
        assert one.energy.tobytes() == other.energy.tobytes()


def test_only_what_is_new_is_made(monkeypatch):
    made, wires = [], Wires()
    monkeypatch.setattr(wired, "connect", lambda *given: made.append(given) or connect(*given))
    networks = [
        assembled(hamsim.load(NET, {"groups.a.tau": tau, "seed": seed}), wires.wire)
        for tau in (1.0, 2.0, 3.0)
        for seed in range(4)
    ]
    assert len(made) == 4
    assert networks[0].W is networks[4].W
    assert networks[0].pattern is networks[4].pattern
    other = assembled(hamsim.load(NET, {"groups.a.lagrangian.beta": 3.0}), wires.wire)
    assert other.W is networks[0].W
    assert other.pattern is not networks[0].pattern
    assert len(made) == 4


def test_what_goes_with_weights_and_depends_on_lagrangians_is_made_anew():
    wires = Wires()
    for beta in (1.5, 3.0, 1.5):
        values = {"groups.a.lagrangian.beta": beta}
        again = assembled(hamsim.load(STORED, values), wires.wire)
        assert np.array_equal(again.input, hamsim.compile(STORED, values).input)
        assert again.input.any()
