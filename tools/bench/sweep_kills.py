"""Kill processes of a sweep at random moments, and see whether anything is lost.

    python tools/bench/sweep_kills.py                    # 200 runs, 10 kills, processes
    python tools/bench/sweep_kills.py --engine dask      # a scheduler, and two workers of it

Whoever is killed is the client, a worker or, with Dask, the scheduler. After each kill of the
client or the scheduler the same command is given again. At the end all runs must be there, equal to
those of a plain loop to the bit; a second call must run nothing; and no other files may be left.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hamsim
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.kept import kept_of
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.source import Description
from hamsim.scale.store import Store

NETWORK: dict[str, Any] = {
    "format": "hamsim/1",
    "groups": {
        "exc": {
            "size": 200,
            "lagrangian": {"kind": "tanh", "beta": 1.5},
            "tau": 1.0,
            "initial": {"uniform": {"low": -1, "high": 1}},
        }
    },
    "connections": [
        {"within": "exc", "weights": {"normal": {"mean": 0, "std": 0.1}}, "density": 0.1}
    ],
    "simulation": {"method": "rk4", "dt": 0.01, "t_end": 20},
}
CLIENT = """
import sys
from hamsim.scale.engines.joining import command
from hamsim.scale.plan.plan import Plan
from hamsim.scale.store import Store
from hamsim.scale.work import Work
folder, engine, where = sys.argv[1:]
task, store = Work(Plan.read(__import__("pathlib").Path(folder))), Store(folder)
if engine == "dask":
    from hamsim.scale.engines.dask import run_on_dask
    run_on_dask(task, store, where)
else:
    from hamsim.scale.engines import run
    run(task, store, 2, command=command(folder))
"""


def plan_of(runs: int) -> Plan:
    """Seeds and time constants."""
    taus = tuple((0.5 + 0.1 * k,) for k in range(10))
    seeds = tuple((k,) for k in range(runs // 10))
    axes = (
        Axis("tau", ("groups.exc.tau",), taus),
        Axis("seed", ("seed",), seeds),
    )
    return Plan(Description(NETWORK), axes, kept_of(("final", "energy")))


class Cluster:
    """A scheduler and two workers of Dask, started again when they are gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = str(folder / "scheduler.json")
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
            cwd=self._folder,
            start_new_session=True,
            **quiet,
        )

    def mend(self) -> None:
        """Start what is not there."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.end()
            Path(self.file).unlink(missing_ok=True)
            options = ("--scheduler-file", self.file, "--port", "0", "--no-dashboard")
            self.scheduler = self._start("dask_scheduler", *options)
            while not Path(self.file).exists():
                time.sleep(0.05)
            self.workers = []
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            options = ("--scheduler-file", self.file, "--nthreads", "1", "--no-dashboard")
            self.workers.append(self._start("dask_worker", *options))

    def end(self) -> None:
        """Stop all."""
        for process in [self.scheduler, *self.workers]:
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def children_of(pid: int) -> Iterator[int]:
    """Processes that a process has started, and those that these have."""
    with suppress(OSError):
        for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(number)
            yield from children_of(int(number))


def victims(client: int, cluster: Cluster | None) -> dict[str, list[int]]:
    """Who may be killed, by what it is."""
    if cluster is None:
        return {"client": [client], "worker": list(children_of(client))}
    assert cluster.scheduler is not None
    workers = [number for worker in cluster.workers for number in children_of(worker.pid)]
    return {"client": [client], "worker": workers, "scheduler": [cluster.scheduler.pid]}


def go(
    folder: Path, engine: str, cluster: Cluster | None, kills: int, chance: random.Random
) -> None:
    """Run the sweep to its end with so many kills on the way."""
    counts: dict[str, int] = {}
    starts = 0
    kinds = ["worker", "client", *(["scheduler"] if cluster else []), "worker"]
    while True:
        if cluster is not None:
            cluster.mend()
        where = "" if cluster is None else cluster.file
        arguments = [sys.executable, "-c", CLIENT, str(folder), engine, where]
        client = subprocess.Popen(arguments, stderr=subprocess.PIPE)
        starts += 1
        while client.poll() is None:
            time.sleep(chance.uniform(0.3, 2.0))
            done = sum(counts.values())
            kind = kinds[done % len(kinds)]
            found = victims(client.pid, cluster).get(kind, [])
            if done < kills and found and client.poll() is None:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(found), signal.SIGKILL)
                    counts[kind] = counts.get(kind, 0) + 1
            if cluster is not None and cluster.scheduler and cluster.scheduler.poll() is None:
                cluster.mend()
        assert client.stderr is not None
        said = client.stderr.read().decode().strip().splitlines()
        client.stderr.close()
        if client.returncode == 0:
            print(f"kills: {counts}; the client was started {starts} times")
            return
        if client.returncode > 0:
            print("client:", said[-1] if said else client.returncode)


def check(folder: Path, plan: Plan, engine: str, cluster: Cluster | None) -> None:
    """All runs are there, as a loop makes them; a second call runs none; nothing else is left."""
    rows = Store(folder).get(plan.keys())
    for point, row in zip(plan.points(), rows, strict=True):
        assert row is not None, f"{point} is lost"
        assert row.status == "done", (point, row.reason)
        network = hamsim.compile(NETWORK, point.values)
        trace = hamsim.simulate(network, threads=1)
        assert row.values["final"].tobytes() == trace.final.tobytes(), point
        assert row.values["energy"] == trace.energy[-1], point
    print(f"{len(rows)} runs, bit-equal to a loop")
    before = sorted(path.name for path in (folder / "packs").iterdir())
    where = "" if cluster is None else cluster.file
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", CLIENT, str(folder), engine, where], check=True)
    assert before == sorted(path.name for path in (folder / "packs").iterdir())
    print(f"a second call ran none in {time.perf_counter() - began:.1f} s")
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert left == sorted(["plan.json", *(f"packs/{name}" for name in before)]), left
    assert all(name.endswith(".npz") for name in before)
    print(f"files: {', '.join(left)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=("processes", "dask"), default="processes")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "sweep"
        plan = plan_of(given.runs).write(folder)
        cluster = Cluster(Path(name)) if given.engine == "dask" else None
        try:
            go(folder, given.engine, cluster, given.kills, chance)
            check(folder, plan, given.engine, cluster)
        finally:
            if cluster is not None:
                cluster.end()


if __name__ == "__main__":
    main()
