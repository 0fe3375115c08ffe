"""Arrays that a command is given in files."""

from __future__ import annotations

import os
from typing import Any

from hamsim.errors import HamsimError
from hamsim.paths import why_unreadable

__all__ = ["ENDINGS", "read_rows"]

ENDINGS = (".npy", ".npz", ".csv", ".tsv")


def read_rows(option: str, text: str) -> Any:
    """An array of rows in a file.

    Parameters
    ----------
    option : str
        For messages.
    text : str
        A file, with ``:NAME`` behind it for one of the arrays of an npz file.

    Returns
    -------
    ndarray

    Raises
    ------
    HamsimError
    """
    import numpy as np

    from hamsim.spec.datafiles import DataFileError, DataFiles

    file, key = text, None
    if not os.path.lexists(text) and ":" in text:
        file, _, key = text.rpartition(":")
    if why := why_unreadable(file):
        raise HamsimError(f"{option} {text}: {why}")
    try:
        found = DataFiles().read(file, key)
    except DataFileError as error:
        raise HamsimError(f"{option} {text}: {error}") from None
    if not isinstance(found, np.ndarray):
        raise HamsimError(f"{option} {text}: must be a plain array; this file holds a sparse one")
    return found
