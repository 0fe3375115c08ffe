"""Train deeper networks with stronger weights, and count what is left out of steps.

    pip install scikit-learn && python tools/bench/depth.py [--seeds 10] [--depths 1 2 3]

Handwritten digits, 64 pixels that are clamped, 1 to 3 hidden groups of 64 tanh neurons, 10 classes
with cross entropy. The gain is the largest singular value that a block of weights has on average
at the beginning. For each depth and gain: the share of digits kept for validation that are right in
the end; the share of examples that steps left out in the first and in the last epoch, because they
did not come to rest or their rest state was not stable; the largest norm of a gradient before it
was clipped; and how many runs ended with weights that are not finite, which none may.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits

import hamsim

GAINS = (0.5, 0.7, 1.0, 1.25, 1.5)
DEPTHS = (1, 2, 3)
PIXELS, HIDDEN, CLASSES = 64, 64, 10


def network(depth, gain, seed):
    """Pixels, hidden groups, and classes, in a chain."""
    sizes = [PIXELS, *([HIDDEN] * depth), CLASSES]
    names = ["pixels", *(f"hidden{k}" for k in range(1, depth + 1)), "classes"]
    kinds = ["identity", *(["tanh"] * depth), "softmax"]
    groups = {
        name: {"size": size, "lagrangian": kind}
        for name, size, kind in zip(names, sizes, kinds, strict=True)
    }
    connections = [
        {
            "between": [names[k], names[k + 1]],
            "weights": {"normal": {"std": gain / (np.sqrt(sizes[k]) + np.sqrt(sizes[k + 1]))}},
        }
        for k in range(depth + 1)
    ]
    described = {"format": "hamsim/1", "name": "depth", "seed": seed}
    return hamsim.compile({**described, "groups": groups, "connections": connections})


def trained(depth, gain, seed, method, epochs):
    digits = load_digits()
    X, Y = digits.data / 16.0, digits.target
    return hamsim.train(
        network(depth, gain, seed),
        (X, Y),
        inputs="pixels",
        outputs="classes",
        loss="cross_entropy",
        method=method,
        epochs=epochs,
        validation=0.2,
        learn={"input": [f"hidden{k}" for k in range(1, depth + 1)] + ["classes"]},
        optimizer={"adam": {"rate": 3e-3}},
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--method", default="implicit")
    parser.add_argument("--depths", type=int, nargs="+", default=DEPTHS)
    asked = parser.parse_args()
    print("depth  gain  right  left out first  last  largest norm  products  not finite")
    for depth in asked.depths:
        for gain in GAINS:
            runs = [
                trained(depth, gain, seed, asked.method, asked.epochs)
                for seed in range(1, asked.seeds + 1)
            ]
            rows = round(0.8 * 1797)
            tables = [run.table for run in runs]
            right = np.mean([table["validation_score"][-1] for table in tables])
            first, last = (np.mean([t["unstable"][k] for t in tables]) / rows for k in (0, -1))
            norm = max(np.nanmax(table["norm"], initial=0.0) for table in tables)
            products = np.mean([table["sweeps"].mean() for table in tables])
            lost = sum(not np.isfinite(run.network.W.data).all() for run in runs)
            print(
                f"{depth:5}  {gain:4}  {100 * right:4.1f} %  {100 * first:12.2f} %  "
                f"{100 * last:4.2f} %  {norm:12.3g}  {products:8.1f}  {lost:10}",
                flush=True,
            )


if __name__ == "__main__":
    main()
