"""Annealed networks find answers, which are compared with exact ones."""

import os
import signal

import networkx
import numpy as np
import pytest

import hamsim
from hamsim.optimise.annealing import raised

CITIES = np.random.default_rng(3).random((8, 2))


def tour_file(**more):
    return {
        "format": "hamsim/1",
        "groups": {
            "tour": {
                "shape": [8, 8],
                "lagrangian": {"kind": "softmax", "over": "last"},
                "initial": {"normal": {"std": 0.5}},
            }
        },
        "connections": [{"within": "tour", "weights": {"salesman": {"cities": CITIES}}}],
        "simulation": {"method": "euler", "dt": 0.2, "t_end": 100},
        "solve": {"gain": [1, 12], "stages": 25, "starts": 6},
        **more,
    }


def cut_file(**more):
    return {
        "format": "hamsim/1",
        "seed": 4,
        "groups": {"nodes": {"size": 14, "lagrangian": "sign", "initial": {"signs": {}}}},
        "connections": [{"within": "nodes", "weights": {"cut": 1}, "density": 0.5, "scale": 0.5}],
        "solve": {"temperature": [2, 0.1], "stages": 60, "starts": 5},
        **more,
    }


def without_bounds():
    """Neurons whose activations grow as their states do."""
    groups = {"nodes": {"size": 14, "lagrangian": "identity", "initial": 1.0}}
    return cut_file(groups=groups, solve={"gain": [1, 2], "stages": 20})


def test_a_tour_of_few_cities_is_the_shortest():
    solution = hamsim.solve(tour_file(), exact=30, threads=1)
    assert solution.valid.sum() >= 5
    assert solution.exact.optimal
    assert solution.excess == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_array_equal(solution.answer, solution.exact.answer)
    assert solution.values.min() == solution.value
    told = solution.to_dict()
    assert told["length"] == solution.value
    assert told["exact"]["excess"] == solution.excess


def test_starts_and_threads_change_no_bit_and_the_seed_does():
    all_six = hamsim.solve(tour_file(), threads=1)
    again = hamsim.solve(hamsim.compile(tour_file()), starts=3, threads=2)
    np.testing.assert_array_equal(all_six.x[:3], again.x)
    other = hamsim.solve(tour_file(), seed=5, starts=3, threads=1)
    assert not np.array_equal(other.x, again.x)


def test_a_gain_is_the_steepness_of_the_activations():
    network = hamsim.compile(tour_file()).replace(input=np.linspace(-0.5, 0.5, 64))
    x = np.random.default_rng(0).normal(size=(1, 64))
    annealed = raised(network, x, np.array([3.0]), 60.0, 0, 1, None)
    steep = tour_file()
    steep["groups"]["tour"]["lagrangian"] = {"kind": "softmax", "over": "last", "beta": 3.0}
    steep = hamsim.compile(steep).replace(input=network.input)
    trace = hamsim.simulate(steep, x / 3.0, dt=0.2, t_end=60, record=None, threads=1)
    np.testing.assert_allclose(annealed.x, 3.0 * trace.final, rtol=1e-9, atol=1e-9)


def test_binary_neurons_find_the_heaviest_cut():
    solution = hamsim.solve(cut_file(), exact=30, threads=1)
    assert solution.valid.all()
    assert solution.exact.optimal
    assert solution.value == solution.exact.value
    graph = solution.problem.graph
    assert set(graph.data) == {1.0}
    nodes = networkx.from_scipy_sparse_array(graph)
    exchanged, _ = networkx.approximation.one_exchange(nodes, weight="weight", seed=1)
    assert exchanged <= solution.value


def test_binary_neurons_find_the_shortest_tour():
    file = tour_file(solve={"temperature": [0.6, 0.1], "stages": 1000, "starts": 24})
    file["groups"]["tour"] = {
        "shape": [8, 8],
        "lagrangian": "step",
        "input": 2.0,
        "initial": {"bernoulli": {"p": 0.1}},
    }
    solution = hamsim.solve(file, exact=30, threads=1)
    assert solution.valid[solution.best]
    assert solution.valid.sum() >= 6
    assert solution.excess == pytest.approx(0.0, abs=1e-9)


def test_what_was_hot_to_the_last_still_comes_to_rest():
    solution = hamsim.solve(cut_file(), temperature=(5, 5), stages=3, threads=1)
    graph = solution.problem.graph
    for side in solution.answers:
        assert np.all(side * (graph @ side) <= 0), "a change of a single node cuts more"
    assert solution.values.min() < solution.values.max() == solution.value


@pytest.mark.parametrize("lagrangian", [{"kind": "softmax", "over": "last"}, "step"])
def test_six_queens_do_not_attack_each_other(lagrangian):
    binary = lagrangian == "step"
    solution = hamsim.solve(
        {
            "format": "hamsim/1",
            "groups": {
                "board": {
                    "shape": [6, 6],
                    "lagrangian": lagrangian,
                    "input": 0.6 if binary else 0,
                    "initial": {"bernoulli": {}} if binary else {"normal": {"std": 0.5}},
                }
            },
            "connections": [{"within": "board", "weights": {"queens": 1}}],
            "simulation": {"t_end": 100},
            "solve": {"starts": 16, "stages": 200, "gain": [0.5, 12]},
        },
        threads=1,
        temperature=(1, 0.05) if binary else None,
    )
    assert solution.value == 0.0
    assert solution.answer.sum() == 6
    assert solution.valid[solution.best]


def test_ctrl_c_leaves_what_was_found_by_then():
    def press(done, stages):
        assert stages == 25
        if done == 4:
            os.kill(os.getpid(), signal.SIGINT)

    solution = hamsim.solve(tour_file(), exact=30, threads=1, progress=press)
    assert solution.interrupted
    assert solution.stages == 4
    assert solution.exact is None
    assert len(solution.answers) == 6


def test_what_does_not_fit_is_told():
    plain = {"format": "hamsim/1", "groups": {"a": {"size": 2, "lagrangian": "tanh"}}}
    both = cut_file()
    both["connections"] = both["connections"] * 2
    turned = cut_file()
    turned["connections"] = [{"within": "nodes", "weights": {"cut": 1}, "scale": -1}]
    network = hamsim.compile(cut_file())
    for source, arguments, message in (
        (plain, {}, "the network states no problems; one connection has weights by"),
        (both, {}, "the network states 2 problems"),
        (turned, {}, "a cut has a scale above 0 and no sign"),
        (network.replace(input=1.0), {}, "nothing describes this network"),
        (cut_file(), {"gain": (1, 2)}, "neurons are binary: give temperature"),
        (tour_file(), {"temperature": (1, 2)}, "neurons are graded: give gain"),
        (tour_file(), {"gain": (0, 2)}, r"solve\.gain\[0\]: must be above 0, not 0"),
        (tour_file(), {"stages": 0}, "stages is 0"),
        (tour_file(solve={"stages": 3}), {}, "give gain, for graded neurons, or temperature"),
        (without_bounds(), {"gain": (1, 1e3)}, "states diverge at a gain of "),
    ):
        with pytest.raises(hamsim.HamsimError, match=message):
            hamsim.solve(source, **arguments)
