"""What acted in a run, and its course, as a trace keeps it."""

import numpy as np
import pytest

import hamsim
from hamsim.trace.acting import acting_of, decode_acting, decode_courses, encode_acting
from hamsim.trace.expected import FormError

SPEC = {
    "format": "hamsim/1",
    "groups": {
        "pair": {
            "neurons": [{"id": "right", "input": "1 + t"}, {"id": "left", "input": "1 - t"}],
            "lagrangian": "identity",
        },
        "same": {"size": 30, "lagrangian": "identity", "input": "step(t - 2)"},
        "still": {"size": 2, "lagrangian": "identity", "input": 3},
    },
    "stimuli": [
        {"group": "still", "value": "t", "start": 1, "stop": 3},
        {"group": "still", "value": "t", "start": 9},
        {"group": "still", "value": 2},
    ],
}


def acting(spec=SPEC, end=5.0):
    return acting_of(hamsim.compile(spec), end)


def with_table(values):
    table = {"times": [0, 4], "values": values}
    return {**SPEC, "stimuli": [{"group": "same", "mode": "clamp", "value": table, "stop": 4}]}


def test_inputs_that_move_are_kept_with_their_course():
    pair, same, moving, late, constant = acting()
    assert [each.own for each in (pair, same, moving, late, constant)] == [True] * 2 + [False] * 3
    assert (pair.who, pair.group, pair.moving) == ("pair", "pair", True)
    assert pair.course.names == ("pair.right", "pair.left")
    assert pair.course.values[-1] == pytest.approx([6, -4])
    assert same.course.names == ()
    assert same.course.t.tolist() == [0, 2, 2, 5]
    assert same.course.values.tolist() == [[0], [0], [1], [1]]
    assert (moving.course.t[0], moving.course.t[-1]) == (1, 3)
    assert late.course is None  # the run ends before it acts
    assert constant.course is None
    assert all(each.course is None for each in acting(end=None))


def test_when_a_course_jumps_and_moves():
    same = acting()[1].course
    assert (same.jumps.tolist(), same.moving) == ([2], [])
    spec = {**SPEC, "stimuli": [{"group": "still", "value": "ramp(t, 1, 2) + step(t - 3)"}]}
    both = acting(spec)[2].course
    assert (both.jumps.tolist(), both.moving) == ([3], [(1, 2)])


def test_many_neurons_have_a_mean_and_a_range():
    values = np.random.default_rng(1).normal(size=(2, 30))
    course = acting(with_table(values.tolist()))[2].course
    assert course.spread
    assert course.values[0] == pytest.approx([values[0].mean(), values[0].min(), values[0].max()])


def test_of_many_expressions_the_first_are_kept():
    neurons = [{"id": f"n{k}", "input": f"{k} * t"} for k in range(100)]
    spec = {**SPEC, "groups": {**SPEC["groups"], "pair": {"neurons": neurons}}}
    spec["groups"]["pair"]["lagrangian"] = "identity"
    course = acting(spec)[0].course
    assert course.names == tuple(f"pair.n{k}" for k in range(6))
    assert course.hidden == 94
    assert course.values[-1] == pytest.approx(5 * np.arange(6))


def test_of_trials_the_first_is_kept():
    values = np.zeros((2, 3, 30))
    values[:, 0] = 7
    course = acting(with_table(values.tolist()), 4.0)[2].course
    assert course.trial == 0
    assert np.all(course.values == 7)


def round_trip(stimuli):
    numbers = []
    said = encode_acting(stimuli, lambda values: numbers.extend(values.tolist()))

    def take(count):
        found, numbers[:] = np.array(numbers[:count]), numbers[count:]
        return found

    return said, lambda said: decode_courses(decode_acting(said, "it"), "it", take)


def test_courses_are_written_and_read():
    stimuli = acting()
    said, read = round_trip(stimuli)
    for found, each in zip(read(said), stimuli, strict=True):
        assert (found.who, found.own, found.stop) == (each.who, each.own, each.stop)
        if each.course is None:
            assert found.course is None
            continue
        assert np.array_equal(found.course.t, each.course.t)
        assert np.array_equal(found.course.values, each.course.values)
        assert found.course.names == each.course.names


def test_traces_without_courses_are_read_as_before():
    said, read = round_trip(acting(end=None))
    for each in said:
        del each["own"], each["course"]
    assert not any(each.own or each.course for each in read(said))


@pytest.mark.parametrize(
    ("key", "value"),
    [("points", 0), ("lines", 3), ("names", ["a"]), ("spread", True), ("together", 0), ("x", 1)],
)
def test_damaged_courses_are_refused(key, value):
    said, read = round_trip(acting()[:1])
    said[0]["course"][key] = value
    with pytest.raises(FormError):
        read(said)


def test_a_saved_run_keeps_its_courses(tmp_path):
    trace = hamsim.simulate(SPEC, dt=0.1, t_end=5, method="rk4")
    trace.save(tmp_path / "t.nc")
    for one, two in zip(
        trace.header.stimuli, hamsim.load_trace(tmp_path / "t.nc").header.stimuli, strict=True
    ):
        assert (one.course is None) == (two.course is None)
        assert one.course is None or np.array_equal(one.course.values, two.course.values)
