"""Threads that help with single evaluations: the same bits, and nobody waits for who is gone."""

import os
import threading
import time

import numpy as np
import pytest
from random_networks import random_description

import hamsim
from hamsim.operator import Operator
from hamsim.operator import helpers as helpers_module
from hamsim.operator import products as products_module
from hamsim.operator.helpers import HelpedTask, helpers


@pytest.fixture
def helped(monkeypatch):
    """Every evaluation is helped by three threads."""
    monkeypatch.setattr(products_module, "HELPED_WORK", 0)
    monkeypatch.setattr(products_module, "thread_count", lambda threads: 4)
    monkeypatch.setattr(helpers_module, "thread_count", lambda threads: 4)
    monkeypatch.setattr(HelpedTask, "choose", lambda self: True)
    monkeypatch.setattr(HelpedTask, "tell", lambda self, seconds: None)
    monkeypatch.setattr(helpers_module, "PATIENCE", 0.2)
    helpers_module._forget()


def large(**more):
    groups = {
        "a": {"size": 5000, "lagrangian": "tanh"},
        "b": {"size": 3000, "lagrangian": "relu", "tau": 0},
    }
    number = {"normal": {"std": 0.05}}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [
                {"within": "a", "weights": number, "degree": 20},
                {"between": ["a", "b"], "weights": number, "degree": 10},
            ],
        }
    )


def test_help_changes_no_bit(helped, monkeypatch):
    network = large()
    x = np.random.default_rng(0).normal(size=(5, network.n_neurons))
    monkeypatch.setattr(products_module, "HELPED_WORK", 10**12)
    alone = Operator(network)
    expected = [alone.velocity(row) for row in x], alone.drive(x), alone.product(x)
    monkeypatch.setattr(products_module, "HELPED_WORK", 0)
    shared = Operator(network)
    for _ in range(20):
        got = [shared.velocity(row) for row in x], shared.drive(x), shared.product(x)
        for one, other in zip(got, expected, strict=True):
            assert np.array_equal(one, other, equal_nan=True)
    assert helpers()._threads == 3


def test_threads_share_the_help(helped):
    """Some evaluations have it and some do not; all are right."""
    networks = [hamsim.compile(random_description(seed)) for seed in (1, 2, 3)]
    states = [np.random.default_rng(0).normal(size=each.n_neurons) for each in networks]
    expected = [Operator(one).drive(x) for one, x in zip(networks, states, strict=True)]
    operators, wrong = [Operator(one) for one in networks], []

    def work(number):
        for k in range(300):
            which = (number + k) % 3
            if not np.array_equal(operators[which].drive(states[which]), expected[which]):
                wrong.append(which)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def _alive():
    return [thread for thread in threading.enumerate() if thread.name == "hamsim helper"]


def test_helpers_go_home_and_come_again(helped):
    network = hamsim.compile(random_description(1))
    x = np.zeros(network.n_neurons)
    operator = Operator(network)
    expected = operator.drive(x)
    assert helpers()._threads == 3
    end = time.monotonic() + 30.0
    while _alive() and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive()
    assert helpers()._threads == 0
    assert np.array_equal(operator.drive(x), expected)
    assert helpers()._threads == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_has_helpers_of_its_own(helped):
    network = hamsim.compile(random_description(1))
    x = np.random.default_rng(0).normal(size=network.n_neurons)
    operator = Operator(network)
    expected, ended = operator.drive(x), threading.Event()

    def work():
        while not ended.is_set():
            operator.drive(x + 1.0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                right = all(np.array_equal(operator.drive(x), expected) for _ in range(5))
                os._exit(0 if right and helpers()._threads == 3 else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        ended.set()
        thread.join()


def test_help_that_does_not_pay_is_left_out():
    """With help evaluations take longer here: after some of them most are done without."""
    task = HelpedTask(np.zeros(1, dtype=np.int64), None)
    ways = []
    for _ in range(2000):
        ways.append(task.choose())
        task.tell(0.004 if ways[-1] else 0.001)
    assert ways[0]
    assert np.mean(ways[500:]) < 0.1
