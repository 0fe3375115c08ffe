"""The model once more in JAX, whose autodiff is the oracle of gradients. Float64, no kernels.

Parameters are a dict: W (n, n), T (triples,), I (n,), x0 (n,) (held neurons among them), tau (n,),
and theta, one dict a group with arrays of its size. What JAX gives by W is every entry's own
derivative; `by_edges` and `by_connections` add up what one weight is used for.
"""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import erf, expit


def float64(double=True):
    """JAX in double or in single precision, in a with statement alone."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(double)
    ways = {True: jax.experimental.enable_x64, False: jax.experimental.disable_x64}
    return contextlib.closing(_Entered(ways[double]()))


class _Entered:
    """A context of older releases."""

    def __init__(self, context):
        self.context = context
        context.__enter__()

    def close(self):
        self.context.__exit__(None, None, None)


def positive(x):
    return jnp.where(x > 0, x, 0.0)


def powers(x, p):
    """x^p of positive numbers, else 0, with derivatives that are finite everywhere."""
    return jnp.where(x > 0, jnp.where(x > 0, x, 1.0) ** p, 0.0)


ADDITIVE = {
    "identity": lambda x, p: p["gain"] * x,
    "relu": lambda x, p: positive(x),
    "leaky_relu": lambda x, p: jnp.where(x > 0, x, p["slope"] * x),
    "elu": lambda x, p: jnp.where(x > 0, x, p["slope"] * jnp.expm1(jnp.where(x > 0, 0.0, x))),
    "rectified_polynomial": lambda x, p: powers(x, p["degree"] - 1),
    "power": lambda x, p: jnp.sign(x) * powers(jnp.abs(x), p["degree"] - 1),
    "exponential": lambda x, p: jnp.exp(p["beta"] * x),
    "rectified_exponential": lambda x, p: jnp.expm1(p["beta"] * positive(x)),
    "softplus": lambda x, p: jnp.logaddexp(0.0, p["beta"] * x) / p["beta"],
    "sigmoid": lambda x, p: expit(p["beta"] * x),
    "tanh": lambda x, p: jnp.tanh(p["beta"] * x),
    "hard_tanh": lambda x, p: jnp.clip(x, -1.0, 1.0),
    "clipped_relu": lambda x, p: jnp.clip(x, 0.0, p["ceiling"]),
    "arctan": lambda x, p: jnp.arctan(x),
    "erf": lambda x, p: erf(x),
    "hill": lambda x, p: 1.0 - 1.0 / (1.0 + powers(x / p["half"], p["exponent"])),
    "relativistic": lambda x, p: x / jnp.sqrt(1.0 + x**2),
    "softsign": lambda x, p: x / (1.0 + jnp.abs(x)),
    "asinh": lambda x, p: jnp.arcsinh(x),
    "soft_threshold": lambda x, p: jnp.sign(x) * positive(jnp.abs(x) - p["threshold"]),
    "compressive": lambda x, p: jnp.sign(x) * (jnp.sqrt(1.0 + jnp.abs(x)) - 1.0),
    "swish": lambda x, p: x * expit(x),
    "gelu": lambda x, p: x * (1.0 + erf(x / np.sqrt(2.0))) / 2.0,
    "cubic": lambda x, p: x**2,
}


def shares(x, beta, ghosts=0):
    logits = jnp.concatenate([beta * x, jnp.zeros(ghosts)])
    top = lax.stop_gradient(logits.max())
    weights = jnp.exp(logits - top)
    return weights[: x.size] / weights.sum()


def entmax(x, alpha):
    """By halving, and one step of Newton's method that carries the derivatives."""
    y, power = (alpha - 1.0) * x, 1.0 / (alpha - 1.0)
    low, high = y.max() - 1.0, y.max()

    def halved(_, ends):
        low, high = ends
        middle = (low + high) / 2
        above = powers(y - middle, power).sum() > 1.0
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    low, high = lax.stop_gradient(lax.fori_loop(0, 60, halved, lax.stop_gradient((low, high))))
    t = lax.stop_gradient((low + high) / 2)
    slope = lax.stop_gradient(-(power * powers(y - t, power - 1.0)).sum())
    t = t - (powers(y - t, power).sum() - 1.0) / slope
    return powers(y - t, power)


def normalised(x, gain, epsilon, scale, centre=False, delta=0.0):
    y = x - x.mean() if centre else x
    return gain * y / jnp.sqrt((y**2).sum() / scale + epsilon) + delta


def radial(x, sigma):
    square = (x**2).sum()
    return x / (sigma + jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1.0)), 0.0))


def signed_powers(x, degree):
    return jnp.sign(x) * powers(jnp.abs(x), degree - 1.0)


COLLECTIVE = {
    "softmax": lambda x, p: shares(x, p["beta"]),
    "ghostmax": lambda x, p: shares(x, p["beta"], 1),
    "softmax_ridge": lambda x, p: shares(x, p["beta"]) + p["epsilon"] * x,
    "sparsemax": lambda x, p: entmax(x, 2.0),
    "entmax": lambda x, p: entmax(x, p["alpha"]),
    "spherical": lambda x, p: normalised(x, p["gain"], p["epsilon"], 1.0, delta=p["delta"]),
    "layer_norm": lambda x, p: normalised(x, p["gain"], p["epsilon"], x.size, True, p["delta"]),
    "rms_norm": lambda x, p: normalised(x, p["gain"], p["epsilon"], x.size),
    "radial": lambda x, p: radial(x, p["sigma"]),
    "power_norm": lambda x, p: (
        signed_powers(x, p["degree"])
        * (p["sigma"] ** p["degree"] + powers(jnp.abs(x), p["degree"]).sum())
        ** (1.0 / p["degree"] - 1.0)
    ),
    "lp_norm": lambda x, p: (
        signed_powers(x, p["degree"])
        * powers(jnp.abs(x), p["degree"]).sum() ** (2.0 / p["degree"] - 1.0)
    ),
}


class JaxNetwork:
    """A network as JAX differentiates it.

    Parameters
    ----------
    network : hamsim.Network
    held : ndarray of bool, shape (n,)
    """

    def __init__(self, network, held=None):
        self.network = network
        n = network.n_neurons
        self.held = np.zeros(n, dtype=bool) if held is None else held
        self.sets = [_sets(group) for group in network.groups]
        self.instant = (network.tau == 0) & ~self.held

    def parameters(self, start, current=0.0):
        network = self.network
        triples = network.triples
        return {
            "W": jnp.asarray(network.W.toarray()),
            "T": jnp.asarray(np.zeros(0) if triples is None else triples.weights),
            "I": jnp.asarray(network.input + current),
            "x0": jnp.asarray(start),
            "tau": jnp.asarray(network.tau),
            "theta": [
                {name: jnp.asarray(values) for name, values in group.parameters.items()}
                for group in network.groups
            ],
        }

    def g(self, p, x):
        parts = []
        for group, sets, theta in zip(self.network.groups, self.sets, p["theta"], strict=True):
            own = x[group.slice]
            if sets is None:
                parts.append(ADDITIVE[group.lagrangian](own, theta))
                continue
            g = jnp.zeros(group.size)
            for places in sets:
                some = {k: v[places] if k == "delta" else v[places[0]] for k, v in theta.items()}
                g = g.at[places].set(COLLECTIVE[group.lagrangian](own[places], some))
            parts.append(g)
        return jnp.concatenate(parts)

    def drive(self, p, x):
        g = self.g(p, x)
        drive = p["W"] @ g + p["I"]
        if self.network.triples is not None:
            i, j, k, _ = self.network.triples
            for to, a, b in ((i, j, k), (j, i, k), (k, i, j)):
                drive = drive.at[to].add(p["T"] * g[a] * g[b])
        return drive

    def field(self, p, x):
        """W g + I - x, and x0 - x of held neurons: 0 at rest."""
        return jnp.where(self.held, p["x0"], self.drive(p, x)) - x

    def at_rest(self, p, x):
        """The rest state at x, as one step of Newton's method, which carries its derivatives."""
        fixed, x = jax.tree.map(lax.stop_gradient, p), lax.stop_gradient(x)
        slope = lax.stop_gradient(jax.jacfwd(lambda z: self.field(fixed, z))(x))
        return x - jnp.linalg.solve(slope, self.field(p, x))

    def settled(self, p, x):
        """Neurons with tau = 0 at what they follow; they do not depend on each other."""
        if not self.instant.any():
            return x
        return jnp.where(self.instant, self.drive(p, x), x)

    def after(self, p, dt, steps):
        """The state after steps of Euler's method from x0."""
        moves = ~self.held & ~self.instant
        part = jnp.where(moves, dt / jnp.where(moves, p["tau"], 1.0), 0.0)

        def step(x, _):
            return self.settled(p, x + part * (self.drive(p, x) - x)), None

        return lax.scan(step, self.settled(p, p["x0"]), None, length=steps)[0]


def _sets(group):
    """Neurons of a group that share each of its Lagrangians; None where each has its own."""
    if not group.over:
        return None
    numbers = np.arange(group.size).reshape(group.shape)
    apart = [axis for axis in range(len(group.shape)) if axis not in group.over]
    count = int(np.prod([group.shape[axis] for axis in apart]))
    return list(numbers.transpose(*apart, *group.over).reshape(count, -1))


def by_edges(network, by_W):
    """Derivatives by `network.edges` from those by single entries of W."""
    by_W = np.asarray(by_W)
    values = []
    for i, j in network.edges:
        goes_back = i != j and _is_undirected(network, i, j)
        values.append(by_W[i, j] + (by_W[j, i] if goes_back else 0.0))
    return np.array(values)


def _is_undirected(network, i, j):
    """Whether edges have this one, and not the one that goes the other way."""
    pairs = {(int(a), int(b)) for a, b in network.edges}
    return (int(j), int(i)) not in pairs and network.W[j, i] != 0


def by_connection(network, connection, by_W, by_T):
    """Derivatives by one connection's weights in its own shape: what each is used for, added up."""
    by_W, by_T = np.asarray(by_W), np.asarray(by_T)
    if connection.triples is not None:
        before = 0
        for each in network.connections:
            if each.name == connection.name:
                return by_T[before : before + each.triples.weights.size]
            before += 0 if each.triples is None else each.triples.weights.size
    if connection.convolution is not None and connection.convolution.kernel is not None:
        return _by_kernel(network, connection, by_W)
    rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
    values = by_W[np.ix_(rows, columns)]
    if connection.kind != "from":
        back = by_W[np.ix_(columns, rows)].T
        values = values + (back - np.diag(np.diag(back)) if connection.kind == "within" else back)
    return np.where(network.block(connection).toarray() != 0, values, 0.0)


def _by_kernel(network, connection, by_W):
    """W is linear in a kernel: what one entry of it adds to W, times the derivative by W."""
    kernel = connection.convolution.kernel
    result = np.zeros(kernel.shape)
    for place in np.ndindex(kernel.shape):
        more = kernel.copy()
        more[place] += 1.0
        W = network.with_weights({connection.name: more}).W
        result[place] = ((W - network.W).toarray() * by_W).sum()
    return result
