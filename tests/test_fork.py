"""A process that forks while its threads work has a child that works too."""

import multiprocessing
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

# What a child that waits for a lock for ever would do is seen by the time limit.
LIMIT = 400
BEGIN = """
import faulthandler, os, sys, threading, time
import hamsim
net = {"format": "hamsim/1", "groups": {"a": {"size": SIZE, "lagrangian": LAGRANGIAN}},
       "connections": [{"within": "a", "weights": {"normal": {"std": 0.1}}}]}
def run():
    return hamsim.simulate(hamsim.compile(net), dt=0.1, t_end=1.0, threads=2).x[-1].tolist()
def little():  # which does not take long to compile
    return hamsim.activation(net, [0.0] * SIZE).tolist()
def in_child(run=run):
    pid = os.fork()
    if pid == 0:
        faulthandler.dump_traceback_later(300, exit=True)
        answer = run()
        os.write(1, b"child works\\n")
        os._exit(0)
    return os.waitpid(pid, 0)[1]
"""


def works(code, cache, size=3, lagrangian="tanh"):
    begin = BEGIN.replace("SIZE", str(size)).replace("LAGRANGIAN", repr(lagrangian))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", begin + code],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert done.stdout.startswith("child works\n"), done
    assert done.returncode == 0, done
    assert done.stderr == ""


@pytest.mark.parametrize("wait", [0.0, 0.3, 1.5])
def test_a_child_that_is_forked_while_a_thread_imports_or_compiles_works(wait, tmp_path):
    works(
        f"thread = threading.Thread(target=little); thread.start(); time.sleep({wait})\n"
        "assert in_child(little) == 0; thread.join()",
        tmp_path,
    )


def test_a_child_that_is_forked_while_a_formula_is_compiled_works(tmp_path):
    works(
        "little()\n"
        "net['groups']['a']['lagrangian'] = {'expression': 'x**2/2 + x**4/4'}\n"
        "thread = threading.Thread(target=little); thread.start(); time.sleep(0.2)\n"
        "assert in_child(little) == 0; thread.join()",
        tmp_path,
    )


def test_a_child_of_a_process_that_ran_with_threads_can_do_so_too():
    works("run(); assert in_child() == 0", os.environ["NUMBA_CACHE_DIR"], size=1500)


def test_a_child_that_is_forked_during_a_run_with_threads_works():
    works(
        "run()\n"
        "def long(): hamsim.simulate(hamsim.compile(net), dt=0.01, t_end=20.0, threads=2,"
        " record=hamsim.Record(every=10.0))\n"
        "thread = threading.Thread(target=long); thread.start(); time.sleep(0.1)\n"
        "assert in_child() == 0; thread.join()",
        os.environ["NUMBA_CACHE_DIR"],
        size=1500,
    )


def test_processes_of_multiprocessing_work():
    code = (
        "import multiprocessing\n"
        "thread = threading.Thread(target=run); thread.start()\n"
        "context = multiprocessing.get_context('fork')\n"
        "children = [context.Process(target=run) for _ in range(2)]\n"
        "[child.start() for child in children]; [child.join(60) for child in children]\n"
        "assert [child.exitcode for child in children] == [0, 0]\n"
        "thread.join(); print('child works')"
    )
    assert "fork" in multiprocessing.get_all_start_methods()
    works(code, os.environ["NUMBA_CACHE_DIR"])
