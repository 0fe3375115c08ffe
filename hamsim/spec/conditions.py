"""Whether the neurons that a condition names are there, and make numbers that fit."""

from __future__ import annotations

from hamsim.criterion import Criterion
from hamsim.errors import ExpressionError
from hamsim.spec.ends import End

__all__ = ["flaw_of"]


def flaw_of(text: str, network: End) -> str | None:
    """What is wrong with the neurons of a condition; None if nothing is.

    Parameters
    ----------
    text : str
        A condition that can be read.
    network : End
        All neurons.
    """
    criterion, widths = Criterion(text), {}
    for place, (name, _) in criterion.references.items():
        widths[place] = network.numbering.n
        if name:
            numbers = network.numbering.select(name, prefer_group=True)
            if isinstance(numbers, str):
                return numbers
            widths[place] = numbers.size
    try:
        criterion.require(widths)
    except ExpressionError as error:
        return str(error)
    return None
