"""The text of a network file; what is no text of YAML is told by what it is instead."""

from __future__ import annotations

from pathlib import Path

from hamsim.errors import Problem, SpecError
from hamsim.spec.npyfiles import other_kind
from hamsim.spec.opening import kind_of_file, read_whole
from hamsim.spec.text import MAX_CHARACTERS, TOO_LARGE, position_after

__all__ = ["CONVERTED", "read_text"]

# What a file of another format is told by is within so many bytes.
_BEGIN = 100
# Formats that hold networks, or graphs, but are not YAML.
CONVERTED = "is {kind}, not YAML; make a network file of it by: hamsim convert {file} NAME.yaml"
_OTHERS = {".graphml": "a graph", ".npz": "a matrix", ".mtx": "a matrix"}
_GRAPHS = {".gexf": "read_gexf", ".gml": "read_gml", ".pajek": "read_pajek", ".net": "read_pajek"}
_DATA = (".npy", ".csv", ".tsv")


def read_text(path: Path) -> str:
    """Text of a file.

    Raises
    ------
    SpecError
        It cannot be read, is too large, or something else than text.
    """
    file = str(path)

    def wrong(message: str, line: int = 0, column: int = 0) -> SpecError:
        return SpecError([Problem(message, "", file, line, column)])

    try:
        if kind := kind_of_file(path):
            raise wrong(f"cannot be read: it is {kind}, not a file")
        with path.open("rb") as stream:
            begin = stream.read(_BEGIN)
        if message := _other_format(path, begin):
            raise wrong(message)
        content = read_whole(path, MAX_CHARACTERS)
        if content is None:
            raise wrong(TOO_LARGE, 1, 1)
        return content.decode("utf-8-sig")
    except SpecError:
        raise
    except FileNotFoundError:
        raise wrong("no such file") from None
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig", "ignore")
        message = f"is not UTF-8 text (byte {error.start})"
        raise wrong(message, *position_after(before)) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        why = getattr(error, "strerror", None) or error
        raise wrong(f"cannot be read: {why}") from None


def _other_format(path: Path, begin: bytes) -> str:
    """What to do with a file of another format, whose text would be told of as broken YAML."""
    suffix = path.suffix.lower()
    if suffix in _OTHERS:
        return CONVERTED.format(kind=_OTHERS[suffix], file=path)
    if suffix == ".nc":
        return f"is a trace, not a network; hamsim plot {path} draws it"
    if suffix in _GRAPHS:
        return (
            f"is a graph, not YAML; in Python hamsim.from_networkx(networkx.{_GRAPHS[suffix]}"
            "(...)) makes a network of it"
        )
    if suffix in _DATA:
        return f"is a data file, not YAML; in a network file it is named by {{file: {path.name}}}"
    if begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return f"is XML, not YAML; if it is GraphML: hamsim convert {path} NAME.yaml --from graphml"
    kind = other_kind(begin) if begin else ""
    return f"is not YAML{kind}" if kind else ""
