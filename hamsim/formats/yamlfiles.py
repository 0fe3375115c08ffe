"""Networks as YAML; of large ones the weights and long lists stand in an npz file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hamsim.formats.files import replacing
from hamsim.formats.plain.explicit import by_position, describe, edge_columns, outline
from hamsim.network import Connection, Convolution, Network
from hamsim.spec.dump import to_text

__all__ = ["is_large", "write_yaml"]

# Synapses, or states at t = 0, up to which everything stands in the text.
MAX_IN_TEXT = 20_000
# Longer lists of a large network's values are arrays.
MAX_LIST = 100


def is_large(network: Network) -> bool:
    """Whether a network needs a file of arrays beside the text."""
    gated = 0 if network.triples is None else network.triples.weights.size
    return bool(max(network.W.nnz + gated, network.initial.size) > MAX_IN_TEXT)


def write_yaml(network: Network, path: Path, beside: Path | None = None) -> None:
    """Write a network as YAML, with its arrays in another file if one is given."""
    if beside is None:
        description = describe(network)
    else:
        description, arrays = _with_arrays(network, beside.name)
        with replacing(beside) as stream:
            np.savez_compressed(stream, **arrays)
    text = to_text(description)
    with replacing(path) as stream:
        stream.write(text.encode())


def _with_arrays(network: Network, file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The description, and the arrays that it finds in a file."""
    description = outline(network, inputs=True)
    arrays: dict[str, Any] = {}
    for k, group in enumerate(description["groups"].values()):
        _move(group, ("tau", "input", "initial"), f"group{k}", file, arrays)
        _move(group.get("noise", {}), ("sigma", "tau"), f"group{k}.noise", file, arrays)
        if isinstance(group["lagrangian"], dict):
            names = [name for name in group["lagrangian"] if name not in ("domain", "over")]
            _move(group["lagrangian"], names, f"group{k}.lagrangian", file, arrays)
    for k, stimulus in enumerate(description.get("stimuli", [])):
        _move(stimulus, ("value", "mask"), f"stimulus{k}", file, arrays)
    parts = description.get("connections", [])
    for k, (part, connection) in enumerate(zip(parts, network.connections, strict=True)):
        key = f"connection{k}"
        _move(part, ("delay",), key, file, arrays)
        part["weights"] = {"file": file, "key": key}
        if (kernel := _kernel_of(network, connection)) is not None:
            part["weights"] = {"conv2d": {"kernel": part["weights"], **_moved(kernel)}}
            arrays[key] = kernel.kernel
            continue
        if connection.gate:
            part["weights"] = {"edges": {**part["weights"], **by_position(network, connection)}}
            arrays[key] = np.stack(edge_columns(network, connection), axis=1)
            continue
        block = network.block(connection)
        for name in ("data", "indices", "indptr"):
            arrays[f"{key}.{name}"] = getattr(block, name)
        arrays[f"{key}.shape"] = np.array(block.shape)
    return description, arrays


def _kernel_of(network: Network, connection: Connection) -> Convolution | None:
    """The kernel that a connection's weights are copies of, if they are still."""
    own = connection.convolution
    return own if own is not None and own.kernel is not None and own.W is network.W else None


def _moved(own: Convolution) -> dict[str, Any]:
    """How a window moves over its image, as a description says it."""
    spans = zip(own.image[:2], own.window, own.stride, strict=True)
    valid = tuple((side - window) // step + 1 for side, window, step in spans)
    inside = own.found[:2] == valid and not any(own.before)
    return {"stride": list(own.stride), "padding": "valid" if inside else "same"}


def _move(part: dict[str, Any], keys: Any, name: str, file: str, arrays: dict[str, Any]) -> None:
    """Replace long lists by arrays in a file."""
    for key in keys:
        if isinstance(part.get(key), list) and np.size(part[key]) > MAX_LIST:
            arrays[f"{name}.{key}"] = np.array(part[key], dtype=np.float64)
            part[key] = {"file": file, "key": f"{name}.{key}"}
