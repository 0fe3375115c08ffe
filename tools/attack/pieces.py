"""All rest states of networks whose activations are linear on pieces, in exact fractions."""

import itertools
import math
from fractions import Fraction

import numpy as np

from attack.faults import Fault, short

MOST = 250  # pieces
SLACK = 1e-6


def attack(model, claims):
    """Faults of claims about rest states, held against all that there are."""
    found = rests(model)
    if found is None:
        return
    states = [[float(v) for v in x] for x in found]
    text = f"{len(found)} rest states: " + ", ".join(short(x) for x in states[:3])
    for name in ("unique_equilibrium", "globally_stable"):
        if claims.get(name) == "proved" and len(found) != 1:
            yield Fault(f"{name} proved", text)
    if claims.get("unique_equilibrium") == "refuted" and len(found) == 1:
        yield Fault("unique_equilibrium refuted", text)
    if claims.get("converges") == "proved" and not found:
        yield Fault("converges without a rest state", text)


def rests(model):
    """Rest states as lists of fractions; None where not all can be told."""
    lines = _lines(model)
    if lines is None or model.gates:
        return None
    if math.prod(len(of) for of in lines) > MOST:
        return None
    W = [[Fraction(v) for v in row] for row in model.W]
    inputs = [Fraction(v) for v in model.input]
    found = []
    for piece in itertools.product(*lines):
        slopes = np.array([float(p[2]) for p in piece])
        A = np.eye(model.n) - model.W * slopes
        if np.linalg.cond(A) < 1e10 and not _near(model, A, piece):
            continue
        x = _solve(W, inputs, piece)
        if x is None:
            return None  # singular: none, or a continuum
        inside = all(p[0] <= v <= p[1] for p, v in zip(piece, x, strict=True))
        if inside and x not in found:
            found.append(x)
    return found


def _near(model, A, piece):
    """Whether the solution in float64 is in the piece, or nearly."""
    x = np.linalg.solve(A, model.W @ np.array([float(p[3]) for p in piece]) + model.input)
    room = SLACK * (1 + np.abs(x).max())
    return all(float(p[0]) - room <= v <= float(p[1]) + room for p, v in zip(piece, x, strict=True))


def _solve(W, inputs, piece):
    """The solution of x = W (slope x + offset) + I in fractions."""
    n = len(W)
    rows = []
    for i in range(n):
        row = [Fraction(int(i == j)) - W[i][j] * piece[j][2] for j in range(n)]
        rows.append([*row, sum(W[i][j] * piece[j][3] for j in range(n)) + inputs[i]])
    for k in range(n):
        p = next((i for i in range(k, n) if rows[i][k] != 0), None)
        if p is None:
            return None
        rows[k], rows[p] = rows[p], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[n] for row in rows]


def _lines(model):
    """For each neuron its pieces: from, to, slope, offset."""
    made = [None] * model.n
    for b in model.blocks:
        if b.formula or b.together:
            return None
        for k, i in enumerate(b.neurons):
            p = {q: Fraction(v[k] if isinstance(v, list) else v) for q, v in b.parameters.items()}
            made[i] = _of(b.kind, p)
            if made[i] is None:
                return None
    return made


def _of(kind, p):
    low, high, zero, one = -float("inf"), float("inf"), Fraction(0), Fraction(1)
    if kind == "identity":
        return [(low, high, p["gain"], zero)]
    if kind == "relu":
        return [(low, zero, zero, zero), (zero, high, one, zero)]
    if kind == "leaky_relu":
        return [(low, zero, p["slope"], zero), (zero, high, one, zero)]
    if kind == "hard_tanh":
        return [(low, -one, zero, -one), (-one, one, one, zero), (one, high, zero, one)]
    if kind == "clipped_relu":
        c = p["ceiling"]
        return [(low, zero, zero, zero), (zero, c, one, zero), (c, high, zero, c)]
    if kind == "soft_threshold":
        t = p["threshold"]
        return [(low, -t, one, t), (-t, t, zero, zero), (t, high, one, -t)]
    return None
