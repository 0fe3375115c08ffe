"""Time and memory of compiling large networks: random synapses, and edges named one by one.

Each case runs in a process of its own. Memory is what Python and NumPy allocated at the peak, over
the bytes of the network's CSR matrix.

    python tools/bench/compile.py
"""

import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np

N, SYNAPSES = 100_000, 10_000_000
NEURONS, EDGES = 20_000, 200_000
REPEATS = 3
RANDOM = {
    "within, density": {"within": "a", "density": SYNAPSES / N**2},
    "within, degree": {"within": "a", "degree": SYNAPSES // N},
    "from, density": {"from": "a", "to": "a", "density": SYNAPSES / N**2},
    "from, degree": {"from": "a", "to": "a", "degree": SYNAPSES // N},
    "between, density": {"between": ["a", "b"], "density": SYNAPSES / N**2 / 2},
}


def description(case):
    groups = {"a": {"size": N, "lagrangian": "tanh"}}
    if "between" in RANDOM[case]:
        groups["b"] = groups["a"]
    connection = {"weights": {"normal": {"std": 0.01}}, **RANDOM[case]}
    return {"format": "hamsim/1", "groups": groups, "connections": [connection]}


def edge_file(folder):
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, NEURONS, (2 * EDGES, 2)), axis=0)
    pairs = rng.permutation(pairs[pairs[:, 0] < pairs[:, 1]])[:EDGES]
    names = [f"      - {{id: n{k:05d}, tau: {0.1 + k % 10}}}" for k in range(NEURONS)]
    edges = [f"        - [n{a:05d}, n{b:05d}, {rng.normal():.6g}]" for a, b in pairs]
    head = ["format: hamsim/1", "groups:", "  cells:", "    lagrangian: tanh", "    neurons:"]
    middle = ["connections:", "  - within: cells", "    weights:", "      edges:"]
    path = Path(folder) / "edges.yaml"
    path.write_text("\n".join([*head, *names, *middle, *edges]) + "\n", encoding="utf-8")
    return path


def measure(case, with_memory):
    """Seconds, and peak over the bytes of W, of one case in this process."""
    from hamsim.compiler import compile

    with tempfile.TemporaryDirectory() as folder:
        source = description(case) if case in RANDOM else edge_file(folder)
        if with_memory:
            tracemalloc.start()
        start = time.perf_counter()
        W = compile(source).W
        seconds = time.perf_counter() - start
    size = W.data.nbytes + W.indices.nbytes + W.indptr.nbytes
    peak = tracemalloc.get_traced_memory()[1] if with_memory else 0
    return seconds, peak / size, W.nnz


def main():
    if len(sys.argv) > 1:
        print(*measure(sys.argv[1], sys.argv[2] == "memory"))
        return
    print(f"{'case':30} {'synapses':>11} {'seconds':>8} {'peak / CSR':>11}")
    for case in (*RANDOM, "edges by name"):

        def run(what, case=case):
            command = [sys.executable, __file__, case, what]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            return [float(word) for word in done.stdout.split()]

        times = [run("time") for _ in range(REPEATS)]
        memory = run("memory")[1]
        seconds = float(np.median([row[0] for row in times]))
        print(f"{case:30} {int(times[0][2]):>11,} {seconds:>8.2f} {memory:>11.2f}")


if __name__ == "__main__":
    main()
