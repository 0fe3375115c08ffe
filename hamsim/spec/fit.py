"""Whether the weights of a connection fit the groups that it connects.

Each rule knows this of its own; what is asked of all of them, and of plain values, is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hamsim.counted import counted
from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.delays import delay_problems
from hamsim.spec.ends import End
from hamsim.spec.forms import block_form, triples_form
from hamsim.spec.matrix import fit_block
from hamsim.spec.misfit import WEIGHTS, Misfit, Path
from hamsim.spec.readarray import read_array
from hamsim.spec.rule import Rule
from hamsim.spec.signed_edges import sign_problems
from hamsim.spec.values import FileValue
from hamsim.spec.weights import rule_of

__all__ = ["misfits"]


def misfits(
    connection: ConnectionSpec,
    ends: Sequence[End],
    files: DataFiles,
    headers: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[tuple[Path, str]]:
    """Mistakes of a connection's weights and delays, with their paths within the connection.

    Parameters
    ----------
    connection : ConnectionSpec
    ends : sequence of End
        As in `ConnectionSpec.ends`: receiving and sending end, and the gate if there is one.
    files : DataFiles
    headers : mapping of str to sequence of str
        Columns of the tables that groups were read from, for hints.
    """
    rule, late = rule_of(connection.weights), delay_problems(connection, ends, files)
    try:
        if rule is None:
            _fit_value(connection, ends, files)
        elif rule.fit is not None:
            rule.fit(connection.weights, connection, ends, files)
        _fit_degree(rule, connection, ends)
    except Misfit as misfit:
        return [*misfit.problems, *late]
    return [*sign_problems(connection, ends, files, headers), *late]


def _fit_value(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    """Refuse a list or a file that is no matrix of this shape; a number fits everywhere."""
    weights = connection.weights
    if isinstance(weights, tuple | FileValue):
        form = triples_form(ends) if connection.kind == "gate" else block_form(*ends)
        fit_block(read_array(weights, files, form, *WEIGHTS), connection, ends)


def _fit_degree(rule: Rule | None, connection: ConnectionSpec, ends: Sequence[End]) -> None:
    degree, at = connection.degree, ("degree",)
    if degree is None:
        return
    listed = rule is not None and rule.lists
    if connection.kind == "within":
        n = ends[0].n
        if connection.self_connections:
            raise Misfit(at, "counts other neurons only; with self_connections give density")
        if listed:
            raise Misfit(at, "within a group is for weights of every pair; give density")
        if degree >= n:
            raise Misfit(at, f"must be at most {n - 1}: the group has {counted(n, 'neuron')}")
        if n * degree % 2:
            raise Misfit(at, f"neurons times degree must be even, not {n} x {degree}")
    elif not listed:
        to_itself = set(ends[0].names) & set(ends[1].names) and not connection.self_connections
        others = ends[1].n - bool(to_itself)
        if degree > others:
            what = f"neurons of [{', '.join(ends[1].names)}]"
            what = f"other {what}" if to_itself else what
            raise Misfit(at, f"must be at most {others}, the number of {what}")
