"""What is drawn costs no more than its share, whatever a drawing takes."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamsim.notebook.pace import FIRST, Pace
from hamsim.notebook.thinned import Thinned

patient = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def drawn(pace, clock, costs, step=0.1):
    """When drawings were made by a run that looks every so often, and what each took."""
    made = []
    for cost in costs:
        clock.now += step
        if pace.due():
            began = clock.now
            with pace.spending():
                clock.now += cost
            made.append((began, cost))
    return made


@patient
@given(st.floats(0.001, 2.0), st.floats(0.01, 0.5))
def test_drawings_of_one_cost_keep_to_the_share_but_for_the_first(cost, share):
    clock = Clock()
    pace = Pace(share, 0.0, clock)
    made = drawn(pace, clock, [cost] * 400)
    elapsed = clock.now - 100.0
    assert pace.spent <= share * elapsed + max(0.0, cost - FIRST) + 1e-9
    assert len(made) >= min(400, share * 400 * 0.1 / cost) * 0.5 - 1


@patient
@given(st.lists(st.floats(0.0, 0.5), min_size=50, max_size=200))
def test_drawings_whose_cost_changes_are_late_by_one_at_most(costs):
    clock = Clock()
    pace = Pace(0.05, 0.0, clock)
    drawn(pace, clock, costs)
    assert pace.spent <= 0.05 * (clock.now - 100.0) + max(costs)


def test_there_is_time_between_two_drawings_that_cost_nothing():
    clock = Clock()
    made = drawn(Pace(0.5, 1.0, clock), clock, [0.0] * 100)
    assert min(np.diff([when for when, _ in made])) >= 1.0 - 1e-9


def test_a_drawing_that_fails_counts():
    clock = Clock()
    pace = Pace(0.5, 0.0, clock)
    try:
        with pace.spending():
            clock.now += 3.0
            raise ValueError
    except ValueError:
        pass
    assert pace.spent == 3.0


@patient
@given(st.integers(1, 700), st.sampled_from([2, 8, 20]))
def test_a_history_is_even_never_too_long_and_ends_with_the_last_row(count, most):
    kept = Thinned(2, most)
    for k in range(count):
        kept.add(float(k), (float(k), -float(k)))
        assert len(kept) <= most + 1
    assert kept.t[-1] == count - 1
    assert kept.t[0] == 0.0
    assert np.array_equal(kept.rows[:, 1], -kept.t)
    assert len(set(np.diff(kept.t)[:-1].tolist())) <= 1
    assert len(kept) >= min(count, most // 2)


def test_rows_at_times_are_those_that_held_then():
    kept = Thinned(1, 4)
    for t in (1.0, 2.0, 4.0):
        kept.add(t, (10 * t,))
    assert kept.at(np.array([1.5, 2.0, 3.9, 9.0]))[:, 0].tolist() == [10, 20, 20, 40]
    assert np.isnan(kept.at(np.array([0.0]))).all()
    assert kept.t.tolist() == [1.0, 2.0, 4.0]
