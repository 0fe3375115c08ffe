"""Networks that the benchmarks run, as plain arrays in files: all that any peer is given.

A case is either one group of tanh neurons with sparse symmetric weights W, or two dense layers v
and h with v' = D softmax(h) - v and h' = v D - h; both with a time constant for every neuron.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array, load_npz, save_npz

Array = np.ndarray[Any, np.dtype[np.float64]]

NEURONS = """\
format: hamsim/1
groups:
  a:
    size: {n}
    lagrangian: tanh
    tau: {{file: neurons.npz, key: tau}}
    input: {{file: neurons.npz, key: input}}
connections: [{{within: a, weights: {{file: w.npz}}}}]
"""
LAYERS = """\
format: hamsim/1
groups:
  a:
    size: {rows}
    lagrangian: identity
    tau: {{file: neurons.npz, key: tau_a}}
    input: {{file: neurons.npz, key: input_a}}
  b:
    size: {columns}
    lagrangian: softmax
    tau: {{file: neurons.npz, key: tau_b}}
    input: {{file: neurons.npz, key: input_b}}
connections: [{{between: [a, b], weights: {{file: d.npy}}}}]
"""


@dataclass(frozen=True)
class Problem:
    """A network in a folder, the step of explicit Euler, and how many threads may be used."""

    folder: Path
    dt: float = 1e-3
    threads: int = 1

    @property
    def description(self) -> Path:
        """The file that hamsim reads."""
        return self.folder / "net.yaml"

    @property
    def is_layers(self) -> bool:
        return (self.folder / "d.npy").exists()

    @cached_property
    def W(self) -> csr_array:
        """Sparse weights of tanh neurons; W[i, j] is what i receives from j."""
        return csr_array(load_npz(self.folder / "w.npz"))

    @cached_property
    def D(self) -> Array:
        """Dense weights between the layers."""
        return np.load(self.folder / "d.npy")

    @property
    def synapses(self) -> int:
        return 2 * self.D.size if self.is_layers else int(self.W.nnz)

    @cached_property
    def tau(self) -> Array:
        return np.load(self.folder / "neurons.npz")["tau"]

    @cached_property
    def input(self) -> Array:
        return np.load(self.folder / "neurons.npz")["input"]

    @cached_property
    def start(self) -> Array:
        """States at t = 0, of shape (neurons,) or (trials, neurons)."""
        return np.load(self.folder / "neurons.npz")["start"]

    @property
    def n(self) -> int:
        return self.start.shape[-1]

    @property
    def trials(self) -> int:
        return 1 if self.start.ndim == 1 else self.start.shape[0]

    def rate(self, x: Array) -> Array:
        """W g(x) + I - x, which is tau x', of states of one trial."""
        if not self.is_layers:
            return self.W @ np.tanh(x) + self.input - x
        v, h = x[: len(self.D)], x[len(self.D) :]
        p = np.exp(h - h.max())
        return np.concatenate([self.D @ (p / p.sum()), v @ self.D]) + self.input - x


def write(
    folder: Path,
    weights: csr_array | Array,
    start: Array,
    tau: Array | float = 1.0,
    current: Array | float = 0.0,
) -> Path:
    """Write one network: sparse weights of tanh neurons, or dense ones between two layers."""
    n = start.shape[-1]
    neurons = {
        "start": start,
        "tau": np.broadcast_to(tau, n),
        "input": np.broadcast_to(current, n),
    }
    if isinstance(weights, np.ndarray):
        rows, columns = weights.shape
        text = LAYERS.format(rows=rows, columns=columns)
        np.save(folder / "d.npy", weights)
        for name in ("tau", "input"):
            neurons[f"{name}_a"], neurons[f"{name}_b"] = np.split(neurons[name], [rows])
    else:
        text = NEURONS.format(n=n)
        save_npz(folder / "w.npz", weights.tocoo().tocsr(), compressed=False)
    np.savez(folder / "neurons.npz", **neurons)
    (folder / "net.yaml").write_text(text, encoding="utf-8")
    return folder


def symmetric(
    n: int, degree: int, reach: int | None = None, shuffle: bool = False, gain: float = 0.5
) -> csr_array:
    """Random symmetric weights; neighbours within `reach` if it is given."""
    rng = np.random.default_rng(0)
    count = n * degree // 2
    i = rng.integers(0, n, count)
    j = rng.integers(0, n, count) if reach is None else i + rng.integers(-reach, reach + 1, count)
    good = (i != j) & (j >= 0) & (j < n)
    i, j = i[good], j[good]
    if shuffle:
        order = rng.permutation(n)
        i, j = order[i], order[j]
    w = rng.normal(0, gain / np.sqrt(degree), i.size)
    half = coo_array((w, (i, j)), shape=(n, n))
    return csr_array(half + half.T)


def normal(*shape: int, std: float = 1.0) -> Array:
    return np.random.default_rng(1).normal(0, std, shape)


def neurons(folder: Path, n: int, degree: int, trials: int = 1, **options: Any) -> Path:
    """Tanh neurons with random weights and a random start."""
    start = normal(n) if trials == 1 else normal(trials, n)
    return write(folder, symmetric(n, degree, **options), start)


CASES: dict[str, Callable[[Path], Path]] = {
    "random": lambda folder: neurons(folder, 100_000, 100),
    "local": lambda folder: neurons(folder, 1_000_000, 20, reach=500),
    "shuffled": lambda folder: neurons(folder, 1_000_000, 20, reach=500, shuffle=True),
    "scattered": lambda folder: neurons(folder, 1_000_000, 20),
    "middle": lambda folder: neurons(folder, 10_000, 100),
    "layers": lambda folder: write(folder, normal(4096, 4096, std=0.01), normal(8192)),
    "trials": lambda folder: neurons(folder, 20_000, 100, trials=64),
    "batch": lambda folder: write(folder, normal(2048, 2048, std=0.01), normal(256, 4096)),
    "small": lambda folder: neurons(folder, 100, 20),
}
