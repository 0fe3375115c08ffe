"""Text that is written when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["LazyText", "TextField", "unread"]


class LazyText:
    """A text that is written when it is first wanted.

    Parameters
    ----------
    write : callable without arguments
        Gives the text, always the same; what it holds on to is let go of once it is called.

    Notes
    -----
    Threads that ask at once may each write it, which does no harm; a lock could do some in a
    process that forks. A pickle holds the text.
    """

    def __init__(self, write: Callable[[], str]) -> None:
        self._write: Callable[[], str] | None = write
        self._text = ""

    def __str__(self) -> str:
        write = self._write
        if write is not None:
            self._text = write()
            self._write = None
        return self._text

    @property
    def writer(self) -> Callable[[], str] | None:
        """What will write it; None once it is written."""
        return self._write

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> LazyText:
        return self


class TextField:
    """A field of a dataclass: a str to who reads it, which may be given as a `LazyText`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> str:
        return "" if instance is None else str(vars(instance)[self._name])

    def __set__(self, instance: object, value: str | LazyText) -> None:
        vars(instance)[self._name] = value


def unread(instance: object, name: str) -> str | LazyText:
    """The value of a `TextField` as it was given, to be handed on without being written."""
    value: str | LazyText = vars(instance)[name]
    return value
