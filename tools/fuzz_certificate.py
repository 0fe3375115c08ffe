"""Search for a false claim: random networks are checked, and every proved claim is attacked.

A proved descent is attacked by random states and by gradient ascent on dE/dt; proved convergence
by long simulations; a proved lower bound and coercivity by walks down the energy from far states; a
proved step by Euler steps; every witness is evaluated again. All with the slow dense model of the
tests, which shares nothing with the package.

    python tools/fuzz_certificate.py [--count 10000] [--seed 0]
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from certify.attack import Attack
from certify.networks import random_checked_description

import hamsim


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tally = Counter()
    false = 0
    for number in range(arguments.count):
        seed = arguments.seed + number
        network = hamsim.compile(random_checked_description(seed))
        certificate = hamsim.check(network)
        for name in certificate.FIELDS:
            tally[name, getattr(certificate, name)] += 1
        for complaint in Attack(network, certificate, np.random.default_rng(seed)).complaints():
            false += 1
            print(f"seed {seed}: {complaint}", flush=True)
        if (number + 1) % 500 == 0:
            print(f"{number + 1} networks, {false} false claims", flush=True)
    for (name, status), count in sorted(tally.items()):
        print(f"{name:22} {status:10} {count}")
    print(f"{arguments.count} networks, {false} false claims")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
