"""Whether the next steps are taken together or alone, and how threads sleep meanwhile."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamsim.dynamics.drivers.calls import CALL_SECONDS
from hamsim.operator.team import LONG_STEP, Pace, Team


def paced(together, alone, steps):
    """Take steps as a run does, where a step takes so long; the seconds spent in each way.

    `together` and `alone` are functions of the time at which a step begins.
    """
    pace, batch, spent, ways = Pace(True), 1, {True: 0.0, False: 0.0}, []
    while steps > 0:
        with_team, n_steps = pace.choose(min(batch, steps))
        assert 1 <= n_steps <= min(batch, steps)
        seconds = n_steps * (together if with_team else alone)(sum(spent.values()))
        pace.tell(with_team, n_steps, seconds)
        batch = max(1, int(n_steps * min(8.0, CALL_SECONDS / seconds)))
        steps -= n_steps
        spent[with_team] += seconds
        ways.append(with_team)
    return spent, ways


@given(
    together=st.floats(1e-5, 0.9 * LONG_STEP),
    ratio=st.floats(0.2, 5.0),
    total=st.floats(0.2, 60.0),
)
def test_hardly_any_time_is_lost_to_the_slower_way(together, ratio, total):
    alone = together * ratio
    steps = max(1, int(total / min(together, alone)))
    spent, ways = paced(lambda _: together, lambda _: alone, steps)
    best = steps * min(together, alone)
    # A first look of some hundredths of a second, then a hundredth of the time.
    assert sum(spent.values()) <= 0.07 * max(1.0, ratio, 1.0 / ratio) + 1.05 * best
    assert ways[0]


def test_a_short_run_is_soon_taken_the_better_way():
    spent, _ = paced(lambda _: 4e-4, lambda _: 3e-4, 300)
    assert spent[True] < 0.015


@pytest.mark.parametrize("begin", [0.5, 5.0, 20.0])
@pytest.mark.parametrize("becomes_busy", [False, True])
def test_the_other_way_is_taken_when_the_machine_changes(begin, becomes_busy):
    def together(now):
        return 4e-4 if (now >= begin) == becomes_busy else 2e-4

    spent, ways = paced(together, lambda _: 3e-4, 200_000)
    assert sum(spent.values()) > begin + 20.0
    assert abs(spent[becomes_busy] - begin) < 3.5
    assert ways[-1] != becomes_busy or ways[-2] != becomes_busy


@pytest.mark.parametrize("step", [1.01 * LONG_STEP, 0.04, 1.0])
def test_long_steps_are_always_taken_together(step):
    spent, _ = paced(lambda _: step, lambda _: step / 2, 300)
    assert spent[False] == 0.0


def test_steps_that_become_long_are_taken_together_again():
    def together(now):
        return 0.9 * LONG_STEP if now < 2.0 else 1.2 * LONG_STEP if now < 4.0 else 0.6 * LONG_STEP

    def alone(now):
        return 0.8 * LONG_STEP if now < 2.0 else 1.1 * LONG_STEP

    spent, _ = paced(together, alone, 2000)
    assert 1.0 < spent[False] < 2.5


def test_without_a_team_there_is_no_choice():
    pace = Pace(False)
    for n_steps in (0, 1, 100):
        assert pace.choose(n_steps) == (False, n_steps)
        pace.tell(False, max(n_steps, 1), 0.01)


@pytest.mark.parametrize("n_steps", [0, 1, 5])
def test_a_trial_takes_no_more_steps_than_are_left(n_steps):
    pace = Pace(True)
    for with_team in (True, False):
        pace.tell(with_team, 10_000, 1.0)  # so that a trial, of 20 steps or more, is overdue
        assert pace.choose(n_steps) == (False, n_steps)


def wait_until(holds, seconds=20.0):
    """Wait for what comes by itself, however late a busy machine lets it come."""
    end = time.perf_counter() + seconds
    while not holds():
        assert time.perf_counter() < end
        time.sleep(0.001)


def unchanged(count, seconds):
    before = count()
    time.sleep(seconds)
    return count() == before


def test_followers_sleep_while_their_leader_works_alone():
    asked = []

    def follow(board):
        asked.append(board)
        time.sleep(0.001)

    team, boards = Team(4), []
    for _ in range(2):
        with team.at_work(follow) as board:
            boards.append(board)
            for _ in range(2):
                wait_until(lambda: unchanged(lambda: len(asked), 0.05))
                used = time.process_time()
                assert unchanged(lambda: len(asked), 0.2)
                assert time.process_time() - used < 0.1
                before = len(asked)
                team.call(board, True)
                wait_until(lambda before=before: len(asked) >= before + 3)
                team.call(board, False)
        assert asked[-1] is board
    team.close()
    assert boards[0] is not boards[1]


def test_a_team_of_one_has_nobody_to_call():
    team = Team(1)
    with team.at_work(lambda _: pytest.fail("nobody follows")) as board:
        before = board.copy()
        team.call(board, True)
        assert np.array_equal(board, before)
    team.close()
