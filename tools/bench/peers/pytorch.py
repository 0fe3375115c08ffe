"""PyTorch: its CSR matrix or a dense one, whole steps in arrays that are used again."""

from __future__ import annotations

import warnings

from cases import Array, Problem

from peers.peer import Peer


class PyTorch(Peer):
    """Eager PyTorch on the CPU, without gradients."""

    name = "PyTorch"
    modules = ("torch",)

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import torch

        self.torch = torch
        torch.set_num_threads(problem.threads)
        torch.set_grad_enabled(False)
        column = (-1,) if problem.trials == 1 else (-1, 1)
        self.factor = torch.from_numpy(problem.dt / problem.tau).reshape(column)
        self.input = torch.from_numpy(problem.input).reshape(column)
        if problem.is_layers:
            self.D = torch.from_numpy(problem.D)
        else:
            W = problem.W
            parts = (torch.from_numpy(part) for part in (W.indptr, W.indices, W.data))
            with warnings.catch_warnings():  # that its sparse matrices are new
                warnings.simplefilter("ignore", UserWarning)
                self.W = torch.sparse_csr_tensor(*parts, size=W.shape, check_invariants=False)
        self.begin()

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return True

    def begin(self) -> None:
        self.x = self.torch.from_numpy(self.problem.start.T.copy())

    def go_on(self, steps: int) -> Array:
        step = self.step_layers if self.problem.is_layers else self.step_neurons
        for _ in range(steps):
            step(self.x)
        return self.x.numpy().T

    def step_neurons(self, x: object) -> None:
        u = self.W @ self.torch.tanh(x)
        u.add_(self.input).sub_(x)
        x.addcmul_(self.factor, u)

    def step_layers(self, x: object) -> None:
        n = len(self.D)
        parts = (self.D @ self.torch.softmax(x[n:], 0), self.D.T @ x[:n])
        u = self.torch.cat(parts).add_(self.input).sub_(x)
        x.addcmul_(self.factor, u)
