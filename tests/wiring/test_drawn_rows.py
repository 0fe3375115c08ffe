"""Any rows of W made alone are the same bits as the same rows of the whole."""

import tracemalloc

import numpy as np
import pytest
from random_networks import drawn_description, random_description
from scipy.sparse import csr_array

import hamsim
from hamsim.draws import choice, pairs
from hamsim.wiring import rows


def same_rows(description, cuts):
    """Compare the rows between each two cuts with those of the compiled W."""
    W = hamsim.compile(description).W
    for start, stop in cuts:
        part, expected = rows(description, start, stop), csr_array(W[start:stop])
        assert part.shape == expected.shape
        for name in ("data", "indices", "indptr"):
            one, two = getattr(part, name), getattr(expected, name)
            assert one.dtype == two.dtype
            assert one.tobytes() == two.tobytes(), name


def some_cuts(rng, n):
    """A cut into three, single rows and all of them."""
    first, second = sorted(rng.integers(0, n + 1, 2).tolist())
    found = [(0, first), (first, second), (second, n), (0, n), (n - 1, n)]
    return [(start, stop) for start, stop in found if stop > start]


def compare(seed, monkeypatch):
    # Small tiles, so that small networks have several.
    rng = np.random.default_rng(seed)
    for module in (pairs, choice):
        monkeypatch.setattr(module, "ENTRIES", int(rng.choice([4, 30, 2**15])))
    options = {"max_size": int(rng.choice([7, 25])), "symmetric": bool(rng.random() < 0.5)}
    make = drawn_description if rng.random() < 0.8 else random_description
    description = make(seed, gated=bool(rng.random() < 0.2), **options)
    n = sum(int(np.prod(group["shape"])) for group in description["groups"].values())
    same_rows(description, some_cuts(rng, n))


@pytest.mark.parametrize("seed", range(60))
def test_rows_of_random_descriptions(seed, monkeypatch):
    compare(seed, monkeypatch)


BUMP = {"of_distance": "exp(-d**2)", "space": "ring"}


def large(connection, n=2000):
    groups = {name: {"size": n, "lagrangian": "tanh"} for name in "ab"}
    connection = {"weights": {"normal": {}}, **connection}
    return {"format": "hamsim/1", "groups": groups, "connections": [connection], "seed": 5}


@pytest.mark.parametrize(
    "connection",
    [
        {"within": "a", "density": 0.05},
        {"within": "a", "probability": 0.05},
        {"within": "a", "degree": 90},
        {"within": "a", "degree": 1500},
        {"within": ["a", "b"], "density": 0.05},
        {"within": "all", "weights": 0.5, "degree": 100, "scale": 3},
        {"between": ["a", "b"], "density": 0.05},
        {"between": ["a", "b"], "degree": 60},
        {"between": ["a", "b"]},
        {"from": "a", "to": "a", "probability": 0.05},
        {"from": "a", "to": "b", "degree": 60},
        {"from": "all", "to": "all", "density": 0.02},
        {
            "from": "a",
            "to": "b",
            "weights": {"of_distance": "exp(-d**2)", "space": "ring"},
            "density": 0.05,
        },
    ],
    ids=str,
)
def test_rows_of_several_tiles(connection):
    description = large(connection)
    same_rows(description, [(0, 1), (700, 1900), (1999, 2001), (2500, 4000), (0, 4000)])


@pytest.mark.parametrize(
    "connection",
    [{"within": "a", "density": 0.01}, {"between": ["a", "b"], "density": 0.01}],
    ids=str,
)
def test_some_rows_take_memory_of_their_own_tiles_only(connection):
    description = large(connection, 20_000)  # 4e6 synapses and the same number the other way
    tracemalloc.start()
    part = rows(description, 300, 600)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert part.nnz > 50_000
    assert peak < 30e6
    W = hamsim.compile(description).W
    assert part.data.tobytes() == W[300:600].data.tobytes()


def test_rows_that_are_not_there_are_refused():
    description = large({"within": "a", "degree": 2}, 10)
    for start, stop in ((-1, 3), (3, 3), (0, 21)):
        with pytest.raises(hamsim.HamsimError, match="are not some of the 20 of W"):
            rows(description, start, stop)
