"""Ranges of neurons in a graph's description, which anybody may have written."""

import numpy as np
import pytest

from hamsim.formats.plain.ranges import numbers_of, ranges_of
from hamsim.placement import Placement

PLACES = Placement({"a": 3, "b": 4})


def test_ranges_are_read_back():
    for numbers in ([0], [1, 2], [2, 3], [0, 1, 2, 3, 4, 5, 6], [0, 2, 4, 6]):
        assert numbers_of(ranges_of(np.array(numbers), PLACES), PLACES).tolist() == numbers


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("b[2:1000000000000]", [5, 6]),
        ("b[10000000000000000000003]", []),
        (f"b[3:1{'0' * 5000}]", [6]),
        ("b[3:2]", []),
        ("c[0]", []),
        (7, []),
    ],
)
def test_what_is_not_there_is_left_out(written, numbers):
    assert numbers_of([written], PLACES).tolist() == numbers
