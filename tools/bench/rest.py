"""What `fixed_point` costs, where it ends, and whether what it vouches for is so.

python tools/bench/rest.py products [--network NAME]     beside SciPy's solvers, and CVODE's
python tools/bench/rest.py basins [--starts 100]         many starts of four networks
python tools/bench/rest.py random [--networks 400]       5 starts each of networks drawn at random
python tools/bench/rest.py wider [--networks 400]        7 starts each of networks of more families
python tools/bench/rest.py zoo                           residual 1e-12 on every example

Products are those of one trial; a solver of others is charged a product for each call of dx/dt, and
for nothing else. Trajectories are followed by `tsit5`, or `bdf` where they are stiff, at a relative
tolerance of 1e-8.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from motion import Array, Motion
from rest_networks import random_network, wider_network
from scipy.integrate import solve_ivp
from scipy.optimize import anderson, newton_krylov
from scipy.sparse import coo_array, csc_array, diags_array, eye_array
from time_networks import CASES, ZOO, Case

import hamsim
from hamsim.field.sharing import shared_sets
from hamsim.network import Network
from hamsim.operator import operator_of

RESIDUAL = 1e-8
LONGEST = 2000.0  # times the largest tau
SAME = 1e-3  # states this far apart are two, relative to 1 + |x|
MOST = 30_000  # calls of dx/dt


class Enough(Exception):
    """The residual is small enough, or too many calls were made."""


def ends(network: Network, starts: Array, stiff: bool) -> tuple[Array, Array]:
    """Where trajectories end that are followed tightly, and whether they have come to rest."""
    trace = hamsim.simulate(
        network,
        starts,
        method="bdf" if stiff else "tsit5",
        rtol=1e-8,
        atol=1e-10,
        record=None,
        t_end=LONGEST * float(network.tau.max()),
        until=1e-5,
    )
    close = hamsim.fixed_point(network, trace.final, tol=1e-9)
    x, final = np.atleast_2d(close.x), np.atleast_2d(trace.final)
    near = np.abs(x - final).max(axis=1) < 0.02 * (1.0 + np.abs(x).max(axis=1))
    return x, near & (np.array(trace.outcome.outcomes) == "converged")


def same(one: Array, other: Array) -> Array:
    """Whether states are one, row by row."""
    apart = np.abs(np.atleast_2d(one) - np.atleast_2d(other)).max(axis=1)
    found: Array = apart < SAME * (1.0 + np.abs(np.atleast_2d(other)).max(axis=1))
    return found


def is_stiff(network: Network) -> bool:
    """Whether explicit methods are out of the question."""
    tau = network.tau
    return bool(tau.min() == 0.0 or tau.max() > 50.0 * tau.min())


class Watched:
    """dx/dt that ends who calls it once a state is at rest, and remembers that state."""

    def __init__(self, motion: Motion) -> None:
        self.motion, self.x, self.calls = motion, np.zeros(0), 0
        self._tau = np.where(np.isfinite(motion.tau), motion.tau, 0.0)

    def __call__(self, t: float, x: Array) -> Array:
        self.calls += 1
        right = self.motion.plain if self.motion.is_plain else self.motion.own
        velocity: Array = right(t, x)
        self.x = x
        if np.abs(self._tau * velocity).max() <= RESIDUAL or self.calls >= MOST:
            raise Enough
        return velocity

    def rest(self, x: Array) -> Array:
        """What is 0 at rest, for solvers of equations."""
        return self._tau * self(0.0, x) + (self._tau == 0.0) * (self.motion.start(x) - x)


class Sparse:
    """The analytic Jacobian of dx/dt, sparse."""

    def __init__(self, motion: Motion) -> None:
        self.motion, n = motion, motion.network.n_neurons
        sets = shared_sets(motion.network)
        # Neurons of a set have different places in it; one product gives a column of each set.
        order = np.argsort(sets, kind="stable")
        first = np.searchsorted(sets[order], sets[order])
        self.place = np.empty(n, dtype=np.int64)
        self.place[order] = np.arange(n) - first
        self.sets = sets
        self.W, self.rates = motion.network.W, motion.rates

    def __call__(self, t: float, x: Array) -> csc_array:
        n, count = x.size, int(self.place.max()) + 1
        directions = (self.place == np.arange(count)[:, None]).astype(np.float64)
        found = operator_of(self.motion.network).hessian(np.tile(x, (count, 1)), directions)
        columns = np.full((count, n), -1)
        columns[self.place, self.sets] = np.arange(n)
        column = columns[:, self.sets]
        some = (column >= 0) & (found != 0.0)
        rows = np.broadcast_to(np.arange(n), column.shape)
        H = coo_array((found[some], (rows[some], column[some])), shape=(n, n)).tocsr()
        return csc_array(diags_array(self.rates) @ (self.W @ H - eye_array(n)))


def integrate(method: str) -> Callable[[Watched, Motion, Array, float], None]:
    def go(watched: Watched, motion: Motion, start: Array, t_end: float) -> None:
        options = {"jac": Sparse(motion)} if method == "BDF" else {}
        solve_ivp(watched, (0.0, t_end), start, method, rtol=1e-4, atol=1e-9, **options)

    return go


def solve(solver: Callable[..., Array]) -> Callable[[Watched, Motion, Array, float], None]:
    def go(watched: Watched, motion: Motion, start: Array, t_end: float) -> None:
        solver(watched.rest, start, f_tol=RESIDUAL, maxiter=MOST)

    return go


def cvode(watched: Watched, motion: Motion, start: Array, t_end: float) -> None:
    from sksundae.cvode import CVODE

    def fill(t: float, x: Array, velocity: Array) -> None:
        velocity[:] = watched(t, x.copy())

    solver = CVODE(fill, method="BDF", rtol=1e-4, atol=1e-9, linsolver="gmres", max_num_steps=MOST)
    solver.solve(np.array([0.0, t_end]), start)


SOLVERS = {
    "BDF, sparse J": integrate("BDF"),
    "LSODA": integrate("LSODA"),
    "DOP853": integrate("DOP853"),
    "newton_krylov": solve(newton_krylov),
    "anderson": solve(anderson),
    "CVODE, GMRES": cvode,
}


def other(name: str, case: Case, end: Array) -> str:
    """Products and seconds of a solver, marked with x where it ends elsewhere."""
    network = case.network()
    motion = Motion(network, network.stimuli)
    watched, began = Watched(motion), time.perf_counter()
    try:
        SOLVERS[name](watched, motion, motion.start(network.initial), LONGEST * network.tau.max())
    except ImportError:
        return "not installed"
    except Enough:
        pass
    except Exception as error:  # whatever a solver finds wrong
        return type(error).__name__
    seconds = time.perf_counter() - began
    if watched.calls >= MOST:
        return f"none in {MOST:,}"
    mark = "" if same(watched.x, end)[0] else "x"
    return f"{watched.calls}{mark} ({1e3 * seconds:.0f} ms)"


def products(names: list[str]) -> None:
    for name in names:
        case = CASES[name]
        network = case.network()
        end, _ = ends(network, network.initial, is_stiff(network))
        hamsim.fixed_point(network, tol=RESIDUAL)
        began = time.perf_counter()
        found = hamsim.fixed_point(network, tol=RESIDUAL)
        seconds = time.perf_counter() - began
        mark = "" if same(found.x, end)[0] else "x"
        own = f"{found.cost:.0f}{mark} ({1e3 * seconds:.0f} ms, {found.basin})"
        print(
            f"{name:11s} fixed_point {own};",
            "; ".join(f"{other_name} {other(other_name, case, end)}" for other_name in SOLVERS),
            flush=True,
        )


def told(found: hamsim.FixedPoint, right: Array) -> str:
    """How many states each word was said of, and of how many wrongly."""
    basins = np.atleast_1d(found.basin)
    words = ("certified", "followed", "unknown")
    return ", ".join(
        f"{word} {np.count_nonzero(basins == word)}"
        f" ({np.count_nonzero((basins == word) & ~right)} wrong)"
        for word in words
    )


def basins(count: int) -> None:
    for name in ("conv", "digits", "glassy", "slowhidden"):
        network = CASES[name].network()
        starts = np.random.default_rng(0).normal(size=(count, network.n_neurons))
        end, rests = ends(network, starts, is_stiff(network))
        found = hamsim.fixed_point(network, starts, tol=RESIDUAL)
        right = same(found.x, end)
        print(
            f"{name:11s} {np.count_nonzero(right & rests)} of {np.count_nonzero(rests)} end where "
            f"the trajectory does; {np.median(found.cost):.0f} products; {told(found, right)}",
            flush=True,
        )


def at_random(count: int, wider: bool) -> None:
    said: Counter[tuple[str, bool]] = Counter()
    costs = []
    for seed in range(count):
        if wider:
            network, starts = wider_network(50_000 + seed)[1:]
        else:
            network, starts = random_network(10_000 + seed)
        end, rests = ends(network, starts, is_stiff(network))
        found = hamsim.fixed_point(network, starts, tol=RESIDUAL)
        right = same(found.x, end)
        said.update(zip(found.basin[rests].tolist(), right[rests].tolist(), strict=True))
        costs += found.cost.tolist()
    for word in ("certified", "followed", "unknown"):
        print(f"{word:10s} {said[word, True]} right, {said[word, False]} wrong")
    print(f"median {np.median(costs):.0f} products")


def zoo() -> None:
    for path in sorted(Path(ZOO).glob("*.yaml")):
        began = time.perf_counter()
        try:
            found = hamsim.fixed_point(path, tol=1e-12)
        except hamsim.HamsimError as error:
            print(f"{path.stem:24s} {error}")
            continue
        done = np.atleast_1d(found.converged)
        print(
            f"{path.stem:24s} {np.count_nonzero(done)} of {done.size} rest, residual "
            f"{np.max(found.residual):.1e}, {np.median(found.cost):.0f} products, "
            f"{time.perf_counter() - began:.1f} s; {told(found, np.ones(done.size, bool))}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("products", "basins", "random", "wider", "zoo"))
    parser.add_argument("--network", choices=CASES)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--networks", type=int, default=400)
    given = parser.parse_args()
    if given.what == "products":
        products([given.network] if given.network else list(CASES))
    elif given.what == "basins":
        basins(given.starts)
    elif given.what in ("random", "wider"):
        at_random(given.networks, given.what == "wider")
    else:
        zoo()


if __name__ == "__main__":
    main()
