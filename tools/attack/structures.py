"""Networks with a structure: clamps, one-way weights, E and I, gates, tau = 0."""

import numpy as np

from attack.cases import Case, group, hair, network, symmetric
from attack.edges import clustered, competition

SIGMOIDS = (
    "tanh",
    "sigmoid",
    "hard_tanh",
    "arctan",
    "erf",
    "relativistic",
    "softsign",
    "clipped_relu",
    "hill",
)
OTHERS = (
    "identity",
    "relu",
    "softplus",
    "leaky_relu",
    "elu",
    "asinh",
    "compressive",
    "soft_threshold",
    "swish",
    "gelu",
    "cubic",
    "power",
    "rectified_polynomial",
    "exponential",
    "rectified_exponential",
)
TOGETHER = (
    "softmax",
    "ghostmax",
    "softmax_ridge",
    "sparsemax",
    "entmax",
    "spherical",
    "layer_norm",
    "rms_norm",
    "power_norm",
    "radial",
    "lp_norm",
)


def clamp(rng):
    """Clamps: whole groups, or a part of a sharing set, whose weights then act one way."""
    if rng.random() < 0.4:
        return _clamped_oscillator(rng)
    n, m = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    kind = str(rng.choice([*TOGETHER, "tanh"], p=[*([0.9 / len(TOGETHER)] * len(TOGETHER)), 0.1]))
    lagrangian = (
        {"kind": kind, "beta": float(np.exp(rng.normal() + 1))} if kind == "softmax" else kind
    )
    W = symmetric(rng, n + m) * rng.choice([1, 3, 6])
    W[n:, n:] *= 0.1
    mask = rng.random(n) < 0.5
    if not mask.any() or rng.random() < 0.15:
        mask[:] = True
    held = np.round(rng.normal(size=n), 2)
    groups = {
        "a": group(lagrangian, n, input=rng.normal(size=n) * 2, initial=held),
        "b": group(str(rng.choice(["identity", "tanh", "relu"])), m, input=rng.normal(size=m) * 2),
    }
    stimuli = [
        {
            "group": "a",
            "mode": "clamp",
            "value": held.tolist(),
            "mask": mask.astype(int).tolist(),
            "start": 0,
        }
    ]
    return Case("clamp", network(groups, W, stimuli=stimuli))


def _clamped_oscillator(rng):
    """A softmax pair, the second clamped, that hears itself through it and an identity neuron."""
    beta = float(4 * (1 + 0.2 * rng.normal()))
    jitter = 1 + 0.1 * rng.normal(size=6)
    W = np.zeros((3, 3))
    W[0, 0] = 3 * jitter[0]
    W[0, 2] = W[2, 0] = 1 * jitter[1]
    W[1, 2] = W[2, 1] = 5 * jitter[2]
    held = 0.0
    groups = {
        "a": group(
            {"kind": "softmax", "beta": abs(beta)}, 2, input=np.array([-1.5 * jitter[3], 0.0])
        ),
        "b": group("identity", 1, input=-3.0 * jitter[4]),
    }
    stimuli = [{"group": "a", "mode": "clamp", "value": [0.0, held], "mask": [0, 1], "start": 0}]
    return Case("clamp", network(groups, W, stimuli=stimuli))


def cycle3(rng):
    """Softmax neurons with unequal tau near the border of oscillation."""
    jitter = 1 + rng.choice([0, 1e-3, 0.1]) * rng.normal(size=8)
    tau = float(rng.choice([1.0, 1 + 1e-6, 2.0, 2.4, 4.0, 5.0, 10.0, 30.0]))
    pick = rng.integers(0, 3)
    if pick == 0:
        groups = {
            "a": group(
                {"kind": "softmax", "beta": abs(8 * jitter[0])},
                2,
                np.array([1, tau]),
                input=np.array([-0.5 * jitter[1], 0.75 * jitter[2]]),
            )
        }
        return Case("cycle3", network(groups, np.diag([jitter[3], -1.5 * jitter[4]])))
    if pick == 1:
        groups = {
            "v": group("identity", 1, 0.05, input=-1.5 * jitter[0]),
            "h": group({"kind": "softmax", "beta": abs(3.6 * jitter[1])}, 2, np.array([1.0, tau])),
        }
        W = np.zeros((3, 3))
        W[0, 1] = W[1, 0] = 2 * jitter[2]
        W[0, 2] = W[2, 0] = 1 * jitter[3]
        return Case("cycle3", network(groups, W))
    W = np.array([[0, 3.902, 7.196], [3.902, 0, 0.516], [7.196, 0.516, 0]]) * jitter[0]
    beta, taus = abs(np.exp(rng.normal())), np.exp(rng.normal(size=3) * 2)
    groups = {"a": group({"kind": "softmax", "beta": beta}, 3, taus, input=rng.normal(size=3))}
    return Case("cycle3", network(groups, W))


def symmetrizable(rng):
    """D^-1 S with the rounding of floats, or with a cycle that is out of balance by a hair."""
    n = int(rng.integers(2, 7))
    S, d = symmetric(rng, n, 0.8), np.exp(rng.normal(size=n) * rng.choice([0.3, 1, 8]))
    if rng.random() < 0.5:
        d = 2.0 ** rng.integers(-3, 4, size=n)
    W = S / d[:, None]
    if rng.random() < 0.7 and n > 2:
        i, j = rng.choice(n, size=2, replace=False)
        W[i, j] *= 1 + float(
            rng.choice([1e-15, 1e-13, 8e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-6, 0.1])
        )
    if rng.random() < 0.3:
        groups = {"a": group({"kind": "softmax", "beta": 2.0}, n)}
        if rng.random() < 0.7:
            W = S * 1.0
            i, j = rng.choice(n, size=2, replace=False)
            W[i, j] *= 1 + 1e-12
    else:
        kind = str(rng.choice((*SIGMOIDS, "identity", "relu")))
        W = (
            W * (0.9 / max(np.abs(np.linalg.eigvals(W)).max(), 1e-9))
            if kind in ("identity", "relu")
            else W
        )
        groups = {"a": group(kind, n, np.exp(rng.normal(size=n)), input=rng.normal(size=n))}
    return Case("symmetrizable", network(groups, W))


def excitation(rng):
    """Excitation and inhibition after Dale: slow or instantaneous, near the Hopf border."""
    if rng.random() < 0.5:
        a, k, c = (
            3 * (1 + 0.2 * rng.normal()),
            2 * (1 + 0.2 * rng.normal()),
            abs(rng.normal()) * rng.choice([0, 0.3]),
        )
        edge = (1 + c) / (a - 1)
        tau = abs(edge * (1 + rng.choice([0, 1e-9, 1e-6, 0.01, 1.0, -0.01, -0.5, -1.0])))
        W = np.array([[a, -k], [k, -c]])
        kind = str(rng.choice(["tanh", "tanh", "hard_tanh", "relu", "softsign"]))
        if kind == "relu":
            W = W * 0.7
        groups = {"e": group(kind, 1, input=float(rng.normal() * 0.3)), "i": group(kind, 1, tau)}
        return Case("excitation", network(groups, W))
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    A, K, C = symmetric(rng, n), rng.normal(size=(n, m)) * 3, symmetric(rng, m)
    C = C @ C.T * rng.choice([0, 1])
    A, K = np.abs(A) * rng.choice([0.1, 0.3, 1]), np.abs(K)
    W = np.block([[A, -K], [K.T, -(C + C.T) / 2]])
    if rng.random() < 0.5:
        s = np.exp(rng.normal(size=n + m))
        W = W / s[:, None]
    tau_i = float(rng.choice([0.0, 0.1, 1.0, 10.0]))
    kinds = rng.choice(["tanh", "relu", "sigmoid", "identity", "softplus"], size=2)
    groups = {
        "e": group(str(kinds[0]), n, input=rng.normal(size=n)),
        "i": group(str(kinds[1]), m, tau_i, input=rng.normal(size=m)),
    }
    if tau_i == 0 and kinds[1] != "relu":
        W[n:, n:] = 0
    return Case("excitation", network(groups, W))


def asymmetric(rng):
    """Any W: contraction by norms, rings that oscillate, slopes of gelu and swish."""
    n = int(rng.integers(1, 7))
    kind = str(
        rng.choice(
            [
                "tanh",
                "gelu",
                "swish",
                "relu",
                "sigmoid",
                "identity",
                "hard_tanh",
                "softmax",
                "sparsemax",
            ]
        )
    )
    W = rng.normal(size=(n, n)) * (rng.random((n, n)) < rng.choice([0.4, 1.0]))
    if rng.random() < 0.4:
        W = np.roll(np.eye(n), 1, axis=0) * float(np.exp(rng.normal())) * rng.choice([-1, 1])
    most = {"gelu": 1.1289, "swish": 1.09984, "sigmoid": 0.25, "softmax": 0.5}.get(kind, 1.0)
    radius = np.abs(np.linalg.eigvals(np.abs(W))).max() * most
    if radius > 0 and rng.random() < 0.6:
        W = W * ((1 + hair(rng)) / radius)
    elif rng.random() < 0.3:
        W = (W - W.T) * 10
    tau = np.exp(rng.normal(size=n)) if rng.random() < 0.5 else 1.0
    return Case("asymmetric", network({"a": group(kind, n, tau, input=rng.normal(size=n))}, W))


def cascade(rng):
    """A symmetric core with one-way input and readout, which may be unstable."""
    n, m, k = int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 3))
    W = np.zeros((n + m + k, n + m + k))
    core = symmetric(rng, n) * rng.choice([0.3, 1, 3])
    W[m : m + n, m : m + n] = core
    W[m : m + n, :m] = rng.normal(size=(n, m))
    W[m + n :, m : m + n] = rng.normal(size=(k, n))
    kinds = rng.choice(["tanh", "identity", "relu", "softmax", "gelu", "sigmoid"], size=3)
    if rng.random() < 0.4:
        W[m + n :, m + n :] = rng.normal(size=(k, k)) * rng.choice([0.3, 2])
    if rng.random() < 0.2:
        W[:m, :m] = symmetric(rng, m) * 0.5
    if kinds[1] in ("identity", "relu", "gelu") and rng.random() < 0.7:
        W[m : m + n, m : m + n] *= 0.9 / max(np.abs(np.linalg.eigvalsh(core)).max(), 1e-9)
    groups = {
        "input": group(str(kinds[0]), m, input=rng.normal(size=m)),
        "core": group(str(kinds[1]), n, float(np.exp(rng.normal()))),
        "readout": group(str(kinds[2]), k, float(np.exp(rng.normal()))),
    }
    return Case("cascade", network(groups, W))


def gate(rng):
    """Third-order synapses among bounded and unbounded neurons."""
    sizes = rng.integers(1, 3, size=3)
    kinds = rng.choice(
        ["tanh", "sigmoid", "identity", "relu", "softmax", "asinh", "compressive", "power"],
        size=3,
        p=[0.3, 0.15, 0.2, 0.1, 0.1, 0.05, 0.05, 0.05],
    )
    names, groups = ("a", "b", "c"), {}
    for name, kind, size in zip(names, kinds, sizes, strict=True):
        groups[name] = group(
            str(kind), int(size), float(np.exp(rng.normal())), input=rng.normal(size=size)
        )
    tensor = rng.normal(size=sizes[[1, 2, 0]]) * rng.choice([0.01, 0.3, 1, 3])
    n = int(sizes.sum())
    W = symmetric(rng, n, 0.5) * 0.3
    made = network(groups, W)
    made["connections"].append({"gate": "a", "between": ["b", "c"], "weights": tensor.tolist()})
    return Case("gate", made)


def instant(rng):
    """Neurons with tau = 0: explicit, coupled at the edge of having one state, folds."""
    n, m = int(rng.integers(1, 4)), int(rng.integers(0, 3))
    kind = str(
        rng.choice(
            [
                "tanh",
                "identity",
                "relu",
                "softmax",
                "sigmoid",
                "hard_tanh",
                "softplus",
                "gelu",
                "cubic",
            ]
        )
    )
    most = {"sigmoid": 0.25, "softmax": 0.5}.get(kind, 1.0)
    W = symmetric(rng, n + m)
    if rng.random() < 0.4:
        W[:n, :n] = 0
    else:
        value = np.linalg.eigvalsh(W[:n, :n])[-1] * most
        if value > 0:
            W[:n, :n] *= (1 + hair(rng)) / value
            W[:n, :n] = (W[:n, :n] + W[:n, :n].T) / 2
        if rng.random() < 0.3:
            W[:n, :n] *= rng.choice([2, -1, 0.5, 5])
    groups = {"f": group(kind, n, 0.0, input=rng.normal(size=n) * rng.choice([0, 1, 0.1]))}
    if m:
        groups["s"] = group(str(rng.choice(["tanh", "identity", "relu", "softmax"])), m)
        if rng.random() < 0.3:
            W[n:, n:] *= 0.1
    if kind == "softmax" and n > 1 and rng.random() < 0.2:
        groups["f"]["tau"] = [0.0] + [1.0] * (n - 1)
    if rng.random() < 0.15:
        W[:n, n:] *= rng.choice([0.5, 2.0, -1.0])
    return Case("instant", network(groups, W))


def mixed(rng):
    """Groups of any families, coupled at random."""
    count = int(rng.integers(1, 5))
    groups, kinds, sizes = {}, [], []
    for k in range(count):
        pool = (SIGMOIDS, OTHERS, TOGETHER)[int(rng.choice(3, p=[0.35, 0.3, 0.35]))]
        kind, size = str(rng.choice(pool)), int(rng.integers(1, 4))
        tau = (
            np.exp(rng.normal(size=size))
            if kind not in TOGETHER and rng.random() < 0.5
            else float(np.exp(rng.normal()))
        )
        groups[f"g{k}"] = group(kind, size, tau, input=rng.normal(size=size))
        kinds.append(kind)
        sizes.append(size)
    n = sum(sizes)
    W = symmetric(rng, n, 0.7) * rng.choice([0.05, 0.3, 1, 3])
    loose = np.concatenate(
        [
            [k in (*OTHERS, "softmax_ridge", "lp_norm")] * s
            for k, s in zip(kinds, sizes, strict=True)
        ]
    )
    if rng.random() < 0.6:
        W[np.ix_(loose, loose)] = 0
    return Case("mixed", network(groups, W))


MAKERS = (
    clamp,
    cycle3,
    symmetrizable,
    excitation,
    asymmetric,
    cascade,
    gate,
    instant,
    clustered,
    competition,
    mixed,
)
