"""Checksums of records: the same in parts and as a whole, and different for anything else."""

import numpy as np
import pytest

from hamsim.trace.checksum import row_checksums


@pytest.mark.parametrize(("rows", "width"), [(1, 1), (3, 7), (5, 4096), (2, 10_001), (70_000, 1)])
def test_a_checksum_is_that_of_its_definition(rows, width):
    rng = np.random.default_rng(width)
    values = rng.normal(size=(rows, width))
    found = row_checksums([values[:, 0], values], np.arange(rows), 5)
    for row in {0, rows - 1}:
        alone = row_checksums([values[row : row + 1, 0], values[row : row + 1]], np.array([row]), 5)
        assert found[row] == alone[0]
    assert len(set(found.tolist())) == rows


def test_checksums_see_any_word_place_and_salt():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1, 300))
    number = np.array([3])

    def of(values, number=number, salt=0):
        return int(row_checksums([values], number, salt)[0])

    seen = {of(values), of(values, np.array([4])), of(values, salt=1), of(np.zeros((1, 300)))}
    for word in range(300):
        changed = values.copy()
        changed.view(np.uint64)[0, word] ^= np.uint64(1 << (word % 64))
        seen.add(of(changed))
    for word in range(299):  # two signs
        changed = values.copy()
        changed[0, word : word + 2] *= -1
        seen.add(of(changed))
    seen.add(of(values[:, ::-1]))
    assert len(seen) == 4 + 300 + 299 + 1
    assert of(np.zeros((1, 300))) != 0


def test_checksums_of_single_precision_see_signs_and_places():
    values = np.random.default_rng(0).normal(size=(1, 101)).astype("f4")
    seen = set()
    for word in range(100):
        changed = values.copy()
        changed[0, word : word + 2] *= -1
        seen.add(int(row_checksums([changed], np.array([0]), 0)[0]))
    assert len(seen) == 100
