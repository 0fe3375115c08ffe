"""The memories of the zoo whose patterns recall others show the figures that their files state."""

import numpy as np
import pytest

import hamsim
from hamsim.cli.examples import zoo
from hamsim.memory.patterns import stored_of


def run(name, overrides=None):
    return hamsim.simulate(hamsim.load(zoo() / f"{name}.yaml", overrides or {}), threads=1)


def test_letters_call_up_their_other_form():
    trace = run("bidirectional")
    pairs = stored_of(hamsim.compile(zoo() / "bidirectional.yaml")).values
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([8.59, -30.42], abs=0.005)
    capitals, small = trace.of("capitals")[:, 0], trace.of("small")[:, 0]
    assert not small.any()
    whole = (capitals.reshape(9, 64) * pairs[[0, 1, 2, 3, 0, 1, 2, 3, 0], :64]).sum(axis=1)
    assert whole[:4].tolist() == [64 - 2 * 12] * 4
    assert not capitals[4:8, 4:].any()
    np.testing.assert_array_equal(whole[4:8], 32)
    assert whole[8] == -64
    g = np.tanh(4 * trace.final)
    np.testing.assert_array_equal(np.sign(g), np.vstack([pairs, pairs, -pairs[:1]]))
    assert 0.82 <= np.abs(g).min() < 0.83


def test_small_letters_call_up_their_capitals():
    start = {"groups.capitals.initial": 0, "groups.small.initial": {"patterns": "pairs"}}
    trace = run("bidirectional", start)
    pairs = stored_of(hamsim.compile(zoo() / "bidirectional.yaml")).values
    assert not trace.of("capitals")[:, 0].any()
    np.testing.assert_array_equal(np.sign(trace.final), pairs)


def spelled(overrides=None):
    """Overlaps with the letters at each record, and when there is another letter."""
    description = hamsim.load(zoo() / "sequence.yaml", overrides or {})
    trace = hamsim.simulate(description, record={"every": 0.1, "what": ["x"]}, threads=1)
    letters = stored_of(hamsim.compile(description), "letters").values
    overlaps = np.tanh(4 * trace.x) @ letters.T / 64
    changes = np.flatnonzero(np.diff(overlaps.argmax(axis=1))) + 1
    return trace.t, overlaps, changes


def test_letters_follow_one_another():
    t, overlaps, changes = spelled()
    assert "".join("JLNX"[overlaps[k].argmax()] for k in [0, *changes]) == "JLNXJLNXJL"
    assert t[changes[0]] < 1
    assert np.diff(t[changes]) == pytest.approx(11.25, abs=0.06)
    between = (changes[1:] + changes[:-1]) // 2
    assert overlaps[between].max(axis=1).min() > 0.999
    assert np.mean(overlaps.max(axis=1) > 0.99) == pytest.approx(0.94, abs=0.005)


def test_a_shorter_delay_is_a_faster_sequence():
    t, _, changes = spelled({"parameters.delay": 5})
    assert np.diff(t[changes]) == pytest.approx(6.25, abs=0.06)


def test_weak_synapses_do_not_lead_on():
    _, overlaps, changes = spelled({"parameters.strength": 0.3})
    assert changes.size == 0
    assert overlaps[-1, 0] == pytest.approx(0.983, abs=0.001)
