"""Runs every network that comes with hamsim by the command, as people do who have installed it.

    python tools/run_zoo.py [--plot] [NAME ...]

Of whatever copy of hamsim this Python finds: run it with that of an environment in which a wheel is
installed. Works in a folder of its own, which is removed. Each line says how a run ended and how
long it took; the exit status is 1 if one failed, or if a network is missing.
"""

import argparse
import contextlib
import io
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import hamsim
from hamsim.cli.main import main
from hamsim.cli.zoo import examples

REPOSITORY = Path(__file__).resolve().parent.parent


def call(*arguments):
    """Exit status of the command, what it printed, and its errors."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([*map(str, arguments)])
        except SystemExit as stop:
            status = stop.code
    return status, out.getvalue(), err.getvalue()


def run(file, plot):
    """What became of one network, and what is wrong with that."""
    picture = ["--plot", f"{file.stem}.png"] if plot else []
    status, out, err = call("run", file, "--json", "-o", f"{file.stem}.nc", *picture)
    if status != 0:
        return "", f"exit status {status}: {err.strip()}"
    report = json.loads(out)
    trace = hamsim.load_trace(f"{file.stem}.nc")
    wrong = "" if len(trace.t) > 0 else "the trace holds no record"
    if plot and not Path(picture[1]).stat().st_size:
        wrong = "the picture is empty"
    return str(report["outcome"]["message"]), wrong


def tell(names, plot):
    """Run networks one after another; how many failed."""
    failed = 0
    for name in names:
        begun = time.perf_counter()
        ended, wrong = run(examples()[name], plot)
        failed += bool(wrong)
        took = time.perf_counter() - begun
        print(f"{name:26} {took:6.2f} s  {wrong or ended}", flush=True)
    return failed


def of_source():
    """Networks of the repository, which an installed copy must have too."""
    return {path.stem for path in (REPOSITORY / "networks").glob("*.yaml")}


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("names", nargs="*", metavar="NAME", help="Networks; default: all.")
    asked.add_argument("--plot", action="store_true", help="Draw each run, too.")
    given = asked.parse_args()
    missing = sorted({*given.names, *of_source()} - set(examples()))
    print(f"hamsim {hamsim.__version__} of {Path(hamsim.__file__).parent}")
    print(f"Python {platform.python_version()}", flush=True)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        failed = tell(given.names or list(examples()), given.plot)
        os.chdir(REPOSITORY)
    print(f"{time.perf_counter() - begun:.0f} s in all, {failed} failed, {len(missing)} missing")
    sys.exit(bool(failed or missing))
