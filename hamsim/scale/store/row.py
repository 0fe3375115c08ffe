"""What is kept of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import HamsimError, given

__all__ = ["STATUSES", "Row", "Status", "kept_array"]

Status = Literal["done", "failed", "set aside"]
# Of two rows of one run the one that comes first here holds.
STATUSES: tuple[Status, ...] = ("done", "failed", "set aside")
KINDS = "biufcU"  # of arrays that are kept: numbers, truth values and text


@dataclass(frozen=True, eq=False)
class Row:
    """One run of a sweep.

    Parameters
    ----------
    key : str
        What made it, in 64 hexadecimal digits.
    status : {"done", "failed", "set aside"}
        A run that diverged is done. One is set aside whose worker died each time.
    outcome : str
        In one word, as `Outcome.kind`; empty if it did not come to an end.
    reason : str
        Why it failed, or what is said of its end; one line.
    values : mapping of str to array, number or text
    dims : mapping of str to tuple of str
        Names of the axes of some values.
    seconds : float
        Wall time that it took.
    """

    key: str
    status: Status = "done"
    outcome: str = ""
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    dims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def nbytes(self) -> int:
        """Bytes of its values."""
        return sum(kept_array(name, value).nbytes for name, value in self.values.items())


def kept_array(name: str, value: Any) -> NDArray[Any]:
    """A value as an array that can be kept.

    Raises
    ------
    HamsimError
        It is neither numbers nor text.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError):  # a ragged list
        array = np.empty((), dtype=object)
    if array.dtype.kind not in KINDS:
        raise HamsimError(f"'{name}' is {given(value)}; what is kept is numbers, or text")
    return array
