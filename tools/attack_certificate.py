"""Attack hamsim's certificate with adversarial networks.

    python tools/attack_certificate.py --count 1000 --seed 1 --processes 2
    python tools/attack_certificate.py --known
    python tools/attack_certificate.py --seed 1 --only 17

Prints how many claims were made, and every claim that does not hold, with a line that shows it again; ends with
status 1 if there is any. Needs mpmath.
"""

import argparse
import collections
import concurrent.futures
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

CHUNK = 9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=270)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", help="number or name of one network")
    parser.add_argument("--known", action="store_true", help="networks on which earlier certificates erred")
    arguments = parser.parse_args()
    start = time.perf_counter()
    if arguments.known:
        results = [(name, attack_known(name)) for name in known.CASES]
    elif arguments.only is not None:
        if arguments.only in known.CASES:
            results = [(arguments.only, attack_known(arguments.only))]
        else:
            results = attack_some((arguments.seed, [int(arguments.only)]))
    else:
        results = attack_all(arguments.seed, arguments.first, arguments.count, arguments.processes)
    bad = report(results, arguments.seed)
    print(f"{len(results)} networks in {time.perf_counter() - start:.0f} s")
    return 1 if bad else 0


def attack_known(name):
    import numpy as np

    return one.attack(known.CASES[name](), np.random.default_rng(0), seconds=60)


def attack_some(work):
    seed, numbers = work
    results = []
    for number in numbers:
        case, rng = generate.case(seed, number)
        results.append((number, one.attack(case, rng)))
    return results


def attack_all(seed, first, count, processes):
    numbers = list(range(first, first + count))
    chunks = [(seed, numbers[k : k + CHUNK]) for k in range(0, count, CHUNK)]
    if processes <= 1:
        return [r for chunk in chunks for r in attack_some(chunk)]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, mp_context=context) as pool:
        return [r for part in pool.map(attack_some, chunks) for r in part]


def report(results, seed):
    """Print the table of claims and the faults; the number of faulty networks."""
    claims = collections.defaultdict(collections.Counter)
    kinds, late, refused = collections.Counter(), collections.Counter(), collections.Counter()
    bad, broken = 0, 0
    for number, result in results:
        for claim, status in result.claims.items():
            claims[claim][status] += 1
        if result.late:
            late[f"{result.name}: {result.late}"] += 1
        if result.refused:
            refused[f"{result.name}: {result.refused.splitlines()[0][:110]}"] += 1
        if result.broken:
            print(f"BROKEN {result.name} {number}: {result.broken}")
            broken += 1
        if not result.faults:
            continue
        bad += 1
        for fault in result.faults:
            kinds[fault.kind] += 1
            print(f"FAULT {result.name} {number}: {fault.kind}: {fault.detail}")
        print(f"    {again(number, seed)}")
    print()
    for claim, counts in claims.items():
        print(f"{claim:20}", ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
    for title, counter in (("faults", kinds), ("out of time", late), ("refused", refused)):
        print(f"{title}: {sum(counter.values())}")
        for k, v in counter.most_common(25):
            print(f"    {v:5} {k}")
    return bad + broken


def again(number, seed):
    """A line that makes the certificate of a network once more."""
    if isinstance(number, str):
        description = known.CASES[number]().description
    else:
        description = generate.case(seed, number)[0].description
    text = repr(description)
    if len(text) > 1500:
        return f"python tools/attack_certificate.py --seed {seed} --only {number}"
    return f"import hamsim; print(hamsim.check({text}).to_dict())"


if __name__ == "__main__":
    sys.exit(main())
