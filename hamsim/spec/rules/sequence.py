"""One-way weights within a group that make each pattern recall the one that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import StrictBool

from hamsim.counted import counted
from hamsim.spec.coding import Coding, CodingError, decoded, require_half_way
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.forms import Unread, patterns_form
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.patterns import DrawnPatterns, Patterns, as_patterns
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "SequenceRule"]

NAME = "sequence"


class SequenceSettings(Part):
    """Patterns in their order, how their values are meant, and the rule that stores them.

    Parameters
    ----------
    patterns : patterns
        One a row; each recalls the next.
    rule : {"hebbian", "pseudoinverse"}
        How they are stored; pseudoinverse is exact for independent patterns.
    coding : {"signs", "binary", "real"}
        Values are -1 and 1; 0 for -1 and one value above it for 1; or any numbers, as they are.
    cyclic : bool
        Whether the last pattern recalls the first.
    """

    patterns: Patterns
    rule: Literal["hebbian", "pseudoinverse"] = "hebbian"
    coding: Coding = "signs"
    cyclic: StrictBool = True


class SequenceRule(Part):
    """One-way weights within a group that make each pattern recall the one that follows it.

    Parameters
    ----------
    sequence : mapping
        Patterns in their order, and how they are stored.
    """

    sequence: SequenceSettings


def _fit(
    rule: SequenceRule, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> None:
    settings, at = rule.sequence, (*WEIGHTS, NAME, "patterns")
    if connection.kind != "from" or ends[0].names != ends[1].names:
        raise Misfit(
            WEIGHTS,
            "sequence is for one way within a group, from: GROUP with to: GROUP; two groups take "
            "associate",
        )
    try:
        if isinstance(settings.patterns, DrawnPatterns):
            settings.patterns.require_coding(settings.coding, NAME)
            count = settings.patterns.count
        else:
            patterns = as_patterns(settings.patterns, files, patterns_form(ends[0]), NAME, at[-1])
            if isinstance(patterns, Unread) or _misfits(patterns, ends[0]):
                raise Misfit(
                    at,
                    f"shape {list(patterns.shape)} does not fit; patterns of "
                    f"[{', '.join(ends[0].names)}] have {counted(ends[0].n, 'neuron')}",
                )
            decoded(patterns, settings.coding, NAME)
            count = len(patterns)
    except CodingError as error:
        raise Misfit(at, str(error)) from None
    if count < 2:
        raise Misfit(at, "a sequence has at least two patterns, not 1")
    if settings.coding == "binary":
        try:
            require_half_way(ends[0].names, [group.lagrangian.row for group in ends[0].groups])
        except CodingError as error:
            raise Misfit((*WEIGHTS, NAME, "coding"), str(error)) from None


def _misfits(patterns: Any, end: End) -> bool:
    return patterns.shape[1:] not in ((end.n,), end.shape)


def _patterns(
    rule: SequenceRule, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End] | None:
    visible, stated = ends[0], rule.sequence.patterns
    if isinstance(stated, DrawnPatterns):
        return stated, visible
    patterns = as_patterns(stated, files, patterns_form(visible))
    if isinstance(patterns, Unread) or _misfits(patterns, visible):
        return None
    return patterns.reshape(len(patterns), -1), visible


RULE = Rule(
    SequenceRule,
    _fit,
    Example(
        {"a": [4]},
        {
            "from": "a",
            "to": "a",
            "weights": {
                "sequence": {"patterns": [[1, 1, -1, -1], [1, -1, 1, -1]], "cyclic": False}
            },
        },
        [
            [0, 0.25, -0.25, -0.25],
            [-0.25, 0, 0.25, 0.25],
            [0.25, 0.25, 0, -0.25],
            [-0.25, -0.25, 0.25, 0],
        ],
    ),
    patterns=_patterns,
    tags={"<drawn>": DrawnPatterns},
    place=6,
)
