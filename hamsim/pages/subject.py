"""What a page is about: a network, and what has been made of it, from whatever is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hamsim.compiler import as_network, compile
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.fileformats import NETWORKS, OTHERS, TRACES
from hamsim.network import Network
from hamsim.paths import quoted
from hamsim.spec.schema import Spec
from hamsim.trace.trace import Trace

if TYPE_CHECKING:
    from hamsim.learning.training.trained import Trained
    from hamsim.scale.plan.plan import Plan
    from hamsim.scale.results.results import SweepResults

__all__ = ["Subject", "subject_of"]

Kind = Literal["network", "run", "sweep", "training"]
# A file of more letters is not shown as it was written.
MOST_LETTERS = 2_000_000
_CHECKPOINT = "-checkpoint.npz"


@dataclass(frozen=True, eq=False)
class Subject:
    """What a page is about.

    Parameters
    ----------
    kind : {"network", "run", "sweep", "training"}
    name : str
        Of the network; may be empty.
    network : Network or None
        None where it is not known, for the reason that `why` gives.
    why : str
    file : str
        That was given; empty for an object of Python.
    written : str
        The file's text as it is written, if it is a description.
    overrides : mapping
        Values that were put in place of the file's.
    trace : Trace or None
    results : SweepResults or None
    plan : Plan or None
        Of a sweep that was read from its folder.
    trained : Trained or None
    notes : tuple of str
        What is to be said of how it was read.
    """

    kind: Kind
    name: str
    network: Network | None = None
    why: str = ""
    file: str = ""
    written: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    trace: Trace | None = None
    results: SweepResults | None = None
    plan: Plan | None = None
    trained: Trained | None = None
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> str:
        """What runs of a sweep change of the network, in a line; empty where there is no sweep."""
        if self.results is None:
            return ""
        return ", ".join(each.name for each in self.results.coordinates)

    @property
    def source(self) -> str:
        """The network's description, resolved; empty where none describes it."""
        if self.trace is not None:
            return self.trace.header.source
        return "" if self.network is None else self.network.source


def subject_of(
    what: Any, overrides: Mapping[str, Any] | None = None, network: Any = None
) -> Subject:
    """Find out what a page is to be about.

    Parameters
    ----------
    what : path, Spec, mapping, Network, Trace, SweepResults or Trained
    overrides : mapping, optional
        Values in place of those of a description.
    network : Network, Spec, path or mapping, optional
        Of a trace or a sweep that does not say it.

    Raises
    ------
    HamsimError
    """
    found = _of_path(what, overrides) if isinstance(what, str | os.PathLike) else None
    found = found or _of_object(what, overrides)
    if network is not None:
        return replace(found, network=as_network(network), why="")
    return found


def _of_object(what: Any, overrides: Mapping[str, Any] | None) -> Subject:
    if isinstance(what, Spec | Mapping):
        made = compile(what, overrides)
        return Subject("network", made.name, made, overrides=overrides or {})
    if overrides:
        raise HamsimError("values can be put in place of those of a description alone")
    if isinstance(what, Network):
        return Subject("network", what.name, what)
    if isinstance(what, Trace):
        return _of_trace(what)
    # Found by their classes' names: their modules are not needed for anything else.
    if type(what).__name__ == "SweepResults":
        why = "results by themselves do not say of which network they are: give network=, or a path"
        return Subject("sweep", what.name, why=why, results=what)
    if type(what).__name__ == "Trained":
        return Subject("training", what.network.name, what.network, trained=what)
    raise HamsimError(
        f"there is no report of {given(what)}; there is one of a network, a file, a trace, a sweep "
        "and of training"
    )


def _of_path(what: str | os.PathLike[str], overrides: Mapping[str, Any] | None) -> Subject:
    path = Path(os.fsdecode(what))
    ending = path.suffix.lower()
    if path.is_dir():
        _refuse(overrides, path)
        return _of_sweep(path)
    if ending in TRACES:
        from hamsim.trace.reader import load_trace

        _refuse(overrides, path)
        return replace(_of_trace(load_trace(path)), file=str(path))
    if path.name.endswith(_CHECKPOINT):
        trained = path.with_name(path.name.removesuffix(_CHECKPOINT) + ".yaml")
        if not trained.exists():
            raise HamsimError(
                f"{quoted(path)} keeps training, but {quoted(trained)}, the network, is not there"
            )
        path, ending = trained, ".yaml"
    if ending not in NETWORKS:
        allowed = (*NETWORKS, *TRACES)
        raise HamsimError(
            f"{quoted(path)} is no network, trace or folder of a sweep by its ending; "
            f"{did_you_mean(ending, allowed, 'allowed endings')}"
        )
    return _of_description(path, ending, overrides)


def _refuse(overrides: Mapping[str, Any] | None, path: Path) -> None:
    if overrides:
        raise HamsimError(
            f"{quoted(path)} has been made already: values can be put in place of a network's alone"
        )


def _of_description(path: Path, ending: str, overrides: Mapping[str, Any] | None) -> Subject:
    notes: tuple[str, ...] = ()
    written = ""
    if ending in OTHERS:
        from hamsim.formats import convert

        spec, _, told = convert.read_spec(str(path), None, dict(overrides or {}))
        made, notes = compile(spec), tuple(told)
    else:
        made = compile(path, overrides)
        if path.stat().st_size <= MOST_LETTERS:
            written = path.read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff")
    found = Subject(
        "network", made.name, made, "", str(path), written, dict(overrides or {}), notes=notes
    )
    return found if overrides else _with_training(found, path)


def _with_training(found: Subject, path: Path) -> Subject:
    """The same with how it was trained, where a checkpoint beside it is of that training."""
    from hamsim.formats.trained import checkpoint_of

    kept = checkpoint_of(path)
    if not kept.exists() or found.network is None:
        return found
    from hamsim.learning.training.checkpoint import read
    from hamsim.learning.training.trained import Trained
    from hamsim.report.training import TrainingReport

    try:
        state = read(kept, {})
    except HamsimError as error:
        return replace(found, notes=(*found.notes, str(error)))
    trained = Trained(found.network, state.history, state.best, state.unstable, state.seconds)
    # What `hamsim train` adds to the description tells whether it is of this training.
    if TrainingReport(trained).line() not in found.network.description:
        note = f"{quoted(kept)} is not of the training that this network has had"
        return replace(found, notes=(*found.notes, note))
    return replace(found, kind="training", trained=trained)


def _of_sweep(path: Path) -> Subject:
    from hamsim.scale.plan.plan import Plan
    from hamsim.scale.results.reading import read_results

    results = read_results(path)
    plan = Plan.read(path)
    network, why = None, ""
    try:
        network = plan.source.compile({})
    except (HamsimError, OSError) as error:
        why = f"the network cannot be put together without the values of a run: {error}"
    return Subject("sweep", results.name, network, why, str(path), results=results, plan=plan)


def _of_trace(trace: Trace) -> Subject:
    network, why = None, "the trace does not hold the description of its network"
    if trace.header.source:
        from hamsim.spec.text import parse_text

        try:
            parsed, _, problems = parse_text(trace.header.source, "the trace")
            network = None if problems else compile(parsed)
        except (HamsimError, OSError) as error:
            said = str(error).splitlines()[0]
            why = f"the network of the trace cannot be put together again: {said}"
    return Subject("run", trace.header.name, network, why if network is None else "", trace=trace)
