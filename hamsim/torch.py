"""Rest states as a module of PyTorch: ``pip install 'hamsim[torch]'``."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

import numpy as np

from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.learning.layer import Layer, rows_of_values, shape_of_one
from hamsim.names import as_list
from hamsim.network import Network

try:
    import torch
except ImportError as error:
    raise ImportError("hamsim.torch needs PyTorch: pip install 'hamsim[torch]'") from error

__all__ = ["Rest"]


class Rest(torch.nn.Module):  # type: ignore[misc]
    """The rest states of a network, as a function of its weights, its currents and of values.

    The network relaxes in hamsim's own compiled loops. Derivatives are those of the implicit
    function theorem at the rest state, so that nothing of the way there is kept. Trials begin at
    the network's initial states, the first of them if there are several; its stimuli do not act.

    Parameters
    ----------
    network : Network, Spec, path or dict
    inputs : str or sequence of str, optional
        Groups or neurons whose values `forward` takes; all neurons if nobody says.
    outputs : str or sequence of str, optional
        Groups or neurons that it gives; all if nobody says.
    mode : {"clamp", "input"}, optional
        Whether values are states at which neurons are held, or currents that are added. Without
        `inputs` they are currents, with them states, if nobody says.
    of : {"g", "x"}, default="g"
        Whether activations or states are given.
    learn : "all" or sequence of str, default="all"
        Connections whose weights are to be learned; the others' take no gradient.
    learn_input : bool, default=True
        Whether the currents of neurons are to be learned.
    residual : float, default=1e-10
        max|W g + I - x| at which a state rests.
    tol : float, default=1e-10
        What of the adjoint equations may be left, as a part of their right side.
    follows : bool, default=True
        Whether trials come to the rest states to which the network goes, as of
        `hamsim.fixed_point`. Else any will do that is found from there, many times as fast.

    Attributes
    ----------
    weights : ParameterDict
        By the names of connections, with ``_`` for ``.``: a full block and a kernel in their own
        shape, else one number an undirected edge or triple. In double precision.
    input : Parameter, shape (n,)
        The current of each neuron; one that is held takes no notice of it.

    Notes
    -----
    Rows that did not come to rest, or came to a state that is not stable, have gradient 0, and a
    `SimulationWarning` says how many. Results have the type and device of the values; what is
    computed is computed in double precision, on the processor.
    """

    def __init__(
        self,
        network: Network | Any,
        inputs: str | Sequence[str] | None = None,
        outputs: str | Sequence[str] | None = None,
        *,
        mode: Literal["clamp", "input"] | None = None,
        of: Literal["g", "x"] = "g",
        learn: str | Sequence[str] = "all",
        learn_input: bool = True,
        residual: float = 1e-10,
        tol: float = 1e-10,
        follows: bool = True,
    ) -> None:
        super().__init__()
        self._layer = Layer(network, inputs, outputs, mode, of, residual, tol, follows)
        parts = self._layer.synapses.parts
        learned = _learned(learn, [part.name for part in parts])
        self.weights = torch.nn.ParameterDict()
        self._keys = _keys([part.name for part in parts])
        for part in parts:
            values = self._layer.weights[part.slice].reshape(shape_of_one(part))
            self.weights[self._keys[part.name]] = torch.nn.Parameter(
                torch.tensor(values), requires_grad=part.name in learned
            )
        self.input = torch.nn.Parameter(
            torch.tensor(self._layer.input), requires_grad=bool(learn_input)
        )

    @property
    def network(self) -> Network:
        """An ordinary network with the weights and currents as they are now."""
        flat = torch.cat([part.detach().reshape(-1) for part in self._weights()] or [_nothing()])
        return self._layer.network(_array(flat), _array(self.input))

    def forward(self, values: Any = None) -> Any:
        """Bring the network to rest.

        Parameters
        ----------
        values : Tensor, shape (..., size) or (..., *shape), optional
            Of `inputs`, with any axes for trials in front; 0 if nothing is given.

        Returns
        -------
        Tensor
            Of `outputs`, in a group's own shape if they are one group, behind the axes for trials.
        """
        inputs, outputs = self._layer.inputs, self._layer.outputs
        if values is None:
            values = torch.zeros(inputs.at.size, dtype=torch.float64)
        values = torch.as_tensor(values)
        if not values.is_floating_point():
            values = values.to(torch.get_default_dtype())
        front = rows_of_values(inputs, tuple(values.shape), "values")
        rows = values.reshape(prod(front), inputs.at.size)
        flat = torch.cat([part.reshape(-1) for part in self._weights()] or [_nothing()])
        found = _Resting.apply(self._layer, rows, self.input, flat)
        return found.reshape(*front, *outputs.shape)

    def extra_repr(self) -> str:
        """What stands in the module's text."""
        layer = self._layer
        return (
            f"{layer.base!r}, {layer.mode} {layer.inputs.shape}, {layer.of} {layer.outputs.shape}"
        )

    def _weights(self) -> list[Any]:
        return [self.weights[self._keys[part.name]] for part in self._layer.synapses.parts]


class _Resting(torch.autograd.Function):  # type: ignore[misc]
    """The function of arrays that autograd sees."""

    @staticmethod
    def forward(ctx: Any, layer: Layer, values: Any, input: Any, weights: Any) -> Any:
        passed = layer.forward(_array(weights), _array(input), _array(values))
        ctx.layer, ctx.x, ctx.rests = layer, passed.x, passed.rests
        ctx.save_for_backward(values, input, weights)
        return _like(passed.out, values)

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, vector: Any) -> tuple[Any, ...]:
        values, input, weights = ctx.saved_tensors
        pulled = ctx.layer.backward(
            _array(weights), _array(input), ctx.x, ctx.rests, _array(vector)
        )
        return (
            None,
            _like(pulled.values, values),
            _like(pulled.input, input),
            _like(pulled.weights, weights),
        )


def _array(tensor: Any) -> Any:
    return tensor.detach().to(device="cpu", dtype=torch.float64).numpy()


def _like(array: Any, tensor: Any) -> Any:
    return torch.from_numpy(np.ascontiguousarray(array)).to(tensor)


def _nothing() -> Any:
    return torch.zeros(0, dtype=torch.float64)


def _learned(learn: str | Sequence[str], names: list[str]) -> list[str]:
    """The connections that are to be learned, checked."""
    if isinstance(learn, str) and learn == "all" and "all" not in names:
        return names
    listed = as_list(learn)
    for name in listed:
        if name not in names:
            raise HamsimError(f"learn: no connection {given(name)}; {did_you_mean(name, names)}")
    return [str(name) for name in listed]


def _keys(names: list[str]) -> dict[str, str]:
    """Names of parameters, in which a module has no dots; a number follows where two are alike."""
    keys: dict[str, str] = {}
    for name in names:
        key, k = name.replace(".", "_"), 1
        while key in keys.values():
            k += 1
            key = f"{name.replace('.', '_')}_{k}"
        keys[name] = key
    return keys
