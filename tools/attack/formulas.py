"""Formulas for L, with their first two derivatives by forward differentiation.

A formula is read by Python's own parser, and integers stay integers, however large. Element-wise
formulas carry two derivatives for each neuron; a formula with a sum or mean carries a gradient and
a Hessian over its neurons.
"""

import ast
from fractions import Fraction

import numpy as np

from attack.arithmetic import where

SHARED = ("sum", "mean")


def tree(text):
    return ast.parse(text.replace("^", "**"), mode="eval").body


def is_shared(text):
    calls = [n for n in ast.walk(tree(text)) if isinstance(n, ast.Call)]
    return any(getattr(c.func, "id", "") in SHARED for c in calls)


def constants(text):
    """Every number in a formula, exactly."""
    return [_exactly(text, n) for n in ast.walk(tree(text)) if isinstance(n, ast.Constant)]


def _exactly(text, node):
    if isinstance(node.value, int):
        return node.value
    written = ast.get_source_segment(text, node)
    return Fraction(written) if written else Fraction(repr(node.value))


class Jet:
    """A value with its first and second derivatives; `outer` multiplies two first ones."""

    def __init__(self, v, d, dd, outer):
        self.v, self.d, self.dd, self.outer = v, d, dd, outer

    def through(self, f, df, ddf):
        """F of it, where f and its derivatives have been evaluated at its value."""
        return Jet(f, df * self.d, ddf * self.outer(self.d, self.d) + df * self.dd, self.outer)

    def __add__(self, other):
        if isinstance(other, Jet):
            return Jet(self.v + other.v, self.d + other.d, self.dd + other.dd, self.outer)
        return Jet(self.v + other, self.d, self.dd, self.outer)

    def __mul__(self, other):
        if isinstance(other, Jet):
            cross = self.outer(self.d, other.d) + self.outer(other.d, self.d)
            first = self.v * other.d + other.v * self.d
            return Jet(
                self.v * other.v, first, self.v * other.dd + other.v * self.dd + cross, self.outer
            )
        return Jet(self.v * other, self.d * other, self.dd * other, self.outer)

    def __neg__(self):
        return Jet(-self.v, -self.d, -self.dd, self.outer)

    def __sub__(self, other):
        return self + (-other)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return -self + other

    def inverse(self):
        one = 1 / self.v
        return self.through(one, -one * one, 2 * one * one * one)

    def __truediv__(self, other):
        return self * (other.inverse() if isinstance(other, Jet) else 1 / other)

    def __rtruediv__(self, other):
        return self.inverse() * other

    def power(self, k):
        v = self.v
        return self.through(v**k, k * v ** (k - 1), k * (k - 1) * v ** (k - 2))


def _whole(k):
    """K as an int where it is one."""
    return int(k) if k == int(k) else k


def _pow(m, base, k):
    if isinstance(k, Jet):
        return _call(m, "exp", [k * _call(m, "log", [base])])
    if not isinstance(base, Jet):
        return base**k
    whole = _whole(k)
    if isinstance(whole, int):
        if whole == 0:
            return base * 0 + 1
        if whole == 1:
            return base
        if whole == 2:
            return base * base
        if whole > 2:
            v = base.v
            return base.through(
                v**whole, whole * v ** (whole - 1), whole * (whole - 1) * v ** (whole - 2)
            )
        return _pow(m, base.inverse(), -whole)
    return base.power(k)


def _sigma(m, z):
    small = m.exp(-m.abs(z))
    return where(z > 0, 1 / (1 + small), small / (1 + small))


def _call(m, name, values):
    a = values[0]
    if name in ("max", "min"):
        b = values[1]
        a, b = (a, b) if isinstance(a, Jet) else (b, a)
        difference = a - b if name == "max" else b - a
        # max(a, b) = b + relu(a - b); min(a, b) = b - relu(b - a)
        r = _call(m, "relu", [difference])
        return (r + b) if name == "max" else (-r + b)
    if not isinstance(a, Jet):
        a = Jet(a, 0 * a, 0 * a, lambda p, q: p * q)
        return _call(m, name, [a]).v
    v = a.v
    one = 1 + 0 * v
    if name == "exp":
        e = m.exp(v)
        return a.through(e, e, e)
    if name == "expm1":
        e = m.exp(v)
        return a.through(m.expm1(v), e, e)
    if name == "log":
        return a.through(m.log(v), 1 / v, -1 / (v * v))
    if name == "log1p":
        return a.through(m.log1p(v), 1 / (1 + v), -1 / (1 + v) ** 2)
    if name == "sqrt":
        s = m.sqrt(v)
        return a.through(s, 1 / (2 * s), -1 / (4 * s * v))
    if name == "abs":
        return a.through(m.abs(v), m.sign(v), 0 * v)
    if name == "sign":
        return a.through(m.sign(v), 0 * v, 0 * v)
    if name == "relu":
        on = where(v > 0, one, 0 * one)
        return a.through(on * v, on, 0 * v)
    if name == "tanh":
        t, s = m.tanh(v), _sigma(m, 2 * v) * _sigma(m, -2 * v) * 4
        return a.through(t, s, -2 * t * s)
    if name == "sigmoid":
        s, t = _sigma(m, v), _sigma(m, -v)
        return a.through(s, s * t, s * t * (t - s))
    if name == "softplus":
        s, t = _sigma(m, v), _sigma(m, -v)
        return a.through(where(v > 0, v, 0 * v) + m.log1p(m.exp(-m.abs(v))), s, s * t)
    if name == "logcosh":
        z = m.abs(v)
        s = _sigma(m, 2 * v) * _sigma(m, -2 * v) * 4
        return a.through(z + m.log1p(m.exp(-2 * z)) - m.log(2 * one), m.tanh(v), s)
    if name == "cosh":
        return a.through(m.cosh(v), m.sinh(v), m.cosh(v))
    if name == "sinh":
        return a.through(m.sinh(v), m.cosh(v), m.sinh(v))
    if name == "sin":
        return a.through(m.sin(v), m.cos(v), -m.sin(v))
    if name == "cos":
        return a.through(m.cos(v), -m.sin(v), -m.cos(v))
    if name in ("atan", "arctan"):
        q = 1 + v * v
        return a.through(m.arctan(v), 1 / q, -2 * v / (q * q))
    if name in ("asinh", "arcsinh"):
        q = 1 + v * v
        return a.through(m.arcsinh(v), 1 / m.sqrt(q), -v / (q * m.sqrt(q)))
    if name == "erf":
        d = 2 * m.exp(-v * v) / m.sqrt(m.pi * one)
        return a.through(m.erf(v), d, -2 * v * d)
    raise KeyError(name)


class _Reader:
    """Evaluates a tree; x is one Jet, or a list of them in a formula with sums."""

    def __init__(self, m, text, x, parameters):
        self.m, self.text, self.x, self.p = m, text, x, parameters

    def read(self, node):
        """A number, a Jet, or a list of Jets (one a neuron)."""
        m = self.m
        if isinstance(node, ast.Constant):
            return m.number(_exactly(self.text, node))
        if isinstance(node, ast.Name):
            if node.id == "x":
                return self.x
            if node.id == "pi":
                return m.pi
            if node.id == "e":
                return m.exp(m.array([1.0]))[0]
            return self.p[node.id]
        if isinstance(node, ast.UnaryOp):
            inner = self.read(node.operand)
            return inner if isinstance(node.op, ast.UAdd) else _each(lambda a: -a, inner)
        if isinstance(node, ast.BinOp):
            left, right = self.read(node.left), self.read(node.right)
            return _each(lambda a, b: self.binary(node.op, a, b), left, right)
        name = node.func.id
        values = [self.read(a) for a in node.args]
        if name in SHARED:
            total = values[0]
            if isinstance(total, list):
                total = sum(total[1:], total[0])
                return total / len(values[0]) if name == "mean" else total
            return total * (len(self.x) if name == "sum" else 1)
        return _each(lambda *a: _call(m, name, list(a)), *values)

    def binary(self, op, a, b):
        if isinstance(op, ast.Add):
            return a + b
        if isinstance(op, ast.Sub):
            return a - b
        if isinstance(op, ast.Mult):
            return a * b
        if isinstance(op, ast.Div):
            return a / b
        if isinstance(op, ast.Pow):
            return _pow(self.m, a, b)
        raise KeyError(type(op).__name__)


def _each(f, *values):
    lists = [v for v in values if isinstance(v, list)]
    if not lists:
        return f(*values)
    rows = [v if isinstance(v, list) else [v] * len(lists[0]) for v in values]
    return [f(*row) for row in zip(*rows, strict=True)]


def elementwise(m, text, x, parameters):
    """L, g and h of each neuron, for states of any shape."""
    one = 1 + 0 * x
    jet = Jet(x, one, 0 * x, lambda p, q: p * q)
    made = _Reader(m, text, jet, parameters).read(tree(text))
    if not isinstance(made, Jet):
        return made * one, 0 * x, 0 * x
    return made.v + 0 * x, made.d + 0 * x, made.dd + 0 * x


def shared(m, text, x, parameters):
    """L, g and H of one sharing set at one state."""
    n = len(x)
    zero = x[0] * 0
    jets = []
    for i in range(n):
        d = np.array([zero + (i == j) for j in range(n)], dtype=x.dtype)
        jets.append(Jet(x[i], d, np.outer(d * 0, d * 0), np.outer))
    made = _Reader(m, text, jets, parameters).read(tree(text))
    if isinstance(made, list):
        made = sum(made[1:], made[0])
    return made.v, made.d, made.dd
