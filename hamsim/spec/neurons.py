"""Neurons in a table: one a row, with what differs from its group."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from hamsim.errors import did_you_mean, printable
from hamsim.spec.cells import is_counter, is_missing, is_number, is_word
from hamsim.spec.cells import number_wanted as _wanted
from hamsim.spec.columns import UNNAMED
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.messages import shown, wrong, wrong_many
from hamsim.spec.tables import Table, with_corner
from hamsim.spec.taken import TakenRows
from hamsim.spec.values import FileValue, as_number

__all__ = ["NeuronTable", "header_of", "neurons_of"]

_NUMBERS = ("tau", "input", "initial")
COLUMNS = ("id", *_NUMBERS, "group")


def _blank(given: Any, info: ValidationInfo) -> Any:
    """What blank cells mean, as a mapping of columns."""
    if given == "default":
        return dict.fromkeys(_NUMBERS, "default")
    if not isinstance(given, dict):
        raise wrong(f"must be default, or {{tau: default, input: 0}}, not {shown(given)}")
    problems: list[tuple[tuple[Any, ...], str]] = []
    result: dict[Any, Any] = {}
    for column, meaning in given.items():
        if column not in _NUMBERS:
            problems.append(((column,), f"unknown column; {did_you_mean(str(column), _NUMBERS)}"))
        elif meaning == "default":
            result[column] = meaning
        else:
            try:
                result[column] = as_number(meaning, info)
            except PydanticCustomError as error:
                found = (error.context or {})["problems"]
                problems += [((column, *at), f"{text}, or default") for at, text in found]
            if column == "tau" and result.get(column, 0.0) < 0:
                problems.append(((column,), f"must be at least 0, not {result[column]:g}"))
    if problems:
        raise wrong_many(problems)
    return result


class NeuronTable(FileValue):
    """A csv file with a header: `id`, and as wanted `tau`, `input`, `initial`, `group`, `type`.

    Parameters
    ----------
    columns : dict of str to str, optional
        The file's own name of each of these; then its other columns are passed over.
    blank : "default" or dict of str to "default" or number, optional
        What a blank cell means: the group's value, or a number. Without it there may be none.
    rows : {"own", "all"}, optional
        Whether the group takes the rows with its name, or all. Without it that depends on whether
        there is a column `group`.
    ignore : "others" or list of str, optional
        Names in the column `group` whose rows no group of the network takes.
    """

    columns: dict[str, Annotated[str, Field(strict=True)]] | None = None
    blank: Annotated[dict[str, Any] | None, BeforeValidator(_blank)] = None
    rows: Literal["own", "all"] | None = None
    ignore: Literal["others"] | tuple[str, ...] = ()

    @classmethod
    def adapt_schema(cls, schema: dict[str, Any]) -> None:
        """Leave out what is refused here, and say what blank cells may mean."""
        for name in ("key", "header", "index"):
            del schema["properties"][name]
        meaning = {"anyOf": [{"const": "default"}, {"$ref": "#/$defs/Number"}]}
        said = "What a blank cell of the column {} means: default, the group's value, or a number."
        each = {
            "type": "object",
            "properties": {key: {**meaning, "description": said.format(key)} for key in _NUMBERS},
            "additionalProperties": False,
        }
        schema["properties"]["blank"]["anyOf"] = [{"const": "default"}, each]

    @field_validator("key", "header", "index")
    @classmethod
    def _no_key(cls, key: Any, info: ValidationInfo) -> None:
        if key is not None:
            name = info.field_name
            raise wrong(f"a table has several columns; write columns: {{id: ...}}, not {name}")

    @field_validator("ignore", mode="before")
    @classmethod
    def _names(cls, names: Any) -> Any:
        if names == "others":
            return names
        if not isinstance(names, list | tuple) or not all(isinstance(n, str) for n in names):
            raise wrong(f"must be others, or a list of names in its column group: {shown(names)}")
        return tuple(name.strip() for name in names)

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str] | None, info: ValidationInfo) -> dict[str, str] | None:
        known = [*COLUMNS, *((info.context or {}).get("columns") or ())]
        problems = [
            ((name,), f"unknown column; {did_you_mean(name, known)}")
            for name in columns or ()
            if name not in known
        ]
        if columns is not None and "id" not in columns and not problems:
            problems = [(("id",), "is missing: the column of the neurons' names")]
        if problems:
            raise wrong_many(problems)
        return columns


def header_of(table: NeuronTable, files: DataFiles) -> list[str]:
    """Names of the columns of a table.

    Raises
    ------
    DataFileError
    """
    return _header(with_corner(files.table(table.file), number_last=True), table)


def neurons_of(
    table: NeuronTable,
    group: str,
    files: DataFiles,
    taken: TakenRows | None = None,
    words: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Neurons of a group, in the form in which a list of them stands in a description.

    Parameters
    ----------
    table : NeuronTable
    group : str
        Where the table has a column `group`, only rows with this name are taken.
    files : DataFiles
    taken : TakenRows, optional
        Notes which rows these are.
    words : collection of str
        Columns of words, which are read if the table has them.

    Raises
    ------
    DataFileError
    """
    taken = taken or TakenRows()
    taken.use(table, group)

    def first_rows(cells: Table) -> None:
        _header(with_corner(cells, number_last=True), table)

    cells = with_corner(files.table(table.file, check=first_rows), number_last=True)
    header = _header(cells, table)
    places = _places(cells, header, table, words)
    if table.rows == "own" and "group" not in places:
        raise DataFileError(f"'{cells.name}' has no column group; rows: own needs one")
    column = None if table.rows == "all" else places.get("group")
    if table.ignore and column is None:
        raise DataFileError(f"'{cells.name}': the group takes all rows; ignore: has no meaning")
    rows = taken.rows(table, cells, column)
    own = rows.get("" if column is None else group, [])
    if not own and rows:
        hint = did_you_mean(group, rows, "its groups")
        raise DataFileError(f"'{cells.name}' has no neuron of the group '{group}'; {hint}")
    if not own:
        raise DataFileError(f"'{cells.name}' has no neurons below its header")
    neurons = _listed(table, cells, own, places, words)
    taken.add(table, group, cells, column)
    return neurons


def _listed(
    table: NeuronTable,
    cells: Table,
    own: Sequence[int],
    places: Mapping[str, int],
    words: Collection[str],
) -> list[dict[str, Any]]:
    """Neurons of some rows of a table."""
    header = [cell.strip() for cell in cells.rows[0]]
    neurons = []
    lines: dict[str, int] = {}
    for line, row in ((cells.lines[k], cells.rows[k]) for k in own):
        neuron: dict[str, Any] = {"id": row[places["id"]].strip()}
        if not neuron["id"]:
            raise DataFileError(f"'{cells.name}' line {line}: the neuron has no name")
        first = lines.setdefault(neuron["id"], line)
        if first != line:
            known = printable(neuron["id"][:40])
            raise DataFileError(
                f"'{cells.name}' line {line}: the neuron '{known}' is there before, in line {first}"
            )
        for key in _NUMBERS:
            if key in places:
                value = _value(row[places[key]], key, header[places[key]], table, cells.name, line)
                if value is not None:
                    neuron[key] = value
        found = {key: row[places[key]].strip() for key in words if key in places}
        neuron |= {key: word for key, word in found.items() if word}
        if neuron.get("tau", 0.0) < 0:
            raise DataFileError(
                f"'{cells.name}' line {line}: tau must be at least 0, not {neuron['tau']:g}"
            )
        neurons.append(neuron)
    return neurons


def _header(cells: Table, table: NeuronTable) -> list[str]:
    """Names of the columns; the first line can only be a header if it names one that is needed."""
    header = [cell.strip() for cell in cells.rows[0]]
    wanted = {"id"} if table.columns is None else set(table.columns.values())
    if not all(map(is_word, header)) and not wanted & set(header):
        raise DataFileError(f"'{cells.name}' needs a header with id and {', '.join(COLUMNS[1:])}")
    return header


def _places(
    cells: Table, header: list[str], table: NeuronTable, words: Collection[str]
) -> dict[str, int]:
    """Which column of the file holds what."""
    columns = table.columns
    if columns is None:
        labelled = header[0] in UNNAMED
        if labelled and "id" not in header and not is_counter([row[0] for row in cells.rows[1:]]):
            header[0], labelled = "id", False  # names of rows, as pandas and R write them
        columns = {name: name for name in (header[1:] if labelled else header)}
        known = [*COLUMNS, *words]
        for name in columns:
            if name not in known:
                raise DataFileError(
                    f"unknown column '{printable(name[:40])}' in '{cells.name}': "
                    f"{did_you_mean(name, known)} (columns: {{id: ...}} chooses some)"
                )
        if "id" not in columns:
            raise DataFileError(
                f"'{cells.name}' has no column id; columns: {{id: ...}} says which holds the names"
            )
    columns = {**{name: name for name in words if name in header}, **columns}
    for name in columns.values():
        if name not in header:
            hint = did_you_mean(name, header, "columns")
            raise DataFileError(f"no column '{printable(name[:40])}' in '{cells.name}'; {hint}")
        if header.count(name) > 1:
            raise DataFileError(
                f"'{cells.name}' has {header.count(name)} columns '{printable(name[:40])}'"
            )
    return {key: header.index(name) for key, name in columns.items()}


def _value(
    text: str, key: str, column: str, table: NeuronTable, file: str, line: int
) -> float | None:
    """Number in a cell; None where a blank one leaves the group's value."""
    text = text.strip()
    at = f"'{file}' line {line}"
    if is_missing(text):
        meaning = (table.blank or {}).get(key)
        if meaning is None:
            cell = f"is '{text}'" if text else "is blank"
            raise DataFileError(
                f"{at}: {printable(column[:40])} {cell}; blank: default takes the group's value, "
                f"blank: {{{key}: 0}} a number"
            )
        return None if meaning == "default" else float(meaning)
    if not is_number(text) or not math.isfinite(float(text)):
        why = _wanted(text) if not is_number(text) else ""
        hint = why[why.index(";") :] if ";" in why else ""
        raise DataFileError(f"{at}: '{printable(text[:40])}' is not a finite number{hint}")
    return float(text)
