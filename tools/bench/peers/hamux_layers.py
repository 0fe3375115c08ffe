"""hamux: hierarchical associative memories in JAX, whose gradients make the dynamics."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Array, Problem

from peers.peer import Peer


class Hamux(Peer):
    """The two layers; its synapses are dense, so that sparse networks are not for it."""

    name = "hamux"
    modules = ("hamux", "equinox", "jax", "fastcore")

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import equinox
        import hamux
        import jax

        jax.config.update("jax_enable_x64", True)
        self.numpy = jax.numpy
        rows, columns = problem.D.shape
        neurons = {
            "v": hamux.NeuronLayer(hamux.lagr_identity, (rows,)),
            "h": hamux.NeuronLayer(hamux.lagr_softmax, (columns,)),
        }
        synapses = {"s": hamux.LinearSynapse(jax.numpy.asarray(problem.D))}
        self.ham = hamux.HAM(neurons, synapses, [(("v", "h"), "s")])
        self.factor = self.split(problem.dt / problem.tau)
        self.input = self.split(problem.input)

        def slopes_of(ham: Any, xs: Any) -> Any:
            return ham.dEdact(ham.activations(xs), xs)

        if problem.trials > 1:
            slopes_of = jax.vmap(slopes_of, in_axes=(None, 0))

        # What its documentation shows, xs - step * dEdact, compiled as a loop.
        @equinox.filter_jit
        def loop(ham: Any, xs: Any, steps: Any, factor: Any, current: Any) -> Any:
            def step(_: Any, xs: Any) -> Any:
                slopes = slopes_of(ham, xs)
                return {k: xs[k] + factor[k] * (current[k] - slopes[k]) for k in xs}

            return jax.lax.fori_loop(0, steps, step, xs)

        self.loop = loop
        self.begin()

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return problem.is_layers

    def split(self, values: Array) -> dict[str, Any]:
        n = len(self.problem.D)
        return {"v": self.numpy.asarray(values[..., :n]), "h": self.numpy.asarray(values[..., n:])}

    def begin(self) -> None:
        self.xs = self.split(self.problem.start)

    def go_on(self, steps: int) -> Array:
        count = self.numpy.asarray(steps)  # a Python number would be compiled in
        self.xs = self.loop(self.ham, self.xs, count, self.factor, self.input)
        return np.concatenate([self.xs["v"], self.xs["h"]], axis=-1)
