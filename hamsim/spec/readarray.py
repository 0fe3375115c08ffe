"""Arrays that weights are stated as: lists and files, read in the form that is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.forms import Form, Unread
from hamsim.spec.misfit import Misfit
from hamsim.spec.values import FileValue, read_value

__all__ = ["read_array", "read_dense"]


def read_array(value: Any, files: DataFiles, form: Form, *path: Any) -> Any:
    """Array of a list or a file; `path` is where it stands, for messages.

    Returns
    -------
    ndarray or csr_array
        Without axes for a number. `Unread` where a file has none of the shapes of `form`.

    Raises
    ------
    Misfit
    """
    if isinstance(value, FileValue):
        try:
            return read_value(value, files, form)
        except DataFileError as error:
            raise Misfit(path, str(error)) from None
    return np.asarray(value, dtype=np.float64)


def read_dense(value: Any, files: DataFiles, form: Form, *path: Any) -> Any:
    """The same, of which a sparse matrix is refused."""
    array = read_array(value, files, form, *path)
    if issparse(array) or (isinstance(array, Unread) and array.sparse):
        raise Misfit(path, "must be a plain array; this file holds a sparse matrix")
    return array
