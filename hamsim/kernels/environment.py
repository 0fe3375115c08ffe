"""What the environment says to numba, checked when numba is first imported.

numba takes much from variables named ``NUMBA_...`` and from a file ``.numba_config.yaml`` in the
working folder. What it cannot use it reports with a traceback, or not before it compiles, or by
the end of the process; here each of these is one line.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from typing import Any

from hamsim.errors import HamsimError

__all__ = ["import_numba"]

_FILE = ".numba_config.yaml"
_SAYS = re.compile(r"variable '(NUMBA_\w+)' is defined but its associated value '(.*)' could not")


# What was wrong when numba was imported: it stays so, but numba says it only once.
_complaints: list[str] = []


def import_numba() -> None:
    """Import numba.

    Raises
    ------
    HamsimError
        The environment has something that numba, or hamsim, cannot use.
    """
    _check_features()
    if "numba" not in sys.modules:
        _import()
    if _complaints:
        raise HamsimError(_complaints[0])
    import numba

    config: Any = numba.config  # numba makes its attributes at run time
    if config.DISABLE_JIT:
        raise HamsimError(
            f"NUMBA_DISABLE_JIT is set{_where('NUMBA_DISABLE_JIT')}: hamsim needs compiled code; "
            "unset it, or set it to 0"
        )


def _import() -> None:
    _complaints.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            import numba  # noqa: F401
        except Exception as error:
            raise HamsimError(_why(error)) from None
    for warning in caught:
        message = str(warning.message)
        if found := _SAYS.search(message):
            name, value = found.groups()
            last = message.strip().splitlines()[-1]  # of a traceback
            reason = last.partition(": ")[2] or last
            _complaints.append(f"{name} is '{value}'{_where(name)}, which numba refuses: {reason}")
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def _where(name: str) -> str:
    """Where a setting stands that is not in the environment; numba has nothing but its file."""
    return "" if name in os.environ or not os.path.exists(_FILE) else f" in {_FILE}"


def _why(error: Exception) -> str:
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    threads = os.environ.get("NUMBA_NUM_THREADS")
    if threads is not None and "thread" in said.lower():
        return f"NUMBA_NUM_THREADS is '{threads}': it must be a whole number of at least 1"
    if os.path.exists(_FILE):
        said += f"; it reads {_FILE} in this folder"
    return f"numba cannot be imported: {said}"


def _check_features() -> None:
    """LLVM ends the process if it does not find a sign before each feature."""
    features = os.environ.get("NUMBA_CPU_FEATURES", "")
    for feature in features.split(",") if features else ():
        if not re.fullmatch(r"[+-][\w.-]+", feature):
            raise HamsimError(
                f"NUMBA_CPU_FEATURES is '{features}': each feature begins with + or -, "
                "as in '+avx2,-fma'"
            )
