"""The source of a sweep, of whatever a network can be described by."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hamsim.errors import HamsimError, did_you_mean
from hamsim.network import Network
from hamsim.scale.plan.datafiles import Places, portable
from hamsim.scale.plan.source import NEURONS, Compiled, Description, Source
from hamsim.scale.plan.starting import begins
from hamsim.spec.dump import to_plain
from hamsim.spec.load import load
from hamsim.spec.parameters import words_in
from hamsim.spec.python import InPython
from hamsim.spec.reading import read_text
from hamsim.spec.schema import Spec
from hamsim.spec.sweeping import SweepSpec
from hamsim.spec.text import Marks, parse_text, split_path

__all__ = ["Given", "given_source"]

# Top-level keys of a description, of which a compiled network knows nothing.
DESCRIBED = ("groups", "connections", "parameters", "simulation")
# Blocks that a single run does not read.
_NOT_OF_RUNS = ("sweep", "training")


class Given(NamedTuple):
    """What a sweep was given.

    Parameters
    ----------
    raw : dict or None
        Of a description, as it was written.
    base : str
        Folder that names of files are relative to.
    resolved : bool
    block : SweepSpec or None
        What the description says of sweeps.
    network : Network or None
    file : str
        Where it was read; empty for what was made in Python.
    marks : Marks
        Where parts of the description stand in the file.
    """

    raw: dict[str, Any] | None
    base: str
    resolved: bool = False
    block: SweepSpec | None = None
    network: Network | None = None
    file: str = ""
    marks: Marks = Marks()

    def source(self, overrides: Mapping[str, Any], names: Iterable[str]) -> Source:
        """What is run, if these names are changed.

        Raises
        ------
        HamsimError
            A compiled network has nothing of such a name.
        """
        if self.network is None:
            return self._description(self.raw or {}, self.resolved, overrides)
        if overrides:
            raise HamsimError("overrides are of descriptions; a compiled network takes none")
        listed = list(names)
        described = [name for name in listed if split_path(name)[0] in DESCRIBED]
        if self.network.source and "seed" in listed:
            described.append("seed")
        if self.network.source and any(name.startswith("parameters") for name in described):
            raise HamsimError(
                "over parameters: the network is compiled, and they are numbers by now wherever "
                "they were used; sweep the file"
            )
        if described and self.network.source:
            raw, _, _ = parse_text(self.network.source)
            return self._description(raw, True, {})
        if described:
            raise HamsimError(
                f"over {described[0]}: values of the compiled network were replaced, so that it "
                f"has no description any more; sweep its file or Spec, or change {_ALLOWED}"
            )
        for name in listed:
            _require_of_network(name)
        if "seed" in listed and self.network.noise is None:
            raise HamsimError(
                "seeds change nothing: values of the compiled network were replaced, and it has "
                "no noise; sweep its file or Spec"
            )
        return Compiled(self.network)

    def _description(
        self, raw: Mapping[str, Any], resolved: bool, overrides: Mapping[str, Any]
    ) -> Description:
        places: Places = {}
        named = portable(_of_runs(raw), self.base, places)
        fixed = {
            path: portable(InPython({}).plain(value), self.base, places)
            for path, value in overrides.items()
        }
        return Description(named, fixed, resolved, places)


def _of_runs(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What single runs read of a description; parameters that only the rest uses go with it."""
    kept = {key: value for key, value in raw.items() if key not in _NOT_OF_RUNS}
    parameters = kept.get("parameters")
    if isinstance(parameters, Mapping):
        rest = {key: value for key, value in kept.items() if key != "parameters"}
        left_out = {key: value for key, value in raw.items() if key in _NOT_OF_RUNS}
        gone = _used(left_out, parameters) - _used(rest, parameters)
        kept["parameters"] = {k: value for k, value in parameters.items() if k not in gone}
    return kept


def _used(raw: Mapping[str, Any], parameters: Mapping[str, Any]) -> set[str]:
    """Parameters that a part of a description may mention, and those that these are made of."""
    found: set[str] = set()
    new = words_in(raw) & set(parameters)
    while new:
        found |= new
        new = words_in({"its": [parameters[name] for name in new]}) & set(parameters) - found
    return found


_ALLOWED = "initial, tau, input, noise, delay, weights.NAME, stimuli[0].value or seed"


def _require_of_network(name: str) -> None:
    first, *rest = split_path(name)
    if begins(name) or first in NEURONS or name == "seed":
        return
    if (first == "weights" and rest) or (first == "stimuli" and rest[-1:] == ["value"]):
        return
    words = ("initial", *NEURONS, "weights", "stimuli", "seed")
    hint = did_you_mean(str(first), words)
    raise HamsimError(f"over {name}: nothing of a compiled network is called so; {hint}")


def given_source(source: Any, overrides: Mapping[str, Any]) -> Given:
    """Read what a sweep is given, which must be right by itself.

    Parameters
    ----------
    source : Network, Spec, path or dict
    overrides : mapping of str to value

    Raises
    ------
    SpecError
        Holds every mistake, each with its position.
    """
    if isinstance(source, Network):
        return Given(None, os.getcwd(), network=source)
    spec = load(source, overrides)
    if isinstance(source, Spec):
        raw = {**to_plain(source), "parameters": dict(source.parameters)}
        return Given(raw, os.getcwd(), True, spec.sweep)
    if isinstance(source, Mapping):
        if spec.files.has_tables:  # whose numbers only the Spec has
            return Given(to_plain(spec), os.getcwd(), True, spec.sweep)
        return Given(InPython({}).plain(source), os.getcwd(), False, spec.sweep)
    path = Path(os.fsdecode(source))
    raw, marks, _ = parse_text(read_text(path), str(path))
    base = os.path.dirname(os.path.realpath(path))
    return Given(raw, base, False, spec.sweep, None, str(path), marks)
