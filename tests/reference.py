"""The model again, slowly and densely: the oracle that every kernel is compared with.

Written from the equations alone (Krotov 2021, arXiv:2107.06446, eq. 1 to 4), with nothing imported
from hamsim. All neurons in one vector, W a dense matrix, one Python loop over groups.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import logsumexp, xlogy


@dataclass
class DenseGroup:
    """Neurons that share a kind of Lagrangian; for softmax, that share one Lagrangian."""

    kind: str
    neurons: np.ndarray
    parameters: dict = field(default_factory=dict)

    def p(self, name, default=1.0):
        value = np.asarray(self.parameters.get(name, default), dtype=float)
        return np.broadcast_to(value, self.neurons.shape)

    def L(self, x):
        if self.kind == "identity":
            return float(np.sum(self.p("gain") * x**2 / 2))
        if self.kind == "relu":
            return float(np.sum(np.maximum(x, 0) ** 2 / 2))
        if self.kind == "tanh":
            b = self.p("beta")
            return float(np.sum((np.logaddexp(b * x, -b * x) - np.log(2)) / b))
        if self.kind == "sigmoid":
            b = self.p("beta")
            return float(np.sum(np.logaddexp(0, b * x) / b))
        if self.kind == "softmax":
            b = self.p("beta")[0]
            return float(logsumexp(b * x) / b)
        raise KeyError(self.kind)

    def g(self, x):
        if self.kind == "identity":
            return self.p("gain") * x
        if self.kind == "relu":
            return np.maximum(x, 0)
        if self.kind == "tanh":
            return np.tanh(self.p("beta") * x)
        if self.kind == "sigmoid":
            return 0.5 * (1 + np.tanh(self.p("beta") * x / 2))
        if self.kind == "softmax":
            b = self.p("beta")[0]
            return np.exp(b * x - logsumexp(b * x))
        raise KeyError(self.kind)

    def H(self, x):
        g = self.g(x)
        if self.kind == "identity":
            return np.diag(self.p("gain"))
        if self.kind == "relu":
            return np.diag((x > 0).astype(float))
        if self.kind == "tanh":
            return np.diag(self.p("beta") * (1 - g**2))
        if self.kind == "sigmoid":
            return np.diag(self.p("beta") * g * (1 - g))
        if self.kind == "softmax":
            return self.p("beta")[0] * (np.diag(g) - np.outer(g, g))
        raise KeyError(self.kind)

    def conjugate(self, x):
        """L*(g(x)) from its own formula, not as x.g - L."""
        g = self.g(x)
        if self.kind in ("identity", "relu"):
            return float(np.sum(g**2 / (2 * self.p("gain"))))
        b = self.p("beta")
        if self.kind == "tanh":
            return float(np.sum((xlogy(1 + g, 1 + g) + xlogy(1 - g, 1 - g)) / (2 * b)))
        if self.kind == "sigmoid":
            return float(np.sum((xlogy(g, g) + xlogy(1 - g, 1 - g)) / b))
        return float(np.sum(xlogy(g, g)) / b[0])


@dataclass
class DenseModel:
    """tau dx/dt = W g + I - x."""

    W: np.ndarray
    tau: np.ndarray
    input: np.ndarray
    groups: list

    def g(self, x):
        g = np.empty_like(x)
        for group in self.groups:
            g[group.neurons] = group.g(x[group.neurons])
        return g

    def energy(self, x):
        g = self.g(x)
        L = sum(group.L(x[group.neurons]) for group in self.groups)
        return float((x - self.input) @ g - L - 0.5 * g @ self.W @ g)

    def settle(self, x):
        """Put neurons with tau = 0 to W g + I; they must not depend on each other."""
        instant = self.tau == 0
        if instant.any():
            x = x.copy()
            x[instant] = (self.W @ self.g(x) + self.input)[instant]
        return x

    def velocity(self, x):
        x = self.settle(x)
        u = self.W @ self.g(x) + self.input - x
        return np.divide(u, self.tau, out=np.zeros_like(u), where=self.tau > 0)

    def residual(self, x):
        x = self.settle(x)
        return float(np.max(np.abs(self.W @ self.g(x) + self.input - x)))

    def step(self, x, dt, method="euler"):
        f = self.velocity
        if method == "euler":
            return self.settle(x + dt * f(x))
        if method == "heun":
            k1 = f(x)
            k2 = f(x + dt * k1)
            return self.settle(x + dt / 2 * (k1 + k2))
        k1 = f(x)
        k2 = f(x + dt / 2 * k1)
        k3 = f(x + dt / 2 * k2)
        k4 = f(x + dt * k3)
        return self.settle(x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4))

    def run(self, x, dt, steps, method="euler"):
        """States after 0, 1, ..., `steps` steps, shape (steps + 1, n)."""
        x = self.settle(np.asarray(x, dtype=float))
        states = [x]
        for _ in range(steps):
            x = self.step(x, dt, method)
            states.append(x)
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
    return DenseModel(network.W.toarray(), network.tau, network.input, groups)
