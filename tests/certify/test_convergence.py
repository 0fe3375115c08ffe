"""Theorems on convergence, one by one: known answers, and a search for what contradicts them."""

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp

import hamsim
from hamsim.certify.coercive.exact import is_semidefinite
from hamsim.certify.convergence.cascade import parts_in_order
from hamsim.certify.pieces import rest_states_by_pieces
from hamsim.certify.scaled import ScaledNetwork

FORMAT = "hamsim/1"


def network(W, kind="tanh", tau=1.0, current=0.0, **parameters):
    W = np.array(W, float)
    n = len(W)
    group = {"size": n, "lagrangian": {"kind": kind, **parameters} if parameters else kind}
    group["tau"] = np.broadcast_to(tau, n).tolist()
    group["input"] = np.broadcast_to(current, n).tolist()
    entry = {"from": "g", "to": "g", "weights": W.tolist(), "self_connections": True}
    if np.array_equal(W, W.T):
        entry = {"within": "g", "weights": W.tolist(), "self_connections": True}
    return hamsim.compile({"format": FORMAT, "groups": {"g": group}, "connections": [entry]})


def ends(net, starts, span):
    """Where solutions of the slow model are after a long time, and how fast they still move.

    Infinitely fast those that leave.
    """
    model = dense(net)

    def leaves(_, y):
        return 1e6 - np.abs(y).max()

    leaves.terminal = True
    for x in starts:
        found = solve_ivp(
            lambda _, y: model.velocity(y),
            (0, span),
            x,
            method="LSODA",
            rtol=1e-9,
            atol=1e-11,
            events=leaves,
        )
        last = found.y[:, -1]
        yield last, np.inf if found.t_events[0].size else np.abs(model.velocity(last)).max()


def convergence(certificate):
    return next(c for c in certificate.conditions if c.name == "convergence")


# --- cascades -------------------------------------------------------------------------------


def random_cascade(seed):
    """Inputs that contract, a symmetric core with several rest states, readouts that contract."""
    rng = np.random.default_rng(seed)
    core = rng.normal(size=(4, 4)) * 1.5
    readout = rng.normal(size=(3, 3)) * 0.15
    before = rng.normal(size=(2, 2)) * 0.2
    groups = {
        "source": {"size": 2, "lagrangian": "tanh", "tau": rng.uniform(0.2, 4, 2).tolist()},
        "core": {"size": 4, "lagrangian": "tanh", "tau": rng.uniform(0.2, 4, 4).tolist()},
        "readout": {"size": 3, "lagrangian": "gelu", "tau": rng.uniform(0.2, 4, 3).tolist()},
    }
    for group in groups.values():
        group["input"] = rng.normal(size=group["size"]).tolist()
        group["initial"] = rng.normal(size=group["size"]).tolist()
    ways = (
        ("source", "source", before),
        ("source", "core", rng.normal(size=(4, 2))),
        ("core", "readout", rng.normal(size=(3, 4))),
        ("readout", "readout", readout),
    )
    connections = [
        {"from": a, "to": b, "weights": w.tolist(), "self_connections": True} for a, b, w in ways
    ]
    connections.append(
        {"within": "core", "weights": (core + core.T).tolist(), "self_connections": True}
    )
    return {"format": FORMAT, "groups": groups, "connections": connections}


@pytest.mark.parametrize("seed", range(6))
def test_a_symmetric_core_with_inputs_and_readouts_comes_to_rest(seed):
    net = hamsim.compile(random_cascade(seed))
    certificate = hamsim.check(net)
    assert certificate.symmetry == "none"
    assert certificate.converges == "proved"
    assert convergence(certificate).evidence["with an energy"] == 1
    rng = np.random.default_rng(seed)
    for _, speed in ends(net, 3 * rng.normal(size=(6, net.n_neurons)), 4000):
        assert speed < 1e-7


def test_a_part_that_oscillates_refutes_the_whole():
    W = np.zeros((4, 4))
    W[0, 2], W[1, 0], W[2, 1] = -4, -4, -4  # a ring oscillator
    W[3, 0] = 1.0
    certificate = hamsim.check(network(W))
    assert certificate.converges == certificate.globally_stable == "refuted"
    assert certificate.unique_equilibrium == "proved"
    W[3, 0], W[0, 3] = 0.0, 1.0  # driven by one that rests: nothing is said of its own input
    assert hamsim.check(network(W)).converges == "refuted"


def test_a_core_that_is_driven_by_a_core_is_left_open():
    W = np.zeros((4, 4))
    W[:2, :2] = W[2:, 2:] = [[0, 2], [2, 0]]
    W[2, 0] = 1.0
    certificate = hamsim.check(network(W))
    assert certificate.converges == "undecided"
    assert "need not contract" in convergence(certificate).message


def test_parts_come_in_the_order_of_sending():
    W = np.zeros((5, 5))
    W[0, 1] = W[1, 2] = W[2, 1] = W[3, 0] = 0.1  # 1 <-> 2 send to 0, 0 sends to 3; 4 alone
    parts, before = parts_in_order(network(W))
    numbers = [part.tolist() for part in parts]
    assert sorted(map(tuple, numbers)) == [(0,), (1, 2), (3,), (4,)]
    assert numbers.index([1, 2]) < numbers.index([0]) < numbers.index([3])
    senders = [[numbers[k] for k in some] for some in before]
    assert senders[numbers.index([0])] == [[1, 2]]
    assert senders[numbers.index([1, 2])] == []


def test_a_driven_part_is_not_judged_by_its_own_input():
    """What drives it may outweigh the thresholds that its own input does not."""
    description = {
        "format": FORMAT,
        "groups": {
            "u": {"size": 1, "lagrangian": "identity", "input": 5},
            "s": {"size": 2, "lagrangian": "soft_threshold"},
        },
        "connections": [
            {"from": "u", "to": "s", "weights": 1.0},
            {"within": "s", "weights": 1.0},
        ],
    }
    assert hamsim.check(description).converges != "proved"
    trace = hamsim.simulate(description, method="euler", dt=0.1, steps=2000)
    assert np.abs(trace.final).max() > 100


# --- contraction without convexity ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["gelu", "swish"])
def test_small_weights_contract_whatever_the_slopes_sign(kind):
    steep = {"gelu": 1.1290, "swish": 1.0999}[kind]
    rng = np.random.default_rng(0)
    W = rng.normal(size=(6, 6))
    radius = np.abs(np.linalg.eigvals(np.abs(W))).max()
    inside = hamsim.check(network(W * 0.999 / (steep * radius), kind))
    assert inside.globally_stable == inside.unique_equilibrium == inside.converges == "proved"
    # inhibition of itself is no help where a slope may be negative
    alone = network([[-1.02 / 0.1289]], kind) if kind == "gelu" else None
    if alone is not None:
        assert hamsim.check(alone).unique_equilibrium != "refuted"
        assert hamsim.check(alone).globally_stable != "proved"


def test_loops_through_a_shared_lagrangian_count_for_all_of_it():
    description = {
        "format": FORMAT,
        "groups": {
            "s": {"size": 2, "lagrangian": "softmax", "input": [0, 10]},
            "free": {"size": 1, "lagrangian": "gelu"},
        },
        "connections": [
            {"from": "s", "to": "s", "weights": [[0, 0], [-20, 0]], "self_connections": True}
        ],
    }
    certificate = hamsim.check(description)
    assert certificate.globally_stable != "proved"
    assert certificate.unique_equilibrium != "proved"


def test_the_norm_of_the_weights_decides_where_signs_are_mixed():
    rng = np.random.default_rng(1)
    W = rng.normal(size=(40, 40)) * 0.4 / np.sqrt(40)
    assert np.abs(np.linalg.eigvals(np.abs(W))).max() > 1  # the loop gains do not
    certificate = hamsim.check(network(W, "gelu"))
    assert certificate.globally_stable == "proved"


# --- two neurons ----------------------------------------------------------------------------

WILSON_COWAN = [[8, -6], [9, -2]]


@pytest.mark.parametrize(
    ("net", "status"),
    [
        (network([[1.5, -1], [2, -0.5]], "relu", [20, 10], [5, 2]), "proved"),
        (network([[1.5, -1], [2, -0.5]], "relu", [20, 100], [5, 2]), "refuted"),
        (network([[1.5, -0.1], [0.2, -0.5]], "relu", [20, 10], [5, 2]), "refuted"),  # runs away
        (network(WILSON_COWAN, "sigmoid", 10, [-1.8, -3], beta=[1.2, 1]), "proved"),
        (network([[3, -2], [2, 0]], "tanh", [1, 0.6]), "refuted"),
        (network([[3, -2], [2, 0]], "tanh", [1, 0.2]), "proved"),
    ],
)
def test_excitation_and_inhibition_of_two_neurons(net, status):
    certificate = hamsim.check(net)
    assert certificate.converges == status
    rng = np.random.default_rng(0)
    # What goes round does so at once; what comes to rest may take long.
    time = 4000 if status == "proved" else 400
    found = ends(net, 4 * rng.normal(size=(8, 2)), time)
    if status == "proved":
        assert all(speed < 1e-6 for _, speed in found)
    else:  # the first that moves will do
        assert any(speed > 1e-4 for _, speed in found)


@pytest.mark.parametrize("seed", range(30))
def test_no_pair_that_is_proved_to_rest_goes_round(seed):
    rng = np.random.default_rng(seed)
    kind = ("tanh", "sigmoid", "relu", "softplus", "hard_tanh", "elu")[seed % 6]
    W = rng.normal(size=(2, 2)) * rng.uniform(0.5, 6)
    W[0, 1], W[1, 0] = -abs(W[0, 1]), abs(W[1, 0])
    net = network(W, kind, rng.uniform(0.2, 5, 2), rng.normal(size=2))
    certificate = hamsim.check(net)
    starts = rng.normal(size=(5, 2)) * 5
    if certificate.converges == "refuted":  # the first that moves will do
        assert any(not speed < 1e-7 for _, speed in ends(net, starts, 300))
    if "proved" in (certificate.converges, certificate.globally_stable):
        states, speeds = zip(*ends(net, starts, 3000), strict=True)
        assert certificate.converges != "proved" or max(speeds) < 1e-5
        assert certificate.globally_stable != "proved" or np.ptp(states, axis=0).max() < 1e-4


# --- the box in which solutions end -------------------------------------------------------


def normed(ratio, kind="rms_norm", epsilon=1.0, size=3):
    rng = np.random.default_rng(0)
    parameters = {"sigma": epsilon} if kind == "radial" else {"epsilon": epsilon}
    groups = {
        "v": {"size": 2, "lagrangian": "tanh", "tau": 0.5, "initial": [0.4, -0.9]},
        "h": {
            "size": size,
            "lagrangian": {"kind": kind, **parameters},
            "tau": np.linspace(1.0, ratio, size).tolist(),
        },
    }
    weights = (2.0 * rng.normal(size=(2, size))).tolist()
    synapses = [{"between": ["v", "h"], "weights": weights}]
    return hamsim.compile({"format": FORMAT, "groups": groups, "connections": synapses})


@pytest.mark.parametrize("kind", ["rms_norm", "spherical", "radial"])
def test_unequal_tau_of_norms_is_allowed_where_solutions_end(kind):
    certificate = hamsim.check(normed(1.5, kind))
    assert certificate.energy_decreases != "proved"  # in all states
    assert certificate.converges == "proved"
    found = convergence(certificate).evidence
    for x, speed in ends(normed(1.5, kind), 20 * np.random.default_rng(1).normal(size=(5, 5)), 500):
        assert speed < 1e-7
        assert np.all((x >= found["low"]) & (x <= found["high"]))
    # a smaller epsilon, or a larger ratio, is beyond the bound
    for beyond in (normed(1.5, kind, 1e-4), normed(1e3, kind)):
        assert "box" not in convergence(hamsim.check(beyond)).message


def power_memory(scale=1.0):
    weights = scale * np.array([[1, -1, 0.5], [0.4, 1, -1], [1, 1, 1], [-0.3, 0.2, 1]])
    groups = {
        "v": {"size": 4, "lagrangian": "tanh", "initial": [0.3, -0.2, 0.5, 0.1]},
        "h": {
            "size": 3,
            "lagrangian": {"kind": "rectified_polynomial", "degree": 4},
            "tau": 0.5,
        },
    }
    synapses = [{"between": ["v", "h"], "weights": weights.tolist()}]
    return hamsim.compile({"format": FORMAT, "groups": groups, "connections": synapses})


def test_steps_of_a_power_memory_are_bounded_in_its_box():
    net = power_memory()
    certificate = hamsim.check(net)
    step = next(c for c in certificate.conditions if c.name == "step of explicit Euler")
    assert certificate.max_step is not None
    low, high = step.evidence["low"], step.evidence["high"]
    rng = np.random.default_rng(0)
    inside = np.isfinite(low) & np.isfinite(high)
    starts = rng.normal(size=(200, net.n_neurons)) * 10
    starts[:, inside] = rng.uniform(low[inside], high[inside], (200, inside.sum()))
    trace = hamsim.simulate(net, initial=starts, method="euler", dt=certificate.max_step, steps=60)
    assert np.all(np.diff(trace.energy, axis=1) <= 1e-9 * (1 + np.abs(trace.energy[:, 1:])))
    assert np.all((trace.x[..., inside] >= low[inside]) & (trace.x[..., inside] <= high[inside]))


# --- energies without a bound ---------------------------------------------------------------


def test_where_the_energy_falls_without_end_some_solutions_do_not_rest():
    net = network([[0, 1.5], [1.5, 0]], "relu", current=1.0)
    certificate = hamsim.check(net)
    assert certificate.energy_decreases == "proved"
    assert certificate.bounded_below == certificate.converges == "refuted"
    x = convergence(certificate).evidence["x"][-1]
    trace = hamsim.simulate(net, initial=x, method="euler", dt=0.01, steps=2000)
    assert np.abs(trace.final).max() > 2 * np.abs(x).max()


def test_an_energy_with_waves_is_not_covered():
    formula = {"expression": "x**2/2 + 0.1*cos(x)"}
    description = {
        "format": FORMAT,
        "groups": {"g": {"size": 1, "lagrangian": formula}},
        "connections": [{"within": "g", "weights": [[2.0]], "self_connections": True}],
    }
    certificate = hamsim.check(description)
    assert certificate.converges != "proved"
    found = convergence(certificate)
    assert "o-minimality" not in found.theorem


# --- piecewise linear networks --------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_rest_states_of_relu_networks_are_all_found(seed):
    rng = np.random.default_rng(seed)
    n = 5
    kind = ("relu", "hard_tanh", "soft_threshold")[seed % 3]
    W = rng.normal(size=(n, n)) * 1.2
    current = rng.normal(size=n)
    net = network(W, kind, 1.0, current)
    found = rest_states_by_pieces(ScaledNetwork(net, np.ones(n), False))
    assert found is not None
    model = dense(net)
    for rest in found:
        assert np.abs(model.velocity(rest.x)).max() < 1e-9
    # Newton's method from many starts finds none besides
    for x in 5 * rng.normal(size=(300, n)):
        for _ in range(30):
            g = np.diag((model.g(x + 1e-7) - model.g(x - 1e-7)) / 2e-7)
            step = np.linalg.lstsq(np.eye(n) - W @ g, model.velocity(x), rcond=None)[0]
            x = x + step
        if np.abs(model.velocity(x)).max() < 1e-9:
            assert min(np.abs(rest.x - x).max() for rest in found) < 1e-5


def test_neurons_that_take_turns_do_not_rest():
    W = np.full((3, 3), -1.5)
    np.fill_diagonal(W, 0.0)
    W[1, 0] = W[2, 1] = W[0, 2] = -0.75
    certificate = hamsim.check(network(W, "relu", current=1.0))
    assert certificate.unique_equilibrium == "proved"
    assert certificate.converges == certificate.globally_stable == "refuted"


def test_a_network_without_a_rest_state_does_not_rest():
    certificate = hamsim.check(network([[2.0]], "relu", current=1.0))
    assert certificate.unique_equilibrium == certificate.converges == "refuted"


# --- one rest state, stable or not ----------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "stable"),
    [
        (network([[0, 0, -4], [-4, 0, 0], [0, -4, 0]]), "refuted"),  # ring oscillator
        (network([[0, 2.5], [2.5, 0]], "identity", current=1.0), "refuted"),  # above threshold
        (network([[0, 0.5], [0.5, 0]], "identity", current=1.0), "proved"),
    ],
)
def test_one_rest_state_is_one_whether_it_is_stable_or_not(net, stable):
    certificate = hamsim.check(net)
    assert certificate.unique_equilibrium == "proved"
    assert certificate.globally_stable == stable


def test_a_threshold_that_is_hit_up_to_rounding_is_left_open():
    """1 - W gain is -4e-16, and W gain has an error of that size: no rest state can be told."""
    certificate = hamsim.check(network([[0.493096646942801]], "identity", current=1.0, gain=2.028))
    assert certificate.unique_equilibrium == "undecided"
    assert certificate.converges != "refuted"


# --- thresholds in exact arithmetic ---------------------------------------------------------


def test_semidefinite_without_rounding():
    ones = np.ones((3, 3))
    assert is_semidefinite(np.zeros(3), -ones) is True
    assert is_semidefinite(np.zeros(3), -(ones - 1e-17 * np.eye(3))) is True  # rounds to ones
    W = -ones
    W[2, 2] = -(1.0 - 2.0**-53)
    assert is_semidefinite(np.zeros(3), W) is False
    W[2, 2] = -(1.0 + 2.0**-52)
    assert is_semidefinite(np.zeros(3), W) is True
    assert is_semidefinite(np.zeros(2), -np.array([[0.0, 1.0], [1.0, 0.0]])) is False
    assert is_semidefinite(np.zeros(100), -np.eye(100)) is None
    rng = np.random.default_rng(0)
    for k in range(40):
        half = rng.integers(-4, 5, (6, 4)) / 8
        A = half @ half.T
        assert is_semidefinite(np.ones(6), np.eye(6) - A) is True
        i = k % 6
        A[i, i] -= 2.0**-40
        # of rank 4 at most: with less on the diagonal some direction has a negative cost
        assert is_semidefinite(np.ones(6), np.eye(6) - A) is False


def test_sparse_coding_at_its_threshold():
    rng = np.random.default_rng(3)
    phi = rng.choice([-1.0, 1.0], (8, 16)) / 4  # all products are exact
    W = np.eye(16) - phi.T @ phi
    signal = phi.T @ rng.normal(size=8)
    net = network(W, "soft_threshold", current=signal, threshold=0.1)
    certificate = hamsim.check(net)
    assert certificate.bounded_below == certificate.converges == "proved"
    # an input that no dictionary makes outweighs the threshold along a direction of cost 0
    null = np.linalg.svd(phi)[2][-1]
    lost = network(W, "soft_threshold", current=signal + 5 * null, threshold=0.1)
    assert hamsim.check(lost).converges != "proved"


@pytest.mark.parametrize(
    ("W", "current", "bounded", "rests"),
    [
        ([[1.0]], 0.0, "proved", "proved"),
        ([[1.0]], 0.1, "refuted", "refuted"),
        ([[0, 1], [1, 0]], [1.0, -1.0], "proved", "proved"),
        ([[0, 1], [1, 0]], [1.0, 1.0], "refuted", "refuted"),
        ([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]], [1.0, -1.0, 0.0], "proved", "proved"),
        ([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]], [1.0, -1.0, 2.0**-60], "refuted", "refuted"),
        ([[1.0 - 2.0**-53]], 0.0, "undecided", "undecided"),  # rounding, not a threshold
    ],
)
def test_integrators_exactly_at_their_threshold(W, current, bounded, rests):
    net = network(W, "identity", current=current, tau=np.arange(1.0, len(W) + 1))
    certificate = hamsim.check(net)
    assert certificate.bounded_below == bounded
    assert certificate.converges == rests
    if rests == "undecided":
        return
    assert certificate.unique_equilibrium == certificate.globally_stable == "refuted"
    coercive = next(c for c in certificate.conditions if c.name == "coercive")
    assert coercive.status == "refuted"
    z = coercive.evidence["direction"]
    assert np.abs(np.array(W) @ z - z).max() == 0
    if rests == "proved":
        for _, speed in ends(net, np.random.default_rng(0).normal(size=(4, len(W))), 200):
            assert speed < 1e-8


def test_a_threshold_hit_by_weights_that_differ_by_an_ulp_is_left_open():
    """The mean of W and its transpose is at the threshold; W itself is above it."""
    W = np.full((3, 3), 0.5)
    np.fill_diagonal(W, 0.0)
    assert hamsim.check(network(W, "soft_threshold")).converges == "proved"
    W[1, 2] *= 1 + 2.0**-52
    assert hamsim.check(network(W, "soft_threshold")).converges != "proved"


def test_no_rounding_explains_a_defect_inside_a_shared_lagrangian():
    """A rotation in the plane of equal rates, of 5e-15 a unit of time, never comes to rest."""
    W = np.full((3, 3), -2.0)
    np.fill_diagonal(W, 0.0)
    assert hamsim.check(network(W, "spherical", epsilon=1.0)).converges == "proved"
    for i in range(3):
        W[i, (i + 1) % 3] *= 1 + 14 * 2.0**-52
    certificate = hamsim.check(network(W, "spherical", epsilon=1.0))
    assert certificate.energy_decreases != "proved"
    assert certificate.converges != "proved"
