"""Trials, moments and stretches of time as users write them."""

import math

import numpy as np
import pytest

import hamsim
from hamsim.plotting.traces.asked import asked_of


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        (3, [3]),
        ("3", [3]),
        ("3, 7,3", [3, 7]),
        ("0:3", [0, 1, 2]),
        (":2", [0, 1]),
        ("8:", [8, 9]),
        (slice(0, 10, 4), [0, 4, 8]),
        ([1, "4:6", -1], [1, 4, 5, 9]),
        (np.array([2, 3]), [2, 3]),
        (range(2), [0, 1]),
    ],
)
def test_trials(trials, expected):
    assert asked_of(trials=trials).trials_of(10, single=False).tolist() == expected


@pytest.mark.parametrize(
    ("trials", "says"),
    [
        (10, "trial 10 is not there; trials go from 0 to 9"),
        ("x", "trials holds 'x'; it must be a number, or a range 0:5"),
        (1.5, "trials holds 1.5"),
        ("a:b", "trials holds 'a:b'"),
        ([], "names none of 10"),
        ("5:3", "names none of 10"),
        (None, None),
    ],
)
def test_wrong_trials(trials, says):
    asked = asked_of(trials=trials)
    if says is None:
        assert asked.trials_of(10, single=False) is None
        return
    with pytest.raises(hamsim.PlotError, match=says):
        asked.trials_of(10, single=False)


def test_a_single_run_has_no_trials():
    with pytest.raises(hamsim.PlotError, match="a single run, which has no trials"):
        asked_of(trials=0).trials_of(1, single=True)


@pytest.mark.parametrize(
    ("times", "kind", "moments", "window"),
    [
        (None, None, None, (-math.inf, math.inf)),
        ("2:5", "images", None, (2, 5)),
        ("2:", None, None, (2, math.inf)),
        (slice(None, 5), None, None, (-math.inf, 5)),
        ((2, 5), None, (2, 5), (2, 5)),
        ((2, 5), "images", (2, 5), (-math.inf, math.inf)),
        ("2,5", "lines", (2, 5), (2, 5)),
        ([5, 1, 3], None, (1, 3, 5), (-math.inf, math.inf)),
        (4, "image", (4,), (-math.inf, math.inf)),
    ],
)
def test_times(times, kind, moments, window):
    asked = asked_of(kind=kind, times=times)
    assert (asked.moments, asked.window) == (moments, window)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"times": "5:2"}, "times ends at 2, before it starts at 5"),
        ({"times": "a"}, "times holds 'a'; it must be a number, or a range 2:5"),
        ({"times": [1, float("nan")]}, "times holds nan"),
        ({"times": []}, "times names no moment"),
        ({"kind": "lins"}, "kind is 'lins'; did you mean 'lines'"),
        ({"kind": 3}, "kind is 3"),
        ({"groups": 3}, "groups is 3; it must be names of groups"),
        ({"groups": []}, "groups names no group; leave it out to draw all"),
        ({"neurons": ()}, "neurons names no neuron; leave it out to draw all"),
        ({"neurons": iter([])}, "neurons names no neuron; leave it out to draw all"),
    ],
)
def test_mistakes(options, says):
    with pytest.raises(hamsim.PlotError, match=says):
        asked_of(**options)


def test_a_stretch_without_records():
    with pytest.raises(
        hamsim.PlotError, match="no record lies between t = 7 and 9; they go from 0 to 5"
    ):
        asked_of(times="7:9").records_of(np.arange(6.0))
    assert asked_of(times="2:3.5").records_of(np.arange(6.0)) == (2, 4)
