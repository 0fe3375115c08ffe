"""What is known of a rule of weights before any weight is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from hamsim.spec.numbers import Part

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec
    from hamsim.spec.datafiles import DataFiles
    from hamsim.spec.ends import End

__all__ = ["Example", "Rule"]


class Example(NamedTuple):
    """A connection by a rule, and the weights that it gives.

    Parameters
    ----------
    shapes : mapping of str to sequence of int
        Groups and their shapes, in file order.
    connection : mapping
        As a file has it.
    W : nested sequences of float
        Of all neurons: row receives, column sends.
    """

    shapes: Mapping[str, Sequence[int]]
    connection: Mapping[str, Any]
    W: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Rule:
    """One rule, as a file of `hamsim.spec.rules` describes it in `RULE`.

    Parameters
    ----------
    model : type of Part
        What the file may say; it has a key of the rule's own name.
    fit : callable
        Called with the weights, the connection, its ends (see `ConnectionSpec.ends`) and the data
        files; raises `Misfit` where the weights do not fit.
    example : Example
        The manual's, by which the rule is tested.
    lists : bool
        Whether it says itself which synapses exist. Else it has a weight for every pair.
    gates : bool
        Whether it is for gating connections too.
    valid : callable or None
        Called with the weights and the number of ends before any group is known; raises what
        `wrong` gives.
    patterns : callable or None
        Called as `fit`; gives the patterns that the weights are made of and the end whose neurons
        they are, or None where they do not fit. None for rules without patterns.
    tags : mapping of str to type
        Members of unions of the model by their tags, which are in pydantic's locations but not in
        files.
    place : int
        Where lists of rules in messages have it; those of one place by their names.
    """

    model: type[Part]
    fit: Callable[[Any, ConnectionSpec, Sequence[End], DataFiles], None] | None = None
    example: Example | None = None
    lists: bool = False
    gates: bool = False
    valid: Callable[[Any, int], None] | None = None
    patterns: (
        Callable[[Any, ConnectionSpec, Sequence[End], DataFiles], tuple[Any, End] | None] | None
    ) = None
    tags: Mapping[str, type[Part]] = field(default_factory=dict)
    place: int = 99
