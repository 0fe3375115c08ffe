"""`write_report`: one page of all that is known, in one file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hamsim import __version__
from hamsim.counted import counted
from hamsim.errors import HamsimError, given
from hamsim.html.elements import notes, paragraph
from hamsim.html.markup import joined
from hamsim.html.page import Part, document
from hamsim.pages.guarantees import certificate_of, guarantees_part
from hamsim.pages.network import network_part
from hamsim.pages.repeat import repeat_part
from hamsim.pages.run import run_part, verdict_of, with_run
from hamsim.pages.subject import Subject, subject_of
from hamsim.pages.sweep import sweep_part
from hamsim.pages.training import training_part
from hamsim.paths import quoted, replacing, why_unwritable

__all__ = ["ENDINGS", "SECONDS", "require_fitting", "write_page", "write_report"]

ENDINGS = (".html", ".htm")
# How long the question of what is guaranteed may take, if nobody says.
SECONDS = 60.0


def write_report(
    what: Any,
    out: str | os.PathLike[str],
    *,
    run: bool = True,
    check: bool | float = True,
    overrides: Mapping[str, Any] | None = None,
    network: Any = None,
    groups: Iterable[str] | None = None,
    neurons: Any = None,
    show: str | Iterable[str] | None = None,
    title: str | None = None,
    progress: Callable[[Any], None] | bool | None = None,
) -> Path:
    """Write one page that says what a network is, what is guaranteed, and what happened.

    The page is one file without anything beside it, and loads nothing from anywhere.

    Parameters
    ----------
    what : path, Spec, mapping, Network, Trace, SweepResults or Trained
        A network, which is run as its description says; a trace; results of a sweep, or its folder;
        what training left, or the file that it wrote, with its checkpoint beside it.
    out : path
        File of the page, which ends in .html.
    run : bool, optional
        Whether a network is run.
    check : bool or float, optional
        Whether it is asked what is guaranteed; a number is how many seconds that may take, about.
        True are 60.
    overrides : mapping, optional
        Values in place of those of a description, as ``{"groups.pixels.tau": 2}``.
    network : Network, Spec, path or mapping, optional
        Of a trace or a sweep that does not hold its description.
    groups : iterable of str, optional
        Which are drawn of a run; all that are few if nobody says.
    neurons : str, int or iterable of these, optional
        Single neurons that are drawn of a run.
    show : str or iterable of str, optional
        Which numbers of a sweep are drawn.
    title : str, optional
        Of the page; else the network's name.
    progress : True or callable, optional
        As of `hamsim.simulate`, where a network is run.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    HamsimError

    Examples
    --------
    >>> hamsim.write_report("networks/digits.yaml", "digits.html")  # doctest: +SKIP
    """
    target = require_page(out)
    seconds = float(check) if not isinstance(check, bool) else SECONDS if check else 0.0
    subject = subject_of(what, overrides, network)
    require_fitting(subject, groups is not None or neurons is not None, show is not None, run)
    if run and subject.kind in ("network", "training"):
        subject = with_run(subject, progress)
    show = [show] if isinstance(show, str) else show
    write_page(subject, target, seconds, groups, neurons, show, title)
    return target


def require_page(out: Any) -> Path:
    """Where a page is written.

    Raises
    ------
    HamsimError
        Not there.
    """
    if not isinstance(out, str | os.PathLike):
        raise HamsimError(f"the page's file is {given(out)}; give a path, as 'report.html'")
    target = Path(os.fsdecode(out))
    if target.suffix.lower() not in ENDINGS:
        raise HamsimError(f"{quoted(target)}: a page ends in {' or '.join(ENDINGS)}")
    if why := why_unwritable(target):
        raise HamsimError(f"cannot write {quoted(target)}: {why}")
    return target


def require_fitting(subject: Subject, of_run: bool, of_sweep: bool, run: bool = True) -> None:
    """Refuse choices of what is drawn where there is nothing of the kind.

    Parameters
    ----------
    subject : Subject
    of_run : bool
        Whether groups or neurons are named.
    of_sweep : bool
        Whether numbers of a sweep are.
    run : bool
        Whether a network is run.

    Raises
    ------
    HamsimError
    """
    if of_run and subject.kind == "sweep":
        raise HamsimError("groups and neurons choose what is drawn of a run; this is a sweep")
    if of_run and not run and subject.trace is None:
        raise HamsimError(
            "groups and neurons choose what is drawn of a run, and the network is not run"
        )
    if of_sweep and subject.kind != "sweep":
        raise HamsimError("numbers to show are those of a sweep; this is none")


def write_page(
    subject: Subject,
    target: Path,
    seconds: float,
    groups: Iterable[str] | None = None,
    neurons: Any = None,
    show: Iterable[str] | None = None,
    title: str | None = None,
    command: str = "",
) -> None:
    """Write the page of a subject whose run, if there is to be one, is over.

    Parameters
    ----------
    subject : Subject
    target : Path
    seconds : float
        How long the question of what is guaranteed may take, about; 0 does not ask.
    groups, neurons, show, title : optional
        As of `write_report`.
    command : str, optional
        That makes the page.
    """
    parts = [network_part(subject)]
    certificate = certificate_of(subject.network, seconds)
    of_run = verdict_of(subject, seconds)
    parts.append(guarantees_part(subject.network, certificate, of_run, subject.changed))
    parts += _events(subject, groups, neurons, show)
    parts.append(repeat_part(subject, command))
    text = document(title or subject.name or _KINDS[subject.kind], _lead(subject), parts, _FOOT)
    with replacing(target) as stream:
        stream.write(text.encode())


_FOOT = f"Written by hamsim {__version__}. The page is whole: it loads nothing from anywhere."
_KINDS = {"network": "A network", "run": "A run", "sweep": "A sweep", "training": "Training"}


def _events(
    subject: Subject, groups: Iterable[str] | None, neurons: Any, show: Iterable[str] | None
) -> list[Part]:
    parts = []
    if subject.trained is not None:
        parts.append(training_part(subject))
    if subject.results is not None:
        parts.append(sweep_part(subject, show))
    if subject.trace is not None:
        parts.append(run_part(subject, groups, neurons))
    return parts


def _lead(subject: Subject) -> Any:
    network = subject.network
    told = (
        [] if network is None else [paragraph(network.description)] if network.description else []
    )
    if (results := subject.results) is not None:
        axes = " and ".join(
            f"{dim} ({size})" for dim, size in zip(results.dims, results.shape, strict=True)
        )
        told.append(paragraph(f"A sweep: {counted(len(results), 'run')} over {axes}."))
    return joined([*told, notes(subject.notes, "Notes:" if subject.notes else "")])
