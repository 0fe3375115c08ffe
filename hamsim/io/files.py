"""Files read and written whole: a write that is cut short leaves what was there before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from hamsim.errors import HamsimError, printable
from hamsim.io.jsonfiles import LONG, NotAGraphError, parse_long
from hamsim.spec.opening import kind_of_file, read_whole

__all__ = [
    "RepeatedKeyError",
    "no_repeats",
    "quoted",
    "read_bytes",
    "read_json",
    "replacing",
    "require_file",
]


def quoted(path: Path) -> str:
    """A file's name for messages."""
    return f"'{printable(str(path))}'"


# Bytes of a text that is read whole; larger networks are for npz files.
MAX_BYTES = 500_000_000


# Bytes of a long file that are looked at first.
_BEGIN = 2**16


def require_file(path: Path) -> None:
    """Refuse what is not there, or is no regular file.

    Raises
    ------
    HamsimError
    """
    try:
        if kind := kind_of_file(path):
            raise HamsimError(f"{quoted(path)}: is {kind}")
    except (FileNotFoundError, NotADirectoryError):
        raise HamsimError(f"{quoted(path)}: no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        why = getattr(error, "strerror", None) or error
        raise HamsimError(f"cannot read {quoted(path)}: {why}") from None


def read_bytes(path: Path) -> bytes:
    """Content of a file.

    Raises
    ------
    HamsimError
        There is none, or more than is read of such files.
    """
    require_file(path)
    try:
        content = read_whole(path, MAX_BYTES)
        if content is None:
            raise HamsimError(
                f"{quoted(path)} is larger than {MAX_BYTES / 1e6:g} MB; use npz files"
            )
        return content
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        why = getattr(error, "strerror", None) or error
        raise HamsimError(f"cannot read {quoted(path)}: {why}") from None


def read_json(path: Path) -> Any:
    """Value of a JSON file.

    Raises
    ------
    HamsimError
    """
    name = quoted(path)
    _refuse_begin(path)
    content = read_bytes(path)
    try:
        if len(content) > LONG:
            text = content.decode("utf-8-sig")
            del content
            return parse_long(text, no_repeats)
        return json.loads(content, object_pairs_hook=no_repeats)
    except NotAGraphError as error:
        raise HamsimError(f"{name}: {error}") from None
    except RepeatedKeyError as error:
        raise HamsimError(f"{name}: the key {json.dumps(error.key)} is there twice") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HamsimError(f"{name} is not JSON: {error.msg} ({where})") from None
    except UnicodeDecodeError:
        raise HamsimError(f"{name} is not JSON: it is not UTF-8 text") from None
    except RecursionError:
        raise HamsimError(f"{name}: its lists are nested too deeply") from None
    except ValueError:  # Python's limit for the digits of one whole number
        raise HamsimError(f"{name} holds a number that is too large") from None


def _refuse_begin(path: Path) -> None:
    """Look at the begin of a long file, before all of it is read.

    Raises
    ------
    HamsimError
    """
    require_file(path)
    try:
        if path.stat().st_size <= LONG:
            return
        with path.open("rb") as stream:
            parse_long(stream.read(_BEGIN).decode("utf-8-sig", "ignore"), dict)
    except NotAGraphError as error:
        raise HamsimError(f"{quoted(path)}: {error}") from None
    except (OSError, ValueError, RecursionError):  # as a rule it is cut within a value
        return


class RepeatedKeyError(Exception):
    """An object of a JSON file has one key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what `json` would take silently: the last of several values of one key."""
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKeyError(next(key for k, key in enumerate(keys) if key in keys[:k]))
    return result


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of a file when all of it is written.

    Raises
    ------
    HamsimError
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(path)
    except OSError as error:
        raise HamsimError(f"cannot write {quoted(path)}: {error.strerror or error}") from None
    finally:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:  # where it could not be made it cannot be removed either
            pass
