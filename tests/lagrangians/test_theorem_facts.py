"""Facts that only theorems ask for, against numbers."""

import math
from itertools import pairwise

import numpy as np
import pytest
from lagrangians import exact
from lagrangians.test_contract import EVERY, EVERY_COLLECTIVE, network_of
from lagrangians.test_facts import (
    FAR,
    ROUNDING,
    cloud,
    fact,
    hessians,
    line,
    parameter_sets,
)

import hamsim
from hamsim import observables
from hamsim.lagrangians.table import TABLE

# --- how fast the Hessian changes, and where it is constant ---


CHANGING = [row for row in TABLE.values() if row.change]
LINEAR = [row for row in TABLE.values() if row.slopes]


def of_rows(rows):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


@of_rows(CHANGING)
def test_the_hessian_changes_no_faster_than_stated(row):
    """And nearly that fast somewhere, unless a part that does not change is added to it.

    The bound for shares is that of any distribution, of which few states come close to the worst.
    """
    rng = np.random.default_rng(15)
    n = 1 if row.additive else 4
    order = 2 if row.change_norm == "euclidean" else np.inf
    for parameters in parameter_sets(row):
        network = network_of(row, [(n, parameters)])
        m = fact(row, row.change, parameters, n)
        if m == math.inf or m == 0.0:
            assert m == 0.0 or not all(parameters.values())
            continue
        size = 10 ** rng.uniform(-2, 1, (3000, 1)) / m
        x, z, v = rng.normal(size=(3, 3000, n)) * np.stack([size, 0 * size + 1, 0 * size + 1])
        z /= np.linalg.norm(z, order, axis=1)[:, None]
        step = 1e-5 / m
        here, above, below = (
            np.sum(v * observables.hessian_product(network, x + s * z, v), axis=1)
            for s in (0.0, step, -step)
        )
        some = here > 1e-6 * here.max()
        rate = np.abs(above - below)[some] / (2 * step) / here[some]
        assert rate.max() <= m * (1 + 1e-4)
        if fact(row, row.least, parameters, n) == 0.0:
            assert rate.max() >= (0.2 if row.hessian else 0.9) * m


@of_rows(LINEAR)
def test_activations_are_linear_between_their_breaks(row):
    for parameters in parameter_sets(row):
        network = network_of(row, [(1, parameters)])
        breaks = [fact(row, text, parameters) for text in row.breaks]
        slopes = [fact(row, text, parameters) for text in row.slopes]
        assert breaks == sorted(breaks)
        assert len(slopes) == len(breaks) + 1
        first, last = (breaks[0], breaks[-1]) if breaks else (0.0, 0.0)
        pieces = pairwise([first - 10.0, *breaks, last + 10.0])
        for (low, high), slope in zip(pieces, slopes, strict=True):
            x = low + (high - low) * np.linspace(1e-6, 1 - 1e-6, 50)[:, None]
            if low == high:
                continue
            h = observables.hessian_product(network, x, np.ones_like(x))
            np.testing.assert_allclose(h, slope, rtol=1e-12, atol=0)
            rise = np.diff(hamsim.activation(network, x), axis=0)
            np.testing.assert_allclose(rise, slope * np.diff(x, axis=0), rtol=1e-9, atol=1e-12)


@EVERY
def test_jumps(row):
    """Where g jumps, at 0, it does so however close two states on both sides are."""
    n = 1 if row.additive else 4
    rng = np.random.default_rng(16)
    zeros = [{}] if row.additive else [{}, {name: 0.0 for name in ("epsilon", "sigma")}]
    for parameters in parameter_sets(row):
        for zero in zeros:
            own = {name: zero.get(name, value) for name, value in parameters.items()}
            jumps = fact(row, row.jumps, own, n)
            assert jumps in (0.0, 1.0)
            ways = 1e-30 * rng.normal(size=(50, n))
            g = hamsim.activation(network_of(row, [(n, own)]), np.concatenate([ways, -ways]))
            assert (np.ptp(g, axis=0).max() > 1e-3) == (jumps == 1.0)
            if jumps:
                assert fact(row, row.slope, own, n) == math.inf


@EVERY
def test_slopes_without_bound_are_largest_at_an_end(row):
    rng = np.random.default_rng(17)
    for parameters in parameter_sets(row):
        steeper = fact(row, row.steeper, parameters)
        assert steeper in (0.0, 1.0)
        assert not steeper or row.additive
        if not steeper:
            continue
        network = network_of(row, [(1, parameters)])
        for low, high in np.sort(rng.normal(0, 3, (200, 2)), axis=1):
            x = np.linspace(low, high, 101)[:, None]
            h = observables.hessian_product(network, x, np.ones_like(x))[:, 0]
            most = max(h[0], h[-1])
            assert h.max() <= most + ROUNDING * abs(most)


@EVERY_COLLECTIVE
def test_row_sums_and_competition(row):
    rng = np.random.default_rng(18)
    rises = False
    for n in (2, 3, 6):
        for parameters in parameter_sets(row):
            H = hessians(network_of(row, [(n, parameters)]), cloud(n, rng))
            size = ROUNDING * (1 + np.abs(H).max((1, 2)))
            if row.row_sum:
                sums = np.abs(H).sum(axis=2).max(axis=1)
                assert np.all(sums <= fact(row, row.row_sum, parameters, n) + size)
            others = np.where(np.eye(n, dtype=bool), -math.inf, H).max((1, 2))
            rises = rises or bool(np.any(others > size))
    assert rises != row.competitive


@EVERY
def test_far_slopes(row):
    if not row.far_slopes:
        return
    n = 1 if row.additive else 4
    for parameters in parameter_sets(row):
        if fact(row, row.growth, parameters, n) != 1:
            continue
        network = network_of(row, [(n, parameters)])
        x = np.array([[-FAR], [FAR]]) * np.eye(n)[0]
        g = hamsim.activation(network, x)[:, 0] / x[:, 0]
        known = [fact(row, text, parameters, n) for text in row.far_slopes]
        np.testing.assert_allclose(g, known, rtol=1e-6, atol=1e-6)


@EVERY
def test_odd_activations(row):
    """For all but 0, where those that jump take the value of one side."""
    rng = np.random.default_rng(22)
    n = 1 if row.additive else 4
    apart = 0.0
    for parameters in parameter_sets(row):
        x = rng.normal(size=(300, n)) * 10 ** rng.uniform(-2, 1, (300, 1))
        g = hamsim.activation(network_of(row, [(n, parameters)]), np.concatenate([x, -x]))
        both = g[:300] + g[300:]
        apart = max(apart, float((np.ptp(both, axis=0) / (1 + np.abs(both).max())).max()))
    assert (apart < ROUNDING) == row.odd


@EVERY
def test_lagrangians_that_rise_with_the_size_of_states(row):
    if not row.rising:
        return
    rng = np.random.default_rng(19)
    for parameters in parameter_sets(row):
        network = network_of(row, [(4, parameters)])
        r = np.abs(rng.normal(size=(200, 4))) * 10 ** rng.uniform(-2, 2, (200, 1))
        x = r * rng.uniform(-1, 1, r.shape)
        (name,) = (group.name for group in network.groups)
        inside, corner = (observables.lagrangian(network, at)[name] for at in (x, r))
        assert np.all(inside <= corner + ROUNDING * (1 + np.abs(corner)))


@EVERY
def test_costs_that_are_not_convex(row):
    """A floor below x g - L, and the side on which that has none."""
    assert not row.floor or row.convex is False
    assert not row.sinks or row.convex is False
    if not (row.floor or row.sinks):
        return
    for parameters in parameter_sets(row):
        network = network_of(row, [(1, parameters)])
        (name,) = (group.name for group in network.groups)
        x = line()[:, None]
        g = hamsim.activation(network, x)[:, 0]
        cost = x[:, 0] * g - observables.lagrangian(network, x)[name]
        if row.floor:
            floor = 0.5 * g**2 + fact(row, row.floor, parameters)
            assert np.all(cost >= floor - ROUNDING * (1 + np.abs(x[:, 0] * g)))
        if row.sinks:
            assert cost[-1 if row.sinks > 0 else 0] < -1e6


@EVERY_COLLECTIVE
def test_logarithms_of_sums_of_exponentials(row):
    """L is log(silent + sum exp(beta x)) / beta if the row says what beta is."""
    rng = np.random.default_rng(20)
    for parameters in parameter_sets(row):
        if not row.steepness:
            assert row.silent == 0
            continue
        network = network_of(row, [(4, parameters)])
        (name,) = (group.name for group in network.groups)
        beta = fact(row, row.steepness, parameters)
        x = rng.normal(size=(50, 4)) / beta
        expected = np.log(row.silent + np.exp(beta * x).sum(axis=1)) / beta
        np.testing.assert_allclose(observables.lagrangian(network, x)[name], expected, rtol=1e-12)


@EVERY
def test_the_rounding_of_activations(row):
    """Against mpmath, from states that are doubles."""
    rng = np.random.default_rng(21)
    n = 1 if row.additive else 3
    for parameters in parameter_sets(row):
        x = rng.normal(size=(60, n)) * 10 ** rng.uniform(-2, 1, (60, 1))
        g = hamsim.activation(network_of(row, [(n, parameters)]), x)
        known = [exact.g(row.name, state, parameters) for state in x.tolist()]
        exactly = np.array([[float(value) for value in values] for values in known])
        assert np.all(np.abs(g - exactly) <= row.rounding * (1 + np.abs(exactly)))
