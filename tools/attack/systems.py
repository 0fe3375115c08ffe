"""Rest states and cycles: planes, chains of parts, lines on pieces, runaways."""

import numpy as np

from attack.arithmetic import FLOATS
from attack.cases import Case, group, hair, network, symmetric
from attack.model import Model

PLANAR = (
    "tanh",
    "sigmoid",
    "softplus",
    "relu",
    "hard_tanh",
    "arctan",
    "softsign",
    "gelu",
    "swish",
    "hill",
    "elu",
    "clipped_relu",
    "erf",
    "leaky_relu",
    "compressive",
    "asinh",
    "identity",
)
LINES = ("relu", "hard_tanh", "clipped_relu", "leaky_relu", "soft_threshold", "identity")


def planar(rng):
    """Two neurons, E and I, beside the border where a rest state begins to swing."""
    if rng.random() < 0.4:
        return _within_a_cycle(rng)
    kinds = [str(k) for k in rng.choice(PLANAR, size=2)]
    beta = np.round(np.exp(rng.normal(size=2) * 0.5), 3)
    lagrangians = [
        {"kind": k, "beta": float(b)} if k in ("tanh", "sigmoid", "softplus") else k
        for k, b in zip(kinds, beta, strict=True)
    ]
    W = np.array(
        [
            [abs(rng.normal()) * 4, -abs(rng.normal()) * 6],
            [abs(rng.normal()) * 6, -abs(rng.normal())],
        ]
    )
    if "sigmoid" in kinds or "hill" in kinds:
        W *= 3
    W[1, 1] *= rng.choice([0, 1, -1])
    groups = {"e": group(lagrangians[0], 1), "i": group(lagrangians[1], 1)}
    made = network(groups, W)
    # A rest state where slopes are steep or flat, and tau_i that makes its trace 0, but for a hair.
    x = rng.normal(size=2) * rng.choice([0, 0.5, 2])
    model = Model(made)
    inputs = x - W @ model.activation(FLOATS, x)
    h = model.curve(FLOATS, x, np.ones(2))
    out, back = W[0, 0] * h[0] - 1, 1 - W[1, 1] * h[1]
    tau = back / out if out > 0 and back > 0 else abs(rng.normal()) + 0.1
    tau *= 1 + rng.choice([0, 1e-9, 1e-3, 0.1, -0.1, 0.5, -0.5, -1e-3])
    groups["e"]["input"], groups["i"]["input"] = float(inputs[0]), float(inputs[1])
    groups["i"]["tau"] = float(np.clip(tau, 1e-3, 1e3))
    states = [x + s * d for s in (1e-3, 0.3, 3.0) for d in rng.normal(size=(2, 2))]
    return Case("planar", network(groups, W), {"states": states, "rests": [x]})


def _within_a_cycle(rng):
    """A rest state off the centre that is barely stable: a cycle may go around it."""
    while True:
        W = np.array([[rng.uniform(1.5, 12), -rng.uniform(1, 12)], [rng.uniform(1, 12), 0]])
        W[1, 1] = -rng.uniform(0, 2) * rng.choice([0, 1])
        x = rng.normal(size=2) * 1.5
        g = np.tanh(x)
        out, back = W[0, 0] * (1 - g[0] ** 2) - 1, 1 - W[1, 1] * (1 - g[1] ** 2)
        turn = -W[0, 1] * W[1, 0] * (1 - g[0] ** 2) * (1 - g[1] ** 2)
        if out > 0.05 and turn > out * back:
            break
    tau = back / out * (1 - rng.choice([0.0, 0.001, 0.02, 0.1]))
    inputs = x - W @ g
    made = {
        "e": group("tanh", 1, input=float(inputs[0])),
        "i": group("tanh", 1, tau, input=float(inputs[1])),
    }
    hints = {"states": [x + 3.0, x - 3.0, x + 0.01], "rests": [x]}
    return Case("planar", network(made, W), hints)


def chain(rng):
    """Parts one after the other: symmetric, contracting, swinging, at an edge, a continuum."""
    count = int(rng.integers(2, 5))
    groups, blocks = {}, []
    for k in range(count):
        name, lagrangian, block, tau = _part(rng)
        groups[f"{name}{k}"] = group(
            lagrangian, len(block), tau, input=rng.choice([0, 1.0]) * rng.normal(size=len(block))
        )
        blocks.append(block)
    n = sum(map(len, blocks))
    W, at = np.zeros((n, n)), 0
    for block in blocks:
        m = len(block)
        W[at : at + m, at : at + m] = block
        if at:
            W[at : at + m, :at] = rng.normal(size=(m, at)) * (rng.random((m, at)) < 0.7)
        at += m
    if rng.random() < 0.3:
        order = rng.permutation(count)
        groups = {k: groups[k] for k in [list(groups)[i] for i in order]}
        starts = np.cumsum([0, *map(len, blocks)])
        neurons = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in order])
        W = W[np.ix_(neurons, neurons)]
    states = [s * np.ones(n) for s in (0.3, -1.0, 3.0)]
    return Case("chain", network(groups, W), {"states": states})


def _part(rng):
    pick = int(rng.integers(0, 7))
    n = int(rng.integers(1, 4))
    tau = float(np.exp(rng.normal()))
    if pick == 0:  # several rest states
        return (
            "many",
            str(rng.choice(["tanh", "hard_tanh", "softsign"])),
            symmetric(rng, n) * 2 + np.eye(n),
            tau,
        )
    if pick == 1:  # at an edge: u is of third order
        return (
            "edge",
            str(rng.choice(["tanh", "softsign", "relu", "softplus"])),
            np.eye(1) * (1 + hair(rng)),
            tau,
        )
    if pick == 2:  # a continuum, or nearly
        return (
            "line",
            str(rng.choice(["identity", "hard_tanh", "relu"])),
            np.eye(1) * (1 + hair(rng)),
            tau,
        )
    if pick == 3:  # E and I that swing or do not
        return (
            "swing",
            "tanh",
            np.array([[3.0, -2.0], [2.0, 0.0]]),
            np.array([1.0, rng.choice([0.3, 0.499, 0.501, 2.0])]),
        )
    if pick == 4:
        W = rng.normal(size=(n, n))
        return (
            "norm",
            str(rng.choice(["tanh", "gelu", "relu"])),
            W * (0.8 / np.abs(np.linalg.eigvals(np.abs(W))).max()),
            tau,
        )
    if pick == 5:
        return (
            "soft",
            {"kind": "softmax", "beta": 2.0},
            symmetric(rng, n + 1) * rng.choice([0.5, 3]),
            tau,
        )
    return (
        "free",
        str(rng.choice(["identity", "softmax", "cubic", "exponential", "power"])),
        np.zeros((n, n)),
        tau,
    )


def lines(rng):
    """Linear on pieces: rest states inside, on a border, none, several, or a continuum."""
    n = int(rng.integers(1, 5))
    kinds = [str(k) for k in rng.choice(LINES, size=n)]
    groups = {}
    for i, k in enumerate(kinds):
        lagrangian = {
            "leaky_relu": {"kind": k, "slope": float(rng.choice([0.1, 0.5, 2.0, 1.0]))},
            "soft_threshold": {"kind": k, "threshold": float(rng.choice([0.5, 1.0]))},
            "identity": {"kind": k, "gain": float(rng.choice([0.5, 1.0, 2.0]))},
        }.get(k, k)
        groups[f"g{i}"] = group(lagrangian, 1, float(rng.choice([1.0, 0.3, 5.0])))
    pick = int(rng.integers(0, 3))
    W = np.round(rng.normal(size=(n, n)) * rng.choice([0.5, 1, 2]), 1) * (rng.random((n, n)) < 0.8)
    if pick:
        W = np.triu(W) + np.triu(W, 1).T
    if pick == 2:
        W = -np.abs(W)
    inputs = np.round(rng.normal(size=n), 1) * rng.choice([0, 1])
    made = network(groups, W)
    if rng.random() < 0.5:  # a rest state on a border of pieces, or a hair away
        x = np.array([float(rng.choice([0.0, 1.0, -1.0, 0.5])) for _ in range(n)])
        inputs = x - W @ Model(made).activation(FLOATS, x) + hair(rng) * (rng.random() < 0.5)
    for g, v in zip(groups.values(), inputs, strict=True):
        g["input"] = float(v)
    return Case("lines", network(groups, W), {"states": [np.full(n, s) for s in (-3.0, 3.0)]})


def runaway(rng):
    """Energies that fall without end, unstable rest states, none: `converges` refuted."""
    pick = int(rng.integers(0, 4))
    if pick == 0:  # symmetric with gain above 1, by much or by a hair
        n = int(rng.integers(1, 4))
        kind = str(
            rng.choice(
                [
                    "identity",
                    "relu",
                    "softplus",
                    "leaky_relu",
                    "elu",
                    "exponential",
                    "power",
                    "gelu",
                ]
            )
        )
        W = symmetric(rng, n)
        W *= (1 + abs(hair(rng)) + rng.choice([0, 0.5])) / np.abs(np.linalg.eigvalsh(W)).max()
        return Case(
            "runaway",
            network({"a": group(kind, n, input=rng.normal(size=n) * rng.choice([0, 1]))}, W),
        )
    if pick == 1:  # rings and rotations
        n = int(rng.integers(2, 5))
        kind = str(rng.choice(["tanh", "hard_tanh", "identity", "softsign", "relu", "sigmoid"]))
        W = (
            np.roll(np.eye(n), 1, axis=0)
            * -float(np.exp(rng.normal() * 0.5))
            * rng.choice([1, 2, 4])
        )
        W += np.eye(n) * rng.choice([0, 0.5, 1, 1.5])
        made = {
            "a": group(
                kind,
                n,
                np.exp(rng.normal(size=n) * 0.3),
                input=rng.normal(size=n) * rng.choice([0, 0.3]),
            )
        }
        return Case("runaway", network(made, W))
    if pick == 2:  # waves: rest states without end, also where the energy falls without end
        f, s = float(rng.choice([1, 3])), float(rng.choice([0.5, 0.25, 1.0]))
        text = f"x**2/2 + {s}*sin({f}*x)/{f}**2"
        n = int(rng.integers(1, 3))
        W = np.eye(n) * (1 + hair(rng)) if rng.random() < 0.7 else symmetric(rng, n)
        made = {
            "a": group({"expression": text}, n, input=float(rng.choice([0.0, 0.1, 0.3, 1.0, 2.0])))
        }
        return Case("runaway", network(made, W))
    n = int(rng.integers(2, 4))  # unstable in one direction only, W of no symmetry
    kind = str(rng.choice(["tanh", "identity", "relu", "hard_tanh", "softmax"]))
    W = rng.normal(size=(n, n)) * rng.choice([1, 2, 4])
    return Case(
        "runaway",
        network({"a": group(kind, n, np.exp(rng.normal(size=n)), input=rng.normal(size=n))}, W),
    )


MAKERS = (planar, chain, lines, runaway)
