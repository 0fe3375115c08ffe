"""python-graphblas: sparse matrix times vector, or matrix in trials, all in its own objects."""

from __future__ import annotations

import numpy as np
from cases import Array, Problem

from peers.peer import Peer


class GraphBLAS(Peer):
    """SuiteSparse:GraphBLAS through python-graphblas; there is nothing dense in it to gain from."""

    name = "GraphBLAS"
    modules = ("graphblas",)

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import graphblas

        self.blas = graphblas
        graphblas.ss.config["nthreads"] = problem.threads
        self.A = graphblas.io.from_scipy_sparse(problem.W)
        self.factor = self.spread(problem.dt / problem.tau)
        self.input = self.spread(problem.input) if problem.input.any() else None
        self.begin()
        self.g, self.u = self.x.dup(), self.x.dup()

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return not problem.is_layers

    def dense(self, values: Array) -> object:
        """A Vector of one trial, or a Matrix with a column for each."""
        kind = self.blas.Vector if values.ndim == 1 else self.blas.Matrix
        return kind.from_dense(np.ascontiguousarray(values))

    def spread(self, values: Array) -> object:
        """Values of neurons beside the states of all trials."""
        trials = self.problem.trials
        return self.dense(values if trials == 1 else np.repeat(values[:, None], trials, axis=1))

    def begin(self) -> None:
        self.x = self.dense(self.problem.start.T)

    def go_on(self, steps: int) -> Array:
        unary, binary, semiring = self.blas.unary, self.blas.binary, self.blas.semiring
        A, x, g, u = self.A, self.x, self.g, self.u
        for _ in range(steps):
            g << x.apply(unary.tanh)
            u << semiring.plus_times(A @ g)
            if self.input is not None:
                u << binary.plus(u & self.input)
            u << binary.minus(u & x)
            x(binary.plus) << binary.times(u & self.factor)
        return x.to_dense().T
