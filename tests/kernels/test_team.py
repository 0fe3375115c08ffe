"""Threads that share pieces: each piece is done once, nobody is waited for in vain, all go home."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.dynamics.drivers.fixed import FixedDriver
from hamsim.kernels.atomics import atomic_add, atomic_load, atomic_store
from hamsim.kernels.calls import compile_work
from hamsim.kernels.team import MOST_PIECES, follow, make_board, perform, stop, work_alone
from hamsim.operator import team as team_module

TICKET, DONE, WORK = 0, 8, 16  # places on the board
BITS = 20  # of each of the ticket's numbers
WHAT = ("x", "g", "energy", "residual")
PIECES = 16
LOADS = 2000


def count_piece(table, first, piece):
    """Count how often a piece is done."""
    atomic_add(table + 8 * (first + piece), 1)


def note_order(table, nothing, piece):
    """Note when a piece is done."""
    atomic_store(table + 8 * (1 + piece), atomic_add(table, 1))


def add_neighbour(table, half, piece):
    """Write to one half of the table what the other half holds next door, plus one."""
    neighbour = (piece + 1) % PIECES
    value = 0
    for _ in range(LOADS):  # so slowly that others get a turn
        value = atomic_load(table + 8 * ((1 - half) * PIECES + neighbour))
    atomic_store(table + 8 * (half * PIECES + piece), value + 1)


class Followers:
    """Threads that follow a board for the length of a with statement."""

    def __init__(self, count, table):
        self.board = make_board()
        self.threads = [
            threading.Thread(target=follow, args=(self.board, table.ctypes.data))
            for _ in range(count)
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self.board

    def __exit__(self, *_):
        stop(self.board)
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def counting():
    return compile_work(count_piece)


@pytest.mark.parametrize("pieces", [0, 1, 2, 3, 7, 1000, MOST_PIECES, MOST_PIECES + 1, 2**20 + 1])
@pytest.mark.parametrize("followers", [0, 1, 3])
def test_every_piece_is_done_once(counting, pieces, followers):
    table = np.zeros(pieces + 2, dtype=np.int64)
    program = np.array([[counting.address, 1, pieces]])
    with Followers(followers, table) as board:
        perform(board, program, table.ctypes.data)
    assert np.all(table[1:-1] == 1)
    assert table[0] == table[-1] == 0


def test_announcements_are_told_apart(counting):
    """Who comes too late for one takes pieces of the next, and does its work."""
    table = np.zeros(12, dtype=np.int64)
    program = np.array([[counting.address, 0, 12], [counting.address, 10, 2]] * 50)
    with Followers(2, table) as board:
        for _ in range(5):
            perform(board, program, table.ctypes.data)
    assert table.tolist() == [*[250] * 10, 500, 500]


def test_the_leader_begins_with_the_first_piece_and_others_with_the_last():
    work = compile_work(note_order)
    table = np.zeros(6, dtype=np.int64)
    perform(make_board(), np.array([[work.address, 0, 5]]), table.ctypes.data)
    assert table.tolist() == [5, 0, 1, 2, 3, 4]
    table[:] = 0
    with Followers(1, table) as board:
        board[WORK] = work.address
        board[TICKET] = 5 << (2 * BITS)
        until = time.perf_counter() + 20
        while board[DONE] < 5 and time.perf_counter() < until:
            time.sleep(0.001)
    assert table.tolist() == [5, 4, 3, 2, 1, 0]


def test_nobody_takes_more_pieces_than_there_are(counting):
    """Also if two ask for the last one at the same time, again and again."""
    table = np.zeros(20, dtype=np.int64)
    program = np.array([[counting.address, 0, 2]] * 2000)
    rounds = 0
    with Followers(3, table) as board:
        until = time.perf_counter() + 0.5
        while time.perf_counter() < until:
            perform(board, program, table.ctypes.data)
            rounds += 1
    assert table.tolist() == [2000 * rounds, 2000 * rounds, *[0] * 18]


@pytest.mark.parametrize("alone", [False, True])
def test_works_follow_one_another(alone):
    """A kind of work begins when all pieces of the one before are done."""
    work = compile_work(add_neighbour)
    table = np.zeros(2 * PIECES, dtype=np.int64)
    table[:PIECES] = np.arange(PIECES)
    rounds = 300
    program = np.array([[work.address, 1, PIECES], [work.address, 0, PIECES]] * rounds)
    with Followers(3, table) as board:
        work_alone(board, alone)
        perform(board, program, table.ctypes.data)
    expected = np.roll(np.arange(PIECES), -2 * rounds) + 2 * rounds
    assert np.array_equal(table[:PIECES], expected)
    expected = np.roll(np.arange(PIECES), 1 - 2 * rounds) + 2 * rounds - 1
    assert np.array_equal(table[PIECES:], expected)


def test_a_leader_without_followers_does_everything(counting):
    table = np.zeros(100, dtype=np.int64)
    perform(make_board(), np.array([[counting.address, 0, 100]] * 3), table.ctypes.data)
    assert np.all(table == 3)


# --- simulations -------------------------------------------------------------------------------


def description(seed=0, size=600):
    rng = np.random.default_rng(seed)
    return {
        "format": "hamsim/1",
        "seed": seed,
        "groups": {
            "a": {"size": size, "lagrangian": "tanh", "initial": rng.normal(size=size)},
            "b": {"size": 40, "lagrangian": {"kind": "softmax", "beta": 2.0}, "tau": 0.7},
        },
        "connections": [
            {"between": ["a", "b"], "weights": {"normal": {"std": 0.05}}},
            {"within": "a", "weights": {"normal": {"std": 0.05}}, "density": 0.1},
        ],
    }


@pytest.fixture
def four_threads(monkeypatch):
    """Four threads whatever the machine has, and a team for the smallest network."""
    monkeypatch.setattr(team_module, "available_threads", lambda: 4)
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)


def simulate(network, threads=None, steps=40, **more):
    record = hamsim.Record(what=WHAT)
    return hamsim.simulate(
        network, method="heun", dt=0.05, steps=steps, record=record, threads=threads, **more
    )


def assert_same_bits(one, other):
    for what in WHAT:
        assert np.array_equal(getattr(one, what), getattr(other, what)), what


def test_simulations_at_once_have_the_bits_that_they_have_alone(four_threads):
    networks = [hamsim.compile(description(seed)) for seed in range(4)]
    layouts = ["rows", "half", "tiles", "dense"]
    alone = [
        simulate(network, 1, layout=layout)
        for network, layout in zip(networks, layouts, strict=True)
    ]
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            (expected, pool.submit(simulate, network, threads, layout=layout))
            for expected, network, layout in zip(alone, networks, layouts, strict=True)
            for threads in (1, 2, 4)
        ]
        for expected, job in jobs:
            assert_same_bits(expected, job.result(60))


def test_runs_of_one_network_at_once_do_not_disturb_each_other(four_threads):
    network = hamsim.compile(description(5))
    starts = np.random.default_rng(0).normal(size=(4, network.n_neurons))
    alone = [simulate(network, 1, initial=start) for start in starts]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(simulate, network, 3, initial=start) for start in starts]
        for expected, job in zip(alone, jobs, strict=True):
            assert_same_bits(expected, job.result(60))


@pytest.mark.parametrize("threads", [1, 2, 3, 4, None, 100])
def test_stats_say_how_many_threads(four_threads, threads):
    trace = simulate(hamsim.compile(description()), threads, steps=2)
    assert trace.stats.threads == min(4, threads or 4)


def test_a_small_network_stays_on_one_thread(monkeypatch):
    monkeypatch.setattr(team_module, "available_threads", lambda: 4)
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 10**12)
    assert simulate(hamsim.compile(description()), 4, steps=2).stats.threads == 1


def test_followers_that_never_get_a_turn_are_not_waited_for(four_threads, monkeypatch):
    network = hamsim.compile(description())
    expected = simulate(network, 1)
    asked = []
    call = team_module.Team.call
    monkeypatch.setattr(FixedDriver, "help", lambda *_: None)
    monkeypatch.setattr(
        team_module.Team,
        "call",
        lambda team, board, together: (asked.append(together), call(team, board, together)),
    )
    assert_same_bits(expected, simulate(network, 4))
    assert any(asked)  # the leader announced all there was, and nobody took a piece


def test_a_team_finishes_on_a_machine_that_is_busy(four_threads):
    """Each of the busy threads keeps the interpreter's lock for as long as it can."""
    network = hamsim.compile(description())
    expected = simulate(network, 1)
    over = threading.Event()

    def keep_busy():
        while not over.is_set():
            sum(range(1000))

    others = [threading.Thread(target=keep_busy) for _ in range(4)]
    for thread in others:
        thread.start()
    try:
        assert_same_bits(expected, simulate(network, 4))
    finally:
        over.set()
        for thread in others:
            thread.join()


def test_nobody_is_left_after_a_run(four_threads):
    before = set(threading.enumerate())
    trace = simulate(hamsim.compile(description()), 4)
    assert trace.stats.threads == 4
    assert set(threading.enumerate()) == before
    used = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - used < 0.1


def test_nobody_is_left_after_a_run_that_failed(four_threads):
    before = set(threading.enumerate())

    def fail(_):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        simulate(hamsim.compile(description()), 4, progress=fail)
    assert set(threading.enumerate()) == before


def test_a_team_waits_asleep_while_its_leader_is_elsewhere(four_threads):
    """As when records are written to a slow disc."""
    spent = []

    def dawdle(_):
        time.sleep(0.05)  # the followers look for a moment before they sleep
        used = time.process_time()
        time.sleep(0.2)
        spent.append(time.process_time() - used)

    simulate(hamsim.compile(description()), 4, steps=2, progress=dawdle)
    assert min(spent) < 0.1


INTERRUPTED = """
import os, signal, threading
import numpy as np
import hamsim
from hamsim.dynamics import run
from hamsim.operator import team

team.available_threads = lambda: 4
run.PARALLEL_WORK = 0
network = hamsim.compile({
    "format": "hamsim/1",
    "groups": {"a": {"size": 300, "lagrangian": "tanh"}},
    "connections": [{"within": "a", "weights": {"normal": {"std": 0.02}}}],
})
before = set(threading.enumerate())
calls = []

def press(progress):
    calls.append(progress.step)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGINT)

try:
    hamsim.simulate(network, dt=0.01, steps=10**12, record=None, threads=4, progress=press)
except KeyboardInterrupt as interrupt:
    assert isinstance(interrupt, hamsim.SimulationInterrupted)
    assert interrupt.trace.outcome.kind == "interrupted"
    assert interrupt.trace.stats.threads == 4
    assert set(threading.enumerate()) == before
    print("ended after", interrupt.trace.stats.steps)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_a_team_ends_when_it_is_interrupted():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ended after ")
