"""A positive diagonal D that makes D W symmetric, in exact fractions, and the largest defect that is left."""

from fractions import Fraction

import numpy as np


def symmetrizer(model):
    """D as fractions (None where there is none) and how far d_i W_ij / (d_j W_ji) is from 1, at most."""
    W, n = model.W, model.n
    if model.symmetric:
        return [Fraction(1)] * n, 0.0
    if model.gates or np.any((W != 0) != (W.T != 0)) or np.any((W * W.T < 0)):
        return None, float("inf")
    # Neurons that share a Lagrangian have one entry.
    part = np.arange(n)
    for b in model.blocks:
        if b.together:
            part[b.neurons] = b.neurons[0]
    d = {}
    defect = Fraction(0)
    edges = [(i, j) for i, j in zip(*np.nonzero(W), strict=True)]
    near = {}
    for i, j in edges:
        near.setdefault(part[i], []).append((i, j))
    for root in sorted(set(part)):
        if root in d:
            continue
        d[root] = Fraction(1)
        stack = [root]
        while stack:
            for i, j in near.get(stack.pop(), []):
                if part[j] not in d:
                    d[part[j]] = d[part[i]] * Fraction(W[i, j]) / Fraction(W[j, i])
                    stack.append(part[j])
    for i, j in edges:
        left = d[part[i]] * Fraction(W[i, j])
        right = d[part[j]] * Fraction(W[j, i])
        defect = max(defect, abs(left / right - 1))
    size = float(defect) if defect < 10**300 else float("inf")
    if size > 1e-6:
        return None, size
    return [d[p] for p in part], size
