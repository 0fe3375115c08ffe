"""What deviations do, against a dense eigensolver, closed forms and the theory of fixed points."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from random_networks import random_description
from reference import dense
from scipy.optimize import brentq

import hamsim
from hamsim.equilibria.linear import stability as stability_module
from hamsim.equilibria.linear.stable import KINDS
from hamsim.errors import HamsimError


def network(W, lagrangian="tanh", **group):
    """Neurons of one group with these weights."""
    W = np.asarray(W, dtype=float)
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": len(W), "lagrangian": lagrangian, **group}},
            "connections": [
                {"from": "a", "to": "a", "weights": W.tolist(), "self_connections": True}
            ],
        }
    )


def jacobian(compiled, x):
    """C H - 1 of the slow model, every derivative written out."""
    model = dense(compiled)
    g, C, H = model.g(x), model.W.copy(), np.zeros((x.size, x.size))
    for *neurons, T in model.triples:
        for a in range(3):
            for b in range(3):
                if a != b:
                    C[neurons[a], neurons[b]] += T * g[neurons[3 - a - b]]
    for group in model.groups:
        H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
    return C @ H - np.eye(x.size)


def all_eigenvalues(compiled, x):
    """Those of T^-1 J, of the neurons with tau > 0, by falling real part."""
    J, s = jacobian(compiled, x), compiled.tau > 0
    R = J[np.ix_(s, s)]
    if not s.all():
        R = R - J[np.ix_(s, ~s)] @ np.linalg.solve(J[np.ix_(~s, ~s)], J[np.ix_(~s, s)])
    values = np.linalg.eigvals(R / compiled.tau[s][:, None])
    return values[np.lexsort((-values.imag, -values.real))]


def random_case(seed):
    """Groups of all kinds, gates, one-way synapses, tau = 0; strong enough to be unstable often."""
    description = random_description(
        seed,
        instant=seed % 4 == 1,
        symmetric=seed % 3 != 0,
        gated=seed % 5 == 0,
        max_size=5,
    )
    for connection in description["connections"]:
        if isinstance(connection["weights"], list):
            connection["weights"] = (np.array(connection["weights"]) * 4).tolist()
    compiled = hamsim.compile(description)
    return compiled, np.atleast_2d(compiled.initial)[0]


def agrees(compiled, x, found):
    """Eigenvalues within their errors, index within its bounds, and modes that are modes."""
    true = all_eigenvalues(compiled, x)
    index = int(np.count_nonzero(true.real > 1e-9))
    low, high = found.index_bounds
    assert low <= index <= high
    assert index <= found.index + found.zeros
    assert found.index == index or found.zeros
    if found.proved:
        assert found.index == index
    k = len(found.eigenvalues)
    assert k == min(5, len(true))
    if not k:
        return
    off = np.abs(np.sort(found.eigenvalues.real) - np.sort(true[:k].real))
    finite = np.where(np.isfinite(found.errors), found.errors, 0.0)
    assert np.max(off) <= np.max(finite) + 1e-9 * (1.0 + np.max(np.abs(true)))
    J = jacobian(compiled, x)
    for value, mode in zip(found.eigenvalues, found.modes, strict=True):
        assert np.max(np.abs(mode)) == pytest.approx(1.0)
        left = J @ mode - value * compiled.tau * mode
        assert np.max(np.abs(left)) < 1e-6 * (1.0 + np.max(np.abs(J)))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_random_networks_have_the_counts_of_a_dense_eigensolver(seed):
    compiled, x = random_case(seed)
    agrees(compiled, x, hamsim.stability(compiled, x, k=5))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_products_alone_give_the_same(seed):
    compiled, x = random_case(seed)
    with pytest.MonkeyPatch.context() as patch:
        # Arnoldi's method wants more neurons than eigenvalues.
        patch.setattr(
            stability_module, "is_small", lambda lin: lin.moving.size < (4 if lin.symmetric else 12)
        )
        agrees(compiled, x, hamsim.stability(compiled, x, k=5))


def test_two_neurons_that_excite_one_another():
    pair = network([[0, 2], [2, 0]])
    at_rest = brentq(lambda x: 2 * np.tanh(x) - x, 1.0, 3.0, xtol=1e-15)
    middle, side = hamsim.stability(pair, [[0, 0], [at_rest, at_rest]])
    assert (middle.kind, middle.index, middle.index_bounds, middle.proved) == (
        "saddle",
        1,
        (1, 1),
        True,
    )
    assert_allclose(middle.eigenvalues, [1.0, -3.0], atol=1e-13)
    assert middle.rate == pytest.approx(-1.0)
    assert_allclose(np.abs(middle.mode), [1.0, 1.0])
    slope = 1.0 - np.tanh(at_rest) ** 2
    assert (side.kind, side.index, side.proved) == ("minimum", 0, True)
    assert_allclose(side.eigenvalues, [2 * slope - 1, -2 * slope - 1], atol=1e-10)
    assert side.rate == pytest.approx(1 - 2 * slope)
    assert max(middle.errors) < 1e-12
    assert "saddle with 1 unstable direction (proved)" in str(middle)


@pytest.mark.parametrize("seed", range(4))
def test_the_index_does_not_depend_on_time_constants(seed):
    compiled, x = random_case(5 * seed + 2)
    sets = np.repeat(
        [np.random.default_rng(seed).uniform(0.01, 10) for _ in compiled.groups],
        [group.size for group in compiled.groups],
    )
    others = compiled.replace(tau=np.where(compiled.tau > 0, sets, 0.0))
    first, second = hamsim.stability(compiled, x), hamsim.stability(others, x)
    assert first.proved
    assert second.proved
    assert first.index == second.index


def test_the_kernel_of_a_softmax_decays_at_its_leak():
    compiled = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "v": {"size": 3, "lagrangian": "identity", "tau": 2.0},
                "h": {"size": 4, "lagrangian": {"kind": "softmax", "beta": 2.0}, "tau": 0.5},
            },
            "connections": [
                {"between": ["v", "h"], "weights": np.random.default_rng(0).normal(size=(3, 4))}
            ],
        }
    )
    x = np.random.default_rng(1).normal(size=7)
    found = hamsim.stability(compiled, x, k=7)
    assert_allclose(found.eigenvalues, all_eigenvalues(compiled, x), atol=1e-12)
    at = int(np.argmin(np.abs(found.eigenvalues + 1 / 0.5)))
    assert found.eigenvalues[at] == pytest.approx(-2.0, abs=1e-13)
    mode = found.modes[at]
    assert_allclose(mode, np.r_[np.zeros(3), np.ones(4)], atol=1e-10)


@pytest.mark.parametrize("strength", [0.5, 3.0])
def test_memories_in_a_large_softmax_are_counted(strength):
    rng = np.random.default_rng(0)
    xi = strength * rng.choice([-1.0, 1.0], (20, 600))
    compiled = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "v": {"size": 20, "lagrangian": "identity"},
                "h": {"size": 600, "lagrangian": {"kind": "softmax", "beta": 0.3}, "tau": 0.1},
            },
            "connections": [{"between": ["v", "h"], "weights": xi}],
        }
    )
    x = rng.normal(0, 0.1, 620)
    found = hamsim.stability(compiled, x, k=3)
    true = all_eigenvalues(compiled, x)
    index = int(np.count_nonzero(true.real > 0))
    assert (index > 0) == (strength > 1)
    assert found.index == found.index_bounds[0] == index
    assert found.proved
    assert_allclose(found.eigenvalues, true[:3].real, atol=1e-7)


def test_a_line_and_a_plane_of_rest_states():
    line = hamsim.stability(network([[0, 1], [1, 0]], "identity"), [0.3, 0.3])
    assert (line.kind, line.dimension, line.zeros, line.index) == ("line", 1, 1, 0)
    assert line.rate == pytest.approx(2.0)
    assert_allclose(np.abs(line.mode), [1.0, 1.0])
    assert line.mode[0] == -line.mode[1]
    plane = hamsim.stability(network(np.eye(3) * [1, 1, 0], "identity"), np.zeros(3), k=1)
    assert (plane.kind, plane.dimension) == ("torus", 2)
    assert plane.rate == pytest.approx(1.0)
    assert len(plane.eigenvalues) == 1
    half = hamsim.stability(network([[0, 1], [1, 0]], "relu"), [1.0, 1.0])
    assert (half.kind, half.dimension) == ("line", 1)


def test_a_ring_of_rest_states_is_a_line():
    angle = 2 * np.pi * np.arange(12) / 12
    W = 0.4 * np.cos(angle[:, None] - angle)
    compiled = network(W, {"kind": "spherical", "epsilon": 0.5})
    x = np.cos(angle - 0.3)
    for _ in range(300):
        x = W @ hamsim.activation(compiled, x)
    found = hamsim.stability(compiled, x)
    assert (found.kind, found.dimension, found.index) == ("line", 1, 0)


def test_a_pitchfork_is_critical_and_no_line():
    found = hamsim.stability(network([[0, 1], [1, 0]]), [0, 0])
    assert (found.kind, found.zeros, found.index, found.proved) == ("critical", 1, 0, False)
    assert found.index_bounds == (0, 1)
    assert found.rate == 0.0


def test_foci_and_nodes_of_circuits_without_symmetry():
    circuit = [[1.5, -2], [2, 1.5]]
    found = hamsim.stability(network(circuit), [0, 0])
    assert (found.kind, found.index, found.proved) == ("unstable focus", 2, True)
    assert_allclose(found.eigenvalues, [0.5 + 2j, 0.5 - 2j], atol=1e-12)
    assert np.iscomplexobj(found.mode)
    assert found.to_dict()["eigenvalues"][0] == pytest.approx([0.5, 2.0])
    assert hamsim.stability(network([[0, -2], [2, 0]]), [0, 0]).kind == "stable focus"
    assert hamsim.stability(network([[0, 0.5], [0, 0]], tau=[1, 2]), [0, 0]).kind == "stable node"
    assert hamsim.stability(network([[3, 0.5], [0, 2]]), [0, 0]).kind == "unstable node"
    saddle = hamsim.stability(network([[3, 0.5], [0, 0]]), [0, 0])
    assert (saddle.kind, saddle.index, saddle.proved) == ("saddle", 1, True)
    hopf = hamsim.stability(network([[1, -2], [2, 1]]), [0, 0])
    assert (hopf.kind, hopf.zeros) == ("critical", 2)


def test_a_circuit_that_is_symmetric_in_disguise():
    D = np.array([1.0, 3.0, 0.2])
    S = np.array([[0.5, 1.0, 0.3], [1.0, 0.0, 0.4], [0.3, 0.4, 0.2]])
    compiled = network(S / D[:, None], tau=[1.0, 2.0, 0.5])
    x = np.array([0.1, -0.2, 0.3])
    found = hamsim.stability(compiled, x)
    assert found.kind in ("minimum", "saddle")
    assert found.proved
    agrees_with = all_eigenvalues(compiled, x)
    assert_allclose(found.eigenvalues, agrees_with, atol=1e-12)
    J = jacobian(compiled, x)
    left = J @ found.mode - found.eigenvalues[0] * compiled.tau * found.mode
    assert np.max(np.abs(left)) < 1e-12


def test_unequal_tau_in_a_softmax_may_turn_and_the_form_that_keeps_descent_does_not():
    description = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": 2,
                "lagrangian": {"kind": "softmax", "beta": 8.0},
                "tau": [1.0, 10.0],
                "input": [-0.5, 0.75],
            }
        },
        "connections": [
            {"within": "a", "weights": [[1.0, 0.0], [0.0, -1.5]], "self_connections": True}
        ],
    }
    # x = W g + I with g = softmax(8 x): x_1 = p - 0.5, x_2 = 0.75 - 1.5 (1 - p) is solved by 1/2.
    x = np.array([0.0, 0.0])
    plain = hamsim.stability(hamsim.compile(description), x)
    assert plain.residual == pytest.approx(0.0, abs=1e-12)
    assert plain.kind == "unstable focus"
    description["simulation"] = {"collective_tau": "preserve_energy"}
    kept = hamsim.stability(hamsim.compile(description), x)
    assert not np.iscomplexobj(kept.eigenvalues)
    assert kept.kind in ("stable node", "saddle", "unstable node")
    step = 1e-6
    J = np.array(
        [
            (
                hamsim.velocity(hamsim.compile(description), x + d)
                - hamsim.velocity(hamsim.compile(description), x - d)
            )
            / (2 * step)
            for d in step * np.eye(2)
        ]
    ).T
    assert_allclose(np.sort(kept.eigenvalues), np.sort(np.linalg.eigvals(J)), atol=1e-6)


def test_neurons_with_tau_0_that_depend_on_each_other_are_the_limit_of_fast_ones():
    rng = np.random.default_rng(3)
    W = rng.normal(0, 0.15, (6, 6))
    W = W + W.T
    tau = np.array([1.0, 0.5, 2.0, 0, 0, 0])
    x = rng.normal(size=6)
    found = hamsim.stability(network(W, tau=tau), x)
    assert len(found.eigenvalues) == 3
    fast = hamsim.stability(network(W, tau=np.where(tau > 0, tau, 1e-10)), x)
    assert_allclose(found.eigenvalues, fast.eigenvalues[:3], atol=1e-8)
    assert np.max(fast.errors[:3]) < 1e-11
    assert_allclose(np.abs(found.mode), np.abs(fast.mode), atol=1e-5)
    assert found.index == fast.index


def test_neurons_with_tau_0_at_a_fold_are_refused():
    W = np.diag([0.5, 1.0])
    with pytest.raises(HamsimError, match="the Jacobian among them is singular"):
        hamsim.stability(network(W, tau=[1.0, 0.0]), [0.0, 0.0])
    W = np.array([[0.5, 0.1], [0.3, 1.0]])
    with pytest.raises(HamsimError, match="the Jacobian among them is singular"):
        hamsim.stability(network(W, tau=[1.0, 0.0]), [0.0, 0.0])


def held(stimuli, n=3):
    W = np.array([[0.0, 2.0, 1.0], [2.0, 0.0, 0.5], [1.0, 0.5, 0.0]])[:n, :n]
    compiled = network(W)
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": n, "lagrangian": "tanh"}},
        "connections": [{"within": "a", "weights": W.tolist()}],
        "stimuli": stimuli,
    }
    return W, compiled, hamsim.compile(description)


def test_clamped_neurons_do_not_deviate():
    W, _, compiled = held([{"group": "a", "mode": "clamp", "value": 0.0, "mask": [1, 0, 0]}])
    found = hamsim.stability(compiled, np.zeros(3))
    assert_allclose(found.eigenvalues, np.linalg.eigvalsh(W[1:, 1:])[::-1] - 1, atol=1e-12)
    assert found.mode[0] == 0.0
    assert found.kind == "minimum"
    _, free, ends = held(
        [{"group": "a", "mode": "clamp", "value": 0.0, "mask": [1, 0, 0], "stop": 2.0}]
    )
    assert hamsim.stability(ends, np.zeros(3)).index == hamsim.stability(free, np.zeros(3)).index
    _, _, all_held = held([{"group": "a", "mode": "clamp", "value": 0.5}])
    still = hamsim.stability(all_held, np.full(3, 0.5))
    assert (still.kind, still.index, still.proved) == ("minimum", 0, True)
    assert still.eigenvalues.shape == (0,)
    assert still.rate == np.inf
    assert still.residual == 0.0


def test_a_part_of_a_softmax_that_is_clamped_acts_one_way():
    description = {
        "format": "hamsim/1",
        "groups": {
            "h": {"size": 2, "lagrangian": {"kind": "softmax", "beta": 4.0}, "input": [-1.5, 0]},
            "v": {"size": 1, "lagrangian": "identity", "input": -3.0},
        },
        "connections": [
            {"within": "h", "weights": [[3, 0], [0, 0]], "self_connections": True},
            {"between": ["h", "v"], "weights": [[1], [5]]},
        ],
        "stimuli": [{"group": "h", "mode": "clamp", "value": 0.0, "mask": [0, 1]}],
    }
    compiled = hamsim.compile(description)
    x = np.array([0.0, 0.0, 0.0])
    found = hamsim.stability(compiled, x)
    J = jacobian(compiled, x)[np.ix_([0, 2], [0, 2])]
    values = np.linalg.eigvals(J)
    assert_allclose(np.sort_complex(found.eigenvalues), np.sort_complex(values), atol=1e-12)
    assert found.kind == "unstable focus"


def test_currents_of_stimuli_count_in_the_residual():
    _, _, compiled = held([{"group": "a", "mode": "input", "value": 0.25}])
    assert hamsim.stability(compiled, np.zeros(3)).residual == pytest.approx(0.25)
    assert "not at rest" in str(hamsim.stability(compiled, np.zeros(3)))


def test_kinks_are_told():
    assert hamsim.stability(network([[0.5]], "relu"), [0.0]).kinks == 1
    assert hamsim.stability(network([[0.5]], "relu"), [1.0]).kinks == 0
    assert hamsim.stability(network([[0.5]], "sign"), [0.0]).kinks == 1
    away = hamsim.stability(network([[0.5]], "sign", tau=2.0), [0.5])
    assert (away.kind, away.kinks, away.rate) == ("minimum", 0, pytest.approx(0.5))
    shared = hamsim.stability(network(np.zeros((3, 3)), "sparsemax"), [0.5, -0.5, -3.0])
    assert shared.kinks > 0
    assert hamsim.stability(network([[0.5]], "tanh"), [0.0]).kinks == 0


def test_one_neuron_and_none_that_hears_another():
    alone = hamsim.stability(network([[0.0]], tau=3.0), [0.4], k=4)
    assert_allclose(alone.eigenvalues, [-1 / 3])
    apart = hamsim.stability(network(np.zeros((4, 4)), tau=[1, 2, 4, 8]), np.ones(4), k=2)
    assert_allclose(apart.eigenvalues, [-1 / 8, -1 / 4])
    assert_allclose(apart.mode, [0, 0, 0, 1])


def test_it_can_be_written_as_json():
    found = hamsim.stability(network([[0, 2], [2, 0]]), [0, 0])
    written = json.loads(json.dumps(found.to_dict()))
    assert written["eigenvalues"] == pytest.approx([1.0, -3.0])
    assert written["index_bounds"] == [1, 1]
    assert written["kind"] in KINDS


def test_what_does_not_fit_is_refused():
    pair = network([[0, 2], [2, 0]])
    with pytest.raises(HamsimError, match="last axis must have 2"):
        hamsim.stability(pair, [0, 0, 0])
    with pytest.raises(HamsimError, match=r"allowed are \(n,\)"):
        hamsim.stability(pair, np.zeros((2, 2, 2)))
    with pytest.raises(HamsimError, match="not finite"):
        hamsim.stability(pair, [np.nan, 0])
    with pytest.raises(HamsimError, match="k is 0"):
        hamsim.stability(pair, [0, 0], k=0)
    with pytest.raises(HamsimError, match="not finite at x"):
        hamsim.stability(network([[1.0]], "exponential"), [800.0])
    late = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": "tanh"}},
            "connections": [{"within": "a", "weights": 1.0, "delay": 0.5}],
        }
    )
    with pytest.raises(HamsimError, match="delays"):
        hamsim.stability(late, [0, 0])
    assert hamsim.stability(late.replace(delay=0), [0, 0]).kind == "critical"
