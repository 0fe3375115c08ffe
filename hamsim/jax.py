"""Rest states as a function that JAX differentiates: ``pip install 'hamsim[jax]'``."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Literal

import numpy as np

from hamsim.errors import HamsimError
from hamsim.learning.layer import Layer, rows_of_values, shape_of_one
from hamsim.network import Network

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    raise ImportError("hamsim.jax needs JAX: pip install 'hamsim[jax]'") from error

__all__ = ["Rest"]


class Rest:
    """The rest states of a network, as a function of its weights, its currents and of values.

    ``rest(rest.parameters, values)`` may stand inside `jax.grad`, `jax.jit` and `jax.vmap`: the
    network relaxes in hamsim's own compiled loops, outside of JAX, and derivatives are those of the
    implicit function theorem at the rest state. Trials begin at the network's initial states, the
    first of them if there are several; its stimuli do not act.

    Parameters
    ----------
    network : Network, Spec, path or dict
    inputs : str or sequence of str, optional
        Groups or neurons whose values are given; all neurons if nobody says.
    outputs : str or sequence of str, optional
        Groups or neurons that are given back; all if nobody says.
    mode : {"clamp", "input"}, optional
        Whether values are states at which neurons are held, or currents that are added. Without
        `inputs` they are currents, with them states, if nobody says.
    of : {"g", "x"}, default="g"
        Whether activations or states are given back.
    residual : float, default=1e-10
        max|W g + I - x| at which a state rests.
    tol : float, default=1e-10
        What of the adjoint equations may be left, as a part of their right side.
    follows : bool, default=True
        Whether trials come to the rest states to which the network goes, as of
        `hamsim.fixed_point`. Else any will do that is found from there, many times as fast.

    Attributes
    ----------
    parameters : dict
        ``{"weights": {name: array}, "input": array}`` of the network: a full block and a kernel in
        their own shape, else one number an undirected edge or triple; and a current a neuron.

    Notes
    -----
    Rows that did not come to rest, or came to a state that is not stable, have gradient 0, and a
    `SimulationWarning` says how many. What is computed is computed in double precision, on the
    processor; JAX hands single precision on unless ``jax_enable_x64`` is set.
    """

    def __init__(
        self,
        network: Network | Any,
        inputs: str | Sequence[str] | None = None,
        outputs: str | Sequence[str] | None = None,
        *,
        mode: Literal["clamp", "input"] | None = None,
        of: Literal["g", "x"] = "g",
        residual: float = 1e-10,
        tol: float = 1e-10,
        follows: bool = True,
    ) -> None:
        self._layer = Layer(network, inputs, outputs, mode, of, residual, tol, follows)
        self.parameters: dict[str, Any] = {
            "weights": {
                part.name: self._layer.weights[part.slice].reshape(shape_of_one(part))
                for part in self._layer.synapses.parts
            },
            "input": self._layer.input,
        }
        self._function = _differentiable(self._layer)

    def __call__(self, parameters: Mapping[str, Any], values: Any = None) -> Any:
        """Bring the network to rest.

        Parameters
        ----------
        parameters : dict
            As `parameters`, with other numbers.
        values : array, shape (..., size) or (..., *shape), optional
            Of `inputs`, with any axes for trials in front; 0 if nothing is given.

        Returns
        -------
        array
            Of `outputs`, in a group's own shape if they are one group, behind the axes for trials.
        """
        inputs, outputs = self._layer.inputs, self._layer.outputs
        values = jnp.zeros(inputs.at.size) if values is None else jnp.asarray(values)
        if not jnp.issubdtype(values.dtype, jnp.floating):
            values = values.astype(_widest())
        front = rows_of_values(inputs, tuple(values.shape), "values")
        rows = values.reshape(prod(front), inputs.at.size)
        found = self._function(self._flat(parameters), jnp.asarray(parameters["input"]), rows)
        return found.reshape(*front, *outputs.shape)

    def network(self, parameters: Mapping[str, Any]) -> Network:
        """An ordinary network with these parameters."""
        return self._layer.network(
            np.asarray(self._flat(parameters)), np.asarray(parameters["input"])
        )

    def _flat(self, parameters: Mapping[str, Any]) -> Any:
        parts = []
        for part in self._layer.synapses.parts:
            own, shape = jnp.asarray(parameters["weights"][part.name]), shape_of_one(part)
            if own.shape != shape:
                raise HamsimError(f"weights of '{part.name}' have shape {own.shape}, not {shape}")
            parts.append(own.reshape(-1))
        return jnp.concatenate(parts) if parts else jnp.zeros(0)


def _differentiable(layer: Layer) -> Any:
    """The function of arrays that JAX sees: weights, currents and rows of values."""
    n = layer.base.n_neurons

    @jax.custom_vjp
    def resting(weights: Any, input: Any, values: Any) -> Any:
        return forward(weights, input, values)[0]

    def made(weights: Any, input: Any, values: Any) -> tuple[Any, ...]:
        passed = layer.forward(*map(_array, (weights, input, values)))
        return passed.out, passed.x, passed.rests

    def forward(weights: Any, input: Any, values: Any) -> Any:
        rows, wide = values.shape[0], _widest()
        shapes = (
            jax.ShapeDtypeStruct((rows, layer.outputs.at.size), values.dtype),
            jax.ShapeDtypeStruct((rows, n), wide),
            jax.ShapeDtypeStruct((rows,), np.bool_),
        )
        out, x, rests = _called(made, shapes, weights, input, values)
        return out, (weights, input, values, x, rests)

    def pulled(weights: Any, input: Any, x: Any, rests: Any, vector: Any) -> tuple[Any, ...]:
        back = layer.backward(
            _array(weights), _array(input), _array(x), np.asarray(rests), _array(vector)
        )
        return back.weights, back.input, back.values

    def backward(kept: Any, vector: Any) -> Any:
        weights, input, values, x, rests = kept
        shapes = tuple(jax.ShapeDtypeStruct(v.shape, v.dtype) for v in (weights, input, values))
        return _called(pulled, shapes, weights, input, x, rests, vector)

    resting.defvjp(forward, backward)
    return resting


def _called(function: Any, shapes: Any, *given: Any) -> Any:
    """What a function of NumPy arrays gives, outside of JAX; rows of `jax.vmap` one by one."""
    # Older releases have no such option, and do that anyway.
    known = "vmap_method" in inspect.signature(jax.pure_callback).parameters
    how: dict[str, Any] = {"vmap_method": "sequential"} if known else {}
    return jax.pure_callback(
        lambda *arrays: _typed(function(*arrays), shapes), shapes, *given, **how
    )


def _widest() -> Any:
    """The type of numbers in which JAX can keep states."""
    return jnp.zeros(0).dtype


def _array(values: Any) -> Any:
    return np.asarray(values, dtype=np.float64)


def _typed(arrays: tuple[Any, ...], shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        np.asarray(array, dtype=shape.dtype) for array, shape in zip(arrays, shapes, strict=True)
    )
