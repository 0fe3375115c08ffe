"""Networks from one format of files to another, without loss."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from hamsim.compiler import compile
from hamsim.errors import HamsimError, SpecError, did_you_mean
from hamsim.fileformats import GRAPHS, NETWORKS, READ, WRITTEN
from hamsim.formats.connectome import read_connectome
from hamsim.formats.files import quoted, read_json, replacing
from hamsim.formats.graph.attributes import Choice, unread
from hamsim.formats.graph.from_graph import NOTHING_CHOSEN, graph_description, lost_description
from hamsim.formats.graph.graphml import read_graphml
from hamsim.formats.graph.nodelink import read_node_link, write_graphml, write_node_link
from hamsim.formats.graph.to_graph import ATTRIBUTE
from hamsim.formats.matrixfiles import (
    PLACEHOLDERS,
    notes_of,
    read_mtx,
    read_npz,
    write_mtx,
    write_npz,
)
from hamsim.formats.yamlfiles import is_large, write_yaml
from hamsim.network import Network
from hamsim.paths import is_given, why_unreadable
from hamsim.spec.load import load
from hamsim.spec.otherformats import other_content
from hamsim.spec.schema import Spec

__all__ = [
    "READ",
    "WRITTEN",
    "Source",
    "format_of",
    "read",
    "read_spec",
    "target_format",
    "targets",
    "write",
]

# First bytes of formats that are not text.
_BEGINNINGS = {"npz": b"PK", "mtx": b"%%MatrixMarket"}

_OF_SOME = "some nodes have no Lagrangian or tau: tanh and 1 are placeholders"


class Source(NamedTuple):
    """A network that was read.

    Parameters
    ----------
    network : Network
    format : str
    notes : tuple of str
        What the file did not say.
    seed : int
        Of what is drawn in the file.
    """

    network: Network
    format: str
    notes: tuple[str, ...]
    seed: int = 0


def format_of(path: str | os.PathLike[str], role: str = "format") -> str:
    """Format of a file by the ending of its name.

    Raises
    ------
    HamsimError
        `role` is what the message asks for.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in NETWORKS:
        endings = ", ".join(NETWORKS)
        raise HamsimError(f"{quoted(Path(path))} ends in none of {endings}; say {role}")
    return NETWORKS[suffix]


# --- reading -----------------------------------------------------------------------------------


def read(
    path: str | os.PathLike[str],
    form: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    synapse_types: Iterable[str] | None = None,
    choice: Choice = NOTHING_CHOSEN,
) -> Source:
    """Read a network from a file of any format.

    Parameters
    ----------
    path : path
    form : str, optional
        One of `READ`; by the file's ending and content if nobody says.
    overrides : mapping of str to value, optional
        Values to put in place of the file's.
    synapse_types : iterable of str, optional
        Of a connectome: which to take.
    choice : Choice, optional
        Of a graph: which attributes hold what.

    Raises
    ------
    HamsimError
    """
    spec, form, notes = read_spec(path, form, overrides, synapse_types, choice)
    try:
        return Source(compile(spec), form, notes, spec.seed)
    except SpecError as error:
        raise _named(error, path) from None


def read_spec(
    path: str | os.PathLike[str],
    form: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    synapse_types: Iterable[str] | None = None,
    choice: Choice = NOTHING_CHOSEN,
) -> tuple[Spec, str, tuple[str, ...]]:
    """The description of the network that `read` gives, its format, and what is to be said."""
    source = Path(path)
    form = _known(form, READ, source) if form is not None else _recognised(source)
    if synapse_types is not None and form != "connectome":
        raise HamsimError(f"types of synapses are chosen from a connectome, not from {form}")
    if choice != NOTHING_CHOSEN and form not in GRAPHS:
        raise HamsimError(f"attributes are chosen of a graph (graphml, node-link), not of {form}")
    if form == "yaml":
        return load(source, overrides), form, ()
    try:
        description, notes = _description(source, form, synapse_types, choice.checked())
        return load(description, overrides), form, notes
    except SpecError as error:
        raise _named(error, path) from None


def _named(error: SpecError, path: str | os.PathLike[str]) -> SpecError:
    """The same mistakes, with the name of the file."""
    return SpecError(
        [
            problem if problem.file else replace(problem, file=str(path))
            for problem in error.problems
        ]
    )


def _recognised(path: Path) -> str:
    form = format_of(path, "--from FORMAT")
    if form == "node-link":
        _refuse_other_content(path, form)
        value = read_json(path)
        if isinstance(value, dict) and isinstance(value.get("connections"), dict):
            return "connectome"
        if isinstance(value, dict) and "format" in value:  # JSON is YAML too
            return "yaml"
    return form


def _known(form: str, allowed: tuple[str, ...], path: Path) -> str:
    if form not in allowed:
        raise HamsimError(f"no format '{form}'; {did_you_mean(form, allowed, 'formats')}")
    if form in ("npz", "mtx") and path.suffix.lower() != f".{form}":  # as other readers need it
        raise HamsimError(f"{quoted(path)} must end in .{form} to be a file of this format")
    return form


def _description(
    path: Path, form: str, synapse_types: Iterable[str] | None, choice: Choice
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a file describes, and what it left open."""
    _refuse_other_content(path, form)
    if form == "connectome":
        return read_connectome(path, synapse_types), (PLACEHOLDERS,)
    if form in ("npz", "mtx"):
        description = read_npz(path) if form == "npz" else read_mtx(path)
        return description, notes_of(path, form, description)
    if form == "graphml":
        graph, notes = read_graphml(path)
    else:
        graph, notes = read_node_link(read_json(path), path)
    try:
        description, more = graph_description(graph, choice=choice)
    except HamsimError as error:
        raise HamsimError(f"{quoted(path)}: {error}") from None
    left = (unread(graph, choice), lost_description(graph), _placeholders(graph, choice))
    return description, (*notes, *more, *(note for note in left if note))


def _refuse_other_content(path: Path, form: str) -> None:
    """Say what a file is whose name promises something else."""
    if why_unreadable(path) or is_given(path):
        return  # who reads it says so; a stream is read once
    with path.open("rb") as stream:
        begin = stream.read(64)
    own = begin.startswith(_BEGINNINGS.get(form, ()))
    if not own and (message := other_content(path, begin)):
        raise HamsimError(f"{quoted(path)} {message}")


def _placeholders(graph: Any, choice: Choice) -> str:
    """What stands in for what the nodes of a graph do not say; empty if nothing does."""
    if ATTRIBUTE in graph.graph:
        return ""
    nodes = [data for _, data in graph.nodes(data=True)]
    lagrangian = any("lagrangian" not in data for data in nodes)
    tau = choice.default_tau is None and any((choice.tau or "tau") not in data for data in nodes)
    if lagrangian and tau:
        return _OF_SOME
    if lagrangian:
        return "some nodes have no Lagrangian: tanh is a placeholder"
    return "no node has a tau: 1 is a placeholder" if tau else ""


# --- writing -----------------------------------------------------------------------------------


_WRITERS: dict[str, Callable[[Network, BinaryIO], None]] = {
    "graphml": write_graphml,
    "node-link": write_node_link,
    "npz": write_npz,
    "mtx": write_mtx,
}


def target_format(
    path: str | os.PathLike[str], form: str | None = None, force: bool = False
) -> str:
    """Format in which `write` would write this file.

    Raises
    ------
    HamsimError
        There is no such format, or the file is there already.
    """
    form = format_of(path, "--to FORMAT") if form is None else _known(form, WRITTEN, Path(path))
    _refuse_present(Path(path), force)
    return form


def _refuse_present(file: Path, force: bool) -> None:
    if file.is_dir():
        raise HamsimError(f"{quoted(file)} is a folder; name a file")
    if not force and os.path.lexists(file):
        raise HamsimError(f"{quoted(file)} is there already; --force replaces it")


def targets(network: Network, path: str | os.PathLike[str], form: str) -> list[Path]:
    """Files that `write` makes: the one that is named, and that of its weights if it needs one."""
    target = Path(path)
    if form == "yaml" and is_large(network):
        return [target, target.with_name(f"{target.stem}-data.npz")]
    return [target]


def write(
    network: Network, path: str | os.PathLike[str], form: str | None = None, force: bool = False
) -> list[Path]:
    """Write a network to a file; `read` gives it back bit for bit.

    Parameters
    ----------
    network : Network
    path : path
    form : str, optional
        One of `WRITTEN`; by the ending of the name if nobody says.
    force : bool
        Whether files that are there may be replaced.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    HamsimError
    """
    form = target_format(path, form, force)
    files = targets(network, path, form)
    for file in files:
        _refuse_present(file, force)
    if form == "yaml":
        write_yaml(network, *files)
    else:
        with replacing(files[0]) as stream:
            _WRITERS[form](network, stream)
    return files
