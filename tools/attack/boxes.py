"""Activations that are steep or fall somewhere, held in a box by bounded ones, by a hair."""

import numpy as np

from attack.cases import Case, group, hair, network, symmetric

BOUNDED = (
    "tanh",
    "hard_tanh",
    "sigmoid",
    "softsign",
    "arctan",
    "softmax",
    "sparsemax",
    "spherical",
)
REACH = {"arctan": np.pi / 2}
STEEP = ("power", "rectified_polynomial", "exponential", "rectified_exponential", "cubic")
FALLS = {"swish": -1.2784645427610738, "gelu": -0.7517915247055585, "cubic": 0.0}


def steep(rng):
    """Slopes without a bound whose drive is bounded: rest states, steps, cycles in the box."""
    n, m = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    kind, other = str(rng.choice(STEEP)), str(rng.choice(BOUNDED))
    lagrangian = {"kind": kind}
    if kind in ("power", "rectified_polynomial"):
        lagrangian["degree"] = float(rng.choice([2.5, 3, 4, 6]))
    W = symmetric(rng, n + m)
    W[n:, n:] = 0
    if rng.random() < 0.5:
        W = rng.normal(size=(n + m, n + m))
        W[n:, n:] = 0
    if rng.random() < 0.4:
        W[n:, n:] = -np.diag(rng.random(m))
    inputs = np.round(rng.normal(size=m), 2)
    # The steepest slope in the box, so that loops gain about 1.
    far = np.abs(inputs) + np.abs(W[n:, :n]).sum(axis=1) * REACH.get(other, 1.0)
    slope = {"power": far, "rectified_polynomial": far, "cubic": 2 * far}.get(kind, np.exp(far))
    if "degree" in lagrangian:
        slope = (lagrangian["degree"] - 1) * far ** (lagrangian["degree"] - 2)
    gains = np.abs(W) * np.concatenate([np.ones(n), slope])
    radius = np.abs(np.linalg.eigvals(gains)).max()
    if radius > 0 and rng.random() < 0.6:
        W[:n] *= (1 + hair(rng)) / radius * rng.choice([0.5, 1.0, 2.0])
    groups = {
        "a": group(other, n, float(np.exp(rng.normal())), input=rng.normal(size=n)),
        "b": group(lagrangian, m, np.exp(rng.normal(size=m)), input=inputs),
    }
    made = network(groups, W)
    if rng.random() < 0.3:
        made["groups"]["b"]["initial"] = (rng.normal(size=m) * 3).tolist()
    hints = {"states": [np.concatenate([rng.normal(size=n), s * far]) for s in (-1, 1, 0.5, 3)]}
    if rng.random() < 0.4:
        words = {"method": "euler", "t_end": 40.0}
        hints["run"] = {**words, "dt": float(rng.choice([0.01, 0.1, 0.3, 0.6, 1.0]))}
    return Case("steep", made, hints)


def falling(rng):
    """Activations that fall below an edge, which states reach or not, by a hair."""
    n, m = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    kind, other = str(rng.choice(list(FALLS))), str(rng.choice(("tanh", "hard_tanh", "softsign")))
    W = symmetric(rng, n + m)
    W[n:, n:] = 0
    if rng.random() < 0.3:
        W[n:, n:] = np.diag(rng.random(m)) * 0.5
    reach = np.abs(W[n:, :n]).sum(axis=1)
    inputs = FALLS[kind] + reach + np.array([hair(rng) for _ in range(m)])
    if rng.random() < 0.3:
        inputs = inputs + rng.normal(size=m)
    tau = np.exp(rng.normal(size=m)) if rng.random() < 0.5 else 1.0
    groups = {
        "a": group(other, n, input=rng.normal(size=n)),
        "b": group(kind, m, tau, input=inputs),
    }
    made = network(groups, W)
    if rng.random() < 0.5:
        made["groups"]["b"]["initial"] = (inputs - reach * rng.choice([1.0, 2.0, 0.0])).tolist()
    signs = -np.sign(W[n, :n])
    states = [np.concatenate([50 * signs, np.full(m, FALLS[kind] + s)]) for s in (-1, -1e-3, 1e-3)]
    return Case("falling", made, {"states": states})


MAKERS = (steep, falling)
