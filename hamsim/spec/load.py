"""From a file, a text's values or a dict to a `Spec`; all mistakes are reported together."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from hamsim.errors import HamsimError, Problem, SpecError, given
from hamsim.names import is_mapping
from hamsim.spec.loader import Loader
from hamsim.spec.otherformats import CONVERTED
from hamsim.spec.reading import read_text
from hamsim.spec.schema import Spec
from hamsim.spec.text import Marks, parse_text

__all__ = ["load", "load_again"]

# Who compiles one file again and again, with other values in place of some, has it parsed once;
# nothing here writes to what a text is read to. Of texts with so many characters at most.
_SHORT = 2**16
_read_again = lru_cache(maxsize=8)(parse_text)


def load(
    source: str | os.PathLike[str] | Mapping[str, Any] | Spec,
    overrides: Mapping[str, Any] | None = None,
) -> Spec:
    """Read and check the description of a network.

    Parameters
    ----------
    source : path, dict or Spec
        A YAML file in the format ``hamsim/1``, or the same as a dict. Files named in a dict are
        relative to the working directory, those in a YAML file to its folder.
    overrides : mapping of str to value, optional
        Values to put in place of the file's: ``{"groups.pixels.tau": 2}``.

    Returns
    -------
    Spec
        Frozen and resolved; `hamsim.spec.dump.dump` writes it as YAML again.

    Raises
    ------
    SpecError
        Holds every mistake that was found, each with its position.
    """
    if overrides is not None and not is_mapping(overrides):
        raise HamsimError(f"overrides must be a dict of paths and values, not {given(overrides)}")
    resolved = isinstance(source, Spec)
    earlier: dict[str, Any] = {}
    if isinstance(source, Spec):
        if source._files is not None and not overrides:
            return source
        earlier = source.overrides
        plain = source.model_dump(by_alias=True, exclude_none=True)
        source = {**plain, "parameters": source.parameters}
    if is_mapping(source):
        loader = Loader("", os.getcwd(), resolved)
        loader.python.neurons = _neurons(source)
        spec = loader.spec(loader.python.plain(source), Marks(), [], overrides)
        spec._overrides = {**earlier, **spec._overrides}
        return spec
    source = os.fsdecode(source) if isinstance(source, bytes) else source
    if not isinstance(source, str | os.PathLike):
        raise _no_source(source)
    path = Path(source)
    file = str(path)
    text = read_text(path)
    read = _read_again if len(text) <= _SHORT else parse_text
    value, marks, problems = read(text, file)
    if isinstance(value, dict) and "nodes" in value and "groups" not in value:
        raise SpecError(
            [Problem(CONVERTED.format(kind="a graph", file=shlex.quote(file)), "", file)]
        )
    return Loader(file, os.path.dirname(os.path.realpath(file))).spec(
        value, marks, problems, overrides
    )


def load_again(
    raw: Mapping[str, Any], overrides: Mapping[str, Any], resolved: bool = False
) -> Spec:
    """Read a description once more, of which it is known that it is right, with other values.

    Parameters
    ----------
    raw : dict
        What a file holds.
    overrides : mapping of str to value
    resolved : bool
        Whether it has been a `Spec`.

    Raises
    ------
    SpecError
    """
    return Loader("", os.getcwd(), resolved).spec(raw, Marks(), [], overrides)


def _no_source(given: Any) -> HamsimError:
    """What is said of something that describes no network."""
    hint = ""
    if hasattr(given, "nodes") and hasattr(given, "edges"):
        hint = "; hamsim.from_networkx reads graphs"
    elif hasattr(given, "shape"):
        hint = '; a matrix is weights of a connection: {"within": GROUP, "weights": matrix}'
    what = type(given).__name__
    return HamsimError(f"expected a Spec, a path or a dict, not {what}{hint}")


def _neurons(source: Mapping[str, Any]) -> int | None:
    """How many neurons a dict describes, if its groups say so in plain numbers."""
    groups = source.get("groups")
    count = 0
    for group in groups.values() if isinstance(groups, Mapping) else ():
        if hasattr(group, "dtype"):  # a sparse matrix, which may be a mapping too
            return None
        sides: list[Any] = [group.get("size")] if isinstance(group, Mapping) else [None]
        if isinstance(group, Mapping) and sides[0] is None:  # an array would compare each entry
            neurons, shape = group.get("neurons"), group.get("shape")
            sides = [len(neurons)] if isinstance(neurons, list | tuple) else [None]
            sides = list(shape) if isinstance(shape, list | tuple) else sides
        if not all(isinstance(side, int) for side in sides):
            return None
        count += math.prod(cast(list[int], sides))
    return count or None
