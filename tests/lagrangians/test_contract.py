"""Every row of the table, through the public functions, against exact numbers.

`exact` holds the definitions; nothing of it comes from hamsim. One call evaluates many groups at
many states, each with parameters of its own, because compiling is what takes the time.
"""

import importlib
import math
import pkgutil

import mpmath
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lagrangians import exact

import hamsim
from hamsim import observables
from hamsim.expression import evaluate
from hamsim.lagrangians import rows
from hamsim.lagrangians.functions import FORMULAS
from hamsim.lagrangians.table import TABLE

ADDITIVE = [row for row in TABLE.values() if row.additive]
COLLECTIVE = [row for row in TABLE.values() if not row.additive]
EVERY = pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
EVERY_ADDITIVE = pytest.mark.parametrize("row", ADDITIVE, ids=lambda row: row.name)
EVERY_COLLECTIVE = pytest.mark.parametrize("row", COLLECTIVE, ids=lambda row: row.name)

# Some rounding errors of a double, for formulas of some operations: relative to the result and
# to its sensitivity (`exact.checked`), as no formula can undo the rounding of its own inputs.
TIGHT = 1e-13
# Below this a double loses digits (subnormal numbers begin at 2e-308).
SMALLEST = 1e-300
# A fact that holds exactly may be broken by roundings only.
ROUNDING = 1e-12

# A failure names its state, and making that simpler would take minutes of exact numbers.
SETTINGS = settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)

# Where parameters are drawn from; a pair names the family too. The ends are drawn often.
RANGES = {
    "gain": (0.1, 10.0),
    "slope": (0.01, 5.0),
    "beta": (0.1, 10.0),
    "ceiling": (0.1, 20.0),
    "exponent": (1.0, 8.0),
    "half": (0.1, 10.0),
    "threshold": (0.0, 5.0),
    "epsilon": (1e-6, 10.0),
    "delta": (-3.0, 3.0),
    "sigma": (0.01, 10.0),
    "alpha": (1.05, 2.0),
    "degree": (2.0, 8.0),
    ("power", "degree"): (1.1, 8.0),
}
# Gentler ranges for differences, whose error grows with the third derivative.
GENTLE = {
    **RANGES,
    "beta": (0.3, 3.0),
    "epsilon": (0.1, 3.0),
    "sigma": (0.3, 3.0),
    "half": (0.5, 3.0),
    "threshold": (0.2, 3.0),
    "exponent": (1.0, 4.0),
    "degree": (2.0, 4.0),
    ("power", "degree"): (2.0, 4.0),
}
# In these the Hessian, and g, have no value at x = 0 if the parameter is 0.
NO_NORM_AT_0 = {
    "spherical": "epsilon",
    "layer_norm": "epsilon",
    "rms_norm": "epsilon",
    "power_norm": "sigma",
    "radial": "sigma",
}


def bounds(row, parameter, ranges=RANGES):
    """Both ends; of a parameter that is not listed, half and twice its default."""
    known = ranges.get((row.name, parameter.name)) or ranges.get(parameter.name)
    if known:
        return known
    ends = sorted([parameter.default / 2, 2 * parameter.default or 1.0])
    least = -math.inf if parameter.at_least is None else parameter.at_least
    most = math.inf if parameter.at_most is None else parameter.at_most
    return max(ends[0], least), min(ends[1], most)


def drawn_parameters(row, size):
    """Strategy for a dict of parameters; delta is a list, one number a neuron."""
    fields = {}
    for parameter in row.parameters:
        low, high = bounds(row, parameter)
        number = st.one_of(
            st.floats(low, high), st.sampled_from([low, high, max(low, float(round(high / 2)))])
        )
        if parameter.one_a_neuron and not row.additive:
            number = st.lists(number, min_size=size, max_size=size)
        fields[parameter.name] = number
    return st.fixed_dictionaries(fields)


def random_parameters(row, size, rng, ranges=GENTLE):
    """The same from a random generator."""
    values = {}
    for parameter in row.parameters:
        low, high = bounds(row, parameter, ranges)
        several = parameter.one_a_neuron and not row.additive
        values[parameter.name] = (
            rng.uniform(low, high, size).tolist() if several else (float(rng.uniform(low, high)))
        )
    return values


def states(size):
    """Strategy for a state with |x| <= 30; what is closer to 0 than 1e-30 is 0."""
    number = st.one_of(
        st.floats(-30, 30).map(lambda v: v if abs(v) >= 1e-30 else 0.0),
        st.sampled_from([0.0, 1e-9, -1e-9, 1e-4, -1e-4, 0.1, -0.1, 1.0, -1.0, 30.0, -30.0]),
    )
    return st.lists(number, min_size=size, max_size=size)


def network_of(row, cases):
    """A network with one group a case; a case is a size and the parameters of one group."""
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                f"a{k}": {"size": size, "lagrangian": {"kind": row.name, **parameters}}
                for k, (size, parameters) in enumerate(cases)
            },
        }
    )


def values(network, x, v):
    """L and x.g - L by group, g and H v by neuron, of states with any leading axes."""
    return (
        observables.lagrangian(network, x),
        hamsim.activation(network, x),
        observables.hessian_product(network, x, v),
        hamsim.energy(network, x).groups,
    )


def close(mine, value, *sizes):
    """True if `mine` is `value` up to some roundings of it and of the sizes."""
    if not math.isfinite(mine):
        return False
    allowed = TIGHT * (abs(value) + sum(sizes)) + SMALLEST
    return abs(mpmath.mpf(mine) - value) <= allowed


def has_hessian(row, x, parameters):
    """False on a kink, where H has no value."""
    if row.additive:
        p = exact.numbers(parameters, 1)
        return not any(x[0] == kink for kink in exact.ADDITIVE[row.name].kinks(p))
    if row.name == "lp_norm":
        return any(x) or parameters["degree"] == 2
    key = NO_NORM_AT_0.get(row.name)
    return key is None or parameters[key] > 0 or np.ptp(x) > 0


def has_gradient(row, x):
    return row.name not in ("sign", "step") or x[0] != 0


def compare(row, cases, x, v, rng):
    """Hold everything that hamsim gives at states x, shape (m, n), to the exact values."""
    network = network_of(row, cases)
    several = values(network, x, v)
    one = values(network, x[0], v[0])  # trials are columns; a single one has its own shape
    stop = 0
    for k, (size, parameters) in enumerate(cases):
        name, start = f"a{k}", stop
        stop = start + size
        for t in range(len(x)):
            y, w = x[t, start:stop].tolist(), v[t, start:stop].tolist()
            value, sense = exact.checked(row.name, y, w, parameters, rng)
            found = [(several[0][name][t], several[1][t], several[2][t], several[3][name][t])]
            if t == 0:
                found.append((one[0][name], one[1], one[2], one[3][name]))
            for L, g, Hv, dual in found:
                where = f"{parameters} at {y}, v = {w}"
                assert close(L, value.L, sense.L), f"L {L} {value.L}: {where}"
                assert close(dual, value.dual, sense.dual), f"dual {dual} {value.dual}: {where}"
                for i in range(size):
                    if has_gradient(row, y):
                        a, b = g[start + i], value.g[i]
                        assert close(a, b, sense.g[i]), f"g[{i}] {a} {b}: {where}"
                    if has_hessian(row, y, parameters):
                        a, b = Hv[start + i], value.Hv[i]
                        sizes = sense.Hv[i], value.terms[i]
                        assert close(a, b, *sizes), f"Hv[{i}] {a} {b}: {where}"


# --- the oracle itself ---


@EVERY
def test_the_oracle_is_consistent(row):
    """Its g is dL/dx, its H is dg/dx, and x.g - L is the conjugate's own formula at g."""
    rng = np.random.default_rng(1)
    n = 1 if row.additive else 4
    with mpmath.workdps(60):
        for _ in range(4):
            parameters = random_parameters(row, n, rng, RANGES)
            x, v = rng.normal(0, 2, n).tolist(), rng.normal(size=n).tolist()
            p = exact.numbers(parameters, n)
            value = exact.evaluate(row.name, x, parameters, v)

            def along(way, x=x, v=v, p=p):
                y = [mpmath.mpf(a) + way * mpmath.mpf(b) for a, b in zip(x, v, strict=True)]
                return exact.at(row.name, y, [mpmath.mpf(1)] * n, p)

            slope = mpmath.diff(lambda t: along(t).L, 0)
            total = mpmath.fsum(a * b for a, b in zip(value.g, v, strict=True))
            assert abs(slope - total) < 1e-25 * (1 + abs(total))
            for i in range(n):
                slope = mpmath.diff(lambda t, i=i: along(t).g[i], 0)
                assert abs(slope - value.Hv[i]) < 1e-25 * (1 + abs(value.terms[i]))
            conjugate = exact.conjugate(row.name, value.g, parameters)
            assert (conjugate is None) == (not row.convex or not row.dual) or row.dual == ""
            if conjugate is not None:
                assert abs(conjugate - value.dual) < 1e-20 * (1 + abs(conjugate))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("hill", {"exponent": 2.5, "half": 0.8}),
        ("swish", {}),
        ("gelu", {}),
        ("softplus", {"beta": 2}),
    ],
)
def test_the_oracle_integrates_g_where_L_is_a_special_function(name, parameters):
    L0, L1 = (exact.evaluate(name, [x], parameters).L for x in (-1.5, 2.0))
    p = exact.numbers(parameters, 1)
    integral = mpmath.quad(lambda x: exact.ADDITIVE[name].g(x, p), [-1.5, 0, 2])
    assert abs(L1 - L0 - integral) < 1e-12


# --- against exact numbers ---


@EVERY_ADDITIVE
@SETTINGS
@given(data=st.data())
def test_additive_formulas_are_exact(row, data):
    cases = [(1, data.draw(drawn_parameters(row, 1))) for _ in range(6)]
    x = np.array(data.draw(st.lists(states(6), min_size=5, max_size=5)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    compare(row, cases, x, rng.uniform(-2, 2, x.shape), rng)


@EVERY_COLLECTIVE
@SETTINGS
@given(data=st.data())
def test_collective_formulas_are_exact(row, data):
    sizes = data.draw(st.lists(st.integers(1, 8), min_size=3, max_size=3))
    cases = [(size, data.draw(drawn_parameters(row, size))) for size in sizes]
    x = np.array(data.draw(st.lists(states(sum(sizes)), min_size=5, max_size=5)))
    x = x + data.draw(st.sampled_from([0.0, 0.0, 0.0, 25.0, -25.0]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    compare(row, cases, away_from_0(row, cases, x), rng.uniform(-2, 2, x.shape), rng)


def away_from_0(row, cases, x):
    """Move states at which a norm has no derivative, which `exact` cannot tell either."""
    x, stop = x.copy(), 0
    for size, parameters in cases:
        start, stop = stop, stop + size
        for state in x:
            if not has_hessian(row, state[start:stop], parameters):
                state[start:stop] = np.arange(1.0, size + 1)
    return x


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE.values() if any(p.at_least == 0 for p in row.parameters)],
    ids=lambda row: row.name,
)
def test_without_what_keeps_the_norm_away_from_0(row):
    """At epsilon = 0 and sigma = 0 the formulas hold everywhere but at x = 0; there g is finite."""
    keys = [p.name for p in row.parameters if p.at_least == 0]
    rng = np.random.default_rng(2)
    sizes = [1] if row.additive else [2, 3, 5]
    cases = [(n, {**random_parameters(row, n, rng), keys[0]: 0.0}) for n in sizes]
    x = rng.normal(0, 3, (4, sum(sizes)))
    compare(row, cases, x, rng.normal(size=x.shape), rng)
    for number in (0.0, 3.0):
        same = np.full(sum(sizes), number)
        assert np.all(np.isfinite(hamsim.activation(network_of(row, cases), same)))


FAR = (-1e4, -710.5, 710.5, 1e4)
EXPONENTIAL = [row for row in TABLE.values() if row.growth == "inf"]
MODERATE = [row for row in TABLE.values() if row.growth != "inf"]


@pytest.mark.parametrize("row", MODERATE, ids=lambda row: row.name)
def test_formulas_are_exact_far_out(row):
    """Also where powers and exponentials of x overflow, and so far that digits are lost to 1."""
    rng = np.random.default_rng(3)
    if row.additive:
        cases = [(1, random_parameters(row, 1, rng, RANGES)) for _ in range(4)]
        x = np.array(FAR)[:, None] * np.ones(4)
    else:
        cases = [(n, random_parameters(row, n, rng, RANGES)) for n in (1, 2, 3, 5)]
        near = rng.normal(0, 2, (3, 11))
        x = np.concatenate(
            [near + 1e4, near - 1e4, near + 710.5, near * 1e4, near * 300, 1e4 * (near > 1)]
        )
        x = away_from_0(row, cases, x)
    compare(row, cases, x, rng.uniform(-2, 2, x.shape), rng)


@pytest.mark.parametrize("row", EXPONENTIAL, ids=lambda row: row.name)
def test_exponentials_are_exact_up_to_the_largest_double(row):
    """Past 709 / beta there is no double for exp(beta x); infinity is what is left to say."""
    rng = np.random.default_rng(4)
    betas = (0.3, 1.0, 2.5)
    cases = [(1, {"beta": beta}) for beta in betas]
    x = np.array([[700.0], [690.5], [-700.0], [-1e4]]) / np.array(betas)
    compare(row, cases, x, rng.uniform(-2, 2, x.shape), rng)
    network = network_of(row, cases)
    for y in (720.0, 1e4):
        L, g, Hv, dual = values(network, y / np.array(betas), np.ones(3))
        assert np.all(g == np.inf)
        assert np.all(Hv == np.inf)
        for k in range(3):
            assert L[f"a{k}"] == np.inf
            assert dual[f"a{k}"] == np.inf


# --- ways of writing the same ---


@EVERY_ADDITIVE
def test_one_parameter_a_neuron_equals_groups_of_one(row):
    rng = np.random.default_rng(5)
    each = [random_parameters(row, 1, rng) for _ in range(7)]
    together = {p.name: [case[p.name] for case in each] for p in row.parameters}
    x, v = rng.normal(0, 2, (2, 3, 7)), rng.normal(size=(2, 3, 7))
    L, g, Hv, dual = values(network_of(row, [(7, together)]), x, v)
    Ls, gs, Hvs, duals = values(network_of(row, [(1, case) for case in each]), x, v)
    assert np.array_equal(g, gs)
    assert np.array_equal(Hv, Hvs)
    np.testing.assert_allclose(L["a0"], sum(Ls.values()), rtol=TIGHT, atol=TIGHT)
    np.testing.assert_allclose(dual["a0"], sum(duals.values()), rtol=TIGHT, atol=TIGHT)
    assert L["a0"].shape == (2, 3)
    assert Hv.shape == (2, 3, 7)


@EVERY
def test_defaults_are_those_of_the_table(row):
    rng = np.random.default_rng(6)
    x, v = rng.normal(0, 2, (3, 4)), rng.normal(size=(3, 4))
    stated = {p.name: p.default for p in row.parameters}
    one, two = (
        values(network_of(row, [(4, {})]), x, v),
        values(network_of(row, [(4, stated)]), x, v),
    )
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a["a0"], b["a0"]) if isinstance(a, dict) else np.array_equal(a, b)


@EVERY_COLLECTIVE
@pytest.mark.parametrize("over", ["last", "all", [0], [1], [0, 1], [1, 2], [0, 2]], ids=str)
def test_axes_that_share_a_lagrangian(row, over):
    """Groups with `over` equal one plain group for every set of neurons that share one."""
    rng = np.random.default_rng(7)
    shape = (3, 2, 4)
    axes = {"last": [2], "all": [0, 1, 2]}[over] if isinstance(over, str) else over
    kept = [axis for axis in range(3) if axis not in axes]
    size = int(np.prod([shape[axis] for axis in axes]))
    rows = np.arange(24).reshape(shape).transpose([*kept, *axes]).reshape(-1, size)
    parameters = random_parameters(row, 24, rng)
    whole = {
        name: np.reshape(value, shape).tolist() if isinstance(value, list) else value
        for name, value in parameters.items()
    }
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"shape": list(shape), "lagrangian": {"kind": row.name, **whole, "over": over}}
            },
        }
    )
    cases = [
        (
            size,
            {
                name: np.array(value)[numbers].tolist() if isinstance(value, list) else value
                for name, value in parameters.items()
            },
        )
        for numbers in rows
    ]
    x, v = rng.normal(0, 2, (3, 24)), rng.normal(size=(3, 24))
    L, g, Hv, dual = values(network, x, v)
    order = rows.reshape(-1)
    Ls, gs, Hvs, duals = values(network_of(row, cases), x[:, order], v[:, order])
    np.testing.assert_allclose(g[:, order], gs, rtol=TIGHT, atol=TIGHT)
    np.testing.assert_allclose(Hv[:, order], Hvs, rtol=TIGHT, atol=TIGHT * np.abs(Hvs).max())
    np.testing.assert_allclose(L["a"], sum(Ls.values()), rtol=TIGHT, atol=TIGHT)
    np.testing.assert_allclose(dual["a"], sum(duals.values()), rtol=TIGHT, atol=TIGHT)


@EVERY
@pytest.mark.parametrize("trials", [1, 3])
def test_many_neurons_equal_many_trials(row, trials):
    """Enough for several pieces of work, and not a whole number of any of them."""
    rng = np.random.default_rng(15)
    size, many = (1, 4501) if row.additive else (3, 1501)
    parameters = random_parameters(row, 1, rng)
    parameters = {k: a[0] if isinstance(a, list) else a for k, a in parameters.items()}
    lagrangian = {"kind": row.name, **parameters}
    if not row.additive:
        lagrangian["over"] = "last"
    group = {"shape": [many, size], "lagrangian": lagrangian}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a0": group}})
    x = rng.normal(0, 2, (trials, many, size))
    v = rng.normal(size=x.shape)
    L, g, Hv, dual = values(network, x.reshape(trials, -1), v.reshape(trials, -1))
    Ls, gs, Hvs, duals = values(network_of(row, [(size, parameters)]), x, v)
    np.testing.assert_allclose(g.reshape(x.shape), gs, rtol=TIGHT, atol=TIGHT)
    np.testing.assert_allclose(Hv.reshape(x.shape), Hvs, rtol=TIGHT, atol=TIGHT)
    for one, other in ((L["a0"], Ls["a0"]), (dual["a0"], duals["a0"])):
        size = np.abs(other).sum(axis=1)
        assert np.all(np.abs(one - other.sum(axis=1)) <= TIGHT * size)


@EVERY_COLLECTIVE
def test_large_groups_are_exact(row):
    """Sums over many neurons, in the order that one trial has and in that of several."""
    rng = np.random.default_rng(16)
    n = 261
    x = rng.normal(0, 2, (2, n))
    compare(row, [(n, random_parameters(row, n, rng))], x, rng.normal(size=x.shape), rng)


# --- how L, g and H belong together ---


def random_case(row, seed, ranges=GENTLE):
    """Groups of several sizes, states x and vectors v, u: everything of shape (5, n)."""
    rng = np.random.default_rng(seed)
    sizes = [1, 1, 1, 1, 1, 1] if row.additive else [1, 2, 3, 6]
    cases = [(size, random_parameters(row, size, rng, ranges)) for size in sizes]
    x = rng.normal(0, 2, (5, sum(sizes)))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return network_of(row, cases), starts, x, rng.normal(size=x.shape), rng.normal(size=x.shape)


def by_group(starts, products):
    """Sums over the neurons of each group."""
    return np.add.reduceat(products, starts[:-1], axis=-1)


def listed(parts):
    return np.stack(list(parts.values()), axis=-1)


@EVERY
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_g_is_the_gradient_of_L_and_H_that_of_g(row, seed):
    """By differences, whose error is step^2 times a third derivative plus eps / step."""
    network, starts, x, v, _ = random_case(row, seed)
    step, allowed = 1e-5, 1e-5
    before, here, after = (values(network, x + way * step * v, v) for way in (-1, 0, 1))
    slope = (listed(after[0]) - listed(before[0])) / (2 * step)
    expected = by_group(starts, here[1] * v)
    # On a kink of L, as of sign, the two one-sided slopes differ by a finite amount.
    left, right = ((listed(b[0]) - listed(a[0])) / step for a, b in ((before, here), (here, after)))
    smooth = np.abs(left - right) < 1e-2 * (1 + np.abs(expected))
    assert smooth.mean() > 0.8
    error = np.abs(slope - expected) / (1 + np.abs(listed(here[0])) + np.abs(expected))
    assert np.all(error[smooth] < allowed)

    slope = (after[1] - before[1]) / (2 * step)
    left, right = (here[1] - before[1]) / step, (after[1] - here[1]) / step
    smooth = np.abs(left - right) < 1e-2 * (1 + np.abs(here[2]))
    assert smooth.mean() > 0.8
    error = np.abs(slope - here[2]) / (1 + np.abs(here[1]) + np.abs(here[2]))
    assert np.all(error[smooth] < allowed)


@EVERY
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_hessian_is_symmetric_and_positive_where_L_is_convex(row, seed):
    network, starts, x, v, u = random_case(row, seed, RANGES)
    Hv = observables.hessian_product(network, x, v)
    Hu = observables.hessian_product(network, x, u)
    # H v is a difference of terms with the size of slope |v|; what rounds are these. Additive
    # rows, whose slope may be infinite, have no difference.
    lengths = np.sqrt(by_group(starts, u * u) * by_group(starts, v * v))
    size = by_group(starts, np.abs(u * Hv)) if row.additive else slope_of_groups(network) * lengths
    assert np.all(np.abs(by_group(starts, u * Hv - v * Hu)) <= ROUNDING * size)
    if row.convex:
        assert np.all(hessian_diagonal(network, x) >= -ROUNDING * size.max())
        size = 0 if row.additive else slope_of_groups(network) * by_group(starts, v * v)
        assert np.all(by_group(starts, v * Hv) >= -ROUNDING * size)
        return
    below = np.full_like(x, min(row.convex_from, 10.0) - 0.5)
    wrong = by_group(starts, v * observables.hessian_product(network, below, v))
    assert np.all(wrong < 0)


def slope_of_groups(network):
    """The row's largest eigenvalue, for the parameters of each group."""
    found = []
    for group in network.groups:
        names = {name: numbers[0] for name, numbers in group.parameters.items()}
        slope = TABLE[group.lagrangian].slope
        found.append(evaluate(slope, {**names, "n": group.size, "inf": np.inf}, finite=False))
    return np.array(found)


def hessian_diagonal(network, x):
    columns = np.eye(x.shape[-1])
    states = np.repeat(x[:, None, :], x.shape[-1], axis=1)
    products = observables.hessian_product(network, states, np.broadcast_to(columns, states.shape))
    return np.einsum("tii->ti", products)


@EVERY
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), far=st.sampled_from([1.0, 1.0, 10.0]))
def test_fenchel_inequality(row, seed, far):
    """L(y) + L*(g(x)) >= y.g(x) for convex L, with equality at y = x for every L."""
    network, starts, x, v, _ = random_case(row, seed)
    x, y = far * x, far * v
    if row.growth == "inf":
        x, y = np.clip(x, -10, 10), np.clip(y, -10, 10)
    g = hamsim.activation(network, x)
    L, dual = observables.lagrangian, listed(hamsim.energy(network, x).groups)
    here, there = listed(L(network, x)), listed(L(network, y))
    size = np.abs(here) + np.abs(dual) + by_group(starts, np.abs(x * g))
    assert np.all(np.abs(here + dual - by_group(starts, x * g)) <= ROUNDING * size)
    if row.convex:
        size = np.abs(there) + np.abs(dual) + by_group(starts, np.abs(y * g))
        assert np.all(there + dual - by_group(starts, y * g) >= -ROUNDING * size)


# --- the table itself ---


@EVERY
def test_the_oracle_knows_the_row(row):
    kind = exact.ADDITIVE if row.additive else exact.COLLECTIVE
    assert row.name in kind, f"tests/lagrangians/exact.py does not know {row.name}"
    assert not row.dual or row.name in exact.CONJUGATE, f"exact.CONJUGATE lacks {row.name}"


def test_the_oracle_knows_no_other_rows():
    assert {*exact.ADDITIVE, *exact.COLLECTIVE} <= set(TABLE)


@EVERY
def test_the_row_has_its_formulas(row):
    parts = ("L", "g", "h", "dual") if row.additive else FORMULAS
    module = importlib.import_module(f"hamsim.lagrangians.{row.module}")
    missing = [f"{row.name}_{part}" for part in parts if not hasattr(module, f"{row.name}_{part}")]
    assert not missing, f"hamsim/lagrangians/{row.module}.py lacks {', '.join(missing)}"


def test_every_file_of_rows_is_in_the_table():
    files = {file.name for file in pkgutil.iter_modules(rows.__path__)} - {"parameters"}
    lost = files - {row.module for row in TABLE.values()}
    assert not lost, f"hamsim/lagrangians/table.py does not take rows from {', '.join(lost)}"


@pytest.mark.parametrize("file", sorted({row.module for row in TABLE.values()}))
def test_formulas_have_a_row(file):
    module = importlib.import_module(f"hamsim.lagrangians.{file}")
    found = {name.rpartition("_")[0] for name in vars(module) if name.endswith(("_g", "_activate"))}
    lost = {name for name in found if name and not name.startswith("_")} - set(TABLE)
    assert not lost, f"hamsim/lagrangians/rows/{file}.py has no row of {', '.join(sorted(lost))}"


@EVERY
def test_parameters_out_of_their_bounds_are_refused(row):
    for parameter in row.parameters:
        wrong = []
        if parameter.above is not None:
            wrong += [parameter.above, parameter.above - 1.0]
        if parameter.at_least is not None:
            wrong.append(np.nextafter(parameter.at_least, -np.inf))
        if parameter.at_most is not None:
            wrong.append(np.nextafter(parameter.at_most, np.inf))
        for number in wrong:
            with pytest.raises(hamsim.HamsimError, match=parameter.name):
                network_of(row, [(2, {parameter.name: float(number)})])
