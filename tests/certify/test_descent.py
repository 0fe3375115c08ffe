"""dE/dt, and the conditions for it to be negative everywhere, against the dense model."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp
from scipy.optimize import minimize
from scipy.sparse import csr_array

import hamsim
from hamsim.certify.descent import descent
from hamsim.certify.rate import MARGIN, energy_rate
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.witness import climb
from hamsim.cli.examples import zoo
from hamsim.condition import Condition, worst
from hamsim.field.symmetry import Scaling
from tests.random_networks import COLLECTIVE, random_description
from tests.reference import dense

SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=15, deadline=None)


def network_of(groups, connections=()):
    description = {"format": "hamsim/1", "groups": groups, "connections": list(connections)}
    return hamsim.compile(description)


def scaled_of(network, scale=None):
    """The network, with a scale for a W that it makes symmetric."""
    if scale is None:
        return ScaledNetwork(network, np.ones(network.n_neurons), network.symmetric)
    return ScaledNetwork(network, scale, True)


def decide(network):
    kind = "symmetric" if network.symmetric else "none"
    return descent(scaled_of(network), scaling_of(kind))


def scaling_of(kind):
    """A scaling of this kind, with nothing else known of it."""
    return Scaling(kind, np.ones(1), np.ones(1), Condition("symmetry", "proved", ""))


def only(conditions, status):
    return [condition for condition in conditions if condition.status == status]


def dense_energy(model, x, d):
    """E with the scaling D."""
    g = model.g(x)
    L = sum(d[group.neurons[0]] * group.L(x[group.neurons]) for group in collective(model))
    gated = sum(d[i] * T * g[i] * g[j] * g[k] for i, j, k, T in model.triples)
    return (d * (x - model.input)) @ g - L - 0.5 * g @ (d[:, None] * model.W) @ g - gated


def collective(model):
    """Groups of the dense model, those of additive kinds a neuron each."""
    for group in model.groups:
        if group.H(np.ones(group.neurons.size)).shape and "over" not in vars(group):
            if group.kind in COLLECTIVE:
                yield group
            else:
                for k, neuron in enumerate(group.neurons):
                    own = {
                        name: np.broadcast_to(value, group.neurons.size)[k : k + 1]
                        for name, value in group.parameters.items()
                    }
                    yield dataclasses.replace(group, neurons=np.array([neuron]), parameters=own)


def dense_motion(model, x):
    """Settled state and its velocity, that of neurons with tau = 0 by differences."""
    x = model.settle(x)
    v = model.velocity(x)
    instant = model.tau == 0
    if instant.any():
        h = 1e-6 * min(1.0, 1.0 / (1e-300 + np.max(np.abs(v))))
        v[instant] = ((model.settle(x + h * v) - model.settle(x - h * v)) / (2 * h))[instant]
    return x, v


def dense_hessian(model, x):
    H = np.zeros((x.size, x.size))
    with np.errstate(over="ignore"):
        for group in model.groups:
            H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
    return H


def dense_rate(network, x, d=None):
    """dE/dt as the sum of dE/dg times H x', from the dense model alone, and its size."""
    model = dense(network)
    d = np.ones(x.size) if d is None else d
    x, v = dense_motion(model, x)
    H = dense_hessian(model, x)
    g = model.g(x)
    gates = model.drive(x) - model.W @ g - model.input
    DW = d[:, None] * model.W
    pull = d * (x - model.input) - 0.5 * (DW + DW.T) @ g - d * gates
    return float(pull @ H @ v), float(np.abs(pull) @ np.abs(H) @ np.abs(v))


def check_witness(network, condition):
    """The witness shows a rise, by the dense model too."""
    found = condition.evidence
    assert found["dE_dt"] > MARGIN * found["size"]
    again, size = dense_rate(network, np.asarray(found["x"]))
    # A dense H loses the digits that far shifts have in common.
    assert again == pytest.approx(found["dE_dt"], rel=1e-2, abs=1e-14 * size)


# --- dE/dt itself ---


def numerical_rate(network, scaled, x):
    """dE/dt as a difference along the solution, with the dense model's energy."""
    model = dense(network)
    x, v = dense_motion(model, x)
    h = 1e-5 / (1 + np.max(np.abs(v)))
    ends = [dense_energy(model, x + s * h * v, scaled.scale) for s in (1, -1)]
    return (ends[0] - ends[1]) / (2 * h)


def smooth_seed(network):
    return all(not group.family.kinks for group in network.groups)


@FEW
@given(seed=SEEDS, instant=st.booleans(), symmetric=st.booleans(), gated=st.booleans())
def test_the_rate_is_that_of_the_dense_model(seed, instant, symmetric, gated):
    description = random_description(
        seed, instant=instant, symmetric=symmetric, max_size=4, gated=gated
    )
    network = hamsim.compile(description)
    scaled = scaled_of(network)
    x = np.random.default_rng(seed).normal(0, 0.8, (3, network.n_neurons))
    rate, size = energy_rate(scaled, x)
    for row, value, scale in zip(x, rate, size, strict=True):
        assert value == pytest.approx(dense_rate(network, row)[0], rel=1e-6, abs=1e-6 * scale)
        if smooth_seed(network):
            numbers = numerical_rate(network, scaled, row)
            assert numbers == pytest.approx(value, rel=1e-3, abs=1e-5 * (1 + abs(scale)))


def test_the_rate_is_that_of_a_short_euler_step():
    network = hamsim.compile(random_description(5, gated=True))
    scaled = scaled_of(network)
    x = 0.5 * np.random.default_rng(0).normal(size=network.n_neurons)
    rate, _ = energy_rate(scaled, x[None])
    dt = 1e-6
    after = hamsim.energy(network, x + dt * hamsim.velocity(network, x)).total
    before = hamsim.energy(network, x - dt * hamsim.velocity(network, x)).total
    assert (after - before) / (2 * dt) == pytest.approx(rate[0], rel=1e-4)


def mixed_network():
    """A softmax in which one neuron follows at once."""
    return network_of(
        {
            "v": {"size": 3, "lagrangian": "tanh", "tau": [0.01, 1, 2], "input": [0.3, 0.1, -1]},
            "h": {"size": 2, "lagrangian": {"kind": "softmax", "beta": 3}, "tau": [0, 1]},
        },
        [{"between": ["v", "h"], "weights": [[2, 1], [1, -1], [0.5, 2]]}],
    )


def test_the_rate_where_one_neuron_of_a_softmax_follows_at_once():
    network = mixed_network()
    scaled = scaled_of(network)
    x = np.random.default_rng(2).normal(size=(5, 5))
    rate, _ = energy_rate(scaled, x)
    for row, value in zip(x, rate, strict=True):
        assert numerical_rate(network, scaled, row) == pytest.approx(value, rel=1e-4)
    (condition,) = only(decide(network), "refuted")
    check_witness(network, condition)
    x = condition.evidence["x"]
    assert np.array_equal(x, scaled.field.settle(x[None])[0])


def scaled_network(rng):
    """W = D^-1 S, with D constant on the softmax."""
    description = {
        "a": {"size": 4, "lagrangian": "tanh", "tau": [1, 2, 3, 0.5], "input": 0.2},
        "s": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 2}, "tau": 0.7},
    }
    network = network_of(description)
    d = np.concatenate([rng.uniform(0.3, 3.0, 4), np.full(3, 1.7)])
    S = rng.normal(size=(7, 7))
    W = csr_array((S + S.T) / d[:, None])
    connection = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": description,
            "connections": [
                {
                    "from": "all",
                    "to": "all",
                    "weights": W.toarray().tolist(),
                    "self_connections": True,
                }
            ],
        }
    )
    assert not connection.symmetric
    return connection, d, network


def test_a_scaled_energy():
    rng = np.random.default_rng(3)
    network, d, _ = scaled_network(rng)
    scaled = scaled_of(network, d)
    x = rng.normal(size=(4, 7))
    rate, size = energy_rate(scaled, x)
    for row, value in zip(x, rate, strict=True):
        assert numerical_rate(network, scaled, row) == pytest.approx(value, rel=1e-5)
        assert dense_rate(network, row, d)[0] == pytest.approx(value, rel=1e-9)
    assert np.all(rate <= MARGIN * size)
    assert not [c for c in descent(scaled, scaling_of("symmetrizable")) if c.status != "proved"]
    # The energy without the scaling rises somewhere.
    (weights, *groups) = descent(scaled_of(network), scaling_of("none"))
    assert weights.status == "refuted"
    check_witness(network, weights)
    assert {condition.status for condition in groups} == {"proved"}


def test_no_rate_where_instantaneous_neurons_depend_on_each_other():
    network = network_of(
        {"a": {"size": 2, "lagrangian": "tanh", "tau": 0}},
        [{"within": "a", "weights": [[0, 0.5], [0.5, 0]]}],
    )
    scaled = scaled_of(network)
    assert energy_rate(scaled, np.zeros((1, 2))) is None
    assert worst(*(c.status for c in decide(network))) == "undecided"
    told = descent(scaled, scaling_of("symmetric"), instants="proved")
    assert {condition.status for condition in told} == {"proved"}


# --- proved networks ---


@FEW
@given(seed=SEEDS, instant=st.booleans(), gated=st.booleans())
def test_no_rise_is_found_where_it_was_proved_that_there_is_none(seed, instant, gated):
    description = random_description(seed, instant=instant, max_size=4, gated=gated)
    network = hamsim.compile(description)
    conditions = decide(network)
    assert not only(conditions, "refuted")
    if only(conditions, "undecided"):
        # Only neurons with tau = 0 that depend on each other leave something open.
        assert energy_rate(scaled_of(network), np.zeros((1, network.n_neurons))) is None
        return
    scaled, rng = scaled_of(network), np.random.default_rng(seed)
    n = network.n_neurons
    rows = np.concatenate([size * rng.normal(size=(40, n)) for size in (0.03, 0.3, 3.0, 30.0)])
    rate, size = energy_rate(scaled, rows)
    known = np.isfinite(rate) & np.isfinite(size)
    assert np.all(rate[known] <= MARGIN * size[known])
    assert climb(scaled, rows[:8], np.arange(n), 10, rng) is None
    ascend(scaled, rng.normal(size=n))


def ascend(scaled, start):
    """Follow the gradient of dE/dt relative to the size of its terms."""
    steps = 1e-6 * np.concatenate([np.zeros((1, start.size)), np.eye(start.size)])

    def relative(x):
        rate, size = energy_rate(scaled, x + steps)
        with np.errstate(invalid="ignore"):  # activations that overflow
            score = np.nan_to_num(rate / np.maximum(size, 1e-300), nan=-1.0)
        return -score[0], -(score[1:] - score[0]) / 1e-6

    found = minimize(relative, start, jac=True, method="L-BFGS-B", options={"maxiter": 15})
    rate, size = energy_rate(scaled, found.x[None])
    assert rate[0] <= MARGIN * size[0] or not np.isfinite(size[0])


# --- time constants ---


def unequal(kind, ratio, parameters=None, size=3):
    """A layer of tanh and a group of one Lagrangian, of which one neuron is slower."""
    rng = np.random.default_rng(1)
    tau = np.ones(size)
    tau[-1] = ratio
    defaults = {"softmax_ridge": {"beta": 2.0, "epsilon": 0.01}, "spherical": {"epsilon": 1e-3}}
    lagrangian = {"kind": kind, **(defaults.get(kind, {}) if parameters is None else parameters)}
    return network_of(
        {
            "v": {"size": 3, "lagrangian": "tanh", "input": [0.3, -0.2, 0.5]},
            "h": {
                "size": size,
                "lagrangian": lagrangian,
                "tau": tau.tolist(),
                "input": rng.normal(size=size).tolist(),
            },
        },
        [{"between": ["v", "h"], "weights": rng.normal(size=(3, size)).tolist()}],
    )


@pytest.mark.parametrize("ratio", [1.0001, 2.0, 100.0])
@pytest.mark.parametrize("kind", COLLECTIVE)
def test_unequal_time_constants_of_every_collective_family(kind, ratio):
    network = unequal(kind, ratio)
    conditions = decide(network)
    assert [condition.name for condition in only(conditions, "proved")][:2] == [
        "descent of W",
        "descent of v",
    ]
    (condition,) = conditions[2:]
    always = ("softmax", "sparsemax", "entmax", "layer_norm", "spherical", "ghostmax", "rms_norm")
    if kind in always or (ratio == 100 and kind != "softmax_ridge"):
        assert condition.status == "refuted"
    elif kind == "softmax_ridge":
        # kappa = 101, so that ratios up to (sqrt(101) + 1)^2 / 100 = 1.4913... are allowed
        assert condition.evidence["allowed_ratio"] == pytest.approx(1.49136, abs=1e-3)
        assert condition.status == ("proved" if ratio < 1.49 else "refuted")
    if condition.status == "refuted":
        check_witness(network, condition)
        assert condition.where == {"group": "h", "neurons": ["h[0]", "h[2]"]}
        assert condition.repair


@pytest.mark.parametrize("ratio", [1.0001, 1.00001])
def test_a_far_shift_of_a_softmax_in_many_digits(ratio):
    network = unequal("softmax", ratio)
    (condition,) = only(decide(network), "refuted")
    with mp.workdps(50):
        number = np.vectorize(lambda value: mp.mpf(float(value)), otypes=[object])
        x, tau, W = (number(a) for a in (condition.evidence["x"], network.tau, network.W.toarray()))
        hidden = np.array([mp.exp(value - max(x[3:])) for value in x[3:]])
        p = hidden / sum(hidden)
        g = np.array([*(mp.tanh(value) for value in x[:3]), *p])
        u = W @ g + number(network.input) - x
        v = u / tau
        change = np.concatenate([(1 - g[:3] ** 2) * v[:3], p * (v[3:] - p @ v[3:])])
        assert float(-u @ change) == pytest.approx(condition.evidence["dE_dt"], rel=1e-4)


@pytest.mark.parametrize("kind", ["spherical", "rms_norm", "layer_norm", "power_norm", "radial"])
def test_norms_without_a_constant_that_keeps_them_from_zero(kind):
    parameter = "epsilon" if kind in ("spherical", "rms_norm", "layer_norm") else "sigma"
    for ratio in (1.0001, 2.0):
        network = unequal(kind, ratio, {parameter: 0})
        (condition,) = only(decide(network), "refuted")
        assert "kernel" in condition.theorem
        check_witness(network, condition)


@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize(("factor", "status"), [(0.999, "proved"), (1.1, "refuted")])
def test_softmax_with_a_ridge_on_both_sides_of_the_bound(size, factor, status):
    # beta / (2 epsilon) = 3, so that kappa = 4 and a ratio of 9 is allowed
    network = unequal("softmax_ridge", 9 * factor, {"beta": 6.0, "epsilon": 1.0}, size)
    condition = decide(network)[2]
    assert condition.evidence["kappa"] == pytest.approx(4)
    assert condition.evidence["allowed_ratio"] == pytest.approx(9)
    if size == 2:
        assert condition.status == status
    if condition.status == "refuted":
        check_witness(network, condition)
        assert condition.repair == "tau may differ by a factor of at most 9 inside group h"


def test_at_the_bound_itself_nothing_is_claimed():
    network = unequal("softmax_ridge", 9.0, {"beta": 6.0, "epsilon": 1.0})
    assert decide(network)[2].status == "undecided"


@pytest.mark.parametrize("kappa", [1.5, 4.0, 25.0, 1000.0])
def test_the_ratio_that_is_allowed_is_sharp(kappa):
    """Gustafson's bound, with the eigenvectors of H at 45 degrees."""
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    H = turn @ np.diag([1, kappa]) @ turn.T
    allowed = ((np.sqrt(kappa) + 1) / (np.sqrt(kappa) - 1)) ** 2
    for factor, sign in ((0.999, 1), (1.001, -1)):
        product = np.diag([1, allowed * factor]) @ H
        assert np.sign(np.linalg.eigvalsh(product + product.T)[0]) == sign
    rng = np.random.default_rng(0)
    for _ in range(200):
        basis = np.linalg.qr(rng.normal(size=(4, 4)))[0]
        H = basis @ np.diag([1, *rng.uniform(1, kappa, 2), kappa]) @ basis.T
        product = np.diag([1, *rng.uniform(1, allowed, 2), allowed]) @ H
        assert np.linalg.eigvalsh(product + product.T)[0] > -1e-9 * kappa * allowed


def test_a_square_norm_is_additive_in_disguise():
    network = unequal("lp_norm", 50.0, {"degree": 2})
    assert {condition.status for condition in decide(network)} == {"proved"}


def test_one_neuron_alone_has_any_time_constant():
    group = {
        "shape": [3, 1],
        "lagrangian": {"kind": "softmax", "over": "last"},
        "tau": [[1], [2], [0]],
    }
    assert {c.status for c in decide(network_of({"h": group}))} == {"proved"}


def test_sets_of_a_group_may_differ():
    group = {
        "shape": [2, 3],
        "lagrangian": {"kind": "softmax", "over": "last"},
        "tau": [[1, 1, 1], [5, 5, 5]],
        "input": [[0.3, 0.2, -0.1], [0.1, 0.5, 0]],
    }
    assert {c.status for c in decide(network_of({"h": group}))} == {"proved"}
    group["lagrangian"]["over"] = [0]
    network = network_of({"h": group})
    (condition,) = only(decide(network), "refuted")
    check_witness(network, condition)
    assert condition.where["neurons"] == ["h[0, 0]", "h[1, 0]"]


def oscillator():
    """Planar: bounded, with one unstable focus; softmax with beta = 8 and tau = 1 and 10."""
    return network_of(
        {
            "s": {
                "size": 2,
                "lagrangian": {"kind": "softmax", "beta": 8},
                "tau": [1, 10],
                "input": [-0.5, 0.75],
            }
        },
        [{"within": "s", "weights": [[1, 0], [0, -1.5]], "self_connections": True}],
    )


@pytest.mark.parametrize(
    "network", [oscillator(), hamsim.compile(zoo() / "softmax_oscillation.yaml")]
)
def test_networks_that_oscillate(network):
    (condition,) = only(decide(network), "refuted")
    check_witness(network, condition)
    assert condition.repair.startswith("make tau equal inside group")
    calm = dataclasses.replace(network, tau=np.ones(network.n_neurons))
    assert {c.status for c in decide(calm)} == {"proved"}


def test_no_witness_lies_at_a_kink():
    network = network_of(
        {
            "r": {"size": 4, "lagrangian": "relu", "input": 2.0},
            "h": {"size": 2, "lagrangian": "softmax", "tau": [1, 3], "input": [0.1, 0.4]},
        },
        [{"within": "r", "weights": 0.8}],  # so strong that the states run away
    )
    (condition,) = only(decide(network), "refuted")
    check_witness(network, condition)
    x = condition.evidence["x"]
    assert np.all(x[:4] != 0)
    v, dt = hamsim.velocity(network, x), 1e-9
    rise = hamsim.energy(network, x + dt * v).total - hamsim.energy(network, x - dt * v).total
    assert rise / (2 * dt) == pytest.approx(condition.evidence["dE_dt"], rel=0.05)


# --- Lagrangians that are not convex, or not known to be ---


@pytest.mark.parametrize(
    "lagrangian",
    ["swish", "gelu", "cubic", {"expression": "x**4/4 - x**2/2"}, {"expression": "-sum(x*x)/2"}],
    ids=str,
)
def test_not_convex(lagrangian):
    network = network_of(
        {
            "v": {"size": 3, "lagrangian": "tanh", "input": [0.3, -0.2, 0.5]},
            "h": {"size": 3, "lagrangian": lagrangian, "tau": [1, 2, 3], "input": 0.1},
        },
        [{"between": ["v", "h"], "weights": 0.5}],
    )
    (condition,) = only(decide(network), "refuted")
    assert condition.where == {"group": "h"}
    found = condition.evidence
    assert found["dE_dt"] > MARGIN * found["size"]
    if isinstance(lagrangian, str):
        check_witness(network, condition)
    else:
        x, dt = found["x"], 1e-6
        v = hamsim.velocity(network, x)
        rise = [hamsim.energy(network, x + s * dt * v).total for s in (1, -1)]
        assert (rise[0] - rise[1]) / (2 * dt) == pytest.approx(found["dE_dt"], rel=1e-3)


def test_nothing_is_claimed_of_a_formula_that_is_known_in_a_domain_only():
    network = network_of({"h": {"size": 2, "lagrangian": "tanh"}})
    (group,) = network.groups
    for change in ({"domain": (-1.0, 1.0)}, {"convex_from": None}):
        family = dataclasses.replace(group.family, **change)
        groups = (dataclasses.replace(group, family=family),)
        conditions = decide(dataclasses.replace(network, groups=groups))
        assert [condition.status for condition in conditions] == ["proved", "undecided"]


# --- W that is not symmetric ---


@FEW
@given(seed=SEEDS)
def test_a_rise_where_w_is_not_symmetric(seed):
    network = hamsim.compile(random_description(seed, symmetric=False, max_size=4))
    if network.symmetric:
        return
    weights = decide(network)[0]
    assert weights.status in ("refuted", "undecided")
    if weights.status == "refuted":
        check_witness(network, weights)


def test_one_way_synapses():
    network = network_of(
        {
            "a": {"size": 2, "lagrangian": "tanh", "input": 0.3},
            "b": {"size": 2, "lagrangian": "relu"},
        },
        [{"from": "a", "to": "b", "weights": [[1, 2], [0.5, 1]]}],
    )
    (condition,) = only(decide(network), "refuted")
    check_witness(network, condition)


# --- activations that jump ---


def jumping(diagonal=0.0, **connections):
    size = 3
    block = np.full((size, size), 0.4)
    np.fill_diagonal(block, diagonal)
    return network_of(
        {
            "s": {"size": size, "lagrangian": "sign", "tau": [1, 2, 3], "input": [0.1, 0.3, -0.2]},
            "v": {"size": 2, "lagrangian": "tanh", **connections},
        },
        [
            {"within": "s", "weights": block.tolist(), "self_connections": True},
            {"between": ["s", "v"], "weights": [[1, -1], [0.5, 2], [-1, 0.3]]},
        ],
    )


def test_activations_that_jump():
    assert {c.status for c in decide(jumping())} == {"proved"}
    assert {c.status for c in decide(jumping(0.5))} == {"proved"}
    assert "inhibits itself" in decide(jumping(-0.5))[1].message
    assert "follows such a jump" in decide(jumping(0.0, tau=0))[1].message


def test_the_energy_falls_at_each_jump():
    """Along exact solutions between jumps, one neuron jumping at a time."""
    network = network_of(
        {
            "s": {
                "size": 4,
                "lagrangian": "step",
                "tau": [1, 2, 3, 0.5],
                "input": [0.3, 0.2, 0.1, -0.2],
            }
        },
        [{"within": "s", "weights": {"normal": {"mean": 0, "std": 1}}}],
    )
    rng = np.random.default_rng(0)
    jumps = 0
    for _ in range(50):
        x = rng.normal(size=4)
        for _ in range(20):
            g = (x > 0).astype(float)
            drive = network.W @ g + network.input
            crosses = (x > 0) != (drive > 0)
            if not crosses.any():
                break
            with np.errstate(all="ignore"):
                wait = np.where(crosses, network.tau * np.log((drive - x) / drive), np.inf)
            first, before = int(np.argmin(wait)), hamsim.energy(network, x).total
            x = drive + (x - drive) * np.exp(-wait[first] / network.tau)
            x[first] = 1e-12 * np.sign(drive[first])
            assert hamsim.energy(network, x).total <= before + 1e-10
            jumps += 1
    assert jumps > 20


def test_gates_of_neurons_that_jump():
    groups = {"s": {"size": 2, "lagrangian": "sign"}, "v": {"size": 2, "lagrangian": "tanh"}}
    between = {"weights": [[1, 0.5], [0.2, 1]]}
    one = network_of(
        groups,
        [{"gate": "v", "between": ["s", "v"], "weights": 0.3}, {"between": ["s", "v"], **between}],
    )
    two = network_of(groups, [{"gate": "v", "between": ["s", "s"], "weights": 0.3}])
    assert {c.status for c in decide(one)} == {"proved"}
    assert "share a gate" in decide(two)[1].message


# --- all together ---


def test_conditions_are_unique_and_complete():
    for path in itertools.islice(sorted(zoo().glob("*.yaml")), 6):
        network = hamsim.compile(path)
        names = [condition.name for condition in decide(network)]
        assert len(set(names)) == len(names) >= 1 + len(network.groups)
