"""Attack hamsim's certificate with adversarial networks.

    python tools/attack_certificate.py --count 1000 --seed 1 --processes 2
    python tools/attack_certificate.py --known
    python tools/attack_certificate.py --seed 1 --only 17

Prints every claim that does not hold as it is found, with a line that shows it again, and at the
end how many claims were made; ends with status 1 if one does not hold. Needs mpmath.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import multiprocessing
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# One thread a process: the networks are small, and the processes are many.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from attack import generate, known, one  # noqa: E402

CHUNK = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", help="number or name of one network")
    parser.add_argument(
        "--known", action="store_true", help="networks on which earlier certificates erred"
    )
    parser.add_argument("--costs", action="store_true", help="print what took how long")
    parser.add_argument("--show", action="store_true", help="print the certificate of --only")
    arguments = parser.parse_args()
    start = time.perf_counter()
    results = []
    with contextlib.suppress(KeyboardInterrupt):  # what was found until then is reported
        for number, result in attacks(arguments):
            results.append((number, result))
            tell(number, result, arguments.seed)
    if arguments.show and arguments.only is not None:
        show(arguments)
    bad = report(results)
    if arguments.costs:
        costs(results)
    spent = sum(sum(r.cost.values()) for _, r in results) / max(len(results), 1)
    print(
        f"{len(results)} networks in {time.perf_counter() - start:.0f} s, "
        f"{spent:.2f} s of processor time each"
    )
    return 1 if bad else 0


def attacks(arguments):
    """Pairs of a number or name and a result, as they come."""
    if arguments.known:
        return ((name, attack_known(name)) for name in known.CASES)
    if arguments.only in known.CASES:
        return ((name, attack_known(name)) for name in [arguments.only])
    if arguments.only is not None:
        return attack_some(arguments.seed, [int(arguments.only)])
    numbers = list(range(arguments.first, arguments.first + arguments.count))
    if arguments.processes <= 1:
        return attack_some(arguments.seed, numbers)
    return attack_all(arguments.seed, numbers, arguments.processes)


def attack_known(name):
    import numpy as np

    return one.attack(known.CASES[name](), np.random.default_rng(0), seconds=60)


def attack_some(seed, numbers):
    for number in numbers:
        case, rng = generate.case(seed, number)
        yield number, one.attack(case, rng)


def _chunk(work):
    return list(attack_some(*work))


def attack_all(seed, numbers, processes):
    chunks = [(seed, numbers[k : k + CHUNK]) for k in range(0, len(numbers), CHUNK)]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, mp_context=context) as pool:
        for part in pool.map(_chunk, chunks):
            yield from part


def tell(number, result, seed):
    """Print what one network came to, if it is worth a word."""
    if result.broken:
        print(f"BROKEN {result.name} {number}: {result.broken}", flush=True)
    for fault in result.faults:
        print(f"FAULT {result.name} {number}: {fault.kind}: {fault.detail}", flush=True)
    if result.faults:
        print(f"    {again(number, seed)}", flush=True)


def again(number, seed):
    """A line that makes the certificate of a network once more."""
    by_name = isinstance(number, str)
    case = known.CASES[number]() if by_name else generate.case(seed, number)[0]
    text = repr(case.description)
    if len(text) > 1500:
        return f"python tools/attack_certificate.py --seed {seed} --only {number}"
    if "run" in case.hints:
        words = ", ".join(f"{k}={v!r}" for k, v in case.hints["run"].items())
        return f"import hamsim; print(hamsim.check_run({text}, {words}))"
    return f"import hamsim; print(hamsim.check({text}).to_dict())"


def show(arguments):
    import hamsim

    name = arguments.only
    case = (
        known.CASES[name]() if name in known.CASES else generate.case(arguments.seed, int(name))[0]
    )
    print(case.description)
    for condition in hamsim.check(case.description).conditions:
        print(f"  {condition.name}: {condition.status}: {condition.message} | {condition.theorem}")
    if "run" in case.hints or case.description.get("stimuli"):
        run = hamsim.check_run(case.description, **case.hints.get("run", {}))
        print(
            f"  {case.hints.get('run')}: {run.text}; in steps: {run.in_steps}, "
            f"{run.method}, dt = {run.dt!r}"
        )
        for condition in () if run.certificate is None else run.certificate.conditions:
            print(f"    {condition.name}: {condition.status}: {condition.message}")


def report(results):
    """Print the table of claims; the number of faulty networks."""
    claims = collections.defaultdict(collections.Counter)
    kinds, notes = collections.Counter(), collections.Counter()
    late, refused = collections.Counter(), collections.Counter()
    for _, result in results:
        for claim, status in result.claims.items():
            claims[claim][status] += 1
        kinds.update(f.kind for f in result.faults)
        notes.update({f.kind for f in result.notes})
        if result.late:
            late[f"{result.name}: {result.late}"] += 1
        if result.refused:
            refused[f"{result.name}: {result.refused.splitlines()[0][:110]}"] += 1
    print()
    for claim, counts in claims.items():
        print(f"{claim:20}", ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
    tables = (("faults", kinds), ("true up to", notes), ("out of time", late), ("refused", refused))
    for title, counter in tables:
        print(f"{title}: {sum(counter.values())}")
        for k, v in counter.most_common(25):
            print(f"    {v:5} {k}")
    return sum(1 for _, r in results if r.faults or r.broken)


def costs(results):
    """Print seconds of processor time by stage, and by the dearest generators."""
    stages, makers, counts = collections.Counter(), collections.Counter(), collections.Counter()
    for _, result in results:
        counts[result.name] += 1
        stages.update(result.cost)
        for stage, seconds in result.cost.items():
            makers[result.name, stage] += seconds
    print("costs:", ", ".join(f"{k} {v / len(results):.3f}" for k, v in stages.most_common()))
    for (name, stage), seconds in makers.most_common(12):
        print(f"    {name} {stage}: {seconds / counts[name]:.3f}")


if __name__ == "__main__":
    sys.exit(main())
