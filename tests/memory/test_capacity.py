"""`capacity` and `recall_basins`, against plain loops, and what they keep."""

import numpy as np
import pytest

import hamsim
from hamsim.memory import store
from hamsim.memory.intervals import mean_of, share_of
from hamsim.memory.patterns import stored_of
from hamsim.memory.seen import seen
from hamsim.memory.theory import retrieval_overlap
from hamsim.scale.plan import runs

N = 40
SERIAL = {"order": "sequential", "engine": "serial"}


def spec(count=3, lagrangian="sign", patterns=None, **more):
    stated = {"signs": {}, "count": count} if patterns is None else patterns
    group = {"size": N, "lagrangian": lagrangian}
    return {
        "format": "hamsim/1",
        "name": "classical",
        "groups": {"neurons": group},
        "connections": [{"within": "neurons", "weights": {"store": {"patterns": stated, **more}}}],
    }


def plain(W, states):
    """Each neuron in turn takes the sign of its field, until none changes; 0 keeps the old one."""
    states, flips = states.copy(), np.zeros(len(states), dtype=int)
    for k, s in enumerate(states):
        before = None
        while before is None or not np.array_equal(before, s):
            before = s.copy()
            for i in range(s.size):
                field = sum(W[i, j] * s[j] for j in np.flatnonzero(W[i]))
                new = np.sign(field) or s[i]
                flips[k] += new != s[i]
                s[i] = new
    return states, flips


def expected(count, seed, flips=0.0):
    """Own overlaps, share of wrong neurons and flips of all cues of one network."""
    description = spec(count)
    description["connections"][0]["name"] = "memories"
    copy = {"corrupt": {"of": {"patterns": "memories"}, "flips": flips}}
    description["groups"]["neurons"]["initial"] = copy
    network = hamsim.compile({**description, "seed": seed})
    xi = stored_of(network).values
    final, changed = plain(network.W.toarray(), np.atleast_2d(network.initial))
    return np.sum(final * xi, axis=1) / N, np.mean(final != xi, axis=1), changed


def test_a_row_a_load_as_plain_loops_give_it():
    found = hamsim.capacity(spec(), [0.1, 0.2], seeds=[3, 5], order="sequential", engine="serial")
    assert found["load"].tolist() == [0.1, 0.2]
    assert found["patterns"].tolist() == [4, 8]
    assert found["cues"].tolist() == [8, 16]
    assert found["repetitions"].tolist() == [2, 2]
    for k, count in enumerate((4, 8)):
        runs = [expected(count, seed) for seed in (3, 5)]
        own, wrong, changed = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        np.testing.assert_allclose(found["overlap"][k], own.mean(), atol=1e-15)
        np.testing.assert_allclose(found["errors"][k], wrong.mean(), atol=1e-15)
        assert found["found"][k] == np.mean(own >= 0.9)
        assert found["exact"][k] == np.mean(wrong == 0)
        assert found["updates"][k] == changed.mean()
        means = [run[0].mean() for run in runs]
        half = 12.706204736 * np.std(means, ddof=1) / np.sqrt(2)  # Student's t, one degree
        assert found["overlap_low"][k] == pytest.approx(max(own.mean() - half, -1))
        assert found["overlap_high"][k] == pytest.approx(min(own.mean() + half, 1))
    assert np.array_equal(found["theory"], retrieval_overlap(found["load"]))
    assert found.line.name == "Amit, Gutfreund and Sompolinsky"
    assert (found.missing, found.interrupted, found.notes) == (0, False, ())


def test_a_row_a_part_of_flips():
    found = hamsim.recall_basins(
        spec(), [0.1, 0.4], seeds=2, order="sequential", engine="serial", threshold=0.95
    )
    assert found["flips"].tolist() == [0.1, 0.4]
    for k, flips in enumerate((0.1, 0.4)):
        own = np.concatenate([expected(3, seed, flips)[0] for seed in (0, 1)])
        np.testing.assert_allclose(found["overlap"][k], own.mean(), atol=1e-15)
        assert found["found"][k] == np.mean(own >= 0.95)
    assert np.isnan(found["theory"]).all()


def test_what_is_seen_of_each_cue_and_counted_as_lost():
    rng = np.random.default_rng(2)
    patterns = rng.choice([-1.0, 1.0], (4, N))
    patterns[1] = patterns[0]
    patterns[1, :2] *= -1  # so close that both are found at once
    listed = spec(patterns=patterns)
    listed["connections"][0]["name"] = "memories"
    copy = {"corrupt": {"of": {"patterns": "memories"}, "flips": 0.3}}
    listed["groups"]["neurons"]["initial"] = copy
    trace = hamsim.simulate(listed, method="asynchronous", order="sequential", record=None)
    found = seen(trace)
    overlap = trace.state.x @ patterns.T / N
    np.testing.assert_allclose(found["own"], np.diagonal(overlap), atol=1e-15)
    beside = overlap - np.diag(np.diagonal(overlap))
    best = np.argmax(np.abs(beside), axis=1)
    np.testing.assert_allclose(found["other"], beside[np.arange(4), best], atol=1e-15)
    assert np.array_equal(found["wrong"], np.mean(trace.state.x != patterns, axis=1))
    assert found["updates"].tolist() == list(trace.stats.flips)
    assert found["rests"].tolist() == [1] * 4
    curve = hamsim.recall_basins(listed, [0, 1], seeds=[0], order="sequential", engine="serial")
    assert curve["found"].tolist() == [1, 0]
    assert curve["lost"].tolist() == [0, 1]  # negatives, where all neurons are turned over
    two = hamsim.recall_basins(spec(patterns=np.eye(2, N) * 2 - 1), [0.45], seeds=[0], **SERIAL)
    assert two["lost"][0] + two["found"][0] == 1  # at one of two, which are alike but for signs


def test_no_run_is_made_twice(tmp_path, monkeypatch):
    asked = {"order": "sequential", "engine": "serial", "out": tmp_path / "runs"}
    first = hamsim.capacity(spec(), [0.1, 0.2], seeds=2, **asked)

    def refused(*given, **more):
        raise AssertionError("a run is made")

    made = runs.simulate
    monkeypatch.setattr(runs, "simulate", refused)
    again = hamsim.capacity(spec(), [0.1, 0.2], seeds=2, **asked)
    assert all(np.array_equal(first[name], again[name], equal_nan=True) for name in first)
    fewer = hamsim.capacity(spec(), [0.2], seeds=2, **asked)
    assert fewer["overlap"][0] == first["overlap"][1]
    count = []
    monkeypatch.setattr(
        runs, "simulate", lambda *given, **more: count.append(1) or made(*given, **more)
    )
    hamsim.capacity(spec(), [0.1, 0.2], seeds=3, **asked)
    assert len(count) == 2


def test_what_ctrl_c_leaves(tmp_path, monkeypatch):
    made, count = runs.simulate, []

    def interrupted(*given, **more):
        count.append(1)
        if len(count) > 3:
            raise KeyboardInterrupt
        return made(*given, **more)

    monkeypatch.setattr(runs, "simulate", interrupted)
    asked = {"order": "sequential", "engine": "serial", "out": tmp_path / "runs"}
    found = hamsim.capacity(spec(), [0.1, 0.2], seeds=2, **asked)
    assert found.interrupted
    assert sorted(found["repetitions"].tolist()) == [1, 2]
    assert found.missing == 1
    assert np.array_equal(np.isnan(found["overlap_low"]), found["repetitions"] == 1)
    monkeypatch.setattr(runs, "simulate", made)
    assert hamsim.capacity(spec(), [0.1, 0.2], seeds=2, **asked).missing == 0


def test_memories_have_a_neuron_for_each_pattern():
    drawn = {"memories": {"signs": {}, "count": 5}, "dense": {"degree": 3}}
    description = {
        "format": "hamsim/1",
        "groups": {
            "seen": {"size": 24, "lagrangian": "sign"},
            "memory": {"size": 5, "lagrangian": "identity", "tau": 0},
        },
        "connections": [{"between": ["seen", "memory"], "weights": drawn}],
    }
    found = hamsim.capacity(description, patterns=[5, 12], seeds=2, engine="serial")
    assert found["patterns"].tolist() == [5, 12]
    assert found["cues"].tolist() == [10, 24]
    assert (found["found"] == 1).all()
    listed = np.random.default_rng(0).choice([-1.0, 1.0], (5, 24))
    described = {"between": ["seen", "memory"], "weights": {**drawn, "memories": listed}}
    description["connections"] = [described]
    again = hamsim.capacity(description, patterns=[5], seeds=2, engine="serial")
    assert again["overlap"][0] == found["overlap"][0]  # what is listed is drawn anew
    description["groups"]["memory"] = {"neurons": list("abcde"), "lagrangian": "identity", "tau": 0}
    with pytest.raises(hamsim.HamsimError, match="one group with a size or a shape"):
        hamsim.capacity(description, patterns=[5], seeds=2, engine="serial")


def test_patterns_that_are_stored_as_factors():
    group = {"size": N, "lagrangian": "sign"}
    alone = {"format": "hamsim/1", "groups": {"neurons": group}}
    patterns = np.random.default_rng(3).choice([-1.0, 1.0], (3, N))
    network = store(alone, patterns, factors=True)
    assert hamsim.recall(network, patterns).found.tolist() == [0, 1, 2]
    found = hamsim.capacity(network, [0.1, 0.2], seeds=[3, 5], **SERIAL)
    whole = hamsim.capacity(spec(), [0.1, 0.2], seeds=[3, 5], **SERIAL)
    assert found["patterns"].tolist() == [4, 8]
    assert found.line.name == whole.line.name
    assert found["found"][0] == 1
    group["lagrangian"] = "tanh"
    graded = store(alone, patterns, factors=True)
    with pytest.raises(hamsim.HamsimError, match="couple graded neurons to themselves"):
        hamsim.capacity(graded, [0.1], seeds=2, engine="serial")


def test_neurons_of_zeros_and_ones_recall_the_same():
    signs = hamsim.capacity(spec(), [0.1], seeds=2, order="sequential", engine="serial")
    ones = np.eye(2, N)
    binary = spec(lagrangian="step", patterns=ones, coding="binary")
    found = hamsim.capacity(binary, [0.1], seeds=2, order="sequential", engine="serial")
    assert found["found"][0] == signs["found"][0] == 1


def test_intervals_are_those_of_the_literature():
    sums, counts = np.array([3.0, 4.5, 2.0]), np.full(3, 10.0)
    found = mean_of(sums, counts)
    means = sums / 10
    half = 4.302652729911275 * means.std(ddof=1) / np.sqrt(3)
    assert found == pytest.approx((means.mean(), means.mean() - half, means.mean() + half))
    alone = mean_of(sums[:1], counts[:1])
    assert alone.value == 0.3
    assert np.isnan(alone.low)
    # Nothing but hits: Clopper and Pearson of all cues, 0.025^(1/n).
    assert share_of(counts, counts) == pytest.approx((1, 0.025 ** (1 / 30), 1))
    assert share_of(0 * counts, counts) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 30)))
    # No more alike than independent ones: 15 of 30 [table of Clopper and Pearson 1934].
    assert share_of(np.array([5.0, 5, 5]), counts) == pytest.approx((0.5, 0.3130, 0.6870), abs=1e-4)
    wider = share_of(np.array([0.0, 10, 5]), counts)
    assert wider.low < 0.1
    assert wider.high > 0.9


def test_shares_are_covered():
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        p = np.clip(rng.normal(0.7, 0.1, 6), 0, 1)
        found = share_of(rng.binomial(20, p).astype(float), np.full(6, 20.0))
        inside += found.low <= 0.7 <= found.high
    assert 0.93 <= inside / 400 <= 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "give loads, or patterns: one of the two"),
        ({"loads": [0.1], "patterns": [3]}, "give loads, or patterns: one of the two"),
        ({"loads": [-0.1]}, "loads is [-0.1]; give numbers above 0"),
        ({"loads": "no"}, "loads is 'no'; give numbers above 0"),
        ({"loads": 0.1, "seeds": 0}, "seeds is 0; give how many, or different numbers"),
        ({"loads": 0.1, "seeds": [1, 1]}, "seeds is [1, 1]; give how many, or different numbers"),
        ({"loads": 0.1, "threshold": 0}, "threshold is 0; it must be an overlap above 0"),
        ({"loads": 0.1, "connection": "x"}, "no connection 'x' with patterns"),
        ({"loads": 0.1, "order": "other"}, "order"),
    ],
)
def test_what_does_not_fit_is_told(asked, message):
    with pytest.raises(hamsim.HamsimError) as caught:
        hamsim.capacity(spec(), engine="serial", **asked)
    assert message in str(caught.value)


def test_other_sources():
    network = hamsim.compile(spec())
    asked = {"seeds": 2, "order": "sequential", "engine": "serial"}
    whole = hamsim.capacity(spec(), 0.1, **asked)
    for source in (network, hamsim.load(spec())):
        again = hamsim.capacity(source, 0.1, **asked)
        assert again["overlap"].tolist() == whole["overlap"].tolist()
    with pytest.raises(hamsim.HamsimError, match="has no description of which others"):
        hamsim.capacity(network.replace(tau=2), 0.1, **asked)
    with pytest.raises(hamsim.HamsimError, match="flips is 2; give parts of the neurons"):
        hamsim.recall_basins(spec(), 2, **asked)
