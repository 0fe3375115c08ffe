"""What is computed of rewritten formulas against the text itself with many digits."""

import math

import mpmath
import numpy as np
import pytest
from lagrangians.manydigits import DIGITS, STEP, reference
from mpmath import mp, mpf

from hamsim.formula import Formula
from hamsim.formula.tree.tree import PI, Node, X, number
from hamsim.formula.values.arrays import evaluate
from hamsim.formula.values.constants import computed


@pytest.mark.parametrize(
    "text",
    [
        "(x-1e8)**2 + (x-1e8-1)**2",
        "(x-1e8)**2 + (x-1e8-1)**2 + x",
        "(x-1e8)**4 + (x-1e8-1)**4",
        "sqrt(1 + (x-1e8)**4)",
        "sqrt(1 + (x-1e8)**2) + sqrt(1 + (x-1e8-1)**2)",
        "(1e8*x+1)**2 - 1e16*x**2 - 2e8*x",
        "abs(x-1e8)**3 - abs(x-1e8)",
        "1e16*logcosh(x-1e8) - (1e16-1)*logcosh(x-1e8)",
        "x*(sqrt(2)*pi*e)**2/3 + x**2*log(3)",
        "x**2*(1e16+1) - 1e16*x**2",
    ],
)
def test_what_is_rewritten_keeps_its_digits(text):
    formula = Formula.parse(text)
    states = np.array([1e8 + d for d in (0.0, 0.5, 1.0, -1.0, 1e-3, 3.7, -40.0)] + [0.3, -2.1])
    found = evaluate([formula.L, formula.g, formula.h, formula.dual], {"x": states})
    L, g, h, dual = (np.broadcast_to(value, states.shape) for value in found)
    with mp.workdps(DIGITS):
        f = reference(text)
        for k, x in enumerate(mpf(float(state)) for state in states):
            below, at, above = f(x - STEP), f(x), f(x + STEP)
            slope, bend = (above - below) / (2 * STEP), (above + below - 2 * at) / STEP**2
            if abs(bend) > mpf(10) ** 25:  # a kink
                continue
            # The state itself has an error of half a unit in its last place.
            assert abs(L[k] - at) <= 1e-14 * (abs(at) + abs(x * slope) + abs(x * x * bend * 1e-15))
            assert abs(g[k] - slope) <= 1e-14 * (abs(slope) + abs(x * bend))
            exact, size = x * slope - at, abs(x * slope) + abs(at) + abs(x * x * bend)
            assert abs(dual[k] - exact) <= 1e-14 * size
        assert np.all(np.isfinite(h))


def test_constants_are_worked_out_once_and_rounded_once():
    (tree,) = computed([Formula.parse("x*sqrt(2)*pi*3").L])
    assert tree.op == "mul"
    assert len(tree.args) == 2
    with mp.workdps(60):
        assert tree.args[0].value == float(3 * mp.pi * mpmath.sqrt(2))
    assert computed([Node("add", (X, PI))])[0].args == (X, number(math.pi))
