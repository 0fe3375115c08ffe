"""Weight matrices in files, npz and mtx, with the rest of the network's description beside them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from scipy.sparse import csr_array, issparse

from hamsim.arrays import Floats
from hamsim.compiler import compile
from hamsim.counted import counted
from hamsim.errors import HamsimError, printable
from hamsim.formats.files import quoted, require_file
from hamsim.formats.graph.from_graph import read_outline
from hamsim.formats.plain.dealing import OPEN, Synapses, add_connection, deal_out
from hamsim.formats.plain.explicit import compact, compact_initial, listed, outline
from hamsim.lagrangians.table import DEFAULT
from hamsim.network import Network
from hamsim.placement import Placement
from hamsim.ram import require_memory
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.dump import to_plain
from hamsim.spec.forms import Axis, Layout, Shapes, Unread
from hamsim.spec.matrixmarket import MAX_LINE
from hamsim.spec.npzfiles import Archive
from hamsim.spec.room import MAX_ROWS, MAX_ROWS_PER_ENTRY

__all__ = ["PLACEHOLDERS", "notes_of", "read_mtx", "read_npz", "write_mtx", "write_npz"]

# Of what the description says of neurons, the arrays that an npz file has.
VALUES = ("tau", "input", "initial")
# Arrays that scipy's save_npz makes.
_OF_SCIPY = (
    *("data", "indices", "indptr", "row", "col", "coords", "offsets"),
    *("shape", "format", "_is_array"),
)
# Of the shapes that are needed none: then only what a file claims is read.
CLAIM: Shapes = ()
# Numbers of every neuron in a network: tau, input, first and last state and the like.
NUMBERS_A_NEURON = 5
PLACEHOLDERS = "the Lagrangian tanh and tau 1 are placeholders: the file says nothing of them"
_LAGRANGIAN_ALONE = "the Lagrangian tanh is a placeholder: the file says nothing of it"
_SIDES = "the matrix is not symmetric: row i receives, column j sends"
# Comment lines of an mtx file that hold the description; lines have at most 1,024 characters.
MARK = "%hamsim "
_CHUNK = 1000


def _beside(network: Network) -> dict[str, Any]:
    """The description without the weights that the matrix holds."""
    description = outline(network)
    parts = description.get("connections", [])
    for part, connection in zip(parts, network.connections, strict=True):
        if connection.gate or connection.block is not None:
            part["weights"] = listed(network, connection)
    return description


# --- npz ---------------------------------------------------------------------------------------


def write_npz(network: Network, stream: BinaryIO) -> None:
    """Write W as `scipy.sparse.save_npz` does, with tau, input, initial and the description."""
    description = _beside(network)
    for group in description["groups"].values():
        for key in VALUES:
            del group[key]
    W = network.W
    np.savez_compressed(
        stream,
        data=W.data,
        indices=W.indices,
        indptr=W.indptr,
        shape=np.array(W.shape),
        format=np.array(b"csr"),
        _is_array=np.array(True),
        tau=network.tau,
        input=network.input,
        initial=network.initial,
        description=np.array(json.dumps(description)),
    )


def read_npz(path: Path) -> dict[str, Any]:
    """Description of the network in an npz file.

    Raises
    ------
    HamsimError
    """
    require_file(path)  # says what is wrong with a path in the same words as for other formats
    files = DataFiles()
    _refuse_several(path)
    claim = _array(files, path, None, CLAIM)
    text, held = _text_and_names(path)
    n = _neurons(claim, text, path)
    shapes: Shapes = ((n,), (None, n))
    values = {key: _array(files, path, key, shapes) for key in VALUES if key in held}
    return _description(_array(files, path, None, ((n, n),)), text, values, path)


def _refuse_several(path: Path) -> None:
    """Of several arrays nobody knows which is W; in a network file there is a place to say it."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            names = list(archive.files)
    except Exception:  # a damaged archive, of which its reader tells
        return
    if len(names) > 1 and not {"format", "shape", "description"} & set(names):
        few = ", ".join(printable(name[:40]) for name in names[:10])
        raise HamsimError(
            f"{quoted(path)} holds several arrays ({few}); a network file says which are weights: "
            f"{{file: {printable(path.name)}, key: {printable(names[0][:40])}}}"
        )


def _text_and_names(path: Path) -> tuple[str | None, list[str]]:
    try:
        with path.open("rb") as stream:
            archive = Archive(stream, path)
            if "description" not in archive.names:
                return None, archive.names
            text = archive.read("description", ((),), text=True)
            return str(text.item()), archive.names
    except Exception:  # a damaged archive, or something else under this name
        raise HamsimError(f"{quoted(path)}: its description cannot be read") from None


def _array(files: DataFiles, path: Path, key: str | None, shapes: Shapes) -> Any:
    try:
        return files.read(str(path), key, (Layout(Axis(), Axis(), shapes=shapes),))
    except DataFileError as error:
        raise HamsimError(str(error)) from None


def _neurons(claim: Unread, text: str | None, path: Path) -> int:
    """Number of neurons of a matrix that is not read yet; what cannot be one is refused."""
    name, shape = quoted(path), claim.shape
    if len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
        raise HamsimError(f"{name} holds an array of shape {list(shape)}, not a square one")
    if text is None and shape[0] > max(MAX_ROWS, MAX_ROWS_PER_ENTRY * claim.entries):
        raise HamsimError(
            f"{name} claims {counted(shape[0], 'neuron')}, but its number of entries is "
            f"{claim.entries:,}"
        )
    require_memory(
        8.0 * NUMBERS_A_NEURON * shape[0],
        lambda said: HamsimError(f"{name}: {shape[0]:,} neurons need {said} of memory"),
    )
    return shape[0]


# --- mtx ---------------------------------------------------------------------------------------


def write_mtx(network: Network, stream: BinaryIO) -> None:
    """Write W in coordinates, row receives and column sends, and the description as comments."""
    W = network.W.tocoo()
    text = json.dumps(_beside(network))
    lines = ["%%MatrixMarket matrix coordinate real general"]
    lines += [MARK + text[k : k + _CHUNK] for k in range(0, len(text), _CHUNK)]
    lines.append(f"{W.shape[0]} {W.shape[1]} {W.nnz}")
    entries = zip((W.row + 1).tolist(), (W.col + 1).tolist(), W.data.tolist(), strict=True)
    lines += [f"{i} {j} {weight!r}" for i, j, weight in entries]
    stream.write(("\n".join(lines) + "\n").encode())


def read_mtx(path: Path) -> dict[str, Any]:
    """Description of the network in a Matrix Market file.

    Raises
    ------
    HamsimError
    """
    require_file(path)
    files = DataFiles()
    claim, text = _array(files, path, None, CLAIM), _comments(path)
    n = _neurons(claim, text, path)
    return _description(_array(files, path, None, ((n, n),)), text, {}, path)


def _comments(path: Path) -> str | None:
    """The description in the comments before the matrix."""
    found = []
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        for line in iter(partial(stream.readline, MAX_LINE), ""):
            if not line.startswith("%") and line.strip():
                break
            if line.startswith(MARK):
                found.append(line.rstrip("\r\n")[len(MARK) :])
    return "".join(found) or None


def notes_of(path: Path, form: str, description: Mapping[str, Any]) -> tuple[str, ...]:
    """What a file of a matrix did not say of the network that it was read as."""
    if form == "npz":
        text, held = _text_and_names(path)
        known = (*VALUES, *_OF_SCIPY, "description")
        more = [name for name in held if name not in known and len(held) > 1]
        unread = (f"not read: arrays {', '.join(map(quoted, map(Path, more)))}",) if more else ()
    else:
        text, held, unread = _comments(path), [], ()
        with path.open(encoding="utf-8", errors="replace") as stream:
            if stream.readline(MAX_LINE).split()[3:4] == ["pattern"]:
                unread = ("the file has no weights (pattern): all are 1",)
    if text is not None:
        return unread
    placeholder = _LAGRANGIAN_ALONE if "tau" in held else PLACEHOLDERS
    one_way = any("from" in part for part in description["connections"])
    return (placeholder, *((_SIDES,) if one_way else ()), *unread)


# --- both --------------------------------------------------------------------------------------


def _description(
    matrix: Any, text: str | None, values: Mapping[str, Floats], path: Path
) -> dict[str, Any]:
    name = quoted(path)
    W = csr_array(matrix) if not issparse(matrix) else csr_array(matrix, copy=True)
    W.eliminate_zeros()
    n = W.shape[0]
    parts: list[dict[str, Any]] = []
    if text is None:
        plain: dict[str, Any] = {"format": "hamsim/1", "name": path.stem}
        plain["groups"] = {"neurons": {"size": n, "lagrangian": DEFAULT, "tau": 1.0}}
        shapes: dict[str, tuple[int, ...]] = {"neurons": (n,)}
        if W.nnz:
            add_connection(parts, None)
        kept = False
    else:
        outlined = read_outline(text, f"the description in {name}")
        plain = to_plain(outlined.spec)
        shapes = {name: group.dimensions for name, group in outlined.spec.groups.items()}
        for k, part in enumerate(plain.get("connections", [])):
            without = k in outlined.without
            parts.append({key: part[key] for key in part if key != "weights" or not without})
        kept = any("weights" in part and "gate" not in part for part in parts)
    places = Placement({name: math.prod(shape) for name, shape in shapes.items()})
    if places.n != n:
        raise HamsimError(
            f"{name}: a matrix of {counted(n, 'neuron')}, but a description of {places.n:,}"
        )
    _put_values(plain, values, places, shapes, name)
    entries = W.tocoo()
    synapses = Synapses(
        entries.row.astype(np.int64),
        entries.col.astype(np.int64),
        entries.data,
        np.full(W.nnz, OPEN, dtype=np.int64),
        np.full(W.nnz, np.nan),
    )
    plain["connections"] = deal_out(parts, places, synapses)
    if kept:
        _refuse_other_sum(plain, W, name)
    return plain


def _put_values(
    plain: dict[str, Any],
    values: Mapping[str, Floats],
    places: Placement,
    shapes: Mapping[str, tuple[int, ...]],
    name: str,
) -> None:
    """Put arrays over all neurons into the groups."""
    for key, array in values.items():
        unread = isinstance(array, Unread)
        if unread or array.shape[-1:] != (places.n,) or array.ndim > (2 if key == "initial" else 1):
            raise HamsimError(f"{name}: {key} has shape {list(array.shape)}, not [{places.n}]")
        write = compact_initial if key == "initial" else compact
        for k, (group, shape) in enumerate(shapes.items()):
            own = array[..., places.starts[k] : places.starts[k + 1]]
            plain["groups"][group][key] = write(own, shape)
    if "initial" in values and values["initial"].ndim == 2:
        trials = int(values["initial"].shape[0])
        plain["simulation"] = {**plain.get("simulation", {}), "trials": trials}


def _refuse_other_sum(plain: dict[str, Any], W: csr_array, name: str) -> None:
    """Connections that meet stand in the description; the matrix must be what they add up to."""
    made = compile(plain).W
    same = all(
        np.array_equal(getattr(made, part), getattr(W, part))
        for part in ("indptr", "indices", "data")
    )
    if not same:
        raise HamsimError(
            f"{name}: the matrix is not what the connections in its description add up to; "
            "change those that meet in a .yaml or .json file"
        )
