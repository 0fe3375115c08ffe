"""Values of a plan as JSON: for people and files with all their numbers, for keys by digests."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["canonical", "decoded", "encoded"]

ARRAY = "__array__"
MOST_EXACT = 2.0**53


def encoded(value: Any) -> Any:
    """A value with texts in the place of its arrays; see `decoded`."""
    return _walked(value, lambda array: base64.b64encode(array.tobytes()).decode())


def decoded(value: Any) -> Any:
    """What `encoded` was given."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        array = np.frombuffer(base64.b64decode(value[ARRAY]), dtype=value["dtype"])
        array = array.reshape(value["shape"])
        array.flags.writeable = False
        return array
    return {key: decoded(item) for key, item in value.items()}


def canonical(value: Any) -> bytes:
    """Equal bytes of equal values, whatever the order of their keys; arrays by their digests.

    A whole number is the same as a float of that value, as it is in files.
    """
    plain = _whole(_walked(value, _digest))
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def _digest(array: np.ndarray[Any, Any]) -> str:
    return hashlib.blake2b(array.tobytes(), digest_size=32).hexdigest()


def _whole(value: Any) -> Any:
    """A value with whole numbers in the place of floats that are no others."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if type(value) is float and value.is_integer() and abs(value) < MOST_EXACT and value != 0:
        return int(value)
    return 0 if type(value) is float and str(value) == "0.0" else value


def _walked(value: Any, of_array: Callable[[np.ndarray[Any, Any]], str]) -> Any:
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        return {ARRAY: of_array(array), "dtype": array.dtype.str, "shape": list(array.shape)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _walked(item, of_array) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(item, of_array) for item in value]
    return value
