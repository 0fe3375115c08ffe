"""Ends of float64: slopes that vanish against tau, kappa that is 1, eigenvalues that are equal."""

import numpy as np

from attack.cases import Case, group, hair, network, symmetric


def vanishing(rng):
    """Slopes of 1e-100 and less with weights and tau as huge: what underflows."""
    small = float(10.0 ** -rng.choice([100, 150, 180, 200, 250, 300, 307]))
    big = 1 / small
    kind = str(
        rng.choice(
            [
                "tanh",
                "sigmoid",
                "identity",
                "softmax",
                "softmax_ridge",
                "rms_norm",
                "radial",
                "elu",
                "leaky_relu",
            ]
        )
    )
    lagrangian = {
        "identity": {"kind": kind, "gain": small},
        "leaky_relu": {"kind": kind, "slope": small},
        "elu": {"kind": kind, "slope": small},
        "rms_norm": {"kind": kind, "gain": small},
        "radial": {"kind": kind, "sigma": big},
        "softmax_ridge": {"kind": kind, "beta": small, "epsilon": small},
    }.get(kind, {"kind": kind, "beta": small})
    n = int(rng.integers(1, 4))
    tau = float(rng.choice([big, big**0.5, 1.0, small, 1e200, 1e150]))
    reach = float(rng.choice([1.0, 3.0, 30.0, 0.5, 1e3]))
    W = -np.abs(symmetric(rng, n)) * reach * rng.choice([big, 1.0, big**0.5])
    if rng.random() < 0.4:
        W = np.abs(W)
    if not np.all(np.isfinite(W)):
        W = np.sign(W) * 1e300
    state = float(rng.choice([1.0, big**0.5, big, big**0.99]))
    states = [v * s for v in rng.normal(size=(2, n)) for s in (1e-3, 1.0, state)]
    inputs = rng.choice([0.0, 1.0, state], size=n) * rng.choice([0, 1])
    return Case(
        "vanishing", network({"a": group(lagrangian, n, tau, input=inputs)}, W), {"states": states}
    )


def kappa(rng):
    """Sharing sets whose condition number is 1 after rounding, with unequal tau, also 0."""
    kind = str(
        rng.choice(
            ["softmax_ridge", "softmax_ridge", "rms_norm", "spherical", "radial", "power_norm"]
        )
    )
    n = int(rng.integers(2, 4))
    much = float(10.0 ** rng.choice([0, 3, 8, 12, 16, 17, 20, 50]))
    lagrangian = {"kind": kind}
    if kind == "softmax_ridge":
        lagrangian["epsilon"] = float(np.exp(rng.normal()))
        lagrangian["beta"] = lagrangian["epsilon"] / much * float(rng.choice([1.0, 4.0, 0.1]))
    elif kind in ("rms_norm", "spherical"):
        lagrangian["epsilon"] = much
    else:
        lagrangian["sigma"] = much
    share = 1 / much
    spread = float(rng.choice([0.0, 1e-16, share, share**0.5, 2 * share**0.5, 0.1, 3.0, 1e6, 1e16]))
    tau = np.ones(n)
    tau[-1] = 1 + spread
    pick = rng.random()
    if pick < 0.25:
        tau[0] = 0.0
    elif pick < 0.35:
        tau[0] = 1e-300
    W = symmetric(rng, n) * rng.choice([0.1, 1, 10])
    tie = rng.normal() * np.ones(n)
    made = network({"a": group(lagrangian, n, tau, input=rng.normal(size=n))}, W)
    return Case("kappa", made, {"states": [tie, 1e3 * tie, tie + 1e-3 * rng.normal(size=n)]})


def equal_values(rng):
    """Spectra in a few clusters: ends that are found late, many-fold, or a hair apart."""
    n = int(rng.choice([6, 12, 30, 60]))
    top = 1 + hair(rng)
    low = float(rng.choice([-0.5, -1.0, 0.0, top, 0.999999]))
    values = np.full(n, low)
    many = int(rng.choice([1, 1, 2, n // 2, n - 1]))
    values[:many] = top
    if rng.random() < 0.5:
        values[-1] = -float(rng.choice([3.0, 50.0, 1.0 + 1e-9]))
    pick = int(rng.integers(0, 3))
    if pick == 0:  # all alike but for one direction, which is that of all neurons or of two
        v = np.ones(n) if rng.random() < 0.5 else np.eye(n)[0] - np.eye(n)[1]
        v = v / np.linalg.norm(v)
        W = low * np.eye(n) + (top - low) * np.outer(v, v)
    elif pick == 1:
        Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
        W = Q @ np.diag(values) @ Q.T
    else:  # apart in blocks of two
        W = np.kron(np.eye(n // 2), np.array([[0, 1.0], [1.0, 0]])) * low
        W[0, 1] = W[1, 0] = top
    W = (W + W.T) / 2
    kind = str(rng.choice(["tanh", "identity", "relu", "hard_tanh", "softplus", "soft_threshold"]))
    v = np.linalg.eigh(W)[1][:, -1]
    more = {
        "rests": [s * v for s in (1e-5, 1.0)],
        "rays": [(v, np.ones(n)), (np.abs(v), np.ones(n))],
    }
    return Case(
        "equal_values", network({"a": group(kind, n, input=float(rng.choice([0.0, 0.1])))}, W), more
    )


def clustered(rng):
    """Many equal eigenvalues: uniform inhibition or excitation, blocks, rings, duplicates."""
    n = int(rng.choice([3, 8, 20, 50, 100]))
    own, other = (
        float(rng.choice([0.8, 1.0, 0.5, 0.0, -1.0, 0.99])),
        float(rng.choice([-0.02, -0.1, 0.01, -1e-9, 1 / n])),
    )
    W = np.full((n, n), other)
    np.fill_diagonal(W, own)
    pick = rng.integers(0, 5)
    if pick == 1:
        W = np.kron(np.eye(n // 2 or 1), np.array([[own, 0.3], [0.3, own]]))
    elif pick == 2:
        W = np.eye(n) * own
    elif pick == 3:
        W = own * (np.roll(np.eye(n), 1, axis=0) + np.roll(np.eye(n), -1, axis=0)) / 2
        W = np.maximum(W, W.T)
    n = len(W)
    if rng.random() < 0.3:
        np.fill_diagonal(W, -2.220446049250313e-16)
    if rng.random() < 0.2:
        W[0, 0] += 1e-12
    if n <= 20 and rng.random() < 0.2:
        W = W * (1 + 1e-3 * rng.normal(size=(n, n)))
        W = (W + W.T) / 2
    kind = str(
        rng.choice(
            [
                "relu",
                "tanh",
                "identity",
                "softplus",
                "sigmoid",
                "hard_tanh",
                "soft_threshold",
                "softmax",
                "sparsemax",
                "layer_norm",
            ]
        )
    )
    return Case("clustered", network({"a": group(kind, n, input=float(rng.choice([0.0, 1.0])))}, W))


def competition(rng):
    """Sparse coding: -(Phi^T Phi - 1), with what rounding leaves on the diagonal."""
    n, m = int(rng.integers(2, 12)), int(rng.integers(2, 6))
    phi = rng.normal(size=(m, n))
    phi /= np.linalg.norm(phi, axis=0)
    W = -(phi.T @ phi - np.eye(n))
    W = np.maximum(W, W.T)
    if rng.random() < 0.5:
        np.fill_diagonal(W, 0.0)
    inputs = phi.T @ rng.normal(size=m)
    lagrangian = {"kind": "soft_threshold", "threshold": 0.1} if rng.random() < 0.6 else "relu"
    return Case("competition", network({"a": group(lagrangian, n, 10.0, input=inputs)}, W))


MAKERS = (vanishing, kappa, equal_values)
