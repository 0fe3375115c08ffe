"""Inputs that are wrong in all the ways that a seed can think of end as they should.

`tools/fuzz_inputs.py` does the same with as many inputs as wanted, and shows one again by
its number.
"""

import collections
import os
import subprocess
import sys
import warnings
from pathlib import Path

import lost_worker
import pytest

ROOT = Path(__file__).parents[2]
TOOLS = str(ROOT / "tools")
sys.path.insert(0, TOOLS)
try:
    from fuzz import bases, case, crew, doors, findings, inputs, judge
finally:
    sys.path.remove(TOOLS)

SEED, COUNT = 20, 2000


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled code"
)
def test_every_input_ends_in_success_or_in_an_error_with_a_place(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)  # processes that are started have the path of this one
    tally = findings.Tally()
    processes = min(4, len(os.sched_getaffinity(0)))
    with crew.Crew(SEED, processes) as workers:
        for number, kind, _, verdict in workers.judge(range(COUNT)):
            tally.add(number, kind, verdict)
    facts = tally.facts()
    told = [
        f"{findings.again(SEED, number)}: {sort}: {detail}"
        for sort, found in tally.faults.items()
        for number, _, detail in found[:2]
    ]
    assert not told, "\n".join(told)
    assert facts["inputs"] == COUNT
    for counts in facts["outcomes"].values():  # neither all refused nor all passed over
        assert counts["success"] >= 10
        assert counts["refused"] >= 10


def test_inputs_are_made_of_the_seed_and_the_number_alone():
    numbers = range(60)
    made = [inputs.case(3, number) for number in numbers]
    assert len({one.kind for one in made}) >= 6
    for number in reversed(numbers):
        again = inputs.case(3, number)
        assert (again.kind, again.label) == (made[number].kind, made[number].label)
        if again.kind != "recordings":  # whose bytes hold how long a run took
            assert again.files == made[number].files


# --- faults are found ---------------------------------------------------------------------------


def judged(tmp_path, call, files=(), places=()):
    bases.prepare(tmp_path)
    one = case.Case("kind", "label", [case.Door("door", call)], dict(files), "", tuple(places))
    before = Path.cwd()
    try:
        return judge.judged(one, tmp_path)
    finally:
        os.chdir(before)


def raises(error):
    def call(folder):
        raise error

    return call


def prints(folder):
    print("a word")


def warns(folder):
    warnings.warn("a warning", RuntimeWarning, stacklevel=1)


def floods(folder):
    from hamsim.errors import HamsimError

    held = bytearray(200 * 2**20)
    raise HamsimError(f"groups: {len(held)} bytes")


def differs(folder):
    raise case.WrongResultError("other numbers")


def _error(text):
    from hamsim.errors import HamsimError

    class Raw(HamsimError):
        """Its text is as it is."""

        def __str__(self):
            return text

    return raises(Raw(text))


@pytest.mark.parametrize(
    ("call", "sort"),
    [
        (raises(KeyError("x")), "KeyError"),
        (raises(MemoryError()), "MemoryError"),
        (raises(RecursionError()), "RecursionError"),
        (raises(SystemExit(1)), "SystemExit"),
        (prints, "printed"),
        (warns, "warning RuntimeWarning"),
        (floods, "memory"),
        (differs, "wrong result"),
        (_error(""), "message: empty"),
        (_error("it is wrong"), "message: without a place"),
        (_error("groups: \x1b[2J"), "message: control characters"),
        (_error("groups: " + "a" * 3000), "message: a line of more than"),
        (_error("groups: a\n" * 100 + "groups"), "message: more than 60 lines"),
    ],
)
def test_faults_are_found(tmp_path, call, sort):
    verdict = judged(tmp_path, call)
    assert verdict.outcome == "fault"
    assert verdict.faults[0][0].startswith(sort)


def test_what_is_right_is_no_fault(tmp_path):
    assert judged(tmp_path, lambda folder: None).outcome == "success"
    for text in ("groups.a.tau: no", "--set: no", "dt: no", "'x' is not there", "x.npy: no"):
        verdict = judged(tmp_path, _error(text), {"x.npy": b""})
        assert (verdict.outcome, verdict.faults) == ("refused", [])
    assert judged(tmp_path, raises(case.TooLargeError())).outcome == "large"


@pytest.mark.parametrize(
    ("status", "out", "err", "said"),
    [
        (0, "{", "", "no JSON"),
        (0, '{"a": NaN}', "", "no JSON"),
        (-11, "", "", "exit status -11"),
        (130, "", "interrupted", "exit status 130"),
        (2, "", "", "without a word"),
        (2, "", "Traceback (most recent call last)", "a traceback"),
        (0, "{}", "x.py:1: RuntimeWarning: overflow", "a warning"),
    ],
)
def test_faults_of_commands_are_found(status, out, err, said):
    with pytest.raises(case.WrongResultError, match=said):
        doors.judge_command(["info", "--json"], status, out, err)


def test_a_worker_that_crashes_or_hangs_is_a_finding(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)  # processes that are started have the path of this one
    monkeypatch.setattr(crew, "PATIENCE", 2.0)
    with crew.Crew(SEED, 2, lost_worker.work) as workers:
        found = {number: verdict.faults for number, _, _, verdict in workers.judge(range(6))}
    sorts = collections.Counter(sort for faults in found.values() for sort, _ in faults)
    assert sorts == {"crash": 1, "hang": 1}
    assert len(found) == 6


def test_the_tool_shows_one_input_again():
    number = next(k for k in range(100) if inputs.kind_of(SEED, k) == "dicts")
    done = subprocess.run(
        [sys.executable, f"{TOOLS}/fuzz_inputs.py", "--seed", str(SEED), "--only", str(number)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("dicts: ")
