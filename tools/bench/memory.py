"""Memory, compile time and start-up of each peer, each in a process of its own.

The process imports what the peer needs, reads one network from files, builds and compiles it, and
makes a first step; once with empty caches of compiled code and once with what the first time left
in them. Printed are the seconds of each part, of the whole process, and the peak of its memory
above that after the import, in MB and over the bytes of the weights as a CSR matrix in double
precision. The peak of compilers, which are processes of their own, is not in it; NumPy and SciPy's
sparse matrices are imported before, by all.

    pip install '.[bench]'
    python tools/bench/memory.py [--case NAME] [--peer NAME] [--repeats 3] [--threads 2]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from cases import CASES, Problem
from peers import ALL, installed
from peers.own import OneThread, SinglePrecision
from peers.peer import Peer

PARTS = ("import", "build", "step", "whole")


def memory(field: str) -> int:
    """Bytes of VmRSS, what is held, or VmHWM, the most there was, of this process."""
    status = Path("/proc/self/status")
    if not status.exists():  # no Linux: only the peak is known
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text("ascii").splitlines() if field in line)
    return 1024 * int(line.split()[1])


def measure(name: str, folder: Path, threads: int) -> dict[str, float]:
    """Seconds and bytes of one peer in this process."""
    kind = next(peer for peer in ALL if peer.name == name)
    begin = time.perf_counter()
    for module in kind.modules:
        import_module(module)
    imported = time.perf_counter()
    before = memory("VmRSS")
    peer = kind(Problem(folder, threads=threads))
    built = time.perf_counter()
    peer.run(1)
    return {
        "import": imported - begin,
        "build": built - imported,
        "step": time.perf_counter() - built,
        "bytes": memory("VmHWM") - before,
    }


def in_process(kind: type[Peer], folder: Path, threads: int, cache: Path) -> dict[str, float]:
    """The same in a new process, with its caches in this folder."""
    caches = {
        "NUMBA_CACHE_DIR": str(cache / "numba"),
        "CYTHON_CACHE_DIR": str(cache / "cython"),
        "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    command = [sys.executable, __file__, "--alone", kind.name, str(folder), "--threads"]
    begin = time.perf_counter()
    done = subprocess.run(
        [*command, str(threads)],
        env=os.environ | caches,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    whole = time.perf_counter() - begin
    return {**json.loads(done.stdout.splitlines()[-1]), "whole": whole}


def compare(case: str, peers: list[type[Peer]], repeats: int, threads: int) -> dict[str, Any]:
    """All peers: the first time, and medians of later times."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "network"
        folder.mkdir()
        problem = Problem(CASES[case](folder))
        present = [kind for kind in peers if kind.can(problem)]
        cold, warm = {}, {}
        for kind in present:
            cold[kind.name] = in_process(kind, folder, threads, Path(place))
        turns = [
            {kind.name: in_process(kind, folder, threads, Path(place)) for kind in present}
            for _ in range(repeats)
        ]
        for kind in present:
            found = [turn[kind.name] for turn in turns]
            warm[kind.name] = {
                part: statistics.median(row[part] for row in found) for part in found[0]
            }
        return {
            "case": case,
            "neurons": problem.n,
            "synapses": problem.synapses,
            "threads": threads,
            "csr_bytes": 12 * problem.synapses + 4 * (problem.n + 1),
            "cold": cold,
            "warm": warm,
        }


def show(result: dict[str, Any]) -> None:
    print(
        f"\n{result['case']}: {result['neurons']:,} neurons, {result['synapses']:,} synapses, "
        f"{result['csr_bytes'] / 1e6:.4g} MB as CSR; seconds, with empty caches / with full ones"
    )
    print(f"  {'':16s}" + "".join(f"{part:>17s}" for part in PARTS) + f"{'memory':>12s}   / CSR")
    for name, cold in result["cold"].items():
        warm = result["warm"][name]
        cells = "".join(f"{cold[part]:9.2f} /{warm[part]:6.2f}" for part in PARTS)
        most = warm["bytes"]
        ratio = most / result["csr_bytes"]
        print(f"  {name:16s}{cells} {most / 1e6:8.0f} MB  {ratio:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=list(CASES), action="append")
    parser.add_argument("--peer", action="append", help="part of a name; all if not given")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        name, folder = given.alone
        print(json.dumps(measure(name, Path(folder), given.threads)))
        return
    peers = [kind for kind in installed(given.peer) if kind not in (OneThread, SinglePrecision)]
    results = []
    for case in given.case or ["random"]:
        results.append(compare(case, peers, given.repeats, given.threads))
        show(results[-1])
        if given.json:
            given.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
