"""`train`: make a network's loss of examples small."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hamsim.compiler import as_network
from hamsim.errors import HamsimError, given
from hamsim.learning.losses import Loss
from hamsim.learning.losses import loss as loss_of
from hamsim.learning.training.fit import fit
from hamsim.learning.training.history import Progress
from hamsim.learning.training.task import Constrained, Cue, Learn, Settings, Task
from hamsim.learning.training.trained import Trained
from hamsim.names import as_list
from hamsim.network import Network

__all__ = ["train"]


def train(
    network: Network | Any,
    data: tuple[Any, Any],
    *,
    inputs: Any,
    outputs: Any,
    mode: str = "clamp",
    loss: Any = "squared",
    of: Any = "g",
    method: str | Mapping[str, Mapping[str, Any]] = "implicit",
    optimizer: str | Mapping[str, Mapping[str, Any]] = "adam",
    epochs: int = 20,
    batch: int = 32,
    validation: float = 0.1,
    learn: Mapping[str, Any] | None = None,
    rates: Mapping[str, float] | None = None,
    constraints: Mapping[str, Any] | None = None,
    clip: float | None = 1.0,
    stop: Mapping[str, Any] | None = None,
    rest: Mapping[str, float] | None = None,
    seed: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
) -> Trained:
    """Train a network on examples.

    Parameters
    ----------
    network : Network, Spec, path or dict
    data : (X, Y)
        Of each example the cue, (examples, ...), and the target.
    inputs, outputs : str or sequence
        Neurons that the cues are for, and that targets are of, as `Network.index` names them.
    mode : {"clamp", "input", "initial"}
        What cues are: states that are held, currents, or states at t = 0.
    loss : str, callable or Loss
        See `hamsim.loss`.
    of : {"g", "x"}
        What it is a loss of.
    method : str or mapping
        Of gradients: a name, or ``{name: settings}``.
    optimizer : str or mapping
        ``sgd``, ``momentum`` or ``adam``, or ``{name: settings}``.
    epochs, batch : int
    validation : float
        Share of the examples that is kept for validation.
    learn, rates, constraints, stop, rest : mapping, optional
        As in a file.
    clip : float or None
    seed : int, optional
        The network's if nobody says.
    checkpoint, resume : path, optional
        Where training is kept after every epoch, and where it goes on from.
    progress : callable, optional
    threads : int, optional

    Returns
    -------
    Trained

    Raises
    ------
    HamsimError
    """
    made = as_network(network)
    X, Y = data
    cues = np.asarray(X, dtype=np.float64)
    neurons = made.neurons(as_list(inputs))
    if cues.ndim < 2 or cues[0].size != neurons.size:
        raise HamsimError(
            f"X has shape {cues.shape}; it must be (examples, {neurons.size}), a row an example"
        )
    bound = targets = None
    if Y is not None:
        wanted = loss if isinstance(loss, Loss) else loss_of(loss, group=outputs, of=of)
        targets = np.asarray(Y)
        bound = wanted.with_target(targets).bound(made, len(cues))
    name, options = _named(method)
    optimizer_name, optimizer_options = _named(optimizer)
    known = dict(learn or {})
    if known.get("connections") in (None, "all"):
        known.pop("connections", None)
    settings = Settings(
        method=name,
        options=options,
        optimizer=optimizer_name,
        optimizer_options=optimizer_options,
        learn=Learn(**known),
        rates=dict(rates or {}),
        constraints=Constrained(**(constraints or {})),
        clip=clip,
        validation=validation,
        epochs=epochs,
        batch=batch,
        patience=(stop or {}).get("patience"),
        by=(stop or {}).get("by", "loss"),
        residual=(rest or {}).get("residual", 1e-3),
        seed=(made.seed or 0) if seed is None else seed,
    )
    cue: Any = Cue(neurons, mode, cues.reshape(len(cues), -1))  # type: ignore[arg-type]
    task = Task(made, (cue,), bound, targets, settings)
    return fit(task, checkpoint, resume, progress, threads)


def _named(value: Any) -> tuple[str, dict[str, Any]]:
    """A name and settings of what is a name, or a mapping of one to settings."""
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, Mapping) or len(value) != 1:
        raise HamsimError(f"{given(value)} is not a name, nor a mapping of one to its settings")
    ((name, settings),) = value.items()
    return name, dict(settings or {})
