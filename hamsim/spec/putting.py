"""Numbers of a description in the place of the tables of Python that they were read from.

A `Spec` says everything itself, so that it can be written to a file: what stood for a table in a
dict is there only until its numbers have been put into the order of the neurons.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.signed_edges import signed_by_edges

__all__ = ["with_numbers"]


def with_numbers(part: Any, files: DataFiles) -> Any:
    """A part of a description, with the numbers of the tables of Python that it names.

    Parameters
    ----------
    part : BaseModel, dict, tuple or anything else
    files : DataFiles
        Knows what was read for which part.
    """
    if not files.has_tables:
        return part
    return _put(part, files)


def _put(part: Any, files: DataFiles) -> Any:
    found = files.noted(part)
    if found is not None:
        return found
    if isinstance(part, BaseModel):
        changed: dict[str, Any] = {}
        for name in type(part).model_fields:
            value = getattr(part, name)
            new = _put(value, files) if isinstance(value, BaseModel | dict) else value
            if new is not value:
                changed[name] = new
        if isinstance(part, ConnectionSpec) and "weights" in changed:
            if signed_by_edges(part.weights, part.sign, files):
                changed["sign"] = None  # its factors are in the numbers
        return part.model_copy(update=changed) if changed else part
    if isinstance(part, dict):
        new_items = {key: _put(value, files) for key, value in part.items()}
        return new_items if any(new_items[key] is not part[key] for key in part) else part
    return part
