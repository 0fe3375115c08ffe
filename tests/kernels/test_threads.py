"""The same bits for any number of threads, serial and parallel."""

import numpy as np
import pytest

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.operator import team


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(0)
    spec = {
        "format": "hamsim/1",
        "seed": 3,
        "groups": {
            "a": {"size": 5000, "lagrangian": "tanh", "tau": {"uniform": {"low": 0.5, "high": 2}}},
            "b": {
                "shape": [40, 50],
                "lagrangian": {"kind": "softmax", "beta": 2.0, "over": [0]},
                "tau": 0.7,
            },
            "c": {"size": 30, "lagrangian": "relu", "tau": 0.0},
        },
        "connections": [
            {"between": ["a", "b"], "weights": {"normal": {"std": 0.05}}, "density": 0.02},
            {"within": "a", "weights": {"normal": {"std": 0.05}}, "density": 0.005},
            {"between": ["c", "a"], "weights": {"normal": {"std": 0.02}}, "probability": 0.1},
        ],
    }
    network = hamsim.compile(spec)
    return network, rng.normal(size=(3, network.n_neurons))


def simulate(network, start, threads):
    return hamsim.simulate(
        network,
        initial=start,
        method="rk4",
        dt=0.05,
        steps=12,
        record=hamsim.Record(what=("x", "g", "energy", "residual")),
        threads=threads,
    )


@pytest.mark.parametrize("trials", [None, 3])
def test_bits_do_not_depend_on_threads(network, trials, monkeypatch):
    network, starts = network
    start = starts[0] if trials is None else starts
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 10**12)
    serial = simulate(network, start, 1)
    assert serial.stats.threads == 1
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)
    monkeypatch.setattr(team, "available_threads", lambda: 4)
    for threads in (2, 3, 4):
        parallel = simulate(network, start, threads)
        assert parallel.stats.threads == threads
        for what in ("x", "g", "energy", "residual"):
            assert np.array_equal(getattr(serial, what), getattr(parallel, what))


def test_more_threads_than_there_are_is_as_many_as_there_are(network):
    trace = hamsim.simulate(network[0], steps=1, dt=0.01, threads=10**6)
    assert trace.stats.threads <= team.available_threads()


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, float("inf"), "two"])
def test_wrong_number_of_threads_is_refused(network, threads):
    with pytest.raises(hamsim.SimulationError, match=r"threads is .*; it must be a whole number"):
        hamsim.simulate(network[0], steps=1, dt=0.01, threads=threads)


def test_importing_hamsim_leaves_the_cache_of_others_alone():
    import subprocess
    import sys

    code = (
        "import numba, os; before = numba.config.CACHE_DIR; import hamsim.kernels.step;"
        "assert numba.config.CACHE_DIR == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
