"""The certificate against a model written apart from hamsim, in as many digits as it needs.

`tools/attack_certificate.py` does the same with as many networks as wanted.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mpmath")
TOOLS = str(Path(__file__).parents[2] / "tools")
sys.path.insert(0, TOOLS)
try:
    from attack import below, descent, generate, known, motion, one, rest, steps
    from attack.model import Model
finally:
    sys.path.remove(TOOLS)

SEED = 4


def check(case, rng):
    result = one.attack(case, rng, seconds=None)
    assert not result.broken
    assert [f"{fault.kind}: {fault.detail}" for fault in result.faults] == []
    return result


@pytest.mark.parametrize("name", known.CASES)
def test_known(name):
    check(known.CASES[name](), np.random.default_rng(0))


@pytest.mark.parametrize("number", range(len(generate.MAKERS)))
def test_generated(number):
    """One network of each kind that the attack makes."""
    result = check(*generate.case(SEED, number))
    assert result.claims or result.refused


def test_faults_are_found():
    """The attack sees claims that are false."""
    rng = np.random.default_rng(0)
    cycle = known.cycle_around_a_stable_state()
    found = motion.attack(Model(cycle.description), cycle.hints, rng)
    assert [f.kind for f in found] == ["cycle"]
    several = Model(known.two_cycle_of_steps().description)
    claims = {"unique_equilibrium": "proved", "globally_stable": "proved"}
    found = rest.attack(several, claims, {}, rng)
    assert [f.kind for f in found] == ["several rest states"]
    found = steps.attack(several, 0.51, {}, rng)
    assert [f.kind for f in found] == ["step raises energy"]
    unequal = Model(known.ratio_by_a_hair().description)
    assert [f.kind for f in descent.attack(unequal, {}, rng)] == ["energy rises"]
    open_below = Model(known.saddle().description)
    assert [f.kind for f in below.attack(open_below, None, {}, rng)] == ["no lower bound"]
