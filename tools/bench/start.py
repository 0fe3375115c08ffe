"""How long a command takes from nothing: with an empty cache of compiled code, and with a full one.

python tools/bench/start.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NETWORKS = Path(__file__).resolve().parents[2] / "networks"
COMMANDS = {
    "--help": ["--help"],
    "show ring": ["show", str(NETWORKS / "ring.yaml")],
    "info ring": ["info", str(NETWORKS / "ring.yaml")],
    "check ring": ["check", str(NETWORKS / "ring.yaml")],
    "run ring": ["run", str(NETWORKS / "ring.yaml"), "--no-save"],
    "run model_b": ["run", str(NETWORKS / "model_b.yaml"), "--no-save"],
    "run pooling": ["run", str(NETWORKS / "pooling.yaml"), "--no-save"],
}
CODE = "from hamsim.cli.main import main; main()"


def seconds(arguments: list[str], cache: str) -> float:
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print("command            cold     warm (seconds; median)")
    for name, arguments in COMMANDS.items():
        with tempfile.TemporaryDirectory() as cache:
            cold = seconds(arguments, cache)
            warm = statistics.median(seconds(arguments, cache) for _ in range(repeats))
        print(f"{name:15s} {cold:7.2f}  {warm:7.2f}", flush=True)


if __name__ == "__main__":
    main()
