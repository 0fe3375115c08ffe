"""Engines make every run once, whoever is killed."""

import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from scale.fake import Fake

from hamsim.errors import HamsimError, HamsimWarning
from hamsim.scale.engines.engine import run
from hamsim.scale.engines.members import new_token
from hamsim.scale.engines.site import Site
from hamsim.scale.engines.working import work_as_child
from hamsim.scale.store import Row, Store


def assert_whole(folder, task, but=()):
    """All runs are stored, as a loop would have made them, and nothing else is left."""
    store = Store(folder)
    wanted = [n for n in range(len(task.keys)) if n not in but]
    for number, row in zip(wanted, store.get([task.keys[n] for n in wanted]), strict=True):
        (made,) = Fake(number + 1).rows([number])
        assert row.values["final"].tobytes() == made.values["final"].tobytes()
    assert [path.name for path in Path(folder).iterdir()] == ["packs"]
    assert {path.suffix for path in (Path(folder) / "packs").iterdir()} == {".npz"}
    assert not store.damaged
    return store


@pytest.mark.parametrize("workers", [1, 3])
def test_every_run_is_made_once(tmp_path, workers):
    task, told = Fake(100), []
    run(task, Store(tmp_path), workers, told.append)
    store = assert_whole(tmp_path, task)
    assert len(store.keys()) == told[-1].done == told[-1].total == 100
    before = os.listdir(tmp_path / "packs")
    task.rows = None  # nothing is left to do
    run(task, Store(tmp_path), workers)
    assert os.listdir(tmp_path / "packs") == before


def test_only_what_is_missing_is_made(tmp_path):
    task, made = Fake(40, shared=4), []
    rows = task.rows
    Store(tmp_path).put([row for n in range(0, 40, 3) for row in rows([n])])
    task.rows = lambda job: made.extend(job) or rows(job)
    run(task, Store(tmp_path), 1)
    assert sorted(made) == [n for n in range(40) if n % 3]
    assert_whole(tmp_path, task)


def test_what_was_left_by_who_was_killed_while_clearing_up_is_removed(tmp_path):
    (tmp_path / "work" / "0123456789abcdef.fedcba9876543210" / "claims").mkdir(parents=True)
    run(Fake(3), Store(tmp_path), 1)
    assert_whole(tmp_path, Fake(3))


@pytest.mark.parametrize("shared", [1, 4])
def test_a_run_that_kills_its_process_is_set_aside_and_named(tmp_path, shared):
    task = Fake(30, killers=(0, 13), shared=shared)
    run(task, Store(tmp_path), 2)
    store = assert_whole(tmp_path, task, but=(0, 13))
    for row in store.get([task.keys[0], task.keys[13]]):
        assert row.status == "set aside"
        # One more if two made it at the same time.
        assert re.fullmatch(r"set aside: the process that made it died [34] times", row.reason)


def test_damage_is_noticed_and_made_good(tmp_path):
    task = Fake(40)
    run(task, Store(tmp_path), 1)
    (pack,) = (tmp_path / "packs").iterdir()
    content = bytearray(pack.read_bytes())
    place = content.index(np.sin(np.arange(20.0) * 7).tobytes())
    content[place + 3] ^= 1
    pack.write_bytes(content)
    with pytest.warns(HamsimWarning, match=rf"{pack.name}: the numbers of values/final are dam"):
        run(task, Store(tmp_path), 1)
    (tmp_path / "packs" / f"{pack.name}.damaged").unlink()
    assert_whole(tmp_path, task)


def test_errors_of_a_process_are_told(tmp_path):
    task = Fake(20)
    task.rows = lambda job: 1 / 0
    with pytest.raises(HamsimError, match="has ended: ZeroDivisionError: division by zero"):
        run(task, Store(tmp_path), 2)
    task.rows = lambda job: [Row(task.keys[0], values={"f": print})]
    with pytest.raises(HamsimError, match="what is kept is numbers, or text"):
        run(task, Store(tmp_path), 2)


CLIENT = """
import sys
sys.path.insert(0, {tests!r})
from scale.fake import Fake
from hamsim.scale.engines.engine import run
from hamsim.scale.store import Store
run(Fake({count}, {seconds}), Store({folder!r}), {workers}, lease=2.0)
"""


def client(folder, count, seconds, workers):
    tests = str(Path(__file__).parent.parent)
    code = CLIENT.format(
        tests=tests, count=count, seconds=seconds, folder=str(folder), workers=workers
    )
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def children_of(pid):
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(number) for number in text.split()]


def test_nothing_is_lost_when_workers_and_the_client_are_killed(tmp_path):
    random, task, killed = np.random.default_rng(7), Fake(60, 0.01), 0
    process = client(tmp_path, 60, 0.01, 2)
    while killed < 4:
        time.sleep(float(random.uniform(0.05, 0.2)))
        workers = children_of(process.pid)
        if process.poll() is not None or (workers and killed % 2):
            if process.poll() is None:
                process.kill()
            killed += 1
            process.wait()
            process = client(tmp_path, 60, 0.01, 2)
        elif workers:
            os.kill(int(random.choice(workers)), signal.SIGKILL)
            killed += 1
    assert process.wait(30) == 0
    # Workers of clients that were killed go on, and the last of all takes `work` away.
    until = time.monotonic() + 60
    while (tmp_path / "work").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert_whole(tmp_path, task)


def test_a_child_that_outlives_its_parent_clears_up_what_nobody_needs(tmp_path):
    task, store = Fake(5), Store(tmp_path)
    site = Site(tmp_path, task.keys, task.shared)
    site.open()
    work_as_child(site, task, store, new_token(), parent=-1)
    assert site.is_open  # its runs are still to be made
    run(task, Store(tmp_path), 1)
    site.open()
    work_as_child(site, task, store, new_token(), parent=-1)  # which has not seen them yet
    assert_whole(tmp_path, task)


def test_ctrl_c_keeps_what_is_done(tmp_path):
    process = client(tmp_path, 1000, 0.02, 2)
    site = Site(tmp_path, Fake(1000).keys, 1)
    while sum(site.members.done().values()) < 10:
        time.sleep(0.02)
    done = sum(site.members.done().values())
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) != 0
    assert len(Store(tmp_path).keys()) >= done
    assert not site.members.tokens()


def test_processes_that_join_share_the_work(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        one, two = client(tmp_path, 60, 0.02, 1), client(tmp_path, 60, 0.02, 1)
        assert (one.wait(30), two.wait(30)) == (0, 0)
    assert_whole(tmp_path, Fake(60))
