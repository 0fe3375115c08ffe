"""The model again, slowly and densely: the oracle that every kernel is compared with.

Written from the equations alone (Krotov 2021, arXiv:2107.06446, eq. 1 to 4), with nothing imported
from hamsim. All neurons in one vector, W a dense matrix, one Python loop over groups.
"""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import tableaus
from scipy.optimize import brentq
from scipy.special import (
    beta,
    betainc,
    erf,
    erfinv,
    expit,
    hyp2f1,
    logsumexp,
    ndtr,
    spence,
    xlogy,
)

# Additive families: L, g = L', h = L'' and L* written as a function of g, of states x and
# parameters p (each an array). The notation is that of NumPy alone.


def heaviside(x):
    return (x > 0).astype(float)


def positive(x):
    return np.maximum(x, 0.0)


def normal_density(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def dilogarithm(z):
    return spence(1 - z)


def minus_dilogarithm_of_minus_exp(y):
    """-Li2(-e^y), without an overflow at large y."""
    small = -dilogarithm(-np.exp(-np.abs(y)))
    return np.where(y > 0, y**2 / 2 + np.pi**2 / 6 - small, small)


def entropy(p):
    return xlogy(p, p)


def hill_L(x, p):
    y, n = positive(x) / p.half, p.exponent
    return p.half * y * (1 - hyp2f1(1, 1 / n, 1 + 1 / n, -(y**n)))


def hill_h(x, p):
    y, n = positive(x) / p.half, p.exponent
    return heaviside(x) * n * y ** (n - 1) / (p.half * (1 + y**n) ** 2)


def hill_conjugate(g, p):
    n = p.exponent
    a, b = 1 + 1 / n, np.where(n > 1, 1 - 1 / n, 1.0)  # for n = 1 any b > 0: not used
    return p.half * np.where(n > 1, beta(a, b) * betainc(a, b, g), -g - np.log1p(-g))


ADDITIVE = {
    "identity": (
        lambda x, p: p.gain * x**2 / 2,
        lambda x, p: p.gain * x,
        lambda x, p: p.gain + 0 * x,
        lambda g, p: g**2 / (2 * p.gain),
    ),
    "relu": (
        lambda x, p: positive(x) ** 2 / 2,
        lambda x, p: positive(x),
        lambda x, p: heaviside(x),
        lambda g, p: g**2 / 2,
    ),
    "leaky_relu": (
        lambda x, p: np.where(x > 0, 1, p.slope) * x**2 / 2,
        lambda x, p: np.where(x > 0, 1, p.slope) * x,
        lambda x, p: np.where(x > 0, 1, p.slope),
        lambda g, p: g**2 / (2 * np.where(g > 0, 1, p.slope)),
    ),
    "elu": (
        lambda x, p: np.where(x > 0, x**2 / 2, p.slope * (np.expm1(np.minimum(x, 0)) - x)),
        lambda x, p: np.where(x > 0, x, p.slope * np.expm1(np.minimum(x, 0))),
        lambda x, p: np.where(x > 0, 1, p.slope * np.exp(np.minimum(x, 0))),
        lambda g, p: np.where(
            g > 0, g**2 / 2, xlogy(g + p.slope, 1 + np.minimum(g, 0) / p.slope) - g
        ),
    ),
    "rectified_polynomial": (
        lambda x, p: positive(x) ** p.degree / p.degree,
        lambda x, p: positive(x) ** (p.degree - 1),
        lambda x, p: heaviside(x) * (p.degree - 1) * positive(x) ** (p.degree - 2),
        lambda g, p: g ** (p.degree / (p.degree - 1)) * (p.degree - 1) / p.degree,
    ),
    "power": (
        lambda x, p: np.abs(x) ** p.degree / p.degree,
        lambda x, p: np.sign(x) * np.abs(x) ** (p.degree - 1),
        lambda x, p: (p.degree - 1) * np.abs(x) ** (p.degree - 2),
        lambda g, p: np.abs(g) ** (p.degree / (p.degree - 1)) * (p.degree - 1) / p.degree,
    ),
    "exponential": (
        lambda x, p: np.exp(p.beta * x) / p.beta,
        lambda x, p: np.exp(p.beta * x),
        lambda x, p: p.beta * np.exp(p.beta * x),
        lambda g, p: (entropy(g) - g) / p.beta,
    ),
    "rectified_exponential": (
        lambda x, p: np.exp(p.beta * positive(x)) / p.beta - positive(x),
        lambda x, p: np.expm1(p.beta * positive(x)),
        lambda x, p: heaviside(x) * p.beta * np.exp(p.beta * x),
        lambda g, p: (entropy(1 + g) - (1 + g)) / p.beta,
    ),
    "softplus": (
        lambda x, p: minus_dilogarithm_of_minus_exp(p.beta * x) / p.beta**2,
        lambda x, p: np.logaddexp(0, p.beta * x) / p.beta,
        lambda x, p: expit(p.beta * x),
        lambda g, p: g**2 / 2 + (dilogarithm(np.exp(-p.beta * g)) - np.pi**2 / 6) / p.beta**2,
    ),
    "sigmoid": (
        lambda x, p: np.logaddexp(0, p.beta * x) / p.beta,
        lambda x, p: expit(p.beta * x),
        lambda x, p: p.beta * expit(p.beta * x) * expit(-p.beta * x),
        lambda g, p: (entropy(g) + entropy(1 - g)) / p.beta,
    ),
    "tanh": (
        lambda x, p: (np.logaddexp(p.beta * x, -p.beta * x) - np.log(2)) / p.beta,
        lambda x, p: np.tanh(p.beta * x),
        lambda x, p: p.beta / np.cosh(p.beta * x) ** 2,
        lambda g, p: (entropy(1 + g) + entropy(1 - g)) / (2 * p.beta),
    ),
    "hard_tanh": (
        lambda x, p: np.where(np.abs(x) < 1, x**2 / 2, np.abs(x) - 0.5),
        lambda x, p: np.clip(x, -1, 1),
        lambda x, p: heaviside(1 - np.abs(x)),
        lambda g, p: g**2 / 2,
    ),
    "clipped_relu": (
        lambda x, p: np.where(x < p.ceiling, positive(x) ** 2 / 2, p.ceiling * (x - p.ceiling / 2)),
        lambda x, p: np.clip(x, 0, p.ceiling),
        lambda x, p: heaviside(x) * heaviside(p.ceiling - x),
        lambda g, p: g**2 / 2,
    ),
    "arctan": (
        lambda x, p: x * np.arctan(x) - np.log1p(x**2) / 2,
        lambda x, p: np.arctan(x),
        lambda x, p: 1 / (1 + x**2),
        lambda g, p: -np.log(np.cos(g)),
    ),
    "erf": (
        lambda x, p: x * erf(x) + np.exp(-(x**2)) / np.sqrt(np.pi),
        lambda x, p: erf(x),
        lambda x, p: 2 * np.exp(-(x**2)) / np.sqrt(np.pi),
        lambda g, p: -np.exp(-(erfinv(g) ** 2)) / np.sqrt(np.pi),
    ),
    "hill": (
        hill_L,
        lambda x, p: 1 - 1 / (1 + (positive(x) / p.half) ** p.exponent),
        hill_h,
        hill_conjugate,
    ),
    "relativistic": (
        lambda x, p: np.sqrt(1 + x**2),
        lambda x, p: x / np.sqrt(1 + x**2),
        lambda x, p: (1 + x**2) ** -1.5,
        lambda g, p: -np.sqrt(1 - g**2),
    ),
    "softsign": (
        lambda x, p: np.abs(x) - np.log1p(np.abs(x)),
        lambda x, p: x / (1 + np.abs(x)),
        lambda x, p: (1 + np.abs(x)) ** -2,
        lambda g, p: -np.abs(g) - np.log1p(-np.abs(g)),
    ),
    "asinh": (
        lambda x, p: x * np.arcsinh(x) - np.sqrt(1 + x**2),
        lambda x, p: np.arcsinh(x),
        lambda x, p: 1 / np.sqrt(1 + x**2),
        lambda g, p: np.cosh(g),
    ),
    "soft_threshold": (
        lambda x, p: positive(np.abs(x) - p.threshold) ** 2 / 2,
        lambda x, p: np.sign(x) * positive(np.abs(x) - p.threshold),
        lambda x, p: heaviside(np.abs(x) - p.threshold),
        lambda g, p: g**2 / 2 + p.threshold * np.abs(g),
    ),
    "sign": (
        lambda x, p: np.abs(x),
        lambda x, p: np.sign(x),
        lambda x, p: 0 * x,
        lambda g, p: 0 * g,
    ),
    "step": (
        lambda x, p: positive(x),
        lambda x, p: heaviside(x),
        lambda x, p: 0 * x,
        lambda g, p: 0 * g,
    ),
    "compressive": (
        lambda x, p: 2 / 3 * ((1 + np.abs(x)) ** 1.5 - 1) - np.abs(x),
        lambda x, p: np.sign(x) * (np.sqrt(1 + np.abs(x)) - 1),
        lambda x, p: 0.5 / np.sqrt(1 + np.abs(x)),
        lambda g, p: np.abs(g) ** 3 / 3 + g**2,
    ),
    # Not convex, so that x is not a function of g: no conjugate.
    "swish": (
        lambda x, p: x * np.logaddexp(0, x) - minus_dilogarithm_of_minus_exp(x),
        lambda x, p: x * expit(x),
        lambda x, p: expit(x) * (1 + x * expit(-x)),
        None,
    ),
    "gelu": (
        lambda x, p: ((x**2 - 1) * ndtr(x) + x * normal_density(x)) / 2,
        lambda x, p: x * ndtr(x),
        lambda x, p: ndtr(x) + x * normal_density(x),
        None,
    ),
    "cubic": (lambda x, p: x**3 / 3, lambda x, p: x**2, lambda x, p: 2 * x, None),
}


# Collective families: functions of one vector x of states that returns L, g, H and L*(g). Here p
# holds one number a parameter, but an array of delta.


def softmax(x, p, ghosts=0, epsilon=0.0):
    b = p.beta
    logits = np.append(b * x, np.zeros(ghosts))
    L = logsumexp(logits) / b
    share = np.exp(logits - b * L)
    conjugate = np.sum(entropy(share)) / b
    q = share[: x.size]
    H = b * (np.diag(q) - np.outer(q, q)) + epsilon * np.eye(x.size)
    ridge = epsilon * (x @ x) / 2
    return L + ridge, q + epsilon * x, H, conjugate + ridge


def entmax(x, p, alpha=None):
    alpha = p.alpha if alpha is None else alpha
    y, power = (alpha - 1) * x, 1 / (alpha - 1)

    def excess(t):
        return np.sum(positive(y - t) ** power) - 1

    t = brentq(excess, y.max() - 1 - 1e-9, y.max(), xtol=1e-15, rtol=1e-15)
    share = positive(y - t) ** power
    share /= share.sum()
    s = np.where(share > 0, share ** (2 - alpha), 0.0)
    conjugate = np.sum(share**alpha) / (alpha * (alpha - 1))
    return share @ x - conjugate, share, np.diag(s) - np.outer(s, s) / s.sum(), conjugate


def normalised(x, gain, epsilon, scale, centre=False, delta=0.0):
    """Gain times scale times sqrt(mean of squares + epsilon), with `scale` 1 or n for the mean."""
    P = np.eye(x.size) - (1 / x.size if centre else 0.0)
    s = np.sqrt((P @ x) @ (P @ x) / scale + epsilon)
    y = P @ x / s
    H = gain / s * (P - np.outer(y, y) / scale)
    conjugate = -gain * scale * np.sqrt(epsilon) * np.sqrt(max(1 - y @ y / scale, 0))
    return scale * gain * s + np.sum(delta * x), gain * y + delta, H, conjugate


def power_norm(x, p):
    n, size = p.degree, np.abs(x)
    S = p.sigma**n + np.sum(size**n)
    w = np.sign(x) * size ** (n - 1)
    g = w * S ** (1 / n - 1)
    H = (n - 1) * (np.diag(size ** (n - 2)) * S ** (1 / n - 1) - np.outer(w, w) * S ** (1 / n - 2))
    q = n / (n - 1)
    return S ** (1 / n), g, H, -p.sigma * positive(1 - np.sum(np.abs(g) ** q)) ** (1 / q)


def radial(x, p):
    r = np.linalg.norm(x)
    if p.sigma == 0:
        return r, x / r, (np.eye(x.size) - np.outer(x, x) / r**2) / r, 0.0
    g = x / (p.sigma + r)
    size = np.linalg.norm(g)
    H = np.eye(x.size) / (p.sigma + r)
    if r > 0:
        H -= np.outer(x, x) / (r * (p.sigma + r) ** 2)
    return r - p.sigma * np.log1p(r / p.sigma), g, H, p.sigma * (-size - np.log1p(-size))


def lp_norm(x, p):
    n, size = p.degree, np.abs(x)
    S = np.sum(size**n)
    w = np.sign(x) * size ** (n - 1)
    g = w * S ** (2 / n - 1)
    H = (n - 1) * np.diag(size ** (n - 2)) * S ** (2 / n - 1)
    H -= (n - 2) * np.outer(w, w) * S ** (2 / n - 2)
    q = n / (n - 1)
    return S ** (2 / n) / 2, g, H, np.sum(np.abs(g) ** q) ** (2 / q) / 2


COLLECTIVE = {
    "softmax": softmax,
    "ghostmax": lambda x, p: softmax(x, p, ghosts=1),
    "softmax_ridge": lambda x, p: softmax(x, p, epsilon=p.epsilon),
    "sparsemax": lambda x, p: entmax(x, p, alpha=2.0),
    "entmax": entmax,
    "spherical": lambda x, p: normalised(x, p.gain, p.epsilon, 1, delta=p.delta),
    "layer_norm": lambda x, p: normalised(x, p.gain, p.epsilon, x.size, True, p.delta),
    "rms_norm": lambda x, p: normalised(x, p.gain, p.epsilon, x.size),
    "power_norm": power_norm,
    "radial": radial,
    "lp_norm": lp_norm,
}


@dataclass
class DenseGroup:
    """Neurons of one additive kind, or neurons that share one collective Lagrangian."""

    kind: str
    neurons: np.ndarray
    parameters: dict = field(default_factory=dict)  # each one number, or one a neuron

    def numbers(self):
        values = {name: np.asarray(value, float) for name, value in self.parameters.items()}
        if self.kind in COLLECTIVE:
            values = {k: v if k == "delta" else v.flat[0] for k, v in values.items()}
        return SimpleNamespace(**values)

    def part(self, k, x):
        """Part k of L, g, H and, with g in the place of x for additive kinds, L*."""
        p = self.numbers()
        if self.kind in COLLECTIVE:
            return COLLECTIVE[self.kind](x, p)[k]
        return ADDITIVE[self.kind][k](x, p)

    def L(self, x):
        return float(np.sum(self.part(0, x)))

    def g(self, x):
        return self.part(1, x)

    def H(self, x):
        H = self.part(2, x)
        return H if self.kind in COLLECTIVE else np.diag(H)

    def conjugate(self, x):
        """L*(g(x)) from its own formula, not as x.g - L, of kinds that are convex."""
        at = x if self.kind in COLLECTIVE else self.g(x)
        return float(np.sum(self.part(3, at)))


@dataclass
class DenseModel:
    """tau dx/dt = W g + I - x, with triples (i, j, k, T): -T g_i g_j g_k in E."""

    W: np.ndarray
    tau: np.ndarray
    input: np.ndarray
    groups: list
    triples: list = field(default_factory=list)
    late: list = field(default_factory=list)  # (delay, matrix): W g(t) has matrix g(t - delay) too

    def g(self, x):
        g = np.empty_like(x)
        for group in self.groups:
            g[group.neurons] = group.g(x[group.neurons])
        return g

    def energy(self, x):
        g = self.g(x)
        L = sum(group.L(x[group.neurons]) for group in self.groups)
        gated = sum(T * g[i] * g[j] * g[k] for i, j, k, T in self.triples)
        return float((x - self.input) @ g - L - 0.5 * g @ self.W @ g - gated)

    def drive(self, x):
        """W g + I, and from each triple the product of the other two activations."""
        g = self.g(x)
        drive = self.W @ g + self.input
        for i, j, k, T in self.triples:
            drive[i] += T * g[j] * g[k]
            drive[j] += T * g[i] * g[k]
            drive[k] += T * g[i] * g[j]
        return drive

    def settle(self, x):
        """Put neurons with tau = 0 to W g + I; they must not depend on each other."""
        instant = self.tau == 0
        if instant.any():
            x = x.copy()
            x[instant] = self.drive(x)[instant]
        return x

    def velocity(self, x):
        x = self.settle(x)
        u = self.drive(x) - x
        return np.divide(u, self.tau, out=np.zeros_like(u), where=self.tau > 0)

    def residual(self, x):
        x = self.settle(x)
        return float(np.max(np.abs(self.drive(x) - x)))

    def step(self, x, dt, method="euler"):
        return tableaus.step(self.velocity, x, dt, method, self.settle)

    def run(self, x, dt, steps, method="euler"):
        """States after 0, 1, ..., `steps` steps, shape (steps + 1, n)."""
        x = self.settle(np.asarray(x, dtype=float))
        states = [x]
        for _ in range(steps):
            x = self.step(x, dt, method)
            states.append(x)
        return np.array(states)

    def run_late(self, x, dt, steps):
        """States of Euler's method with delays, which are multiples of dt; W has the others."""
        past = [self.g(np.asarray(x, dtype=float))]  # before t = 0, and then of step 0, 1, ...
        own, states = self.input, []
        x = np.asarray(x, dtype=float)
        for k in range(steps + 1):
            self.input = own.copy()
            for delay, matrix in self.late:
                self.input += matrix @ past[max(k - round(delay / dt), -1) + 1]
            x = self.settle(x)
            states.append(x)
            past.append(self.g(x))
            x = x + dt * self.velocity(x)
        self.input = own
        return np.array(states)


@dataclass
class DrivenModel:
    """The same with currents that are added, and states that are held, at each time.

    `current(t)` and `held(t)` give one number a neuron; held(t) is NaN where nothing is held.
    """

    model: DenseModel
    current: object
    held: object

    def at(self, t):
        free = np.isnan(self.held(t))
        tau = np.where(free, self.model.tau, np.inf)
        return replace(self.model, input=self.model.input + self.current(t), tau=tau)

    def put(self, x, t):
        """The state with held neurons, and those of tau = 0, where they are at this time."""
        held = self.held(t)
        return self.at(t).settle(np.where(np.isnan(held), x, held))

    def velocity(self, x, t):
        return self.at(t).velocity(self.put(x, t))

    def run(self, x, dt, steps, method):
        """States after 0, 1, ..., `steps` steps; stage i of a step is at t + c_i dt."""
        coefficients = tableaus.coefficients_of(method)
        a = [[float(w) for w in tableaus.numbers(row)] for row in coefficients.a]
        b = [float(w) for w in tableaus.numbers(coefficients.b)]
        states = [self.put(np.asarray(x, dtype=float), 0.0)]
        for n in range(steps):
            t, k = n * dt, []
            for row in a:
                y = states[-1] + dt * sum((w * f for w, f in zip(row, k, strict=False)), 0.0)
                k.append(self.velocity(y, t + dt * sum(row)))
            y = states[-1] + dt * sum(w * f for w, f in zip(b, k, strict=True))
            states.append(self.put(y, t + dt))
        return np.array(states)


def dense(network):
    """The oracle of a compiled network: its arrays, and its groups one Lagrangian at a time."""
    groups = []
    for group in network.groups:
        numbers = np.arange(group.start, group.stop).reshape(group.shape)
        if group.over:
            kept = [axis for axis in range(numbers.ndim) if axis not in group.over]
            shared = np.transpose(numbers, [*kept, *group.over])
            rows = shared.reshape(-1, int(np.prod([group.shape[axis] for axis in group.over])))
        else:
            rows = numbers.reshape(1, -1)
        for row in rows:
            own = {name: values[row - group.start] for name, values in group.parameters.items()}
            groups.append(DenseGroup(group.lagrangian, row, own))
    triples = [] if network.triples is None else list(zip(*network.triples, strict=True))
    late, own = [], network.undelayed.W.toarray()
    if network.delays is not None:
        for delay in np.unique(network.delays.times):
            matrix = np.zeros_like(own)
            for i, j, weight, time in zip(*network.delays, strict=True):
                matrix[i, j] += weight * (time == delay)
            late.append((delay, matrix))
    return DenseModel(own, network.tau, network.input, groups, triples, late)
