"""Time of one step beside the loops and libraries that people use instead.

Each case is a network; everybody computes the same Euler step x += dt/tau (W g(x) + I - x), in
turn, many times; medians are printed, and ratios to the first peer. A peer that is not installed is
left out. The last line of a case says what part of the read bandwidth, measured in the same run on
an array of the weights' size, a whole step reaches.

    python tools/bench/step.py [--case NAME] [--repeats 9] [--threads 2] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array, save_npz

import hamsim

DT = 1e-3
# Each turn of a peer takes about so many seconds.
TURN = 0.3


# --- networks ----------------------------------------------------------------------------------


def symmetric(n: int, degree: int, reach: int | None = None, shuffle: bool = False) -> csr_array:
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
    w = rng.normal(0, 0.5 / np.sqrt(degree), i.size)
    half = coo_array((w, (i, j)), shape=(n, n))
    return csr_array(half + half.T)


def one_group(W: csr_array, folder: Path) -> Any:
    """Network of tanh neurons with these weights."""
    save_npz(folder / "w.npz", W.tocoo().tocsr(), compressed=False)
    path = folder / "net.yaml"
    path.write_text(
        "format: hamsim/1\n"
        f"groups: {{a: {{size: {W.shape[0]}, lagrangian: tanh}}}}\n"
        "connections: [{within: a, weights: {file: w.npz}}]\n",
        encoding="utf-8",
    )
    return hamsim.compile(path)


def layers(n: int, folder: Path) -> Any:
    """Two layers of n neurons, all connected; the hidden ones share a softmax."""
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": n, "lagrangian": "identity"},
                "b": {"size": n, "lagrangian": "softmax"},
            },
            "connections": [{"between": ["a", "b"], "weights": {"normal": {"std": 0.01}}}],
        }
    )


CASES: dict[str, Callable[[Path], Any]] = {
    "random": lambda folder: one_group(symmetric(100_000, 100), folder),
    "local": lambda folder: one_group(symmetric(1_000_000, 20, 500), folder),
    "shuffled": lambda folder: one_group(symmetric(1_000_000, 20, 500, True), folder),
    "scattered": lambda folder: one_group(symmetric(1_000_000, 20), folder),
    "middle": lambda folder: one_group(symmetric(10_000, 100), folder),
    "layers": lambda folder: layers(4096, folder),
    "trials": lambda folder: one_group(symmetric(20_000, 100), folder),
    "small": lambda folder: one_group(symmetric(100, 20), folder),
}
TRIALS = {"trials": 64}


# --- steps -------------------------------------------------------------------------------------


def hamsim_steps(network: Any, start: np.ndarray, threads: int, **options: Any) -> Callable:
    """Function of a number of steps."""

    def run(steps: int) -> None:
        hamsim.simulate(
            network,
            initial=start,
            method="euler",
            dt=DT,
            steps=steps,
            record=None,
            threads=threads,
            **options,
        )

    return run


def scipy_steps(network: Any, start: np.ndarray) -> Callable:
    """Loop over A @ g in SciPy and NumPy, with what a careful person would reuse."""
    A, factor = network.W, DT / network.tau
    if start.ndim == 2:
        factor = factor[:, None]
    current = network.input if start.ndim == 1 else network.input[:, None]
    if len(network.groups) == 2:
        n = network.groups[0].size
        D = np.ascontiguousarray(A[:n, n:].toarray())

        def run(steps: int) -> None:
            v, h = start[:n].copy(), start[n:].copy()
            for _ in range(steps):
                p = np.exp(h - h.max())
                p /= p.sum()
                dv, dh = D @ p - v, v @ D - h
                v += factor[:n] * dv
                h += factor[n:] * dh

        return run

    def loop(steps: int) -> None:
        x = np.ascontiguousarray(start.T)
        g = np.empty_like(x)
        for _ in range(steps):
            np.tanh(x, out=g)
            u = A @ g
            u += current
            u -= x
            u *= factor
            x += u

    return loop


def torch_products(network: Any, start: np.ndarray, threads: int) -> Callable | None:
    """Only the product with PyTorch's CSR matrix, without the rest of a step."""
    try:
        import torch
    except ImportError:
        return None
    if len(network.groups) == 2:
        return None
    torch.set_num_threads(threads)
    W = network.W
    A = torch.sparse_csr_tensor(
        torch.from_numpy(W.indptr.copy()),
        torch.from_numpy(W.indices.copy()),
        torch.from_numpy(W.data.copy()),
        size=W.shape,
    )
    g = torch.from_numpy(np.ascontiguousarray(start.T))

    def run(steps: int) -> None:
        for _ in range(steps):
            A @ g

    return run


def graphblas_products(network: Any, start: np.ndarray) -> Callable | None:
    """Only the product with python-graphblas."""
    try:
        import graphblas
    except ImportError:
        return None
    if start.ndim == 2 or len(network.groups) == 2:
        return None
    A = graphblas.io.from_scipy_sparse(network.W)
    g = graphblas.Vector.from_dense(start)

    def run(steps: int) -> None:
        for _ in range(steps):
            A.mxv(g).new()

    return run


def jax_steps(network: Any, start: np.ndarray) -> Callable | None:
    """Compiled loop in JAX with dense matrices: two layers only."""
    try:
        import jax
    except ImportError:
        return None
    if len(network.groups) != 2:
        return None
    jax.config.update("jax_enable_x64", True)
    n = network.groups[0].size
    D = jax.numpy.asarray(network.W[:n, n:].toarray())
    v0, h0 = jax.numpy.asarray(start[:n]), jax.numpy.asarray(start[n:])

    @jax.jit
    def step(state):
        v, h = state
        return v + DT * (D @ jax.nn.softmax(h) - v), h + DT * (v @ D - h)

    def run(steps: int) -> None:
        state = (v0, h0)
        for _ in range(steps):
            state = step(state)
        jax.block_until_ready(state)

    return run


# --- measuring ---------------------------------------------------------------------------------


def bandwidth(threads: int, size: int) -> Callable[[], float]:
    """Bytes a second that all threads together can read and add up, of an array of that size."""
    from concurrent.futures import ThreadPoolExecutor

    import numba

    @numba.njit(nogil=True, fastmath=True)
    def total(a):
        s = 0.0
        for k in range(a.size):
            s += a[k]
        return s

    array = np.ones(max(size, 2**22) // 8)
    parts = np.array_split(array, threads)
    pool = ThreadPoolExecutor(threads)
    list(pool.map(total, parts))

    def measure() -> float:
        begin = time.perf_counter()
        list(pool.map(total, parts))
        return float(array.nbytes / (time.perf_counter() - begin))

    return measure


def seconds(run: Callable, steps: int) -> float:
    begin = time.perf_counter()
    run(steps)
    return time.perf_counter() - begin


def a_step(run: Callable, steps: int) -> float:
    """Seconds of one step, without what a call takes in any case."""
    return (seconds(run, steps + 1) - seconds(run, 1)) / steps


def steps_a_turn(run: Callable) -> int:
    """Number of steps that take about TURN seconds."""
    run(2)
    steps = 4
    while True:
        each = a_step(run, steps)
        if each * steps > 0.3 * TURN or steps > 10**6:
            return max(4, int(TURN / each))
        steps *= 4


def bytes_of_weights(network: Any, trials: int) -> int:
    from hamsim.layout.choose import choose

    return sum(part.bytes for part in choose(network, trials).parts)


def compare(name: str, repeats: int, threads: int) -> dict[str, Any]:
    """Medians, in seconds a step, of all who take part in one case."""
    with tempfile.TemporaryDirectory() as folder:
        network = CASES[name](Path(folder))
    trials = TRIALS.get(name, 1)
    rng = np.random.default_rng(1)
    shape = (network.n_neurons,) if trials == 1 else (trials, network.n_neurons)
    start = rng.normal(size=shape)
    peers: dict[str, Callable | None] = {
        "SciPy and NumPy": scipy_steps(network, start),
        "hamsim, 1 thread": hamsim_steps(network, start, 1),
        f"hamsim, {threads} threads": hamsim_steps(network, start, threads),
        "hamsim, float32": hamsim_steps(network, start, threads, dtype="float32"),
        "PyTorch CSR, product": torch_products(network, start, threads),
        "GraphBLAS, product": graphblas_products(network, start),
        "JAX dense": jax_steps(network, start),
    }
    present = {peer: run for peer, run in peers.items() if run is not None}
    size = bytes_of_weights(network, trials)
    read = bandwidth(threads, size)
    counts = {peer: steps_a_turn(run) for peer, run in present.items()}
    times: dict[str, list[float]] = {peer: [] for peer in present}
    reads = []
    for _ in range(repeats):
        for peer, run in present.items():
            run(1)  # a layout that another one has replaced is made again before the clock runs
            times[peer].append(a_step(run, counts[peer]))
        reads.append(read())
    return {
        "case": name,
        "neurons": network.n_neurons,
        "synapses": int(network.W.nnz),
        "trials": trials,
        "seconds": {peer: statistics.median(values) for peer, values in times.items()},
        "bytes": size,
        "read_bandwidth": statistics.median(reads),
    }


def show(result: dict[str, Any]) -> None:
    print(
        f"\n{result['case']}: {result['neurons']:,} neurons, {result['synapses']:,} synapses, "
        f"{result['trials']} trial{'s' if result['trials'] > 1 else ''}"
    )
    first = next(iter(result["seconds"].values()))
    for peer, seconds in result["seconds"].items():
        print(f"  {peer:24s} {1e3 * seconds:10.4f} ms   {seconds / first:6.3f}")
    fastest = min(s for peer, s in result["seconds"].items() if "threads" in peer)
    part = result["bytes"] / fastest / result["read_bandwidth"]
    print(
        f"  weights {result['bytes'] / 1e6:.4g} MB a step; memory is read at "
        f"{result['read_bandwidth'] / 1e9:.1f} GB/s; a whole step reaches {part:.0%} of that"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=list(CASES), action="append")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = []
    for name in arguments.case or CASES:
        results.append(compare(name, arguments.repeats, arguments.threads))
        show(results[-1])
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
