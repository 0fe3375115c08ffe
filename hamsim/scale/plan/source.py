"""What a sweep runs: a description that is compiled with other values, or a compiled network."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from hamsim.compiler import assembled
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.network.replaced import copied
from hamsim.paths import replacing
from hamsim.scale.plan.datafiles import Places, copy_into, located, places_in
from hamsim.scale.store.canonical import token
from hamsim.spec.load import load_again
from hamsim.spec.schema import Spec
from hamsim.wiring.wired import Wires

__all__ = ["Compiled", "Description", "Source", "source_in"]

NETWORK = "network.pickle"
# What `Network.replace` takes.
NEURONS = ("tau", "input", "noise", "delay")


@dataclass(frozen=True, eq=False)
class Description:
    """A description, with its parameters still in place.

    Parameters
    ----------
    raw : dict
        What a file holds, with data files called by what they hold.
    fixed : dict of str to value
        What is put in place of the file's values in all runs.
    resolved : bool
        Whether it has been a `Spec`: its parameters are numbers by now wherever they were used.
    places : dict
        Where data files are.
    """

    raw: dict[str, Any]
    fixed: dict[str, Any] = field(default_factory=dict)
    resolved: bool = False
    places: Places = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The network's."""
        return str(self.raw.get("name") or "")

    @cached_property
    def _located(self) -> dict[str, Any]:
        found: dict[str, Any] = located(self.raw, self.places)
        return found

    def spec(self, overrides: Mapping[str, Any]) -> Spec:
        """The description with some values in place of its own."""
        values = located({**self.fixed, **overrides}, self.places)
        return load_again(self._located, values, self.resolved)

    def compile(self, overrides: Mapping[str, Any]) -> Network:
        """The network of it with some values in place of its own; the last one is kept."""
        known = token(dict(overrides))
        found = self._last.get(known)
        if found is None:
            found = assembled(self.spec(overrides), self._wires.wire)
            self._last.clear()  # other threads may have one of their own in hand
            self._last[known] = found
        return found

    @cached_property
    def _last(self) -> dict[bytes, Network]:
        return {}

    @cached_property
    def _wires(self) -> Wires:
        """Connections that runs share which differ in their neurons alone."""
        return Wires()

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: no network."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def to_dict(self) -> dict[str, Any]:
        """For the file of a plan."""
        places = sorted(self.places)
        stated = {"raw": self.raw, "fixed": self.fixed, "resolved": self.resolved, "files": places}
        return {"kind": "description", **stated}

    def write(self, folder: Path) -> Description:
        """Copy data files into a folder; the description that reads them there."""
        made = replace(self, places=copy_into(folder, self.places))
        vars(made).update(_last=self._last, _wires=self._wires)
        return made


@dataclass(frozen=True, eq=False)
class Compiled:
    """A network that is compiled already.

    Parameters
    ----------
    network : Network
    """

    network: Network

    @property
    def name(self) -> str:
        """The network's."""
        return self.network.name

    def compile(self, overrides: Mapping[str, Any]) -> Network:
        """The network with some values in place of its own.

        Raises
        ------
        HamsimError
            A value does not fit.
        """
        network = self.network
        changes: dict[str, list[tuple[str, Any]]] = {}
        weights: dict[str, Any] = {}
        for name, value in overrides.items():
            what, _, whose = name.partition(".")
            if what == "weights":
                weights[whose] = value
            elif what in NEURONS:
                changes.setdefault(what, []).append((whose, value))
        if "seed" in overrides:
            network = copied(network, seed=int(overrides["seed"]))
            vars(network)["pattern"] = self.network.pattern
        if weights:
            network = network.with_weights(weights)
        for what, parts in changes.items():
            whole = [value for whose, value in parts if not whose]
            named = {whose: value for whose, value in parts if whose}
            if whole:
                network = network.replace(**{what: whole[0]})
            if named:
                network = network.replace(**{what: named})
        return network

    def to_dict(self) -> dict[str, Any]:
        """For the file of a plan."""
        return {"kind": "network"}

    def write(self, folder: Path) -> Compiled:
        """Write the network into a folder."""
        with replacing(folder / NETWORK) as stream:
            pickle.dump(self.network, stream)
        return self


Source: TypeAlias = Description | Compiled


def source_in(folder: Path, stated: Mapping[str, Any]) -> Source:
    """What a plan in a folder says of its source.

    Raises
    ------
    HamsimError
        The network's file cannot be read.
    """
    if stated["kind"] == "description":
        places = places_in(folder, stated["files"])
        return Description(stated["raw"], stated["fixed"], stated["resolved"], places)
    try:
        with open(folder / NETWORK, "rb") as stream:
            network = pickle.load(stream)
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError) as error:
        raise HamsimError(f"cannot read '{os.path.join(folder, NETWORK)}': {error}") from None
    return Compiled(network)
