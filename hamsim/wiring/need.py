"""Memory that a part of a description needs."""

from __future__ import annotations

from typing import NamedTuple

from hamsim.errors import CompileError
from hamsim.ram import exceeds_memory, in_words

__all__ = ["FEWER", "Need"]

# Of messages about weights of pairs.
FEWER = "; density:, degree: or probability: leaves some out"


class Need(NamedTuple):
    """Memory that a part of a description needs.

    Parameters
    ----------
    kept, passing : float
        Bytes for as long as the network is there, and besides while the part is made.
    what, hint : str
        Of a message: what needs it, and how it could be less.
    too_many : bool
        Whether it is refused, however much memory there is.
    """

    kept: float
    passing: float
    what: str
    hint: str = ""
    too_many: bool = False

    def require(self) -> None:
        """Refuse the part by itself.

        Raises
        ------
        CompileError
        """
        wanted = self.kept + self.passing
        if self.too_many or exceeds_memory(wanted):
            raise CompileError(f"{self.what} need {in_words(wanted)} of memory{self.hint}")
