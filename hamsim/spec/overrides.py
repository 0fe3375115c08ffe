"""Values to put in place of a description's: each at a path such as ``groups.pixels.tau``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamsim.errors import HamsimError, did_you_mean
from hamsim.methods import DISCRETE
from hamsim.spec.messages import shown
from hamsim.spec.neurons import NeuronTable
from hamsim.spec.text import dotted, split_path

__all__ = ["WrongPathError", "paths_of", "put", "why_nowhere"]

# Lists of the top level, whose entries are named by number, or by the name that they have.
_LISTS = ("connections", "stimuli")
# Where paths that are swept may begin.
KEYS = ("groups", "connections", "stimuli", "parameters", "simulation", "seed", "initial")


class WrongPathError(Exception):
    """A path leads nowhere; the path to blame, and what is wrong."""

    def __init__(self, path: tuple[Any, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def paths_of(overrides: Mapping[str, Any]) -> dict[tuple[Any, ...], Any]:
    """Paths taken apart, with their values.

    Raises
    ------
    HamsimError
        A path is not one, or a value would be lost because a later one takes its place.
    """
    result: dict[tuple[Any, ...], Any] = {}
    for written, value in overrides.items():
        path = tuple(split_path(written)) if isinstance(written, str) else ()
        if not path:
            raise HamsimError(
                f"{shown(written)} is no path; --set needs one such as groups.pixels.tau=2"
            )
        if path in result:
            raise HamsimError(f"--set {dotted(path)} is given twice")
        for earlier in result:
            if earlier[: len(path)] == path:
                raise HamsimError(
                    f"--set {dotted(path)} would take the place of {dotted(earlier)}, which is "
                    "set before it"
                )
        result[path] = value
    return result


def put(raw: Mapping[str, Any], path: tuple[Any, ...], value: Any) -> tuple[Any, tuple[Any, ...]]:
    """A copy of a description with one value replaced.

    Mappings on the way are made if they are missing; a text that stands for a mapping, as the name
    of a Lagrangian or of a neuron does, becomes one.

    Parameters
    ----------
    raw : mapping
    path : tuple of str and int
    value

    Returns
    -------
    copy : dict
    path : tuple
        With the numbers of list entries that were named.

    Raises
    ------
    WrongPathError
    """
    groups = raw.get("groups")
    if path[0] == "groups" and len(path) > 2 and isinstance(groups, Mapping):
        name = str(path[1])
        if name not in groups:
            hint = did_you_mean(name, groups, "groups")
            raise WrongPathError(("groups", name), f"no group '{name}'; {hint}")
    taken: list[Any] = []

    def inside(tree: Any, k: int) -> Any:
        if k == len(path):
            return value
        part = path[k]
        above = tuple(taken)
        if tree is None and above and above[0] in _LISTS and k == 1:
            tree = []
        if isinstance(tree, list):
            number = _entry(tree, part, above, path)
            taken.append(number)
            return [inside(item, k + 1) if n == number else item for n, item in enumerate(tree)]
        if isinstance(tree, str):
            tree = _spelt_out(tree, above)
        if tree is not None and not isinstance(tree, Mapping):
            raise WrongPathError(path, f"{dotted(above)} is {shown(tree)}, not a mapping")
        if len(path) > k + 1 and (why := _of_a_table(tree, above, part)):
            raise WrongPathError(path, why)
        taken.append(str(part))
        return {**(tree or {}), str(part): inside((tree or {}).get(str(part)), k + 1)}

    return inside(raw, 0), tuple(taken)


def why_nowhere(raw: Mapping[str, Any], name: str) -> str:
    """Why nothing of a description can be changed under a name; empty if it can, as far as is seen.

    Parameters
    ----------
    raw : mapping
        A whole description.
    name : str
        A path, or ``initial`` and ``initial.NAME`` for states, whose names are those of neurons.
    """
    path = tuple(split_path(name))
    if not path:
        return f"{shown(name)} is no path, such as groups.pixels.tau"
    if path[0] == "initial":
        return ""
    if path[0] == "sweep" or path[0] not in KEYS:
        return f"nothing is called {shown(name)}; {did_you_mean(str(path[0]), KEYS)}"
    parameters = raw.get("parameters")
    if path[0] == "parameters" and len(path) == 2 and isinstance(parameters, Mapping):
        if str(path[1]) not in parameters:
            return f"no parameter '{path[1]}'; {did_you_mean(str(path[1]), parameters)}"
    try:
        put(raw, path, None)
    except WrongPathError as wrong_path:
        return str(wrong_path)
    return ""


def _entry(items: list[Any], part: Any, above: tuple[Any, ...], path: tuple[Any, ...]) -> int:
    """Number of a list's entry that is named by its number or its name."""
    if isinstance(part, int) and part < len(items):
        return part
    names = [
        item.get("name", item.get("id")) if isinstance(item, Mapping) else item for item in items
    ]
    known = [name for name in names if isinstance(name, str)]
    if isinstance(part, str) and known.count(part) == 1:
        return names.index(part)
    where = dotted(above)
    hint = f"{where} has {len(items)}, from [0] on" if items else f"{where} has no entries"
    if isinstance(part, str) and known:
        hint = did_you_mean(part, known, "names")
    raise WrongPathError(path, f"there is no {dotted((*above, part))}; {hint}")


def _of_a_table(tree: Any, above: tuple[Any, ...], part: Any) -> str:
    """Why a neuron that stands in a table cannot be named; empty where none is."""
    if len(above) != 3 or (above[0], above[2]) != ("groups", "neurons"):
        return ""
    if not isinstance(tree, Mapping) or "file" not in tree or part in NeuronTable.model_fields:
        return ""
    return (
        f"the neurons of {above[1]} are in the table {shown(tree['file'])}: change the row of "
        f"{shown(part)} there, or from Python the compiled network, as by "
        f"network.replace(tau={{'{above[1]}.{part}': 2}})"
    )


def _spelt_out(text: str, above: tuple[Any, ...]) -> Any:
    """The mapping that a text is short for."""
    match above:
        case ("groups", _, "lagrangian"):
            return {"kind": text}
        case ("groups", _, "neurons", int()):
            return {"id": text}
        case ("simulation", "method"):
            return {text: {}} if text in DISCRETE else {}
        case ("training", "method" | "optimizer"):
            return {text: {}}
    return text
