"""Gradients back through time: exact ones of the steps that `simulate` takes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import reference
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from unrolled_reference import no_change, tangents

import hamsim
from hamsim.errors import HamsimError
from hamsim.learning.methods.through_time import Options, gradient_of
from hamsim.learning.posed import Posed, Wanted
from hamsim.network.edges import edges_of
from hamsim.operator.team import PARALLEL_WORK, work_of

ZOO = Path(__file__).resolve().parents[2] / "networks"
STEPS, DT, TRIALS = 6, 0.07, 2
EVERYTHING = Wanted(initial=True, tau=True, edges=True)
NOTHING = Wanted(weights=False, input=False, lagrangian=False)
# The oracle adds up in another order.
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
ABOUT = {"rtol": 1e-7, "atol": 1e-9}  # where it takes differences


def posed_of(network, seed, trials=TRIALS, of="g", held=0):
    """Random starts, currents and targets, and some neurons held."""
    rng = np.random.default_rng(seed)
    n = network.n_neurons
    group = network.groups[int(rng.integers(len(network.groups)))]
    target = rng.normal(size=(trials, *group.shape))
    loss = hamsim.loss("squared", group=group.name, target=target, of=of).bound(network, trials)
    clamped = np.zeros(n, dtype=bool)
    clamped[rng.integers(n, size=held)] = True
    starts = network.initial + rng.normal(0, 0.1, (trials, n))
    return Posed(network, starts, clamped, rng.normal(0, 0.1, (trials, n)), loss, 1e-6)


def random_network(seed, **options):
    how = {"instant": seed % 3 == 0, "symmetric": seed % 2 == 0, "gated": seed % 4 == 1}
    return hamsim.compile(random_description(seed, max_size=3, **{**how, **options}))


def matrix_of(network, edges):
    """The matrix of one number an edge, in both directions where the edge has both."""
    found, result = edges_of(network), np.zeros((network.n_neurons,) * 2)
    for (i, j), back, value in zip(network.edges, found.back, edges, strict=True):
        result[i, j] = value
        if back >= 0:
            result[j, i] = value
    return result


def of_parameters(network, still, rng):
    """Directions along one number that all neurons of a group have for a parameter."""
    h = 1e-6
    for group in network.groups:
        for name in group.parameters:

            def change(x, group=group, name=name):
                g = []
                for shift in (h, -h):
                    model = reference.dense(network)
                    for each in model.groups:
                        if group.start <= each.neurons[0] < group.stop:
                            own = {**each.parameters, name: each.parameters[name] + shift}
                            each.parameters = own
                    g.append(model.g(x))
                return (g[0] - g[1]) / (2 * h)

            yield group.name, name, replace(still, g=change)


def along(posed, direction, trial, steps=STEPS):
    """dC of one trial along a direction, by the oracle."""
    model = reference.dense(posed.network)
    model.input = model.input + posed.current[trial]
    held = np.where(posed.held, posed.starts[trial], np.nan)
    found = tangents(model, posed.starts[trial], DT, steps, direction, lambda _: held)
    x, dx, g, dg = (each[-1] for each in found)
    loss = posed.loss.rows(np.array([trial]))
    v, dv = (x, dx) if loss.of == "x" else (g, dg)
    return loss.slope(v[None])[0] @ dv


@pytest.mark.parametrize("seed", range(12))
def test_gradients_are_the_derivatives_along_any_direction(seed):
    network = random_network(seed)
    posed = posed_of(network, seed, of="gx"[seed % 2], held=seed % 3)
    found = gradient_of(posed, EVERYTHING, Options(steps=STEPS, dt=DT, keep=[None, 1, 4][seed % 3]))
    assert found.counts.all()
    rng, n = np.random.default_rng(seed), network.n_neurons
    still = no_change(reference.dense(network))
    vector = rng.normal(size=n)
    edges, triples = rng.normal(size=len(network.edges)), rng.normal(size=still.triples.size)
    gates = [found.weights.connections[c.name] for c in network.connections if c.gate]
    directions = {
        "initial": (replace(still, x=vector), found.initial @ vector),
        "input": (replace(still, input=vector), found.input @ vector),
        "clamp": (replace(still, held=vector), found.clamp @ vector),
        "tau": (replace(still, tau=vector), found.tau @ vector),
        "edges": (replace(still, W=matrix_of(network, edges)), found.weights.edges @ edges),
        "gates": (replace(still, triples=triples), np.concatenate([*gates, []]) @ triples),
    }
    for group, parameter, direction in of_parameters(network, still, rng):
        ours = found.lagrangian[group][parameter].sum()
        directions[f"{group} {parameter}"] = direction, ours
    for name, (direction, ours) in directions.items():
        theirs = np.array([along(posed, direction, trial) for trial in range(TRIALS)])
        theirs = theirs if np.ndim(ours) else theirs.mean()
        close = ABOUT if " " in name else CLOSE
        np.testing.assert_allclose(ours, theirs, **close, err_msg=name)
    assert not found.initial[:, posed.held | (network.tau == 0)].any()
    assert not found.input[:, posed.held].any()
    assert not found.clamp[:, ~posed.held].any()


def same(one, other):
    """Whether two results are the same to the bit."""
    for name in ("loss", "x", "input", "clamp", "initial", "tau"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_array_equal(one.weights.edges, other.weights.edges)


@given(st.integers(0, 10_000), st.integers(1, 9))
@example(7529, 1)  # one neuron
@settings(max_examples=6, deadline=None)
def test_which_states_are_kept_changes_no_bit(seed, keep):
    posed = posed_of(random_network(seed), seed)
    first, second = (
        gradient_of(posed, EVERYTHING, Options(steps=STEPS, dt=DT, keep=k)) for k in (None, keep)
    )
    same(first, second)
    assert second.products_backward[0] >= first.products_backward[0]


DRIVEN = {
    "format": "hamsim/1",
    "groups": {
        "cells": {
            "size": 3,
            "lagrangian": "tanh",
            "tau": [0.5, 1.0, 2.0],
            "initial": [0.1, -0.2, 0.3],
            "input": "0.3 * sin(5 * t)",
        },
        "shares": {"size": 3, "lagrangian": "softmax", "initial": [0.5, 0.0, -0.5]},
        "at_once": {"size": 2, "lagrangian": "sigmoid", "tau": 0},
    },
    "connections": [
        {"between": ["cells", "shares"], "weights": [[0.5, -1, 0.2], [0.3, 1, -0.4], [1, 0, 0.6]]},
        {"between": ["cells", "at_once"], "weights": [[1, -0.5], [0.4, 0.3], [-0.7, 0.2]]},
    ],
    "stimuli": [
        # It begins within a step, and ends on one.
        {
            "group": "cells",
            "mode": "clamp",
            "value": 0.4,
            "mask": [1, 0, 0],
            "start": 0.17,
            "stop": 0.4,
        },
        {"group": "shares", "mode": "clamp", "value": "cos(3 * t)", "mask": [0, 1, 0], "stop": 0.3},
        {"group": "at_once", "mode": "input", "value": 0.8, "start": 0.2},
    ],
}


def driven(**options):
    network = hamsim.compile(DRIVEN)
    posed = posed_of(network, 3)
    posed = posed._replace(current=None)
    return network, posed, Options(steps=7, dt=0.1, **options)


@pytest.mark.parametrize("keep", [None, 1, 3])
def test_the_steps_are_those_of_simulate_to_the_bit(keep):
    network, posed, options = driven(keep=keep)
    found = gradient_of(posed, EVERYTHING, options)
    trace = hamsim.simulate(network, posed.starts, method="euler", dt=0.1, steps=7)
    np.testing.assert_array_equal(found.x, trace.final)
    np.testing.assert_array_equal(found.loss, posed.loss.value(hamsim.activation(network, found.x)))


@pytest.mark.parametrize("at", [None, [0, 3, 8]])
def test_stimuli_over_time_act_on_gradients(at):
    """Against differences of runs of `simulate`, which know nothing of gradients."""
    network, posed, options = driven(keep=2, at=at)
    found = gradient_of(posed, EVERYTHING, options)

    def loss(starts=posed.starts, **changes):
        changed = network.replace(**changes) if changes else network
        trace = hamsim.simulate(changed, starts, method="euler", dt=0.1, steps=7)
        states = trace.x[:, -1:] if at is None else trace.x[:, at]
        values = [posed.loss.value(hamsim.activation(network, x)) for x in states.swapaxes(0, 1)]
        return np.mean(values, axis=0)

    np.testing.assert_allclose(found.loss, loss(), rtol=1e-14)
    step = 1e-5
    for k in range(network.n_neurons):
        e = step * (np.arange(network.n_neurons) == k)
        by_start = (loss(posed.starts + e) - loss(posed.starts - e)) / (2 * step)
        np.testing.assert_allclose(found.initial[:, k], by_start, atol=1e-9)
        if network.tau[k]:
            by_tau = (loss(tau=network.tau + e) - loss(tau=network.tau - e)).mean() / (2 * step)
            np.testing.assert_allclose(found.tau[k], by_tau, atol=1e-9)


def test_without_anything_wanted_there_is_the_loss_alone():
    _, posed, options = driven()
    for at in (None, [2, 5]):
        alone, whole = (
            gradient_of(posed, wanted, options._replace(at=at)) for wanted in (NOTHING, EVERYTHING)
        )
        np.testing.assert_array_equal(alone.loss, whole.loss)
        assert alone.weights is None
        assert alone.input is None
        # Losses along the way are taken when the states come back.
        assert alone.products_backward.any() == (at is not None)


def test_trials_that_diverge_are_left_out_of_all_means():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": "exponential", "initial": 0.1}},
            "connections": [{"within": "a", "weights": [[0, 1], [1, 0]]}],
        }
    )
    target = np.array([[0.5, 0.2], [0.1, 0.3], [0.0, 0.1]])
    starts = np.array([[0.1, -0.3], [900.0, 0.0], [-0.2, 0.4]])
    loss = hamsim.loss("squared", group="a", target=target).bound(network, 3)
    posed = Posed(network, starts, np.zeros(2, dtype=bool), None, loss, 1e-6)
    options = Options(steps=4, dt=0.1)
    found = gradient_of(posed, EVERYTHING, options)
    np.testing.assert_array_equal(found.counts, [True, False, True])
    assert np.isnan(found.loss[1])
    assert found.residual[1] == np.inf
    kept = [0, 2]
    fewer = posed._replace(starts=starts[kept], loss=loss.rows(np.array(kept)))
    alone = gradient_of(fewer, EVERYTHING, options)
    np.testing.assert_allclose(found.weights.edges, alone.weights.edges, rtol=1e-14)
    np.testing.assert_allclose(found.tau, alone.tau, rtol=1e-14)
    np.testing.assert_allclose(found.input[kept], alone.input, rtol=1e-14)
    assert not found.input[1].any()
    assert not found.initial[1].any()
    nobody = gradient_of(posed._replace(starts=np.full((3, 2), 900.0)), EVERYTHING, options)
    assert not nobody.counts.any()
    assert not nobody.weights.edges.any()


def test_cross_entropy_loses_nothing_where_shares_are_small():
    def found(beta):
        network = hamsim.compile(
            {
                "format": "hamsim/1",
                "groups": {"a": {"size": 3, "lagrangian": {"kind": "softmax", "beta": beta}}},
                "connections": [{"within": "a", "weights": [[0, 1, 2], [1, 0, 1], [2, 1, 0]]}],
            }
        )
        loss = hamsim.loss("cross_entropy", group="a", target=[0]).bound(network, 1)
        starts = np.array([[-1200.0, 0.0, 1.0]])
        posed = Posed(network, starts, np.zeros(3, dtype=bool), None, loss, 1e-6)
        return network, gradient_of(posed, EVERYTHING, Options(steps=1, dt=0.5))

    network, ours = found(1.0)
    x, p = ours.x[0], hamsim.activation(network, ours.x)[0]
    assert 0.0 < p[0] < 1e-200
    np.testing.assert_allclose(ours.loss, np.logaddexp.reduce(x) - x[0])
    # dC/dx is p - t, and half of what is added to a current arrives.
    np.testing.assert_allclose(ours.input[0], 0.5 * (p - [1, 0, 0]), rtol=1e-13)
    h = 1e-4
    steeper, flatter = found(1 + h)[1], found(1 - h)[1]
    by_beta = (steeper.loss - flatter.loss) / (2 * h)
    np.testing.assert_allclose(ours.lagrangian["a"]["beta"].sum(), by_beta, rtol=1e-8)


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({"delay": 0.1}, {}, "not through delays"),
        ({"noise": 0.1}, {}, "knows nothing of noise"),
        ({}, {"keep": 0}, "keep is 0; it must be a whole number of at least 1"),
        ({}, {"at": [3, 9]}, "at is [3, 9]; allowed are numbers of steps from 0 to 8"),
        ({}, {"steps": 2.5}, "steps is 2.5; it must be a whole number"),
        ({}, {"dt": -1}, "dt is -1; it must be a finite number above 0"),
    ],
)
def test_what_cannot_be_right_is_refused(changes, options, told):
    described = {**DRIVEN, "groups": {k: {**g, "tau": 1} for k, g in DRIVEN["groups"].items()}}
    network = hamsim.compile(described).replace(**changes)
    posed = posed_of(network, 0)
    with pytest.raises(HamsimError) as error:
        gradient_of(posed, EVERYTHING, Options(**{"steps": 7, "dt": 0.1, **options}))
    assert told in str(error.value)


def test_threads_change_no_bit_and_trials_are_what_they_are_alone(monkeypatch):
    n, trials = 320, 16
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "seed": 4,
            "groups": {"a": {"size": n, "lagrangian": "tanh"}},
            "connections": [{"within": "a", "weights": {"normal": {"std": 0.05}}}],
        }
    )
    assert work_of(network, trials) >= PARALLEL_WORK
    posed = posed_of(network, 0, trials=trials)
    options = Options(steps=4, dt=0.1)
    many = gradient_of(posed, EVERYTHING, options)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    one = gradient_of(posed, EVERYTHING, options)
    same(one, many)
    third = np.array([3])
    alone = posed._replace(
        starts=posed.starts[third], current=posed.current[third], loss=posed.loss.rows(third)
    )
    single = gradient_of(alone, EVERYTHING, options)
    for name in ("x", "loss", "input", "initial"):
        ours, theirs = getattr(single, name), getattr(many, name)[third]
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


def test_it_is_found_by_its_name():
    network = hamsim.compile(DRIVEN)
    loss = hamsim.loss("squared", group="cells", target=[0.1, 0.2, 0.3])
    posed = Posed(
        network, network.initial[None], np.zeros(8, dtype=bool), None, loss.bound(network, 1), 1e-6
    )
    found = gradient_of(posed, EVERYTHING, Options(steps=5, dt=0.1))
    G = hamsim.gradient(network, loss=loss, method={"through_time": {"steps": 5, "dt": 0.1}})
    np.testing.assert_array_equal(G.edges, found.weights.edges)
    np.testing.assert_array_equal(G.tau, found.tau)
    np.testing.assert_array_equal(G.loss, found.loss)


@pytest.mark.parametrize("name", ["moving_ring", "fast_to_slow"])
def test_differences_are_of_the_same_steps_and_know_their_rounding(name):
    """Without a dt in the file steps follow from the weights, and some derivatives are small."""
    found = hamsim.check_gradient(ZOO / f"{name}.yaml", methods=["through_time"], edges=3)
    (check,) = found.methods
    assert found.agrees
    assert check.allowed < 1e-5
