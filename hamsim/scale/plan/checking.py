"""What is wrong with a sweep, said before its first run."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.dynamics.simulate import prepare
from hamsim.dynamics.starts import begin
from hamsim.errors import HamsimError, Problem, SpecError, shown
from hamsim.network import Network
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.described import Given
from hamsim.scale.plan.kept import require_kept
from hamsim.scale.plan.plan import FILE, Plan
from hamsim.scale.plan.source import Compiled, Description
from hamsim.scale.plan.starting import begins, is_start, with_start

__all__ = ["labels_of", "require_folder", "require_plan"]

# Seconds for values that are tried one by one; what is left then is told by its run.
PATIENCE = 10.0


def require_folder(folder: Path) -> None:
    """Refuse a folder that cannot hold a sweep.

    Raises
    ------
    HamsimError
        It cannot be written to, or holds something else.
    """
    if folder.is_dir():
        others = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
        if others and not (folder / FILE).is_file():
            raise HamsimError(
                f"{folder}: holds other files, as {shown(sorted(others)[0])}; a sweep needs a "
                "folder of its own"
            )
    above = folder
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise HamsimError(f"{folder}: {above} is no folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise HamsimError(f"{folder}: nothing can be written to {above}")


def require_plan(plan: Plan, given: Given) -> Network:
    """Compile the network of the first point, and try each value that is swept over.

    Parameters
    ----------
    plan : Plan
    given : Given
        What it was made of, which knows where values stand.

    Returns
    -------
    Network

    Raises
    ------
    HamsimError
        Of all values that are refused, each with its place.
    """
    first = plan.point(0)
    overrides = plan.overrides(first)
    start = {name: value for name, value in first.values.items() if name not in overrides}
    problems: list[Problem] = []
    _try_values(plan, given, problems)
    if problems:
        raise SpecError(problems)
    network = plan.source.compile(overrides)
    require_kept(plan.keep, network)
    begun, initial = with_start(plan.source, network, overrides, start)
    if initial is None:
        initial = plan.arguments.get("initial")
    asked = {key: value for key, value in plan.arguments.items() if key != "initial"}
    _try_states(plan, network)
    prepare(begun, initial, **asked)
    return network


def _try_values(plan: Plan, given: Given, problems: list[Problem]) -> None:
    """Put each value into the source, with the first of all other axes."""
    first = {name: value for name, value in plan.point(0).values.items() if not begins(name)}
    end = clock.monotonic() + PATIENCE
    for axis, place in _places(plan.axes):
        values = {name: value for name, value in axis.at(place).items() if not begins(name)}
        if not values or clock.monotonic() > end:
            continue
        try:
            _put(plan, {**first, **values})
        except SpecError as error:
            for problem in error.problems:
                problems.append(_blamed(problem, axis, place, given))
        except HamsimError as error:
            problems.append(_blamed(Problem(str(error)), axis, place, given))
        if problems and place == 0:
            return  # the others have this value, too


def _put(plan: Plan, values: Mapping[str, Any]) -> None:
    source = plan.source
    if isinstance(source, Description):
        source.spec(values)
    elif isinstance(source, Compiled):
        fixed = {name: value for name, value in values.items() if not is_start(name)}
        network = source.compile(fixed)
        with_start(source, network, fixed, {k: v for k, v in values.items() if k not in fixed})


def _places(axes: tuple[Axis, ...]) -> Iterator[tuple[Axis, int]]:
    """Places of all axes: in each the first, the least and the largest before the others."""
    for axis in axes:
        order = dict.fromkeys([0])
        for column in zip(*axis.values, strict=True):
            numbers = [v if isinstance(v, int | float) else 0.0 for v in column]
            order |= dict.fromkeys((int(np.argmin(numbers)), int(np.argmax(numbers))))
        if axis.names == ("seed",):
            yield axis, 0
            continue
        order |= dict.fromkeys(range(len(axis)))
        for place in order:
            yield axis, place


def _blamed(problem: Problem, axis: Axis, place: int, given: Given) -> Problem:
    """A mistake with the place of the value that makes it."""
    name = next((name for name in axis.names if problem.path.startswith(name)), axis.dim)
    value = axis.at(place).get(name)
    said = problem.message
    if problem.path and not name.startswith(problem.path):
        said = f"{problem.path}: {said}"
    told = "" if value is None and name == axis.dim else f" = {_shown(value)}"
    block = given.block
    if block is not None and given.file:
        for at, known in block.named:
            if known == name:
                mark = given.marks.at(("sweep", *at, place))
                where = ".".join(map(str, ("sweep", *at)))
                return Problem(
                    f"{_shown(value)}: {said}", where, given.file, mark.line, mark.column
                )
    return Problem(said, f"over {name}{told}")


def _shown(value: Any) -> str:
    shape = getattr(value, "shape", ())
    return f"an array of shape {list(shape)}" if shape else shown(value)


def _try_states(plan: Plan, network: Network) -> None:
    """Try each state that a run is begun with."""
    for axis in plan.axes:
        for place in range(len(axis)):
            states = {name: value for name, value in axis.at(place).items() if begins(name)}
            if not states:
                continue
            _, initial = with_start(plan.source, network, {}, states)
            try:
                begin(network, initial, None)
            except HamsimError as error:
                raise HamsimError(f"over {axis.dim} at place {place}: {error}") from None


def labels_of(network: Network) -> dict[str, Any]:
    """Names of groups and neurons, and the time constants, for whoever reads results."""
    groups = [
        {
            "name": group.name,
            "start": group.start,
            "stop": group.stop,
            "shape": list(group.shape),
            "neurons": list(group.neuron_names),
        }
        for group in network.groups
    ]
    return {"network": network.name, "groups": groups, "tau": network.tau.tolist()}
