"""What networks do, to a dozen digits: solutions at tight tolerances, and what errors grow to.

python tools/bench/truth.py [--network NAME]      says how well two independent methods agree
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from motion import Array, Motion
from scipy.integrate import solve_ivp
from time_networks import CASES, Case

from hamsim.dynamics.timeline.stepsize import fastest_rate

__all__ = ["RECORDS", "Truth", "error_of", "growth", "solve", "times_of", "truth_of"]

RECORDS = 40  # times after 0 at which errors are looked at
SMALL = 1e-7  # change of the start that growth is measured with
DIRECTIONS = 3
SHORT = 0.5  # longest step of DOP853 times the fastest rate


def times_of(t_end: float) -> Array:
    """When errors are looked at, k t_end / RECORDS as records of hamsim are."""
    return np.arange(RECORDS + 1) * (t_end / RECORDS)


def solve(
    motion: Motion, start: Array, times: Array, method: str, rtol: float, atol: float
) -> Array:
    """States at times by one of SciPy's solvers, shape (times, n).

    Steps of DOP853 are as short as the fastest rate asks for: at the border of its stability its
    errors are a thousand times the tolerance.
    """
    options: dict[str, object] = {"rtol": rtol, "atol": atol, "t_eval": times}
    if method == "DOP853":
        options["max_step"] = SHORT / fastest_rate(motion.network)
    if method in ("Radau", "BDF", "LSODA"):
        options["jac"] = motion.jacobian
    right: Callable[[float, Array], Array] = motion.plain if motion.is_plain else motion.own
    span = (float(times[0]), float(times[-1]))
    found = solve_ivp(right, span, motion.start(start), method, **options)
    if not found.success:
        raise RuntimeError(f"{method}: {found.message}")
    return np.ascontiguousarray(found.y.T)


class Truth(NamedTuple):
    """States at `times_of(case.t_end)` within about 1e-12, shape (times, n), and `growth`."""

    x: Array
    growth: float


def truth_of(name: str, case: Case) -> Truth:
    """The truth about a case, kept in a file of the folder for temporary ones."""
    network = case.network()
    numbers = (network.W.data, network.tau, network.input, network.initial)
    digest = hashlib.sha256(b"".join(a.tobytes() for a in numbers)).hexdigest()[:12]
    keep = Path(tempfile.gettempdir()) / "hamsim-truth"
    path = keep / f"{name}-{case.t_end:g}-{RECORDS}-{digest}.npz"
    if path.exists():
        with np.load(path) as kept:
            return Truth(kept["x"], float(kept["growth"]))
    motion, times = Motion(network, network.stimuli), times_of(case.t_end)
    method, rtol = ("Radau", 1e-12) if case.stiff else ("LSODA", 1e-13)
    x = solve(motion, network.initial, times, method, rtol, rtol / 100)
    found = Truth(x, growth(motion, network.initial, times, case.stiff))
    keep.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=found.x, growth=found.growth)
    return found


def growth(motion: Motion, start: Array, times: Array, stiff: bool = False) -> float:
    """By how much a small change of the start grows, in the maximum norm; at least 1."""
    rng = np.random.default_rng(0)
    method, rtol = ("Radau", 1e-10) if stiff else ("LSODA", 1e-11)
    start = motion.start(start)
    x = solve(motion, start, times, method, rtol, rtol / 100)
    largest = 1.0
    for _ in range(DIRECTIONS):
        change = SMALL * rng.choice([-1.0, 1.0], start.size)
        y = solve(motion, start + change, times, method, rtol, rtol / 100)
        changed = np.abs(motion.start(start + change) - start).max()  # what is clamped is not
        largest = max(largest, float(np.abs(y - x).max() / changed))
    return largest


def error_of(x: Array, truth: Array, rtol: float, atol: float) -> float:
    """Largest |e| / (atol + rtol |x|) over records and neurons."""
    if x.shape != truth.shape or not np.isfinite(x).all():
        return float("inf")
    return float((np.abs(x - truth) / (atol + rtol * np.abs(truth))).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=CASES)
    given = parser.parse_args()
    for name in [given.network] if given.network else CASES:
        case = CASES[name]
        network = case.network()
        motion, times = Motion(network, network.stimuli), times_of(case.t_end)
        x, grows = truth_of(name, case)
        other = "BDF" if case.stiff else "DOP853"
        y = solve(motion, network.initial, times, other, 1e-12, 1e-14)
        print(
            f"{name:11s} {network.n_neurons:5d} neurons, {network.W.nnz:7d} synapses, largest "
            f"state {np.abs(x).max():.3g}: {other} at 1e-12 is {np.abs(x - y).max():.1e} away; "
            f"a change of the start grows {grows:.3g}-fold",
            flush=True,
        )


if __name__ == "__main__":
    main()
