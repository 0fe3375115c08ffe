"""Files that are not YAML: what they are, and what to do with them."""

from __future__ import annotations

import shlex
from pathlib import Path

__all__ = ["CONVERTED", "other_content", "other_format"]

# Formats that hold networks, or graphs.
CONVERTED = "is {kind}, not YAML; make a network file of it by: hamsim convert {file} NAME.yaml"
_OTHERS = {".graphml": "a graph", ".npz": "a matrix", ".mtx": "a matrix"}
_GRAPHS = {".gexf": "read_gexf", ".gml": "read_gml", ".pajek": "read_pajek", ".net": "read_pajek"}
_ARRAYS = {".npy": "an array", ".csv": "a table", ".tsv": "a table"}
_PICTURES = (".png", ".svg", ".pdf")
_TRACE = "is a trace, not a network; hamsim plot {file} draws it"
_XML = "is XML, not YAML; if it is GraphML: hamsim convert {file} NAME.yaml --from graphml"
_ARRAY = "is {kind}, not a network; a network file names it, as in weights: {{file: {name}}}"
# First bytes of files whose names do not say what they are.
_BEGINNINGS = {
    b"\x89HDF\r\n": "is an HDF5 file, not a network; if it is a trace: hamsim plot {file}",
    b"\x93NUMPY": _ARRAY.replace("{kind}", "an array (npy)"),
    b"PK\x03\x04": "is a zip archive, not YAML; one of arrays should end in .npz: hamsim convert "
    "NAME.npz NAME.yaml reads a matrix",
    b"%%MatrixMarket": "is a matrix, not YAML; it should end in .mtx: hamsim convert NAME.mtx "
    "NAME.yaml",
    b"\x89PNG": "is a picture, not a network",
    b"%PDF": "is a document (PDF), not a network",
    b"\x1f\x8b": "is compressed (gzip); unpack it first",
    b"BZh": "is compressed (bzip2); unpack it first",
    b"\xfd7zXZ": "is compressed (xz); unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed (zstd); unpack it first",
}


def other_format(path: Path, content: bytes) -> str:
    """What to do with a file whose text would be told of as broken YAML; empty if it may be YAML.

    Parameters
    ----------
    path : Path
    content : bytes
        Of the file.
    """
    return _with_names(_told_by(path.suffix.lower(), content), path)


def other_content(path: Path, content: bytes) -> str:
    """What to do with a file that begins as those of some other format; empty if none is known."""
    return _with_names(_told_by_beginning(content), path)


def _with_names(text: str, path: Path) -> str:
    return text and text.format(file=shlex.quote(str(path)), name=path.name)


def _told_by(suffix: str, content: bytes) -> str:
    if suffix in _OTHERS:
        return CONVERTED.replace("{kind}", _OTHERS[suffix])
    if suffix == ".nc":
        return _TRACE
    if suffix in _GRAPHS:
        return (
            f"is a graph, not YAML; in Python hamsim.from_networkx(networkx.{_GRAPHS[suffix]}"
            "(...)) makes a network of it"
        )
    if suffix in _ARRAYS:
        return _ARRAY.replace("{kind}", _ARRAYS[suffix])
    if message := _told_by_beginning(content):
        return message
    if suffix in _PICTURES:
        return "is a picture, not a network"
    if content[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _XML
    return ""


def _told_by_beginning(content: bytes) -> str:
    return next((text for first, text in _BEGINNINGS.items() if content.startswith(first)), "")
