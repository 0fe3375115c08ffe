"""Runs over all layouts, numbers of trials and sizes of weights, for `guarded`."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from attempts import PAIRS, engine_of  # noqa: E402
from layout.test_convolution import SHAPES, convolved, pooled, steps  # noqa: E402
from layout.test_layouts import (  # noqa: E402
    TINY,
    TINY_ROWS,
    USUAL,
    limits,
    possible_layouts,
    random_network,
    random_stimuli,
    simulate,
)

import hamsim  # noqa: E402
from hamsim.learning.synapses.parts import synapses_of  # noqa: E402
from hamsim.learning.synapses.rows import Room, rows_of  # noqa: E402
from hamsim.methods import NOISY  # noqa: E402

FILES = ("all_lagrangians", "all_groups", "gates")


def random_layouts(count):
    """Random networks, with the limits that users have and with tiny ones."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        tau = ("moving", "moving", "instant", "mixed")[seed % 4]
        network = random_network(seed, symmetric=seed % 3 > 0, tau=tau)
        network = replace(network, stimuli=random_stimuli(rng, network))
        with limits((USUAL, TINY, TINY_ROWS)[rng.integers(3)]):
            for trials in (1, 3, 33):
                start = rng.normal(size=(trials, network.n_neurons)).squeeze()
                dtype = ("float64", "float32")[seed % 2]
                for layout in possible_layouts(network, trials):
                    for threads in (1, 2):
                        simulate(network, start, "rk4", layout=layout, dtype=dtype, threads=threads)


def attempts(count):
    """Steps that are tried, then taken by some trials and refused by others; also with gates."""
    gates = hamsim.compile(TESTS / "specs" / "valid" / "gates.yaml")
    for seed in range(count):
        rng = np.random.default_rng(seed)
        network = random_network(seed, tau=("moving", "instant")[seed % 2]) if seed else gates
        with limits((USUAL, TINY)[seed % 2]):
            for trials in (1, 3, 33):
                start = rng.normal(size=(trials, network.n_neurons))
                for name, own in (("heun", False), ("bs32", True)):
                    engine = engine_of(network, start, PAIRS[name], own=own)
                    engine.set_step(0.001)
                    engine.attempt()
                    engine.settle(rng.random(trials) < 0.5)
                    engine.look(True, 0.0)


def noise(count):
    """Steps with white and coloured noise, of neurons that integrate and that follow at once."""
    for seed in range(count):
        network = random_network(seed, tau=("moving", "instant")[seed % 2])
        memory = np.where((network.tau == 0) | (np.arange(network.n_neurons) % 2 == 0), 0.5, 0.0)
        noisy = network.replace(noise={"sigma": 0.1, "tau": memory})
        for trials in (1, 3, 33):
            start = np.zeros((trials, network.n_neurons))
            for method in NOISY:
                hamsim.simulate(noisy, start, method=method, dt=0.001, steps=6)


def convolutions():
    """Windows of all shapes."""
    for image, window, stride in SHAPES:
        for trials in (None, 3, 25):
            for channels in ((1, 1), (9, 18)):
                network = convolved((*image, channels[0]), window, stride, "same", channels[1])
                steps(network, "convolution", trials)
            steps(pooled((*image, 3), window, stride, "same"), "convolution", trials)


def files():
    """All Lagrangians and gates, in runs and asked for single states."""
    for name in FILES:
        network = hamsim.compile(TESTS / "specs" / "valid" / f"{name}.yaml")
        x = np.random.default_rng(1).normal(size=(3, network.n_neurons))
        for states in (x, x[0]):
            hamsim.simulate(network, dt=0.001, steps=3, initial=states)
            hamsim.velocity(network, states)
            hamsim.energy(network, states)
            hamsim.activation(network, states)


def driven():
    """Values over time: currents and states, one for all, one a neuron, one a trial."""
    network = hamsim.compile(TESTS / "specs" / "valid" / "over_time.yaml")
    for method, step in (("rk4", {"dt": 0.05}), ("tsit5", {"rtol": 1e-3})):
        hamsim.simulate(network, method=method, t_end=2.5, **step)


def run_all(count):
    """Everything; `count` random networks."""
    random_layouts(count)
    attempts(count // 3)
    noise(2)
    convolutions()
    files()
    print("all runs are over")


def learned():
    """Sums over trials for weights of all kinds, each into an array of its own."""
    number = {"normal": {"std": 1}}
    kernel = {"conv2d": {"kernel": number, "window": 3, "stride": 2, "padding": "same"}}
    groups = {"image": [6, 5, 2], "found": [3, 3, 7], "a": [9], "b": [31], "c": [25]}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "seed": 1,
            "groups": {k: {"shape": v, "lagrangian": "tanh"} for k, v in groups.items()},
            "connections": [
                {"between": ["found", "image"], "weights": kernel},
                {"between": ["a", "b"], "weights": number},
                {"from": "c", "to": "a", "weights": number},
                {"within": "b", "weights": number, "density": 0.5},
                {"gate": "c", "between": ["a", "b"], "weights": number, "density": 0.01},
            ],
        }
    )
    for trials in (1, 8, 13):
        a, g = (np.random.default_rng(k).normal(size=(trials, network.n_neurons)) for k in (0, 1))
        for part in synapses_of(network).parts:
            out = np.zeros(part.stop - part.start)
            (rows,) = rows_of(a, g, 1.0, network.n_neurons, Room())
            if part.gates is not None:
                rows.add_triples(part, False, out)
            elif part.kernel is not None:
                rows.add_kernel(part, out)
            elif part.is_rectangle:
                rows.add_block(part, out)
            else:
                rows.add_edges(part.receivers, part.senders, part.both, out)
