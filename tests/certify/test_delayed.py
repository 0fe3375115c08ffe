"""What is claimed of networks with delays: the bounds that hold with them, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.certify.delayed import DelayedStudy, contracts_with_delays


def described(*matrices, delays=(1.0,), kind="tanh", **group):
    """Neurons with matrices of synapses, each with a delay."""
    n = len(matrices[0])
    return {
        "format": "hamsim/1",
        "groups": {"a": {"size": n, "lagrangian": kind, **group}},
        "connections": [
            {"from": "a", "to": "a", "weights": M, "delay": delay, "self_connections": True}
            for M, delay in zip(matrices, delays, strict=True)
        ],
    }


def test_small_gains_rest_whatever_the_delays_are():
    certificate = hamsim.check(described([[0.0, -0.9], [-0.9, 0.0]]))
    assert certificate.converges == certificate.globally_stable == "proved"
    assert certificate.unique_equilibrium == "proved"
    assert certificate.energy_decreases == "undecided"
    assert certificate.max_step is None


def test_a_symmetric_network_that_oscillates_is_not_said_to_rest():
    """Inhibition of itself by 3 rests without a delay, and oscillates with one of 2."""
    network = hamsim.compile(described([[-3.0]], delays=(2.0,), initial=0.1))
    assert hamsim.check(network.replace(delay=0.0)).converges == "proved"
    certificate = hamsim.check(network)
    assert certificate.converges == "undecided"
    assert certificate.energy_decreases == "undecided"
    assert certificate.globally_stable == "undecided"
    assert certificate.unique_equilibrium == "proved"  # that does not depend on delays
    assert certificate.bounded_below == "proved"
    trace = hamsim.simulate(network, method="rk4", dt=0.05, t_end=60)
    assert np.ptp(trace.x[trace.t > 40]) > 1.0


def test_self_inhibition_counts_only_where_it_is_late():
    at_once = described([[-5.0]], [[0.5]], delays=(0.0, 1.0))
    assert hamsim.check(at_once).converges == "proved"
    assert hamsim.check(described([[-5.0]], [[0.5]], delays=(1.0, 0.0))).converges == "undecided"


def test_weights_of_other_delays_do_not_cancel():
    both = described([[2.0]], [[-2.0]], delays=(1.0, 1.5))
    network = hamsim.compile(both)
    assert network.W.nnz == 0
    certificate = hamsim.check(network)
    assert certificate.unique_equilibrium == "proved"
    assert certificate.converges == "undecided"


def test_two_rest_states_stand_against_one_for_all():
    certificate = hamsim.check(described([[2.0]]))
    assert certificate.unique_equilibrium == certificate.globally_stable == "refuted"
    assert certificate.converges == "undecided"


def test_an_energy_that_rises_without_delays_may_rise_with_them():
    """A past that has always been the same is what there is without delays."""
    certificate = hamsim.check(described([[0.0, 2.0], [-2.0, 0.0]]))
    assert certificate.energy_decreases == "refuted"


def test_instantaneous_neurons_may_hear_each_other_late():
    certificate = hamsim.check(described([[0.0, 3.0], [3.0, 0.0]], tau=0.0))
    assert certificate.instant_well_posed == "proved"
    assert certificate.converges == "undecided"


def test_softmax_counts_by_the_largest_row_sum():
    late = described([[0.9, 0.0], [0.0, 0.9]], kind={"kind": "softmax", "beta": 2.0})
    bound = contracts_with_delays(hamsim.compile(late))
    assert bound.proved  # row sums of H are at most beta / 2
    late["connections"][0]["weights"] = [[1.1, 0.0], [0.0, 1.1]]
    assert not contracts_with_delays(hamsim.compile(late)).proved


@pytest.mark.parametrize("unknown", ["exponential", "cubic"])
def test_slopes_without_a_bound_prove_nothing(unknown):
    assert not contracts_with_delays(hamsim.compile(described([[0.01]], kind=unknown))).proved


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_proved_is_the_spectral_radius_of_sizes_and_comes_to_rest(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    now, first, second = rng.normal(0, rng.uniform(0.1, 0.6), (3, n, n))
    delays = rng.uniform(0.2, 3.0, 2).tolist()
    network = hamsim.compile(
        described(
            *(M.tolist() for M in (now, first, second)),
            delays=(0.0, *delays),
            tau=rng.uniform(0, 2, n).round(1).tolist(),
            initial=rng.normal(0, 2, n).tolist(),
        )
    )
    sizes = np.abs(now)
    np.fill_diagonal(sizes, np.maximum(np.diag(now), 0.0))
    sizes = sizes + np.abs(first) + np.abs(second)
    study = DelayedStudy(network)
    assert study.late.proved == (np.abs(np.linalg.eigvals(sizes)).max() < 1)
    if study.late.proved and not (network.tau == 0).any():
        assert study.converges.status == study.globally_stable.status == "proved"
        ends = hamsim.simulate(
            network, [network.initial, -network.initial], dt=0.1, t_end=400, record=None
        ).x
        assert np.abs(ends[0] - ends[1]).max() < 1e-4


def test_a_run_says_what_holds_of_it():
    network = hamsim.compile(described([[0.5]]))
    told = hamsim.check_run(network, method="euler", dt=0.1)
    assert told.text == "proved to converge to one rest state in continuous time"
    assert not told.in_steps
    late = hamsim.check_run(hamsim.compile(described([[-3.0]])))
    assert late.text.startswith("undecided: synapses have delays")
    held = described([[0.0, 0.5], [3.0, 0.0]])
    held["stimuli"] = [{"neurons": ["a[0]"], "mode": "clamp", "value": 1.0}]
    assert hamsim.check_run(hamsim.compile(held)).text == (
        "undecided: neurons are clamped in a network with delays"
    )
