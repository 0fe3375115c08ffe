"""Linear systems in either arithmetic."""

import numpy as np

from attack.arithmetic import FLOATS


def solve(m, A, b):
    """A^-1 b by elimination with pivots, in either arithmetic."""
    if m is FLOATS:
        return np.linalg.lstsq(A, b, rcond=None)[0]
    return eliminate(A, b)[0]


def eliminate(A, b=None):
    """Solution of A y = b (or None where singular) and the sign of det A, for object arrays."""
    A = A.copy()
    n = len(A)
    y = None if b is None else b.copy()
    sign = 1
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(A[i, k]))
        if A[p, k] == 0:
            return None, 0
        if p != k:
            A[[k, p]] = A[[p, k]]
            if y is not None:
                y[[k, p]] = y[[p, k]]
            sign = -sign
        sign = sign if A[k, k] > 0 else -sign
        for i in range(k + 1, n):
            if A[i, k] != 0:
                factor = A[i, k] / A[k, k]
                A[i, k:] = A[i, k:] - factor * A[k, k:]
                if y is not None:
                    y[i] = y[i] - factor * y[k]
    if y is not None:
        for k in range(n - 1, -1, -1):
            y[k] = (
                (y[k] - np.dot(A[k, k + 1 :], y[k + 1 :])) / A[k, k]
                if k < n - 1
                else y[k] / A[k, k]
            )
    return y, sign
