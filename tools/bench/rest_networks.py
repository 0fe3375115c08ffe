"""Networks drawn at random, with starts, on which it is asked where trajectories end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import hamsim
from hamsim.network import Network

__all__ = ["random_network"]

KINDS = ("dense", "sparse", "layers", "softmax", "mixed")


def random_network(seed: int) -> tuple[Network, NDArray[np.float64]]:
    """A network of one of five kinds with an energy, and five starts."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(KINDS))
    spread = 10.0 ** rng.choice([0, 1, 2])
    n, gain = int(rng.integers(5, 60)), float(rng.uniform(0.6, 3.0))

    def group(size: int, lagrangian: Any, tau: float | None = None) -> dict[str, Any]:
        own = spread ** rng.uniform(-0.5, 0.5, size) if tau is None else np.full(size, tau)
        current = rng.normal(0, 0.3, size)
        return {"size": size, "lagrangian": lagrangian, "tau": own, "input": current}

    def shared() -> float:
        return float(spread ** rng.uniform(-1.0, 1.0))

    groups: dict[str, Any]
    if kind in ("dense", "sparse"):
        W = rng.normal(0, gain / np.sqrt(n), (n, n))
        if kind == "sparse":
            W *= 2.0 * (rng.random((n, n)) < 0.25)
        W = (W + W.T) / np.sqrt(2)
        np.fill_diagonal(W, 0.0)
        lagrangian = str(rng.choice(["tanh", "sigmoid", "arctan", "tanh"]))
        groups = {"a": group(n, lagrangian)}
        connections = [{"within": "a", "weights": 4.0 * W if lagrangian == "sigmoid" else W}]
    elif kind == "layers":
        m = int(rng.integers(4, 30))
        A = rng.normal(0, 1.5 * gain / np.sqrt(n + m), (n, m))
        lagrangian = str(rng.choice(["tanh", "arctan", "relu"]))
        groups = {"a": group(n, "tanh"), "b": group(m, lagrangian)}
        weights = 0.7 * A if lagrangian == "relu" else A
        connections = [{"between": ["a", "b"], "weights": weights}]
    elif kind == "softmax":
        m = int(rng.integers(3, 30))
        xi = rng.normal(size=(m, n)) / np.sqrt(n)
        memories = group(m, {"kind": "softmax", "beta": float(rng.uniform(2, 40))}, shared())
        groups = {"a": group(n, "identity"), "b": memories}
        connections = [{"between": ["b", "a"], "weights": xi}]
    else:
        m, k = int(rng.integers(4, 20)), int(rng.integers(3, 15))
        A = rng.normal(0, 1.5 * gain / np.sqrt(n + m), (n, m))
        B = rng.normal(size=(m, k)) / np.sqrt(m)
        memories = group(k, {"kind": "softmax", "beta": float(rng.uniform(1, 20))}, shared())
        groups = {"a": group(n, "tanh"), "b": group(m, "tanh"), "c": memories}
        connections = [
            {"between": ["a", "b"], "weights": A},
            {"between": ["b", "c"], "weights": B},
        ]
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    sizes = rng.choice([0.1, 0.5, 1.0, 2.0], (5, 1))
    return network, sizes * rng.normal(size=(5, network.n_neurons))
