"""Values of a description as arrays: numbers, lists, files, and what is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.bounds import Bounds
from hamsim.draws.stream import Stream
from hamsim.errors import CompileError
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.forms import ANYTHING, Form
from hamsim.spec.values import FileValue, is_random, read_value
from hamsim.wiring.distributions import draw

__all__ = ["one_a_neuron", "read_file"]


def read_file(value: FileValue, files: DataFiles, path: str, form: Form = ANYTHING) -> Any:
    """Array of a file; mistakes are named by their place in the description."""
    try:
        return read_value(value, files, form)
    except DataFileError as error:
        raise CompileError(f"{path}: {error}") from None


def one_a_neuron(
    value: Any,
    shape: tuple[int, ...],
    numbers: Stream,
    files: DataFiles,
    path: str,
    trials: int | None = None,
    bounds: Bounds | None = None,
    form: Callable[[], Form] = lambda: ANYTHING,
) -> Floats:
    """A value as one number a neuron.

    Parameters
    ----------
    shape : tuple of int
        The group's.
    numbers : Stream
        What a random value is drawn from.
    trials : int or None
        How many rows a random value gets; None gives one without an axis.
    bounds : Bounds or None
        What draws are held to; everything else has been checked already.
    form : callable without arguments
        Gives the forms in which the numbers of a file may stand.

    Returns
    -------
    ndarray, shape (n,) or (trials, n)
        Newly allocated.
    """
    n = math.prod(shape)
    if is_random(value):
        # Row by row: what is drawn for a trial does not depend on how many there are.
        drawn = draw(value, numbers, n if trials is None else trials * n)
        if trials is not None:
            drawn = drawn.reshape(trials, n)
        if bounds is not None and (bad := bounds.broken(drawn)).any():
            first = float(drawn[np.unravel_index(int(np.argmax(bad)), drawn.shape)])
            hint = "; lognormal keeps to that" if bounds.rule in ("above 0", "at least 0") else ""
            raise CompileError(f"{path}: a draw is {first:g}, but must be {bounds.rule}{hint}")
        if not np.isfinite(drawn).all():
            raise CompileError(f"{path}: a draw is not finite")
        return drawn
    is_file = isinstance(value, FileValue)
    array = read_file(value, files, path, form()) if is_file else np.asarray(value)
    array = np.asarray(array, dtype=np.float64)
    if array.ndim == 0:
        return np.full(n, float(array))
    alone = array.shape in (shape, (n,))
    return np.array(array.reshape(n) if alone else array.reshape(-1, n))
