"""`train`: make a network's loss of examples small."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from hamsim.learning.training.asked import asked_of
from hamsim.learning.training.fit import fit
from hamsim.learning.training.history import Progress
from hamsim.learning.training.trained import Trained
from hamsim.network import Network
from hamsim.spec.schema import Spec
from hamsim.telling import telling

__all__ = ["train"]


def train(
    source: Network | Spec | str | os.PathLike[str] | Mapping[str, Any],
    data: tuple[Any, Any] | None = None,
    *,
    inputs: Any = None,
    outputs: Any = None,
    mode: str | Mapping[str, str] | None = None,
    loss: Any = None,
    of: str | None = None,
    method: str | Mapping[str, Any] | None = None,
    optimizer: str | Mapping[str, Any] | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    validation: float | None = None,
    learn: Mapping[str, Any] | None = None,
    rates: Mapping[str, float] | None = None,
    constraints: Mapping[str, Any] | None = None,
    clip: float | str | None = None,
    stop: Mapping[str, Any] | None = None,
    rest: Mapping[str, float] | None = None,
    seed: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
    threads: int | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Trained:
    """Train a network on examples.

    Whatever is None is as the block ``training`` of the description says, else as the defaults in
    parentheses. Stimuli of the network are of its runs, and do not act.

    Parameters
    ----------
    source : Network, Spec, path or dict
    data : (X, Y), optional
        Examples: of each the cue, (examples, ...), or a mapping of names of neurons to such
        arrays; and the target, a row an example, or its class as a whole number.
    inputs, outputs : str or sequence, optional
        Neurons that cues are for, and that targets are of, as `Network.index` names them.
    mode : {"clamp", "input", "initial"} or mapping of names to these, optional
        What cues are: states that are held, currents, or states at t = 0 ("clamp").
    loss : str, Loss or callable, optional
        See `hamsim.loss` ("squared").
    of : {"g", "x"}, optional
        Whether activations or states are compared ("g").
    method : str or mapping, optional
        Of gradients: ``implicit``, ``equilibrium``, ``contrastive``, ``through_time``, or one of
        these with settings, as ``{"equilibrium": {"beta": 0.2}}`` ("implicit", whose equations are
        solved to 1e-3).
    optimizer : str or mapping, optional
        ``sgd``, ``momentum``, ``adam``, ``sparse``, or one of these with settings, as
        ``{"adam": {"rate": 1e-3}}`` ("adam").
    epochs, batch : int, optional
        How often all examples are gone through, and how many make a step (20, 32).
    validation : float, optional
        Share of the examples that is not trained on (0.1).
    learn : mapping, optional
        ``connections``: names, or "all"; ``input``: groups; ``lagrangian``: parameters by groups
        (all connections).
    rates : mapping of str to float, optional
        Rates of connections, of "input" and of "lagrangian", in place of the optimizer's.
    constraints : mapping, optional
        ``nonnegative``: connections; ``norm``: the largest norm of a neuron's weights of a
        connection; ``gain``: the largest gain.
    clip : float or "none", optional
        The largest norm of a gradient (1.0).
    stop : mapping, optional
        ``patience``: epochs without a better ``by``, which is "loss" or "score" (never).
    rest : mapping, optional
        ``residual`` at which a state counts as one of rest (1e-3).
    seed : int, optional
        Of the order of examples and of what is held out (the network's).
    checkpoint : path, optional
        Where training is kept after every epoch.
    resume : path, optional
        A checkpoint, to go on from to the same bits.
    progress : True or callable, optional
        Called with a `Progress` after every batch. True shows a bar; `hamsim.live_view` makes one
        that shows loss and score.
    threads : int, optional
        How many are used at most; it changes no bit.
    overrides : mapping of str to value, optional
        Values to put in place of the description's.

    Returns
    -------
    Trained
        With `network`, `table`, `best`, `unstable`. After Ctrl-C it is as after the last whole
        epoch.

    Raises
    ------
    SpecError
        The description, or a setting, is wrong.
    HamsimError
        Examples do not fit, what is asked for cannot be right, or a checkpoint is of something
        else or cannot be read or written.
    """
    task = asked_of(
        source,
        data,
        inputs=inputs,
        outputs=outputs,
        mode=mode,
        loss=loss,
        of=of,
        overrides=overrides,
        method=method,
        optimizer=optimizer,
        epochs=epochs,
        batch=batch,
        validation=validation,
        learn=learn,
        rates=rates,
        constraints=constraints,
        clip=clip,
        stop=stop,
        rest=rest,
        seed=seed,
    )
    with telling(progress, "training") as tell:
        return fit(task, checkpoint, resume, tell, threads)
