"""From what is asked of a sweep to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from hamsim.errors import HamsimError, given
from hamsim.request import Record
from hamsim.scale.plan.asked import axes_of, axes_of_block
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.checking import labels_of, require_plan
from hamsim.scale.plan.datafiles import portable
from hamsim.scale.plan.described import given_source
from hamsim.scale.plan.kept import kept_of
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.source import Description
from hamsim.scale.plan.starting import begins

__all__ = ["make_plan"]


def make_plan(
    source: Any,
    over: Any = None,
    seeds: Any = None,
    samples: Any = None,
    keep: Any = None,
    overrides: Mapping[str, Any] | None = None,
    arguments: Mapping[str, Any] | None = None,
    record: Any = "auto",
) -> Plan:
    """Put a plan together, and try as much of it as can be tried without a run.

    The parameters are those of `hamsim.sweep`.

    Raises
    ------
    HamsimError
    """
    values = {} if overrides is None else dict(overrides)
    stated = given_source(source, values)
    axes = axes_of(over, None, samples)
    block = None
    if not axes and stated.block is not None:
        block = stated.block
        axes = axes_of_block(block if seeds is None else block.model_copy(update={"seeds": None}))
    if seeds is not None:
        axes = _with(axes, axes_of(None, seeds))
    elif block is None and not axes:
        raise HamsimError(
            "nothing is swept over; say what, as over={'groups.exc.tau': [1, 2]} or seeds=20, or "
            "in a sweep: block of the file"
        )
    if keep is None and stated.block is not None and stated.block.keep:
        keep = stated.block.keep
    asked = {key: value for key, value in (arguments or {}).items() if value is not None}
    unsaid = isinstance(record, str) and record == "auto"
    asked = _plain(asked if unsaid else {**asked, "record": record})
    # Points that may share a compiled network are then those with numbers beside each other.
    axes = tuple(sorted(axes, key=lambda axis: axis.kind == "trials"))
    names = [name for axis in axes for name in axis.names]
    _refuse_both(names, values, asked)
    made = stated.source(values, [name for name in names if not begins(name)])
    if isinstance(made, Description):
        places = dict(made.places)
        axes = tuple(_portable(axis, stated.base, places) for axis in axes)
        made = replace(made, places=places)
    plan = Plan(made, axes, kept_of(keep), asked)
    network = require_plan(plan, stated._replace(block=block))
    return replace(plan, labels=labels_of(network))


def _with(axes: tuple[Axis, ...], more: tuple[Axis, ...]) -> tuple[Axis, ...]:
    if any(name == "seed" for axis in axes for name in axis.names):
        raise HamsimError("seeds: over changes seed already")
    return (*axes, *more)


def _refuse_both(names: list[str], values: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    for name in names:
        if name in values:
            raise HamsimError(f"over {name}: overrides put a value there, too")
        if begins(name) and "initial" in asked:
            raise HamsimError(f"over {name}: initial is given for all runs, too")
    if asked.get("trials") is not None and any(map(begins, names)):
        raise HamsimError("trials: states that are swept over are trials already")


def _portable(axis: Axis, base: str, places: dict[str, str]) -> Axis:
    values = tuple(tuple(portable(value, base, places) for value in row) for row in axis.values)
    return replace(axis, values=values)


def _plain(asked: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `simulate` as a file of JSON can hold them."""
    made = dict(asked)
    record = made.get("record")
    if isinstance(record, Record):
        made["record"] = {key: value for key, value in asdict(record).items() if value is not None}
    if "dtype" in made:
        made["dtype"] = np.dtype(made["dtype"]).name
    for name, value in made.items():
        made[name] = _plain_value(name, value)
    return made


def _plain_value(name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return np.array(value, dtype=np.float64)
    if isinstance(value, Mapping):
        return {str(key): _plain_value(name, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(name, item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise HamsimError(
        f"{name} is {given(value)}, which a sweep cannot keep; allowed are numbers, "
        "text, arrays, and lists and dicts of these"
    )
