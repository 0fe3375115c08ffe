"""How long small networks take to compile: what counts for sweeps, where each is compiled anew.

Three networks of 200 neurons, each compiled from a dict, from a Spec and from a file, while nobody
asks for the text of what was compiled. The file stays the same, so that its text is parsed in the
first call only. With --against another checkout is measured in turn with this one. The time is that
of the processor, so that other processes on the machine matter less; medians of many calls, and of
several processes.

    python tools/bench/compile_small.py [--against FOLDER] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
CALLS = 60


def two_populations():
    return {
        "format": "hamsim/1",
        "name": "excitation and inhibition",
        "groups": {
            "exc": {
                "size": 160,
                "lagrangian": {"kind": "tanh", "beta": 1.5},
                "tau": {"uniform": {"low": 0.5, "high": 2.0}},
                "initial": {"normal": {"std": 0.1}},
            },
            "inh": {"size": 40, "lagrangian": "relu", "input": 0.1},
        },
        "connections": [
            {"within": "exc", "weights": {"normal": {"std": 0.05}}, "density": 0.2},
            {"between": ["exc", "inh"], "weights": {"normal": {"std": 0.05}}},
        ],
        "simulation": {"dt": 0.05, "t_end": 10},
    }


def eight_populations():
    names = [f"{kind}{layer}" for layer in ("23", "4", "5", "6") for kind in "ei"]
    return {
        "format": "hamsim/1",
        "name": "a column",
        "groups": {
            name: {"size": 25, "lagrangian": "relu", "tau": 10.0 + k, "input": 0.1 * k}
            for k, name in enumerate(names)
        },
        "connections": [
            {"from": a, "to": b, "weights": 0.01 if a[0] == "e" else -0.04, "density": 0.1}
            for a in names
            for b in names
            if a != b and a[1:] == b[1:]
        ]
        + [{"between": names[k : k + 2], "weights": 0.01} for k in range(1, 7, 2)],
        "stimuli": [{"group": "e4", "value": 1.0, "start": 1.0, "stop": 5.0}],
        "simulation": {"dt": 0.1, "t_end": 50, "record": {"every": 1.0, "what": ["x"]}},
    }


def named_neurons():
    names = [f"N{k:03d}" for k in range(200)]
    edges = [[names[k], names[(k * 7 + 3) % 200], 0.01 * (k % 9) + 0.01] for k in range(200)]
    return {
        "format": "hamsim/1",
        "name": "a connectome",
        "groups": {
            "cells": {
                "lagrangian": "tanh",
                "neurons": [{"id": name, "tau": 0.1 + k % 5} for k, name in enumerate(names)],
            }
        },
        "connections": [{"from": "cells", "to": "cells", "weights": {"edges": edges}}],
    }


NETWORKS = {
    "two populations": two_populations,
    "eight populations": eight_populations,
    "named neurons": named_neurons,
}


def worker():
    """Print milliseconds by case, of the hamsim that is found first."""
    import yaml

    import hamsim

    def median(compile_it):
        compile_it()
        times = []
        for _ in range(CALLS):
            begin = time.process_time()
            compile_it()
            times.append(time.process_time() - begin)
        return 1e3 * statistics.median(times)

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make in NETWORKS.items():
            plain, path = make(), Path(folder, "network.yaml")
            path.write_text(yaml.safe_dump(plain, sort_keys=False))
            spec = hamsim.load(plain)
            found[f"{name}, from a dict"] = median(lambda plain=plain: hamsim.compile(plain))
            found[f"{name}, from a Spec"] = median(lambda spec=spec: hamsim.compile(spec))
            found[f"{name}, from a file"] = median(lambda path=path: hamsim.compile(path))
    print(json.dumps(found))


def measure(checkout: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--worker"],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="another checkout of hamsim")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker()
        return
    checkouts = [HERE] + ([options.against.resolve()] if options.against else [])
    rounds = [[measure(checkout) for checkout in checkouts] for _ in range(options.rounds)]
    heads = "".join(
        f"{head:>12}" for head in (["this", "the other", "ratio"][: 2 * len(checkouts) - 1])
    )
    print(f"{'milliseconds':34}{heads}")
    for case in rounds[0][0]:
        values = [statistics.median(r[k][case] for r in rounds) for k in range(len(checkouts))]
        line = f"{case:34}" + "".join(f"{value:12.2f}" for value in values)
        print(line + (f"{values[0] / values[1]:12.2f}" if len(values) > 1 else ""))


if __name__ == "__main__":
    main()
