"""Try hamsim with inputs that are wrong, and see how it ends.

    python tools/fuzz_inputs.py --seed 1 --count 20000
    python tools/fuzz_inputs.py --seed 1 --only 1234
    python tools/fuzz_inputs.py --seed 1 --count 500 --kinds networks,graphs

Each input is made from the seed and its number alone. Each must end within 10 s in success or in
hamsim's own error, which says where; nothing else may be printed or warned of, altered traces may
not give other numbers, and what is refused may take 64 MB of memory besides three times its size.
What does not is told and kept in a folder. Ends with status 1 if there is any.
"""

import argparse
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
# One thread a process: the inputs are small, and the processes are many.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from fuzz import crew, findings, inputs  # noqa: E402


def main():
    sys.stdout.reconfigure(errors="backslashreplace")
    arguments = parsed()
    start = time.perf_counter()
    if arguments.only is not None:
        return one(arguments)
    folder = arguments.out or tempfile.mkdtemp(prefix="hamsim-findings-")
    tally = findings.Tally()
    try:
        for number, kind, label, verdict in judged(arguments):
            tally.add(number, kind, verdict)
            if verdict.faults:
                findings.write(folder, arguments.seed, number, verdict)
                if not arguments.json:
                    print(f"{kind} {number} ({label}): {verdict.faults[0][0]}", flush=True)
    except KeyboardInterrupt:  # what was found until then is reported
        pass
    seconds = time.perf_counter() - start
    if arguments.json:
        print(tally.json())
    else:
        tally.report()
        total = tally.facts()["inputs"]
        print(f"{total} inputs in {seconds:.0f} s, {len(tally.faulty)} with faults")
        if tally.faulty:
            print(f"findings are in {folder}")
    return 1 if tally.faulty else 0


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="number to begin with")
    parser.add_argument("--kinds", help=f"only these: {', '.join(inputs.KINDS)}")
    parser.add_argument("--only", type=int, help="make and judge this input in this process")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--out", help="folder for findings; a temporary one if left out")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    wanted = arguments.kinds.split(",") if arguments.kinds else list(inputs.KINDS)
    if unknown := set(wanted) - set(inputs.KINDS):
        parser.error(f"no kind {', '.join(sorted(unknown))}; kinds: {', '.join(inputs.KINDS)}")
    arguments.kinds = wanted
    return arguments


def judged(arguments):
    """Verdicts on as many inputs of the wanted kinds as are wanted."""
    numbers = itertools.count(arguments.first)
    seed, kinds = arguments.seed, arguments.kinds
    if len(kinds) < len(inputs.KINDS):
        numbers = (number for number in numbers if inputs.kind_of(seed, number) in kinds)
    with crew.Crew(seed, arguments.processes) as workers:
        yield from workers.judge(itertools.islice(numbers, arguments.count))


def one(arguments):
    """Make one input in a folder that is kept, judge it, and print all that is known."""
    from fuzz import bases, judge, worker

    case = inputs.case(arguments.seed, arguments.only)
    folder = Path(arguments.out or tempfile.mkdtemp(prefix="hamsim-fuzz-"))
    bases.prepare(folder)
    worker.warm_up()  # what is loaded and compiled once is not this input's
    verdict = judge.judged(case, folder)
    for name, content in case.files.items():  # they are removed once judged
        (folder / name).write_bytes(content)
    print(f"{case.kind}: {case.label}")
    for name, content in case.files.items():
        print(f"{folder / name} ({len(content):,} bytes)")
    if case.told:
        print(case.told)
    print(f"{verdict.outcome} in {verdict.seconds:.2f} s, {verdict.peak / 2**20:.0f} MB")
    print(verdict.message)
    for sort, detail in verdict.faults:
        print(f"FAULT {sort}\n{detail}")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
