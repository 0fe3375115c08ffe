"""Inverses that are shown to be near: their bound holds, and what is singular has none."""

import numpy as np
import pytest

from hamsim.certify.inverse import sure_inverse


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_bounds_what_is_left_of_the_identity(seed):
    rng = np.random.default_rng(seed)
    J = rng.normal(size=(6, 6))
    A, distance = sure_inverse(J, np.abs(J))
    left = np.abs(np.eye(6) - A.astype(np.longdouble) @ J.astype(np.longdouble))
    assert left.sum(axis=1).max() <= distance < 1e-10


def test_what_cancels_or_is_singular_has_none():
    J = np.array([[1e-12, 0.0], [0.0, 1.0]])
    assert sure_inverse(J, np.abs(J)) is not None
    assert sure_inverse(J, np.full((2, 2), 1e6)) is None  # 1e-12 was rounded from far more
    assert sure_inverse(np.ones((2, 2)), np.ones((2, 2))) is None
    assert sure_inverse(np.full((2, 2), np.nan), np.ones((2, 2))) is None
