"""Time reading and writing of a description that names every neuron and every edge.

    python tools/bench/text.py [NEURONS [EDGES]]

Writes the machine beside the figures; memory is what Python allocates for the values and their
positions, without the text.
"""

import os
import platform
import random
import sys
import time
import tracemalloc

from hamsim.spec.dump import to_text
from hamsim.spec.text import parse_text

RUNS = 3


def description(n_neurons, n_edges, flow):
    """Text of a description; its edges stand in one line each, or all in one list."""
    draw = random.Random(1)
    names = [f"n{k:05d}" for k in range(n_neurons)]
    rows = [
        f"[{draw.choice(names)}, {draw.choice(names)}, {draw.gauss(0, 1):.3g}]"
        for _ in range(n_edges)
    ]
    neurons = [
        name if k % 2 else f"{{id: {name}, tau: {draw.uniform(0.1, 1):.2g}}}"
        for k, name in enumerate(names)
    ]
    edges = f"[{', '.join(rows)}]" if flow else "".join(f"\n        - {row}" for row in rows)
    lines = "".join(f"\n      - {neuron}" for neuron in neurons)
    return (
        f"groups:\n  cells:\n    lagrangian: tanh\n    neurons:{lines}\n"
        f"connections:\n  - within: cells\n    weights:\n      edges: {edges}\n"
    )


def matrix(n):
    draw = random.Random(2)
    rows = ([repr(draw.gauss(0, 1)) for _ in range(n)] for _ in range(n))
    return "weights:\n" + "".join(f"  - [{', '.join(row)}]\n" for row in rows)


def seconds(function, argument):
    """Shortest of some runs."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        function(argument)
        times.append(time.perf_counter() - began)
    return min(times)


def mebibytes(text):
    tracemalloc.start()
    kept = parse_text(text)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size / 2**20


def main():
    n_neurons = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    n_edges = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {RUNS} runs")
    texts = {
        "edges, a line each": description(n_neurons, n_edges, False),
        "edges, one list": description(n_neurons, n_edges, True),
        "matrix 1000 x 1000": matrix(1000),
    }
    for name, text in texts.items():
        plain, _, _ = parse_text(text)
        read, written = seconds(parse_text, text), seconds(to_text, plain)
        print(
            f"{name:20} {len(text) / 2**20:5.1f} MiB  read {read:5.2f} s, {mebibytes(text):4.0f}"
            f" MiB  write {written:5.2f} s"
        )


if __name__ == "__main__":
    main()
