"""Formulas with huge and tiny constants: an answer or a refusal, and never a warning of NumPy."""

import contextlib
import random

import pytest

import hamsim
from hamsim.lagrangians.families import formula_family

HUGE = ("1e300", "1e308", "-1e308", "1.7e308", "1e155", "1e-300", "5e-324", "-1e-155", "2", "0.5")
FUNCTIONS = ("asinh", "exp", "log", "sqrt", "abs", "tanh", "cosh", "log1p", "expm1", "erf", "sin")
POWERS = ("2", "3", "0.5", "-1", "1.5", "100")


def formula(random_, depth):
    """A random formula."""
    kind = random_.random()
    if depth == 0 or kind < 0.15:
        return "x" if random_.random() < 0.6 else random_.choice(HUGE)
    one, two = formula(random_, depth - 1), formula(random_, depth - 1)
    if kind < 0.4:
        return f"{random_.choice(FUNCTIONS)}({one})"
    if kind < 0.55:
        return f"{random_.choice(('min', 'max'))}({one}, {two})"
    if kind < 0.7:
        return f"({one})**{random_.choice(POWERS)}"
    if kind < 0.75:
        return f"sum({one})"
    return f"({one} {random_.choice('+-*/')} {two})"


def test_random_formulas_are_judged_or_refused():
    random_ = random.Random(1)
    judged = 0
    for _ in range(150):
        text = formula(random_, random_.randint(1, 3))
        try:
            formula_family(text)
            judged += 1
        except hamsim.HamsimError:
            pass
    assert 40 < judged < 150


@pytest.mark.parametrize("domain", [None, [0, 1], [1e299, 1e301], [-1.7e308, 1.7e308]])
@pytest.mark.parametrize(
    "text", ["asinh(min(1e300,x)*2)**2", "sum(asinh(min(1e300,x)*2)**2)", "abs(x - 1e300)"]
)
def test_states_that_are_too_large_to_be_rounded(text, domain):
    lagrangian = {"expression": text}
    if domain is not None:
        lagrangian["domain"] = domain
    group = {"size": 2, "lagrangian": lagrangian, "initial": 0.5 if domain is None else domain[0]}
    with contextlib.suppress(hamsim.HamsimError):
        network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
        assert hamsim.check(network).conditions
