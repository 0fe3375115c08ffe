"""Files read and written whole: a write that is cut short leaves what was there before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hamsim.errors import HamsimError, shortened
from hamsim.formats.jsonfiles import LONG, NotAGraphError, parse_long
from hamsim.paths import quoted, read_whole, replacing, why_unreadable

__all__ = [
    "json_value",
    "quoted",
    "read_bytes",
    "read_json",
    "refuse_deep",
    "replacing",
    "require_file",
]

# Lists and objects inside of each other; as of YAML.
MAX_DEPTH = 50


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
    if why := why_unreadable(path):
        raise HamsimError(f"{quoted(path)}: {why}")


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
    except OSError as error:
        raise HamsimError(f"cannot read {quoted(path)}: {error.strerror or error}") from None
    if content is None:
        raise HamsimError(f"{quoted(path)} is larger than {MAX_BYTES / 1e6:g} MB; use npz files")
    return content


def read_json(path: Path) -> Any:
    """Value of a JSON file.

    Raises
    ------
    HamsimError
    """
    name = quoted(path)
    _refuse_begin(path)
    value = json_value(read_bytes(path), name)
    refuse_deep(value, name)
    return value


def json_value(content: bytes, name: str, wanted: str = "") -> Any:
    """Value of a JSON text, in which no key is there twice.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file, for messages.
    wanted : str
        What a text that cannot be one of a network is not, as " is not a connectome".

    Raises
    ------
    HamsimError
    """
    try:
        if len(content) > LONG:
            text = content.decode("utf-8-sig")
            del content  # which may be as large
            return parse_long(text, no_repeats)
        return json.loads(content, object_pairs_hook=no_repeats)
    except NotAGraphError as error:
        raise HamsimError(f"{name}{wanted}: {error}") from None
    except RepeatedKeyError as error:
        key = shortened(json.dumps(error.key), 40)
        raise HamsimError(f"{name}: the key {key} is there twice") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HamsimError(f"{name} is not JSON: {error.msg} ({where})") from None
    except UnicodeDecodeError:
        raise HamsimError(f"{name} is not JSON: it is not UTF-8 text") from None
    except RecursionError:
        raise HamsimError(f"{name}{wanted}: its lists are nested too deeply") from None
    except ValueError:  # Python's limit for the digits of one whole number
        raise HamsimError(f"{name} holds a number that is too large") from None


def refuse_deep(value: Any, name: str) -> None:
    """Refuse values that stand deeper in others than a network's: names of nodes are compared.

    Raises
    ------
    HamsimError
    """
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [item for part in level for item in _inside(part) if isinstance(item, dict | list)]
        if not level:
            return
    raise HamsimError(f"{name}: its lists are nested too deeply (more than {MAX_DEPTH})")


def _inside(part: Any) -> Iterable[Any]:
    return part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()


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
