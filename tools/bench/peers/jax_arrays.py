"""JAX: dense matrices, or its sparse BCSR ones, in a compiled loop of double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Array, Problem

from peers.peer import Peer

# Up to so many neurons a dense matrix is quicker than JAX's sparse one even if most of it is 0.
DENSE_NEURONS = 2000


class Jax(Peer):
    """The loops are compiled too: they take any number of steps, or go on to rest."""

    modules = ("jax",)

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax = jax
        rate, weights = self.prepare(problem)
        constants = (weights, *map(jax.numpy.asarray, (problem.input, problem.dt / problem.tau)))

        def step(x: Any, constants: Any) -> Any:
            weights, current, factor = constants
            return x + factor * (rate(weights, x) + current - x)

        def residual(x: Any, constants: Any) -> Any:
            weights, current, _ = constants
            return jax.numpy.abs(rate(weights, x) + current - x).max()

        # Weights are arguments: as constants they would be compiled into the program.
        @jax.jit
        def loop(x: Any, steps: Any, constants: Any) -> Any:
            return jax.lax.fori_loop(0, steps, lambda _, x: step(x, constants), x)

        @jax.jit
        def until(x: Any, tolerance: Any, constants: Any) -> Any:
            def some(x: Any) -> Any:
                return jax.lax.fori_loop(0, LOOK_EVERY, lambda _, x: step(x, constants), x)

            return jax.lax.while_loop(lambda x: residual(x, constants) > tolerance, some, x)

        self.loop, self.until, self.constants = loop, until, constants
        self.begin()

    def prepare(self, problem: Problem) -> tuple[Any, Any]:
        """Function of weights and states for W g(x), and the weights."""
        raise NotImplementedError

    def begin(self) -> None:
        self.x = self.jax.numpy.asarray(self.problem.start)

    def go_on(self, steps: int) -> Array:
        self.x = self.loop(self.x, steps, self.constants)
        return np.asarray(self.x)

    def rest(self, tolerance: float) -> Array:
        self.begin()
        return np.asarray(self.until(self.x, tolerance, self.constants))


LOOK_EVERY = 10  # steps, on the way to rest


class JaxDense(Jax):
    """The two layers, and few neurons."""

    name = "JAX dense"

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return problem.is_layers or (problem.trials == 1 and problem.n <= DENSE_NEURONS)

    def prepare(self, problem: Problem) -> tuple[Any, Any]:
        numpy, softmax = self.jax.numpy, self.jax.nn.softmax
        if not problem.is_layers:
            return lambda W, x: W @ numpy.tanh(x), numpy.asarray(problem.W.toarray())
        n = len(problem.D)

        def received(D: Any, x: Any) -> Any:
            return numpy.concatenate([D @ softmax(x[n:]), x[:n] @ D])

        def received_in_trials(D: Any, x: Any) -> Any:
            return numpy.concatenate([softmax(x[:, n:]) @ D.T, x[:, :n] @ D], axis=1)

        rate = received if problem.trials == 1 else received_in_trials
        return rate, numpy.asarray(problem.D)


class JaxSparse(Jax):
    """Many neurons; not in trials, as its product would hold every synapse times every trial."""

    name = "JAX sparse"

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return not problem.is_layers and problem.trials == 1 and problem.n > DENSE_NEURONS

    def prepare(self, problem: Problem) -> tuple[Any, Any]:
        from jax.experimental.sparse import BCSR

        numpy, W = self.jax.numpy, problem.W
        parts = tuple(map(numpy.asarray, (W.data, W.indices, W.indptr)))
        weights = BCSR(parts, shape=W.shape, indices_sorted=True, unique_indices=True)
        return lambda W, x: W @ numpy.tanh(x), weights
