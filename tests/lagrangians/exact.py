"""Every Lagrangian again, from its definition, in numbers of as many digits as it takes.

Independent of hamsim, and slow. `evaluate` gives L, its gradient g, the product H v with its
Hessian and the Legendre transform x.g - L of one state; it takes more digits until the
result no longer changes, because x.g - L can lose hundreds of them. `checked` adds how far a
double precision result may be off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from mpmath import mp, mpf

# Smaller results are 0 in double precision, or subnormal with few digits.
TINY = mpf("1e-305")
# Numbers of digits that are tried, until results agree to AGREE between two of them. The last
# leaves that many of a result that is not TINY, so that what is less is 0.
DIGITS = (40, 80, 400)
AGREE = mpf("1e-25")
# Relative change of the inputs by which the sensitivity of a result is measured: more than what a
# formula's own roundings amount to, so that a kink that these may cross is seen.
NUDGE = mpf("1e-14")


def sgn(x):
    return mpf(1) if x > 0 else mpf(-1) if x < 0 else mpf(0)


def positive(x):
    return x if x > 0 else mpf(0)


def half_if(condition):
    return mpf(1) if condition else mpf(0)


def logistic(y):
    return 1 / (1 + mp.exp(-y))


def log_1_plus_exp(y):
    return mp.log1p(mp.exp(y)) if y < 0 else y + mp.log1p(mp.exp(-y))


def dilogarithm_of_minus_exp(y):
    """Li2(-e^y), by the inversion formula for y > 0."""
    if y > 0:
        return -(mp.pi**2) / 6 - y**2 / 2 - mp.polylog(2, -mp.exp(-y))
    return mp.polylog(2, -mp.exp(y))


def normal_density(x):
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


def normal_distribution(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def hill_L(x, p):
    """y (1 - 2F1(1, 1/n; 1 + 1/n; -y^n)) in the form that does not cancel at small y."""
    y, n = positive(x) / p.half, p.exponent
    if n == 1:
        return p.half * (y - mp.log1p(y))
    return p.half * y ** (n + 1) / (n + 1) * mp.hyp2f1(1, 1 + 1 / n, 2 + 1 / n, -(y**n))


def hill_g(x, p):
    y = (positive(x) / p.half) ** p.exponent
    return y / (1 + y)


def hill_h(x, p):
    y, n = positive(x) / p.half, p.exponent
    if y == 0:
        return mpf(0)
    return n * y ** (n - 1) / (p.half * (1 + y**n) ** 2)


@dataclass(frozen=True)
class Additive:
    """L, g = L' and h = L'' of one neuron, and the states where g or h jumps."""

    L: Callable
    g: Callable
    h: Callable
    kinks: Callable = lambda p: ()


ADDITIVE = {
    "identity": Additive(
        lambda x, p: p.gain * x**2 / 2,
        lambda x, p: p.gain * x,
        lambda x, p: p.gain,
    ),
    "relu": Additive(
        lambda x, p: positive(x) ** 2 / 2,
        lambda x, p: positive(x),
        lambda x, p: half_if(x > 0),
        lambda p: (0,),
    ),
    "leaky_relu": Additive(
        lambda x, p: (1 if x > 0 else p.slope) * x**2 / 2,
        lambda x, p: (1 if x > 0 else p.slope) * x,
        lambda x, p: mpf(1) if x > 0 else p.slope,
        lambda p: (0,),
    ),
    "elu": Additive(
        lambda x, p: x**2 / 2 if x > 0 else p.slope * (mp.exp(x) - x - 1),
        lambda x, p: x if x > 0 else p.slope * mp.expm1(x),
        lambda x, p: mpf(1) if x > 0 else p.slope * mp.exp(x),
        lambda p: (0,),
    ),
    "rectified_polynomial": Additive(
        lambda x, p: positive(x) ** p.degree / p.degree,
        lambda x, p: positive(x) ** (p.degree - 1),
        lambda x, p: (p.degree - 1) * x ** (p.degree - 2) if x > 0 else mpf(0),
        lambda p: (0,) if p.degree == 2 else (),
    ),
    "power": Additive(
        lambda x, p: abs(x) ** p.degree / p.degree,
        lambda x, p: sgn(x) * abs(x) ** (p.degree - 1),
        # infinite at x = 0 if the degree is below 2, which is called a kink here
        lambda x, p: (p.degree - 1) * abs(x) ** (p.degree - 2) if x != 0 or p.degree >= 2 else 0,
        lambda p: (0,) if p.degree < 2 else (),
    ),
    "exponential": Additive(
        lambda x, p: mp.exp(p.beta * x) / p.beta,
        lambda x, p: mp.exp(p.beta * x),
        lambda x, p: p.beta * mp.exp(p.beta * x),
    ),
    "rectified_exponential": Additive(
        lambda x, p: mp.exp(p.beta * positive(x)) / p.beta - positive(x),
        lambda x, p: mp.expm1(p.beta * positive(x)),
        lambda x, p: p.beta * mp.exp(p.beta * x) if x > 0 else mpf(0),
        lambda p: (0,),
    ),
    "softplus": Additive(
        lambda x, p: -dilogarithm_of_minus_exp(p.beta * x) / p.beta**2,
        lambda x, p: log_1_plus_exp(p.beta * x) / p.beta,
        lambda x, p: logistic(p.beta * x),
    ),
    "sigmoid": Additive(
        lambda x, p: log_1_plus_exp(p.beta * x) / p.beta,
        lambda x, p: logistic(p.beta * x),
        lambda x, p: p.beta * logistic(p.beta * x) * logistic(-p.beta * x),
    ),
    "tanh": Additive(
        lambda x, p: mp.log(mp.cosh(p.beta * x)) / p.beta,
        lambda x, p: mp.tanh(p.beta * x),
        lambda x, p: p.beta * mp.sech(p.beta * x) ** 2,
    ),
    "hard_tanh": Additive(
        lambda x, p: x**2 / 2 if abs(x) < 1 else abs(x) - mpf(1) / 2,
        lambda x, p: x if abs(x) < 1 else sgn(x),
        lambda x, p: half_if(abs(x) < 1),
        lambda p: (-1, 1),
    ),
    "clipped_relu": Additive(
        lambda x, p: positive(x) ** 2 / 2 if x < p.ceiling else p.ceiling * (x - p.ceiling / 2),
        lambda x, p: min(positive(x), p.ceiling),
        lambda x, p: half_if(0 < x < p.ceiling),
        lambda p: (0, p.ceiling),
    ),
    "arctan": Additive(
        lambda x, p: x * mp.atan(x) - mp.log1p(x**2) / 2,
        lambda x, p: mp.atan(x),
        lambda x, p: 1 / (1 + x**2),
    ),
    "erf": Additive(
        lambda x, p: x * mp.erf(x) + mp.exp(-(x**2)) / mp.sqrt(mp.pi),
        lambda x, p: mp.erf(x),
        lambda x, p: 2 * mp.exp(-(x**2)) / mp.sqrt(mp.pi),
    ),
    "hill": Additive(hill_L, hill_g, hill_h, lambda p: (0,) if p.exponent == 1 else ()),
    "relativistic": Additive(
        lambda x, p: mp.sqrt(1 + x**2),
        lambda x, p: x / mp.sqrt(1 + x**2),
        lambda x, p: mp.sqrt(1 + x**2) ** -3,
    ),
    "softsign": Additive(
        lambda x, p: abs(x) - mp.log1p(abs(x)),
        lambda x, p: x / (1 + abs(x)),
        lambda x, p: 1 / (1 + abs(x)) ** 2,
    ),
    "asinh": Additive(
        lambda x, p: x * mp.asinh(x) - mp.sqrt(1 + x**2),
        lambda x, p: mp.asinh(x),
        lambda x, p: 1 / mp.sqrt(1 + x**2),
    ),
    "soft_threshold": Additive(
        lambda x, p: positive(abs(x) - p.threshold) ** 2 / 2,
        lambda x, p: sgn(x) * positive(abs(x) - p.threshold),
        lambda x, p: half_if(abs(x) > p.threshold),
        lambda p: (-p.threshold, p.threshold),
    ),
    "sign": Additive(lambda x, p: abs(x), lambda x, p: sgn(x), lambda x, p: mpf(0), lambda p: (0,)),
    "step": Additive(
        lambda x, p: positive(x), lambda x, p: half_if(x > 0), lambda x, p: mpf(0), lambda p: (0,)
    ),
    "swish": Additive(
        lambda x, p: x * log_1_plus_exp(x) + dilogarithm_of_minus_exp(x),
        lambda x, p: x * logistic(x),
        lambda x, p: logistic(x) * (1 + x * logistic(-x)),
    ),
    "gelu": Additive(
        lambda x, p: ((x**2 - 1) * normal_distribution(x) + x * normal_density(x)) / 2,
        lambda x, p: x * normal_distribution(x),
        lambda x, p: normal_distribution(x) + x * normal_density(x),
    ),
    "cubic": Additive(lambda x, p: x**3 / 3, lambda x, p: x**2, lambda x, p: 2 * x),
    "compressive": Additive(
        lambda x, p: 2 * ((1 + abs(x)) ** mpf("1.5") - 1) / 3 - abs(x),
        lambda x, p: sgn(x) * (mp.sqrt(1 + abs(x)) - 1),
        lambda x, p: 1 / (2 * mp.sqrt(1 + abs(x))),
    ),
}


# --- collective: L, g, and the Hessian as diag(d) - sum_k c_k u_k u_k^T ---


def dot(a, b):
    return mp.fsum(s * t for s, t in zip(a, b, strict=True))


def _log_sum(x, p, ghost):
    powers = [mp.exp(p.beta * v) for v in x]
    total = mp.fsum(powers)
    # For the silent unit add e^0, which must not swallow a small total.
    log_total = mp.log1p(total) if ghost else mp.log(total)
    share = [v / (total + ghost) for v in powers]
    return log_total / p.beta, share, [p.beta * v for v in share], [(p.beta, share)]


def softmax(x, p):
    return _log_sum(x, p, 0)


def ghostmax(x, p):
    return _log_sum(x, p, 1)


def softmax_ridge(x, p):
    L, share, d, terms = _log_sum(x, p, 0)
    g = [s + p.epsilon * v for s, v in zip(share, x, strict=True)]
    return L + p.epsilon * dot(x, x) / 2, g, [v + p.epsilon for v in d], terms


def simplex_projection(x):
    """Closest point of the simplex: the largest k coordinates, less what makes their sum 1."""
    ordered = sorted(x, reverse=True)
    for k in range(len(x), 0, -1):
        threshold = (mp.fsum(ordered[:k]) - 1) / k
        if ordered[k - 1] > threshold:
            return [positive(v - threshold) for v in x]
    raise AssertionError


def entmax_shares(x, alpha):
    """p = max((alpha - 1) x - t, 0)^(1 / (alpha - 1)) with t such that they add to 1."""
    power = 1 / (alpha - 1)
    y = [(alpha - 1) * v for v in x]
    # The sum is at least 1 here, convex and decreasing in t: Newton's steps stay on this side.
    t = max(y) - 1
    for _ in range(1000):
        left = [v - t for v in y if v > t]
        excess = mp.fsum(v**power for v in left) - 1
        step = excess / (power * mp.fsum(v ** (power - 1) for v in left))
        t += step
        if abs(step) < mpf(10) ** (6 - mp.dps):
            break
    share = [positive(v - t) ** power for v in y]
    total = mp.fsum(share)
    return [v / total for v in share]


def entmax(x, p):
    share = simplex_projection(x) if p.alpha == 2 else entmax_shares(x, p.alpha)
    conjugate = mp.fsum(v**p.alpha for v in share if v > 0) / (p.alpha * (p.alpha - 1))
    s = [v ** (2 - p.alpha) if v > 0 else mpf(0) for v in share]
    return dot(share, x) - conjugate, share, s, [(1 / mp.fsum(s), s)]


def sparsemax(x, p):
    return entmax(x, SimpleNamespace(alpha=mpf(2)))


def spherical(x, p):
    r = mp.sqrt(dot(x, x) + p.epsilon)
    y = [v / r for v in x]
    g = [p.gain * v + shift for v, shift in zip(y, p.delta, strict=True)]
    return p.gain * r + dot(p.delta, x), g, [p.gain / r] * len(x), [(p.gain / r, y)]


def layer_norm(x, p):
    n = len(x)
    mean = mp.fsum(x) / n
    s = mp.sqrt(mp.fsum((v - mean) ** 2 for v in x) / n + p.epsilon)
    y = [(v - mean) / s for v in x]
    g = [p.gain * v + shift for v, shift in zip(y, p.delta, strict=True)]
    h = p.gain / s
    return n * p.gain * s + dot(p.delta, x), g, [h] * n, [(h / n, [mpf(1)] * n), (h / n, y)]


def rms_norm(x, p):
    n = len(x)
    s = mp.sqrt(dot(x, x) / n + p.epsilon)
    y = [v / s for v in x]
    h = p.gain / s
    return n * p.gain * s, [p.gain * v for v in y], [h] * n, [(h / n, y)]


def power_norm(x, p):
    n = p.degree
    S = p.sigma**n + mp.fsum(abs(v) ** n for v in x)
    w = [sgn(v) * abs(v) ** (n - 1) for v in x]
    outer = S ** (1 / n - 1)
    d = [(n - 1) * abs(v) ** (n - 2) * outer for v in x]
    return S ** (1 / n), [v * outer for v in w], d, [((n - 1) * S ** (1 / n - 2), w)]


def radial(x, p):
    r = mp.sqrt(dot(x, x))
    L = r - p.sigma * mp.log1p(r / p.sigma) if p.sigma > 0 else r
    c = 1 / (r * (p.sigma + r) ** 2) if r > 0 else mpf(0)
    return L, [v / (p.sigma + r) for v in x], [1 / (p.sigma + r)] * len(x), [(c, x)]


def lp_norm(x, p):
    n = p.degree
    S = mp.fsum(abs(v) ** n for v in x)
    if S == 0:  # H has no value there, except for n = 2
        return mpf(0), [mpf(0)] * len(x), [mpf(1)] * len(x), []
    w = [sgn(v) * abs(v) ** (n - 1) for v in x]
    outer = S ** (2 / n - 1)
    d = [(n - 1) * abs(v) ** (n - 2) * outer for v in x]
    return S ** (2 / n) / 2, [v * outer for v in w], d, [((n - 2) * S ** (2 / n - 2), w)]


COLLECTIVE = {
    f.__name__: f
    for f in (
        softmax,
        ghostmax,
        softmax_ridge,
        sparsemax,
        entmax,
        spherical,
        layer_norm,
        rms_norm,
        power_norm,
        radial,
        lp_norm,
    )
}
# Families whose g does not change when all states are shifted by the same number. What rounds
# there are the differences between the states.
SHIFT_INVARIANT = ("softmax", "sparsemax", "entmax")


# --- one state ---


@dataclass(frozen=True)
class Exact:
    """Values at one state; `terms` are the sizes of what is added up in H v."""

    L: mpf
    g: list
    Hv: list
    dual: mpf
    terms: list


def _numbers(params, n):
    """Parameters as exact numbers; a parameter with one number a neuron as a list."""
    values = {}
    for name, value in params.items():
        if name == "delta":
            several = list(value) if hasattr(value, "__len__") else [value] * n
            values[name] = [mpf(v) for v in several]
        else:
            values[name] = mpf(value)
    return SimpleNamespace(**values)


def at(name, x, v, p):
    """Values at the present number of digits; x, v and p are exact numbers."""
    if name in ADDITIVE:
        family = ADDITIVE[name]
        (y,), (w,) = x, v
        L, g, h = family.L(y, p), [family.g(y, p)], family.h(y, p)
        return Exact(L, g, [h * w], y * g[0] - L, [abs(h * w)])
    L, g, d, rank_one = COLLECTIVE[name](x, p)
    Hv = [a * b for a, b in zip(d, v, strict=True)]
    terms = [abs(a) for a in Hv]
    for c, u in rank_one:
        along = c * dot(u, v)
        size = abs(c) * mp.fsum(abs(a * b) for a, b in zip(u, v, strict=True))
        Hv = [a - along * b for a, b in zip(Hv, u, strict=True)]
        terms = [a + size * abs(b) for a, b in zip(terms, u, strict=True)]
    return Exact(L, g, Hv, dot(x, g) - L, terms)


def _same(one, two):
    pairs = [(one.L, two.L), (one.dual, two.dual)]
    pairs += [*zip(one.g, two.g, strict=True), *zip(one.Hv, two.Hv, strict=True)]
    return all(abs(a - b) <= AGREE * abs(b) + TINY for a, b in pairs)


def _evaluate(name, x, v, params):
    before = None
    for dps in DIGITS:
        with mp.workdps(dps):
            exact = [mpf(a) for a in x]
            value = at(name, exact, [mpf(a) for a in v], _numbers(params, len(x)))
            # Where x.g and L are equal in all digits, their difference may be 0 or still to come.
            lost = value.L != 0 and abs(value.dual) < abs(value.L) * mpf(10) ** (50 - dps)
        if before is not None and not lost and _same(before, value):
            break
        before = value
    return value, dps


def evaluate(name, x, params, v=None):
    """Return the `Exact` values at the state x, a sequence; `v` is what H is multiplied with."""
    return _evaluate(name, x, [1.0] * len(x) if v is None else v, params)[0]


def L(name, x, params):
    return evaluate(name, x, params).L


def g(name, x, params):
    return evaluate(name, x, params).g


def hessian_product(name, x, v, params):
    return evaluate(name, x, params, v).Hv


def dual(name, x, params):
    return evaluate(name, x, params).dual


def checked(name, x, v, params, rng):
    """Values at a state, and their sensitivity: the change per relative change of the inputs.

    A result is as good as it can be if it is exact for inputs that are off by some roundings.
    So its error may be some roundings of the sensitivity: near a zero that is not at x = 0 this
    is the size of the terms that cancel, for exp(-a) it is a exp(-a), and across a kink it is
    so large that either side will do.

    Returns
    -------
    value, sensitivity : Exact, Exact
    """
    value, dps = _evaluate(name, x, v, params)
    with mp.workdps(dps):
        p = _numbers(params, len(x))
        exact, w = [mpf(a) for a in x], [mpf(a) for a in v]
        zero = [mpf(0)] * len(x)
        total = Exact(mpf(0), zero, zero, mpf(0), value.terms)
        # H v is linear in v, whose roundings `terms` covers.
        for moved in _moves(exact, name in SHIFT_INVARIANT, rng):
            total = _sum(total, _change(value, [at(name, y, w, p) for y in moved]))
        for others in _moved_parameters(p, rng):
            total = _sum(total, _change(value, [at(name, exact, w, q) for q in others]))
    return value, total


def _moves(x, shift_invariant, rng):
    """Pairs of states to either side: one neuron moved, or some mixtures where they are many."""
    n = len(x)
    size = [max(x) - min(x)] * n if shift_invariant else [abs(a) for a in x]
    ways = np.eye(n) if n <= 8 else rng.normal(size=(6, n))
    for way in ways.tolist():
        if any(c and s for c, s in zip(way, size, strict=True)):
            yield [
                [a + sign * c * s for a, c, s in zip(x, way, size, strict=True)]
                for sign in (NUDGE, -NUDGE)
            ]


def _moved_parameters(p, rng):
    for key, number in vars(p).items():
        if key == "delta":
            ways = rng.choice([-1, 1], len(number)).tolist()
            others = [
                [a * (1 + sign * way) for a, way in zip(number, ways, strict=True)]
                for sign in (NUDGE, -NUDGE)
            ]
        elif key in ("degree", "exponent"):  # not below their least
            others = [number * (1 + NUDGE)]
        elif key == "alpha":  # at most 2
            others = [number * (1 - NUDGE)]
        else:
            others = [number * (1 + NUDGE), number * (1 - NUDGE)]
        yield [SimpleNamespace(**{**vars(p), key: other}) for other in others]


def _change(value, near):
    def rate(get):
        return [
            max(abs(b - a) for b in others) / NUDGE
            for a, *others in zip(get(value), *(get(one) for one in near), strict=True)
        ]

    (L,), (dual,) = rate(lambda one: [one.L]), rate(lambda one: [one.dual])
    return Exact(L, rate(lambda one: one.g), rate(lambda one: one.Hv), dual, value.terms)


def _sum(one, two):
    return Exact(
        one.L + two.L,
        [a + b for a, b in zip(one.g, two.g, strict=True)],
        [a + b for a, b in zip(one.Hv, two.Hv, strict=True)],
        one.dual + two.dual,
        one.terms,
    )


# --- the conjugate by its own formula, to check x.g - L with ---


def _x_log_x(v):
    return v * mp.log(v) if v > 0 else mpf(0)


def _entropy(share):
    return mp.fsum(_x_log_x(v) for v in share)


def _hill_conjugate(g, p):
    g, n = g[0], p.exponent
    if n == 1:
        return p.half * (-g - mp.log1p(-g))
    return p.half * mp.betainc(1 + 1 / n, 1 - 1 / n, 0, g)


def _norm_conjugate(share, gain, epsilon, n):
    """-gain n sqrt(epsilon) sqrt(1 - |share|^2 / n)."""
    return -gain * n * mp.sqrt(epsilon) * mp.sqrt(1 - dot(share, share) / n)


def _less_delta(g, p):
    return [(v - shift) / p.gain for v, shift in zip(g, p.delta, strict=True)]


def _power_norm_conjugate(g, p):
    q = p.degree / (p.degree - 1)
    return -p.sigma * (1 - mp.fsum(abs(v) ** q for v in g)) ** (1 / q)


def _dual_power(g, degree):
    q = degree / (degree - 1)
    return mp.fsum(abs(v) ** q for v in g) / q


def _half_dual_norm_squared(g, degree):
    q = degree / (degree - 1)
    return mp.fsum(abs(v) ** q for v in g) ** (2 / q) / 2


# L*(g), given g as a list. Where L is not strictly convex, x is not a function of g but L* is.
CONJUGATE = {
    "identity": lambda g, p: g[0] ** 2 / (2 * p.gain),
    "relu": lambda g, p: g[0] ** 2 / 2,
    "leaky_relu": lambda g, p: g[0] ** 2 / (2 * (1 if g[0] > 0 else p.slope)),
    "elu": lambda g, p: (
        g[0] ** 2 / 2 if g[0] > 0 else (g[0] + p.slope) * mp.log1p(g[0] / p.slope) - g[0]
    ),
    "rectified_polynomial": lambda g, p: _dual_power(g, p.degree),
    "power": lambda g, p: _dual_power(g, p.degree),
    "exponential": lambda g, p: (g[0] * mp.log(g[0]) - g[0]) / p.beta,
    "rectified_exponential": lambda g, p: ((1 + g[0]) * mp.log1p(g[0]) - (1 + g[0])) / p.beta,
    "softplus": lambda g, p: (
        g[0] ** 2 / 2 + (mp.polylog(2, mp.exp(-p.beta * g[0])) - mp.pi**2 / 6) / p.beta**2
    ),
    "sigmoid": lambda g, p: (_x_log_x(g[0]) + _x_log_x(1 - g[0])) / p.beta,
    "tanh": lambda g, p: (_x_log_x(1 + g[0]) + _x_log_x(1 - g[0])) / (2 * p.beta),
    "hard_tanh": lambda g, p: g[0] ** 2 / 2,
    "clipped_relu": lambda g, p: g[0] ** 2 / 2,
    "arctan": lambda g, p: -mp.log(mp.cos(g[0])),
    "erf": lambda g, p: -mp.exp(-(mp.erfinv(g[0]) ** 2)) / mp.sqrt(mp.pi),
    "hill": _hill_conjugate,
    "relativistic": lambda g, p: -mp.sqrt(1 - g[0] ** 2),
    "softsign": lambda g, p: -abs(g[0]) - mp.log1p(-abs(g[0])),
    "asinh": lambda g, p: mp.cosh(g[0]),
    "soft_threshold": lambda g, p: g[0] ** 2 / 2 + p.threshold * abs(g[0]),
    "sign": lambda g, p: mpf(0),
    "step": lambda g, p: mpf(0),
    "compressive": lambda g, p: abs(g[0]) ** 3 / 3 + g[0] ** 2,
    "softmax": lambda g, p: _entropy(g) / p.beta,
    "ghostmax": lambda g, p: (_entropy(g) + _x_log_x(1 - mp.fsum(g))) / p.beta,
    "sparsemax": lambda g, p: dot(g, g) / 2,
    "entmax": lambda g, p: mp.fsum(v**p.alpha for v in g) / (p.alpha * (p.alpha - 1)),
    "spherical": lambda g, p: _norm_conjugate(_less_delta(g, p), p.gain, p.epsilon, 1),
    "layer_norm": lambda g, p: _norm_conjugate(_less_delta(g, p), p.gain, p.epsilon, len(g)),
    "rms_norm": lambda g, p: _norm_conjugate([v / p.gain for v in g], p.gain, p.epsilon, len(g)),
    "power_norm": _power_norm_conjugate,
    "radial": lambda g, p: p.sigma * (-mp.sqrt(dot(g, g)) - mp.log1p(-mp.sqrt(dot(g, g)))),
    "lp_norm": lambda g, p: _half_dual_norm_squared(g, p.degree),
}


def conjugate(name, g, params):
    """L* at activations g, by its own formula; None for families that have none."""
    if name not in CONJUGATE:
        return None
    return CONJUGATE[name]([mpf(v) for v in g], _numbers(params, len(g)))


def numbers(params, n):
    return _numbers(params, n)
