"""Solvers of others, all called alike: SciPy's, CVODE of SUNDIALS, and diffrax.

    pip install scikit-sundae diffrax       (who is not installed is left out)

A product W g is a call of dx/dt, so also one for a column of a Jacobian of differences; what
diffrax's implicit solver takes cannot be counted from outside.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from motion import Array, Motion
from scipy.integrate import solve_ivp

__all__ = ["SOLVERS", "Outcome", "Prepared", "Solver"]

# Implicit solvers without Krylov methods are for networks that are not larger.
DENSE = 300
MOST = 200_000  # calls after which a solver is given up


class TooMuch(Exception):
    """More calls than anybody waits for."""


class Outcome(NamedTuple):
    """States at times, shape (times, n), and the number of products or NaN if that is unknown."""

    x: Array
    products: float


# Goes through the times; may be called again.
Prepared = Callable[[float, float], Outcome]


class Solver(NamedTuple):
    """A solver of a library.

    Parameters
    ----------
    module : str
        Needed by it.
    prepare : callable
        From motion, dx/dt, start and times to a function of rtol and atol.
    dense : bool
        Whether it solves with dense Jacobians.
    """

    module: str
    prepare: Callable[[Motion, Callable[[float, Array], Array], Array, Array], Prepared]
    dense: bool = False

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    def can(self, n: int) -> bool:
        return not self.dense or n <= DENSE


def scipy_solver(method: str) -> Callable[..., Prepared]:
    def prepare(motion: Motion, right: Any, start: Array, times: Array) -> Prepared:
        def limited(t: float, x: Array) -> Array:
            if motion.calls > MOST:
                raise TooMuch
            result: Array = right(t, x)
            return result

        def run(rtol: float, atol: float) -> Outcome:
            motion.calls = 0
            span = (times[0], times[-1])
            found = solve_ivp(limited, span, start, method, times, rtol=rtol, atol=atol)
            return Outcome(np.ascontiguousarray(found.y.T), motion.calls)

        return run

    return prepare


def cvode(method: str) -> Callable[..., Prepared]:
    def prepare(motion: Motion, right: Any, start: Array, times: Array) -> Prepared:
        from sksundae.cvode import CVODE

        def fill(t: float, x: Array, velocity: Array) -> None:
            velocity[:] = right(t, x)

        def run(rtol: float, atol: float) -> Outcome:
            motion.calls = 0
            solver = CVODE(
                fill, method=method, rtol=rtol, atol=atol, linsolver="gmres", max_num_steps=MOST
            )
            found = solver.solve(times, start)
            return Outcome(np.asarray(found.y), motion.calls)

        return run

    return prepare


def jax_activations(motion: Motion) -> list[tuple[slice, Callable[[Any], Any]]]:
    """The activations once more, in jax.numpy."""
    import jax
    import jax.numpy as jnp

    found = []
    for group in motion.network.groups:
        p = {key: jnp.asarray(value) for key, value in group.parameters.items()}
        shape, over = group.shape, group.over
        how: Mapping[str, Callable[[Any], Any]] = {
            "identity": lambda x, p=p: p["gain"] * x,
            "tanh": lambda x, p=p: jnp.tanh(p["beta"] * x),
            "sigmoid": lambda x, p=p: jax.nn.sigmoid(p["beta"] * x),
            "relu": lambda x: jnp.maximum(x, 0.0),
            "soft_threshold": lambda x, p=p: x - jnp.clip(x, -p["threshold"], p["threshold"]),
            "softmax": lambda x, p=p, shape=shape, over=over: jax.nn.softmax(
                (p["beta"] * x).reshape(shape), axis=over
            ).ravel(),
        }
        found.append((group.slice, how[group.lagrangian]))
    return found


def diffrax_solver(name: str, stages: int) -> Callable[..., Prepared]:
    def prepare(motion: Motion, right: Any, start: Array, times: Array) -> Prepared:
        import diffrax
        import jax
        import jax.numpy as jnp
        from jax.experimental.sparse import BCOO

        jax.config.update("jax_enable_x64", True)
        W = motion.network.W
        full = W.nnz > 0.1 * np.prod(W.shape)
        weights = jnp.asarray(W.toarray()) if full else BCOO.from_scipy_sparse(W)
        activations = jax_activations(motion)
        current, rates = jnp.asarray(motion.current), jnp.asarray(motion.rates)

        def velocity(t: Any, x: Any, args: Any) -> Any:
            g = jnp.concatenate([activate(x[place]) for place, activate in activations])
            return (weights @ g + current - x) * rates

        @jax.jit
        def solve(rtol: Any, atol: Any) -> Any:
            return diffrax.diffeqsolve(
                diffrax.ODETerm(velocity),
                getattr(diffrax, name)(),
                times[0],
                times[-1],
                None,
                jnp.asarray(start),
                saveat=diffrax.SaveAt(ts=jnp.asarray(times)),
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
                max_steps=MOST,
                throw=False,
            )

        def run(rtol: float, atol: float) -> Outcome:
            found = solve(rtol, atol)
            steps = int(found.stats["num_steps"])
            x = np.asarray(found.ys)
            return Outcome(x, stages * steps + 2.0 if stages else float("nan"))

        return run

    return prepare


SOLVERS: Mapping[str, Solver] = {
    "SciPy DOP853": Solver("scipy", scipy_solver("DOP853")),
    "SciPy RK45": Solver("scipy", scipy_solver("RK45")),
    "SciPy LSODA": Solver("scipy", scipy_solver("LSODA")),
    "SciPy BDF": Solver("scipy", scipy_solver("BDF"), dense=True),
    "SciPy Radau": Solver("scipy", scipy_solver("Radau"), dense=True),
    "CVODE BDF": Solver("sksundae", cvode("BDF")),
    "CVODE Adams": Solver("sksundae", cvode("Adams")),
    "diffrax Tsit5": Solver("diffrax", diffrax_solver("Tsit5", 6)),
    "diffrax Dopri8": Solver("diffrax", diffrax_solver("Dopri8", 13)),
    "diffrax Kvaerno5": Solver("diffrax", diffrax_solver("Kvaerno5", 0), dense=True),
}
