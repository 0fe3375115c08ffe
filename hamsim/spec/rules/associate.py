"""Weights between two ends that make each pattern of one recall its partner at the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import model_validator

from hamsim.counted import counted, there_are
from hamsim.spec.coding import Coding, CodingError, decoded, require_half_way
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End, in_reading_order
from hamsim.spec.forms import Form, Layout, Unread, patterns_form
from hamsim.spec.messages import wrong
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.patterns import DrawnPatterns, Patterns, as_patterns
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Associate"]

NAME = "associate"


class AssociateSettings(Part):
    """Pairs of patterns, how their values are meant, and the rule that stores them.

    Either `first` and `second`, of the ends as the file names them, row by row a pair; or
    `patterns` with rows over the neurons of both, which may be drawn.

    Parameters
    ----------
    patterns : optional
        Rows over the neurons of both ends, those of the end that is named first in front.
    first, second : optional
        Patterns of the end that is named first, and of the other, row by row a pair.
    rule : {"hebbian", "pseudoinverse"}
        How they are stored; pseudoinverse is for one way and exact for independent patterns.
    coding : {"signs", "binary", "real"}
        Values are -1 and 1; 0 for -1 and one value above it for 1; or any numbers, as they are.
    """

    patterns: Patterns | None = None
    first: Patterns | None = None
    second: Patterns | None = None
    rule: Literal["hebbian", "pseudoinverse"] = "hebbian"
    coding: Coding = "signs"

    @model_validator(mode="after")
    def _pairs(self) -> AssociateSettings:
        given = [key for key in ("first", "second") if getattr(self, key) is not None]
        if self.patterns is not None:
            if given:
                raise wrong(f"give patterns of both ends, or first and second, not {given[0]} too")
            return self
        if len(given) < 2:
            missing = "second" if given == ["first"] else "first"
            raise wrong(f"is missing: patterns of the {missing} end", missing)
        for key in given:
            if isinstance(getattr(self, key), DrawnPatterns):
                raise wrong(
                    "pairs are drawn together, as rows of both ends: patterns: {signs: {}, "
                    "count: 10}",
                    key,
                )
        return self


class Associate(Part):
    """Weights between two ends that make each pattern of one recall its partner at the other.

    Parameters
    ----------
    associate : mapping
        Pairs of patterns, and how they are stored.
    """

    associate: AssociateSettings


def _both(pair: Sequence[End]) -> End:
    """The neurons of both ends, those of the first one first."""
    first, second = pair
    return End(
        (*first.names, *second.names),
        (*first.groups, *second.groups),
        (*first.starts, *second.starts),
        first.network,
    )


def _joint_form(both: End) -> Form:
    (layout,) = patterns_form(both)
    return (Layout(layout.rows, layout.columns, shapes=((None, both.n),)),)


def _fit(
    rule: Associate, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> None:
    settings, pair = rule.associate, in_reading_order(connection, ends)
    if connection.kind == "within" or set(ends[0].names) & set(ends[1].names):
        raise Misfit(
            WEIGHTS,
            "associate is for between: [A, B], or from: A with to: B, of groups that differ; "
            "within a group patterns are stored by store, one after another by sequence",
        )
    if settings.rule == "pseudoinverse" and connection.kind == "between":
        raise Misfit(
            (*WEIGHTS, NAME, "rule"),
            "pseudoinverse is for one way, from: A with to: B; no weights that are the same both "
            "ways give every pattern its partner exactly",
        )
    patterns = _stated(settings, pair, files)
    try:
        if isinstance(patterns, DrawnPatterns):
            patterns.require_coding(settings.coding, NAME)
        else:
            decoded(patterns, settings.coding, NAME)
    except CodingError as error:
        key = ("patterns",) if settings.patterns is not None else ()
        raise Misfit((*WEIGHTS, NAME, *key), str(error)) from None
    if settings.coding == "binary":
        try:
            for end in ends:
                require_half_way(end.names, [group.lagrangian.row for group in end.groups])
        except CodingError as error:
            raise Misfit((*WEIGHTS, NAME, "coding"), str(error)) from None


def _stated(settings: AssociateSettings, pair: Sequence[End], files: DataFiles) -> Any:
    """Rows over the neurons of both ends, or how they are drawn.

    Raises
    ------
    Misfit
    """
    if isinstance(settings.patterns, DrawnPatterns):
        return settings.patterns
    if settings.patterns is not None:
        both = _both(pair)
        patterns = as_patterns(settings.patterns, files, _joint_form(both), NAME, "patterns")
        if patterns.shape[1:] != (both.n,):
            raise _misfit("patterns", patterns, both)
        return patterns
    rows = []
    for key, end in zip(("first", "second"), pair, strict=True):
        patterns = as_patterns(getattr(settings, key), files, patterns_form(end), NAME, key)
        if isinstance(patterns, Unread) or patterns.shape[1:] not in ((end.n,), end.shape):
            raise _misfit(key, patterns, end)
        rows.append(patterns.reshape(len(patterns), -1))
    counts = [len(each) for each in rows]
    if counts[0] != counts[1]:
        raise Misfit(
            (*WEIGHTS, NAME, "second"),
            f"{there_are(counts[1], 'pattern')}, but {counts[0]} of the first end; they make pairs",
        )
    return np.concatenate(rows, axis=1)


def _misfit(key: str, patterns: Any, end: End) -> Misfit:
    return Misfit(
        (*WEIGHTS, NAME, key),
        f"shape {list(patterns.shape)} does not fit; patterns of [{', '.join(end.names)}] have "
        + counted(end.n, "neuron"),
    )


def _patterns(
    rule: Associate, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End]:
    pair = in_reading_order(connection, ends)
    return _stated(rule.associate, pair, files), _both(pair)


RULE = Rule(
    Associate,
    _fit,
    Example(
        {"a": [2], "b": [2]},
        {
            "from": "a",
            "to": "b",
            "weights": {"associate": {"first": [[1, -1], [1, 1]], "second": [[1, 1], [1, -1]]}},
        },
        [[0] * 4, [0] * 4, [1, 0, 0, 0], [0, -1, 0, 0]],
    ),
    patterns=_patterns,
    tags={"<drawn>": DrawnPatterns},
    place=6,
)
