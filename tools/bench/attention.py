"""Many cues at once through one step of attention, beside PyTorch's two products and softmax.

    python tools/bench/attention.py --cues 1000 --neurons 784 --memories 5000 --repeat 15

Ways that are compared take turns, and wall times are minima and medians of the repeats; `theirs` is
PyTorch in the same run, with as many threads, NUMBA_NUM_THREADS of both. *work* is the time of all
processors together, which others on the machine disturb less. Needs torch, and scikit-learn for the
estimator.
"""

import argparse
import os
import time

import numpy as np
import torch

import hamsim
from hamsim.memory.models import describe
from hamsim.memory.retrieval import retrieve
from hamsim.operator.team import thread_count

BETA = 8.0


def ways(cues, patterns):
    """What is compared: each gives the features after one step."""
    size = cues.shape[1]
    network = hamsim.compile(describe("attention", patterns, BETA))
    features = network.index("features")
    states = np.zeros((len(cues), network.n_neurons))
    states[:, features] = cues
    keys, queries = torch.from_numpy(patterns), torch.from_numpy(cues)

    def simulated():
        trace = hamsim.simulate(network, states, steps=1, record=None)
        return trace.final[:, features]

    def theirs():
        return (torch.softmax(BETA * (queries @ keys.T), dim=1) @ keys).numpy()

    def with_numpy():
        scores = BETA * (cues @ patterns.T)
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores @ patterns

    found = {
        "theirs": theirs,
        "retrieve": lambda: retrieve(network, states, 1)[:, features],
        "simulate": simulated,
        "numpy": with_numpy,
    }
    try:
        from hamsim.sklearn import AssociativeMemory
    except ImportError:
        return found
    memory = AssociativeMemory(beta=BETA).fit(patterns)
    assert memory.n_features_in_ == size
    return {**found, "transform": lambda: memory.transform(cues)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=1000)
    parser.add_argument("--neurons", type=int, default=784)
    parser.add_argument("--memories", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=15)
    asked = parser.parse_args()
    torch.set_num_threads(thread_count(None))
    rng = np.random.default_rng(0)
    patterns = rng.standard_normal((asked.memories, asked.neurons)) / np.sqrt(asked.neurons)
    cues = rng.standard_normal((asked.cues, asked.neurons))
    compared = ways(cues, patterns)
    results = {name: np.array(way()) for name, way in compared.items()}
    exact = torch.nn.functional.scaled_dot_product_attention(
        *(torch.from_numpy(each)[None] for each in (cues, patterns, patterns)), scale=BETA
    )[0].numpy()
    taken = {name: [] for name in compared}
    for way in compared.values():
        way()
    for _ in range(asked.repeat):
        for name, way in compared.items():
            wall, work = time.perf_counter(), time.process_time()
            way()
            taken[name].append((time.perf_counter() - wall, time.process_time() - work))
    print(f"{asked.cues:,} cues, {asked.neurons:,} neurons, {asked.memories:,} memories, float64")
    print(f"load {os.getloadavg()[0]:.1f}, {torch.get_num_threads()} threads of PyTorch")
    best = np.min(taken["theirs"], axis=0)
    usual = np.median(taken["theirs"], axis=0)
    print(f"{'':<10} least ms  median ms  least / theirs  median / theirs  work / theirs  off by")
    for name, times in taken.items():
        least, middle = np.min(times, axis=0), np.median(times, axis=0)
        off = np.abs(results[name] - exact).max()
        print(
            f"{name:<10} {1e3 * least[0]:8.1f} {1e3 * middle[0]:10.1f} {least[0] / best[0]:15.2f} "
            f"{middle[0] / usual[0]:16.2f} {least[1] / best[1]:14.2f} {off:7.0e}"
        )


if __name__ == "__main__":
    main()
