"""The prepared network against its twin in NumPy, and both against the oracle."""

import gc
import os
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

import hamsim
from hamsim.errors import SimulationError
from hamsim.field.plain import PlainOperator
from hamsim.operator import Neurons, Operator, neurons_of, operator_of
from hamsim.operator.products import Products

# Sums in another order.
CLOSE = {"rtol": 1e-10, "atol": 1e-11}
METHODS = ("activate", "drive", "velocity", "product", "transposed")


class ReferenceNeurons:
    """Lagrangians of the oracle, one row after another."""

    def __init__(self, network):
        self.network, self.model = network, dense(network)

    def activate(self, x):
        return np.array([self.model.g(row) for row in np.atleast_2d(x)]).reshape(x.shape)

    def lagrangian(self, x):
        return self._sums(x, lambda group, y: group.L(y))

    def _sums(self, x, part):
        rows = np.atleast_2d(x)
        out = np.zeros((len(self.network.groups), rows.shape[0]))
        for number, group in enumerate(self.network.groups):
            for own in self.model.groups:
                if group.start <= own.neurons[0] < group.stop:
                    out[number] += [part(own, row[own.neurons]) for row in rows]
        return out

    def dual(self, x, scale=None):
        assert scale is None
        return self.activate(x), self._sums(x, lambda group, y: group.conjugate(y))

    def hessian(self, x, v):
        out = np.empty_like(x)
        for row, vector, result in zip(
            np.atleast_2d(x), np.atleast_2d(v), np.atleast_2d(out), strict=True
        ):
            for group in self.model.groups:
                result[group.neurons] = group.H(row[group.neurons]) @ vector[group.neurons]
        return out


def layouts_of(network, trials):
    """Layouts that this network can have."""
    for layout in ("auto", "rows", "half", "tiles", "dense"):
        operator = Operator(network, layout)
        try:
            operator.layout(trials)
        except SimulationError:
            continue
        yield operator


def compare(operator, plain, x, v):
    for name in METHODS:
        given_ = v if name in ("product", "transposed") else x
        got = getattr(operator, name)(given_)
        assert got.shape == x.shape
        np.testing.assert_allclose(got, getattr(plain, name)(given_), **CLOSE, err_msg=name)
    for got, expected in zip(operator.evaluate(x), plain.evaluate(x), strict=True):
        np.testing.assert_allclose(got, expected, **CLOSE)
    np.testing.assert_allclose(operator.hessian(x, v), plain.hessian(x, v), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(operator.advance(x, 0.01), plain.advance(x, 0.01), **CLOSE)
    np.testing.assert_allclose(operator.lagrangian(x), plain.lagrangian(x), **CLOSE)
    got, expected = operator.energy(x), plain.energy(x)
    np.testing.assert_allclose(got.total, expected.total, **CLOSE)
    for kind in ("groups", "connections"):
        parts, others = getattr(got, kind), getattr(expected, kind)
        assert list(parts) == list(others)
        for name, part in parts.items():
            np.testing.assert_allclose(part, others[name], **CLOSE, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    instant=st.booleans(),
    gated=st.booleans(),
    trials=st.sampled_from([None, 1, 2, 9]),
)
def test_the_operator_equals_its_twin_in_every_layout(seed, symmetric, instant, gated, trials):
    network = hamsim.compile(
        random_description(seed, symmetric=symmetric, instant=instant, gated=gated)
    )
    shape = (network.n_neurons,) if trials is None else (trials, network.n_neurons)
    rng = np.random.default_rng(seed)
    x, v = rng.normal(0, 0.8, shape), rng.normal(size=shape)
    plain = PlainOperator(network, ReferenceNeurons(network))
    for operator in layouts_of(network, trials or 1):
        compare(operator, plain, x, v)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans(), gated=st.booleans())
def test_a_step_has_the_bits_that_simulate_gives(seed, instant, gated):
    network = hamsim.compile(random_description(seed, instant=instant, gated=gated))
    trace = hamsim.simulate(network, method="euler", dt=0.01, steps=3)
    operator = operator_of(network)
    for before, after in zip(trace.x, trace.x[1:], strict=False):
        assert np.array_equal(operator.advance(before, 0.01), after)


def scaled_network():
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 3, "lagrangian": "tanh", "input": 0.3},
                "b": {"size": 4, "lagrangian": "softmax"},
            },
            "connections": [
                {"from": "a", "to": "b", "weights": {"normal": {"mean": 0, "std": 1}}},
                {"within": "a", "weights": 0.2},
                {"from": "b", "to": "a", "weights": 0.0},
            ],
        }
    )


def test_scaled_energies_are_the_same():
    network = scaled_network()
    scale = np.array([1.0, 2.0, 0.5, 3.0, 3.0, 3.0, 3.0])
    x = np.random.default_rng(0).normal(size=(2, 7))
    got, plain = operator_of(network).energy(x, scale), PlainOperator(network).energy(x, scale)
    g = operator_of(network).activate(x)
    W = network.W.toarray()
    expected = -0.5 * np.einsum("ti,i,ij,tj->t", g, scale, W, g)
    np.testing.assert_allclose(sum(got.connections.values()), expected, rtol=1e-12)
    np.testing.assert_allclose(got.total, plain.total, rtol=1e-12)
    assert np.abs(got.total - operator_of(network).energy(x).total).min() > 0.01


def test_a_group_of_a_larger_network_can_be_prepared_alone():
    network = scaled_network()
    x = np.random.default_rng(0).normal(size=7)
    alone = Neurons([network.group("b")])
    assert np.array_equal(alone.activate(x[3:]), neurons_of(network).activate(x)[3:])


def test_rows_may_be_of_any_kind():
    """What is read-only, strided or of another type gives the same, and is not written."""
    network = scaled_network()
    x = np.random.default_rng(0).normal(size=(4, 7)).round(1)
    expected = operator_of(network).drive(x)
    fixed = x.copy()
    fixed.flags.writeable = False
    for rows in (fixed, np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]):
        kept = rows.copy()
        assert np.array_equal(operator_of(network).drive(rows), expected)
        assert np.array_equal(rows, kept)
    single = x.astype(np.float32)
    assert np.array_equal(
        operator_of(network).activate(single),
        operator_of(network).activate(single.astype(np.float64)),
    )


# --- kept with the network ---


def test_an_operator_is_kept_with_its_network_and_goes_with_it():
    network = scaled_network()
    operator = operator_of(network)
    assert operator_of(network) is operator
    assert operator_of(network, "rows") is not operator
    layout = operator.layout(1)
    assert operator_of(network).layout(1) is layout
    hamsim.simulate(network, dt=0.1, steps=1)
    assert operator_of(network).layout(1) is layout
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None


def test_a_network_that_has_run_goes_with_all_that_was_prepared_for_it():
    network = scaled_network()
    hamsim.simulate(network, dt=0.1, steps=1)
    hamsim.simulate(network, method="tsit5", t_end=0.1)
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None


def test_threads_that_share_a_network_get_right_answers():
    network = hamsim.compile(random_description(7, gated=True))
    rng = np.random.default_rng(0)
    states = rng.normal(size=(8, 200, network.n_neurons))
    expected = [[hamsim.velocity(network, x) for x in own] for own in states]
    energies = [hamsim.energy(network, own).total for own in states]
    wrong, barrier = [], threading.Barrier(8)

    def work(own, velocities, energy):
        barrier.wait()
        for x, v in zip(own, velocities, strict=True):
            if not np.array_equal(hamsim.velocity(network, x), v):
                wrong.append(x)
        if not np.array_equal(hamsim.energy(network, own).total, energy):
            wrong.append(own)

    threads = [
        threading.Thread(target=work, args=each)
        for each in zip(states, expected, energies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_of_a_fork_gets_right_answers_while_a_thread_works():
    network = hamsim.compile(random_description(7, gated=True))
    x = np.random.default_rng(0).normal(size=network.n_neurons)
    expected = hamsim.velocity(network, x)
    ended = threading.Event()

    def work():
        while not ended.is_set():
            hamsim.velocity(network, x + 1.0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                os._exit(0 if np.array_equal(hamsim.velocity(network, x), expected) else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        ended.set()
        thread.join()


def test_products_compile_no_steps_and_no_energies():
    network = hamsim.compile(random_description(5))
    programs = Products(network, 1, "auto", np.float64)._field.programs
    assert len(programs.evaluate) > 0
    others = (programs.pace, programs.advance, programs.attempt, programs.settle, programs.measure)
    assert [len(each) for each in others] == [0] * 5
