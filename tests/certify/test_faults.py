"""Claims that were false once, and failures inside: each kind with its numbers."""

import warnings

import numpy as np
import pytest
from reference import dense

import hamsim
from hamsim.certify.rate import energy_rate
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition
from hamsim.deadline import NOT_YET, OutOfTime, attempt, look, within
from hamsim.spectrum.eigenvectors import top_eigenvectors

FORMAT = "hamsim/1"


def network(W, kind="tanh", tau=1.0, current=0.0, **parameters):
    W = np.array(W, float)
    n = len(W)
    group = {"size": n, "lagrangian": {"kind": kind, **parameters} if parameters else kind}
    group["input"] = np.broadcast_to(current, n).tolist()
    group["tau"] = np.broadcast_to(tau, n).tolist()
    entry = {"within": "g"} if np.array_equal(W, W.T) else {"from": "g", "to": "g"}
    entry |= {"weights": W.tolist(), "self_connections": True}
    return hamsim.compile({"format": FORMAT, "groups": {"g": group}, "connections": [entry]})


def named(certificate, name):
    return next(c for c in certificate.conditions if c.name == name)


# --- condition numbers near 1 ---------------------------------------------------------------


@pytest.mark.parametrize("tau", [[0, 1], [0.0, 1e-300]])
def test_no_condition_number_allows_an_infinite_ratio(tau):
    # kappa = 1 + beta / (2 epsilon) rounds to 1
    net = network([[0, 1e-9], [1e-9, 0]], "softmax_ridge", tau, beta=1e-8, epsilon=1e8)
    certificate = hamsim.check(net)
    assert certificate.energy_decreases != "proved"
    condition = named(certificate, "descent of g")
    assert np.isfinite(condition.evidence["allowed_ratio"])
    assert "all or for none" in condition.repair


def test_a_condition_number_that_rounds_to_1_still_has_a_bound():
    # (sqrt(rho) - 1)(sqrt(kappa) - 1) <= 2 with kappa - 1 = 5e-17 allows rho up to 6.4e33
    weights = [[0, 1e-9], [1e-9, 0]]
    for ratio, falls in ((1e33, "proved"), (1e35, None)):
        net = network(weights, "softmax_ridge", [1.0, ratio], beta=1e-8, epsilon=1e8)
        assert (hamsim.check(net).energy_decreases == "proved") == (falls == "proved")


# --- steps of networks in strange units -----------------------------------------------------


@pytest.mark.parametrize("unit", [1.0, 1e-150, 1e150])
def test_the_largest_step_does_not_depend_on_the_units(unit):
    # slope / tau would underflow; lambda_min of the scaled W is -4: dt = 2 / (1 + 4) of tau
    net = network([[0, -4e200], [-4e200, 0]], "tanh", unit, beta=1e-200)
    step = hamsim.check(net).max_step
    assert step == pytest.approx(0.4 * unit, rel=1e-6)


# --- witnesses ------------------------------------------------------------------------------


def test_a_rise_that_is_rounding_is_no_witness():
    """u = 0 in floating-point numbers says nothing of the product of two errors."""
    net = network([[0.0, 0.1], [0.1, 0.0]], "gelu", current=[0.3, -2.0])
    model = dense(net)
    x = np.zeros(2)
    for _ in range(2000):
        x = x + 0.5 * model.velocity(x)
    scaled = ScaledNetwork(net, np.ones(2), True)
    # the first neuron rests in floating-point numbers; the second is where h is about -1e-200
    rest = np.array([x[0], -31.0])
    for _ in range(200):
        rest[0] = model.drive(rest)[0]
    rate, size = energy_rate(scaled, rest[None])
    assert 0 < rate[0] < 1e-150
    assert rate[0] <= 1e-9 * size[0]  # its error is the product of two roundings, of about 1e-34
    rate, size = energy_rate(scaled, np.array([[0.3, -2.5]]))  # where g falls: a clear rise
    assert rate[0] > 1e-9 * size[0]


def test_rounding_of_a_sparse_projection_counts_where_all_that_is_active_is_driven_alike():
    """H maps equal changes of what is active to 0, which is then no bound of its rounding."""
    net = network(np.full((6, 6), 0.3), "sparsemax")
    model = dense(net)
    x = np.array([0.55, -9.0, 0.45, -9.0, -9.0, -9.0])
    u = model.drive(x) - x
    H = model.groups[0].H(x)
    rate, size = energy_rate(ScaledNetwork(net, np.ones(6), True), x[None])
    terms = u * (H @ u)
    assert rate[0] == pytest.approx(-terms.sum(), rel=1e-9)
    rounding = 1e-9 * (size[0] - np.abs(terms).sum())
    assert rounding > 1e-15 * (u @ u)


# --- cycles that nearly balance -------------------------------------------------------------


def three(defect):
    d = np.array([1.0, 3.0, 0.7])
    S = np.array([[0, 1.1, 0.9], [1.1, 0, 0.6], [0.9, 0.6, 0]])
    W = S / d[:, None]
    W[0, 1] *= 1 + defect
    return W


@pytest.mark.parametrize(
    ("defect", "kind", "falls"),
    [
        (0, "symmetrizable", "proved"),
        (8e-13, "symmetrizable", "undecided"),
        (1e-9, "none", "refuted"),
    ],
)
def test_a_cycle_defect_is_said_and_what_it_spoils_is_not_claimed(defect, kind, falls):
    certificate = hamsim.check(network(three(defect) * 2))
    assert certificate.symmetry == kind
    assert certificate.energy_decreases == falls
    if kind == "symmetrizable":
        assert "up to" in named(certificate, "symmetry").message
    if falls == "undecided":
        assert named(certificate, "descent of W").evidence["defect"] == pytest.approx(
            8e-13, rel=0.1
        )
        assert certificate.converges == "undecided"
        # what has room for the defect is claimed all the same
        weak = hamsim.check(network(three(defect) * 0.2))
        assert weak.globally_stable == weak.converges == "proved"


# --- spectra of many equal eigenvalues ------------------------------------------------------


@pytest.mark.parametrize("n", [3, 50, 100, 300])
@pytest.mark.parametrize("kind", ["relu", "tanh"])
def test_uniform_inhibition(n, kind):
    W = np.full((n, n), -0.02)
    np.fill_diagonal(W, 0.8)
    certificate = hamsim.check(network(W, kind))
    assert certificate.converges == "proved"
    assert not [c for c in certificate.conditions if "failure" in c.evidence]


def test_eigenvectors_of_equal_eigenvalues():
    for n in (1, 2, 60, 200):
        A = np.full((n, n), -0.02)
        np.fill_diagonal(A, 0.8)
        values, vectors = top_eigenvectors(A, 3)
        assert len(values) == min(3, n)
        np.testing.assert_allclose(A @ vectors, vectors * values, atol=1e-12)


# --- what fails inside ----------------------------------------------------------------------


def test_weights_whose_sums_overflow_make_nothing_fail():
    groups = {
        "a": {"size": 3, "lagrangian": "tanh"},
        "b": {"size": 2, "lagrangian": "identity"},
    }
    part = {"between": ["a", "b"], "weights": [[-1, -1], [1, 1e308], [-1, 1]]}
    certificate = hamsim.check({"format": "hamsim/1", "groups": groups, "connections": [part]})
    assert not any("failure" in condition.evidence for condition in certificate.conditions)


def test_what_fails_inside_is_undecided_with_the_reason():
    def fails():
        raise IndexError("index 0 is out of bounds")

    condition = attempt("thing", fails)
    assert condition.status == "undecided"
    assert "IndexError: index 0 is out of bounds" in condition.message
    assert condition.evidence["failure"]
    with pytest.raises(KeyboardInterrupt):
        attempt("thing", lambda: (_ for _ in ()).throw(KeyboardInterrupt))


def test_a_failure_of_a_theorem_is_no_failure_of_the_check(monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("float division by zero")

    for theorem in ("descent._group", "study.coercive", "study.unique", "study.max_step"):
        monkeypatch.setattr(f"hamsim.certify.{theorem}", fails)
    certificate = hamsim.check(network([[0, 0.5], [0.5, 0]]))
    assert certificate.energy_decreases == certificate.bounded_below == "undecided"
    assert [c for c in certificate.conditions if "failure" in c.evidence]


def test_the_clock_ends_what_takes_too_long():
    def long():
        while True:
            look()

    with within(0.01):
        assert attempt("thing", long).message == NOT_YET
        with pytest.raises(OutOfTime):
            look(1.0)
    look()
    assert attempt("thing", lambda: Condition("thing", "proved", "")).status == "proved"


def test_a_check_without_time_is_open_and_not_wrong():
    W = np.random.default_rng(0).normal(size=(30, 30))
    for net in (network(W), network(W + W.T), network(W + W.T, "relu"), network(W, "gelu")):
        hurried = hamsim.check(net, seconds=0.0)
        whole = hamsim.check(net)
        for field in hurried.FIELDS:
            assert getattr(hurried, field) in ("undecided", getattr(whole, field))


def test_a_diagonal_of_rounding_is_no_self_connection():
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(8, 16))
    phi /= np.linalg.norm(phi, axis=0)
    W = np.eye(16) - phi.T @ phi
    assert 0 < np.abs(np.diag(W)).max() < 1e-15
    description = {
        "format": FORMAT,
        "groups": {"a": {"size": 16, "lagrangian": "soft_threshold"}},
        "connections": [{"within": "a", "weights": W.tolist()}],
    }
    assert not hamsim.compile(description).W.diagonal().any()
    W[3, 3] = 1e-9
    description["connections"][0]["weights"] = W.tolist()
    with pytest.raises(hamsim.SpecError, match="neuron 3 is connected to itself by 1e-09"):
        hamsim.compile(description)


@pytest.mark.parametrize("formula", ["-x**2", "abs(x)", "x**3"])
def test_nobody_is_warned_of_numbers_that_decide_nothing(formula):
    description = {
        "format": FORMAT,
        "groups": {"a": {"size": 2, "lagrangian": {"expression": formula}}},
        "connections": [{"within": "a", "weights": 0.5}],
    }
    with np.errstate(all="warn"), warnings.catch_warnings():
        warnings.simplefilter("error")
        hamsim.check(description)
        text = hamsim.check_run(description).text
    assert text != "undecided"  # without a reason
