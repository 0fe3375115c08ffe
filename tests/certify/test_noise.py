"""What is said of networks with noise: laws that are known, compared with simulations."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import hamsim
from hamsim.certify.noise import NAME


def described(lagrangian, noise, tau=(0.5, 1.0, 2.0), weights=None, **more):
    weights = [[0, 0.3, 0.1], [0.3, 0, -0.2], [0.1, -0.2, 0]] if weights is None else weights
    group = {"size": 3, "lagrangian": lagrangian, "tau": list(tau), "noise": noise}
    return {
        "format": "hamsim/1",
        "groups": {"a": group},
        "connections": [{"within": "a", "weights": weights}],
        **more,
    }


def law_of(spec):
    (law,) = (c for c in hamsim.check(spec).conditions if c.name == NAME)
    return law


def proportional(temperature, gains=1.0, tau=(0.5, 1.0, 2.0)):
    return {"sigma": np.sqrt(2 * temperature * np.array(tau) / gains)}


def test_gibbs_where_noise_goes_with_the_root_of_tau():
    """The covariance is T times the inverse of the energy's Hessian, as of Lyapunov's equation."""
    gains, temperature = np.array([0.5, 1.0, 1.5]), 0.2
    spec = described({"kind": "identity", "gain": gains}, proportional(temperature, gains))
    law = law_of(spec)
    assert law.status == "proved"
    assert law.evidence["temperature"] == pytest.approx(temperature, rel=1e-12)
    network = hamsim.compile(spec)
    W, H = network.W.toarray(), np.diag(gains)
    A = (np.eye(3) - W @ H) / network.tau[:, None]
    exact = solve_continuous_lyapunov(A, np.diag((network.noise.sigma / network.tau) ** 2))
    np.testing.assert_allclose(exact, temperature * np.linalg.inv(H - H @ W @ H), rtol=1e-12)
    x = np.linspace(-1, 1, 3)
    rise = hamsim.energy(network, x).total - hamsim.energy(network, 0 * x).total
    assert rise == pytest.approx(0.5 * x @ (H - H @ W @ H) @ x)


@pytest.mark.parametrize(
    "noise",
    [{"sigma": 0.3}, {"sigma": [0, 1, 1]}, {"sigma": 0.3, "tau": 2.0}],
    ids=["uneven", "not all", "coloured"],
)
def test_linear_networks_are_gaussian(noise):
    law = law_of(described("identity", noise))
    assert law.status == "proved"
    assert "Gaussian" in law.message
    assert "temperature" not in law.evidence


def test_one_way_networks_are_not_gibbs():
    spec = described("identity", proportional(0.1))
    spec["connections"] = [{"from": "a", "to": "a", "weights": [[0, 0.4, 0], [0] * 3, [0] * 3]}]
    assert "Gaussian" in law_of(spec).message


def test_bounded_activations_have_one_law():
    law = law_of(described("tanh", {"sigma": 0.1}, weights=2.0))
    assert law.status == "proved"
    assert "whatever the start" in law.message


@pytest.mark.parametrize(
    ("lagrangian", "noise", "weights"),
    [
        ("relu", {"sigma": 0.1}, None),
        ("identity", {"sigma": 0.1}, 0.5),  # at the threshold it diffuses for ever
        ("tanh", {"sigma": [0, 1, 1]}, 2.0),
        ("tanh", {"sigma": 1.0, "tau": 1.0}, 2.0),
        ("sign", {"sigma": 0.1}, None),
    ],
)
def test_of_others_nothing_is_known(lagrangian, noise, weights):
    assert law_of(described(lagrangian, noise, weights=weights)).status == "undecided"


def test_other_answers_are_those_without_noise():
    with_noise = hamsim.check(described("tanh", {"sigma": 0.1}, weights=2.0)).to_dict()
    without = hamsim.check(described("tanh", {"sigma": 0.0}, weights=2.0)).to_dict()
    conditions = [c for c in with_noise.pop("conditions") if c["name"] != NAME]
    assert [c["name"] for c in conditions] == [c["name"] for c in without.pop("conditions")]
    assert with_noise == without


def test_the_line_of_a_run_says_what_noise_changes():
    check = hamsim.check_run(described("identity", proportional(0.25)))
    assert check.text == (
        "with noise no state is final: their law settles to Gibbs', exp(-E/T) with T = 0.25; "
        "without noise proved to converge to rest in continuous time"
    )
    assert check.certificate.converges == "proved"
    assert not check.in_steps
    clamp = [{"group": "a", "mode": "clamp", "value": 1.0, "mask": [1, 0, 0]}]
    check = hamsim.check_run(described("identity", proportional(0.25), stimuli=clamp))
    assert check.text.startswith("with noise no state is final; without noise proved")


def test_the_law_of_a_run_is_the_one_that_is_proved():
    """Mean of the energy above its least is n T / 2 in a quadratic one."""
    spec = described("identity", proportional(0.25))
    network = hamsim.compile(spec)
    trace = hamsim.simulate(
        network, np.zeros((20_000, 3)), "leimkuhler_matthews", dt=0.1, t_end=15, record=None
    )
    energies = hamsim.energy(network, trace.final).total
    assert abs(energies.mean() - 1.5 * 0.25) < 4 * energies.std() / np.sqrt(energies.size)
