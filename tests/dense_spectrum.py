"""Dense stand-ins for `hamsim.spectrum`, for small matrices."""

from types import SimpleNamespace

import numpy as np

EPS = np.finfo(float).eps


def below(X, threshold, confidence=None):
    A = X.toarray()
    assert np.allclose(A, A.T, rtol=0, atol=1e-9 * (1 + np.abs(A).max(initial=0)))
    top = float(np.linalg.eigvalsh((A + A.T) / 2)[-1])
    error = 10 * len(A) * EPS * np.linalg.norm(A)
    status = "undecided"
    if top + error < threshold:
        status = "proved"
    elif top - error > threshold:
        status = "refuted"
    bound = top + error
    return SimpleNamespace(
        status=status, bound=bound, method="dense", ritz=top, vector=None, probability=None
    )


def negative_part(X):
    A = X.toarray()
    if not A.any():
        return 0.0
    return max(0.0, -float(np.linalg.eigvalsh(A)[0]) + 10 * len(A) * EPS * np.linalg.norm(A))


def perron(B):
    A = B.toarray()
    assert np.all(A >= 0)
    v = np.ones(len(A))
    for _ in range(2000):
        v = A @ v + v + 1e-9 * v.sum() / len(A)
        v /= v.max()
    return float(np.max(A @ v / v)) * (1 + 1e-14), v
