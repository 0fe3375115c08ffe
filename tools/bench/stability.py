"""How long `hamsim.stability` takes for large networks, and what it proves.

    python tools/bench/stability.py [--neurons 1000000] [--k 1] [--case random local spread memory]

Rest states of contracting networks are found by iterating x = W g + I. What is measured is the one
call, with a network that is compiled and was evaluated before.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from scipy.sparse import csr_array

import hamsim
from hamsim.operator import operator_of

DEGREE = 10


def random(n: int) -> dict[str, Any]:
    """Random partners, weights of both signs, tau between 0.5 and 2."""
    return {
        "format": "hamsim/1",
        "seed": 1,
        "groups": {
            "cells": {
                "size": n,
                "lagrangian": "tanh",
                "tau": {"uniform": {"low": 0.5, "high": 2.0}},
                "input": {"normal": {"std": 0.5}},
            }
        },
        "connections": [
            {"within": "cells", "weights": {"normal": {"std": 0.12}}, "degree": DEGREE}
        ],
    }


def spread(n: int) -> dict[str, Any]:
    """The same with time constants over four decades."""
    made = random(n)
    made["groups"]["cells"]["tau"] = {"lognormal": {"mean": 0.0, "std": 2.0}}
    return made


def strong(n: int) -> dict[str, Any]:
    """The same with so strong weights that the state without input is a saddle."""
    made = random(n)
    made["groups"]["cells"]["input"] = 0.0
    made["connections"][0]["weights"] = {"normal": {"mean": 0.12, "std": 0.05}}
    return made


def local(n: int) -> dict[str, Any]:
    """Neighbours on a ring excite one another, so that the slowest deviations are long waves."""
    made = random(n)
    near = [k for k in range(-DEGREE // 2, DEGREE // 2 + 1) if k]
    rows = np.repeat(np.arange(n), len(near))
    columns = (rows + np.tile(near, n)) % n
    W = csr_array((np.full(rows.size, 0.095), (rows, columns)), shape=(n, n))
    made["connections"] = [{"within": "cells", "weights": W}]
    return made


CASES = {"random": random, "spread": spread, "strong": strong, "local": local}


def rest(network: Any) -> np.ndarray:
    """The rest state of a contracting network."""
    operator, x = operator_of(network), np.zeros(network.n_neurons)
    for _ in range(200):
        before, x = x, operator.drive(x)
        if np.max(np.abs(x - before)) < 1e-10:
            break
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=float, default=1e6)
    parser.add_argument("--k", type=int, default=1)
    parser.add_argument("--case", nargs="+", choices=sorted(CASES), default=["random"])
    asked = parser.parse_args()
    for name in asked.case:
        network = hamsim.compile(CASES[name](int(asked.neurons)))
        x = np.zeros(network.n_neurons) if name == "strong" else rest(network)
        operator_of(network).product(x)
        begin, worked = time.perf_counter(), time.process_time()
        found = hamsim.stability(network, x, k=asked.k)
        taken, worked = time.perf_counter() - begin, time.process_time() - worked
        print(f"{name}: {network.n_neurons:,} neurons, {network.W.nnz:,} synapses: {taken:.1f} s")
        print(f"  {worked:.1f} s of processors")
        print(f"  {found}")
        print(f"  eigenvalues {found.eigenvalues}")
        print(f"  errors      {found.errors}, index bounds {found.index_bounds}")


if __name__ == "__main__":
    main()
