"""`recall`: which pattern each cue finds, and what the other states are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.memory.kinds import kinds_of
from hamsim.memory.overlap import overlaps
from hamsim.memory.patterns import stored_of

N = 200
A = {"a": {"size": 3, "lagrangian": "tanh"}}
RNG = np.random.default_rng(3)
PATTERNS = RNG.choice([-1.0, 1.0], (5, N))


def hopfield(patterns=PATTERNS, lagrangian="tanh", beta=8.0, **store):
    group = {"size": patterns.shape[1], "lagrangian": {"kind": lagrangian}}
    if beta:
        group["lagrangian"]["beta"] = beta
    weights = {"store": {"patterns": patterns, **store}}
    return {
        "format": "hamsim/1",
        "groups": {"neurons": group},
        "connections": [{"name": "memories", "within": "neurons", "weights": weights}],
        "simulation": {"method": "euler", "dt": 0.2, "t_end": 60, "until": {"residual": 1e-6}},
    }


def flipped(pattern, count, seed=0):
    wrong = np.random.default_rng(seed).choice(pattern.size, count, replace=False)
    cue = pattern.copy()
    cue[wrong] *= -1
    return cue


def mixture(a, b, c, signs):
    return np.sign(np.array(signs) @ PATTERNS[[a, b, c]])


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(hopfield())


def test_each_cue_is_told_what_it_came_to(network):
    mixed = mixture(0, 2, 4, (1, -1, 1))
    cues = np.array([flipped(PATTERNS[1], 20), -flipped(PATTERNS[3], 15), mixed])
    found = hamsim.recall(network, cues)
    assert found.kind.tolist() == ["stored", "negative", "mixture"]
    assert found.found.tolist() == [1, 3, -1]
    assert found.mixture.tolist() == [[-1] * 3, [-1] * 3, [0, 2, 4]]
    assert found.signs.tolist() == [[0] * 3, [0] * 3, [1, -1, 1]]
    assert found.outcomes == ("converged",) * 3
    assert found.state.shape == (3, N)
    # Against the definitions, with states that the trace of the same run has.
    final = hamsim.simulate(network, cues).final
    assert np.array_equal(found.state, final)
    g = np.tanh(8.0 * final)
    cosine = g @ PATTERNS.T / np.linalg.norm(g, axis=1)[:, None] / np.sqrt(N)
    np.testing.assert_allclose(found.overlap, cosine, rtol=0, atol=1e-12)
    lagrangian = np.log(np.cosh(8.0 * final)) / 8.0
    W = PATTERNS.T @ PATTERNS / N - np.eye(N) * len(PATTERNS) / N
    wanted = np.sum(final * g - lagrangian, axis=1) - 0.5 * np.einsum("ci,ij,cj->c", g, W, g)
    np.testing.assert_allclose(found.energy, wanted, rtol=1e-12)
    wrong = [np.count_nonzero(np.sign(g[0]) != PATTERNS[1])]
    wrong += [np.count_nonzero(np.sign(g[1]) != -PATTERNS[3])]
    wrong += [np.count_nonzero(np.sign(g[2]) != mixed)]
    assert found.errors.tolist() == wrong
    assert (found.updates > 0).all()


def test_cues_in_all_forms(network):
    whole = hamsim.recall(network, PATTERNS[:2])
    alone = hamsim.recall(network, PATTERNS[0])
    assert alone.state.shape == (1, N)
    assert alone.overlap.shape == (1, 5)
    assert alone.found.tolist() == [0]
    for patterns in (PATTERNS, "memories", "connections[0]", "connections.memories"):
        again = hamsim.recall(network, PATTERNS[:2], patterns)
        assert np.array_equal(again.overlap, whole.overlap)
    own = hamsim.recall(network.replace(initial=PATTERNS[2]))
    assert own.found.tolist() == [2]
    listed = hamsim.recall(hopfield(), PATTERNS[:2].tolist())
    assert np.array_equal(listed.state, whole.state)


def test_patterns_in_groups_with_shapes_and_beside_others():
    letters = PATTERNS[:, :12].reshape(5, 3, 4)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "before": {"size": 2, "lagrangian": "identity", "tau": 2, "initial": 0.5},
            "pixels": {"shape": [3, 4], "lagrangian": "identity"},
            "memory": {"size": 5, "lagrangian": {"kind": "softmax", "beta": 2}, "tau": 0},
        },
        "connections": [{"between": ["pixels", "memory"], "weights": {"memories": letters}}],
        "simulation": {"method": "euler", "dt": 0.1, "t_end": 20},
    }
    network = hamsim.compile(spec)
    stored = stored_of(network)
    assert stored.name == network.connections[0].name == "pixels-memory"
    assert np.array_equal(stored_of(network, "pixels-memory").values, stored.values)
    assert stored.neurons.tolist() == list(range(2, 14))
    assert np.array_equal(stored.values, letters.reshape(5, 12))
    for cue in (letters[3], letters[3][None], letters[3].reshape(1, 12)):
        found = hamsim.recall(network, cue)
        assert (found.found.tolist(), found.kind.tolist()) == ([3], ["stored"])
        assert found.errors.tolist() == [-1]  # no bounds, so that no neuron says yes or no
        trace = hamsim.simulate(network, {"pixels": letters[3].reshape(12)})
        assert np.allclose(found.state[0], trace.final, rtol=0, atol=1e-12)
    start = np.concatenate([[0.0, 0.0], letters[1].reshape(12), np.zeros(5)])
    assert hamsim.recall(network, start).found.tolist() == [1]


def test_patterns_are_of_neurons_that_do_not_follow_at_once():
    xi = PATTERNS[:, :5]
    hidden = {"size": 5, "lagrangian": {"kind": "softmax", "beta": 2}}
    groups = {"seen": {"size": 5, "lagrangian": "identity"}, "hidden": {**hidden, "tau": 0}}
    description = {
        "format": "hamsim/1",
        "groups": groups,
        "connections": [{"between": ["seen", "hidden"], "weights": xi.T}],
        "simulation": {"method": "euler", "dt": 0.1, "t_end": 20},
    }
    found = hamsim.recall(description, xi[:2], xi)
    assert found.neurons.tolist() == list(range(5))
    assert found.overlap.shape == (2, 5)
    groups["hidden"] = hidden
    with pytest.raises(hamsim.HamsimError, match="several groups have so many neurons"):
        hamsim.recall(description, xi[:2], xi)


def test_patterns_of_zeros_and_ones_are_meant_as_signs():
    ones = (PATTERNS + 1) / 2
    spec = hopfield(ones, "sigmoid", 40.0, coding="binary")
    network = hamsim.compile(spec)
    found = hamsim.recall(network, ones[[2, 4]] - 0.5)
    assert found.found.tolist() == [2, 4]
    assert (found.overlap[[0, 1], [2, 4]] > 0.97).all()
    assert abs(found.overlap[0, 0]) < 0.5  # of 0 and 1 as numbers it would be above


def test_drawn_patterns_are_those_of_the_network():
    spec = hopfield()
    store = spec["connections"][0]["weights"]["store"]
    store["patterns"] = {"signs": {}, "count": 4}
    spec["seed"] = 7
    network = hamsim.compile(spec)
    values = stored_of(network).values
    W = values.T @ values / N
    np.fill_diagonal(W, 0)
    np.testing.assert_allclose(network.W.toarray(), W, rtol=0, atol=1e-15)
    moved = network.replace(tau=2.0, initial=0.5)
    assert np.array_equal(stored_of(moved).values, values)


def test_mixtures_of_all_signs_are_found_and_nothing_else_is_called_one():
    signs = [(a, b, c) for a in (1, -1) for b in (1, -1) for c in (1, -1)]
    said = np.array([mixture(1, 3, 4, each) for each in signs])
    found = kinds_of(said, PATTERNS, overlaps(said, PATTERNS), 0.9, True)
    assert found.kind.tolist() == ["mixture"] * 8
    assert found.mixture.tolist() == [[1, 3, 4]] * 8
    assert found.signs.tolist() == [list(each) for each in signs]
    random = RNG.choice([-1.0, 1.0], (200, N))
    found = kinds_of(random, PATTERNS, overlaps(random, PATTERNS), 0.9, True)
    assert set(found.kind.tolist()) == {"spurious"}
    sums = (PATTERNS[0] + PATTERNS[1] + PATTERNS[2])[None]
    unbounded = kinds_of(sums, PATTERNS, overlaps(sums, PATTERNS), 0.95, False)
    assert unbounded.mixture.tolist() == [[0, 1, 2]]
    two = PATTERNS[:2]
    assert kinds_of(said, two, overlaps(said, two), 0.9, True).kind.tolist() == ["spurious"] * 8


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 6), st.integers(1, 5))
def test_overlaps_are_cosines(seed, n, states, patterns):
    rng = np.random.default_rng(seed)
    said, xi = rng.normal(size=(states, n)), rng.choice([-1.0, 0.0, 1.0], (patterns, n))
    said[0] = 0.0
    wanted = np.zeros((states, patterns))
    for a in range(states):
        for b in range(patterns):
            size = np.linalg.norm(said[a]) * np.linalg.norm(xi[b])
            wanted[a, b] = said[a] @ xi[b] / size if size else 0.0
    np.testing.assert_allclose(overlaps(said, xi), wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda n: hamsim.recall(n, np.zeros(7)),
            "cues have 7 values each; allowed are 200, one a neuron",
        ),
        (lambda n: hamsim.recall(n, "no"), "cues must be an array of numbers, not 'no'"),
        (lambda n: hamsim.recall(n, np.full(N, np.nan)), "cues hold numbers that are not finite"),
        (lambda n: hamsim.recall(n, [], PATTERNS), "cues have shape (0,)"),
        (
            lambda n: hamsim.recall(n, PATTERNS, "other"),
            "no connection 'other' with patterns; allowed: memories",
        ),
        (
            lambda n: hamsim.recall(n, PATTERNS, np.ones((2, 5))),
            "patterns of 5 values, but no group has so many neurons: neurons has 200",
        ),
        (
            lambda n: hamsim.recall(n, PATTERNS, threshold=0),
            "threshold is 0; it must be an overlap above 0, and at most 1",
        ),
        (
            lambda n: hamsim.recall(n.with_weights(edges=n.W.data * 0.5), PATTERNS),
            "patterns: weights were put in place of those that the description's patterns make",
        ),
        (
            lambda n: hamsim.recall({"format": "hamsim/1", "groups": A}, np.ones(3)),
            "patterns: no connection of the network states any (store or memories); give them",
        ),
    ],
)
def test_what_does_not_fit_is_told(network, call, message):
    with pytest.raises(hamsim.HamsimError) as caught:
        call(network)
    assert message in str(caught.value)


def test_the_table_is_plain(network):
    pandas = pytest.importorskip("pandas")
    found = hamsim.recall(network, [PATTERNS[0], mixture(0, 2, 4, (1, -1, 1))])
    table = found.table()
    assert table["mixture"].tolist() == ["", "+0 -2 +4"]
    assert table.rows == 2
    frame = found.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["found"].tolist() == [0, -1]
    assert found.to_dict()["kind"] == ["stored", "mixture"]
    assert repr(found) == "<Recalled from 2 cues: 1 mixture, 1 stored>"
    assert repr(hamsim.recall(network, PATTERNS[:1])) == "<Recalled from 1 cue: 1 stored>"
    assert "neurons in 1 group, " in repr(network)
