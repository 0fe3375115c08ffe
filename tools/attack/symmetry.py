"""A positive diagonal D that makes D W symmetric, in exact fractions, and what is left."""

from fractions import Fraction

import numpy as np

ULP = 2.0**-52
ROUNDED = 8.0  # ulp an edge of a cycle that are taken for rounding of the weights


def symmetrizer(model):
    """D or None, the largest |d_i W_ij / (d_j W_ji) - 1|, and its most an edge in ulp."""
    W, n = model.W, model.n
    if model.symmetric:
        return [Fraction(1)] * n, 0.0, 0.0
    if model.gates or np.any((W != 0) != (W.T != 0)) or np.any(np.sign(W) * np.sign(W.T) < 0):
        return None, float("inf"), float("inf")
    # Neurons that share a Lagrangian have one entry.
    part = np.arange(n)
    for b in model.blocks:
        if b.together:
            part[b.neurons] = b.neurons[0]
    edges = [(int(i), int(j)) for i, j in zip(*np.nonzero(W), strict=True)]
    d, path = _walk(W, part, edges)
    defect, ulps = Fraction(0), Fraction(0)
    for i, j in edges:
        left = d[part[i]] * Fraction(W[i, j])
        right = d[part[j]] * Fraction(W[j, i])
        gap = abs(left / right - 1)
        defect = max(defect, gap)
        ulps = max(ulps, gap / (len(set(path[part[i]]) ^ set(path[part[j]])) + 1))
    size = float(defect) if defect < 10**300 else float("inf")
    if size > 1e-6:
        return None, size, float("inf")
    return [d[p] for p in part], size, float(ulps) / ULP


def _walk(W, part, edges):
    """D along the shortest ways from one neuron of each component, and those ways."""
    near = {}
    for i, j in edges:
        near.setdefault(part[i], []).append((i, j))
    d, path = {}, {}
    for root in sorted(set(part)):
        if root in d:
            continue
        d[root], path[root] = Fraction(1), ()
        queue = [root]
        while queue:
            here = queue.pop(0)
            for i, j in near.get(here, []):
                if part[j] not in d:
                    d[part[j]] = d[part[i]] * Fraction(W[i, j]) / Fraction(W[j, i])
                    path[part[j]] = (*path[here], (i, j))
                    queue.append(part[j])
    return d, path
