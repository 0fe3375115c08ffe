"""What is asked of training, by a description and in Python, as one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.compiler import compile as compiled
from hamsim.counted import counted, there_are
from hamsim.errors import HamsimError, given
from hamsim.lazy import unread
from hamsim.learning.losses import Loss
from hamsim.learning.losses import loss as loss_of
from hamsim.learning.training.task import Constrained, Cue, Learn, Settings, Task
from hamsim.names import as_list
from hamsim.network import Network
from hamsim.spec.dump import stated
from hamsim.spec.load import load
from hamsim.spec.schema import Spec
from hamsim.spec.sweeping import part_of
from hamsim.spec.text import parse_text
from hamsim.spec.training import TRAINING_TAGS, TrainingSpec
from hamsim.wiring.examples import Shown, examples_of, shown_to

__all__ = ["asked_of"]

_NO_DATA = "give data=(X, Y), or a block training: in the description"


class _Inputs(NamedTuple):
    """Neurons that are given something, in Python's words."""

    name: str
    neurons: Ints
    mode: str
    # Of a group's values those that are meant; None where all are given.
    places: Ints | None = None


def asked_of(
    source: Network | Spec | Any,
    data: tuple[Any, Any] | None = None,
    *,
    inputs: Any = None,
    outputs: Any = None,
    mode: str | Mapping[str, str] | None = None,
    loss: Any = None,
    of: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Task:
    """Put together what is to be trained.

    Parameters
    ----------
    source : Network, Spec, path or dict
    data : (X, Y), optional
        Examples; those of the description if nobody says.
    inputs, outputs, mode, loss, of
        See `hamsim.train`.
    overrides : mapping of str to value, optional
        Values to put in place of the description's.
    **settings
        Keys of the block ``training``, each in place of the description's. None says nothing.

    Returns
    -------
    Task

    Raises
    ------
    SpecError
        The description, or a setting, is wrong.
    HamsimError
        There are no examples, or they do not fit.
    """
    spec, network = _described(source, overrides, bool(data is None))
    block = None if spec is None else spec.training
    if data is None and block is None:
        raise HamsimError(f"nothing says what the network is trained on: {_NO_DATA}")
    shown = () if spec is None or block is None else _of_groups(spec, block)
    if data is not None:
        if not isinstance(data, tuple | list) or len(data) != 2:
            raise HamsimError(f"data is {given(data)}; it must be a pair (X, Y)")
        shown = _shown(network, data[0], inputs, mode, shown)
    elif inputs is not None or mode is not None:
        raise HamsimError("inputs and mode say what data=(X, Y) is for, but no data are given")
    given_shown = shown if data is not None else None
    aimed = data is not None and data[1] is not None
    training = _settled(block, given_shown, outputs, loss, of, aimed, settings)
    if data is None:
        assert spec is not None
        examples = examples_of(spec, training)
        values, targets = list(examples.inputs), examples.targets
    else:
        values = _values(network, data[0], shown)
        targets = None if data[1] is None else np.asarray(data[1])
    count = len(values[0])
    cues = tuple(
        Cue(each.neurons, each.mode, np.ascontiguousarray(own))  # type: ignore[arg-type]
        for each, own in zip(shown, values, strict=True)
    )
    bound = None
    if training.targets is not None:
        group = training.targets.group if outputs is None else outputs
        targets, bound = _bound(network, training, loss, group, targets, count)
    return Task(network, cues, bound, targets, _settings(training, network))


# --- the description -----------------------------------------------------------------------------


def _described(
    source: Any, overrides: Mapping[str, Any] | None, needed: bool
) -> tuple[Spec | None, Network]:
    """The description, if there is one, and the network."""
    if not isinstance(source, Network):
        spec = load(source, overrides)
        return spec, compiled(spec)
    if overrides:
        raise HamsimError("overrides are of descriptions; a compiled network takes none")
    if stated(unread(source, "source"), "training"):
        return load(parse_text(source.source)[0]), source
    if needed and not source.source:
        raise HamsimError(
            "nothing describes this network: values were replaced in it; give data=(X, Y)"
        )
    return None, source


def _of_groups(spec: Spec, training: TrainingSpec) -> tuple[_Inputs, ...]:
    """Inputs as a description states them."""

    def one(each: Shown) -> _Inputs:
        return _Inputs(each.end.names[0], each.neurons, each.mode, each.places)

    return tuple(one(each) for each in shown_to(spec, training))


# --- settings ------------------------------------------------------------------------------------


def _settled(
    described: TrainingSpec | None,
    shown: tuple[_Inputs, ...] | None,
    outputs: Any,
    loss: Any,
    of: str | None,
    aimed: bool,
    settings: Mapping[str, Any],
) -> TrainingSpec:
    """The block of the description with what is asked besides in its place."""
    block: dict[str, Any] = {} if described is None else described.model_dump(exclude_none=True)
    if shown is not None:
        block["inputs"] = [{"group": each.name, "mode": each.mode} for each in shown]
    target: dict[str, Any] = dict(block.pop("targets", {}))
    if shown is not None:
        target.pop("value", None)
    if isinstance(loss, Loss):
        target |= {"group": "a loss", "of": loss.of}
        loss = None
    if outputs is not None:
        target["group"] = str(outputs)
    if loss is not None and not callable(loss):
        target["loss"] = loss
    if of is not None:
        target["of"] = of
    if aimed and "group" not in target:
        raise HamsimError('outputs says which neurons Y is for, as in outputs="classes"')
    if target:
        block["targets"] = target
    for key, value in settings.items():
        stated = block.get(key)
        # The name alone of what the description chooses leaves its settings as they are.
        chosen = isinstance(value, str) and isinstance(stated, dict) and value in stated
        if value is not None and not chosen:
            block[key] = _plain(value)
    return part_of(("training",), block, TrainingSpec, TRAINING_TAGS)


def _plain(value: Any) -> Any:
    """A mapping without what is None, which says nothing; numbers of NumPy are plain ones."""
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, Mapping):
        return value
    return {key: _plain(item) for key, item in value.items() if item is not None}


def _settings(training: TrainingSpec, network: Network) -> Settings:
    learn, constraints, stop = training.learn, training.constraints, training.stop
    groups = tuple(group.name for group in network.groups)
    connections = tuple(connection.name for connection in network.connections)
    norm = dict(constraints.norm)
    if "all" in norm:
        norm = {**dict.fromkeys(connections, norm.pop("all")), **norm}
    return Settings(
        method=training.method.name,
        options=training.method.settings,
        optimizer=training.optimizer.name,
        optimizer_options=training.optimizer.settings,
        learn=Learn(
            None if "all" in learn.connections else learn.connections,
            groups if "all" in learn.input else learn.input,
            learn.lagrangian,
        ),
        rates=training.rates,
        constraints=Constrained(
            connections if "all" in constraints.nonnegative else constraints.nonnegative,
            norm,
            constraints.gain,
        ),
        clip=None if isinstance(training.clip, str) else training.clip,
        validation=training.validation,
        epochs=training.epochs,
        batch=training.batch,
        patience=None if stop is None else stop.patience,
        by="loss" if stop is None else stop.by,
        residual=training.rest.residual,
        seed=(network.seed or 0) if training.seed is None else training.seed,
    )


# --- data that are given in Python ---------------------------------------------------------------


def _shown(
    network: Network, X: Any, inputs: Any, mode: Any, described: tuple[_Inputs, ...]
) -> tuple[_Inputs, ...]:
    """Which neurons the parts of X are for."""
    if inputs is None and described and not isinstance(X, Mapping):
        if len(described) > 1:
            listed = ", ".join(each.name for each in described)
            raise HamsimError(f"X must be a mapping with an array for each of {listed}")
        own = _mode_of(described[0].name, mode, [described[0].name])
        return described if own is None else (described[0]._replace(mode=own),)
    known = {each.name: each for each in described}
    if isinstance(X, Mapping):
        names = list(X) if inputs is None else as_list(inputs)
        if absent := [name for name in names if name not in X]:
            raise HamsimError(f"X has nothing for {given(absent[0])}")
    elif inputs is None:
        raise HamsimError('inputs says which neurons X is for, as in inputs="pixels"')
    else:
        names = [inputs]
    found = []
    for name in names:
        own = _mode_of(name, mode, names)
        if inputs is None and name in known:
            found.append(known[name]._replace(mode=own or known[name].mode))
            continue
        found.append(_Inputs(str(name), network.neurons(as_list(name)), own or "clamp"))
    return tuple(found)


def _mode_of(name: Any, mode: Any, names: Sequence[Any]) -> Any:
    """The mode of an input, of one for all or of a mapping; None where nobody says."""
    if not isinstance(mode, Mapping):
        return mode
    for other in mode:
        if other not in names:
            raise HamsimError(
                f"mode names {given(other)}, which is no input; allowed: "
                f"{', '.join(map(str, names))}"
            )
    return mode.get(name)


def _values(network: Network, X: Any, shown: tuple[_Inputs, ...]) -> list[Floats]:
    parts = [X[each.name] for each in shown] if isinstance(X, Mapping) else [X]
    found: list[Floats] = []
    for each, part in zip(shown, parts, strict=True):
        values = _numbers(f"X of '{each.name}'", part)
        k = each.neurons.size
        if values.ndim > 1 and len(values):
            rows = values.reshape(len(values), -1)
            if rows.shape[1] != k and each.places is not None:
                group = network.group(each.name)
                rows = rows[:, each.places] if rows.shape[1] == group.size else rows
            if rows.shape[1] == k:
                found.append(rows)
                continue
        raise HamsimError(
            f"X of '{each.name}' has shape {values.shape}; it must be (examples, {k}), a row an "
            "example"
        )
    if len({len(rows) for rows in found}) > 1:
        counts = ", ".join(
            f"{len(rows)} for {e.name}" for rows, e in zip(found, shown, strict=True)
        )
        raise HamsimError(f"X has unlike numbers of examples: {counts}")
    return found


def _numbers(what: str, value: Any) -> Floats:
    try:
        values = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise HamsimError(f"{what} must be numbers, not {given(value)}") from None
    if not np.isfinite(values).all():
        raise HamsimError(f"{what} holds numbers that are not finite")
    return values


# --- targets -------------------------------------------------------------------------------------


def _bound(
    network: Network,
    training: TrainingSpec,
    loss: Any,
    group: Any,
    targets: NDArray[Any] | None,
    count: int,
) -> tuple[NDArray[Any] | None, Any]:
    """Targets as they are compared, and the loss of all examples."""
    target = training.targets
    assert target is not None
    if isinstance(loss, Loss):
        wanted = loss
    else:
        kind = loss if callable(loss) else target.loss
        wanted = loss_of(kind, group=group, of=target.of)
    if targets is None:
        targets = wanted.target
    if targets is None:
        return None, wanted.bound(network, count)
    targets = np.asarray(targets)
    if targets.ndim == 0:
        raise HamsimError(f"Y is {given(targets.item())}; it must have an entry an example")
    if len(targets) != count:
        raise HamsimError(f"{there_are(len(targets), 'target')} for {counted(count, 'example')}")
    size = network.neurons(as_list(wanted.group)).size
    if targets.ndim == 1 and size == 1:
        targets = targets.reshape(-1, 1)
    if targets.ndim > 1:
        return targets, wanted.with_target(targets).bound(network, count)
    labels = _labels(targets, size)
    rows = labels if wanted.kind == "cross_entropy" else np.eye(size)[labels]
    return labels, wanted.with_target(rows).bound(network, count)


def _labels(targets: NDArray[Any], size: int) -> Ints:
    """Classes, which are whole numbers from 0 on."""
    whole = targets.dtype.kind in "iufb" and np.all(targets == np.floor(targets))
    if not whole or not np.all((targets >= 0) & (targets < size)):
        raise HamsimError(
            f"Y has one entry an example: classes, which are whole numbers from 0 to {size - 1}"
        )
    return targets.astype(np.int64)
