"""Neurons in a table: one a row, with what differs from its group."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, field_validator

from hamsim.errors import did_you_mean, printable
from hamsim.spec.datafiles import DataFileError, DataFiles, Table
from hamsim.spec.messages import wrong, wrong_many
from hamsim.spec.values import FileValue

__all__ = ["NeuronTable", "neurons_of"]

_NUMBERS = ("tau", "input", "initial")
COLUMNS = ("id", *_NUMBERS, "group")


class NeuronTable(FileValue):
    """A csv file with a header: `id`, and as wanted `tau`, `input`, `initial` and `group`.

    Parameters
    ----------
    columns : dict of str to str, optional
        The file's own name of each of these; then its other columns are passed over.
    """

    columns: dict[str, Annotated[str, Field(strict=True)]] | None = None

    @field_validator("key")
    @classmethod
    def _no_key(cls, key: str | None) -> None:
        if key is not None:
            raise wrong("a table has several columns; write columns: {id: ...}, not key")

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str] | None) -> dict[str, str] | None:
        problems = [
            ((name,), f"unknown column; {did_you_mean(name, COLUMNS)}")
            for name in columns or ()
            if name not in COLUMNS
        ]
        if columns is not None and "id" not in columns and not problems:
            problems = [(("id",), "is missing: the column of the neurons' names")]
        if problems:
            raise wrong_many(problems)
        return columns


def neurons_of(table: NeuronTable, group: str, files: DataFiles) -> list[dict[str, Any]]:
    """Neurons of a group, in the form in which a list of them stands in a description.

    Parameters
    ----------
    table : NeuronTable
    group : str
        Where the table has a column `group`, only rows with this name are taken.
    files : DataFiles

    Raises
    ------
    DataFileError
    """
    cells = files.table(table.file)
    places = _places(cells, table.columns)
    neurons = []
    lines: dict[str, int] = {}
    for line, row in zip(cells.lines, cells.rows, strict=True):
        if len(row) != len(cells.header or ()):
            raise DataFileError(
                f"'{cells.name}' line {line} has {len(row)} columns, not {len(cells.header or ())}"
            )
        if "group" in places and row[places["group"]].strip() != group:
            continue
        neuron: dict[str, Any] = {"id": row[places["id"]].strip()}
        if not neuron["id"]:
            raise DataFileError(f"'{cells.name}' line {line}: the neuron has no name")
        first = lines.setdefault(neuron["id"], line)
        if first != line:
            shown = printable(neuron["id"][:40])
            raise DataFileError(
                f"'{cells.name}' line {line}: the neuron '{shown}' is there before, in line {first}"
            )
        for key in _NUMBERS:
            text = row[places[key]].strip() if key in places else ""
            if text:  # an empty cell leaves the group's value
                neuron[key] = _number(text, cells.name, line)
        if neuron.get("tau", 0.0) < 0:
            raise DataFileError(
                f"'{cells.name}' line {line}: tau must be at least 0, not {neuron['tau']:g}"
            )
        neurons.append(neuron)
    if not neurons and "group" in places and cells.rows:
        groups = dict.fromkeys(row[places["group"]].strip() for row in cells.rows)
        hint = did_you_mean(group, groups, "its groups")
        raise DataFileError(f"'{cells.name}' has no neuron of the group '{group}'; {hint}")
    if not neurons:
        raise DataFileError(f"'{cells.name}' has no neurons below its header")
    return neurons


def _places(cells: Table, columns: dict[str, str] | None) -> dict[str, int]:
    """Which column of the file holds what."""
    header = cells.header
    if header is None:
        raise DataFileError(f"'{cells.name}' needs a header with id and {', '.join(COLUMNS[1:])}")
    if columns is None:
        columns = {name: name for name in header}
        for name in header:
            if name not in COLUMNS:
                raise DataFileError(
                    f"unknown column '{printable(name[:40])}' in '{cells.name}': "
                    f"{did_you_mean(name, COLUMNS)} (columns: {{id: ...}} chooses some)"
                )
        if "id" not in header:
            raise DataFileError(
                f"'{cells.name}' has no column id; columns: {{id: ...}} says which holds the names"
            )
    for name in columns.values():
        if name not in header:
            hint = did_you_mean(name, header, "columns")
            raise DataFileError(f"no column '{printable(name[:40])}' in '{cells.name}'; {hint}")
        if header.count(name) > 1:
            raise DataFileError(
                f"'{cells.name}' has {header.count(name)} columns '{printable(name[:40])}'"
            )
    return {key: header.index(name) for key, name in columns.items()}


def _number(text: str, file: str, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataFileError(
            f"'{file}' line {line}: '{printable(text[:40])}' is not a finite number"
        )
    return number
