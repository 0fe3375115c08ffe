"""What is said of updates beside hidden neurons that follow at once."""

import numpy as np
import pytest

import hamsim
from hamsim.certify.verdict import check_run

PATTERNS = np.array([[1.0, 1.0]])


def network(lagrangian, own=0.0, **more):
    """Two neurons of -1 and 1 and a hidden one; `own` is the self-weight of the first two."""
    lateral = {"within": "v", "weights": [[own, 0.0], [0.0, own]], "self_connections": True}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "v": {"size": 2, "lagrangian": "sign"},
                "h": {"size": 1, "lagrangian": lagrangian, "tau": 0},
                **more.pop("groups", {}),
            },
            "connections": [
                {"between": ["h", "v"], "weights": PATTERNS.tolist()},
                *([lateral] if own else []),
                *more.pop("connections", ()),
            ],
        }
    )


@pytest.mark.parametrize("lagrangian", ["identity", {"expression": "x**3"}])
@pytest.mark.parametrize("own", [0.0, -5.0])
def test_single_updates_fall_whatever_the_hidden_lagrangian_and_self_weights(lagrangian, own):
    told = check_run(network(lagrangian, own), method="asynchronous")
    assert told.certificate.energy_decreases == "proved"
    assert told.certificate.bounded_below == "proved"
    assert "lowers the energy" in told.text
    assert told.text.startswith("proved to come to rest")
    warm = check_run(network(lagrangian, own), method="asynchronous", temperature=1.0, sweeps=5)
    assert "Boltzmann" in warm.text


def test_at_once_nothing_is_proved_because_the_energy_may_rise():
    """Both neurons turn over and over again: F = x^2/2 couples each to the other alone."""
    made = network("identity")
    told = check_run(made, method="synchronous").certificate
    assert (told.energy_decreases, told.converges) == ("undecided", "undecided")
    start = np.array([1.0, -1.0, 0.0])
    trace = hamsim.simulate(made, start, method="synchronous")
    assert trace.outcome == "cycle"
    # and beside a third that holds them back, a sweep does raise it
    more = {"groups": {"w": {"size": 1, "lagrangian": "sign"}}}
    more["connections"] = [{"between": ["v", "w"], "weights": [[1.5], [-1.2]]}]
    trace = hamsim.simulate(
        network({"expression": "-x**2"}, **more),
        np.array([1.0, 1.0, 0.0, 1.0]),
        method="synchronous",
        sweeps=4,
    )
    assert (np.diff(trace.energy) > 0.0).any()


def test_graded_neurons_beside_hidden_ones_ask_for_convexity():
    graded = {"groups": {"g": {"size": 1, "lagrangian": "tanh"}}}
    graded["connections"] = [{"between": ["h", "g"], "weights": 1.0}]
    told = check_run(network("relu", **graded), method="asynchronous").certificate
    assert told.energy_decreases == "proved"
    told = check_run(network({"expression": "x**3"}, **graded), method="asynchronous").certificate
    assert told.energy_decreases == "undecided"
