"""Time whole commands, start-up included: median of several runs after a warm one.

    python tools/bench/commands.py [RUNS]

Writes the machine beside the figures; traces go to a temporary folder.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NETWORKS = Path(__file__).resolve().parent.parent.parent / "networks"
COMMANDS = {
    "--help": ["--help"],
    "show ring": ["show", str(NETWORKS / "ring.yaml")],
    "info ring": ["info", str(NETWORKS / "ring.yaml")],
    "run ring": ["run", str(NETWORKS / "ring.yaml")],
    "run digits": ["run", str(NETWORKS / "digits.yaml")],
}


def seconds(arguments, folder):
    began = time.perf_counter()
    code = "from hamsim.cli.main import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {runs} runs")
    with tempfile.TemporaryDirectory() as folder:
        times = {name: [] for name in COMMANDS}
        for arguments in COMMANDS.values():
            seconds(arguments, folder)
        for _ in range(runs):  # interleaved, so that a slow moment of the machine hits all
            for name, arguments in COMMANDS.items():
                times[name].append(seconds(arguments, folder))
    for name, values in times.items():
        low, high = min(values), max(values)
        print(f"{name:12} {statistics.median(values):6.2f} s  ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
