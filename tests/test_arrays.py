"""Where arrays lie."""

import numpy as np
import pytest

from hamsim.arrays import place_of


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.uint32, np.uint8, bool])
def test_the_place_of_an_array_is_that_of_its_first_number(kind):
    array = np.ones((2, 3), dtype=kind)
    assert place_of(array) == array.ctypes.data
    assert place_of(array[1]) == array[1].ctypes.data
    fixed = array.view()
    fixed.flags.writeable = False
    assert place_of(fixed) == array.ctypes.data
    assert place_of(array[:0]) == 0


@pytest.mark.parametrize("part", [(slice(None), slice(0, 2)), (slice(None), 0)])
def test_only_arrays_in_one_piece_have_one(part):
    with pytest.raises(AssertionError):
        place_of(np.ones((2, 3))[part])
