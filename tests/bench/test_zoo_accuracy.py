"""Networks of the zoo keep the tolerance that is asked for, against solutions by another program.

Fast ones of them; tools/bench/accuracy.py goes through all.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "bench"))
from accuracy import ALLOWED, TOLERANCES, Asked, errors
from exact import exact

import hamsim
from hamsim.cli.examples import zoo


@pytest.mark.parametrize("name", ["one_hidden", "winner_take_all"])
def test_errors_are_what_was_asked_for(name):
    asked = Asked(hamsim.compile(zoo() / f"{name}.yaml"), most=1)
    true = [exact(network, asked.times) for network in asked.alone]
    for method in ("auto", "dop853"):
        for rtol in TOLERANCES:
            error, products, taken = errors(asked, true, method, rtol)
            assert error <= ALLOWED, f"{error:.3g} at {rtol:g} by {method}"
            assert products > 0
            assert taken == method or method == "auto"
