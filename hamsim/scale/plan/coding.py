"""Values of a plan as JSON, with all their numbers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["decoded", "encoded"]

ARRAY = "__array__"


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
