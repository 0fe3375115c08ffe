"""Activations of many states for a picture, where it can be without compiled code.

That takes longer to load than most pictures to draw. What is computed is the same formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.formula import Formula
from hamsim.formula.values.arrays import evaluate_computed
from hamsim.formula.values.constants import computed
from hamsim.network import Group

__all__ = ["activation_of"]


def activation_of(group: Group) -> Callable[[Floats], Floats]:
    """A function from rows of a group's states, shape (rows, size), to their activations."""
    family = group.family
    text = family.formula or family.written
    if not family.additive or not text or family.jumps not in ("", "0"):
        return _compiled(group)
    trees = computed([Formula.parse(text).g])
    parameters: dict[str, Any] = {
        name: values[0] if np.all(values == values[0]) else values
        for name, values in group.parameters.items()
    }

    def activate(rows: Floats) -> Floats:
        (found,) = evaluate_computed(trees, {"x": rows, **parameters})
        return np.broadcast_to(found, rows.shape)

    return activate


def _compiled(group: Group) -> Callable[[Floats], Floats]:
    from hamsim.operator import Neurons

    neurons = Neurons([group])
    return lambda rows: neurons.activate(rows)
