"""Weights that make patterns memories of a group: among its neurons, or by way of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import field_validator

from hamsim.counted import counted
from hamsim.expression import evaluate
from hamsim.spec.coding import Coding, CodingError, decoded, require_half_way
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.forms import Form, Unread, memories_form, patterns_form
from hamsim.spec.lagrangian import LagrangianSpec
from hamsim.spec.messages import wrong
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import NotNegative, Part
from hamsim.spec.patterns import DrawnPatterns, Patterns, as_patterns
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["FACTORED", "RULE", "Store", "StoreSettings", "Unlearned"]

# Rules whose weights are a product of factors, B^T B with one row of B a pattern.
FACTORED = ("hebbian", "pseudoinverse", "covariance")
# Those with which a threshold goes.
THRESHOLD = ("covariance",)


class Unlearned(Part):
    """States that are taken out of the weights, one a row, each with this strength.

    Parameters
    ----------
    patterns : patterns
        The states: listed, or in a file.
    strength : float
        How much of each is taken out.
    """

    patterns: Patterns
    strength: NotNegative

    @field_validator("patterns")
    @classmethod
    def _known(cls, patterns: Any) -> Any:
        if isinstance(patterns, DrawnPatterns):
            raise wrong("states that are unlearned are listed or in a file, not drawn")
        return patterns


class StoreSettings(Part):
    """Patterns, one a row, how their values are meant, and the rule that stores them.

    Parameters
    ----------
    patterns : patterns
        One a row: listed, in a file, or drawn.
    rule : str
        How they are stored; covariance is for patterns in which one value is rare.
    coding : {"signs", "binary", "real"}
        Values are -1 and 1; 0 for -1 and one value above it for 1; or any numbers, as they are.
    unlearned : tuple of Unlearned
        States that are taken out again.
    """

    patterns: Patterns
    rule: Literal["hebbian", "storkey", "storkey_second_order", "pseudoinverse", "covariance"] = (
        "hebbian"
    )
    coding: Coding = "signs"
    unlearned: tuple[Unlearned, ...] = ()


class Store(Part):
    """Weights that make patterns memories of a group.

    Parameters
    ----------
    store : mapping
        Patterns, and how they are stored.
    """

    store: StoreSettings


def _fit(rule: Store, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    shared = set(ends[0].names) & set(ends[1].names)
    if connection.kind != "within" and (connection.kind != "between" or shared):
        raise Misfit(
            WEIGHTS,
            "store is for within: GROUP, or as factors for between: [GROUP, MEMORIES]; one way "
            "patterns are stored by associate and sequence",
        )
    if connection.kind == "within":
        _fit_patterns(rule.store, ends[0], patterns_form(ends[0]), files)
    else:
        _fit_factors(rule.store, ends, files)
    for k, unlearned in enumerate(rule.store.unlearned):
        at = ("store", "unlearned", k, "patterns")
        patterns = as_patterns(unlearned.patterns, files, patterns_form(ends[0]), *at)
        _require_shape(patterns, ends[0], *at)
        _decoded(patterns, rule.store.coding, *at)


def _fit_patterns(store: StoreSettings, visible: End, form: Form, files: DataFiles) -> None:
    """Check patterns of some neurons, and how they are meant."""
    at = ("store", "patterns")
    if isinstance(store.patterns, DrawnPatterns):
        try:
            store.patterns.require_coding(store.coding)
        except CodingError as error:
            raise Misfit((*WEIGHTS, *at), str(error)) from None
    else:
        patterns = as_patterns(store.patterns, files, form, *at)
        if not isinstance(patterns, Unread):  # else its shape will be told to be wrong
            _decoded(patterns, store.coding, *at)
        _require_shape(patterns, visible, *at)
    if store.coding == "binary":
        try:
            require_half_way(visible.names, [group.lagrangian.row for group in visible.groups])
        except CodingError as error:
            raise Misfit((*WEIGHTS, "store", "coding"), str(error)) from None


def _decoded(patterns: Any, coding: Coding, *at: Any) -> Any:
    try:
        return decoded(patterns, coding)
    except CodingError as error:
        raise Misfit((*WEIGHTS, *at), str(error)) from None


def _require_shape(patterns: Any, visible: End, *at: Any) -> None:
    if patterns.shape[1:] not in ((visible.n,), visible.shape):
        raise Misfit(
            (*WEIGHTS, *at),
            f"shape {list(patterns.shape)} does not fit; patterns of [{', '.join(visible.names)}] "
            f"have {counted(visible.n, 'neuron')}",
        )


# --- factors -----------------------------------------------------------------------------------


def _fit_factors(store: StoreSettings, ends: Sequence[End], files: DataFiles) -> None:
    if store.rule not in FACTORED:
        raise Misfit(
            (*WEIGHTS, "store", "rule"),
            f"{store.rule} is for within: GROUP; factors are those of {', '.join(FACTORED)}",
        )
    if store.unlearned:
        raise Misfit(
            (*WEIGHTS, "store", "unlearned"),
            "is for within: GROUP; what is taken away has no factors",
        )
    found = _visible_and_memory(store, ends, files)
    if found is None:
        sizes = f"{ends[0].n} and {ends[1].n}"
        what = "as factors one group has a neuron for each pattern"
        raise Misfit((*WEIGHTS, "store", "patterns"), f"{what}, but the groups have {sizes}")
    visible, memory = found
    for name, group in zip(memory.names, memory.groups, strict=True):
        row = group.lagrangian.row
        if not row.linear:
            raise Misfit(
                WEIGHTS,
                f"as factors store is for linear activations of [{name}], not for {row.name}; "
                "memories is for any",
            )
        if store.rule in THRESHOLD and not _has_slope_1(group.lagrangian):
            raise Misfit(
                (*WEIGHTS, "store", "rule"),
                f"{store.rule} has a threshold for memories of slope 1, not for those of [{name}]; "
                "scale: makes all weights larger",
            )
    _fit_patterns(store, visible, memories_form(*ends), files)


def _has_slope_1(lagrangian: LagrangianSpec) -> bool:
    known = lagrangian.parameters
    if not all(isinstance(value, float) for value in known.values()):
        return False
    return bool(evaluate(lagrangian.row.slope, known) == 1.0)


def _visible_and_memory(
    store: StoreSettings, ends: Sequence[End], files: DataFiles
) -> tuple[End, End] | None:
    """The end whose neurons patterns are of, and the one with a neuron for each pattern."""
    one, other = ends
    if isinstance(store.patterns, DrawnPatterns):
        of_second = store.patterns.is_of_second(one, other)
        return None if of_second is None else (one, other) if of_second else (other, one)
    patterns = as_patterns(store.patterns, files, memories_form(one, other), "store", "patterns")
    for visible, memory in ((one, other), (other, one)):
        fits = patterns.shape[1:] in ((visible.n,), visible.shape)
        if fits and patterns.shape[0] == memory.n:
            return visible, memory
    return None


def _patterns(
    rule: Store, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End] | None:
    visible, stated = ends[0], rule.store.patterns
    form = patterns_form(visible)
    if connection.kind == "between":
        found = _visible_and_memory(rule.store, ends, files)
        if found is None:
            return None
        (visible, _), form = found, memories_form(*ends)
    if isinstance(stated, DrawnPatterns):
        return stated, visible
    patterns = as_patterns(stated, files, form)
    fits = patterns.shape[1:] in ((visible.n,), visible.shape)
    return (np.reshape(patterns, (len(patterns), -1)), visible) if fits else None


RULE = Rule(
    Store,
    _fit,
    Example(
        {"a": [4]},
        {"within": "a", "weights": {"store": {"patterns": [[1, 1, -1, -1]]}}},
        [
            [0, 0.25, -0.25, -0.25],
            [0.25, 0, -0.25, -0.25],
            [-0.25, -0.25, 0, 0.25],
            [-0.25, -0.25, 0.25, 0],
        ],
    ),
    patterns=_patterns,
    tags={"<drawn>": DrawnPatterns},
    place=6,
)
