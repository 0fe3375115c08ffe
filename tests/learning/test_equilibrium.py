"""Equilibrium propagation and contrastive learning against what they are to give."""

import numpy as np
import pytest

import hamsim
from hamsim.compiler import as_network
from hamsim.errors import HamsimError
from hamsim.learning.losses import loss
from hamsim.learning.methods import contrastive, equilibrium, implicit
from hamsim.learning.methods.renewal import Renewal
from hamsim.learning.posed import Posed, Wanted

FINE = 1e-11
EXACT = implicit.Options(1e-12)
NO_PARAMETERS = Wanted(lagrangian=False, edges=True)


def posed_of(network, cost, starts, held=None, current=None, tolerance=FINE):
    held = np.zeros(network.n_neurons, dtype=bool) if held is None else held
    starts = np.atleast_2d(starts)
    return Posed(network, starts, held, current, cost.bound(network, len(starts)), tolerance)


def random_description(seed, gated):
    """Groups with and without a common Lagrangian, lateral, skip and gated synapses."""
    rng = np.random.default_rng(seed)
    sizes = {"cue": 3, "a": 4, "b": 5, "out": 3}
    kinds = ("identity", {"kind": "softmax", "beta": 1.5}, "tanh", {"kind": "tanh", "beta": 0.7})
    groups = {
        name: {
            "size": size,
            "lagrangian": kind,
            "input": (0.5 * rng.normal(size=size)).tolist(),
            "initial": rng.normal(size=size).tolist(),
        }
        for (name, size), kind in zip(sizes.items(), kinds, strict=True)
    }
    connections = []
    for one, other in (("cue", "a"), ("cue", "b"), ("a", "b"), ("b", "out"), ("a", "out")):
        block = 0.3 * rng.normal(size=(sizes[one], sizes[other]))
        connections.append({"between": [one, other], "weights": block.tolist()})
    lateral = 0.2 * rng.normal(size=(5, 5))
    lateral = (lateral + lateral.T).tolist()
    connections.append({"within": "b", "self_connections": True, "weights": lateral})
    if gated:
        gate = {"normal": {"mean": 0, "std": 0.2}}
        connections.append({"gate": "a", "between": ["b", "out"], "weights": gate, "density": 0.5})
    return {"format": "hamsim/1", "seed": seed, "groups": groups, "connections": connections}


def random_question(seed, of, gated):
    """A network whose first group is clamped, two trials with currents, and a squared loss."""
    network = as_network(random_description(seed, gated))
    rng = np.random.default_rng(seed)
    held = np.zeros(network.n_neurons, dtype=bool)
    held[network.index("cue")] = True
    cost = loss("squared", "out", 0.5 * rng.normal(size=(2, 3)), of)
    starts = np.tile(network.initial, (2, 1))
    starts[:, held] = rng.normal(size=(2, 3))
    return posed_of(network, cost, starts, held, 0.1 * rng.normal(size=starts.shape))


def error(found, exact):
    """Largest error by all that both have, each relative to its largest entry."""
    pairs = [(found.input, exact.input), (found.clamp, exact.clamp)]
    pairs.append((found.weights.edges, exact.weights.edges))
    sizes = [np.abs(b).max(initial=0.0) for _, b in pairs]
    return max(np.abs(a - b).max() / s for (a, b), s in zip(pairs, sizes, strict=True) if s > 1e-9)


@pytest.mark.parametrize(
    ("seed", "of", "gated"), [(0, "g", False), (1, "x", False), (2, "g", True), (3, "x", True)]
)
def test_error_is_of_second_order_with_both_signs(seed, of, gated):
    posed = random_question(seed, of, gated)
    exact = implicit.gradient_of(posed, NO_PARAMETERS, EXACT)
    errors = []
    for beta in (0.1, 0.01):
        found = equilibrium.gradient_of(posed, NO_PARAMETERS, equilibrium.Options(beta))
        assert found.counts.all()
        assert exact.counts.all()
        assert (found.products_backward > 0.0).all()
        np.testing.assert_allclose(found.loss, exact.loss, rtol=1e-8)
        errors.append(error(found, exact))
    assert errors[1] < 1e-3
    assert 70.0 < errors[0] / errors[1] < 140.0


def test_error_is_of_first_order_with_one_sign():
    posed = random_question(2, "g", gated=False)
    exact = implicit.gradient_of(posed, NO_PARAMETERS, EXACT)
    one_sided = [equilibrium.Options(beta, symmetric=False) for beta in (0.1, 0.01)]
    errors = [
        error(equilibrium.gradient_of(posed, NO_PARAMETERS, each), exact) for each in one_sided
    ]
    assert 7.0 < errors[0] / errors[1] < 13.0


CIRCUIT = {
    "format": "hamsim/1",
    "groups": {
        "cue": {"size": 2, "lagrangian": "identity", "initial": [0.7, -0.4]},
        "in": {"size": 3, "lagrangian": "tanh", "input": 0.1},
        "out": {"size": 2, "lagrangian": {"kind": "softmax", "beta": 2.0}},
    },
    "connections": [
        {"from": "cue", "to": "in", "weights": [[0.5, -0.2], [0.3, 0.1], [-0.4, 0.6]]},
        {"from": "in", "to": "out", "weights": [[0.6, -0.2, 0.4], [0.1, 0.8, -0.3]]},
        {"from": "out", "to": "in", "weights": [[1.2, 0.2], [-0.4, 1.6], [0.8, -0.6]]},
    ],
}


def circuit(held=("cue",)):
    """One-way synapses from a clamped group, and W symmetric in disguise among the others."""
    network = as_network(CIRCUIT)
    cost = loss("squared", "out", [0.2, 0.8])
    mask = np.zeros(network.n_neurons, dtype=bool)
    for name in held:
        mask[network.index(name)] = True
    return posed_of(network, cost, network.initial, mask)


def test_weights_that_are_symmetric_in_disguise():
    posed = circuit()
    exact = implicit.gradient_of(posed, NO_PARAMETERS, EXACT)
    found = equilibrium.gradient_of(posed, NO_PARAMETERS, equilibrium.Options(0.01))
    assert error(found, exact) < 1e-4
    coarse = equilibrium.gradient_of(posed, NO_PARAMETERS, equilibrium.Options(0.1))
    assert error(coarse, exact) > 50.0 * error(found, exact)


def test_parameters_of_lagrangians():
    exact = implicit.gradient_of(circuit(), Wanted(), EXACT).lagrangian
    errors = []
    for beta in (0.1, 0.01):
        found = equilibrium.gradient_of(circuit(), Wanted(), equilibrium.Options(beta)).lagrangian
        apart = [found[name]["beta"] - exact[name]["beta"] for name in ("in", "out")]
        errors.append(max(np.abs(each).max() for each in apart))
    assert 70.0 < errors[0] / errors[1] < 140.0


def test_trials_equal_single_runs():
    posed = random_question(2, "g", gated=False)
    together = equilibrium.gradient_of(posed, NO_PARAMETERS, equilibrium.Options(0.1))
    for k in range(2):
        rows = slice(k, k + 1)
        single = posed._replace(
            starts=posed.starts[rows], current=posed.current[rows], loss=posed.loss.rows([k])
        )
        alone = equilibrium.gradient_of(single, NO_PARAMETERS, equilibrium.Options(0.1))
        np.testing.assert_allclose(alone.input, together.input[rows], rtol=1e-12, atol=1e-14)


def test_nothing_wanted_is_the_forward_pass_alone():
    nothing = Wanted(*[False] * 5)
    for method in (equilibrium, contrastive):
        found = method.gradient_of(circuit(), nothing, method.Options())
        exact = implicit.gradient_of(circuit(), nothing, EXACT)
        assert found.weights is None
        assert (found.products_backward == 0.0).all()
        np.testing.assert_allclose(found.loss, exact.loss, rtol=1e-9)


PAIR = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": 0.3}},
    "connections": [{"within": "a", "weights": [[0.0, 1.5], [1.5, 0.0]]}],
}


def test_a_trial_that_leaves_for_another_rest_state_is_left_out():
    network = as_network(PAIR)
    # The first is pulled across the barrier between two rest states: far too strongly.
    cost = loss("squared", "a", [[-1.0, -1.0], [0.8, 0.8]])
    posed = posed_of(network, cost, [[0.3, 0.3], [0.3, 0.3]])
    found = equilibrium.gradient_of(posed, NO_PARAMETERS, equilibrium.Options(0.8))
    assert found.counts.tolist() == [False, True]
    assert (found.input[0] == 0.0).all()
    assert (found.input[1] != 0.0).all()
    weak = equilibrium.gradient_of(posed, NO_PARAMETERS, equilibrium.Options(0.02))
    assert weak.counts.all()


def test_what_cannot_be_right_is_refused():
    posed, options = circuit(), equilibrium.Options(0.1)
    with pytest.raises(HamsimError, match="beta is -1; it must be a number above 0"):
        equilibrium.require(posed, equilibrium.Options(-1))
    with pytest.raises(HamsimError, match=r"residual of 0\.01 is too large for beta 0\.1.*0\.002"):
        equilibrium.require(posed._replace(tolerance=0.01), options)
    partly = posed.held.copy()
    partly[5] = True
    with pytest.raises(HamsimError, match=r"out\[1\] is free and shares its Lagrangian"):
        equilibrium.require(posed._replace(held=partly), options)
    broken = posed.network.with_weights({"in->out": np.ones((2, 3))})
    for method in (equilibrium, contrastive):
        with pytest.raises(HamsimError, match=r"needs a W that is symmetric.*use implicit"):
            method.require(posed._replace(network=broken), method.Options())


# --- contrastive ------------------------------------------------------------------------------


def at_rest(network, held=()):
    """The rest state, by small steps."""
    x = np.array(network.initial)
    moves = np.setdiff1d(np.arange(x.size), held)
    for _ in range(400):
        x[moves] += 0.5 * (network.W @ hamsim.activation(network, x) + network.input - x)[moves]
    return x


def contrast(spec, target):
    """E at rest with the outputs' activations at the target, less E at rest; outputs are tanh."""
    network = as_network(spec)
    read = np.arange(network.n_neurons)[network.index("out")]
    free = at_rest(network)
    start = np.array(network.initial)
    start[read] = np.arctanh(target)
    taught = at_rest(network.replace(initial=start), read)
    energies = [hamsim.energy(network, x).total for x in (taught, free)]
    return energies[0] - energies[1], hamsim.activation(network, free)[read]


def test_contrastive_is_the_slope_of_a_difference_of_energies():
    rng, target = np.random.default_rng(0), np.array([0.4, -0.5])
    block = 0.5 * rng.normal(size=(3, 2))
    spec = {
        "format": "hamsim/1",
        "groups": {
            "in": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 2.0}, "input": [1, 0, 0.3]},
            "out": {"size": 2, "lagrangian": "tanh", "input": 0.2},
        },
        "connections": [{"between": ["in", "out"], "weights": block.tolist()}],
    }
    network = as_network(spec)
    posed = posed_of(network, loss("squared", "out", target), network.initial)
    found = contrastive.gradient_of(posed, NO_PARAMETERS, contrastive.Options())
    before, g = contrast(spec, target)
    assert before > 0.0
    assert found.loss[0] == pytest.approx(0.5 * ((g - target) ** 2).sum())
    slopes = np.empty_like(block)
    for i, j in np.ndindex(block.shape):
        ends = []
        for step in (1e-5, -1e-5):
            moved = block.copy()
            moved[i, j] += step
            spec["connections"][0]["weights"] = moved.tolist()
            ends.append(contrast(spec, target)[0])
        slopes[i, j] = (ends[0] - ends[1]) / 2e-5
    np.testing.assert_allclose(found.weights.connections["in-out"], slopes, atol=1e-8)
    # Of states that have these activations it is the same.
    states = posed_of(network, loss("squared", "out", np.arctanh(target), "x"), network.initial)
    again = contrastive.gradient_of(states, NO_PARAMETERS, contrastive.Options())
    np.testing.assert_allclose(again.weights.edges, found.weights.edges, rtol=1e-9)


def test_contrastive_needs_targets_that_can_be_held():
    network = circuit().network
    cue = np.arange(network.n_neurons) < 2
    formula = posed_of(network, loss("g**4", "out"), network.initial, cue)
    with pytest.raises(HamsimError, match="contrastive needs activations to be wanted"):
        contrastive.require(formula, contrastive.Options())
    of_cue = posed_of(network, loss("squared", "cue", [1.0, 0.0]), network.initial, cue)
    with pytest.raises(HamsimError, match=r"cue\[0\] is clamped"):
        contrastive.require(of_cue, contrastive.Options())


# --- values that are renewed ------------------------------------------------------------------


def test_renewal_finds_what_plain_repetition_runs_away_from():
    rng = np.random.default_rng(1)
    matrices = rng.normal(size=(3, 4, 4))
    matrices *= 1.5 / np.linalg.norm(matrices, 2, axis=(1, 2))[:, None, None]
    matrices[0] = np.diag([1.4, -1.3, 0.0, 0.2])
    b = rng.normal(size=(3, 4))
    solution = np.linalg.solve(np.eye(4) - matrices, b[..., None])[..., 0]
    renewal, found, rows = Renewal(), b.copy(), np.arange(3)
    for _ in range(12):
        v = found[rows]
        result = np.einsum("rab,rb->ra", matrices[rows], v) + b[rows]
        going = np.flatnonzero(np.abs(result - v).max(axis=1) > 1e-9)
        rows = rows[going]
        renewal.keep(going)
        found[rows] = renewal.next(v[going], result[going])
    assert not rows.size
    np.testing.assert_allclose(found, solution, atol=1e-7)
