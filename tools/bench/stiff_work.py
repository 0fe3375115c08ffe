"""Products W g of `bdf` on networks whose time constants lie apart, over those of equal ones.

    python tools/bench/stiff_work.py [seeds]

Layers of 60, 40, 30 and 20 neurons, each joined to the next, and 300 coupled neurons with random
time constants; all from random states, and with random weights. Printed are products, steps and
steps that were refused, with their ratio to the same network with tau = 1. Then those of `auto` on
the zoo's oscillator over 3,000 ms, which goes back from `bdf` to explicit steps, over those of
`bdf` all along with the same tolerance.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import hamsim
from hamsim.dynamics.timeline.choice import ADDING_UP

ZOO = Path(__file__).parents[2] / "networks"
SIZES = (60, 40, 30, 20)
FAMILIES = {
    "tanh tanh tanh softmax": ("tanh", "tanh", "tanh", "softmax"),
    "tanh softmax tanh softmax": ("tanh", "softmax", "tanh", "softmax"),
    "identity softmax tanh sigmoid": ("identity", "softmax", "tanh", "sigmoid"),
    "tanh tanh softmax tanh": ("tanh", "tanh", {"kind": "softmax", "beta": 2.0}, "tanh"),
}
SPREADS = ((1, 1e-2, 1e-4, 1e-6), (1, 1e-3, 1e-6, 1e-9), (1e-6, 1, 1e-3, 1e-2))
TOLERANCES = (1e-3, 1e-6, 1e-9)
T_END = 10.0


def layers(family: tuple, tau: tuple[float, ...], seed: int) -> hamsim.Network:
    """Layers, each joined to the next one in both directions."""
    rng = np.random.default_rng(seed)
    groups = {
        f"l{k}": {"size": SIZES[k], "lagrangian": family[k], "tau": float(tau[k])} for k in range(4)
    }
    connections = []
    for k in range(3):
        shape = SIZES[k], SIZES[k + 1]
        weights = rng.normal(0, (2 / sum(shape)) ** 0.5, shape)
        connections.append({"between": [f"l{k}", f"l{k + 1}"], "weights": weights})
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def coupled(lowest: float, seed: int, n: int = 300) -> hamsim.Network:
    """Neurons joined to all others, with time constants from `lowest` to 1."""
    rng = np.random.default_rng(seed)
    W = rng.normal(0, 1, (n, n))
    W = (W + W.T) * (0.5 / n) ** 0.5
    np.fill_diagonal(W, 0.0)
    tau = 10.0 ** rng.uniform(np.log10(lowest), 0, n) if lowest < 1 else np.ones(n)
    groups = {"a": {"size": n, "lagrangian": "tanh", "tau": tau}}
    connections = [{"within": "a", "weights": W}]
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def work(network: hamsim.Network, seed: int, rtol: float) -> tuple[int, int, int]:
    """Products, steps, and steps that were refused."""
    start = np.random.default_rng(seed).normal(size=network.n_neurons)
    stats = hamsim.simulate(network, start, method="bdf", rtol=rtol, t_end=T_END, record=None).stats
    return int(np.sum(stats.products)), stats.steps, stats.rejected


def compare(name: str, network: hamsim.Network, equal: hamsim.Network, seed: int) -> None:
    """Print one line."""
    cells = []
    for rtol in TOLERANCES:
        products, steps, refused = work(network, seed, rtol)
        base = work(equal, seed, rtol)[0]
        cells.append(f"{products:6d} {steps:5d} {refused:4d} {products / base:5.1f}")
    print(f"{name:60s}" + " |".join(cells), flush=True)


def compare_oscillation(rtol: float) -> None:
    """Print one line of a network that is called stiff for its span, and is not."""
    network = hamsim.compile(ZOO / "wilson_cowan.yaml")
    how = {"t_end": 3000.0, "record": None}
    back = hamsim.simulate(network, method="auto", rtol=rtol, **how).stats
    stays = hamsim.simulate(network, method="bdf", rtol=rtol * ADDING_UP, **how).stats
    ratio = np.sum(back.products) / np.sum(stays.products)
    print(
        f"wilson_cowan over 3,000 ms, rtol {rtol:g}: auto {back.products} ({back.why}), "
        f"bdf {stays.products}, ratio {ratio:.2f}",
        flush=True,
    )


def main() -> None:
    """Print a table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    heads = [f"rtol {rtol:g}: products, steps, refused, ratio" for rtol in TOLERANCES]
    print(" | ".join(heads))
    for seed in range(seeds):
        for name, family in FAMILIES.items():
            for tau in SPREADS:
                network, equal = layers(family, tau, seed), layers(family, (1, 1, 1, 1), seed)
                compare(f"{name}, tau {tau}, seed {seed}", network, equal, seed)
        for lowest in (1e-6, 1e-9):
            network, equal = coupled(lowest, seed), coupled(1.0, seed)
            compare(f"300 coupled, tau from {lowest:g}, seed {seed}", network, equal, seed)
    for rtol in TOLERANCES:
        compare_oscillation(rtol)


if __name__ == "__main__":
    main()
