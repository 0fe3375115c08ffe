"""Branches of rest states: where they lead, against closed forms and against scans without them."""

import signal

import numpy as np
import pytest
from scipy.optimize import brentq

import hamsim
from hamsim.equilibria.continuation.family import Family
from hamsim.equilibria.continuation.onset import by_strength

WILSON_COWAN = "networks/wilson_cowan.yaml"


def tanh(n, weights, **more):
    """A network of tanh neurons, each of which may have synapses onto itself."""
    own = {"self_connections": True} if np.ndim(weights) else {}
    return {
        "format": "hamsim/1",
        "parameters": {"gain": 1.0},
        "groups": {"a": {"size": n, "lagrangian": "tanh", "tau": 1.0, **more}},
        "connections": [{"within": "a", "weights": weights, **own, "scale": "gain"}],
    }


TWO = tanh(2, 1.0)
ONE = {
    "format": "hamsim/1",
    "parameters": {"I": 0.0, "w": 2.0},
    "groups": {"a": {"size": 1, "lagrangian": "tanh", "tau": 1, "initial": -4, "input": "I"}},
    "connections": [{"within": "a", "weights": "w", "self_connections": True}],
}


def one(kind, **parameters):
    """The same of another Lagrangian, with parameters of the description."""
    group = {**ONE["groups"]["a"], "lagrangian": kind}
    return {**ONE, "parameters": {**ONE["parameters"], **parameters}, "groups": {"a": group}}


def counts(branch):
    """Numbers of unstable directions on the way, one after another."""
    index = branch.index[branch.special < 0]
    return index[np.r_[True, np.diff(index) != 0]].tolist()


def rest(found, branch, network):
    """Largest residual of all points of a branch."""
    worst = 0.0
    for value, x in zip(branch.parameter[::7], branch.x[::7], strict=True):
        at = hamsim.compile(network, {found.over: float(value)})
        u = at.W @ hamsim.activation(at, x) + at.input - x
        worst = max(worst, float(np.abs(u).max()))
    return worst


def test_the_pitchfork_of_two_neurons():
    found = hamsim.branches(TWO, "parameters.gain", 0, 3)
    (point,) = found.special
    assert point.kind == "pitchfork"
    assert abs(point.parameter - 1.0) < 1e-12
    assert np.abs(point.x).max() < 1e-10
    assert point.branches == (0, 1, 2)
    assert found.complete
    assert [counts(branch) for branch in found] == [[0, 1], [0], [0]]
    trivial, *others = found
    assert np.all(trivial.x == 0)
    assert trivial.parameter[[0, -1]].tolist() == [0.0, 3.0]
    for branch, sign in zip(sorted(others, key=lambda b: b.x[-1, 0]), (-1, 1), strict=True):
        for gain, x in zip(branch.parameter[1::10], branch.x[1::10], strict=True):
            exact = sign * brentq(lambda y, k=gain: y - k * np.tanh(y), 1e-3, 10)
            np.testing.assert_allclose(x, exact, rtol=0, atol=1e-10)
        at = hamsim.compile(TWO, {"parameters.gain": 3.0})
        assert branch.energy[-1] == pytest.approx(hamsim.energy(at, branch.x[-1]).total, abs=1e-12)
    assert others[0].energy[-1] < trivial.energy[-1]


def test_an_end_of_the_range_may_be_a_branch_point():
    found = hamsim.branches(TWO, "parameters.gain", 1, 3)
    (point,) = found.special
    assert (point.kind, point.parameter, point.branches) == ("pitchfork", 1.0, (0, 1, 2))
    ends = sorted(branch.x[-1, 0] for branch in found)
    exact = brentq(lambda y: y - 3.0 * np.tanh(y), 1e-3, 10)
    np.testing.assert_allclose(ends, [-exact, 0.0, exact], rtol=0, atol=1e-10)
    assert [counts(branch) for branch in found] == [[1], [0], [0]]
    for start, stop in ((0, 1), (1, 0)):  # the others are beyond
        found = hamsim.branches(TWO, "parameters.gain", start, stop)
        assert [point.kind for point in found.special] == ["pitchfork"]
        assert len(found) == 1
    found = hamsim.branches(TWO, "parameters.gain", 0, 3, at=1)
    assert len(found) == 3
    assert found[0].parameter[[0, -1]].tolist() == [0.0, 3.0]


def test_without_crossing_branches_only_the_first_is_followed():
    found = hamsim.branches(TWO, "parameters.gain", 0, 2, switch=False)
    assert len(found) == 1
    assert [point.kind for point in found.special] == ["pitchfork"]
    assert found.complete


def test_a_fold_on_each_side_of_hysteresis():
    found = hamsim.branches(ONE, "parameters.I", -2, 2)
    x = np.arccosh(np.sqrt(2.0))  # where 2 / cosh^2 = 1
    exact = x - 2.0 * np.tanh(x)
    assert [point.kind for point in found.special] == ["fold", "fold"]
    np.testing.assert_allclose([p.parameter for p in found.special], [exact, -exact], atol=1e-12)
    assert counts(found[0]) == [0, 1, 0]
    assert found[0].parameter[[0, -1]].tolist() == [-2.0, 2.0]
    assert rest(found, found[0], ONE) < 1e-12


def test_a_transcritical_crossing():
    formula = {"expression": "x**2/2 + x**3/3", "domain": [-3, 3]}
    network = one(formula)
    network["groups"]["a"]["initial"] = 0
    found = hamsim.branches(network, "parameters.w", 0.5, 2, step=0.1)
    (point,) = found.of("transcritical")
    assert abs(point.parameter - 1.0) < 1e-12
    assert counts(found[0]) == [0, 1]
    # The other one: x = 1 / w - 1.
    for branch in found[1:]:
        np.testing.assert_allclose(branch.x[:, 0], 1.0 / branch.parameter - 1.0, atol=1e-10)
        assert counts(branch) == ([0] if branch.parameter[-1] == 2.0 else [1])


@pytest.mark.parametrize(
    ("kind", "kinks"), [("hard_tanh", [(-1.0, 1.0), (1.0, -1.0)]), ("relu", [(0.0, 0.0)])]
)
def test_branches_turn_at_kinks(kind, kinks):
    begin = [-4.0 if kind == "hard_tanh" else -2.0]
    found = hamsim.branches(one(kind), "parameters.I", -2, 2, initial=begin)
    assert [point.kind for point in found.special] == ["kink"] * len(kinks)
    for point, (value, x) in zip(found.special, kinks, strict=True):
        assert abs(point.parameter - value) < 1e-12
        assert abs(point.x[0] - x) < 1e-12
    assert counts(found[0]) == ([0, 1, 0] if kind == "hard_tanh" else [0, 1])
    assert found[0].end == "bound"


@pytest.mark.parametrize("seed", range(5))
def test_kinks_of_any_hysteresis(seed):
    # x = w clip(x, -1, 1) + I, however steps fall around its kinks.
    rng = np.random.default_rng(seed)
    w, step = float(rng.uniform(1.2, 3)), float(rng.uniform(0.01, 0.1))
    begin = -float(rng.uniform(1.2, 3)) * w
    found = hamsim.branches(
        one("hard_tanh", w=w), "parameters.I", begin, 3 * w, initial=[begin - w], step=step
    )
    assert [point.kind for point in found.special] == ["kink", "kink"]
    np.testing.assert_allclose([p.parameter for p in found.special], [1 - w, w - 1], atol=1e-11)
    assert counts(found[0]) == [0, 1, 0]
    assert found[0].parameter[-1] == 3 * w


def test_a_closed_loop_is_closed():
    # x - x^2 + 1/4 - (p - 1)^2 = x: a circle.
    network = one({"expression": "x**2/2 - x**3/3", "domain": [-3, 3]}, w=1.0)
    network["groups"]["a"]["input"] = "0.25 - (I - 1)**2"
    found = hamsim.branches(network, "parameters.I", 0, 2, at=1.0, initial=[0.5], step=0.1)
    (branch,) = found
    assert branch.end == "closed"
    assert branch.parameter[0] == branch.parameter[-1] == 1.0
    np.testing.assert_allclose(branch.x[:, 0] ** 2 + (branch.parameter - 1) ** 2, 0.25, atol=1e-12)
    assert branch.x.min() == pytest.approx(-0.5, abs=1e-2)
    assert [point.kind for point in found.special] == ["fold", "fold"]
    np.testing.assert_allclose([p.parameter for p in found.special], [0.5, 1.5], atol=1e-12)


def test_from_the_middle_branches_go_both_ways():
    found = hamsim.branches(ONE, "parameters.I", -2, 2, at=0.0, initial=[0.0])
    (branch,) = found
    assert sorted(branch.parameter[[0, -1]].tolist()) == [-2.0, 2.0]
    assert len(found.of("fold")) == 2
    assert counts(branch) == [0, 1, 0]


def test_all_rest_states_of_three_neurons_against_a_scan():
    W = np.array([[0.0, 1.0, 0.4], [1.0, 0.0, -0.5], [0.4, -0.5, 0.3]])
    network = tanh(3, W.tolist())
    found = hamsim.branches(network, "parameters.gain", 0, 4)
    starts = np.stack(np.meshgrid(*[np.linspace(-5, 5, 6)] * 3), axis=-1).reshape(-1, 3)
    for gain in (0.7, 1.6, 3.3):
        seen = []
        for x in starts:
            for _ in range(25):
                h = 1.0 / np.cosh(x) ** 2
                J = gain * W * h - np.eye(3)
                step = np.linalg.solve(J, x - gain * W @ np.tanh(x))
                x = x + step / max(1.0, np.abs(step).max() / 2.0)
            if np.abs(gain * W @ np.tanh(x) - x).max() < 1e-9 and all(
                np.abs(x - y).max() > 1e-5 for y in seen
            ):
                seen.append(x)
        there = crossings(found, gain)
        assert len(there) == len(seen)
        for x, unstable in there:
            nearest = min(seen, key=lambda y, x=x: np.abs(x - y).max())
            assert np.abs(nearest - x).max() < 2e-2
            J = gain * W / np.cosh(nearest) ** 2 - np.eye(3)
            assert unstable == np.count_nonzero(np.linalg.eigvals(J).real > 0)


def crossings(found, value):
    """States, between points, and unstable directions of all branches at a value."""
    result = []
    for branch in found:
        p = branch.parameter - value
        for k in np.flatnonzero(p[:-1] * p[1:] < 0):
            part = p[k] / (p[k] - p[k + 1])
            x = branch.x[k] + part * (branch.x[k + 1] - branch.x[k])
            ordinary = k if branch.special[k] < 0 else k + 1
            result.append((x, branch.index[ordinary]))
    return result


def test_a_thousand_neurons_fork_where_the_eigenvalue_is_1():
    network = tanh(1000, {"normal": {"mean": 0, "std": 0.1}})
    connection = network["connections"][0]
    connection["density"] = 0.02
    top = np.linalg.eigvalsh(hamsim.compile(network).W.toarray())[-1]
    found = hamsim.branches(network, "parameters.gain", 0, 1.005 / top, step=0.5)
    (point,) = found.of("pitchfork")
    assert point.parameter == pytest.approx(1.0 / top, abs=1e-10)
    assert [counts(branch) for branch in found] == [[0, 1], [0], [0]]


def test_two_eigenvalues_at_once_on_a_ring():
    n = 8
    W = np.cos(2.0 * np.pi * np.subtract.outer(np.arange(n), np.arange(n)) / n) / 2.0
    found = hamsim.branches(tanh(n, W.tolist()), "parameters.gain", 0, 1, step=0.1)
    (point,) = found.special
    assert (point.kind, point.multiplicity) == ("branch", 2)
    assert point.parameter == pytest.approx(0.5, abs=1e-10)
    # Patterns with their middle at a neuron and between two: one of both kinds is stable. Where
    # they are born it costs next to nothing to turn them.
    assert sorted(counts(branch)[-1] for branch in found) == [0, 0, 1, 1, 2]
    for branch in found:
        assert rest(found, branch, tanh(n, W.tolist())) < 1e-10


def test_a_line_of_rest_states_is_not_followed_for_ever():
    found = hamsim.branches(
        tanh(2, [[0.5, 0.5], [0.5, 0.5]], lagrangian="identity"), "parameters.gain", 0, 2
    )
    (point,) = found.special
    assert point.parameter == pytest.approx(1.0, abs=1e-12)
    assert [branch.end for branch in found] == ["bound", "line", "line"]
    assert found.complete


def test_neurons_without_time_constants():
    network = {
        "format": "hamsim/1",
        "parameters": {"gain": 1.0},
        "groups": {
            "a": {"size": 2, "lagrangian": "tanh", "tau": 1},
            "b": {"size": 2, "lagrangian": "tanh", "tau": 0},
        },
        "connections": [
            {"between": ["a", "b"], "weights": "gain"},
            {"within": "b", "weights": 0.25},
        ],
    }
    found = hamsim.branches(network, "parameters.gain", 0, 1)
    (point,) = found.special
    assert point.kind == "pitchfork"
    # (1, 1, y, y): 1 = 2 g y and y = 2 g + y / 4.
    assert point.parameter == pytest.approx(np.sqrt(0.75) / 2.0, abs=1e-12)
    assert [counts(branch) for branch in found] == [[0, 1], [0], [0]]


def test_gated_synapses():
    network = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "identity", "tau": 1, "initial": 0.0}},
        "connections": [],
    }
    network["groups"] |= {
        "b": {"size": 1, "lagrangian": "tanh", "tau": 1, "input": 0.5, "initial": 0.5},
        "c": {"size": 1, "lagrangian": "tanh", "tau": 1, "input": 0.7, "initial": 0.7},
    }
    network["connections"] = [{"gate": "c", "between": ["a", "b"], "weights": 1.0}]
    found = hamsim.branches(network, "connections[0].scale", 0, 2, step=0.1)
    for k in (0, 10, len(found[0]) - 1):
        at = hamsim.compile(network, {found.over: float(found[0].parameter[k])})
        assert np.abs(hamsim.velocity(at, found[0].x[k])).max() < 1e-12
        assert found[0].energy[k] == pytest.approx(hamsim.energy(at, found[0].x[k]).total)


def test_stimuli_that_last_hold_neurons():
    network = tanh(3, 1.0)
    network["parameters"]["v"] = 0.1
    network["stimuli"] = [{"group": "a", "mode": "clamp", "value": "v", "mask": [1, 0, 0]}]
    found = hamsim.branches(
        network,
        "parameters.v",
        -1,
        1,
        overrides={"parameters.gain": 1.5},
        at=0,
        initial=[0, 1.288, 1.288],
    )
    for branch in found:
        np.testing.assert_allclose(branch.x[:, 0], branch.parameter, atol=1e-13)
    # Two neurons y with y = 1.5 (tanh v + tanh y).
    y = np.arccosh(np.sqrt(1.5))
    exact = np.arctanh(y / 1.5 - np.tanh(y))
    np.testing.assert_allclose(
        [point.parameter for point in found.of("fold")], [-abs(exact), abs(exact)], atol=1e-12
    )


def test_time_constants_move_no_rest_state():
    path = "groups.populations.neurons.excitatory.tau"
    # The circuit goes round, so that no trajectory leads to its rest state.
    begin = by_strength(Family(WILSON_COWAN, path, 1, 30), 8.0, 5.0)
    assert np.abs(hamsim.velocity(WILSON_COWAN, begin)).max() < 1e-12
    found = hamsim.branches(WILSON_COWAN, path, 1, 30, step=0.1, initial=begin)
    (branch,) = found
    assert np.ptp(branch.x, axis=0).max() < 1e-12
    (point,) = found.of("hopf")
    network = hamsim.compile(WILSON_COWAN)
    h = [
        beta * s * (1 - s)
        for beta, s in zip([1.3, 2], hamsim.activation(network, point.x), strict=True)
    ]
    J = network.W.toarray() * h - np.eye(2)
    assert point.parameter == pytest.approx(-J[0, 0] * 8.0 / J[1, 1], abs=1e-10)
    rate = np.sqrt(np.linalg.det(J) / (8.0 * point.parameter))
    assert point.frequency == pytest.approx(rate / (2.0 * np.pi), rel=1e-10)


@pytest.mark.parametrize(
    ("source", "over", "start", "stop"),
    [
        (WILSON_COWAN, "parameters.P", 0, 3),
        (WILSON_COWAN, "groups.populations.lagrangian.beta", 0.5, 2),
        (WILSON_COWAN, "groups.populations.tau", 0, 3),
        (TWO, "parameters.gain", -1, 1),
        ("networks/gated.yaml", "connections[0].scale", 0, 2),
    ],
)
def test_networks_on_a_line_are_those_that_are_compiled(source, over, start, stop):
    family = Family(source, over, start, stop)
    for value in np.random.default_rng(0).uniform(start, stop, 4):
        made, exact = family.at(value), hamsim.compile(source, {over: value})
        assert abs(made.W - exact.W).max() < 1e-14
        np.testing.assert_allclose(made.tau, exact.tau, rtol=1e-13)
        rows = np.random.default_rng(1).normal(size=(3, made.n_neurons))
        np.testing.assert_allclose(
            hamsim.energy(made, rows).total if made.triples is None else 0.0,
            hamsim.energy(exact, rows).total if made.triples is None else 0.0,
            rtol=1e-10,
            atol=1e-10,
        )


def test_numbers_that_are_no_line_are_seen():
    network = one("tanh")
    network["groups"]["a"]["input"] = "max(I, 2.9)"
    for start, stop in ((0, 3), (2.8, 3), (0, 2.9)):
        family = Family(network, "parameters.I", start, stop)
        for value in np.linspace(start, stop, 7):
            assert family.at(value).input[0] == pytest.approx(max(value, 2.9), abs=1e-13)


def test_a_compiled_network_has_the_paths_of_its_description():
    network = hamsim.compile(ONE)
    found = hamsim.branches(network, "groups.a.input", -2, 2)
    assert len(found.of("fold")) == 2
    with pytest.raises(hamsim.HamsimError, match="is a number by now"):
        hamsim.branches(network, "parameters.I", -2, 2)
    with pytest.raises(hamsim.HamsimError, match="no description says how"):
        hamsim.branches(network.replace(tau=2.0), "groups.a.input", -2, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"over": "parameters.gainn"}, "nothing uses this parameter; did you mean 'gain'"),
        ({"over": "groups.b.tau"}, "no group 'b'"),
        ({"over": "groups.a.taau"}, "unknown key; did you mean 'tau'"),
        ({"over": ""}, "over is ''; it must be a path such as parameters.gain"),
        ({"over": "groups.a.size", "start": 1, "stop": 3}, "groups.a.size"),
        ({"start": 3}, "start and stop are both 3; there is nothing between them"),
        ({"stop": np.inf}, "stop must be a finite number"),
        ({"at": 4}, "at is 4; it must be between 0 and 3"),
        ({"step": 0}, "step is 0; it must be above 0 and at most 1"),
        ({"points": 1}, "points"),
        ({"over": "groups.a.tau", "start": -1}, "groups.a.tau"),
    ],
)
def test_what_cannot_be_followed_is_refused(changes, said):
    arguments = {"over": "parameters.gain", "start": 0, "stop": 3, **changes}
    with pytest.raises(hamsim.HamsimError) as error:
        hamsim.branches(TWO, **arguments)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_cut_says_so_and_keeps_what_was_found():
    found = hamsim.branches(TWO, "parameters.gain", 0, 3, points=20)
    assert not found.complete
    assert found[0].end == "points"
    assert len(found[0]) == 20
    found = hamsim.branches(TWO, "parameters.gain", 0, 3, most=1)
    assert (len(found), found.complete) == (1, False)


def test_an_interrupt_keeps_what_was_found():
    def press(value, points, branches):
        if points == 30:
            signal.raise_signal(signal.SIGINT)

    found = hamsim.branches(TWO, "parameters.gain", 0, 3, progress=press)
    assert not found.complete
    assert found[0].end == "stopped"
    assert 25 < len(found[0]) < 35


def test_downwards_and_as_plain_data():
    found = hamsim.branches(ONE, "parameters.I", 2, -2, initial=[4.0])
    assert found[0].parameter[[0, -1]].tolist() == [2.0, -2.0]
    facts = found.to_dict()
    assert facts["start"] == 2.0
    assert facts["neurons"] == ["a[0]"]
    assert [point["kind"] for point in facts["special"]] == ["fold", "fold"]
    assert len(facts["branches"][0]["x"]) == len(found[0])
