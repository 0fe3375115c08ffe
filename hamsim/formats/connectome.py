"""Connectomes in the JSON files of the C. elegans Connectome Toolbox (cect).

Such a file holds the names of the cells, and for each type of synapse a full matrix of weights
whose rows send and whose columns receive:
``{"nodes": ["AVAL", ...], "connections": {"Generic_GJ": [[0.0, ...], ...], ...}}``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import HamsimError, did_you_mean, printable
from hamsim.formats.files import json_value
from hamsim.lagrangians.table import DEFAULT
from hamsim.paths import kind_of_file, read_whole

__all__ = ["MAX_BYTES", "read_connectome"]

# A larger file is not one of these, and would take several times as much memory to read.
MAX_BYTES = 200_000_000


def read_connectome(
    path: str | os.PathLike[str], synapse_types: str | Iterable[str] | None = None
) -> dict[str, Any]:
    """Description of the network in a JSON file of the C. elegans Connectome Toolbox.

    Parameters
    ----------
    path : path
        A file such as ``cect/cache/VarshneyDataReader.json``.
    synapse_types : str or iterable of str, optional
        Which types of synapses to take; all if nobody says.

    Returns
    -------
    dict
        In the format ``hamsim/1``, for `hamsim.load`, `hamsim.compile` and the like. All cells are
        in the group `neurons`, in the order of the file, and each type of synapse that has any
        entries is a connection of that name. Where a type's matrix is exactly symmetric, as for
        gap junctions, the connection is ``within: neurons`` and its edges ``[a, b, weight]`` hold
        each pair once. Otherwise it is one-way, and its edges are ``[sender, receiver, weight]``.

    Raises
    ------
    HamsimError
        The file cannot be read or is something else, or has no such type of synapse.

    Notes
    -----
    The file says nothing about the cells themselves: the Lagrangian `tanh` and the time constant
    1.0 of all neurons are placeholders, for you to set. Its weights are numbers of contacts or
    other sizes of connections, mostly without a sign: scale them, and make those that inhibit
    negative, as your model needs it. Some files also have cells that are not neurons, such as
    muscles.
    """
    source = Path(path)
    nodes, matrices, others = _read(source)
    file = _quoted(source.name)
    connections, counts = [], []
    for name in _chosen(synapse_types, list(matrices), file):
        weights = _matrix(matrices[name], len(nodes), f"{file} connections {_quoted(name)}")
        connection = _connection(name, weights, nodes)
        counts.append(_count(name, connection))
        if connection["weights"]["edges"]:
            connections.append(connection)
    description = (
        f"Cells and synapses read from {printable(source.name)}: {len(nodes)} cells; "
        f"{'; '.join(counts) or 'no synapses'}. "
        "Lagrangian and tau of the neurons are placeholders."
    )
    if others:
        description += f" Not read: {', '.join(map(_quoted, others))}."
    return {
        "format": "hamsim/1",
        "name": printable(source.stem),
        "description": description,
        "groups": {"neurons": {"neurons": nodes, "lagrangian": DEFAULT, "tau": 1.0}},
        "connections": connections,
    }


# --- reading -----------------------------------------------------------------------------------


def _read(source: Path) -> tuple[list[str], dict[str, Any], list[str]]:
    """Names of the cells, matrices that nobody has looked at yet by type of synapse, other keys."""
    file = _quoted(source.name)
    value = json_value(_bytes(source), file, " is not a connectome")
    if not isinstance(value, dict):
        raise HamsimError(f"{file} is not a connectome: it holds no {{nodes:, connections:}}")
    nodes = value.get("nodes")
    if not isinstance(nodes, list) or not nodes:
        raise HamsimError(f"{file} is not a connectome: it has no list of nodes")
    _refuse_bad_names(nodes, file)
    matrices = value.get("connections")
    if not isinstance(matrices, dict):
        raise HamsimError(f"{file} is not a connectome: it has no mapping of connections")
    for name in matrices:
        if not _is_text(name):
            raise HamsimError(f"{file}: a type of synapse has no proper name: {_shown(name)}")
    known = ("nodes", "connections", "summary")
    return nodes, matrices, [key for key in value if key not in known]


def _bytes(source: Path) -> bytes:
    try:
        if kind := kind_of_file(source):
            raise HamsimError(f"cannot read {_quoted(str(source))}: it is {kind}")
        content = read_whole(source, MAX_BYTES)
        if content is None:
            size = source.stat().st_size
            raise HamsimError(
                f"{_quoted(source.name)} has {size / 1e6:.0f} MB; "
                f"at most {MAX_BYTES / 1e6:g} MB are read"
            )
        return content
    except (FileNotFoundError, NotADirectoryError):
        raise HamsimError(f"no file {_quoted(str(source))}") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        why = getattr(error, "strerror", None) or error
        raise HamsimError(f"cannot read {_quoted(str(source))}: {why}") from None


def _refuse_bad_names(nodes: list[Any], file: str) -> None:
    seen: set[str] = set()
    for k, name in enumerate(nodes):
        if not _is_text(name):
            raise HamsimError(f"{file} nodes[{k}] is not a name (text): {_shown(name)}")
        if name in seen:
            raise HamsimError(f"{file} nodes[{k}]: the node {_quoted(name)} is named twice")
        seen.add(name)


def _is_text(value: Any) -> bool:
    """Whether a value is text that can be written to a file again; half a character cannot."""
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    """Begin of a value as the file may have written it."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _quoted(name: str) -> str:
    short = name if len(name) <= 80 else f"{name[:77]}..."
    return f"'{printable(short)}'"


# --- synapses ----------------------------------------------------------------------------------


def _chosen(wanted: str | Iterable[str] | None, present: list[str], file: str) -> list[str]:
    """Names of types in the order of the file."""
    if wanted is None:
        return present
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in present:
            hint = did_you_mean(str(name), present, "it has")
            raise HamsimError(f"{file} has no synapse type {_quoted(str(name))}; {hint}")
    return [name for name in present if name in names]


def _matrix(rows: Any, size: int, where: str) -> Floats:
    """Weights [sender, receiver] of one type of synapse."""
    if not isinstance(rows, list) or len(rows) != size:
        found = str(len(rows)) if isinstance(rows, list) else _shown(rows)
        raise HamsimError(f"{where}: needs {counted(size, 'row')}, one a node, not {found}")
    weights = np.empty((size, size))
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != size:
            found = str(len(row)) if isinstance(row, list) else _shown(row)
            raise HamsimError(
                f"{where}: row {i} needs {counted(size, 'number')}, one a node, not {found}"
            )
        if not all(type(entry) in (int, float) for entry in row):
            j = next(j for j, entry in enumerate(row) if type(entry) not in (int, float))
            raise HamsimError(f"{where} [{i}, {j}] is not a number: {_shown(row[j])}")
        try:
            weights[i] = row
        except OverflowError:  # a whole number beyond the range of floating point
            raise HamsimError(f"{where}: row {i} holds a number that is too large") from None
    if not np.all(np.isfinite(weights)):
        i, j = np.argwhere(~np.isfinite(weights))[0].tolist()
        raise HamsimError(f"{where} [{i}, {j}] is not a finite number")
    return weights


def _connection(name: str, weights: Floats, nodes: list[str]) -> dict[str, Any]:
    symmetric = np.array_equal(weights, weights.T)
    ends = {"within": "neurons"} if symmetric else {"from": "neurons", "to": "neurons"}
    rows, columns = np.nonzero(np.triu(weights) if symmetric else weights)
    values = weights[rows, columns].tolist()
    edges = [
        [nodes[i], nodes[j], w]
        for i, j, w in zip(rows.tolist(), columns.tolist(), values, strict=True)
    ]
    connection: dict[str, Any] = {"name": name, **ends, "weights": {"edges": edges}}
    if np.any(weights.diagonal()):
        connection["self_connections"] = True
    return connection


def _count(name: str, connection: dict[str, Any]) -> str:
    """How many synapses of a type there are, in words."""
    number = len(connection["weights"]["edges"])
    ways = ""
    if number:
        ways = " that go both ways" if "within" in connection else ", one-way"
    return f"{printable(name)}, {counted(number, 'edge')}{ways}"
