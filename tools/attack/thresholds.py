"""Networks at the edge of a theorem: eigenvalues, ratios of tau, coercivity, steps, by a hair."""

import numpy as np

from attack.arithmetic import FLOATS
from attack.cases import Case, group, hair, network, symmetric, top
from attack.model import Model

# Families with a largest slope at 0, and that slope for beta 1.
STEEP = {
    "tanh": lambda p: p,
    "sigmoid": lambda p: p / 4,
    "arctan": lambda p: 1.0,
    "relativistic": lambda p: 1.0,
    "softsign": lambda p: 1.0,
    "erf": lambda p: 2 / np.sqrt(np.pi),
    "hard_tanh": lambda p: 1.0,
    "asinh": lambda p: 1.0,
    "compressive": lambda p: 0.5,
    "identity": lambda p: p,
}
PARAMETER = {"tanh": "beta", "sigmoid": "beta", "identity": "gain", "softplus": "beta"}


def _steep(rng, name=None, n=1):
    """A Lagrangian with its largest slopes (one a neuron)."""
    name = name or str(rng.choice(list(STEEP)))
    if name in PARAMETER:
        values = np.round(np.exp(rng.normal(size=n)), 3)
        if rng.random() < 0.5:
            values[:] = values[0]
        return {"kind": name, PARAMETER[name]: values.tolist()}, np.array(
            [STEEP[name](v) for v in values]
        )
    return name, np.full(n, STEEP[name](1.0))


def slope(rng):
    """The largest eigenvalue of W is 1 per slope, but for a hair: one rest state or several."""
    n = int(rng.integers(1, 7))
    lagrangian, slopes = _steep(rng, n=n)
    W = symmetric(rng, n, rng.choice([0.5, 1.0]))
    if rng.random() < 0.3:
        W = np.abs(W)
    root = np.sqrt(slopes)
    value, v = top(root[:, None] * W * root)
    if value <= 1e-3:
        W = W + np.eye(n)
        value, v = top(root[:, None] * W * root)
    delta = hair(rng)
    W = W * ((1 + delta) / value)
    W = (W + W.T) / 2
    centred = np.zeros(n)
    if lagrangian == "sigmoid" or (
        isinstance(lagrangian, dict) and lagrangian["kind"] == "sigmoid"
    ):
        centred = -W @ np.full(n, 0.5)
    inputs = centred if rng.random() < 0.7 else rng.normal(size=n) * 10.0 ** rng.integers(-12, 1)
    direction = v / root
    hints = {"rests": [s * direction for s in (1e-7, 1e-5, 1e-3, 0.1, 1.0, -1e-5, -1.0)]}
    hints["states"] = [s * direction for s in (1e-3, 1.0)]
    hints["rays"] = [(direction, np.ones(n)), (-direction, np.ones(n))]
    tau = rng.choice([1.0, 0.3, 20.0], size=n) if rng.random() < 0.5 else 1.0
    return Case("slope", network({"a": group(lagrangian, n, tau, input=inputs)}, W), hints)


def ratio(rng):
    """Time constants inside a strictly convex sharing set, at the sharp bound of their ratio."""
    beta = float(np.exp(rng.normal() * 2) * 10.0 ** rng.choice([0, 0, 0, -8, 8, 150, -150]))
    share = float(10.0 ** rng.choice([0.0, -1.0, 0.5, 1.0, -4.0, 3.0, 8.0, 16.0, 20.0]))
    epsilon = beta * share
    # kappa - 1 = beta / (2 epsilon); rho = ((sqrt(kappa) + 1) / (sqrt(kappa) - 1))^2
    k = beta / (2 * epsilon)
    root = np.sqrt(1 + k)
    less = k / (root + 1)
    rho = ((root + 1) / less) ** 2
    delta = hair(rng)
    rho = rho * (1 + delta)
    low = float(np.exp(rng.normal()))
    tau = np.array([low, low * rho])
    if rng.random() < 0.1:
        tau = np.array([0.0, low])
    if not np.all(np.isfinite(tau)) or tau.max() > 1e300:
        tau = np.array([low, low * 1e30])
    n = int(rng.choice([2, 2, 3, 4]))
    tau = np.concatenate([tau, np.full(n - 2, tau.max())])
    W = symmetric(rng, n) * rng.choice([0, 1, 0.1])
    lagrangian = {"kind": "softmax_ridge", "beta": beta, "epsilon": epsilon}
    x = np.zeros(n)
    if n > 2:
        x[2:] = -200 / beta
    made = network({"a": group(lagrangian, n, tau)}, W)
    made, hints = _aimed(made, x, n, rng)
    return Case("ratio", made, hints)


def _aimed(made, x, n, rng):
    """Input under which dE/dt is highest at a state: x' along the worst direction of T H."""
    model = Model(made)
    with np.errstate(all="ignore"):
        H = model.hessian(FLOATS, x)
        TH = model.tau[:, None] * H
        S = TH + TH.T
        scale = np.abs(S).max()
        if not np.isfinite(scale) or scale == 0:
            return made, {"states": [x]}
        _, vectors = np.linalg.eigh(S / scale)
        v = vectors[:, 0]
        size = rng.choice([1.0, 1e-3, 1e3])
        inputs = (
            x
            + model.tau * v * size / max(model.tau.max(), 1e-300)
            - model.W @ model.activation(FLOATS, x)
        )
    if np.all(np.isfinite(inputs)):
        made["groups"]["a"]["input"] = inputs.tolist()
    return made, {"states": [x]}


def kernel(rng):
    """Unequal tau, by little or much, in sharing sets whose Hessian has a kernel or none."""
    kinds = [
        "softmax",
        "ghostmax",
        "sparsemax",
        "entmax",
        "spherical",
        "layer_norm",
        "rms_norm",
        "power_norm",
        "radial",
        "lp_norm",
        "softmax_ridge",
    ]
    name = str(rng.choice(kinds))
    n = int(rng.integers(2, 5))
    lagrangian = {"kind": name}
    if name in ("softmax", "ghostmax", "softmax_ridge"):
        lagrangian["beta"] = float(np.round(np.exp(rng.normal() * 1.5), 3))
    if name in ("spherical", "layer_norm", "rms_norm", "softmax_ridge"):
        lagrangian["epsilon"] = float(10.0 ** rng.integers(-6, 2))
    if name == "entmax":
        lagrangian["alpha"] = float(rng.choice([1.25, 1.5, 2.0]))
    if name in ("power_norm", "lp_norm"):
        lagrangian["degree"] = float(rng.choice([2, 3, 4]))
    tau = 1 + rng.choice([1e-9, 1e-6, 1e-4, 0.1, 1.0, 10.0]) * rng.random(n)
    m = int(rng.integers(0, 3))
    W = symmetric(rng, n + m) * rng.choice([0.1, 1, 3])
    groups = {"a": group(lagrangian, n, tau, input=rng.normal(size=n))}
    if m:
        groups["b"] = group(str(rng.choice(["identity", "tanh", "relu"])), m)
        W[n:, n:] *= 0.05
    return Case("kernel", network(groups, W))


def coercive(rng):
    """Unbounded activations whose couplings gain as much as their leak costs, but for a hair."""
    n = int(rng.integers(1, 6))
    names = ["identity", "relu", "softplus", "leaky_relu", "elu", "soft_threshold", "gelu", "swish"]
    kinds = [str(k) for k in rng.choice(names, size=n)]
    if rng.random() < 0.5:
        kinds = [kinds[0]] * n
    gains = np.array([np.round(np.exp(rng.normal()), 3) if k == "identity" else 1.0 for k in kinds])
    W = symmetric(rng, n, 0.7)
    if rng.random() < 0.4:
        W = np.abs(W)
    if rng.random() < 0.3:
        np.fill_diagonal(W, -np.abs(np.diag(W)))
    root = np.sqrt(gains)
    value, v = top(root[:, None] * W * root)
    if value <= 1e-3:
        W, (value, v) = W + np.eye(n), top(root[:, None] * (W + np.eye(n)) * root)
    W = W * ((1 + hair(rng)) / value)
    W = (W + W.T) / 2
    groups = {}
    for i, k in enumerate(kinds):
        lagrangian = {"kind": "identity", "gain": float(gains[i])} if k == "identity" else k
        inputs = rng.choice([0.0, 1.0, -1.0, 1e-9]) * rng.random()
        groups[f"g{i}"] = group(lagrangian, 1, input=float(inputs))
    g = v * root
    rays = [(g, np.ones(n)), (-g, np.ones(n)), (np.abs(g), np.ones(n))]
    return Case(
        "coercive",
        network(groups, W),
        {"rays": rays, "states": [v, 10 * v, -10 * v, 100 * np.abs(v)]},
    )


def rescue(rng):
    """A power neuron that its own inhibition c holds back, and an identity neuron: c and w^2."""
    degree = int(rng.choice([3, 4, 6]))
    w = float(np.exp(rng.normal()))
    c = w * w * (1 + hair(rng))
    if rng.random() < 0.3:
        c = w * w * rng.random() * 2
    W = np.array([[0, w], [w, -c]])
    kind = str(
        rng.choice(
            ["power", "rectified_polynomial", "exponential", "rectified_exponential", "cubic"]
        )
    )
    lagrangian = {"kind": kind}
    if kind in ("power", "rectified_polynomial"):
        lagrangian["degree"] = degree
    inputs = rng.normal(size=1) * rng.choice([0, 1])
    groups = {
        "v": group("identity", 1, input=inputs),
        "h": group(lagrangian, 1, input=rng.normal(size=1)),
    }
    rays = [(np.array([w, 1.0]), np.ones(2)), (np.array([-w, -1.0]), np.ones(2))]
    return Case("rescue", network(groups, W), {"rays": rays, "states": [np.array([w, 1.0]) * 30]})


def subcritical(rng):
    """Growth degrees whose product is 1 or near it."""
    p = float(rng.choice([2.5, 3.0, 4.0, 1.5]))
    q = 1 + (1 + hair(rng)) / (p - 1)
    w = float(rng.choice([1e-6, 0.3, 1.0, 3.0]))
    groups = {
        "a": group({"kind": "power", "degree": p}, 1, input=rng.normal(size=1)),
        "b": group({"kind": "power", "degree": q}, 1),
    }
    rays = [(np.array([1.0, s]), np.array([1.0, 1 / (p - 1)])) for s in (1.0, 10.0, 0.1)]
    return Case("subcritical", network(groups, np.array([[0, w], [w, 0]])), {"rays": rays})


def step(rng):
    """Inhibition that limits the step of Euler's method, with families of many slopes."""
    n = int(rng.integers(1, 6))
    name = str(
        rng.choice(
            [*STEEP, "relu", "softplus", "leaky_relu", "elu", "clipped_relu", "soft_threshold"]
        )
    )
    lagrangian = _steep(rng, name, n)[0] if name in STEEP else name
    W = -np.abs(symmetric(rng, n)) if rng.random() < 0.5 else symmetric(rng, n)
    if rng.random() < 0.4:
        q = rng.normal(size=(n, n))
        W = -(q @ q.T) * rng.choice([1.0, 1e-3, 1e3, 1e6])
        W = (W + W.T) / 2
    tau = np.exp(rng.normal(size=n) * 2) if rng.random() < 0.5 else float(np.exp(rng.normal()))
    vectors = np.linalg.eigh(W)[1]
    states = [s * vectors[:, 0] for s in (1e-6, 1e-3, 0.1, 1.0, 1e3)]
    inputs = np.zeros(n) if rng.random() < 0.7 else rng.normal(size=n)
    return Case(
        "step", network({"a": group(lagrangian, n, tau, input=inputs)}, W), {"states": states}
    )


def step_shared(rng):
    """The same with sharing sets beside single neurons."""
    name = str(
        rng.choice(
            [
                "softmax",
                "ghostmax",
                "sparsemax",
                "entmax",
                "spherical",
                "layer_norm",
                "rms_norm",
                "power_norm",
                "radial",
                "lp_norm",
                "softmax_ridge",
            ]
        )
    )
    n, m = int(rng.integers(2, 5)), int(rng.integers(0, 4))
    lagrangian = {"kind": name}
    if name in ("softmax", "ghostmax"):
        lagrangian["beta"] = float(np.exp(rng.normal()))
    if name in ("spherical", "layer_norm", "rms_norm"):
        lagrangian["epsilon"] = float(rng.choice([1.0, 0.1, 1e-5]))
    W = symmetric(rng, n + m)
    W[n:, n:] *= 0.2
    groups = {"a": group(lagrangian, n, float(np.exp(rng.normal())))}
    if m:
        groups["b"] = group(
            str(rng.choice(["identity", "tanh", "relu"])), m, np.exp(rng.normal(size=m))
        )
    low = np.linalg.eigh(W)[1][:, 0]
    return Case(
        "step_shared", network(groups, W), {"states": [s * low for s in (1e-3, 0.1, 1, 10)]}
    )


def softmaxes(rng):
    """Coupled softmaxes at the edge of having one rest state: slope beta / 2 at a tie of two."""
    n, m = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    a, b = float(np.exp(rng.normal())), float(np.exp(rng.normal()))
    xi = rng.normal(size=(n, m))
    slopes = np.sqrt(np.array([a / 2] * n + [b / 2] * m))
    W = np.zeros((n + m, n + m))
    W[:n, n:], W[n:, :n] = xi, xi.T
    if rng.random() < 0.5:
        W[:n, :n] = symmetric(rng, n)
    value = top(slopes[:, None] * W * slopes)[0]
    W = W * ((1 + hair(rng)) / value)
    W = (W + W.T) / 2
    x = np.concatenate([[0.0, 0.0], np.full(n - 2, -60 / a), [0.0, 0.0], np.full(m - 2, -60 / b)])
    groups = {
        "a": group({"kind": "softmax", "beta": a}, n),
        "b": group({"kind": "softmax", "beta": b}, m),
    }
    made = network(groups, W)
    model = Model(made)
    inputs = x - model.W @ model.activation(FLOATS, x)
    made["groups"]["a"]["input"], made["groups"]["b"]["input"] = (
        inputs[:n].tolist(),
        inputs[n:].tolist(),
    )
    return Case(
        "softmaxes", made, {"rests": [x + s * rng.normal(size=n + m) for s in (1e-4, 1e-2, 0.3, 1)]}
    )


def escape(rng):
    """Softplus neurons whose states creep away for ever: bounded below, yet no rest state."""
    n = int(rng.integers(1, 4))
    W = np.eye(n) * (1 + hair(rng))
    if n > 1 and rng.random() < 0.5:
        W = np.full((n, n), (1 + hair(rng)) / n)
    kind = str(rng.choice(["softplus", "relu", "elu", "swish", "gelu", "leaky_relu"]))
    inputs = rng.choice([0.0, 1e-9, -1e-9, 1.0])
    rays = [(np.ones(n), np.ones(n))]
    states = [np.full(n, s) for s in (1.0, 30.0, 1e3, 1e6)]
    return Case(
        "escape", network({"a": group(kind, n, input=inputs)}, W), {"rays": rays, "states": states}
    )


MAKERS = (slope, ratio, kernel, coercive, rescue, subcritical, step, step_shared, softmaxes, escape)
