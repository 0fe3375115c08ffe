"""Formulas for tests, each with the same function written anew for mpmath."""

import importlib.util
import sys
from collections import namedtuple

from mpmath import mp

Case = namedtuple("Case", "text function parameters")


def case(text, function, **parameters):
    return Case(text, function, parameters)


def relu(u):
    return max(u, mp.mpf(0))


ELEMENTWISE = [
    case("x**2/2", lambda x: x * x / 2),
    case("a*x**2/2 - c*x", lambda x, a, c: a * x * x / 2 - c * x, a=1.7, c=0.3),
    case("log(cosh(b*x))/b", lambda x, b: mp.log(mp.cosh(b * x)) / b, b=2.3),
    case("logcosh(x - t)", lambda x, t: mp.log(mp.cosh(x - t)), t=0.4),
    case("log(2*cosh(x))", lambda x: mp.log(2 * mp.cosh(x))),
    case("log(exp(x) + exp(-x))", lambda x: mp.log(mp.exp(x) + mp.exp(-x))),
    case("log(1 + exp(b*x))/b", lambda x, b: mp.log(1 + mp.exp(b * x)) / b, b=0.7),
    case("softplus(-x)", lambda x: mp.log(1 + mp.exp(-x))),
    case("log(3 + exp(x)/2)", lambda x: mp.log(3 + mp.exp(x) / 2)),
    case("log(c + w*exp(x))", lambda x, c, w: mp.log(c + w * mp.exp(x)), c=0.2, w=3.0),
    case("log(1 + exp(x) + exp(2*x))", lambda x: mp.log(1 + mp.exp(x) + mp.exp(2 * x))),
    case(
        "log(exp(a*x) + exp(-b*x) + 1)",
        lambda x, a, b: mp.log(mp.exp(a * x) + mp.exp(-b * x) + 1),
        a=1.5,
        b=0.5,
    ),
    case("exp(b*x)/b", lambda x, b: mp.exp(b * x) / b, b=1.3),
    case("expm1(x) - x", lambda x: mp.exp(x) - 1 - x),
    case("2**x", lambda x: mp.mpf(2) ** x),
    case("a**x", lambda x, a: mp.mpf(a) ** x, a=1.9),
    case("cosh(x)", lambda x: mp.cosh(x)),
    case("x*sinh(x/3)", lambda x: x * mp.sinh(x / 3)),
    case("max(x, 0)**2/2", lambda x: relu(x) ** 2 / 2),
    case("relu(x - 1)**3/3", lambda x: relu(x - 1) ** 3 / 3),
    case("max(a*x, x)*x/2", lambda x, a: max(a * x, x) * x / 2, a=0.1),
    case("abs(x)**2.5", lambda x: abs(x) ** mp.mpf("2.5")),
    case("abs(x)**n/n", lambda x, n: abs(x) ** n / n, n=3.7),
    case("x**n/n", lambda x, n: x**4 / mp.mpf(4), n=4.0),
    case("x**6/6 - x**3/3 + x", lambda x: x**6 / 6 - x**3 / 3 + x),
    case("sqrt(1 + x**2)", lambda x: mp.sqrt(1 + x * x)),
    case("log(1 + x**2)/2", lambda x: mp.log(1 + x * x) / 2),
    case("x*arctan(x) - log(1 + x**2)/2", lambda x: x * mp.atan(x) - mp.log(1 + x * x) / 2),
    case("x*asinh(x) - sqrt(1 + x**2)", lambda x: x * mp.asinh(x) - mp.sqrt(1 + x * x)),
    case(
        "x*erf(x) + exp(-x**2)/sqrt(pi)",
        lambda x: x * mp.erf(x) + mp.exp(-x * x) / mp.sqrt(mp.pi),
    ),
    case("abs(x) - log(1 + abs(x))", lambda x: abs(x) - mp.log(1 + abs(x))),
    case(
        "2/3*((1 + abs(x))**1.5 - 1) - abs(x)",
        lambda x: mp.mpf(2) / 3 * ((1 + abs(x)) ** mp.mpf("1.5") - 1) - abs(x),
    ),
    case("x**2/2 - cos(x) + sin(2*x)/8", lambda x: x * x / 2 - mp.cos(x) + mp.sin(2 * x) / 8),
    case("tanh(x)", lambda x: mp.tanh(x)),
    case(
        "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
        lambda x: (mp.exp(x) - mp.exp(-x)) / (mp.exp(x) + mp.exp(-x)),
    ),
    case("x*sigmoid(b*x)", lambda x, b: x / (1 + mp.exp(-b * x)), b=1.2),
    case("exp(x)/(1 + exp(x))**2", lambda x: mp.exp(x) / (1 + mp.exp(x)) ** 2),
    case("exp(x)/(1 + exp(2*x))", lambda x: mp.exp(x) / (1 + mp.exp(2 * x))),
    case("1/cosh(x)**2", lambda x: 1 / mp.cosh(x) ** 2),
    case("1/cosh(x)", lambda x: 1 / mp.cosh(x)),
    case("sinh(x)/cosh(x)", lambda x: mp.tanh(x)),
    case("exp(-x**2)*x", lambda x: mp.exp(-x * x) * x),
    case("log(1 + x**2 + x**4)", lambda x: mp.log(1 + x**2 + x**4)),
    case("min(x, 1)*max(x, -2)", lambda x: min(x, mp.mpf(1)) * max(x, mp.mpf(-2))),
    case("sign(x)*x**3", lambda x: abs(x) ** 3),
    case("log1p(x**2) + log(sigmoid(x))", lambda x: mp.log(1 + x * x) - mp.log(1 + mp.exp(-x))),
]


def _lse(terms):
    return mp.log(mp.fsum(terms))


def _mean(values):
    return mp.fsum(values) / len(values)


def _var(x):
    return _mean([(v - _mean(x)) ** 2 for v in x])


# The parameters of a collective formula are lists, one number a neuron.
COLLECTIVE = [
    case(
        "log(sum(exp(b*x)))/b",
        lambda x, b: _lse(mp.exp(b[0] * v) for v in x) / b[0],
        b=1.7,
    ),
    case(
        "log(sum(exp(b*x)))",
        lambda x, b: _lse(mp.exp(c * v) for c, v in zip(b, x, strict=True)),
        b=(0.5, 2.0),
    ),
    case("log(1 + sum(exp(x)))", lambda x: mp.log(1 + mp.fsum(mp.exp(v) for v in x))),
    case(
        "log(c + sum(w*exp(x)))",
        lambda x, c, w: mp.log(c[0] + mp.fsum(u * mp.exp(v) for u, v in zip(w, x, strict=True))),
        c=0.4,
        w=(0.1, 3.0),
    ),
    case("log(mean(exp(x)))", lambda x: mp.log(_mean([mp.exp(v) for v in x]))),
    case("log(sum(cosh(x)))", lambda x: _lse(mp.cosh(v) for v in x)),
    case(
        "log(sum(exp(x))) + eps*sum(x**2)/2",
        lambda x, eps: _lse(mp.exp(v) for v in x) + eps[0] * mp.fsum(v * v for v in x) / 2,
        eps=0.1,
    ),
    case(
        "sqrt(sum(x**2) + eps)",
        lambda x, eps: mp.sqrt(mp.fsum(v * v for v in x) + eps[0]),
        eps=0.3,
    ),
    case("sum((x - mean(x))**2)/2", lambda x: mp.fsum((v - _mean(x)) ** 2 for v in x) / 2),
    case(
        "a*sqrt(mean((x - mean(x))**2) + eps) + sum(d*x)",
        lambda x, a, eps, d: (
            a[0] * mp.sqrt(_var(x) + eps[0]) + mp.fsum(u * v for u, v in zip(d, x, strict=True))
        ),
        a=2.0,
        eps=0.1,
        d=(-1.0, 1.0),
    ),
    case("sqrt(mean(x**2) - mean(x)**2 + 1)", lambda x: mp.sqrt(_var(x) + 1)),
    case(
        "(s**n + sum(abs(x)**n))**(1/n)",
        lambda x, s, n: (s[0] ** n[0] + mp.fsum(abs(v) ** n[0] for v in x)) ** (1 / mp.mpf(n[0])),
        s=0.6,
        n=3.0,
    ),
    case(
        "sum(log(cosh(b*x)))",
        lambda x, b: mp.fsum(mp.log(mp.cosh(c * v)) for c, v in zip(b, x, strict=True)),
        b=(0.5, 2.0),
    ),
    case("mean(x)", _mean),
    case("sum(x)**2/2", lambda x: mp.fsum(x) ** 2 / 2),
    case(
        "sum(x*mean(d*x))",
        lambda x, d: mp.fsum(x) * _mean([u * v for u, v in zip(d, x, strict=True)]),
        d=(-1.0, 2.0),
    ),
    case("sum(max(x, 0)**2)/2", lambda x: mp.fsum(relu(v) ** 2 for v in x) / 2),
    case(
        "log(1 + sum(x**2)) + max(sum(x), 1)**2",
        lambda x: mp.log(1 + mp.fsum(v * v for v in x)) + max(mp.fsum(x), mp.mpf(1)) ** 2,
    ),
    case(
        "sum(x*exp(x)/sum(exp(x)))",
        lambda x: mp.fsum(v * mp.exp(v) for v in x) / mp.fsum(mp.exp(v) for v in x),
    ),
    case(
        "sum(log(sum(exp(x)) + exp(2*x)))",
        lambda x: mp.fsum(mp.log(mp.fsum(mp.exp(u) for u in x) + mp.exp(2 * v)) for v in x),
    ),
]


def load(text, folder, compiled=True):
    """Import a written module; without compiling, its functions are plain Python."""
    if not compiled:
        for word in ("inlined", "jit"):
            text = text.replace(f"@{word}\n", "")
    name = f"written_{abs(hash(text)):x}_{len(sys.modules)}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    found = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
