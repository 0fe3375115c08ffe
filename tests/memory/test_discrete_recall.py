"""Recall by neurons of two values that are set one by one, against plain loops."""

import signal

import numpy as np
import pytest

import hamsim
from hamsim.memory.theory import bit_error, retrieval_overlap

N = 60


def signs(*shape, seed=8):
    return np.random.default_rng(seed).choice([-1.0, 1.0], shape)


PATTERNS = signs(9, N)


def classical(patterns=PATTERNS, **settings):
    return {
        "format": "hamsim/1",
        "groups": {"neurons": {"size": patterns.shape[1], "lagrangian": "sign"}},
        "connections": [{"within": "neurons", "weights": {"store": {"patterns": patterns}}}],
        **settings,
    }


def dense(patterns, degree=None):
    """Memories at once; without a degree their F is another one than the rule will have."""
    weights = {"memories": patterns} | ({"dense": {"degree": degree}} if degree else {})
    hidden = {"size": len(patterns), "lagrangian": "identity", "tau": 0}
    return {
        "format": "hamsim/1",
        "groups": {"seen": {"size": patterns.shape[1], "lagrangian": "sign"}, "memory": hidden},
        "connections": [{"between": ["seen", "memory"], "weights": weights}],
    }


def by_energy(energy, cue):
    """Neurons in turn take the value of lower energy, and keep theirs where both are equal."""
    s, flips, now = cue.copy(), 0, energy(cue)
    before = None
    while before is None or not np.array_equal(before, s):
        before = s.copy()
        for i in range(s.size):
            other = s.copy()
            other[i] *= -1
            if (found := energy(other)) < now:
                s, flips, now = other, flips + 1, found
    return s, flips


def test_cues_end_where_plain_loops_do():
    W = PATTERNS.T @ PATTERNS
    np.fill_diagonal(W, 0)
    cues = np.concatenate([PATTERNS[:4], signs(8, N, seed=1)])
    found = hamsim.recall(classical(), cues, order="sequential")
    assert found.method == "asynchronous"
    ended = [by_energy(lambda s: -s @ W @ s, cue) for cue in cues]
    assert np.array_equal(found.state, np.array([state for state, _ in ended]))
    assert found.updates.tolist() == [flips for _, flips in ended]
    np.testing.assert_allclose(found.overlap, found.state @ PATTERNS.T / N, rtol=0, atol=1e-15)
    energy = -0.5 * np.einsum("ci,ij,cj->c", found.state, W / N, found.state)
    np.testing.assert_allclose(found.energy, energy, rtol=1e-12)
    assert {"stored", "spurious"} <= set(found.kind.tolist())
    best = np.argmax(np.abs(found.overlap), axis=1)
    sure = found.found >= 0
    assert np.array_equal(found.found[sure], best[sure])
    sign = np.where(found.kind == "negative", -1, 1)[sure]
    wrong = np.sum(found.state[sure] != sign[:, None] * PATTERNS[best[sure]], axis=1)
    assert found.errors[sure].tolist() == wrong.tolist()
    assert set(found.outcomes) == {"converged"}


def test_each_cue_is_recalled_as_if_it_were_alone():
    cues = signs(3, N, seed=2)
    network = hamsim.compile(classical())
    whole = hamsim.recall(network, cues, seed=4)
    trace = hamsim.simulate(network, cues, method="asynchronous", seed=4)
    assert np.array_equal(whole.state, trace.final)
    first = hamsim.recall(network, cues[0], order="random", seed=4)
    assert np.array_equal(first.state[0], whole.state[0])
    assert first.updates[0] == whole.updates[0]


def test_the_rule_of_dense_memories():
    patterns = signs(8, 16, seed=3)
    cues = patterns[:6] * np.where(np.random.default_rng(4).random((6, 16)) < 0.15, -1, 1)
    ended = [by_energy(lambda s: -np.sum((patterns @ s) ** 3), cue) for cue in cues]
    wanted = np.array([state for state, _ in ended])
    said = hamsim.recall(dense(patterns, 3), cues, order="sequential")
    asked = hamsim.recall(dense(patterns), cues, order="sequential", dense={"degree": 3})
    for found in (said, asked):
        assert np.array_equal(found.state[:, :16], wanted)
        assert found.updates.tolist() == [flips for _, flips in ended]
        energies = -np.sum((wanted @ patterns.T) ** 3, axis=1)
        np.testing.assert_allclose(found.energy, energies, rtol=1e-12)
    assert said.found.tolist() == np.argmax(wanted @ patterns.T, axis=1).tolist()
    assert np.count_nonzero(said.found == np.arange(6)) >= 5


def test_capacity_of_dense_memories_beside_gaussian_noise():

    found = hamsim.capacity(
        dense(PATTERNS[:, :20], 3),
        patterns=[40, 160],
        seeds=6,
        method="synchronous",
        sweeps=1,
        engine="serial",
    )
    assert found["load"].tolist() == [2, 8]
    assert found.line.name == "Gaussian noise, first update"
    np.testing.assert_allclose(found["theory"], 1 - 2 * bit_error(20, [40, 160], 3), rtol=1e-14)
    wide = 3 * (found["overlap_high"] - found["overlap_low"])
    assert (np.abs(found["overlap"] - found["theory"]) < wide).all()
    assert found["overlap"][1] < 0.97


def test_capacity_at_a_temperature_beside_theory():
    description = classical(PATTERNS[:, :40])
    description["groups"]["neurons"]["size"] = 150
    store = {"store": {"patterns": {"signs": {}, "count": 3}}}
    description["connections"] = [{"within": "neurons", "weights": store}]
    asked = {"patterns": [3], "seeds": 8, "engine": "serial"}
    found = hamsim.capacity(description, temperature=0.5, sweeps=12, **asked)
    assert found.line.name == "Amit, Gutfreund and Sompolinsky, T = 0.5"
    assert found["theory"][0] == retrieval_overlap(0.02, 0.5)
    wide = found["overlap_high"] - found["overlap_low"]
    assert (np.abs(found["overlap"] - found["theory"]) < wide).all()
    assert found.notes == ()  # nobody expects them to come to rest
    stated = {"method": {"asynchronous": {"temperature": 0.5}}, "sweeps": 12}
    again = hamsim.capacity({**description, "simulation": stated}, **asked)
    assert again["overlap"].tolist() == found["overlap"].tolist()
    assert again["theory"].tolist() == found["theory"].tolist()


def test_a_pair_is_recalled_from_one_of_its_halves():
    pairs = signs(3, 50)
    description = {
        "format": "hamsim/1",
        "groups": {
            "left": {"size": 20, "lagrangian": "sign"},
            "right": {"size": 30, "lagrangian": "sign"},
        },
        "connections": [
            {"between": ["left", "right"], "weights": {"associate": {"patterns": pairs}}}
        ],
    }
    found = hamsim.recall(description, pairs[:, :20])
    assert found.found.tolist() == [0, 1, 2]
    assert np.array_equal(found.state, pairs)
    other = hamsim.recall(description, pairs[1, 20:])
    assert np.array_equal(other.state[0], pairs[1])
    again = hamsim.capacity(description, patterns=[3], seeds=2, flips=0.1, engine="serial")
    assert again["cues"].tolist() == [6]
    assert again["found"][0] == 1


def test_ctrl_c_tells_what_was_done():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    large = signs(40, 300)
    cues = signs(300, 300, seed=1)
    try:
        found = hamsim.recall(
            classical(large),
            cues,
            temperature=0.5,
            sweeps=200_000,
            progress=lambda progress: signal.raise_signal(signal.SIGINT),
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert found.interrupted
    assert "interrupted" in found.outcomes
    assert found.state.shape == (300, 300)


@pytest.mark.parametrize("order", ["other", 3])
def test_orders_that_are_none(order):
    with pytest.raises(hamsim.HamsimError, match="order"):
        hamsim.recall(classical(), PATTERNS, order=order)
