"""Gradients of networks drawn at random beside JAX's autodiff in double precision.

    python tools/bench/gradients.py jax [--networks 200] [--first 0]
    python tools/bench/gradients.py equilibrium [--networks 100] [--first 0]

`jax`: the largest difference of `implicit` and of `through_time` (15 steps), relative to the
largest derivative, over derivatives by edges, connections, inputs, initial states, time constants
and parameters of Lagrangians. All families with a slope take part, with shared kernels, gates,
tau = 0, self-connections and one-way synapses. Networks that do not rest, or not in a stable state,
are counted and others drawn in their place. Ctrl-C tells what is there.

`equilibrium`: how far nudges of +-beta are from `implicit`, at beta 0.1 and 0.01: a hundredth of it
where the error is one of beta squared. The exit status says whether anything is worse than it is to
be: 1e-10, and a fall by 50.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # compiled once, run once
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import jax
from learning_by_jax import JaxNetwork, by_connection, by_edges, float64
from random_networks import random_description, random_lagrangian

import hamsim

EXACT, FALLS, ROUNDING = 1e-10, 50.0, 1e-8
STEPS = 15
NOT_CONVEX = ("swish", "gelu", "cubic")
KINDS = ("kernels", "symmetric", "one-way", "gated", "instant", "not convex")


def description(seed: int) -> dict[str, Any]:
    """A network by its number: kinds come in turn."""
    rng = np.random.default_rng([seed, 7])
    kind = KINDS[seed % len(KINDS)]
    if kind == "kernels":
        return with_kernels(rng)
    made = random_description(
        seed,
        symmetric=kind != "one-way",
        gated=kind == "gated",
        instant=kind == "instant",
        max_size=3,
    )
    if kind == "not convex":
        group = made["groups"][str(rng.choice(list(made["groups"])))]
        group["lagrangian"] = str(rng.choice(NOT_CONVEX))
        group["input"] = 0.2
    return made


def with_kernels(rng: np.random.Generator) -> dict[str, Any]:
    """An image, features that share a kernel, and a layer above them."""
    channels, found = int(rng.integers(1, 3)), int(rng.integers(1, 4))
    shapes = {"image": [4, 4, channels], "features": [2, 2, found], "top": [3]}
    groups = {
        name: {
            "shape": shape,
            "lagrangian": random_lagrangian(rng, shape),
            "input": rng.normal(0, 0.3, shape).tolist(),
            "initial": rng.normal(0, 0.5, shape).tolist(),
        }
        for name, shape in shapes.items()
    }
    rule = {"window": 2, "stride": 2, "kernel": {"normal": {"std": 0.3}}}
    return {
        "format": "hamsim/1",
        "seed": int(rng.integers(1000)),
        "groups": groups,
        "connections": [
            {"between": ["features", "image"], "weights": {"conv2d": rule}},
            {"between": ["features", "top"], "weights": {"normal": {"std": 0.3}}},
        ],
    }


class Question:
    """A network, and a squared loss of three of its neurons."""

    def __init__(self, seed: int) -> None:
        self.network = network = hamsim.compile(description(seed))
        rng = np.random.default_rng(seed)
        self.some = rng.choice(network.n_neurons, min(3, network.n_neurons), replace=False)
        self.target = rng.normal(size=self.some.size)
        self.of = "gx"[int(rng.integers(2))]
        self.loss = hamsim.loss("squared", self.some.tolist(), self.target, of=self.of)

    def value(self, model: JaxNetwork, p: Any, x: Any) -> Any:
        """The loss, as JAX sees it."""
        v = model.g(p, x) if self.of == "g" else x
        return 0.5 * ((v[self.some] - self.target) ** 2).sum()

    def apart(self, G: hamsim.Gradient, D: Any) -> float:
        """Largest difference, relative to the largest derivative."""
        network = self.network
        pairs = [(G.edges, by_edges(network, D["W"])), (G.input, D["I"])]
        if G.method == "through_time":
            pairs += [(G.initial, D["x0"]), (G.tau, D["tau"])]
        for each in network.connections:
            given = G.connections[each.name]
            given = given if isinstance(given, np.ndarray) else given.toarray()
            pairs.append((given, by_connection(network, each, D["W"], D["T"])))
        for group, theta in zip(network.groups, D["theta"], strict=True):
            for name, values in theta.items():
                given = np.asarray(G.lagrangian[group.name][name])
                pairs.append((given, values if given.ndim else values.sum()))
        largest = max(float(np.abs(wanted).max(initial=0.0)) for _, wanted in pairs)
        off = max(float(np.abs(given - wanted).max(initial=0.0)) for given, wanted in pairs)
        return off / largest if largest else off

    def implicit(self) -> float:
        """How far the gradient at rest is from JAX's."""
        G = hamsim.gradient(self.network, loss=self.loss)
        with float64():
            model = JaxNetwork(self.network)
            at = jax.grad(lambda p: self.value(model, p, model.at_rest(p, G.x[0])))
            return self.apart(G, jax.tree.map(np.asarray, jax.jit(at)(model.parameters(G.x[0]))))

    def through_time(self) -> float:
        """How far the gradient through time is from JAX's."""
        tau = self.network.tau
        dt = 0.3 * float(tau[tau > 0].min()) if (tau > 0).any() else 0.1
        G = hamsim.gradient(self.network, loss=self.loss, method="through_time", steps=STEPS, dt=dt)
        with float64():
            model = JaxNetwork(self.network)
            at = jax.grad(lambda p: self.value(model, p, model.after(p, dt, STEPS)))
            start = np.atleast_2d(self.network.initial)[0]
            return self.apart(G, jax.tree.map(np.asarray, jax.jit(at)(model.parameters(start))))

    def nudged(self, beta: float) -> float:
        """How far nudges are from the gradient at rest, relative to its largest entry."""
        exact = hamsim.gradient(self.network, loss=self.loss, by="weights").edges
        G = hamsim.gradient(
            self.network,
            loss=self.loss,
            method={"equilibrium": {"beta": beta}},
            by="weights",
            residual=1e-12,
        )
        largest = float(np.abs(exact).max(initial=0.0))
        return float(np.abs(G.edges - exact).max()) / largest if largest else 0.0


def beside_jax(networks: int, first: int) -> bool:
    """Print how far methods are from JAX; whether all are as close as they are to be."""
    found: dict[str, list[float]] = {"implicit": [], "through_time": []}
    refused, seed, begin = 0, first, time.monotonic()
    while len(found["implicit"]) < networks:
        question, seed = Question(seed), seed + 1
        try:
            apart = question.implicit()
            run = question.through_time()
        except hamsim.HamsimError as error:
            refused += 1
            print(f"network {seed - 1} ({KINDS[(seed - 1) % len(KINDS)]}): {error}", flush=True)
            continue
        except KeyboardInterrupt:
            break
        found["implicit"].append(apart)
        found["through_time"].append(run)
        if max(apart, run) > EXACT:
            print(f"network {seed - 1}: implicit {apart:.2g}, through_time {run:.2g}", flush=True)
    for name, values in found.items():
        print(
            f"{name}: {len(values)} networks, worst {max(values):.2g}, median "
            f"{np.median(values):.2g}"
        )
    print(f"{refused} without a gradient; {time.monotonic() - begin:.0f} s; the next is {seed}")
    return max(max(values) for values in found.values()) <= EXACT


def beside_exact(networks: int, first: int) -> bool:
    """Print how errors of nudges fall; whether they fall as they are to."""
    falls, errors, refused, exact, seed = [], [], 0, 0, first
    while len(falls) < networks:
        question, seed = Question(seed), seed + 1
        if not question.network.symmetric:
            continue
        try:
            large, small = question.nudged(0.1), question.nudged(0.01)
        except hamsim.HamsimError as error:
            refused += 1
            print(f"network {seed - 1}: {error}", flush=True)
            continue
        except KeyboardInterrupt:
            break
        if large < ROUNDING:  # nudges are exact where nothing bends
            exact += 1
            continue
        errors.append(large)
        falls.append(large / max(small, 1e-300))
        if falls[-1] < FALLS:
            print(f"network {seed - 1}: {large:.2g} at 0.1, {small:.2g} at 0.01", flush=True)
    enough = sum(fall >= FALLS for fall in falls)
    print(
        f"equilibrium: median error {np.median(errors):.2g} at beta 0.1; falls by a median of "
        f"{np.median(falls):.3g} to 0.01, at least by {FALLS:g} in {enough} of {len(falls)}; "
        f"{refused} refused, {exact} exact"
    )
    return enough == len(falls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["jax", "equilibrium"])
    parser.add_argument("--networks", type=int)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    if asked.what == "jax":
        fine = beside_jax(asked.networks or 200, asked.first)
    else:
        fine = beside_exact(asked.networks or 100, asked.first)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
