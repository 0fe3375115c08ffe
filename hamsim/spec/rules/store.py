"""Weights within a group that make patterns its memories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hamsim.spec.coding import Coding, CodingError, decoded, require_half_way
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.forms import Form, Unread, patterns_form
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.patterns import DrawnPatterns, Patterns, as_patterns
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Store"]


class StoreSettings(Part):
    """Patterns, one a row, how their values are meant, and the rule that stores them."""

    patterns: Patterns
    rule: Literal["hebbian", "storkey", "storkey_second_order", "pseudoinverse"] = "hebbian"
    coding: Coding = "signs"


class Store(Part):
    """Weights within a group that make patterns its memories."""

    store: StoreSettings


def _fit(rule: Store, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    if connection.kind != "within":
        raise Misfit(WEIGHTS, "store is for within: GROUP; two groups take memories")
    store = rule.store
    if isinstance(store.patterns, DrawnPatterns):
        patterns = np.empty((0, ends[0].n))
        try:
            store.patterns.require_coding(store.coding)
        except CodingError as error:
            raise Misfit((*WEIGHTS, "store", "patterns"), str(error)) from None
    else:
        patterns = _stored_patterns(store, files, patterns_form(ends[0]))
    if patterns.shape[1:] not in ((ends[0].n,), ends[0].shape):
        raise Misfit(
            (*WEIGHTS, "store", "patterns"),
            f"shape {list(patterns.shape)} does not fit; patterns of [{', '.join(ends[0].names)}] "
            f"have {ends[0].n} neurons",
        )
    if store.coding == "binary":
        try:
            require_half_way(ends[0].names, [group.lagrangian.row for group in ends[0].groups])
        except CodingError as error:
            raise Misfit((*WEIGHTS, "store", "coding"), str(error)) from None


def _stored_patterns(store: StoreSettings, files: DataFiles, form: Form) -> Any:
    """Patterns to store, one a row, in the values that the rules are made for."""
    patterns = as_patterns(store.patterns, files, form, "store", "patterns")
    if isinstance(patterns, Unread):
        return patterns  # their shape will be told to be wrong
    try:
        return decoded(patterns, store.coding)
    except CodingError as error:
        raise Misfit((*WEIGHTS, "store", "patterns"), str(error)) from None


def _patterns(
    rule: Store, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End] | None:
    visible, stated = ends[0], rule.store.patterns
    if isinstance(stated, DrawnPatterns):
        return stated, visible
    patterns = as_patterns(stated, files, patterns_form(visible))
    fits = patterns.shape[1:] in ((visible.n,), visible.shape)
    return (patterns.reshape(len(patterns), -1), visible) if fits else None


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
