"""What is kept of each run of a sweep, beside how it ended."""

from __future__ import annotations

import base64
import hashlib
import importlib
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hamsim.criterion import Quantity
from hamsim.dynamics.watching.looks import numbers_of
from hamsim.errors import ExpressionError, HamsimError, did_you_mean, given
from hamsim.network import Network
from hamsim.spec.sweeping import KEPT, kept_word
from hamsim.trace.trace import Trace

__all__ = ["DEFAULT", "Kept", "kept_of", "require_kept"]

DEFAULT = ("final", "energy")


@dataclass(frozen=True, eq=False)
class Kept:
    """One thing that is kept of a run.

    Parameters
    ----------
    name : str
    what : str or callable
        A word of `KEPT`, a number as ``mean(exc.g)``, or a function of the trace.
    """

    name: str
    what: str | Callable[[Trace], Any]

    @property
    def is_function(self) -> bool:
        """Whether it is computed by a function of the user's."""
        return not isinstance(self.what, str)

    @cached_property
    def quantity(self) -> Quantity | None:
        """What is written as a number; None of words and functions."""
        return Quantity(self.what) if isinstance(self.what, str) and self.what not in KEPT else None

    @property
    def dims(self) -> tuple[str, ...] | None:
        """Dimensions of what is kept, after one for trials; None where only a function knows."""
        return None if self.is_function else KEPT.get(str(self.what), ())

    @property
    def needs_energy(self) -> bool:
        """Whether energies must be recorded."""
        quantity = self.quantity
        return self.what == "energy" or (quantity is not None and "energy" in quantity.names)

    @property
    def needs_records(self) -> bool:
        """Whether more must be recorded than the last state."""
        return self.is_function or self.what in ("records", "products")

    def identity(self) -> Any:
        """What tells it from others in keys."""
        return [self.name, _code_of(self.what) if callable(self.what) else self.what]

    def to_dict(self) -> dict[str, Any]:
        """For the file of a plan."""
        if isinstance(self.what, str):
            return {"name": self.name, "what": self.what}
        return {"name": self.name, "function": _pickled(self.what)}

    @classmethod
    def from_dict(cls, stated: Mapping[str, Any]) -> Kept:
        """From what `to_dict` gives.

        Raises
        ------
        HamsimError
            It is a function that cannot be found here.
        """
        if "what" in stated:
            return cls(stated["name"], stated["what"])
        try:
            return cls(stated["name"], pickle.loads(base64.b64decode(stated["function"])))
        except Exception as error:  # a module may raise anything while it is imported
            raise HamsimError(
                f"the function that is kept as '{stated['name']}' cannot be found here: it must "
                f"be in a module that can be imported ({type(error).__name__}: {error})"
            ) from None


def kept_of(keep: Any) -> tuple[Kept, ...]:
    """What is to be kept, as it was asked for.

    Parameters
    ----------
    keep : str, callable, iterable of these, or mapping of names to these

    Raises
    ------
    HamsimError
        A word is unknown, or two things have one name.
    """
    if keep is None:
        keep = DEFAULT
    if isinstance(keep, Mapping):
        named = list(keep.items())
    else:
        some = [keep] if isinstance(keep, str) or not isinstance(keep, Iterable) else list(keep)
        named = [(None, each) for each in some]
    found: dict[str, Kept] = {}
    for name, what in named:
        made = _one(name, what)
        if made.name in found:
            raise HamsimError(f"keep: '{made.name}' is named twice")
        found[made.name] = made
    return tuple(found.values())


def _one(name: Any, what: Any) -> Kept:
    if callable(what):
        own = name or getattr(what, "__name__", type(what).__name__)
        return Kept("function" if own == "<lambda>" else str(own), what)
    if not isinstance(what, str):
        hint = did_you_mean("", KEPT)
        raise HamsimError(f"keep: {given(what)} is no word, number or function; {hint}")
    try:
        text = kept_word(what)
    except ExpressionError as error:
        raise HamsimError(f"keep: {error}") from None
    return Kept(str(name or text), text)


def _code_of(function: Callable[..., Any]) -> str:
    """What tells a function from others: its place, and what it does as far as that can be seen."""
    made = hashlib.blake2b(digest_size=16)
    code = getattr(function, "__code__", None)
    if code is None:
        made.update(_pickled(function).encode())
    else:
        _feed(made.update, code)
        made.update(repr(getattr(function, "__defaults__", None)).encode())
    return f"{getattr(function, '__module__', '')}.{_name_of(function)}:{made.hexdigest()}"


def _feed(take: Callable[[bytes], None], code: Any) -> None:
    """Hand on what compiled code does, without the places of its text."""
    take(code.co_code)
    take(repr(code.co_names).encode())
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            _feed(take, constant)
        else:
            take(repr(constant).encode())


def _name_of(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _pickled(function: Callable[..., Any]) -> str:
    """A function as text; empty if nothing can write it."""
    for module in ("cloudpickle", "pickle"):  # the first also takes what no module holds
        try:
            writer = importlib.import_module(module)
            return base64.b64encode(writer.dumps(function)).decode()
        except Exception:  # picklers raise anything
            continue
    return ""


def require_kept(keep: Iterable[Kept], network: Network) -> None:
    """Refuse what does not fit a network.

    Raises
    ------
    HamsimError
    """
    for each in keep:
        if each.quantity is not None:
            try:
                each.quantity.require(
                    {k: v.size for k, v in numbers_of(each.quantity, network).items()}
                )
            except ExpressionError as error:
                raise HamsimError(f"keep: {each.name}: {error}") from None
