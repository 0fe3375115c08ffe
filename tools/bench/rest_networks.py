"""Networks drawn at random, with starts, on which it is asked where trajectories end.

`random_network` draws those on which the rules of `fixed_point` were tuned; `wider_network` has
more families, and nothing was tuned on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import hamsim
from hamsim.network import Network

__all__ = ["WIDER", "random_network", "wider_network"]

KINDS = ("dense", "sparse", "layers", "softmax", "mixed")
WIDER = ("tanh", "softmax", "relu", "conv", "spread", "gated", "instant")


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


class _Drawing:
    """Groups and weights of one network."""

    def __init__(self, seed: int, spread: float) -> None:
        self.rng = np.random.default_rng(seed)
        self.spread = spread

    def tau(self, count: int) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.spread ** self.rng.uniform(-0.5, 0.5, count)
        return found

    def group(self, size: int, lagrangian: Any, shared: bool = False) -> dict[str, Any]:
        """Neurons with time constants of their own, or one for all."""
        own = np.full(size, self.tau(1)[0]) if shared else self.tau(size)
        current = self.rng.normal(0, 0.3, size)
        return {"size": size, "lagrangian": lagrangian, "tau": own, "input": current}

    def between(self, n: int, m: int, gain: float) -> NDArray[np.float64]:
        return self.rng.normal(0, gain / np.sqrt(n + m), (n, m))

    def within(self, n: int, gain: float) -> NDArray[np.float64]:
        W = self.rng.normal(0, gain / np.sqrt(n), (n, n))
        W = (W + W.T) / np.sqrt(2)
        np.fill_diagonal(W, 0.0)
        return W

    def softmax(self, size: int) -> dict[str, Any]:
        beta = float(self.rng.uniform(1.0, 20.0))
        return self.group(size, {"kind": "softmax", "beta": beta}, shared=True)


def _conv(draw: _Drawing) -> tuple[dict[str, Any], list[Any]]:
    """An image, detectors with a softmax at each place or one by one, and memories."""
    rng = draw.rng
    side = int(rng.integers(5, 8))
    channels, inner = int(rng.integers(2, 5)), side - 2
    shared = bool(rng.integers(2))
    features: dict[str, Any] = {"shape": [inner, inner, channels], "lagrangian": "tanh"}
    if shared:
        beta = float(rng.uniform(2, 20))
        features["lagrangian"] = {"kind": "softmax", "beta": beta, "over": "last"}
    features["tau"] = float(draw.tau(1)[0])
    kernel = rng.normal(0, 0.5, (channels, 1, 3, 3))
    xi = rng.normal(0, 1.0, (inner * inner * channels, int(rng.integers(3, 6)))) / inner
    groups = {
        "image": {"shape": [side, side], "lagrangian": "tanh", "tau": float(draw.tau(1)[0])},
        "features": features,
        "memories": draw.softmax(xi.shape[1]),
    }
    convolution = {"conv2d": {"kernel": kernel.tolist()}}
    return groups, [
        {"between": ["image", "features"], "weights": convolution},
        {"between": ["features", "memories"], "weights": xi},
    ]


def _gated(draw: _Drawing) -> tuple[dict[str, Any], list[Any]]:
    """Three groups that drive one another in triples, and pairs."""
    rng = draw.rng
    n, m, k = (int(rng.integers(3, 9)) for _ in range(3))
    lagrangian = str(rng.choice(["tanh", "sigmoid"]))
    groups = {"a": draw.group(n, lagrangian), "b": draw.group(m, "tanh"), "c": draw.softmax(k)}
    T = rng.normal(0, 4.0 / np.sqrt(n + m), (n, m, k))
    return groups, [
        {"gate": "c", "between": ["a", "b"], "weights": T.tolist()},
        {"between": ["a", "b"], "weights": draw.between(n, m, 1.0)},
    ]


def _instant(draw: _Drawing) -> tuple[dict[str, Any], list[Any]]:
    """Two layers and a softmax that follows at once."""
    rng = draw.rng
    n, m, k = int(rng.integers(5, 40)), int(rng.integers(4, 20)), int(rng.integers(3, 10))
    groups = {"a": draw.group(n, "tanh"), "b": draw.group(m, "tanh"), "c": draw.softmax(k)}
    groups["c"]["tau"] = np.zeros(k)
    return groups, [
        {"between": ["a", "b"], "weights": draw.between(n, m, float(rng.uniform(1.0, 4.0)))},
        {"between": ["b", "c"], "weights": rng.normal(size=(m, k)) / np.sqrt(m)},
    ]


def _layers(draw: _Drawing, kind: str) -> tuple[dict[str, Any], list[Any]]:
    """Groups of one family, within or between which all are joined."""
    rng = draw.rng
    n, m, gain = int(rng.integers(5, 60)), int(rng.integers(4, 30)), float(rng.uniform(0.6, 3.0))
    if kind in ("tanh", "spread"):
        W = draw.within(n, gain)
        return {"a": draw.group(n, "tanh")}, [{"within": "a", "weights": W}]
    if kind == "relu":  # which drives layers that saturate, so that nothing grows
        groups = {"a": draw.group(n, "tanh"), "b": draw.group(m, "relu")}
        return groups, [{"between": ["a", "b"], "weights": draw.between(n, m, gain)}]
    groups = {"a": draw.group(n, "identity"), "b": draw.softmax(m)}
    xi = rng.normal(size=(n, m)) * (rng.uniform(0.7, 2.0) / np.sqrt(n))
    return groups, [{"between": ["a", "b"], "weights": xi}]


def wider_network(seed: int) -> tuple[str, Network, NDArray[np.float64]]:
    """A network of one of seven families, which one, and seven starts."""
    kind = WIDER[seed % len(WIDER)]
    rng = np.random.default_rng(seed)
    choices = [1e2, 1e3, 1e4] if kind == "spread" else [1.0, 10.0]
    draw = _Drawing(seed, float(rng.choice(choices)))
    makers = {"conv": _conv, "gated": _gated, "instant": _instant}
    groups, connections = makers[kind](draw) if kind in makers else _layers(draw, kind)
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    sizes = draw.rng.choice([0.1, 0.5, 1.0, 2.0], (7, 1))
    return kind, network, sizes * draw.rng.normal(size=(7, network.n_neurons))
