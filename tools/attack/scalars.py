"""Lagrangians of single neurons: L, its slope g and the slope of g, as functions of the state.

Every function takes the arithmetic, the states, and a dict of parameters that broadcast against
them.
"""

from attack.arithmetic import where

# Name, and the default of each parameter.
PARAMETERS = {
    "identity": {"gain": 1.0},
    "relu": {},
    "leaky_relu": {"slope": 0.01},
    "elu": {"slope": 1.0},
    "rectified_polynomial": {"degree": 3.0},
    "power": {"degree": 4.0},
    "exponential": {"beta": 1.0},
    "rectified_exponential": {"beta": 1.0},
    "softplus": {"beta": 1.0},
    "sigmoid": {"beta": 1.0},
    "tanh": {"beta": 1.0},
    "hard_tanh": {},
    "clipped_relu": {"ceiling": 1.0},
    "arctan": {},
    "erf": {},
    "hill": {"exponent": 2.0, "half": 1.0},
    "relativistic": {},
    "softsign": {},
    "asinh": {},
    "compressive": {},
    "soft_threshold": {"threshold": 1.0},
    "sign": {},
    "step": {},
    "swish": {},
    "gelu": {},
    "cubic": {},
}
BOUNDED = {
    "sigmoid",
    "tanh",
    "hard_tanh",
    "clipped_relu",
    "arctan",
    "erf",
    "hill",
    "relativistic",
    "softsign",
    "sign",
    "step",
}
# Slopes that jump: derivatives there are not defined.
JUMPS = {"sign", "step"}


def _positive(x):
    return where(x > 0, x, 0 * x)


def _sigmoid(m, z):
    small = m.exp(-m.abs(z))
    return where(z > 0, 1 / (1 + small), small / (1 + small))


def _softplus(m, z):
    return _positive(z) + m.log1p(m.exp(-m.abs(z)))


def _softplus_integral(m, z):
    """-Li2(-e^z), with Li2 only of numbers between -1 and 0."""
    li = m.dilogarithm(-m.exp(-m.abs(z)))
    return where(z > 0, z * z / 2 + m.pi**2 / 6 + li, -li)


def value(m, name, x, p):
    """L of each neuron."""
    one = 1 + 0 * x
    r = _positive(x)
    if name == "identity":
        return p["gain"] * x * x / 2
    if name == "relu":
        return r * r / 2
    if name == "leaky_relu":
        return where(x > 0, one, p["slope"] * one) * x * x / 2
    if name == "elu":
        low = x - r
        return where(x > 0, x * x / 2, p["slope"] * (m.expm1(low) - low))
    if name == "rectified_polynomial":
        return where(x > 0, r ** p["degree"] / p["degree"], 0 * x)
    if name == "power":
        return m.abs(x) ** p["degree"] / p["degree"]
    if name == "exponential":
        return m.exp(p["beta"] * x) / p["beta"]
    if name == "rectified_exponential":
        return m.exp(p["beta"] * r) / p["beta"] - r
    if name == "softplus":
        return _softplus_integral(m, p["beta"] * x) / p["beta"] ** 2
    if name == "sigmoid":
        return _softplus(m, p["beta"] * x) / p["beta"]
    if name == "tanh":
        z = m.abs(p["beta"] * x)
        near = m.log1p(2 * m.sinh(where(z < 1, z, 0 * z) / 2) ** 2)
        return where(z < 1, near, z + m.log1p(m.exp(-2 * z)) - m.log(2 * one)) / p["beta"]
    if name == "hard_tanh":
        return where(m.abs(x) < 1, x * x / 2, m.abs(x) - one / 2)
    if name == "clipped_relu":
        c = p["ceiling"]
        return where(x < c, r * r / 2, c * x - c * c / 2)
    if name == "arctan":
        return x * m.arctan(x) - m.log1p(x * x) / 2
    if name == "erf":
        return x * m.erf(x) + m.exp(-x * x) / m.sqrt(m.pi * one)
    if name == "hill":
        return p["half"] * m.hill_integral(r / p["half"], p["exponent"])
    if name == "relativistic":
        return m.sqrt(1 + x * x)
    if name == "softsign":
        return m.abs(x) - m.log1p(m.abs(x))
    if name == "asinh":
        return x * m.arcsinh(x) - m.sqrt(1 + x * x)
    if name == "compressive":
        y = 1 + m.abs(x)
        return 2 * (y * m.sqrt(y) - 1) / 3 - m.abs(x)
    if name == "soft_threshold":
        y = _positive(m.abs(x) - p["threshold"])
        return y * y / 2
    if name == "sign":
        return m.abs(x)
    if name == "step":
        return r
    if name == "swish":
        return x * _softplus(m, x) - _softplus_integral(m, x)
    if name == "gelu":
        bell = m.exp(-x * x / 2) / m.sqrt(2 * m.pi * one)
        return ((x * x - 1) * m.erfc(-x / m.sqrt(2 * one)) / 2 + x * bell) / 2
    if name == "cubic":
        return x * x * x / 3
    raise KeyError(name)


def activation(m, name, x, p):
    """G of each neuron."""
    one = 1 + 0 * x
    r = _positive(x)
    if name == "identity":
        return p["gain"] * x
    if name == "relu":
        return r
    if name == "leaky_relu":
        return where(x > 0, x, p["slope"] * x)
    if name == "elu":
        return where(x > 0, x, p["slope"] * m.expm1(x - r))
    if name == "rectified_polynomial":
        return where(x > 0, r ** (p["degree"] - 1), 0 * x)
    if name == "power":
        return m.sign(x) * m.abs(x) ** (p["degree"] - 1)
    if name == "exponential":
        return m.exp(p["beta"] * x)
    if name == "rectified_exponential":
        return m.expm1(p["beta"] * r)
    if name == "softplus":
        return _softplus(m, p["beta"] * x) / p["beta"]
    if name == "sigmoid":
        return _sigmoid(m, p["beta"] * x)
    if name == "tanh":
        return m.tanh(p["beta"] * x)
    if name == "hard_tanh":
        return where(x > 1, one, where(x < -1, -one, x))
    if name == "clipped_relu":
        return where(x > p["ceiling"], p["ceiling"] * one, r)
    if name == "arctan":
        return m.arctan(x)
    if name == "erf":
        return m.erf(x)
    if name == "hill":
        y = (r / p["half"]) ** p["exponent"]
        return where(x > 0, where(y > 1, 1 / (1 + 1 / where(y > 0, y, one)), y / (1 + y)), 0 * x)
    if name == "relativistic":
        return x / m.sqrt(1 + x * x)
    if name == "softsign":
        return x / (1 + m.abs(x))
    if name == "asinh":
        return m.arcsinh(x)
    if name == "compressive":
        return x / (m.sqrt(1 + m.abs(x)) + 1)
    if name == "soft_threshold":
        return m.sign(x) * _positive(m.abs(x) - p["threshold"])
    if name == "sign":
        return m.sign(x)
    if name == "step":
        return where(x > 0, one, 0 * one)
    if name == "swish":
        return x * _sigmoid(m, x)
    if name == "gelu":
        return x * m.erfc(-x / m.sqrt(2 * one)) / 2
    if name == "cubic":
        return x * x
    raise KeyError(name)


def slope(m, name, x, p):
    """h, the slope of g; at a kink the one on the left or the right."""
    one = 1 + 0 * x
    r = _positive(x)
    if name == "identity":
        return p["gain"] * one
    if name == "relu":
        return where(x > 0, one, 0 * one)
    if name == "leaky_relu":
        return where(x > 0, one, p["slope"] * one)
    if name == "elu":
        return where(x > 0, one, p["slope"] * m.exp(x - r))
    if name == "rectified_polynomial":
        return where(x > 0, (p["degree"] - 1) * where(x > 0, r, one) ** (p["degree"] - 2), 0 * one)
    if name == "power":
        y = where(x == 0, one, m.abs(x)) ** (p["degree"] - 2)
        return (p["degree"] - 1) * where((x == 0) & (p["degree"] != 2), 0 * one, y)
    if name == "exponential":
        return p["beta"] * m.exp(p["beta"] * x)
    if name == "rectified_exponential":
        return where(x > 0, p["beta"] * m.exp(p["beta"] * r), 0 * one)
    if name == "softplus":
        return _sigmoid(m, p["beta"] * x)
    if name == "sigmoid":
        z = m.exp(-m.abs(p["beta"] * x))
        return p["beta"] * z / (1 + z) ** 2
    if name == "tanh":
        z = m.exp(-2 * m.abs(p["beta"] * x))
        return 4 * p["beta"] * z / (1 + z) ** 2
    if name == "hard_tanh":
        return where(m.abs(x) < 1, one, 0 * one)
    if name == "clipped_relu":
        return where((x > 0) & (x < p["ceiling"]), one, 0 * one)
    if name == "arctan":
        return 1 / (1 + x * x)
    if name == "erf":
        return 2 * m.exp(-x * x) / m.sqrt(m.pi * one)
    if name == "hill":
        n, y = p["exponent"], where(x > 0, r, p["half"] * one) / p["half"]
        tail = where(y > 1, y ** (-n - 1) / (1 + y**-n) ** 2, y ** (n - 1) / (1 + y**n) ** 2)
        return where(x > 0, n * tail / p["half"], 0 * one)
    if name == "relativistic":
        y = 1 + x * x
        return 1 / (y * m.sqrt(y))
    if name == "softsign":
        return 1 / (1 + m.abs(x)) ** 2
    if name == "asinh":
        return 1 / m.sqrt(1 + x * x)
    if name == "compressive":
        return 1 / (2 * m.sqrt(1 + m.abs(x)))
    if name == "soft_threshold":
        return where(m.abs(x) > p["threshold"], one, 0 * one)
    if name in JUMPS:
        return 0 * one
    if name == "swish":
        s, t = _sigmoid(m, x), _sigmoid(m, -x)
        return s + x * s * t
    if name == "gelu":
        bell = m.exp(-x * x / 2) / m.sqrt(2 * m.pi * one)
        return m.erfc(-x / m.sqrt(2 * one)) / 2 + x * bell
    if name == "cubic":
        return 2 * x
    raise KeyError(name)
