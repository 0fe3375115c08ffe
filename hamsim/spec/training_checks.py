"""Whether what a description says of training fits its groups, connections and data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.errors import ExpressionError, did_you_mean
from hamsim.expression import names_in, parse
from hamsim.formula.text.reading import FUNCTIONS, read
from hamsim.spec.consistency import Checker
from hamsim.spec.datafiles import DataFileError
from hamsim.spec.ends import End
from hamsim.spec.forms import Form, labels_form, neuron_form
from hamsim.spec.messages import shown
from hamsim.spec.naming import connection_names
from hamsim.spec.text import dotted
from hamsim.spec.training import InputSpec, TargetSpec, TrainingSpec
from hamsim.spec.values import FileValue, read_value

__all__ = ["LOSSES", "check_training", "flaw_of_labels", "is_labels", "misnamed", "target_form"]

# Losses that have names; others are formulas.
LOSSES = ("squared", "cross_entropy")
# What rates may be given for besides connections.
NOT_CONNECTIONS = ("input", "lagrangian")

Path = tuple[Any, ...]


def check_training(training: TrainingSpec, checker: Checker) -> None:
    """Report what is wrong with the block `training`.

    Parameters
    ----------
    training : TrainingSpec
    checker : Checker
        Of the same description. The number of examples has nothing to do with that of trials.
    """
    groups, report = checker.groups, checker.report
    names = None
    if all(part is not None for _, part in checker.stated):
        parts = [part for _, part in checker.stated if part is not None]
        names = connection_names(parts, groups)
    parameters = {
        name: [each.name for each in group.lagrangian.row.parameters]
        for name, group in groups.items()
        if group is not None
    }
    for at, message in misnamed(training, groups, names, parameters):
        report(("training", *at), message)
    data = Checker(groups, checker.stated, checker.files, report, checker.headers)
    for k, cue in enumerate(training.cues):
        _check_input(("training", *training.place(k)), cue, data)
    if training.targets is not None:
        _check_target(("training", "targets"), training.targets, data)
    if len(data.trials) > 1:
        (one, first), (two, second) = list(data.trials.items())[:2]
        report(
            second,
            f"has {counted(two, 'example')}, but {dotted(first)} has {one}; all need the same "
            "number",
        )


def misnamed(
    training: TrainingSpec,
    groups: Collection[str],
    connections: Collection[str] | None,
    parameters: Mapping[str, Collection[str]],
) -> Iterator[tuple[Path, str]]:
    """Names in the block that nothing has, and formulas that are none: paths and messages.

    Parameters
    ----------
    training : TrainingSpec
    groups, connections : collection of str
        Names; of connections None where they are not known.
    parameters : mapping of str to collection of str
        Those of the groups' Lagrangians.
    """
    learn, constraints = training.learn, training.constraints
    stated: list[tuple[Path, str]] = [
        ((*training.place(k), "group"), cue.group) for k, cue in enumerate(training.cues)
    ]
    if training.targets is not None:
        stated.append((("targets", "group"), training.targets.group))
        if flaw := _flaw_of_loss(training.targets):
            yield ("targets", "loss"), flaw
    stated += [(("learn", "input", k), name) for k, name in enumerate(learn.input)]
    stated += [(("learn", "lagrangian", name), name) for name in learn.lagrangian]
    for at, name in stated:
        if name not in groups and not (name == "all" and at[:2] == ("learn", "input")):
            yield at, f"no group '{name}'; {did_you_mean(name, groups, 'groups')}"
    for group, names in learn.lagrangian.items():
        for k, name in enumerate(names):
            known = parameters.get(group)
            if known is not None and name not in known:
                hint = did_you_mean(name, known, "parameters")
                yield ("learn", "lagrangian", group, k), f"no parameter '{name}'; {hint}"
    if connections is None:
        return
    of_connections: list[tuple[Path, str]] = [
        (("learn", "connections", k), name) for k, name in enumerate(learn.connections)
    ]
    of_connections += [
        (("constraints", "nonnegative", k), name) for k, name in enumerate(constraints.nonnegative)
    ]
    of_connections += [(("constraints", "norm", name), name) for name in constraints.norm]
    rates = [name for name in training.rates if name not in NOT_CONNECTIONS]
    of_connections += [(("rates", name), name) for name in rates]
    for at, name in of_connections:
        if name not in connections and not (name == "all" and at[0] != "rates"):
            yield at, f"no connection '{name}'; {did_you_mean(name, connections, 'connections')}"


def _flaw_of_loss(target: TargetSpec) -> str | None:
    """What is wrong with a loss that is no name."""
    loss, allowed = target.loss, (target.of, "t")
    if loss in LOSSES:
        return None
    try:
        read(loss)
        names = names_in(parse(loss, FUNCTIONS))
    except ExpressionError as error:
        return str(error)
    for name in names:
        if name not in allowed:
            if loss.strip() == name:
                return f"{shown(loss)} is no loss; {did_you_mean(name, LOSSES)}"
            return f"unknown name '{name}'; a loss is a formula in {' and '.join(allowed)}"
    if target.of not in names:
        return f"has no {target.of}: a loss is a formula in {' and '.join(allowed)}"
    return None


def _end(name: str, checker: Checker) -> End | None:
    group = checker.groups.get(name)
    return None if group is None else End([name], [group], network=checker.groups)


def _check_input(path: Path, cue: InputSpec, checker: Checker) -> None:
    end = _end(cue.group, checker)
    if end is None:
        return
    if cue.value is not None:
        checker.cue((*path, "value"), cue.value, end)
    if cue.named is not None:
        checker.neurons((*path, "mask"), cue.named, end)
    elif cue.mask is not None:
        checker.value((*path, "mask"), cue.mask, end)


# --- targets ---------------------------------------------------------------------------------


def target_form(end: End) -> Form:
    """Forms of targets: a row an example, or the number of a class."""
    return (*neuron_form(end, trials=True), *labels_form())


def is_labels(array: Any, end: End) -> bool:
    """Whether targets are numbers of classes, one an example."""
    return end.n > 1 and (array.ndim == 1 or array.shape[1:] == (1,))


def flaw_of_labels(labels: Any, end: End) -> tuple[int, str] | None:
    """The first of the classes that is none of a group's neurons, and what is wrong with it."""
    flat = np.asarray(labels).reshape(-1)
    bad = (flat != np.floor(flat)) | (flat < 0) | (flat >= end.n)
    if not bad.any():
        return None
    k = int(np.argmax(bad))
    return k, (
        f"a class is a whole number from 0 to {end.n - 1}, one for each neuron of "
        f"'{end.names[0]}', not {float(flat[k]):g}"
    )


def _check_target(path: Path, target: TargetSpec, checker: Checker) -> None:
    end, value = _end(target.group, checker), target.value
    if end is None or value is None:
        return
    at = (*path, "value")
    if not isinstance(value, FileValue | tuple):
        checker.cue(at, value, end)
        return
    try:
        if isinstance(value, FileValue):
            array = read_value(value, checker.files, target_form(end))
        else:
            array = np.asarray(value)
    except DataFileError as error:
        checker.report(at, str(error))
        return
    if not is_labels(array, end):
        checker.cue(at, value, end)
        return
    if (flaw := flaw_of_labels(array, end)) is not None:
        checker.report((*at, flaw[0]) if isinstance(value, tuple) else at, flaw[1])
    checker.trials.setdefault(array.shape[0], at)
