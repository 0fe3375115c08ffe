"""A run that is over is freed as soon as nobody has it, with all its buffers."""

import gc
import weakref

import pytest

import hamsim
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace.trace import MemorySink

GROUP = {"size": 3, "lagrangian": "tanh", "initial": [0.1, 0.2, -0.3]}


@pytest.mark.parametrize(
    ("method", "delay"),
    [("rk4", None), ("rk4", 0.5), ("tsit5", None), ("tsit5", 0.5), ("bdf", None)],
)
def test_nothing_holds_a_run_that_is_over(method, delay):
    way = {"within": "a", "weights": 0.2} | ({"delay": delay} if delay else {})
    spec = {"format": "hamsim/1", "groups": {"a": GROUP}, "connections": [way]}
    run, sink = prepare(hamsim.compile(spec), method=method, t_end=1.0), MemorySink()
    gc.collect()
    gc.disable()
    try:
        simulate_into(sink, run)
        gone = weakref.ref(run)
        del run
        assert gone() is None
    finally:
        gc.enable()
    assert sink.trace.outcome == "finished"
