"""Lower bounds and coercivity: every claim against brute force, every named example."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import ADDITIVE, COLLECTIVE, random_description, random_lagrangian
from reference import dense
from scipy.optimize import minimize
from scipy.sparse import csr_array

import hamsim
from hamsim.certify.coercive import coercive
from hamsim.certify.rays import asymptotes, energy_and_size, growing
from hamsim.certify.scaled import ScaledNetwork
from hamsim.compiler import as_network
from hamsim.observables import activation, energy


def dense_below(X, threshold):
    """What largest_below answers, from all eigenvalues."""
    X = X.toarray()
    assert np.array_equal(X, X.T)
    values, vectors = np.linalg.eigh(X)
    top, scale = values[-1], max(1.0, np.max(np.abs(values)))
    status = "proved" if top < threshold - 1e-9 * scale else "undecided"
    status = "refuted" if top > threshold + 1e-9 * scale else status
    vector = vectors[:, -1]
    return SimpleNamespace(
        status=status,
        bound=top + 1e-12 * scale,
        ritz=top,
        method="dense",
        vector=vector,
        probability=None,
    )


def scaled_of(description):
    network = as_network(description)
    return ScaledNetwork(network, np.ones(network.n_neurons), network.symmetric)


def decide(scaled):
    """Status of both conditions, which is the same, and the first of them."""
    bounded, confined = coercive(scaled, dense_below)
    assert (bounded.name, confined.name) == ("bounded below", "coercive")
    assert bounded.status == confined.status
    for condition in (bounded, confined):
        assert not condition.message.endswith(".")
        assert "\n" not in condition.message
    return bounded.status, bounded


def network_of(kinds, W, inputs=None, gates=()):
    """One group a neuron, given as dicts of Lagrangians, and W between them."""
    n = len(kinds)
    names = [f"n{k}" for k in range(n)]
    inputs = np.zeros(n) if inputs is None else inputs
    groups = {
        name: {"size": 1, "lagrangian": kind, "input": float(inputs[k])}
        for k, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    connections = []
    for i in range(n):
        if W[i][i] != 0:
            own = {"within": names[i], "weights": [[float(W[i][i])]], "self_connections": True}
            connections.append(own)
        for j in range(i):
            if W[i][j] != 0:
                pair = {"between": [names[i], names[j]], "weights": [[float(W[i][j])]]}
                connections.append(pair)
    for a, b, c, weight in gates:
        gate = {"gate": names[c], "between": [names[a], names[b]], "weights": weight}
        connections.append(gate)
    return scaled_of({"format": "hamsim/1", "groups": groups, "connections": connections})


def kind(name, **parameters):
    return {"kind": name, **parameters}


def pair(a, b, w, own=(0.0, 0.0)):
    return network_of([kind(*a) if isinstance(a, tuple) else a, b], [[own[0], w], [w, own[1]]])


IDENTITY, RELU, TANH = kind("identity"), kind("relu"), kind("tanh")
QUARTIC, SOFTPLUS = kind("power", degree=4.0), kind("softplus")


def check_fall(scaled, condition):
    """A refutation evaluates to the same energies elsewhere, and they fall."""
    x, energies = condition.evidence["x"], condition.evidence["energy"]
    model = dense(scaled.network)
    model.scale = scaled.scale
    with np.errstate(all="ignore"):
        again = np.array(
            [dense_energy(scaled, model, state) for state in np.where(x == 0, TINY, x)]
        )
    np.testing.assert_allclose(again, energies[-3:], rtol=1e-5)
    assert np.all(again < 0)
    assert np.all(np.diff(again) < 0.1 * again[:-1])


def dense_energy(scaled, model, x):
    if np.all(scaled.scale == 1.0):
        return model.energy(x)
    g = model.g(x)
    total = (scaled.scale * (x - model.input)) @ g - 0.5 * (scaled.scale * g) @ model.W @ g
    for group in model.groups:
        parts = np.broadcast_to(group.part(0, x[group.neurons]), group.neurons.shape)
        factor = scaled.scale[group.neurons]
        total -= (
            parts[0] * factor[0]
            if np.ndim(group.part(0, x[group.neurons])) == 0
            else (parts @ factor)
        )
    for i, j, k, T in model.triples:
        total -= scaled.scale[i] * T * g[i] * g[j] * g[k]
    return float(total)


def lowest(scaled, seed, starts=6):
    """Smallest energies found by descent from starts of growing size."""
    model, rng = dense(scaled.network), np.random.default_rng(seed)

    def value(x):
        if np.max(np.abs(x)) > 250:
            return 1e30, np.zeros_like(x)
        slope = np.zeros_like(x)
        u = x - model.drive(x)
        for group in model.groups:
            H = group.H(x[group.neurons])
            slope[group.neurons] = H @ u[group.neurons]
        result = model.energy(x)
        return (result, slope) if np.isfinite(result) else (1e30, np.zeros_like(x))

    found = []
    for size in (0.3, 1.0, 3.0, 10.0, 30.0, 100.0):
        for _ in range(starts):
            x = size * rng.normal(size=scaled.network.n_neurons)
            with np.errstate(all="ignore"):
                best = minimize(value, x, jac=True, method="L-BFGS-B", options={"maxiter": 60})
                found.append(min(best.fun, value(x)[0]))
    return np.array(found)


def test_a_network_without_symmetry_has_no_energy():
    scaled = network_of([TANH, TANH], [[0, 1], [1, 0]])
    status, condition = decide(ScaledNetwork(scaled.network, scaled.scale, False))
    assert status == "undecided"
    assert "no energy" in condition.message


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "clipped_relu", "hard_tanh", "sign", "step"])
def test_bounded_activations_are_proved_with_a_bound(name):
    scaled = network_of([kind(name)] * 2, [[5.0, -40.0], [-40.0, 5.0]], [3.0, -7.0])
    status, condition = decide(scaled)
    assert status == "proved"
    states = np.random.default_rng(0).normal(0, 30, (2000, 2))
    assert np.min(energy(scaled.network, states).total) >= condition.evidence["lower_bound"]


@pytest.mark.parametrize("seed", range(25))
def test_lower_bound_is_below_what_is_found(seed):
    rng = np.random.default_rng(seed)
    unbounded = [name for name in [*ADDITIVE, "swish", "gelu", "softmax_ridge", "lp_norm"]]
    name = unbounded[seed % len(unbounded)]
    parameters = {**ADDITIVE, **COLLECTIVE}.get(name, {})
    lagrangian = kind(name, **{k: float(rng.uniform(*v)) for k, v in parameters.items()})
    description = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": lagrangian, "input": rng.normal(size=3).tolist()},
            "b": {"size": 4, "lagrangian": "tanh", "input": rng.normal(size=4).tolist()},
        },
        "connections": [
            {"between": ["a", "b"], "weights": rng.normal(0, 1, (3, 4)).tolist()},
            {"gate": "b", "between": ["a", "b"], "weights": 0.1},
        ],
    }
    scaled = scaled_of(description)
    status, condition = decide(scaled)
    assert status == "proved", condition.message
    bound = condition.evidence["lower_bound"]
    assert np.isfinite(bound)
    assert lowest(scaled, seed, 1).min() >= bound


def test_softplus_with_weight_1_is_critical():
    """Bounded below, but its state grows without end: coercivity must not be claimed."""
    assert decide(network_of([SOFTPLUS], [[1.0]]))[0] == "undecided"
    assert decide(network_of([SOFTPLUS], [[0.999]]))[0] == "proved"
    assert decide(network_of([SOFTPLUS], [[1.001]]))[0] == "refuted"


def test_examples_with_their_answers():
    wanted = {
        # Identity and cubic activation run away; a bounded activation stops that.
        "refuted": [
            pair(IDENTITY, kind("power", degree=4.0), 0.01),
            pair(IDENTITY, kind("rectified_polynomial", degree=3.0), -1.0),
            pair(IDENTITY, kind("exponential"), 1e-3),
            pair(IDENTITY, kind("exponential"), -1e-3),
            pair(RELU, kind("exponential"), 1e-3),
            pair(RELU, kind("rectified_polynomial", degree=4.0), 0.1),
            pair(IDENTITY, QUARTIC, 2.0, (0.0, -3.9)),
            pair(IDENTITY, IDENTITY, 1.001),
            pair(IDENTITY, IDENTITY, -1.001),
            pair(RELU, RELU, 1.5),
            network_of([QUARTIC], [[0.1]]),
            network_of([kind("cubic")], [[0.0]]),
            network_of([kind("cubic"), TANH], [[0.3, 1.0], [1.0, 0.0]]),
            network_of([kind("swish")], [[1.2]]),
            pair(kind("leaky_relu", slope=0.1), kind("leaky_relu", slope=3.0), 1.1),
        ],
        "proved": [
            pair(TANH, QUARTIC, 50.0),
            pair(IDENTITY, kind("compressive"), 50.0),
            pair(IDENTITY, kind("asinh"), 50.0),
            pair(RELU, kind("exponential"), -3.0),
            pair(RELU, kind("rectified_polynomial", degree=4.0), -3.0),
            pair(RELU, RELU, -3.0),
            pair(kind("elu"), kind("softplus"), -3.0),
            pair(IDENTITY, QUARTIC, 2.0, (0.0, -4.1)),
            pair(IDENTITY, IDENTITY, 0.999),
            network_of([kind("exponential")], [[-0.1]]),
            network_of([kind("swish")], [[0.9]]),
            network_of([kind("gelu"), RELU], [[-1.0, 0.5], [0.5, 0.0]]),
            network_of([IDENTITY, RELU, RELU], [[0, 0.9, -0.9], [0.9, 0, 0], [-0.9, 0, 0]]),
        ],
        "undecided": [
            pair(kind("leaky_relu", slope=0.1), kind("leaky_relu", slope=3.0), 0.7),
            pair(IDENTITY, IDENTITY, 1.0 + 1e-12),
            pair(kind("power", degree=3.0), kind("power", degree=1.5), 0.1),
            pair(kind("exponential"), kind("asinh"), 0.1),
            network_of([kind("cubic")], [[-1.0]]),
        ],
    }
    for answer, networks in wanted.items():
        for k, scaled in enumerate(networks):
            status, condition = decide(scaled)
            assert status == answer, (k, condition.message)
            if answer == "refuted":
                check_fall(scaled, condition)


@pytest.mark.parametrize("size", [0.97, 1.03])
def test_with_the_eigenvalue_certificates_of_this_room(size):
    spectrum = pytest.importorskip("hamsim.spectrum")
    rng = np.random.default_rng(2)
    W = rng.normal(size=(40, 40))
    W = (W + W.T) / 2
    W *= size / np.linalg.eigvalsh(W)[-1]
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 40, "lagrangian": "identity"}},
        "connections": [{"within": "a", "weights": W.tolist(), "self_connections": True}],
    }
    scaled = scaled_of(description)
    bounded, _ = coercive(scaled, spectrum.largest_below)
    assert bounded.status == ("proved" if size < 1 else "refuted")
    if size > 1:
        check_fall(scaled, bounded)


def test_mutual_inhibition_with_a_large_eigenvalue_is_coercive():
    scaled = pair(RELU, RELU, -3.0)
    assert np.linalg.eigvalsh(scaled.W.toarray())[-1] == pytest.approx(3.0)
    assert decide(scaled)[0] == "proved"


@pytest.mark.parametrize(("size", "answer"), [(0.95, "proved"), (1.5, "refuted")])
def test_identity_with_relu_by_the_largest_singular_value(size, answer):
    xi = np.random.default_rng(1).normal(size=(6, 4))
    xi *= size / np.linalg.norm(xi, 2)
    scaled = scaled_of(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 6, "lagrangian": "identity"},
                "b": {"size": 4, "lagrangian": "relu"},
            },
            "connections": [{"between": ["a", "b"], "weights": xi.tolist()}],
        }
    )
    status, condition = decide(scaled)
    assert status == answer
    if answer == "refuted":
        check_fall(scaled, condition)


def test_paper_architectures_are_proved():
    rng = np.random.default_rng(0)
    groups = {
        "v": {"size": 5, "lagrangian": "identity"},
        "h": {"size": 3, "lagrangian": kind("softmax", beta=4.0)},
        "y": {"size": 2, "lagrangian": "softmax"},
    }
    connections = [
        {"between": ["v", "h"], "weights": rng.normal(0, 9, (5, 3)).tolist()},
        {"between": ["h", "y"], "weights": rng.normal(0, 9, (3, 2)).tolist()},
    ]
    for count in (1, 2):
        names = list(groups)[: count + 1]
        status, _ = decide(
            scaled_of(
                {
                    "format": "hamsim/1",
                    "groups": {name: groups[name] for name in names},
                    "connections": connections[:count],
                }
            )
        )
        assert status == "proved"


def test_line_of_rest_states_stays_open_and_says_why():
    spec = hamsim.load("networks/oculomotor_integrator.yaml", {"parameters.gain": 1.0})
    scaled = scaled_of(spec)
    status, condition = decide(scaled)
    assert status == "undecided"
    assert "largest eigenvalue" in condition.message
    assert "integrator" in condition.repair


def formula(text):
    return {"expression": text}


def test_formulas_claim_only_what_is_known():
    quadratic = formula("x**2 / 2")
    assert decide(network_of([quadratic], [[0.9]]))[0] == "proved"
    status, condition = decide(network_of([quadratic], [[1.1]]))
    assert status == "refuted"
    check_fall(network_of([IDENTITY], [[1.1]]), condition)
    steep = formula("x**4 / 4")
    assert decide(network_of([steep, TANH], [[0, 3.0], [3.0, 0]]))[0] == "proved"
    status, condition = decide(network_of([steep, IDENTITY], [[0, 0.1], [0.1, 0]]))
    assert status == "refuted"
    check_fall(network_of([QUARTIC, IDENTITY], [[0, 0.1], [0.1, 0]]), condition)
    assert decide(network_of([steep, IDENTITY], [[-0.1, 0.1], [0.1, 0]]))[0] == "proved"
    assert decide(network_of([formula("-cos(x)")], [[0.0]]))[0] == "undecided"


GATED = [
    # kinds, W, gates, answer
    ([TANH, TANH, TANH], np.zeros((3, 3)), [(0, 1, 2, 9.0)], "proved"),
    ([IDENTITY, TANH, TANH], np.zeros((3, 3)), [(0, 1, 2, 9.0)], "proved"),
    ([QUARTIC, TANH, TANH], np.zeros((3, 3)), [(0, 1, 2, 9.0)], "proved"),
    ([IDENTITY, IDENTITY, TANH], np.zeros((3, 3)), [(0, 1, 2, 0.9)], "proved"),
    ([IDENTITY, IDENTITY, TANH], 0.2 * (1 - np.eye(3)), [(0, 1, 2, 0.9)], "undecided"),
    ([IDENTITY, QUARTIC, TANH], np.zeros((3, 3)), [(0, 1, 2, -0.1)], "refuted"),
    ([RELU, QUARTIC, kind("sigmoid")], np.zeros((3, 3)), [(0, 1, 2, 0.1)], "refuted"),
    ([RELU, RELU, kind("sigmoid")], np.zeros((3, 3)), [(0, 1, 2, -9.0)], "proved"),
    ([IDENTITY, IDENTITY, IDENTITY], np.zeros((3, 3)), [(0, 1, 2, -0.1)], "refuted"),
    ([RELU, SOFTPLUS, RELU], np.zeros((3, 3)), [(0, 1, 2, 0.1)], "refuted"),
    ([RELU, SOFTPLUS, RELU], np.zeros((3, 3)), [(0, 1, 2, -0.1)], "proved"),
    ([kind("compressive"), kind("asinh"), IDENTITY], np.zeros((3, 3)), [(0, 1, 2, 9.0)], "proved"),
    ([kind("compressive")] * 3, np.zeros((3, 3)), [(0, 1, 2, 9.0)], "undecided"),
    ([kind("compressive"), IDENTITY, IDENTITY], np.zeros((3, 3)), [(0, 1, 2, 0.1)], "refuted"),
    # An end at -1 leaves products of two.
    ([kind("elu")] * 3, np.zeros((3, 3)), [(0, 1, 2, -2.0)], "undecided"),
]


@pytest.mark.parametrize(("kinds", "W", "gates", "answer"), GATED)
def test_gates(kinds, W, gates, answer):
    scaled = network_of(kinds, W, gates=gates)
    status, condition = decide(scaled)
    assert status == answer, condition.message
    if status == "refuted":
        check_fall(scaled, condition)


def test_scaling_that_breaks_the_gates_is_not_used():
    scaled = network_of([TANH, TANH, TANH], np.zeros((3, 3)), gates=[(0, 1, 2, 1.0)])
    assert decide(ScaledNetwork(scaled.network, np.array([1.0, 2.0, 1.0]), True))[0] == "undecided"
    assert decide(ScaledNetwork(scaled.network, np.array([2.0, 2.0, 2.0]), True))[0] == "proved"


def rescaled(scaled, seed):
    """The same W made symmetrizable: W D, with its scaling."""
    rng = np.random.default_rng(seed)
    network = scaled.network
    scale = rng.uniform(0.2, 4.0, network.n_neurons)[scaled.sets]
    W = csr_array(network.W.multiply(scale[None, :]))
    W.sort_indices()
    other = type(network)(
        **{
            **network.__dict__,
            "W": W,
            "symmetric": False,
            "connections": tuple(
                c if c.triples else type(c)(c.name, "from", c.rows, c.columns)
                for c in network.connections
            ),
        }
    )
    return ScaledNetwork(other, scale, True)


KINDS = [
    "identity",
    "relu",
    "leaky_relu",
    "softplus",
    "power",
    "rectified_polynomial",
    "exponential",
    "asinh",
    "compressive",
    "tanh",
    "sigmoid",
    "soft_threshold",
    "elu",
    "clipped_relu",
    "softmax",
    "softmax_ridge",
    "lp_norm",
]


def small_network(seed):
    """Few neurons of few families, with synapses around their thresholds."""
    rng = np.random.default_rng(seed)
    groups, sizes = {}, []
    for k in range(int(rng.integers(1, 4))):
        name = str(rng.choice(KINDS))
        collective = name in COLLECTIVE
        size = int(rng.integers(2, 4)) if collective else int(rng.integers(1, 4))
        ranges = {**ADDITIVE, **COLLECTIVE}[name]
        lagrangian = kind(name, **{p: float(rng.uniform(*ends)) for p, ends in ranges.items()})
        if name == "power":
            lagrangian["degree"] = float(rng.choice([1.5, 2.0, 3.0, 4.0]))
        groups[f"g{k}"] = {
            "size": size,
            "lagrangian": lagrangian,
            "input": rng.normal(0, 0.5, size).tolist(),
        }
        sizes.append(size)
    connections = []
    strength = rng.choice([0.15, 0.5, 1.0])
    for a in range(len(sizes)):
        for b in range(a, len(sizes)):
            if rng.random() < 0.35:
                continue
            block = strength * rng.normal(0, 1, (sizes[a], sizes[b]))
            block *= rng.random(block.shape) < 0.7
            if rng.random() < 0.3:
                block = -np.abs(block)
            if a == b:
                block = (block + block.T) / 2 - np.diag(rng.uniform(0, 2, sizes[a]))
                entry = {"within": f"g{a}", "self_connections": True}
            else:
                entry = {"between": [f"g{a}", f"g{b}"]}
            connections.append({**entry, "weights": block.tolist()})
    return {"format": "hamsim/1", "groups": groups, "connections": connections}


# The oracle of a norm is not defined at 0.
TINY = 1e-9
SEEDS = st.integers(0, 2**31)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_claims_hold_on_random_networks(seed):
    scaled = scaled_of(small_network(seed))
    status, condition = decide(scaled)
    if status == "refuted":
        check_fall(scaled, condition)
    if status == "proved":
        found = lowest(scaled, seed, 1)
        assert found.min() >= condition.evidence.get("lower_bound", -1e9)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.booleans())
def test_claims_hold_on_all_families(seed, gated):
    scaled = scaled_of(random_description(seed, max_size=4, gated=gated))
    status, condition = decide(scaled)
    if status == "refuted":
        check_fall(scaled, condition)
    if status == "proved" and "lower_bound" in condition.evidence:
        states = np.random.default_rng(seed).normal(size=(200, scaled.network.n_neurons))
        states *= np.geomspace(0.1, 200, 200)[:, None]
        with np.errstate(all="ignore"):
            values = energy(scaled.network, states).total
        assert np.all(~np.isfinite(values) | (values >= condition.evidence["lower_bound"]))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_scaling_does_not_change_the_answer(seed):
    """With g' = D g and W' = W D^-1 the facts scale; the Lagrangians' family need not close."""
    scaled = rescaled(scaled_of(small_network(seed)), seed)
    status, condition = decide(scaled)
    if status == "refuted":
        check_fall(scaled, condition)
    if status == "proved":
        model = dense(scaled.network)
        rng = np.random.default_rng(seed)
        bound = condition.evidence.get("lower_bound", -1e9)
        for size in (0.1, 1.0, 10.0, 100.0):
            for _ in range(20):
                x = size * rng.normal(size=scaled.network.n_neurons)
                with np.errstate(all="ignore"):
                    value = dense_energy(scaled, model, x)
                assert not np.isfinite(value) or value >= bound


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_energy_is_that_of_the_network(seed):
    scaled = scaled_of(random_description(seed, max_size=4, gated=True))
    x = np.random.default_rng(seed).normal(size=(3, scaled.network.n_neurons))
    wanted = energy(scaled.network, x).total
    np.testing.assert_allclose(energy_and_size(scaled, x)[0], wanted, rtol=1e-9, atol=1e-9)
    other = rescaled(scaled_of(random_description(seed, max_size=4)), seed)
    model = dense(other.network)
    wanted = [dense_energy(other, model, state) for state in x]
    np.testing.assert_allclose(energy_and_size(other, x)[0], wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [*ADDITIVE, "softmax_ridge", "lp_norm"])
def test_rays_have_the_activations_that_they_are_made_for(name):
    rng = np.random.default_rng(3)
    ranges = {**ADDITIVE, **COLLECTIVE}[name]
    lagrangian = kind(name, **{k: float(rng.uniform(*v)) for k, v in ranges.items()})
    scaled = scaled_of(
        {"format": "hamsim/1", "groups": {"a": {"size": 3, "lagrangian": lagrangian}}}
    )
    if scaled.bounded.any():
        return
    sizes = np.array([1.0, 0.5, 2.0])
    s = 100.0 if name == "asinh" else 1e10
    x = growing(scaled, np.arange(3), sizes, np.ones(3))(s)
    np.testing.assert_allclose(activation(scaled.network, x), s * sizes, rtol=1e-3)


def test_costs_far_out_are_those_of_the_table():
    """L* of every additive family of linear growth is below and above c g^2 / 2 far out."""
    for name in ADDITIVE:
        lagrangian = random_lagrangian(np.random.default_rng(0), [1]) | {"kind": name}
        scaled = network_of([kind(name)], [[0.0]])
        if scaled.growth[0] != 1 or scaled.bounded[0]:
            continue
        below, above = asymptotes(scaled)
        assert max(below[0], above[0]) == pytest.approx(scaled.far_slope[0], rel=1e-6)
        del lagrangian


@pytest.mark.parametrize("name", ["swish", "gelu"])
def test_cost_of_families_that_are_not_convex(name):
    """x g - L >= g^2 / 2, on which their treatment rests."""
    scaled = network_of([kind(name)], [[0.0]])
    x = np.concatenate([np.linspace(-40, 40, 8001), np.geomspace(40, 1e6, 100)])
    g = activation(scaled.network, x[:, None])[:, 0]
    cost = energy(scaled.network, x[:, None]).total
    assert np.all(cost - g**2 / 2 >= -1e-12 * (1 + g**2))
