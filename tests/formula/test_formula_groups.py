"""Written functions of collective formulas against mpmath, for several sizes and trials."""

import numba
import numpy as np
import pytest
from formula.formulas import COLLECTIVE, load
from mpmath import mp

from hamsim.formula import Formula, scratch_rows, write
from hamsim.formula.values.arrays import evaluate

TIGHT = 1e-12
# Compiling takes seconds; the others run as plain Python.
COMPILED = (
    "log(sum(exp(b*x)))/b",
    "log(c + sum(w*exp(x)))",
    "a*sqrt(mean((x - mean(x))**2) + eps) + sum(d*x)",
    "sum(log(sum(exp(x)) + exp(2*x)))",
)

pytestmark = [
    pytest.mark.skipif(numba.config.DISABLE_JIT, reason="Python raises where a float is inf"),
    pytest.mark.filterwarnings("ignore:.* encountered:RuntimeWarning"),  # so does NumPy
]


def parameters_of(case, formula, size):
    """Rows of parameters; a pair of numbers is a range, from one neuron to the last."""
    rows = np.empty((len(formula.parameters), size))
    for row, label in zip(rows, formula.parameters, strict=True):
        row[:] = (
            np.linspace(*case.parameters[label], size)
            if isinstance(case.parameters[label], tuple)
            else case.parameters[label]
        )
    return rows


class Group:
    """One formula, applied to states of shape (neurons, trials)."""

    def __init__(self, case, folder, compiled=None):
        self.formula = Formula.parse(case.text)
        self.case = case
        compiled = case.text in COMPILED if compiled is None else compiled
        self.module = load(write(self.formula), folder, compiled)

    def parts(self, x, v):
        """Activation, dual, Lagrangian and H v; scratch and results are filled with NaN before."""
        rows = parameters_of(self.case, self.formula, x.shape[0])
        width = max(x.shape[1], 256)
        scratch = np.full((scratch_rows(self.formula), width), np.nan)
        g, hv = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
        dual, L = np.full(x.shape[1], 10.0), np.full(x.shape[1], -7.0)  # both are added to
        self.module.activate(x, g, rows, scratch)
        scratch[:] = np.nan
        self.module.add_dual(x, g, dual, rows, scratch)
        scratch[:] = np.nan
        self.module.add_lagrangian(x, L, rows, scratch)
        scratch[:] = np.nan
        self.module.hessian(x, g, v, hv, rows, scratch)
        return g, dual - 10.0, L + 7.0, hv

    def exact(self, x):
        """The test's own Lagrangian of one trial."""
        rows = parameters_of(self.case, self.formula, len(x))
        given = {
            label: [mp.mpf(float(value)) for value in row]
            for label, row in zip(self.formula.parameters, rows, strict=True)
        }
        return self.case.function(x, **given)


@pytest.fixture(scope="module", params=COLLECTIVE, ids=lambda case: case.text)
def group(request, tmp_path_factory):
    return Group(request.param, tmp_path_factory.mktemp("written"))


def states(size, trials, seed=5):
    rng = np.random.default_rng(seed)
    return 1.5 * rng.normal(size=(size, trials)), rng.normal(size=(size, trials))


def checked(group, x, v):
    """Compare all four parts with differences in 60 digits."""
    g, dual, L, hv = group.parts(x, v)
    step = mp.mpf("1e-20")
    with mp.workdps(60):
        for t in range(x.shape[1]):
            state = [mp.mpf(float(value)) for value in x[:, t]]
            along = [mp.mpf(float(value)) for value in v[:, t]]
            exact = group.exact(state)
            scale = 1 + abs(exact)
            assert abs(L[t] - exact) <= TIGHT * scale
            for i in range(len(x)):

                def moved(a, b, i=i, state=state, along=along):
                    new = [s + b * u for s, u in zip(state, along, strict=True)]
                    new[i] += a
                    return group.exact(new)

                gi = (moved(step, 0) - moved(-step, 0)) / (2 * step)
                assert abs(g[i, t] - gi) <= TIGHT * (1 + abs(gi))
                corners = (moved(step, step), moved(step, -step), moved(-step, step))
                bend = (corners[0] - corners[1] - corners[2] + moved(-step, -step)) / (4 * step**2)
                assert abs(hv[i, t] - bend) <= TIGHT * len(x) * (1 + abs(bend))
            total = mp.fsum(s * mp.mpf(float(gi)) for s, gi in zip(state, g[:, t], strict=True))
            assert abs(dual[t] - (total - exact)) <= 1e-12 * len(x) * (scale + abs(total))


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("trials", [1, 3])
def test_parts_of_small_groups(group, size, trials):
    x, v = states(size, trials)
    checked(group, x, v)


@pytest.mark.parametrize("trials", [1, 3])
def test_parts_of_a_group_larger_than_a_chunk(group, trials):
    x, v = states(300, trials)
    g, dual, L, hv = group.parts(x, v)
    rows = parameters_of(group.case, group.formula, 300)
    given = dict(zip(group.formula.parameters, rows, strict=True))
    f = group.formula
    # the trees are compared with mpmath where groups are small
    values = evaluate([f.L, f.g, f.h, f.dual], {**given, "x": x.T, "@v": v.T})
    for found, value in zip((L, g.T, hv.T, dual), values, strict=True):
        value = np.broadcast_to(value, (trials, value.shape[-1] if value.ndim else 1))
        value = value if found.ndim == 2 else value[:, 0]
        np.testing.assert_allclose(found, np.broadcast_to(value, found.shape), 1e-11, 1e-12)


def test_many_trials_do_the_same_as_one_and_twice_gives_the_same_bits(group):
    x, v = states(37, 4)
    many = group.parts(x, v)
    again = group.parts(x, v)
    for first, second in zip(many, again, strict=True):
        np.testing.assert_array_equal(first, second)
    for t in range(4):
        one = group.parts(x[:, t : t + 1].copy(), v[:, t : t + 1].copy())
        for several, single in zip(many, one, strict=True):
            np.testing.assert_allclose(several[..., t], single[..., 0], 1e-12, 1e-12)


@pytest.mark.parametrize("far", [900.0, -900.0, 1e4, -1e4])
@pytest.mark.parametrize(
    "group",
    [case for case in COLLECTIVE if case.text.startswith("log(") and "x**2" not in case.text],
    ids=lambda case: case.text,
    indirect=True,
)
def test_exponentials_do_not_overflow(group, far):
    x, v = states(5, 1)
    x += far
    g, dual, L, hv = group.parts(x, v)
    for part in (g, dual, L, hv):
        assert np.all(np.isfinite(part))
    if abs(far) < 1e3:
        with mp.workdps(900):
            exact = group.exact([mp.mpf(float(value)) for value in x[:, 0]])
        assert abs(L[0] - exact) <= TIGHT * abs(exact) + 1e-300


def test_a_weight_of_zero_leaves_a_neuron_out(tmp_path):
    case = next(c for c in COLLECTIVE if c.text == "log(c + sum(w*exp(x)))")
    group = Group(case._replace(parameters={"c": 0.4, "w": (0.0, 1.0)}), tmp_path, compiled=False)
    for far in (0.0, 2000.0, -2000.0):
        x, v = states(3, 1)
        x[0] += far
        g, dual, L, hv = group.parts(x, v)
        assert g[0, 0] == 0
        assert hv[0, 0] == 0
        for part in (g, dual, L, hv):
            assert np.all(np.isfinite(part))


def test_nan_stays_nan(group):
    for trials in (1, 3):
        x, v = states(4, trials)
        x[2, 0] = np.nan
        g, dual, L, _ = group.parts(x, v)
        assert np.isnan(g[2, 0]) or "x" not in group.formula.g.names
        assert np.isnan(L[0])
        assert np.isnan(dual[0]) or "x" not in group.formula.dual.names
        if trials > 1:
            assert np.all(np.isfinite(g[:, 1:]))
