"""Numbers at the end of float64, and formulas that float64 cannot evaluate."""

import numpy as np

from attack.cases import Case, group, hair, network, symmetric
from attack.structures import OTHERS, SIGMOIDS, TOGETHER

HUGE = (1e8, 1e-8, 1e16, 1e-16, 1e50, 1e-50, 1e150, 1e-150, 1e-200, 1e200)
NAMES = {
    "identity": "gain",
    "leaky_relu": "slope",
    "elu": "slope",
    "exponential": "beta",
    "softplus": "beta",
    "sigmoid": "beta",
    "tanh": "beta",
    "clipped_relu": "ceiling",
    "hill": "half",
    "soft_threshold": "threshold",
    "softmax": "beta",
    "ghostmax": "beta",
    "softmax_ridge": "epsilon",
    "spherical": "gain",
    "layer_norm": "gain",
    "rms_norm": "epsilon",
    "power_norm": "sigma",
    "radial": "sigma",
    "rectified_exponential": "beta",
}


def numbers(rng):
    """Parameters, weights, tau and inputs far from 1."""
    n = int(rng.integers(1, 4))
    kind = str(rng.choice([*SIGMOIDS, *OTHERS, *TOGETHER]))
    lagrangian = {"kind": kind}
    if kind in NAMES and rng.random() < 0.8:
        lagrangian[NAMES[kind]] = float(rng.choice(HUGE) * np.exp(rng.normal()))
    W = symmetric(rng, n) * (rng.choice(HUGE) if rng.random() < 0.5 else 1.0)
    if kind in OTHERS and rng.random() < 0.5:
        W = -np.abs(W) if rng.random() < 0.5 else W * 0
    tau = np.full(n, rng.choice(HUGE)) if rng.random() < 0.4 else np.ones(n)
    if rng.random() < 0.3:
        tau[0] = float(rng.choice(HUGE))
    inputs = rng.normal(size=n) * (rng.choice(HUGE) if rng.random() < 0.2 else 1.0)
    return Case("numbers", network({"a": group(lagrangian, n, tau, input=inputs)}, W))


def slope_and_tau(rng):
    """A step bound whose quotient under- or overflows."""
    beta, tau = float(rng.choice(HUGE)), float(rng.choice(HUGE))
    w = -float(rng.choice([1.0, 3.0, 1e150, 1e-150]))
    if rng.random() < 0.6:
        w = -float(rng.choice([0.9, 1.0, 3.0, 30.0])) / beta
    kind = str(rng.choice(["tanh", "sigmoid", "identity", "softmax"]))
    n = 2 if kind == "softmax" else 1
    lagrangian = {"kind": kind, "gain" if kind == "identity" else "beta": beta}
    states = [np.full(n, s) for s in (1e-3, 1.0, 1 / beta, 1e3 / beta)]
    return Case(
        "slope_and_tau",
        network({"a": group(lagrangian, n, tau)}, np.eye(n) * w),
        {"states": states},
    )


# Formulas as text with {names} of numbers to put in, and offsets of interest as functions of c.
SHAPES = (
    ("abs(x-{c})**3 - abs(x-{c})", lambda c: [c]),
    ("abs(x-{c})**3/3 - {s}*abs(x-{c})", lambda c: [c]),
    ("abs(x-{c})**3/3 + {s}*abs(x-{c})", lambda c: [c]),
    ("(x-{c})**4/12 - {s}*(x-{c})**2/2", lambda c: [c]),
    ("(x-{c})**4/12 + {s}*(x-{c})**2/2", lambda c: [c]),
    ("({c}*x+1)**2 - {c}**2*x**2 - 2*{c}*x + {s}*x**2", lambda c: [0.0]),
    ("({c}*x+1)**2 - {q}*x**2 - {e}*x - x**2", lambda c: [0.0]),
    ("({c}*x+1)**2 - {q}*x**2 - {e}*x + x**2/2", lambda c: [0.0]),
    ("({p}+1)*x**2 - {p}*x**2", lambda c: [0.0]),
    ("{p}*x**2 - ({p}+1)*x**2", lambda c: [0.0]),
    ("({p1}*x**2 - {p}*x**2)/2", lambda c: [0.0]),
    ("({p}*x**2 - {p1}*x**2)/2", lambda c: [0.0]),
    ("log(cosh(x-{c})) - {s}*(x-{c})**2", lambda c: [c, c + 3.0]),
    ("x**2/2 + {s}*sin({f}*x)/{f}**2", lambda c: [1.5707963267948966, -1.5707963267948966]),
    ("x**2/2 + (1{sign}{h})*cos(x)", lambda c: [0.0, 6.283185307179586]),
    ("x**2/2 - (1{sign}{h})*log(cosh(x))", lambda c: [0.0]),
    ("softplus(x-{c}) - {s}*softplus({c}-x)", lambda c: [c]),
    ("sqrt(1+(x-{c})**2) - {s}*abs(x-{c})", lambda c: [c]),
    ("max(x-{c}, 0)**2/2 - {s}*max(x, 0)**2/2", lambda c: [c, c / 2]),
    ("relu(x-{c})**3/3 + relu({c}-x)**3/3 - {s}*relu(x)", lambda c: [c, 0.0]),
    ("exp(-(x-{c})**2) + x**2", lambda c: [c, c + 1.2247448713915890]),
    ("x**4/4 - x**3/3*{h} + x**2/2", lambda c: [0.0, 0.1]),
    ("x*tanh(x) - {s}*log(cosh(x))", lambda c: [1.2, -1.2, 2.0]),
    ("erf(x)*x + {s}*x**2", lambda c: [0.0, 1.5]),
    ("log(1+exp(b*x))/b - {s}*x**2/2", lambda c: [0.0, 5.0]),
    ("log(cosh(b*x))/b", lambda c: [0.0]),
    ("asinh(x)*x - sqrt(1+x**2)", lambda c: [0.0]),
    ("min(x, {c})*x/2", lambda c: [c]),
    ("atan(x)*x - log(1+x**2)/2 - {s}*x**2/2", lambda c: [0.0, 10.0]),
)
TOGETHER_SHAPES = (
    "log(sum(exp(b*x)) + 1)/b",
    "log(sum(exp(b*x)))/b - {s}*sum(x**2)/2",
    "log(sum(exp(x-{c})))",
    "sqrt(1 + sum(x**2))",
    "sqrt(1 + sum(x**2)) - {s}*sum(x**2)/2",
    "sum(x)**2/2 - {s}*sum(x**2)/2",
    "sum(x**2)/2 + sum(x)**2*{s}",
    "log(sum(exp(x)))/2 + log(sum(exp(-x)))/2",
    "sum(x**2)/2 - sum(x)**2/(2*{n}{sign}{h})",
    "mean(x)**4 + mean(x**2)",
)
OFFSETS = (0, 1, 3, 1000, 10**6, 10**8, 10**9, 123456789)


def formula(rng):
    """Element-wise formulas, convex or not by a hair, far from 0, or with long integers."""
    text, places = SHAPES[int(rng.integers(len(SHAPES)))]
    c = int(rng.choice(OFFSETS))
    p = 2 ** int(rng.choice([10, 40, 52, 53, 54, 60, 70]))
    put = {
        "c": c,
        "q": c * c,
        "e": 2 * c,
        "p": p,
        "p1": p + 1,
        "f": int(rng.choice([1, 3, 1000])),
        "s": str(rng.choice(["0", "1", "0.5", "0.0009765625", "0.25", "2"])),
        "sign": str(rng.choice(["+", "-"])),
        "h": str(rng.choice(["0.0009765625", "0.000000059604644775390625", "0", "0.125"])),
    }
    text = text.format(**put)
    lagrangian = {"expression": text}
    if "b*" in text:
        lagrangian["b"] = float(rng.choice([1.0, 2.0, 1e-3]))
    n = int(rng.integers(1, 3))
    W = symmetric(rng, n) * rng.choice([0, 0.3, 1])
    inputs = rng.choice([0.0, 1.0, float(c), c + 3.0], size=n)
    states = [np.full(n, q + s) for q in places(float(c)) for s in (-1.0, -0.2, 0.2, 1.0)]
    made = network({"a": group(lagrangian, n, input=inputs)}, W)
    return Case("formula", made, {"states": states, "centres": {"a": places(float(c))}})


def formula_together(rng):
    """Formulas that neurons share."""
    n = int(rng.integers(2, 4))
    text = str(rng.choice(TOGETHER_SHAPES)).format(
        s=str(rng.choice(["0", "1", "0.5", "0.0009765625"])),
        c=int(rng.choice(OFFSETS)),
        n=n,
        sign=str(rng.choice(["+", "-"])),
        h=str(rng.choice(["0.0009765625", "0", "0.5"])),
    )
    lagrangian = {"expression": text}
    if "b*" in text:
        lagrangian["b"] = float(rng.choice([1.0, 2.0]))
    tau = 1.0 if rng.random() < 0.6 else np.exp(rng.normal(size=n))
    W = symmetric(rng, n) * rng.choice([0, 0.3, 1])
    return Case(
        "formula_together", network({"a": group(lagrangian, n, tau, input=rng.normal(size=n))}, W)
    )


def not_convex(rng):
    """swish, gelu and cubic where they may or may not be in their convex part."""
    n = int(rng.integers(1, 5))
    kind = str(rng.choice(["swish", "gelu", "cubic"]))
    W = symmetric(rng, n) * rng.choice([0, 0.1, 0.5, 1])
    edge = {"swish": -1.2784645427610738, "gelu": -0.7517915247055585, "cubic": 0.0}[kind]
    inputs = np.where(
        rng.random(n) < 0.5, edge + np.array([hair(rng) for _ in range(n)]), rng.normal(size=n) * 5
    )
    more = {}
    if rng.random() < 0.4:
        more["b"] = group(str(rng.choice(["tanh", "sigmoid", "softmax"])), 2)
        U = symmetric(rng, n + 2) * 0.3
        U[:n, :n] = W
        W = U
    groups = {"a": group(kind, n, float(np.exp(rng.normal())), input=inputs), **more}
    states = [
        np.concatenate([np.full(n, edge - s), np.zeros(len(W) - n)]) for s in (1e-6, 0.1, 1.0, 10.0)
    ]
    return Case("not_convex", network(groups, W), {"states": states})


MAKERS = (numbers, slope_and_tau, formula, formula, formula_together, not_convex)
