"""A starter for the synapses of a table: a row an edge, or a matrix with the names of neurons."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from textwrap import wrap

from hamsim.counted import counted
from hamsim.errors import HamsimError, did_you_mean, printable
from hamsim.spec.cells import is_number, is_word, number_wanted
from hamsim.spec.columns import UNNAMED, roles_of
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.tables import Table, with_corner
from hamsim.starters.kinds import filled, plain_word

__all__ = ["Connectome", "network_of", "read_connectome"]

# More names are written to a table of their own.
MOST_NAMES = 60
# What a neuron receives at most: below 1, so that all states go to one.
GAIN = 0.9
# Columns of an edge.
WIDTH = 3


@dataclass(frozen=True)
class Connectome:
    """What is seen of a table of synapses.

    Parameters
    ----------
    neurons : sequence of str
        Their names.
    edges : sequence of (str, str, float)
        Who sends, who receives, and the weight.
    numbered : bool
        Whether the names are numbers from 0 on, so that the neurons need none.
    columns : sequence of str
        Names of the three columns that hold the edges; empty where there is no header.
    matrix : bool
        Whether the table is a matrix.
    """

    neurons: Sequence[str]
    edges: Sequence[tuple[str, str, float]]
    numbered: bool = False
    columns: Sequence[str] = ()
    matrix: bool = False

    @cached_property
    def repeated(self) -> bool:
        """Whether two edges have the same neurons."""
        return len({edge[:2] for edge in self.edges}) < len(self.edges)

    @cached_property
    def mutual(self) -> bool:
        """Whether each edge is listed the other way round too, with the same weight."""
        weights = {(sender, receiver): weight for sender, receiver, weight in self.edges}
        return not self.repeated and all(weights.get((b, a)) == w for (a, b), w in weights.items())

    @cached_property
    def most(self) -> float:
        """The most that a neuron receives, of weights without their signs."""
        received = dict.fromkeys(self.neurons, 0.0)
        for _, receiver, weight in self.edges:
            received[receiver] += abs(weight)
        return max(received.values())

    @cached_property
    def sender(self) -> str:
        """The neuron that sends most to others."""
        sent = dict.fromkeys(self.neurons, 0.0)
        for sender, receiver, weight in self.edges:
            sent[sender] += abs(weight) * (sender != receiver)
        return max(self.neurons, key=sent.__getitem__)


def read_connectome(file: str, columns: Sequence[str] = ()) -> Connectome:
    """What a table of synapses holds.

    Parameters
    ----------
    file : str
        A csv or tsv file: an edge a row, or a matrix with names of neurons above and beside it.
    columns : sequence of str, optional
        Names of the columns of edges: who sends, who receives, the weight.

    Raises
    ------
    HamsimError
    """
    try:
        table = with_corner(DataFiles().table(os.path.abspath(file)), number_last=True)
        if not columns and _is_matrix(table):
            return _of_matrix(table)
        return _of_edges(table, columns)
    except DataFileError as error:
        raise HamsimError(str(error)) from None


def _is_matrix(table: Table) -> bool:
    first = [cell.strip() for cell in table.rows[0]]
    beside = [row[0].strip() for row in table.rows[1:]]
    return len(first) > 2 and sorted(first[1:]) == sorted(beside) and first[1] != first[2]


def _of_matrix(table: Table) -> Connectome:
    """Row receives, column sends, as in all matrices of weights."""
    table.require_width(0, len(table.rows[0]))
    senders = [cell.strip() for cell in table.rows[0][1:]]
    edges = []
    for line, row in zip(table.lines[1:], table.rows[1:], strict=True):
        weights = [_weight(cell, table.name, line) for cell in row[1:]]
        receiver = row[0].strip()
        edges += [(a, receiver, w) for a, w in zip(senders, weights, strict=True) if w]
    return Connectome(senders, edges, matrix=True)


def _of_edges(table: Table, columns: Sequence[str]) -> Connectome:
    first = [cell.strip() for cell in table.rows[0]]
    header = first if all(map(is_word, first)) or set(columns) & set(first) else []
    places = _places(table, header, columns)
    table.require_width(0, len(first))
    edges = []
    for line, row in _below(table, bool(header)):
        sender, receiver = (row[place].strip() for place in places[:2])
        if not sender or not receiver:
            raise DataFileError(f"'{table.name}' line {line}: a neuron has no name")
        edges.append((sender, receiver, _weight(row[places[2]], table.name, line)))
    if not edges:
        raise DataFileError(f"'{table.name}' has no edge below its header")
    names = list(dict.fromkeys(name for edge in edges for name in edge[:2]))
    chosen = [header[place] for place in places] if header else ()
    if _are_numbers(names):
        names = [str(k) for k in range(max(map(int, names)) + 1)]
        return Connectome(names, edges, numbered=True, columns=chosen)
    return Connectome(names, edges, columns=chosen)


def _below(table: Table, header: bool) -> Iterator[tuple[int, list[str]]]:
    yield from zip(table.lines[int(header) :], table.rows[int(header) :], strict=True)


def _places(table: Table, header: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where the table has who sends, who receives, and the weight."""
    asked = "say which hold who sends, who receives and the weight: --columns pre,post,weight"
    if columns:
        for name in columns:
            if name not in header:
                hint = did_you_mean(name, header, "columns")
                raise DataFileError(f"no column '{printable(name)}' in '{table.name}'; {hint}")
        return [header.index(name) for name in columns]
    if found := roles_of(header):
        return found
    named = [k for k, name in enumerate(header) if name not in UNNAMED] or range(len(table.rows[0]))
    if len(named) != WIDTH:
        known = f" ({printable(', '.join(header)[:200])})" if header else ""
        count = counted(len(named), "column")
        raise DataFileError(f"'{table.name}' has {count}{known}; {asked}")
    return list(named)


def _weight(cell: str, name: str, line: int) -> float:
    cell = cell.strip()
    if not is_number(cell) or not math.isfinite(float(cell)):
        why = "a weight is a finite number" if is_number(cell) else number_wanted(cell)
        raise DataFileError(f"'{name}' line {line}: {why}")
    return float(cell)


def _are_numbers(names: Sequence[str]) -> bool:
    """Whether neurons are numbered from 0 on, with few numbers that have no synapse."""
    if not all(name.isascii() and name.isdigit() and str(int(name)) == name for name in names):
        return False
    numbers = sorted(map(int, names))
    return numbers[0] == 0 and numbers[-1] < 2 * len(numbers)


# --- the network -------------------------------------------------------------------------------


def network_of(found: Connectome, table: str, target: Path) -> dict[Path, str]:
    """Texts of a network with these synapses, by the files that they belong to.

    Parameters
    ----------
    found : Connectome
    table : str
        Its file, relative to the folder of the network's.
    target : path
        Of the network file.
    """
    neurons, beside = _neurons(found, target)
    scale = _down(GAIN / found.most) if found.most else 1.0
    counts = (
        f"{counted(len(found.neurons), 'neuron')} with the {counted(len(found.edges), 'synapse')}"
    )
    sender = found.sender
    text = filled(
        "connectome.yaml",
        target,
        table=printable(table),
        counts=f"{counts} of {printable(table)}",
        neurons=neurons,
        ends=_ends(found),
        weights=_weights(found, table),
        scale=f"{scale:g}",
        strong=f"{3 * scale:g}",
        sender=sender if found.numbered else plain_word(sender),
    )
    return {target: text, **beside}


def _neurons(found: Connectome, target: Path) -> tuple[str, dict[Path, str]]:
    """How the file states the neurons, and a table of many names."""
    if found.numbered:
        return f"size: {len(found.neurons)}", {}
    if len(found.neurons) <= MOST_NAMES:
        names = f"[{', '.join(map(plain_word, found.neurons))}]"
        return "\n      ".join(wrap(f"neurons: {names}", 90, break_on_hyphens=False)), {}
    beside = target.with_name(f"{target.stem}_neurons.csv")
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([["id"], *([name] for name in found.neurons)])
    file = f"neurons: {{file: {plain_word(beside.name)}}}"
    return f"{file}    # it may have columns tau, input and type", {beside: text.getvalue()}


def _ends(found: Connectome) -> str:
    lines = ["from: neurons                      # one way", "to: neurons"]
    if found.mutual:
        lines = ["within: neurons                    # each synapse goes both ways alike"]
    if any(sender == receiver for sender, receiver, _ in found.edges):
        lines.append("self_connections: true")
    return "\n    ".join(lines)


def _weights(found: Connectome, table: str) -> str:
    """The weights as the file states them."""
    if found.matrix:
        return f"{{file: {plain_word(table)}}}          # row receives, column sends"
    parts = [f"file: {plain_word(table)}"]
    columns = ", ".join(map(plain_word, found.columns))
    parts.append(f"columns: [{columns}]" if columns else "header: false")
    if found.numbered or any(name.isdigit() for name in found.neurons):
        parts.append("by: position" if found.numbered else "by: name")
    if found.mutual or found.repeated:
        parts.append("repeated: last" if found.mutual else "repeated: add")
    return f"{{edges: {{{', '.join(parts)}}}}}"


def _down(number: float) -> float:
    """The largest number of two digits that is no larger."""
    digit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(f"{math.floor(number / digit) * digit:.2g}")
