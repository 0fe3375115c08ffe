"""How discrete dynamics ends is told in one sentence, of one run and of many."""

import numpy as np
import pytest

from hamsim.dynamics.watching.sweep_endings import SweepEnding

NONE = np.zeros(0, dtype=np.int64)


def ending(sweeps, flips, wanting, alternating=None, **others):
    several = len(sweeps)
    stated = {
        "alternating": alternating or [NONE] * several,
        "amplitudes": [1.0] * several,
        "most": 20,
        "warm": False,
        "interrupted": False,
        "wall": None,
        "has_trials": several > 1,
        "label": "abcdefgh".__getitem__,
    }
    arrays = (np.array(values) for values in (sweeps, flips, wanting))
    return SweepEnding(*arrays, **{**stated, **others}).outcome()


@pytest.mark.parametrize(
    ("facts", "others", "kind", "words"),
    [
        (([1], [1], [0]), {}, "converged", "at rest after 1 sweep and 1 flip: no neuron"),
        (([4], [1234], [0]), {}, "converged", "at rest after 4 sweeps and 1,234 flips: no"),
        (([20], [9], [1]), {}, "finished", "finished after all 20 sweeps: 9 flips, 1 neuron wants"),
        (([20], [9], [3]), {"warm": True}, "finished", "at a temperature above 0 to the end"),
        # Nobody wants to change by chance, and may all the same.
        (([20], [9], [0]), {"warm": True}, "finished", "at a temperature above 0"),
        (([7], [9], [3]), {"interrupted": True}, "interrupted", "after 7 sweeps: 9 flips, 3 neur"),
        (([7], [9], [3]), {"wall": 2.5}, "interrupted", "the 2.5 s of the wall clock are over"),
        # Too late to end anything.
        (([20], [9], [3]), {"interrupted": True}, "finished", "finished after all 20 sweeps"),
        (([4], [9], [0]), {"interrupted": True}, "converged", "at rest"),
        (([6], [9], [2], [np.array([0, 2])]), {}, "cycle", "2-cycle of 2 neurons, a, c: back"),
    ],
)
def test_a_single_run(facts, others, kind, words):
    outcome = ending(*facts, **others)
    assert outcome == kind
    assert words in str(outcome)
    assert outcome.time == facts[0][0]
    assert outcome.outcomes == (kind,)
    assert outcome.periods == ((2.0,) if kind == "cycle" else ())


def test_the_neurons_of_a_cycle_are_named():
    found = ending([6], [9], [2], [np.array([0, 2])])
    told = (
        "2-cycle of 2 neurons, a, c: back and forth between two states, after 6 sweeps and 9 flips"
    )
    assert str(found) == told
    found = ending([6], [9], [7], [np.arange(7)])
    assert "2-cycle of 7 neurons, a, b, c, d and 3 more: " in str(found)


def test_trials_are_counted_by_how_they_ended():
    cycling = [NONE, NONE, np.array([1]), NONE]
    found = ending([2, 5, 6, 20], [3, 4, 5, 1000], [0, 0, 1, 2], cycling)
    assert found == "cycle"
    assert found.outcomes == ("converged", "converged", "cycle", "finished")
    assert found.periods == (None, None, 2.0, None)
    assert str(found) == (
        "1 of 4 trials in a 2-cycle after 6 sweeps, of at most 1 neuron; 1 of 4 trials finished "
        "after all 20 sweeps; 2 of 4 trials at rest after 2 to 5 sweeps; 1,012 flips in all"
    )
