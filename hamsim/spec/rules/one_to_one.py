"""Neuron k of one end with neuron k of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.forms import pairs_form
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.readarray import read_dense
from hamsim.spec.rule import Example, Rule
from hamsim.spec.values import Value, is_random

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "OneToOne"]


class OneToOne(Part):
    """Neuron k of one end with neuron k of the other; a weight for all, or one each.

    Parameters
    ----------
    one_to_one : value
        One number for all pairs, or one each.
    """

    one_to_one: Value


def _fit(rule: OneToOne, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    value = rule.one_to_one
    sizes = [end.n for end in ends]
    if len(set(sizes)) > 1:
        raise Misfit(WEIGHTS, f"one_to_one needs ends of one size, not {sizes}")
    if len(ends) == 2 and not connection.self_connections:
        places = [end.offsets for end in ends]
        own = [name for name in ends[0].names if places[0][name] == places[1].get(name)]
        if own:
            raise Misfit(
                WEIGHTS,
                f"connects neurons of [{', '.join(own)}] to themselves; allow that by "
                "self_connections: true",
            )
    if is_random(value) or isinstance(value, float | int):
        return
    array = read_dense(value, files, pairs_form(ends), *WEIGHTS, "one_to_one")
    if array.ndim and array.shape not in [(sizes[0],), *(end.shape for end in ends)]:
        raise Misfit(
            (*WEIGHTS, "one_to_one"),
            f"shape {list(array.shape)} does not fit; allowed are one number or [{sizes[0]}]",
        )


RULE = Rule(
    OneToOne,
    _fit,
    Example(
        {"a": [2], "b": [2]},
        {"between": ["a", "b"], "weights": {"one_to_one": [3, 4]}},
        [[0, 0, 3, 0], [0, 0, 0, 4], [3, 0, 0, 0], [0, 4, 0, 0]],
    ),
    lists=True,
    gates=True,
    place=2,
)
